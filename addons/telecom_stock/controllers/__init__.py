from . import boutiques
