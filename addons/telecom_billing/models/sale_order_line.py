from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SaleOrderLine(models.Model):
    """What an offer on an order costs every month, and whether it suits."""

    _inherit = "sale.order.line"

    telecom_recurring_price = fields.Monetary(
        string="Per Month",
        compute="_compute_telecom_recurring_price",
        store=True,
        help="Of one, before taxes and promotions, on the day of the order.",
    )
    telecom_recurring_subtotal = fields.Monetary(
        string="Total per Month",
        compute="_compute_telecom_recurring_subtotal",
        store=True,
    )

    @api.depends("product_id", "order_id.date_order", "company_id")
    def _compute_telecom_recurring_price(self):
        groups = self.grouped(
            lambda line: (
                line.company_id,
                fields.Date.to_date(line.order_id.date_order)
                or fields.Date.context_today(self),
            )
        )
        for (company, day), lines in groups.items():
            found = lines.product_id.with_company(company)._telecom_prices(
                "recurring", day
            )
            for line in lines:
                line.telecom_recurring_price = found.get(line.product_id.id, 0.0)

    @api.depends("telecom_recurring_price", "product_uom_qty")
    def _compute_telecom_recurring_subtotal(self):
        for line in self:
            line.telecom_recurring_subtotal = (
                line.telecom_recurring_price * line.product_uom_qty
            )

    @api.constrains("product_id", "order_id")
    def _check_telecom_eligibility(self):
        """An offer the customer may not take does not get onto an order."""
        for order, lines in self.grouped("order_id").items():
            if order.state not in ("draft", "sent"):
                continue
            reasons = order._telecom_ineligible(lines.product_id)
            if reasons:
                product, reason = next(iter(reasons.items()))
                raise ValidationError(
                    self.env._(
                        "%(offer)s does not suit %(customer)s. %(reason)s",
                        offer=product.display_name,
                        customer=order.partner_id.display_name,
                        reason=reason,
                    )
                )

    @api.readonly
    def action_telecom_propose_offers(self):
        """Show which offers suit the customer of the order that the context names."""
        order = self.env["sale.order"].browse(self.env.context.get("order_id"))
        return order.action_telecom_propose()
