"""Work on the run until it is done, as the scheduler does; may be killed."""

# ruff: noqa: F821
from odoo.addons.telecom_billing.models import telecom_bill_run

telecom_bill_run.BATCH = 250
env["telecom.bill.run"]._cron_process()
