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

    def _paid(self):
        """What the order's promotions took off was not paid.

        They are shared out among its lines, so that all of them together come to what
        the order did.
        """
        paid = super()._paid()
        order = self.sale_id.order_id
        lines = order.order_line.filtered(
            lambda line: not line.display_type and line.price_total > 0
        ).sorted(lambda line: (line.sequence, line.id))
        full = sum(lines.mapped("price_total"))
        if self.order_line_id not in lines:
            return paid
        currency = self.company_id.currency_id
        share = max(order.amount_total, 0) / full
        before = sum(
            line.price_total for line in lines[: lines.ids.index(self.order_line_id.id)]
        )
        upto = before + self.order_line_id.price_total
        total = currency.round(upto * share) - currency.round(before * share)
        return {
            "untaxed": currency.round(paid["untaxed"] * total / paid["total"]),
            "total": total,
        }

    def _prepare_goods(self):
        """What comes back is taken off what the order delivered."""
        line = self.origin_item_id.order_line_id
        sold = line.move_ids.filtered(lambda move: move.state == "done")[:1]
        if not sold:
            return super()._prepare_goods()
        return (
            *super()._prepare_goods(),
            {
                "sale_line_id": line.id,
                "origin_returned_move_id": sold.id,
                "to_refund": True,
            },
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
