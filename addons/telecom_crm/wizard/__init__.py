from . import telecom_operator_onboarding
