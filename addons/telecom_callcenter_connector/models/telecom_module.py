from odoo import api, models

CONNECTOR_MODELS = (
    "telecom.connector",
    "telecom.connector.query",
    "telecom.connector.access",
    "telecom.connector.feed",
)


class TelecomModule(models.Model):
    _inherit = "telecom.module"

    @api.model
    def _get_model_codes(self):
        return {
            **super()._get_model_codes(),
            **dict.fromkeys(CONNECTOR_MODELS, "callcenter"),
        }
