from . import telecom_quote_request
