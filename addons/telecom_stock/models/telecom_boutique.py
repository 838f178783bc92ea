import math
import re
from collections import defaultdict
from datetime import datetime, timedelta

import pytz
from babel.dates import format_date

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, remove_accents
from odoo.tools.misc import babel_locale_parse
from odoo.tools.sql import escape_psql

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.telecom_crm.tools import intervals, sphere

from ..engine import opening, serial_states

#: How many days ahead opening hours are kept for the search
HORIZON = 30
DAY = timedelta(days=1)
#: What is read of a boutique to show it to the public
PUBLIC_FIELDS = (
    "name kind street street2 zip city landmark phone latitude longitude state tz"
).split()
#: How many shops the nightly work does between two commits
BATCH = 200
#: How many shops a search returns at most
MOST = 50
#: From how many customers on the middle of a town is told
ENOUGH = 5
#: How many parts of an address are looked at
PARTS = 6
#: Years one may ask about
YEARS = range(1970, 9999)

KINDS = [
    ("own", "Own Shop"),
    ("franchise", "Franchise"),
    ("kiosk", "Kiosk"),
    ("mobile", "Mobile Point of Sale"),
]
STATES = [
    ("planned", "Planned"),
    ("open", "In Service"),
    ("works", "Closed for Works"),
    ("closed", "Closed for Good"),
]


def _words(text):
    """Return the words of a text between blanks, to look for some of them in it."""
    words = re.findall(r"\w+", remove_accents(text).lower())
    return f" {' '.join(words)} "


class TelecomBoutique(models.Model):
    """A shop of an operator, on a warehouse."""

    _name = "telecom.boutique"
    _description = "Boutique"
    _inherit = ["mail.thread", "image.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "company_id, name, id"
    _rec_names_search = ["name", "code", "city"]

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True, tracking=True, help="Short name, also of its warehouse."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True, default="own", tracking=True)
    state = fields.Selection(
        STATES, string="Status", required=True, default="planned", tracking=True
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Where its stock is; made with the boutique when left empty.",
    )
    manager_id = fields.Many2one(
        "res.users",
        check_company=True,
        index="btree_not_null",
        tracking=True,
    )
    user_ids = fields.Many2many(
        "res.users",
        "telecom_boutique_staff",
        "boutique_id",
        "user_id",
        string="Staff",
        check_company=True,
    )
    service_ids = fields.Many2many(
        "telecom.boutique.service",
        "telecom_boutique_service_offered",
        "boutique_id",
        "service_id",
        string="Services",
        check_company=True,
    )

    # Address and position
    street = fields.Char()
    street2 = fields.Char()
    zip = fields.Char(string="Postal Code")
    city = fields.Char()
    state_id = fields.Many2one(
        "res.country.state",
        string="Region",
        domain="[('country_id', '=', country_id)]",
        ondelete="restrict",
    )
    country_id = fields.Many2one(
        "res.country",
        compute="_compute_of_company",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )
    landmark = fields.Char(
        help="How people find it where streets have no names: “opposite the market”."
    )
    address = fields.Char(compute="_compute_address")
    phone = fields.Char()
    email = fields.Char()
    # Without digits: a double, with which the database computes much faster
    latitude = fields.Float(aggregator=None)
    longitude = fields.Float(aggregator=None)
    located = fields.Boolean(
        string="Position Known",
        help="Without a position nobody finds it as the nearest.",
    )

    # Opening hours
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Opening Hours",
        check_company=True,
        index="btree_not_null",
        compute="_compute_of_company",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        compute="_compute_tz",
        store=True,
        readonly=False,
        precompute=True,
    )
    closure_ids = fields.One2many(
        "telecom.boutique.closure", "boutique_id", string="Exceptional Closures"
    )
    opening_ids = fields.One2many(
        "telecom.boutique.opening", "boutique_id", string="Next Openings"
    )
    opening_until = fields.Datetime(
        readonly=True, copy=False, help="Opening hours are known until then."
    )
    open_now = fields.Boolean(compute="_compute_open_now", search="_search_open_now")
    open_text = fields.Char(string="Today", compute="_compute_open_now")

    _code_unique = models.Constraint(
        "UNIQUE(company_id, code)", "This operator has a boutique of this code already."
    )
    _warehouse_unique = models.Constraint(
        "UNIQUE(warehouse_id)", "A warehouse belongs to one boutique."
    )
    _on_earth = models.Constraint(
        "CHECK(latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)",
        "Latitudes go from -90 to 90 degrees, longitudes from -180 to 180.",
    )
    _service_idx = models.Index("(company_id) WHERE state = 'open' AND located")

    # Computes

    @api.depends("company_id")
    def _compute_of_company(self):
        """Where and when the operator itself is, until somebody says otherwise."""
        for boutique in self:
            boutique.country_id = boutique.country_id or boutique.company_id.country_id
            if boutique.calendar_id.company_id != boutique.company_id:
                boutique.calendar_id = boutique.company_id.resource_calendar_id

    @api.depends("calendar_id")
    def _compute_tz(self):
        for boutique in self:
            boutique.tz = boutique.calendar_id.tz or boutique.tz or "UTC"

    @api.depends("street", "street2", "zip", "city", "landmark")
    def _compute_address(self):
        for boutique in self:
            town = " ".join(filter(None, (boutique.zip, boutique.city)))
            parts = (boutique.street, boutique.street2, boutique.landmark, town)
            boutique.address = ", ".join(filter(None, parts))

    @api.depends("opening_ids.date_from", "opening_ids.date_to", "state")
    def _compute_open_now(self):
        now = fields.Datetime.now()
        hours = self._get_openings(now)
        for boutique in self:
            boutique.open_now, moment = opening.state_at(hours[boutique.id], now)
            boutique.open_text = boutique._describe_opening(boutique.open_now, moment)

    @api.model
    def _search_open_now(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        opened = self.env["telecom.boutique.opening"]._search(
            [("date_from", "<=", now), ("date_to", ">", now)]
        )
        return [("opening_ids", "in", opened)]

    @api.depends("name", "city")
    def _compute_display_name(self):
        for boutique in self:
            known = boutique.city and boutique.city not in (boutique.name or "")
            boutique.display_name = (
                f"{boutique.name} ({boutique.city})" if known else boutique.name
            )

    @api.onchange("latitude", "longitude")
    def _onchange_position(self):
        for boutique in self:
            boutique.located = bool(boutique.latitude or boutique.longitude)

    @api.constrains("state", "calendar_id")
    def _check_calendar(self):
        for boutique in self:
            if boutique.state == "open" and not boutique.calendar_id:
                raise ValidationError(
                    self.env._(
                        "Say when %(boutique)s is open before it goes into service.",
                        boutique=boutique.name,
                    )
                )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._complete_position(vals)
        boutiques = super().create(vals_list)
        boutiques._make_warehouses()
        boutiques._rebuild_openings()
        self._refresh_rules()
        return boutiques

    def write(self, vals):
        vals = dict(vals)
        self._complete_position(vals)
        if vals.get("name"):
            self._rename_warehouses(vals["name"])
        result = super().write(vals)
        if {"calendar_id", "tz", "state", "active"} & vals.keys():
            self._rebuild_openings()
        if {"user_ids", "manager_id", "warehouse_id", "kind", "active"} & vals.keys():
            self._refresh_rules()
        return result

    @api.model
    def _complete_position(self, vals):
        """Who writes a position has found it; 0° north, 0° east is in the sea."""
        if "located" not in vals and {"latitude", "longitude"} & vals.keys():
            vals["located"] = bool(vals.get("latitude") or vals.get("longitude"))

    def _make_warehouses(self):
        """Give each boutique without a warehouse one of its own."""
        # sudo: stock.warehouse - made with the boutique, of its company, by whoever
        # may make the boutique
        Warehouse = self.env["stock.warehouse"].sudo()
        bare = self.filtered(lambda boutique: not boutique.warehouse_id)
        for company, boutiques in bare.grouped("company_id").items():
            known = Warehouse.with_context(active_test=False).search(
                [("company_id", "=", company.id)]
            )
            taken, names = set(known.mapped("code")), set(known.mapped("name"))
            values = []
            for boutique in boutiques:
                self._check_name_free(boutique.name, names)
                names.add(boutique.name)
                code = self._free_code(boutique.code, taken)
                taken.add(code)
                values.append(
                    {"name": boutique.name, "code": code, "company_id": company.id}
                )
            for boutique, warehouse in zip(
                boutiques, Warehouse.create(values), strict=True
            ):
                boutique.warehouse_id = warehouse

    def _rename_warehouses(self, name):
        """Let the warehouses that are called like their boutiques follow them.

        Transfers, counts and what runs short show the warehouse's name.

        :param str name: the boutiques' new one
        :raises UserError: another warehouse has it
        """
        for boutique in self:
            # sudo: stock.warehouse - follows its boutique, whoever may rename that
            warehouse = boutique.sudo().warehouse_id
            if name == boutique.name or warehouse.name != boutique.name:
                continue
            others = warehouse.with_context(active_test=False).search(
                [
                    ("company_id", "=", warehouse.company_id.id),
                    ("id", "!=", warehouse.id),
                    ("name", "=", name),
                ]
            )
            self._check_name_free(name, others.mapped("name"))
            warehouse.name = name

    @api.model
    def _check_name_free(self, name, names):
        """Refuse a second boutique of the same name: nobody could tell them apart.

        :param str name: of a boutique
        :param names: of the other warehouses of its operator
        :raises UserError: one of them is called like that
        """
        if name in names:
            raise UserError(
                self.env._(
                    "There is a boutique or a warehouse “%s” already: add the town or "
                    "the quarter to the name.",
                    name,
                )
            )

    @api.model
    def _free_code(self, code, taken):
        """Return a warehouse's code of at most five characters, near to a boutique's.

        :param str code: the boutique's
        :param set taken: codes of the company's warehouses
        """
        short = "".join(filter(str.isalnum, code or ""))[:5].upper() or "B"
        number, free = 1, short
        while free in taken:
            number += 1
            free = f"{short[: 5 - len(str(number))]}{number}"
        return free

    # Opening hours

    def _rebuild_openings(self, extend=False):
        """Write down when boutiques are open during the next days.

        :param bool extend: only add what is not known yet, and forget what is over
        """
        boutiques = self.filtered("id")
        if not boutiques:
            return
        boutiques.flush_recordset()
        self.env["telecom.boutique.closure"].flush_model()
        now = fields.Datetime.now()
        first = now.replace(hour=0, minute=0, second=0, microsecond=0)
        first -= timedelta(days=1)
        last = first + timedelta(days=HORIZON + 2)
        self.env.cr.execute(
            SQL(
                "DELETE FROM telecom_boutique_opening WHERE boutique_id = ANY(%s)%s",
                boutiques.ids,
                SQL(" AND date_to < %s", first) if extend else SQL(),
            )
        )
        rows = []
        groups = defaultdict(self.browse)
        # sudo: telecom.boutique, resource.calendar - from a change of a calendar by
        # somebody who is no manager of shops; hours of the same shops only
        for boutique in boutiques.sudo():
            if boutique.state == "open" and boutique.active and boutique.calendar_id:
                begin = boutique.opening_until if extend else False
                key = (
                    boutique.calendar_id,
                    boutique.tz,
                    boutique.company_id,
                    begin or first,
                )
                groups[key] |= boutique
        for (calendar, tz, company, begin), members in groups.items():
            if begin >= last:
                continue
            usual = calendar._telecom_opening_intervals(begin, last, tz, company)
            for boutique in members:
                shut = [(c.date_from, c.date_to) for c in boutique.closure_ids]
                rows += [
                    (boutique.id, boutique.company_id.id, start, end)
                    for start, end in intervals.difference(usual, shut)
                ]
        if rows:
            self.env.cr.execute_values(
                "INSERT INTO telecom_boutique_opening"
                " (boutique_id, company_id, date_from, date_to) VALUES %s",
                rows,
                page_size=10_000,
            )
        self.env.cr.execute(
            SQL(
                "UPDATE telecom_boutique SET opening_until = %s WHERE id = ANY(%s)",
                last,
                boutiques.ids,
            )
        )
        boutiques.invalidate_recordset(
            ["opening_ids", "opening_until", "open_now", "open_text"]
        )
        self.env["telecom.boutique.opening"].invalidate_model()

    @api.model
    def _cron_extend_openings(self):
        """Each night: a day more of opening hours, a day less."""
        soon = fields.Datetime.now() + timedelta(days=HORIZON)
        domain = ["|", ("opening_until", "=", False), ("opening_until", "<", soon)]
        left = self.search_count(domain)
        self.env["ir.cron"]._commit_progress(remaining=left)
        while boutiques := self.search(domain, limit=BATCH, order="id"):
            boutiques._rebuild_openings(extend=True)
            left = max(0, left - len(boutiques))
            if not self.env["ir.cron"]._commit_progress(len(boutiques), remaining=left):
                break

    def _get_openings(self, begin, days=HORIZON):
        """Return the opening intervals of boutiques from a moment on.

        :param datetime begin: UTC
        :param int days: how many days are looked at
        :return: {boutique id: [(begin, end)]}, UTC, in order
        """
        found = {boutique_id: [] for boutique_id in self.ids}
        if found:
            self.env["telecom.boutique"].flush_model()
            self.env.cr.execute(
                SQL(
                    """SELECT boutique_id, date_from, date_to
                         FROM telecom_boutique_opening
                        WHERE boutique_id = ANY(%s) AND date_to > %s AND date_from < %s
                     ORDER BY date_from""",
                    list(found),
                    begin,
                    begin + timedelta(days=days),
                )
            )
            for boutique_id, start, end in self.env.cr.fetchall():
                found[boutique_id].append((start, end))
        for boutique in self - self.browse(found):
            found[boutique.id] = []
        return {
            boutique_id: intervals.union(opened)
            for boutique_id, opened in found.items()
        }

    def _local(self, moment):
        """Return a UTC moment as the boutique's clocks show it."""
        zone = pytz.timezone(self.tz or "UTC")
        return pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)

    def _describe_opening(self, opened, moment, now=None):
        """Say in words whether a boutique is open.

        :param bool opened: whether it is
        :param moment: until when, or when it opens; UTC
        :param now: the moment it is asked for; UTC
        """
        self.ensure_one()
        if self.state != "open":
            return dict(self._fields["state"]._description_selection(self.env))[
                self.state
            ]
        if not moment:
            return self.env._("Closed")
        asked = now or fields.Datetime.now()
        now, local = self._local(asked), self._local(moment)
        hour = f"{local:%H:%M}"
        if opened:
            if moment - asked > timedelta(hours=24):
                return self.env._("Open day and night")
            return self.env._("Open until %(hour)s", hour=hour)
        if local.date() == now.date():
            return self.env._("Opens at %(hour)s", hour=hour)
        if local.date() == (now + timedelta(days=1)).date():
            return self.env._("Opens tomorrow at %(hour)s", hour=hour)
        # The names of days come from the language of the words around them
        locale = babel_locale_parse(self.env.lang or "en_US")
        day = format_date(local.date(), "EEEE d", locale=locale)
        return self.env._("Opens on %(day)s at %(hour)s", day=day, hour=hour)

    # The nearest one

    @api.model
    def _nearest(self, company, latitude, longitude, **wishes):
        """Return the boutiques nearest to a place that have what is asked for.

        :param wishes: see ``_nearest_rows``
        :return: list of (boutique id, metres), nearest first
        """
        return [
            (boutique, metres)
            for boutique, metres, _closed in self._nearest_rows(
                company, latitude, longitude, **wishes
            )
        ]

    @api.model
    def _nearest_rows(
        self,
        company,
        latitude,
        longitude,
        *,
        moment=None,
        open_only=True,
        or_closed=False,
        services=None,
        product=None,
        reach=None,
        beyond=None,
        limit=5,
    ):
        """Return the boutiques nearest to a place that have what is asked for.

        The answer is exact: distances along the sphere are computed for every boutique
        of the operator that offers the services and may be within reach, and what
        depends on more tables is asked from the nearest one on until there are enough.

        :param res.company company: whose boutiques
        :param float latitude: of the place, in degrees
        :param float longitude: idem
        :param datetime moment: when they must be open; UTC, now when not given
        :param bool open_only: leave out those that are closed then
        :param bool or_closed: when all that have it are closed then, return those
        :param services: telecom.boutique.service that each must offer
        :param product: product.product that must be in stock
        :param float reach: metres; farther ones are left out
        :param float beyond: metres; only farther ones are returned
        :param int limit: how many
        :return: list of (boutique id, metres, whether it is closed; False when it does
            not matter), nearest first
        """
        self.flush_model()
        self.env["telecom.boutique.opening"].flush_model()
        self.env["stock.quant"].flush_model()
        self.env["stock.lot"].flush_model(["telecom_state"])
        moment = moment or fields.Datetime.now()
        # What is asked of a boutique before distances are computed, and in their order
        those, needs = [SQL("TRUE")], [SQL("TRUE")]
        around = [SQL("TRUE")]
        if reach:
            around.append(SQL("found.metres <= %s", reach))
            # Nothing within reach is farther north or south than that. A little more,
            # for rounding
            degrees = math.degrees(reach / sphere.EARTH_RADIUS) * 1.000001
            those.append(
                SQL(
                    "b.latitude BETWEEN %s AND %s",
                    latitude - degrees,
                    latitude + degrees,
                )
            )
        if beyond:
            around.append(SQL("found.metres > %s", beyond))
        for service in services or ():
            those.append(
                SQL(
                    """b.id IN (SELECT offered.boutique_id
                                  FROM telecom_boutique_service_offered offered
                                 WHERE offered.service_id = %s)""",
                    service.id,
                )
            )
        closed = SQL("FALSE")
        if open_only:
            # Of intervals that do not overlap, the first that is not over says it:
            # a month of later ones need not be looked at
            closed = SQL(
                """(SELECT o.date_from FROM telecom_boutique_opening o
                     WHERE o.boutique_id = found.id AND o.date_to > %s
                  ORDER BY o.date_to LIMIT 1) <= %s IS NOT TRUE""",
                moment,
                moment,
            )
        if product:
            needs.append(
                SQL(
                    """EXISTS (SELECT FROM stock_quant q
                                 JOIN stock_location l ON l.id = q.location_id
                            LEFT JOIN stock_lot lot ON lot.id = q.lot_id
                                WHERE q.product_id = %s
                                  AND l.warehouse_id = near.warehouse_id
                                  AND l.usage = 'internal'
                                  AND q.quantity > q.reserved_quantity
                                  AND (lot.telecom_state IS NULL
                                       OR NOT lot.telecom_state = ANY(%s))
                               OFFSET 0)""",
                    product.id,
                    sorted(serial_states.KEPT_BACK),
                )
            )
        candidates = SQL("SELECT * FROM near WHERE NOT near.closed")
        if or_closed:
            # After all of the open ones, the same list once more: whether they are open
            # is known by now
            candidates = SQL(
                "%s UNION ALL SELECT * FROM near WHERE near.closed", candidates
            )
        # OFFSET 0, MATERIALIZED: what is asked of each boutique is asked in the order
        # of distance and only as long as there are too few. Never is a join made of it,
        # which would ask it of all of them; the list is read as it was sorted
        self.env.cr.execute(
            SQL(
                """WITH near AS MATERIALIZED (
                   SELECT found.id, found.warehouse_id, found.metres,
                          %(closed)s AS closed
                     FROM (SELECT b.id, b.warehouse_id,
                                  %(diameter)s * asin(least(1, sqrt(
                                  power(sin(
                                      radians(b.latitude - %(latitude)s) / 2), 2)
                                  + cos(radians(%(latitude)s))
                                  * cos(radians(b.latitude))
                                  * power(sin(
                                      radians(b.longitude - %(longitude)s) / 2), 2)
                                  ))) AS metres
                             FROM telecom_boutique b
                            WHERE b.company_id = %(company)s
                              AND b.state = 'open' AND b.located AND b.active
                              AND %(those)s
                         ORDER BY metres, b.id
                           OFFSET 0) found
                    WHERE %(around)s
                 ORDER BY found.metres, found.id)
                   SELECT near.id, near.metres, near.closed
                     FROM (%(candidates)s OFFSET 0) near
                    WHERE %(needs)s
                    LIMIT %(limit)s""",
                closed=closed,
                diameter=2 * sphere.EARTH_RADIUS,
                latitude=latitude,
                longitude=longitude,
                company=company.id,
                those=SQL(" AND ").join(those),
                around=SQL(" AND ").join(around),
                candidates=candidates,
                needs=SQL(" AND ").join(needs),
                limit=min(max(limit, 1), MOST),
            )
        )
        rows = self.env.cr.fetchall()
        if rows and not rows[0][2]:
            # Some are open: closed ones are not wanted
            rows = [row for row in rows if not row[2]]
        return rows

    @api.model
    def _find_nearest(self, company, latitude, longitude, **wishes):
        """Return the nearest boutiques for the public, and what had to be given up.

        When none is within reach, open and with everything, wishes are given up one by
        one: first that it is open now – near and opening soon is better than open and
        three hours away –, then that it is near, then both. What people came for – the
        services and the item – is never given up.

        :param res.company company: whose boutiques
        :param float latitude: of the place, in degrees
        :param float longitude: idem
        :param wishes: see ``_nearest_rows``
        :return: ``{"missing": None | "reach" | "open" | "all", "boutiques": [...]}``
        """
        wishes["or_closed"] = wishes.setdefault("open_only", True)
        reach = wishes.pop("reach", None)
        rings = [{"reach": reach}]
        if reach:
            # Those within it need not be asked again
            rings.append({"beyond": reach})
        for ring in rings:
            rows = self._nearest_rows(company, latitude, longitude, **wishes, **ring)
            if not rows:
                continue
            closed, far = rows[0][2], "beyond" in ring
            missing = ("all" if closed else "reach") if far else closed and "open"
            found = [(boutique, metres) for boutique, metres, _closed in rows]
            values = self._public_values(company, found, wishes.get("moment"))
            return {"missing": missing or None, "boutiques": values}
        return {"missing": "all", "boutiques": []}

    @api.model
    def _public_values(self, company, found, moment=None):
        """Return what everybody may know of boutiques.

        :param res.company company: whose boutiques they are
        :param list found: (boutique id, metres or None)
        :param datetime moment: UTC; now when not given
        """
        moment = moment or fields.Datetime.now()
        metres = dict(found)
        # sudo: telecom.boutique - visitors have no account; only boutiques in service
        # of this operator, only what stands below
        asked = self.sudo().browse(metres)
        details = asked._public_details(company, moment)
        boutiques = asked.filtered(lambda boutique: boutique.id in details)
        boutiques.fetch(PUBLIC_FIELDS)
        values = []
        for boutique in boutiques:
            services, closure, photo, hours = details[boutique.id]
            opened, until = opening.state_at(hours, moment)
            # Of the day there, whatever its zone
            local = [
                tuple(map(boutique._local, (begin, end)))
                for begin, end in hours
                if begin < moment + 2 * DAY and end > moment - 2 * DAY
            ]
            midnight = boutique._local(moment).replace(
                hour=0, minute=0, second=0, microsecond=0
            )
            values.append(
                {
                    "id": boutique.id,
                    "name": boutique.name,
                    "kind": boutique.kind,
                    "address": boutique.address,
                    "city": boutique.city or "",
                    "phone": company._telecom_format(boutique.phone) or "",
                    "latitude": boutique.latitude,
                    "longitude": boutique.longitude,
                    "metres": metres[boutique.id] and round(metres[boutique.id]),
                    "open": opened,
                    "opening": boutique._describe_opening(opened, until, moment),
                    "hours": [
                        f"{begin}–{end}"
                        for begin, end in opening.hours_of_day(local, midnight)
                    ],
                    "closure": closure,
                    "services": services,
                    "photo": photo,
                }
            )
        return values

    def _public_details(self, company, moment):
        """Return what other tables tell the public, one question for all shops.

        Only of boutiques in service of that operator; no other access is checked.

        :param res.company company: whose boutiques they are
        :param datetime moment: UTC
        :return: {boutique id: (names of its services, why it is closed exceptionally,
            address of its photo, opening intervals from the day before on)}; a new
            photo has a new address
        """
        if not self:
            return {}
        self.flush_model()
        for name in ("service", "closure", "opening"):
            self.env[f"telecom.boutique.{name}"].flush_model()
        self.env["ir.attachment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT b.id,
                       ARRAY(SELECT %(name)s
                               FROM telecom_boutique_service_offered offered
                               JOIN telecom_boutique_service service
                                 ON service.id = offered.service_id
                              WHERE offered.boutique_id = b.id AND service.active
                           ORDER BY service.sequence, %(name)s, service.id),
                       (SELECT %(reason)s
                          FROM telecom_boutique_closure closure
                         WHERE closure.boutique_id = b.id
                           AND closure.date_from <= %(moment)s
                           AND closure.date_to > %(moment)s
                      ORDER BY closure.date_from, closure.id
                         LIMIT 1),
                       (SELECT photo.checksum
                          FROM ir_attachment photo
                         WHERE photo.res_model = %(model)s AND photo.res_id = b.id
                           AND photo.res_field = 'image_512'
                      ORDER BY photo.id
                         LIMIT 1),
                       ARRAY(SELECT ARRAY[o.date_from, o.date_to]
                               FROM telecom_boutique_opening o
                              WHERE o.boutique_id = b.id
                                AND o.date_to > %(begin)s AND o.date_from < %(end)s
                           ORDER BY o.date_from)
                  FROM telecom_boutique b
                 WHERE b.id = ANY(%(ids)s)
                   AND b.company_id = %(company)s AND b.state = 'open' AND b.active""",
                name=self.env["telecom.boutique.service"]._field_to_sql(
                    "service", "name"
                ),
                reason=self.env["telecom.boutique.closure"]._field_to_sql(
                    "closure", "reason"
                ),
                moment=moment,
                begin=moment - DAY,
                end=moment + (HORIZON - 1) * DAY,
                model=self._name,
                ids=self.ids,
                company=company.id,
            )
        )
        return {
            boutique: (
                services,
                reason or "",
                f"/boutiques/{boutique}/photo?v={checksum[:8]}" if checksum else "",
                intervals.union(map(tuple, hours)),
            )
            for boutique, services, reason, checksum, hours in rows
        }

    @api.model
    def _find_place(self, company, text):
        """Return where a place is, as far as the operator itself knows.

        The town of a boutique, a boutique's name, the town of at least ``ENOUGH``
        customers whose positions are known – the middle one of them, which tells
        nothing of any. Of an address, the last part between commas that is known, or
        the last town with a boutique that stands among its words.

        :param res.company company: whose boutiques and customers
        :param str text: a town, a boutique or an address
        :return: (latitude, longitude), or None
        """
        text = (text or "").strip()
        parts = [part for each in text.split(",")[::-1] if (part := each.strip())]
        for part in dict.fromkeys([text, *parts][:PARTS]):
            if part and (found := self._find_known_place(company, part)):
                return found
        town = self._find_town_among(company, text)
        return town and self._find_known_place(company, town)

    def _find_town_among(self, company, text):
        """Return the town an address ends with, as far as boutiques are in it, or None.

        Streets are called after towns, too: the last one counts.
        """
        text = _words(text)
        found = [
            (end, len(name), town)
            for town in self._asked_towns(company)
            if (name := _words(town)).strip()
            and (end := text.rfind(name) + len(name)) >= len(name)
        ]
        return max(found)[-1] if found else None

    def _find_known_place(self, company, name):
        # sudo: telecom.boutique - visitors; public positions of one operator
        mine = self.sudo().search_fetch(
            [
                ("company_id", "=", company.id),
                ("state", "=", "open"),
                ("located", "=", True),
                "|",
                ("city", "=ilike", escape_psql(name)),
                ("name", "=ilike", escape_psql(name)),
            ],
            ["city", "name", "latitude", "longitude"],
        )
        # A town is more than a shop that is called like it
        of_town = mine.filtered(lambda b: (b.city or "").lower() == name.lower())
        if boutiques := of_town or mine:
            return (
                sum(boutiques.mapped("latitude")) / len(boutiques),
                sum(boutiques.mapped("longitude")) / len(boutiques),
            )
        self.env["res.partner"].flush_model(
            ["company_id", "city", "partner_latitude", "partner_longitude"]
        )
        [(latitude, longitude, count)] = self.env.execute_query(
            SQL(
                """SELECT percentile_disc(0.5)
                              WITHIN GROUP (ORDER BY partner_latitude),
                          percentile_disc(0.5)
                              WITHIN GROUP (ORDER BY partner_longitude),
                          count(*)
                     FROM res_partner
                    WHERE company_id = %s AND lower(city) = lower(%s)
                      AND partner_latitude != 0""",
                company.id,
                name,
            )
        )
        return (float(latitude), float(longitude)) if count >= ENOUGH else None

    # What there is to ask for

    @api.model
    def _asked_services(self, company, codes=None):
        """Return the services people may ask an operator's boutiques for.

        :param codes: only those with one of these codes
        """
        domain = [("company_id", "=", company.id)]
        if codes is not None:
            domain.append(("code", "in", list(codes)))
        # sudo: telecom.boutique.service - names for visitors, of this operator only
        return self.env["telecom.boutique.service"].sudo().search(domain)

    @api.model
    def _asked_items(self, company, ids=None):
        """Return the products people may ask an operator's boutiques for.

        :param ids: only those with one of these ids
        """
        domain = [
            ("telecom_boutique_item", "=", True),
            ("company_id", "in", [company.id, False]),
        ]
        if ids is not None:
            domain.append(("id", "in", list(ids)))
        # sudo: product.product - names for visitors, of this operator or of all
        order = "id" if ids is not None else None
        return self.env["product.product"].sudo().search(domain, limit=100, order=order)

    @api.model
    def _asked_wishes(self, company, codes, number):
        """Return what somebody asks an operator's boutiques for, in one question.

        For visitors, who have no account: no access is checked, and nothing is told of
        what is found but that people may ask for it.

        :param codes: of services
        :param int number: id of a product; 0: none
        :return: (telecom.boutique.service, product.product): those of them that people
            may ask for, see ``_asked_services`` and ``_asked_items``
        """
        Service = self.env["telecom.boutique.service"]
        Product = self.env["product.product"]
        if not codes and not number:
            return Service, Product
        Service.flush_model(["active", "code", "company_id"])
        Product.flush_model(["active", "product_tmpl_id"])
        self.env["product.template"].flush_model(
            ["company_id", "telecom_boutique_item"]
        )
        [(service_ids, product_ids)] = self.env.execute_query(
            SQL(
                """
                SELECT ARRAY(SELECT service.id
                               FROM telecom_boutique_service service
                              WHERE service.company_id = %(company)s
                                AND service.code = ANY(%(codes)s) AND service.active),
                       ARRAY(SELECT product.id
                               FROM product_product product
                               JOIN product_template template
                                 ON template.id = product.product_tmpl_id
                              WHERE product.id = %(number)s AND product.active
                                AND template.telecom_boutique_item
                                AND (template.company_id = %(company)s
                                     OR template.company_id IS NULL))""",
                company=company.id,
                codes=list(codes),
                number=number,
            )
        )
        return Service.browse(service_ids), Product.browse(product_ids)

    @api.model
    def _asked_towns(self, company):
        """Return the names of the towns an operator has boutiques in, in order."""
        # sudo: telecom.boutique - names of towns for visitors, of this operator only
        groups = self.sudo()._read_group(
            [
                ("company_id", "=", company.id),
                ("state", "=", "open"),
                ("located", "=", True),
                ("city", "!=", False),
            ],
            ["city"],
            order="city",
        )
        return [city for (city,) in groups]

    @api.model
    def _asked_moment(self, company, text):
        """Return the UTC moment somebody means.

        :param res.company company: on whose clocks the time is, unless it says
        :param str text: ISO date and time; empty: now
        :return: False for now, None for nonsense and for what is too far ahead to know
        """
        if not text:
            return False
        zone = self._asked_zone(company)
        try:
            local = datetime.fromisoformat(text)
            if not local.tzinfo:
                local = zone.localize(local)
            moment = local.astimezone(pytz.utc).replace(tzinfo=None)
        except (OverflowError, ValueError):
            return None
        # sudo: telecom.boutique - a date, of this operator's shops
        [(known,)] = self.sudo()._read_group(
            [("company_id", "=", company.id), ("state", "=", "open")],
            aggregates=["opening_until:max"],
        )
        if known and moment > known:
            return None
        # Days around it are looked at too
        return moment if moment.year in YEARS else None

    @api.model
    def _asked_clock(self, company, moment):
        """Return a UTC moment as the operator's clocks show it.

        :param res.company company: whose, see ``_asked_moment``
        :param datetime moment: UTC
        :rtype: datetime
        """
        zone = self._asked_zone(company)
        return pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)

    @api.model
    def _asked_zone(self, company):
        """Return the time zone (``pytz``) of an operator's clocks."""
        return pytz.timezone(company.resource_calendar_id.tz or "UTC")

    # Actions

    def action_locate(self):
        """Find the position by the address."""
        Geocoder = self.env["base.geocoder"]
        lost = self.browse()
        for boutique in self:
            address = Geocoder.geo_query_address(
                street=boutique.street,
                zip=boutique.zip,
                city=boutique.city,
                state=boutique.state_id.name,
                country=boutique.country_id.name,
            )
            found = Geocoder.geo_find(
                address, force_country=boutique.country_id.name
            ) or Geocoder.geo_find(
                Geocoder.geo_query_address(
                    city=boutique.city, country=boutique.country_id.name
                )
            )
            if found:
                boutique.write({"latitude": found[0], "longitude": found[1]})
            else:
                lost |= boutique
        if not lost:
            return True
        message = self.env._(
            "No position was found for %(boutiques)s. Set it on the map.",
            boutiques=", ".join(lost.mapped("name")),
        )
        if lost == self:
            raise UserError(message)
        # An error would lose what was found for the others
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open(self):
        """Put boutiques into service."""
        self.write({"state": "open"})

    def action_close_for_works(self):
        self.write({"state": "works"})

    def action_close(self):
        self.write({"state": "closed"})

    def action_stock(self):
        """Show what is in stock here."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_stock.action_telecom_boutique_stock"
        )
        action["domain"] = [
            ("location_id.warehouse_id", "=", self.warehouse_id.id),
            ("location_id.usage", "=", "internal"),
        ]
        action["display_name"] = self.env._("Stock of %s", self.display_name)
        return action
