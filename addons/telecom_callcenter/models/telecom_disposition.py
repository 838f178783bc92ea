from odoo import fields, models


class TelecomDisposition(models.Model):
    """A tree per campaign: how a contact ended."""

    _name = "telecom.disposition"
    _description = "Disposition"
    _inherit = ["telecom.campaign.tree"]
    _check_company_auto = True
    _parent_store = True
    _order = "sequence, id"

    parent_id = fields.Many2one(
        "telecom.disposition", index=True, check_company=True, ondelete="cascade"
    )
    child_ids = fields.One2many("telecom.disposition", "parent_id")
