from odoo import fields, models
from odoo.exceptions import AccessError

ACTIONS = [
    ("block", "Lost or Stolen"),
    ("unblock", "Lift the Block"),
    ("return", "Take Back"),
    ("repair", "Send to Repair"),
]


class TelecomSerialAction(models.TransientModel):
    """Why something is done with items."""

    _name = "telecom.serial.action"
    _description = "Action on Serial Numbers"
    _inherit = ["telecom.reference.mixin"]
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(ACTIONS, required=True, default="block")
    lot_ids = fields.Many2many(
        "stock.lot",
        "telecom_serial_action_lot",
        string="Items",
        check_company=True,
        required=True,
    )
    boutique_id = fields.Many2one(
        "telecom.boutique",
        check_company=True,
        help="Where it comes back to; left empty, the shop that sold it.",
    )
    reason = fields.Char(required=True)

    def action_apply(self):
        """Do what was asked for; the history says why.

        :raises AccessError: the user may not
        :raises UserError: the items do not allow it
        """
        self.ensure_one()
        lots = self.lot_ids
        lots.check_access("write")
        if self.kind == "block":
            lots._telecom_block(self.reason)
        elif self.kind == "unblock":
            if not self.env.user.has_group("telecom_stock.group_telecom_stock_manager"):
                raise AccessError(
                    self.env._("A stock manager lifts blocks: ask one of yours.")
                )
            lots._telecom_unblock(self.reason)
        elif self.kind == "return":
            # sudo: stock.warehouse - of a boutique the user chose
            place = self.boutique_id.sudo().warehouse_id.lot_stock_id
            lots._telecom_return(place, self.reason)
        else:
            lots._telecom_repair(self.reason)
        return {"type": "ir.actions.act_window_close"}
