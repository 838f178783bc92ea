from . import telecom_operator_onboarding
from . import telecom_line_operation
