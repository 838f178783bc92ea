from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.telecom_stock.tests.counter_common import CounterCase


@tagged("post_install", "-at_install", "telecom")
class TestCounterBilling(CounterCase):
    """A sale at the counter is an order, a subscription, an invoice and a payment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Chart = cls.env["account.chart.template"]
        if not cls.benin.chart_template:
            Chart.try_loading("bj", cls.benin)
        cls.env.invalidate_all()
        cls.vat = cls.benin.account_sale_tax_id
        cls.phone.taxes_id = cls.vat
        (cls.sim | cls.case).taxes_id = False
        cls.plan = cls._offer("Forfait 10 Go", "postpaid", 5_000, 1_000)
        cls.fibre = cls._offer("Fibre 50", "fibre", 20_000, 0)
        cls.counter = (
            cls.env["telecom.counter.sale"]
            .with_user(cls.shop_benin)
            .with_company(cls.benin)
        )

    @classmethod
    def _offer(cls, name, kind, monthly, once):
        template = cls.env["product.template"].create(
            {
                "name": name,
                "company_id": cls.benin.id,
                "telecom_offer_kind": kind,
                "type": "service",
                "taxes_id": [Command.clear()],
            }
        )
        cls.env["telecom.offer.price"].create(
            [
                {
                    "company_id": cls.benin.id,
                    "product_tmpl_id": template.id,
                    "kind": price_kind,
                    "amount": amount,
                    "date_from": "2020-01-01",
                }
                for price_kind, amount in (("recurring", monthly), ("one_time", once))
            ]
        )
        return template.product_variant_id

    def _values(self, **values):
        return {
            "token": "token",
            "boutique_id": self.ganhi.id,
            "partner_id": self.awa.id,
            "payment_method": "cash",
            "items": [
                {"lot_id": self.phones[0].id},
                {
                    "lot_id": self.sims[0].id,
                    "msisdn": "0197550001",
                    "offer_id": self.plan.id,
                },
                {"product_id": self.case.id, "quantity": 2},
            ],
            **values,
        }

    def test_order_subscription_invoice_and_payment_in_one_go(self):
        values = self._values()
        shown = self.counter.counter_totals(values)
        # 60,000 and 18 % of it, a SIM, what the offer costs once, two cases
        self.assertEqual(self.vat.amount, 18)
        self.assertEqual(shown["total"], 70_800 + 500 + 1_000 + 4_000)
        result = self.counter.counter_sell({**values, "total": shown["total"]})
        sale = self.env["telecom.counter.sale"].browse(result["id"])
        self.assertEqual(sale.amount_total, shown["total"])
        self.assertEqual(sale.amount_tax, 10_800)
        order, invoice, payment = (
            sale.order_id,
            sale.invoice_id,
            sale.account_payment_ids,
        )
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.warehouse_id, self.ganhi.warehouse_id)
        self.assertEqual(order.picking_ids, sale.picking_id)
        self.assertEqual(sale.picking_id.state, "done")
        self.assertEqual(
            sale.picking_id.move_line_ids.lot_id, self.phones[0] | self.sims[0]
        )
        self.assertEqual((invoice.state, invoice.move_type), ("posted", "out_invoice"))
        self.assertEqual(invoice.amount_total, sale.amount_total)
        self.assertTrue(invoice.currency_id.is_zero(invoice.amount_residual))
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(payment.journal_id.type, "cash")
        self.assertEqual(payment.journal_id, self.ganhi.telecom_cash_journal_id)
        self.assertEqual(payment.amount, sale.amount_total)
        line = sale.item_ids.line_id
        subscription = line.telecom_subscription_ids
        self.assertEqual(
            (line.state, line.iccid, line.offer),
            ("active", self.sims[0].name, "Forfait 10 Go"),
        )
        self.assertEqual(
            (subscription.state, subscription.product_id, subscription.partner_id),
            ("active", self.plan, self.awa),
        )
        self.assertEqual(subscription.date_start, self.benin._telecom_today())
        # The one-time price was paid: the bill of the month has the monthly one only
        today = self.benin._telecom_today()
        charges = subscription._telecom_charges(
            today.replace(day=1), fields.Date.end_of(today, "month")
        )
        labels = {one.label for one in charges.get(subscription.id, ())}
        self.assertNotIn("one_time", labels)
        self.assertTrue(sale._telecom_pdf().startswith(b"%PDF"))
        self.assertEqual(
            self.counter.counter_sell({**values, "total": shown["total"]}), result
        )
        self.assertEqual(
            self.env["sale.order"].search_count([("partner_id", "=", self.awa.id)]), 1
        )

    def _take_back(self, sale, wanted, **values):
        return self.counter.counter_take_back(
            {
                "token": "back",
                "boutique_id": self.ganhi.id,
                "sale_id": sale.id,
                "items": [
                    {"id": item.id, "quantity": quantity}
                    for item, quantity in wanted.items()
                ],
                "reason": "mind",
                "payment_method": "cash",
                **values,
            }
        )

    def test_taking_back_is_a_credit_note_and_its_payment(self):
        result = self.counter.counter_sell(self._values())
        sale = self.env["telecom.counter.sale"].browse(result["id"])
        phone, _sim, case = sale.item_ids
        found = self.counter.counter_return_find(self.ganhi.id, sale.name)["sale"]
        self.assertEqual([one["price"] for one in found["items"]], [70_800, 500, 2_000])
        result = self._take_back(sale, {phone: 1, case: 1}, total=72_800)
        back = self.env["telecom.counter.sale"].browse(result["id"])
        note = back.invoice_id
        self.assertEqual((note.move_type, note.state), ("out_refund", "posted"))
        self.assertEqual(note.reversed_entry_id, sale.invoice_id)
        self.assertEqual((note.amount_total, note.amount_tax), (72_800, 10_800))
        self.assertTrue(note.currency_id.is_zero(note.amount_residual))
        self.assertEqual((back.amount_total, back.amount_tax), (-72_800, -10_800))
        payment = back.account_payment_ids
        self.assertEqual(
            (payment.payment_type, payment.amount, payment.journal_id),
            ("outbound", 72_800, self.ganhi.telecom_cash_journal_id),
        )
        # The order knows, too, and the invoice stays paid
        lines = (phone | case).order_line_id
        self.assertEqual(lines.mapped("qty_delivered"), [0, 1])
        self.assertEqual(lines.mapped("qty_invoiced"), [0, 1])
        self.assertTrue(
            sale.invoice_id.currency_id.is_zero(sale.invoice_id.amount_residual)
        )
        self.assertEqual(self.phones[0].telecom_state, "returned")
        self.assertTrue(back._telecom_pdf().startswith(b"%PDF"))

    def test_what_a_promotion_took_off_is_not_given_back(self):
        result = self.counter.counter_sell(self._values())
        sale = self.env["telecom.counter.sale"].browse(result["id"])
        phone = sale.item_ids[0]
        sale.order_id.sudo().write(
            {
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.plan.id,
                            "product_uom_qty": 1,
                            "price_unit": -sale.order_id.amount_total / 2,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ]
            }
        )
        self.assertEqual(phone._refund(1)["total"], 35_400)
        shown = self.counter.counter_return_find(self.ganhi.id, phone.lot_id.name)
        self.assertEqual(shown["sale"]["items"][0]["price"], 35_400)
        back = self._take_back(sale, {phone: 1}, total=35_400)
        self.assertEqual(back.get("total"), 35_400)

    def _promotion(self, amount, **values):
        """Take something off every sale at once."""
        return self.env["loyalty.program"].create(
            {
                "name": "Rentrée",
                "company_id": self.benin.id,
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "rule_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "reward_point_amount": 1,
                            "reward_point_mode": "order",
                            "minimum_qty": 1,
                        }
                    ),
                ],
                "reward_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "required_points": 1,
                            "discount": amount,
                            "discount_mode": "per_order",
                            "discount_applicability": "order",
                        }
                    ),
                ],
                **values,
            }
        )

    def test_a_promotion_is_shown_before_it_is_sold_and_refunded_to_the_franc(self):
        self._promotion(20_000)
        self.phone.taxes_id = False
        self.phone.list_price = 150_000
        values = self._values(items=[{"lot_id": self.phones[0].id}])
        orders = self.env["sale.order"].search_count([])
        partners = self.env["res.partner"].search_count([])
        for partner in (self.awa.id, False):
            shown = self.counter.counter_totals({**values, "partner_id": partner})
            self.assertEqual((shown["total"], shown["promotions"]), (130_000, -20_000))
        self.assertEqual(self.env["sale.order"].search_count([]), orders)
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        result = self.counter.counter_sell({**values, "total": shown["total"]})
        sale = self.env["telecom.counter.sale"].browse(result["id"])
        self.assertEqual(sale.invoice_id.amount_total, 130_000)
        found = self.counter.counter_return_find(self.ganhi.id, sale.name)["sale"]
        self.assertEqual(found["items"][0]["price"], 130_000)
        result = self._take_back(sale, {sale.item_ids: 1}, total=130_000)
        back = self.env["telecom.counter.sale"].browse(result["id"])
        self.assertEqual(back.amount_total, -130_000)
        self.assertEqual(back.invoice_id.amount_total, 130_000)

    def test_a_promotion_shared_by_taxed_items_is_refunded_as_it_was_paid(self):
        self._promotion(7_777)
        self.case.list_price = 67.67
        self.case.taxes_id = self.vat
        values = self._values(
            items=[
                {"lot_id": self.phones[0].id},
                {"product_id": self.case.id, "quantity": 3},
            ]
        )
        shown = self.counter.counter_totals(values)
        result = self.counter.counter_sell({**values, "total": shown["total"]})
        sale = self.env["telecom.counter.sale"].browse(result["id"])
        phone, case = sale.item_ids
        given = 0
        for number, item in enumerate((case, phone, case, case)):
            refund = item._refund(1)["total"]
            result = self._take_back(
                sale, {item: 1}, total=refund, token=f"back-{number}"
            )
            back = self.env["telecom.counter.sale"].browse(result["id"])
            self.assertEqual(back.amount_total, -refund)
            self.assertEqual(back.invoice_id.amount_total, refund)
            given += refund
        self.assertEqual(given, sale.amount_total)

    def test_promotions_on_monthly_prices_cost_no_order(self):
        self.assertFalse(self.counter._counter_promotes(self.benin))
        program = self._promotion(20_000)
        self.assertTrue(self.counter._counter_promotes(self.benin))
        program.reward_ids.write(
            {"discount_mode": "percent", "discount": 50, "telecom_months": 3}
        )
        self.assertFalse(self.counter._counter_promotes(self.benin))

    def test_each_means_of_payment_in_its_journal(self):
        if not self.env["account.journal"].search_count(
            [("company_id", "=", self.benin.id), ("type", "=", "bank")]
        ):
            self.env["account.journal"].create(
                {"name": "Banque", "type": "bank", "company_id": self.benin.id}
            )
        total = self.counter.counter_totals(self._values())["total"]
        result = self.counter.counter_sell(
            self._values(
                payments=[
                    {"method": "mobile_money", "amount": 50_000},
                    {"method": "cash", "amount": total},
                ]
            )
        )
        sale = self.env["telecom.counter.sale"].browse(result["id"])
        self.assertEqual(result["change"], 50_000)
        invoice = sale.invoice_id
        self.assertTrue(invoice.currency_id.is_zero(invoice.amount_residual))
        paid = {
            part.method: (part.account_payment_id.journal_id.type, part.amount)
            for part in sale.payment_ids
        }
        self.assertEqual(
            paid, {"mobile_money": ("bank", 50_000), "cash": ("cash", total - 50_000)}
        )

    def test_two_shops_that_sell_first_at_once_get_a_journal_each(self):
        self.ganhi._telecom_journal("cash")
        with self.assertBeginsAgain("account.journal"):
            self.akpakpa._telecom_journal("cash")
        self.assertNotEqual(
            self.akpakpa._telecom_journal("cash"), self.ganhi._telecom_journal("cash")
        )

    def test_only_the_pieces_sold_were_ever_reserved(self):
        self.counter.counter_sell(self._values())
        kinds = self.phones[1].telecom_event_ids.mapped("kind")
        self.assertNotIn("reserved", kinds)

    def test_a_price_that_changed_leaves_no_trace(self):
        orders = self.env["sale.order"].search_count([])
        moves = self.env["account.move"].search_count([])
        result = self.counter.counter_sell(self._values(total=1))
        self.assertEqual(result, {"changed": 76_300})
        self.assertEqual(self.env["sale.order"].search_count([]), orders)
        self.assertEqual(self.env["account.move"].search_count([]), moves)
        self.assertEqual(self.phones[0].telecom_state, "stock")

    def test_an_offer_goes_with_its_kind_of_item(self):
        with self.assertRaisesRegex(UserError, "Fibre 50"):
            self.counter.counter_sell(
                self._values(
                    items=[
                        {
                            "lot_id": self.sims[0].id,
                            "msisdn": "0197550001",
                            "offer_id": self.fibre.id,
                        }
                    ]
                )
            )
        offers = {one["id"]: one for one in self.counter.counter_open()["offers"]}
        self.assertIn("sim", offers[self.plan.id]["kinds"])
        self.assertNotIn("sim", offers[self.fibre.id]["kinds"])

    def test_an_offer_the_customer_cannot_have_is_told_before(self):
        self.plan.telecom_customer_type = "organisation"
        refused = self.counter.counter_totals(self._values(partner_id=False))["refused"]
        self.assertFalse(refused, "nobody is chosen yet")
        refused = self.counter.counter_totals(self._values())["refused"]
        self.assertEqual(refused, {self.plan.id: "Is for organisations."})

    def test_a_large_sale_needs_no_approval(self):
        self.benin.telecom_quote_limit = 1_000
        self.assertIn("id", self.counter.counter_sell(self._values()))

    def test_an_accepted_quotation_reserves_devices_and_sims(self):
        seller = self.seller_benin
        order = (
            self.env["sale.order"]
            .with_user(seller)
            .with_company(self.benin)
            .create(
                {
                    "partner_id": self.awa.id,
                    "company_id": self.benin.id,
                    "telecom_boutique_id": self.akpakpa.id,
                    "order_line": [
                        Command.create({"product_id": self.phone.id}),
                        Command.create({"product_id": self.plan.id}),
                    ],
                }
            )
        )
        self.assertEqual(order.warehouse_id, self.akpakpa.warehouse_id)
        order.action_confirm()
        picking = order.sudo().picking_ids
        self.assertEqual(picking.state, "assigned")
        self.assertEqual(picking.move_line_ids.lot_id, self.there)
        self.assertEqual(self.there.telecom_state, "reserved")
        # What is kept for somebody is not sold to somebody else
        found = self.counter.with_user(self.akpakpa_shop).counter_scan(
            self.akpakpa.id, self.there.name
        )
        self.assertIn("reserved", found["error"])
        order._action_cancel()
        self.assertEqual(self.there.telecom_state, "stock")
