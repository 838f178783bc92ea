"""What becomes of a contact after a call, and when people may be called."""

from datetime import date, datetime, timedelta

import pytz

from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_callcenter.engine import attempt_rules, calling_hours
from odoo.addons.telecom_callcenter.engine.attempt_rules import (
    AGAIN,
    CALLBACK,
    History,
    Limits,
    Rule,
    follow_up,
)

COTONOU = pytz.timezone("Africa/Porto-Novo")
PARIS = pytz.timezone("Europe/Paris")
#: A Saturday afternoon in Benin
NOW = datetime(2026, 11, 21, 15, 0)
A, B, C = "+2290190000001", "+2290190000002", "+2290190000003"


@tagged("post_install", "-at_install", "telecom")
class TestAttemptRules(BaseCase):
    def _after(self, rule, *, times=1, attempts=1, today=1, numbers=(A,), **more):
        return follow_up(
            rule,
            more.pop("limits", Limits()),
            History(attempts, today, times, numbers),
            NOW,
            more.pop("zone", COTONOU),
            **more,
        )

    def test_states(self):
        for rule, times, state, minutes, exclusion in (
            (Rule(), 1, "done", None, None),
            (Rule(AGAIN, 3, 60), 1, "ready", 60, None),
            (Rule(AGAIN, 3, 60), 3, "ready", 60, None),
            (Rule(AGAIN, 3, 60), 4, "excluded", None, "attempts"),
            (Rule(AGAIN, 0, 60), 1, "excluded", None, "attempts"),
            (Rule(AGAIN, 1, 0), 1, "ready", 0, None),
            (Rule(CALLBACK, 0, 60), 9, "callback", None, None),
            (Rule(AGAIN, 3, 60, do_not_call=True), 1, "excluded", None, "do_not_call"),
            (Rule(do_not_call=True), 1, "excluded", None, "do_not_call"),
            (Rule(AGAIN, drop_number=True), 1, "done", None, None),
        ):
            with self.subTest(rule, times=times):
                found = self._after(rule, times=times)
                self.assertEqual((found.state, found.exclusion), (state, exclusion))
                expected = minutes is not None and NOW + timedelta(minutes=minutes)
                self.assertEqual(found.next_at or False, expected)
                self.assertEqual(found.numbers, (A,))

    def test_numbers(self):
        for rule, numbers, expected, state in (
            (Rule(AGAIN, 3, 0, other_number=True), (A, B, C), (B, C, A), "ready"),
            (Rule(AGAIN, 3, 0, other_number=True), (A,), (A,), "ready"),
            (Rule(AGAIN, 3, 0), (A, B), (A, B), "ready"),
            (Rule(other_number=True), (A, B), (A, B), "done"),
            (Rule(CALLBACK, other_number=True), (A, B), (A, B), "callback"),
            (Rule(AGAIN, drop_number=True), (A, B, C), (B, C), "ready"),
            # “Wrong number” finishes, unless another number is there
            (Rule(drop_number=True), (A, B), (B,), "ready"),
            (Rule(drop_number=True), (A,), (A,), "done"),
        ):
            with self.subTest(rule, numbers=numbers):
                found = self._after(rule, numbers=numbers)
                self.assertEqual((found.numbers, found.state), (expected, state))

    def test_limits(self):
        again = Rule(AGAIN, 99, 60)
        for limits, attempts, today, state, next_at in (
            (Limits(0, 0), 50, 50, "ready", NOW + timedelta(hours=1)),
            (Limits(0, 5), 4, 1, "ready", NOW + timedelta(hours=1)),
            (Limits(0, 5), 5, 1, "excluded", None),
            (Limits(3, 0), 9, 2, "ready", NOW + timedelta(hours=1)),
            # Midnight in Benin is 23:00 UTC
            (Limits(3, 0), 9, 3, "ready", datetime(2026, 11, 21, 23, 0)),
        ):
            with self.subTest(limits, attempts=attempts, today=today):
                found = self._after(
                    again, limits=limits, attempts=attempts, today=today
                )
                self.assertEqual((found.state, found.next_at), (state, next_at))
        # A rule that waits longer than until tomorrow does
        late = self._after(Rule(AGAIN, 9, 4320), limits=Limits(1, 0))
        self.assertEqual(late.next_at, NOW + timedelta(days=3))

    def test_faults_of_the_network_end_nobody_in_a_day(self):
        rule = attempt_rules.DEFAULT_RULES["network"]
        soon = NOW + timedelta(minutes=15)
        # Midnight in Benin is 23:00 UTC
        tomorrow = datetime(2026, 11, 21, 23, 0)
        for times, fault, state, next_at in (
            (10, True, "ready", soon),
            (11, True, "ready", tomorrow),
            (20, True, "ready", tomorrow),
            (21, True, "excluded", None),
            # A status of the campaign's own says how often
            (11, False, "excluded", None),
        ):
            with self.subTest(times=times, fault=fault):
                found = self._after(rule, times=times, fault=fault)
                self.assertEqual((found.state, found.next_at), (state, next_at))

    def test_hours(self):
        hours = calling_hours.week_hours(
            calling_hours.USUAL_WEEK, date(2026, 11, 19), 14
        )
        # 20:00 in Benin is too late; Sunday is free: Monday at 8, 7:00 UTC
        found = self._after(Rule(AGAIN, 9, 240), hours=hours)
        self.assertEqual(found.next_at, datetime(2026, 11, 23, 7, 0))
        found = self._after(Rule(AGAIN, 9, 30), hours=hours)
        self.assertEqual(found.next_at, NOW + timedelta(minutes=30))
        # Beyond the hours that are known
        found = self._after(Rule(AGAIN, 9, 30 * 1440), hours=hours)
        self.assertEqual(found.next_at, NOW + timedelta(days=30))

    def test_what_counts(self):
        friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
        for day, today, result, expected in (
            (None, 0, "busy", (6, saturday, 1)),
            (friday, 3, "busy", (6, saturday, 1)),
            (saturday, 3, "busy", (6, saturday, 4)),
            (saturday, 3, "network", (5, saturday, 3)),
            (friday, 3, "not_dialed", (5, saturday, 0)),
        ):
            with self.subTest(day=day, result=result):
                self.assertEqual(
                    attempt_rules.count_attempt(5, day, today, result, NOW, COTONOU),
                    expected,
                )


@tagged("post_install", "-at_install", "telecom")
class TestCallingHours(BaseCase):
    def setUp(self):
        super().setUp()
        self.hours = calling_hours.week_hours(
            {day: ((8, 12), (14, 19)) for day in range(5)}, date(2026, 11, 16), 14
        )

    def test_each_zone_by_its_own_clock(self):
        for moment, zone, expected in (
            # Friday
            (datetime(2026, 11, 20, 7, 0), "Africa/Porto-Novo", True),
            (datetime(2026, 11, 20, 6, 59), "Africa/Porto-Novo", False),
            (datetime(2026, 11, 20, 11, 0), "Africa/Porto-Novo", False),
            (datetime(2026, 11, 20, 7, 30), "Africa/Abidjan", False),
            (datetime(2026, 11, 20, 8, 0), "Africa/Abidjan", True),
            (datetime(2026, 11, 20, 17, 59), "Africa/Tunis", True),
            (datetime(2026, 11, 20, 18, 0), "Africa/Tunis", False),
            (datetime(2026, 11, 21, 10, 0), "Africa/Porto-Novo", False),
        ):
            with self.subTest(moment=moment, zone=zone):
                self.assertEqual(
                    calling_hours.is_open(self.hours, pytz.timezone(zone), moment),
                    expected,
                )

    def test_next_opening(self):
        for moment, expected in (
            (datetime(2026, 11, 20, 7, 30), datetime(2026, 11, 20, 7, 30)),
            (datetime(2026, 11, 20, 11, 30), datetime(2026, 11, 20, 13, 0)),
            (datetime(2026, 11, 20, 18, 0), datetime(2026, 11, 23, 7, 0)),
            (datetime(2026, 12, 20, 18, 0), None),
        ):
            with self.subTest(moment=moment):
                self.assertEqual(
                    calling_hours.next_open(self.hours, COTONOU, moment), expected
                )

    def test_summer_time(self):
        hours = calling_hours.week_hours({6: ((2, 4),)}, date(2027, 3, 28), 1)
        # At two the clock jumps to three
        self.assertEqual(
            calling_hours.next_open(hours, PARIS, datetime(2027, 3, 28, 0, 0)),
            datetime(2027, 3, 28, 1, 0),
        )
        self.assertTrue(
            calling_hours.is_open(hours, PARIS, datetime(2027, 3, 28, 1, 30))
        )
        # In October it is half past two twice; the first counts
        self.assertEqual(
            calling_hours.from_wall(datetime(2026, 10, 25, 2, 30), PARIS),
            datetime(2026, 10, 25, 0, 30),
        )
        self.assertEqual(
            calling_hours.next_midnight(datetime(2026, 10, 24, 23, 0), PARIS),
            datetime(2026, 10, 25, 23, 0),
        )

    def test_open_zones(self):
        zones = ["Africa/Abidjan", "Africa/Tunis", "Not/AZone", "Asia/Tokyo"]
        self.assertEqual(
            calling_hours.open_zones(self.hours, zones, datetime(2026, 11, 20, 7, 0)),
            ["Africa/Tunis", "Asia/Tokyo"],
        )

    def test_without_days(self):
        night = [(datetime(2026, 11, 19, 22), datetime(2026, 11, 21, 2))]
        self.assertEqual(
            calling_hours.without_days(night, [date(2026, 11, 20)]),
            [
                (datetime(2026, 11, 19, 22), datetime(2026, 11, 20)),
                (datetime(2026, 11, 21), datetime(2026, 11, 21, 2)),
            ],
        )
        self.assertEqual(calling_hours.without_days(night, [date(2026, 11, 25)]), night)

    def test_legal_hours(self):
        """Décret n° 2022-1313: Monday to Friday, from 10 to 13 and from 14 to 20."""
        week, _holidays = calling_hours.LEGAL_WEEKS["FR"]
        hours = calling_hours.week_hours(week, date(2026, 11, 16), 7)
        self.assertEqual(len(hours), 10)
        self.assertEqual(
            hours[-1], (datetime(2026, 11, 20, 14), datetime(2026, 11, 20, 20))
        )
