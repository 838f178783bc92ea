from datetime import timedelta

import pytz

from odoo import models

from ..tools import service_level

#: How many days of a calendar are looked at first, and at most
FIRST_DAYS, MOST_DAYS = 31, 800


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _telecom_holidays(self, company=None):
        """Return which holidays count, of those that core would take.

        Core takes the holidays of every company that name no calendar; and on a
        calendar that several companies share, those of each of them.

        :param res.company company: who works by this calendar; the calendar's own
            when left out
        :return: a domain of ``resource.calendar.leaves``
        :rtype: list
        """
        company = company or self.company_id
        domain = [("time_type", "=", "leave")]
        if company:
            return [*domain, ("company_id", "in", [company.id, False])]
        return [
            *domain,
            "|",
            ("calendar_id", "in", self.ids),
            ("company_id", "=", False),
        ]

    def _telecom_intervals(self, start, end, company=None, tz=None):
        """Return the working intervals between two moments, holidays taken off.

        :param start: naive UTC datetime
        :param end: idem
        :param res.company company: see :meth:`_telecom_holidays`
        :param str tz: name of the zone in which the hours are meant; the calendar's
            when left out
        :return: see ``tools.service_level``; None for no calendar
        """
        if not self:
            return None
        found = self._work_intervals_batch(
            pytz.utc.localize(start),
            pytz.utc.localize(end),
            domain=self._telecom_holidays(company),
            tz=pytz.timezone(tz) if tz else None,
        )[False]
        return [
            tuple(
                moment.astimezone(pytz.utc).replace(tzinfo=None)
                for moment in (begin, stop)
            )
            for begin, stop, _meta in found
        ]

    def _telecom_add_hours(self, requests, company=None):
        """Add working hours to moments, many at once.

        :param requests: list of pairs (naive UTC datetime, seconds)
        :param res.company company: see :meth:`_telecom_holidays`
        :return: list of naive UTC datetimes; False beyond two years
        """
        if not requests:
            return []
        first = min(start for start, _seconds in requests)
        last = max(start for start, _seconds in requests)
        days = FIRST_DAYS
        while True:
            intervals = self._telecom_intervals(
                first, last + timedelta(days=days), company
            )
            found = [
                service_level.add_working(intervals, start, seconds)
                for start, seconds in requests
            ]
            if all(found) or days >= MOST_DAYS:
                return [moment or False for moment in found]
            days = min(days * 4, MOST_DAYS)
