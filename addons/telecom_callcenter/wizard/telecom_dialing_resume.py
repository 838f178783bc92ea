from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError


class TelecomDialingResume(models.TransientModel):
    """A supervisor's word: dial on, though too many calls were abandoned."""

    _name = "telecom.dialing.resume"
    _description = "Dial on in Spite of Abandoned Calls"
    _inherit = ["telecom.reference.mixin"]

    campaign_id = fields.Many2one("telecom.campaign", required=True)
    abandoned_share = fields.Float(related="campaign_id.abandoned_share")
    abandoned_share_day = fields.Float(related="campaign_id.abandoned_share_day")
    abandoned_share_month = fields.Float(related="campaign_id.abandoned_share_month")
    reason = fields.Char(required=True)
    hours = fields.Float(default=8.0, required=True)

    _hours_range = models.Constraint(
        "CHECK(hours > 0 AND hours <= 24)", "Dialing goes on for up to 24 hours."
    )

    def action_resume(self):
        self.ensure_one()
        self.campaign_id.check_access("write")
        if not self.env.user.has_group(
            "telecom_callcenter.group_callcenter_supervisor"
        ):
            raise AccessError(self.env._("Supervisors let dialing go on."))
        until = fields.Datetime.now() + timedelta(hours=self.hours)
        self.campaign_id._waive_abandoned(self.reason.strip(), until)
        return {"type": "ir.actions.act_window_close"}
