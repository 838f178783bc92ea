from odoo import fields, models


class TelecomStockTransferRefusal(models.TransientModel):
    """Asks why a transfer is refused: whoever asked for the goods reads it."""

    _name = "telecom.stock.transfer.refusal"
    _description = "Refuse a Transfer between Boutiques"
    _inherit = ["telecom.reference.mixin"]

    transfer_ids = fields.Many2many(
        "telecom.stock.transfer",
        "telecom_transfer_refusal_transfer",
        "refusal_id",
        "transfer_id",
        string="Transfers",
        required=True,
    )
    reason = fields.Char(required=True)

    def action_refuse(self):
        """Refuse the transfers, with the reason."""
        self.ensure_one()
        self.transfer_ids._telecom_need(
            "may_decide",
            self.env._("The boutique that has the goods, or a manager, decides."),
        )
        self.transfer_ids._telecom_refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
