from . import telecom_subscription_operation
from . import telecom_invoice_merge
