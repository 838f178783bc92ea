from odoo import api, fields, models
from odoo.exceptions import ValidationError

ACTIONS = [
    ("warn", "Reminder"),
    ("fee", "Reminder with a Fee"),
    ("suspend", "Suspension"),
    ("terminate", "End of the Contract"),
]


class TelecomDunningLevel(models.Model):
    """A step that an operator takes when its customer does not pay."""

    _name = "telecom.dunning.level"
    _description = "Dunning Level"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "company_id, days, id"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    days = fields.Integer(
        string="Days after the Due Date",
        required=True,
        help="When that is a day off, the next working day.",
    )
    working = fields.Boolean(
        string="Count Working Days Only",
        help="By the operator's working hours and public holidays.",
    )
    action = fields.Selection(ACTIONS, required=True, default="warn")
    fee_amount = fields.Monetary(
        string="Fee", help="Before tax; on an invoice of its own, due at once."
    )
    text = fields.Text(
        string="Wording of the E-mail",
        translate=True,
        help="Stands between the greeting and the list of invoices.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _days_positive = models.Constraint(
        "CHECK(days > 0)", "Nobody is reminded before an invoice is due."
    )
    _company_days = models.UniqueIndex(
        "(company_id, days) WHERE active", "There is a level on that day already."
    )

    @api.constrains("action", "fee_amount")
    def _check_fee(self):
        for level in self:
            if level.action == "fee" and level.fee_amount <= 0:
                raise ValidationError(self.env._("Give the fee an amount."))
