from . import test_document
from . import test_i18n
from . import test_roles
