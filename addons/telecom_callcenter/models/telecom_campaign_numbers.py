"""Whom a campaign calls next, and when it may."""

from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from odoo.addons.telecom_crm.tools.holiday import public_holidays
from odoo.addons.telecom_crm.tools.intervals import intersection, union

from ..engine import attempt_rules, calling_hours
from ..tools.clock import epoch

#: Days of calling hours that are looked ahead
HORIZON = 21
#: What the hours of calling follow from
HOURS_FIELDS = {"dial_calendar_id", "country_id", "keep_public_holidays", "company_id"}


class TelecomCampaignNumbers(models.Model):
    _inherit = "telecom.campaign"

    attempts_per_day = fields.Integer(
        string="Attempts per Day",
        default=3,
        help="Of one contact, in a day of its own time zone; 0 for no limit.",
    )
    attempts_total = fields.Integer(
        string="Attempts Altogether",
        default=0,
        help="Of one contact; then it is excluded. 0 for no limit.",
    )
    promise_minutes = fields.Integer(
        string="Own Callbacks Go to the Team After (min)",
        default=60,
        help="When the agent who promised one is away or on a break at its time; 0 for "
        "never.",
    )
    keep_public_holidays = fields.Boolean(
        default=True,
        help="Nobody is called on public holidays of the country called.",
    )
    # Kept with the contacts, so that nobody has to look for them among a million
    contact_zones = fields.Json(
        default=list,
        copy=False,
        help="Time zones of contacts that are not in the country's usual one.",
    )

    recycling_ids = fields.One2many("telecom.campaign.recycling", "campaign_id")
    contact_count = fields.Integer(string="Contacts", compute="_compute_contact_count")
    ready_count = fields.Integer(
        string="To Be Called", compute="_compute_contact_count"
    )
    finished_share = fields.Float(
        string="Finished (%)", compute="_compute_contact_count"
    )
    calling_note = fields.Char(
        string="Hours of the Law", compute="_compute_calling_note"
    )

    _attempts_range = models.Constraint(
        "CHECK(attempts_per_day >= 0 AND attempts_total >= 0)",
        "Limits of attempts are not negative; 0 is without limit.",
    )
    _promise_range = models.Constraint(
        "CHECK(promise_minutes >= 0)",
        "Own callbacks go to the team after some minutes; 0 is never.",
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    def _compute_contact_count(self):
        counts = defaultdict(lambda: defaultdict(int))
        for campaign, state, count in self.env["telecom.campaign.contact"]._read_group(
            [("campaign_id", "in", self.ids)], ["campaign_id", "state"], ["__count"]
        ):
            counts[campaign.id][state] = count
        for campaign in self:
            found = counts[campaign._origin.id]
            finished = found["done"] + found["excluded"]
            campaign.contact_count = sum(found.values())
            campaign.ready_count = campaign.contact_count - finished
            campaign.finished_share = (
                100 * finished / campaign.contact_count if campaign.contact_count else 0
            )

    @api.depends("country_id", "company_id")
    @api.depends_context("lang")
    def _compute_calling_note(self):
        for campaign in self:
            country = campaign.country_id or campaign.company_id.country_id
            campaign.calling_note = country.code in calling_hours.LEGAL_WEEKS and (
                self.env._(
                    "Never outside the hours that the law of %s allows.", country.name
                )
            )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_add_file(self):
        """Choose a file of numbers to call."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Number File"),
            "res_model": "telecom.campaign.file",
            "view_mode": "form",
            "context": {"default_campaign_id": self.id},
        }

    def action_view_progress(self):
        """Show how far the contacts of this campaign are."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_callcenter.action_telecom_campaign_contact"
        )
        return {
            **action,
            "domain": [("campaign_id", "=", self.id)],
            "context": {"default_campaign_id": self.id},
        }

    def action_export(self):
        """Download the contacts of this campaign with their results."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/telecom/campaign/{self.id}/results.xlsx",
            "target": "download",
        }

    # -------------------------------------------------------------------------
    # ORM
    # -------------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & HOURS_FIELDS:
            self.env.registry.clear_cache()
        return result

    def _configuration_ignored(self):
        return super()._configuration_ignored() | {"contact_zones"}

    def _configuration_unheard(self):
        return super()._configuration_unheard() | {
            "attempts_per_day",
            "attempts_total",
            "contact_ids",
            "contact_properties_definition",
            "country_id",
            "dial_calendar_id",
            "file_ids",
            "keep_public_holidays",
            "recycling_ids",
        }

    # -------------------------------------------------------------------------
    # Hours of calling
    # -------------------------------------------------------------------------

    def _called_country(self):
        """Return the ISO code of the country called, or False."""
        self.ensure_one()
        return self.country_id.code or self.company_id._telecom_region()

    def _calling_zone(self):
        """Return the name of the time zone of contacts of which none is known."""
        self.ensure_one()
        # sudo: res.partner - of the operator itself, whoever calls for it
        own = self.company_id.sudo().partner_id.tz
        zones = pytz.country_timezones.get(self._called_country() or "") or []
        if own in zones or not zones:
            return own or "UTC"
        return zones[0]

    def _calling_hours(self):
        """Return when people may be called, from yesterday on.

        :return: wall-clock intervals, the same in each contact's own time zone; see
            ``engine.calling_hours``
        """
        self.ensure_one()
        return self._calling_hours_from(fields.Date.today())

    @ormcache("self.id", "today")
    def _calling_hours_from(self, today):
        # sudo: telecom.campaign - hours are the same for whoever asks
        campaign = self.sudo()
        # In the far east it is tomorrow already, in the far west yesterday still
        first, days = today - timedelta(days=2), HORIZON + 2
        hours = campaign._calendar_hours(first, days)
        country = campaign._called_country()
        legal, closed_on_holidays = calling_hours.LEGAL_WEEKS.get(
            country, (None, False)
        )
        if legal:
            hours = intersection(hours, calling_hours.week_hours(legal, first, days))
        if country and (closed_on_holidays or campaign.keep_public_holidays):
            years = {first.year, (first + timedelta(days=days)).year}
            hours = calling_hours.without_days(
                hours, {day for day, _name in public_holidays(country, years, "en")}
            )
        return hours

    def _calendar_hours(self, first, days):
        """Return the hours of the campaign's calendar, as its clock shows them."""
        calendar = self.dial_calendar_id
        if not calendar:
            return calling_hours.week_hours(calling_hours.USUAL_WEEK, first, days)
        zone = pytz.timezone(calendar.tz or self._calling_zone())
        start = zone.localize(datetime.combine(first, time()))
        found = calendar._work_intervals_batch(
            start,
            start + timedelta(days=days),
            # Days off of this operator, not of others
            domain=[
                ("time_type", "=", "leave"),
                ("company_id", "in", [False, self.company_id.id]),
            ],
        )[False]
        walls = []
        for begin, end, _record in found:
            begin, end = (
                moment.astimezone(zone).replace(tzinfo=None) for moment in (begin, end)
            )
            # Odoo's midnight is a microsecond early
            if end.microsecond == 999_999:
                end += timedelta(microseconds=1)
            walls.append((begin, end))
        return union(walls)

    def _callback_hours(self, zone=None):
        """Return when somebody who is promised a call may be called.

        Of campaigns that take calls: while they are open.

        :param str zone: the name of the time zone where the person is; None: the
            campaign's
        :return: [start, end] in epoch seconds, what is over left out; in order
        """
        self.ensure_one()
        if self.calendar_id and self.kind not in ("outbound", "field"):
            found = self._opening_intervals(days=30)
        else:
            zone = pytz.timezone(zone or self._calling_zone())
            found = [
                tuple(epoch(calling_hours.from_wall(wall, zone)) for wall in hours)
                for hours in self._calling_hours()
            ]
        now = epoch(fields.Datetime.now())
        return [[start, end] for start, end in found if end > now]

    def _open_zones(self, now):
        """Return the time zones in which people may be called at a moment.

        :param datetime now: naive UTC
        :return: names; the empty one stands for contacts without a zone of their own
        """
        self.ensure_one()
        hours = self._calling_hours()
        found = calling_hours.open_zones(hours, self.contact_zones or (), now)
        usual = pytz.timezone(self._calling_zone())
        return [*found, ""] if calling_hours.is_open(hours, usual, now) else found

    # -------------------------------------------------------------------------
    # Whom to call
    # -------------------------------------------------------------------------

    def _may_dial(self):
        """Tell whether this campaign calls out now."""
        self.ensure_one()
        return (
            self.active
            and self.state == "live"
            and self.kind in ("outbound", "field")
            and not self.dialing_stopped
        )

    def _due_contacts(self, now, count, agent=None):
        """Return contacts to be called now, locked for this transaction.

        First who has the highest priority, then by the order of the files, then who
        has waited longest. Nobody of a paused file, outside the hours of calling of
        his time zone, beyond the attempts of a day, on the operator's do-not-call list
        or on the line with another of the operator's campaigns; nobody whom another
        transaction has just taken.

        :param datetime now: naive UTC
        :param int count: at most
        :param agent: ``telecom.agent`` who calls: her own contacts, and everybody's;
            None: only everybody's
        :return: ids of ``telecom.campaign.contact``, which stay ``ready``: whoever
            takes one changes its state before the transaction ends
        :rtype: list
        """
        self.ensure_one()
        zones = self._open_zones(now)
        if count <= 0 or not zones or not self._may_dial():
            return []
        self.env["telecom.campaign.contact"].flush_model()
        self.env["telecom.campaign.file"].flush_model()
        self.env["telecom.do.not.call"].flush_model()
        self.env["telecom.campaign.attempt"].flush_model()
        # A few more than asked for: others may hold some
        self.env.cr.execute(self._due_contacts_query(now, zones, 2 * count + 10, agent))
        found = [row[0] for row in self.env.cr.fetchall()]
        if not found:
            return []
        self.env.cr.execute(
            SQL(
                """SELECT id FROM telecom_campaign_contact
                WHERE id = ANY(%(ids)s) AND state = 'ready'
                ORDER BY array_position(%(ids)s, id)
                LIMIT %(count)s FOR UPDATE SKIP LOCKED""",
                ids=found,
                count=count,
            )
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _due_contacts_query(self, now, zones, count, agent=None):
        """Return the query of the ids of contacts that may be called now, in order.

        Each file, priority and time zone is looked at by itself, so that the index
        answers it whatever the others hold: a million contacts whose hour has not come
        are never read.

        :param list zones: of :meth:`_open_zones`
        """
        return SQL(
            """
WITH RECURSIVE file AS (
    SELECT id, sequence FROM telecom_campaign_file
     WHERE campaign_id = %(campaign)s AND NOT COALESCE(paused, false)
    UNION ALL SELECT 0, 1000000
), level AS (
    SELECT file.id AS file_id, file.sequence, (
        SELECT max(c.priority) FROM telecom_campaign_contact c
         WHERE c.campaign_id = %(campaign)s AND COALESCE(c.file_id, 0) = file.id
           AND c.state = 'ready'
    ) AS priority FROM file
    UNION ALL
    SELECT level.file_id, level.sequence, (
        SELECT max(c.priority) FROM telecom_campaign_contact c
         WHERE c.campaign_id = %(campaign)s AND COALESCE(c.file_id, 0) = level.file_id
           AND c.state = 'ready' AND c.priority < level.priority
    ) FROM level WHERE level.priority IS NOT NULL
)
SELECT due.id
  FROM level, unnest(%(zones)s) AS zone(name), LATERAL (
        SELECT c.id, c.next_at FROM telecom_campaign_contact c
         WHERE c.campaign_id = %(campaign)s
           AND COALESCE(c.file_id, 0) = level.file_id
           AND c.priority = level.priority
           AND COALESCE(c.timezone, '') = zone.name
           AND %(due)s
         ORDER BY c.next_at, c.id
         LIMIT %(count)s
       ) due
 WHERE level.priority IS NOT NULL
 ORDER BY level.priority DESC, level.sequence, level.file_id, due.next_at, due.id
 LIMIT %(count)s
            """,
            campaign=self.id,
            zones=list(zones),
            due=self._due_condition(now, zones, agent),
            count=count,
        )

    def _due_condition(self, now, zones, agent=None):
        """Return what a contact ``c`` that may be called now fulfils, but for the hours
        of calling where it is.

        :param list zones: of :meth:`_open_zones`
        :param agent: see :meth:`_due_contacts`
        """
        own = SQL("c.agent_id IS NULL")
        if agent:
            own = SQL("(c.agent_id IS NULL OR c.agent_id = %s)", agent.id)
        return SQL(
            """c.state = 'ready' AND c.next_at <= %(now)s AND %(own)s AND %(daily)s
           AND NOT EXISTS (
               SELECT FROM telecom_campaign_attempt a
                WHERE a.company_id = %(company)s AND a.number = c.number
                  AND a.state <> 'ended')
           AND NOT EXISTS (
               SELECT FROM telecom_do_not_call d
                WHERE d.company_id = %(company)s AND d.number = c.number AND d.active
                  AND d.since <= %(today)s
                  AND (d.until IS NULL OR d.until >= %(today)s))""",
            now=now,
            own=own,
            daily=self._daily_condition(now, zones),
            company=self.company_id.id,
            today=now.date(),
        )

    def _daily_condition(self, now, zones):
        """Return the condition of contacts who may be called once more today.

        Settling a call says so too; whoever is put back in line is still called no
        more often.
        """
        if not self.attempts_per_day:
            return SQL("TRUE")
        return SQL(
            """(COALESCE(c.attempt_day_count, 0) < %s
                OR c.attempt_day IS DISTINCT FROM (
                   SELECT day.today FROM unnest(%s, %s::date[]) AS day(zone, today)
                    WHERE day.zone = COALESCE(c.timezone, '')))""",
            self.attempts_per_day,
            list(zones),
            [
                attempt_rules.day_of(now, pytz.timezone(name or self._calling_zone()))
                for name in zones
            ],
        )

    # -------------------------------------------------------------------------
    # Going live
    # -------------------------------------------------------------------------

    def _missing_to_go_live(self):
        missing = super()._missing_to_go_live()
        if self.kind in ("outbound", "field"):
            if not self.env["telecom.campaign.contact"].search_count(
                [("campaign_id", "=", self.id), ("state", "in", ("ready", "callback"))],
                limit=1,
            ):
                missing.append(self.env._("a number file with contacts to be called"))
            if not self._calling_hours():
                missing.append(self.env._("hours of calling within the next weeks"))
        return missing

    # -------------------------------------------------------------------------
    # Rules
    # -------------------------------------------------------------------------

    def _attempt_limits(self):
        self.ensure_one()
        return attempt_rules.Limits(self.attempts_per_day, self.attempts_total)

    @api.model
    def _remember_zones(self, zones_by_campaign):
        """Know the time zones of new contacts.

        :param dict zones_by_campaign: {campaign id: names}
        """
        for campaign in self.browse(zones_by_campaign):
            known = set(campaign.contact_zones or ())
            fresh = set(filter(None, zones_by_campaign[campaign.id])) - known
            if fresh:
                # sudo: telecom.campaign - follows from the contacts
                campaign.sudo().contact_zones = sorted(known | fresh)
