from odoo.tests import BaseCase, tagged

from ..tools.mail_brand import without_vendor
from .common import OperatorCase

FOOTER = '<p>Powered by <a href="https://www.odoo.com?utm_source=db">Odoo</a></p>'


@tagged("post_install", "-at_install", "telecom")
class TestWithoutVendor(BaseCase):
    def test_lines_and_links(self):
        for body, expected in (
            ("", ""),
            ("<p>Bonjour</p>", "<p>Bonjour</p>"),
            (
                "<p>Bonjour</p>" + FOOTER + "<p>Fin</p>",
                "<p>Bonjour</p><p></p><p>Fin</p>",
            ),
            (
                "<table><tr><td>Généré par <a href='http://www.odoo.com'>Odoo</a></td>"
                "</tr></table>",
                "<table><tr><td></td></tr></table>",
            ),
            (
                '<p>See <a href="https://www.odoo.com/documentation/2fa.html">how to '
                "protect an account</a>.</p>",
                "<p>See how to protect an account.</p>",
            ),
            (
                '<p>About <a href="https://odoo.com.example.bj">us</a></p>',
                '<p>About <a href="https://odoo.com.example.bj">us</a></p>',
            ),
        ):
            with self.subTest(body):
                self.assertEqual(without_vendor(body), expected)

    def test_a_whole_document(self):
        text = without_vendor(f"<html><body><p>Bonjour</p>{FOOTER}</body></html>")
        self.assertIn("<body>", text)
        self.assertIn("Bonjour", text)
        self.assertNotIn("odoo", text.lower())


@tagged("post_install", "-at_install", "telecom")
class TestMail(OperatorCase):
    """E-mails of operators, and of companies that are none."""

    def _body(self, partner, **values):
        mail = self.env["mail.mail"].create(
            {"body_html": FOOTER, "recipient_ids": partner.ids, **values}
        )
        return mail._prepare_outgoing_body()

    def test_an_operators_mail_names_nobody_else(self):
        customer = self._customer(self.benin, "Ana", "Bio", email="ana@example.com")
        friend = self.env["res.partner"].create({"name": "Un ami"})
        self.assertNotIn("Odoo", self._body(customer))
        self.assertNotIn(
            "Odoo",
            self._body(friend, model="res.users", res_id=self.clerk_benin.id),
        )
        self.assertIn("Odoo", self._body(friend), "Nothing of an operator's")

    def test_logins_are_shown_as_typed(self):
        customer = self._customer(self.benin, "Ana", "Bio", email="ana@example.com")
        login = f"ana@example.com@@{self.benin.id}"
        body = self._body(customer, body_html=f"<p>Identifiant : {login}</p>")
        self.assertEqual(body, "<p>Identifiant : ana@example.com</p>")
        other = f"<p>a@@{self.tunisia.id} @@{self.benin.id}</p>"
        self.assertEqual(self._body(customer, body_html=other), other)
