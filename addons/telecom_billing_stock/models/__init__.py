from . import sale_order
from . import stock_move
from . import telecom_counter_sale
from . import telecom_counter_sale_item
from . import telecom_boutique
from . import telecom_counter_payment
