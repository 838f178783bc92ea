from . import test_engine
from . import test_agent_presence
from . import test_campaign
from . import test_card
from . import test_configuration
from . import test_desk
from . import test_js
from . import test_security
