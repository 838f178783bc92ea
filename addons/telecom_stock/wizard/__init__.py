from . import telecom_serial_action
from . import telecom_line_operation
from . import telecom_stock_transfer_refusal
