from . import telecom_subscription_operation
