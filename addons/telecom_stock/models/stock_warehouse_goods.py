from odoo import models
from odoo.exceptions import UserError
from odoo.tools import float_compare


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    def _telecom_free(self, products):
        """Return what is in stock here and reserved by nobody: ``{product: pieces}``.

        :param product.product products: which
        :rtype: dict
        """
        self.ensure_one()
        # sudo: stock.quant - of a warehouse whose access was checked
        rows = (
            self.env["stock.quant"]
            .sudo()
            ._read_group(
                [
                    ("location_id", "child_of", self.lot_stock_id.id),
                    ("product_id", "in", products.ids),
                ],
                ["product_id"],
                ["quantity:sum", "reserved_quantity:sum"],
            )
        )
        return {product: there - reserved for product, there, reserved in rows}

    def _telecom_check_free(self, goods):
        """Refuse to take more pieces than are free: Odoo would count below zero.

        :param list goods: (product, quantity)
        :raises UserError: saying what is missing, and how many there are
        """
        self.ensure_one()
        wanted = {}
        for product, quantity in goods:
            wanted[product] = wanted.get(product, 0) + quantity
        products = self.env["product.product"].union(*wanted)
        products = products.filtered("is_storable")
        free = self._telecom_free(products)
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        for product in products:
            there = free.get(product, 0)
            if float_compare(there, wanted[product], precision_digits=digits) < 0:
                raise UserError(
                    self.env._(
                        "“%(place)s” has %(there)s free pieces of “%(product)s”, not "
                        "%(wanted)s.",
                        place=self.name,
                        there=f"{max(there, 0):g}",
                        product=product.display_name,
                        wanted=f"{wanted[product]:g}",
                    )
                )
