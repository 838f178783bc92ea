from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..tools import identity, line_states, search
from .telecom_identity_document import DOCUMENT_KINDS

#: Who decides that a line gets a new SIM though its holder is not proven
MANAGER = "telecom_crm.group_telecom_manager"


class TelecomLine(models.Model):
    """A new SIM is for the holder: in wrong hands it opens bank accounts."""

    _inherit = "telecom.line"

    def write(self, vals):
        # Whoever has asked for a document writes in superuser mode
        if not self.env.su:
            self._telecom_check_sim_by_hand(vals)
        return super().write(vals)

    def _telecom_check_sim_by_hand(self, vals):
        """Refuse to change the SIM of a line in use where no document is asked for.

        :raises UserError: saying where it is
        """
        vals = self._clean_identifiers(
            {name: vals[name] for name in ("iccid", "imsi") if name in vals}
        )
        for line in self:
            if line.state in line_states.LIVE and any(
                (line[name] or "") != (value or "") for name, value in vals.items()
            ):
                raise UserError(
                    self.env._(
                        "The line %s is in use: its SIM is replaced by “Change SIM”, "
                        "which asks for the holder's identity document.",
                        line.display_name,
                    )
                )

    def _telecom_prove_holder(self, kind, number, overruling=""):
        """Tell whether these lines may get new SIMs: who asks for them is their holder.

        :param str kind: see :meth:`_telecom_identify`, as ``number``
        :param str overruling: why a manager has it done all the same
        :return: values of the events that say so; why no SIM is replaced, or ``""``;
            whether this user may overrule that
        :rtype: tuple[dict, str, bool]
        """
        shown = self._telecom_identify(kind, number)
        if shown["document_check"] not in identity.REFUSED:
            return shown, "", False
        may = self.env.user.has_group(MANAGER)
        if may and overruling:
            return shown, "", True
        return shown, self._telecom_identity_refusal(shown, may), may

    def _telecom_identity_refusal(self, shown, may):
        """Return why no SIM is replaced, and what can be done.

        :param dict shown: see :meth:`_telecom_identify`
        :param bool may: whether this user may have it done all the same
        """
        field = self.env["telecom.line.event"]._fields["document_kind"]
        values = {
            "kind": dict(field._description_selection(self.env))[
                shown["document_kind"]
            ],
            "number": shown["document_number"],
            "customer": ", ".join(self.partner_id.mapped("display_name")),
        }
        if shown["document_check"] == identity.ENDED:
            why = self.env._(
                "%(kind)s %(number)s has ended: ask %(customer)s for a valid one.",
                **values,
            )
        else:
            why = self.env._(
                "%(kind)s %(number)s is not what we know of %(customer)s: the SIM is "
                "not replaced.",
                **values,
            )
        then = (
            self.env._("As a manager, say why it is done all the same.")
            if may
            else self.env._("A manager of the operator may decide otherwise.")
        )
        return f"{why} {then}"

    @api.model
    def _telecom_record_refusal(self, swaps, said):
        """Keep that new SIMs were asked for, and not given.

        :param list swaps: (line, ICCID of the new SIM)
        :param dict said: what the history says, see :meth:`_record`
        """
        self.with_context(telecom_line_event=said)._record(
            [(line, "sim_refused", line.iccid, iccid) for line, iccid in swaps],
            default=True,
        )

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
