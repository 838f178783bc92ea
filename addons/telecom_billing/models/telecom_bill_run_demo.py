from dateutil.relativedelta import relativedelta

from odoo import api, models

#: Months that are billed
MONTHS = 2


class TelecomBillRun(models.Model):
    """Demonstration data: made as people would make it."""

    _inherit = "telecom.bill.run"

    @api.model
    def _load_demo(self, company):
        """Bill the last months of an operator's subscriptions.

        :param res.company company: one of the demonstration's
        """
        self = self.with_company(company).with_context(telecom_no_sending=True)
        if (
            self.search_count([("company_id", "=", company.id)], limit=1)
            or not self.env["telecom.biller"]._journal(company)
            or not self.env["telecom.subscription"].search_count(
                [("company_id", "=", company.id)], limit=1
            )
        ):
            return
        first = company._telecom_today().replace(day=1)
        for back in range(MONTHS, 0, -1):
            run = self.create(
                {
                    "company_id": company.id,
                    "date_from": first - relativedelta(months=back),
                    "invoice_date": first - relativedelta(months=back - 1),
                }
            )
            run._begin()
            run._process(commit=False)
            run._step_write({"state": "invoicing"})
            run._process(commit=False)
