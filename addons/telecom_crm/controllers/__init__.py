from . import branding
from . import login
from . import portal
