from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import gsm7

#: How many boutiques an agent is shown: what can be read out
SHOWN = 3
#: Addresses sent in one call; more is a mistake, or somebody plays with it
MOST_SENT = 5
#: Nobody waits any more for what was asked for in calls older than this
MAX_AGE = timedelta(hours=24)
#: A second click is no second message
TWICE = timedelta(minutes=10)


class TelecomDesk(models.AbstractModel):
    _inherit = "telecom.desk"

    # -------------------------------------------------------------------------
    # The nearest boutique
    # -------------------------------------------------------------------------

    @api.model
    def get_boutique_choices(self, call_id, partner_id=False):
        """What can be asked for in boutiques of a call's operator.

        :param int partner_id: the customer the agent chose on the card
        :return: ``{services: [{code, name}], items: [{id, name}], towns: [name],
            sms: {number, refusal}}``; ``refusal`` says why no message can be sent
        """
        call, partner = self._boutique_call(call_id, partner_id, read_only=True)
        Boutique = call.env["telecom.boutique"]
        number, refusal = self._boutique_sms_number(call, partner)
        return {
            "services": [
                {"code": service.code, "name": service.name}
                for service in Boutique._asked_services(call.company_id)
            ],
            "items": [
                {"id": product.id, "name": product.display_name}
                for product in Boutique._asked_items(call.company_id)
            ],
            "towns": Boutique._asked_towns(call.company_id),
            "sms": {
                "number": number and call.company_id._telecom_format(number),
                "refusal": refusal,
            },
        }

    @api.model
    def find_boutiques(
        self, call_id, partner_id=False, town="", service="", item=False, at="now"
    ):
        """The boutiques of a call's operator that are nearest to the caller.

        :param int partner_id: the customer the agent chose on the card
        :param str town: where the caller is; empty: where the customer lives
        :param str service: code of a service each must offer
        :param int item: id of a product each must have in stock
        :param str at: ``now``, ``any``, or an ISO time on the operator's clocks
        :return: ``{place, missing, boutiques}``: ``place`` is ``{name, known}``, or
            False when the caller has to be asked; ``known`` is ``position`` or ``town``
        """
        call, partner = self._boutique_call(call_id, partner_id, read_only=True)
        company = call.company_id
        Boutique = call.env["telecom.boutique"]
        moment = Boutique._asked_moment(company, "" if at in ("now", "any") else at)
        if moment is None:
            raise UserError(
                self.env._(
                    "Write the time as 2026-01-31T15:30, within the next 30 days."
                )
            )
        position, place = self._boutique_place(call, partner, (town or "").strip())
        if not position:
            return {"place": False, "missing": None, "boutiques": []}
        found = Boutique._find_nearest(
            company,
            *position,
            moment=moment or None,
            open_only=at != "any",
            services=Boutique._asked_services(
                company, codes=[service] if service and isinstance(service, str) else []
            ),
            product=Boutique._asked_items(company, ids=_ids(item)),
            reach=company.telecom_boutique_reach * 1000 or None,
            limit=SHOWN,
        )
        return {"place": place, **found}

    @api.model
    def send_boutique(self, call_id, boutique_id, partner_id=False):
        """Send the address of a boutique to a caller, by SMS.

        Asked again within minutes, nothing more is sent.

        :return: ``{number, text}`` of what was sent
        :raises UserError: it cannot be sent; says why
        """
        call, partner = self._boutique_call(call_id, partner_id)
        company = call.company_id
        company._telecom_check("callcenter", "create")
        now = fields.Datetime.now()
        if call.start_at < now - MAX_AGE:
            raise UserError(self.env._("This call is over for more than a day."))
        number, refusal = self._boutique_sms_number(call, partner)
        if refusal:
            raise UserError(refusal)
        boutique = call.env["telecom.boutique"].search(
            [
                ("id", "=", boutique_id),
                ("company_id", "=", company.id),
                ("state", "=", "open"),
            ]
        )
        if not boutique:
            raise UserError(self.env._("This boutique is not in service."))
        lang = company._telecom_get_lang(
            call.language,
            partner.telecom_language_id.code,
            partner.lang,
            company.partner_id.lang,
            "fr",
        )
        text = gsm7.simplify(boutique.with_context(lang=lang)._telecom_sms_text())
        # sudo: sms.tracker - kept from people by Odoo; of this very call
        sent = (
            self.env["sms.tracker"]
            .sudo()
            .search(
                [
                    ("telecom_call_id", "=", call.id),
                    ("telecom_purpose", "=", "boutique"),
                ]
            )
        )
        again = sent.filtered(
            lambda tracker: (
                tracker.telecom_body == text
                and tracker.telecom_number == number
                and tracker.create_date > now - TWICE
            )
        )
        if not again:
            if len(sent) >= MOST_SENT:
                raise UserError(
                    self.env._("%s addresses were sent in this call.", len(sent))
                )
            self.env["sms.sms"]._telecom_queue(
                company,
                [
                    {
                        "number": number,
                        "body": text,
                        "partner_id": partner.id,
                        "call_id": call.id,
                        "purpose": "boutique",
                    }
                ],
            )
        return {"number": company._telecom_format(number), "text": text}

    def _boutique_call(self, call_id, partner_id, *, read_only=False):
        """Return a call in its company, and the customer it is with.

        :param bool read_only: also for those who only look at the call
        :raises AccessError: the call is somebody else's, its operator has no boutiques,
            or the customer is another operator's
        """
        call = self._call(call_id, read_only=read_only)
        call.company_id._telecom_check("stock", "read")
        partner = call.env["res.partner"].browse(partner_id or ()).exists()
        if partner and (
            partner.company_id != call.company_id or not partner.has_access("read")
        ):
            raise AccessError(self.env._("This is no customer of the operator."))
        # sudo: telecom.call.wrapup - whom the agents of this call chose
        chosen = call.sudo().wrapup_ids.partner_id.sudo(False)[:1]
        partner = partner or chosen or call.partner_id
        # The desk works with customers of the call's operator only
        partner = partner._filtered_access("read")
        return call, partner.filtered(lambda p: p.company_id == call.company_id)

    def _boutique_place(self, call, partner, town):
        """Return where a caller is, and what to call it.

        :return: ``((latitude, longitude) or None, {name, known} or False)``
        """
        Boutique = call.env["telecom.boutique"]
        if town:
            found = Boutique._find_place(call.company_id, town)
            return found, found and {"name": town, "known": "town"}
        if partner.partner_latitude or partner.partner_longitude:
            position = (partner.partner_latitude, partner.partner_longitude)
            name = partner.city or partner.name
            return position, {"name": name, "known": "position"}
        if found := Boutique._find_place(call.company_id, partner.city):
            return found, {"name": partner.city, "known": "town"}
        return None, False

    def _boutique_sms_number(self, call, partner):
        """Return the number a message to a caller goes to, and why none may.

        :return: (E.164 or False, reason or False)
        """
        company = call.company_id
        number = company._telecom_get_sms_number(
            call.caller_number
        ) or company._telecom_get_sms_number(partner.phone_sanitized)
        if not company._telecom_has_sms_provider():
            return number, self.env._("The operator has no SMS gateway.")
        if not number:
            return number, self.env._("The caller's number receives no SMS.")
        if self.env["telecom.do.not.call"]._blocked(company, [number]):
            return number, self.env._("The number is on the do-not-call list.")
        # sudo: telecom.consent - whether, not what else was said; a caller's own
        if partner and not partner.sudo()._telecom_may_contact("sms"):
            return number, self.env._("The customer refuses text messages.")
        return number, False


def _ids(item):
    """The id of a record a browser names, as a list; empty when it is none."""
    # PostgreSQL's ids have four bytes, and True is a number in Python
    known = type(item) is int and 0 < item < 2**31
    return [item] if known else []
