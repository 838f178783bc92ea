from collections import defaultdict

import phonenumbers
from phonenumbers import PhoneNumberType

from odoo import api, fields, models

from ..tools.sms_api import TelecomSmsApi

WITHOUT_SMS = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PAGER,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_provided_service_ids = fields.One2many(
        "telecom.operator.service",
        "provider_id",
        string="Operators Served",
        help="Operators this company works for as contact-centre provider.",
    )

    def _telecom_default_operator(self):
        """Return the operator a new queue, campaign… of this company belongs to.

        A provider creates them for others: for the only operator that is active, or
        for one to be chosen.
        """
        self.ensure_one()
        # sudo: telecom.operator.service - among the reader's own active companies
        operators = self.sudo().telecom_provided_service_ids.operator_id
        if self.telecom_tenant or not operators:
            return self
        active = operators & self.env.companies
        return active if len(active) == 1 else self.browse()

    # Onboarding

    def _telecom_onboard(self, values):
        """Who takes the calls, and a first campaign with its standard trees."""
        result = super()._telecom_onboard(values)
        provider = values.get("provider")
        if provider:
            # sudo: telecom.operator.service - it joins the new client and a provider
            # whose company is not active here
            self.env["telecom.operator.service"].sudo().create(
                {"provider_id": provider.id, "operator_id": self.id}
            )
        self.env["telecom.campaign"].create(
            {
                "name": self.env._("Customer Service"),
                "company_id": self.id,
                "kind": "inbound",
                "calendar_id": self.resource_calendar_id.id,
            }
        )
        return result

    # Text messages

    def _get_sms_api_class(self):
        if self.env["telecom.sms.gateway"]._for_company(self):
            return TelecomSmsApi
        return super()._get_sms_api_class()

    def _telecom_get_sms_number(self, number):
        """Return the E.164 number a text message can be sent to, or False.

        Withheld numbers, short codes and fixed lines receive none.
        """
        self.ensure_one()
        if not number:
            return False
        sanitized = self._telecom_sanitize(number)
        if not sanitized:
            return False
        try:
            parsed = phonenumbers.parse(sanitized)
        except phonenumbers.NumberParseException:
            return False
        if not phonenumbers.is_valid_number(parsed):
            return False
        kind = phonenumbers.number_type(parsed)
        return sanitized if kind not in WITHOUT_SMS else False

    @api.model
    def _telecom_get_lang(self, *codes):
        """Return the first installed language (``fr_FR``) among codes of any form.

        :param codes: ``fr``, ``fr_FR``, ``fon``, False…, the best first
        """
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        for code in codes:
            if not code:
                continue
            if code in installed:
                return code
            short = code.replace("-", "_").split("_")[0]
            for lang in installed:
                if lang.split("_")[0] == short:
                    return lang
        return "en_US"

    def _telecom_get_channel_lists(self):
        """Return the digital channels of each company as one line of text.

        :return: {company id: "WhatsApp +229 01…, Messenger mono"}
        """
        by_company = defaultdict(list)
        # sudo: telecom.digital.channel - every caller is told them
        channels = self.env["telecom.digital.channel"].sudo()
        for channel in channels.search([("company_id", "in", self.ids)]):
            by_company[channel.company_id.id].append(channel.display_name)
        return {company: ", ".join(names) for company, names in by_company.items()}
