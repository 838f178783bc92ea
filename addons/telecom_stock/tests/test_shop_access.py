from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .counter_common import CounterCase

RULES = "odoo.addons.base.models.ir_rule"


@tagged("post_install", "-at_install", "telecom")
class TestShopAccess(CounterCase):
    """What people of shops, franchises and managers find, on every road."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.everything = cls.phones | cls.there | cls.far

    def _seen(self, user, model, domain, name):
        """Return what a user finds of a model by each road of the ORM."""
        Model = self._as(user, model)
        records = Model.search(domain)
        grouped = {
            key.id for key, _count in Model._read_group(domain, [name], ["__count"])
        }
        self.assertEqual(grouped, set(records[name].ids))
        self.assertEqual(Model.search_count(domain), len(records))
        read = Model.search_read(domain, ["display_name"])
        self.assertEqual({row["id"] for row in read}, set(records.ids))
        return records

    def test_stock_serials_and_moves_of_ones_own_shops(self):
        for user, boutiques in (
            (self.shop_benin, self.ganhi),
            (self.akpakpa_shop, self.akpakpa),
            (self.franchisee, self.parakou),
            (self.clerk_and_shop, self.ganhi),
            (self.idle, self.ganhi.browse()),
            (self.boss, self.ganhi | self.akpakpa | self.parakou),
            (self.manager_benin, self.ganhi | self.akpakpa | self.parakou),
            (self.manager_tunisia, self.ganhi.browse()),
        ):
            with self.subTest(user.login):
                quants = self._seen(
                    user,
                    "stock.quant",
                    [
                        ("product_id", "in", (self.phone | self.case).ids),
                        ("location_id.usage", "=", "internal"),
                    ],
                    "location_id",
                )
                self.assertEqual(
                    quants.location_id.warehouse_id.telecom_boutique_ids, boutiques
                )
                lots = self._seen(
                    user,
                    "stock.lot",
                    [("id", "in", self.everything.ids)],
                    "product_id",
                )
                self.assertEqual(lots.telecom_boutique_id, boutiques)
                moves = self._seen(
                    user,
                    "stock.move.line",
                    [("lot_id", "in", self.everything.ids)],
                    "lot_id",
                )
                self.assertEqual(moves.lot_id, lots)
                rows = self._seen(
                    user,
                    "telecom.boutique.stock",
                    [("product_id", "=", self.phone.id)],
                    "warehouse_id",
                )
                self.assertEqual(rows.boutique_id, boutiques)
                found = {
                    key
                    for key, _name in self._as(user, "stock.lot").name_search(
                        "3520990017614"
                    )
                }
                self.assertEqual(found, set((self.there & lots).ids))

    @mute_logger(RULES)
    def test_others_pieces_are_not_read_exported_or_written(self):
        lot = self.there.with_user(self.shop_benin)
        quant = self.there.quant_ids.filtered(lambda one: one.quantity > 0)
        quant = quant.with_user(self.shop_benin)
        for action in (
            lambda: lot.read(["name"]),
            lambda: lot.write({"ref": "x"}),
            lambda: quant.read(["quantity"]),
            lambda: quant.with_context(inventory_mode=True).write(
                {"inventory_quantity": 0}
            ),
        ):
            with self.assertRaises(AccessError):
                action()
        exporter = self.env.ref("base.group_allow_export")
        self.shop_benin.group_ids += exporter
        with self.assertRaises(AccessError):
            lot.export_data(["name", "product_id/name"])
        self.assertTrue(self.phones.with_user(self.shop_benin).export_data(["name"]))

    @mute_logger(RULES)
    def test_nobody_takes_goods_out_of_anothers_shop(self):
        here, other = self.ganhi.warehouse_id, self.akpakpa.warehouse_id
        Picking = self._as(self.shop_benin, "stock.picking")
        for kind, source, dest in (
            (other.int_type_id, other.lot_stock_id, here.lot_stock_id),
            (here.int_type_id, other.lot_stock_id, here.lot_stock_id),
            (here.int_type_id, here.lot_stock_id, other.lot_stock_id),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                Picking.create(
                    {
                        "picking_type_id": kind.id,
                        "location_id": source.id,
                        "location_dest_id": dest.id,
                        "move_ids": [
                            Command.create(
                                {
                                    "product_id": self.phone.id,
                                    "product_uom_qty": 1,
                                    "location_id": source.id,
                                    "location_dest_id": dest.id,
                                }
                            )
                        ],
                    }
                )

    def test_who_joins_or_leaves_a_shop_sees_it_at_once(self):
        Lot = self._as(self.idle, "stock.lot")
        domain = [("id", "in", self.everything.ids)]
        self.assertFalse(Lot.search(domain))
        self.akpakpa.user_ids += self.idle
        self.assertEqual(Lot.search(domain), self.there)
        self.idle.telecom_boutique_ids = self.parakou
        self.assertEqual(Lot.search(domain), self.far)
        self.parakou.user_ids -= self.idle
        self.assertFalse(Lot.search(domain))
        self.ganhi.manager_id = self.idle
        self.assertEqual(Lot.search(domain), self.phones)

    def _dashboard(self, user):
        """Return the boutiques on a user's dashboard; None without a menu to it."""
        menu = self.env.ref("telecom_stock.menu_dashboard")
        if menu.id not in self.env["ir.ui.menu"].with_user(user).load_menus(False):
            return None
        shops = self._as(user, "telecom.boutique").search(
            [
                *safe_eval(menu.action.domain),
                ("company_id", "=", self.benin.id),
            ]
        )
        shops.read(["sales_today", "sales_month", "target_month", "stock_kinds"])
        return shops

    def test_who_manages_a_boutique_has_its_dashboard_and_reads_its_targets(self):
        (self.ganhi | self.akpakpa).state = "open"
        targets = self.env["telecom.boutique.target"].create(
            [
                {
                    "boutique_id": shop.id,
                    "company_id": self.benin.id,
                    "month": shop._telecom_today(),
                    "amount": 240_000,
                }
                for shop in (self.ganhi, self.akpakpa)
            ]
        )
        self.assertIsNone(self._dashboard(self.idle))
        # Whoever only sells there has none
        self.assertIsNone(self._dashboard(self.shop_benin))
        self.ganhi.manager_id = self.idle
        self.assertEqual(self._dashboard(self.idle), self.ganhi)
        self.assertLessEqual(self.ganhi | self.akpakpa, self._dashboard(self.boss))
        managed = self.ganhi.with_user(self.idle)
        self.assertTrue(managed.managed)
        self.assertFalse(self.akpakpa.with_user(self.idle).managed)
        self.assertEqual(managed.target_month, 240_000)
        self.assertEqual(managed.target_ids, targets[0])
        self.assertIn('name="target_ids"', managed.get_view(view_type="form")["arch"])
        self.assertFalse(self.akpakpa.with_user(self.idle).target_ids)
        with self.assertRaises(AccessError):
            targets[0].with_user(self.idle).amount = 1

    def test_a_franchise_knows_the_customers_it_served(self):
        partner = self.awa
        self._line(partner, "+2290197000012")
        domain = [("company_id", "=", self.benin.id), ("telecom_customer", "=", True)]
        for user, finds in (
            (self.shop_benin, True),
            (self.manager_benin, True),
            (self.franchisee, False),
        ):
            with self.subTest(user.login):
                self.assertEqual(
                    partner in self._as(user, "res.partner").search(domain), finds
                )
                self.assertEqual(
                    bool(
                        self._as(user, "telecom.line").search(
                            [("partner_id", "=", partner.id)]
                        )
                    ),
                    finds,
                )
                names = self._as(user, "res.partner").name_search("Dossou")
                self.assertEqual(partner.id in [key for key, _name in names], finds)
        # The counter finds who tells the whole number, and nobody by a piece of a name
        Sale = self._as(self.franchisee, "telecom.counter.sale")
        self.assertFalse(Sale.counter_customers(self.parakou.id, "Dossou"))
        self.assertFalse(Sale.counter_customers(self.parakou.id, "0197"))
        for told in ("01 97 00 00 11", "0197000012"):
            found = Sale.counter_customers(self.parakou.id, told)
            self.assertEqual([one["id"] for one in found], partner.ids)
        sale = {
            "token": "franchise",
            "boutique_id": self.parakou.id,
            "partner_id": partner.id,
            "items": [{"lot_id": self.far.id}],
            "payment_method": "cash",
        }
        # Nobody sells to a number that was guessed: the customer would be known then
        with self.assertRaises(UserError):
            Sale.counter_sell(sale)
        self.assertNotIn(
            partner, self._as(self.franchisee, "res.partner").search(domain)
        )
        Sale.counter_sell({**sale, "partner_key": found[0]["key"]})
        self.assertIn(partner, self._as(self.franchisee, "res.partner").search(domain))
        self.assertEqual(len(Sale.search([])), 1)
        self.assertFalse(self._as(self.shop_benin, "telecom.counter.sale").search([]))

    def test_a_franchise_reads_no_customer_of_others_in_an_items_history(self):
        """Sold to Awa by an own shop, taken back, and sent to the franchise."""
        line = self._line(self.awa, "+2290197000012")
        phone = self.phones[0]
        phone._telecom_sell(self.awa, line)
        line.action_terminate()
        phone._telecom_return(reason="Écran")
        phone._telecom_restock()
        transfer = self._as(self.boss, "telecom.stock.transfer").create(
            {
                "warehouse_source_id": self.ganhi.warehouse_id.id,
                "warehouse_dest_id": self.parakou.warehouse_id.id,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": self.phone.id,
                            "quantity": 1,
                            "lot_ids": phone.ids,
                        }
                    )
                ],
            }
        )
        transfer.action_send()
        transfer.action_all_here()
        transfer.action_receive()
        self.assertEqual(phone.telecom_boutique_id, self.parakou)
        name = {"fields": {"display_name": {}}}
        events = {
            "fields": {"kind": {}, "partner_id": name, "line_id": name, "reason": {}}
        }
        page = {
            "telecom_partner_id": name,
            "telecom_line_id": name,
            "telecom_event_ids": events,
        }
        self.env.invalidate_all()
        for user, told in ((self.boss, True), (self.franchisee, False)):
            with self.subTest(user.login):
                [row] = phone.with_user(user).web_read(page)
                self.assertEqual("Awa" in str(row), told)
                self.assertEqual("97 00 00 12" in str(row), told)
                self.assertTrue(row["telecom_event_ids"])
            self.env.invalidate_all()
        # The customers it served are its own
        sold = self._as(self.franchisee, "telecom.counter.sale")
        found = sold.counter_customers(self.parakou.id, "01 97 00 00 11")
        sold.counter_sell(
            {
                "token": "served",
                "boutique_id": self.parakou.id,
                "partner_id": self.awa.id,
                "partner_key": found[0]["key"],
                "items": [{"lot_id": phone.id}],
                "payment_method": "cash",
            }
        )
        self.env.invalidate_all()
        [row] = phone.with_user(self.franchisee).web_read(page)
        self.assertIn("Awa", str(row))

    def test_a_closed_franchise_opens_nothing_to_its_people(self):
        domain = [("company_id", "=", self.benin.id), ("telecom_customer", "=", True)]
        self.parakou.active = False
        self.assertFalse(self._as(self.franchisee, "res.partner").search(domain))
        self.parakou.user_ids = False
        self.assertFalse(self._as(self.franchisee, "res.partner").search(domain))

    @mute_logger(RULES)
    def test_nobody_writes_sales_by_hand(self):
        Sale = self._as(self.shop_benin, "telecom.counter.sale")
        with self.assertRaises(AccessError):
            Sale.create({"boutique_id": self.ganhi.id, "partner_id": self.awa.id})
        for boutique in (self.akpakpa, self.parakou):
            with self.assertRaises(AccessError):
                Sale.counter_open(boutique.id)
            with self.assertRaises(AccessError):
                Sale.counter_sell({"token": "x", "boutique_id": boutique.id})
        with self.assertRaises(UserError):
            self._as(self.idle, "telecom.counter.sale").counter_open()
        tunisian = self._as(self.manager_tunisia, "telecom.counter.sale")
        with self.assertRaises(AccessError):
            tunisian.counter_open(self.ganhi.id)

    @mute_logger(RULES)
    def test_shops_count_and_managers_correct_the_books(self):
        quants = self.phones.quant_ids.filtered(lambda one: one.quantity > 0)
        for user, allowed in ((self.shop_benin, False), (self.boss, True)):
            quant = quants[0].with_user(user).with_context(inventory_mode=True)
            quant.inventory_quantity = 0
            if allowed:
                quant.action_apply_inventory()
            else:
                with self.assertRaisesRegex(AccessError, "stock manager"):
                    quant.action_apply_inventory()
            self.assertEqual(bool(quants[0].exists().quantity), not allowed)

    @mute_logger(RULES)
    def test_a_module_that_is_read_only_sells_and_sends_nothing(self):
        transfer = self._as(self.shop_benin, "telecom.stock.transfer").create(
            {
                "warehouse_source_id": self.ganhi.warehouse_id.id,
                "warehouse_dest_id": self.akpakpa.warehouse_id.id,
                "line_ids": [
                    Command.create({"product_id": self.case.id, "quantity": 1})
                ],
            }
        )
        sale = {
            "token": "late",
            "boutique_id": self.ganhi.id,
            "partner_id": self.awa.id,
            "payment_method": "cash",
            "items": [{"lot_id": self.phones[0].id}],
        }
        self.benin._telecom_set_module("stock", "readonly")
        for action in (
            lambda: self._as(self.shop_benin, "telecom.counter.sale").counter_sell(
                sale
            ),
            transfer.action_request,
            transfer.action_send,
        ):
            with self.assertRaises(AccessError):
                action()
        self.assertEqual(transfer.state, "draft")
        self.assertEqual(self.phones[0].telecom_state, "stock")
        self.benin._telecom_set_module("stock", "on")
        transfer.action_send()
        self.assertEqual(transfer.state, "transit")
