from odoo import api, fields, models
from odoo.tools import format_date


class TelecomBoutiqueTarget(models.Model):
    """What a shop should sell in a month."""

    _name = "telecom.boutique.target"
    _description = "Target of a Boutique"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "month desc, boutique_id"
    _rec_name = "boutique_id"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    boutique_id = fields.Many2one(
        "telecom.boutique",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    month = fields.Date(
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="Any day of the month; the first one is kept.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(string="Target", required=True)

    _month_unique = models.Constraint(
        "UNIQUE(boutique_id, month)", "This boutique has a target for that month."
    )
    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "A target cannot be negative."
    )

    @api.depends("boutique_id", "month")
    def _compute_display_name(self):
        for target in self:
            month = format_date(self.env, target.month, date_format="MMMM y")
            target.display_name = f"{target.boutique_id.name} · {month}"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._first_day(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._first_day(vals))

    @api.model
    def _first_day(self, vals):
        if not vals.get("month"):
            return vals
        return {**vals, "month": fields.Date.to_date(vals["month"]).replace(day=1)}
