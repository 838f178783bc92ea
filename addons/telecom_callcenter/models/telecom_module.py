from odoo import api, models

#: What belongs to the operator that is called
OPERATOR_MODELS = (
    "telecom.prompt",
    "telecom.digital.channel",
    "telecom.priority.number",
    "telecom.queue",
    "telecom.queue.member",
    "telecom.disposition",
    "telecom.qualification",
    "telecom.campaign",
    "telecom.did",
    "telecom.call",
    "telecom.call.leg",
    "telecom.call.visit",
    "telecom.call.wrapup",
    "telecom.callback",
    "telecom.sms.gateway",
    "telecom.sales.zone",
    "telecom.field.seller",
    "telecom.appointment",
    "telecom.seller.duty",
    "telecom.seller.position",
    "telecom.field.entry",
    "telecom.work.item",
    "telecom.work.session",
    "telecom.work.file",
)


class TelecomModule(models.Model):
    _inherit = "telecom.module"

    @api.model
    def _get_model_codes(self):
        return {
            **super()._get_model_codes(),
            **dict.fromkeys(OPERATOR_MODELS, "callcenter"),
        }
