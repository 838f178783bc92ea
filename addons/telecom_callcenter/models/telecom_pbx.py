from odoo import fields, models


class TelecomPbx(models.Model):
    """One Asterisk server and the gateway beside it."""

    _name = "telecom.pbx"
    _description = "PBX"
    _inherit = ["mail.thread"]
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

    _pbx_unique = models.Constraint("UNIQUE(pbx_id)", "One status per PBX.")
