from odoo import api, fields, models


class TelecomOperatorSettings(models.TransientModel):
    _inherit = "telecom.operator.settings"

    callcenter_open = fields.Boolean(
        default=lambda self: self.env.company._telecom_allows("callcenter", "write")
    )
    telecom_contact_retention = fields.Integer(
        string="Keep Whom Campaigns Called (months)",
        help="Contacts of campaigns that are finished, or whose campaign is stopped, "
        "are deleted so many months after their last call, and number files after "
        "they were read in; attempts go at the same age. 0: for ever.",
    )

    @api.model
    def _modules_of_settings(self):
        return {
            **super()._modules_of_settings(),
            "telecom_contact_retention": "callcenter",
        }
