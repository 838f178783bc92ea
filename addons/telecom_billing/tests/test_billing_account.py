from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_invoice import InvoiceCase


@tagged("post_install", "-at_install", "telecom")
class TestBillingAccount(InvoiceCase):
    charts = ("bj",)

    def test_a_customer_gets_one_account_and_keeps_it(self):
        awa = self._customer(self.benin, "Awa", "Bio", telecom_billing_account="X-77")
        both = awa | self.afi
        accounts = both._telecom_billing_accounts()
        self.assertEqual(accounts[self.afi.id], self.account_afi)
        self.assertEqual(accounts[awa.id].number, "X-77")
        self.assertEqual(both._telecom_billing_accounts(), accounts)
        self.assertEqual(self.afi.telecom_billing_account, self.account_afi.number)
        self.assertEqual(self.account_sami.currency_id.name, "TND")

    def test_whoever_pays_gets_the_invoices(self):
        payer = self._customer(self.benin, "Bio", "Payeur", email="payeur@example.com")
        self.account_afi.payer_id = payer
        self.assertEqual(self.account_afi.invoice_partner_id, payer)
        self.assertEqual(self.account_afi.email, "payeur@example.com")

    def test_numbers_are_unique_within_an_operator(self):
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.account_afi.copy({"number": self.account_afi.number})
        # Each operator counts from one
        self.assertEqual(self.account_sami.number, self.account_afi.number)

    def test_a_cycle_begins_on_a_day_that_all_months_have(self):
        for day in (0, 29):
            with (
                self.subTest(day),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.account_afi.cycle_day = day
                self.env.flush_all()

    def test_who_sees_and_changes_accounts(self):
        for user, write in (
            (self.biller_benin, True),
            (self.manager_benin, True),
            (self.clerk_benin, False),
            (self.agent, False),
        ):
            account = self.account_afi.with_user(user)
            with self.subTest(user.login):
                self.assertTrue(account.read(["number"]))
                self.assertEqual(account.has_access("write"), write)
        for user in (self.biller_tunisia, self.stranger, self.seller_benin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.account_afi.with_user(user).read(["number"])

    def test_customers_are_billed_in_the_currency_of_the_prices(self):
        euro = self.env.ref("base.EUR")
        user = self.account_afi.with_user(self.biller_benin)
        with self.assertRaisesRegex(ValidationError, "XOF"):
            user.currency_id = euro
        awa = self._customer(self.benin, "Awa", "Bio")
        account = user.create({"partner_id": awa.id, "currency_id": euro.id})
        self.assertEqual(account.currency_id, self.benin.currency_id)
        # Before anything is booked, an operator may still change it
        self.tunisia.currency_id = euro
        self.assertEqual(self.account_sami.currency_id, euro)

    def test_amounts_due(self):
        self._invoice(self.account_afi, ("Mobile", 1000), post=True)
        self._invoice(self.account_afi, ("Mobile", 500))
        paid = self._invoice(self.account_afi, ("Mobile", 100), post=True)
        self._pay(paid)
        self.account_afi.invalidate_recordset()
        self.assertEqual(self.account_afi.move_count, 3)
        self.assertEqual(self.account_afi.amount_due, 1180)

    def test_matchings_of_payments_are_ones_own_operators(self):
        bill = self._invoice(self.account_afi, ("Mobile", 10000), post=True)
        payment = (
            self.env["account.payment.register"]
            .with_user(self.biller_benin)
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({})
            ._create_payments()
        )
        bill.invalidate_recordset()
        lines = bill.line_ids | payment.move_id.line_ids
        full = lines.full_reconcile_id
        if not full:
            # Without an outstanding account Odoo marks the bill only
            credit = bill._reverse_moves([{}], cancel=True)
            full = (bill.line_ids | credit.line_ids).full_reconcile_id
        self.assertTrue(full)
        Full = self.env["account.full.reconcile"]
        own = Full.with_user(self.biller_benin).browse(full.ids)
        self.assertTrue(own.read(["reconciled_line_ids"]))
        stranger = Full.with_user(self.biller_tunisia).browse(full.ids)
        self.assertFalse(stranger.search([("id", "in", full.ids)]))
        with self.assertRaises(AccessError):
            stranger.read(["reconciled_line_ids"])
        with self.assertRaises(AccessError):
            stranger.unlink()
        # And it is taken apart again by those it belongs to
        bill.line_ids.with_user(self.biller_benin).remove_move_reconcile()
        self.assertFalse(full.exists())
