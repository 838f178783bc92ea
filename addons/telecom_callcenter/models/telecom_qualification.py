from odoo import fields, models


class TelecomQualification(models.Model):
    """A tree per campaign: why the customer was in contact."""

    _name = "telecom.qualification"
    _description = "Qualification"
    _inherit = ["telecom.campaign.tree"]
    _check_company_auto = True
    _parent_store = True
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char()
    sequence = fields.Integer(default=10)
    campaign_id = fields.Many2one(
        "telecom.campaign",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="campaign_id.company_id", store=True, index=True, precompute=True
    )
    parent_id = fields.Many2one(
        "telecom.qualification", index=True, check_company=True, ondelete="cascade"
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("telecom.qualification", "parent_id")
    active = fields.Boolean(default=True)
