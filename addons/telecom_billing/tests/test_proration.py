"""The engine of charges: days, history, corrections; no database."""

from datetime import date
from decimal import Decimal as D

from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_billing.engine import proration as p

BASIC, BIG = 1, 2


def change(number, day, kind, product=None, quantity=1, withdrawn=None):
    return p.Change(
        number, date.fromisoformat(day), kind, product, D(quantity), withdrawn
    )


def terms(prices=((BASIC, 3000), (BIG, 9000)), **values):
    return p.Terms(
        prices={
            product: price
            if isinstance(price, list)
            else [(date(2020, 1, 1), D(str(price)))]
            for product, price in prices
        },
        **{"digits": 0, **values},
    )


def day(text):
    return date.fromisoformat(text)


@tagged("post_install", "-at_install", "telecom")
class TestPeriods(BaseCase):
    def test_the_period_of_a_day(self):
        for moment, cycle, first, last in (
            ("2026-01-01", 1, "2026-01-01", "2026-01-31"),
            ("2026-02-28", 1, "2026-02-01", "2026-02-28"),
            ("2028-02-29", 1, "2028-02-01", "2028-02-29"),
            ("2026-03-14", 15, "2026-02-15", "2026-03-14"),
            ("2028-03-14", 15, "2028-02-15", "2028-03-14"),
            ("2026-03-15", 15, "2026-03-15", "2026-04-14"),
            ("2026-01-27", 28, "2025-12-28", "2026-01-27"),
            ("2026-12-31", 28, "2026-12-28", "2027-01-27"),
            ("2026-03-28", 28, "2026-03-28", "2026-04-27"),
        ):
            with self.subTest(moment=moment, cycle=cycle):
                self.assertEqual(
                    p.period_of(day(moment), cycle), (day(first), day(last))
                )

    def test_periods_follow_each_other_without_a_gap(self):
        for cycle in (1, 15, 28):
            found = list(p.periods(day("2027-11-05"), day("2029-03-20"), cycle))
            for (_first, last), (following, _last) in zip(
                found, found[1:], strict=False
            ):
                self.assertEqual((following - last).days, 1)


@tagged("post_install", "-at_install", "telecom")
class TestHistory(BaseCase):
    def test_the_state_on_a_day(self):
        changes = [
            change(1, "2026-01-10", "start", BASIC),
            change(2, "2026-02-01", "suspend"),
            change(3, "2026-02-11", "resume"),
            change(4, "2026-03-01", "offer", BIG),
            change(5, "2026-04-01", "terminate"),
        ]
        for moment, state, product in (
            ("2026-01-09", "draft", BASIC),
            ("2026-01-10", "active", BASIC),
            ("2026-02-01", "suspended", BASIC),
            ("2026-02-11", "active", BASIC),
            ("2026-03-01", "active", BIG),
            ("2026-03-31", "active", BIG),
            ("2026-04-01", "terminated", BIG),
        ):
            with self.subTest(moment):
                found, span = p.state_on(changes, day(moment))
                self.assertEqual((found, span.product_id), (state, product))

    def test_what_is_withdrawn_did_not_happen(self):
        changes = [
            change(1, "2026-01-01", "start", BASIC),
            change(2, "2026-02-01", "offer", BIG),
            change(3, "2026-02-01", "withdraw", withdrawn=2),
        ]
        self.assertEqual(p.state_on(changes, day("2026-02-05"))[1].product_id, BASIC)
        changes.append(change(4, "2026-02-01", "withdraw", withdrawn=3))
        self.assertEqual(p.state_on(changes, day("2026-02-05"))[1].product_id, BIG)

    def test_a_change_in_the_past_holds_until_the_next(self):
        changes = [
            change(1, "2026-01-01", "start", BASIC),
            change(2, "2026-03-01", "offer", BIG),
            change(3, "2026-02-01", "quantity", quantity=3),
        ]
        self.assertEqual(
            [(s.date_from.month, s.product_id, s.quantity) for s in p.spans(changes)],
            [(1, BASIC, 1), (2, BASIC, 3), (3, BIG, 3)],
        )

    def test_what_contradicts_is_passed_over(self):
        changes = [
            change(1, "2026-01-01", "suspend"),
            change(2, "2026-01-05", "start", BASIC),
            change(3, "2026-01-06", "resume"),
            change(4, "2026-01-07", "start", BIG),
            change(5, "2026-01-20", "terminate"),
            change(6, "2026-01-25", "resume"),
        ]
        (span,) = p.spans(changes)
        self.assertEqual(
            (span.date_from, span.date_to, span.product_id),
            (day("2026-01-05"), day("2026-01-19"), BASIC),
        )


@tagged("post_install", "-at_install", "telecom")
class TestCharges(BaseCase):
    def _due(self, changes, first, last, charged=(), closed=(), **values):
        return p.due(
            7,
            p.spans(changes),
            terms(**values),
            day(first),
            day(last),
            charged,
            [(day(a), day(b)) for a, b in closed],
        )

    def _as_charged(self, charges):
        return [
            p.Charged(c.kind, c.key, c.product_id, c.date_from, c.date_to, c.amount)
            for c in charges
        ]

    def test_days_of_a_period(self):
        start = change(1, "2020-01-01", "start", BASIC)
        for label, changes, first, last, cycle, expected in (
            ("whole", [start], "2026-11-01", "2026-11-30", 1, [3000]),
            (
                "begins on the last day",
                [change(1, "2026-11-30", "start", BASIC)],
                "2026-11-01",
                "2026-11-30",
                1,
                [100],
            ),
            (
                "begins in February of a leap year",
                [change(1, "2028-02-15", "start", BASIC)],
                "2028-02-01",
                "2028-02-29",
                1,
                [1552],  # 3000 × 15 / 29 = 1551.72
            ),
            (
                "ends: the day of the end is not served",
                [start, change(2, "2026-11-16", "terminate")],
                "2026-11-01",
                "2026-11-30",
                1,
                [1500],
            ),
            (
                "offer changes on the 11th",
                [start, change(2, "2026-11-11", "offer", BIG)],
                "2026-11-01",
                "2026-11-30",
                1,
                [1000, 6000],
            ),
            (
                "other cycle, 31 days",
                [start, change(2, "2027-01-20", "offer", BIG)],
                "2027-01-15",
                "2027-02-14",
                15,
                [484, 7548],  # 3000 × 5 / 31, 9000 × 26 / 31
            ),
            (
                "begins and ends on the same day",
                [
                    change(1, "2026-11-10", "start", BASIC),
                    change(2, "2026-11-10", "terminate"),
                ],
                "2026-11-01",
                "2026-11-30",
                1,
                [],
            ),
        ):
            with self.subTest(label):
                charges = self._due(changes, first, last, cycle_day=cycle)
                self.assertEqual([c.amount for c in charges], expected)

    def test_suspended_days_by_setting(self):
        changes = [
            change(1, "2020-01-01", "start", BASIC),
            change(2, "2026-11-11", "suspend"),
            change(3, "2026-11-21", "resume"),
        ]
        for charge, expected in ((False, [1000, 1000]), (True, [1000, 1000, 1000])):
            with self.subTest(charge):
                charges = self._due(
                    changes, "2026-11-01", "2026-11-30", charge_suspended=charge
                )
                self.assertEqual([c.amount for c in charges], expected)

    def test_a_price_that_changes_within_the_period(self):
        charges = self._due(
            [change(1, "2020-01-01", "start", BASIC)],
            "2026-11-01",
            "2026-11-30",
            prices=[
                (BASIC, [(day("2020-01-01"), D(3000)), (day("2026-11-16"), D(6000))])
            ],
        )
        self.assertEqual([c.amount for c in charges], [1500, 3000])

    def test_discounts_of_some_months(self):
        charges = self._due(
            [change(1, "2020-01-01", "start", BASIC)],
            "2026-11-01",
            "2026-11-30",
            discounts=((day("2026-09-01"), day("2026-11-15"), D(50)),),
        )
        self.assertEqual(
            [(c.discount, c.amount) for c in charges], [(50, 750), (0, 1500)]
        )

    def test_three_decimals_of_the_dinar(self):
        charges = self._due(
            [change(1, "2026-11-11", "start", BASIC)],
            "2026-11-01",
            "2026-11-30",
            prices=[(BASIC, D("29.900"))],
            digits=3,
        )
        self.assertEqual([c.amount for c in charges], [D("19.933")])

    def test_nothing_is_charged_twice(self):
        changes = [change(1, "2020-01-01", "start", BASIC)]
        part = self._due(changes, "2026-11-01", "2026-11-14")
        self.assertEqual([c.amount for c in part], [1400])
        rest = self._due(changes, "2026-11-01", "2026-11-30", self._as_charged(part))
        self.assertEqual(
            [(c.date_from.day, c.date_to.day, c.amount) for c in rest], [(15, 30, 1600)]
        )
        everything = self._as_charged([*part, *rest])
        self.assertFalse(self._due(changes, "2026-11-01", "2026-11-30", everything))

    def test_a_change_in_the_past_is_corrected_once(self):
        changes = [change(1, "2020-01-01", "start", BASIC)]
        first = self._as_charged(self._due(changes, "2026-10-01", "2026-10-31"))
        changes.append(change(2, "2026-10-17", "offer", BIG))
        second = self._due(
            changes, "2026-11-01", "2026-11-30", first, [("2026-10-01", "2026-10-31")]
        )
        # 15 of 31 days at 9000 instead of 3000
        self.assertEqual(
            [(c.kind, c.amount) for c in second],
            [("recurring", 9000), ("correction", 2903)],
        )
        everything = [*first, *self._as_charged(second)]
        self.assertFalse(
            self._due(
                changes,
                "2026-11-01",
                "2026-11-30",
                everything,
                [("2026-10-01", "2026-10-31")],
            )
        )
        # And back again: another correction, by another name
        changes.append(change(3, "2026-10-17", "withdraw", withdrawn=2))
        third = self._due(
            changes,
            "2026-12-01",
            "2026-12-31",
            everything,
            [("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-30")],
        )
        self.assertEqual(
            [(c.kind, c.key, c.amount) for c in third if c.kind == "correction"],
            [
                ("correction", "recurring:2", -2903),
                ("correction", "recurring:1", -6000),
            ],
        )

    def test_an_end_in_the_past_gives_money_back(self):
        changes = [change(1, "2020-01-01", "start", BASIC)]
        first = self._as_charged(self._due(changes, "2026-11-01", "2026-11-30"))
        changes.append(change(2, "2026-11-16", "terminate"))
        charges = self._due(
            changes, "2026-12-01", "2026-12-31", first, [("2026-11-01", "2026-11-30")]
        )
        self.assertEqual([(c.kind, c.amount) for c in charges], [("correction", -1500)])

    def test_a_start_in_a_billed_period_is_charged_afterwards(self):
        changes = [change(1, "2026-10-22", "start", BASIC)]
        charges = self._due(
            changes, "2026-11-01", "2026-11-30", (), [("2026-10-01", "2026-10-31")]
        )
        self.assertEqual(
            [(c.date_from.isoformat(), c.amount) for c in charges],
            [("2026-10-22", 968), ("2026-11-01", 3000)],
        )
        # Of a period that was never billed, nothing is
        charges = self._due(changes, "2026-11-01", "2026-11-30")
        self.assertEqual([c.amount for c in charges], [3000])

    def test_usage_is_charged_once_and_late_records_as_a_difference(self):
        october = p.Total("voice", day("2026-10-01"), day("2026-10-31"), D("1200.4"))
        first = p.usage(
            7, BASIC, [october], terms(), day("2026-10-01"), day("2026-10-31")
        )
        self.assertEqual([(c.kind, c.amount) for c in first], [("usage", 1200)])
        charged = self._as_charged(first)
        october = p.Total("voice", day("2026-10-01"), day("2026-10-31"), D("1500"))
        november = p.Total("voice", day("2026-11-01"), day("2026-11-30"), D("100"))
        second = p.usage(
            7,
            BASIC,
            [october, november],
            terms(),
            day("2026-11-01"),
            day("2026-11-30"),
            charged,
        )
        self.assertEqual(
            [(c.kind, c.amount) for c in second], [("correction", 300), ("usage", 100)]
        )
        self.assertEqual(len({(c.kind, c.date_from, c.key) for c in second}), 2)

    def test_allowances_by_days(self):
        spans = p.spans([change(1, "2026-11-21", "start", BASIC)])
        for quantity, expected in ((3600, 1200), (1, 1), (0, 0)):
            with self.subTest(quantity):
                self.assertEqual(
                    p.allowance(
                        quantity, spans, day("2026-11-01"), day("2026-11-30"), BASIC
                    ),
                    expected,
                )
        self.assertEqual(
            p.allowance(3600, spans, day("2026-12-01"), day("2026-12-31"), BASIC), 3600
        )
