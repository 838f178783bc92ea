from . import test_document
from . import test_i18n
from . import test_roles
from . import test_proration
from . import test_subscription
from . import test_merging_engine
from . import test_merging
from . import test_billing_account
