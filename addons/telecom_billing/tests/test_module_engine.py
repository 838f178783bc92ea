"""The calendar and the amounts of what operators pay for modules: no database."""

from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..engine import modules as rules

D = date(2026, 3, 8)
NEEDS = {"offers": (), "billing": ("offers",), "claims": (), "stock": ()}
CATALOGUE = tuple(NEEDS)


def on(days):
    return D + timedelta(days=days)


@tagged("post_install", "-at_install", "telecom")
class TestModuleCalendar(BaseCase):
    def test_states_follow_the_days_after_the_due_date(self):
        for days, state in (
            (-7, "active"),
            (0, "active"),
            (1, "past_due"),
            (13, "past_due"),
            (14, "restricted"),
            (20, "restricted"),
            (21, "suspended"),
            (89, "suspended"),
            (90, "closed"),
            (179, "closed"),
            (180, "purged"),
            (400, "purged"),
        ):
            with self.subTest(days):
                self.assertEqual(rules.state_on(on(days), None, D), state)

    def test_nothing_owed_is_active_and_a_trial_ends(self):
        self.assertEqual(rules.state_on(D, None, None), "active")
        self.assertEqual(rules.state_on(D, D, None), "trial")
        self.assertEqual(rules.state_on(on(1), D, None), "active")

    def test_each_letter_has_its_day(self):
        told, found = [], []
        for days in range(-8, 200):
            step = rules.pending_step(on(days), D, told)
            if step:
                told.append(step)
                found.append((days, step))
        self.assertEqual(tuple(found), rules.STANDARD.steps)
        self.assertEqual(
            [days for days, _step in found],
            [-7, 0, 1, 9, 10, 13, 14, 20, 21, 90, 150, 173, 180],
        )

    def test_after_an_outage_one_letter_and_none_when_the_clock_goes_back(self):
        self.assertEqual(rules.pending_step(on(15), D, ["invoice"]), "restricted")
        told = ["invoice", "restricted"]
        for days in (15, 13, 9, 1, 0, -7):
            with self.subTest(days):
                self.assertIsNone(rules.pending_step(on(days), D, told))
        self.assertEqual(rules.pending_step(on(20), D, told), "before_suspension")

    def test_modules_are_added_until_the_tenth_day(self):
        for days, allowed in ((-7, True), (9, True), (10, False), (90, False)):
            with self.subTest(days):
                self.assertEqual(rules.may_add(on(days), D), allowed)
        self.assertTrue(rules.may_add(D, None))

    def test_the_next_step_is_announced(self):
        self.assertEqual(rules.next_step(on(2), D), (on(9), "reminder"))
        self.assertEqual(rules.next_step(on(13), D), (on(14), "restricted"))
        self.assertEqual(rules.next_step(on(90), D), (on(150), "before_purge"))
        self.assertIsNone(rules.next_step(on(180), D))

    def test_a_calendar_of_ones_own(self):
        mine = rules.Calendar(due=10, no_new=4, restricted=6, suspended=30)
        self.assertEqual(
            [days for days, _step in mine.steps][:9], [-10, 0, 1, 3, 4, 5, 6, 29, 30]
        )
        self.assertEqual(rules.state_on(on(6), None, D, mine), "restricted")
        self.assertEqual(rules.state_on(on(29), None, D, mine), "restricted")
        self.assertFalse(rules.may_add(on(4), D, mine))

    def test_steps_stand_in_their_order(self):
        for values, wrong in (
            ({"trial": -1}, "trial"),
            ({"no_new": 2}, "no_new"),
            ({"restricted": 11}, "restricted"),
            ({"suspended": 14}, "suspended"),
            ({"closed": 22}, "closed"),
            ({"purged": 120}, "purged"),
        ):
            with self.subTest(values), self.assertRaisesRegex(ValueError, f"^{wrong}$"):
                rules.Calendar(**values)

    def test_how_far_modules_are_open(self):
        everything = set(CATALOGUE)
        for state, has, unpaid, expected in (
            ("active", everything, (), "on on on on"),
            ("past_due", everything, everything, "on on on on"),
            ("active", {"billing"}, (), "on on off off"),
            # Claims of the operator's own customers go on
            ("restricted", everything, everything, "readonly readonly on readonly"),
            # What was paid works, and what it needs
            ("restricted", everything, {"offers", "stock"}, "on on on readonly"),
            ("restricted", everything, {"billing"}, "on readonly on on"),
            ("restricted", {"stock"}, {"stock"}, "off off off readonly"),
            ("suspended", everything, {"stock"}, "off off off off"),
            ("closed", everything, (), "off off off off"),
            ("purged", everything, (), "off off off off"),
        ):
            with self.subTest(state=state, has=has, unpaid=unpaid):
                found = rules.module_states(state, has, unpaid, CATALOGUE, NEEDS)
                self.assertEqual([found[code] for code in CATALOGUE], expected.split())
        self.assertIsNone(rules.module_states("trial", (), (), CATALOGUE, NEEDS))

    def test_dependencies(self):
        self.assertEqual(rules.required({"billing"}, NEEDS), {"billing", "offers"})
        self.assertEqual(rules.dependent("offers", CATALOGUE, NEEDS), {"billing"})
        self.assertEqual(rules.dependent("billing", CATALOGUE, NEEDS), set())


def price(key, amount, *codes):
    return rules.Price((key,), Decimal(amount), frozenset(codes or [key]))


@tagged("post_install", "-at_install", "telecom")
class TestModuleCharges(BaseCase):
    def _amounts(self, month, spans, prices, unbilled=(), quantum="1"):
        lines = rules.charges(
            *rules.month_of(month), spans, unbilled, prices, Decimal(quantum)
        )
        return {line.key[0]: (line.days, line.amount) for line in lines}

    def test_months_of_all_lengths(self):
        for day, days in (
            (date(2026, 2, 10), 28),
            (date(2028, 2, 29), 29),
            (date(2026, 4, 1), 30),
            (date(2026, 12, 31), 31),
        ):
            with self.subTest(day):
                found = self._amounts(
                    day, [("a", date(2020, 1, 1), None)], [price("a", 90_000)]
                )
                self.assertEqual(found, {"a": (days, 90_000)})

    def test_a_module_of_half_a_month_costs_its_days(self):
        prices = [price("a", "300.000")]
        found = self._amounts(
            date(2026, 4, 1), [("a", date(2026, 4, 20), None)], prices, (), "0.001"
        )
        self.assertEqual(found, {"a": (11, Decimal("110.000"))})
        found = self._amounts(
            date(2026, 2, 1), [("a", date(2026, 2, 26), None)], prices, (), "0.001"
        )
        self.assertEqual(found, {"a": (3, Decimal("32.143"))})

    def test_trial_and_suspension_cost_nothing(self):
        spans = [("a", date(2026, 1, 1), None)]
        for unbilled, days in (
            ([(date(2026, 4, 1), date(2026, 4, 10))], 20),
            ([(date(2026, 4, 25), None)], 24),
            ([(date(2026, 3, 1), None)], None),
        ):
            with self.subTest(unbilled):
                found = self._amounts(
                    date(2026, 4, 1), spans, [price("a", 30)], unbilled
                )
                self.assertEqual(found.get("a", (None,))[0], days)

    def test_the_day_of_the_return_is_charged_again(self):
        self.assertEqual(
            rules.suspended_spans(
                [
                    (on(-30), "active"),
                    (on(21), "suspended"),
                    (on(90), "closed"),
                    (on(95), "active"),
                    (on(100), "suspended"),
                ]
            ),
            [(on(21), on(94)), (on(100), None)],
        )
        self.assertEqual(rules.suspended_spans([(D, "suspended"), (D, "active")]), [])

    def test_the_days_of_pauses(self):
        for asked, found in (
            ([], []),
            ([(on(1), on(5))], [(on(1), on(5))]),
            ([(on(1), on(5)), (on(3), None)], [(on(1), on(2))]),
            ([(on(1), on(5)), (on(1), None)], []),
            ([(on(1), on(5)), (on(9), None)], [(on(1), on(5))]),
            ([(on(1), on(5)), (on(1), None), (on(8), on(9))], [(on(8), on(9))]),
        ):
            with self.subTest(asked):
                self.assertEqual(rules.pause_spans(asked), found)

    def test_what_is_open_in_a_pause(self):
        self.assertEqual(rules.state_on(D, None, None, paused=True), "paused")
        self.assertEqual(rules.state_on(D, D, None, paused=True), "trial")
        self.assertEqual(rules.state_on(on(1), None, D, paused=True), "past_due")
        self.assertEqual(
            rules.module_states("paused", {"b"}, set(), ("a", "b", "c"), {"b": ["a"]}),
            {"a": "readonly", "b": "readonly", "c": "off"},
        )
        # Who owes something besides does not work for nothing in his pause
        for state in ("past_due", "restricted"):
            found = rules.module_states(state, {"a"}, {"a"}, ("a",), {}, paused=True)
            self.assertEqual(found, {"a": "readonly"})
        found = rules.module_states("suspended", {"a"}, {"a"}, ("a",), {}, paused=True)
        self.assertEqual(found, {"a": "off"})

    def test_the_cheapest_prices_pay_for_each_module_once(self):
        prices = [
            price("a", 50),
            price("b", 60),
            price("c", 70),
            price("ab", 80, "a", "b"),
            price("suite", 140, "a", "b", "c"),
        ]
        for modules, expected in (
            ("a", {"a"}),
            ("ab", {"ab"}),
            ("ac", {"a", "c"}),
            ("abc", {"suite"}),
            ("", set()),
            # Without a price: free
            ("az", {"a"}),
        ):
            with self.subTest(modules):
                found = rules.cover(frozenset(modules), prices)
                self.assertEqual({one.key[0] for one in found}, expected)
        # A bundle that costs more than its modules is not taken
        dear = [price("a", 5), price("b", 6), price("ab", 80, "a", "b")]
        found = rules.cover(frozenset("ab"), dear)
        self.assertEqual({one.key[0] for one in found}, {"a", "b"})

    def test_a_bundle_counts_from_the_day_it_is_whole(self):
        found = self._amounts(
            date(2026, 4, 1),
            [("a", date(2026, 1, 1), None), ("b", date(2026, 4, 16), None)],
            [price("a", 50), price("b", 60), price("ab", 80, "a", "b")],
        )
        self.assertEqual(found, {"a": (15, 25), "ab": (15, 40)})

    def test_months_to_bill(self):
        for until, today, months in (
            (date(2026, 1, 31), date(2026, 2, 28), []),
            (date(2026, 1, 31), date(2026, 3, 1), [2]),
            (date(2025, 11, 30), date(2026, 3, 1), [12, 1, 2]),
            (date(2026, 1, 14), date(2026, 2, 1), [1]),
            # The clock went back
            (date(2026, 3, 31), date(2026, 2, 1), []),
        ):
            with self.subTest(until=until, today=today):
                found = rules.months_to_bill(until, today)
                self.assertEqual([first.month for first, _last in found], months)
