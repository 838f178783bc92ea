from odoo import api, fields, models

MOVEMENTS = [
    ("in", "Put In"),
    ("bank", "Taken to the Bank"),
    ("expense", "Paid out of It"),
]


class TelecomCashMovement(models.Model):
    """Cash that came into a drawer, or left it, other than by sales.

    It is never changed: what was noted wrongly is noted the other way round.
    """

    _name = "telecom.cash.movement"
    _description = "Cash Put In or Taken Out"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "day_id desc, id"
    _rec_name = "reason"

    day_id = fields.Many2one(
        "telecom.cash.day",
        string="Cash Drawer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    boutique_id = fields.Many2one(
        related="day_id.boutique_id", store=True, index="btree_not_null"
    )
    user_id = fields.Many2one(
        "res.users",
        string="By",
        default=lambda self: self.env.user,
        check_company=True,
        readonly=True,
    )
    kind = fields.Selection(MOVEMENTS, string="What", required=True, default="bank")
    reason = fields.Char(required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(required=True)
    signed = fields.Monetary(compute="_compute_signed", store=True)

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "Say how much was put in or taken out."
    )

    @api.depends("kind", "amount")
    def _compute_signed(self):
        for movement in self:
            sign = 1 if movement.kind == "in" else -1
            movement.signed = sign * movement.amount

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            day = self.env["telecom.cash.day"].browse(vals.get("day_id"))
            vals["company_id"] = day.company_id.id
            if not self.env.su:
                vals["user_id"] = self.env.uid
        movements = super().create(vals_list)
        movements.day_id._telecom_guard()
        movements.boutique_id.warehouse_id._telecom_check_mine()
        return movements
