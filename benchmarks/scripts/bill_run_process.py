"""Work on the run until it is done, as the scheduler does; may be killed."""

# ruff: noqa: F821
import time

from odoo.addons.telecom_billing.models import telecom_bill_run

telecom_bill_run.BATCH = 250
started = time.monotonic()
env["telecom.bill.run"]._cron_process()
seconds = time.monotonic() - started
run = env["telecom.bill.run"].search([], limit=1, order="id desc")
if run.state == "done":
    print(f"run_accounts_per_s={run.invoiced_count / seconds:.1f}")
