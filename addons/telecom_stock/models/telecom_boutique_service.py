from odoo import fields, models


class TelecomBoutiqueService(models.Model):
    """Something people come to a shop for: activation, repair, payment…"""

    _name = "telecom.boutique.service"
    _description = "Service of a Boutique"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="Short name for addresses, imports and reports."
    )
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    _code_unique = models.Constraint(
        "UNIQUE(company_id, code)", "This operator has a service of this code already."
    )
