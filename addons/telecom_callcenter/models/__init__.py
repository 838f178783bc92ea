from . import res_company
from . import res_users
from . import telecom_company_module
from . import telecom_module
from . import telecom_configuration_mixin
from . import telecom_number_mixin

# The provider's side: what the contact centre owns
from . import telecom_site
from . import telecom_skill
from . import telecom_pause_reason
from . import telecom_pbx
from . import telecom_pbx_command
from . import telecom_trunk
from . import telecom_operator_service
from . import telecom_agent
from . import telecom_agent_live
from . import telecom_agent_event

# The operator's side: what belongs to the company that is called
from . import telecom_prompt
from . import telecom_digital_channel
from . import telecom_priority_number
from . import telecom_queue
from . import telecom_queue_member
from . import telecom_campaign_tree
from . import telecom_disposition
from . import telecom_qualification
from . import telecom_campaign
from . import resource_calendar
from . import telecom_did
from . import telecom_call
from . import telecom_call_leg
from . import telecom_call_visit
from . import telecom_callback
from . import telecom_call_wrapup
from . import helpdesk_ticket

# The desk: what the browser calls
from . import telecom_desk
from . import ir_websocket

# Text messages
from . import ir_http
from . import rating_rating
from . import sms_tracker
from . import sms_sms
from . import telecom_sms_gateway
from . import telecom_messaging

# What supervisors and administrators see and do
from . import telecom_supervision
from . import telecom_demo

# The gateway: what it asks and tells
from . import telecom_gateway
from . import res_partner
