from odoo import api, fields, models

from ..engine import modules as rules


class TelecomModulePause(models.TransientModel):
    """From when until when an operator pauses its modules."""

    _name = "telecom.module.pause"
    _description = "Pause of an Operator's Modules"

    subscription_id = fields.Many2one(
        "telecom.module.subscription",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    date_from = fields.Date(
        string="First Day",
        required=True,
        compute="_compute_days",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_to = fields.Date(
        string="Last Day",
        required=True,
        compute="_compute_days",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("subscription_id")
    def _compute_days(self):
        for wizard in self:
            # The next whole month: what is charged stays simple
            _first, last = rules.month_of(wizard.subscription_id._today())
            wizard.date_from = last + rules.ONE_DAY
            wizard.date_to = rules.month_of(wizard.date_from)[1]

    def action_confirm(self):
        """Pause the modules."""
        self.ensure_one()
        self.subscription_id._pause(self.date_from, self.date_to)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
