from odoo import fields, models


class TelecomDid(models.Model):
    """A service number and the campaign it reaches."""

    _name = "telecom.did"
    _description = "Service Number"
    _check_company_auto = True
    _rec_name = "number"
    _order = "number"

    number = fields.Char(
        required=True,
        help="As the trunk delivers it: digits, with or without +. Short codes too.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    pbx_id = fields.Many2one("telecom.pbx", required=True, index=True)
    campaign_id = fields.Many2one(
        "telecom.campaign", index=True, check_company=True, ondelete="set null"
    )

    _number_unique = models.Constraint(
        "UNIQUE(pbx_id, number)", "This service number is in use on this PBX."
    )
