from odoo.exceptions import UserError
from odoo.tests import tagged

from .counter_common import CounterCase

SHOWN = {"kind": "passport", "number": "BJ0012345"}


@tagged("post_install", "-at_install", "telecom")
class TestCounterSale(CounterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counter = (
            cls.env["telecom.counter.sale"]
            .with_user(cls.shop_benin)
            .with_company(cls.benin)
        )

    def _sell(self, token="token", **values):
        return self.counter.counter_sell(
            {
                "token": token,
                "boutique_id": self.ganhi.id,
                "partner_id": self.awa.id,
                "payment_method": "cash",
                **values,
            }
        )

    def _sale(self, result):
        return self.env["telecom.counter.sale"].browse(result["id"])

    def test_the_counter_knows_its_shop(self):
        opened = self.counter.counter_open()
        self.assertEqual(opened["boutique"]["id"], self.ganhi.id)
        self.assertEqual([one["id"] for one in opened["boutiques"]], self.ganhi.ids)
        self.assertEqual(
            [one["id"] for one in self.counter.counter_customers(None, "Dossou")],
            self.awa.ids,
        )

    def test_what_a_scan_finds(self):
        def scan(text):
            return self.counter.counter_scan(self.ganhi.id, text)

        item = scan("35693803-564380-9")["item"]
        self.assertEqual((item["lot_id"], item["price"]), (self.phones[0].id, 60_000))
        self.assertEqual(scan("6130000000017")["item"]["product_id"], self.case.id)
        self.assertEqual(
            {one.get("lot_id") for one in scan("smartphone")["choices"]},
            set(self.phones.ids),
        )
        self.assertIn("Akpakpa", scan("352099001761481")["error"])
        self.assertIn("xyz", scan("xyz")["error"])
        self.phones[1]._telecom_block("Volé au comptoir")
        self.assertIn("Volé au comptoir", scan("490154203237518")["error"])

    def test_a_device_and_a_sim_are_sold_and_put_into_service(self):
        result = self._sell(
            items=[
                {"lot_id": self.phones[0].id},
                {"lot_id": self.sims[0].id, "msisdn": "01 97 55 00 01"},
                {"product_id": self.case.id, "quantity": 2},
            ],
            total=64_500,
            amount_received=70_000,
        )
        sale = self._sale(result)
        self.assertEqual((sale.amount_total, result["change"]), (64_500, 5_500))
        self.assertEqual(sale.picking_id.state, "done")
        self.assertEqual(self.phones[0].telecom_state, "sold")
        self.assertEqual(self.sims[0].telecom_state, "active")
        self.assertFalse((self.phones[0] | self.sims[0]).telecom_boutique_id)
        line = sale.item_ids.line_id
        self.assertEqual(
            (line.msisdn, line.state, line.partner_id, line.iccid),
            ("+2290197550001", "active", self.awa, self.sims[0].name),
        )
        self.assertEqual(
            self.ganhi.warehouse_id._telecom_free(self.case), {self.case: 8}
        )
        content = sale.with_user(self.shop_benin)._telecom_pdf()
        self.assertTrue(content.startswith(b"%PDF"))

    def test_sent_twice_it_is_sold_once(self):
        items = [{"lot_id": self.phones[0].id}]
        first = self._sell(items=items)
        self.assertEqual(self._sell(items=items), first)
        with self.assertRaisesRegex(UserError, "Sold"):
            self._sell(token="another", items=items)
        self.assertEqual(
            self.env["telecom.counter.sale"].search_count(
                [("boutique_id", "=", self.ganhi.id)]
            ),
            1,
        )

    def test_the_same_sent_twice_at_once_begins_again(self):
        items = [{"product_id": self.case.id, "quantity": 1}]
        first = self._sell(items=items)
        with self.assertBeginsAgain("telecom.counter.sale"):
            self._sell(items=items)
        self.assertEqual(self._sell(items=items), first)

    def test_what_changed_meanwhile_is_told_and_nothing_is_sold(self):
        items = [{"lot_id": self.phones[0].id}]
        self.assertEqual(self._sell(items=items, total=59_000), {"changed": 60_000})
        self.assertEqual(self.phones[0].telecom_state, "stock")
        self.assertEqual(self.phones[0].telecom_boutique_id, self.ganhi)
        self.assertFalse(self.counter.search([]))
        self.assertIn("id", self._sell(items=items, total=60_000))

    def test_what_cannot_be_sold_leaves_no_trace(self):
        taken = self._line(self._customer(self.benin, "Codjo", "Ali"), "+2290197660001")
        for name, values in (
            ("not here", {"items": [{"lot_id": self.there.id}]}),
            ("nothing", {"items": []}),
            (
                "more than there are",
                {"items": [{"product_id": self.case.id, "quantity": 11}]},
            ),
            ("twice", {"items": [{"lot_id": self.phones[0].id}] * 2}),
            (
                "somebody's number",
                {"items": [{"lot_id": self.sims[0].id, "msisdn": taken.msisdn}]},
            ),
            (
                "somebody's line",
                {"items": [{"lot_id": self.sims[0].id, "line_id": taken.id}]},
            ),
            (
                "too little money",
                {"items": [{"lot_id": self.phones[0].id}], "amount_received": 100},
            ),
            (
                "no customer",
                {"items": [{"lot_id": self.phones[0].id}], "partner_id": False},
            ),
            (
                "a serial product by its name",
                {"items": [{"product_id": self.phone.id}]},
            ),
        ):
            with self.subTest(name), self.assertRaises(UserError):
                self._sell(token=name, **values)
        self.assertFalse(self.counter.search([]))
        self.assertEqual(
            set((self.phones | self.sims).mapped("telecom_state")), {"stock"}
        )

    def test_a_number_made_for_a_sim_is_sold_with_this_sim(self):
        made = self.env["telecom.line"].create(
            {"company_id": self.benin.id, "msisdn": "+2290197550009"}
        )
        free = made.copy({"msisdn": "+2290197550010"})
        self.sims[1].telecom_msisdn = made.msisdn
        found = self.counter.counter_numbers(self.ganhi.id, "019755")
        self.assertEqual(found, [free.display_name])
        for number in (made.msisdn, "01 97 55 00 11"):
            if number != made.msisdn:
                # Without a line yet
                self.sims[1].telecom_msisdn = number
            with self.subTest(number):
                with self.assertRaisesRegex(UserError, self.sims[1].name):
                    self._sell(
                        token=number,
                        items=[{"lot_id": self.sims[0].id, "msisdn": number}],
                    )
        self.sims[1].telecom_msisdn = made.msisdn
        self._sell(
            token="its own",
            items=[{"lot_id": self.sims[1].id, "msisdn": made.msisdn}],
        )
        self.assertEqual(made.iccid, self.sims[1].name)
        self.assertEqual(made.partner_id, self.awa)

    def test_a_new_customer_and_a_number_the_sim_was_made_for(self):
        self.sims[1].telecom_msisdn = "+2290197550009"
        result = self._sell(
            partner_id=False,
            partner={
                "first_name": "Sènan",
                "last_name": "Houéto",
                "phone": "01 97 00 00 77",
            },
            items=[{"lot_id": self.sims[1].id}],
            payment_method="mobile_money",
        )
        sale = self._sale(result)
        self.assertEqual(sale.partner_id.company_id, self.benin)
        self.assertTrue(sale.partner_id.telecom_customer)
        self.assertEqual(sale.item_ids.line_id.msisdn, "+2290197550009")
        self.assertEqual(sale.item_ids.line_id.state, "active")

    def test_a_new_sim_takes_the_place_of_the_old_one(self):
        first = self._sell(items=[{"lot_id": self.sims[0].id, "msisdn": "0197550001"}])
        line = self._sale(first).item_ids.line_id
        self._sell(
            token="swap",
            items=[{"lot_id": self.sims[1].id, "line_id": line.id}],
            identity=SHOWN,
        )
        self.assertEqual(line.iccid, self.sims[1].name)
        self.assertEqual(self.sims[0].telecom_state, "swapped")
        self.assertEqual(self.sims[1].telecom_state, "active")

    def _swap(self, line, sim, token):
        return self._sale(
            self._sell(
                token, items=[{"lot_id": sim.id, "line_id": line.id}], identity=SHOWN
            )
        )

    def test_a_line_that_ended_gets_no_sim(self):
        line = self._line(self.awa, "+2290197550009", state="active")
        line.action_terminate()
        with self.assertRaisesRegex(UserError, "terminated"):
            self._swap(line, self.sims[0], "ended")
        self.assertEqual(self.sims[0].telecom_state, "stock")

    def test_a_new_sim_for_a_stolen_one_brings_the_line_back(self):
        line = self._line(self.awa, "+2290197550009", state="active")
        self._swap(line, self.sims[0], "first")
        self.sims[0]._telecom_block("Stolen in the bus")
        self.assertEqual(line.state, "suspended")
        sale = self._swap(line, self.sims[1], "second")
        self.assertEqual(line.state, "active")
        self.assertEqual(line.iccid, self.sims[1].name)
        self.assertEqual(self.sims.mapped("telecom_state"), ["lost", "active"])
        self.assertIn("In service", sale._receipt_notes()[0].text)

    def test_a_line_suspended_for_another_reason_stays_so_and_the_receipt_says_it(self):
        line = self._line(self.awa, "+2290197550009", state="active")
        self._swap(line, self.sims[0], "first")
        self.sims[0]._telecom_block("Stolen in the bus")
        self.sims[0]._telecom_unblock("Found")
        line.with_context(telecom_line_event={"reason": "Unpaid"}).write(
            {"state": "active"}
        )
        line.with_context(telecom_line_event={"reason": "Unpaid"}).action_suspend()
        self.sims[0]._telecom_block("Stolen in the bus")
        sale = self._swap(line, self.sims[1], "second")
        self.assertEqual(line.state, "suspended")
        result = sale._counter_result()
        self.assertFalse(result["lines"])
        self.assertIn("Suspended", result["waiting"][0])
        self.assertIn("Not in service", sale._receipt_notes()[0].text)

    def test_a_sim_goes_into_lines_that_have_one(self):
        wired = self._line(self.awa, "+2290121300777", technology="adsl")
        self._line(self.awa, "+2290197550009")
        [found] = self.counter.counter_customers(self.ganhi.id, "+2290197000011")
        kinds = {line["name"]: line["kinds"] for line in found["lines"]}
        self.assertNotIn("sim", kinds[wired.display_name])
        self.assertEqual(sum("sim" in each for each in kinds.values()), 1)
        with self.assertRaisesRegex(UserError, "no SIM"):
            self._swap(wired, self.sims[0], "wired")
        wired.iccid = "8922901000000000999"
        self._swap(wired, self.sims[0], "wireless")
        self.assertEqual(wired.iccid, self.sims[0].name)

    def test_signs_of_a_search_find_nothing_by_themselves(self):
        self.case.default_code = "ETUI"
        for text in ("%", "_TUI", "E%", "", " "):
            found = self.counter.counter_scan(self.ganhi.id, text)
            self.assertNotIn("item", found, text)
        self.assertIn("item", self.counter.counter_scan(self.ganhi.id, "etui"))

    def test_the_dashboard_adds_up(self):
        self.env["telecom.boutique.target"].create(
            {
                "boutique_id": self.ganhi.id,
                "company_id": self.benin.id,
                "month": self.ganhi._telecom_today(),
                "amount": 240_000,
            }
        )
        self._sell(items=[{"lot_id": self.phones[0].id}])
        shop = self.ganhi.with_user(self.boss)
        self.assertEqual(
            (shop.sales_today, shop.sales_month, shop.sales_count_today),
            (60_000, 60_000, 1),
        )
        self.assertEqual((shop.target_month, shop.target_reached), (240_000, 25))
        kinds = {one["kind"]: one["quantity"] for one in shop.stock_kinds}
        self.assertEqual(kinds, {"phone": 1, "sim": 2, "": 10})
        # As many questions for one shop as for all
        shops = (self.ganhi | self.akpakpa | self.parakou).with_user(self.boss)
        names = ["sales_today", "sales_month", "stock_kinds", "low_stock_count"]
        shop.read(names)
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        shop.read(names)
        single = self.cr.sql_log_count - before
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        shops.read(names)
        self.assertLessEqual(self.cr.sql_log_count - before, single + 2)
