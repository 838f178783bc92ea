from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    telecom_boutique_ids = fields.Many2many(
        "telecom.boutique",
        "telecom_boutique_staff",
        "user_id",
        "boutique_id",
        string="Boutiques",
        help="The boutiques this person works in.",
    )
