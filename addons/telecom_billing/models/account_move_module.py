import logging

from odoo import fields, models

_logger = logging.getLogger(__name__)


class AccountMove(models.Model):
    _inherit = "account.move"

    telecom_module_invoice_ids = fields.One2many(
        "telecom.module.invoice",
        "move_id",
        string="Invoices of Modules",
        groups="telecom_crm.group_telecom_platform",
    )

    def _invoice_paid_hook(self):
        """What was paid works again at once."""
        res = super()._invoice_paid_hook()
        # sudo: telecom.module.invoice - whoever registers the payment
        invoices = (
            self.env["telecom.module.invoice"]
            .sudo()
            .search([("move_id", "in", self.ids)])
        )
        for subscription in invoices.subscription_id:
            try:
                with self.env.cr.savepoint():
                    subscription._follow()
            except Exception:
                # The payment stands whatever happens; the cron follows in a minute
                _logger.exception("Modules of %s", subscription.company_id.name)
        return res
