"""Dated prices, engagements, periods of the year and points: tables."""

from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..engine import loyalty, prices

PRICES = [
    (date(2026, 1, 1), 4500),
    (date(2026, 6, 15), 5000),
    (date(2027, 1, 1), 5500),
]


@tagged("post_install", "-at_install", "telecom")
class TestPrices(BaseCase):
    def test_the_price_of_a_day(self):
        for day, amount in (
            (date(2025, 12, 31), None),
            (date(2026, 1, 1), 4500),
            (date(2026, 6, 14), 4500),
            (date(2026, 6, 15), 5000),
            (date(2030, 1, 1), 5500),
        ):
            with self.subTest(day):
                self.assertEqual(prices.price_at(PRICES, day), amount)
        self.assertIsNone(prices.price_at([], date(2026, 1, 1)))

    def test_prices_of_a_period(self):
        june = prices.changes_between(PRICES, date(2026, 6, 1), date(2026, 6, 30))
        self.assertEqual(june, [(date(2026, 6, 1), 4500), (date(2026, 6, 15), 5000)])
        # The last day counts, the first one belongs to what is in force
        edge = prices.changes_between(PRICES, date(2026, 6, 15), date(2027, 1, 1))
        self.assertEqual(edge, [(date(2026, 6, 15), 5000), (date(2027, 1, 1), 5500)])
        before = prices.changes_between(PRICES, date(2025, 12, 1), date(2026, 1, 31))
        self.assertEqual(before, [(date(2026, 1, 1), 4500)])
        self.assertEqual(
            prices.changes_between(PRICES, date(2025, 1, 1), date(2025, 2, 1)), []
        )

    def test_months_are_added_at_their_end(self):
        for day, months, result in (
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2024, 1, 31), 1, date(2024, 2, 29)),
            (date(2026, 11, 30), 1, date(2026, 12, 30)),
            (date(2026, 12, 31), 2, date(2027, 2, 28)),
            (date(2026, 3, 15), 24, date(2028, 3, 15)),
            (date(2026, 3, 15), -3, date(2025, 12, 15)),
        ):
            with self.subTest(day=day, months=months):
                self.assertEqual(prices.add_months(day, months), result)

    def test_months_left_of_an_engagement(self):
        begun = date(2026, 1, 10)
        for ended, left in (
            (date(2026, 1, 10), 12),
            (date(2026, 2, 9), 12),
            (date(2026, 2, 10), 11),
            (date(2026, 12, 10), 1),
            (date(2027, 1, 9), 1),
            (date(2027, 1, 10), 0),
            (date(2029, 1, 1), 0),
        ):
            with self.subTest(ended):
                self.assertEqual(prices.months_left(begun, 12, ended), left)
        self.assertEqual(prices.months_left(begun, 0, begun), 0)

    def test_termination_fees(self):
        for kind, fee, percent, monthly, left, digits, due in (
            ("fixed", 30000, 0, 5000, 3, 0, "30000"),
            ("fixed", 30000, 0, 5000, 0, 0, "0"),
            ("remaining", 0, 50, 60000, 7, 0, "210000"),
            ("remaining", 0, 50, "119", 7, 3, "416.500"),
            # Half up, to the currency's decimals
            ("remaining", 0, 33.33, "9.9", 1, 3, "3.300"),
            ("remaining", 0, 50, 4999, 1, 0, "2500"),
        ):
            with self.subTest(kind=kind, monthly=monthly, left=left):
                self.assertEqual(
                    prices.termination_fee(kind, fee, percent, monthly, left, digits),
                    Decimal(due),
                )

    def test_periods_that_come_every_year(self):
        for begins, ends, first, last in (
            ((9, 1), (10, 15), date(2026, 9, 1), date(2026, 10, 15)),
            # Over the end of the year
            ((12, 15), (1, 5), date(2026, 12, 15), date(2027, 1, 5)),
            ((2, 1), (2, 29), date(2026, 2, 1), date(2026, 2, 28)),
            ((1, 1), (12, 31), date(2026, 1, 1), date(2026, 12, 31)),
        ):
            with self.subTest(begins=begins):
                self.assertEqual(prices.season(2026, begins, ends), (first, last))

    def test_monthly_prices_rise_as_discounts_run_out(self):
        for lines, digits, steps in (
            ([(5000, ())], 0, [(None, 5000)]),
            ([(5000, ((50, 3),))], 0, [(3, 2500), (None, 5000)]),
            # Two promotions on one line, and one that has no end
            ([(100, ((50, 3), (20, 6)))], 0, [(3, 30), (3, 80), (None, 100)]),
            ([(100, ((50, 3), (20, 0)))], 0, [(3, 30), (None, 80)]),
            ([(100, ((70, 2), (70, 4)))], 0, [(2, 0), (2, 30), (None, 100)]),
            # Lines that end at different times, or cost the same before and after
            (
                [(100, ((50, 3),)), (40, ((25, 12),)), (7, ())],
                0,
                [(3, 87), (9, 137), (None, 147)],
            ),
            ([(100, ((10, 2), (10, 2)))], 0, [(2, 80), (None, 100)]),
            ([(0, ((10, 2),)), (100, ())], 0, [(None, 100)]),
            ([(100, ((50, 2),)), (0, ((50, 4),))], 0, [(2, 50), (None, 100)]),
            # Rounded as each line of the bill
            ([(12.345, ((50, 1),))], 3, [(1, 6.173), (None, 12.345)]),
        ):
            with self.subTest(lines=lines):
                found = prices.monthly_steps(lines, digits)
                self.assertEqual(
                    [(months, float(amount)) for months, amount in found], steps
                )

    def test_points_of_a_bill(self):
        # product, quantity, without and with taxes
        lines = [(1, 1, 5000, 5900), (2, 2, 1000, 1180), (None, 1, 100, 118)]
        rule = loyalty.Rule
        for rules, points in (
            ([rule("money", 0.01)], 71.98),
            ([rule("money", 0.01, products=frozenset({1}))], 59.0),
            ([rule("order", 10)], 10),
            ([rule("unit", 2, products=frozenset({2}))], 4),
            ([rule("order", 10, minimum_amount=7198)], 10),
            ([rule("order", 10, minimum_amount=7199)], 0),
            ([rule("order", 10, minimum_amount=6100, tax_included=False)], 10),
            ([rule("order", 10, minimum_amount=6101, tax_included=False)], 0),
            ([rule("order", 10, minimum_quantity=5)], 0),
            ([rule("order", 10, products=frozenset({7}))], 0),
            ([rule("order", 10), rule("money", 0.01)], 81.98),
            # Cut, not rounded, to hundredths
            ([rule("money", 0.0013)], 9.35),
            ([], 0),
        ):
            with self.subTest(rules=rules):
                self.assertEqual(loyalty.points_of(rules, lines), points)
