import random

from odoo import Command, api, models

#: Per operator: type allocation codes of its devices' IMEIs, the beginning of its SIMs'
#: ICCIDs (89, country, issuer) and IMSIs (country, network); none is anybody's
NUMBERS = {
    "benin": ("35991300", "8922988", "61698"),
    "tunisia": ("35991400", "8921688", "60598"),
}
#: Per kind of boutique: from how many to how many of each item it receives
DELIVERED = {
    "own": {
        "soleil": (4, 8),
        "horizon": (2, 5),
        "lagune": (1, 3),
        "nomade": (2, 5),
        "foyer": (1, 4),
        "lumiere": (1, 4),
        "sim": (10, 18),
        "recharge": (60, 150),
        "coque": (5, 20),
    },
    "franchise": {"soleil": (2, 5), "nomade": (1, 3), "sim": (8, 14)},
    "kiosk": {"soleil": (0, 2), "sim": (6, 12), "recharge": (80, 200)},
    "mobile": {"nomade": (1, 2), "sim": (5, 8), "recharge": (40, 60)},
}
#: What a boutique should have at least, and up to how many more are sent
THRESHOLDS = {"soleil": (4, 10), "sim": (15, 40), "recharge": (50, 200)}
#: Customers of the demonstration that have bought something
BUYERS = 6


class TelecomStockDemo(models.AbstractModel):
    """Fills the demonstration's boutiques with the same methods that people use.

    Called by demonstration data only; does nothing where it was done before. The same
    numbers each time.
    """

    _name = "telecom.stock.demo"
    _description = "Demonstration of Stock"

    @api.model
    def _make_stock(self, company_id, country):
        """Deliver items to an operator's boutiques, and let some of them live.

        :param int company_id: the operator
        :param str country: as in the external ids of its demonstration data
        """
        company = self.env["res.company"].browse(company_id)
        self = self.with_company(company)
        products = {
            key: self.env.ref(f"telecom_stock.product_{country}_{key}")
            for key in DELIVERED["own"]
        }
        boutiques = self.env["telecom.boutique"].search(
            [("company_id", "=", company.id), ("state", "in", ("open", "works"))],
            order="id",
        )
        Lot = self.env["stock.lot"]
        if not boutiques or Lot.search_count(
            [("product_id", "in", [product.id for product in products.values()])],
            limit=1,
        ):
            return
        draw = random.Random(country)
        wanted = [
            (boutique, product, draw.randint(*DELIVERED[boutique.kind][key]))
            for boutique in boutiques
            for key, product in products.items()
            if key in DELIVERED[boutique.kind]
        ]
        wanted = [row for row in wanted if row[2]]
        lots = self._make_lots(company, country, wanted)
        receipts = self._make_receipts(wanted, lots)
        # What is still on the road to the last boutique
        receipts[:-1]._action_done()
        self._set_thresholds(boutiques, products)
        self._let_live(company, draw, lots)

    def _make_lots(self, company, country, wanted):
        """Make the serial numbers that are delivered, in one go."""
        tac, issuer, network = NUMBERS[country]
        Lot = self.env["stock.lot"]
        values = []
        for _boutique, product, count in wanted:
            if product.tracking != "serial":
                continue
            for _number in range(count):
                number = len(values) + 1
                lot = {"product_id": product.id, "company_id": company.id}
                if product.telecom_identifier == "imei":
                    # The check digit follows
                    lot["name"] = f"{tac}{number:06}"
                elif product.telecom_identifier == "iccid":
                    lot["name"] = f"{issuer}{number:011}"
                    lot["telecom_imsi"] = f"{network}{number:010}"
                    lot["telecom_puk"] = f"{(number * 7919 + 12345678) % 10**8:08}"
                else:
                    lot["name"] = f"{product.default_code}-{number:05}"
                values.append(lot)
        return Lot.create(values)

    def _make_receipts(self, wanted, lots):
        """Make a receipt for each boutique, with its serial numbers, ready."""
        supplier = self.env.ref("stock.stock_location_suppliers")
        waiting = iter(lots)
        by_boutique = {}
        for boutique, product, count in wanted:
            by_boutique.setdefault(boutique, []).append((product, count))
        receipts = self.env["stock.picking"].create(
            [
                {
                    "picking_type_id": boutique.warehouse_id.in_type_id.id,
                    "location_id": supplier.id,
                    "location_dest_id": boutique.warehouse_id.lot_stock_id.id,
                    "origin": "Livraison centrale",
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": count,
                                "product_uom": product.uom_id.id,
                                "location_id": supplier.id,
                                "location_dest_id": (
                                    boutique.warehouse_id.lot_stock_id.id
                                ),
                            }
                        )
                        for product, count in items
                    ],
                }
                for boutique, items in by_boutique.items()
            ]
        )
        receipts.move_ids._action_confirm(merge=False)
        values = []
        for move in receipts.move_ids.sorted("id"):
            count = int(move.product_uom_qty)
            serial = move.product_id.tracking == "serial"
            for _number in range(count if serial else 1):
                values.append(
                    {
                        **move._prepare_move_line_vals(quantity=1 if serial else count),
                        "lot_id": next(waiting).id if serial else False,
                        "picked": True,
                    }
                )
        receipts.move_line_ids.unlink()
        self.env["stock.move.line"].create(values)
        return receipts

    def _set_thresholds(self, boutiques, products):
        """Say what boutiques should have at least; some have less.

        By one of their managers: what the superuser asks for, Odoo takes for a proposal
        of its own, and forgets it once there is enough.
        """
        author = boutiques.manager_id[:1] or self.env.user
        self.env["stock.warehouse.orderpoint"].with_user(author).sudo().create(
            [
                {
                    "product_id": products[key].id,
                    "warehouse_id": boutique.warehouse_id.id,
                    "location_id": boutique.warehouse_id.lot_stock_id.id,
                    "company_id": boutique.company_id.id,
                    "product_min_qty": least,
                    "product_max_qty": most,
                    "trigger": "manual",
                }
                for boutique in boutiques
                if boutique.state == "open"
                for key, (least, most) in THRESHOLDS.items()
                if key in DELIVERED[boutique.kind]
            ]
        )

    def _let_live(self, company, draw, lots):
        """Sell, return, repair and lose some of the items."""
        customers = self.env["res.partner"].search(
            [("company_id", "=", company.id), ("telecom_customer", "=", True)],
            order="id",
            limit=BUYERS,
        )
        there = lots.filtered(lambda lot: lot.telecom_state == "stock")
        devices = there.filtered(lambda lot: lot.telecom_kind in ("phone", "key4g"))
        devices = devices.browse(draw.sample(devices.ids, BUYERS * 2 + 3))
        for number, customer in enumerate(customers):
            devices[number * 2 : number * 2 + 2]._telecom_sell(customer)
        lost, stolen, _left = devices[-3:]
        lost._telecom_block("Perdu pendant un transport")
        stolen._telecom_block("Volé en vitrine, plainte déposée")
        devices[0]._telecom_return(reason="Écran qui ne s’allume plus")
