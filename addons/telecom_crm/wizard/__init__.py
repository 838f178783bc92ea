from . import base_partner_merge
from . import telecom_claim_close
from . import telecom_claim_handover
from . import telecom_claim_merge
from . import telecom_claim_split
from . import telecom_operator_onboarding
from . import telecom_line_operation
from . import telecom_colleague
