from odoo.tests import BaseCase, tagged

from ..engine import anomalies, tested_classes


@tagged("post_install", "-at_install", "telecom")
class TestAnomalies(BaseCase):
    def test_what_stands_out(self):
        cases = [
            # amount, before, charges, usage, used before: expected
            ((1000, 1000, 1, False, False), None),
            ((1499, 1000, 1, False, False), None),
            ((1501, 1000, 1, False, False), "up"),
            ((499, 1000, 1, False, False), "down"),
            ((1000, None, 1, False, False), "new"),
            ((0, 1000, 0, False, False), "gone"),
            ((0, None, 0, False, False), None),
            ((0, 1000, 2, False, False), "zero"),
            ((-1, 1000, 2, False, False), "negative"),
            ((1000, 1000, 1, False, True), "usage"),
            ((1000, 1000, 2, True, True), None),
            # From nothing to something is more than any percentage, but not a change
            ((1000, 0, 1, False, False), None),
        ]
        for (amount, before, charges, usage, used), expected in cases:
            with self.subTest(amount=amount, before=before, charges=charges):
                self.assertEqual(
                    anomalies.anomaly(
                        amount,
                        before,
                        50.0,
                        charges=charges,
                        usage=usage,
                        used_before=used,
                    ),
                    expected,
                )

    def test_change(self):
        self.assertEqual(anomalies.change(150, 100), 50)
        self.assertEqual(anomalies.change(-50, -100), 50)
        self.assertEqual(anomalies.change(100, 0), 0)

    def test_a_class_of_an_unknown_addon_is_named(self):
        known = type("AccountMove", (), {})
        known.__module__ = "odoo.addons.account.models.account_move"
        stranger = type("AccountMove", (), {"_post": lambda self: self})
        stranger.__module__ = "odoo.addons.account_stranger.models.account_move"
        core = type("BaseModel", (), {})
        core.__module__ = "odoo.orm.models"
        self.assertEqual(
            tested_classes.unknown([known, stranger, core]),
            ["odoo.addons.account_stranger.models.account_move"],
        )
