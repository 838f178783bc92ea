from . import boutiques
from . import file_import
