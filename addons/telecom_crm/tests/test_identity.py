from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_crm.tools import identity

CARD, PASSPORT = "identity_card", "passport"


@tagged("post_install", "-at_install", "telecom")
class TestIdentity(BaseCase):
    def test_a_document_is_compared_with_what_is_known(self):
        shown = (CARD, "bj1234")
        for known, expected in (
            ([], identity.UNKNOWN),
            ([(CARD, "bj1234", "rejected")], identity.UNKNOWN),
            ([(CARD, "bj1234", "verified")], identity.MATCH),
            ([(CARD, "bj1234", "pending")], identity.MATCH),
            ([(CARD, "bj9999", "pending")], identity.DIFFERENT),
            ([(PASSPORT, "bj1234", "verified")], identity.DIFFERENT),
            ([(CARD, "bj1234", "expired")], identity.ENDED),
            # Renewed under the same number
            (
                [(CARD, "bj1234", "expired"), (CARD, "bj1234", "verified")],
                identity.MATCH,
            ),
            # What nobody looked at does not stand against what was verified
            (
                [(PASSPORT, "p555", "verified"), (CARD, "bj1234", "pending")],
                identity.DIFFERENT,
            ),
            (
                [(PASSPORT, "p555", "expired"), (CARD, "bj1234", "pending")],
                identity.DIFFERENT,
            ),
        ):
            with self.subTest(known):
                self.assertEqual(identity.compare(shown, known), expected)
