from odoo.tests import tagged

from .common import FrenchCase


@tagged("post_install", "-at_install", "telecom")
class TestFrench(FrenchCase):
    french_addon = "telecom_crm"

    def test_french_is_complete(self):
        self._assert_complete()

    def test_the_words_of_the_trade(self):
        for english, french in (
            ("Operator", "Opérateur"),
            ("Customers", "Clients"),
            ("Line", "Ligne"),
            ("Claims", "Réclamations"),
            ("Prospects", "Prospects"),
            ("Segment", "Segment"),
        ):
            with self.subTest(english):
                self.assertEqual(self.french.get(english), french)
