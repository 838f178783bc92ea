from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.telecom_bill_run import TelecomBillRun
from .common_invoice import InvoiceCase

REASON = "Adresse inconnue"


class BillRunCase(InvoiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.basic = cls._offer(cls.benin, "Basique", 3000)
        cls.option = cls._offer(cls.benin, "Option musique", 500, kind="option")
        cls.forfait = cls._offer(cls.tunisia, "Forfait", 12.345)
        cls.customers = cls.env["res.partner"]
        for number in range(6):
            cls.customers |= cls._customer(cls.benin, f"Client {number}", "Dossou")
        cls.accounts = cls.env["telecom.billing.account"].browse(
            account.id for account in cls.customers._telecom_billing_accounts().values()
        )
        cls.subscriptions = cls.env["telecom.subscription"]
        for account in cls.accounts:
            cls.subscriptions |= cls._subscription(account, cls.basic, "2026-08-01")

    @classmethod
    def _offer(cls, company, name, price, kind="postpaid"):
        template = cls.env["product.template"].create(
            {
                "name": name,
                "type": "service",
                "company_id": company.id,
                "telecom_offer_kind": kind,
                "list_price": 0,
                "taxes_id": [(6, 0, company.account_sale_tax_id.ids)],
            }
        )
        cls.env["telecom.offer.price"].create(
            {
                "company_id": company.id,
                "product_tmpl_id": template.id,
                "kind": "recurring",
                "amount": price,
                "date_from": "2020-01-01",
            }
        )
        return template.product_variant_id

    @classmethod
    def _subscription(cls, account, product, start, line=None, **values):
        subscription = cls.env["telecom.subscription"].create(
            {
                "company_id": account.company_id.id,
                "partner_id": account.partner_id.id,
                "account_id": account.id,
                "product_id": product.id,
                "line_id": line.id if line else False,
                **values,
            }
        )
        subscription._telecom_start(date.fromisoformat(start))
        return subscription

    def _run(self, month=10, user=None, company=None, **values):
        company = company or self.benin
        return (
            self.env["telecom.bill.run"]
            .with_user(user or self.biller_benin)
            .with_company(company)
            .create(
                {
                    "company_id": company.id,
                    "date_from": date(2026, month, 1),
                    "invoice_date": date(2026, month + 1, 1),
                    **values,
                }
            )
        )

    def _of(self, run, account):
        return run.account_ids.filtered(lambda item: item.account_id == account)

    def _done(self, run):
        run.action_prepare()
        run.action_invoice()
        self.assertEqual(run.state, "done", run.message)
        return run


@tagged("post_install", "-at_install", "telecom")
@freeze_time("2026-11-21 12:00:00")
class TestBillRun(BillRunCase):
    def test_billed_between_cycles_and_the_rest_by_the_run(self):
        account = self.accounts[0].with_user(self.biller_benin)
        # October was billed by its run; on 10 November an invoice is wanted at once
        self._done(self._run())
        with freeze_time("2026-11-10 12:00:00"):
            now = account._telecom_bill_now()
            with self.assertRaises(UserError):
                account._telecom_bill_now()
        self.assertEqual((now.state, now.amount_untaxed), ("posted", 1000))
        self.assertEqual(now.telecom_account_id, self.accounts[0])
        self.assertEqual(now.invoice_user_id, self.biller_benin)
        with freeze_time("2026-12-02 12:00:00"):
            run = self._done(self._run(11))
        rest = self._of(run, self.accounts[0]).move_ids
        self.assertEqual(rest.amount_untaxed, 2000)
        self.assertEqual(self._of(run, self.accounts[1]).move_ids.amount_untaxed, 3000)

    def test_a_run_from_preview_to_invoices(self):
        run = self._run()
        self.assertEqual(run.date_to, date(2026, 10, 31))
        run.action_prepare()
        self.assertEqual((run.state, run.prepared), ("preview", True))
        self.assertEqual((run.account_count, run.amount), (6, 18000))
        self.assertFalse(run.account_ids.move_ids, "Nothing is invoiced yet")
        run.action_invoice()
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual((run.invoiced_count, run.move_count), (6, 6))
        self.assertEqual(run.checked_count, 6, "Compared with Odoo's own")
        move = self._of(run, self.accounts[0]).move_ids
        self.assertEqual((move.state, move.amount_total), ("posted", 3540))
        self.assertEqual(move.invoice_date, date(2026, 11, 1))
        self.assertEqual(move.telecom_account_id, self.accounts[0])
        self.assertEqual(move.invoice_user_id, self.biller_benin)
        numbers = run.account_ids.move_ids.sorted("id").mapped("sequence_number")
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 6)))
        self.assertEqual(
            set(run.account_ids.move_ids.mapped("telecom_sending")), {"queued"}
        )
        charges = self.env["telecom.charge"].search([("run_id", "=", run.id)])
        self.assertEqual(len(charges), 6)
        self.assertEqual(charges.move_line_id.move_id, run.account_ids.move_ids)
        self.assertEqual(charges[0].amount, 3000)

    def test_the_period_that_is_over_is_proposed(self):
        run = self.env["telecom.bill.run"].with_company(self.benin).new({})
        self.assertEqual(
            (run.date_from, run.date_to), (date(2026, 10, 1), date(2026, 10, 31))
        )
        run.cycle_day = 15
        self.assertEqual(
            (run.date_from, run.date_to), (date(2026, 10, 15), date(2026, 11, 14))
        )

    def test_the_next_period_without_a_run_is_proposed(self):
        Run = self.env["telecom.bill.run"].with_company(self.benin)
        self._run(month=9)
        self.assertEqual(Run.new({}).date_from, date(2026, 10, 1))
        october = self._run(month=10)
        proposed = Run.new({})
        self.assertEqual(
            (proposed.date_from, proposed.date_to),
            (date(2026, 11, 1), date(2026, 11, 30)),
        )
        # November is not over on the 21st: the form says so
        self.assertTrue(proposed.unfinished)
        self.assertFalse(october.unfinished)
        # Another cycle and another operator have no run
        self.assertEqual(Run.new({"cycle_day": 15}).date_from, date(2026, 10, 15))
        other = self.env["telecom.bill.run"].with_company(self.tunisia).new({})
        self.assertEqual(other.date_from, date(2026, 10, 1))
        # What was given up is proposed again
        october.action_cancel()
        self.assertEqual(Run.new({}).date_from, date(2026, 10, 1))

    def test_a_period_that_has_a_run_leads_to_it(self):
        run = self._run()
        other = self._run(month=11)
        form = Form(
            self.env["telecom.bill.run"]
            .with_user(self.biller_benin)
            .with_company(self.benin)
        )
        form.date_from = date(2026, 10, 1)
        self.assertEqual(form.same_run_id, run)
        for refused in (
            form.save,
            # Days of it only
            lambda: self._run(date_from=date(2026, 10, 10)),
            lambda: other.write({"date_from": date(2026, 10, 1)}),
        ):
            with self.assertRaises(RedirectWarning) as warning:
                refused()
            message, action, _button, _context = warning.exception.args
            self.assertIn(run.display_name, message)
            self.assertEqual(
                (action["res_model"], action["res_id"]), (run._name, run.id)
            )
        run.action_cancel()
        self.assertEqual(self._run().date_from, date(2026, 10, 1))

    def test_what_stands_out_against_the_month_before(self):
        up, same = self.accounts[:2]
        self._done(self._run(month=9))
        self._subscription(up, self.basic, "2026-10-01")
        later = self._customer(self.benin, "Nouveau", "Client")
        account = later._telecom_billing_accounts()[later.id]
        self._subscription(account, self.basic, "2026-10-01")
        run = self._run(month=10)
        run.action_prepare()
        self.assertEqual(run.previous_run_id.date_from, date(2026, 9, 1))
        self.assertEqual(self._of(run, account).anomaly, "new")
        self.assertEqual(self._of(run, up).anomaly, "up")
        self.assertEqual(self._of(run, up).change, 100)
        self.assertFalse(self._of(run, same).anomaly)
        # What stands out comes first
        self.assertEqual(run.account_ids[0], self._of(run, up))

    def test_a_period_is_charged_once(self):
        run = self._done(self._run())
        with self.assertRaises(RedirectWarning):
            self._run()
        # Two clerks at the same moment: the database refuses the second
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            with (
                self.env.cr.savepoint(),
                patch.object(TelecomBillRun, "_check_period_free"),
            ):
                self._run()
        charge = self.env["telecom.charge"].search([("run_id", "=", run.id)], limit=1)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                charge.sudo().copy()
                self.env.flush_all()
        # Billed between cycles, the run leaves it out
        other = self.accounts[0]
        moves = (
            self.env["telecom.bill.run"]
            .with_user(self.biller_benin)
            .with_company(self.benin)
            ._bill_accounts(
                other.with_user(self.biller_benin),
                date(2026, 11, 1),
                date(2026, 11, 30),
            )
        )
        self.assertEqual(moves.amount_untaxed, 3000)
        november = self._run(month=11, invoice_date=date(2026, 12, 1))
        november.action_prepare()
        self.assertNotIn(
            other, november.account_ids.filtered("charge_count").account_id
        )
        self.assertEqual(november.amount, 15000)
        with self.assertRaises(UserError):
            self.env["telecom.bill.run"].with_company(self.benin)._bill_accounts(
                other, date(2026, 11, 1), date(2026, 11, 30)
            )

    def test_an_account_billed_by_two_at_once_is_billed_once(self):
        account, period = self.accounts[0], (date(2026, 11, 1), date(2026, 11, 30))
        Run = self.env["telecom.bill.run"].with_company(self.benin)
        biller = self.env["telecom.biller"].with_company(self.benin)
        charges = biller._charges(account, *period)
        Run._bill_accounts(account, *period)
        # Charges that were found before the other clerk's were there
        with (
            patch.object(type(biller), "_charges", lambda *_args: charges),
            self.assertBeginsAgain("telecom.charge"),
        ):
            Run._bill_accounts(account, *period)

    def test_one_bad_account_does_not_stop_the_others(self):
        bad = self.accounts[2]
        run = self._run()
        run.action_prepare()
        Biller = type(self.env["telecom.biller"])
        original = Biller._invoice_values

        def failing(self, account, *args):
            if account == bad:
                raise UserError(REASON)
            return original(self, account, *args)

        with patch.object(Biller, "_invoice_values", failing):
            run.action_invoice()
        self.assertEqual(run.state, "done")
        self.assertEqual((run.invoiced_count, run.failed_count), (5, 1))
        item = self._of(run, bad)
        self.assertEqual((item.state, item.reason), ("failed", REASON))
        self.assertEqual(run.account_ids[0], item, "What failed comes first")
        self.assertFalse(
            self.env["telecom.charge"].search([("account_id", "=", bad.id)])
        )
        item.action_retry()
        self.assertEqual((run.state, run.failed_count), ("done", 0))
        self.assertEqual(item.move_ids.amount_untaxed, 3000)

    def test_stopped_and_begun_again_the_result_is_the_same(self):
        """Batches of two; the second one dies after its invoices were written."""
        expected = self._document(self._done(self._run(month=9)))
        run = self._run(month=10)
        run.action_prepare()
        original = TelecomBillRun._keep_billed
        batches = []

        def dying(self, results):
            original(self, results)
            batches.append(results)
            if len(batches) == 2:
                raise KeyboardInterrupt

        with patch("odoo.addons.telecom_billing.models.telecom_bill_run.BATCH", 2):
            with patch.object(TelecomBillRun, "_keep_billed", dying):
                # Not assertRaises, which would take back the first batch as well
                try:
                    self._batches(run)
                    self.fail("It did not die")
                except KeyboardInterrupt:
                    run.invalidate_recordset()
            self.assertEqual((run.state, run.invoiced_count), ("invoicing", 2))
            self.assertEqual(run.progress, 100 * 2 / 6)
            self._batches(run)
        self.assertEqual((run.state, run.invoiced_count), ("done", 6))
        document = self._document(run)
        self.assertEqual([row[1:] for row in document], [row[1:] for row in expected])
        self.assertEqual(
            [row[0] for row in document],
            list(range(document[0][0], document[0][0] + 6)),
            "No number is missing",
        )

    def _batches(self, run):
        """Invoice in batches, each in a savepoint, as in a transaction of its own."""
        if run.state == "preview":
            run._step_write({"state": "invoicing"})
        while run._has_work():
            with self.env.cr.savepoint():
                run._as_its_user()._take_turn(False, {})

    def _document(self, run):
        return [
            (
                move.sequence_number,
                move.partner_id.id,
                move.amount_total,
                move.line_ids.sorted("id").mapped("balance"),
            )
            for move in run.account_ids.move_ids.sorted("id")
        ]

    def test_one_invoice_per_line_or_group(self):
        account = self.accounts[0]
        lines = [
            self._line(account.partner_id, f"+22901950202{number:02}")
            for number in range(3)
        ]
        for line, group in zip(lines, ("A", "A", "B"), strict=True):
            self._subscription(
                account, self.option, "2026-10-01", line=line, billing_group=group
            )
        for grouping, count in (("one", 1), ("group", 3), ("line", 4)):
            with self.subTest(grouping), self.env.cr.savepoint() as savepoint:
                account.grouping = grouping
                run = self._done(self._run())
                self.assertEqual(len(self._of(run, account).move_ids), count)
                self.assertEqual(
                    sum(self._of(run, account).move_ids.mapped("amount_untaxed")), 4500
                )
                savepoint.rollback()
                self.env.invalidate_all()

    def test_tunisia_with_its_stamp(self):
        self._subscription(self.account_sami, self.forfait, "2026-10-01")
        run = self._run(company=self.tunisia, user=self.biller_tunisia)
        self._done(run)
        move = run.account_ids.move_ids
        # 12.345 + 19 % + 1.000
        self.assertEqual(move.amount_total, 15.691)
        self.assertEqual(len(move.invoice_line_ids.filtered("telecom_fee_id")), 1)

    def test_a_negative_total_is_a_credit_note(self):
        self._done(self._run(month=9))
        # It ended in August after all
        subscription = self.subscriptions[0]
        subscription._telecom_change("terminate", date(2026, 9, 1))
        # Begun before the run, and committed after it had looked
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE telecom_subscription_change"
            " SET create_date = create_date - interval '1 hour'"
        )
        self.env.invalidate_all()
        run = self._run(month=10)
        run.action_prepare()
        item = self._of(run, self.accounts[0])
        self.assertEqual((item.amount, item.anomaly), (-3000, "negative"))
        run.action_invoice()
        move = item.move_ids
        self.assertEqual((move.move_type, move.amount_untaxed), ("out_refund", 3000))
        self.assertEqual(move.state, "posted")

    def test_a_difference_stops_the_run(self):
        run = self._run()
        run.action_prepare()
        Writer = type(self.env["telecom.invoice.writer"])
        with (
            patch.object(Writer, "_differences", lambda *a: {"account_move.narration"}),
            self.assertRaisesRegex(UserError, "account_move.narration"),
        ):
            run.action_invoice()
        # Found by the scheduler, it is kept with the run
        run._stop(UserError(REASON))
        self.assertTrue(run.stopped)
        self.assertFalse(run._has_work())
        run.action_one_by_one()
        self.assertFalse(run.stopped)
        self.assertTrue(run.by_odoo)

    def test_one_by_one_makes_the_same(self):
        quick = self._document(self._done(self._run(month=9)))
        slow = self._document(self._done(self._run(month=10, by_odoo=True)))
        self.assertEqual([row[1:] for row in quick], [row[1:] for row in slow])

    def test_cron_begins_what_is_due(self):
        self.benin.telecom_bill_run_auto = "invoice"
        self.tunisia.telecom_bill_run_auto = "none"
        Run = self.env["telecom.bill.run"].with_user(self.env.ref("base.user_root"))
        Run.with_company(self.benin)._begin_due(self.benin)
        run = Run.search([("company_id", "=", self.benin.id)])
        self.assertEqual(run.date_from, date(2026, 10, 1))
        while run._has_work():
            run._as_its_user()._take_turn(False, {})
        self.assertEqual((run.state, run.invoiced_count), ("done", 6))
        Run.with_company(self.benin)._begin_due(self.benin)
        self.assertEqual(Run.search_count([("company_id", "=", self.benin.id)]), 1)

    def test_who_may(self):
        run = self._run()
        for user in (self.clerk_benin, self.biller_tunisia, self.agent, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                run.with_user(user).action_prepare()
        run.with_user(self.manager_benin).action_prepare()
        self.assertTrue(run.account_ids.with_user(self.biller_benin).mapped("amount"))
        for record in (run, run.account_ids):
            self.assertFalse(
                self.env[record._name]
                .with_user(self.biller_tunisia)
                .search([("id", "in", record.ids)])
            )
        # Written by runs only
        for user in (self.biller_benin, self.manager_benin):
            with self.assertRaises(AccessError):
                run.account_ids[0].with_user(user).amount = 1
            with self.assertRaises(AccessError):
                self.env["telecom.charge"].with_user(user).create({})
        with self.assertRaises(UserError):
            run.with_user(self.biller_benin).date_from = "2026-09-01"
        with self.assertRaises(AccessError):
            self.env["telecom.bill.run"].with_user(self.biller_tunisia)._bill_accounts(
                self.accounts[0].with_user(self.biller_tunisia),
                date(2026, 10, 1),
                date(2026, 10, 31),
            )

    def test_cancelled_before_anything_is_invoiced(self):
        run = self._run()
        run.action_prepare()
        run.action_cancel()
        self.assertEqual(run.state, "cancelled")
        again = self._done(self._run())
        with self.assertRaises(UserError):
            again.action_cancel()
        with self.assertRaises(UserError):
            again.unlink()
