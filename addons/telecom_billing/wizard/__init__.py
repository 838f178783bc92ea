from . import telecom_subscription_operation
from . import telecom_invoice_merge
from . import telecom_quote_booking
from . import telecom_quote_refuse
from . import telecom_quote_return
from . import telecom_quote_settings
from . import telecom_usage_rerate
