from collections import defaultdict
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import formatLang

from ..engine import prices


class SaleOrder(models.Model):
    """Promotions of periods and segments, and what they take off monthly prices."""

    _inherit = "sale.order"

    telecom_monthly_steps = fields.Text(
        compute="_compute_telecom_monthly_steps", export_string_translation=False
    )

    @api.depends("order_line.telecom_recurring_subtotal", "order_line.reward_id")
    @api.depends_context("lang")
    def _compute_telecom_monthly_steps(self):
        """What is paid step by step, where promotions take something off."""
        for order in self:
            steps = order._telecom_monthly_steps()
            order.telecom_monthly_steps = len(steps) > 1 and "\n".join(
                self.env._("%(label)s: %(amount)s", label=label, amount=amount)
                for label, amount in steps
            )

    # Which programmes

    def _get_program_domain(self):
        return super()._get_program_domain() + self.env[
            "loyalty.program"
        ]._telecom_period_domain(self.company_id, self._get_confirmed_tx_create_date())

    def _get_trigger_domain(self):
        return super()._get_trigger_domain() + self.env[
            "loyalty.program"
        ]._telecom_period_domain(
            self.company_id, self._get_confirmed_tx_create_date(), "program_id."
        )

    def _program_check_compute_points(self, programs):
        found = super()._program_check_compute_points(programs)
        for program, status in found.items():
            if "error" not in status and not program._telecom_suits(self.partner_id):
                status.pop("points", None)
                status["error"] = self.env._(
                    "This promotion is for other customers than %s.",
                    self.partner_id.display_name,
                )
        return found

    # Monthly prices

    def _telecom_reward_lines(self, reward):
        """Return the lines whose monthly price a reward reduces.

        :rtype: sale.order.line
        """
        lines = self.order_line.filtered("telecom_recurring_price")
        if reward.discount_applicability == "specific":
            domain = reward._get_discount_product_domain()
            lines = lines.filtered(lambda line: line.product_id.filtered_domain(domain))
        elif reward.discount_applicability == "cheapest":
            lines = lines.sorted("telecom_recurring_price")[:1]
        return lines

    def _get_claimable_rewards(self, forced_coupons=None):
        """Core offers no discount when there is nothing to pay at once."""
        found = super()._get_claimable_rewards(forced_coupons)
        rewards = defaultdict(lambda: self.env["loyalty.reward"])
        for coupon, claimable in found.items():
            others = claimable.filtered(lambda reward: not reward.telecom_months)
            if others:
                rewards[coupon] = others
        coupons = forced_coupons or (
            self.coupon_point_ids.coupon_id
            | self.order_line.coupon_id
            | self.applied_coupon_ids
        )
        for coupon in coupons:
            if coupon.program_id.applies_on == "future" and coupon.order_id == self:
                continue
            points = self._get_real_points_for_coupon(coupon)
            for reward in coupon.program_id.reward_ids.filtered("telecom_months"):
                if (
                    points >= reward.required_points
                    and reward not in self.order_line.reward_id
                    and self._telecom_reward_lines(reward)
                ):
                    rewards[coupon] |= reward
        return rewards

    def _get_reward_values_discount(self, reward, coupon, **kwargs):
        """A reward on monthly prices is a line of its own that costs nothing."""
        if not reward.telecom_months:
            return super()._get_reward_values_discount(reward, coupon, **kwargs)
        lines = self._telecom_reward_lines(reward)
        if not lines:
            raise UserError(
                self.env._("No offer on the order has a monthly price to reduce.")
            )
        products = lines.product_id
        names = ", ".join(
            products.with_context(display_default_code=False).mapped("display_name")
        )
        return [
            {
                "product_id": reward.discount_line_product_id.id,
                "name": f"{reward.description} ({names})",
                "product_uom_qty": 1.0,
                "price_unit": 0.0,
                "tax_ids": [Command.clear()],
                "reward_id": reward.id,
                "coupon_id": coupon.id,
                "points_cost": reward.required_points,
                "reward_identifier_code": uuid4().hex,
                "sequence": max(
                    self.order_line.filtered(
                        lambda line: not line.is_reward_line
                    ).mapped("sequence"),
                    default=10,
                )
                + 1,
            }
        ]

    def _telecom_monthly_steps(self):
        """Return what is paid a month, step by step, promotions and packs taken off.

        :return: [(label, amount), …] as texts, without taxes; the last step goes on.
            Nothing when nothing is paid monthly
        :rtype: list
        """
        self.ensure_one()
        lines = self._telecom_printed_lines().filtered("telecom_recurring_subtotal")
        if not lines:
            return []
        steps = prices.monthly_steps(
            [
                (
                    line.telecom_recurring_subtotal,
                    [
                        (percent, months)
                        for _r, percent, months, _t in line._telecom_monthly_discounts()
                    ],
                )
                for line in lines
            ],
            self.currency_id.decimal_places,
        )
        texts = []
        for place, (months, amount) in enumerate(steps):
            if not months:
                label = self.env._("Then per month, without taxes")
            elif months == 1:
                label = (
                    self.env._("Then for one month, without taxes")
                    if place
                    else self.env._("The first month, without taxes")
                )
            elif place:
                label = self.env._(
                    "Then per month for %s months, without taxes", months
                )
            else:
                label = self.env._(
                    "Per month, the first %s months, without taxes", months
                )
            amount = formatLang(self.env, float(amount), currency_obj=self.currency_id)
            texts.append((label, amount))
        return texts

    def _telecom_apply_promotions(self):
        """Apply the promotions that need no choice and no code."""
        for order in self:
            order._update_programs_and_rewards()
            for coupon, rewards in order._get_claimable_rewards().items():
                program = coupon.program_id
                if (
                    program.trigger == "auto"
                    and program.program_type in ("promotion", "buy_x_get_y")
                    and len(rewards) == 1
                    and not rewards.multi_product
                ):
                    order._apply_program_reward(rewards, coupon)
            order._update_programs_and_rewards()


class SaleOrderLine(models.Model):
    """What is taken off the monthly price of a line."""

    _inherit = "sale.order.line"

    def _telecom_monthly_discounts(self):
        """Return what promotions and the pack take off the monthly price.

        :return: [(loyalty.reward or empty, percent, months, reason), …]
        :rtype: list
        """
        self.ensure_one()
        # sudo: loyalty.reward, product.template - of the order, whoever confirms it
        line = self.sudo()
        found = [
            (reward, reward.discount, reward.telecom_months, reward.description)
            for reward in line.order_id.order_line.reward_id.filtered("telecom_months")
            if line in line.order_id._telecom_reward_lines(reward)
        ]
        pack = line._get_linked_line().product_template_id
        if (
            line.combo_item_id
            and pack.telecom_pack_months
            and pack.telecom_pack_percent
        ):
            found.append(
                (
                    self.env["loyalty.reward"],
                    pack.telecom_pack_percent,
                    pack.telecom_pack_months,
                    pack.name,
                )
            )
        return found
