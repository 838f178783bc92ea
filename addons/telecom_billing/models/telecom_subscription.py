import logging
from collections import defaultdict
from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date, formatLang

from ..engine import proration

_logger = logging.getLogger(__name__)

#: Subscriptions whose planned changes are applied and committed together
REFRESHED = 500
#: Months for which what was charged is compared with what should have been
LOOK_BACK = 12
SUBSCRIPTION_SEQUENCE = "telecom.subscription"
STATES = [
    ("draft", "Draft"),
    ("active", "Active"),
    ("suspended", "Suspended"),
    ("terminated", "Terminated"),
]


class TelecomSubscription(models.Model):
    """What a customer has and pays for: an offer, on a line, from a day on.

    Its changes (``telecom.subscription.change``) are the truth: offer, quantity and
    state are what they say of today, and any period, past or future, is charged from
    them. Options are subscriptions of their own on the same line.
    """

    _name = "telecom.subscription"
    _description = "Subscription"
    _inherit = ["mail.thread", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _rec_names_search = ["name", "line_id.msisdn"]

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    name = fields.Char(string="Number", required=True, default="/", copy=False)
    state = fields.Selection(
        STATES,
        string="Status",
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )

    # Who and what
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="Who uses the service; the billing account says who pays.",
    )
    account_id = fields.Many2one(
        "telecom.billing.account",
        string="Billing Account",
        compute="_compute_account_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    billing_group = fields.Char(
        string="Group of Lines",
        help="Lines of one group share an invoice, when the billing account groups.",
    )
    line_id = fields.Many2one(
        "telecom.line",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    product_id = fields.Many2one(
        "product.product",
        string="Offer",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    order_line_id = fields.Many2one(
        "sale.order.line",
        string="Ordered by",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
        readonly=True,
        copy=False,
    )

    # When
    cycle_day = fields.Integer(related="account_id.cycle_day")
    date_start = fields.Date(
        string="First Day", readonly=True, copy=False, index="btree_not_null"
    )
    date_end = fields.Date(
        string="Last Day", readonly=True, copy=False, index="btree_not_null"
    )
    engagement_end = fields.Date(string="Engaged until", readonly=True, copy=False)
    change_ids = fields.One2many(
        "telecom.subscription.change", "subscription_id", string="History", copy=False
    )
    # The first change that state, offer and quantity do not show yet
    planned_on = fields.Date(
        string="Next Planned Change",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    planned_problem = fields.Char(string="Not Applied", readonly=True, copy=False)
    planned_ids = fields.Many2many(
        "telecom.subscription.change",
        string="Planned Changes",
        compute="_compute_planned_ids",
    )

    # Usage and bill
    counter_ids = fields.Many2many(
        "telecom.usage.counter",
        string="Allowances of This Period",
        compute="_compute_counter_ids",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    next_bill = fields.Html(compute="_compute_next_bill", sanitize=False)

    _name_unique = models.UniqueIndex(
        "(company_id, name)", "This operator has a subscription of that number."
    )
    _order_line_unique = models.Index("(order_line_id, line_id)")
    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A subscription has a quantity above zero."
    )

    # Computes

    @api.depends("name", "product_id", "line_id")
    def _compute_display_name(self):
        for subscription in self:
            names = (
                subscription.name,
                subscription.product_id.name,
                subscription.line_id.display_name,
            )
            subscription.display_name = " · ".join(name for name in names if name)

    @api.depends("change_ids")
    def _compute_planned_ids(self):
        history = self._changes()
        for subscription in self:
            today = subscription.company_id._telecom_today()
            changes = history.get(subscription.id, ())
            valid = {c.id for c in proration.in_force(changes)}
            subscription.planned_ids = subscription.change_ids.filtered(
                lambda change, today=today, valid=valid: (
                    change.date > today and change.id in valid
                )
            )

    @api.depends("partner_id")
    def _compute_account_id(self):
        for subscription in self:
            if subscription.account_id.partner_id != subscription.partner_id:
                # Without an open one, an account is made when it is saved
                subscription.account_id = (
                    subscription.partner_id.telecom_account_ids.filtered(
                        lambda account: account.state == "active"
                    )[:1]
                )

    @api.depends("line_id", "state", "change_ids")
    def _compute_counter_ids(self):
        today = {c: c._telecom_today() for c in self.company_id}
        for subscription in self:
            day = today.get(subscription.company_id) or fields.Date.today()
            subscription.counter_ids = self.env["telecom.usage.counter"].search(
                [
                    "|",
                    ("line_id", "in", subscription.line_id.ids),
                    ("account_id", "in", subscription.account_id.ids),
                    ("date_from", "<=", day),
                    ("date_to", ">=", day),
                ]
            )

    # Constraints

    @api.constrains("account_id", "state")
    def _check_account_is_open(self):
        """Nothing that is or may be in service is left out of the bill runs."""
        for subscription in self:
            account = subscription.account_id
            if (
                account
                and subscription.state != "terminated"
                and not (account.state == "active" and account.active)
            ):
                raise ValidationError(
                    self.env._(
                        "The billing account %(account)s is closed: nothing is billed "
                        "on it. Open it again, or choose another one for "
                        "%(subscription)s.",
                        account=account.display_name,
                        subscription=subscription.display_name,
                    )
                )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") in ("/", False):
                company_id = vals.get("company_id") or self.env.company.id
                vals["name"] = self._next_number(company_id)
        subscriptions = super().create(vals_list)
        subscriptions._give_accounts()
        return subscriptions

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if self.filtered("change_ids"):
            raise UserError(
                self.env._("A subscription that began is ended, not deleted.")
            )

    def _give_accounts(self):
        """Bill each subscription on the account of its customer, made when needed."""
        for company, own in (
            self.filtered(lambda subscription: not subscription.account_id)
            .grouped("company_id")
            .items()
        ):
            accounts = own.partner_id.with_company(company)._telecom_billing_accounts()
            for subscription in own:
                subscription.account_id = accounts[subscription.partner_id.id]

    @api.model
    def _next_number(self, company_id):
        company = self.env["res.company"].browse(company_id)
        return company._telecom_next_number(
            SUBSCRIPTION_SEQUENCE, "Subscription", "AB", 7
        )

    # History

    def _changes(self):
        """Return {subscription id: its changes, as the engine reads them}.

        :rtype: dict
        """
        found = {key: [] for key in self.ids}
        rows = self.env["telecom.subscription.change"].search_fetch(
            [("subscription_id", "in", self.ids)],
            [
                "subscription_id",
                "date",
                "kind",
                "product_id",
                "quantity",
                "withdrawn_id",
                "waive_fee",
            ],
            order="date, id",
        )
        for row in rows:
            found[row.subscription_id.id].append(
                proration.Change(
                    row.id,
                    row.date,
                    row.kind,
                    row.product_id.id,
                    Decimal(str(row.quantity)),
                    row.withdrawn_id.id,
                    row.waive_fee,
                )
            )
        return found

    def _telecom_change(self, kind, date, **values):
        """Write a change into the history, and bring state, offer and dates in line.

        :param str kind: see ``telecom.subscription.change``
        :param datetime.date date: in force from this day on, past or future
        :param values: ``product_id`` (id), ``quantity``, ``waive_fee``, ``reason``,
            ``withdrawn_id``
        :return: the changes
        :rtype: telecom.subscription.change
        """
        # sudo: telecom.subscription.change - nobody writes history but the subscription
        changes = (
            self.env["telecom.subscription.change"]
            .sudo()
            .create(
                [
                    {
                        "company_id": subscription.company_id.id,
                        "subscription_id": subscription.id,
                        "kind": kind,
                        "date": date,
                        "user_id": self.env.uid,
                        **values,
                    }
                    for subscription in self
                ]
            )
        )
        self._telecom_refresh()
        return changes

    def _telecom_start(self, date):
        """Put new subscriptions into service from a day on."""
        for (product, quantity), subscriptions in self.grouped(
            lambda s: (s.product_id, s.quantity)
        ).items():
            subscriptions._telecom_change(
                "start", date, product_id=product.id, quantity=quantity
            )
        # What begins on a line out of service is out of service
        for day, held in (
            self.filtered(
                lambda s: (
                    s.state == "active" and s.line_id.state in ("suspended", "barred")
                )
            )
            .grouped("date_start")
            .items()
        ):
            held._telecom_change("suspend", day)

    def _telecom_refresh(self):
        """Let state, offer, quantity and dates say what the history says of today.

        Planned changes whose day passed unnoticed come first, each as of its own day:
        what follows them (the line, and the options on it) begins on that day too.
        ``telecom_day`` in the context is the day that counts instead of today.
        """
        if not self.env.context.get("telecom_day"):
            today = {c: c._telecom_today() for c in self.company_id}
            while late := self.filtered(
                lambda s: s.planned_on and s.planned_on < today[s.company_id]
            ):
                day = min(late.mapped("planned_on"))
                late.filtered(lambda s, day=day: s.planned_on == day).with_context(
                    telecom_day=day
                )._refresh_as_of_day()
        self._refresh_as_of_day()

    def _telecom_day(self, company):
        """Return the day that counts: the operator's today, or the one caught up."""
        return self.env.context.get("telecom_day") or company._telecom_today()

    def _refresh_as_of_day(self):
        history = self._changes()
        before = {subscription: subscription.state for subscription in self}
        for subscription in self:
            changes = history[subscription.id]
            if not changes:
                continue
            today = subscription._telecom_day(subscription.company_id)
            state, span = proration.state_on(changes, today)
            found = proration.spans(changes)
            values = {
                "state": state,
                "date_start": found[0].date_from if found else False,
                "date_end": found[-1].date_to if found else False,
                "engagement_end": subscription._engagement_end(changes, today),
                "planned_on": proration.next_change(changes, today) or False,
                "planned_problem": False,
            }
            if span:
                values["product_id"] = span.product_id
                values["quantity"] = float(span.quantity)
            values = {
                name: value
                for name, value in values.items()
                if (
                    subscription[name].id
                    if name == "product_id"
                    else subscription[name]
                )
                != value
            }
            if values:
                subscription.write(values)
            line = subscription.line_id
            # What agents and claims read of the line
            if (
                line
                and subscription.state in ("active", "suspended")
                and subscription.product_id.telecom_technology
                and line.offer != subscription.product_id.name
            ):
                line.offer = subscription.product_id.name
        self._take_line_along(before)

    def _engagement_end(self, changes, today):
        """Return the last day of the engagement; a new offer begins one anew."""
        last = False
        for change in proration.in_force(changes):
            if change.kind in ("start", "offer") and change.date <= max(
                today, changes[0].date
            ):
                product = self.env["product.product"].browse(change.product_id)
                months = product.telecom_engagement_months
                if months:
                    last = change.date + relativedelta(months=months, days=-1)
                elif change.kind == "offer":
                    last = False
        return last

    def _take_line_along(self, before):
        """Activate, suspend and end the lines whose main subscription changed.

        :param dict before: {subscription: its state before}
        """
        for subscription, state in before.items():
            line = subscription.line_id
            if (
                not line
                or subscription.state == state
                or not subscription.product_id.telecom_technology
            ):
                continue
            wanted = subscription.state
            if (state, wanted, line.state) in (
                ("draft", "active", "available"),
                ("draft", "active", "reserved"),
                ("suspended", "active", "suspended"),
            ):
                values = {"state": "active"}
                if not line.partner_id:
                    values["partner_id"] = subscription.partner_id.id
                line.write(values)
            elif wanted == "suspended" and line.state == "active":
                line.action_suspend()
            elif wanted == "terminated" and line.state not in (
                "available",
                "terminated",
            ):
                others = line.telecom_subscription_ids.filtered(
                    lambda s: (
                        s.state in ("draft", "active", "suspended")
                        and s.product_id.telecom_technology
                    )
                )
                if not others:
                    line.action_terminate()

    @api.model
    def _cron_refresh(self):
        """Apply what was planned for today, and for days that passed unnoticed.

        Day after day, whatever the delay: a change finds what those of the days before
        it left. Each batch is committed; killed and begun again, it goes on there.
        """
        # By the cron's superuser: the subscriptions of all operators
        Cron = self.env["ir.cron"]
        today = {
            company: company._telecom_today()
            for [company] in self._read_group(
                [("planned_on", "!=", False)], ["company_id"]
            )
        }
        left = sum(
            self.search_count(
                [("company_id", "=", company.id), ("planned_on", "<=", day)]
            )
            for company, day in today.items()
        )
        Cron._commit_progress(remaining=left)
        for company, last in today.items():
            here = self.with_company(company)
            reached = (date.min, 0)
            while batch := here._next_planned(company, last, reached):
                day = batch[-1].planned_on
                reached = (day, batch[-1].id)
                batch.with_context(telecom_day=day)._apply_planned()
                left = max(0, left - len(batch))
                if Cron._commit_progress(len(batch), remaining=left) <= 0:
                    return

    def _next_planned(self, company, last, reached):
        """Return the next subscriptions to be changed, all on the same day.

        :param datetime.date last: the operator's today; what comes later waits
        :param tuple reached: day and id up to which this run got
        """
        # What was written must be seen by the query
        self.flush_model(["planned_on", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id, planned_on FROM telecom_subscription
                    WHERE company_id = %s AND planned_on <= %s
                      AND (planned_on, id) > (%s, %s)
                 ORDER BY planned_on, id LIMIT %s""",
                company.id,
                last,
                *reached,
                REFRESHED,
            )
        )
        return self.browse(id_ for id_, day in rows if day == rows[0][1])

    def _apply_planned(self):
        """Apply the planned changes of a day; one that cannot be stops no other."""
        try:
            with self.env.cr.savepoint():
                self._telecom_refresh()
                self.env.flush_all()
        except UserError as error:
            if len(self) > 1:
                middle = len(self) // 2
                self[:middle]._apply_planned()
                self[middle:]._apply_planned()
                return
            self.env.invalidate_all()
            _logger.info("Planned change of %s: %s", self.name, error)
            self.planned_problem = str(error)[:500]

    # Actions

    def _check_engine_ready(self):
        for subscription in self.filtered(lambda s: s.state == "terminated"):
            raise UserError(self.env._("%s has ended.", subscription.display_name))

    def action_start(self):
        """Begin to charge: from today on."""
        self.check_access("write")
        for subscription in self:
            if subscription.state != "draft" or subscription.date_start:
                raise UserError(
                    self.env._("%s has begun already.", subscription.display_name)
                )
            if subscription.product_id.telecom_technology and not subscription.line_id:
                raise UserError(
                    self.env._("Give %s its line first.", subscription.display_name)
                )
            subscription._telecom_start(subscription.company_id._telecom_today())
        return True

    def _open_change(self, kind):
        self.ensure_one()
        self._check_engine_ready()
        return {
            "type": "ir.actions.act_window",
            "res_model": "telecom.subscription.operation",
            "view_mode": "form",
            "target": "new",
            "name": self.display_name,
            "context": {
                "default_subscription_id": self.id,
                "default_kind": kind,
                "dialog_size": "medium",
            },
        }

    def action_change(self):
        """Open the dialog for a change of offer, quantity, a suspension or the end."""
        return self._open_change(self.env.context.get("telecom_change", "offer"))

    def action_view_usage(self):
        """Show the records of this subscription."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_billing.action_telecom_usage"
            ),
            "domain": [("subscription_id", "=", self.id)],
            "context": {},
        }

    # Charges

    def _telecom_charges(self, date_from, date_to):
        """Return what is to be charged for a period, all subscriptions as one set.

        Days that were charged before are not charged again. What later changes made
        of former periods, and what was used and came in late, is charged as the
        difference; days of periods whose bill run is done and that were never charged
        are charged now. A period that was never billed stays so.

        :param datetime.date date_from: first day
        :param datetime.date date_to: last day, included
        :return: {subscription id: [:class:`~..engine.proration.Charge`, …]};
            subscriptions without any are left out
        :rtype: dict
        """
        result = {}
        for company, own in self.grouped("company_id").items():
            own = own.with_company(company)
            result.update(own._charges_of_company(company, date_from, date_to))
        return {key: charges for key, charges in result.items() if charges}

    def _charges_of_company(self, company, date_from, date_to):
        since = date_from - relativedelta(months=LOOK_BACK)
        history = self._changes()
        charged = self._charged_since(since)
        closed = self._closed_periods(company, since, date_from)
        totals = self._usage_totals(since, date_to)
        found = {key: proration.spans(changes) for key, changes in history.items()}
        products = self.env["product.product"].browse(
            {span.product_id for spans in found.values() for span in spans}
        )
        prices = products._telecom_price_changes("recurring", since, date_to)
        discounts = self._discounts()
        accounts = {s.id: s.account_id.cycle_day or 1 for s in self}
        first = self._one_time_prices(company, date_from, date_to, closed)
        result = {}
        for subscription in self:
            key = subscription.id
            terms = proration.Terms(
                prices=prices,
                discounts=tuple(discounts.get(key, ())),
                charge_suspended=company.telecom_charge_suspended,
                cycle_day=accounts[key],
                digits=company.currency_id.decimal_places,
            )
            mine = charged.get(key, ())
            charges = list(first.get(key, ()))
            if any(c.kind == proration.ONE_TIME for c in mine):
                charges = []
            past = closed.get(accounts[key], ())
            charges += proration.due(
                key, found[key], terms, date_from, date_to, mine, past
            )
            charges += subscription._termination_charges(
                history[key], found[key], terms, date_from, date_to, mine, past
            )
            charges += proration.usage(
                key,
                subscription.product_id.id,
                totals.get(key, ()),
                terms,
                date_from,
                date_to,
                mine,
                past,
            )
            result[key] = charges
        return result

    def _charged_since(self, since):
        """Return {subscription id: [Charged]} of what was charged since a day."""
        if "telecom.charge" not in self.env or not self.ids:
            return {}
        self.env["telecom.charge"].flush_model()
        self.env["telecom.subscription.change"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT c.subscription_id, c.kind, c.key, c.product_id, c.date_from,
                       c.date_to, c.amount,
                       coalesce(c.change_count, 0) != s.changes
                  FROM telecom_charge c
        CROSS JOIN LATERAL (
                    SELECT count(*) AS changes
                      FROM telecom_subscription_change h
                     WHERE h.subscription_id = c.subscription_id) s
                 WHERE c.subscription_id = ANY(%s) AND c.date_to >= %s
              ORDER BY c.id""",
                list(self.ids),
                since,
            )
        )
        found = defaultdict(list)
        for key, *values in rows:
            kind, name, product, date_from, date_to, amount, stale = values
            found[key].append(
                proration.Charged(
                    kind,
                    name or "",
                    product or 0,
                    date_from,
                    date_to,
                    # A float, from the driver
                    Decimal(str(amount)),
                    bool(stale),
                )
            )
        return found

    @api.model
    def _closed_periods(self, company, since, until):
        """Return {cycle day: [(first, last day)]} of periods whose run is done."""
        if "telecom.bill.run" not in self.env:
            return {}
        # sudo: telecom.bill.run - dates only, of the subscriptions' own operator
        runs = (
            self.env["telecom.bill.run"]
            .sudo()
            .search_fetch(
                [
                    ("company_id", "=", company.id),
                    ("state", "in", ("sending", "done")),
                    ("date_from", ">=", since),
                    ("date_to", "<", until),
                ],
                ["cycle_day", "date_from", "date_to"],
            )
        )
        found = defaultdict(list)
        for run in runs:
            found[run.cycle_day].append((run.date_from, run.date_to))
        return found

    def _discounts(self):
        """Return {subscription id: [(first day, last day or None, percent)]}."""
        if "telecom.subscription.discount" not in self.env:
            return {}
        found = defaultdict(list)
        # sudo: telecom.subscription.discount - of subscriptions that may be charged
        for discount in (
            self.env["telecom.subscription.discount"]
            .sudo()
            .search([("subscription_id", "in", self.ids)])
        ):
            found[discount.subscription_id.id].append(
                (
                    # Without a first day: from the beginning on
                    discount.date_from or date.min,
                    discount.date_to or None,
                    Decimal(str(discount.percent)),
                )
            )
        return found

    def _usage_totals(self, since, until):
        """Return {subscription id: [Total]} of usage that is not charged yet."""
        # sudo: telecom.usage.total - of subscriptions that may be charged
        rows = (
            self.env["telecom.usage.total"]
            .sudo()
            .search_fetch(
                [
                    ("subscription_id", "in", self.ids),
                    ("date_to", ">=", since),
                    ("date_from", "<=", until),
                ],
                [
                    "subscription_id",
                    "usage_kind",
                    "date_from",
                    "date_to",
                    "records",
                    "quantity",
                    "included",
                    "amount",
                ],
            )
        )
        found = defaultdict(list)
        for row in rows:
            found[row.subscription_id.id].append(
                proration.Total(
                    row.usage_kind,
                    row.date_from,
                    row.date_to,
                    Decimal(str(row.amount)),
                    row.records,
                    int(row.quantity),
                    int(row.included),
                )
            )
        return found

    def _one_time_prices(self, company, date_from, date_to, closed):
        """Return {subscription id: [Charge]} of what is paid once, at the beginning.

        An order charges its one-time prices itself.
        """
        due = self.filtered(
            lambda s: (
                s.date_start
                and not s.order_line_id
                and s.state != "draft"
                and (
                    date_from <= s.date_start <= date_to
                    or any(
                        first <= s.date_start <= last
                        for first, last in closed.get(s.account_id.cycle_day or 1, ())
                    )
                )
            )
        )
        found = {}
        for day, own in due.grouped("date_start").items():
            prices = own.product_id._telecom_prices("one_time", day)
            for subscription in own:
                price = prices.get(subscription.product_id.id)
                if not price:
                    continue
                quantity = Decimal(str(subscription.quantity))
                found[subscription.id] = [
                    proration.Charge(
                        kind=proration.ONE_TIME,
                        subscription_id=subscription.id,
                        product_id=subscription.product_id.id,
                        quantity=quantity,
                        unit_price=Decimal(str(price)),
                        amount=proration.round_amount(
                            Decimal(str(price)) * quantity,
                            company.currency_id.decimal_places,
                        ),
                        date_from=day,
                        date_to=day,
                        key=f"{subscription.product_id.id}",
                        label=proration.ONE_TIME,
                    )
                ]
        return found

    def _termination_charges(
        self, changes, found, terms, date_from, date_to, charged, closed
    ):
        """Return the fee of an end before the engagement's, once."""
        if not found or found[-1].date_to is None:
            return []
        end = found[-1].date_to + proration.DAY
        change = next(c for c in proration.in_force(changes) if c.kind == "terminate")
        if (
            change.waive_fee
            or not self.engagement_end
            or end > self.engagement_end
            or any(c.kind == proration.TERMINATION_FEE for c in charged)
            or not (
                date_from <= end <= date_to
                or any(first <= end <= last for first, last in closed)
            )
        ):
            return []
        product, fee = self._termination_fee(changes, end)
        if not fee:
            return []
        return [
            proration.Charge(
                kind=proration.TERMINATION_FEE,
                subscription_id=self.id,
                product_id=product.id,
                quantity=Decimal(1),
                unit_price=fee,
                amount=fee,
                date_from=end,
                date_to=end,
                key="",
                label=proration.TERMINATION_FEE,
            )
        ]

    def _termination_fee(self, changes, end):
        """Return what an end on a day costs, engagements of new offers included.

        :param changes: the history, see :meth:`_changes`
        :param datetime.date end: first day without the subscription
        :return: the offer that is ended, and the amount
        :rtype: tuple
        """
        self.ensure_one()
        product, begun = self.product_id, self.date_start
        for change in proration.in_force(changes):
            if change.kind in ("start", "offer") and change.date < end:
                product = product.browse(change.product_id)
                begun = change.date
        fee = product.with_company(self.company_id)._telecom_termination_fee(begun, end)
        return product, proration.round_amount(fee, self.currency_id.decimal_places)

    def _telecom_charge_name(self, charge):
        """Return the text of a charge on a bill, in the context's language.

        :param Charge charge: one of :meth:`_telecom_charges`
        """
        [name] = self._telecom_charge_names([(self, charge)])
        return name

    @api.model
    def _telecom_charge_names(self, pairs):
        """Return the texts of charges on bills, in the context's language.

        Offers, lines, dates and templates are looked up once, however many charges
        name them.

        :param pairs: [(subscription, Charge)], see :meth:`_telecom_charges`
        :return: texts in the order of the pairs
        :rtype: list[str]
        """
        _ = self.env._
        templates = {
            "recurring": _("%(offer)s, %(first)s – %(last)s"),
            "voice": _("Calls, %(offer)s, %(first)s – %(last)s"),
            "sms": _("Messages, %(offer)s, %(first)s – %(last)s"),
            "data": _("Data, %(offer)s, %(first)s – %(last)s"),
            "one_time": _("Start of %(offer)s, %(first)s"),
            "termination_fee": _("Early end of %(offer)s, %(first)s"),
        }
        correction = _("Correction, %(offer)s, %(first)s – %(last)s")
        part = _("%(text)s (%(days)s of %(all)s days)")
        # A subscription's environment is of the run, this one of the bill's language
        subscriptions = self.browse(
            dict.fromkeys(subscription.id for subscription, _charge in pairs)
        )
        lines = {
            subscription.id: subscription.line_id.display_name
            for subscription in subscriptions
        }
        products = self.env["product.product"].browse(
            {charge.product_id for _subscription, charge in pairs if charge.product_id}
        )
        offers = {
            product.id: product.display_name
            for product in products.with_context(display_default_code=False)
        }
        days = {
            day: format_date(self.env, day)
            for day in {
                day
                for _subscription, charge in pairs
                for day in (charge.date_from, charge.date_to)
            }
        }
        names = []
        for subscription, charge in pairs:
            offer, line = offers.get(charge.product_id, ""), lines[subscription.id]
            text = templates.get(charge.label, correction) % {
                "offer": f"{offer} · {line}" if line else offer,
                "first": days[charge.date_from],
                "last": days[charge.date_to],
            }
            if charge.label == "recurring" and charge.days < charge.days_of_period:
                text = part % {
                    "text": text,
                    "days": charge.days,
                    "all": charge.days_of_period,
                }
            names.append(text)
        return names

    @api.depends("change_ids", "account_id")
    @api.depends_context("lang")
    def _compute_next_bill(self):
        """What the present period costs as things are, usage so far included."""
        for subscription in self:
            if not isinstance(subscription.id, int):
                subscription.next_bill = False
                continue
            today = subscription.company_id._telecom_today()
            first, last = proration.period_of(today, subscription.cycle_day or 1)
            charges = subscription._telecom_charges(first, last).get(
                subscription.id, []
            )
            subscription.next_bill = subscription._next_bill_table(charges, first, last)

    def _next_bill_table(self, charges, first, last):
        currency = self.currency_id
        rows = Markup().join(
            Markup("<tr><td>%s</td><td class='text-end text-nowrap'>%s</td></tr>")
            % (
                name,
                formatLang(self.env, float(charge.amount), currency_obj=currency),
            )
            for name, charge in zip(
                self._telecom_charge_names([(self, charge) for charge in charges]),
                charges,
                strict=True,
            )
        )
        total = sum((charge.amount for charge in charges), Decimal(0))
        return Markup(
            "<table class='table table-sm mb-0'><tbody>%s</tbody><tfoot><tr>"
            "<th>%s</th><th class='text-end text-nowrap'>%s</th></tr></tfoot></table>"
        ) % (
            rows,
            self.env._(
                "Before tax, %(first)s – %(last)s",
                first=format_date(self.env, first),
                last=format_date(self.env, last),
            ),
            formatLang(self.env, float(total), currency_obj=currency),
        )
