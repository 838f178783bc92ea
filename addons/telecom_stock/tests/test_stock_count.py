from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .counter_common import CounterCase


@tagged("post_install", "-at_install", "telecom")
class TestStockCount(CounterCase):
    def _count(self, user=None):
        return self._as(user or self.shop_benin, "telecom.stock.count").create(
            {"warehouse_id": self.ganhi.warehouse_id.id}
        )

    def test_unknown_missing_double_and_elsewhere_are_explained(self):
        count = self._count()
        self.assertEqual(count.expected, 14)
        for text, kind, words in (
            (self.phones[0].name, "success", "Smartphone"),
            (self.phones[0].name, "warning", "already"),
            (self.there.name, "warning", "Akpakpa"),
            ("UNKNOWN-1", "danger", "UNKNOWN-1"),
            (self.sims[0].name, "success", "SIM"),
            (self.sims[1].name, "success", "SIM"),
            (self.case.barcode, "success", "1"),
        ):
            said = count.telecom_scan(text)
            self.assertEqual(said["type"], kind, text)
            self.assertIn(words, said["message"])
        cases = count.item_ids.filtered(lambda item: item.product_id == self.case)
        cases.counted = 9
        count.action_finish()
        results = {
            item.lot_id.name or item.product_id.name or item.text: item.result
            for item in count.difference_ids
        }
        self.assertEqual(
            results,
            {
                self.phones[1].name: "missing",
                self.there.name: "elsewhere",
                "UNKNOWN-1": "unknown",
                "Étui": "missing",
            },
        )
        with self.assertRaises(AccessError):
            count.action_apply()
        managed = count.with_user(self.boss)
        with self.assertRaisesRegex(UserError, "Say what happened"):
            managed.action_apply()
        reasons = {
            "missing": "stolen",
            "elsewhere": "moved",
            "unknown": "customer",
        }
        for item in count.difference_ids:
            item.reason = reasons[item.result]
        managed.action_apply()
        self.assertEqual(count.state, "done")
        self.assertEqual(self.phones[1].telecom_state, "lost")
        self.assertIn(count.name, self.phones[1].telecom_block_reason)
        self.assertEqual(self.there.telecom_boutique_id, self.ganhi)
        self.assertEqual(
            self.ganhi.warehouse_id._telecom_free(self.case), {self.case: 9}
        )
        moves = self.env["stock.move"].search([("inventory_name", "ilike", count.name)])
        self.assertEqual(moves.product_id, self.phone | self.case)

    def test_counting_on_finds_what_was_missing(self):
        count = self._count()
        count.action_finish()
        self.assertEqual(count.difference_count, 5)
        count.action_reopen()
        self.assertFalse(count.item_ids)
        for lot in self.phones | self.sims:
            count.telecom_scan(lot.name)
        count.telecom_scan(self.case.barcode)
        count.item_ids.filtered(lambda item: not item.lot_id).counted = 10
        count.action_finish()
        self.assertFalse(count.difference_count)
        count.with_user(self.boss).action_apply()
        self.assertEqual(set(self.phones.mapped("telecom_state")), {"stock"})

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_a_shop_counts_itself(self):
        count = self._count()
        with self.assertRaises(AccessError):
            count.with_user(self.akpakpa_shop).telecom_scan(self.phones[0].name)
        with self.assertRaises(AccessError):
            self._count(self.akpakpa_shop)
        count.telecom_scan(self.phones[0].name)
        for values in ({"result": "match"}, {"counted": 0}, {"expected": 5}):
            with self.assertRaises(UserError):
                count.item_ids.write(values)
        with self.assertRaises(UserError):
            count.write({"state": "done"})

    def test_two_telephones_that_scan_at_once_count_a_piece_once(self):
        for piece, scan in (
            (self.phones[0], lambda count: count.telecom_scan(self.phones[0].name)),
            (self.case, lambda count: count.telecom_scan(self.case.barcode)),
            (self.phones[0], lambda count: count.action_finish()),
            (self.case, lambda count: count.action_finish()),
        ):
            count = self._count()
            self.assertFalse(count.item_ids)
            # Read before the other telephone's piece is there
            lot = piece if piece._name == "stock.lot" else self.env["stock.lot"]
            self.env.cr.execute(
                """INSERT INTO telecom_stock_count_item
                       (count_id, company_id, product_id, lot_id, counted, result)
                VALUES (%s, %s, %s, %s, 1, 'match')""",
                [
                    count.id,
                    self.benin.id,
                    (lot.product_id or piece).id,
                    lot.id or None,
                ],
            )
            with (
                self.subTest(piece.display_name),
                self.assertBeginsAgain("telecom.stock.count.item"),
            ):
                scan(count)

    def _of(self, *products, scanned=()):
        count = self._as(self.shop_benin, "telecom.stock.count").create(
            {
                "warehouse_id": self.ganhi.warehouse_id.id,
                "product_ids": [
                    Command.set([product.id for product in products]),
                ],
            }
        )
        for text in scanned:
            count.telecom_scan(text)
        return count

    def _applied(self, count, reason):
        count.action_finish()
        count.difference_ids.reason = reason
        count.with_user(self.boss).action_apply()
        return self.ganhi.warehouse_id._telecom_free(self.case)[self.case]

    def test_a_count_of_some_articles_leaves_the_others_alone(self):
        count = self._of(self.phone)
        for text in (self.case.barcode, self.sims[0].name):
            self.assertEqual(count.telecom_scan(text)["type"], "danger")
        for lot in self.phones:
            self.assertEqual(count.telecom_scan(lot.name)["type"], "success")
        self.assertEqual(self._applied(count, "found"), 10)

    def test_what_is_sold_before_a_count_is_applied_is_booked_once(self):
        count = self._of(self.case, self.phone, scanned=[self.case.barcode])
        count.item_ids.counted = 9
        count.action_finish()
        self._as(self.shop_benin, "telecom.counter.sale").counter_sell(
            {
                "token": "meanwhile",
                "boutique_id": self.ganhi.id,
                "partner_id": self.awa.id,
                "payment_method": "cash",
                "items": [
                    {"product_id": self.case.id, "quantity": 3},
                    {"lot_id": self.phones[0].id},
                ],
            }
        )
        count.difference_ids.reason = "lost"
        count.with_user(self.boss).action_apply()
        self.assertEqual(
            self.ganhi.warehouse_id._telecom_free(self.case), {self.case: 6}
        )
        # The customer's telephone is no lost one
        self.assertEqual(self.phones.mapped("telecom_state"), ["sold", "lost"])
        self.assertFalse(self.phones[0].telecom_block_reason)

    def test_an_article_on_two_shelves_is_counted_once(self):
        root = self.ganhi.warehouse_id.lot_stock_id
        shelf = self.env["stock.location"].create(
            {"name": "Étagère", "location_id": root.id, "company_id": self.benin.id}
        )
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            {
                "product_id": self.case.id,
                "location_id": shelf.id,
                "inventory_quantity": 5,
            }
        )._apply_inventory()
        count = self._of(self.case, scanned=[self.case.barcode])
        self.assertEqual(count.expected, 15)
        count.item_ids.counted = 3
        self.assertEqual(self._applied(count, "lost"), 3)
        count = self._of(self.case, scanned=[self.case.barcode])
        count.item_ids.counted = 4
        self.assertEqual(self._applied(count, "found"), 4)

    def _tracked(self, name, tracking, quantities, **values):
        """Put lots, or pieces without a telecom kind, into the shop."""
        product = self.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "tracking": tracking,
                "company_id": self.benin.id,
                **values,
            }
        )
        lots = self.env["stock.lot"].create(
            [
                {
                    "name": number,
                    "product_id": product.id,
                    "company_id": self.benin.id,
                }
                for number in quantities
            ]
        )
        for lot in lots:
            self.env["stock.quant"].with_context(inventory_mode=True).create(
                {
                    "product_id": product.id,
                    "location_id": self.ganhi.warehouse_id.lot_stock_id.id,
                    "lot_id": lot.id,
                    "inventory_quantity": quantities[lot.name],
                }
            )._apply_inventory()
        return product, lots

    def _in_books(self, lot):
        return sum(
            lot.quant_ids.filtered("location_id.warehouse_id").mapped("quantity")
        )

    def test_lots_are_counted_with_their_quantities(self):
        cards, lots = self._tracked(
            "Carte 1 000 F",
            "lot",
            {"2026-A": 50, "2026-B": 20},
            telecom_kind="scratch_card",
            barcode="6130000000024",
        )
        count = self._of(cards)
        self.assertEqual(count.expected, 70)
        for times in (1, 2):
            said = count.telecom_scan("2026-a")
            self.assertEqual(said["type"], "success", said)
            self.assertIn(f"2026-A: {times}", said["message"])
        # The barcode is the same on the cards of both lots
        said = count.telecom_scan(cards.barcode)
        self.assertEqual(said["type"], "danger")
        self.assertIn("lot", said["message"])
        count.action_finish()
        item = {one.lot_id: one for one in count.difference_ids}
        self.assertEqual(
            [(item[lot].counted, item[lot].expected) for lot in lots],
            [(2, 50), (0, 20)],
        )
        item[lots[0]].counted = 50
        item[lots[1]].counted = 18
        self.assertEqual(count.difference_ids, item[lots[1]])
        count.difference_ids.reason = "lost"
        count.with_user(self.boss).action_apply()
        self.assertEqual([self._in_books(lot) for lot in lots], [50, 18])

    def test_the_barcode_of_the_only_lot_that_stands_here_counts_it(self):
        cards, lot = self._tracked(
            "Carte 500 F", "lot", {"L-1": 3}, barcode="6130000000031"
        )
        count = self._of(cards)
        for _piece in range(4):
            said = count.telecom_scan(cards.barcode)
            self.assertEqual(said["type"], "success", said)
        count.action_finish()
        self.assertEqual(count.difference_ids.result, "surplus")
        count.difference_ids.reason = "found"
        count.with_user(self.boss).action_apply()
        self.assertEqual(self._in_books(lot), 4)

    def test_a_lot_number_of_two_articles_is_asked_about(self):
        first, _lots = self._tracked("Carte 2 000 F", "lot", {"2026": 3})
        second, _lots = self._tracked("Piles", "lot", {"2026": 8})
        said = self._of(first, second).telecom_scan("2026")
        self.assertEqual(said["type"], "danger")
        self.assertIn("Piles", said["message"])
        said = self._of(second).telecom_scan("2026")
        self.assertEqual(said["type"], "success", said)

    def test_pieces_without_a_telecom_kind_are_counted_one_by_one(self):
        printer, lots = self._tracked(
            "Imprimante", "serial", {"PR-1": 1, "PR-2": 1}, barcode="6130000000048"
        )
        count = self._of(printer)
        self.assertEqual(count.telecom_scan("PR-1")["type"], "success")
        self.assertIn("PR-1", count.telecom_scan("PR-1")["message"])
        self.assertEqual(count.telecom_scan(printer.barcode)["type"], "danger")
        with self.assertRaises(UserError):
            count.item_ids.counted = 2
        count.action_finish()
        self.assertEqual(count.difference_ids.lot_id, lots[1])
        self.assertEqual(count.difference_ids.result, "missing")
        count.difference_ids.reason = "lost"
        count.with_user(self.boss).action_apply()
        self.assertEqual([self._in_books(lot) for lot in lots], [1, 0])
