from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.telecom_crm.tools.holiday import public_holidays

from ..engine import records


class ResCompany(models.Model):
    """What an operator decides about subscriptions and usage."""

    _inherit = "res.company"

    telecom_timezone = fields.Selection(
        _tz_get,
        string="Time Zone of Bills",
        compute="_compute_telecom_timezone",
        store=True,
        readonly=False,
        help="In which days begin, and off-peak hours are meant.",
    )
    telecom_charge_suspended = fields.Boolean(
        string="Charge Suspended Subscriptions",
        help="Days on which a line is suspended cost as much as others.",
    )
    telecom_usage_detail_retention = fields.Integer(
        string="Keep Usage Records",
        default=18,
        help="Months; the records of older months are dropped every night. Zero keeps "
        "them for ever.",
    )

    @api.depends("country_id")
    def _compute_telecom_timezone(self):
        for company in self:
            zones = pytz.country_timezones.get(company.country_id.code or "", ())
            company.telecom_timezone = zones[0] if zones else "UTC"

    @api.constrains("telecom_usage_detail_retention")
    def _check_telecom_usage_detail_retention(self):
        """What is still taken in must be known: else a file is charged twice."""
        for company in self:
            months = company.telecom_usage_detail_retention
            if months < 0:
                raise ValidationError(
                    self.env._(
                        "Say for how many months usage records are kept; zero keeps "
                        "them for ever."
                    )
                )
            # sudo: telecom.usage.source - their ages, whoever sets the operator up
            source = (
                self.env["telecom.usage.source"]
                .sudo()
                .search(
                    [("company_id", "=", company.id)], order="max_age desc", limit=1
                )
            )
            needed = records.months_of(source.max_age)
            if 0 < months < needed:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” takes records up to %(days)s days old: keep usage "
                        "records for %(needed)s months at least, or a file that comes "
                        "again is charged twice. Now they are kept for %(months)s.",
                        name=source.name,
                        days=source.max_age,
                        needed=needed,
                        months=months,
                    )
                )

    def _telecom_zone(self):
        """Return the operator's time zone.

        :rtype: datetime.tzinfo
        """
        self.ensure_one()
        # sudo: res.company - a setting without secrets, asked by everybody's screens
        return pytz.timezone(self.sudo().telecom_timezone or "UTC")

    def _telecom_today(self):
        """Return which day it is for the operator.

        :rtype: datetime.date
        """
        now = fields.Datetime.now()
        return pytz.utc.localize(now).astimezone(self._telecom_zone()).date()

    def _telecom_day_start(self, day):
        """Return when a day of the operator begins, as a naive moment in UTC.

        :param datetime.date day: in the operator's time zone
        """
        local = self._telecom_zone().localize(
            datetime.combine(day, datetime.min.time())
        )
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def _telecom_free_days(self, years):
        """Return the operator's public holidays: those of its calendar, or country.

        :param years: calendar years
        :return: the dates
        :rtype: set
        """
        self.ensure_one()
        # sudo: resource.calendar.leaves - dates only, whoever rates
        company = self.sudo()
        leaves = company.env["resource.calendar.leaves"].search(
            [
                ("company_id", "=", company.id),
                ("calendar_id", "in", [False, company.resource_calendar_id.id]),
                ("resource_id", "=", False),
                ("date_to", ">=", f"{min(years)}-01-01"),
                ("date_from", "<", f"{max(years) + 1}-01-02"),
            ]
        )
        zone = company._telecom_zone()
        days = set()
        for leave in leaves:
            first, last = (
                pytz.utc.localize(moment).astimezone(zone)
                for moment in (leave.date_from, leave.date_to)
            )
            # Holidays are entered as whole days
            if (last - first).total_seconds() >= 6 * 3600:
                day = first.date()
                while day <= last.date():
                    days.add(day)
                    day += timedelta(days=1)
        if not days and company.country_id:
            days = {
                day
                for day, _name in public_holidays(
                    company.country_id.code, years, company.partner_id.lang
                )
            }
        return days
