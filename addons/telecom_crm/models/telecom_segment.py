from odoo import fields, models


class TelecomSegment(models.Model):
    """A group of customers an operator treats alike, and its rank in queues."""

    _name = "telecom.segment"
    _description = "Customer Segment"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "priority desc, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Short name for imports and reports.")
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    priority = fields.Integer(
        default=0,
        help="The higher, the earlier a caller of this segment is answered; 0 is "
        "everybody's.",
    )
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE(company_id, code)", "This operator has a segment of this code already."
    )
    _priority_positive = models.Constraint(
        "CHECK(priority >= 0)", "A priority cannot be negative."
    )
