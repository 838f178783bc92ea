from datetime import timedelta

import pytz
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.misc import format_date, format_time

from odoo.addons.telecom_crm.tools import sphere

from ..engine import appointment_slots
from ..tools.clock import epoch, from_epoch
from .telecom_campaign_contact import TAKEN_OUT

#: What a customer's record gives an appointment
CUSTOMER_FIELDS = {
    "customer_name": "name",
    "number": "phone",
    "email": "email",
    "street": "street",
    "city": "city",
    "latitude": "partner_latitude",
    "longitude": "partner_longitude",
}
PLACE_FIELDS = {"street", "city", "latitude", "longitude"}
#: What an agent or a seller says when booking
BOOKED_FIELDS = {
    "campaign_id",
    "partner_id",
    "contact_id",
    "call_id",
    "customer_name",
    "number",
    "email",
    "street",
    "city",
    "latitude",
    "longitude",
    "zone_id",
    "skill_ids",
    "subject",
    "note",
}
#: No more free times of a seller and a day are shown
PER_DAY = 24
#: Nor more sellers who are free at the same time
PER_TIME = 6
#: How far ahead free times are looked for at once
FURTHEST_AHEAD = timedelta(days=62)


class TelecomAppointment(models.Model):
    """A field seller visits a customer or prospect at a time.

    It stands in the seller's Odoo calendar, which colleagues see and may move it in.
    """

    _name = "telecom.appointment"
    _description = "Appointment"
    _inherit = [
        "mail.thread",
        "telecom.notified.mixin",
        "telecom.owned.mixin",
        "telecom.number.mixin",
    ]
    _check_company_auto = True
    _order = "start desc, id desc"
    _rec_name = "name"

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    campaign_id = fields.Many2one(
        "telecom.campaign",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    seller_id = fields.Many2one(
        "telecom.field.seller",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
        ondelete="restrict",
        default=lambda self: self._default_seller(),
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("done", "Met"),
            ("missed", "Not Available"),
            ("refused", "Declined"),
            ("cancelled", "Cancelled"),
        ],
        default="planned",
        required=True,
        tracking=True,
        copy=False,
    )

    # When
    start = fields.Datetime(required=True, tracking=True)
    stop = fields.Datetime(compute="_compute_stop", store=True)
    minutes = fields.Integer(
        string="Duration (min)",
        required=True,
        compute="_compute_minutes",
        store=True,
        readonly=False,
        precompute=True,
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="Calendar Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # With whom, and where
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    contact_id = fields.Many2one(
        "telecom.campaign.contact",
        string="Campaign Contact",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    call_id = fields.Many2one("telecom.call", check_company=True, readonly=True)
    customer_name = fields.Char(
        required=True,
        compute="_compute_customer",
        store=True,
        readonly=False,
        precompute=True,
    )
    number = fields.Char(
        string="Telephone",
        compute="_compute_customer",
        store=True,
        readonly=False,
        precompute=True,
    )
    email = fields.Char(
        compute="_compute_customer", store=True, readonly=False, precompute=True
    )
    street = fields.Char(
        compute="_compute_customer", store=True, readonly=False, precompute=True
    )
    city = fields.Char(
        compute="_compute_customer", store=True, readonly=False, precompute=True
    )
    latitude = fields.Float(
        digits=(10, 7),
        compute="_compute_customer",
        store=True,
        readonly=False,
        precompute=True,
    )
    longitude = fields.Float(
        digits=(10, 7),
        compute="_compute_customer",
        store=True,
        readonly=False,
        precompute=True,
    )
    address = fields.Char(compute="_compute_address")
    zone_id = fields.Many2one("telecom.sales.zone", check_company=True)
    skill_ids = fields.Many2many("telecom.skill", string="Skills Needed")

    # About what, and how it went
    subject = fields.Char()
    note = fields.Text(string="To Know Before")
    agent_id = fields.Many2one(
        "telecom.agent", string="Agreed by", readonly=True, index="btree_not_null"
    )
    disposition_id = fields.Many2one(
        "telecom.disposition", check_company=True, tracking=True, ondelete="restrict"
    )
    report = fields.Text()
    closed_at = fields.Datetime(readonly=True, copy=False)
    callback_id = fields.Many2one(
        "telecom.callback", check_company=True, readonly=True, copy=False
    )
    signature = fields.Image(copy=False, max_width=1200, max_height=600)
    signed_by = fields.Char(readonly=True, copy=False)
    signed_at = fields.Datetime(readonly=True, copy=False)

    _seller_planned = models.Index("(seller_id, start) WHERE state = 'planned'")
    _company_start = models.Index("(company_id, start)")
    _minutes_range = models.Constraint(
        "CHECK(minutes BETWEEN 5 AND 720)",
        "An appointment takes between 5 minutes and 12 hours.",
    )
    _on_earth = models.Constraint(
        "CHECK(latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)",
        "This is no place on earth.",
    )

    # -------------------------------------------------------------------------
    # Computes and constraints
    # -------------------------------------------------------------------------

    @api.model
    def _default_seller(self):
        return self.env["telecom.field.seller"].search(
            [
                ("user_id", "=", self.env.uid),
                ("company_id", "=", self.env.company.id),
            ],
            limit=1,
        )

    @api.depends("customer_name", "city")
    def _compute_name(self):
        for one in self:
            one.name = ", ".join(filter(None, [one.customer_name, one.city]))

    @api.depends("start", "minutes")
    def _compute_stop(self):
        for one in self:
            one.stop = one.start and one.start + timedelta(minutes=one.minutes or 0)

    @api.depends("campaign_id")
    def _compute_minutes(self):
        for one in self:
            one.minutes = one.minutes or one.campaign_id.appointment_minutes or 60

    @api.depends("partner_id", "contact_id")
    def _compute_customer(self):
        for one in self:
            partner, contact = one.partner_id, one.contact_id
            moved = any(partner[CUSTOMER_FIELDS[name]] for name in PLACE_FIELDS)
            for name, source in CUSTOMER_FIELDS.items():
                value = partner[source]
                # An address is one: never half of it another customer's
                keeps = not moved if name in PLACE_FIELDS else not value
                one[name] = one[name] if keeps else value
            one.customer_name = one.customer_name or contact.name
            one.number = one.number or contact.number
            one.email = one.email or contact.email
            one.city = one.city or contact.city

    @api.model
    def _is_at(self, partner, street, city):
        """Whether an address is a customer's own; it may say more of the way there."""
        ours, theirs = (
            [(text or "").strip().lower() for text in address]
            for address in ((street, city), (partner.street, partner.city))
        )
        return ours[1] == theirs[1] and theirs[0] in ours[0]

    @api.onchange("street", "city")
    def _onchange_address(self):
        """Whoever is to be met elsewhere is not where the customer's record says."""
        partner = self.partner_id
        position = partner.partner_latitude, partner.partner_longitude
        if any(position) and position == self._place:
            if not self._is_at(partner, self.street, self.city):
                self.latitude = self.longitude = 0

    @api.depends("street", "city")
    def _compute_address(self):
        for one in self:
            one.address = ", ".join(filter(None, [one.street, one.city]))

    @api.depends("name", "start")
    @api.depends_context("tz")
    def _compute_display_name(self):
        for one in self:
            at = one.start and fields.Datetime.context_timestamp(one, one.start)
            one.display_name = " · ".join(
                filter(None, [one.name, at and f"{at:%d/%m %H:%M}"])
            )

    @api.constrains("seller_id", "start", "minutes", "state")
    def _check_free(self):
        """A seller is at one place at a time."""
        planned = self.filtered(lambda one: one.state == "planned")
        if not planned:
            return
        # sudo: telecom.appointment - of the same seller, whoever booked it
        others = self.sudo().search(
            [
                ("seller_id", "in", planned.seller_id.ids),
                ("state", "=", "planned"),
                ("start", "<", max(planned.mapped("stop"))),
                ("stop", ">", min(planned.mapped("start"))),
            ]
        )
        for one in planned:
            for other in others - one.sudo():
                if (
                    other.seller_id == one.sudo().seller_id
                    and other.start < one.stop
                    and other.stop > one.start
                ):
                    raise ValidationError(
                        self.env._(
                            "%(seller)s has another appointment at this time: "
                            "choose another one.",
                            seller=one.sudo().seller_id.name,
                        )
                    )

    @api.constrains("skill_ids", "company_id")
    def _check_skills(self):
        # sudo: telecom.skill - whose it is, for the check
        self.env["telecom.operator.service"]._check_served(
            (one.company_id, skill.company_id)
            for one in self.sudo()
            for skill in one.skill_ids
        )

    @api.constrains("disposition_id", "campaign_id")
    def _check_disposition(self):
        for one in self.filtered("disposition_id"):
            if one.disposition_id.campaign_id != one.campaign_id:
                raise ValidationError(
                    self.env._("This status is not of the appointment's campaign.")
                )

    @property
    def _place(self):
        self.ensure_one()
        known = self.latitude or self.longitude
        return (self.latitude, self.longitude) if known else None

    # -------------------------------------------------------------------------
    # ORM
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        sellers = self.env["telecom.field.seller"].browse(
            {vals["seller_id"] for vals in vals_list if vals.get("seller_id")}
        )
        sellers.exists()._lock_bookings()
        appointments = super().create([self._complete_place(v) for v in vals_list])
        appointments._sync_events()
        return appointments

    @api.model
    def _complete_place(self, vals):
        """Return values that take nothing of the customer's place for another one's."""
        partner = self.env["res.partner"].browse(vals.get("partner_id") or ())
        if not partner or not vals.keys() & {"street", "city"}:
            return vals
        # sudo: res.partner - compared only; whoever may not read it is refused later
        partner = partner.sudo()
        address = {"street": partner.street, "city": partner.city, **vals}
        if self._is_at(partner, address["street"], address["city"]):
            return vals
        return {"street": False, "city": False, "latitude": 0, "longitude": 0, **vals}

    def write(self, vals):
        if vals.keys() & {"seller_id", "start", "minutes"}:
            new = self.env["telecom.field.seller"].browse(vals.get("seller_id") or ())
            (self.sudo().seller_id | new)._lock_bookings()
        before = {one.id: (one.start, one.seller_id) for one in self.sudo()}
        planned = self.filtered(lambda one: one.state == "planned")
        result = super().write(vals)
        if vals.keys() & {
            "seller_id",
            "start",
            "minutes",
            "state",
            "customer_name",
            "street",
            "city",
        }:
            self._sync_events()
        moved = self.filtered(
            lambda one: (
                one.state == "planned"
                and before[one.id] != (one.start, one.sudo().seller_id)
            )
        )
        if not self.env.context.get("telecom_appointment_quiet"):
            moved._tell("moved")
            for one in moved & planned:
                one._tell_former(*before[one.id])
        return result

    def unlink(self):
        # sudo: calendar.event - the entries go with their appointments
        events = self.sudo().event_id
        result = super().unlink()
        events.with_context(telecom_appointment_sync=True).unlink()
        return result

    # -------------------------------------------------------------------------
    # The seller's calendar
    # -------------------------------------------------------------------------

    def _sync_events(self):
        """Show these appointments in their sellers' calendars."""
        # sudo: calendar.event - in the calendar of a colleague
        Event = self.env["calendar.event"].sudo()
        Event = Event.with_context(
            telecom_appointment_sync=True,
            no_mail_to_attendees=True,
            skip_attendee_notification=True,
            skip_contact_description=True,
            dont_notify=True,
            mail_create_nolog=True,
            mail_notrack=True,
        )
        new = []
        for one in self.sudo():
            if one.state in ("cancelled", "refused"):
                Event.browse(one.event_id.ids).unlink()
                continue
            values = {
                "name": one.name,
                "start": one.start,
                "stop": one.stop,
                "location": one.address,
                "user_id": one.seller_id.user_id.id,
                "telecom_company_id": one.company_id.id,
                "partner_ids": [Command.set(one.seller_id.user_id.partner_id.ids)],
            }
            if one.event_id:
                Event.browse(one.event_id.id).write(values)
            else:
                new.append((one, {**values, "show_as": "busy"}))
        events = Event.create([values for _one, values in new])
        for (one, _values), event in zip(new, events, strict=True):
            one.with_context(telecom_appointment_quiet=True).event_id = event.id

    # -------------------------------------------------------------------------
    # Booking: what desk, script and the seller's telephone call
    # -------------------------------------------------------------------------

    @api.model
    def get_booking_form(
        self, campaign_id=False, partner_id=False, contact_id=False, call_id=False
    ):
        """What the booking dialog begins with.

        :param int campaign_id: in which the appointment is agreed; the call's when
            it is not given
        :param int partner_id: the customer
        :param int contact_id: or the ``telecom.campaign.contact``
        :param int call_id: during which it is agreed
        :return: ``{campaign_id, campaign, customer, skills, zones, zone_ids, minutes,
            tz}``
        """
        company = self._booking_company()
        self.check_access("create")
        campaign = self._readable("telecom.campaign", campaign_id)
        campaign = campaign or self._readable("telecom.call", call_id).campaign_id
        partner = self._readable("res.partner", partner_id)
        contact = self._readable("telecom.campaign.contact", contact_id)
        draft = self.new(
            {
                "company_id": company.id,
                "partner_id": (partner or contact.partner_id).id,
                "contact_id": contact.id,
                "campaign_id": campaign.id,
            }
        )
        customer = {name: draft[name] or "" for name in CUSTOMER_FIELDS}
        zones = self.env["telecom.sales.zone"]
        return {
            "campaign_id": campaign.id,
            "campaign": campaign.name or False,
            "customer": customer,
            "skills": [
                {"id": skill.id, "name": skill.name}
                for skill in self._sellers(campaign).sudo().skill_ids.sorted("name")
            ],
            "zones": [
                {"id": zone.id, "name": zone.name}
                for zone in zones.search([("company_id", "=", company.id)])
            ],
            "zone_ids": zones._for_place(company, draft._place, customer["city"]).ids,
            "minutes": campaign.appointment_minutes or 60,
            "tz": company.sudo().resource_calendar_id.tz or "UTC",  # sudo: a time zone
        }

    @api.model
    def get_slots(self, request):
        """Return the free times of field sellers for a customer's address.

        :param dict request: any of ``campaign_id``, ``zone_id``, ``skill_ids``,
            ``seller_id``, ``appointment_id`` (that moves), ``city``, ``latitude``,
            ``longitude``, ``minutes``, ``start`` and ``end`` (epoch seconds)
        :return: ``{slots: [{start, end, seller_id, seller, kilometres, detour}],
            zones: [names], problem: words or False}``, the soonest first
        """
        company = self._booking_company()
        self.check_access("read")
        campaign = self._readable("telecom.campaign", request.get("campaign_id"))
        moved = self._readable("telecom.appointment", request.get("appointment_id"))
        place = sphere.place(request.get("latitude"), request.get("longitude"))
        if not place or place == (0, 0):
            place = moved._place if moved else None
        zone = self._readable("telecom.sales.zone", request.get("zone_id"))
        zones = zone or zone._for_place(
            company, place, request.get("city") or moved.city
        )
        skills = self.env["telecom.skill"].browse(request.get("skill_ids") or ())
        skills = (skills | moved.sudo().skill_ids).sudo().exists()
        sellers = self._sellers(campaign or moved.sudo().campaign_id)
        chosen = self._readable("telecom.field.seller", request.get("seller_id"))
        sellers = (sellers & chosen) if chosen else sellers
        sellers = sellers and sellers._candidates(company, zones, skills)
        if not sellers:
            return {
                "slots": [],
                "zones": zones.mapped("name"),
                "problem": self.env._(
                    "No field seller goes there with these skills. Choose another "
                    "zone or fewer skills."
                ),
            }
        # Of a town alone, its zone's centre says about how far it is
        place = place or (zones[0]._place if zones else None)
        wish = self._wish(campaign or moved.sudo().campaign_id, request, place, moved)
        found = appointment_slots.propose(
            sellers._schedules(wish.earliest, wish.latest + wish.duration, moved),
            wish,
            per_day=PER_DAY,
            per_time=PER_TIME,
        )
        names = {seller.id: seller.name for seller in sellers}
        return {
            "slots": [
                {
                    "start": epoch(slot.start),
                    "end": epoch(slot.end),
                    "seller_id": slot.seller_id,
                    "seller": names[slot.seller_id],
                    "kilometres": slot.kilometres,
                    "detour": slot.detour,
                }
                for slot in found
            ],
            "zones": zones.mapped("name"),
            "problem": False
            if found
            else self.env._("Nobody is free then. Look at later days."),
        }

    def _wish(self, campaign, request, place, moved):
        now = fields.Datetime.now()
        earliest = now + timedelta(minutes=15)
        if campaign and not self.env.context.get("telecom_appointment_soon"):
            earliest = now + timedelta(hours=campaign.appointment_lead_hours)
        if request.get("start"):
            earliest = max(earliest, from_epoch(request["start"]))
        days = campaign.appointment_days_ahead or 14
        latest = earliest + timedelta(days=days)
        if request.get("end"):
            latest = from_epoch(request["end"])
        minutes = int(request.get("minutes") or 0) or (
            moved.minutes or campaign.appointment_minutes or 60
        )
        return appointment_slots.Wish(
            duration=timedelta(minutes=min(max(minutes, 5), 720)),
            earliest=earliest,
            latest=min(latest, earliest + FURTHEST_AHEAD),
            place=place,
            speed=campaign.appointment_speed or 20.0,
        )

    @api.model
    def book(self, vals, seller_id, start, minutes=0):
        """Agree an appointment, and tell seller and customer.

        :param dict vals: any of ``BOOKED_FIELDS``
        :param int seller_id: ``telecom.field.seller`` of a free time
        :param float start: epoch seconds
        :return: ``{id, name, start, end, seller, told}``
        :raises ValidationError: when the time was taken meanwhile
        """
        company = self._booking_company()
        company._telecom_check("callcenter", "create")
        unknown = vals.keys() - BOOKED_FIELDS
        if unknown:
            raise UserError(
                self.env._("An appointment has no %s.", ", ".join(sorted(unknown)))
            )
        values = {name: value for name, value in vals.items() if value}
        if "skill_ids" in values:
            values["skill_ids"] = [Command.set(values["skill_ids"])]
        agent = self.env["telecom.agent"]._current(False)
        one = self.create(
            {
                **values,
                "company_id": company.id,
                "seller_id": seller_id,
                "start": from_epoch(start),
                **({"minutes": minutes} if minutes else {}),
            }
        )
        # sudo: telecom.appointment - who agreed it is not for the form
        one.sudo().agent_id = agent.id if agent else False
        told = one._tell("booked")
        return {
            "id": one.id,
            "name": one.name,
            "start": epoch(one.start),
            "end": epoch(one.stop),
            "seller": one.sudo().seller_id.name,
            "told": told,
        }

    def _booking_company(self):
        company = self.env.company._telecom_default_operator()
        if not company or not company.telecom_tenant:
            raise UserError(self.env._("Choose the operator first."))
        return company

    def _readable(self, model, record_id):
        record = self.env[model].browse(record_id or ()).exists()
        if record:
            record.check_access("read")
        return record

    @api.model
    def _sellers(self, campaign):
        """Sellers who work for a campaign; all of the operator when none is chosen."""
        Seller = self.env["telecom.field.seller"]
        # sudo: telecom.campaign - the sellers of a campaign, to its own people
        chosen = campaign.sudo().seller_ids.filtered("active")
        return Seller.browse(chosen.ids) or Seller.search(
            [("company_id", "=", self._booking_company().id)]
        )

    # -------------------------------------------------------------------------
    # What becomes of it
    # -------------------------------------------------------------------------

    def _close(self, state, disposition=None, report=None, at=None):
        """Say how appointments went; refused and missed ones are called back.

        :param str state: ``done``, ``missed``, ``refused`` or ``cancelled``
        :param disposition: ``telecom.disposition`` of the campaign, if any
        :param str report: what the seller says
        :param datetime at: when it was known
        """
        planned = self.filtered(lambda one: one.state == "planned")
        values = {"state": state, "closed_at": at or fields.Datetime.now()}
        if disposition and disposition.do_not_call:
            planned._keep_refusals()
        if disposition:
            values["disposition_id"] = disposition.id
        if report:
            values["report"] = report
        (planned or self).write(values)
        if state in ("missed", "refused"):
            planned._call_back(values["closed_at"])
        if state == "cancelled":
            planned._tell("cancelled")
        return True

    def _called_number(self):
        """The number on which the contact centre calls back; False if there is none."""
        self.ensure_one()
        return bool(self.number) and self.company_id._telecom_sanitize(self.number)

    def _keep_refusals(self):
        """Put customers who told the seller so on the do-not-call list."""
        for company, appointments in self.sudo().grouped("company_id").items():
            numbers = {one._called_number() for one in appointments} - {False}
            self.env["telecom.do.not.call"]._refuse(company, numbers)

    def _refuses_calls(self, number):
        """Whether whoever was to be met wants, or is to get, no more calls."""
        self.ensure_one()
        contact = self.contact_id
        partner = self.partner_id or contact.partner_id
        return bool(
            contact.exclusion in TAKEN_OUT
            or self.env["telecom.do.not.call"]._blocked(self.company_id, [number])
            or partner - partner._telecom_may_contact("call")
        )

    def _call_back(self, at):
        """Promise calls for appointments that did not take place."""
        # sudo: telecom.callback, telecom.campaign - a promise to the team, made by
        # the seller who met nobody
        Callback = self.env["telecom.callback"].sudo()
        words = dict(self._fields["state"]._description_selection(self.env))
        for one in self.sudo():
            number = one._called_number()
            if not number or one.callback_id or one._refuses_calls(number):
                continue
            campaign = one.campaign_id or one.contact_id.campaign_id
            hours = campaign.appointment_callback_hours if campaign else 24
            due = epoch(max(at, fields.Datetime.now()) + timedelta(hours=hours))
            if campaign:
                due = appointment_slots.within(
                    due, campaign._opening_intervals(days=30)
                )
            # Nobody's team when the campaign has no queue: whoever agreed it calls
            own = one.agent_id.filtered("active")
            own = own if campaign and not campaign.queue_id else False
            one.callback_id = Callback.create(
                {
                    "company_id": one.company_id.id,
                    "campaign_id": campaign.id,
                    "partner_id": one.partner_id.id,
                    "contact_id": one.contact_id.id,
                    "number": number,
                    "due_at": from_epoch(due),
                    "agent_id": own.id if own else False,
                    "note": "\n".join(
                        filter(
                            None,
                            [
                                self.env._(
                                    "Appointment of %(date)s with %(seller)s: "
                                    "%(state)s",
                                    date=one._when(self.env.lang),
                                    seller=one.seller_id.name,
                                    state=words[one.state],
                                ),
                                one.report,
                            ],
                        )
                    ),
                }
            )
            # Finished by the very status with which the appointment was agreed
            one.contact_id.filtered(lambda contact: contact.state != "reserved").write(
                {"state": "callback", "exclusion": False}
            )

    def action_done(self):
        return self._close("done")

    def action_missed(self):
        return self._close("missed")

    def action_refused(self):
        return self._close("refused")

    def action_cancel(self):
        return self._close("cancelled")

    def action_plan_again(self):
        return self._plan_again()

    def _plan_again(self, **vals):
        """Plan appointments that are over anew; their callbacks are not needed then.

        :param vals: what else is agreed, at once: the old time may be taken by now
        """
        for one in self:
            # sudo: telecom.callback - the promise this appointment made
            callback = one.sudo().callback_id.filtered(
                lambda callback: callback.state == "planned"
            )
            waiting = callback.contact_id.filtered(
                lambda contact: contact.state == "callback"
            )
            callback.action_cancel()
            # Met by the seller again: nobody calls before
            waiting.filtered(lambda contact: contact.state == "ready").state = "done"
            one.write(
                {"state": "planned", "closed_at": False, "callback_id": False, **vals}
            )
        return True

    def move(self, seller_id, start):
        """Agree on another time; one that is over is planned anew.

        :param int seller_id: ``telecom.field.seller`` of a free time
        :param float start: epoch seconds
        :raises ValidationError: when the time was taken meanwhile
        """
        self.ensure_one()
        vals = {"seller_id": seller_id, "start": from_epoch(start)}
        return self.write(vals) if self.state == "planned" else self._plan_again(**vals)

    def action_book(self):
        """Open the dialog with free times."""
        return {
            "type": "ir.actions.client",
            "tag": "telecom_callcenter.appointment_dialog",
            "target": "new",
            "params": {"appointment_id": self.id or False},
        }

    # -------------------------------------------------------------------------
    # Telling people
    # -------------------------------------------------------------------------

    def _when(self, lang, start=None):
        """Date and time in the operator's own time zone."""
        self.ensure_one()
        env = self.with_context(lang=lang).env
        local = pytz.UTC.localize(start or self.start).astimezone(
            pytz.timezone(self.sudo().seller_id._tz)
        )
        return " ".join(
            [
                format_date(env, local.date(), lang_code=lang),
                format_time(env, local.time(), time_format="short", lang_code=lang),
            ]
        )

    def _tell(self, what):
        """Tell sellers and customers of appointments to come.

        :param str what: ``booked``, ``moved`` or ``cancelled``
        :return: ``{sms, mail}``: whether the last customer was written to
        """
        told = {"sms": False, "mail": False}
        future = self.filtered(lambda one: one.start > fields.Datetime.now())
        for one in future:
            # sudo: several models - the message is the operator's, whoever books
            own = one.sudo()
            own.with_context(telecom_told=what)._tell_seller(own.seller_id)
            told = own._tell_customer(what)
        return told

    def _tell_former(self, start, seller):
        """Tell the seller who had this appointment that a colleague goes there.

        :param datetime start: when it was
        :param seller: whose it was
        """
        # sudo: several models - as in _tell
        own = self.sudo()
        if seller != own.seller_id and start > fields.Datetime.now():
            own = own.with_context(telecom_told="taken", telecom_told_start=start)
            own._tell_seller(seller.sudo())

    def _tell_seller(self, seller):
        """Tell a seller, unless it was the seller who did it.

        What there is to tell stands in the context, where texts find it.
        """
        if seller.user_id == self.env.user:
            return
        self.env["telecom.notification"]._telecom_notify(
            "appointment", {self: seller.user_id}
        )
        company = self.company_id
        number = company._telecom_get_sms_number(seller.phone)
        if number and company._telecom_has_sms_provider():
            lang = company._telecom_get_lang(seller.user_id.lang)
            subject, _body = self.with_context(lang=lang)._telecom_notification_text(
                "appointment"
            )
            self.env["sms.sms"]._telecom_queue(
                company,
                [
                    {
                        "number": number,
                        "body": f"{subject}. {self.address}".strip(),
                        "purpose": "appointment",
                    }
                ],
            )

    def _tell_customer(self, what):
        """Tell the customer, on the channels the customer did not refuse."""
        company, partner = self.company_id, self.partner_id
        lang = company._telecom_get_lang(
            partner.telecom_language_id.code,
            partner.lang,
            self.contact_id.language,
            company.partner_id.lang,
            "fr",
        )
        text = self._customer_text(what, lang)
        number = company._telecom_get_sms_number(self.number)
        by_sms = bool(
            number
            and company._telecom_has_sms_provider()
            and (not partner or partner._telecom_may_contact("sms"))
        )
        if by_sms:
            self.env["sms.sms"]._telecom_queue(
                company,
                [
                    {
                        "number": number,
                        "body": text,
                        "partner_id": partner.id,
                        "call_id": self.call_id.id,
                        "purpose": "appointment",
                    }
                ],
            )
        by_mail = bool(
            self.email and (not partner or partner._telecom_may_contact("email"))
        )
        if by_mail:
            words = self.with_context(lang=lang).env
            self.env["mail.mail"].create(
                {
                    "subject": words._(
                        "%(operator)s: your appointment of %(date)s",
                        operator=company.name,
                        date=self._when(lang),
                    ),
                    "body_html": Markup("<p>%s</p>") % text,
                    "email_to": self.email,
                    "email_from": company.email_formatted,
                    "auto_delete": True,
                }
            )
        return {"sms": by_sms, "mail": by_mail}

    def _customer_text(self, what, lang):
        words = self.with_context(lang=lang).env
        campaign = self.campaign_id.with_context(lang=lang)
        if what == "cancelled":
            text = words._(
                "{operator}: your appointment of {date} is cancelled. Call us to agree "
                "on another one."
            )
        elif what == "moved":
            text = words._(
                "{operator}: your appointment is now on {date}, with {seller}."
            )
        else:
            text = campaign.appointment_text or words._(
                "{operator}: {seller} visits you on {date}. {address}"
            )
        # No str.format: the text is written by people
        for mark, value in (
            ("{operator}", self.company_id.name),
            ("{date}", self._when(lang)),
            ("{seller}", self.seller_id.name),
            ("{address}", self.address),
            ("{customer}", self.customer_name),
        ):
            text = text.replace(mark, value or "")
        return text.strip()

    def _telecom_notification_text(self, kind):
        """What the seller is told."""
        self.ensure_one()
        context = self.env.context
        when = self._when(self.env.lang, context.get("telecom_told_start"))
        values = {"date": when, "customer": self.name}
        what = context.get("telecom_told")
        if what == "cancelled":
            subject = self.env._("Cancelled: %(date)s, %(customer)s", **values)
        elif what == "taken":
            subject = self.env._(
                "Given to a colleague: %(date)s, %(customer)s", **values
            )
        elif what == "moved":
            subject = self.env._("Moved to %(date)s: %(customer)s", **values)
        else:
            subject = self.env._("New appointment: %(date)s, %(customer)s", **values)
        lines = [self.subject, self.address, self.number, self.note]
        return subject, Markup("<br/>").join(filter(None, lines))

    # -------------------------------------------------------------------------
    # The seller's telephone
    # -------------------------------------------------------------------------

    def _take_customer(self):
        """Return the customer of this appointment; made of what it says if need be.

        Prospects of number files, and whom agents knew by name only, are none yet.
        """
        self.ensure_one()
        if not self.partner_id:
            self.check_access("write")
            # Pressed twice: the second begins again, and finds the first one's customer
            self.sudo().seller_id._lock_bookings()
            # sudo: telecom.campaign.contact - of the seller's own appointment
            contact = self.contact_id.sudo()
            self.partner_id = contact.partner_id or self._make_customer()
            contact.partner_id = self.partner_id
        return self.partner_id

    def _make_customer(self):
        Partner = self.env["res.partner"]
        known = Partner.browse()
        if self.number:
            known = Partner._telecom_match_number(self.company_id, self.number)
        known = known.filtered(lambda partner: partner.name == self.customer_name)
        return known[:1] or Partner.create(
            {
                **{source: self[name] for name, source in CUSTOMER_FIELDS.items()},
                "company_id": self.company_id.id,
                "telecom_customer": True,
            }
        )

    def _field_values(self):
        """These appointments as the seller's app keeps them, without the network."""
        cards = self._field_cards()
        return [
            {
                "id": one.id,
                "name": one.customer_name,
                "state": one.state,
                "start": epoch(one.start),
                "minutes": one.minutes,
                "number": one.number or "",
                "number_display": one.company_id._telecom_format(one.number)
                if one.number
                else "",
                "email": one.email or "",
                "address": one.address or "",
                "city": one.city or "",
                "place": one._place or False,
                "subject": one.subject or "",
                "note": one.note or "",
                "report": one.report or "",
                "campaign_id": one.campaign_id.id,
                "campaign": one.campaign_id.name or "",
                "disposition_id": one.disposition_id.id,
                "partner_id": one.partner_id.id,
                "signed_by": one.signed_by or "",
                "photos": one.message_attachment_count,
                "card": cards.get(one.partner_id.id, False),
            }
            # sudo: telecom.campaign, res.partner - names, of the seller's own
            for one in self.sudo()
        ]

    def _field_cards(self):
        """What a seller should know of the customers, by customer id."""
        partners = self.partner_id
        if not partners:
            return {}
        # sudo: telecom.line, helpdesk.ticket - of the customers of the seller's own
        # appointments, and of their operator
        lines = (
            self.env["telecom.line"]
            .sudo()
            .search_fetch(
                [
                    ("partner_id", "in", partners.ids),
                    ("company_id", "in", self.company_id.ids),
                    ("state", "!=", "terminated"),
                ],
                ["partner_id", "msisdn", "technology", "offer", "company_id"],
            )
        )
        claims = dict(
            self.env["helpdesk.ticket"]
            .sudo()
            ._read_group(
                Domain("partner_id", "in", partners.ids)
                & Domain("company_id", "in", self.company_id.ids)
                & Domain("stage_id.closed", "!=", True),
                ["partner_id"],
                ["__count"],
            )
        )
        cards = {}
        for partner in partners.sudo():
            cards[partner.id] = {
                "customer_number": partner.telecom_customer_number or "",
                "segment": partner.telecom_segment_id.name or "",
                "language": partner.telecom_language_id.name or "",
                "claims": claims.get(partner, 0),
                "lines": [
                    {
                        "number": line.company_id._telecom_format(line.msisdn),
                        "technology": line.technology,
                        "offer": line.offer or "",
                    }
                    for line in lines
                    if line.partner_id == partner
                ],
            }
        return cards
