from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _should_assign_at_confirm(self):
        """At the counter the pieces on the table are taken, no others first."""
        if self.env.context.get("telecom_pieces_at_hand"):
            return False
        return super()._should_assign_at_confirm()
