from . import telecom_queue_add_agents
