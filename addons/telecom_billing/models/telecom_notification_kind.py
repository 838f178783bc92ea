from odoo import api, models


class TelecomNotificationKind(models.Model):
    _inherit = "telecom.notification.kind"

    @api.model
    def _telecom_portal_codes(self):
        return [*super()._telecom_portal_codes(), "quote_reminder"]
