import base64
import binascii
import logging
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.telecom_crm.tools.intervals import difference

from ..tools.clock import epoch, from_epoch, midnight

_logger = logging.getLogger(__name__)

#: How many days the telephone keeps, today included
DAYS = 7
#: For how many days it asks how an appointment went
DAYS_WITHOUT_RESULT = 14
#: More entries come with the next request
MOST_ENTRIES = 50
#: More points come with the next entry
MOST_POINTS = 2000
LONGEST_TEXT = 4000
LARGEST_PICTURE = 6 * 1024 * 1024
#: By their first bytes: what a camera makes, and nothing that runs in a browser
PICTURES = {
    b"\xff\xd8\xff": "jpg",
    b"\x89PNG\r\n\x1a\n": "png",
}
RESULTS = ("done", "missed", "refused")
#: What is wrong with an entry, not with the server
REFUSED = (UserError, ValidationError, AccessError, MissingError)
MALFORMED = (KeyError, TypeError, ValueError, OverflowError)


class TelecomFieldApp(models.AbstractModel):
    """What the field seller's app on the telephone calls.

    Everything is about the user who asks. What the seller enters comes as *entries*,
    each with a key of its own, in the order in which it was entered: now, or when the
    network is back; see docs/field-sales.md.
    """

    _name = "telecom.field.app"
    _description = "Field Seller's App"

    # -------------------------------------------------------------------------
    # Reading
    # -------------------------------------------------------------------------

    @api.model
    def get_day(self):
        """Return all the telephone keeps: who, when, with whom.

        :return: ``{now, tz, seller, company, appointments, campaigns,
            free, actions, called_back}``
        """
        seller = self.env["telecom.field.seller"]._current()
        company = seller.company_id
        now = fields.Datetime.now()
        start = midnight(now, seller._tz)
        Appointment = seller.env["telecom.appointment"]
        appointments = Appointment.search(
            [
                ("seller_id", "=", seller.id),
                ("state", "!=", "cancelled"),
                ("start", "<", start + timedelta(days=DAYS)),
                "|",
                ("start", ">=", start - timedelta(days=1)),
                "&",
                ("state", "=", "planned"),
                ("start", ">=", start - timedelta(days=DAYS_WITHOUT_RESULT)),
            ],
            order="start",
        )
        # sudo: telecom.seller.duty - the seller's own
        duty = seller.env["telecom.seller.duty"].sudo()._open(seller)
        return {
            "now": epoch(now),
            "tz": seller._tz,
            "company": {
                "id": company.id,
                "name": company.name,
                "position_days": company.sudo().telecom_position_days,
            },
            "seller": {
                "id": seller.id,
                "name": seller.name,
                "phone": seller.phone or "",
                "consent": seller.position_consent,
                "asked": bool(seller.position_consent_at),
                "duty_since": epoch(duty.started_at),
                "located": duty.with_position,
            },
            "appointments": appointments._field_values(),
            "campaigns": self._campaigns(company, appointments),
            "free": self._free_times(seller, now),
            "actions": self._actions(),
            "called_back": self._is_called_for(company),
        }

    def _is_called_for(self, company):
        """Whether agents call customers of an operator back."""
        # sudo: telecom.operator.service, telecom.agent - a yes or no
        Service = self.env["telecom.operator.service"].sudo()
        served = Service._current_domain() & Domain("operator_id", "=", company.id)
        providers = Service.search(served).provider_id | company
        Agent = self.env["telecom.agent"].sudo()
        return bool(
            Agent.search_count(
                [
                    ("company_id", "in", providers.ids),
                    ("user_id.company_ids", "in", company.ids),
                ],
                limit=1,
            )
        )

    def _free_times(self, seller, now):
        """Return the seller's working time without what is in the calendar already.

        The telephone proposes a time of it, also without the network.

        :return: [start, end] in epoch seconds
        """
        [schedule] = seller._schedules(now, now + timedelta(days=DAYS))
        return [
            [start, end]
            for start, end in difference(
                [(epoch(start), epoch(end)) for start, end in schedule.working],
                [(epoch(one.start), epoch(one.end)) for one in schedule.busy],
            )
        ]

    def _actions(self):
        """Return what else can be begun at a customer's: ``{code, name}``.

        Apps that sell add theirs, and open it in :meth:`open_action`.
        """
        return []

    def _campaigns(self, company, appointments):
        """Campaigns a seller agrees appointments in, with their statuses."""
        # sudo: telecom.campaign, telecom.disposition - of the seller's operator
        Campaign = self.env["telecom.campaign"].sudo()
        campaigns = appointments.sudo().campaign_id | Campaign.search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", "field"),
                ("state", "=", "live"),
            ]
        )
        return [
            {
                "id": campaign.id,
                "name": campaign.name,
                "minutes": campaign.appointment_minutes,
                "open": campaign.kind == "field" and campaign.state == "live",
                "dispositions": campaign.disposition_ids._offered()._tree_values(),
            }
            for campaign in campaigns
        ]

    @api.model
    def get_slots(self, request):
        """Return the seller's own free times, see ``telecom.appointment.get_slots``."""
        seller = self.env["telecom.field.seller"]._current()
        own = seller.env["telecom.appointment"].with_context(
            telecom_appointment_soon=True
        )
        return own.get_slots({**request, "seller_id": seller.id, "zone_id": False})

    @api.model
    def search_customers(self, text):
        """Return customers a new appointment may be with.

        :param str text: part of a name or number
        """
        seller = self.env["telecom.field.seller"]._current()
        text = (text or "").strip()
        if len(text) < 2:
            return []
        partners = seller.env["res.partner"].search_fetch(
            [
                ("company_id", "=", seller.company_id.id),
                ("display_name", "ilike", text),
            ],
            ["name", "phone", "street", "city"],
            limit=8,
        )
        return [
            {
                "id": partner.id,
                "name": partner.name,
                "number": partner.phone or "",
                "street": partner.street or "",
                "city": partner.city or "",
            }
            for partner in partners
        ]

    @api.model
    def open_action(self, code, appointment_id):
        """Return the Odoo action of one of :meth:`_actions` for an appointment."""
        raise UserError(self.env._("There is no action “%s”.", code))

    # -------------------------------------------------------------------------
    # Entries
    # -------------------------------------------------------------------------

    @api.model
    def send(self, entries):
        """Take what the seller entered; each entry once, in order.

        An entry that cannot be done is refused with the reason, and the others are
        done all the same: sending it again would not help.

        :param list entries: ``{key, kind, at, data}`` each
        :return: ``[{key, state, reason, appointment_id}]`` of those that were taken
        """
        seller = self.env["telecom.field.seller"]._current()
        seller.company_id._telecom_check("callcenter", "write")
        # A telephone that sends twice at once: the second waits, and looks again
        seller._lock_bookings()
        # sudo: telecom.field.entry - written here only
        Entry = self.env["telecom.field.entry"].sudo()
        keys = [str(entry.get("key") or "")[:64] for entry in entries[:MOST_ENTRIES]]
        known = {
            entry.key: entry
            for entry in Entry.search(
                [("seller_id", "=", seller.id), ("key", "in", keys)]
            )
        }
        answers = []
        for key, entry in zip(keys, entries, strict=False):
            if not key:
                continue
            if key not in known:
                known[key] = self._take(seller, key, entry)
            row = known[key]
            answers.append(
                {
                    "key": key,
                    "state": row.state,
                    "reason": row.reason or False,
                    "appointment_id": row.appointment_id.id,
                }
            )
        return answers

    def _take(self, seller, key, entry):
        kind, data = entry.get("kind"), entry.get("data")
        Entry = self.env["telecom.field.entry"].sudo()  # sudo: see send
        kinds = Entry._fields["kind"].get_values(self.env)
        at = self._entered_at(entry.get("at"))
        values = {
            "seller_id": seller.id,
            "company_id": seller.company_id.id,
            "key": key,
            "kind": kind if kind in kinds else "call",
            "at": at,
        }
        try:
            if kind not in kinds or not isinstance(data, dict):
                raise UserError(self.env._("This entry cannot be read."))
            with self.env.cr.savepoint():
                appointment = getattr(self, f"_take_{kind}")(seller, data, at)
                self.env.flush_all()
            values["appointment_id"] = appointment.id if appointment else False
        except REFUSED as error:
            self.env.invalidate_all()
            values.update(state="refused", reason=str(error.args[0])[:500])
        except (*MALFORMED, IntegrityError) as error:
            # A malformed entry, by whoever sent it: never again, and no server error
            _logger.info("Entry %s of seller %s: %r", key, seller.id, error)
            self.env.invalidate_all()
            values.update(
                state="refused", reason=self.env._("This entry cannot be read.")
            )
        return Entry.create(values)

    def _entered_at(self, seconds):
        """When something was entered; never in the future."""
        now = fields.Datetime.now()
        try:
            return min(from_epoch(seconds), now)
        except (TypeError, ValueError, OverflowError, OSError):
            return now

    def _appointment(self, seller, data):
        """The seller's appointment an entry is about, which may be one that was made
        on the telephone before."""
        Appointment = seller.env["telecom.appointment"]
        if data.get("appointment_key"):
            # sudo: telecom.field.entry - the seller's own
            made = (
                self.env["telecom.field.entry"]
                .sudo()
                .search(
                    [
                        ("seller_id", "=", seller.id),
                        ("key", "=", str(data["appointment_key"])),
                    ]
                )
            )
            one = Appointment.browse(made.appointment_id.ids)
        else:
            one = Appointment.browse(int(data["appointment_id"])).exists()
        if not one or one.sudo().seller_id != seller:
            raise UserError(self.env._("This appointment is not yours any more."))
        one.check_access("write")
        return one

    def _text(self, text):
        return str(text or "").strip()[:LONGEST_TEXT]

    def _take_duty_start(self, seller, data, at):
        seller._begin_duty(at)

    def _take_duty_end(self, seller, data, at):
        seller._end_duty(at)

    def _take_consent(self, seller, data, at):
        seller._set_consent(bool(data["granted"]), at)

    def _take_positions(self, seller, data, at):
        points = [
            (float(seconds), latitude, longitude, accuracy)
            for seconds, latitude, longitude, accuracy in data["points"][:MOST_POINTS]
        ]
        # sudo: telecom.seller.position - the seller's own, checked against duty and
        # consent
        self.env["telecom.seller.position"].sudo()._record(seller, points)

    def _take_result(self, seller, data, at):
        one = self._appointment(seller, data)
        state = data["state"]
        if state not in RESULTS:
            raise UserError(self.env._("This entry cannot be read."))
        if one.state != "planned":
            raise UserError(
                self.env._("This appointment was closed or cancelled meanwhile.")
            )
        # sudo: telecom.disposition - of the appointment's own campaign
        disposition = (
            self.env["telecom.disposition"]
            .sudo()
            .browse(int(data.get("disposition_id") or 0) or ())
            .exists()
        )
        if disposition and (
            disposition.campaign_id != one.sudo().campaign_id or not disposition.is_leaf
        ):
            raise UserError(
                self.env._("This status is not of the appointment's campaign.")
            )
        # sudo: telecom.appointment - the statuses are not the seller's to read
        one.sudo()._close(state, disposition, self._text(data.get("report")), at)
        return one

    def _take_move(self, seller, data, at):
        one = self._appointment(seller, data)
        start = from_epoch(data["start"])
        if start <= fields.Datetime.now():
            raise UserError(self.env._("Agree on a time to come."))
        if one.state == "planned":
            one.write({"start": start})
        else:
            one._plan_again(start=start)
        return one

    def _take_appointment(self, seller, data, at):
        values = {
            name: self._text(data.get(name))
            for name in ("customer_name", "number", "street", "city", "subject", "note")
        }
        start = from_epoch(data["start"])
        if start <= at:
            raise UserError(self.env._("Agree on a time to come."))
        Appointment = seller.env["telecom.appointment"]
        partner = Appointment.env["res.partner"].browse(
            int(data.get("partner_id") or 0) or ()
        )
        if partner:
            partner.check_access("read")
        campaign = self.env["telecom.campaign"].sudo()
        campaign = campaign.browse(int(data.get("campaign_id") or 0) or ()).exists()
        if campaign.company_id != seller.company_id:
            campaign = campaign.browse()
        vals = {name: value for name, value in values.items() if value}
        if not vals.get("customer_name") and not partner:
            raise UserError(self.env._("Say with whom the appointment is."))
        one = Appointment.create(
            {
                **vals,
                "company_id": seller.company_id.id,
                "seller_id": seller.id,
                "partner_id": partner.id,
                "campaign_id": campaign.id,
                "start": start,
                **({"minutes": int(data["minutes"])} if data.get("minutes") else {}),
            }
        )
        one._tell("booked")
        return one

    def _take_photo(self, seller, data, at):
        one = self._appointment(seller, data)
        content, extension = self._picture(data["image"])
        taken = fields.Datetime.context_timestamp(one.with_context(tz=seller._tz), at)
        one.message_post(
            body=self._text(data.get("text")) or self.env._("Photo"),
            attachments=[(f"{taken:%Y-%m-%d-%H%M%S}.{extension}", content)],
        )
        return one

    def _take_signature(self, seller, data, at):
        one = self._appointment(seller, data)
        content, _extension = self._picture(data["image"])
        signed_by = self._text(data.get("signed_by"))[:120]
        if not signed_by:
            raise UserError(self.env._("Say who signed."))
        one.write(
            {
                "signature": base64.b64encode(content),
                "signed_by": signed_by,
                "signed_at": at,
            }
        )
        return one

    def _take_call(self, seller, data, at):
        one = self._appointment(seller, data)
        called = fields.Datetime.context_timestamp(one.with_context(tz=seller._tz), at)
        one.message_post(
            body=self.env._(
                "Called %(number)s from the telephone at %(time)s",
                number=one.number or "",
                time=f"{called:%H:%M}",
            )
        )
        return one

    def _picture(self, text):
        """The bytes of a picture a telephone took.

        :raises UserError: it is none, or too large
        """
        wrong = UserError(self.env._("This is no photo, or it is too large."))
        if not isinstance(text, str) or len(text) > LARGEST_PICTURE * 4 / 3:
            raise wrong
        try:
            content = base64.b64decode(text.rpartition(",")[2], validate=True)
        except (binascii.Error, ValueError) as error:
            raise wrong from error
        for magic, extension in PICTURES.items():
            if content.startswith(magic):
                return content, extension
        raise wrong
