from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .counter_common import CounterCase


class CounterMoneyCase(CounterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counter = cls._counter(cls.shop_benin)

    @classmethod
    def _counter(cls, user):
        return (
            cls.env["telecom.counter.sale"]
            .with_user(user)
            .with_company(user.company_id)
        )

    def _sell(self, token="token", **values):
        return self.env["telecom.counter.sale"].browse(
            self.counter.counter_sell(
                {
                    "token": token,
                    "boutique_id": self.ganhi.id,
                    "partner_id": self.awa.id,
                    "payment_method": "cash",
                    "items": [{"lot_id": self.phones[0].id}],
                    **values,
                }
            )["id"]
        )

    def _back(self, sale, wanted, user=None, token="back", boutique=None, **values):
        return self._counter(user or self.shop_benin).counter_take_back(
            {
                "token": token,
                "boutique_id": (boutique or self.ganhi).id,
                "sale_id": sale.id,
                "items": [
                    {"id": item.id, "quantity": quantity}
                    for item, quantity in wanted.items()
                ],
                "reason": "defect",
                "payment_method": "cash",
                **values,
            }
        )


@tagged("post_install", "-at_install", "telecom")
class TestCounterReturn(CounterMoneyCase):
    """What a customer brings back: the item, the money, and who may take it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sale = cls.env["telecom.counter.sale"].browse(
            cls.counter.counter_sell(
                {
                    "token": "sold",
                    "boutique_id": cls.ganhi.id,
                    "partner_id": cls.awa.id,
                    "payment_method": "mobile_money",
                    "items": [
                        {"lot_id": cls.phones[0].id},
                        {"product_id": cls.case.id, "quantity": 3},
                    ],
                }
            )["id"]
        )
        cls.device, cls.cases = cls.sale.item_ids

    def test_it_is_found_by_the_item_or_the_receipt(self):
        found = self.counter.counter_return_find(self.ganhi.id, "35693803 564380 9")
        sale = found["sale"]
        self.assertEqual((sale["id"], sale["method"]), (self.sale.id, "mobile_money"))
        self.assertEqual(
            [(one["chosen"], one["quantity"], one["price"]) for one in sale["items"]],
            [(1, 1, 60_000), (0, 3, 2_000)],
        )
        found = self.counter.counter_return_find(self.ganhi.id, self.sale.name.lower())
        self.assertEqual(found["sale"]["id"], self.sale.id)
        self.assertIn(
            "490154203237518",
            self.counter.counter_return_find(self.ganhi.id, "490154203237518")["error"],
        )

    def test_pieces_that_come_back_singly_bring_what_was_paid_for_all(self):
        francs = self.env.ref("base.XOF")
        francs.active = True
        self.benin.currency_id = francs
        self.case.list_price = 67.67
        sale = self._sell(items=[{"product_id": self.case.id, "quantity": 3}])
        self.assertEqual(sale.amount_total, 203)
        given = []
        for number in range(3):
            [item] = self.counter.counter_return_find(self.ganhi.id, sale.name)["sale"][
                "items"
            ]
            self.assertEqual((item["paid"], item["sold"]), (203, 3))
            self.assertEqual(
                (item["given"], item["quantity"]), (sum(given), 3 - number)
            )
            result = self._back(sale, {sale.item_ids: 1}, token=f"back-{number}")
            given.append(result["total"])
        self.assertEqual(given, [68, 67, 68])

    def test_the_item_comes_back_and_the_money_goes(self):
        result = self._back(self.sale, {self.device: 1}, total=60_000)
        back = self.env["telecom.counter.sale"].browse(result["id"])
        self.assertEqual((result["total"], result["returned"]), (60_000, True))
        self.assertEqual((back.amount_total, back.origin_id), (-60_000, self.sale))
        self.assertEqual(self.sale.amount_returned, 60_000)
        phone = self.phones[0]
        self.assertEqual(
            (phone.telecom_state, phone.telecom_boutique_id), ("returned", self.ganhi)
        )
        self.assertFalse(phone.telecom_partner_id)
        self.assertEqual(
            phone.telecom_event_ids[0].reason, "Does Not Work", "The history says why"
        )
        self.assertEqual(back.payment_ids.mapped("amount"), [-60_000])
        # Not offered before somebody looked at it
        self.assertIn("Returned", self.counter.counter_scan(None, phone.name)["error"])
        phone._telecom_restock()
        self.assertIn("item", self.counter.counter_scan(None, phone.name))
        self.assertTrue(back._telecom_pdf().startswith(b"%PDF"))
        shop = self.ganhi.with_user(self.boss)
        self.assertEqual((shop.sales_today, shop.sales_count_today), (6_000, 1))

    def test_a_piece_comes_back_once_however_it_is_sent(self):
        first = self._back(self.sale, {self.device: 1})
        self.assertEqual(self._back(self.sale, {self.device: 1}), first)
        with self.assertRaisesRegex(UserError, "may come back"):
            self._back(self.sale, {self.device: 1}, token="again")
        found = self.counter.counter_return_find(self.ganhi.id, self.sale.name)
        self.assertEqual([one["id"] for one in found["sale"]["items"]], self.cases.ids)
        # Sold again, it is the later sale that it comes back from
        self.phones[0]._telecom_restock()
        later = self._sell("later")
        found = self.counter.counter_return_find(self.ganhi.id, self.phones[0].name)
        self.assertEqual(found["sale"]["id"], later.id)

    def test_articles_come_back_as_far_as_they_were_sold(self):
        free = self.ganhi.warehouse_id._telecom_free
        self._back(self.sale, {self.cases: 2})
        self.assertEqual(free(self.case), {self.case: 9})
        with self.assertRaisesRegex(UserError, "1 may come back"):
            self._back(self.sale, {self.cases: 2}, token="more")
        self._back(self.sale, {self.cases: 1, self.device: 1}, token="rest")
        self.assertEqual(self.sale.amount_returned, self.sale.amount_total)
        error = self.counter.counter_return_find(self.ganhi.id, self.sale.name)
        self.assertIn("already", error["error"])

    def test_another_amount_is_told_and_nothing_is_done(self):
        self.assertEqual(
            self._back(self.sale, {self.device: 1}, total=1), {"changed": 60_000}
        )
        self.assertEqual(self.phones[0].telecom_state, "sold")
        self.assertFalse(self.sale.return_ids)

    def test_who_may_take_it_back(self):
        with self.assertRaises(AccessError):
            self._back(self.sale, {self.device: 1}, user=self.akpakpa_shop)
        with self.assertRaisesRegex(UserError, "another boutique"):
            self._back(
                self.sale,
                {self.device: 1},
                user=self.akpakpa_shop,
                boutique=self.akpakpa,
            )
        error = self._counter(self.akpakpa_shop).counter_return_find(
            self.akpakpa.id, self.phones[0].name
        )
        self.assertNotIn("sale", error)
        self.sale.date -= timedelta(days=15)
        with self.assertRaisesRegex(UserError, "14 days"):
            self._back(self.sale, {self.device: 1})
        result = self._back(
            self.sale, {self.device: 1}, user=self.boss, boutique=self.akpakpa
        )
        self.assertIn("id", result)
        self.assertEqual(self.phones[0].telecom_boutique_id, self.akpakpa)

    def test_what_cannot_come_back_leaves_no_trace(self):
        sim = self._sell(
            "sim", items=[{"lot_id": self.sims[0].id, "msisdn": "0197550001"}]
        )
        with self.assertRaisesRegex(UserError, "terminate the line"):
            self._back(sim, {sim.item_ids: 1})
        found = self.counter.counter_return_find(self.ganhi.id, self.sims[0].name)
        self.assertIn("in the line", found["sale"]["items"][0]["problem"])
        for name, values in (
            ("nothing", {"items": []}),
            ("no reason", {"reason": ""}),
            ("no means", {"payment_method": "several"}),
            ("another sale's item", {"sale_id": sim.id}),
            ("less than none", {"items": [{"id": self.cases.id, "quantity": -1}]}),
        ):
            with self.subTest(name), self.assertRaises(UserError):
                self._back(self.sale, {self.device: 1}, token=name, **values)
        self.assertFalse((self.sale | sim).return_ids)
        # Its line ended, the card comes back as one that was used
        sim.item_ids.line_id.action_terminate()
        self._back(sim, {sim.item_ids: 1}, token="ended")
        self.assertEqual(self.sims[0].telecom_state, "swapped")

    def test_a_receipt_takes_back_nothing_that_somebody_else_has(self):
        phone = self.phones[0]
        sale = self.sale
        phone._telecom_return()
        phone._telecom_restock()
        other = self._customer(self.benin, "Bio", "Kora", phone="+2290197000012")
        self._sell("later", partner_id=other.id)
        found = self.counter.counter_return_find(self.ganhi.id, sale.name)
        self.assertIn("somebody else", found["sale"]["items"][0]["problem"])
        with self.assertRaisesRegex(UserError, "somebody else"):
            self._back(sale, {self.device: 1})
        self.assertEqual(phone.telecom_state, "sold")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_on_the_page_of_an_item_it_comes_back_into_ones_own_shop(self):
        phone = self.phones[0]

        def take_back(user, boutique=None):
            action = phone.with_user(user).action_telecom_return()
            dialog = (
                self.env["telecom.serial.action"]
                .with_user(user)
                .with_context(action["context"])
                .create({"reason": "Écran"})
            )
            if boutique is not None:
                dialog.boutique_id = boutique
            dialog.action_apply()
            return dialog

        Dialog = self.env["telecom.serial.action"]
        for user, offered in (
            (self.shop_benin, self.ganhi),
            (self.boss, self.ganhi | self.akpakpa | self.parakou),
        ):
            field = Dialog.with_user(user)._fields["boutique_id"]
            domain = field._internal_description_domain_raw(Dialog.with_user(user).env)
            shops = self.env["telecom.boutique"].search(
                [*domain, ("company_id", "=", self.benin.id)]
            )
            self.assertEqual(shops, offered)
        for boutique in (self.akpakpa, self.parakou):
            with self.assertRaisesRegex(AccessError, boutique.name):
                take_back(self.shop_benin, boutique)
        self.assertEqual(phone.telecom_state, "sold")
        # Where it was sold is not where everybody works
        self.akpakpa.user_ids |= self.shop_benin
        self.ganhi.user_ids -= self.shop_benin
        self.ganhi.user_ids -= self.clerk_and_shop
        self.assertEqual(phone._telecom_sold_from().warehouse_id.name, self.ganhi.name)
        self.ganhi.user_ids |= self.shop_benin
        dialog = take_back(self.shop_benin, self.env["telecom.boutique"])
        self.assertFalse(dialog.boutique_id, "of two shops, the one that sold it")
        self.assertEqual(phone.telecom_boutique_id, self.ganhi)
        phone._telecom_restock()
        self._sell("again")
        take_back(self.boss, self.parakou)
        self.assertEqual(phone.telecom_boutique_id, self.parakou)


@tagged("post_install", "-at_install", "telecom")
class TestCounterPayments(CounterMoneyCase):
    """One sale, several means; change is given of cash only."""

    def _pay(self, token, **amounts):
        return self._sell(
            token,
            items=[{"product_id": self.case.id, "quantity": 1}],
            payments=[
                {"method": method, "amount": amount}
                for method, amount in amounts.items()
            ],
        )

    def test_a_payment_by_several_means(self):
        sale = self._pay("two", mobile_money=1_500, cash=1_000)
        self.assertEqual(sale.payment_method, "several")
        self.assertEqual(
            {part.method: part.amount for part in sale.payment_ids},
            {"mobile_money": 1_500, "cash": 500},
        )
        self.assertEqual((sale.amount_received, sale.amount_change), (2_500, 500))
        said = sale._receipt_methods()
        self.assertIn("Mobile Money", said)
        self.assertIn("Cash", said)

    def test_one_of_them_is_that_one(self):
        sale = self._pay("one", card=2_000, cash=0)
        self.assertEqual(sale.payment_method, "card")
        self.assertEqual(sale.payment_ids.mapped("amount"), [2_000])

    def test_what_does_not_add_up(self):
        for amounts in (
            {"card": 1_999},
            {"card": 2_001},
            {"card": 1_500, "mobile_money": 1_500},
            {"card": -1_000, "cash": 3_000},
            {"cash": float("nan")},
            {"cash": float("inf")},
            {"beads": 2_000},
        ):
            with self.subTest(amounts), self.assertRaises(UserError):
                self._pay(str(amounts), **amounts)
        self.assertFalse(self.counter.search([]))


@tagged("post_install", "-at_install", "telecom")
class TestCashDay(CounterMoneyCase):
    """The drawer of a shop: what should be in it, what is, and why it differs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.days = (
            cls.env["telecom.cash.day"]
            .with_user(cls.shop_benin)
            .with_company(cls.benin)
        )

    def _open(self, opening=0):
        action = self.days.action_open_today(self.ganhi.id)
        day = self.days.browse(action["res_id"])
        if opening:
            day.opening = opening
        return day

    def _version(self, day):
        """Return which version of its row a day is, as the database counts them."""
        self.env.flush_all()
        self.env.cr.execute("SELECT ctid FROM telecom_cash_day WHERE id = %s", [day.id])
        return self.env.cr.fetchone()

    def test_money_that_is_noted_while_the_day_is_closed_begins_again(self):
        """The database refuses the later of two that write a row at the same time."""
        day = self._open(10_000)
        before = self._version(day)
        self.env["telecom.cash.movement"].with_user(self.shop_benin).create(
            {"day_id": day.id, "kind": "bank", "amount": 4_000, "reason": "Dépôt"}
        )
        noted = self._version(day)
        self.assertNotEqual(noted, before)
        self._sell("phone")
        self.assertNotEqual(self._version(day), noted)
        self.assertEqual(day.sale_count, 1)

    def test_a_day_adds_up_and_is_closed(self):
        day = self._open(10_000)
        self.assertEqual(self._open(), day, "One drawer a day")
        sale = self._sell("phone")
        self._sell(
            "cases",
            items=[{"product_id": self.case.id, "quantity": 2}],
            payments=[
                {"method": "card", "amount": 3_000},
                {"method": "cash", "amount": 5_000},
            ],
        )
        self._back(sale, {sale.item_ids: 1})
        self.env["telecom.cash.movement"].with_user(self.shop_benin).create(
            {"day_id": day.id, "kind": "bank", "amount": 4_000, "reason": "Dépôt"}
        )
        self.env.invalidate_all()
        self.assertEqual(
            (day.cash_sales, day.cash_returns, day.moved, day.card),
            (61_000, 60_000, -4_000, 3_000),
        )
        self.assertEqual((day.expected, day.sale_count), (7_000, 3))
        day.counted = 6_500
        with self.assertRaisesRegex(UserError, "say why"):
            day.action_close()
        day.difference_reason = "Rendu trop de monnaie"
        day.action_close()
        self.assertEqual((day.state, day.difference), ("closed", -500))
        self.assertEqual(day.closed_by_id, self.shop_benin)
        self.assertTrue(day._telecom_pdf().startswith(b"%PDF"))
        # Nothing more is sold on it, and nothing on it is changed
        with self.assertRaisesRegex(UserError, "closed"):
            self._sell("late", items=[{"lot_id": self.phones[1].id}])
        self.assertEqual(self.phones[1].telecom_state, "stock")
        for values in ({"counted": 7_000}, {"opening": 9_500}):
            with self.assertRaises(UserError):
                day.write(values)
        with self.assertRaises(UserError):
            self.env["telecom.cash.movement"].with_user(self.shop_benin).create(
                {"day_id": day.id, "kind": "in", "amount": 500, "reason": "Trouvé"}
            )
        with self.assertRaises(AccessError):
            day.action_reopen()
        day.with_user(self.boss).action_reopen()
        self._sell("late", items=[{"lot_id": self.phones[1].id}])
        # The next morning begins with what was counted
        day.write({"counted": 66_500, "difference_reason": "Idem"})
        day.action_close()
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            tomorrow = self._open()
            self.assertEqual((tomorrow.opening, tomorrow.state), (66_500, "open"))
            self.assertEqual(tomorrow.expected, 66_500)

    def test_opened_by_two_at_once_it_is_one_day(self):
        day = self._open()
        with self.assertBeginsAgain("telecom.cash.day"):
            self._open()
        self.assertEqual(self._open(), day)

    def test_shops_without_a_drawer_sell_as_before(self):
        self._sell()
        self.assertFalse(self.days.search([]))

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_each_shop_its_own(self):
        day = self._open()
        others = self._as(self.akpakpa_shop, "telecom.cash.day")
        self.assertFalse(others.search([]))
        with self.assertRaises(AccessError):
            others.browse(day.id).action_close()
        with self.assertRaises(AccessError):
            others.action_open_today(self.ganhi.id)
        with self.assertRaises(AccessError):
            others.create({"boutique_id": self.ganhi.id})
        with self.assertRaises(AccessError):
            self._as(self.akpakpa_shop, "telecom.cash.movement").create(
                {"day_id": day.id, "kind": "in", "amount": 1, "reason": "x"}
            )
        with self.assertRaises(UserError):
            self.days.create({"boutique_id": self.ganhi.id, "state": "closed"})
        with self.assertRaises(UserError):
            day.state = "closed"
        self.assertIn(day, self._as(self.boss, "telecom.cash.day").search([]))
        self.assertFalse(self._as(self.manager_tunisia, "telecom.cash.day").search([]))

    def test_managers_sell_in_their_own_operators_shops(self):
        other = self.env["telecom.boutique"].create(
            {"name": "Tunis", "code": "TUX", "company_id": self.tunisia.id}
        )
        other.state = "open"
        opened = self._counter(self.boss).counter_open()
        shops = {one["id"] for one in opened["boutiques"]}
        self.assertNotIn(other.id, shops)
        self.assertIn(self.akpakpa.id, shops)
        with self.assertRaises(AccessError):
            self._counter(self.boss).counter_open(other.id)


@tagged("post_install", "-at_install", "telecom")
class TestStockAlert(CounterMoneyCase):
    """Managers are told what runs short: once, until it is over."""

    def _told(self):
        self.env["telecom.stock.alert"]._telecom_tell(self.benin)
        found = self.env["telecom.notification"].search(
            [
                ("user_id", "=", self.manager_benin.id),
                ("kind_id.code", "=", "stock_alert"),
            ]
        )
        return len(found), found[:1]

    def test_the_manager_is_told_once(self):
        self.ganhi.manager_id = self.manager_benin
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.case.id,
                "warehouse_id": self.ganhi.warehouse_id.id,
                "location_id": self.ganhi.warehouse_id.lot_stock_id.id,
                "product_min_qty": 9,
                "product_max_qty": 20,
                "company_id": self.benin.id,
                "trigger": "manual",
            }
        )
        start, _none = self._told()
        self._sell(items=[{"product_id": self.case.id, "quantity": 2}])
        count, told = self._told()
        self.assertEqual(count, start + 1)
        self.assertIn("Ganhi", told.subject)
        self.assertIn("Étui", told.body)
        self.assertEqual(told._telecom_record(), self.ganhi)
        self.assertEqual(self._told()[0], count, "Once")
        self._sell("out", items=[{"product_id": self.case.id, "quantity": 8}])
        self.assertEqual(self._told()[0], count + 1, "None left is another news")
        # Over, and again
        self._plain(self.case, self.ganhi, 30)
        self.assertEqual(self._told()[0], count + 1)
        self._sell("more", items=[{"product_id": self.case.id, "quantity": 25}])
        self.assertEqual(self._told()[0], count + 2)
