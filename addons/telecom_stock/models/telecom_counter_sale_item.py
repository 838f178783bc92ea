from odoo import fields, models
from odoo.tools import formatLang

from odoo.addons.telecom_crm.tools import document as pdf


class TelecomCounterSaleItem(models.Model):
    """An article of a counter sale."""

    _name = "telecom.counter.sale.item"
    _description = "Item of a Counter Sale"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "sale_id desc, sequence, id"
    _rec_name = "product_id"

    sale_id = fields.Many2one(
        "telecom.counter.sale",
        string="Counter Sale",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    boutique_id = fields.Many2one(
        related="sale_id.boutique_id", store=True, index="btree_not_null"
    )
    sequence = fields.Integer()
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    lot_id = fields.Many2one(
        "stock.lot",
        string="Serial Number",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    line_id = fields.Many2one(
        "telecom.line", index="btree_not_null", ondelete="restrict", check_company=True
    )
    quantity = fields.Float(digits="Product Unit", default=1.0)
    currency_id = fields.Many2one(related="company_id.currency_id")
    price_unit = fields.Float(string="Unit Price", digits="Product Price")
    amount_untaxed = fields.Monetary(string="Before Tax")
    amount_total = fields.Monetary(string="Total")

    def _receipt_rows(self):
        """Return the rows of the receipt.

        :rtype: list[odoo.addons.telecom_crm.tools.document.Row]
        """
        self.ensure_one()
        product = self.product_id.with_context(display_default_code=False)
        detail = " · ".join(filter(None, (self.lot_id.name, self.line_id.display_name)))
        digits = 0 if float(self.quantity).is_integer() else 2
        return [
            pdf.Row(
                (
                    product.display_name,
                    formatLang(self.env, self.quantity, digits=digits),
                    self.sale_id._receipt_money(self.amount_total),
                ),
                detail=detail,
            )
        ]
