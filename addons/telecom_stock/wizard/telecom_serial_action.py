from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..models.res_users import STOCK_MANAGER

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
        default=lambda self: self._default_boutique_id(),
        domain=lambda self: self._domain_boutique_id(),
        help="Where it comes back to; left empty, the shop that sold it.",
    )
    reason = fields.Char(required=True)

    @api.model
    def _domain_boutique_id(self):
        """People of shops take back into their own, stock managers into any."""
        user = self.env.user
        if user.has_group(STOCK_MANAGER):
            return []
        return [("id", "in", user._telecom_boutiques().ids)]

    @api.model
    def _default_boutique_id(self):
        """Return the only shop of who works in one."""
        company = self.env.context.get("default_company_id") or self.env.company.id
        mine = self._domain_boutique_id()
        boutiques = mine and self.env["telecom.boutique"].search(
            [*mine, ("company_id", "=", company)]
        )
        return boutiques if len(boutiques) == 1 else False

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
            if not self.env.user.has_group(STOCK_MANAGER):
                raise AccessError(
                    self.env._("A stock manager lifts blocks: ask one of yours.")
                )
            lots._telecom_unblock(self.reason)
        elif self.kind == "return":
            # sudo: stock.warehouse - of a boutique the user chose, asked next
            place = self.boutique_id.sudo().warehouse_id.lot_stock_id
            self._check_places(place, lots)
            lots._telecom_return(place, self.reason)
        else:
            lots._telecom_repair(self.reason)
        return {"type": "ir.actions.act_window_close"}

    def _check_places(self, place, lots):
        """Refuse to take items back into a shop the user does not work in.

        :param stock.location place: where they come to; none: where each was sold
        :raises AccessError: saying what to do
        """
        # sudo: stock.location - only whose shop it is
        places = place or self.env["stock.location"].concat(
            *(lot._telecom_sold_from() for lot in lots.sudo())
        )
        for warehouse in places.warehouse_id:
            warehouse.sudo(False)._telecom_check_mine(
                self.env._(
                    "You do not work in “%(place)s”: take it back into a boutique of "
                    "yours, or ask a stock manager.",
                    place=warehouse.name,
                )
            )
