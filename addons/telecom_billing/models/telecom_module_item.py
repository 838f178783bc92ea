from odoo import api, fields, models
from odoo.tools import format_date


class TelecomModuleItem(models.Model):
    """A module of an operator: since when and until when it has it."""

    _name = "telecom.module.item"
    _description = "Module of a Subscription"
    _check_company_auto = True
    _order = "subscription_id, module_id"
    _rec_name = "module_id"

    subscription_id = fields.Many2one(
        "telecom.module.subscription",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id",
        store=True,
        index=True,
        required=True,
        precompute=True,
    )
    currency_id = fields.Many2one(related="subscription_id.currency_id")
    module_id = fields.Many2one(
        "telecom.module", required=True, readonly=True, index=True, ondelete="cascade"
    )
    description = fields.Text(related="module_id.description")
    needs_ids = fields.Many2many(related="module_id.depends_ids", string="Needs")
    span_ids = fields.One2many("telecom.module.span", "item_id", "Periods")
    is_on = fields.Boolean(string="Subscribed", compute="_compute_now")
    date_from = fields.Date(string="Since", compute="_compute_now")
    date_to = fields.Date(string="Until", compute="_compute_now")
    access = fields.Selection(
        [("on", "On"), ("readonly", "Read-only"), ("off", "Off")],
        string="At Present",
        compute="_compute_now",
    )
    price = fields.Monetary(string="Price per Month", compute="_compute_now")
    price_known = fields.Boolean(compute="_compute_now")

    _module_unique = models.Constraint(
        "UNIQUE(subscription_id, module_id)", "This module is in the list already."
    )

    @api.depends("span_ids.date_from", "span_ids.date_to", "currency_id")
    def _compute_now(self):
        prices = {}
        for item in self:
            today = item.subscription_id._today()
            currency = item.currency_id
            if currency not in prices:
                prices[currency] = {
                    price.key: price.amount
                    for price in self.env["telecom.module.price"]._prices_on(
                        currency, today.replace(day=1)
                    )
                }
            span = item._span_on(today) or item._span_after(today)
            amount = prices[currency].get(("module", item.module_id.id))
            item.is_on = bool(span) and not (span.date_to and span.date_to < today)
            item.date_from, item.date_to = span.date_from, span.date_to
            item.access = item.company_id._telecom_module_state().get(
                item.module_id.code, "on"
            )
            item.price = float(amount or 0)
            item.price_known = amount is not None

    def _span_on(self, day):
        return self.span_ids.filtered(
            lambda span: (
                span.date_from <= day and (not span.date_to or day <= span.date_to)
            )
        )[:1]

    def _span_after(self, day):
        return self.span_ids.filtered(lambda span: span.date_from > day)[:1]

    def _begin(self, day):
        """Have the module from a day on, or keep it."""
        self.ensure_one()
        span = self._span_on(day) or self._span_after(day)
        if span and not span.date_to:
            return
        if span:
            span.date_to = False
        else:
            self.env["telecom.module.span"].create(
                {"item_id": self.id, "date_from": day}
            )
        self.subscription_id._log("module", "on", module=self.module_id, day=day)

    def _end(self, today, last):
        """Give the module up after a last day; what has not begun is forgotten."""
        self.ensure_one()
        later = self._span_after(today)
        span = self._span_on(today)
        if later:
            later.unlink()
        elif span and (not span.date_to or span.date_to > last):
            span.date_to = last
        else:
            return
        self.subscription_id._log("module", "off", module=self.module_id, day=today)

    # Buttons

    def action_switch(self):
        """Ask before the module is switched on or off, with what it costs."""
        self.ensure_one()
        self.subscription_id._check_manager()
        wizard = self.env["telecom.module.switch"].create({"item_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.module_id.name,
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }


class TelecomModuleSpan(models.Model):
    _name = "telecom.module.span"
    _description = "Period of a Module"
    _check_company_auto = True
    _order = "item_id, date_from"
    _rec_name = "item_id"

    item_id = fields.Many2one(
        "telecom.module.item",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="item_id.company_id",
        store=True,
        index=True,
        required=True,
        precompute=True,
    )
    module_id = fields.Many2one(related="item_id.module_id")
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To")

    _dates_in_order = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)",
        "A period ends after it begins.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(item_id, item_id, '[]') WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&)",
        "The periods of a module do not overlap.",
    )


class TelecomModuleEvent(models.Model):
    """What happened to a subscription; a step of an invoice is written once."""

    _name = "telecom.module.event"
    _description = "Event of a Subscription"
    _inherit = ["telecom.append.only"]
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "kind"

    subscription_id = fields.Many2one(
        "telecom.module.subscription",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="restrict"
    )
    date = fields.Date(required=True)
    kind = fields.Selection(
        [
            ("state", "Status"),
            ("step", "Letter"),
            ("module", "Module"),
            ("paid", "Payment"),
            ("trial", "End of the trial announced"),
            ("pause", "Pause"),
            ("resume", "End of the pause"),
            ("purge", "Accounts and hosts closed"),
        ],
        required=True,
    )
    value = fields.Char(required=True)
    module_id = fields.Many2one("telecom.module", ondelete="restrict")
    invoice_id = fields.Many2one(
        "telecom.module.invoice",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    user_id = fields.Many2one("res.users", string="By")
    text = fields.Char(string="What", compute="_compute_text")

    _step_once = models.UniqueIndex(
        "(invoice_id, kind, value) WHERE invoice_id IS NOT NULL",
        "This was done already.",
    )

    @api.depends("kind", "value", "module_id", "invoice_id")
    @api.depends_context("lang")
    def _compute_text(self):
        names = {
            "state": dict(
                self.env["telecom.module.subscription"]
                ._fields["state"]
                ._description_selection(self.env)
            ),
            "step": dict(
                self.env["telecom.module.subscription"]
                ._fields["next_step"]
                ._description_selection(self.env)
            ),
            "module": {
                "on": self.env._("switched on"),
                "off": self.env._("switched off"),
            },
        }
        for event in self:
            word = names.get(event.kind, {}).get(event.value, "")
            if event.kind == "pause":
                last = fields.Date.to_date(event.value)
                word = self.env._("until %s", format_date(self.env, last))
            subject = event.module_id.name or event.invoice_id.name
            event.text = " · ".join(filter(None, [subject, word]))
