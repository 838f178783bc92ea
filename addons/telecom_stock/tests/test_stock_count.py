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
