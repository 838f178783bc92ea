from . import test_document
from . import test_i18n
from . import test_roles
from . import test_proration
from . import test_subscription
