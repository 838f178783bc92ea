"""A claim about an invoice: of this customer and this operator only."""

from odoo import Command, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common_invoice import InvoiceCase


@tagged("post_install", "-at_install", "telecom")
class TestClaimInvoice(InvoiceCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bill = cls._invoice(cls.account_afi, ("Forfait", 5000), post=True)
        cls.foreign = cls._invoice(cls.account_sami, ("Forfait", 50), post=True)
        codjo = cls._customer(cls.benin, "Codjo", "Voisin")
        account = codjo._telecom_billing_accounts()[codjo.id]
        cls.neighbours = cls._invoice(account, ("Forfait", 4000), post=True)

    def test_the_claim_names_an_invoice_of_its_customer(self):
        claim = self._claim(self.afi).with_user(self.biller_benin)
        claim.telecom_move_id = self.bill
        self.assertEqual(claim.telecom_move_id, self.bill)
        with self.assertRaises(UserError):
            claim.telecom_move_id = self.neighbours
        with self.assertRaises(AccessError):
            claim.telecom_move_id = self.foreign
        with self.assertRaises(UserError):
            claim.sudo().telecom_move_id = self.foreign

    def test_a_customer_chooses_his_invoice_on_the_portal(self):
        user = new_test_user(
            self.env,
            "t.portal.afi",
            groups="base.group_portal",
            partner_id=self.afi.id,
            company_id=self.benin.id,
            company_ids=[Command.set(self.benin.ids)],
        )
        self.authenticate(user.login, user.login)
        page = self.url_open("/new/ticket").text
        self.assertIn(self.bill.name, page)
        self.assertNotIn(f'value="{self.neighbours.id}"', page)
        for move, wanted in (
            (self.bill, self.bill),
            (self.neighbours, self.bill.browse()),
            (self.foreign, self.bill.browse()),
        ):
            self.url_open(
                "/submitted/ticket",
                data={
                    "csrf_token": http.Request.csrf_token(self),
                    "subject": "Facture contestée",
                    "category": "branch:financial",
                    "invoice": move.id,
                },
            )
            claim = self.env["helpdesk.ticket"].search(
                [("partner_id", "=", self.afi.id)], order="id desc", limit=1
            )
            self.assertEqual(claim.telecom_move_id, wanted)
        claim.telecom_move_id = self.bill
        self.env.flush_all()
        self.assertIn(
            f"/my/invoices/{self.bill.id}", self.url_open(f"/my/ticket/{claim.id}").text
        )
