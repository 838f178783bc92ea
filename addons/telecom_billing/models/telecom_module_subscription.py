import dataclasses
import logging
from decimal import Decimal

import psycopg2
from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tools import format_date

from ..engine import modules as rules

_logger = logging.getLogger(__name__)

PLATFORM_PARAMETER = "telecom_billing.platform_company_id"
CALENDAR_PARAMETER = "telecom_billing.module_days_"
CALENDAR_FIELDS = tuple(field.name for field in dataclasses.fields(rules.Calendar))
STATES = [
    ("trial", "Trial"),
    ("active", "Active"),
    ("paused", "Paused"),
    ("past_due", "Past due"),
    ("restricted", "Restricted"),
    ("suspended", "Suspended"),
    ("closed", "Closed"),
    ("purged", "Ended"),
]
STEPS = [
    ("invoice", "Invoice"),
    ("due", "Due"),
    ("past_due", "Past due"),
    ("reminder", "Reminder"),
    ("no_new_modules", "No new modules"),
    ("before_restriction", "Last warning before modules become read-only"),
    ("restricted", "Unpaid modules read-only"),
    ("before_suspension", "Last warning before the suspension"),
    ("suspended", "Suspension"),
    ("closed", "Closure"),
    ("before_purge", "First notice of the end"),
    ("last_before_purge", "Last notice of the end"),
    ("purged", "End: accounts and hosts are closed"),
]


class TelecomModuleSubscription(models.Model):
    """What an operator has of the platform, and how far it has paid for it.

    The switches of its modules (``telecom.company.module``) follow from here: a state
    is left when an invoice is paid, never because a clock was put back. An operator
    without a subscription is switched by the platform's administrator alone.
    """

    _name = "telecom.module.subscription"
    _description = "Subscription of an Operator"
    _inherit = ["telecom.notified.mixin"]
    _check_company_auto = True
    _order = "company_id"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="restrict"
    )
    state = fields.Selection(
        STATES, string="Status", required=True, readonly=True, default="trial"
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_start = fields.Date(
        string="Since", required=True, default=fields.Date.context_today
    )
    trial_until = fields.Date(
        compute="_compute_trial_until", store=True, readonly=False, precompute=True
    )
    clock = fields.Date(
        string="Followed until",
        readonly=True,
        groups="telecom_crm.group_telecom_platform",
        help="The last day whose rules were applied. A clock that is put back changes "
        "nothing: neither a letter nor an invoice is made twice.",
    )
    billed_until = fields.Date(string="Invoiced until", readonly=True)
    applied = fields.Json(
        readonly=True,
        groups="telecom_crm.group_telecom_platform",
        help="How far modules were opened last.",
    )
    billing_error = fields.Char(
        readonly=True, groups="telecom_crm.group_telecom_platform"
    )
    item_ids = fields.One2many("telecom.module.item", "subscription_id", "Modules")
    invoice_ids = fields.One2many(
        "telecom.module.invoice", "subscription_id", "Invoices"
    )
    event_ids = fields.One2many("telecom.module.event", "subscription_id", "History")
    amount_due = fields.Monetary(string="To Pay", compute="_compute_due")
    due_on = fields.Date(string="Oldest Due Date", compute="_compute_due")
    late = fields.Boolean(compute="_compute_due")
    next_on = fields.Date(string="Next Step on", compute="_compute_due")
    next_step = fields.Selection(STEPS, compute="_compute_due")
    pause_from = fields.Date(string="Paused from", compute="_compute_pause")
    pause_until = fields.Date(string="Paused until", compute="_compute_pause")
    monthly = fields.Monetary(
        string="Per Month",
        compute="_compute_monthly",
        help="What a whole month of the present modules costs, without taxes. Bundles "
        "count as soon as they are cheaper.",
    )
    price_ids = fields.Many2many(
        "telecom.module.price", string="Price List", compute="_compute_price_ids"
    )

    _company_unique = models.Constraint(
        "UNIQUE(company_id)", "This operator has a subscription already."
    )

    # Computes

    @api.depends("company_id")
    def _compute_currency_id(self):
        for subscription in self:
            subscription.currency_id = subscription.company_id.currency_id

    @api.depends("date_start")
    def _compute_trial_until(self):
        days = self._calendar().trial - 1
        for subscription in self:
            subscription.trial_until = subscription.date_start and fields.Date.add(
                subscription.date_start, days=days
            )

    @api.depends("invoice_ids.amount_residual", "invoice_ids.state")
    def _compute_due(self):
        calendar = self._calendar()
        for subscription in self:
            unpaid = subscription._unpaid()
            due = min(filter(None, unpaid.mapped("date_due")), default=False)
            today = subscription._today()
            following = rules.next_step(today, due, calendar) if due else None
            subscription.amount_due = sum(unpaid.mapped("amount_residual"))
            subscription.due_on = due
            subscription.late = bool(due and due < today)
            subscription.next_on, subscription.next_step = following or (False, False)

    @api.depends("event_ids.kind", "event_ids.value")
    def _compute_pause(self):
        for subscription in self:
            today = subscription._today()
            coming = [span for span in subscription._pauses() if span[1] >= today]
            subscription.pause_from, subscription.pause_until = (
                coming[0] if coming else (False, False)
            )

    @api.depends("item_ids.span_ids", "currency_id")
    def _compute_monthly(self):
        for subscription in self:
            today = subscription._today()
            prices = self.env["telecom.module.price"]._prices_on(
                subscription.currency_id, today.replace(day=1)
            )
            codes = frozenset(subscription._subscribed(today))
            subscription.monthly = float(
                sum(price.amount for price in rules.cover(codes, prices))
            )

    @api.depends("currency_id")
    def _compute_price_ids(self):
        for subscription in self:
            subscription.price_ids = self.env["telecom.module.price"].search(
                [("currency_id", "=", subscription.currency_id.id)]
            )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        subscriptions = super().create(vals_list)
        subscriptions._ensure_items()
        for subscription in subscriptions:
            subscription._log("state", subscription.state)
        return subscriptions

    def _ensure_items(self):
        """Give each subscription a row per module, also of those that came later."""
        # sudo: telecom.module - a catalogue without secrets
        catalogue = self.env["telecom.module"].sudo().search([("code", "!=", False)])
        self.env["telecom.module.item"].create(
            [
                {"subscription_id": subscription.id, "module_id": module.id}
                for subscription in self
                for module in catalogue - subscription.item_ids.module_id
            ]
        )

    # Asking

    def _today(self):
        """Return the present day of the operator, never before the last one seen."""
        self.ensure_one()
        today = self.company_id._telecom_local_today()
        # sudo: telecom.module.subscription - a date of the platform's own
        clock = self.sudo().clock
        return max(today, clock) if clock else today

    def _unpaid(self):
        return self.invoice_ids.filtered(lambda invoice: invoice.state == "open")

    def _subscribed(self, day):
        """Return the codes of the modules the operator has on a day."""
        self.ensure_one()
        return {item.module_id.code for item in self.item_ids if item._span_on(day)}

    def _needs(self):
        return self.env["telecom.module"]._get_dependencies()

    def _catalogue(self):
        return self.item_ids.module_id.mapped("code")

    def _check_manager(self):
        """Let the operator's manager and the platform decide, nobody else.

        :raises AccessError: for anybody else
        """
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(
            "telecom_crm.group_telecom_manager"
        ):
            raise AccessError(
                self.env._("Modules are switched by the operator's manager.")
            )

    @api.model
    def _platform_company(self):
        """Return the company that invoices operators."""
        # sudo: ir.config_parameter, res.company - which company invoices
        chosen = self.env["ir.config_parameter"].sudo().get_param(PLATFORM_PARAMETER)
        company = self.env["res.company"].sudo()
        if chosen and chosen.isdigit():
            company = company.browse(int(chosen)).exists()
        return company or self.env.ref("base.main_company").sudo()

    @api.model
    def _calendar(self):
        """Return the days of the calendar, as the platform has set them.

        :rtype: odoo.addons.telecom_billing.engine.modules.Calendar
        """
        # sudo: ir.config_parameter - days, no secrets
        get = self.env["ir.config_parameter"].sudo().get_param
        days = {}
        for name in CALENDAR_FIELDS:
            value = get(f"{CALENDAR_PARAMETER}{name}") or ""
            if value.isdigit():
                days[name] = int(value)
        try:
            return rules.Calendar(**days)
        except ValueError:
            # Written past the settings, which refuse such an order
            return rules.STANDARD

    # Screens

    @api.model
    def action_open_mine(self):
        """Open the modules of the present operator."""
        mine = self.search([("company_id", "=", self.env.company.id)], limit=1)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "telecom_billing.action_telecom_module_subscription"
        )
        if mine:
            action.update(
                res_id=mine.id,
                views=[(False, "form")],
                view_mode="form",
                name=self.env._("My Modules"),
            )
        return action

    @api.model
    def get_banner(self):
        """Return what the bar of the web client says, or False.

        Managers read all of it, and how to pay; others only why nothing is left.

        :return: ``{state, text, url, manager}``
        """
        if not self.env.user.has_group("telecom_crm.group_telecom_manager"):
            return self._banner_of_colleagues()
        mine = self.search(
            [("company_id", "=", self.env.company.id), ("state", "!=", "active")],
            limit=1,
        )
        if not mine:
            return False
        _ = self.env._
        day = format_date(self.env, mine.trial_until)
        unpaid = mine._unpaid().sorted("date_due")[:1]
        texts = {
            "trial": _("Trial until %s: nothing is charged until then.", day),
            "paused": _(
                "Your modules are paused until %s: read-only, and nothing is charged.",
                format_date(self.env, mine.pause_until),
            ),
            "past_due": _("An invoice of your modules is overdue."),
            "restricted": _(
                "Unpaid modules are read-only until the overdue invoice is paid."
            ),
            "suspended": _("Your modules are suspended until they are paid."),
            "closed": _("Your subscription is closed."),
            "purged": _("Your subscription has ended."),
        }
        if mine.state == "trial":
            left = (mine.trial_until - mine._today()).days
            if left > rules.TRIAL_NOTICE_DAYS:
                return False
        return {
            "state": mine.state,
            "text": texts[mine.state],
            "url": unpaid._pay_path() if unpaid else False,
            "manager": True,
        }

    def _banner_of_colleagues(self):
        if not self.env.user._is_internal():
            return False
        # sudo: telecom.module.subscription - whether one's own operator is closed
        mine = self.sudo()._suspended(self.env.company)
        if not mine:
            return False
        return {
            "state": mine.state,
            "text": self.env._(
                "The modules of %s are suspended until they are paid. Its manager "
                "knows more.",
                mine.company_id.name,
            ),
            "url": False,
            "manager": False,
        }

    @api.model
    def _suspended(self, companies):
        """Return the subscriptions of companies that are closed for want of payment."""
        return self.search(
            [
                ("company_id", "in", companies.ids),
                ("state", "in", rules.CLOSED_STATES),
            ]
        )

    @api.model
    def _suspended_page(self):
        """Return the operator of a public page that is closed for want of payment.

        :rtype: res.company, empty mostly
        """
        company = self.env["telecom.host"]._company_of_request()
        if not company:
            return self.env["res.company"]
        # sudo: telecom.module.subscription - only that it is closed is shown
        return self.sudo()._suspended(company).company_id

    @api.model
    def _suspended_user(self):
        """Tell whether the user works for nobody but suspended operators."""
        # sudo: res.users, telecom.module.subscription - of one's own operators
        companies = self.env.user.sudo().company_ids
        return bool(companies) and (
            self.sudo()._suspended(companies).company_id == companies
        )

    def action_pay(self):
        """Open the page that pays the oldest invoice."""
        self.ensure_one()
        return self._unpaid().sorted("date_due")[:1].action_pay()

    def action_follow(self):
        """Apply the rules now, by the server's clock."""
        self.env["telecom.module.price"].check_access("write")
        for subscription in self:
            subscription.clock = False
        self._bill()
        self._follow()

    # Switching

    def _switch_on(self, modules):
        """Have modules, and whatever they need, from now on or after the trial.

        :param telecom.module modules: wanted
        :raises UserError: while an invoice is overdue for ten days or more
        """
        self.ensure_one()
        self._check_manager()
        # sudo: telecom.module.* - written by these rules only; the manager is checked
        own = self.sudo()
        today = own._today()
        if not rules.may_add(today, own.due_on, own._calendar()):
            raise UserError(
                self.env._("Pay the overdue invoice first: no module can be added now.")
            )
        codes = rules.required(modules.mapped("code"), own._needs())
        for item in own.item_ids.filtered(lambda one: one.module_id.code in codes):
            item._begin(own._first_day(today))
        own._follow()

    def _switch_off(self, modules):
        """Give modules up at the end of the month, and what needs them.

        :param telecom.module modules: no longer wanted
        """
        self.ensure_one()
        self._check_manager()
        # sudo: telecom.module.* - written by these rules only; the manager is checked
        own = self.sudo()
        today = own._today()
        needs, codes = own._needs(), set(modules.mapped("code"))
        for code in list(codes):
            codes |= rules.dependent(code, own._catalogue(), needs)
        for item in own.item_ids.filtered(lambda one: one.module_id.code in codes):
            item._end(today, rules.month_of(today)[1])
        own._follow()

    def _first_day(self, today):
        """Return the day from which a module is charged that is added today."""
        if self.trial_until and today <= self.trial_until:
            return self.trial_until + rules.ONE_DAY
        return today

    # Pausing

    def _pauses(self):
        """Return the days of this operator's pauses: ``[(first day, last day)]``."""
        self.ensure_one()
        # sudo: telecom.module.event - of a subscription its reader may see
        events = self.sudo().event_ids.sorted("id")
        return rules.pause_spans(
            (event.date, fields.Date.to_date(event.value or None))
            if event.kind == "pause"
            else (event.date, None)
            for event in events
            if event.kind in ("pause", "resume")
        )

    def _paused_on(self, day):
        return any(first <= day <= last for first, last in self._pauses())

    def _pause(self, first, last):
        """Pause all modules: nothing works but reading, and nothing is charged.

        :param datetime.date first: from tomorrow on
        :param datetime.date last: included
        :raises UserError: it cannot be paused then, and why
        """
        self.ensure_one()
        self._check_manager()
        # sudo: telecom.module.* - written by these rules only; the manager is checked
        own = self.sudo()
        today = own._today()
        if own.state != "active":
            raise UserError(
                self.env._("Only an active subscription without a debt is paused.")
            )
        if own.pause_until:
            raise UserError(
                self.env._(
                    "A pause until %s is set already.",
                    format_date(self.env, own.pause_until),
                )
            )
        if not today < first <= last:
            raise UserError(
                self.env._("A pause begins tomorrow or later, and ends after that.")
            )
        if (last - first).days >= rules.LONGEST_PAUSE:
            raise UserError(
                self.env._("A pause lasts %s days at most.", rules.LONGEST_PAUSE)
            )
        own._log("pause", fields.Date.to_string(last), day=first)
        own._follow()

    def action_pause(self):
        """Ask for how long the modules are paused."""
        self.ensure_one()
        self._check_manager()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pause the Modules"),
            "res_model": "telecom.module.pause",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_subscription_id": self.id,
                "dialog_size": "medium",
            },
        }

    def action_resume(self):
        """End a pause today, or give up one that is to come."""
        for subscription in self:
            subscription._check_manager()
            # sudo: telecom.module.* - written by these rules only; checked above
            own = subscription.sudo()
            if own.pause_until:
                own._log("resume", "resume", day=max(own._today(), own.pause_from))
                own._follow()
        return True

    # Following

    def _follow(self):
        """Bring states, letters and switches to where they stand today."""
        calendar = self._calendar()
        for subscription in self.sudo():
            # sudo: telecom.module.* - by payments and crons, for each operator
            if subscription.state == "purged":
                # A payment is still booked, but opens nothing: nobody is left
                continue
            today = subscription._today()
            unpaid = subscription._unpaid()
            due = min(filter(None, unpaid.mapped("date_due")), default=None)
            state = rules.state_on(
                today,
                subscription.trial_until,
                due,
                calendar,
                paused=subscription._paused_on(today),
            )
            values = {"clock": today}
            if state != subscription.state:
                values["state"] = state
                subscription._log("state", state, day=today)
            if subscription.clock != today or "state" in values:
                subscription.write(values)
            subscription._announce_trial_end(today)
            for invoice in unpaid:
                subscription._carry_out(invoice, today)
            subscription._thank()
            subscription._apply(today)
            if state == "purged":
                subscription._purge()

    def _follow_alone(self):
        """Follow one operator, without stopping the others when that fails."""
        try:
            with self.env.cr.savepoint():
                self._follow()
        except psycopg2.OperationalError:
            # Somebody else was at it: the cron comes back
            raise
        except Exception:
            _logger.exception("Modules of %s", self.company_id.name)

    def _carry_out(self, invoice, today):
        done = self.event_ids.filtered(
            lambda event: event.kind == "step" and event.invoice_id == invoice
        ).mapped("value")
        step = rules.pending_step(today, invoice.date_due, done, self._calendar())
        if step:
            self._log("step", step, invoice=invoice, day=today)
            invoice._notify_step(step)

    def _thank(self):
        """Say once that an invoice was paid which had been overdue."""
        told = self.event_ids.filtered(lambda event: event.kind == "paid").invoice_id
        late = self.event_ids.filtered(
            lambda event: event.kind == "step" and event.value not in ("invoice", "due")
        ).invoice_id
        for invoice in late - told:
            if invoice.state == "paid":
                self._log("paid", "paid", invoice=invoice)
                invoice._notify_step("paid")

    def _purge(self):
        """Close the operator for good: nobody logs in, no address is its own any more.

        Told before this. What the law has the operator keep (invoices, ten years in
        Benin) is not deleted by a clock: the platform's people are told that the data
        is to be handed over or erased by hand.
        """
        self.ensure_one()
        company = self.company_id
        # sudo: res.users, telecom.host - of this operator alone
        users = (
            self.env["res.users"]
            .sudo()
            .search([("company_id", "=", company.id), ("share", "in", (True, False))])
        )
        own = users.filtered(lambda user: user.company_ids == company)
        # sudo: res.users.apikeys - the keys of accounts that end
        own.sudo().api_key_ids.unlink()
        own.write({"active": False})
        company.sudo().telecom_host_ids.unlink()
        self._log("purge", "purge")
        # sudo: res.groups - the platform's people, to be told
        platform = self.env.ref("telecom_crm.group_telecom_platform").sudo()
        told = platform.all_user_ids.filtered(
            lambda user: user.active and user.id != self.env.ref("base.user_root").id
        )
        if told:
            self.env["telecom.notification"]._telecom_notify(
                "modules", {self.with_context(telecom_module_purged=True): told}
            )

    def _announce_trial_end(self, today):
        if self.state != "trial" or not self.trial_until:
            return
        if (self.trial_until - today).days > rules.TRIAL_NOTICE_DAYS:
            return
        if any(event.kind == "trial" for event in self.event_ids):
            return
        self._log("trial", "trial", day=today)
        managers = self.company_id._telecom_quote_managers()
        if managers:
            self.env["telecom.notification"]._telecom_notify(
                "modules", {self: managers}
            )

    def _telecom_notification_text(self, kind):
        if kind != "modules":
            return super()._telecom_notification_text(kind)
        if self.env.context.get("telecom_module_purged"):
            return (
                self.env._("The operator %s has ended", self.company_id.name),
                self.env._(
                    "Nothing was paid for half a year. Its accounts and hosts are "
                    "closed. Hand its data over, or erase it: what the law has it "
                    "keep stays until then."
                ),
            )
        day = format_date(self.env, self.trial_until)
        return (
            self.env._("Your trial ends on %s", day),
            self.env._(
                "After that the modules you keep are invoiced monthly, by day. Switch "
                "off what you do not want under My Modules."
            ),
        )

    def _apply(self, today):
        """Open and close modules where this changed; what it did not is left alone."""
        self.ensure_one()
        late = self._unpaid().filtered(lambda invoice: invoice.date_due < today)
        wanted = rules.module_states(
            self.state,
            self._subscribed(today),
            set(late.line_ids.module_ids.mapped("code")),
            self._catalogue(),
            self._needs(),
            paused=self._paused_on(today),
        )
        if wanted is None or wanted == self.applied:
            return
        order = ("off", "readonly", "on")
        for code in sorted(wanted, key=lambda one: order.index(wanted[one])):
            self.company_id._telecom_set_module(code, wanted[code])
        self.applied = wanted

    def _log(self, kind, value, invoice=None, day=None, module=None):
        # sudo: telecom.module.event - the history is written by these rules only
        self.env["telecom.module.event"].sudo().create(
            {
                "subscription_id": self.id,
                "company_id": self.company_id.id,
                "date": day or self._today(),
                "kind": kind,
                "value": value,
                "invoice_id": invoice and invoice.id,
                "module_id": module and module.id,
                # sudo: res.users - who did it
                "user_id": self.env.uid,
            }
        )

    # Invoicing

    def _bill(self):
        """Invoice each month that is over, once.

        Whoever else is at it has the row: it is left to him.
        """
        for subscription in self.sudo().try_lock_for_update(allow_referencing=True):
            # sudo: telecom.module.*, account.move - the platform's own invoices
            first = subscription.billed_until or (
                subscription.date_start - rules.ONE_DAY
            )
            try:
                with self.env.cr.savepoint():
                    for month in rules.months_to_bill(first, subscription._today()):
                        subscription._bill_month(*month)
                subscription.billing_error = False
            except (UserError, RedirectWarning, IntegrityError) as error:
                # One operator must not stop the others; tried again each time
                _logger.info("Modules of %s: %s", subscription.company_id.name, error)
                subscription.billing_error = str(error)[:200]

    def _charges(self, date_from, date_to):
        """Return the lines of a month.

        :rtype: list[odoo.addons.telecom_billing.engine.modules.Line]
        """
        changes = [
            (event.date, event.value)
            for event in self.event_ids.sorted("id")
            if event.kind == "state"
        ]
        return rules.charges(
            date_from,
            date_to,
            [
                (span.module_id.code, span.date_from, span.date_to)
                for span in self.item_ids.span_ids
            ],
            [
                (self.date_start, self.trial_until),
                *rules.suspended_spans(changes),
                *self._pauses(),
            ],
            self.env["telecom.module.price"]._prices_on(self.currency_id, date_from),
            Decimal(1).scaleb(-self.currency_id.decimal_places),
        )

    def _bill_month(self, date_from, date_to):
        lines = [line for line in self._charges(date_from, date_to) if line.amount]
        if lines:
            self._make_invoice(date_from, date_to, lines)
        self.billed_until = date_to

    def _make_invoice(self, date_from, date_to, lines):
        """Write the platform's invoice and the operator's copy of it, in one go."""
        platform = self._platform_company()
        lang = self.company_id.partner_id.lang or self.env.lang
        here = self.with_context(lang=lang, allowed_company_ids=platform.ids)
        today = self.env.context.get("telecom_module_day") or here._today()
        today = fields.Date.to_date(today)
        named = [(line, *here._named(line)) for line in lines]
        # sudo: account.move - in the platform's books, whose rights no cron, manager
        # or payer has; company and customer are set here
        move = (
            here.env["account.move"]
            .sudo()
            .with_company(platform)
            .create(
                {
                    "move_type": "out_invoice",
                    "company_id": platform.id,
                    "partner_id": self.company_id.partner_id.id,
                    "currency_id": self.currency_id.id,
                    "invoice_date": today,
                    "invoice_date_due": fields.Date.add(
                        today, days=self._calendar().due
                    ),
                    "invoice_payment_term_id": False,
                    "ref": here.env._(
                        "Modules %(from)s – %(to)s",
                        **{
                            "from": format_date(here.env, date_from),
                            "to": format_date(here.env, date_to),
                        },
                    ),
                    "invoice_line_ids": [
                        fields.Command.create(
                            {
                                "name": here.env._(
                                    "%(module)s: %(days)s of %(total)s days",
                                    module=name,
                                    days=line.days,
                                    total=line.days_of_period,
                                ),
                                "quantity": 1,
                                "price_unit": float(line.amount),
                            }
                        )
                        for line, name, _modules in named
                    ],
                }
            )
        )
        move.action_post()
        invoice = (
            self.env["telecom.module.invoice"]
            .sudo()
            .create(
                {
                    "name": move.name,
                    "company_id": self.company_id.id,
                    "subscription_id": self.id,
                    "move_id": move.id,
                    "date_from": date_from,
                    "date_to": date_to,
                    "invoice_date": move.invoice_date,
                    "date_due": move.invoice_date_due,
                    "currency_id": self.currency_id.id,
                    "amount_untaxed": move.amount_untaxed,
                    "amount_tax": move.amount_tax,
                    "amount_total": move.amount_total,
                    "platform_currency_id": platform.currency_id.id,
                    "mrr": self._monthly_revenue(platform, date_to),
                    "line_ids": [
                        fields.Command.create(
                            {
                                "name": name,
                                "module_ids": [fields.Command.set(modules.ids)],
                                "days": line.days,
                                "days_of_period": line.days_of_period,
                                "price": float(line.price),
                                "amount": float(line.amount),
                            }
                        )
                        for line, name, modules in named
                    ],
                }
            )
        )
        invoice._draw()
        return invoice

    def _named(self, line):
        """Return the name of what a line charges, and the modules it pays for."""
        kind, record_id = line.key
        if kind == "module":
            module = self.env["telecom.module"].browse(record_id)
            return module.name, module
        bundle = self.env["telecom.module.bundle"].browse(record_id)
        modules = self.item_ids.module_id if bundle.suite else bundle.module_ids
        return bundle.name, modules

    def _monthly_revenue(self, platform, day):
        prices = self.env["telecom.module.price"]._prices_on(
            self.currency_id, day.replace(day=1)
        )
        amount = sum(
            price.amount
            for price in rules.cover(frozenset(self._subscribed(day)), prices)
        )
        return self.currency_id._convert(
            float(amount), platform.currency_id, platform, day
        )

    # Crons

    @api.model
    def _cron_bill(self):
        """Invoice the months that are over, one operator after the other."""
        subscriptions = self.search([("company_id.active", "=", True)])
        subscriptions._ensure_items()
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(subscriptions))
        for subscription in subscriptions:
            subscription._bill()
            subscription._follow_alone()
            if not Cron._commit_progress(1):
                return

    @api.model
    def _cron_follow(self):
        """Book online payments that nobody waited for, and open what was paid.

        Each minute: whoever pays and closes his browser has his modules all the same.
        """
        Cron = self.env["ir.cron"]
        waiting = (
            self.env["telecom.module.invoice"]
            .search([("state", "=", "open")])
            ._transactions(["done"])
            .filtered(lambda tx: not tx.is_post_processed)
        )
        subscriptions = self.search([("company_id.active", "=", True)])
        Cron._commit_progress(remaining=len(waiting) + len(subscriptions))
        for tx in waiting:
            try:
                with self.env.cr.savepoint():
                    tx._post_process()
            except Exception as error:
                # One payment must not stop the others; tried again in a minute
                _logger.info("Payment %s: %s", tx.reference, error)
            if not Cron._commit_progress(1):
                return
        for subscription in subscriptions:
            subscription.try_lock_for_update(allow_referencing=True)._follow_alone()
            if not Cron._commit_progress(1):
                return
