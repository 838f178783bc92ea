from datetime import timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common_offer import OfferCase


@tagged("post_install", "-at_install", "telecom")
class TestOfferPrices(OfferCase):
    """A change of price is prepared, announced in time and never touches a bill."""

    charts = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.soon = cls.today + timedelta(days=10)
        cls.late = cls.today + timedelta(days=40)

    def _subscribe(self, partner):
        return self.env["telecom.subscription"].create(
            {
                "company_id": self.benin.id,
                "partner_id": partner.id,
                "product_id": self.plan.id,
            }
        )

    def _prepare(self, amount, day):
        return self._price(self.plan, "recurring", amount, day, user=self.manager_benin)

    def _now(self):
        return self.plan.with_company(self.benin)._telecom_prices(
            "recurring", self.late
        )[self.plan.id]

    def test_a_prepared_price_counts_when_it_is_announced(self):
        price = self._prepare(6000, self.late)
        self.assertEqual((price.state, price.previous_amount), ("draft", 5000))
        self.assertEqual(price.change, 0.2)
        self.assertEqual(self._now(), 5000)
        price.action_announce()
        self.assertEqual(price.state, "confirmed")
        self.assertTrue(price.announced_at)
        self.assertEqual(self._now(), 6000)
        self.assertEqual(self.plan.product_tmpl_id.telecom_price_next, self.late)

    def test_nobody_decides_a_price_without_announcing_it(self):
        price = self._prepare(6000, self.late)
        with self.assertRaises(UserError):
            price.write({"state": "confirmed"})
        other = self._price(
            self.plan,
            "recurring",
            1,
            self.soon,
            user=self.manager_benin,
            state="confirmed",
        )
        self.assertEqual(other.state, "draft")

    def test_an_announced_price_stays(self):
        price = self._prepare(6000, self.late)
        price.amount = 6500
        price.action_announce()
        for values in ({"amount": 1}, {"date_from": self.soon}):
            with self.assertRaises(UserError):
                price.write(values)

    def test_subscribers_are_told_before_a_price_rises(self):
        self._subscribe(self.afi)
        price = self._prepare(6000, self.soon)
        self.assertEqual(price.subscriber_count, 1)
        with self.assertRaisesRegex(UserError, "30"):
            price.action_announce()
        self.assertEqual(price.state, "draft")
        # What becomes cheaper may do so at once
        cheaper = self._prepare(4000, self.soon + timedelta(days=1))
        cheaper.action_announce()
        self.assertEqual(cheaper.state, "confirmed")
        self.benin.telecom_price_notice_days = 5
        price.action_announce()
        self.assertEqual(price.state, "confirmed")

    def test_each_subscriber_is_told_once(self):
        users = {}
        for partner in (self.afi, self._customer(self.benin, "Koffi", "Bio")):
            self._subscribe(partner)
            self._subscribe(partner)
        koffi = partner
        users = new_test_user(
            self.env,
            "t.portal.koffi",
            groups="base.group_portal",
            partner_id=koffi.id,
            company_id=self.benin.id,
            company_ids=self.benin.ids,
        )
        gone = self._customer(self.benin, "Parti", "Loin", email="loin@example.com")
        self._subscribe(gone).state = "terminated"
        price = self._prepare(6000, self.late)
        mails = self.env["mail.mail"].search([])
        price.action_announce()
        price = price.sudo()
        while price.notice_pending:
            price._telecom_notify_batch()
        self.assertEqual(price.notice_count, 2)
        notification = self.env["telecom.notification"].search(
            [("res_model", "=", price._name), ("res_id", "=", price.id)]
        )
        self.assertEqual(notification.user_id, users)
        self.assertIn("Forfait", notification.subject)
        written = self.env["mail.mail"].search([("id", "not in", mails.ids)])
        to = " ".join(written.mapped("email_to"))
        self.assertIn("afi@example.com", to)
        self.assertNotIn("loin@example.com", to)
        letter = written.filtered(lambda mail: "afi@" in mail.email_to)
        self.assertEqual(len(letter), 1)
        self.assertIn("5", letter.body_html)
        # Begun again, nobody is told twice
        price.notice_pending = True
        self.assertEqual(price._telecom_notify_batch(), 0)
        self.assertFalse(price.notice_pending)

    def test_one_time_prices_are_told_to_nobody(self):
        self._subscribe(self.afi)
        price = self._price(
            self.plan, "one_time", 3000, self.soon, user=self.manager_benin
        )
        price.action_announce()
        self.assertFalse(price.notice_pending)

    def test_a_price_never_reaches_into_a_closed_period(self):
        self.benin.sale_lock_date = self.today
        with self.assertRaises(ValidationError):
            self._prepare(6000, self.today).action_announce()
        price = self._prepare(6000, self.late)
        price.action_announce()
        self.assertEqual(price.state, "confirmed")

    def test_a_price_never_changes_what_was_charged(self):
        subscription = self._subscribe(self.afi)
        self.env["telecom.charge"].create(
            {
                "name": "Forfait",
                "company_id": self.benin.id,
                "currency_id": self.benin.currency_id.id,
                "account_id": self.account_afi.id,
                "subscription_id": subscription.id,
                "product_id": self.plan.id,
                "kind": "recurring",
                "key": "x",
                "quantity": 1,
                "price": 5000,
                "amount": 5000,
                "date_from": self.today,
                "date_to": self.soon,
            }
        )
        with self.assertRaises(ValidationError):
            self._price(self.plan, "recurring", 4000, self.soon)
        first = self.plan.telecom_price_ids.filtered(lambda p: p.kind == "recurring")
        with self.assertRaises(ValidationError):
            first.with_user(self.manager_benin).amount = 1
        with self.assertRaises(ValidationError):
            first.with_user(self.manager_benin).unlink()
        after = self.soon + timedelta(days=1)
        self._price(self.plan, "recurring", 4000, after)

    def test_the_chart_shows_what_was_and_what_comes(self):
        self._prepare(6000, self.late)
        chart = self.plan.product_tmpl_id.telecom_price_chart
        monthly = next(s for s in chart["series"] if s["kind"] == "recurring")
        self.assertEqual([p["amount"] for p in monthly["points"]], [5000, 6000])
        self.assertEqual([p["decided"] for p in monthly["points"]], [True, False])
