from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..tools import identity, search
from .telecom_identity_document import DOCUMENT_KINDS


class TelecomLine(models.Model):
    """A new SIM is for the holder: in wrong hands it opens bank accounts."""

    _inherit = "telecom.line"

    def _telecom_identify(self, kind, number):
        """Compare a document that is shown with those of these lines' holder.

        :param str kind: see ``DOCUMENT_KINDS``
        :param str number: as written on it
        :return: values of the event that says so
        :rtype: dict
        :raises UserError: nothing was shown
        """
        key = search.compact(number)
        if kind not in dict(DOCUMENT_KINDS) or len(key) < 4:
            raise UserError(
                self.env._(
                    "Ask the holder of the line for an identity document, and write "
                    "its kind and number down: without one, no SIM is replaced."
                )
            )
        # sudo: telecom.identity.document - compared, and not shown, whoever serves
        documents = (
            self.env["telecom.identity.document"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("partner_id", "in", self.partner_id.ids),
                ]
            )
        )
        known = [(one.kind, one.number_key, one.state) for one in documents]
        return {
            "document_kind": kind,
            "document_number": number.strip(),
            "document_check": identity.compare((kind, key), known),
        }

    def _telecom_tell_new_sim(self, place, tz):
        """Tell the holders of lines that they have a new SIM.

        It is no advertising: refusing messages does not keep it from whom it warns. A
        text message goes to another number than that of the new SIM, which may be in
        wrong hands.

        :param str place: where it was given
        :param str tz: its time zone
        """
        for company, lines in self.grouped("company_id").items():
            with_sms = company._telecom_has_sms_provider()
            mails, messages = [], []
            for line in lines:
                partner = line.partner_id
                told = line.with_context(lang=partner.lang or self.env.lang)
                subject, text = told._telecom_new_sim_text(place, tz)
                if partner.email:
                    mails.append(
                        partner.with_env(told.env)._telecom_prepare_mail(
                            company, subject, text
                        )
                    )
                number = with_sms and line._telecom_other_number()
                if number:
                    messages.append(partner._telecom_prepare_sms(number, text))
            self.env["res.partner"]._telecom_send(company, mails, messages)

    def _telecom_other_number(self):
        """Return a number of the holder that is not this line's, or ``""``."""
        self.ensure_one()
        partner = self.partner_id
        if partner.phone_sanitized and partner.phone_sanitized != self.msisdn:
            return partner.phone_sanitized
        # sudo: telecom.line - of the same holder
        other = self.sudo().search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", partner.id),
                ("state", "=", "active"),
                ("technology", "=", "mobile"),
                ("id", "not in", self.ids),
            ],
            limit=1,
        )
        return other.msisdn or ""

    def _telecom_new_sim_text(self, place, tz):
        """Return subject and text of the notice, in the language of the context."""
        self.ensure_one()
        company = self.company_id
        values = {
            "company": company.name,
            "line": self.display_name,
            "place": place,
            "time": format_datetime(
                self.env, fields.Datetime.now(), tz=tz, dt_format="short"
            ),
            "phone": company.phone or "",
        }
        return self.env._("A new SIM for %s", self.display_name), (
            self.env._(
                "%(company)s: the line %(line)s has a new SIM since %(time)s, given at "
                "%(place)s. If it was not you, call us at once: %(phone)s",
                **values,
            )
            if values["phone"]
            else self.env._(
                "%(company)s: the line %(line)s has a new SIM since %(time)s, given at "
                "%(place)s. If it was not you, come to us at once.",
                **values,
            )
        )
