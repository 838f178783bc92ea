"""Pieces are whole, and shown so; what is measured is not."""

from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .counter_common import CounterCase


@tagged("post_install", "-at_install", "telecom")
class TestPieces(CounterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cable = cls.env["product.product"].create(
            {
                "name": "Câble au mètre",
                "type": "consu",
                "is_storable": True,
                "uom_id": cls.env.ref("uom.product_uom_meter").id,
                "list_price": 100,
                "company_id": cls.benin.id,
            }
        )
        cls._plain(cls.cable, cls.ganhi, 10)

    def _sell(self, product, quantity, token="pieces"):
        counter = self._as(self.shop_benin, "telecom.counter.sale")
        return counter.counter_sell(
            {
                "token": token,
                "boutique_id": self.ganhi.id,
                "partner_id": self.awa.id,
                "payment_method": "cash",
                "items": [{"product_id": product.id, "quantity": quantity}],
            }
        )

    def test_half_a_piece_is_not_sold(self):
        for quantity in (0.5, 1.5, float("nan"), -1):
            with self.subTest(quantity), self.assertRaises(UserError):
                self._sell(self.case, quantity)
        self.assertIn("id", self._sell(self.cable, 2.5))
        self.assertEqual(
            self.ganhi.warehouse_id._telecom_free(self.case | self.cable),
            {self.case: 10, self.cable: 7.5},
        )

    def test_half_a_piece_does_not_come_back(self):
        sold = self._sell(self.case, 2)
        sale = self.env["telecom.counter.sale"].browse(sold["id"])
        counter = self._as(self.shop_benin, "telecom.counter.sale")
        with self.assertRaisesRegex(UserError, "piece"):
            counter.counter_take_back(
                {
                    "token": "back",
                    "boutique_id": self.ganhi.id,
                    "sale_id": sale.id,
                    "items": [{"id": sale.item_ids.id, "quantity": 0.5}],
                    "reason": "defect",
                    "payment_method": "cash",
                }
            )

    def test_half_a_piece_is_neither_sent_nor_counted(self):
        Transfer = self._as(self.shop_benin, "telecom.stock.transfer")
        values = {
            "warehouse_source_id": self.ganhi.warehouse_id.id,
            "warehouse_dest_id": self.akpakpa.warehouse_id.id,
        }

        def line(product, quantity):
            return [(0, 0, {"product_id": product.id, "quantity": quantity})]

        with self.assertRaisesRegex(ValidationError, "piece"):
            Transfer.create({**values, "line_ids": line(self.case, 0.5)})
        self.assertTrue(Transfer.create({**values, "line_ids": line(self.cable, 0.5)}))
        count = self._as(self.shop_benin, "telecom.stock.count").create(
            {"warehouse_id": self.ganhi.warehouse_id.id}
        )
        count.telecom_scan("6130000000017")
        with self.assertRaisesRegex(ValidationError, "piece"):
            count.item_ids.counted = 1.5

    def test_the_screen_knows_what_is_sold_whole(self):
        counter = self._as(self.shop_benin, "telecom.counter.sale")
        found = counter.counter_scan(self.ganhi.id, "6130000000017")["item"]
        self.assertTrue(found["whole"])
        [found] = counter.counter_scan(self.ganhi.id, "Câble au m")["choices"]
        self.assertFalse(found["whole"])

    def test_lists_show_whole_numbers_as_such(self):
        """Every quantity of ours, wherever it is shown as a number."""
        views = self.env["ir.ui.view"].search(
            [("model", "like", "telecom."), ("type", "in", ("list", "form", "kanban"))]
        )
        xmlids = views.get_external_id()
        seen = 0
        for view in views:
            if not xmlids[view.id].startswith("telecom_stock."):
                continue
            for node in etree.fromstring(view.arch).iter("field"):
                model = self._model_of(view.model, node)
                field = self.env[model]._fields.get(node.get("name")) if model else None
                if not field or field.type != "float" or node.get("invisible") == "1":
                    continue
                if field._digits != "Product Unit" or node.get("type") == "measure":
                    continue
                seen += 1
                self.assertIn(
                    "hide_trailing_zeros",
                    node.get("options") or "",
                    f"{view.name}: {node.get('name')}",
                )
        self.assertGreater(seen, 10)

    def test_the_stock_shows_whole_numbers_as_such(self):
        """The lists of Odoo's own that our menu opens."""
        for xmlid, kind in (
            ("stock.product_product_stock_tree", "list"),
            ("product.product_template_tree_view", "list"),
            ("product.product_template_kanban_view", "kanban"),
        ):
            view = self.env.ref(xmlid)
            model = self._as(self.shop_benin, view.model)
            arch = etree.fromstring(model.get_view(view.id, kind)["arch"])
            shown = [
                node
                for node in arch.iter("field")
                if node.get("name") in ("qty_available", "free_qty", "incoming_qty")
            ]
            self.assertTrue(shown, xmlid)
            for node in shown:
                self.assertIn("hide_trailing_zeros", node.get("options") or "", xmlid)

    def _model_of(self, model, node):
        """Return the model whose field a node of a view shows."""
        parents = [
            one.get("name") for one in node.iterancestors("field") if one.get("name")
        ]
        for name in reversed(parents):
            field = self.env[model]._fields.get(name)
            model = field and field.comodel_name
            if not model:
                return None
        return model
