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

    def _work_sources(self):
        # sudo: telecom.connector.feed - names only, of the campaign's own sources
        return super()._work_sources() + self.sudo().feed_ids.query_id.mapped("name")

    def action_add_feed(self):
        """Choose a query of a client's system whose rows become work."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Work from a Connector"),
            "res_model": "telecom.connector.feed",
            "view_mode": "form",
            "context": {"default_campaign_id": self.id},
        }
