from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_invoice import InvoiceCase

MODEL = "odoo.addons.telecom_billing.models.telecom_dunning"


@tagged("post_install", "-at_install", "telecom")
class TestDunning(InvoiceCase):
    charts = ("bj",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Dunning = cls.env["telecom.dunning"]
        cls.line = cls._line(cls.afi, "+2290197000501")
        cls.stolen = cls._line(cls.afi, "+2290197000502", state="suspended")
        cls.warn, cls.fee, cls.suspend, cls.end = cls.env[
            "telecom.dunning.level"
        ].create(
            [
                {
                    "company_id": cls.benin.id,
                    "name": name,
                    "days": days,
                    "action": action,
                    "fee_amount": fee,
                }
                for name, days, action, fee in (
                    ("Rappel", 3, "warn", 0),
                    ("Mise en demeure", 10, "fee", 1000),
                    ("Suspension", 15, "suspend", 0),
                    ("Résiliation", 60, "terminate", 0),
                )
            ]
        )
        # The operator's own: before midnight UTC it is tomorrow in Benin already
        cls.today = cls.benin._telecom_local_today()
        # Every day is a working day, unless a test says otherwise
        cls.benin.resource_calendar_id.attendance_ids.unlink()

    def _overdue(self, days, account=None, price=10000):
        today = self.today
        return self._invoice(
            account or self.account_afi,
            ("Mobile", price),
            post=True,
            invoice_date=today - timedelta(days=days + 10),
            invoice_date_due=today - timedelta(days=days),
            invoice_payment_term_id=False,
        )

    def _run(self, company=None):
        company = company or self.benin
        cases = self.Dunning.with_company(company)
        cases._open_cases(company)
        due = cases.search([("company_id", "=", company.id), ("state", "=", "open")])
        due._remind()
        return due

    def _later(self, case, days):
        """Let days pass since the last level."""
        case.level_on = self.today - timedelta(days=days)

    def _kinds(self, case):
        return case.event_ids.sorted("id").mapped("kind")

    def test_from_the_reminder_to_the_end_and_back_by_paying(self):
        invoice = self._overdue(20)
        case = self._run()
        self.assertEqual(case.account_id, self.account_afi)
        self.assertEqual(case.level_id, self.warn)
        self.assertEqual(case.next_level_id, self.fee)
        self.assertEqual(case.next_on, self.today + timedelta(days=7))
        # Again on the same day: nothing more
        self._run()
        self.assertEqual(self._kinds(case), ["opened", "warn"])
        mail = self.env["mail.mail"].search(
            [("model", "=", "telecom.dunning"), ("res_id", "=", case.id)]
        )
        self.assertEqual(len(mail), 1)
        self.assertIn(invoice.name, mail.body_html)

        self._later(case, 7)
        self._run()
        self.assertEqual(case.level_id, self.fee)
        self.assertEqual(case.fee_ids.amount_total, 1180)
        self.assertEqual(case.fee_ids.state, "posted")

        self._later(case, 5)
        self._run()
        self.assertEqual(case.level_id, self.suspend)
        self.assertEqual(self.line.state, "suspended")
        self.assertEqual(case.line_ids, self.line)

        # The fee is due too, from tomorrow on; the invoice alone does not suffice then
        case.fee_ids.invoice_date_due = self.today - timedelta(days=1)
        self._pay(invoice)
        self.assertEqual(case.state, "open")
        self.assertEqual(self.line.state, "suspended")
        self._pay(case.fee_ids)
        self.assertEqual(case.state, "closed")
        self.assertEqual(self.line.state, "active")
        # Suspended for another reason before: stays so
        self.assertEqual(self.stolen.state, "suspended")
        self.assertEqual(
            self._kinds(case),
            ["opened", "warn", "fee", "suspend", "resume", "closed"],
        )
        # A second notice of the same payment changes nothing
        invoice._telecom_settle_dunnings()
        case._settle()
        self.assertEqual(self._kinds(case)[-2:], ["resume", "closed"])
        self.assertEqual(case.event_ids.mapped("kind").count("closed"), 1)

    def test_the_end_and_a_late_payment(self):
        invoice = self._overdue(90)
        case = self._run()
        for days in (7, 5, 45):
            self._later(case, days)
            self._run()
        self.assertEqual(case.level_id, self.end)
        self.assertFalse(case.next_level_id)
        self.assertEqual(self.line.state, "terminated")
        # Accepted however late it comes; what is terminated stays so
        self._pay(invoice)
        self._pay(case.fee_ids)
        self.assertEqual(case.state, "closed")
        self.assertEqual(self.line.state, "terminated")

    def test_subscriptions_are_suspended_and_come_back(self):
        offer = self.env["product.product"].create(
            {
                "name": "Forfait",
                "type": "service",
                "company_id": self.benin.id,
                "telecom_offer_kind": "postpaid",
            }
        )
        subscription = self.env["telecom.subscription"].create(
            {
                "company_id": self.benin.id,
                "partner_id": self.afi.id,
                "account_id": self.account_afi.id,
                "product_id": offer.id,
                "line_id": self.line.id,
            }
        )
        subscription._telecom_start(self.today - timedelta(days=90))
        invoice = self._overdue(90)
        (self.warn | self.fee | self.end).active = False
        case = self._run()
        self.assertEqual(case.level_id, self.suspend)
        self.assertEqual(case.subscription_ids, subscription)
        self.assertEqual(subscription.state, "suspended")
        self.assertEqual(self.line.state, "suspended")
        self._pay(invoice)
        self.assertEqual(subscription.state, "active")
        self.assertEqual(self.line.state, "active")
        self.assertEqual(
            subscription.change_ids.sorted("id").mapped("kind"),
            ["start", "suspend", "resume"],
        )

    def test_a_week_more_is_a_week_more(self):
        today = self.today
        self._overdue(1)
        case = self._run()
        # Before the first level
        self.assertFalse(case.level_id)
        self.assertEqual(case.next_on, today + timedelta(days=2))
        case.action_postpone()
        self.assertEqual(case.next_on, today + timedelta(days=9))
        case.put_off_until = today
        case.next_on = today
        case._carry_out(self.warn)
        case._plan()
        # Ten days after the due date
        self.assertEqual(case.next_on, today + timedelta(days=9))
        case.action_postpone()
        self.assertEqual(case.next_on, today + timedelta(days=16))
        case.action_postpone()
        self.assertEqual(case.next_on, today + timedelta(days=23))
        # What was carried out keeps its day
        self.assertEqual(case.level_on, today)
        self._run()
        self.assertEqual(case.level_id, self.warn)

    def test_who_paid_is_not_suspended_by_an_old_page(self):
        invoice = self._overdue(20)
        case = self._run()
        self._pay(invoice)
        self.assertEqual(case.state, "closed")
        with self.assertRaisesRegex(UserError, "paid"):
            case.action_next_level()
        self.assertEqual(case.level_id, self.warn)
        self.assertEqual(self.line.state, "active")

    def test_a_second_click_carries_out_no_second_level(self):
        self._overdue(20)
        case = self._run()
        page = case.with_context(telecom_level_id=case.next_level_id.id)
        page.action_next_level()
        self.assertEqual(case.level_id, self.fee)
        with self.assertRaisesRegex(UserError, "already"):
            page.action_next_level()
        self.assertEqual(case.level_id, self.fee)
        self.assertEqual(len(case.fee_ids), 1)

    def test_only_a_manager_carries_out_a_level_before_its_day(self):
        self._overdue(20)
        case = self._run()
        level = case.next_level_id
        for user in (self.biller_benin, self.clerk_benin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                case.with_user(user).action_next_level()
        self.assertEqual((case.next_level_id, case.level_id), (level, self.warn))
        case.with_user(self.biller_benin).action_postpone()
        with self.assertRaises(AccessError):
            case.with_user(self.clerk_benin).action_postpone()
        case.with_user(self.manager_benin).action_next_level()
        self.assertEqual(case.level_id, level)

    def test_a_part_is_not_enough(self):
        invoice = self._overdue(20)
        case = self._run()
        self._pay(invoice, 100)
        self.assertEqual(case.state, "open")
        self._run()
        case.invalidate_recordset()
        self.assertEqual(case.amount_overdue, 11700)

    def test_disputed_invoices_are_left_alone(self):
        disputed = self._overdue(20)
        claim = self._claim(
            self.afi, telecom_branch="financial", telecom_move_id=disputed.id
        )
        self.assertFalse(self._run())
        self._overdue(5)
        case = self._run()
        self.assertEqual(case.level_id, self.warn)
        # Counted from the one that is not disputed
        self.assertEqual(case.since, self.today - timedelta(days=5))
        # A claim that names no invoice stops everything of this customer
        general = self._claim(self.afi, telecom_branch="financial")
        self._later(case, 30)
        self._run()
        self.assertEqual(case.level_id, self.warn)
        self.assertTrue(case.paused)
        self.assertIn("paused", self._kinds(case))
        with self.assertRaisesRegex(UserError, "claim"):
            case.action_next_level()
        # A technical claim stops nothing
        (claim | general).telecom_branch = "technical"
        self._run()
        self.assertEqual(case.level_id, self.fee)

    def test_holidays_are_no_days_for_reminders(self):
        today = self.today
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Fête",
                "company_id": self.benin.id,
                "calendar_id": self.benin.resource_calendar_id.id,
                "date_from": fields.Datetime.to_datetime(today) - timedelta(hours=12),
                "date_to": fields.Datetime.to_datetime(today) + timedelta(hours=36),
            }
        )
        self._overdue(3)
        case = self._run()
        self.assertFalse(case.level_id)
        self.assertGreater(case.next_on, today)

    def test_one_account_that_fails_does_not_stop_the_others(self):
        awa = self._customer(self.benin, "Awa", "Bio", email="awa@example.com")
        other = awa._telecom_billing_accounts()[awa.id]
        self._overdue(20)
        self._overdue(20, other)
        # The first level's fee cannot be invoiced to a customer without an account
        self.warn.fee_amount = 500
        receivable = self.afi.with_company(self.benin).property_account_receivable_id
        gone = receivable.copy({"code": "411999"})
        self.afi.with_company(self.benin).property_account_receivable_id = gone
        gone.active = False
        with mute_logger(MODEL):
            cases = self._run()
        by_account = {case.account_id: case for case in cases}
        self.assertEqual(by_account[other].level_id, self.warn)
        failed = by_account[self.account_afi]
        self.assertFalse(failed.level_id)
        self.assertEqual(self._kinds(failed), ["opened", "failed"])

    def _cron(self):
        """Run the cron with time for one case; return how many it says are left."""
        progress = []

        def commit(cron, processed=0, *, remaining=None, deactivate=False):
            progress.append((processed, remaining))
            return 0

        with (
            patch(f"{MODEL}.BATCH", 1),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", commit),
        ):
            self.Dunning._cron_remind()
        return progress[0][1] - sum(processed for processed, _left in progress)

    def test_the_cron_goes_on_where_its_time_was_over(self):
        # Those of the database are done for today
        self.env["telecom.dunning.level"].search(
            [("company_id", "!=", self.benin.id)]
        ).active = False
        self.Dunning.search([]).checked_on = self.today
        names = ("Awa", "Kossi", "Sena")
        for name in names:
            other = self._customer(self.benin, name, "Bio", email="x@example.com")
            self._overdue(20, other._telecom_billing_accounts()[other.id])
        # Planned long ago, and waiting since; it is nobody's turn to be passed over
        waiting = self.Dunning._open(
            self.benin, [(self.account_afi, self.today - timedelta(days=20))]
        )
        self._overdue(20)
        waiting.checked_on = self.today - timedelta(days=1)
        # Another operator has one: nothing is overdue any more
        far = self.Dunning._open(self.tunisia, [(self.account_sami, self.today)])
        self.assertEqual(self._cron(), 4)
        self.assertEqual(far.state, "closed", "the largest operator comes last")
        self.assertEqual([self._cron() for _run in range(4)], [3, 2, 1, 0])
        cases = self.Dunning.search([("company_id", "=", self.benin.id)])
        self.assertEqual(len(cases), 4)
        self.assertEqual(cases.level_id, self.warn)
        # Everybody had a turn today
        self.assertEqual(self._cron(), 0)
        self.assertEqual(
            [self._kinds(case) for case in cases], [["opened", "warn"]] * 4
        )
        # And has one tomorrow, or when a payment could not be settled
        cases[0].checked_on = self.today - timedelta(days=1)
        cases[1].checked_on = False
        self.assertEqual(self._cron(), 1)
        self.assertEqual(cases[1].checked_on, self.today)

    def test_what_failed_at_a_payment_is_tried_again_on_the_same_day(self):
        invoice = self._overdue(20)
        case = self._run()
        self.assertEqual(case.checked_on, self.today)
        Dunning = type(self.Dunning)
        with (
            patch.object(Dunning, "_settle", side_effect=UserError("x")),
            mute_logger(MODEL),
        ):
            self._pay(invoice)
        self.assertEqual(case.state, "open")
        self.assertIn(case, self.Dunning.with_company(self.benin)._waiting())

    def test_a_line_barred_meanwhile_stays_out_of_service(self):
        subscriptions = self._suspended()
        barred, other = subscriptions.line_id
        barred.write({"state": "barred", "kyc_barred_from": "suspended"})
        case = self.Dunning.search([("account_id", "=", self.account_afi.id)])
        self._pay(case.move_ids)
        self.assertEqual(case.state, "closed")
        # Nobody is charged for days without service
        self.assertEqual(subscriptions.mapped("state"), ["suspended", "active"])
        self.assertEqual((barred.state, other.state), ("barred", "active"))
        self.assertIn(barred.display_name, case.message_ids[0].body)
        # The document that brings it back brings it into service
        self.assertEqual(barred.kyc_barred_from, "active")

    def test_a_line_that_cannot_come_back_keeps_no_other(self):
        subscriptions = self._suspended()
        stuck, other = subscriptions.line_id
        case = self.Dunning.search([("account_id", "=", self.account_afi.id)])
        Line = type(stuck)
        write = Line.write
        reason = "Sans carte SIM"

        def refuse(lines, vals):
            if vals.get("state") == "active" and stuck in lines:
                raise UserError(reason)
            return write(lines, vals)

        overdue = case.move_ids
        with patch.object(Line, "write", refuse):
            # As whoever pays, on the portal too
            payer = overdue.with_user(self.biller_benin).sudo()
            with patch.object(type(overdue), "_telecom_settle_dunnings"):
                self._pay(overdue)
            payer._telecom_settle_dunnings()
        self.assertEqual(case.state, "closed")
        self.assertEqual(subscriptions.mapped("state"), ["suspended", "active"])
        self.assertEqual((stuck.state, other.state), ("suspended", "active"))
        self.assertIn("Sans carte SIM", case.message_ids[0].body)
        self.assertEqual(
            case.message_ids[0].author_id, self.env.ref("base.partner_root")
        )
        self.assertIn("resume", self._kinds(case))

    def _suspended(self):
        """Return two subscriptions that dunning suspended, each with its line."""
        offer = self.env["product.product"].create(
            {
                "name": "Forfait",
                "type": "service",
                "company_id": self.benin.id,
                "telecom_offer_kind": "postpaid",
            }
        )
        subscriptions = self.env["telecom.subscription"].create(
            [
                {
                    "company_id": self.benin.id,
                    "partner_id": self.afi.id,
                    "account_id": self.account_afi.id,
                    "product_id": offer.id,
                    "line_id": line.id,
                }
                for line in (self.line, self._line(self.afi, "+2290197000503"))
            ]
        )
        subscriptions._telecom_start(self.today - timedelta(days=90))
        self._overdue(90)
        (self.warn | self.fee | self.end).active = False
        self._run()
        self.assertEqual(set(subscriptions.mapped("state")), {"suspended"})
        return subscriptions

    def test_operators_without_the_module_remind_nobody(self):
        self._overdue(20)
        self.benin._telecom_set_module("billing", "readonly")
        cron = self.env.ref("telecom_billing.cron_dunning")
        own = Domain("company_id", "=", self.benin.id)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            self.assertFalse(self.Dunning.search(own))
            self.benin._telecom_set_module("billing", "on")
            cron.method_direct_trigger()
            self.assertEqual(self.Dunning.search(own).level_id, self.warn)

    def test_who_sees_it(self):
        self._overdue(20)
        case = self._run()
        for user in (self.biller_benin, self.clerk_benin, self.agent):
            self.assertTrue(case.with_user(user).read(["state"]))
            self.assertTrue(case.event_ids.with_user(user).read(["kind"]))
        for user in (self.biller_tunisia, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                case.with_user(user).read(["state"])
        with self.assertRaises(AccessError):
            self.warn.with_user(self.biller_benin).write({"days": 1})
        with self.assertRaises(UserError):
            case.event_ids.write({"note": "x"})
