from odoo import models


class PaymentTransaction(models.Model):
    """What is paid online takes effect at once, not with the next hourly round."""

    _inherit = "payment.transaction"

    def _set_done(self, **kwargs):
        """Have payments posted by the cron at once.

        The customer may have closed the page: only the provider's notice came then. A
        notice that comes twice finds nothing to do, and returns no transaction.
        """
        done = super()._set_done(**kwargs)
        if done.invoice_ids:
            self.env.ref("payment.cron_post_process_payment_tx")._trigger()
        return done


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def action_telecom_receipt(self):
        """Download the receipt."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/telecom/payment/{self.id}/receipt",
            "target": "download",
        }
