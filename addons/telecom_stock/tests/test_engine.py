from datetime import datetime

from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_crm.tools import sphere

from ..engine import opening


def at(text):
    """A moment of the tests' only month: ``"3 08:30"``."""
    day, hour = text.split()
    return datetime.strptime(f"2026-11-{int(day):02} {hour}", "%Y-%m-%d %H:%M")


def spans(*pairs):
    return [(at(begin), at(end)) for begin, end in pairs]


@tagged("post_install", "-at_install", "telecom")
class TestSphere(BaseCase):
    def test_known_distances(self):
        # Great-circle distances, from published tables: within a thousandth
        for name, here, there, kilometres in (
            ("nowhere", (6.35, 2.43), (6.35, 2.43), 0),
            ("a quarter of the earth", (0, 0), (0, 90), 10007.56),
            ("from pole to pole", (90, 0), (-90, 77), 20015.12),
            ("Paris to London", (48.8567, 2.3508), (51.5072, -0.1275), 343.5),
            ("across the date line", (0, 179.5), (0, -179.5), 111.195),
        ):
            with self.subTest(name):
                self.assertAlmostEqual(
                    sphere.distance(*here, *there) / 1000, kilometres, delta=0.5
                )

    def test_what_is_a_place(self):
        for sent, expected in (
            (("6.35", "2.43"), (6.35, 2.43)),
            ((0, 0), (0, 0)),
            (("91", "0"), None),
            (("0", "180.1"), None),
            (("nan", "0"), None),
            (("inf", "0"), None),
            (("", None), None),
            (("6,35", "2,43"), None),
        ):
            with self.subTest(sent):
                self.assertEqual(sphere.place(*sent), expected)


@tagged("post_install", "-at_install", "telecom")
class TestOpening(BaseCase):
    def test_open_or_when(self):
        day = spans(("2 08:00", "2 12:00"), ("2 14:00", "2 18:00"))
        for moment, expected in (
            ("2 07:59", (False, at("2 08:00"))),
            ("2 08:00", (True, at("2 12:00"))),
            ("2 12:00", (False, at("2 14:00"))),
            ("2 17:59", (True, at("2 18:00"))),
            ("2 18:00", (False, None)),
        ):
            with self.subTest(moment):
                self.assertEqual(opening.state_at(day, at(moment)), expected)

    def test_hours_of_a_day(self):
        for name, intervals, expected in (
            ("none", [], []),
            (
                "a break",
                spans(("2 08:00", "2 12:00"), ("2 14:00", "2 18:30")),
                [("08:00", "12:00"), ("14:00", "18:30")],
            ),
            ("past midnight", spans(("2 20:00", "3 02:00")), [("20:00", "02:00")]),
            ("yesterday's evening", spans(("1 20:00", "2 02:00")), []),
            ("day and night", spans(("1 00:00", "9 00:00")), [("00:00", "24:00")]),
            ("tomorrow", spans(("3 08:00", "3 12:00")), []),
        ):
            with self.subTest(name):
                self.assertEqual(
                    opening.hours_of_day(intervals, at("2 00:00")), expected
                )
