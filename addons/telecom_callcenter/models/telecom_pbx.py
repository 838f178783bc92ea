import json
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.clock import epoch
from ..tools.sip import turn_password

#: A gateway writes its heartbeat every few seconds
SILENT_AFTER = timedelta(seconds=30)
#: PostgreSQL channel on which the gateways listen
GATEWAY_CHANNEL = "telecom_gateway"


class TelecomPbx(models.Model):
    """One Asterisk server and the gateway beside it."""

    _name = "telecom.pbx"
    _description = "PBX"
    _inherit = [
        "mail.thread",
        "telecom.configuration.mixin",
        "telecom.owned.mixin",
    ]
    _check_company_auto = True
    _order = "name"

    name = fields.Char(required=True)
    code = fields.Char(
        required=True,
        help="Asterisk's systemname: the prefix of its unique ids.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Provider",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True)

    # Where Asterisk is, seen from the gateway on its host
    ami_host = fields.Char(string="AMI Host", default="127.0.0.1", required=True)
    ami_port = fields.Integer(string="AMI Port", default=5038, required=True)

    # What the browsers need
    websocket_url = fields.Char(
        string="WebSocket URL",
        default="/ws",
        required=True,
        help="Where softphones connect: an absolute ws(s):// address, or a path "
        "on Odoo's own host.",
    )
    sip_domain = fields.Char(string="SIP Domain", default="127.0.0.1", required=True)
    sip_port = fields.Integer(
        string="SIP Port", default=5060, required=True, help="For SIP desk phones."
    )
    stun_url = fields.Char(string="STUN URL")
    turn_url = fields.Char(string="TURN URL")
    turn_secret = fields.Char(
        string="TURN Shared Secret",
        groups="telecom_callcenter.group_callcenter_admin",
        copy=False,
    )

    # What the dialplan plays and keeps
    country_id = fields.Many2one(
        "res.country",
        required=True,
        default=lambda self: self.env.company.country_id,
        help="How numbers without an international prefix are read.",
    )
    default_language = fields.Char(
        default="fr", help="Language of Asterisk's own prompts."
    )

    # Configuration: Odoo raises the wanted revision, the gateway applies it
    config_revision = fields.Integer(default=1, copy=False, readonly=True)

    # What the gateway reports, in a table of its own row by row
    status_ids = fields.One2many("telecom.pbx.status", "pbx_id")
    link_state = fields.Selection(related="status_ids.link_state")
    link_since = fields.Datetime(related="status_ids.link_since")
    last_event_at = fields.Datetime(related="status_ids.last_event_at")
    heartbeat_at = fields.Datetime(related="status_ids.heartbeat_at")
    config_applied_revision = fields.Integer(
        related="status_ids.config_applied_revision"
    )
    config_error = fields.Text(related="status_ids.config_error")

    trunk_ids = fields.One2many("telecom.trunk", "pbx_id")
    queue_ids = fields.One2many("telecom.queue", "pbx_id")
    agent_ids = fields.One2many("telecom.agent", "pbx_id")
    did_ids = fields.One2many("telecom.did", "pbx_id")

    _code_unique = models.Constraint("UNIQUE(code)", "Each PBX has a code of its own.")
    _ami_port_range = models.Constraint(
        "CHECK(ami_port BETWEEN 1 AND 65535)", "A port is between 1 and 65535."
    )

    @api.constrains("code")
    def _check_code(self):
        for pbx in self:
            # It becomes the prefix of unique ids, and part of file names
            if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,19}", pbx.code):
                raise ValidationError(
                    self.env._(
                        "“%(code)s” is no code for a PBX: use up to 20 small letters, "
                        "digits, - and _, beginning with a letter or digit.",
                        code=pbx.code,
                    )
                )

    @api.constrains("websocket_url")
    def _check_websocket_url(self):
        for pbx in self:
            if not pbx.websocket_url.startswith(("/", "ws://", "wss://")):
                raise ValidationError(
                    self.env._(
                        "“%(url)s” is no WebSocket address: it begins with wss://, "
                        "ws:// or, on Odoo's own host, /.",
                        url=pbx.websocket_url,
                    )
                )

    @api.constrains("turn_url", "turn_secret", "stun_url")
    def _check_ice_servers(self):
        for pbx in self:
            if pbx.stun_url and not pbx.stun_url.startswith(("stun:", "stuns:")):
                raise ValidationError(
                    self.env._("A STUN URL begins with stun: or stuns:.")
                )
            if pbx.turn_url and not pbx.turn_url.startswith(("turn:", "turns:")):
                raise ValidationError(
                    self.env._("A TURN URL begins with turn: or turns:.")
                )

    # -------------------------------------------------------------------------
    # ORM
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        pbxs = super().create(vals_list)
        # sudo: telecom.pbx.status - written by the gateway, created here so that
        # there is always exactly one
        self.env["telecom.pbx.status"].sudo().create(
            [{"pbx_id": pbx.id} for pbx in pbxs]
        )
        self.env["telecom.pause.reason"]._ensure_defaults(pbxs.company_id)
        return pbxs

    # -------------------------------------------------------------------------
    # Configuration and commands, for the gateway
    # -------------------------------------------------------------------------

    def _configuration_pbxs(self):
        return self

    def _configuration_ignored(self):
        return {"config_revision"}

    def _request_configuration(self):
        """Ask the gateways of these PBXs to take the configuration anew.

        The wanted revision rises by one per transaction, however often this is
        called, and the gateways are told when the transaction commits.
        """
        ids = set(self.ids)
        if not ids:
            return
        precommit = self.env.cr.precommit
        wanted = precommit.data.get("telecom.pbx.configuration")
        if wanted is not None:
            wanted.update(ids)
            return
        precommit.data["telecom.pbx.configuration"] = ids

        # At the end of the transaction, so that the row of a PBX is locked for as
        # short as possible
        @precommit.add
        def raise_revisions():
            self._raise_configuration_revision(
                precommit.data.pop("telecom.pbx.configuration")
            )

    @api.model
    def _raise_configuration_revision(self, ids):
        self.env.flush_all()
        raised = self.env.execute_query(
            SQL(
                """UPDATE telecom_pbx SET config_revision = config_revision + 1
                WHERE id IN %s RETURNING id, config_revision""",
                tuple(sorted(ids)),
            )
        )
        for pbx_id, revision in raised:
            self._notify_gateway(pbx=pbx_id, config=revision)
        self.browse(ids).invalidate_recordset(["config_revision"], flush=False)

    @api.model
    def _notify_gateway(self, **message):
        """Wake the gateways with a small JSON message, at commit."""
        self.env.cr.execute(
            SQL("SELECT pg_notify(%s, %s)", GATEWAY_CHANNEL, json.dumps(message))
        )

    def _ice_servers(self, username, expires_at):
        """STUN and TURN servers for a browser, in the form of RTCIceServer.

        :param str username: whom the TURN credentials are for
        :param int expires_at: epoch second after which they do not work any more
        """
        self.ensure_one()
        servers = []
        if self.stun_url:
            servers.append({"urls": [self.stun_url]})
        if self.turn_url and self.turn_secret:
            user = f"{expires_at}:{username}"
            servers.append(
                {
                    "urls": [self.turn_url],
                    "username": user,
                    "credential": turn_password(self.turn_secret, user),
                }
            )
        return servers

    def _send_command(self, name, agent=None, expires_in=10, **payload):
        """Ask the gateway to do something, once and soon.

        :param str name: one of the names of ``telecom.pbx.command``
        :param agent: the ``telecom.agent`` it is about
        :param float expires_in: seconds after which it must not be done any more
        :param payload: what the command takes, see docs/callcenter-internals.md
        :return: the ``telecom.pbx.command``, with the rights of the superuser
        """
        self.ensure_one()
        # sudo: telecom.pbx.command - nobody creates commands by hand; who may give
        # which is checked by the callers
        command = (
            self.env["telecom.pbx.command"]
            .sudo()
            .create(
                {
                    "pbx_id": self.id,
                    "agent_id": agent.id if agent else False,
                    "user_id": self.env.uid,
                    "name": name,
                    "payload": payload,
                    "expires_at": self.env["telecom.pbx.command"]._expiry(expires_in),
                }
            )
        )
        self._notify_gateway(pbx=self.id, command=command.id)
        return command


class TelecomPbxStatus(models.Model):
    """What the gateway of a PBX last reported; written by the gateway only.

    A table of its own, so that a gateway's heartbeat never conflicts with an
    administrator who edits the PBX.
    """

    _name = "telecom.pbx.status"
    _description = "PBX Status"
    _rec_name = "pbx_id"

    pbx_id = fields.Many2one("telecom.pbx", required=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="pbx_id.company_id", store=True, index=True, precompute=True
    )
    link_state = fields.Selection(
        [
            ("down", "Down"),
            ("connecting", "Connecting"),
            ("synchronising", "Synchronising"),
            ("up", "Up"),
        ],
        default="down",
        required=True,
    )
    link_since = fields.Datetime()
    last_event_at = fields.Datetime()
    heartbeat_at = fields.Datetime(help="Written by the gateway every few seconds.")
    asterisk_version = fields.Char()
    config_applied_revision = fields.Integer()
    config_applied_at = fields.Datetime()
    config_error = fields.Text()
    backlog = fields.Integer(help="Facts waiting to be written.")
    ledger_lag_seconds = fields.Float()
    ledger_offset = fields.Json(help="Where the gateway stands in each ledger file.")
    channels = fields.Integer()
    calls = fields.Integer()
    trunks_away = fields.Json(help="Ids of trunks that Asterisk cannot reach.")

    _pbx_unique = models.Constraint("UNIQUE(pbx_id)", "One status per PBX.")

    def _link(self):
        """Whether calls are seen and directed now, as desks show it.

        :return: ``{state, since}``; a gateway that is silent is as good as down
        """
        if not self.heartbeat_at:
            return {"state": "down", "since": False}
        if self._is_silent():
            return {"state": "down", "since": epoch(self.heartbeat_at)}
        return {"state": self.link_state, "since": epoch(self.link_since)}

    def _is_silent(self):
        return self.heartbeat_at < fields.Datetime.now() - SILENT_AFTER

    @api.model
    def _cron_watch_gateways(self):
        """Tell desks of gateways that died without a word.

        The one thing that is written here in a gateway's place: back again, it
        finds the state changed and tells all desks.
        """
        silent = self.search(
            [
                ("link_state", "!=", "down"),
                ("heartbeat_at", "<", fields.Datetime.now() - SILENT_AFTER),
            ]
        )
        for status in silent:
            status.write({"link_state": "down", "link_since": status.heartbeat_at})
        silent.pbx_id.agent_ids.filtered(
            lambda agent: agent.presence != "offline"
        )._bus_state()
