from odoo import api, fields, models
from odoo.tools import formatLang


class SaleOrder(models.Model):
    """What became of an order: its subscriptions."""

    _inherit = "sale.order"

    telecom_subscription_count = fields.Integer(
        string="Subscriptions", compute="_compute_telecom_subscription_count"
    )

    @api.depends("order_line.telecom_subscription_ids")
    def _compute_telecom_subscription_count(self):
        for order in self:
            order.telecom_subscription_count = len(
                order.order_line.telecom_subscription_ids
            )

    def action_confirm(self):
        # Before the day of the order becomes that of the confirmation
        quoted = {order: order.telecom_recurring_total for order in self}
        res = super().action_confirm()
        for order, before in quoted.items():
            order._telecom_tell_new_price(before)
        return res

    def _action_confirm(self):
        """What was ordered is subscribed, whoever confirms: clerk or customer."""
        res = super()._action_confirm()
        self.order_line._telecom_create_subscriptions()
        return res

    def _telecom_tell_new_price(self, before):
        """Leave a note when months cost something else than on the quotation.

        Bills charge the dated prices of the offers, so an order shows those of the day
        it was confirmed; its revision keeps what was quoted.

        :param float before: what all offers cost a month, as quoted
        """
        self.ensure_one()
        after = self.telecom_recurring_total
        if self.currency_id.compare_amounts(before, after):
            self.message_post(
                body=self.env._(
                    "Every month now costs %(after)s, and not %(before)s as on the "
                    "quotation: prices changed since.",
                    after=formatLang(self.env, after, currency_obj=self.currency_id),
                    before=formatLang(self.env, before, currency_obj=self.currency_id),
                )
            )

    def _action_cancel(self):
        """Subscriptions that have not begun go with their order."""
        res = super()._action_cancel()
        # sudo: telecom.subscription - made by the order, of its own operator
        waiting = self.order_line.telecom_subscription_ids.sudo()
        waiting.filtered(
            lambda one: one.state == "draft" and not one.change_ids
        ).unlink()
        return res

    def action_view_telecom_subscriptions(self):
        """Show the subscriptions that the order made."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_billing.action_telecom_subscription"
            ),
            "domain": [("order_line_id.order_id", "=", self.id)],
            "context": {"create": False},
        }
