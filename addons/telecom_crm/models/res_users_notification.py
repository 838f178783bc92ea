from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    telecom_muted_kind_ids = fields.Many2many(
        "telecom.notification.kind",
        "telecom_notification_muted_rel",
        "user_id",
        "kind_id",
        string="No E-Mail About",
        help="Notifications of these kinds appear on the platform only.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "telecom_muted_kind_ids"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "telecom_muted_kind_ids"]
