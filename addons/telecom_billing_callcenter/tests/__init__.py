from . import test_i18n
from . import test_quote_call
from . import test_field_quote
from . import test_js
