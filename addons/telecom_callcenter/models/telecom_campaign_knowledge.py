from odoo import fields, models


class TelecomCampaignKnowledge(models.Model):
    """What the dialer has learnt of a campaign, for when it is started again."""

    _name = "telecom.campaign.knowledge"
    _description = "Dialer's Knowledge of a Campaign"
    _check_company_auto = True
    _rec_name = "campaign_id"

    company_id = fields.Many2one(
        related="campaign_id.company_id", store=True, index=True, precompute=True
    )
    campaign_id = fields.Many2one(
        "telecom.campaign", required=True, check_company=True, ondelete="cascade"
    )
    data = fields.Json()

    _campaign_once = models.UniqueIndex("(campaign_id)")
