from odoo import fields, models


class TelecomAgentEvent(models.Model):
    """Append-only log of every status change and action on telephony."""

    _name = "telecom.agent.event"
    _description = "Agent Event"
    _order = "id desc"
    _rec_name = "kind"
    _log_access = False

    at = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    company_id = fields.Many2one(
        "res.company", string="Provider", required=True, index=True
    )
    operator_id = fields.Many2one(
        "res.company", help="The operator whose call or queue was acted on."
    )
    agent_id = fields.Many2one("telecom.agent", index=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", string="Done by", help="Empty when the system did it."
    )
    ip_address = fields.Char(string="From")
    kind = fields.Selection(
        [
            ("login", "Login"),
            ("logout", "Logout"),
            ("presence", "Presence"),
            ("activity", "Activity"),
            ("forced", "Forced by a supervisor"),
            ("command", "Call action"),
            ("wrapup", "Wrap-up"),
            ("configuration", "Configuration"),
        ],
        required=True,
    )
    presence = fields.Char()
    activity = fields.Char()
    reason_id = fields.Many2one("telecom.pause.reason")
    call_id = fields.Many2one("telecom.call", ondelete="set null")
    detail = fields.Char()
