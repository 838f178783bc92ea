from odoo import fields, models


class TelecomQualification(models.Model):
    """A tree per campaign: why the customer was in contact."""

    _name = "telecom.qualification"
    _description = "Qualification"
    _inherit = ["telecom.campaign.tree"]
    _check_company_auto = True
    _parent_store = True
    _order = "sequence, id"

    parent_id = fields.Many2one(
        "telecom.qualification", index=True, check_company=True, ondelete="cascade"
    )
    child_ids = fields.One2many("telecom.qualification", "parent_id")
