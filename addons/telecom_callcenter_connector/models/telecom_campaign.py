from odoo import fields, models


class TelecomCampaign(models.Model):
    _inherit = "telecom.campaign"

    feed_ids = fields.One2many(
        "telecom.connector.feed",
        "campaign_id",
        string="Clients' Systems",
        groups="telecom_callcenter.group_callcenter_admin",
    )

    def _configuration_unheard(self):
        return super()._configuration_unheard() | {"feed_ids"}

    def _work_comes(self):
        # sudo: telecom.connector.feed - only whether there is one
        return super()._work_comes() or bool(self.sudo().feed_ids)
