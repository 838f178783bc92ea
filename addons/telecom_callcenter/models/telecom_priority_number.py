from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TelecomPriorityNumber(models.Model):
    """A caller who goes first."""

    _name = "telecom.priority.number"
    _description = "Priority Number"
    _inherit = [
        "telecom.configuration.mixin",
        "telecom.owned.mixin",
        "telecom.number.mixin",
    ]
    _check_company_auto = True
    _rec_name = "number"
    _order = "priority desc, number"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    number = fields.Char(required=True, help="E.164, with +.")
    priority = fields.Integer(
        default=10, required=True, help="The higher, the earlier; 0 is everybody's."
    )
    note = fields.Char()

    _number_unique = models.Constraint(
        "UNIQUE(company_id, number)", "This number has a priority already."
    )
    _priority_range = models.Constraint(
        "CHECK(priority BETWEEN 0 AND 100)", "A priority is between 0 and 100."
    )

    @api.constrains("number")
    def _check_number(self):
        for record in self:
            if record.company_id._telecom_sanitize(record.number) != record.number:
                raise ValidationError(
                    self.env._(
                        "“%(number)s” is no telephone number; write it with + and the "
                        "country code.",
                        number=record.number,
                    )
                )

    def _configuration_operator(self):
        return self.company_id[:1]
