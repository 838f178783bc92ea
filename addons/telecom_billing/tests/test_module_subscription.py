"""What operators pay for their modules, and what follows when they do not."""

from datetime import date, timedelta
from unittest import SkipTest
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from odoo.addons.telecom_crm.tests.common import CLERK, PLATFORM, OperatorCase

PRICES = {"customers": 60, "claims": 45, "offers": 40, "billing": 90, "stock": 35}


class ModuleFeeCase(OperatorCase):
    """Benin and Tunisia with a subscription of some modules since December 2025."""

    subscribed_on = "2025-12-15"
    modules_benin = ("claims", "offers", "billing")
    modules_tunisia = ("claims", "stock")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform_company = cls._company("Plateforme Test", "base.bj")
        cls.env["account.chart.template"].try_loading(
            "generic_coa", cls.platform_company, install_demo=False
        )
        # The amounts below are without taxes
        cls.platform_company.account_sale_tax_id = False
        cls.env["ir.config_parameter"].set_param(
            "telecom_billing.platform_company_id", cls.platform_company.id
        )
        cls.xof = cls.env.ref("base.XOF")
        cls.tnd = cls.env.ref("base.TND")
        (cls.xof | cls.tnd).active = True
        cls.benin.currency_id, cls.tunisia.currency_id = cls.xof, cls.tnd
        cls.platform = cls._user(
            "t.platform", cls.provider | cls.benin | cls.tunisia, PLATFORM
        )
        cls.modules = {
            module.code: module
            for module in cls.env["telecom.module"].search([("code", "!=", False)])
        }
        # Those of a demonstration would be charged too
        cls.env.cr.execute("DELETE FROM telecom_module_price")
        cls._prices()
        with freeze_time(f"{cls.subscribed_on} 09:00:00"):
            cls.mine = cls._subscribe(cls.benin, *cls.modules_benin)
            cls.theirs = cls._subscribe(cls.tunisia, *cls.modules_tunisia)

    @classmethod
    def _prices(cls):
        """By SQL: where a demonstration has invoices its months are closed."""
        cls.env.cr.execute_values(
            """INSERT INTO telecom_module_price
                      (module_id, currency_id, amount, date_from)
               VALUES %s""",
            [
                (cls.modules[code].id, currency.id, amount * factor, "2025-01-01")
                for code, amount in PRICES.items()
                for currency, factor in ((cls.xof, 1000), (cls.tnd, 5))
            ],
        )

    @classmethod
    def _subscribe(cls, company, *codes):
        subscription = cls.env["telecom.module.subscription"].create(
            {"company_id": company.id}
        )
        subscription._switch_on(cls._of(*codes))
        return subscription

    @classmethod
    def _of(cls, *codes):
        return cls.env["telecom.module"].browse(
            [cls.modules[code].id for code in codes]
        )

    def _at(self, day, *subscriptions):
        """Let the crons' work be done on a day."""
        with freeze_time(f"{day} 09:00:00"):
            for subscription in subscriptions or (self.mine,):
                subscription._bill()
                subscription._follow()

    def _name(self, code):
        """Return a module's name as invoices have it, in the operator's language."""
        lang = self.benin.partner_id.lang or self.env.lang
        return self.modules[code].with_context(lang=lang).name

    def _states(self, company=None):
        company = company or self.benin
        states = company._telecom_module_state()
        return {code: states.get(code, "on") for code in self.modules}

    def _invoice(self, month, subscription=None):
        return (subscription or self.mine).invoice_ids.filtered(
            lambda one: one.date_from.month == month
        )

    def _settle(self, invoice, day):
        with freeze_time(f"{day} 09:00:00"):
            move = invoice.move_id
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).with_company(move.company_id).create({})._create_payments()

    def _told(self):
        return self.env["telecom.notification"].search_count(
            [("user_id", "=", self.manager_benin.id)]
        )


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestModuleSubscription(ModuleFeeCase):
    # Pausing

    def test_a_pause_costs_nothing_and_leaves_everything_readable(self):
        self._at("2026-01-01")
        self._settle(self._invoice(12), "2026-01-02")
        manager = self.mine.with_user(self.manager_benin)
        with freeze_time("2026-01-10 09:00:00"):
            with self.assertRaises(AccessError):
                self.mine.with_user(self.clerk_benin)._pause(
                    date(2026, 1, 21), date(2026, 2, 28)
                )
            for first, last in (
                (date(2026, 1, 10), date(2026, 1, 20)),
                (date(2026, 1, 20), date(2026, 1, 19)),
                (date(2026, 1, 20), date(2026, 12, 31)),
            ):
                with self.subTest(first=first, last=last), self.assertRaises(UserError):
                    manager._pause(first, last)
            manager._pause(date(2026, 1, 21), date(2026, 2, 28))
            self.assertEqual(self.mine.state, "active")
            with self.assertRaisesRegex(UserError, "already"):
                manager._pause(date(2026, 3, 1), date(2026, 3, 2))
        self._at("2026-01-21")
        self.assertEqual(self.mine.state, "paused")
        states = self._states()
        self.assertEqual({states["claims"], states["billing"]}, {"readonly"})
        self._at("2026-02-01")
        january = self._invoice(1)
        self.assertEqual(set(january.line_ids.mapped("days")), {20})
        self._settle(january, "2026-02-02")
        with freeze_time("2026-02-11 09:00:00"):
            manager.action_resume()
            self.assertEqual(self.mine.state, "active")
        self.assertEqual(self._states()["claims"], "on")
        self._at("2026-03-01")
        self.assertEqual(set(self._invoice(2).line_ids.mapped("days")), {18})
        self.assertIn("pause", manager.event_ids.mapped("kind"), "The history says it")

    def test_a_debt_does_not_open_what_is_paused(self):
        self._at("2026-01-01")
        self._settle(self._invoice(12), "2026-01-02")
        with freeze_time("2026-01-10 09:00:00"):
            self.mine._pause(date(2026, 2, 1), date(2026, 2, 28))
        self._at("2026-02-01")
        self.assertEqual(self._states()["billing"], "readonly")
        # January's invoice is overdue: February is not charged, and stays closed
        self._at("2026-02-10")
        self.assertEqual(self.mine.state, "past_due")
        self.assertEqual(self._states()["billing"], "readonly")
        self._at("2026-03-01")
        self.assertFalse(
            self.mine.invoice_ids.filtered(lambda i: i.date_from.month == 2)
        )

    def test_one_operator_that_fails_does_not_stop_the_others(self):
        def fail(subscription):
            if subscription == self.mine:
                raise ValueError("broken")

        Subscription = type(self.mine)
        other = self.mine.search([("id", "!=", self.mine.id)], limit=1)
        self.assertTrue(other)
        followed = []
        with (
            patch.object(
                Subscription, "_thank", lambda s: followed.append(s) or fail(s)
            ),
            mute_logger(
                "odoo.addons.telecom_billing.models.telecom_module_subscription"
            ),
            self.enter_registry_test_mode(),
        ):
            self.env.ref(
                "telecom_billing.ir_cron_module_follow"
            ).method_direct_trigger()
        self.assertIn(self.mine.id, [one.id for one in followed])
        self.assertIn(other.id, [one.id for one in followed])

    def test_who_owes_something_does_not_pause(self):
        self._at("2026-01-01")
        self._at("2026-01-20")
        self.assertEqual(self.mine.state, "past_due")
        with freeze_time("2026-01-20 09:00:00"), self.assertRaises(UserError):
            self.mine._pause(date(2026, 2, 1), date(2026, 2, 28))

    def test_a_pause_that_is_to_come_is_given_up(self):
        self._at("2026-01-01")
        self._settle(self._invoice(12), "2026-01-02")
        with freeze_time("2026-01-05 09:00:00"):
            wizard = (
                self.env["telecom.module.pause"]
                .with_user(self.manager_benin)
                .create({"subscription_id": self.mine.id})
            )
            self.assertEqual(
                (wizard.date_from, wizard.date_to),
                (date(2026, 2, 1), date(2026, 2, 28)),
            )
            wizard.action_confirm()
            self.assertEqual(self.mine.pause_from, date(2026, 2, 1))
            self.mine.with_user(self.manager_benin).action_resume()
            self.assertFalse(self.mine.pause_until)
        self._at("2026-02-05")
        self.assertEqual(self.mine.state, "active")

    # Invoicing

    def test_a_trial_costs_nothing_and_the_rest_of_the_month_its_days(self):
        self.assertEqual(self.mine.trial_until, date(2025, 12, 28))
        self.assertEqual(self.mine.state, "trial")
        self._at("2026-01-01")
        invoice = self.mine.invoice_ids
        self.assertEqual(self.mine.state, "active")
        self.assertEqual(
            {line.name: (line.days, line.amount) for line in invoice.line_ids},
            {
                self._name("claims"): (3, 4355),
                self._name("offers"): (3, 3871),
                self._name("billing"): (3, 8710),
            },
        )
        self.assertEqual(invoice.amount_untaxed, 16936)
        self.assertEqual(invoice.date_due, date(2026, 1, 8))
        move = invoice.move_id
        self.assertEqual(move.company_id, self.platform_company)
        self.assertEqual(move.partner_id, self.benin.partner_id)
        self.assertEqual(move.currency_id, self.xof)
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.amount_total, invoice.amount_total)
        self.assertEqual(len(move.invoice_line_ids), 3)

    def test_three_decimals_in_dinars(self):
        self._at("2026-01-01", self.theirs)
        lines = self._invoice(12, self.theirs).line_ids
        self.assertEqual(sorted(line.amount for line in lines), [16.935, 21.774])

    def test_a_month_is_invoiced_once(self):
        self._at("2026-02-01")
        self._at("2026-02-01")
        # Two crons, or a run that was killed after the invoice was made
        self.mine.billed_until = False
        self.env.flush_all()
        with mute_logger("odoo.sql_db"):
            self._at("2026-02-01")
        self.assertTrue(self.mine.billing_error)
        self.env.invalidate_all()
        self.assertEqual(len(self.mine.invoice_ids), 2)
        self.assertEqual(
            self.env["account.move"].search_count(
                [("company_id", "=", self.platform_company.id)]
            ),
            2,
        )

    def test_a_killed_run_leaves_nothing_and_the_next_one_makes_it(self):
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        self._at("2026-01-01")
        first = self.mine.invoice_ids.line_ids.mapped("amount")
        self.env.flush_all()
        savepoint.rollback()
        savepoint.close(rollback=False)
        self.env.invalidate_all()
        self.assertFalse(self.mine.invoice_ids)
        self._at("2026-01-01")
        self.assertEqual(self.mine.invoice_ids.line_ids.mapped("amount"), first)

    def test_months_that_were_missed_are_invoiced_one_by_one(self):
        self._at("2026-04-03")
        self.assertEqual(
            sorted(self.mine.invoice_ids.mapped("date_from")),
            [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)],
        )
        self.assertEqual(self._invoice(2).amount_untaxed, 175_000)

    def test_a_clock_that_goes_back_changes_nothing(self):
        self._at("2026-02-01")
        self._at("2026-02-10")
        told, events = self._told(), len(self.mine.event_ids)
        state, invoices = self.mine.state, self.mine.invoice_ids
        self.assertEqual(state, "past_due")
        self._at("2026-01-02")
        self._at("2026-02-10")
        self.assertEqual(self.mine.state, state)
        self.assertEqual(self.mine.invoice_ids, invoices)
        self.assertEqual((self._told(), len(self.mine.event_ids)), (told, events))

    def test_without_a_journal_the_platform_learns_why(self):
        self.env["ir.config_parameter"].set_param(
            "telecom_billing.platform_company_id", self.shopkeeper.id
        )
        self._at("2026-01-01")
        self.assertFalse(self.mine.invoice_ids)
        self.assertTrue(self.mine.billing_error)
        self.env["ir.config_parameter"].set_param(
            "telecom_billing.platform_company_id", self.platform_company.id
        )
        self._at("2026-01-01")
        self.assertEqual(len(self.mine.invoice_ids), 1)
        self.assertFalse(self.mine.billing_error)

    # The calendar

    def test_from_the_due_date_to_the_closure_and_back(self):
        self._at("2026-01-01")
        invoice = self.mine.invoice_ids
        for day, state in (
            ("2026-01-08", "active"),
            ("2026-01-09", "past_due"),
            ("2026-01-17", "past_due"),
            ("2026-01-18", "past_due"),
            ("2026-01-21", "past_due"),
            ("2026-01-22", "restricted"),
            ("2026-01-28", "restricted"),
            ("2026-01-29", "suspended"),
            ("2026-04-08", "closed"),
        ):
            with self.subTest(day):
                with freeze_time(f"{day} 09:00:00"):
                    self.mine._follow()
                self.assertEqual(self.mine.state, state)
        steps = self.mine.event_ids.filtered(lambda event: event.kind == "step")
        self.assertEqual(
            steps.sorted("id").mapped("value"),
            [
                "invoice",
                "due",
                "past_due",
                "reminder",
                "no_new_modules",
                "before_restriction",
                "restricted",
                "before_suspension",
                "suspended",
                "closed",
            ],
        )
        self.assertEqual(self._told(), 10)
        # A late payment is always accepted
        self._settle(invoice, "2026-04-10")
        self.assertEqual(self.mine.state, "active")
        self.assertEqual(self._states()["billing"], "on")
        self.assertEqual(self._states()["stock"], "off")

    def test_after_half_a_year_nobody_logs_in_and_money_is_still_booked(self):
        clerk = self._user("t.ended", self.benin, CLERK)
        shared = self._user("t.both", self.benin | self.tunisia, CLERK)
        host = self.env["telecom.host"].create(
            {"name": "ended.localhost", "company_id": self.benin.id}
        )
        keys = self.env["res.users.apikeys"].with_user(self.manager_benin)
        keys._generate("rpc", "Test", fields.Datetime.now() + timedelta(days=30))
        self._at("2026-01-01")
        invoice = self.mine.invoice_ids
        for day in ("2026-06-07", "2026-06-30", "2026-07-06"):
            self._at(day)
        self.assertEqual(self.mine.state, "closed")
        steps = self.mine.event_ids.filtered(lambda event: event.kind == "step")
        self.assertLessEqual(
            {"before_purge", "last_before_purge"}, set(steps.mapped("value"))
        )
        self.assertTrue(self.manager_benin.active)
        self._at("2026-07-07")
        self.assertEqual(self.mine.state, "purged")
        self.assertFalse(clerk.active)
        self.assertFalse(self.manager_benin.active)
        self.assertFalse(self.manager_benin.sudo().api_key_ids)
        self.assertFalse(host.exists())
        # Whoever works for others too, and those of others, go on
        self.assertTrue(shared.active)
        self.assertTrue(self.manager_tunisia.active)
        told = self.env["telecom.notification"].search(
            [("user_id", "=", self.platform.id)]
        )
        self.assertTrue(any("Bénin Test" in one.subject for one in told))
        # Nothing is done twice, and a payment opens nothing any more
        events = len(self.mine.event_ids)
        self._at("2026-07-08")
        self._settle(invoice, "2026-07-09")
        self.assertEqual(invoice.state, "paid")
        self.assertEqual(self.mine.state, "purged")
        self.assertEqual(len(self.mine.event_ids), events)

    def test_the_platform_sets_company_and_calendar(self):
        Settings = self.env["telecom.module.settings"].with_user(self.platform)
        settings = Settings.create({})
        self.assertEqual(settings.company_id, self.platform_company)
        self.assertEqual((settings.suspended, settings.due), (21, 7))
        settings.write({"suspended": 13})
        with self.assertRaises(ValidationError):
            settings.action_save()
        settings.write({"suspended": 16, "due": 10, "company_id": self.shopkeeper.id})
        self.assertFalse(settings.journal_name)
        settings.company_id = self.platform_company
        self.assertTrue(settings.journal_name)
        settings.action_save()
        self._at("2026-01-01")
        self.assertEqual(self.mine.invoice_ids.date_due, date(2026, 1, 11))
        self._at("2026-01-26")
        self.assertEqual(self.mine.state, "restricted")
        self._at("2026-01-27")
        self.assertEqual(self.mine.state, "suspended")
        with self.assertRaises(AccessError):
            self.env["telecom.module.settings"].with_user(self.manager_benin).create({})

    def test_what_is_not_paid_becomes_read_only_and_claims_go_on(self):
        self._at("2026-01-01")
        self._at("2026-01-22")
        self.assertEqual(self.mine.state, "restricted")
        states = self._states()
        self.assertEqual(
            [states[code] for code in ("claims", "offers", "billing", "stock")],
            ["on", "readonly", "readonly", "off"],
        )
        # The module's records are read, and exported, and not changed
        offer = self.env["telecom.billing.account"]
        self.assertTrue(self.benin._telecom_allows("billing", "read"))
        self.assertFalse(self.benin._telecom_allows("billing", "write"))
        manager = offer.with_user(self.manager_benin).search([])
        manager.export_data(["number"])
        # Tunisia works on
        self.assertEqual(set(self._states(self.tunisia).values()), {"on"})

    def test_a_module_that_was_paid_works_on(self):
        self._at("2026-01-01")
        with freeze_time("2026-01-10 09:00:00"):
            self.mine._switch_on(self._of("stock"))
        self._at("2026-01-22")
        self.assertEqual(self._states()["stock"], "on")
        self.assertEqual(self._states()["offers"], "readonly")

    def test_suspended_days_are_not_charged(self):
        self._at("2026-01-01")
        self._at("2026-01-29")
        self.assertEqual(set(self._states().values()), {"off"})
        self._at("2026-02-01")
        january = self._invoice(1)
        self.assertEqual(set(january.line_ids.mapped("days")), {28})
        self._settle(self._invoice(12), "2026-02-05")
        self._settle(january, "2026-02-05")
        self.assertEqual(self.mine.state, "active")
        self._at("2026-03-01")
        # Suspended from the 1st to the 4th, back on the 5th
        self.assertEqual(set(self._invoice(2).line_ids.mapped("days")), {24})

    def test_two_invoices_both_must_be_paid(self):
        self._at("2026-01-01")
        self._at("2026-02-01")
        self._at("2026-02-10")
        self.assertEqual(self.mine.state, "suspended")
        self._settle(self._invoice(12), "2026-02-11")
        self.assertEqual(self.mine.state, "past_due")
        self._settle(self._invoice(1), "2026-02-11")
        self.assertEqual(self.mine.state, "active")

    def test_money_that_is_taken_back_is_owed_again(self):
        self._at("2026-01-01")
        invoice = self.mine.invoice_ids
        self._settle(invoice, "2026-01-05")
        self.assertEqual(invoice.state, "paid")
        payments = invoice.move_id.reconciled_payment_ids
        payments = payments or invoice.move_id.matched_payment_ids
        payments.action_draft()
        payments.action_cancel()
        self.assertEqual(invoice.state, "open")
        self._at("2026-01-09")
        self.assertEqual(self.mine.state, "past_due")

    # Switching

    def test_switching_on_brings_what_is_needed_and_is_charged_by_day(self):
        with freeze_time("2026-01-10 09:00:00"):
            self.theirs.with_user(self.manager_tunisia)._switch_on(self._of("billing"))
        self.assertEqual(self._states(self.tunisia)["billing"], "on")
        self.assertEqual(self._states(self.tunisia)["offers"], "on")
        self._at("2026-02-01", self.theirs)
        days = {line.name: line.days for line in self._invoice(1, self.theirs).line_ids}
        self.assertEqual(days[self._name("billing")], 22)
        self.assertEqual(days[self._name("offers")], 22)
        self.assertEqual(days[self._name("stock")], 31)

    def test_switching_off_counts_from_the_end_of_the_month(self):
        self._at("2026-01-10")
        with freeze_time("2026-01-10 09:00:00"):
            self.mine.with_user(self.manager_benin)._switch_off(self._of("offers"))
        self.assertEqual(self._states()["billing"], "on")
        self._at("2026-02-01")
        self.assertEqual(self._states()["offers"], "off")
        self.assertEqual(self._states()["billing"], "off")
        self.assertEqual(set(self._invoice(1).line_ids.mapped("days")), {31})
        self._at("2026-03-01")
        self.assertEqual(self._invoice(2).line_ids.module_ids, self.modules["claims"])

    def test_the_wizard_says_what_comes_along_and_what_it_costs(self):
        with freeze_time("2026-01-22 09:00:00"):
            self.theirs._follow()
            item = self.theirs.item_ids.filtered(
                lambda one: one.module_id.code == "billing"
            ).with_user(self.manager_tunisia)
            wizard = (
                self.env["telecom.module.switch"]
                .with_user(self.manager_tunisia)
                .browse(item.action_switch()["res_id"])
            )
            self.assertTrue(wizard.switch_on)
            self.assertEqual(wizard.other_ids.module_id, self.modules["offers"])
            self.assertEqual(wizard.monthly_before, 400)
            self.assertEqual(wizard.monthly_after, 1050)
            # 10 of 31 days of 650.000
            self.assertAlmostEqual(wizard.this_month, 209.677, 3)
            wizard.action_confirm()
            self.assertTrue(item.is_on)
            back = (
                self.env["telecom.module.switch"]
                .with_user(self.manager_tunisia)
                .browse(item.action_switch()["res_id"])
            )
            self.assertFalse(back.switch_on)
            self.assertEqual(back.day, date(2026, 1, 31))

    def test_no_module_is_added_while_an_invoice_is_ten_days_late(self):
        self._at("2026-01-01")
        with freeze_time("2026-01-17 09:00:00"):
            self.mine._switch_on(self._of("customers"))
        with freeze_time("2026-01-18 09:00:00"), self.assertRaises(UserError):
            self.mine._switch_on(self._of("stock"))

    def test_onboarding_begins_a_trial(self):
        company = self._company("Togo Test", "base.tg", tenant=True)
        wizard = self.env["telecom.operator.onboarding"].create(
            {"name": "Togo Test", "module_ids": [Command.set(self._of("claims").ids)]}
        )
        wizard._switch_modules(company)
        found = self.env["telecom.module.subscription"].search(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(found.state, "trial")
        self.assertEqual(
            found.item_ids.filtered("is_on").module_id, self.modules["claims"]
        )

    # Prices

    def test_prices_are_dated_announced_and_kept(self):
        Price = self.env["telecom.module.price"].with_user(self.platform)
        self._at("2026-03-01")
        self._at("2026-03-01", self.theirs)
        shared = {"module_id": self.modules["claims"].id, "currency_id": self.tnd.id}
        old = Price.search(
            [("module_id", "=", shared["module_id"]), ("currency_id", "=", self.tnd.id)]
        )
        today = fields.Date.context_today(Price)
        soonest = fields.Date.add(today, days=30)
        with self.assertRaises(ValidationError):
            old.amount = 1
        with self.assertRaises(ValidationError):
            Price.create({**shared, "amount": 1, "date_from": "2026-02-01"})
        with self.assertRaises(ValidationError):
            old.unlink()
        next_month = fields.Date.add(today.replace(day=1), months=1)
        if next_month < soonest:
            with self.assertRaises(ValidationError):
                Price.create({**shared, "amount": 1, "date_from": next_month})
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            Price.create(
                {
                    **shared,
                    "amount": 1,
                    "date_from": fields.Date.add(today.replace(day=2), months=3),
                }
            )
        later = fields.Date.add(today.replace(day=1), months=3)
        new = Price.create({**shared, "amount": 300, "date_from": later})
        self.assertEqual(
            [
                float(price.amount)
                for day in (fields.Date.subtract(later, days=1), later)
                for price in Price._prices_on(self.tnd, day)
                if price.modules == {"claims"}
            ],
            [old.amount, 300.0],
        )
        new.amount = 310

    # Who may do what

    def test_roles(self):
        self._at("2026-01-01")
        self._at("2026-01-01", self.theirs)
        mine = self.mine.with_user(self.manager_benin)
        self.assertEqual(mine.search([]), mine)
        self.assertEqual(
            mine.env["telecom.module.invoice"].search([]), mine.invoice_ids
        )
        self.assertTrue(mine.invoice_ids.pdf)
        mine.read(["state", "monthly", "amount_due", "item_ids", "price_ids"])
        for records in (mine, mine.item_ids, mine.item_ids.span_ids, mine.invoice_ids):
            with self.subTest(records._name), self.assertRaises(AccessError):
                records.write({"create_uid": self.manager_benin.id})
            with self.subTest(records._name), self.assertRaises(AccessError):
                records.unlink()
        with self.assertRaises(AccessError):
            mine.invoice_ids.move_id.read(["name"])
        with self.assertRaises(AccessError):
            mine.env["telecom.module.price"].create({"amount": 1})
        with self.assertRaises(AccessError):
            mine.action_follow()
        # Another operator's
        theirs = self.theirs.with_user(self.manager_benin)
        for act in (
            lambda: theirs._switch_on(self._of("stock")),
            lambda: theirs.item_ids.action_switch(),
            lambda: theirs.invoice_ids.action_pay(),
            lambda: theirs.read(["state"]),
            lambda: self.theirs.invoice_ids.with_user(self.manager_benin).read(["pdf"]),
            lambda: (
                self.env["telecom.module.switch"]
                .with_user(self.manager_benin)
                .create({"item_id": self.theirs.item_ids[0].id})
                .action_confirm()
            ),
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                act()
        # Clerks have nothing to do with it
        clerk = self._user("t.clerk.modules", self.benin, CLERK)
        with self.assertRaises(AccessError):
            self.mine.with_user(clerk).read(["state"])
        self.assertFalse(
            self.env["telecom.module.subscription"].with_user(clerk).get_banner()
        )
        # The platform sees all
        seen = self.env["telecom.module.subscription"].with_user(self.platform)
        self.assertLessEqual(self.mine | self.theirs, seen.search([]).sudo())

    def test_the_banner_is_for_managers_of_who_is_late(self):
        banner = (
            self.env["telecom.module.subscription"]
            .with_user(self.manager_benin)
            .get_banner
        )
        self._at("2026-01-01")
        self.assertFalse(banner())
        self._at("2026-01-09")
        self.assertEqual(banner()["state"], "past_due")
        self.assertEqual(banner()["url"], self.mine.invoice_ids._pay_path())
        self._at("2026-01-29")
        self.assertEqual(banner()["state"], "suspended")
        # Others read why nothing is left, and no more
        others = self.env["telecom.module.subscription"]
        found = others.with_user(self.clerk_benin).get_banner()
        self.assertEqual((found["url"], found["manager"]), (False, False))
        self.assertFalse(others.with_user(self.clerk_tunisia).get_banner())

    def test_history_cannot_be_changed(self):
        with self.assertRaises(UserError):
            self.mine.event_ids[:1].value = "closed"
        with self.assertRaises(UserError):
            self.mine.event_ids.unlink()


class ModuleProviderCase(HttpCase, ModuleFeeCase):
    """With a provider of the demonstration in the platform's company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo = cls.env.ref("payment.payment_provider_demo")
        if demo.module_state != "installed":
            raise SkipTest("payment_demo is not installed")
        cls.provider_demo = cls.env["payment.provider"].search(
            [("code", "=", "demo"), ("company_id", "=", cls.platform_company.id)]
        ) or demo.copy({"company_id": cls.platform_company.id})
        journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.platform_company.id), ("type", "=", "bank")],
            limit=1,
        )
        cls.provider_demo.write(
            {"state": "test", "is_published": True, "journal_id": journal.id}
        )
        cls.method = cls.provider_demo.payment_method_ids[:1]
        cls.method.active = True


class ModulePaymentCase(ModuleProviderCase):
    """With an unpaid invoice of each operator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-01-01 09:00:00"):
            (cls.mine | cls.theirs)._bill()
        cls.invoice = cls.mine.invoice_ids
        cls.other = cls.theirs.invoice_ids


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestModulePayment(ModulePaymentCase):
    """The link that pays, tried by those it is meant for and by others."""

    def _begin(self, invoice, **values):
        return self.make_jsonrpc_request(
            f"{invoice._pay_path()}/transaction",
            {
                "provider_id": self.provider_demo.id,
                "payment_method_id": self.method.id,
                "token_id": None,
                "flow": "direct",
                "tokenization_requested": False,
                "landing_route": invoice._pay_path(),
                "access_token": "x",
                **values,
            },
        )

    def _transactions(self, invoice):
        return self.env["payment.transaction"].search(
            [("invoice_ids", "in", invoice.move_id.ids)]
        )

    def test_a_late_payment_opens_everything_and_a_second_message_nothing(self):
        self._at("2026-01-29")
        self.assertEqual(self.mine.state, "suspended")
        page = self.url_open(self.invoice._pay_path())
        self.assertEqual(page.status_code, 200)
        self.assertIn("o_payment_form", page.text)
        self.assertIn("o_payment_submit_button", page.text)
        # Whatever amount and landing page are sent, the invoice's count
        begun = self._begin(
            self.invoice, amount=1, landing_route="https://evil.example"
        )
        tx = self._transactions(self.invoice)
        self.assertEqual(tx.reference, begun["reference"])
        self.assertEqual(tx.amount, self.invoice.amount_total)
        self.assertEqual(tx.currency_id, self.xof)
        self.assertEqual(tx.partner_id, self.benin.partner_id)
        self.assertEqual(tx.landing_route, self.invoice._pay_path())
        data = {"reference": tx.reference, "simulated_state": "done"}
        trigger = self.env.ref("telecom_billing.ir_cron_module_follow")
        with freeze_time("2026-02-05 09:00:00"):
            tx._process("demo", data)
            self.assertTrue(
                self.env["ir.cron.trigger"].search_count([("cron_id", "=", trigger.id)])
            )
            # The payer has closed his browser: the cron of the minute books it
            trigger.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.invoice.state, "paid")
        self.assertEqual(self.mine.state, "active")
        self.assertEqual(self._states()["billing"], "on")
        told, events = self._told(), len(self.mine.event_ids)
        payment = tx.payment_id
        with freeze_time("2026-02-05 09:00:00"):
            tx._process("demo", data)
            tx._post_process()
            self.mine._follow()
        self.assertEqual(tx.payment_id, payment)
        self.assertEqual(self.invoice.move_id.reconciled_payment_ids, payment)
        self.assertEqual((self._told(), len(self.mine.event_ids)), (told, events))
        with (
            mute_logger("odoo.http"),
            self.assertRaises(JsonRpcException),
        ):
            self._begin(self.invoice)
        self.assertNotIn(
            "o_payment_submit_button", self.url_open(self.invoice._pay_path()).text
        )

    def test_the_link_of_one_operator_opens_nothing_of_another(self):
        token, other = self.invoice.access_token, self.other.access_token
        self.assertNotEqual(token, other)
        for path in (
            f"/telecom/modules/{self.other.id}/{token}",
            f"/telecom/modules/{self.other.id}/{token}/pdf",
            f"/telecom/modules/{self.invoice.id}/x",
            f"/telecom/modules/{self.invoice.id}/{token}é",
            f"/telecom/modules/{self.invoice.id}/{token[:-1]}",
            f"/telecom/modules/0/{token}",
            "/telecom/modules/2147483647/x",
        ):
            with self.subTest(path):
                for login in (None, "t.manager.tunisia"):
                    self.authenticate(login, login)
                    answer = self.url_open(path)
                    self.assertEqual(answer.status_code, 404)
                    self.assertNotIn(self.other.name, answer.text)
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(
                f"/telecom/modules/{self.other.id}/{token}/transaction",
                {
                    "provider_id": self.provider_demo.id,
                    "payment_method_id": self.method.id,
                    "flow": "direct",
                },
            )
        self.assertFalse(self._transactions(self.other))

    def test_only_the_platforms_providers_and_new_payments(self):
        foreign = self.provider_demo.copy({"company_id": self.tunisia.id})
        for values in (
            {"provider_id": foreign.id},
            {"provider_id": None},
            {"payment_method_id": None},
            {"flow": "token"},
            {"flow": "token", "token_id": 1},
            {"invoice_ids": [self.other.move_id.id]},
            {"currency_id": self.tnd.id},
        ):
            with (
                self.subTest(values),
                mute_logger("odoo.http"),
                self.assertRaises(JsonRpcException),
            ):
                self._begin(self.invoice, **values)
        self.assertFalse(self._transactions(self.invoice))

    def test_the_login_page_of_a_suspended_operator_leads_to_the_payment(self):
        for company, name in ((self.benin, "benin"), (self.tunisia, "tunisia")):
            self.env["telecom.host"].create(
                {"name": f"{name}-fee.localhost", "company_id": company.id}
            )

        def page(path, name):
            self.opener.cookies.clear()
            return self.url_open(path, headers={"Host": f"{name}-fee.localhost"})

        self.assertNotIn("login-suspended", page("/web/login", "benin").text)
        self._at("2026-01-29")
        text = page("/web/login", "benin").text
        self.assertIn("login-suspended", text)
        # What is owed is not for visitors
        self.assertNotIn(self.invoice.name, text)
        self.assertNotIn("login-suspended", page("/web/login", "tunisia").text)
        # Logged out: the login page first. A manager gets to the invoice at once
        self.authenticate(None, None)
        answer = self.url_open("/telecom/modules/pay", allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])
        for user, path in (
            (self.manager_benin, self.invoice._pay_path()),
            (self.clerk_benin, "/web"),
            (self.manager_tunisia, self.other._pay_path()),
        ):
            with self.subTest(user.login):
                user.password = user.login
                self.authenticate(user.login, user.login)
                answer = self.url_open("/telecom/modules/pay", allow_redirects=False)
                self.assertTrue(answer.headers["Location"].endswith(path))

    def test_the_api_of_a_suspended_operator_asks_for_payment(self):
        expires = fields.Datetime.now() + timedelta(days=30)
        keys = {
            user: self.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "Test", expires)
            for user in (self.manager_benin, self.manager_tunisia, self.agent)
        }

        def call(user):
            return self.url_open(
                "/json/2/res.partner/search_count",
                json={"domain": []},
                headers={"Authorization": f"bearer {keys[user]}"},
            )

        self.assertEqual(call(self.manager_benin).status_code, 200)
        self._at("2026-01-29")
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_http"):
            answer = call(self.manager_benin)
        self.assertEqual(answer.status_code, 402)
        self.assertIn("suspended", answer.json()["message"])
        # Others work on, and so does whoever serves several operators
        self.assertEqual(call(self.manager_tunisia).status_code, 200)
        self.assertEqual(call(self.agent).status_code, 200)
        self._settle(self.invoice, "2026-02-05")
        self.assertEqual(call(self.manager_benin).status_code, 200)

    def test_the_pdf_and_what_the_operators_people_may_not_read(self):
        address = f"/web/content/telecom.module.invoice/{self.invoice.id}/pdf"
        answer = self.url_open(f"{self.invoice._pay_path()}/pdf")
        self.assertEqual(answer.content[:5], b"%PDF-")
        self.authenticate("t.manager.tunisia", "t.manager.tunisia")
        answer = self.url_open(address)
        self.assertEqual(answer.status_code, 404)
        self.authenticate("t.manager.benin", "t.manager.benin")
        answer = self.url_open(address)
        self.assertEqual(answer.content[:5], b"%PDF-")
