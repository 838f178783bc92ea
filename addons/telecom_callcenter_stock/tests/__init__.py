from . import test_engine
from . import test_i18n
from . import test_nearest
