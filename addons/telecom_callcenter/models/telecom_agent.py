from odoo import fields, models

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
    call_id = fields.Many2one(related="live_ids.call_id")

    _user_unique = models.Constraint("UNIQUE(user_id)", "A user is one agent only.")
    _extension_unique = models.Constraint(
        "UNIQUE(pbx_id, extension)", "Each extension belongs to one agent of a PBX."
    )

    def _compute_sip_username(self):
        # The database id, so that an extension can change hands without an old
        # browser registering as the new owner.
        for agent in self:
            agent.sip_username = f"agent{agent.id}" if agent.id else False
