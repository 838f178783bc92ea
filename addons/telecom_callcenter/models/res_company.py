from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_provided_service_ids = fields.One2many(
        "telecom.operator.service",
        "provider_id",
        string="Operators Served",
        help="Operators this company works for as contact-centre provider.",
    )
