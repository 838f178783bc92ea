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
from . import telecom_campaign_dialing
from . import telecom_campaign_import
from . import telecom_campaign_import_error
from . import telecom_campaign_file
from . import telecom_campaign_file_column
from . import telecom_campaign_file_error
from . import telecom_campaign_properties
from . import telecom_campaign_contact
from . import telecom_campaign_numbers
from . import telecom_campaign_recycling
from . import telecom_campaign_retention
from . import telecom_campaign_results
from . import telecom_do_not_call
from . import telecom_consent
from . import resource_calendar
from . import telecom_did
from . import telecom_call
from . import telecom_call_leg
from . import telecom_call_visit
from . import telecom_callback
from . import telecom_call_wrapup
from . import telecom_campaign_attempt
from . import telecom_disposition_attempts
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

# Scripts, contacts on the desk, and messages afterwards
from . import telecom_script
from . import telecom_script_page
from . import telecom_script_block
from . import telecom_script_choice
from . import telecom_script_answer
from . import telecom_campaign_script
from . import telecom_campaign_contact_desk
from . import telecom_campaign_contact_list
from . import telecom_campaign_upkeep
from . import telecom_campaign_followup
from . import telecom_campaign_followup_sent
from . import telecom_call_script
from . import telecom_call_wrapup_contact
from . import telecom_desk_script

# Back office: work items instead of calls
from . import telecom_work_item
from . import telecom_work_session
from . import telecom_work_file
from . import telecom_work_file_column
from . import telecom_work_file_error
from . import telecom_campaign_work
from . import telecom_work_desk

# What supervisors and administrators see and do
from . import telecom_supervision
from . import telecom_demo
from . import telecom_campaign_demo
from . import telecom_work_demo

# The gateway: what it asks and tells
from . import telecom_gateway
from . import telecom_dialer
from . import telecom_campaign_dialer
from . import telecom_campaign_checklist
from . import telecom_campaign_knowledge
from . import telecom_campaign_pacing
from . import telecom_gateway_contact
from . import res_partner

# Field sellers: appointments, and what their telephones send
from . import telecom_sales_zone
from . import telecom_field_seller
from . import telecom_seller_duty
from . import telecom_seller_position
from . import telecom_appointment
from . import telecom_campaign_appointment
from . import calendar_event
from . import telecom_field_entry
from . import telecom_field_app
from . import telecom_field_call
from . import telecom_demo_field
from . import telecom_campaign_gain
from . import telecom_campaign_end
