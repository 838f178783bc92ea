from odoo import api, fields, models
from odoo.exceptions import ValidationError


class LoyaltyReward(models.Model):
    """A reward that may go on every month."""

    _inherit = "loyalty.reward"

    telecom_months = fields.Integer(
        string="Off Monthly Prices (months)",
        help="The percentage is taken off the monthly prices, for so many months; "
        "nothing is taken off the order itself.",
    )

    _telecom_months_positive = models.Constraint(
        "CHECK(telecom_months >= 0)", "A number of months cannot be negative."
    )

    @api.constrains("telecom_months", "reward_type", "discount_mode", "discount")
    def _check_telecom_months(self):
        for reward in self.filtered("telecom_months"):
            if reward.reward_type != "discount" or reward.discount_mode != "percent":
                raise ValidationError(
                    self.env._("What is taken off monthly prices is a percentage.")
                )
            if reward.discount > 100:
                raise ValidationError(
                    self.env._("Nobody is paid for a subscription: 100 % at most.")
                )

    @api.depends("telecom_months")
    def _compute_is_global_discount(self):
        """Monthly discounts leave the order alone: any other one goes with them."""
        monthly = self.filtered("telecom_months")
        monthly.is_global_discount = False
        return super(LoyaltyReward, self - monthly)._compute_is_global_discount()

    @api.depends("telecom_months")
    def _compute_description(self):
        monthly = self.filtered(
            lambda reward: reward.telecom_months and reward.reward_type == "discount"
        )
        res = super(LoyaltyReward, self - monthly)._compute_description()
        for reward in monthly:
            reward.description = self.env._(
                "%(percent)g%% off monthly prices for %(months)s months",
                percent=reward.discount,
                months=reward.telecom_months,
            )
        return res

    def _get_discount_product_values(self):
        """The product of a discount belongs to the operator of the programme."""
        values = super()._get_discount_product_values()
        for reward, vals in zip(self, values, strict=True):
            vals["company_id"] = reward.program_id.company_id.id
        return values

    def _telecom_bill_amount(self, points):
        """Return what points take off a bill.

        :param float points: to be spent
        :return: (points that are spent, amount); (0, 0) when the reward is none for
            bills or the points are not enough
        :rtype: tuple
        """
        self.ensure_one()
        needed = self.required_points
        if self.reward_type != "discount" or points < needed:
            return 0.0, 0.0
        currency = self.currency_id
        if self.discount_mode == "per_point":
            # Rewards are not given in part, as on orders
            points = points // needed * needed
            amount = currency.round(points * self.discount)
        elif self.discount_mode == "per_order":
            points, amount = needed, currency.round(self.discount)
        else:
            return 0.0, 0.0
        if self.discount_max_amount and amount > self.discount_max_amount:
            amount = self.discount_max_amount
            if self.discount_mode == "per_point":
                points = amount / self.discount
        return points, amount
