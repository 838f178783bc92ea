from . import branding
from . import login
from . import portal
from . import portal_claims
