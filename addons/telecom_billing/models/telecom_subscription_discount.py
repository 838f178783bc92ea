from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain


class TelecomSubscriptionDiscount(models.Model):
    """A share taken off the monthly price of a subscription, for some months.

    Made from the promotions and packs of the order; a manager may give one too. Its
    months begin with the subscription, however late that starts.
    """

    _name = "telecom.subscription.discount"
    _description = "Discount on a Subscription"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "subscription_id, date_from, id"
    _rec_name = "reason"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    subscription_id = fields.Many2one(
        "telecom.subscription",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    percent = fields.Float(string="Off (%)", digits=(5, 2), required=True)
    months = fields.Integer(
        help="From the first day of the subscription; empty for a discount with dates "
        "of its own."
    )
    date_from = fields.Date(
        string="From", compute="_compute_dates", store=True, readonly=False
    )
    date_to = fields.Date(
        string="Until",
        compute="_compute_dates",
        store=True,
        readonly=False,
        help="Included; empty: without end.",
    )
    reward_id = fields.Many2one(
        "loyalty.reward",
        string="Promotion",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    reason = fields.Char(required=True)

    _percent = models.Constraint(
        "CHECK(percent > 0 AND percent <= 100)", "A discount lies between 0 and 100 %."
    )
    _months_positive = models.Constraint(
        "CHECK(months >= 0)", "A number of months cannot be negative."
    )
    _dates = models.Constraint(
        "CHECK(date_to >= date_from)", "A discount ends after its beginning."
    )
    _reward_unique = models.UniqueIndex(
        "(subscription_id, reward_id) WHERE reward_id IS NOT NULL",
        "The subscription has this promotion already.",
    )

    @api.depends("months", "subscription_id.date_start")
    def _compute_dates(self):
        for discount in self:
            start = discount.subscription_id.date_start
            if discount.months:
                discount.date_from = start
                discount.date_to = start and start + relativedelta(
                    months=discount.months, days=-1
                )
            elif not discount.date_from:
                discount.date_from = start

    @api.model
    def _telecom_discounts(self, subscriptions, date_from, date_to):
        """Return the discounts of subscriptions in a period, as a set.

        :param telecom.subscription subscriptions: whose
        :param date date_from: first day
        :param date date_to: last day, included
        :return: {subscription id: [(first day, last day or None, percent), …]}, sorted;
            subscriptions without a discount are left out. Discounts of the same days
            add up to 100 % at most.
        :rtype: dict
        """
        found = {}
        domain = (
            Domain("subscription_id", "in", subscriptions.ids)
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", date_to))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", date_from))
        )
        for discount in self.search_fetch(
            domain,
            ["subscription_id", "date_from", "date_to", "percent"],
            order="date_from, id",
        ):
            found.setdefault(discount.subscription_id.id, []).append(
                (discount.date_from, discount.date_to or None, discount.percent)
            )
        return found


class TelecomSubscription(models.Model):
    """Subscriptions take over the promotions of their order."""

    _inherit = "telecom.subscription"

    discount_ids = fields.One2many(
        "telecom.subscription.discount", "subscription_id", string="Discounts"
    )

    @api.model_create_multi
    def create(self, vals_list):
        subscriptions = super().create(vals_list)
        subscriptions._telecom_take_promotions()
        return subscriptions

    def _telecom_take_promotions(self):
        """Give subscriptions what the promotions and packs of their order promise."""
        vals_list = []
        for subscription in self.filtered("order_line_id"):
            line = subscription.order_line_id
            for reward, percent, months, reason in line._telecom_monthly_discounts():
                vals_list.append(
                    {
                        "company_id": subscription.company_id.id,
                        "subscription_id": subscription.id,
                        "percent": percent,
                        "months": months,
                        "reward_id": reward.id,
                        "reason": reason,
                    }
                )
        if vals_list:
            # sudo: telecom.subscription.discount - the order promised it, whoever
            # confirms; of the subscription's own company
            self.env["telecom.subscription.discount"].sudo().create(vals_list)
