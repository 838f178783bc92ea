from . import branding
from . import helpdesk_ticket
from . import login
from . import portal
from . import portal_claims
from . import portal_lines
from . import registration
from . import file_import
