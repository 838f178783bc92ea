from . import home
from . import rating
from . import sms_report
