from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize, is_html_empty, plaintext2html

from ..tools import service_level
from .helpdesk_ticket_category import CLAIM_BRANCHES
from .helpdesk_ticket_stage import CLAIM_STATES, CLOSED_STATES

ALERTS = [("none", "On Time"), ("warning", "Soon Late"), ("late", "Late")]
TARGETS = [
    ("none", "No Target"),
    ("running", "Running"),
    ("met", "Met"),
    ("missed", "Missed"),
]
#: How many claims a cron looks at between two commits
BATCH = 200


class HelpdeskTicket(models.Model):
    """A customer's claim."""

    _name = "helpdesk.ticket"
    _description = "Claim"
    _inherit = ["helpdesk.ticket", "rating.mixin", "telecom.notified.mixin"]
    _check_company_auto = True

    # What it is about
    telecom_branch = fields.Selection(
        CLAIM_BRANCHES,
        string="Branch",
        compute="_compute_telecom_branch",
        store=True,
        readonly=False,
        index="btree_not_null",
        tracking=True,
    )
    telecom_line_id = fields.Many2one(
        "telecom.line",
        string="Line",
        check_company=True,
        index="btree_not_null",
        domain="[('partner_id', 'child_of', commercial_partner_id)]",
        help="The line the claim is about.",
    )

    # Where it stands
    telecom_state = fields.Selection(
        CLAIM_STATES,
        string="State",
        compute="_compute_telecom_state",
        store=True,
        readonly=False,
        index=True,
        group_expand=True,
        copy=False,
    )
    telecom_stage_ids = fields.Many2many(
        "helpdesk.ticket.stage",
        string="Possible Stages",
        compute="_compute_telecom_stage_ids",
    )
    telecom_reopen_count = fields.Integer(
        string="Times Reopened", readonly=True, copy=False
    )
    telecom_unsolved_reason = fields.Text(
        string="Why without Solution", copy=False, tracking=True
    )
    telecom_solution_id = fields.Many2one(
        "telecom.solution",
        string="Solution",
        check_company=True,
        index="btree_not_null",
        copy=False,
        tracking=True,
    )
    telecom_solution_note = fields.Text(
        string="What Was Done", copy=False, help="The customer is told this."
    )
    telecom_origin_id = fields.Many2one(
        "helpdesk.ticket",
        string="Split from",
        check_company=True,
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    telecom_split_ids = fields.One2many(
        "helpdesk.ticket", "telecom_origin_id", string="Split into"
    )
    telecom_escalation = fields.Integer(
        string="Times Escalated", readonly=True, copy=False
    )

    # Service level
    telecom_level_id = fields.Many2one(
        "telecom.claim.level",
        string="Service Level",
        compute="_compute_telecom_level_id",
        store=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
    )
    telecom_first_response_at = fields.Datetime(
        string="First Answer", readonly=True, copy=False
    )
    telecom_waiting_since = fields.Datetime(readonly=True, copy=False)
    telecom_paused_seconds = fields.Integer(
        string="Time Waiting for the Customer",
        readonly=True,
        copy=False,
        help="In working seconds.",
    )
    telecom_response_warning_at = fields.Datetime(
        compute="_compute_telecom_deadlines", store=True, copy=False
    )
    telecom_response_deadline = fields.Datetime(
        string="Answer Due",
        compute="_compute_telecom_deadlines",
        store=True,
        copy=False,
    )
    telecom_resolution_warning_at = fields.Datetime(
        compute="_compute_telecom_deadlines", store=True, copy=False
    )
    telecom_resolution_deadline = fields.Datetime(
        string="Due",
        compute="_compute_telecom_deadlines",
        store=True,
        copy=False,
    )
    telecom_response_alert = fields.Selection(
        ALERTS, default="none", readonly=True, copy=False
    )
    telecom_resolution_alert = fields.Selection(
        ALERTS, default="none", readonly=True, copy=False
    )
    telecom_next_alert_at = fields.Datetime(
        compute="_compute_telecom_next_alert_at",
        store=True,
        copy=False,
        index="btree_not_null",
    )
    telecom_response_hours = fields.Float(
        string="Hours to the First Answer",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Working hours.",
    )
    telecom_resolution_hours = fields.Float(
        string="Hours to the End",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Working hours, without waiting for the customer.",
    )
    telecom_response_result = fields.Selection(
        TARGETS, string="Answer in Time", default="none", readonly=True, copy=False
    )
    telecom_resolution_result = fields.Selection(
        TARGETS, string="Settled in Time", default="none", readonly=True, copy=False
    )
    telecom_service_badge = fields.Selection(
        [*ALERTS, ("unanswered", "Answer Overdue"), ("paused", "Paused")],
        string="Service",
        compute="_compute_telecom_service_badge",
        help="How the claim stands against its service level, now.",
    )
    telecom_age_days = fields.Integer(
        string="Age (days)", compute="_compute_telecom_age_days"
    )

    # The open claims of a customer, read each time his card is shown
    _telecom_partner_idx = models.Index("(partner_id, stage_id)")
    # An operator's work list
    _telecom_company_idx = models.Index("(company_id, telecom_state)")
    # How often a solution worked
    _telecom_solution_idx = models.Index(
        "(telecom_solution_id, id)"
        " WHERE telecom_state IN ('treated', 'unsolved', 'reopened')"
    )

    # ------------------------------------------------------------
    # Computes and constraints
    # ------------------------------------------------------------

    @api.depends("category_id")
    def _compute_telecom_branch(self):
        for ticket in self:
            ticket.telecom_branch = (
                ticket.category_id.telecom_branch or ticket.telecom_branch
            )

    @api.depends("name", "number")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for ticket in self.filtered(lambda ticket: ticket.number in (False, "/")):
            ticket.display_name = ticket.name or self.env._("New claim")
        return result

    @api.depends("stage_id.telecom_state")
    def _compute_telecom_state(self):
        for ticket in self:
            ticket.telecom_state = ticket.stage_id.telecom_state or "open"

    @api.depends("team_id", "company_id")
    def _compute_stage_id(self):
        """Take a stage of the claim's operator, not of the one in view.

        A claim that changes its team keeps its state.
        """
        for (team, company), tickets in self.grouped(
            lambda ticket: (ticket.team_id, ticket.company_id)
        ).items():
            stages = team.with_company(company)._get_applicable_stages()
            for ticket in tickets:
                if ticket.stage_id not in stages:
                    ticket.stage_id = stages._telecom_for_state(
                        ticket.stage_id.telecom_state or "open"
                    )

    @api.depends("team_id", "company_id")
    def _compute_telecom_stage_ids(self):
        for (team, company), tickets in self.grouped(
            lambda ticket: (ticket.team_id, ticket.company_id)
        ).items():
            stages = team.with_company(company)._get_applicable_stages()
            for ticket in tickets:
                # One it has from before stays visible
                ticket.telecom_stage_ids = stages | ticket.stage_id

    @api.depends("user_id", "company_id")
    def _compute_team_id(self):
        """Take the assigned user's team of this operator.

        Instead of helpdesk_mgmt's, which takes his first team: an agent has one at
        each of the operators he works for. Without a user, the team of the category
        or of the branch.
        """
        for ticket in self.filtered(lambda ticket: not ticket.team_id):
            teams = ticket.user_id.helpdesk_team_ids.filtered(
                lambda team, ticket=ticket: (
                    not team.company_id or team.company_id == ticket.company_id
                )
            )
            ticket.team_id = (
                ticket._telecom_team_of(teams)
                or teams[:1]
                or (not ticket.user_id and ticket._telecom_route())
            )

    def _telecom_team_of(self, teams):
        """Return which of these teams has the claim's category, or its branch."""
        self.ensure_one()
        return (
            self.category_id
            and teams.filtered(lambda team: self.category_id in team.category_ids)[:1]
        ) or (
            self.telecom_branch
            and teams.filtered(lambda team: team.telecom_branch == self.telecom_branch)[
                :1
            ]
        )

    def _telecom_route(self):
        """Return the operator's team for the claim's category or branch, or none."""
        self.ensure_one()
        if not self.category_id and not self.telecom_branch:
            return self.env["helpdesk.ticket.team"]
        # sudo: helpdesk.ticket.team - a customer's claim is routed too; its company's
        teams = (
            self.env["helpdesk.ticket.team"]
            .sudo()
            .search([("company_id", "=", self.company_id.id)])
        )
        return (self._telecom_team_of(teams) or teams.browse()).with_env(self.env)

    @api.depends("telecom_branch", "priority", "company_id")
    def _compute_telecom_level_id(self):
        Level = self.env["telecom.claim.level"]
        for (company, branch, priority), tickets in self.grouped(
            lambda ticket: (ticket.company_id, ticket.telecom_branch, ticket.priority)
        ).items():
            tickets.telecom_level_id = Level._telecom_find(company, branch, priority)

    @api.depends(
        "telecom_level_id.response_hours",
        "telecom_level_id.resolution_hours",
        "telecom_level_id.warning_percent",
        "telecom_level_id.calendar_id",
        "telecom_paused_seconds",
        "create_date",
    )
    def _compute_telecom_deadlines(self):
        names = (
            "telecom_response_warning_at",
            "telecom_response_deadline",
            "telecom_resolution_warning_at",
            "telecom_resolution_deadline",
        )
        # sudo: telecom.claim.level, resource.calendar - deadlines are everybody's
        for level, tickets in self.sudo().grouped("telecom_level_id").items():
            requests, places = [], []
            for ticket in tickets:
                start = ticket.create_date or fields.Datetime.now()
                ticket.update(dict.fromkeys(names, False))
                response = 3600 * level.response_hours
                resolution = 3600 * level.resolution_hours
                paused = ticket.telecom_paused_seconds
                share = level.warning_percent / 100
                for name, seconds, pause in (
                    (names[0], response * share, 0),
                    (names[1], response, 0),
                    (names[2], resolution * share, paused),
                    (names[3], resolution, paused),
                ):
                    if seconds:
                        places.append((ticket, name))
                        requests.append((start, seconds + pause))
            found = level.calendar_id._telecom_add_hours(requests, level.company_id)
            for (ticket, name), moment in zip(places, found, strict=True):
                ticket[name] = moment

    @api.depends(
        "telecom_response_warning_at",
        "telecom_response_deadline",
        "telecom_response_alert",
        "telecom_resolution_warning_at",
        "telecom_resolution_deadline",
        "telecom_resolution_alert",
        "telecom_first_response_at",
        "telecom_state",
        "active",
    )
    def _compute_telecom_next_alert_at(self):
        for ticket in self:
            moments = []
            if ticket.active and ticket.telecom_state not in (
                *CLOSED_STATES,
                "waiting_customer",
            ):
                moments = [
                    service_level.next_alert(
                        ticket[f"telecom_{target}_alert"],
                        ticket[f"telecom_{target}_warning_at"],
                        ticket[f"telecom_{target}_deadline"],
                    )
                    for target in ticket._telecom_open_targets()
                ]
            ticket.telecom_next_alert_at = min(filter(None, moments), default=False)

    def _telecom_open_targets(self):
        """Return which targets are still to be met."""
        self.ensure_one()
        answered = bool(self.telecom_first_response_at)
        return ("resolution",) if answered else ("response", "resolution")

    @api.depends(
        "telecom_response_deadline",
        "telecom_resolution_deadline",
        "telecom_first_response_at",
        "telecom_state",
    )
    def _compute_telecom_service_badge(self):
        now = fields.Datetime.now()
        for ticket in self:
            badge = False
            if ticket.telecom_state == "waiting_customer":
                badge = "paused"
            elif ticket.telecom_state not in CLOSED_STATES and (
                ticket.telecom_response_deadline or ticket.telecom_resolution_deadline
            ):
                alerts = {
                    target: service_level.alert_at(
                        now,
                        ticket[f"telecom_{target}_warning_at"],
                        ticket[f"telecom_{target}_deadline"],
                    )
                    for target in ticket._telecom_open_targets()
                }
                badge = service_level.badge(**alerts)
            ticket.telecom_service_badge = badge

    @api.depends("create_date", "closed_date")
    def _compute_telecom_age_days(self):
        now = fields.Datetime.now()
        for ticket in self:
            end = ticket.closed_date or now
            ticket.telecom_age_days = max((end - (ticket.create_date or end)).days, 0)

    @api.constrains(
        "company_id", "team_id", "category_id", "stage_id", "channel_id", "partner_id"
    )
    def _check_telecom_company(self):
        """Nothing of one operator on the claim of another."""
        for ticket in self:
            for name in (
                "team_id",
                "category_id",
                "stage_id",
                "channel_id",
                "partner_id",
            ):
                company = ticket[name].company_id
                if company in (company.browse(), ticket.company_id):
                    continue
                if company.telecom_tenant or ticket.company_id.telecom_tenant:
                    raise ValidationError(
                        self.env._(
                            "“%(value)s” belongs to another company than the claim.",
                            value=ticket[name].display_name,
                        )
                    )

    @api.constrains("telecom_state", "telecom_unsolved_reason")
    def _check_telecom_unsolved_reason(self):
        for ticket in self:
            if (
                ticket.telecom_state == "unsolved"
                and ticket.company_id.telecom_tenant
                and not (ticket.telecom_unsolved_reason or "").strip()
            ):
                raise ValidationError(
                    self.env._(
                        "Say why the claim is closed without a solution: use the "
                        "button “Close without Solution”."
                    )
                )

    @api.onchange("partner_id")
    def _onchange_telecom_partner(self):
        customer = self.partner_id.commercial_partner_id
        if self.telecom_line_id.partner_id.commercial_partner_id != customer:
            lines = customer.telecom_line_ids.filtered(
                lambda line: line.state in ("active", "suspended")
            )
            self.telecom_line_id = lines if len(lines) == 1 else False

    @api.onchange("category_id", "telecom_branch")
    def _onchange_telecom_category(self):
        """Bring a new claim to the team of its category."""
        if not self._origin:
            self.team_id = self._telecom_route() or self.team_id

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        prepared = [self._telecom_prepare(dict(vals)) for vals in vals_list]
        tickets = super().create(prepared)
        tickets.filtered("closed")._telecom_close()
        return tickets

    @api.model
    def _telecom_prepare(self, vals):
        """Complete the values of a new claim.

        The company comes first, so that number and stage are that operator's;
        helpdesk_mgmt takes the number before it knows the company.
        """
        team = self.env["helpdesk.ticket.team"].browse(vals.get("team_id") or ())
        if team.company_id:
            vals["company_id"] = team.company_id.id
        if not vals.get("company_id"):
            company = self.default_get(["company_id"]).get("company_id")
            vals["company_id"] = company or self.env.company.id
        if is_html_empty(vals.get("description")):
            # On the telephone the subject often says it all
            vals["description"] = plaintext2html(vals.get("name") or "")
        state = vals.pop("telecom_state", None)
        if not vals.get("stage_id"):
            stages = team.with_company(vals["company_id"])._get_applicable_stages()
            vals["stage_id"] = stages._telecom_for_state(state or "open").id
        return vals

    def write(self, vals):
        state = vals.get("telecom_state")
        if state and not vals.get("stage_id"):
            vals = {name: vals[name] for name in vals if name != "telecom_state"}
            for stage, tickets in self.grouped(
                lambda ticket: ticket._telecom_stage(state)
            ).items():
                tickets.write({**vals, "stage_id": stage.id})
            return True
        if not vals.get("stage_id"):
            return super().write(vals)
        stage = self.env["helpdesk.ticket.stage"].browse(vals["stage_id"])
        vals = dict(vals)
        if (
            stage.telecom_state == "unsolved"
            and self.env.user.share
            and not vals.get("telecom_unsolved_reason")
        ):
            vals["telecom_unsolved_reason"] = self.env._("Closed by the customer.")
        moving = self.filtered(lambda ticket: ticket.stage_id != stage)
        reopened = moving.filtered("closed") if not stage.closed else moving.browse()
        waiting = moving.filtered("telecom_waiting_since")
        closing = moving - moving.filtered("closed") if stage.closed else moving[:0]
        result = super().write(vals)
        waiting._telecom_end_pause()
        if stage.telecom_state == "waiting_customer":
            moving.telecom_waiting_since = fields.Datetime.now()
        closing._telecom_close()
        reopened._telecom_reopen()
        return result

    def _telecom_stage(self, state):
        """Return the stage that stands for a state, in the claim's team."""
        self.ensure_one()
        team = self.team_id.with_company(self.company_id)
        return team._get_applicable_stages()._telecom_for_state(state)

    def _telecom_reopen(self):
        """Let the clock run again; helpdesk_mgmt keeps the date of closing."""
        for count, tickets in self.grouped("telecom_reopen_count").items():
            tickets.write(
                {
                    "closed_date": False,
                    "telecom_reopen_count": count + 1,
                    "telecom_resolution_hours": 0,
                    "telecom_resolution_result": "running",
                    "telecom_resolution_alert": "none",
                    "telecom_unsolved_reason": False,
                }
            )

    # ------------------------------------------------------------
    # Service level
    # ------------------------------------------------------------

    def _telecom_end_pause(self):
        """Add the working time spent waiting for the customer."""
        now = fields.Datetime.now()
        # sudo: resource.calendar - a customer's answer ends the pause too
        for (calendar, company), tickets in self.sudo().grouped(_working_by).items():
            first = min(tickets.mapped("telecom_waiting_since"))
            intervals = calendar._telecom_intervals(first, now, company)
            for ticket in tickets:
                seconds = service_level.working_seconds(
                    intervals, ticket.telecom_waiting_since, now
                )
                ticket.write(
                    {
                        "telecom_paused_seconds": ticket.telecom_paused_seconds
                        + int(seconds),
                        "telecom_waiting_since": False,
                        "telecom_resolution_alert": "none",
                    }
                )

    def _telecom_measure(self, target, ends):
        """Store how long the first answer or the end took.

        :param target: ``response`` or ``resolution``
        :param ends: dict of moments by claim
        """
        # sudo: resource.calendar - measured whoever answered
        for (calendar, company), tickets in self.sudo().grouped(_working_by).items():
            intervals = calendar._telecom_intervals(
                min(ticket.create_date for ticket in tickets),
                max(ends[ticket.id] for ticket in tickets),
                company,
            )
            for ticket in tickets:
                end = ends[ticket.id]
                seconds = service_level.working_seconds(
                    intervals, ticket.create_date, end
                )
                if target == "resolution":
                    seconds = max(seconds - ticket.telecom_paused_seconds, 0)
                deadline = ticket[f"telecom_{target}_deadline"]
                result = "none"
                if deadline:
                    result = "met" if end <= deadline else "missed"
                ticket.write(
                    {
                        f"telecom_{target}_hours": seconds / 3600,
                        f"telecom_{target}_result": result,
                    }
                )

    def _telecom_answered(self):
        """Note that the customer has had a first answer."""
        tickets = self.filtered(lambda ticket: not ticket.telecom_first_response_at)
        now = fields.Datetime.now()
        # sudo: helpdesk.ticket - measured fields are nobody's to write
        tickets.sudo().telecom_first_response_at = now
        tickets._telecom_measure("response", dict.fromkeys(tickets.ids, now))

    def _telecom_close(self):
        """Store the times of claims that were closed just now."""
        now = fields.Datetime.now()
        ends = {ticket.id: ticket.closed_date or now for ticket in self}
        unanswered = self.filtered(lambda ticket: not ticket.telecom_first_response_at)
        for ticket in unanswered:
            ticket.telecom_first_response_at = ends[ticket.id]
        unanswered._telecom_measure("response", ends)
        self._telecom_measure("resolution", ends)

    @api.model
    def _cron_telecom_alerts(self):
        """Warn of claims that are soon late, and of those that are."""
        now = fields.Datetime.now()
        domain = [
            ("telecom_next_alert_at", "<=", now),
            (
                "company_id",
                "not in",
                self.env["res.company"]._telecom_closed("claims", "write"),
            ),
        ]
        remaining = self.search_count(domain)
        while tickets := self.search(
            domain, limit=BATCH, order="telecom_next_alert_at"
        ):
            tickets._telecom_alert(now)
            remaining = max(remaining - len(tickets), 0)
            if not self.env["ir.cron"]._commit_progress(
                len(tickets), remaining=remaining
            ):
                break

    def _telecom_alert(self, now):
        """Tell those in charge how far the deadlines of these claims have come."""
        told = {"claim_warning": {}, "claim_late": {}}
        for ticket in self:
            values, worst = {}, None
            for target in ticket._telecom_open_targets():
                name = f"telecom_{target}_alert"
                alert = service_level.alert_at(
                    now,
                    ticket[f"telecom_{target}_warning_at"],
                    ticket[f"telecom_{target}_deadline"],
                )
                if alert != ticket[name] and alert != "none":
                    values[name] = alert
                    worst = "late" if "late" in (worst, alert) else "warning"
            ticket.write(values)
            if worst:
                told[f"claim_{worst}"][ticket] = ticket._telecom_in_charge(worst)
        for kind, recipients in told.items():
            self.env["telecom.notification"]._telecom_notify(kind, recipients)

    def _telecom_in_charge(self, alert):
        """Return who is told about a claim: whoever handles it, else his team."""
        self.ensure_one()

        def here(users):
            return users.filtered(lambda user: self.company_id in user.company_ids)

        # Whoever no longer works for this operator cannot be the only one told
        users = here(self.user_id) or here(self.team_id.user_ids)
        if alert == "late":
            users |= here(self.team_id.user_id)
        return users

    def _telecom_notification_text(self, kind):
        self.ensure_one()
        values = {"number": self.number, "name": self.name}
        if kind == "claim_warning":
            subject = self.env._("Claim %(number)s is soon late: %(name)s", **values)
        elif kind == "claim_late":
            subject = self.env._("Claim %(number)s is late: %(name)s", **values)
        elif kind == "claim_answer":
            subject = self.env._(
                "The customer answered claim %(number)s: %(name)s", **values
            )
        elif kind == "claim_escalated":
            subject = self.env._(
                "Claim %(number)s was escalated to you: %(name)s", **values
            )
        else:
            subject = self.env._("Claim %(number)s is yours: %(name)s", **values)
        return subject, self.description or Markup()

    # ------------------------------------------------------------
    # Messages
    # ------------------------------------------------------------

    def _creation_message(self):
        return self.env._("Claim received")

    def _rating_get_operator(self):
        return self.user_id.partner_id

    def rating_apply(self, rate, **kwargs):
        # A rating is no answer: it reopens nothing
        return super(
            HelpdeskTicket, self.with_context(telecom_rating=True)
        ).rating_apply(rate, **kwargs)

    def _message_post_after_hook(self, message, msg_values):
        """The customer's answer moves the claim; ours to him is the first answer."""
        result = super()._message_post_after_hook(message, msg_values)
        if self.env.context.get("telecom_rating") or message.message_type not in (
            "comment",
            "email",
        ):
            return result
        customer = self.commercial_partner_id
        if customer and message.author_id.commercial_partner_id == customer:
            # sudo: helpdesk.ticket - customers may not write on claims; an answer
            # of theirs moves the state of their own, nothing else
            self.sudo()._telecom_customer_answered()
        elif not message.is_internal and message.author_id.user_ids.filtered(
            lambda user: not user.share
        ):
            self._telecom_answered()
        return result

    def _telecom_customer_answered(self):
        self.ensure_one()
        if self.telecom_state == "waiting_customer":
            self.telecom_state = "progress"
        elif self.telecom_state in CLOSED_STATES:
            self.telecom_state = "reopened"
        else:
            return
        self.env["telecom.notification"]._telecom_notify(
            "claim_answer", {self: self._telecom_in_charge("warning")}
        )

    @api.model
    def message_new(self, msg, custom_values=None):
        """Find the sender among the customers of the alias's operator.

        The same address may be known to several operators.
        """
        values = dict(custom_values or {})
        team = self.env["helpdesk.ticket.team"].browse(values.get("team_id") or ())
        company = team.company_id
        if company.telecom_tenant:
            address = email_normalize(msg.get("email_from") or msg.get("from"))
            customer = self.env["res.partner"].search(
                [
                    ("email_normalized", "=", address or False),
                    ("company_id", "=", company.id),
                ],
                order="telecom_customer desc, id",
                limit=1 if address else 0,
            )
            values.update(
                company_id=company.id,
                partner_id=customer.id,
                partner_name=customer.name,
                # Or whoever runs the mail gateway would be in charge
                user_id=False,
            )
        return super().message_new(msg, custom_values=values)

    # ------------------------------------------------------------
    # Portal
    # ------------------------------------------------------------

    def _telecom_timeline(self):
        """Return what the customer is shown of the claim's way, oldest first.

        :return: ``[{at, stage, state}]``; stages in the reader's language
        """
        self.ensure_one()
        # sudo: mail.tracking.value - stages only, of a claim whose page is shown
        moves = (
            self.env["mail.tracking.value"]
            .sudo()
            .search(
                [
                    ("mail_message_id.model", "=", self._name),
                    ("mail_message_id.res_id", "=", self.id),
                    ("field_id.model", "=", self._name),
                    ("field_id.name", "=", "stage_id"),
                ],
                order="id",
            )
        )
        # sudo: helpdesk.ticket.stage - names
        Stage = self.env["helpdesk.ticket.stage"].sudo()
        first = moves[:1].old_value_integer or (not moves and self.stage_id.id)
        steps = [(self.create_date, Stage.browse(first or ()))]
        steps += [
            (move.create_date, Stage.browse(move.new_value_integer)) for move in moves
        ]
        if steps[-1][1] != self.stage_id:
            steps.append((self.last_stage_update or self.create_date, self.stage_id))
        return [
            {"at": at, "stage": stage.sudo(), "state": stage.sudo().telecom_state}
            for at, stage in steps
            if stage.sudo().exists()
        ]

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_telecom_take(self):
        """Take these claims in hand."""
        self.write({"user_id": self.env.uid, "telecom_state": "progress"})

    def action_telecom_wait_customer(self):
        self.telecom_state = "waiting_customer"

    def action_telecom_wait_third(self):
        self.telecom_state = "waiting_third"

    def action_telecom_resume(self):
        self.telecom_state = "progress"

    def action_telecom_reopen(self):
        self.telecom_state = "reopened"

    def action_telecom_close(self):
        """Open the dialog that closes these claims, solved or not."""
        return self._telecom_dialog(
            "telecom.claim.close",
            self.env._("Claim Treated"),
            default_state="treated",
            default_solution_id=self.telecom_solution_id.id
            if len(self) == 1
            else False,
            default_note=self.telecom_solution_note if len(self) == 1 else False,
        )

    def action_telecom_close_unsolved(self):
        return self._telecom_dialog(
            "telecom.claim.close",
            self.env._("Close without Solution"),
            default_state="unsolved",
        )

    def action_telecom_hand_over(self):
        return self._telecom_dialog("telecom.claim.handover", self.env._("Hand Over"))

    def action_telecom_escalate(self):
        return self._telecom_dialog(
            "telecom.claim.handover", self.env._("Escalate"), default_escalate=True
        )

    def action_telecom_merge(self):
        return self._telecom_dialog("telecom.claim.merge", self.env._("Merge Claims"))

    def action_telecom_split(self):
        self.ensure_one()
        return self._telecom_dialog("telecom.claim.split", self.env._("Split Claim"))

    # ------------------------------------------------------------
    # Merge and split
    # ------------------------------------------------------------

    def _telecom_merge(self, target):
        """Bring everything of these claims into another one and archive them."""
        for ticket in self:
            ticket.message_change_thread(target)
            target.message_post(
                body=Markup("<p>%s</p>%s")
                % (
                    self.env._(
                        "Merged: claim %(number)s, “%(name)s”",
                        number=ticket.number,
                        name=ticket.name,
                    ),
                    ticket.description or "",
                ),
                subtype_xmlid="mail.mt_note",
            )
        # sudo: ir.attachment, mail.activity - those of claims the user may write on
        for model in ("ir.attachment", "mail.activity"):
            self.env[model].sudo().search(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)]
            ).write({"res_id": target.id})
        target.message_subscribe(self.message_partner_ids.ids)
        target.priority = max((self | target).mapped("priority"))
        self.with_context(tracking_disable=True).write(
            {"duplicate_id": target.id, "active": False}
        )
        body = self.env._("Merged into claim %s", target.number)
        self._message_log_batch(bodies=dict.fromkeys(self.ids, body))

    def _telecom_prepare_split(self, vals):
        """Return the values of a claim that is split off this one."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "partner_name": self.partner_name,
            "partner_email": self.partner_email,
            "telecom_line_id": self.telecom_line_id.id,
            "channel_id": self.channel_id.id,
            "priority": self.priority,
            "telecom_origin_id": self.id,
            "user_id": False,
            **vals,
        }

    def _telecom_dialog(self, model, name, **defaults):
        if len(self.company_id) > 1:
            raise UserError(self.env._("Choose claims of one operator."))
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_ids": self.ids, **defaults},
        }


def _working_by(ticket):
    """Return by which calendar, and by whose holidays, a claim is measured."""
    level = ticket.telecom_level_id
    return level.calendar_id, level.company_id
