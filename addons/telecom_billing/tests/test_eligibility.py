"""Who may take an offer: tables, without a database."""

from datetime import date

from odoo.tests import BaseCase, tagged

from ..engine.eligibility import (
    REASONS,
    Conditions,
    Customer,
    normal,
    refusal,
    refusal_of_day,
)

DAY = date(2026, 11, 21)
COTONOU = frozenset({"cotonou"})
EVERYBODY = Customer(
    born=date(2000, 11, 21),
    segment=1,
    usage_class=5,
    technologies=frozenset({"mobile"}),
    town="Cotonou",
    state=9,
)
COMPANY = Customer(is_company=True, segment=2)
MOBILE = frozenset({"mobile", "key4g"})


@tagged("post_install", "-at_install", "telecom")
class TestEligibility(BaseCase):
    def test_refusals(self):
        cases = [
            # conditions, customer, reason
            ({}, EVERYBODY, None),
            ({}, Customer(), None),
            ({"sold": False}, EVERYBODY, "not_sold"),
            # The first and the last day are days of sale
            ({"valid_from": DAY}, EVERYBODY, None),
            ({"valid_from": date(2026, 11, 22)}, EVERYBODY, "not_yet"),
            ({"valid_to": DAY}, EVERYBODY, None),
            ({"valid_to": date(2026, 11, 20)}, EVERYBODY, "no_more"),
            ({"seasons": ()}, EVERYBODY, "season"),
            ({"seasons": ((DAY, DAY),)}, EVERYBODY, None),
            (
                {"seasons": ((date(2026, 9, 1), date(2026, 10, 15)),)},
                EVERYBODY,
                "season",
            ),
            ({"customer_type": "person"}, COMPANY, "person"),
            ({"customer_type": "person"}, EVERYBODY, None),
            ({"customer_type": "organisation"}, EVERYBODY, "organisation"),
            ({"customer_type": "organisation"}, COMPANY, None),
            ({"segments": frozenset({1, 3})}, EVERYBODY, None),
            ({"segments": frozenset({3})}, EVERYBODY, "segment"),
            ({"segments": frozenset({3})}, Customer(), "segment"),
            # Born on this day of 2000: 26 years of age today
            ({"age_from": 26}, EVERYBODY, None),
            ({"age_from": 27}, EVERYBODY, "too_young"),
            ({"age_to": 26}, EVERYBODY, None),
            ({"age_to": 25}, EVERYBODY, "too_old"),
            ({"age_from": 18}, Customer(), "birth_date"),
            ({"age_from": 18}, COMPANY, "person"),
            ({"usage_classes": frozenset({5})}, EVERYBODY, None),
            ({"usage_classes": frozenset({6})}, EVERYBODY, "usage_class"),
            ({"usage_classes": frozenset({6})}, Customer(), "usage_class"),
            ({"technologies": MOBILE}, EVERYBODY, None),
            ({"technologies": frozenset({"fibre"})}, EVERYBODY, "technology"),
            ({"technologies": MOBILE}, Customer(), "line_needed"),
            ({"towns": COTONOU, "states": frozenset()}, EVERYBODY, None),
            ({"towns": frozenset({"parakou"}), "states": None}, EVERYBODY, "zone"),
            ({"towns": COTONOU, "states": frozenset()}, Customer(), "zone"),
            # A state is enough, and so is a town
            ({"towns": frozenset(), "states": frozenset({9})}, EVERYBODY, None),
            # What is said first is what helps most: it is not even sold
            ({"sold": False, "segments": frozenset({3})}, EVERYBODY, "not_sold"),
        ]
        for conditions, customer, reason in cases:
            with self.subTest(conditions=conditions, customer=customer):
                found = refusal(Conditions(**conditions), customer, DAY)
                self.assertEqual(found, reason)
                self.assertIn(reason, (None, *REASONS))

    def test_every_reason_is_in_the_table(self):
        """A reason that is never given is a text that is never read."""
        import inspect

        source = inspect.getsource(inspect.getmodule(refusal))
        for reason in REASONS:
            self.assertGreater(source.count(f'"{reason}"'), 1, reason)

    def test_what_is_sold_to_nobody_in_particular(self):
        segments = Conditions(segments=frozenset({3}), towns=COTONOU)
        self.assertIsNone(refusal_of_day(segments, DAY))
        self.assertEqual(refusal_of_day(Conditions(sold=False), DAY), "not_sold")

    def test_towns_as_people_write_them(self):
        for written in (
            "Abomey-Calavi",
            "ABOMEY CALAVI",
            " abomey - calavi ",
            "Abomèy‑Calavi",
        ):
            with self.subTest(written):
                self.assertEqual(normal(written), "abomey calavi")
        self.assertEqual(normal("Savè"), "save")
        self.assertEqual(normal(None), "")

    def test_born_on_29_february(self):
        leap = Customer(born=date(2008, 2, 29))
        adult = Conditions(age_from=18)
        self.assertEqual(refusal(adult, leap, date(2026, 2, 28)), "too_young")
        self.assertIsNone(refusal(adult, leap, date(2026, 3, 1)))
