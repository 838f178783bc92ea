from odoo import api, fields, models


class TelecomNotificationKind(models.Model):
    """What a notification is about; users mute e-mails by kind."""

    _name = "telecom.notification.kind"
    _description = "Kind of Notification"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)

    _code_unique = models.Constraint("UNIQUE(code)", "There is a kind of this code.")

    @api.model
    def _telecom_portal_codes(self):
        """Return the codes of what customers are told about; others add theirs."""
        return ["message", "help_answer"]
