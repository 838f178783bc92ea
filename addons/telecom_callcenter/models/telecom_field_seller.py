from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.telecom_crm.tools.once import once

from ..engine import appointment_slots
from ..tools.clock import epoch, midnight

SELLER_GROUP = "telecom_crm.group_telecom_seller"


class TelecomFieldSeller(models.Model):
    """Somebody who visits an operator's customers and prospects."""

    _name = "telecom.field.seller"
    _description = "Field Seller"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name"

    user_id = fields.Many2one("res.users", required=True, index=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    name = fields.Char(related="user_id.name", store=True)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    phone = fields.Char(
        compute="_compute_phone",
        store=True,
        readonly=False,
        help="The seller's own telephone, which gets the text messages about "
        "appointments.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        check_company=True,
        compute="_compute_calendar_id",
        store=True,
        readonly=False,
        help="The operator's when empty.",
    )
    zone_ids = fields.Many2many(
        "telecom.sales.zone", string="Zones", check_company=True
    )
    skill_ids = fields.Many2many(
        "telecom.skill",
        string="Skills",
        domain="[('company_id', '=', company_id)]",
    )
    latitude = fields.Float(digits=(10, 7), help="Where the seller's day begins.")
    longitude = fields.Float(digits=(10, 7))
    furthest = fields.Float(
        string="Goes Up To (km)",
        help="How far the seller goes for one appointment; 0 for no limit.",
    )
    booking_count = fields.Integer(
        readonly=True,
        copy=False,
        help="Written with each booking: two at once meet here, and the second looks "
        "again.",
    )

    # Duty and position
    position_consent = fields.Boolean(
        string="Agrees to Be Located on Duty", readonly=True, copy=False
    )
    position_consent_at = fields.Datetime(
        string="Agreed or Refused on", readonly=True, copy=False
    )
    duty_ids = fields.One2many("telecom.seller.duty", "seller_id")
    on_duty = fields.Boolean(compute="_compute_on_duty")

    appointment_ids = fields.One2many("telecom.appointment", "seller_id")

    _user_once = models.Constraint(
        "UNIQUE(user_id, company_id)", "This user is a seller of this operator already."
    )
    _on_earth = models.Constraint(
        "CHECK(latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)",
        "This is no place on earth.",
    )
    _furthest_positive = models.Constraint(
        "CHECK(furthest >= 0)", "A distance cannot be negative."
    )

    # -------------------------------------------------------------------------
    # Computes and constraints
    # -------------------------------------------------------------------------

    @api.depends("user_id")
    def _compute_phone(self):
        for seller in self:
            if not seller.phone:
                # sudo: res.users - the number of a colleague
                number = seller.user_id.sudo().partner_id.phone
                seller.phone = (
                    seller.company_id._telecom_sanitize(number) if number else False
                ) or number

    @api.depends("company_id")
    def _compute_calendar_id(self):
        for seller in self:
            if seller.calendar_id.company_id != seller.company_id:
                seller.calendar_id = seller.company_id.resource_calendar_id

    @api.depends("duty_ids.ended_at")
    def _compute_on_duty(self):
        # sudo: telecom.seller.duty - whether somebody works now, to colleagues
        groups = self.env["telecom.seller.duty"].sudo()._open(self).grouped("seller_id")
        for seller in self:
            seller.on_duty = seller in groups

    @api.constrains("user_id", "company_id")
    def _check_user(self):
        for seller in self:
            # sudo: res.users - companies of a colleague, for the check
            user = seller.user_id.sudo()
            if seller.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work for %(company)s.",
                        user=user.name,
                        company=seller.company_id.name,
                    )
                )

    @api.constrains("skill_ids", "company_id")
    def _check_skills(self):
        # sudo: telecom.skill - whose it is, for the check
        self.env["telecom.operator.service"]._check_served(
            (seller.company_id, skill.company_id)
            for seller in self.sudo()
            for skill in seller.skill_ids
        )

    @api.constrains("phone")
    def _check_phone(self):
        for seller in self:
            if seller.phone and not seller.company_id._telecom_sanitize(seller.phone):
                raise ValidationError(
                    self.env._("%s is no valid telephone number.", seller.phone)
                )

    # -------------------------------------------------------------------------
    # Who
    # -------------------------------------------------------------------------

    @api.model
    def _current(self):
        """Return the user's profile as a seller of the active operator.

        Whoever may sell in the field has one: it is made when it is first needed.

        :raises AccessError: the user is no field seller
        """
        company = self.env.company._telecom_default_operator()
        if not company or not self.env.user.has_group(SELLER_GROUP):
            raise AccessError(self.env._("You are no field seller of this operator."))
        company._telecom_check("callcenter", "read")
        here = self.with_company(company).with_context(allowed_company_ids=company.ids)
        own = [("user_id", "=", self.env.uid), ("company_id", "=", company.id)]
        seller = here.search(own)
        if not seller:
            company._telecom_check("callcenter", "create")
            # sudo: telecom.field.seller - supervisors set sellers up, and this one
            # begins with what is usual
            values = {"user_id": self.env.uid, "company_id": company.id}
            # The app asks for several things at once when it is opened
            with once(here, "_user_once"):
                seller = here.sudo().create(values).sudo(False)
        return seller

    @property
    def _tz(self):
        self.ensure_one()
        # sudo: resource.calendar - a time zone, no secret
        calendar = self.sudo().calendar_id or self.company_id.resource_calendar_id
        return calendar.tz or "UTC"

    @property
    def _home(self):
        self.ensure_one()
        known = self.latitude or self.longitude
        return (self.latitude, self.longitude) if known else None

    def _lock_bookings(self):
        """Make whoever books one of these sellers at the same time look again.

        Transactions do not see each other's rows: writing the same one makes the
        second fail, and Odoo does it again with what the first has left.
        """
        for seller in self.sudo().sorted("id"):  # sudo: a counter, nobody's to write
            seller.booking_count += 1
        self.env["telecom.field.seller"].flush_model(["booking_count"])

    # -------------------------------------------------------------------------
    # Free times
    # -------------------------------------------------------------------------

    def _candidates(self, company, zones, skills):
        """Return an operator's sellers who have all skills and go to one of the zones.

        Sellers without zones go everywhere.
        """
        domain = Domain("company_id", "=", company.id)
        if self:
            domain &= Domain("id", "in", self.ids)
        for skill in skills:
            domain &= Domain("skill_ids", "in", skill.ids)
        return self.search(domain).filtered(
            lambda seller: not seller.zone_ids or seller.zone_ids & zones
        )

    def _schedules(self, start, end, ignored=None):
        """Return these sellers as the engine wants them; constant number of queries.

        :param datetime start, end: between which something is looked for
        :param ignored: ``telecom.appointment`` that is about to move
        """
        if not self:
            return []
        working = self._working_times(start, end)
        busy = {seller.id: [] for seller in self}
        for seller_id, one in self._busy_times(start, end, ignored):
            busy[seller_id].append(one)
        return [
            appointment_slots.Seller(
                seller.id,
                tuple(working[seller.id]),
                tuple(busy[seller.id]),
                seller._home,
                seller.furthest,
            )
            for seller in self
        ]

    def _working_times(self, start, end):
        """Return (start, end) of working time, days off taken out, by seller id."""
        begin, finish = pytz.UTC.localize(start), pytz.UTC.localize(end)
        times, known = {}, {}
        for seller in self:
            # sudo: resource.calendar - when colleagues work is no secret
            calendar = (
                seller.sudo().calendar_id or seller.company_id.resource_calendar_id
            )
            if not calendar:
                times[seller.id] = [(start, end)]
                continue
            key = (calendar.id, seller.company_id.id)
            if key not in known:
                intervals = calendar._work_intervals_batch(
                    begin,
                    finish,
                    domain=[
                        ("time_type", "=", "leave"),
                        ("company_id", "in", [False, seller.company_id.id]),
                    ],
                )[False]
                known[key] = [
                    (
                        from_dt.astimezone(pytz.UTC).replace(tzinfo=None),
                        to_dt.astimezone(pytz.UTC).replace(tzinfo=None),
                    )
                    for from_dt, to_dt, _record in intervals
                ]
            times[seller.id] = known[key]
        return times

    def _busy_times(self, start, end, ignored=None):
        """Yield (seller id, engine.Busy) of all these sellers do in a time."""
        # sudo: telecom.appointment, calendar.event - that somebody is busy, not why;
        # private events too
        appointments = (
            self.env["telecom.appointment"]
            .sudo()
            .search(
                [
                    ("seller_id", "in", self.ids),
                    ("state", "=", "planned"),
                    ("start", "<", end + appointment_slots.NIGHT),
                    ("stop", ">", start - appointment_slots.NIGHT),
                ]
            )
        )
        if ignored:
            appointments -= ignored.sudo()
        for one in appointments:
            yield (
                one.seller_id.id,
                appointment_slots.Busy(one.start, one.stop, one._place),
            )
        partners = {}
        for seller in self.sudo():
            partners.setdefault(seller.user_id.partner_id.id, []).append(seller.id)
        events = (
            self.env["calendar.event"]
            .sudo()
            .search(
                [
                    ("partner_ids", "in", list(partners)),
                    ("show_as", "=", "busy"),
                    ("start", "<", end),
                    ("stop", ">", start),
                    ("telecom_appointment_ids", "=", False),
                ]
            )
        )
        for event in events:
            first, last = event.start, event.stop
            if event.allday:
                # Whole days are stored from morning to evening of UTC
                tz = self[:1]._tz
                first = midnight(event.start.replace(hour=12), tz)
                last = midnight(event.stop.replace(hour=12), tz) + timedelta(days=1)
            for partner in event.partner_ids:
                for seller_id in partners.get(partner.id, ()):
                    yield seller_id, appointment_slots.Busy(first, last)

    # -------------------------------------------------------------------------
    # Duty
    # -------------------------------------------------------------------------

    def _set_consent(self, granted, at):
        """The seller agrees to be located while on duty, or does not any more."""
        self.ensure_one()
        # sudo: telecom.field.seller - called for the seller's own only
        self.sudo().write({"position_consent": granted, "position_consent_at": at})
        if not granted:
            self._end_duty(at, begin_again=True)

    def _begin_duty(self, at):
        """Go on duty; located only with consent."""
        self.ensure_one()
        Duty = self.env["telecom.seller.duty"].sudo()  # sudo: the seller's own
        if Duty._open(self):
            return
        last = Duty.search([("seller_id", "=", self.id)], limit=1)
        Duty.create(
            {
                "seller_id": self.id,
                "company_id": self.company_id.id,
                "started_at": max(at, last.ended_at) if last.ended_at else at,
                "with_position": self.position_consent,
            }
        )

    def _end_duty(self, at, begin_again=False):
        """Go off duty.

        :param bool begin_again: on duty goes on, without the position
        """
        self.ensure_one()
        # sudo: telecom.seller.duty - the seller's own
        duty = self.env["telecom.seller.duty"].sudo()._open(self)
        if not duty or (begin_again and not duty.with_position):
            return
        duty.ended_at = max(at, duty.started_at)
        if begin_again:
            self._begin_duty(at)

    # -------------------------------------------------------------------------
    # The supervisor's map
    # -------------------------------------------------------------------------

    @api.model
    def get_map(self):
        """Return where the active operators' sellers are, and where they go today.

        :raises AccessError: for whoever may not see positions
        """
        Position = self.env["telecom.seller.position"]
        Position.check_access("read")
        sellers = self.search([("company_id", "in", self.env.companies.ids)])
        duties = self.env["telecom.seller.duty"]._open(sellers)
        duties = {duty.seller_id.id: duty for duty in duties}
        positions = Position._last(duties.values())
        appointments = self._map_appointments(sellers)
        company = self.env.company._telecom_default_operator() or self.env.company
        return {
            # sudo: res.company - where the operator's maps come from
            "tiles": company.sudo().telecom_tile_url or "",
            "attribution": company.sudo().telecom_tile_attribution or "",
            "now": epoch(fields.Datetime.now()),
            "days": company.sudo().telecom_position_days,
            "sellers": [
                {
                    "id": seller.id,
                    "name": seller.name,
                    "phone": seller.phone or False,
                    "tz": seller._tz,
                    "duty_since": epoch(duties[seller.id].started_at)
                    if seller.id in duties
                    else False,
                    "located": bool(
                        seller.id in duties and duties[seller.id].with_position
                    ),
                    "position": positions.get(seller.id, False),
                    "appointments": appointments.get(seller.id, []),
                }
                for seller in sellers
            ],
        }

    def _map_appointments(self, sellers):
        now = fields.Datetime.now()
        result = {}
        for seller in sellers:
            start = midnight(now, seller._tz)
            result[seller.id] = (start, start + timedelta(days=1))
        if not result:
            return {}
        found = self.env["telecom.appointment"].search(
            [
                ("seller_id", "in", sellers.ids),
                ("state", "!=", "cancelled"),
                ("start", ">=", min(start for start, _end in result.values())),
                ("start", "<", max(end for _start, end in result.values())),
            ],
            order="start",
        )
        by_seller = {}
        for one in found:
            start, end = result[one.seller_id.id]
            if start <= one.start < end:
                by_seller.setdefault(one.seller_id.id, []).append(
                    {
                        "id": one.id,
                        "name": one.name,
                        "start": epoch(one.start),
                        "state": one.state,
                        "place": one._place or False,
                        "address": one.address or "",
                    }
                )
        return by_seller

    def get_track(self, day):
        """Return where a seller was on one day, in order.

        :param str day: date in the seller's time zone
        :return: list of ``[seconds, latitude, longitude]``
        """
        self.ensure_one()
        self.check_access("read")
        date = fields.Date.to_date(day)
        if not date:
            raise UserError(self.env._("Choose a day."))
        noon = fields.Datetime.to_datetime(date).replace(hour=12)
        start = midnight(noon, self._tz)
        positions = self.env["telecom.seller.position"].search_fetch(
            [
                ("seller_id", "=", self.id),
                ("at", ">=", start),
                ("at", "<", start + timedelta(days=1)),
            ],
            ["at", "latitude", "longitude"],
            order="at",
        )
        return [[epoch(one.at), one.latitude, one.longitude] for one in positions]
