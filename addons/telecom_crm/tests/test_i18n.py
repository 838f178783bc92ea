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

    def test_the_portals_discussion_speaks_french(self):
        Http = self.env["ir.http"]
        terms, _language = Http._get_translations_for_webclient(
            Http._get_translation_frontend_modules_name(), "fr_FR"
        )
        messages = {one["id"]: one["string"] for one in terms["mail"]["messages"]}
        self.assertEqual(
            messages.get("The conversation is empty."), "La conversation est vide."
        )
