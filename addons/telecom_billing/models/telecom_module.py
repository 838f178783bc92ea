from odoo import api, models


class TelecomModule(models.Model):
    _inherit = "telecom.module"

    @api.model
    def _get_model_codes(self):
        return {
            **super()._get_model_codes(),
            "sale.": "billing",
            "account.": "billing",
            "payment.": "billing",
            "loyalty.": "offers",
            "sale.report": "statistics",
            "account.invoice.report": "statistics",
        }
