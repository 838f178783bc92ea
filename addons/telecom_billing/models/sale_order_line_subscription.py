from odoo import fields, models


class SaleOrderLine(models.Model):
    """Offers that were ordered become subscriptions."""

    _inherit = "sale.order.line"

    telecom_subscription_ids = fields.One2many(
        "telecom.subscription", "order_line_id", string="Subscriptions"
    )

    def _telecom_create_subscriptions(self):
        """Make the subscriptions of confirmed order lines, once.

        An offer with a line of its own makes one subscription per piece, which waits
        for its line to be put into service; anything else with a monthly price makes
        one, which begins today or on the order's delivery date.

        :return: the new ones
        :rtype: telecom.subscription
        """
        # sudo: telecom.subscription - who confirms an order, a customer on the portal
        # too, makes what was ordered; rules were checked on the order
        lines = self.sudo().filtered(
            lambda line: (
                line.product_id.telecom_recurring
                and line.product_uom_qty > 0
                and not line.telecom_subscription_ids
                and line.order_id.state == "sale"
            )
        )
        Subscription = self.env["telecom.subscription"].sudo()
        made = Subscription
        for company, own in lines.grouped("company_id").items():
            partners = own.order_id.partner_id
            accounts = partners.with_company(company)._telecom_billing_accounts()
            values = [
                vals
                for line in own
                for vals in line._telecom_subscription_values(
                    accounts[line.order_id.partner_id.id]
                )
            ]
            new = Subscription.with_company(company).create(values)
            ready = new.filtered(
                lambda s: (
                    not s.product_id.telecom_technology or s.line_id.state == "active"
                )
            )
            for day, those in ready.grouped(
                lambda s: s.order_line_id._telecom_first_day()
            ).items():
                those._telecom_start(day)
            made |= new
        return made.sudo(False)

    def _telecom_first_day(self):
        """Return the day from which what was ordered is charged."""
        self.ensure_one()
        today = self.company_id._telecom_today()
        wanted = fields.Date.to_date(self.order_id.commitment_date)
        return max(wanted, today) if wanted else today

    def _telecom_subscription_values(self, account):
        """Return the values of the subscriptions of an order line.

        :param telecom.billing.account account: of the customer
        :return: a list, one entry for each subscription
        """
        self.ensure_one()
        values = {
            "company_id": self.company_id.id,
            "partner_id": self.order_id.partner_id.id,
            "account_id": account.id,
            "product_id": self.product_id.id,
            "order_line_id": self.id,
            "quantity": self.product_uom_qty,
        }
        if not self.product_id.telecom_technology:
            return [values]
        # The numbers of a mobile offer are apart; half a line is none
        pieces = max(1, round(self.product_uom_qty))
        return [{**values, "quantity": 1} for _piece in range(pieces)]
