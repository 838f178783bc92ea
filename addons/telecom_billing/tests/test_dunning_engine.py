from datetime import date

from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_billing.engine.dunning import Level, due_on, next_step
from odoo.addons.telecom_billing.engine.words import in_words

WARN, FEE, SUSPEND = Level(1, 3), Level(2, 10), Level(3, 15)
LEVELS = [SUSPEND, WARN, FEE]


def weekdays(day):
    return day.weekday() < 5


def closed_in_may(day):
    return weekdays(day) and day != date(2026, 5, 1)


@tagged("post_install", "-at_install", "telecom")
class TestDunningEngine(BaseCase):
    def test_the_day_of_a_level(self):
        cases = [
            ("a weekday", date(2026, 6, 1), Level(1, 3), weekdays, date(2026, 6, 4)),
            ("a Saturday", date(2026, 6, 3), Level(1, 3), weekdays, date(2026, 6, 8)),
            (
                "Labour Day on a Friday",
                date(2026, 4, 28),
                Level(1, 3),
                closed_in_may,
                date(2026, 5, 4),
            ),
            (
                "working days only",
                date(2026, 6, 4),
                Level(1, 3, True),
                weekdays,
                date(2026, 6, 9),
            ),
            (
                "29 February",
                date(2028, 2, 26),
                Level(1, 3),
                weekdays,
                date(2028, 2, 29),
            ),
            (
                "no working day at all",
                date(2026, 6, 1),
                Level(1, 3),
                lambda day: False,
                date(2026, 6, 4),
            ),
        ]
        for name, start, level, working, expected in cases:
            with self.subTest(name):
                self.assertEqual(due_on(start, level, working), expected)

    def test_what_comes_next(self):
        start = date(2026, 6, 1)
        cases = [
            ("nothing done", None, None, (WARN, date(2026, 6, 4))),
            ("warned in time", 1, date(2026, 6, 4), (FEE, date(2026, 6, 11))),
            # A week apart as planned, although the fee's own day is over
            ("warned late", 1, date(2026, 6, 15), (FEE, date(2026, 6, 22))),
            ("charged", 2, date(2026, 6, 11), (SUSPEND, date(2026, 6, 16))),
            ("all done", 3, date(2026, 6, 16), None),
            ("the level is gone", 99, date(2026, 6, 16), (WARN, date(2026, 6, 4))),
        ]
        for name, done, done_on, expected in cases:
            with self.subTest(name):
                self.assertEqual(
                    next_step(LEVELS, start, done, done_on, weekdays), expected
                )
        self.assertIsNone(next_step([], start, None, None, weekdays))

    def test_amounts_in_words(self):
        cases = [
            (0, "XOF", 0, "zéro franc CFA"),
            (1, "XOF", 0, "un franc CFA"),
            (15500, "XOF", 0, "quinze mille cinq cents francs CFA"),
            (1000000, "XOF", 0, "un million de francs CFA"),
            (2000001, "XOF", 0, "deux millions un francs CFA"),
            (39.08, "TND", 3, "trente-neuf dinars et quatre-vingts millimes"),
            (1.001, "TND", 3, "un dinar et un millime"),
            (0.0004, "TND", 3, "zéro dinar"),
            (1, "TND", 3, "un dinar"),
            (12, "GBP", 2, ""),
            (-1, "XOF", 0, ""),
        ]
        for amount, currency, decimals, expected in cases:
            with self.subTest(f"{amount} {currency}"):
                self.assertEqual(in_words(amount, currency, decimals), expected)
