from odoo import api, fields, models
from odoo.exceptions import UserError


class TelecomWorkAssign(models.TransientModel):
    """Work items shared out among some people, in turn."""

    _name = "telecom.work.assign"
    _description = "Share Out Work"
    _inherit = ["telecom.reference.mixin"]

    item_ids = fields.Many2many(
        "telecom.work.item",
        "telecom_work_assign_item_rel",
        default=lambda self: self._default_items(),
    )
    item_count = fields.Integer(string="Items", compute="_compute_item_count")
    company_id = fields.Many2one("res.company", compute="_compute_item_count")
    user_ids = fields.Many2many(
        "res.users",
        "telecom_work_assign_user_rel",
        string="Among",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Nobody: they are everybody's again.",
    )

    def _default_items(self):
        """Those chosen in the list, as far as nobody is at work on them."""
        if self.env.context.get("active_model") != "telecom.work.item":
            return False
        return self.env["telecom.work.item"].search(
            [
                ("id", "in", self.env.context.get("active_ids") or []),
                ("state", "=", "ready"),
            ]
        )

    @api.depends("item_ids")
    def _compute_item_count(self):
        for wizard in self:
            wizard.item_count = len(wizard.item_ids)
            wizard.company_id = wizard.item_ids.company_id[:1]

    def action_assign(self):
        """Share the items out: to each in turn, the most urgent first.

        :raises UserError: they are of several operators
        """
        self.ensure_one()
        items = self.item_ids.filtered(lambda item: item.state == "ready")
        if len(items.company_id) > 1:
            raise UserError(self.env._("Choose items of one operator."))
        if not self.user_ids:
            items.write({"user_id": False})
            return True
        shares = len(self.user_ids)
        for position, user in enumerate(self.user_ids):
            items[position::shares].write({"user_id": user.id})
        return True
