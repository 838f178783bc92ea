from odoo import fields, models

ACTIVITIES = [
    ("idle", "Idle"),
    ("ringing", "Ringing"),
    ("talking", "Talking"),
    ("hold", "On hold"),
    ("consulting", "Consulting"),
    ("wrapup", "Wrap-up"),
    ("manual", "Dialling"),
    ("chat", "Chat"),
]


class TelecomAgentLive(models.Model):
    """What an agent's telephone is doing; one row per agent, by the gateway."""

    _name = "telecom.agent.live"
    _description = "Agent's Live State"
    _rec_name = "agent_id"

    agent_id = fields.Many2one("telecom.agent", required=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="agent_id.company_id", store=True, index=True, precompute=True
    )
    activity = fields.Selection(ACTIVITIES, default="idle", required=True)
    activity_since = fields.Datetime(default=fields.Datetime.now)
    registered = fields.Boolean(help="The device is reachable.")
    channel = fields.Char(help="Asterisk's name of the agent's channel.")
    call_id = fields.Many2one("telecom.call", ondelete="set null")
    consult = fields.Json(help="Whom the agent consults: {target, state}.")
    wrapup_id = fields.Many2one("telecom.call.wrapup", ondelete="set null")

    _agent_unique = models.Constraint("UNIQUE(agent_id)", "One live row per agent.")

    def write(self, vals):
        """Every change of activity is logged, at the time it happened."""
        before = {row.id: row.activity for row in self} if "activity" in vals else {}
        result = super().write(vals)
        changed = self.filtered(
            lambda row: row.id in before and row.activity != before[row.id]
        )
        if changed:
            Event = self.env["telecom.agent.event"]
            Event._log_all(
                [
                    Event._prepare(
                        "activity",
                        row.agent_id,
                        activity=row.activity,
                        call=row.call_id,
                        at=row.activity_since,
                    )
                    for row in changed
                ]
            )
        return result
