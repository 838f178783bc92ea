from odoo import fields, models


class TelecomCallLeg(models.Model):
    """One channel of a call."""

    _name = "telecom.call.leg"
    _description = "Call Leg"
    _check_company_auto = True
    _order = "start_at, id"
    _rec_name = "channel"

    call_id = fields.Many2one(
        "telecom.call", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="call_id.company_id", store=True, index=True, precompute=True
    )
    pbx_id = fields.Many2one("telecom.pbx", required=True)
    uniqueid = fields.Char(required=True)
    linkedid = fields.Char()
    channel = fields.Char()
    kind = fields.Selection(
        [("caller", "Caller"), ("agent", "Agent"), ("other", "Other")],
        default="other",
        required=True,
    )
    agent_id = fields.Many2one("telecom.agent", index="btree_not_null")
    start_at = fields.Datetime()
    answered_at = fields.Datetime()
    ended_at = fields.Datetime()
    hangup_cause = fields.Integer()

    _agent_day = models.Index("(agent_id, answered_at) WHERE answered_at IS NOT NULL")
    _uniqueid_unique = models.Constraint(
        "UNIQUE(pbx_id, uniqueid)", "A channel is recorded once."
    )
