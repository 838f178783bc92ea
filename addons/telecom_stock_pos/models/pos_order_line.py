from odoo import api, models

from odoo.addons.telecom_stock.engine import serial_states


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    @api.model
    def get_existing_lots(self, company_id, config_id, product_id):
        """Leave out, where items are chosen, what may not be sold."""
        found = super().get_existing_lots(company_id, config_id, product_id)
        # sudo: stock.lot - states of the items core has just named
        lots = self.env["stock.lot"].sudo().browse([each["id"] for each in found])
        kept = set(
            lots.filtered(
                lambda lot: (
                    lot.telecom_kind
                    and not serial_states.allowed("sell", lot.telecom_state)
                )
            ).ids
        )
        return [each for each in found if each["id"] not in kept]
