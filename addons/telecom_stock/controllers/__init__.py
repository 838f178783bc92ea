from . import boutiques
from . import file_import
from . import counter
