from odoo.tests import tagged

from .common_invoice import InvoiceCase


@tagged("post_install", "-at_install", "telecom")
class TestTimeline(InvoiceCase):
    """Invoices among what happened between a customer and his operator."""

    charts = ("bj",)

    def _invoices(self, user, partner=None):
        return [
            entry
            for entry in (partner or self.afi).with_user(user)._telecom_timeline()
            if entry["icon"] == "fa-file-text-o"
        ]

    def test_invoices_with_what_is_due_and_paid(self):
        move = self._invoice(self.account_afi, ("Forfait", 10000), post=True)
        self._invoice(self.account_afi, ("Brouillon", 5000))
        (entry,) = self._invoices(self.biller_benin)
        self.assertIn(move.name, entry["title"])
        self.assertIn("Due on", entry["text"])
        self.assertTrue(entry["url"])
        self.assertRegex(entry["text"], r"11.800")
        self._pay(move, 1800)
        (entry,) = self._invoices(self.biller_benin)
        self.assertIn("left to pay", entry["text"])
        self._pay(move)
        (entry,) = self._invoices(self.biller_benin)
        self.assertIn("Paid", entry["text"])

    def test_overdue(self):
        self._invoice(
            self.account_afi,
            ("Forfait", 10000),
            post=True,
            invoice_date="2026-01-01",
            invoice_date_due="2026-01-15",
            invoice_payment_term_id=False,
        )
        (entry,) = self._invoices(self.biller_benin)
        self.assertIn("Overdue", entry["text"])

    def test_the_back_office_sees_no_amounts(self):
        move = self._invoice(self.account_afi, ("Forfait", 10000), post=True)
        (entry,) = self._invoices(self.clerk_benin)
        self.assertIn(move.name, entry["title"])
        self.assertNotRegex(entry["text"], r"11.800")
        self.assertIsNone(entry["url"])
        self.assertFalse(self._invoices(self.seller_benin))

    def test_a_closed_module_shows_none(self):
        self._invoice(self.account_afi, ("Forfait", 10000), post=True)
        self.benin._telecom_set_module("billing", "off")
        self.assertFalse(self._invoices(self.clerk_benin))
