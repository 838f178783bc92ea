from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain


class SaleOrder(models.Model):
    """An order for offers: what it costs every month, whether they suit, promotions."""

    _inherit = "sale.order"

    telecom_recurring_total = fields.Monetary(
        string="Every Month",
        compute="_compute_telecom_recurring_total",
        store=True,
        help="Of all offers, before taxes and promotions.",
    )

    @api.depends("order_line.telecom_recurring_subtotal")
    def _compute_telecom_recurring_total(self):
        for order in self:
            order.telecom_recurring_total = sum(
                order.order_line.mapped("telecom_recurring_subtotal")
            )

    # ------------------------------------------------------------
    # Eligibility
    # ------------------------------------------------------------

    def _telecom_ineligible(self, products, date=None):
        """Return the offers that do not suit the customer.

        :param product.product products: on the order, or about to be
        :param date date: of the sale, today when not given
        :return: {product: reason, in the user's language}
        :rtype: dict
        """
        self.ensure_one()
        offers = products.filtered("telecom_offer_kind")
        if not offers or not self.partner_id:
            return {}
        reasons = offers._telecom_ineligibility(
            self.partner_id, date=date, offers=self.order_line.product_id | offers
        )
        return {offer: reasons[offer.id] for offer in offers if reasons[offer.id]}

    @api.constrains("partner_id")
    def _check_telecom_eligibility(self):
        for order in self.filtered(lambda order: order.state in ("draft", "sent")):
            order.order_line._check_telecom_eligibility()

    def _get_product_catalog_domain(self):
        """The catalogue shows what suits the customer."""
        domain = super()._get_product_catalog_domain()
        offers = self.env["product.product"].search(
            [("telecom_offer_kind", "!=", False)]
        )
        refused = self._telecom_ineligible(offers)
        if not refused:
            return domain
        return domain & Domain("id", "not in", [product.id for product in refused])

    def action_confirm(self):
        """What has run out since the quotation is said, not sold.

        A quotation that still holds is kept: its own day counts.
        """
        today = fields.Date.context_today(self)
        for order in self.filtered(lambda order: order.state in ("draft", "sent")):
            holds = order.validity_date and order.validity_date >= today
            day = fields.Date.to_date(order.date_order) if holds else today
            reasons = order._telecom_ineligible(order.order_line.product_id, day)
            if reasons:
                raise ValidationError(
                    "\n".join(
                        f"{offer.display_name}: {reason}"
                        for offer, reason in reasons.items()
                    )
                )
        return super().action_confirm()

    def _telecom_add_offer(self, product):
        """Put one more of an offer on a quotation, with the promotions it brings.

        :param product.product product: the offer
        """
        self.ensure_one()
        line = self.order_line.filtered(
            lambda line: line.product_id == product and not line.combo_item_id
        )[:1]
        if line and product.type != "combo":
            line.product_uom_qty += 1
        elif product.type == "combo":
            self._telecom_add_pack(product)
        else:
            self.order_line = [Command.create({"product_id": product.id})]
        self._telecom_apply_promotions()

    def _telecom_add_pack(self, pack):
        """Put a pack on a quotation, with the first item that suits of each choice."""
        self.order_line = [
            Command.create({"product_id": pack.id, "product_uom_qty": 1.0})
        ]
        head = self.order_line.filtered(lambda line: line.product_id == pack)[-1]
        values = []
        for combo in pack.combo_ids:
            items = combo.combo_item_ids
            refused = self._telecom_ineligible(items.product_id | pack)
            suiting = items.filtered_domain(
                [("product_id", "not in", [product.id for product in refused])]
            )
            item = (suiting or items)[:1]
            values.append(
                Command.create(
                    {
                        "product_id": item.product_id.id,
                        "combo_item_id": item.id,
                        "linked_line_id": head.id,
                        "product_uom_qty": head.product_uom_qty,
                        "sequence": head.sequence,
                    }
                )
            )
        self.order_line = values

    @api.readonly
    def action_telecom_propose(self):
        """Show which offers suit the customer of the quotation."""
        self.ensure_one()
        return self.partner_id._telecom_propose(self)
