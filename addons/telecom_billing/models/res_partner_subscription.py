from odoo import fields, models


class ResPartner(models.Model):
    """What customers have."""

    _inherit = "res.partner"

    telecom_subscription_ids = fields.One2many(
        "telecom.subscription", "partner_id", string="Subscriptions"
    )
