import json
import logging
from collections import defaultdict
from datetime import timedelta

import psycopg2
from psycopg2 import errorcodes

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import SQL, format_date

from odoo.addons.telecom_crm.tools.once import once

from ..engine import anomalies, proration
from .telecom_invoice_writer import InvoiceDifference

_logger = logging.getLogger(__name__)

#: Accounts that are billed and committed together
BATCH = 500
#: Runs up to so many accounts are worked on while the user waits
SMALL = 100
#: Invoices of each run that Odoo makes again, to compare
CHECKED = 20
#: Times a batch is tried again when others wrote at the same moment
TRIES = 8
#: Bill runs shown in the chart
CHART = 6
#: First half of the number of the lock that gives out invoice numbers
LOCK = 0x7E1EC0

_RETRIED = (
    errorcodes.SERIALIZATION_FAILURE,
    errorcodes.DEADLOCK_DETECTED,
    errorcodes.LOCK_NOT_AVAILABLE,
    errorcodes.UNIQUE_VIOLATION,
)


class TelecomBillRun(models.Model):
    """One execution of billing: the accounts of a cycle, for a period.

    It is prepared (what each account would pay, what stands out against the run
    before), then makes the invoices, then hands them over for sending. Each batch of
    accounts is one transaction that holds invoices, charges and how far the run is:
    stopped at any moment, it goes on where it was, and what is made in the end is the
    same as if it had not been stopped. What stands in the way of one account is kept
    with it, and does not stop the others.
    """

    _name = "telecom.bill.run"
    _description = "Bill Run"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "date_from desc, id desc"

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # What is billed
    cycle_day = fields.Integer(
        required=True,
        default=1,
        help="The day of the month on which the accounts' months begin, 1 to 28.",
    )
    date_from = fields.Date(
        string="First Day",
        compute="_compute_period",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    date_to = fields.Date(
        string="Last Day",
        compute="_compute_date_to",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    invoice_date = fields.Date(required=True, default=fields.Date.context_today)
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('type', '=', 'sale'), ('company_id', '=', company_id)]",
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Started by",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
        help="In whose name the invoices are made.",
    )
    threshold = fields.Float(
        string="Unusual from (%)",
        default=50.0,
        digits=(5, 1),
        help="An account whose amount changes by more than this stands out.",
    )
    by_odoo = fields.Boolean(
        string="One by One",
        help="Let Odoo make each invoice by itself: the same invoices, some thirty "
        "times slower.",
    )

    # How far it is
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("preview", "Preview"),
            ("invoicing", "Invoicing"),
            ("sending", "Sending"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    prepared = fields.Boolean(readonly=True, copy=False)
    stopped = fields.Boolean(readonly=True, copy=False)
    message = fields.Char(readonly=True, copy=False)
    reached_id = fields.Integer(
        string="Account Reached",
        readonly=True,
        copy=False,
        export_string_translation=False,
    )
    progress = fields.Float(compute="_compute_progress")
    date_started = fields.Datetime(string="Started", readonly=True, copy=False)
    date_done = fields.Datetime(string="Finished", readonly=True, copy=False)
    checked_count = fields.Integer(
        string="Compared with Odoo",
        readonly=True,
        copy=False,
        help="Invoices that Odoo made once more, without a difference.",
    )

    # Figures
    account_ids = fields.One2many("telecom.bill.run.account", "run_id")
    previous_run_id = fields.Many2one(
        "telecom.bill.run",
        string="Run Before",
        check_company=True,
        readonly=True,
        copy=False,
    )
    account_total = fields.Integer(
        string="Accounts of the Cycle", readonly=True, copy=False
    )
    account_count = fields.Integer(string="Accounts", readonly=True, copy=False)
    pending_count = fields.Integer(string="To Invoice", readonly=True, copy=False)
    invoiced_count = fields.Integer(string="Invoiced", readonly=True, copy=False)
    failed_count = fields.Integer(string="Failed", readonly=True, copy=False)
    anomaly_count = fields.Integer(string="Unusual", readonly=True, copy=False)
    move_count = fields.Integer(string="Invoices", readonly=True, copy=False)
    amount = fields.Monetary(string="Before Tax", readonly=True, copy=False)
    previous_amount = fields.Monetary(string="Month Before", readonly=True, copy=False)
    change = fields.Float(
        string="Change (%)", compute="_compute_change", digits=(16, 1)
    )
    chart = fields.Text(compute="_compute_chart", export_string_translation=False)
    same_run_id = fields.Many2one(
        "telecom.bill.run",
        string="Run of This Period",
        compute="_compute_same_run_id",
        help="Another run of the cycle that bills days of this period.",
    )
    unfinished = fields.Boolean(
        compute="_compute_unfinished", export_string_translation=False
    )

    _period = models.Constraint(
        "CHECK(date_from <= date_to)",
        "A period ends after it begins.",
    )
    _cycle = models.Constraint(
        "CHECK(cycle_day BETWEEN 1 AND 28)",
        "The day of a cycle lies between 1 and 28.",
    )
    _one_per_period = models.UniqueIndex(
        "(company_id, cycle_day, date_from) WHERE state != 'cancelled'",
        "This cycle has a run for this period already.",
    )

    # Computes

    @api.depends("cycle_day", "date_from", "date_to")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.date_from or ''}/{run.cycle_day}"

    @api.depends("cycle_day", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for run in self:
            if not run.date_from or not run.date_to:
                run.display_name = self.env._("New bill run")
                continue
            run.display_name = self.env._(
                "%(first)s – %(last)s",
                first=format_date(self.env, run.date_from, date_format="d MMM"),
                last=format_date(self.env, run.date_to, date_format="d MMM y"),
            )

    @api.depends("cycle_day", "company_id")
    def _compute_period(self):
        """The next period that has no run; for a first run, the last one that is over.

        What was cancelled is proposed again.
        """
        for run in self:
            if not 1 <= run.cycle_day <= 28:
                run.date_from = run.date_from or fields.Date.context_today(run)
                continue
            latest = self.search(
                [
                    ("company_id", "=", run.company_id.id),
                    ("cycle_day", "=", run.cycle_day),
                    ("state", "!=", "cancelled"),
                    ("id", "not in", run._origin.ids),
                ],
                order="date_to desc",
                limit=1,
            )
            run.date_from = proration.next_unbilled(
                fields.Date.context_today(run), run.cycle_day, latest.date_to or None
            )

    @api.depends("date_from", "cycle_day")
    def _compute_date_to(self):
        for run in self:
            if run.date_from and 1 <= run.cycle_day <= 28:
                _first, run.date_to = proration.period_of(run.date_from, run.cycle_day)
            else:
                run.date_to = run.date_to or run.date_from

    @api.depends("cycle_day", "company_id", "date_from", "date_to", "state")
    def _compute_same_run_id(self):
        for run in self:
            run.same_run_id = run.state == "draft" and run._find_same()

    def _find_same(self):
        """Return another run that bills days of the same period, or none."""
        self.ensure_one()
        if not self.date_from or not self.date_to:
            return self.browse()
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("cycle_day", "=", self.cycle_day),
                ("state", "!=", "cancelled"),
                ("date_from", "<=", self.date_to),
                ("date_to", ">=", self.date_from),
                ("id", "not in", self._origin.ids),
            ],
            order="date_from desc",
            limit=1,
        )

    @api.depends("date_to", "state")
    @api.depends_context("tz")
    def _compute_unfinished(self):
        today = fields.Date.context_today(self)
        for run in self:
            run.unfinished = (
                run.state in ("draft", "preview")
                and bool(run.date_to)
                and run.date_to >= today
            )

    @api.depends("company_id")
    def _compute_journal_id(self):
        for run in self:
            run.journal_id = self.env["telecom.biller"]._journal(run.company_id)

    @api.depends(
        "state",
        "prepared",
        "pending_count",
        "account_count",
        "account_total",
        "reached_id",
    )
    def _compute_progress(self):
        for run in self:
            if run.state == "preview" and not run.prepared:
                done, whole = run._prepared_so_far(), run.account_total
            elif run.state == "invoicing":
                done, whole = run.account_count - run.pending_count, run.account_count
            else:
                run.progress = 100.0 if run.state != "draft" else 0.0
                continue
            run.progress = 100.0 * done / whole if whole else 100.0

    def _prepared_so_far(self):
        self.ensure_one()
        return self.env["telecom.billing.account"].search_count(
            [*self._account_domain(), ("id", "<=", self.reached_id)]
        )

    @api.depends("amount", "previous_amount")
    def _compute_change(self):
        for run in self:
            run.change = anomalies.change(run.amount, run.previous_amount)

    @api.depends("amount", "state")
    @api.depends_context("lang")
    def _compute_chart(self):
        """Totals of this run and of those before it, as bars."""
        for run in self:
            runs = self.search(
                [
                    ("company_id", "=", run.company_id.id),
                    ("cycle_day", "=", run.cycle_day),
                    ("date_from", "<", run.date_from),
                    ("state", "in", ("invoicing", "sending", "done")),
                ],
                limit=CHART - 1,
                order="date_from desc",
            )
            bars = [
                {
                    "label": format_date(self.env, item.date_to, date_format="MMM"),
                    "value": item.amount,
                    "type": "past" if item != run else "future",
                }
                for item in [*reversed(runs), run]
            ]
            run.chart = json.dumps(
                [{"values": bars, "key": run.currency_id.name, "is_sample_data": False}]
            )

    # ORM

    @api.ondelete(at_uninstall=False)
    def _unlink_except_invoiced(self):
        if any(run.state not in ("draft", "preview", "cancelled") for run in self):
            raise UserError(self.env._("A run that made invoices stays."))

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse a period that has a run, and lead to it."""
        for vals in vals_list:
            # What is left out is computed on it
            self.new(vals)._check_period_free()
        return super().create(vals_list)

    def _check_period_free(self):
        """A period has one run.

        :raises RedirectWarning: leads to the run that there is
        """
        self.ensure_one()
        if same := self._find_same():
            states = dict(self._fields["state"]._description_selection(self.env))
            raise RedirectWarning(
                self.env._(
                    "%(period)s, cycle of day %(day)s, has a run already: it is "
                    "“%(state)s”. Open it, or choose another period.",
                    period=same.display_name,
                    day=same.cycle_day,
                    state=states[same.state],
                ),
                same.get_formview_action(),
                self.env._("Open the Run"),
            )

    def write(self, vals):
        fixed = {"cycle_day", "date_from", "date_to", "company_id", "journal_id"}
        if vals.keys() & fixed and not self.env.context.get("telecom_run_step"):
            for run in self:
                if run.state != "draft" and any(
                    run._fields[name].convert_to_write(run[name], run)
                    != run._fields[name].convert_to_write(
                        run._fields[name].convert_to_record(
                            run._fields[name].convert_to_cache(vals[name], run), run
                        ),
                        run,
                    )
                    for name in vals.keys() & fixed
                ):
                    raise UserError(
                        self.env._("The run has begun: cancel it and make another.")
                    )
                if vals.keys() & {"cycle_day", "date_from", "date_to", "company_id"}:
                    self.new(vals, origin=run)._check_period_free()
        return super().write(vals)

    # Actions

    def action_prepare(self):
        """Work out what each account would pay."""
        for run in self:
            if run.state not in ("draft", "preview"):
                raise UserError(self.env._("This run has made invoices already."))
            run._check_may_run()
            run._begin()
        return self._go_on()

    def _begin(self):
        """Start to prepare, from the beginning."""
        self.ensure_one()
        # sudo: telecom.bill.run.account - written by runs only, of this operator
        self.sudo().account_ids.unlink()
        self._step_write(
            {
                "state": "preview",
                "prepared": False,
                "stopped": False,
                "message": False,
                "reached_id": 0,
                "user_id": self.env.user.id,
                "date_started": fields.Datetime.now(),
                "previous_run_id": self._find_previous().id,
                "account_total": self.env["telecom.billing.account"].search_count(
                    self._account_domain()
                ),
            }
        )

    def action_invoice(self):
        """Make the invoices."""
        for run in self:
            if run.state != "preview" or not run.prepared:
                raise UserError(self.env._("Prepare the run first."))
            run._check_may_run()
            run._step_write(
                {
                    "state": "invoicing",
                    "message": False,
                    "stopped": False,
                    "user_id": self.env.user.id,
                }
            )
        return self._go_on()

    def action_retry(self):
        """Try the accounts that failed once more."""
        for run in self:
            if run.state not in ("invoicing", "sending", "done"):
                raise UserError(self.env._("Nothing has failed yet."))
            run._check_may_run()
            # sudo: telecom.bill.run.account - written by runs only, of this operator
            run.sudo().account_ids.filtered(lambda item: item.state == "failed").write(
                {"state": "pending", "reason": False}
            )
            run._step_write({"state": "invoicing", "message": False, "stopped": False})
            run._count()
        return self._go_on()

    def action_resume(self):
        """Go on where the run was stopped."""
        for run in self:
            run._check_may_run()
            run._step_write({"stopped": False, "message": False})
        return self._go_on()

    def action_one_by_one(self):
        """Go on by Odoo's own methods."""
        self.check_access("write")
        self._step_write({"by_odoo": True})
        return self.action_resume()

    def action_cancel(self):
        """Give a run up that has made no invoice."""
        for run in self:
            if run.state not in ("draft", "preview"):
                raise UserError(
                    self.env._(
                        "A run that makes invoices cannot be cancelled: stop it, and "
                        "make credit notes."
                    )
                )
            run._step_write({"state": "cancelled"})
        # Another may be made for the period at once
        self.flush_recordset(["state"])
        return True

    def action_view_accounts(self):
        """Show the accounts, what stands out first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_billing.action_telecom_bill_run_account"
        )
        context = {}
        if name := self.env.context.get("telecom_filter"):
            context[f"search_default_{name}"] = 1
        return {**action, "domain": [("run_id", "=", self.id)], "context": context}

    def action_view_moves(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "account.action_move_out_invoice_type"
            ),
            "domain": [("telecom_run_account_ids.run_id", "=", self.id)],
            "context": {"default_move_type": "out_invoice"},
        }

    def action_view_charges(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_billing.action_telecom_charge"
            ),
            "domain": [("run_id", "=", self.id)],
        }

    def _check_may_run(self):
        self.ensure_one()
        self.check_access("write")
        self.company_id._telecom_check("billing", "write")
        if not self.journal_id:
            raise UserError(
                self.env._("Choose the journal that the invoices go into first.")
            )
        if not self.env["account.move"].has_access("create"):
            self.env["account.move"].check_access("create")

    def _step_write(self, vals):
        """Write what a run knows of itself."""
        self.check_access("write")
        # sudo: telecom.bill.run - its own progress, by who may change it
        return self.sudo().with_context(telecom_run_step=True).write(vals)

    # Doing the work

    def _go_on(self):
        """Small runs now, others by the scheduler."""
        for run in self:
            if run.account_total <= SMALL:
                run._process(commit=False)
        if any(run._has_work() for run in self):
            # sudo: ir.cron - asks the scheduler to come at once
            self.env.ref("telecom_billing.cron_bill_run").sudo()._trigger()
        return True

    def _has_work(self):
        self.ensure_one()
        return not self.stopped and (
            (self.state == "preview" and not self.prepared)
            or self.state in ("invoicing", "sending")
        )

    @api.model
    def _cron_process(self):
        """Go on with runs that were begun."""
        # By the cron's superuser: the runs of all operators
        runs = self.search(
            [("state", "in", ("preview", "invoicing", "sending"))], order="id"
        ).filtered(lambda run: run._has_work())
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(runs))
        for run in runs:
            try:
                if not run._process(commit=True):
                    # Out of time: the scheduler comes back
                    return
            except Exception as error:
                self.env.cr.rollback()
                run._stop(error)
            Cron._commit_progress(1)

    @api.model
    def _cron_begin(self):
        """Begin the runs of periods that are over, as each operator wants it."""
        # By the cron's superuser: the operators that bill by themselves
        companies = self.env["res.company"].search(
            [("telecom_tenant", "=", True), ("telecom_bill_run_auto", "!=", "none")]
        )
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(companies))
        for company in companies:
            if company._telecom_allows("billing", "write"):
                self.with_company(company)._begin_due(company)
            if Cron._commit_progress(1) <= 0:
                return
        self.env.ref("telecom_billing.cron_bill_run")._trigger()

    def _begin_due(self, company):
        """Prepare the run of each cycle whose last period has none."""
        today = company._telecom_today()
        for [cycle_day] in self.env["telecom.billing.account"]._read_group(
            [("company_id", "=", company.id), ("state", "=", "active")], ["cycle_day"]
        ):
            begun, _last = proration.period_of(today, cycle_day)
            first, last = proration.period_of(begun - timedelta(days=1), cycle_day)
            # Files of usage come in during the first day
            if begun == today or self.search_count(
                [
                    ("company_id", "=", company.id),
                    ("cycle_day", "=", cycle_day),
                    "|",
                    ("date_from", ">=", first),
                    "&",
                    ("date_to", ">=", first),
                    ("state", "!=", "cancelled"),
                ],
                limit=1,
            ):
                continue
            if not self.env["telecom.subscription"].search_count(
                [("company_id", "=", company.id), ("date_start", "<=", last)], limit=1
            ):
                continue
            run = self.create(
                {
                    "company_id": company.id,
                    "cycle_day": cycle_day,
                    "date_from": first,
                    "date_to": last,
                    "invoice_date": today,
                }
            )
            if run.journal_id:
                run._begin()

    def _stop(self, error):
        """Keep why a run cannot go on; somebody has to look."""
        message = (
            str(error)
            if isinstance(error, UserError)
            else self.with_context(lang=self.user_id.lang).env._(
                "The run stopped; it can go on where it was."
            )
        )
        if not isinstance(error, UserError):
            _logger.error("Bill run %s stopped", self.id, exc_info=error)
        self._step_write({"stopped": True, "message": message})

    def _process(self, commit):
        """Work on a run until it is done, or time is up.

        :param bool commit: after each batch, so that nothing is lost or done twice when
            the process dies; False within the user's own transaction
        :return: False when time is up and work is left
        """
        self.ensure_one()
        if not self.company_id._telecom_allows("billing", "write"):
            raise UserError(self.env._("The module Billing is switched off."))
        run = self._as_its_user()
        cache = {}
        if run.by_odoo:
            cache["fallback"] = "as the run says"
        while run._has_work():
            if not run._take_turn(commit, cache):
                return True
            if commit and self.env["ir.cron"]._commit_progress() <= 0:
                return not run._has_work()
        return True

    def _as_its_user(self):
        """The run in the name, language and company in which its invoices are made."""
        user = self.user_id or self.env.user
        # sudo: telecom.bill.run - made in the background for one operator, by rights
        # that were checked when the run was started
        return (
            self.with_user(user)
            .with_context(
                lang=user.lang,
                tz=user.tz,
                allowed_company_ids=self.company_id.ids,
                telecom_run_step=True,
            )
            .sudo()
        )

    def _take_turn(self, commit, cache):
        """Do one batch, with the run and the numbers of its journal to oneself.

        A second process that works on the same run goes away. One that numbers invoices
        of the same journal waits for its turn **before** its transaction begins to see
        the database, so that it sees the numbers given out meanwhile. Whoever posts by
        hand meanwhile is found out by the unique index of numbers: the batch is done
        again.

        :return: False when another process works on this run
        """
        if not commit:
            if not self.try_lock_for_update():
                return False
            self._step(cache)
            return True
        Cron = self.env["ir.cron"]
        journal = self.journal_id.id
        for attempt in range(TRIES):
            Cron._commit_progress()
            with self.env.registry.cursor() as other:
                other.execute(
                    SQL("SELECT pg_advisory_xact_lock(%s, %s)", LOCK, journal)
                )
                self.env.invalidate_all()
                try:
                    if not self.try_lock_for_update():
                        return False
                    if self._has_work():
                        self._step(cache)
                    Cron._commit_progress()
                    return True
                except psycopg2.Error as error:
                    self.env.cr.rollback()
                    self.env.invalidate_all()
                    if error.pgcode not in _RETRIED or attempt == TRIES - 1:
                        raise
        return True

    def _step(self, cache):
        """Do the next batch of whatever the run is at."""
        if self.state == "preview":
            self._prepare_batch()
        elif self.state == "invoicing":
            self._invoice_batch(cache)
        else:
            self._send_batch()

    # Preparing

    def _account_domain(self):
        self.ensure_one()
        return [
            ("company_id", "=", self.company_id.id),
            ("cycle_day", "=", self.cycle_day),
            ("state", "=", "active"),
        ]

    def _find_previous(self):
        self.ensure_one()
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("cycle_day", "=", self.cycle_day),
                ("date_from", "<", self.date_from),
                ("state", "in", ("invoicing", "sending", "done")),
            ],
            limit=1,
            order="date_from desc",
        )

    def _prepare_batch(self):
        accounts = self.env["telecom.billing.account"].search(
            [*self._account_domain(), ("id", ">", self.reached_id)],
            order="id",
            limit=BATCH,
        )
        if not accounts:
            self.write({"prepared": True})
            self._count()
            if self.company_id.telecom_bill_run_auto == "invoice" and (
                self.user_id == self.env.ref("base.user_root")
            ):
                self.write({"state": "invoicing"})
            return
        found, failed = {}, {}
        self._each(
            accounts,
            lambda part: found.update(
                self.env["telecom.biller"]._charges(part, self.date_from, self.date_to)
            ),
            failed,
        )
        before, used = self._before(accounts)
        self.env["telecom.bill.run.account"].create(
            [
                vals
                for account in accounts
                if (
                    vals := self._prepare_account(
                        account,
                        [charge for _s, charge in found.get(account.id, ())],
                        before.get(account.id),
                        account.id in used,
                        failed.get(account),
                    )
                )
            ]
        )
        self.write({"reached_id": accounts[-1].id})
        self._count()

    def _before(self, accounts):
        """What accounts were charged in the run before, and who had usage in it."""
        previous = self.previous_run_id
        if not previous:
            return {}, set()
        amounts = {
            item.account_id.id: item.amount
            for item in self.env["telecom.bill.run.account"].search_fetch(
                [
                    ("run_id", "=", previous.id),
                    ("account_id", "in", accounts.ids),
                    ("state", "!=", "failed"),
                    ("anomaly", "!=", "gone"),
                ],
                ["account_id", "amount"],
            )
        }
        used = {
            account.id
            for [account] in self.env["telecom.charge"]._read_group(
                [
                    ("run_id", "=", previous.id),
                    ("account_id", "in", accounts.ids),
                    ("kind", "=", "usage"),
                ],
                ["account_id"],
            )
        }
        return amounts, used

    def _prepare_account(self, account, charges, previous, used_before, reason):
        """Values of an account in this run; None when it has nothing to do with it."""
        if not charges and previous is None and not reason:
            return None
        amount = float(sum(charge.amount for charge in charges))
        return {
            "run_id": self.id,
            "company_id": self.company_id.id,
            "account_id": account.id,
            "state": "failed" if reason else "pending" if charges else "skipped",
            "reason": reason,
            "amount": amount,
            "previous_amount": previous or 0.0,
            "change": anomalies.change(amount, previous or 0.0),
            "charge_count": len(charges),
            "anomaly": anomalies.anomaly(
                amount,
                # The first run has nothing to compare with
                previous if self.previous_run_id else amount,
                self.threshold,
                charges=len(charges),
                usage=any(charge.kind == proration.USAGE for charge in charges),
                used_before=used_before,
            )
            if not reason
            else False,
        }

    def _each(self, records, work, failed):
        """Do something for records at once; where it fails, for ever smaller parts.

        :param dict failed: gets the reason, in the user's language, of each record for
            which it fails by itself
        """
        try:
            with self.env.cr.savepoint():
                work(records)
        except psycopg2.Error as error:
            if error.pgcode in _RETRIED:
                raise
            self._halve(records, work, failed, error)
        except InvoiceDifference:
            raise
        except Exception as error:  # noqa: BLE001 - kept with the account it is about
            self._halve(records, work, failed, error)

    def _halve(self, records, work, failed, error):
        if len(records) == 1:
            if not isinstance(error, UserError):
                _logger.info("Account %s of a bill run", records.id, exc_info=error)
            failed[records] = (
                str(error)
                if isinstance(error, UserError)
                else self.env._("An error: %s", f"{type(error).__name__}: {error}")
            )[:1000]
            return
        middle = len(records) // 2
        self._each(records[:middle], work, failed)
        self._each(records[middle:], work, failed)

    # Invoicing

    def _invoice_batch(self, cache):
        items = self.env["telecom.bill.run.account"].search(
            [("run_id", "=", self.id), ("state", "=", "pending")],
            order="id",
            limit=BATCH,
        )
        if not items:
            self._analyze()
            self.write({"state": "sending", "reached_id": 0})
            self._count()
            return
        by_account = {item.account_id: item for item in items}
        billed, failed = {}, {}
        cache["check"] = max(1, CHECKED - self.checked_count)
        cache["checked"] = 0
        self._each(
            items.account_id,
            lambda part: billed.update(
                self.env["telecom.biller"]._bill(
                    part,
                    self.date_from,
                    self.date_to,
                    self.invoice_date,
                    journal=self.journal_id,
                    run=self,
                    cache=cache,
                )
            ),
            failed,
        )
        if cache["checked"]:
            self.write({"checked_count": self.checked_count + cache["checked"]})
        for account, reason in failed.items():
            by_account[account].write({"state": "failed", "reason": reason})
        self._keep_billed(
            [
                (by_account[account].id, billed[account.id])
                for account in by_account
                if account.id in billed
            ]
        )
        self._count()
        done = self.account_count - self.pending_count
        if self.pending_count and done in (BATCH, 8 * BATCH):
            # Never analysed, the tables send the planner into plans of minutes
            self._analyze()

    def _keep_billed(self, results):
        """Write down which accounts were invoiced, and how."""
        if not results:
            return
        items = self.env["telecom.bill.run.account"]
        items.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE telecom_bill_run_account item
                      SET state = CASE WHEN made.moves THEN 'invoiced'
                                       ELSE 'skipped' END,
                          amount = made.amount,
                          charge_count = made.charges,
                          reason = NULL,
                          write_uid = %s, write_date = %s
                     FROM unnest(%s, %s::numeric[], %s, %s)
                          AS made(id, amount, charges, moves)
                    WHERE item.id = made.id""",
                self.env.uid,
                self.env.cr.now(),
                [id_ for id_, _billed in results],
                [billed.amount for _id, billed in results],
                [billed.charges for _id, billed in results],
                [bool(billed.moves) for _id, billed in results],
            )
        )
        pairs = [(id_, move) for id_, billed in results for move in billed.moves]
        self.env.cr.execute(
            SQL(
                """INSERT INTO telecom_bill_run_account_move_rel
                               (run_account_id, move_id)
                   SELECT * FROM unnest(%s::int[], %s::int[])""",
                [id_ for id_, _move in pairs],
                [move for _id, move in pairs],
            )
        )
        items.invalidate_model()

    def _analyze(self):
        for table in ("account_move", "account_move_line", "telecom_charge"):
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    def _count(self):
        """Bring the figures of the run up to date."""
        self.env["telecom.bill.run.account"].flush_model()
        counts = defaultdict(int)
        amount = previous = anomaly = 0
        for state, strange, number, now, before in self.env.execute_query(
            SQL(
                """SELECT state, anomaly IS NOT NULL, count(*), sum(amount),
                          sum(previous_amount)
                     FROM telecom_bill_run_account
                    WHERE run_id = %s GROUP BY 1, 2""",
                self.id,
            )
        ):
            counts[state] += number
            anomaly += number if strange else 0
            amount += now or 0
            previous += before or 0
        [[moves]] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM telecom_bill_run_account_move_rel rel
                     JOIN telecom_bill_run_account item ON item.id = rel.run_account_id
                    WHERE item.run_id = %s""",
                self.id,
            )
        )
        self._step_write(
            {
                "account_count": sum(counts.values()),
                "pending_count": counts["pending"],
                "invoiced_count": counts["invoiced"],
                "failed_count": counts["failed"],
                "anomaly_count": anomaly,
                "move_count": moves,
                "amount": amount,
                "previous_amount": previous,
            }
        )

    # Sending

    def _send_batch(self):
        items = self.env["telecom.bill.run.account"].search(
            [
                ("run_id", "=", self.id),
                ("state", "=", "invoiced"),
                ("id", ">", self.reached_id),
            ],
            order="id",
            limit=BATCH,
        )
        if not items:
            self.write({"state": "done", "date_done": fields.Datetime.now()})
            return
        self._hand_over(items.move_ids)
        self.write({"reached_id": items[-1].id})

    def _hand_over(self, moves):
        """Let invoices be sent in the background.

        :param moves: posted invoices of this run
        """
        if not self.env.context.get("telecom_no_sending"):
            moves._telecom_queue_sending()

    # Between cycles

    @api.model
    def _bill_accounts(self, accounts, date_from, date_to, invoice_date=None):
        """Invoice accounts for a period, apart from the runs.

        What is charged here is not charged by the run any more.

        :param accounts: ``telecom.billing.account`` of one operator
        :param datetime.date date_from: first day
        :param datetime.date date_to: last day, included
        :return: posted invoices
        :raises UserError: when an invoice cannot be made, or nothing is to be charged
        """
        company = accounts.company_id
        company.ensure_one()
        accounts.check_access("write")
        Move = self.env["account.move"]
        Move.check_access("create")
        company._telecom_check("billing", "write")
        # sudo: telecom.biller - charges are written by it only; rights were checked
        biller = self.env["telecom.biller"].sudo().with_company(company)
        # Two clerks, or a run, may bill the same account, or draw the next number
        with once(biller.env["telecom.charge"], "_once"), once(Move, "_unique_name"):
            billed = biller._bill(
                accounts.sudo().with_company(company),
                date_from,
                date_to,
                invoice_date or fields.Date.context_today(self),
                journal=biller._journal(company),
            )
        moves = Move.browse(move for result in billed.values() for move in result.moves)
        if not moves:
            raise UserError(self.env._("Nothing is to be charged for this period."))
        return moves
