from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.telecom_crm.tests.common import OperatorCase

SHOP = "telecom_stock.group_telecom_shop"


@tagged("post_install", "-at_install", "telecom")
class TestRoles(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_benin = cls._user("t.shop.benin", cls.benin, SHOP)
        cls.shop_tunisia = cls._user("t.shop.tunisia", cls.tunisia, SHOP)
        cls.phone = cls.env["product.product"].create(
            {"name": "Téléphone", "is_storable": True, "tracking": "serial"}
        )

    def _menus(self, user):
        visible = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        return {
            name
            for name in ("root", "serials", "warehouses")
            if self.env.ref(f"telecom_stock.menu_{name}").id in visible
        }

    def test_the_app_is_for_shops_and_managers(self):
        self.assertEqual(self._menus(self.shop_benin), {"root", "serials"})
        self.assertEqual(
            self._menus(self.manager_benin), {"root", "serials", "warehouses"}
        )
        for user in (self.clerk_benin, self.agent, self.stranger):
            with self.subTest(user.login):
                self.assertFalse(self._menus(user))

    def test_a_shop_receives_a_serial_number_of_its_operator(self):
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.benin.id)], limit=1
        )
        self.assertTrue(warehouse)
        self.env["telecom.boutique"].create(
            {
                "name": "Ganhi",
                "code": "GANHI",
                "company_id": self.benin.id,
                "warehouse_id": warehouse.id,
                "user_ids": self.shop_benin.ids,
            }
        )
        lot = (
            self.env["stock.lot"]
            .with_user(self.shop_benin)
            .create(
                {
                    "name": "356938035643809",
                    "product_id": self.phone.id,
                    "company_id": self.benin.id,
                }
            )
        )
        picking = (
            self.env["stock.picking"]
            .with_user(self.shop_benin)
            .create(
                {
                    "picking_type_id": warehouse.in_type_id.id,
                    "location_id": self.env.ref("stock.stock_location_suppliers").id,
                    "location_dest_id": warehouse.lot_stock_id.id,
                    "move_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": self.phone.id,
                                "product_uom_qty": 1,
                                "location_id": self.env.ref(
                                    "stock.stock_location_suppliers"
                                ).id,
                                "location_dest_id": warehouse.lot_stock_id.id,
                            },
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        picking.move_ids.write({"lot_ids": [(6, 0, lot.ids)], "picked": True})
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        self.assertEqual(lot.product_qty, 1)
        for record in (lot, picking, warehouse):
            with self.subTest(record._name), self.assertRaises(AccessError):
                record.with_user(self.shop_tunisia).read(["display_name"])
