from odoo import fields, models


class TelecomPriorityNumber(models.Model):
    """A caller who goes first."""

    _name = "telecom.priority.number"
    _description = "Priority Number"
    _check_company_auto = True
    _rec_name = "number"
    _order = "priority desc, number"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    number = fields.Char(required=True, help="E.164, with +.")
    priority = fields.Integer(
        default=10, required=True, help="The higher, the earlier; 0 is everybody's."
    )
    note = fields.Char()

    _number_unique = models.Constraint(
        "UNIQUE(company_id, number)", "This number has a priority already."
    )
