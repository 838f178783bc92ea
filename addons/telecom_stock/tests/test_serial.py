import base64

from psycopg2 import IntegrityError
from stdnum import luhn

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.telecom_crm.tests.common import OperatorCase

SHOP = "telecom_stock.group_telecom_shop"
KEEPER = "telecom_stock.group_telecom_stock_manager"


def iccid(number):
    """Return the nth SIM of these tests."""
    bare = f"892290177{number:09d}"
    return bare + luhn.calc_check_digit(bare)


def imei(number):
    """Return the nth device of these tests."""
    bare = f"35693803{number:06d}"
    return bare + luhn.calc_check_digit(bare)


class SerialCase(OperatorCase):
    """A boutique in Benin with SIMs and telephones, and a customer with a line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_benin = cls._user("t.shop.benin", cls.benin, SHOP)
        cls.shop_tunisia = cls._user("t.shop.tunisia", cls.tunisia, SHOP)
        cls.keeper_benin = cls._user("t.keeper.benin", cls.benin, KEEPER)
        cls.sim, cls.phone, cls.router = cls.env["product.product"].create(
            [
                {"name": "Carte SIM 4G", "telecom_kind": "sim"},
                {"name": "Téléphone A1", "telecom_kind": "phone"},
                {
                    "name": "Routeur 4G",
                    "telecom_kind": "modem",
                    "telecom_identifier": "imei",
                },
            ]
        )
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.benin.id)], limit=1
        )
        cls.boutique = cls.env["telecom.boutique"].create(
            {
                "name": "Ganhi Test",
                "code": "GT",
                "company_id": cls.benin.id,
                "warehouse_id": cls.warehouse.id,
                "user_ids": cls.shop_benin.ids,
            }
        )
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")
        cls.line = cls._line(cls.customer, "+2290197120001")
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customers = cls.env.ref("stock.stock_location_customers")

    @classmethod
    def _receive(cls, product, names, warehouse=None, user=None):
        """Receive items as Odoo does, and return them."""
        warehouse = warehouse or cls.warehouse
        picking = (
            cls.env["stock.picking"]
            .with_user(user or cls.env.user)
            .with_company(warehouse.company_id)
            .create(
                {
                    "picking_type_id": warehouse.in_type_id.id,
                    "location_id": cls.suppliers.id,
                    "location_dest_id": warehouse.lot_stock_id.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": len(names),
                                "location_id": cls.suppliers.id,
                                "location_dest_id": warehouse.lot_stock_id.id,
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        picking.move_line_ids.unlink()
        picking.move_line_ids.create(
            [
                {
                    **picking.move_ids._prepare_move_line_vals(quantity=1),
                    "lot_name": name,
                    "picked": True,
                }
                for name in names
            ]
        )
        picking.button_validate()
        assert picking.state == "done"
        return picking.move_line_ids.lot_id

    @classmethod
    def _picking(cls, lots, kind=None, destination=None):
        """Return a transfer with those very items, waiting to be done."""
        kind = kind or cls.warehouse.out_type_id
        destination = destination or cls.customers
        source = lots.location_id
        picking = (
            cls.env["stock.picking"]
            .with_company(kind.company_id)
            .create(
                {
                    "picking_type_id": kind.id,
                    "partner_id": cls.customer.id,
                    "location_id": source.id,
                    "location_dest_id": destination.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": lots.product_id.id,
                                "product_uom_qty": len(lots),
                                "location_id": source.id,
                                "location_dest_id": destination.id,
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        picking.do_unreserve()
        picking.move_line_ids.create(
            [
                {
                    **picking.move_ids._prepare_move_line_vals(quantity=1),
                    "lot_id": lot.id,
                    "picked": True,
                }
                for lot in lots
            ]
        )
        return picking

    def _history(self, lot):
        return [
            (event.kind, event.new_state)
            for event in lot.telecom_event_ids.sorted("id")
        ]


@tagged("post_install", "-at_install", "telecom")
class TestSerialNumbers(SerialCase):
    def test_a_kind_is_followed_one_by_one(self):
        self.assertTrue(self.sim.is_storable)
        self.assertEqual(self.sim.tracking, "serial")
        self.assertEqual(self.sim.telecom_identifier, "iccid")
        self.assertEqual(self.router.telecom_identifier, "imei")
        with self.assertRaises(ValidationError):
            self.env["product.product"].create(
                {"name": "X", "telecom_kind": "phone", "tracking": "lot"}
            )
        with self.assertRaises(ValidationError):
            self.phone.telecom_identifier = "iccid"

    def test_scratch_cards_may_be_counted(self):
        card = self.env["product.product"].create(
            {"name": "Carte 1000", "telecom_kind": "scratch_card", "is_storable": True}
        )
        self.assertEqual(card.tracking, "none")

    def test_an_item_stays_what_it_is(self):
        self._receive(self.phone, [imei(1)])
        with self.assertRaises(UserError):
            self.phone.telecom_kind = "tablet"

    def test_a_number_is_kept_in_one_form(self):
        """Whatever the road it comes by."""
        lots = self._receive(self.phone, ["35-693803-000001", f" {imei(2)} "])
        self.assertEqual(set(lots.mapped("name")), {imei(1), imei(2)})
        lot = self.env["stock.lot"].create(
            {
                "name": f"{iccid(1)}F",
                "product_id": self.sim.id,
                "company_id": self.benin.id,
                "telecom_msisdn": "01 97 12 00 09",
                "telecom_imsi": "61603 0000000001",
            }
        )
        self.assertEqual(lot.name, iccid(1))
        self.assertEqual(lot.telecom_msisdn, "+2290197120009")
        self.assertEqual(lot.telecom_imsi, "616030000000001")
        lot.name = iccid(2)[:18]
        self.assertEqual(lot.name, iccid(2))

    def test_a_wrong_number_says_what_to_do(self):
        for product, text, words in (
            (self.phone, "490154203237519", "the last digit would be 8"),
            (self.phone, "4901542", "7 digits instead of 15"),
            (self.phone, "SN12345", "*#06#"),
            (self.sim, "8922901000000000016", "the last digit would be 5"),
            (self.sim, "490154203237518", "begin with 89"),
        ):
            with self.subTest(text), self.assertRaises(ValidationError) as caught:
                self.env["stock.lot"].create(
                    {
                        "name": text,
                        "product_id": product.id,
                        "company_id": self.benin.id,
                    }
                )
            self.assertIn(words, str(caught.exception))

    @mute_logger("odoo.sql_db")
    def test_a_number_is_of_one_item_of_an_operator(self):
        self._receive(self.phone, [imei(1)])
        for product in (self.router,):
            with self.subTest(product.name), self.assertRaises(IntegrityError):
                with self.env.cr.savepoint():
                    self.env["stock.lot"].create(
                        {
                            "name": imei(1)[:14],
                            "product_id": product.id,
                            "company_id": self.benin.id,
                        }
                    )
        tunis = self.env["stock.warehouse"].search(
            [("company_id", "=", self.tunisia.id)], limit=1
        )
        other = self._receive(self.phone, [imei(1)], tunis)
        self.assertEqual(other.company_id, self.tunisia)

    def test_other_products_are_as_odoo_made_them(self):
        plain = self.env["product.product"].create(
            {"name": "Vélo", "is_storable": True, "tracking": "serial"}
        )
        lot = self._receive(plain, ["anything you like"])
        self.assertEqual(lot.name, "anything you like")
        self.assertFalse(lot.telecom_kind)
        self.assertFalse(lot.telecom_state)
        self.assertFalse(lot.telecom_event_ids)
        self.assertFalse(
            self.env["stock.lot"].name_search("ANYTHING YOU LIKE", operator="="),
            "imports find such a lot by its very name only",
        )
        self._receive(plain, ["SN1"])
        self.assertFalse(self.env["stock.lot"].name_search("s n1", operator="="))

    def test_scanning_finds_an_item_as_it_is_printed(self):
        sim = self._receive(self.sim, [iccid(1)])
        phone = self._receive(self.phone, [imei(1)])
        Lot = self.env["stock.lot"].with_user(self.shop_benin)
        for text, lot in (
            (iccid(1), sim),
            (f"{iccid(1)}F", sim),
            (f"{iccid(1)[:4]} {iccid(1)[4:]}", sim),
            (imei(1)[:14], phone),
            (imei(1)[:14] + "01", phone),
        ):
            with self.subTest(text):
                self.assertEqual(Lot._telecom_by_scan(text, self.benin), lot)
                self.assertEqual(Lot.telecom_find(text)["res_id"], lot.id)
                self.assertIn(
                    lot.id, [found[0] for found in Lot.name_search(text)], text
                )
        self.assertFalse(Lot._telecom_by_scan(iccid(2), self.benin))
        self.assertIn("mistyped", Lot.telecom_find("490154203237519")["message"])
        self.assertIn("Receive it first", Lot.telecom_find(imei(9))["message"])
        stranger = self.env["stock.lot"].with_user(self.shop_tunisia)
        self.assertIn("message", stranger.telecom_find(iccid(1)))


@tagged("post_install", "-at_install", "telecom")
class TestSerialLife(SerialCase):
    def test_moves_drive_the_status(self):
        lot = self._receive(self.phone, [imei(1)], user=self.shop_benin)
        self.assertEqual(lot.telecom_state, "stock")
        self.assertEqual(lot.telecom_boutique_id, self.boutique)
        picking = self._picking(lot)
        self.assertEqual(lot.telecom_state, "reserved")
        picking.button_validate()
        self.assertEqual(lot.telecom_state, "sold")
        self.assertEqual(lot.telecom_partner_id, self.customer)
        self.assertFalse(lot.telecom_boutique_id)
        receipt = lot.with_user(self.shop_benin)._telecom_return(reason="Écran noir")
        self.assertEqual(receipt.state, "done")
        self.assertEqual(lot.telecom_state, "returned")
        self.assertEqual(lot.location_id, self.warehouse.lot_stock_id)
        self.assertFalse(lot.telecom_partner_id)
        lot._telecom_repair("Écran")
        lot.with_user(self.shop_benin).action_telecom_restock()
        self.assertEqual(lot.telecom_state, "stock")
        self.assertEqual(
            self._history(lot),
            [
                ("moved", "stock"),
                # By itself, given up, and by hand
                ("reserved", "reserved"),
                ("freed", "stock"),
                ("reserved", "reserved"),
                ("moved", "sold"),
                ("returned", "returned"),
                ("repair", "repair"),
                ("restocked", "stock"),
            ],
        )
        returned = lot.telecom_event_ids.filtered(lambda e: e.kind == "returned")
        self.assertEqual(returned.reason, "Écran noir")
        self.assertEqual(returned.partner_id, self.customer)
        self.assertEqual(returned.reference, receipt.name)

    def test_a_reservation_given_up_frees_the_item(self):
        lot = self._receive(self.phone, [imei(1)])
        picking = self._picking(lot)
        picking.action_cancel()
        self.assertEqual(lot.telecom_state, "stock")
        self.assertEqual(self._history(lot)[-1], ("freed", "stock"))

    def test_what_came_back_is_not_offered_by_itself(self):
        lot = self._receive(self.phone, [imei(1)])
        lot._telecom_sell(self.customer)
        lot._telecom_return()
        Quant = self.env["stock.quant"]
        place = self.warehouse.lot_stock_id
        self.assertEqual(Quant._get_available_quantity(self.phone, place), 0)
        lot._telecom_restock()
        self.assertEqual(Quant._get_available_quantity(self.phone, place), 1)

    def test_a_shop_sells(self):
        lots = self._receive(self.phone, [imei(1), imei(2)])
        pickings = lots.with_user(self.shop_benin)._telecom_sell(self.customer)
        self.assertEqual(len(pickings), 1)
        self.assertEqual(pickings.partner_id, self.customer)
        self.assertEqual(set(lots.mapped("telecom_state")), {"sold"})
        with self.assertRaises(UserError):
            lots._telecom_sell(self._customer(self.benin, "Koffi", "Ahoyo"))

    def test_no_operator_sells_to_anothers_customer(self):
        lot = self._receive(self.phone, [imei(1)])
        with self.assertRaises(UserError):
            lot._telecom_sell(self._customer(self.tunisia, "Leïla", "Ben Salah"))

    def test_nobody_writes_by_hand_what_follows_from_moves(self):
        """A form shows these fields read-only; whoever calls the server sees no form.

        A shop assistant may write items: without this she lifted blocks.
        """
        lot = self._receive(self.phone, [imei(1)])
        lot._telecom_block("Volé")
        for user in (self.shop_benin, self.manager_benin):
            for name, value in (
                ("telecom_state", "stock"),
                ("telecom_block_reason", False),
                ("telecom_kind", False),
                ("telecom_partner_id", self.customer.id),
                ("telecom_line_id", self.line.id),
                ("telecom_boutique_id", False),
            ):
                with self.subTest(f"{user.login} {name}"):
                    with self.assertRaises(AccessError):
                        lot.with_user(user).write({name: value})
        with self.assertRaises(AccessError):
            self.env["stock.lot"].with_user(self.shop_benin).create(
                {
                    "name": imei(2),
                    "product_id": self.phone.id,
                    "company_id": self.benin.id,
                    "telecom_state": "stock",
                }
            )
        self.assertEqual(lot.telecom_state, "lost")
        lot.with_user(self.shop_benin).ref = "Carton 4"

    def test_what_is_reserved_is_handed_out_to_nobody_else(self):
        """Odoo frees the other one's delivery, and tells nobody."""
        lot = self._receive(self.phone, [imei(1)])
        order = self._picking(lot)
        order.origin = "S00042"
        order.move_line_ids.picked = False
        stranger = self._customer(self.benin, "Koffi", "Ahoyo")
        with self.assertRaisesRegex(UserError, "S00042"), self.env.cr.savepoint():
            lot._telecom_sell(stranger)
        with self.assertRaisesRegex(UserError, "S00042"), self.env.cr.savepoint():
            again = self._picking(lot)
            again.partner_id = stranger
            again.button_validate()
        self.assertEqual(lot.telecom_state, "reserved")
        self.assertEqual(order.move_line_ids.lot_id, lot)
        # Nor when a second delivery had it, and gave it up
        self._picking(lot).action_cancel()
        with self.assertRaisesRegex(UserError, "S00042"), self.env.cr.savepoint():
            lot._telecom_sell(stranger)
        order.move_line_ids.picked = True
        order.button_validate()
        self.assertEqual(lot.telecom_partner_id, self.customer)
        # The very customer may have it by another paper
        other = self._receive(self.phone, [imei(2)])
        self._picking(other).move_line_ids.picked = False
        other._telecom_sell(self.customer)
        self.assertEqual(other.telecom_state, "sold")

    def test_an_item_leaves_a_shop_once(self):
        """By another customer's delivery, or to another shop, as Odoo lets it go."""
        lot = self._receive(self.phone, [imei(1)])
        other = self.env["stock.location"].create(
            {
                "name": "Réserve",
                "location_id": self.warehouse.lot_stock_id.id,
                "company_id": self.benin.id,
            }
        )
        again = self._picking(lot)
        away = self._picking(lot, self.warehouse.int_type_id, other)
        lot._telecom_sell(self.customer)
        for picking in (again, away):
            picking.move_line_ids.unlink()
            picking.move_line_ids.create(
                {
                    **picking.move_ids._prepare_move_line_vals(quantity=1),
                    "lot_id": lot.id,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "picked": True,
                }
            )
            with self.subTest(picking.picking_type_id.code):
                with self.assertRaises(UserError) as caught:
                    with self.env.cr.savepoint():
                        picking.button_validate()
                self.assertIn("by the books", str(caught.exception))
        self.assertEqual(lot.telecom_state, "sold")
        self.assertEqual(lot.location_id, self.customers)

    def test_an_item_leaves_the_place_it_is_in(self):
        """A transfer that another shop prepared finds it gone."""
        lot = self._receive(self.phone, [imei(1)])
        shelf, desk = self.env["stock.location"].create(
            [
                {
                    "name": name,
                    "location_id": self.warehouse.view_location_id.id,
                    "company_id": self.benin.id,
                }
                for name in ("Réserve", "Comptoir")
            ]
        )
        late = self._picking(lot, self.warehouse.int_type_id, desk)
        lot.location_id = shelf
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            late.move_line_ids.location_id = self.warehouse.lot_stock_id
            late.button_validate()
        self.assertIn("by the books", str(caught.exception))
        self.assertEqual(lot.location_id, shelf)

    def test_no_client_switches_the_checks_off(self):
        lot = self._receive(self.phone, [imei(1)])
        picking = self._picking(lot)
        # As a browser may send it
        picking.with_context(telecom_new_items=True).button_validate()
        self.assertEqual(lot.telecom_state, "sold")

    def test_a_corrected_number_stays_in_the_history(self):
        lot, stolen = self._receive(self.phone, [imei(1), imei(2)])
        lot.with_user(self.shop_benin).name = imei(3)[:14]
        event = lot.telecom_event_ids.sorted("id")[-1]
        self.assertEqual(event.kind, "renumbered")
        self.assertEqual(event.reason, f"{imei(1)} → {imei(3)}")
        stolen._telecom_block("Volé")
        with self.assertRaises(UserError):
            stolen.with_user(self.shop_benin).name = imei(4)
        sim = self._receive(self.sim, [iccid(1)])
        sim._telecom_activate(self.line)
        with self.assertRaises(UserError):
            sim.with_user(self.shop_benin).name = iccid(2)
        self.assertEqual(self.line.iccid, iccid(1))

    def test_a_customers_phone_is_repaired_and_given_back(self):
        lot, spare = self._receive(self.phone, [imei(1), imei(2)])
        lot._telecom_sell(self.customer)
        (lot | spare)._telecom_repair("Écran")
        with self.assertRaises(UserError):
            spare.action_telecom_give_back()
        with self.assertRaises(UserError):
            lot.action_telecom_restock()
        lot.with_user(self.keeper_benin).action_telecom_give_back()
        self.assertEqual(lot.telecom_state, "sold")
        self.assertEqual(lot.telecom_partner_id, self.customer)
        self.assertEqual(self._history(lot)[-1], ("given_back", "sold"))
        lot._telecom_return()
        self.assertEqual(lot.telecom_state, "returned")

    def test_history_is_nobodys_to_change(self):
        lot = self._receive(self.phone, [imei(1)])
        event = lot.telecom_event_ids
        for user in (self.manager_benin, self.keeper_benin, self.env.user):
            with self.subTest(user.login), self.assertRaises(UserError):
                event.with_user(user).write({"reason": "x"})
            with self.subTest(user.login), self.assertRaises(UserError):
                event.with_user(user).unlink()
        with self.assertRaises(AccessError):
            event.with_user(self.shop_tunisia).read(["kind"])
        self.assertTrue(event.with_user(self.shop_benin).read(["kind"]))
        with self.assertRaises(UserError):
            lot.unlink()

    def test_a_loss_and_a_find_at_the_count(self):
        lot = self._receive(self.phone, [imei(1)])
        quant = lot.quant_ids.filtered(lambda q: q.location_id.usage == "internal")
        quant.with_context(inventory_mode=True).inventory_quantity = 0
        quant.action_apply_inventory()
        self.assertEqual(lot.telecom_state, "lost")
        with self.assertRaises(UserError) as caught:
            lot._telecom_sell(self.customer)
        self.assertIn("count", str(caught.exception))
        found = self.env["stock.quant"].create(
            {
                "product_id": self.phone.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "lot_id": lot.id,
                "inventory_quantity": 1,
            }
        )
        found.action_apply_inventory()
        self.assertEqual(lot.telecom_state, "stock")


@tagged("post_install", "-at_install", "telecom")
class TestSerialBlock(SerialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stolen, cls.good = cls._receive(cls.phone, [imei(1), imei(2)])
        cls.stolen_sim = cls._receive(cls.sim, [iccid(1)])

    def _block(self, lots, reason="Vitrine forcée"):
        for lot in lots:
            lot.with_user(self.shop_benin)._telecom_block(reason)

    def _assert_blocked(self, message, action):
        with self.subTest(message), self.assertRaises(UserError) as caught:
            with self.env.cr.savepoint():
                action()
        self.assertIn("Vitrine forcée", str(caught.exception))

    def test_a_block_holds_on_every_road(self):
        waiting = self._picking(self.stolen)
        other = self.env["stock.location"].create(
            {
                "name": "Réserve",
                "location_id": self.warehouse.lot_stock_id.id,
                "company_id": self.benin.id,
            }
        )
        self._block(self.stolen | self.stolen_sim)
        self.assertFalse(waiting.move_line_ids, "What was reserved is free again")
        phone, sim, line = self.stolen, self.stolen_sim, self.line
        self._assert_blocked("a transfer", lambda: self._picking(phone))
        self._assert_blocked(
            "a line of a transfer",
            lambda: waiting.move_ids.write({"lot_ids": [Command.set(phone.ids)]}),
        )
        self._assert_blocked("relocation", lambda: phone.write({"location_id": other}))
        self._assert_blocked("sale", lambda: phone._telecom_sell(self.customer))
        self._assert_blocked("activation", lambda: phone._telecom_activate(line))
        self._assert_blocked("a SIM on a line", lambda: sim._telecom_activate(line))
        self._assert_blocked("typed on a line", lambda: line.write({"iccid": sim.name}))
        self._assert_blocked(
            "a new line",
            lambda: self._line(self.customer, "+2290197120002", iccid=sim.name),
        )
        self._assert_blocked(
            "the dialog of the line",
            lambda: (
                self.env["telecom.line.operation"]
                .with_user(self.clerk_benin)
                .create(
                    {
                        "kind": "sim",
                        "company_id": self.benin.id,
                        "line_id": line.id,
                        "iccid": sim.name,
                        "document_number": "BJ123456",
                        "reason": "x",
                    }
                )
                .action_apply()
            ),
        )
        self._assert_blocked(
            "added to what is done",
            lambda: self._done_line(phone),
        )

    def _done_line(self, lot):
        picking = self._picking(self.good)
        picking.button_validate()
        self.env["stock.move.line"].create(
            {
                **picking.move_ids._prepare_move_line_vals(quantity=1),
                "lot_id": lot.id,
                "state": "done",
            }
        )

    def test_a_blocked_item_is_not_reserved(self):
        self._block(self.stolen)
        picking = self._picking(self.good)
        picking.do_unreserve()
        picking.action_assign()
        self.assertEqual(picking.move_line_ids.lot_id, self.good)
        self.good._telecom_block("Vitrine forcée")
        picking.action_assign()
        self.assertFalse(picking.move_line_ids.lot_id)

    def test_blocked_while_the_transfer_is_on_the_way(self):
        """Somebody else blocks it after the line was written."""
        picking = self._picking(self.good)
        self.good.telecom_state = "lost"
        self.good.telecom_block_reason = "Vitrine forcée"
        self._assert_blocked("validated", picking.button_validate)

    def test_a_block_ends_the_service_of_a_sim(self):
        self.stolen_sim._telecom_activate(self.line)
        self.assertEqual(self.line.state, "active")
        self._block(self.stolen_sim)
        self.assertEqual(self.line.state, "suspended")
        event = self.line.event_ids.filtered(lambda e: e.kind == "state")[:1]
        self.assertEqual(event.reason, "Vitrine forcée")
        self._assert_blocked("resumed", self.line.action_activate)
        fresh = self._receive(self.sim, [iccid(2)])
        fresh._telecom_activate(self.line)
        self.line.action_activate()
        self.assertEqual(self.line.state, "active")
        self.assertEqual(self.stolen_sim.telecom_state, "lost")

    def test_a_manager_lifts_a_block(self):
        self._block(self.stolen)
        dialog = {
            "kind": "unblock",
            "company_id": self.benin.id,
            "lot_ids": [Command.set(self.stolen.ids)],
            "reason": "Retrouvé",
        }
        Action = self.env["telecom.serial.action"]
        with self.assertRaises(AccessError):
            Action.with_user(self.shop_benin).create(dialog).action_apply()
        Action.with_user(self.keeper_benin).create(dialog).action_apply()
        self.assertEqual(self.stolen.telecom_state, "stock")
        self.assertFalse(self.stolen.telecom_block_reason)
        self._picking(self.stolen).button_validate()
        self.assertEqual(self.stolen.telecom_state, "sold")

    def test_a_count_writes_it_off_and_does_not_lift_the_block(self):
        self._block(self.stolen)
        quant = self.stolen.quant_ids.filtered(
            lambda q: q.location_id.usage == "internal"
        )
        for quantity in (0, 1):
            quant.with_context(inventory_mode=True).inventory_quantity = quantity
            quant.action_apply_inventory()
            self.assertEqual(self.stolen.telecom_state, "lost")

    def test_a_block_without_a_reason_is_none(self):
        """A count would take it for a piece that was missing, and lift the block."""
        for reason in (False, "", "  "):
            with self.subTest(reason=reason), self.assertRaises(UserError):
                self.stolen.with_user(self.shop_benin)._telecom_block(reason)
        dialog = self.env["telecom.serial.action"].with_user(self.shop_benin)
        with self.assertRaises(UserError):
            dialog.create(
                {
                    "kind": "block",
                    "company_id": self.benin.id,
                    "lot_ids": [Command.set(self.stolen.ids)],
                    "reason": "",
                }
            ).action_apply()
        self.assertEqual(self.stolen.telecom_state, "stock")

    def test_what_is_thrown_away_is_not_lost(self):
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": self.stolen.product_id.id,
                "lot_id": self.stolen.id,
                "scrap_qty": 1,
                "company_id": self.benin.id,
                "location_id": self.stolen.location_id.id,
            }
        )
        scrap.action_validate()
        self.assertEqual(self.stolen.telecom_state, "scrapped")
        self.assertEqual(self.stolen.telecom_event_ids[0].new_state, "scrapped")
        with self.assertRaisesRegex(UserError, "Scrapped"):
            self.stolen._telecom_sell(self.customer)

    def test_no_dialog_reaches_another_operators_items(self):
        with self.assertRaises(AccessError):
            self.env["telecom.serial.action"].with_user(self.shop_tunisia).create(
                {
                    "kind": "block",
                    "company_id": self.tunisia.id,
                    "lot_ids": [Command.set(self.stolen.ids)],
                    "reason": "x",
                }
            ).action_apply()


@tagged("post_install", "-at_install", "telecom")
class TestSerialLine(SerialCase):
    """A SIM and the line it is in say the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = cls._receive(cls.sim, [iccid(1), iccid(2)])
        for lot, imsi, puk in (
            (cls.first, "616030000000001", "11112222"),
            (cls.second, "616030000000002", "33334444"),
        ):
            lot.telecom_imsi = imsi
            lot.sudo().telecom_puk = puk

    def _assert_on_line(self, lot, line, puk):
        self.assertEqual(line.iccid, lot.name)
        self.assertEqual(line.imsi, lot.telecom_imsi)
        self.assertEqual(line.sudo().puk, puk)
        self.assertEqual(lot.telecom_state, "active")
        self.assertEqual(lot.telecom_line_id, line)
        self.assertEqual(lot.telecom_partner_id, line.partner_id)
        self.assertEqual(lot.location_id.usage, "customer")

    def test_a_shop_activates_a_sim(self):
        self.first.with_user(self.shop_benin)._telecom_activate(self.line)
        self._assert_on_line(self.first, self.line, "11112222")

    def test_a_sim_whose_imsi_is_unknown_leaves_none_of_the_old_one(self):
        self.first._telecom_activate(self.line)
        self.second.telecom_imsi = False
        self.second._telecom_activate(self.line)
        self.assertEqual((self.line.iccid, self.line.imsi), (self.second.name, False))
        # Typed with the number of the card, it is the new one's
        self.line.write({"iccid": iccid(77), "imsi": "616030000000077"})
        self.assertEqual(self.line.imsi, "616030000000077")
        self.line.write({"iccid": iccid(77)})
        self.assertEqual(self.line.imsi, "616030000000077")

    def test_a_number_typed_on_the_line_leaves_no_puk_of_the_old_sim(self):
        self.first._telecom_activate(self.line)
        self.line.write({"iccid": f" {iccid(1)} "})
        self.assertEqual(self.line.sudo().puk, "11112222")
        self.line.write({"iccid": iccid(77)})
        self.assertFalse(self.line.sudo().puk)
        self.line.sudo().write({"iccid": iccid(78), "puk": "55556666"})
        self.assertEqual(self.line.sudo().puk, "55556666")
        self.line.write({"iccid": iccid(2)})
        self.assertEqual(self.line.sudo().puk, "33334444")

    def test_a_sim_that_was_used_is_so_when_it_is_found_again(self):
        self.first._telecom_activate(self.line)
        self.second._telecom_activate(self.line)
        self.assertEqual(self.first.telecom_state, "swapped")
        self.first._telecom_block("Perdue")
        self.first._telecom_unblock("Retrouvée")
        self.assertEqual(self.first.telecom_state, "swapped")

    def test_a_sim_puts_a_reserved_line_into_service(self):
        line = self._line(self.customer, "+2290197120002", state="reserved")
        shop = self.first.with_user(self.shop_benin)
        shop._telecom_sell(self.customer, line)
        self.assertEqual(line.state, "reserved")
        self.assertEqual(line.iccid, self.first.name)
        self.assertEqual(self.first.telecom_state, "sold")
        shop._telecom_activate(line)
        self.assertEqual(line.state, "active")
        self._assert_on_line(self.first, line, "11112222")

    def test_a_line_put_into_service_takes_its_sim(self):
        line = self._line(self.customer, "+2290197120002", state="reserved")
        self.first._telecom_sell(self.customer, line)
        line.with_user(self.clerk_benin).action_activate()
        self._assert_on_line(self.first, line, "11112222")

    def test_a_clerk_swaps_the_sim_in_the_dialog(self):
        self.first._telecom_activate(self.line)
        dialog = (
            self.env["telecom.line.operation"]
            .with_user(self.clerk_benin)
            .create(
                {
                    "kind": "sim",
                    "company_id": self.benin.id,
                    "line_id": self.line.id,
                    "iccid": f"{self.second.name}F",
                    "reason": "SIM cassée",
                    "document_number": "BJ123456",
                }
            )
        )
        document = self.env["telecom.identity.document"].create(
            {"partner_id": self.customer.id, "number": "BJ999999"}
        )
        dialog.action_apply()
        self._assert_on_line(self.first, self.line, "11112222")
        self.assertEqual(self.second.telecom_state, "stock", "Another one's document")
        refused = self.line.event_ids.filtered(lambda e: e.kind == "sim_refused")
        self.assertEqual(refused.new_value, self.second.name)
        document.number = "BJ123456"
        dialog.action_apply()
        self._assert_on_line(self.second, self.line, "33334444")
        self.assertEqual(self.first.telecom_state, "swapped")
        self.assertFalse(self.first.telecom_line_id)
        self.assertEqual(self._history(self.first)[-1], ("swapped", "swapped"))
        event = self.line.event_ids.filtered(lambda e: e.kind == "sim")[:1]
        self.assertEqual(event.reason, "SIM cassée")
        self.assertNotIn(
            "33334444", str(dialog.sudo().read()), "The dialog keeps no PUK of a SIM"
        )

    def test_a_sim_typed_on_the_line_leaves_the_stock(self):
        line = self._line(self.customer, "+2290197120002", state="reserved")
        line.with_user(self.clerk_benin).iccid = self.first.name
        line.with_user(self.clerk_benin).action_activate()
        self._assert_on_line(self.first, line, "11112222")

    def test_a_new_line_takes_its_sim(self):
        line = self._line(self.customer, "+2290197120002", iccid=self.first.name)
        self._assert_on_line(self.first, line, "11112222")

    def test_a_sim_is_in_one_line(self):
        self.first._telecom_activate(self.line)
        other = self._line(self.customer, "+2290197120002")
        with self.assertRaises(UserError):
            self.first._telecom_activate(other)
        with self.assertRaises(UserError) as caught:
            other.iccid = self.first.name
        self.assertIn(self.line.display_name, str(caught.exception))
        self.assertEqual(self.first.telecom_line_id, self.line)

    def test_a_sim_that_waits_for_a_line_is_nobody_elses(self):
        """Whoever holds the card would get the calls of that line."""
        line = self._line(
            self.customer,
            "+2290197120002",
            state="reserved",
            iccid=self.first.name,
        )
        self.assertEqual(self.first.telecom_state, "stock")
        stranger = self._customer(self.benin, "Koffi", "Ahoyo")
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            self.first._telecom_sell(stranger)
        self.assertIn(line.display_name, str(caught.exception))
        picking = self._picking(self.first)
        picking.partner_id = stranger
        with self.assertRaises(UserError), self.env.cr.savepoint():
            picking.button_validate()
        picking.action_cancel()
        self.first._telecom_sell(self.customer)
        self.assertEqual(self.first.telecom_state, "sold")

    def test_a_sim_found_again_waits_for_its_line_as_before(self):
        line = self._line(
            self.customer,
            "+2290197120002",
            state="reserved",
            iccid=self.first.name,
        )
        self.first._telecom_block("Introuvable")
        self.first._telecom_unblock()
        self.assertEqual(self.first.telecom_state, "stock")
        line.action_activate()
        self._assert_on_line(self.first, line, "11112222")

    def test_a_sim_of_a_line_does_not_come_into_stock(self):
        line = self._line(self.customer, "+2290197120002", iccid=iccid(5))
        with self.assertRaises(ValidationError) as caught:
            self._receive(self.sim, [iccid(5)])
        self.assertIn(line.display_name, str(caught.exception))
        short = self._line(self.customer, "+2290197120003", iccid=iccid(6)[:18])
        with self.assertRaises(ValidationError) as caught:
            self._receive(self.sim, [iccid(6)])
        self.assertIn(short.display_name, str(caught.exception))

    @mute_logger("odoo.sql_db")
    def test_a_number_is_made_into_one_sim_to_be_sold(self):
        self.first.telecom_msisdn = "01 97 12 00 09"
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.second.telecom_msisdn = "+2290197120009"
            self.second.flush_recordset()
        self.second.invalidate_recordset()
        # A new card may be made for a number whose card was sold, or stolen
        self.first._telecom_sell(self.customer)
        self.second.telecom_msisdn = "+2290197120009"
        self.second.flush_recordset()
        self.second._telecom_block("Volée")
        third = self._receive(self.sim, [iccid(3)])
        third.telecom_msisdn = "+2290197120009"
        third.flush_recordset()

    def test_a_sim_in_a_line_is_not_taken_back(self):
        self.first._telecom_activate(self.line)
        with self.assertRaises(UserError):
            self.first._telecom_return()
        self.line.action_terminate()
        self.assertEqual(self.first.telecom_state, "swapped")
        self.first._telecom_return()
        self.assertEqual(self.first.telecom_state, "swapped")

    def test_a_sim_that_was_used_is_not_sold_again(self):
        self.first._telecom_activate(self.line)
        self.second._telecom_activate(self.line)
        self.first.with_user(self.shop_benin)._telecom_return(reason="Cassée")
        self.assertEqual(self.first.location_id, self.warehouse.lot_stock_id)
        self.assertEqual(self.first.telecom_state, "swapped")
        with self.assertRaisesRegex(UserError, "used|in service"):
            self.first.with_user(self.shop_benin).action_telecom_restock()
        shelf = self.env["stock.location"].create(
            {
                "name": "Rebut",
                "location_id": self.warehouse.lot_stock_id.id,
                "company_id": self.benin.id,
            }
        )
        self._picking(self.first, self.warehouse.int_type_id, shelf).button_validate()
        self.assertEqual(self.first.telecom_state, "swapped")
        other = self._line(self.customer, "+2290197120002")
        for sell in (
            lambda: self.first._telecom_sell(self.customer),
            lambda: self.first._telecom_activate(other),
        ):
            with self.assertRaises(UserError):
                sell()
        # One that was sold, and never on a line, is as good as new
        fresh = self._receive(self.sim, [iccid(3)])
        fresh._telecom_sell(self.customer)
        fresh._telecom_return()
        fresh.action_telecom_restock()
        self.assertEqual(fresh.telecom_state, "stock")

    def test_a_reserved_sim_is_no_spare_card(self):
        order = self._picking(self.first)
        order.move_line_ids.picked = False
        stranger = self._customer(self.benin, "Koffi", "Ahoyo")
        theirs = self._line(stranger, "+2290197120002")
        waiting = self._line(stranger, "+2290197120003", state="reserved")
        for line in (theirs, waiting):
            with self.subTest(line.state):
                with self.assertRaisesRegex(UserError, "reserved"):
                    with self.env.cr.savepoint():
                        line.iccid = self.first.name
        self.assertFalse(self.first.telecom_line_id)
        dialog = self.env["telecom.line.operation"].with_user(self.clerk_benin)
        domain = dialog._fields["lot_id"]._description_domain(dialog.env)
        self.assertNotIn("reserved", str(domain))
        self.line.iccid = self.first.name
        self._assert_on_line(self.first, self.line, "11112222")

    def test_unknown_sims_are_as_before(self):
        self.line.iccid = iccid(77)
        self.assertEqual(self.line.iccid, iccid(77))

    def test_another_operators_stock_stays_where_it_is(self):
        tunis = self._line(self._customer(self.tunisia, "Leïla", "B"), "+21620123456")
        with self.assertRaises(UserError):
            self.first._telecom_activate(tunis)
        tunis.iccid = self.first.name
        self.assertEqual(self.first.telecom_state, "stock")

    def test_a_device_on_a_line(self):
        phone = self._receive(self.phone, [imei(1)])
        phone.with_user(self.shop_benin)._telecom_sell(self.customer, self.line)
        self.assertEqual(phone.telecom_state, "active")
        self.assertEqual(self.line.telecom_lot_ids, phone)
        self.line.action_terminate()
        self.assertEqual(phone.telecom_state, "sold")

    def test_puks_are_for_few_and_every_look_is_kept(self):
        for user in (self.shop_benin, self.clerk_benin, self.shop_tunisia):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.first.with_user(user).action_show_puk()
        for user in (self.shop_benin, self.manager_benin, self.keeper_benin):
            lot = self.first.with_user(user)
            with self.subTest(user.login), self.assertRaises(AccessError):
                lot.read(["telecom_puk"])
            with self.subTest(user.login), self.assertRaises(AccessError):
                lot.search(Domain("telecom_puk", "=", "11112222"))
        shown = self.first.with_user(self.manager_benin).action_show_puk()
        self.assertEqual(shown["params"]["message"], "11112222")
        event = self.first.telecom_event_ids[0]
        self.assertEqual(event.kind, "puk")
        self.assertEqual(event.user_id, self.manager_benin)

    def test_a_file_of_customers_takes_sims_from_stock(self):
        self.second._telecom_block("Vitrine forcée")
        text = (
            "Nom complet;MSISDN;ICCID\n"
            f"Koffi Ahoyo;0197120003;{self.first.name}\n"
            f"Yaovi Toko;0197120004;{self.second.name}\n"
        )
        record = (
            self.env["telecom.customer.import"]
            .with_user(self.clerk_benin)
            .create({"name": "clients.csv", "file": base64.b64encode(text.encode())})
        )
        record.action_start()
        self.assertEqual((record.good_count, record.bad_count), (1, 1))
        line = self.env["telecom.line"].search(
            [("company_id", "=", self.benin.id), ("msisdn", "=", "+2290197120003")]
        )
        self._assert_on_line(self.first, line, "11112222")
        self.assertIn("Vitrine forcée", record.error_ids.sudo().reason)
