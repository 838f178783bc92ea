from . import sms_tracker
from . import telecom_boutique
from . import telecom_call
from . import telecom_desk
