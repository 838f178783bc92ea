from . import res_company
from . import telecom_module
from . import telecom_technology
from . import telecom_offer_zone
from . import telecom_offer_period
from . import telecom_offer_price
from . import telecom_offer_allowance
from . import product_template
from . import product_product
from . import loyalty_program
from . import loyalty_reward
from . import telecom_billing_account
from . import telecom_invoice_fee
from . import account_move_account
from . import res_partner_account
from . import account_chart_template
from . import telecom_subscription
from . import telecom_subscription_change
from . import telecom_tariff
from . import telecom_tariff_band
from . import telecom_tariff_rate
from . import telecom_usage
from . import telecom_usage_source
from . import telecom_usage_source_column
from . import telecom_usage_file
from . import telecom_usage_reject
from . import telecom_usage_counter

# from . import telecom_charge
# from . import telecom_bill_run
# from . import telecom_bill_run_account
from . import telecom_invoice_writer
