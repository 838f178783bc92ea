from datetime import timedelta

import pytz

from odoo import models

from ..tools import service_level

#: How many days of a calendar are looked at first, and at most
FIRST_DAYS, MOST_DAYS = 31, 800


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _telecom_intervals(self, start, end):
        """Return the working intervals between two moments.

        :param start: naive UTC datetime
        :param end: idem
        :return: see ``tools.service_level``; None for no calendar
        """
        if not self:
            return None
        found = self._work_intervals_batch(
            pytz.utc.localize(start), pytz.utc.localize(end)
        )[False]
        return [
            tuple(
                moment.astimezone(pytz.utc).replace(tzinfo=None)
                for moment in (begin, stop)
            )
            for begin, stop, _meta in found
        ]

    def _telecom_add_hours(self, requests):
        """Add working hours to moments, many at once.

        :param requests: list of pairs (naive UTC datetime, seconds)
        :return: list of naive UTC datetimes; False beyond two years
        """
        if not requests:
            return []
        first = min(start for start, _seconds in requests)
        last = max(start for start, _seconds in requests)
        days = FIRST_DAYS
        while True:
            intervals = self._telecom_intervals(first, last + timedelta(days=days))
            found = [
                service_level.add_working(intervals, start, seconds)
                for start, seconds in requests
            ]
            if all(found) or days >= MOST_DAYS:
                return [moment or False for moment in found]
            days = min(days * 4, MOST_DAYS)
