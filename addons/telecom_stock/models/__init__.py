from . import telecom_module
from . import stock_reference
