from odoo import fields, models


class SmsTracker(models.Model):
    _inherit = "sms.tracker"

    telecom_purpose = fields.Selection(
        selection_add=[("boutique", "Address of a boutique"), ("other",)],
        ondelete={
            "boutique": lambda trackers: trackers.write({"telecom_purpose": "other"})
        },
    )
