from . import telecom_module
