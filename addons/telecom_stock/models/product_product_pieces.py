from odoo import models
from odoo.exceptions import ValidationError


class ProductProduct(models.Model):
    """Goods that are counted, and goods that are measured."""

    _inherit = "product.product"

    def _telecom_whole(self):
        """Tell whether pieces of a product are whole.

        All units of Odoo share one precision. What is followed one by one is whole, and
        whatever is counted in units, or in dozens and packs of them.

        :rtype: bool
        """
        self.ensure_one()
        return self.tracking == "serial" or self.uom_id._has_common_reference(
            self.env.ref("uom.product_uom_unit")
        )

    def _telecom_check_pieces(self, *quantities):
        """Refuse a part of a piece.

        :param float quantities: in the product's unit
        :raises ValidationError: saying of what
        """
        self.ensure_one()
        for quantity in quantities:
            if not float(quantity).is_integer() and self._telecom_whole():
                raise ValidationError(
                    self.env._(
                        "“%(product)s” goes by the piece: %(quantity)s is no number of "
                        "pieces.",
                        product=self.display_name,
                        quantity=f"{quantity:g}",
                    )
                )
