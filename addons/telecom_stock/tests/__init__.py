from . import test_boutique
from . import test_boutique_tour
from . import test_boutiques_page
from . import test_engine
from . import test_i18n
from . import test_roles
from . import test_claim_boutique
from . import test_replenishment_engine
