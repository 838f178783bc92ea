from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _set_done(self, **kwargs):
        """Have modules switched on without waiting for the payer's browser."""
        txs = super()._set_done(**kwargs)
        # sudo: telecom.module.invoice - whoever the provider's message comes as
        known = self.env["telecom.module.invoice"].sudo()
        if txs and known.search_count([("move_id", "in", txs.invoice_ids.ids)], 1):
            # sudo: ir.cron - started by whoever the provider's message comes as
            self.env.ref("telecom_billing.ir_cron_module_follow").sudo()._trigger()
        return txs
