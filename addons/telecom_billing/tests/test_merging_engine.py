from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_billing.engine.merging import Candidate, plan


@tagged("post_install", "-at_install", "telecom")
class TestMergingPlan(BaseCase):
    def test_what_goes_together(self):
        cases = [
            ("nothing", [], [], {}),
            ("one", [Candidate(1, ("a",))], [], {1: ""}),
            ("two", [Candidate(1, ("a",)), Candidate(2, ("a",))], [(1, 2)], {}),
            (
                "payers apart",
                [Candidate(1, ("a",)), Candidate(2, ("b",))],
                [],
                {1: "", 2: ""},
            ),
            (
                "accounts apart",
                [Candidate(1, ("a",), 7), Candidate(2, ("a",), 8)],
                [],
                {1: "", 2: ""},
            ),
            (
                "without account joins the only one",
                [Candidate(1, ("a",), 7), Candidate(2, ("a",))],
                [(1, 2)],
                {},
            ),
            (
                "with two accounts, those without stay among themselves",
                [
                    Candidate(1, ("a",), 7),
                    Candidate(2, ("a",), 8),
                    Candidate(3, ("a",)),
                    Candidate(4, ("a",)),
                ],
                [(3, 4)],
                {1: "", 2: ""},
            ),
            (
                "refused ones are left alone, with their reason",
                [
                    Candidate(1, ("a",)),
                    Candidate(2, ("a",), reason="paid"),
                    Candidate(3, ("a",)),
                ],
                [(1, 3)],
                {2: "paid"},
            ),
        ]
        for name, candidates, groups, alone in cases:
            with self.subTest(name):
                self.assertEqual(plan(candidates), (groups, alone))
