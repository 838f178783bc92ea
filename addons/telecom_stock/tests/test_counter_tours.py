from odoo.tests import HttpCase, tagged

from .counter_common import CounterCase


@tagged("post_install", "-at_install", "telecom")
class TestCounterTours(HttpCase, CounterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.shop_benin | cls.akpakpa_shop:
            user.write({"password": user.login})

    def test_a_sale_with_activation(self):
        self.start_tour(
            "/odoo/telecom-counter",
            "telecom_stock_counter_sale",
            login=self.shop_benin.login,
        )
        sale = self.env["telecom.counter.sale"].search(
            [("boutique_id", "=", self.ganhi.id)]
        )
        self.assertEqual(sale.partner_id, self.awa)
        self.assertEqual(sale.item_ids.lot_id, self.phones[0] | self.sims[0])
        self.assertEqual(sale.item_ids.line_id.state, "active")
        self.assertEqual(sale.payment_method, "mobile_money")
        self.authenticate(self.shop_benin.login, self.shop_benin.login)
        receipt = self.url_open(f"/telecom/counter/receipt/{sale.id}")
        self.assertEqual(receipt.headers["Content-Type"], "application/pdf")
        self.assertTrue(receipt.content.startswith(b"%PDF"))
        self.authenticate(self.akpakpa_shop.login, self.akpakpa_shop.login)
        receipt = self.url_open(f"/telecom/counter/receipt/{sale.id}")
        self.assertEqual(receipt.status_code, 404)

    def test_a_return_and_the_drawer_on_a_telephone(self):
        self.browser_size = "390x844"
        self.touch_enabled = True
        self.start_tour(
            "/odoo/telecom-counter",
            "telecom_stock_counter_return",
            login=self.shop_benin.login,
        )
        sales = self.env["telecom.counter.sale"].search(
            [("boutique_id", "=", self.ganhi.id)]
        )
        back = sales.filtered("origin_id")
        self.assertEqual(len(sales), 2)
        self.assertEqual(back.origin_id.payment_method, "several")
        self.assertEqual(
            (back.return_reason, back.payment_method, back.amount_total),
            ("defect", "cash", -60_000),
        )
        self.assertEqual(self.phones[0].telecom_state, "returned")
        day = self.env["telecom.cash.day"].search([("boutique_id", "=", self.ganhi.id)])
        self.assertEqual((day.expected, day.mobile_money), (-20_000, 20_000))
        self.assertEqual(day.difference_reason, "Fond de caisse oublié")

    def test_a_transfer_between_two_shops(self):
        self.start_tour(
            "/odoo/telecom-transfers/new",
            "telecom_stock_transfer_send",
            login=self.shop_benin.login,
        )
        transfer = self.env["telecom.stock.transfer"].search(
            [("company_id", "=", self.benin.id)]
        )
        self.assertEqual(transfer.state, "transit")
        self.start_tour(
            "/odoo/telecom-transfers",
            "telecom_stock_transfer_receive",
            login=self.akpakpa_shop.login,
        )
        self.assertEqual(transfer.state, "done")
        self.assertEqual(self.phones[0].telecom_boutique_id, self.akpakpa)

    def test_a_count_on_a_telephone(self):
        self.browser_size = "390x844"
        self.touch_enabled = True
        self.start_tour(
            "/odoo/telecom-counts/new",
            "telecom_stock_count",
            login=self.shop_benin.login,
        )
        count = self.env["telecom.stock.count"].search(
            [("company_id", "=", self.benin.id)]
        )
        self.assertEqual(count.state, "review")
        results = count.item_ids.mapped("result")
        self.assertEqual(
            {result: results.count(result) for result in set(results)},
            {"match": 1, "elsewhere": 1, "unknown": 1, "missing": 4},
        )
