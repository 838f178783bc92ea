from . import telecom_serial_action
from . import telecom_line_operation
