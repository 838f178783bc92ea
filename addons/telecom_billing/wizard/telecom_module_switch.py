from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command

from ..engine import modules as rules


class TelecomModuleSwitch(models.TransientModel):
    """What switching a module on or off brings along, and costs, before it is done."""

    _name = "telecom.module.switch"
    _description = "Switch a Module"

    item_id = fields.Many2one(
        "telecom.module.item", required=True, readonly=True, ondelete="cascade"
    )
    subscription_id = fields.Many2one(related="item_id.subscription_id")
    currency_id = fields.Many2one(related="subscription_id.currency_id")
    module_id = fields.Many2one(related="item_id.module_id")
    description = fields.Text(related="item_id.module_id.description")
    switch_on = fields.Boolean(compute="_compute_plan")
    other_ids = fields.Many2many(
        "telecom.module.item", string="Along with It", compute="_compute_plan"
    )
    day = fields.Date(compute="_compute_plan")
    monthly_before = fields.Monetary(string="Now per Month", compute="_compute_plan")
    monthly_after = fields.Monetary(string="Then per Month", compute="_compute_plan")
    this_month = fields.Monetary(
        string="For the Rest of This Month",
        compute="_compute_plan",
        help="Prorated by day, on the next invoice, without taxes.",
    )
    blocked = fields.Boolean(compute="_compute_plan")

    @api.depends("item_id")
    def _compute_plan(self):
        for wizard in self:
            item, subscription = wizard.item_id, wizard.subscription_id
            today = subscription._today()
            needs = subscription._needs()
            code = item.module_id.code
            wizard.switch_on = not item.is_on or bool(item.date_to)
            first, last = rules.month_of(today)
            staying = {
                one.module_id.code
                for one in subscription.item_ids
                if one.is_on and not one.date_to
            }
            if wizard.switch_on:
                others = rules.required([code], needs) - {code} - staying
                after = staying | others | {code}
                wizard.day = subscription._first_day(today)
            else:
                others = rules.dependent(code, staying, needs)
                after = staying - others - {code}
                in_trial = subscription.state == "trial"
                wizard.day = subscription.trial_until if in_trial else last
            wizard.other_ids = [
                Command.set(
                    subscription.item_ids.filtered(
                        lambda one, others=others: one.module_id.code in others
                    ).ids
                )
            ]
            prices = self.env["telecom.module.price"]._prices_on(
                subscription.currency_id, first
            )
            before = self._cost(staying, prices)
            wizard.monthly_before = before
            wizard.monthly_after = self._cost(after, prices)
            days = (last - max(wizard.day, first)).days + 1
            wizard.this_month = (
                max(0.0, wizard.monthly_after - before)
                * max(0, days)
                / ((last - first).days + 1)
                if wizard.switch_on and not item.date_to
                else 0.0
            )
            wizard.blocked = wizard.switch_on and not rules.may_add(
                today, subscription.due_on, subscription._calendar()
            )

    @api.model
    def _cost(self, codes, prices):
        chosen = rules.cover(frozenset(codes), prices)
        return float(sum((price.amount for price in chosen), Decimal(0)))

    def action_confirm(self):
        """Do what was shown."""
        self.ensure_one()
        if self.switch_on:
            self.subscription_id._switch_on(self.module_id)
        else:
            self.subscription_id._switch_off(self.module_id)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
