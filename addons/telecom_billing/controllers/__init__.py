from . import portal_quotes
from . import usage_file
from . import portal_claim_invoice
from . import portal_invoices
from . import modules
from . import portal_subscriptions
