from odoo.exceptions import AccessError, UserError
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
