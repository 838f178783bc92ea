"""Messages after a contact, by campaign and status."""

from markupsafe import Markup, escape

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize

from odoo.addons.telecom_crm.tools.once import once

from ..engine import placeholders

#: Under which a person's consent to a kind of message stands
CONSENT_CHANNELS = {"sms": "sms", "email": "email", "survey": "sms"}


class TelecomCampaignFollowup(models.Model):
    """What a person is sent when a contact ended with some status."""

    _name = "telecom.campaign.followup"
    _description = "Follow-up Message"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "campaign_id, sequence, id"
    _rec_name = "kind"

    sequence = fields.Integer(default=10)
    campaign_id = fields.Many2one(
        "telecom.campaign",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="campaign_id.company_id", store=True, index=True, precompute=True
    )
    active = fields.Boolean(default=True)
    disposition_ids = fields.Many2many(
        "telecom.disposition",
        "telecom_campaign_followup_disposition_rel",
        string="After the Status",
        check_company=True,
        help="Whatever the status if empty; a branch stands for all below it.",
    )
    kind = fields.Selection(
        [
            ("sms", "Text message"),
            ("email", "E-mail"),
            ("survey", "Satisfaction survey"),
        ],
        required=True,
        default="sms",
    )
    subject = fields.Char(translate=True)
    text = fields.Text(
        translate=True,
        help="{first_name} and other names in braces stand for the contact's fields; "
        "{link} for the survey's link.",
    )
    sent_ids = fields.One2many(
        "telecom.campaign.followup.sent", "followup_id", string="Messages Sent"
    )
    sent_count = fields.Integer(string="Sent", compute="_compute_sent_count")

    def _compute_sent_count(self):
        counts = dict(
            self.env["telecom.campaign.followup.sent"]._read_group(
                [("followup_id", "in", self.ids), ("state", "=", "sent")],
                ["followup_id"],
                ["__count"],
            )
        )
        for followup in self:
            followup.sent_count = counts.get(followup, 0)

    @api.constrains("kind", "text", "subject")
    def _check_text(self):
        for followup in self:
            if followup.kind != "survey" and not (followup.text or "").strip():
                raise ValidationError(self.env._("Write the text of the message."))
            if followup.kind == "email" and not (followup.subject or "").strip():
                raise ValidationError(self.env._("Write the subject of the e-mail."))

    @api.constrains("disposition_ids", "campaign_id")
    def _check_dispositions(self):
        for followup in self:
            if followup.disposition_ids.campaign_id - followup.campaign_id:
                raise ValidationError(
                    self.env._("A follow-up is for statuses of its own campaign.")
                )

    def _applies(self, disposition):
        """Whether this is sent after a status."""
        self.ensure_one()
        wanted = self._statuses()
        if not wanted:
            return True
        above = {
            int(part) for part in (disposition.parent_path or "").split("/") if part
        }
        return bool(above & set(wanted.ids))

    def _statuses(self):
        """Return after which statuses it is sent, also those archived meanwhile: a
        message after one of them is not one after all."""
        return self.with_context(active_test=False).disposition_ids

    def _copy_rules(self, campaign, statuses):
        """Give these rules to another campaign.

        :param dict statuses: its dispositions by the ids of those here
        """
        for rule in self:
            wanted = rule._statuses()
            there = [statuses[node.id].id for node in wanted if node.id in statuses]
            if there or not wanted:
                rule.copy(
                    {
                        "campaign_id": campaign.id,
                        "disposition_ids": [Command.set(there)],
                    }
                )

    # -------------------------------------------------------------------------
    # Sending
    # -------------------------------------------------------------------------

    @api.model
    def _send_after(self, call, attempt, agent, disposition, wrapup=None):
        """Send what a campaign's rules say, once per call and rule.

        May be called again for the same call: nobody gets a second message.

        :param call: the ``telecom.call``; empty where nobody answered
        :param attempt: the ``telecom.campaign.attempt``, may be empty
        :param agent: who spoke, may be empty
        :param disposition: the status, may be empty
        :param wrapup: the agent's ``telecom.call.wrapup``, which a survey is about
        """
        # sudo: telecom.campaign.followup and what it names - the operator's rules,
        # whoever ends a wrap-up
        call, attempt = call.sudo(), attempt.sudo()
        campaign = call.campaign_id or attempt.campaign_id
        rules = campaign.followup_ids.filtered(
            lambda rule: rule._applies(disposition.sudo())
        )
        if not rules:
            return
        Sent = self.env["telecom.campaign.followup.sent"].sudo()
        same = Domain("call_id", "in", call.ids) | Domain(
            "attempt_id", "in", attempt.ids
        )
        done = Sent.search(Domain("followup_id", "in", rules.ids) & same)
        for rule in rules - done.followup_id:
            # Two agents of a transferred call may finish at the same moment
            with once(Sent, "_once", "_once_attempt"):
                sent = Sent.create(
                    {
                        "followup_id": rule.id,
                        "call_id": call.id,
                        "attempt_id": attempt.id,
                        "contact_id": attempt.contact_id.id,
                    }
                )
            refused = rule._send_one(
                call, attempt.contact_id, agent, disposition, wrapup, sent
            )
            if refused:
                sent.write({"state": "refused", "reason": refused})

    def _send_one(self, call, contact, agent, disposition, wrapup, sent):
        """:return: why it was not sent; False when it was"""
        # The contact's next number may be another one by now
        number = sent.attempt_id.number
        refused = (
            self.env._("Refuses to be contacted")
            if disposition.do_not_call
            else self._refusal(call, contact, self.kind, number)
        )
        if refused:
            return refused
        if self.kind == "email":
            return self._send_email(call, contact, agent)
        if self.kind == "sms":
            return self._send_message(call, contact, agent, self, "text", number)
        if wrapup:
            queued = wrapup._queue_survey(followup=self)
            return False if queued else self.env._("No survey could be sent")
        return sent._send_survey(call, contact)

    @api.model
    def _refusal(self, call, contact, kind, number=None):
        """Why a person is not written to; False when nothing is against it.

        Who does not want to be called is not written to unasked either.

        :param str number: the one that was called, when it is another one than the
            contact's next
        """
        company = call.company_id or contact.company_id
        number = number or contact.number or call.caller_number
        words = self.env._("Refuses to be contacted")
        sanitized = number and (company._telecom_sanitize(number) or number)
        # sudo: telecom.do.not.call, phone.blacklist, mail.blacklist, telecom.consent -
        # what people refuse holds whoever asks
        if sanitized and self.env["telecom.do.not.call"].sudo()._blocked(
            company, [sanitized]
        ):
            return words
        if contact.exclusion in ("do_not_call", "opt_out"):
            return words
        channel = CONSENT_CHANNELS[kind]
        partner = call._script_partner(contact).sudo()
        if partner and not partner._telecom_may_contact(channel):
            return words
        if channel == "sms" and sanitized:
            blocked = self.env["phone.blacklist"].sudo()
            if blocked.search_count([("number", "=", sanitized)], limit=1):
                return words
        email = channel == "email" and email_normalize(contact.email or partner.email)
        if email:
            blocked = self.env["mail.blacklist"].sudo()
            if blocked.search_count([("email", "=", email)], limit=1):
                return words
        return False

    @api.model
    def _message_number(self, call, contact, number=None):
        """Where a text message reaches the person in a call.

        :return: ``(number, why there is none)``; one of them is False
        """
        company = call.company_id or contact.company_id
        number = company._telecom_get_sms_number(
            number or contact.number or call.caller_number
        )
        if not number:
            return False, self.env._("No number that takes text messages")
        if not company._telecom_has_sms_provider():
            return False, self.env._("The operator has no SMS gateway")
        return number, False

    @api.model
    def _send_message(self, call, contact, agent, record, name, number=None):
        """Send a text message to the person in a call.

        :param record: whose field ``name`` is the text, in every language
        :param str number: the one that was called, see :meth:`_refusal`
        :return: why it was not sent; False when it was
        """
        company = call.company_id or contact.company_id
        number, refused = self._message_number(call, contact, number)
        refused = refused or self._refusal(call, contact, "sms", number)
        if refused:
            return refused
        text, partner = self._text_in_language(call, contact, agent, record, name)
        self.env["sms.sms"]._telecom_queue(
            company,
            [
                {
                    "number": number,
                    "body": text,
                    "partner_id": partner.id,
                    "call_id": call.id,
                    "purpose": "followup",
                }
            ],
        )
        return False

    @api.model
    def _language(self, call, contact, partner):
        """The language in which the person in a call is written to."""
        company = call.company_id or contact.company_id
        return company._telecom_get_lang(
            contact.language,
            call.language,
            partner.telecom_language_id.code,
            partner.lang,
            company.partner_id.lang,
            "fr",
        )

    @api.model
    def _text_in_language(self, call, contact, agent, record, name):
        """A text as the person in a call reads it, and the customer."""
        call = call.sudo()
        partner = call._script_partner(contact)
        lang = self._language(call, contact, partner)
        values = self.env["telecom.script"]._text_values(
            call.campaign_id or contact.campaign_id,
            contact,
            partner,
            agent,
            contact.number or call.caller_number,
        )
        return placeholders.fill(record.with_context(lang=lang)[name], values), partner

    def _send_email(self, call, contact, agent):
        company = call.company_id or contact.company_id
        partner = call._script_partner(contact)
        email = email_normalize(contact.email or partner.email)
        if not email:
            return self.env._("No e-mail address")
        subject, _partner = self._text_in_language(
            call, contact, agent, self, "subject"
        )
        text, _partner = self._text_in_language(call, contact, agent, self, "text")
        body = Markup("").join(
            Markup("<p>%s</p>") % Markup("<br/>").join(map(escape, part.split("\n")))
            for part in text.split("\n\n")
        )
        # sudo: mail.mail - the operator writes, not the agent
        self.env["mail.mail"].sudo().with_company(company).create(
            {
                "subject": subject,
                "body_html": body,
                "email_from": company.email_formatted,
                "email_to": email,
                "record_company_id": company.id,
                "auto_delete": True,
            }
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return False


class TelecomCallWrapup(models.Model):
    _inherit = "telecom.call.wrapup"

    def _queue_followups(self):
        """Send what the campaign's rules say after this wrap-up's status."""
        self.ensure_one()
        call = self.call_id
        # sudo: telecom.campaign.followup - see _send_after
        Followup = self.env["telecom.campaign.followup"].sudo()
        if not call.sudo().campaign_id.followup_ids or call.direction == "internal":
            return
        Followup._send_after(
            call,
            call._campaign_attempt(),
            self.agent_id,
            self.disposition_id,
            self,
        )


class TelecomCampaignContact(models.Model):
    _inherit = "telecom.campaign.contact"

    @api.model
    def _settle(self, rows):
        """With the follow-ups of calls that reached no agent."""
        states = super()._settle(rows)
        by_system = [row[1] for row in rows if row[1] and isinstance(row[2], str)]
        if by_system:
            self._follow_up_system(by_system)
        return states

    @api.model
    def _follow_up_system(self, attempt_ids):
        # sudo: telecom.campaign.attempt, .followup - see _send_after
        attempts = self.env["telecom.campaign.attempt"].sudo().browse(attempt_ids)
        Followup = self.env["telecom.campaign.followup"].sudo()
        ruled = Followup.search([("campaign_id", "in", attempts.campaign_id.ids)])
        for attempt in attempts.filtered(
            lambda one: (
                one.settled == "system"
                and one.disposition_id
                and one.campaign_id in ruled.campaign_id
            )
        ):
            Followup._send_after(
                attempt.call_id,
                attempt,
                attempt.agent_id,
                attempt.disposition_id,
            )
