from odoo import api, models

#: What a revision says of a line
FROZEN_FIELDS = {
    "discount",
    "display_type",
    "name",
    "order_id",
    "price_unit",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "sequence",
    "tax_ids",
}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._telecom_check_frozen()
        return lines

    def write(self, vals):
        if vals.keys() & FROZEN_FIELDS:
            self.order_id._telecom_check_frozen()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        self.order_id._telecom_check_frozen()
