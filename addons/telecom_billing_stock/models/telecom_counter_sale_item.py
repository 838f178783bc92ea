from odoo import fields, models

from odoo.addons.telecom_crm.tools import document as pdf


class TelecomCounterSaleItem(models.Model):
    _inherit = "telecom.counter.sale.item"

    offer_id = fields.Many2one(
        "product.product", check_company=True, ondelete="restrict"
    )
    order_line_id = fields.Many2one(
        "sale.order.line", check_company=True, ondelete="set null"
    )
    offer_line_id = fields.Many2one(
        "sale.order.line",
        string="Order Line of the Offer",
        check_company=True,
        ondelete="set null",
    )
    subscription_id = fields.Many2one(
        "telecom.subscription",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def _receipt_rows(self):
        rows = super()._receipt_rows()
        if self.offer_id:
            monthly = self.offer_line_id.telecom_recurring_price
            rows.append(
                pdf.Row(
                    (
                        self.offer_id.with_context(
                            display_default_code=False
                        ).display_name,
                        "1",
                        self.sale_id._receipt_money(self.offer_line_id.price_total),
                    ),
                    detail=self.env._(
                        "%s every month, before tax",
                        self.sale_id._receipt_money(monthly),
                    )
                    if monthly
                    else "",
                )
            )
        return rows
