from . import portal_quotes
from . import usage_file
