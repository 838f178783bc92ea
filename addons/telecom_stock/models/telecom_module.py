from odoo import api, models


class TelecomModule(models.Model):
    _inherit = "telecom.module"

    @api.model
    def _get_model_codes(self):
        return {
            **super()._get_model_codes(),
            "stock.": "stock",
            "telecom.boutique.": "stock",
            "telecom.serial.": "stock",
            "telecom.stock.": "stock",
            "telecom.counter.": "stock",
            "telecom.cash.": "stock",
        }
