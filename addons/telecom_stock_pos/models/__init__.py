from . import ir_actions_report
from . import pos_config
from . import pos_order
from . import pos_order_line
from . import pos_session
from . import telecom_boutique
from . import telecom_module
from . import telecom_stock_demo
