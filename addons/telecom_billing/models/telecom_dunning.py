import logging

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ..engine import dunning

_logger = logging.getLogger(__name__)

#: Accounts looked at before the work so far is kept
BATCH = 20


class TelecomDunning(models.Model):
    """An account that does not pay: from the first reminder until it has paid.

    A cron takes each account one level further on its day. A payment ends it at once
    and brings back into service what the dunning took out of it, nothing else: a line
    that was suspended for another reason stays so.
    """

    _name = "telecom.dunning"
    _description = "Dunning"
    _inherit = ["mail.thread", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "state, next_on, id desc"
    _rec_name = "account_id"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True
    )
    account_id = fields.Many2one(
        "telecom.billing.account",
        string="Billing Account",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="account_id.invoice_partner_id", store=True, index=True
    )
    state = fields.Selection(
        [("open", "Overdue"), ("closed", "Paid")],
        string="Status",
        required=True,
        default="open",
        tracking=True,
    )
    since = fields.Date(
        string="Overdue since", help="The due date of the oldest invoice."
    )
    level_id = fields.Many2one(
        "telecom.dunning.level",
        string="Last Level",
        check_company=True,
        tracking=True,
    )
    level_action = fields.Selection(related="level_id.action")
    level_on = fields.Date(string="Carried Out on")
    next_level_id = fields.Many2one("telecom.dunning.level", check_company=True)
    next_on = fields.Date(string="Planned for", index=True)
    # Nothing is done before this day: somebody put the next level off
    put_off_until = fields.Date(readonly=True, export_string_translation=False)
    # The day the cron last looked at the case: each has its turn once a day
    checked_on = fields.Date(readonly=True, copy=False, export_string_translation=False)
    paused = fields.Boolean(
        readonly=True, help="A financial claim about the invoices is open."
    )
    currency_id = fields.Many2one(related="account_id.currency_id")
    move_ids = fields.Many2many(
        "account.move", string="Overdue Invoices", compute="_compute_overdue"
    )
    amount_overdue = fields.Monetary(string="Overdue", compute="_compute_overdue")
    fee_ids = fields.One2many(
        "account.move", "telecom_dunning_id", string="Invoices of Fees"
    )
    subscription_ids = fields.Many2many(
        "telecom.subscription", string="Suspended Subscriptions", readonly=True
    )
    line_ids = fields.Many2many("telecom.line", string="Suspended Lines", readonly=True)
    event_ids = fields.One2many(
        "telecom.dunning.event", "dunning_id", string="History", readonly=True
    )
    closed_on = fields.Datetime(readonly=True)

    _open_once = models.UniqueIndex(
        "(account_id) WHERE state = 'open'", "This account is being reminded already."
    )

    # Overdue

    def _compute_overdue(self):
        moves = self.account_id._telecom_overdue_moves()
        by_account = moves.grouped("telecom_account_id")
        for case in self:
            own = by_account.get(case.account_id, moves.browse())
            case.move_ids = own if case.state == "open" else False
            case.amount_overdue = (
                sum(own.mapped("amount_residual")) if case.state == "open" else 0.0
            )

    # The cron

    @api.model
    def _cron_remind(self):
        """Open cases, and take those whose day has come one level further.

        Each case has its turn once a day. Each batch is committed: a run that is
        killed, or out of time, goes on where it stopped, and no level is carried out
        twice, because what was done is committed with its date.
        """
        # By the cron's superuser: all operators, each with its own module switch
        companies = self.env["res.company"].search([("telecom_tenant", "=", True)])
        companies = companies.filtered(
            lambda company: company._telecom_allows("billing", "write")
        )
        work = []
        for company in companies:
            here = self.with_company(company)
            work.append((here, company, here._not_opened(company), here._waiting()))
        # Those with little to do first: nobody waits for the largest operator
        work.sort(key=lambda each: len(each[2]) + len(each[3]))
        Cron = self.env["ir.cron"]
        Cron._commit_progress(
            remaining=sum(len(accounts) + len(cases) for *_, accounts, cases in work)
        )
        for here, company, accounts, cases in work:
            for batch in here._batches(company, accounts, cases):
                batch._remind()
                if not Cron._commit_progress(len(batch)):
                    return

    def _batches(self, company, accounts, cases):
        """Yield the cases of an operator, those that begin today first.

        :param accounts: see :meth:`_not_opened`
        :param cases: see :meth:`_waiting`
        """
        for part in split_every(BATCH, accounts):
            yield self._open(company, part)
        yield from split_every(BATCH, cases.ids, self.browse)

    @api.model
    def _waiting(self):
        """Return the open cases of the present company that had no turn today."""
        company = self.env.company
        return self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "open")
            & (
                Domain("checked_on", "=", False)
                | Domain("checked_on", "<", company._telecom_local_today())
            ),
            # Whoever waits longest, then what is due; the last level is behind the rest
            order="checked_on nulls first, next_on nulls last, id",
        )

    @api.model
    def _open_cases(self, company):
        """Begin with accounts that are overdue, and have levels to go through."""
        return self._open(company, self._not_opened(company))

    @api.model
    def _not_opened(self, company):
        """Return [(account, oldest due date)] of what is overdue without a case."""
        if not self._levels(company):
            return []
        rows = self.env["account.move"]._read_group(
            self.env["account.move"]._telecom_overdue_domain(company),
            ["telecom_account_id"],
            ["invoice_date_due:min"],
        )
        known = set(
            self.search(
                [("company_id", "=", company.id), ("state", "=", "open")]
            ).account_id.ids
        )
        return [(account, since) for account, since in rows if account.id not in known]

    @api.model
    def _open(self, company, accounts):
        """Open the cases of accounts, see :meth:`_not_opened`."""
        cases = self.create(
            [
                {"company_id": company.id, "account_id": account.id, "since": since}
                for account, since in accounts
            ]
        )
        cases._log("opened")
        return cases

    @api.model
    def _levels(self, company):
        return self.env["telecom.dunning.level"].search(
            [("company_id", "=", company.id)]
        )

    def _remind(self):
        """Bring each case to where it stands today."""
        for case in self:
            try:
                with self.env.cr.savepoint():
                    case._remind_one()
            except Exception as error:
                # One account must not stop the others; it is tried again tomorrow
                _logger.info("Dunning of %s: %s", case.account_id.number, error)
                case.next_on = fields.Date.add(case._today(), days=1)
                case._log("failed", note=str(error)[:200])
            case.checked_on = case._today()

    def _remind_one(self):
        self.ensure_one()
        if self._settle():
            return
        self._plan()
        if self.paused or not self.next_level_id or self.next_on > self._today():
            return
        self._carry_out(self.next_level_id)
        self._plan()

    def _today(self):
        return self.company_id._telecom_local_today()

    def _plan(self):
        """Find out which level comes next, and when."""
        self.ensure_one()
        moves = self.move_ids
        disputed = self.account_id._telecom_disputed_accounts()
        paused = (
            bool(disputed)
            or bool(moves)
            and all(move.telecom_disputed for move in moves)
        )
        if paused and not self.paused:
            self._log("paused")
        pending = moves.filtered(lambda move: not move.telecom_disputed)
        since = min(pending.mapped("invoice_date_due"), default=self.since)
        step = dunning.next_step(
            [
                dunning.Level(level.id, level.days, level.working)
                for level in self._levels(self.company_id)
            ],
            since,
            self.level_id.id,
            self.level_on,
            self.company_id._telecom_working_days(),
        )
        level, day = step or (None, None)
        if day and self.put_off_until:
            day = max(day, self.put_off_until)
        values = {
            "paused": paused,
            "since": since,
            "next_level_id": level and level.id,
            "next_on": day,
        }
        self.write({name: value for name, value in values.items() if value is not None})
        if not step:
            self.write({"next_level_id": False, "next_on": False})

    # Levels

    def _carry_out(self, level):
        """Do what a level says, once."""
        self.ensure_one()
        # While a payment or a second cron is at it, this one waits for its next turn
        self.lock_for_update()
        fee = self.env["account.move"]
        if level.fee_amount:
            fee = self._charge_fee(level)
        if level.action == "suspend":
            self._suspend(level)
        elif level.action == "terminate":
            self._terminate(level)
        self.write(
            {"level_id": level.id, "level_on": self._today(), "put_off_until": False}
        )
        self._log(level.action, level=level, move_id=fee.id)
        self._write_to_customer(level)

    def _charge_fee(self, level):
        today = self._today()
        company = self.company_id
        fee = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "company_id": company.id,
                    "partner_id": self.partner_id.id,
                    "currency_id": self.currency_id.id,
                    "telecom_account_id": self.account_id.id,
                    "telecom_dunning_id": self.id,
                    "invoice_date": today,
                    "invoice_date_due": today,
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": level.with_context(
                                    lang=self.partner_id.lang
                                ).name,
                                "quantity": 1,
                                "price_unit": level.fee_amount,
                                "tax_ids": [
                                    Command.set(company.account_sale_tax_id.ids)
                                ],
                            }
                        )
                    ],
                }
            )
        )
        fee.action_post()
        return fee

    def _suspend(self, level):
        """Take the account's services out of use, and remember which."""
        subscriptions = self.account_id._telecom_services("active")
        lines = self.account_id._telecom_lines(subscriptions).filtered(
            lambda line: line.state == "active"
        )
        if subscriptions:
            subscriptions._telecom_change("suspend", self._today(), reason=level.name)
        still = lines.filtered(lambda line: line.state == "active")
        if still:
            still.with_context(
                telecom_line_event={"reason": level.name}
            ).action_suspend()
        self.subscription_ids |= subscriptions
        self.line_ids |= lines

    def _terminate(self, level):
        subscriptions = self.account_id._telecom_services("active", "suspended")
        lines = self.account_id._telecom_lines(subscriptions)
        if subscriptions:
            subscriptions._telecom_change("terminate", self._today(), reason=level.name)
        still = lines.filtered(lambda line: line.state in ("active", "suspended"))
        if still:
            still.with_context(
                telecom_line_event={"reason": level.name}
            ).action_terminate()

    def _resume(self):
        """Bring back what this dunning took out of service.

        A line that cannot come back, its SIM having been stolen meanwhile, keeps no
        other one out of service: the case says so, for whoever settles it.
        """
        self.ensure_one()
        # Barred meanwhile: what is on such a line comes back with it, as it would have
        # if the line had never been suspended
        barred = (self.line_ids | self.subscription_ids.line_id).filtered(
            lambda line: line.state == "barred"
        )
        (barred & self.line_ids).filtered(
            lambda line: line.kyc_barred_from == "suspended"
        ).kyc_barred_from = "active"
        for line in barred:
            self._note(
                self.env._(
                    "%s is barred: it returns to service when its holder's identity "
                    "is proven.",
                    line.display_name,
                )
            )
        subscriptions = self.subscription_ids.filtered(
            lambda one: one.state == "suspended" and one.line_id not in barred
        )
        lines = self.line_ids.filtered(lambda line: line.state == "suspended")
        try:
            with self.env.cr.savepoint():
                self._bring_back(subscriptions, lines)
            return bool(subscriptions or lines)
        except UserError:
            resumed = False
        # Which one it is: each line on its own, and what has none
        by_line = subscriptions.grouped("line_id")
        for line in {**by_line, **dict.fromkeys(lines)}:
            own = by_line.get(line, subscriptions.browse())
            try:
                with self.env.cr.savepoint():
                    self._bring_back(own, lines & line)
                resumed = True
            except UserError as error:
                self._note(
                    self.env._(
                        "%(line)s stays out of service: %(reason)s",
                        line=line.display_name or own[:1].display_name,
                        reason=str(error),
                    )
                )
        return resumed

    def _note(self, text):
        """Write into the case, by nobody: who pays on the portal says no such thing."""
        self.message_post(body=text, author_id=self.env.ref("base.partner_root").id)

    def _bring_back(self, subscriptions, lines):
        reason = self.env._("Paid")
        if subscriptions:
            subscriptions._telecom_change("resume", self._today(), reason=reason)
        still = lines.filtered(lambda line: line.state == "suspended")
        if still:
            still.with_context(telecom_line_event={"reason": reason}).action_activate()

    def _write_to_customer(self, level):
        template = self.env.ref("telecom_billing.mail_template_dunning")
        if self.account_id.email:
            template.send_mail(
                self.id,
                email_layout_xmlid="mail.mail_notification_light",
                force_send=False,
            )
        else:
            self.message_post(
                body=self.env._("There is no e-mail address: please write or call.")
            )

    # Paid

    def _settle(self):
        """Close cases of which nothing is overdue any more; services come back.

        May be called as often as one likes: by each callback of a payment, and by the
        cron when a payment was entered in another way.

        :return: the cases that were closed
        :rtype: telecom.dunning
        """
        closed = self.browse()
        # The overdue amounts as they are now, whatever was read before
        self.invalidate_recordset(["move_ids", "amount_overdue"])
        for case in self.filtered(lambda case: case.state == "open"):
            if case.move_ids:
                continue
            case.lock_for_update()
            if case.state != "open":
                continue
            resumed = case._resume()
            case.write(
                {
                    "state": "closed",
                    "next_level_id": False,
                    "next_on": False,
                    "paused": False,
                    "closed_on": fields.Datetime.now(),
                }
            )
            if resumed:
                case._log("resume")
            case._log("closed")
            closed |= case
        return closed

    def _log(self, kind, level=None, **values):
        # sudo: telecom.dunning.event - nobody writes history but the dunning
        self.env["telecom.dunning.event"].sudo().create(
            [
                {
                    "company_id": case.company_id.id,
                    "dunning_id": case.id,
                    "kind": kind,
                    "level_id": level and level.id,
                    "amount": case.amount_overdue,
                    **values,
                }
                for case in self
            ]
        )

    # Buttons

    def action_next_level(self):
        """Carry out the next level now, whatever its day.

        The button says which one it means: a second click, or a page that was opened
        before, does not carry out the one after it.

        :raises AccessError: for anybody but a manager
        """
        self.ensure_one()
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(
            "telecom_crm.group_telecom_manager"
        ):
            raise AccessError(
                self.env._("Only a manager carries out a level before its day.")
            )
        if self._settle():
            # Paid meanwhile: that is what the page shows now
            return True
        if self.state != "open":
            raise UserError(
                self.env._("%s has paid: nothing is done.", self.partner_id.name)
            )
        meant = self.env.context.get("telecom_level_id")
        if meant and meant != self.next_level_id.id:
            raise UserError(
                self.env._("This level was carried out already. Reload the page.")
            )
        self._plan()
        if self.paused:
            raise UserError(
                self.env._("A claim about these invoices is open: settle it first.")
            )
        if not self.next_level_id:
            raise UserError(self.env._("There is no further level."))
        self._carry_out(self.next_level_id)
        self._plan()
        return True

    def action_postpone(self):
        """Give the customer a week more than was planned."""
        self.check_access("write")
        for case in self.filtered("next_on"):
            planned = max(case.next_on, case._today())
            case.put_off_until = fields.Date.add(planned, days=7)
            case._plan()
            case.message_post(body=self.env._("Put off by a week."))
        return True

    def action_view_moves(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "account.action_move_out_invoice_type"
            ),
            "domain": [("id", "in", self.move_ids.ids)],
        }


class TelecomBillingAccount(models.Model):
    _inherit = "telecom.billing.account"

    dunning_ids = fields.One2many("telecom.dunning", "account_id", string="Dunnings")

    def _telecom_overdue_moves(self):
        """Return the overdue invoices of accounts, disputed ones included."""
        moves = self.env["account.move"]
        found = moves.browse()
        for company, accounts in self.grouped("company_id").items():
            found |= moves.search(
                moves._telecom_overdue_domain(company, disputed=True)
                & Domain("telecom_account_id", "in", accounts.ids)
            )
        return found

    def _telecom_disputed_accounts(self):
        """Return accounts with an open financial claim that names no invoice.

        Until somebody knows which invoice is meant, nobody is reminded.
        """
        # sudo: helpdesk.ticket - whether there is one, whoever may read claims
        tickets = self.env["helpdesk.ticket"].sudo()
        partners = (self.partner_id | self.payer_id).commercial_partner_id
        claimed = tickets.search(
            tickets._telecom_open_disputes()
            & Domain("telecom_move_id", "=", False)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("partner_id", "child_of", partners.ids)
        ).partner_id.commercial_partner_id
        return self.filtered(
            lambda account: (
                (account.partner_id | account.payer_id).commercial_partner_id & claimed
            )
        )

    def _telecom_services(self, *states):
        """Return the subscriptions of an account in some states."""
        return self.env["telecom.subscription"].search(
            [("account_id", "in", self.ids), ("state", "in", states)]
        )

    def _telecom_lines(self, subscriptions):
        """Return the lines that an account pays for.

        Those of its subscriptions; without any subscription, its customer's own.
        """
        if subscriptions:
            return subscriptions.line_id
        if self._telecom_services("draft", "active", "suspended", "terminated"):
            return self.env["telecom.line"]
        return self.env["telecom.line"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("state", "in", ("active", "suspended")),
            ]
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    telecom_dunning_id = fields.Many2one(
        "telecom.dunning",
        string="Fee of Dunning",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )

    @api.model
    def _telecom_overdue_domain(self, company, disputed=False):
        """Return the domain of an operator's overdue invoices of billing accounts.

        :param res.company company: the operator
        :param bool disputed: whether invoices with an open claim count
        """
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("move_type", "=", "out_invoice")
            & Domain("state", "=", "posted")
            & Domain("payment_state", "in", ("not_paid", "partial"))
            & Domain("amount_residual", ">", 0)
            & Domain("telecom_account_id", "!=", False)
            & Domain("invoice_date_due", "<", company._telecom_local_today())
        )
        if not disputed:
            domain &= Domain("telecom_disputed", "=", False)
        return domain

    def _invoice_paid_hook(self):
        """Bring services back within the payment itself."""
        res = super()._invoice_paid_hook()
        self._telecom_settle_dunnings()
        return res

    def _telecom_settle_dunnings(self):
        accounts = self.telecom_account_id
        if not accounts:
            return
        # sudo: telecom.dunning - whoever enters a payment, the portal's customer too
        cases = (
            self.env["telecom.dunning"]
            .sudo()
            .search([("account_id", "in", accounts.ids), ("state", "=", "open")])
        )
        if not cases:
            return
        try:
            with self.env.cr.savepoint():
                cases._settle()
        except Exception:
            # The payment stands whatever happens; the cron tries again at once
            _logger.exception("Return to service failed")
            cases.checked_on = False
            self.env.ref("telecom_billing.cron_dunning")._trigger()


class ResCompany(models.Model):
    _inherit = "res.company"

    def _telecom_local_today(self):
        """Return the operator's present date, by its working hours' time zone."""
        self.ensure_one()
        # sudo: resource.calendar - the time zone only
        zone = self.sudo().resource_calendar_id.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=zone))

    def _telecom_working_days(self):
        """Return what tells of a date whether the operator works on it.

        By the days of its working hours, without its public holidays.
        """
        self.ensure_one()
        # sudo: resource.calendar - days only, of the operator's own hours
        calendar = self.sudo().resource_calendar_id
        weekdays = {int(day) for day in calendar.attendance_ids.mapped("dayofweek")}
        holidays = set()
        if calendar:
            self.env.cr.execute(
                SQL(
                    """
                    SELECT generate_series(
                             (date_from AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date,
                             (date_to AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date,
                             '1 day')::date
                      FROM resource_calendar_leaves
                     WHERE resource_id IS NULL
                       AND (calendar_id = %(calendar)s
                            OR calendar_id IS NULL AND company_id = %(company)s)
                       AND date_to > now() - interval '400 days'""",
                    zone=calendar.tz or "UTC",
                    calendar=calendar.id,
                    company=self.id,
                )
            )
            holidays = {row[0] for row in self.env.cr.fetchall()}
        return lambda day: (
            (day.weekday() in weekdays if weekdays else True) and day not in holidays
        )
