from odoo.addons.telecom_crm.tests.common import CLERK

from .test_boutique import SHOP, BoutiqueCase

STOCK_MANAGER = "telecom_stock.group_telecom_stock_manager"


class CounterCase(BoutiqueCase):
    """Three shops of an operator, one of them a franchise, with stock and staff."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls._user("t.stock.benin", cls.benin, STOCK_MANAGER)
        cls.akpakpa_shop = cls._user("t.akpakpa", cls.benin, SHOP)
        cls.franchisee = cls._user("t.franchise", cls.benin, SHOP)
        cls.idle = cls._user("t.idle", cls.benin, SHOP)
        cls.clerk_and_shop = cls._user("t.both", cls.benin, f"{SHOP},{CLERK}")
        cls.parakou.kind = "franchise"
        cls.ganhi.user_ids = cls.shop_benin | cls.clerk_and_shop
        cls.akpakpa.user_ids = cls.akpakpa_shop
        cls.parakou.user_ids = cls.franchisee
        cls.phone = cls._product("Smartphone T1", "phone", 60_000)
        cls.sim = cls._product("Carte SIM", "sim", 500)
        cls.case = cls.env["product.product"].create(
            {
                "name": "Étui",
                "type": "consu",
                "is_storable": True,
                "barcode": "6130000000017",
                "list_price": 2_000,
                "company_id": cls.benin.id,
            }
        )
        cls.phones = cls._pieces(
            cls.phone, cls.ganhi, "356938035643809", "490154203237518"
        )
        cls.sims = cls._pieces(
            cls.sim, cls.ganhi, "8922901000000000015", "8922901000000000023"
        )
        cls.there = cls._pieces(cls.phone, cls.akpakpa, "352099001761481")
        cls.far = cls._pieces(cls.phone, cls.parakou, "012345678901237")
        cls._plain(cls.case, cls.ganhi, 10)
        cls.awa = cls._customer(cls.benin, "Awa", "Dossou", phone="+2290197000011")

    @classmethod
    def _product(cls, name, kind, price, company=None):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "telecom_kind": kind,
                "list_price": price,
                "taxes_id": False,
                "company_id": (company or cls.benin).id,
            }
            if "taxes_id" in cls.env["product.product"]._fields
            else {
                "name": name,
                "type": "consu",
                "telecom_kind": kind,
                "list_price": price,
                "company_id": (company or cls.benin).id,
            }
        )

    @classmethod
    def _pieces(cls, product, boutique, *numbers):
        """Put pieces with a serial number into a shop."""
        lots = cls.env["stock.lot"].create(
            [
                {
                    "name": number,
                    "product_id": product.id,
                    "company_id": boutique.company_id.id,
                }
                for number in numbers
            ]
        )
        quants = cls.env["stock.quant"].with_context(inventory_mode=True)
        for lot in lots:
            quants.create(
                {
                    "product_id": product.id,
                    "location_id": boutique.warehouse_id.lot_stock_id.id,
                    "lot_id": lot.id,
                    "inventory_quantity": 1,
                }
            )._apply_inventory()
        return lots

    @classmethod
    def _plain(cls, product, boutique, quantity):
        cls.env["stock.quant"].with_context(inventory_mode=True).create(
            {
                "product_id": product.id,
                "location_id": boutique.warehouse_id.lot_stock_id.id,
                "inventory_quantity": quantity,
            }
        )._apply_inventory()

    def _as(self, user, model):
        return self.env[model].with_user(user).with_company(user.company_id)
