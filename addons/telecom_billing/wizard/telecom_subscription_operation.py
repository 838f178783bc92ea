from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from ..engine import proration


class TelecomSubscriptionOperation(models.TransientModel):
    """Change a subscription now, at the next period, or on a day of one's choice."""

    _name = "telecom.subscription.operation"
    _description = "Change of a Subscription"
    _inherit = ["telecom.reference.mixin"]
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "telecom.subscription", required=True, check_company=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="subscription_id.company_id")
    kind = fields.Selection(
        [
            ("offer", "Change of Offer"),
            ("quantity", "Change of Quantity"),
            ("suspend", "Suspension"),
            ("resume", "Return to Service"),
            ("terminate", "End"),
        ],
        string="What Changes",
        required=True,
        default="offer",
    )
    when = fields.Selection(
        [
            ("now", "Today"),
            ("cycle", "From the next billing period on"),
            ("date", "On another day"),
        ],
        required=True,
        default="now",
    )
    date = fields.Date(
        string="Day",
        compute="_compute_date",
        store=True,
        readonly=False,
        help="In force from the beginning of this day; it may lie in the past.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="New Offer",
        check_company=True,
        domain="[('telecom_recurring', '=', True), "
        "('company_id', 'in', [company_id, False])]",
    )
    quantity = fields.Float(string="New Quantity", digits="Product Unit", default=1.0)
    reason = fields.Char()
    waive_fee = fields.Boolean(string="No Termination Fee")
    effect = fields.Char(string="What It Means", compute="_compute_effect")
    warning = fields.Char(compute="_compute_effect")

    @api.depends("when", "subscription_id")
    def _compute_date(self):
        for operation in self:
            subscription = operation.subscription_id
            today = subscription.company_id._telecom_today()
            if operation.when == "now":
                operation.date = today
            elif operation.when == "cycle":
                last = proration.period_of(today, subscription.cycle_day or 1)[1]
                operation.date = last + timedelta(days=1)
            else:
                operation.date = operation.date or today

    @api.depends("kind", "date", "product_id", "waive_fee", "subscription_id")
    def _compute_effect(self):
        for operation in self:
            operation.effect, operation.warning = operation._describe()

    def _describe(self):
        """Return what a change means for the customer's bill, and what to mind."""
        self.ensure_one()
        subscription, day = self.subscription_id, self.date
        if not subscription or not day:
            return False, False
        today = subscription.company_id._telecom_today()
        currency = subscription.currency_id
        effect = warning = False
        if self.kind == "offer" and self.product_id:
            products = self.product_id | subscription.product_id
            prices = products.with_company(subscription.company_id)._telecom_prices(
                "recurring", day
            )
            effect = self.env._(
                "From %(former)s to %(after)s a month.",
                former=formatLang(
                    self.env,
                    prices.get(subscription.product_id.id, 0.0),
                    currency_obj=currency,
                ),
                after=formatLang(
                    self.env, prices.get(self.product_id.id, 0.0), currency_obj=currency
                ),
            )
        elif self.kind == "suspend":
            effect = (
                self.env._("Suspended days are charged.")
                if subscription.company_id.telecom_charge_suspended
                else self.env._("Suspended days are not charged.")
            )
        elif self.kind == "terminate":
            fee = 0.0
            if subscription.engagement_end and day <= subscription.engagement_end:
                history = subscription._changes()[subscription.id]
                fee = float(subscription._termination_fee(history, day)[1])
                warning = self.env._(
                    "The engagement lasts until %s.",
                    format_date(self.env, subscription.engagement_end),
                )
            if fee and not self.waive_fee:
                effect = self.env._(
                    "%s is charged for the early end.",
                    formatLang(self.env, fee, currency_obj=currency),
                )
            else:
                effect = self.env._("Nothing is charged for the end.")
        if day < today and not warning:
            warning = self.env._(
                "This day lies in the past: the next bill corrects what was charged "
                "since."
            )
        return effect, warning

    def action_apply(self):
        """Write the change into the subscription's history."""
        self.ensure_one()
        subscription = self.subscription_id
        subscription.check_access("write")
        subscription._check_engine_ready()
        if self.kind in ("offer", "quantity") and not subscription.change_ids:
            raise UserError(
                self.env._("%s has not begun: change it directly.", subscription.name)
            )
        if not subscription.date_start or self.date < subscription.date_start:
            raise UserError(self.env._("The subscription has not begun on that day."))
        values = {"reason": self.reason}
        if self.kind == "offer":
            if not self.product_id or self.product_id == subscription.product_id:
                raise UserError(self.env._("Choose another offer."))
            self._check_eligible()
            values["product_id"] = self.product_id.id
        elif self.kind == "quantity":
            if self.quantity <= 0:
                raise UserError(self.env._("The quantity is above zero."))
            values["quantity"] = self.quantity
        elif self.kind == "terminate":
            values["waive_fee"] = self.waive_fee
        subscription._telecom_change(self.kind, self.date, **values)
        return {"type": "ir.actions.act_window_close"}

    def _check_eligible(self):
        """Refuse an offer that the customer cannot have, with the reason."""
        subscription = self.subscription_id
        refused = self.product_id._telecom_ineligibility(
            subscription.partner_id, line=subscription.line_id, date=self.date
        ).get(self.product_id.id)
        if refused:
            raise UserError(refused)
