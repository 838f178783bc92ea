from odoo import fields, models


class SmsTracker(models.Model):
    """What became of a text message to a caller.

    Odoo deletes a message once it is sent; this row stays, and so the call it
    belongs to can show it.
    """

    _inherit = "sms.tracker"
    _order = "id desc"

    telecom_company_id = fields.Many2one(
        "res.company", "Operator", index="btree_not_null", ondelete="cascade"
    )
    telecom_call_id = fields.Many2one(
        "telecom.call", "Call", index="btree_not_null", ondelete="set null"
    )
    telecom_partner_id = fields.Many2one(
        "res.partner", "Customer", index="btree_not_null", ondelete="set null"
    )
    telecom_number = fields.Char("Number")
    telecom_body = fields.Text("Text")
    telecom_purpose = fields.Selection(
        [
            ("channels", "Digital channels"),
            ("survey", "Satisfaction survey"),
            ("appointment", "Appointment"),
            ("followup", "Follow-up"),
            ("other", "Other"),
        ],
        string="Purpose",
    )
    telecom_message_id = fields.Char(
        "Provider's Id", index="btree_not_null", copy=False
    )
    telecom_state = fields.Selection(
        [
            ("outgoing", "In queue"),
            ("process", "Processing"),
            ("pending", "Sent"),
            ("sent", "Delivered"),
            ("error", "Failed"),
            ("canceled", "Cancelled"),
        ],
        string="State",
        default="outgoing",
    )
    telecom_failure_reason = fields.Char("Reason of the Failure")
    telecom_sent_at = fields.Datetime("Sent on")
    telecom_delivered_at = fields.Datetime("Delivered on")

    def _action_update_from_sms_state(
        self, sms_state, failure_type=False, failure_reason=False
    ):
        self._telecom_set_state(sms_state, failure_type, failure_reason)
        return super()._action_update_from_sms_state(
            sms_state, failure_type=failure_type, failure_reason=failure_reason
        )

    def _action_update_from_provider_error(self, provider_error):
        # Delivery failed after the message had left, or the provider refused it
        result = super()._action_update_from_provider_error(provider_error)
        _status, failure_type, failure_reason = result
        self._telecom_set_state("error", failure_type, failure_reason)
        return result

    def _telecom_set_state(self, state, failure_type=False, failure_reason=False):
        """Note a state, unless a better one is known: delivered is the last word."""
        now = fields.Datetime.now()
        trackers = self.filtered(
            lambda tracker: (
                tracker.telecom_company_id
                and tracker.telecom_state not in (state, "sent")
            )
        )
        if not trackers:
            return
        vals = {"telecom_state": state, "telecom_failure_reason": False}
        if state == "error":
            reasons = dict(
                self.env["sms.sms"]
                ._fields["failure_type"]
                ._description_selection(self.env)
            )
            vals["telecom_failure_reason"] = failure_reason or reasons.get(
                failure_type, failure_type
            )
        elif state == "pending":
            vals["telecom_sent_at"] = now
        elif state == "sent":
            vals["telecom_delivered_at"] = now
        trackers.write(vals)
