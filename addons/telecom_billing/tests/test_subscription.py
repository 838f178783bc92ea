from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.telecom_billing.engine import proration
from odoo.addons.telecom_crm.tests.common import OperatorCase

BILLING = "telecom_billing.group_telecom_billing"
MODEL = "odoo.addons.telecom_billing.models.telecom_subscription"
REFUSAL = "Refusé par le réseau"


class SubscriptionCase(OperatorCase):
    """Two operators with an offer each, and a customer with a line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.biller = cls._user("t.sub.benin", cls.benin, BILLING)
        cls.biller_tunisia = cls._user("t.sub.tunisia", cls.tunisia, BILLING)
        cls.benin.currency_id = cls.env.ref("base.XOF")
        cls.tunisia.currency_id = cls.env.ref("base.TND")
        cls.basic = cls._offer(cls.benin, "Basique", 3000)
        cls.big = cls._offer(cls.benin, "Premium", 9000)
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")
        cls.line = cls._line(cls.customer, "+2290195010101", state="reserved")

    @classmethod
    def _offer(cls, company, name, price, kind="postpaid", **values):
        template = cls.env["product.template"].create(
            {
                "name": name,
                "type": "service",
                "company_id": company.id,
                "telecom_offer_kind": kind,
                "list_price": 0,
                **values,
            }
        )
        cls.env["telecom.offer.price"].create(
            {
                "company_id": company.id,
                "product_tmpl_id": template.id,
                "kind": "recurring",
                "amount": price,
                "date_from": "2020-01-01",
                **(
                    {"state": "confirmed"}
                    if "state" in cls.env["telecom.offer.price"]._fields
                    else {}
                ),
            }
        )
        return template.product_variant_id

    @classmethod
    def _subscription(cls, product=None, line=None, start=None, **values):
        product = product or cls.basic
        company = product.company_id
        subscription = cls.env["telecom.subscription"].create(
            {
                "company_id": company.id,
                "partner_id": cls.customer.id,
                "product_id": product.id,
                "line_id": line.id if line else False,
                **values,
            }
        )
        if start:
            subscription._telecom_start(date.fromisoformat(start))
        return subscription


@tagged("post_install", "-at_install", "telecom")
@freeze_time("2026-11-21 12:00:00")
class TestSubscription(SubscriptionCase):
    def _today(self):
        return self.benin._telecom_today()

    def test_an_order_makes_subscriptions_once(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.benin.id,
                "order_line": [
                    (0, 0, {"product_id": self.basic.id, "product_uom_qty": 2})
                ],
            }
        )
        order.action_confirm()
        found = order.order_line.telecom_subscription_ids
        self.assertEqual(len(found), 2)
        self.assertEqual(set(found.mapped("state")), {"draft"})
        self.assertEqual(found.account_id.partner_id, self.customer)
        self.assertFalse(order.order_line._telecom_create_subscriptions())
        # One has its line when the order is cancelled: it stays, the other goes
        begun = found[0]
        begun.line_id = self.line
        begun.action_start()
        order._action_cancel()
        self.assertEqual(found.exists(), begun)

    def test_an_order_shows_the_prices_of_its_confirmation(self):
        today = self._today()
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.benin.id,
                "date_order": fields.Datetime.subtract(fields.Datetime.now(), days=20),
                "order_line": [(0, 0, {"product_id": self.basic.id})],
            }
        )
        before = order.telecom_recurring_total
        # By SQL: entered 30 days ago, as rises are
        self.env.cr.execute(
            """INSERT INTO telecom_offer_price (product_tmpl_id, company_id, kind,
                           amount, date_from, state)
               VALUES (%s, %s, 'recurring', %s, %s, 'confirmed')""",
            (
                self.basic.product_tmpl_id.id,
                self.benin.id,
                before + 500,
                fields.Date.subtract(today, days=3),
            ),
        )
        self.env.invalidate_all()
        self.assertEqual(order.telecom_recurring_total, before)
        order.action_confirm()
        self.assertEqual(order.telecom_recurring_total, before + 500)
        notes = " ".join(order.message_ids.mapped("body"))
        self.assertIn("500", notes)

    def test_without_a_line_it_begins_at_once(self):
        option = self._offer(self.benin, "Option musique", 500, kind="option")
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.benin.id,
                "order_line": [(0, 0, {"product_id": option.id, "product_uom_qty": 2})],
            }
        )
        order.action_confirm()
        found = order.order_line.telecom_subscription_ids
        self.assertEqual((found.state, found.quantity), ("active", 2))
        self.assertEqual(found.date_start, self._today())

    def test_the_line_takes_its_subscriptions_along(self):
        subscription = self._subscription(line=self.line)
        option = self._subscription(
            product=self._offer(self.benin, "Option", 500, kind="option"),
            line=self.line,
        )
        both = subscription | option
        for action, state in (
            ("action_activate", "active"),
            ("action_suspend", "suspended"),
            ("action_activate", "active"),
            ("action_bar", "suspended"),
            ("action_terminate", "terminated"),
        ):
            getattr(self.line.with_user(self.clerk_benin), action)()
            self.assertEqual(both.mapped("state"), [state, state], action)
        self.assertEqual(
            subscription.change_ids.sorted("id").mapped("kind"),
            ["start", "suspend", "resume", "suspend", "terminate"],
        )

    def test_the_main_subscription_takes_the_line_along(self):
        subscription = self._subscription(line=self.line)
        subscription.with_user(self.biller).action_start()
        self.assertEqual(self.line.state, "active")
        subscription._telecom_change("suspend", self._today())
        self.assertEqual(self.line.state, "suspended")
        subscription._telecom_change("terminate", self._today())
        self.assertEqual(self.line.state, "terminated")

    def test_a_planned_change_comes_with_its_day(self):
        subscription = self._subscription(line=self.line, start="2026-11-01")
        change = subscription._telecom_change(
            "offer", date(2026, 12, 1), product_id=self.big.id
        )
        self.assertEqual(subscription.product_id, self.basic)
        self.assertEqual(subscription.planned_ids, change)
        with freeze_time("2026-12-01 00:30:00"):
            self.env["telecom.subscription.change"].flush_model()
            # The scheduler reads the database's own clock
            subscription._telecom_refresh()
        self.assertEqual(subscription.product_id, self.big)

    def _schedule(self, moment):
        """Let the scheduler come at a moment."""
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref(
                "telecom_billing.ir_cron_subscription_refresh"
            ).method_direct_trigger()

    def test_the_scheduler_applies_what_was_planned(self):
        subscription = self._subscription(line=self.line, start="2026-11-01")
        subscription._telecom_change("quantity", date(2026, 11, 25), quantity=4)
        self.assertEqual(subscription.planned_on, date(2026, 11, 25))
        # It is the 24th still, in Benin too
        self._schedule("2026-11-24 22:30:00")
        self.assertEqual(subscription.quantity, 1)
        # An hour before midnight UTC it is the 25th in Benin
        self._schedule("2026-11-24 23:30:00")
        self.assertEqual(subscription.quantity, 4)
        self.assertFalse(subscription.planned_on)

    def _suspended_with_option(self):
        """A line whose suspension is planned, and an option on it."""
        main = self._subscription(line=self.line, start="2026-11-01")
        option = self._subscription(
            self._offer(self.benin, "Musique", 500, kind="option"),
            line=self.line,
            start="2026-11-01",
        )
        main._telecom_change("suspend", date(2026, 11, 25))
        return main, option

    def test_a_scheduler_that_stood_still_catches_up_day_by_day(self):
        """Three weeks late: each change and what follows it begin on their own day."""
        main, option = self._suspended_with_option()
        main._telecom_change("resume", date(2026, 11, 28))
        main._telecom_change("offer", date(2026, 12, 1), product_id=self.big.id)
        # Of the option, between those of its line
        option._telecom_change("quantity", date(2026, 11, 26), quantity=2)
        with patch(f"{MODEL}.REFRESHED", 1):
            self._schedule("2026-12-16 12:00:00")
        self.assertEqual((main.state, main.product_id), ("active", self.big))
        self.assertEqual((option.state, option.quantity), ("active", 2))
        self.assertEqual(self.line.state, "active")
        self.assertFalse((main | option).filtered("planned_on"))
        # The option was suspended with its line, on those days and not on the late one
        self.assertEqual(
            [(change.kind, change.date) for change in option.change_ids.sorted("date")],
            [
                ("start", date(2026, 11, 1)),
                ("suspend", date(2026, 11, 25)),
                ("quantity", date(2026, 11, 26)),
                ("resume", date(2026, 11, 28)),
            ],
        )
        self.assertEqual(self.line.offer, "Premium")
        # Once more: nothing is done twice
        entered = (main | option).change_ids
        self._schedule("2026-12-17 12:00:00")
        self.assertEqual((main | option).change_ids, entered)

    def test_a_change_by_hand_first_catches_up(self):
        main, option = self._suspended_with_option()
        with freeze_time("2026-12-16 12:00:00"):
            main._telecom_change("resume", date(2026, 12, 16))
        self.assertEqual(
            [(c.kind, c.date) for c in option.change_ids.sorted("date")][1:],
            [("suspend", date(2026, 11, 25)), ("resume", date(2026, 12, 16))],
        )

    def test_a_plan_that_cannot_be_applied_stops_no_other(self):
        bad = self._subscription(line=self.line, start="2026-11-01")
        other_line = self._line(self.customer, "+2290195010102", state="reserved")
        good = self._subscription(line=other_line, start="2026-11-01")
        for subscription in (bad, good):
            subscription._telecom_change("suspend", date(2026, 11, 25))

        def refuse(lines):
            if self.line in lines:
                raise UserError(REFUSAL)
            return original(lines)

        original = type(self.line).action_suspend
        with patch.object(type(self.line), "action_suspend", refuse):
            self._schedule("2026-11-25 12:00:00")
        self.assertEqual((bad.state, good.state), ("active", "suspended"))
        self.assertEqual(bad.planned_problem, REFUSAL)
        # It is tried again
        self._schedule("2026-11-30 12:00:00")
        self.assertEqual(bad.state, "suspended")
        self.assertFalse(bad.planned_problem)

    def test_a_withdrawn_plan_does_not_come(self):
        subscription = self._subscription(line=self.line, start="2026-11-01")
        change = subscription._telecom_change(
            "offer", date(2026, 12, 1), product_id=self.big.id
        )
        change.with_user(self.biller).action_withdraw()
        self.assertFalse(subscription.planned_ids)
        with freeze_time("2026-12-05"):
            subscription._telecom_refresh()
        self.assertEqual(subscription.product_id, self.basic)

    def test_history_is_never_changed(self):
        subscription = self._subscription(line=self.line, start="2026-11-01")
        for user in (self.biller, self.manager_benin, self.env.user):
            change = subscription.change_ids.with_user(user)
            with self.subTest(user.login), self.assertRaises(UserError):
                change.write({"date": "2026-10-01"})
            with self.subTest(user.login), self.assertRaises(UserError):
                change.unlink()

    def test_the_dialog(self):
        subscription = self._subscription(line=self.line, start="2026-11-01")
        Operation = self.env["telecom.subscription.operation"].with_user(self.biller)
        for kind, when, values, expected in (
            ("offer", "cycle", {"product_id": self.big}, date(2026, 12, 1)),
            ("offer", "now", {"product_id": self.big}, date(2026, 11, 21)),
            ("suspend", "date", {"date": date(2026, 11, 10)}, date(2026, 11, 10)),
        ):
            with self.subTest(kind=kind, when=when):
                form = Form(
                    Operation.with_context(
                        default_subscription_id=subscription.id, default_kind=kind
                    )
                )
                form.when = when
                for name, value in values.items():
                    setattr(form, name, value)
                self.assertEqual(form.date, expected)
                self.assertTrue(form.effect)
                form.save().action_apply()
                self.assertEqual(
                    subscription.change_ids.sorted("id")[-1].mapped("date"), [expected]
                )
        with self.assertRaises(UserError):
            Operation.create(
                {
                    "subscription_id": subscription.id,
                    "kind": "suspend",
                    "when": "date",
                    "date": "2026-10-31",
                }
            ).action_apply()

    def test_charges_with_the_operators_prices(self):
        subscription = self._subscription(line=self.line, start="2026-11-11")
        charges = subscription._telecom_charges(date(2026, 11, 1), date(2026, 11, 30))
        (charge,) = charges[subscription.id]
        self.assertEqual((charge.kind, charge.amount), ("recurring", 2000))
        self.assertIn("Basique", subscription._telecom_charge_name(charge))
        self.assertIn("2", subscription.with_user(self.biller).next_bill)

    def test_the_end_of_an_engagement(self):
        product = self._offer(
            self.benin,
            "Engagé",
            3000,
            telecom_engagement_months=12,
            telecom_termination_fee=15000,
        )
        for day, waive, expected in (
            ("2026-10-01", False, [15000]),
            ("2026-10-01", True, []),
            ("2026-12-31", False, [15000]),
            ("2027-01-01", False, []),
        ):
            with self.subTest(day=day, waive=waive):
                subscription = self._subscription(product, start="2026-01-01")
                self.assertEqual(subscription.engagement_end, date(2026, 12, 31))
                end = date.fromisoformat(day)
                subscription._telecom_change("terminate", end, waive_fee=waive)
                charges = subscription._telecom_charges(
                    *proration.period_of(end, 1)
                ).get(subscription.id, [])
                self.assertEqual(
                    [c.amount for c in charges if c.kind == "termination_fee"], expected
                )

    def test_what_is_said_of_an_early_end_is_what_it_costs(self):
        """A new offer begins an engagement of its own: the clerk is told its fee."""
        engaged = {
            "telecom_engagement_months": 12,
            "telecom_termination_kind": "remaining",
            "telecom_termination_percent": 50,
        }
        small = self._offer(self.benin, "Petit", 3000, **engaged)
        large = self._offer(self.benin, "Grand", 9000, **engaged)
        subscription = self._subscription(small, start="2026-01-01")
        subscription._telecom_change("offer", date(2026, 7, 1), product_id=large.id)
        self.assertEqual(subscription.engagement_end, date(2027, 6, 30))
        end = date(2026, 12, 1)
        operation = self.env["telecom.subscription.operation"].create(
            {
                "subscription_id": subscription.id,
                "kind": "terminate",
                "when": "date",
                "date": end,
            }
        )
        # December to June, half of 9,000 each
        self.assertIn("31", operation.effect)
        self.assertIn("500", operation.effect)
        operation.action_apply()
        charges = subscription._telecom_charges(end, date(2026, 12, 31))
        (fee,) = charges[subscription.id]
        self.assertEqual((fee.kind, fee.amount), ("termination_fee", 31500))

    def test_a_discount_without_a_first_day_holds_from_the_beginning(self):
        subscription = self._subscription(start="2026-10-01")
        self.env["telecom.subscription.discount"].create(
            {
                "company_id": self.benin.id,
                "subscription_id": subscription.id,
                "percent": 10,
                "reason": "Geste",
                "date_from": False,
            }
        ).date_from = False
        charges = subscription._telecom_charges(date(2026, 10, 1), date(2026, 10, 31))
        (charge,) = charges[subscription.id]
        self.assertEqual(charge.amount, 2700)

    def test_many_subscriptions_cost_no_more_queries(self):
        few = self.env["telecom.subscription"]
        for number in range(2):
            few |= self._subscription(start=f"2026-0{number + 1}-01")
        many = few
        for number in range(20):
            many |= self._subscription(start=f"2026-01-{number + 2:02}")

        def count(subscriptions):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            subscriptions._telecom_charges(date(2026, 11, 1), date(2026, 11, 30))
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(few), count(many))

    def test_an_account_is_closed_when_all_is_billed(self):
        subscription = self._subscription(start="2026-10-01")
        account = subscription.account_id
        for vals in ({"state": "closed"}, {"active": False}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "subscription"):
                account.with_user(self.biller).write(vals)
        with self.assertRaisesRegex(UserError, "subscription"):
            account.action_close()
        subscription._telecom_change("terminate", date(2026, 11, 11))
        with self.assertRaisesRegex(UserError, "billed"):
            account.action_close()
        charges = subscription._telecom_charges(date(2026, 10, 1), date(2026, 11, 21))
        self.env["telecom.charge"].create(
            [
                {
                    "name": "x",
                    "company_id": self.benin.id,
                    "currency_id": self.benin.currency_id.id,
                    "subscription_id": subscription.id,
                    "account_id": account.id,
                    "kind": charge.kind,
                    "key": charge.key,
                    "date_from": charge.date_from,
                    "date_to": charge.date_to,
                    "price": float(charge.unit_price),
                    "amount": float(charge.amount),
                }
                for charge in charges[subscription.id]
            ]
        )
        account.with_user(self.biller).action_close()
        self.assertEqual(account.state, "closed")

    def test_nothing_is_subscribed_on_a_closed_account(self):
        former = self.customer._telecom_billing_accounts()[self.customer.id]
        former.action_close()
        Subscription = self.env["telecom.subscription"].with_user(self.biller)
        form = Form(Subscription.with_context(allowed_company_ids=self.benin.ids))
        form.partner_id = self.customer
        form.product_id = self.basic
        self.assertFalse(form.account_id)
        subscription = form.save()
        account = subscription.account_id
        self.assertEqual(account.state, "active")
        self.assertEqual(account.partner_id, self.customer)
        with self.assertRaisesRegex(ValidationError, "closed"):
            subscription.account_id = former
        former.action_reopen()
        subscription.account_id = former
        # What has ended stays where it was billed
        subscription._telecom_start(date(2026, 11, 1))
        end = subscription._telecom_change("terminate", date(2026, 11, 1))
        former.action_close()
        self.assertEqual(subscription.account_id, former)
        with self.assertRaisesRegex(ValidationError, "closed"):
            subscription._telecom_change(
                "withdraw", date(2026, 11, 1), withdrawn_id=end.id
            )

    def test_an_operator_sees_its_own(self):
        subscription = self._subscription(line=self.line, start="2026-11-01")
        stranger = subscription.with_user(self.biller_tunisia)
        self.assertFalse(stranger.search([("id", "=", subscription.id)]))
        for attempt in (
            lambda: stranger.read(["name"]),
            lambda: stranger.change_ids.read(["date"]),
            lambda: stranger.write({"billing_group": "x"}),
            lambda: (
                self.env["telecom.subscription.operation"]
                .with_user(self.biller_tunisia)
                .create({"subscription_id": subscription.id, "kind": "terminate"})
                .action_apply()
            ),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertEqual(subscription.state, "active")
