import secrets
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..engine import agent_status, agent_time
from ..tools.clock import epoch, midnight
from ..tools.sip import SIP_REALM, sip_ha1

#: How long TURN credentials given to a browser work
TURN_SECONDS = 12 * 3600
#: How long a browser's SIP secret works when no other is asked for
SECRET_SECONDS = TURN_SECONDS + 3600

#: Written by ``_set_presence`` only
PRESENCE_FIELDS = {"presence", "presence_reason_id", "presence_since", "login_at"}
PRESENCES = [
    ("offline", "Offline"),
    ("ready", "Ready"),
    ("not_ready", "Not ready"),
    ("pause_requested", "Pause requested"),
]


class TelecomAgent(models.Model):
    """A user's telephony identity.

    What people decide (presence) is stored here; what the telephone does
    (activity) in ``telecom.agent.live``, written by the gateway.
    """

    _name = "telecom.agent"
    _description = "Agent"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name"

    # Identity
    user_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="restrict"
    )
    name = fields.Char(related="user_id.name", store=True)
    company_id = fields.Many2one(
        "res.company",
        string="Provider",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    site_id = fields.Many2one("telecom.site", required=True, check_company=True)
    pbx_id = fields.Many2one(
        "telecom.pbx", required=True, check_company=True, index=True
    )
    active = fields.Boolean(default=True)

    # Telephone
    extension = fields.Char(required=True, help="Digits; unique on the PBX.")
    device = fields.Selection(
        [("browser", "Browser"), ("phone", "SIP desk phone")],
        required=True,
        default="browser",
    )
    sip_username = fields.Char(compute="_compute_sip_username")
    # Asterisk's ``md5_cred``: MD5(username:asterisk:secret). The secret itself is
    # shown once and stored nowhere.
    sip_ha1 = fields.Char(groups="base.group_system", copy=False)
    sip_secret_at = fields.Datetime(groups="base.group_system", copy=False)

    # Work
    skill_ids = fields.One2many("telecom.agent.skill", "agent_id")
    member_ids = fields.One2many("telecom.queue.member", "agent_id")

    # Presence
    presence = fields.Selection(PRESENCES, default="offline", required=True)
    presence_reason_id = fields.Many2one("telecom.pause.reason", check_company=True)
    presence_since = fields.Datetime(default=fields.Datetime.now)
    login_at = fields.Datetime()

    # Activity
    live_ids = fields.One2many("telecom.agent.live", "agent_id")
    activity = fields.Selection(related="live_ids.activity")
    activity_since = fields.Datetime(related="live_ids.activity_since")
    registered = fields.Boolean(related="live_ids.registered")
    call_id = fields.Many2one("telecom.call", compute="_compute_call_id")

    _user_unique = models.Constraint("UNIQUE(user_id)", "A user is one agent only.")
    _extension_unique = models.Constraint(
        "UNIQUE(pbx_id, extension)", "Each extension belongs to one agent of a PBX."
    )

    def _compute_sip_username(self):
        # The database id, so that an extension can change hands without an old
        # browser registering as the new owner.
        for agent in self:
            agent.sip_username = f"agent{agent.id}" if agent.id else False

    @api.depends("live_ids.call_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_call_id(self):
        # sudo: telecom.agent.live - a call is named by its caller's number, which is
        # for those who may read the call: an agent's other operators may not
        lives = self.sudo().live_ids
        readable = lives.call_id.sudo(self.env.su)._filtered_access("read")
        for agent in self:
            agent.call_id = agent.sudo().live_ids.call_id & readable

    @api.constrains("extension")
    def _check_extension(self):
        for agent in self:
            extension = agent.extension
            if not (extension.isascii() and extension.isdigit()) or (
                not 2 <= len(extension) <= 8
            ):
                raise ValidationError(
                    self.env._(
                        "“%(extension)s” is no extension: use 2 to 8 digits.",
                        extension=extension,
                    )
                )

    @api.constrains("user_id", "company_id")
    def _check_user_company(self):
        for agent in self:
            if agent.company_id not in agent.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(agent)s cannot be an agent of %(provider)s: this company "
                        "is not among the user's companies.",
                        agent=agent.user_id.name,
                        provider=agent.company_id.name,
                    )
                )

    @api.constrains("user_id")
    def _check_user_role(self):
        for agent in self:
            # Without it there is no desk, and nothing says why
            if not agent.user_id.has_group("telecom_callcenter.group_callcenter_agent"):
                raise ValidationError(
                    self.env._(
                        "%(user)s needs the role “Agent” of the contact centre first.",
                        user=agent.user_id.name,
                    )
                )

    @api.constrains("pbx_id")
    def _check_pbx_queues(self):
        self.member_ids._check_same_pbx()

    # -------------------------------------------------------------------------
    # ORM
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {name: vals[name] for name in vals.keys() - PRESENCE_FIELDS}
                for vals in vals_list
            ]
        agents = super().create(vals_list)
        # sudo: telecom.agent.live - written by the gateway, created here so that
        # there is always exactly one
        self.env["telecom.agent.live"].sudo().create(
            [{"agent_id": agent.id} for agent in agents]
        )
        # sudo: res.users - who sets up agents need not set up users
        users = agents.user_id.sudo().filtered(lambda user: not user.action_id)
        # An agent's day begins at the desk
        users.action_id = self.env.ref("telecom_callcenter.action_telecom_desk").id
        return agents

    def write(self, vals):
        if not self.env.su and vals.keys() & PRESENCE_FIELDS:
            # By the desk or a supervisor's action: logged, and told to Asterisk
            raise AccessError(self.env._("A presence is not written by hand."))
        if vals.get("active") is False:
            self._put_out()
        before = {agent.id: (agent.user_id, agent.device) for agent in self}
        result = super().write(vals)
        # Whoever had the telephone before must not go on using it
        if vals.keys() & {"user_id", "device"}:
            self.filtered(
                lambda agent: before[agent.id] != (agent.user_id, agent.device)
            )._revoke_secret()
        return result

    def _put_out(self):
        """Log these agents out and take their telephones away."""
        self.filtered(lambda agent: agent.presence != "offline")._set_presence(
            "offline", forced=True
        )
        self._revoke_secret()

    def _configuration_pbxs(self):
        return self.pbx_id

    def _configuration_ignored(self):
        return {
            "presence",
            "presence_reason_id",
            "presence_since",
            "login_at",
            "sip_ha1",
            "sip_secret_at",
            "live_ids",
        }

    def _configuration_unheard(self):
        return {"skill_ids", "member_ids"}

    @api.model
    def _current(self, raise_if_none=True):
        """The agent this user is, with the rights of the superuser.

        :raises UserError: when the user is no agent, unless told not to
        """
        # sudo: telecom.agent - a user always finds the own identity, also while
        # working in the company of an operator
        agent = self.sudo().search([("user_id", "=", self.env.uid)], limit=1)
        if not agent and raise_if_none:
            raise UserError(self.env._("You are not an agent of the contact centre."))
        return agent

    # -------------------------------------------------------------------------
    # Presence
    # -------------------------------------------------------------------------

    def _set_presence(self, presence, reason=None, *, forced=False, detail=None):
        """Change what these agents have decided about taking calls.

        Changes of one agent happen one after the other, also from several processes;
        each is logged, sent to the desk and told to Asterisk.

        :param str presence: ``ready``, ``not_ready`` or ``offline``; a pause is only
            requested while a call is going on, unless forced
        :param reason: ``telecom.pause.reason`` of ``not_ready``
        :param bool forced: a supervisor or the system insists: it happens at once
        :param str detail: more for the log
        :return: the agents whose presence or reason changed
        :raises UserError: when an agent wants to log out with a caller on the line
        """
        # sudo: telecom.agent - presence changes by agents, supervisors and the
        # gateway, none of whom needs the right to set up agents
        agents = self.sudo()
        agents._lock_presence()
        changed = self.browse()
        Event = self.env["telecom.agent.event"]
        vals_list = []
        now = fields.Datetime.now()
        wanted_reason = reason or self.env["telecom.pause.reason"]
        for agent in agents:
            try:
                change = agent_status.request_presence(
                    agent.presence, agent._busy_activity(), presence, forced=forced
                )
            except agent_status.StatusError as error:
                raise agent._presence_refused(error, presence) from None
            away = change.presence in ("not_ready", "pause_requested")
            kept = wanted_reason if away else wanted_reason.browse()
            if not change.event and kept == agent.presence_reason_id:
                continue
            vals = {"presence": change.presence, "presence_reason_id": kept.id}
            if change.event:
                vals["presence_since"] = now
            if change.event == "login":
                vals["login_at"] = now
            elif change.event == "logout":
                vals["login_at"] = False
            agent.write(vals)
            kind = change.event or "presence"
            by_supervisor = forced and self.env.uid not in (
                agent.user_id.id,
                api.SUPERUSER_ID,
            )
            if by_supervisor:
                kind = "forced"
            vals_list.append(
                Event._prepare(
                    kind,
                    agent,
                    presence=change.presence,
                    reason=kept,
                    detail=detail,
                    at=now,
                )
            )
            changed |= self.browse(agent.id)
        Event._log_all(vals_list)
        changed._presence_changed()
        return changed

    def _settle_presence(self):
        """Begin the pauses that were asked for, where the agent is free now.

        Called when a wrap-up is done; the gateway calls it too when a telephone
        stops ringing.

        :return: the agents whose pause began
        """
        # sudo: telecom.agent - see _set_presence
        agents = self.sudo().filtered(lambda agent: agent.presence == "pause_requested")
        agents._lock_presence()
        Event = self.env["telecom.agent.event"]
        vals_list = []
        changed = self.browse()
        now = fields.Datetime.now()
        for agent in agents:
            presence = agent_status.settle_presence(
                agent.presence, agent._busy_activity()
            )
            if presence == agent.presence:
                continue
            agent.write({"presence": presence, "presence_since": now})
            vals_list.append(
                Event._prepare(
                    "presence",
                    agent,
                    presence=presence,
                    reason=agent.presence_reason_id,
                    at=now,
                )
            )
            changed |= self.browse(agent.id)
        Event._log_all(vals_list)
        changed._presence_changed()
        return changed

    def _lock_presence(self):
        """Wait for others who change the presence of these agents.

        Waits, where ``lock_for_update`` would refuse; a transaction that has read an
        older presence fails with a serialization error, and is tried again.
        """
        if not self.ids:
            return
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                """SELECT id FROM telecom_agent WHERE id IN %s
                ORDER BY id FOR NO KEY UPDATE""",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(
            ["presence", "presence_reason_id", "presence_since", "login_at"],
            flush=False,
        )

    def _busy_activity(self):
        """What the telephone does, as far as presence is concerned.

        The gateway reports the end of a wrap-up only after the fact: whether one is
        open is known here.
        """
        self.ensure_one()
        activity = self.live_ids.activity or "idle"
        if activity in ("idle", "wrapup"):
            return "wrapup" if self._open_wrapups() else "idle"
        return activity

    def _presence_refused(self, error, presence):
        if error.args[0] == "busy":
            return UserError(
                self.env._("Finish the call and its wrap-up before you log out.")
            )
        return UserError(
            self.env._("There is no status “%(presence)s”.", presence=presence)
        )

    def _presence_changed(self):
        # sudo: telecom.agent - who changes a presence need not see the PBX
        for agent in self.sudo():
            agent.pbx_id._send_command("apply_status", agent=agent, expires_in=60)
        self._bus_state()

    def _apply_status(self):
        """Have Asterisk agree with what Odoo says about these agents, those who are
        logged in: queues, penalties, pauses."""
        # sudo: telecom.agent - see _presence_changed
        for agent in self.sudo():
            if agent.presence != "offline":
                agent.pbx_id._send_command("apply_status", agent=agent, expires_in=60)

    def action_force_presence(self, presence, reason_id=False):
        """A supervisor decides about these agents' presence, at once.

        :param str presence: ``ready``, ``not_ready`` or ``offline``
        :param int reason_id: ``telecom.pause.reason``; the provider's reason "set by
            a supervisor" when left out
        :return: True
        """
        self._check_supervises()
        for company, agents in self.grouped("company_id").items():
            reason = self.env["telecom.pause.reason"]
            if presence == "not_ready":
                reason = reason.browse(reason_id).exists()
                if reason.company_id != company:
                    reason = reason._of_kind(company, "forced")
            agents._set_presence(presence, reason, forced=True)
        return True

    def action_end_wrapups(self):
        """A supervisor closes the wrap-ups these agents left open, as they are, so
        that the next call comes.

        :return: True
        """
        self._check_supervises()
        # sudo: telecom.agent, telecom.call.wrapup - of whatever operator
        agents = self.sudo()
        Event = self.env["telecom.agent.event"]
        vals_list = []
        for wrapup in agents._open_wrapups():
            wrapup._close()
            wrapup._settle_contact()
            vals_list.append(
                Event._prepare(
                    "forced",
                    wrapup.agent_id,
                    call=wrapup.call_id,
                    detail=self.env._("Wrap-up ended"),
                )
            )
        Event._log_all(vals_list)
        settled = agents._settle_presence()
        (agents - settled)._presence_changed()
        return True

    def _check_supervises(self):
        """Supervisors decide about the agents of their own company, not about those
        of the provider whose customer they are."""
        if not self.env.user.has_group(
            "telecom_callcenter.group_callcenter_supervisor"
        ):
            raise AccessError(
                self.env._("Only supervisors decide about the status of others.")
            )
        self.check_access("read")
        # sudo: res.users, telecom.agent - comparing companies
        foreign = self.sudo().company_id - self.env.user.sudo().company_ids
        if foreign:
            raise AccessError(
                self.env._(
                    "These agents belong to %(provider)s.",
                    provider=", ".join(foreign.mapped("name")),
                )
            )

    # -------------------------------------------------------------------------
    # State, for the desk
    # -------------------------------------------------------------------------

    def _bus_state(self):
        """Send each agent the present state, to the agent's own desks only."""
        # sudo: telecom.agent - the state is the agent's own; who changes it is often
        # somebody else
        agents = self.sudo()
        if not agents:
            return
        states = agents._desk_states()
        for agent_id, partner in agents._desk_partners().items():
            partner._bus_send("telecom.desk/state", states[agent_id])

    def _desk_partners(self):
        """Whose bus channel reaches these agents' desks, by agent id; those that
        exist only."""
        if not self.ids:
            return {}
        self.flush_model(["user_id"])
        self.env["res.users"].flush_model(["partner_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT agent.id, users.partner_id FROM telecom_agent agent
                JOIN res_users users ON users.id = agent.user_id WHERE agent.id IN %s
                ORDER BY agent.id""",
                tuple(self.ids),
            )
        )
        Partner = self.env["res.partner"]
        return {agent_id: Partner.browse(partner_id) for agent_id, partner_id in rows}

    def _desk_states(self):
        """What the desk shows of these agents, by agent id.

        See ``telecom.desk.get_state`` in docs/callcenter-internals.md. Times are
        epoch seconds, UTC.
        """
        # sudo: telecom.agent, .live, .call, .pbx.status - an agent's own state spans
        # the provider and the operators
        agents = self.sudo()
        now = fields.Datetime.now()
        wrapups = agents._open_wrapups()
        lives = agents._desk_prefetch(wrapups)
        links = {
            status.pbx_id: status._link()
            for status in self.env["telecom.pbx.status"]
            .sudo()
            .search_fetch(
                [("pbx_id", "in", agents.pbx_id.ids)],
                ["pbx_id", "heartbeat_at", "link_state", "link_since"],
            )
        }
        wrapups = wrapups.grouped("agent_id")
        answered, missed = agents._counts_today(now)
        states = {}
        for agent in agents:
            live = lives.get(agent, self.env["telecom.agent.live"])
            wrapup = wrapups.get(agent, self.env["telecom.call.wrapup"])[:1]
            activity = live.activity or "idle"
            since = live.activity_since
            if activity in ("idle", "wrapup"):
                # Known here before the gateway hears of it
                activity = "wrapup" if wrapup else "idle"
                if wrapup:
                    since = wrapup.started_at
            reason = agent.presence_reason_id
            states[agent.id] = {
                # To the microsecond: of two states, the desk keeps the later one
                "now": time.time(),
                "presence": agent.presence,
                "presence_since": epoch(agent.presence_since),
                "reason": {"id": reason.id, "name": reason.name} if reason else False,
                "activity": activity,
                "activity_since": epoch(since),
                "registered": live.registered,
                "login_at": epoch(agent.login_at),
                "link": links.get(agent.pbx_id)
                or self.env["telecom.pbx.status"]._link(),
                "call": live.call_id._desk_values() if live.call_id else False,
                "consult": live.consult or False,
                "wrapup": wrapup._desk_values() if wrapup else False,
                "missed_today": missed.get(agent.id, 0),
                "answered_today": answered.get(agent.id, 0),
            }
        return states

    def _desk_prefetch(self, wrapups):
        """Read what :meth:`_desk_states` shows, and no column more.

        :param wrapups: the agents' open wrap-ups
        :return: live rows by agent
        """
        self.fetch(
            [
                "presence", "presence_since", "presence_reason_id", "login_at",
                "pbx_id", "site_id",
            ]
        )  # fmt: skip
        lives = (
            self.env["telecom.agent.live"]
            .sudo()  # sudo: telecom.agent.live - see _desk_states
            .search_fetch(
                [("agent_id", "in", self.ids)],
                [
                    "agent_id", "activity", "activity_since", "registered", "call_id",
                    "consult",
                ],
            )
        )  # fmt: skip
        calls = lives.call_id | wrapups.call_id
        calls.fetch(
            [
                "company_id", "caller_number", "direction", "state", "start_at",
                "answered_at", "queue_id", "campaign_id",
            ]
        )  # fmt: skip
        calls.queue_id.fetch(["name"])
        calls.campaign_id.fetch(["name", "wrapup_limit_seconds"])
        self.presence_reason_id.fetch(["name"])
        self.site_id.fetch(["tz"])
        return {live.agent_id: live for live in lives}

    def _wallboard_state(self):
        """Where this agent counts on a wallboard; None when logged out."""
        self.ensure_one()
        if self.presence == "offline":
            return None
        activity = self.live_ids.activity or "idle"
        if activity in ("hold", "consulting", "manual"):
            activity = "talking"
        if activity in ("talking", "ringing", "wrapup"):
            return activity
        return "ready" if self.presence == "ready" and activity == "idle" else "paused"

    def _open_wrapups(self):
        """Wrap-ups these agents have not finished, the oldest first."""
        # sudo: telecom.call.wrapup - of whatever operator: the next call waits for it
        return (
            self.env["telecom.call.wrapup"]
            .sudo()
            .search([("agent_id", "in", self.ids), ("state", "=", "open")], order="id")
        )

    def _counts_today(self, now):
        """Calls answered and missed since midnight at the agent's site.

        :return: two dicts by agent id
        """
        answered, missed = {}, {}
        for site, agents in self.grouped("site_id").items():
            start = midnight(now, site.tz)
            # sudo: telecom.call.leg, .visit - counting the agent's own calls, of
            # whatever operator
            groups = (
                self.env["telecom.call.leg"]
                .sudo()
                ._read_group(
                    [("agent_id", "in", agents.ids), ("answered_at", ">=", start)],
                    ["agent_id"],
                    ["call_id:count_distinct"],
                )
            )
            answered.update({agent.id: count for agent, count in groups})
            groups = (
                self.env["telecom.call.visit"]
                .sudo()
                ._read_group(
                    [
                        ("missed_agent_ids", "in", agents.ids),
                        ("entered_at", ">=", start),
                    ],
                    ["missed_agent_ids"],
                    ["__count"],
                )
            )
            missed.update({agent.id: count for agent, count in groups})
        return answered, missed

    # -------------------------------------------------------------------------
    # Reports
    # -------------------------------------------------------------------------

    def _time_intervals(self, start, end):
        """How these agents spent the time between two moments, from the log.

        :param datetime start, end: UTC
        :return: by agent id, the list of ``engine.agent_time.Interval``: without
            overlap, adding up to the time the agent was logged in
        """
        # sudo: telecom.agent.event - the log of the agents the caller may see
        Event = self.env["telecom.agent.event"].sudo()
        logs = {agent.id: [] for agent in self}
        for event in Event.search_fetch(
            [("agent_id", "in", self.ids), ("at", ">=", start), ("at", "<", end)],
            ["agent_id", "at", "presence", "activity"],
            order="at, id",
        ):
            logs[event.agent_id.id].append(
                agent_time.Event(
                    event.at, event.presence or None, event.activity or None
                )
            )
        presences = self._last_logged("presence", start)
        activities = self._last_logged("activity", start)
        return {
            agent_id: list(
                agent_time.intervals(
                    log,
                    start,
                    end,
                    presence=presences.get(agent_id, "offline"),
                    activity=activities.get(agent_id, "idle"),
                )
            )
            for agent_id, log in logs.items()
        }

    def _last_logged(self, name, before):
        """The last presence or activity logged before a moment, by agent id."""
        if not self.ids:
            return {}
        self.env["telecom.agent.event"].flush_model()
        column = SQL.identifier(name)
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT DISTINCT ON (agent_id) agent_id, %s
                    FROM telecom_agent_event
                    WHERE agent_id IN %s AND at < %s AND %s IS NOT NULL
                    ORDER BY agent_id, at DESC, id DESC""",
                    column,
                    tuple(self.ids),
                    before,
                    column,
                )
            )
        )

    # -------------------------------------------------------------------------
    # Softphone
    # -------------------------------------------------------------------------

    def _renew_softphone(self):
        """Give the agent's browser a new SIP secret; the former one stops working.

        :return: dict of what the softphone needs. The secret is in there and nowhere
            else: only its hash is stored
        """
        self.ensure_one()
        if self.env.uid != self.user_id.id:
            raise AccessError(
                self.env._("SIP credentials are given to their own user only.")
            )
        # sudo: telecom.agent, telecom.pbx - an agent neither reads nor writes
        # telephony secrets by hand
        agent = self.sudo()
        if agent.device != "browser":
            raise UserError(self.env._("You work with a SIP desk phone."))
        secret = agent._renew_secret()
        pbx = agent.pbx_id
        expires_at = int(epoch(fields.Datetime.now())) + TURN_SECONDS
        return {
            "websocket_url": pbx.websocket_url,
            "uri": f"sip:{agent.sip_username}@{pbx.sip_domain}",
            "username": agent.sip_username,
            "realm": SIP_REALM,
            "ha1_secret": False,
            "secret": secret,
            "ice_servers": pbx._ice_servers(agent.sip_username, expires_at),
            "expires_at": expires_at,
        }

    def _renew_secret(self):
        """Give the agent's device a new SIP secret; the former one stops working.

        :return: the secret, which is stored nowhere: only its hash is
        """
        secret = secrets.token_urlsafe(24)
        self.write(
            {
                "sip_ha1": sip_ha1(self.sip_username, secret),
                "sip_secret_at": fields.Datetime.now(),
            }
        )
        self.pbx_id._send_command("apply_credentials", agent=self, expires_in=30)
        return secret

    def _revoke_secret(self):
        """The SIP secrets of these agents stop working; calls that go on do so.

        A new one takes their place that nobody has ever seen.
        """
        # sudo: telecom.agent - the hash is the superuser's own
        agents = self.sudo().filtered("sip_ha1")
        for agent in agents:
            agent._renew_secret()
        agents.sip_secret_at = False

    @api.model
    def _cron_revoke_secrets(self):
        """Browsers ask for their next secret in time: what is older was left behind."""
        limit = fields.Datetime.now() - timedelta(seconds=SECRET_SECONDS)
        self.search(
            [("device", "=", "browser"), ("sip_secret_at", "<", limit)]
        )._revoke_secret()

    def action_renew_phone(self):
        """Show an administrator, once, what to type into the agent's desk phone."""
        self.ensure_one()
        if not self.env.user.has_group("telecom_callcenter.group_callcenter_admin"):
            raise AccessError(
                self.env._("Only administrators give out telephone passwords.")
            )
        self.check_access("write")
        if self.device != "phone":
            raise UserError(
                self.env._(
                    "%(agent)s uses the browser, which gets its password by itself.",
                    agent=self.name,
                )
            )
        # sudo: telecom.agent - nobody but the superuser reads or writes the hash
        agent = self.sudo()
        secret = agent._renew_secret()
        self.env["telecom.agent.event"]._log(
            "configuration",
            agent,
            detail=self.env._("New telephone password"),
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Desk Phone of %(agent)s", agent=agent.name),
            "res_model": "telecom.agent.phone",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_username": agent.sip_username,
                "default_secret": secret,
                "default_domain": agent.pbx_id.sip_domain,
                "default_port": agent.pbx_id.sip_port,
                "default_transport": "UDP",
            },
        }
