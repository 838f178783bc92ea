from . import test_counter_billing
from . import test_dunning_sim
from . import test_i18n
