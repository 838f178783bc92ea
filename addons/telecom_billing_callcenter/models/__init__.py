from . import telecom_invoice_request
from . import telecom_quote_request
from . import sale_order
from . import telecom_field_app
