from . import home
from . import rating
from . import sms_report
from . import file_import
from . import campaign_results
