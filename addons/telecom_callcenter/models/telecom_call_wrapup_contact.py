"""What an agent's status means for the contact of a campaign."""

from odoo import fields, models


class TelecomDisposition(models.Model):
    _inherit = "telecom.disposition"

    def _choice_values(self):
        return {
            **super()._choice_values(),
            "shortcut": (self.shortcut or "").lower() or False,
            # In campaigns that call out, a promise goes with it
            "callback": self.follow_up == "callback"
            and self.campaign_id.kind in ("outbound", "field"),
        }


class TelecomCallWrapup(models.Model):
    _inherit = "telecom.call.wrapup"

    def _settle_contact(self):
        """Tell the campaign's contact how the call ended, and free the desk of it."""
        self.ensure_one()
        attempt = self.call_id._campaign_attempt()
        if not attempt.contact_id:
            self._keep_refusal()
        if not attempt:
            return
        call, contact = self.call_id, attempt.contact_id
        attempt._end_by_call(
            call,
            call.ended_at or self.started_at or fields.Datetime.now(),
            disposition=self.disposition_id,
            agent=self.agent_id,
            qualification_id=self.qualification_id.id,
            partner_id=(contact.partner_id or self.partner_id).id,
        )

    def _keep_refusal(self):
        """Put who asked for it on the operator's list, where no contact stands for it.

        Whoever rings back or is dialed by hand refuses as well as a campaign's contact.
        """
        if not self.disposition_id.do_not_call:
            return
        # Withheld numbers and short codes are nobody's to call
        number = self.company_id._telecom_sanitize(self.call_id.caller_number or "")
        if number:
            self.env["telecom.do.not.call"]._refuse(self.company_id, [number])
