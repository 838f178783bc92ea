from odoo import fields, models


class TelecomNotificationKind(models.Model):
    """What a notification is about; users mute e-mails by kind."""

    _name = "telecom.notification.kind"
    _description = "Kind of Notification"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)

    _code_unique = models.Constraint("UNIQUE(code)", "There is a kind of this code.")
