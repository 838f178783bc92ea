"""Text messages the contact centre owes to callers, and their answers.

Two of them: the digital channels, to a caller who reached nobody, and the
satisfaction survey, after a conversation.
"""

from collections import defaultdict
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

# Calls older than this are told nothing any more: found in the ledger after a long
# stop, or imported from a former system.
MAX_AGE = timedelta(hours=24)


class TelecomCampaign(models.Model):
    _inherit = "telecom.campaign"

    channels_sms_interval = fields.Integer(
        string="Once per (min)",
        default=60,
        help="A caller who tries again within this time gets no second message.",
    )
    channels_sms_preview = fields.Text(compute="_compute_message_previews")
    survey_preview = fields.Text(compute="_compute_message_previews")

    @api.depends(
        "channels_sms_text", "survey_text", "company_id.name", "channels_sms", "survey"
    )
    @api.depends_context("lang")
    def _compute_message_previews(self):
        lists = self.company_id._telecom_get_channel_lists()
        for campaign in self:
            lang = self.env.lang
            campaign.channels_sms_preview = campaign._get_channels_sms_text(
                lang, lists.get(campaign.company_id.id) or "…"
            )
            campaign.survey_preview = campaign._get_survey_text(lang, "https://…")

    def _get_channels_sms_text(self, lang, channels):
        self.ensure_one()
        campaign = self.with_context(lang=lang)
        text = campaign.channels_sms_text or campaign.env._(
            "{operator}: we could not take your call. Write to us: {channels}"
        )
        # No str.format: the text is written by people
        return text.replace("{channels}", channels).replace(
            "{operator}", campaign.company_id.name or ""
        )

    def _get_survey_text(self, lang, link, own_text=False):
        self.ensure_one()
        campaign = self.with_context(lang=lang)
        text = (
            own_text
            or campaign.survey_text
            or campaign.env._(
                "{operator}: are you satisfied with our call? One click: {link}"
            )
        )
        return text.replace("{link}", link).replace(
            "{operator}", campaign.company_id.name or ""
        )


class TelecomCall(models.Model):
    _inherit = "telecom.call"

    sms_tracker_ids = fields.One2many(
        "sms.tracker", "telecom_call_id", string="Messages"
    )
    survey_value = fields.Float(
        string="Satisfaction", compute="_compute_survey_value", digits=(3, 1)
    )

    @api.depends("wrapup_ids.survey_state", "wrapup_ids.rating_last_value")
    def _compute_survey_value(self):
        averages = dict(
            self.env["telecom.call.wrapup"]._read_group(
                [("call_id", "in", self.ids), ("survey_state", "=", "answered")],
                ["call_id"],
                ["rating_last_value:avg"],
            )
        )
        for call in self:
            call.survey_value = averages.get(call, 0)

    def _queue_channels_sms(self):
        """Queue the operator's digital channels to callers who reached nobody.

        For calls that ended closed or unavailable, when the campaign says so. May
        be called again for the same calls: nobody gets a second message.

        :return: the calls a message was queued for
        """
        now = fields.Datetime.now()
        # sudo: telecom.call - the gateway's and the ledger's own facts
        calls = self.sudo().filtered(
            lambda call: (
                call.direction == "inbound"
                and call.outcome in ("closed", "unavailable")
                and call.channels_sms_state != "queued"
            )
        )
        companies = calls.company_id.filtered(
            lambda company: company._telecom_has_sms_provider()
        )
        lists = companies._telecom_get_channel_lists()
        numbers = {}
        for call in calls:
            number = call.company_id._telecom_get_sms_number(call.caller_number)
            wanted = (
                number
                and call.campaign_id.channels_sms
                and lists.get(call.company_id.id)
                and call.start_at >= now - MAX_AGE
            )
            if wanted:
                numbers[call] = number
        told = self._get_recently_told(numbers)
        vals_by_company = defaultdict(list)
        for call in calls.filtered(lambda call: call in numbers).sorted("start_at"):
            key = (call.company_id.id, numbers[call])
            interval = timedelta(minutes=call.campaign_id.channels_sms_interval)
            last = told.get(key)
            if last and last > now - interval:
                continue
            told[key] = now
            lang = call.company_id._telecom_get_lang(
                call.language,
                call.partner_id.telecom_language_id.code,
                call.partner_id.lang,
                call.company_id.partner_id.lang,
                "fr",
            )
            vals_by_company[call.company_id].append(
                {
                    "number": numbers[call],
                    "body": call.campaign_id._get_channels_sms_text(
                        lang, lists[call.company_id.id]
                    ),
                    "partner_id": call.partner_id.id,
                    "call_id": call.id,
                    "purpose": "channels",
                }
            )
        for company, vals_list in vals_by_company.items():
            self.env["sms.sms"]._telecom_queue(company, vals_list)
        queued = calls.filtered(lambda call: call in numbers)
        queued.channels_sms_state = "queued"
        (calls - queued).filtered(
            lambda call: call.channels_sms_state == "due"
        ).channels_sms_state = "none"
        return self.browse(queued.ids)

    def _get_recently_told(self, numbers):
        """Return when each (company id, number) was last sent the channels."""
        # sudo: sms.tracker - kept from people by Odoo
        groups = (
            self.env["sms.tracker"]
            .sudo()
            ._read_group(
                [
                    ("telecom_purpose", "=", "channels"),
                    ("telecom_number", "in", list(set(numbers.values()))),
                    ("create_date", ">=", fields.Datetime.now() - MAX_AGE),
                ],
                ["telecom_company_id", "telecom_number"],
                ["create_date:max"],
            )
            if numbers
            else []
        )
        return {(company.id, number): last for company, number, last in groups}


class TelecomCallWrapup(models.Model):
    _inherit = "telecom.call.wrapup"

    def _queue_survey(self, followup=None):
        """Queue the satisfaction survey to the callers of these conversations.

        When the campaign says so, to numbers that can receive a message, once; never
        to those who refuse to be contacted.

        :param followup: the ``telecom.campaign.followup`` that asks for it, with a
            text of its own; without it, the campaign's setting decides
        :return: the wrap-ups a survey was queued for
        """
        now = fields.Datetime.now()
        # sudo: telecom.call.wrapup, rating.rating - the agent who ends a wrap-up
        # neither chooses nor sees the link
        surveyed = self.sudo().search(
            [("call_id", "in", self.call_id.ids), ("survey_state", "!=", "none")]
        )
        # One survey per call, whoever of its agents finishes first
        wrapups = self.sudo().filtered(
            lambda wrapup: (
                (followup or wrapup.campaign_id.survey == "rating")
                and wrapup.call_id not in surveyed.call_id
                and wrapup.company_id._telecom_has_sms_provider()
                and wrapup.call_id.direction != "internal"
                and wrapup.call_id.start_at >= now - MAX_AGE
            )
        )
        wrapups = (
            self.sudo()
            .browse()
            .concat(*(of_call[:1] for of_call in wrapups.grouped("call_id").values()))
        )
        numbers = {
            wrapup: wrapup.company_id._telecom_get_sms_number(
                wrapup.call_id.caller_number
            )
            for wrapup in wrapups
        }
        Followup = self.env["telecom.campaign.followup"]
        wrapups = wrapups.filtered(
            lambda wrapup: (
                numbers[wrapup]
                and not Followup._refusal(
                    wrapup.call_id,
                    wrapup.call_id._campaign_attempt().contact_id,
                    "survey",
                )
            )
        )
        if not wrapups:
            return self.browse()
        ratings = self.env["rating.rating"].sudo()
        ratings = ratings.create(
            [wrapup._prepare_survey_rating() for wrapup in wrapups]
        )
        vals_by_company = defaultdict(list)
        for wrapup, rating in zip(wrapups, ratings, strict=True):
            company, call = wrapup.company_id, wrapup.call_id
            partner = wrapup.partner_id or call.partner_id
            lang = company._telecom_get_lang(
                call.language,
                partner.telecom_language_id.code,
                partner.lang,
                company.partner_id.lang,
                "fr",
            )
            link = f"{company.get_base_url()}/rate/{rating.access_token}/5"
            own = followup.with_context(lang=lang).text if followup else False
            text = partial(wrapup.campaign_id._get_survey_text, own_text=own)
            vals_by_company[company].append(
                {
                    "number": numbers[wrapup],
                    "body": text(lang, link),
                    # Whoever has the link answers for the customer
                    "shown_body": text(lang, "…"),
                    "partner_id": partner.id,
                    "call_id": call.id,
                    "purpose": "survey",
                }
            )
        for company, vals_list in vals_by_company.items():
            self.env["sms.sms"]._telecom_queue(company, vals_list)
        wrapups.survey_state = "queued"
        return self.browse(wrapups.ids)

    def _prepare_survey_rating(self):
        self.ensure_one()
        return {
            "partner_id": (self.partner_id or self.call_id.partner_id).id,
            "rated_partner_id": self._rating_get_operator().id,
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
            "is_internal": False,
            "telecom_company_id": self.company_id.id,
        }

    def _rating_get_operator(self):
        return self.agent_id.user_id.partner_id

    def rating_apply(self, rate, token=None, rating=None, feedback=None, **kwargs):
        result = super().rating_apply(
            rate, token=token, rating=rating, feedback=feedback, **kwargs
        )
        self.survey_state = "answered"
        return result


class TelecomAgent(models.Model):
    _inherit = "telecom.agent"

    survey_avg = fields.Float(
        string="Satisfaction", compute="_compute_survey", digits=(3, 1)
    )
    survey_count = fields.Integer(string="Surveys Answered", compute="_compute_survey")

    def _compute_survey(self):
        """Of the conversations the reader may see."""
        groups = self.env["telecom.call.wrapup"]._read_group(
            [("agent_id", "in", self.ids), ("survey_state", "=", "answered")],
            ["agent_id"],
            ["rating_last_value:avg", "__count"],
        )
        answers = {agent: (average, count) for agent, average, count in groups}
        for agent in self:
            agent.survey_avg, agent.survey_count = answers.get(agent, (0, 0))
