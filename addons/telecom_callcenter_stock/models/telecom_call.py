from odoo import models


class TelecomCall(models.Model):
    _inherit = "telecom.call"

    def _get_card(self):
        card = super()._get_card()
        # sudo: res.company - whether the operator of the card has boutiques at all
        card["boutiques"] = self.sudo().company_id._telecom_allows("stock")
        return card
