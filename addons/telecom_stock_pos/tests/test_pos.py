from uuid import uuid4

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.telecom_crm.tests.common import MANAGER, OperatorCase

SHOP = "telecom_stock.group_telecom_shop"


@tagged("post_install", "-at_install", "telecom")
class TestTill(OperatorCase):
    """Sales at the tills of boutiques, as a till's browser sends them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Template = cls.env["account.chart.template"]
        for company in (cls.benin, cls.tunisia):
            Template.try_loading("generic_coa", company=company, install_demo=False)
        cls.shop = cls._user("t.shop.benin", cls.benin, SHOP)
        cls.shop_other = cls._user("t.shop.other", cls.benin, SHOP)
        cls.ganhi = cls._boutique("Ganhi", cls.benin, cls.shop)
        cls.akpakpa = cls._boutique("Akpakpa", cls.benin, cls.shop_other)
        cls.tunis = cls._boutique("Tunis", cls.tunisia)
        cls.till = cls._till(cls.ganhi)
        cls.till_akpakpa = cls._till(cls.akpakpa)
        cls.till_tunis = cls._till(cls.tunis)
        cls.phone = cls.env["product.product"].create(
            {
                "name": "Téléphone T1",
                "telecom_kind": "phone",
                "available_in_pos": True,
                "list_price": 50000,
                "taxes_id": False,
                "company_id": cls.benin.id,
            }
        )
        cls.first = cls._serial("353456789012348", cls.ganhi)
        cls.second = cls._serial("353456789012355", cls.ganhi)
        cls.elsewhere = cls._serial("353456789012363", cls.akpakpa)
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")

    @classmethod
    def _boutique(cls, name, company, user=None):
        return cls.env["telecom.boutique"].create(
            {
                "name": name,
                "code": name.upper(),
                "company_id": company.id,
                "user_ids": user and user.ids,
            }
        )

    @classmethod
    def _till(cls, boutique, **values):
        Config = cls.env["pos.config"].with_company(boutique.company_id)
        cash = cls.env["account.journal"].create(
            {
                "name": f"Caisse {boutique.name}",
                "type": "cash",
                "code": boutique.name[:5].upper(),
                "company_id": boutique.company_id.id,
            }
        )
        method = cls.env["pos.payment.method"].create(
            {
                "name": "Espèces",
                "journal_id": cash.id,
                "company_id": boutique.company_id.id,
            }
        )
        return Config.create(
            {
                "name": boutique.name,
                "company_id": boutique.company_id.id,
                "telecom_boutique_id": boutique.id,
                "payment_method_ids": method.ids,
                **values,
            }
        )

    @classmethod
    def _serial(cls, name, boutique):
        lot = cls.env["stock.lot"].create(
            {"name": name, "product_id": cls.phone.id, "company_id": cls.benin.id}
        )
        stock = boutique.warehouse_id.lot_stock_id
        cls.env["stock.quant"].with_context(inventory_mode=True).create(
            {
                "product_id": cls.phone.id,
                "location_id": stock.id,
                "lot_id": lot.id,
                "inventory_quantity": 1,
            }
        ).action_apply_inventory()
        return lot

    def _open(self, till=None, user=None):
        till = (till or self.till).with_user(user or self.shop)
        till.open_ui()
        session = till.current_session_id
        session.set_opening_control(0, "")
        return session

    def _sell(self, session, serials, *, quantity=None, partner=None, **line):
        """Send a paid order as the browser of a till does."""
        quantity = len(serials) if quantity is None else quantity
        total = quantity * self.phone.list_price
        found = (
            self.env["pos.order"]
            .with_user(session.env.user)
            .with_company(session.company_id)
            .sync_from_ui(
                [
                    {
                        "uuid": str(uuid4()),
                        "access_token": str(uuid4()),
                        "name": "Ticket",
                        "session_id": session.id,
                        "company_id": session.company_id.id,
                        "user_id": session.env.uid,
                        "partner_id": partner and partner.id,
                        "pricelist_id": False,
                        "fiscal_position_id": False,
                        "date_order": fields.Datetime.to_string(fields.Datetime.now()),
                        "amount_tax": 0,
                        "amount_total": total,
                        "amount_paid": total,
                        "amount_return": 0,
                        "state": "paid",
                        "to_invoice": False,
                        "lines": [
                            (
                                0,
                                0,
                                {
                                    "uuid": str(uuid4()),
                                    "product_id": self.phone.id,
                                    "qty": quantity,
                                    "price_unit": self.phone.list_price,
                                    "price_subtotal": total,
                                    "price_subtotal_incl": total,
                                    "tax_ids": [],
                                    "discount": 0,
                                    "pack_lot_ids": [
                                        (0, 0, {"lot_name": name}) for name in serials
                                    ],
                                    **line,
                                },
                            )
                        ],
                        "payment_ids": [
                            (
                                0,
                                0,
                                {
                                    "amount": total,
                                    "name": fields.Datetime.now(),
                                    "payment_method_id": (
                                        session.config_id.payment_method_ids[0].id
                                    ),
                                },
                            )
                        ],
                    }
                ]
            )
        )
        return self.env["pos.order"].browse(found["pos.order"][0]["id"])

    # A till and its boutique

    def test_a_receipt_leads_to_the_operators_own_host(self):
        """There its customers ask for an invoice, and open their portal."""
        self.env["ir.config_parameter"].set_param(
            "web.base.url", "https://telecom.test"
        )
        self.env["telecom.host"].create(
            {"name": "mono.test", "company_id": self.benin.id, "is_primary": True}
        )
        for till, address in (
            (self.till, "https://mono.test"),
            (self.till_tunis, "https://telecom.test"),
        ):
            with self.subTest(till.name):
                user = self.shop if till == self.till else self.env.user
                Config = self.env["pos.config"].with_user(user)
                rows = Config.with_company(till.company_id)._load_pos_data_search_read(
                    {}, till.with_user(user)
                )
                self.assertEqual([row["_base_url"] for row in rows], [address])

    def test_a_till_sells_from_the_stock_of_its_boutique(self):
        warehouse = self.ganhi.warehouse_id
        self.assertEqual(self.till.picking_type_id, warehouse.pos_type_id)
        self.assertEqual(self.till.warehouse_id, warehouse)
        with self.assertRaises(ValidationError):
            self.till.picking_type_id = self.akpakpa.warehouse_id.pos_type_id
        self.till.telecom_boutique_id = self.akpakpa
        self.assertEqual(
            self.till.picking_type_id, self.akpakpa.warehouse_id.pos_type_id
        )
        self.assertEqual(self.akpakpa.telecom_pos_config_count, 2)
        self.assertEqual(
            self.env["pos.config"].search(self.akpakpa.action_tills()["domain"]),
            self.till | self.till_akpakpa,
        )

    def test_a_boutique_of_another_operator_is_refused(self):
        with self.assertRaises(UserError):
            self.till.telecom_boutique_id = self.tunis

    # Sales

    def test_a_sale_follows_the_serial_number(self):
        self.benin.point_of_sale_update_stock_quantities = "closing"
        session = self._open()
        self.assertFalse(session.update_stock_at_closing, "not in the evening")
        order = self._sell(session, [self.first.name], partner=self.customer)
        self.assertEqual(order.state, "paid")
        self.assertEqual(order.picking_ids.mapped("state"), ["done"])
        self.assertEqual(self.first.telecom_state, "sold")
        self.assertEqual(self.first.telecom_partner_id, self.customer)
        self.assertFalse(self.first.telecom_boutique_id)
        self.assertEqual(self.first.location_id.usage, "customer")
        self.assertIn("moved", self.first.telecom_event_ids.mapped("kind"))
        self.assertEqual(self.second.telecom_state, "stock")

    def test_an_imei_as_scanners_read_it(self):
        self._sell(self._open(), ["35-345678-901234"])
        self.assertEqual(self.first.telecom_state, "sold")

    def test_what_may_not_be_sold(self):
        session = self._open()
        self.first._telecom_block("Volé au dépôt")
        for name, serials, quantity in (
            ("blocked", [self.first.name], None),
            ("in another shop", [self.elsewhere.name], None),
            ("unknown", ["490154203237518"], None),
            ("without its number", [], 1),
            ("twice", [self.second.name] * 2, None),
        ):
            with self.subTest(name), self.assertRaises(UserError):
                self._sell(session, serials, quantity=quantity)
        self._sell(session, [self.second.name])
        with self.assertRaises(UserError):
            self._sell(session, [self.second.name])
        self.assertEqual(self.elsewhere.telecom_state, "stock")

    def test_what_a_till_proposes(self):
        session = self._open()
        self.first._telecom_block("Volé")
        lots = session.env["pos.order.line"].get_existing_lots(
            self.benin.id, self.till.id, self.phone.id
        )
        self.assertEqual([lot["name"] for lot in lots], [self.second.name])

    def _order_of(self, lot, partner):
        """Keep an item for a customer, as a confirmed order does."""
        kind = self.ganhi.warehouse_id.out_type_id
        picking = self.env["stock.picking"]._telecom_make(
            kind,
            self.ganhi.warehouse_id.lot_stock_id,
            partner.property_stock_customer,
            [(lot.product_id, 1, lot)],
            partner=partner,
            origin="S00042",
            done=False,
        )
        self.assertEqual(lot.telecom_state, "reserved")
        return picking

    def test_what_an_order_keeps_is_sold_to_its_customer_only(self):
        session = self._open()
        order = self._order_of(self.first, self.customer)
        other = self._customer(self.benin, "Koffi", "Ahoyo")
        for partner in (None, other):
            with self.assertRaisesRegex(UserError, "S00042"), self.env.cr.savepoint():
                self._sell(session, [self.first.name], partner=partner)
        self.assertEqual(order.move_line_ids.lot_id, self.first)
        proposed = session.env["pos.order.line"].get_existing_lots(
            self.benin.id, self.till.id, self.phone.id
        )
        self.assertEqual([lot["name"] for lot in proposed], [self.second.name])
        self._sell(session, [self.first.name], partner=self.customer)
        self.assertEqual(self.first.telecom_state, "sold")

    def test_what_a_line_waits_for_is_sold_to_its_customer_only(self):
        session = self._open()
        line = self._line(self.customer, "+2290197120002", state="reserved")
        self.first.telecom_line_id = line
        other = self._customer(self.benin, "Koffi", "Ahoyo")
        with self.assertRaisesRegex(UserError, line.display_name):
            with self.env.cr.savepoint():
                self._sell(session, [self.first.name], partner=other)
        self._sell(session, [self.first.name], partner=self.customer)
        self.assertEqual(self.first.telecom_partner_id, self.customer)

    def test_an_old_ticket_takes_back_nothing_that_was_sold_again(self):
        session = self._open()
        ticket = self._sell(session, [self.first.name], partner=self.customer)
        refund = {"quantity": -1, "refunded_orderline_id": ticket.lines.id}
        self._sell(session, [self.first.name], **refund)
        self.first._telecom_restock()
        other = self._customer(self.benin, "Koffi", "Ahoyo")
        again = self._sell(session, [self.first.name], partner=other)
        for name, line in (
            ("the first buyer's", refund),
            ("no ticket", {"quantity": -1}),
        ):
            with self.subTest(name), self.env.cr.savepoint():
                with self.assertRaisesRegex(UserError, "sold again since"):
                    self._sell(session, [self.first.name], **line)
        self.assertEqual(self.first.telecom_state, "sold")
        self.assertEqual(self.first.telecom_partner_id, other)
        self._sell(
            session,
            [self.first.name],
            quantity=-1,
            refunded_orderline_id=again.lines.id,
        )
        self.assertEqual(self.first.telecom_state, "returned")

    def test_a_refund_brings_the_item_back(self):
        session = self._open()
        order = self._sell(session, [self.first.name], partner=self.customer)
        self._sell(
            session,
            [self.first.name],
            quantity=-1,
            refunded_orderline_id=order.lines.id,
        )
        self.assertEqual(self.first.telecom_state, "returned")
        self.assertEqual(self.first.telecom_boutique_id, self.ganhi)
        with self.assertRaises(UserError):
            self._sell(session, [self.first.name])

    def test_the_dashboard_counts_what_tills_sell(self):
        session = self._open()
        order = self._sell(session, [self.first.name], partner=self.customer)
        self._sell(session, [self.second.name])
        self.ganhi.invalidate_recordset()
        shops = (self.ganhi | self.akpakpa).with_user(self.manager_benin)
        self.assertEqual(shops.mapped("sales_today"), [100_000, 0])
        self.assertEqual(shops[0].sales_count_today, 2)
        self._sell(
            session,
            [self.first.name],
            quantity=-1,
            refunded_orderline_id=order.lines.id,
        )
        shops.invalidate_recordset()
        self.assertEqual(shops[0].sales_today, 50_000)
        self.assertEqual(shops[0].sales_count_today, 2, "what came back is no sale")

    def test_no_money_goes_back_for_an_item_that_stays(self):
        """Core books the refund and keeps to itself that the item did not move."""
        session = self._open()
        order = self._sell(session, [self.first.name], partner=self.customer)
        self.first._telecom_block("Volé")
        refund = {"quantity": -1, "refunded_orderline_id": order.lines.id}
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._sell(session, [self.first.name], **refund)
        self.first._telecom_unblock()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._sell(session, [], **refund)
        self._sell(session, [self.first.name], **refund)
        self.assertEqual(self.first.telecom_state, "returned")

    # Who

    def test_assistants_read_no_books(self):
        """Odoo lets users of tills read and write lines of the bank: not here."""
        session = self._open()
        self._sell(session, [self.first.name])
        session.sudo().try_cash_in_out(
            "out", 1000, "Taxi", False, {"translatedType": "out"}
        )
        line = self.env["account.bank.statement.line"].search(
            [("pos_session_id", "=", session.id)]
        )
        self.assertTrue(line)
        for user in (self.shop, self.shop_other, self.manager_tunisia):
            with self.subTest(user.login):
                self.assertFalse(line.with_user(user).has_access("read"))
        self.assertTrue(line.with_user(self.manager_benin).has_access("read"))

    def test_an_assistant_closes_the_till(self):
        session = self._open()
        self._sell(session, [self.first.name])
        session.post_closing_cash_details(self.phone.list_price)
        result = session.close_session_from_ui()
        self.assertTrue(result["successful"], result)
        self.assertEqual(session.state, "closed")

    def test_shop_assistants_have_the_tills_of_their_boutiques(self):
        self._sell(self._open(), [self.first.name])
        mine = self.env["pos.config"].with_user(self.shop).search([])
        self.assertEqual(mine, self.till)
        for user, seen in (
            (self.shop, 1),
            (self.shop_other, 0),
            (self.manager_benin, 1),
            (self.manager_tunisia, 0),
        ):
            for model in (
                "pos.session",
                "pos.order",
                "pos.order.line",
                "pos.payment",
                "pos.pack.operation.lot",
            ):
                with self.subTest(f"{user.login} {model}"):
                    domain = []
                    if model != "pos.pack.operation.lot":
                        domain = [("company_id", "in", (self.benin.id,))]
                    found = self.env[model].with_user(user).search(domain)
                    self.assertEqual(len(found), seen)

    def test_who_manages_a_boutique_has_its_tills(self):
        """Though he is not on the list of its staff."""
        head = self._user("t.head", self.benin, SHOP)
        self.assertFalse(self.env["pos.config"].with_user(head).search([]))
        self.ganhi.manager_id = head
        session = self._open(user=head)
        order = self._sell(session, [self.first.name])
        for record in (
            self.till,
            session,
            order,
            order.lines,
            order.payment_ids,
            order.lines.pack_lot_ids,
        ):
            found = self.env[record._name].with_user(head).search([])
            self.assertEqual(found.sudo(), record.sudo(), record._name)

    def test_another_operators_till_is_out_of_reach(self):
        till = self.till_tunis.with_user(self.manager_benin)
        for reach in (
            lambda: till.read(["name"]),
            lambda: till.write({"name": "À nous"}),
            till.open_ui,
            lambda: (
                self.env["pos.session"]
                .with_user(self.manager_benin)
                .create({"config_id": till.id})
            ),
            lambda: (
                self.env["pos.order.line"]
                .with_user(self.manager_benin)
                .get_existing_lots(self.tunisia.id, till.id, self.phone.id)
            ),
        ):
            with self.assertRaises(AccessError):
                reach()

    def test_reports_of_another_operators_till_are_out_of_reach(self):
        session = self._open(self.till_tunis, self.manager_tunisia)
        env = self.env(user=self.manager_benin)
        details = env["report.point_of_sale.report_saledetails"]
        render = env["ir.actions.report"]._render_qweb_html
        for reach in (
            lambda: details.get_sale_details(session_ids=session.ids),
            lambda: details.get_sale_details(config_ids=self.till_tunis.ids),
            lambda: render("point_of_sale.report_saledetails", session.ids),
            lambda: render("point_of_sale.report_userlabel", session.env.user.ids),
        ):
            with self.assertRaises(AccessError):
                reach()
        own = self._open()
        details = own.env["report.point_of_sale.report_saledetails"]
        self.assertTrue(details.get_sale_details(session_ids=own.ids))

    def test_printers_are_the_operators_own(self):
        printer = self.env["pos.printer"].create(
            {
                "name": "Cuisine",
                "printer_type": "epson_epos",
                "epson_printer_ip": "192.0.2.1",
                "company_id": self.tunisia.id,
            }
        )
        with self.assertRaises(AccessError):
            printer.with_user(self.manager_benin).read(["epson_printer_ip"])

    def test_catalogues_of_tills_are_the_platforms(self):
        category = self.env["pos.category"].create({"name": "Divers"})
        with self.assertRaises(AccessError):
            category.with_user(self.manager_benin).name = "À nous"

    def test_switched_off_no_session_opens(self):
        session = self._open()
        self.benin._telecom_set_module("stock", "off")
        with self.assertRaises(AccessError):
            self._open(self.till_akpakpa, self.shop_other)
        root = self.env.ref("point_of_sale.menu_point_root")
        hidden = self.env["ir.ui.menu"].with_user(self.shop)._load_menus_blacklist()
        self.assertIn(root.id, hidden)
        order = self._sell(session, [self.first.name])
        self.assertEqual(order.state, "paid", "who has begun goes on")

    def test_roles(self):
        for user, manages in ((self.shop, False), (self.manager_benin, True)):
            self.assertTrue(user.has_group("point_of_sale.group_pos_user"))
            self.assertEqual(user.has_group("point_of_sale.group_pos_manager"), manages)
        self.assertTrue(self.manager_benin.has_group(MANAGER))
