from . import telecom_agent_pause
from . import telecom_agent_phone
from . import telecom_queue_add_agents
from . import telecom_operator_onboarding
