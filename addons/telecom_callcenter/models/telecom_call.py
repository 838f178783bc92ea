from odoo import fields, models


class TelecomCall(models.Model):
    """The facts of one conversation with a caller, whatever its legs.

    Written by the gateway and its ledger only; what people add is in
    ``telecom.call.wrapup``.
    """

    _name = "telecom.call"
    _description = "Call"
    _check_company_auto = True
    _order = "start_at desc, id desc"
    _rec_name = "caller_number"

    # Whose
    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True
    )
    pbx_id = fields.Many2one("telecom.pbx", required=True, index=True)
    provider_id = fields.Many2one(
        related="pbx_id.company_id", string="Provider", store=True, precompute=True
    )
    campaign_id = fields.Many2one(
        "telecom.campaign", check_company=True, index=True, ondelete="restrict"
    )
    queue_id = fields.Many2one(
        "telecom.queue", check_company=True, index=True, ondelete="restrict"
    )
    did = fields.Char(string="Called Number")

    # Who
    direction = fields.Selection(
        [("inbound", "Inbound"), ("outbound", "Outbound"), ("internal", "Internal")],
        required=True,
        default="inbound",
    )
    uniqueid = fields.Char(required=True, help="Asterisk's id of the first channel.")
    linkedids = fields.Json(help="Every linkedid the call's channels ever had.")
    caller_number = fields.Char(
        index="btree_not_null", help="E.164, or as presented; empty when withheld."
    )
    caller_name = fields.Char()
    partner_id = fields.Many2one("res.partner", index="btree_not_null")
    agent_id = fields.Many2one(
        "telecom.agent", index="btree_not_null", help="The last one who talked."
    )

    # What became of it
    state = fields.Selection(
        [
            ("ringing", "Ringing"),
            ("waiting", "Waiting"),
            ("talking", "Talking"),
            ("hold", "On hold"),
            ("ended", "Ended"),
        ],
        required=True,
        default="ringing",
    )
    outcome = fields.Selection(
        [
            ("answered", "Answered"),
            ("abandoned", "Abandoned"),
            ("timeout", "Waited too long"),
            ("full", "Queue full or without agents"),
            ("closed", "Closed"),
            ("unavailable", "Unavailable"),
            ("interrupted", "Interrupted"),
            ("busy", "Busy"),
            ("no_answer", "No answer"),
            ("failed", "Failed"),
        ]
    )
    hangup_by = fields.Selection([("caller", "Caller"), ("agent", "Agent")])
    hangup_cause = fields.Integer()
    priority = fields.Integer()
    language = fields.Char()

    # When (UTC)
    start_at = fields.Datetime(required=True, index=True)
    queued_at = fields.Datetime()
    answered_at = fields.Datetime()
    ended_at = fields.Datetime()
    wait_seconds = fields.Float()
    ring_seconds = fields.Float()
    talk_seconds = fields.Float()
    hold_seconds = fields.Float()
    duration_seconds = fields.Float()

    # Where it comes from
    ledger = fields.Selection(
        [
            ("live", "Live, not yet in the ledger"),
            ("confirmed", "Confirmed by the ledger"),
            ("corrected", "Corrected by the ledger"),
            ("missing", "Missing from the ledger"),
        ],
        required=True,
        default="live",
    )
    leg_ids = fields.One2many("telecom.call.leg", "call_id")
    visit_ids = fields.One2many("telecom.call.visit", "call_id")
    wrapup_ids = fields.One2many("telecom.call.wrapup", "call_id")

    # SMS owed to a caller who reached nobody
    channels_sms_state = fields.Selection(
        [("none", "None"), ("due", "Due"), ("queued", "Queued")], default="none"
    )

    _uniqueid_unique = models.Constraint(
        "UNIQUE(pbx_id, uniqueid)", "A call is recorded once."
    )
    _open_calls = models.Index("(pbx_id, start_at) WHERE state != 'ended'")
    _history = models.Index("(company_id, caller_number, start_at DESC)")
