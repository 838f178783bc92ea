import datetime
import math

from odoo import api, fields, models


class TelecomPbxCommand(models.Model):
    """Something Odoo asks the gateway of a PBX to do, once and soon.

    The gateway is woken by ``NOTIFY telecom_gateway``; a command older than
    ``expires_at`` is not executed any more, so that nothing happens to a caller
    minutes after somebody clicked.
    """

    _name = "telecom.pbx.command"
    _description = "Command to a PBX"
    _order = "id"

    pbx_id = fields.Many2one(
        "telecom.pbx", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="pbx_id.company_id", store=True, index=True, precompute=True
    )
    agent_id = fields.Many2one("telecom.agent", ondelete="cascade")
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    name = fields.Selection(
        [
            ("apply_status", "Apply the agent's status"),
            ("apply_credentials", "Apply the agent's credentials"),
            ("dial", "Dial"),
            ("dial_seller", "Dial for a field seller"),
            ("hangup", "Hang up"),
            ("answer", "Answer"),
            ("hold", "Hold"),
            ("unhold", "Resume"),
            ("mute", "Mute"),
            ("unmute", "Unmute"),
            ("dtmf", "Send digits"),
            ("blind_transfer", "Blind transfer"),
            ("attended_transfer", "Attended transfer"),
            ("complete_transfer", "Complete the transfer"),
            ("cancel_transfer", "Cancel the transfer"),
            ("conference", "Conference of three"),
        ],
        required=True,
    )
    payload = fields.Json(
        default=dict,
        groups="base.group_system",
        help="What the command takes; digits that were sent are not kept.",
    )
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("expired", "Expired"),
        ],
        default="pending",
        required=True,
    )
    error = fields.Char()
    expires_at = fields.Datetime(required=True)

    _pending = models.Index("(pbx_id, id) WHERE state = 'pending'")

    def write(self, vals):
        """Digits may be a PIN: they go as soon as they are sent, or not sent."""
        result = super().write(vals)
        if vals.get("state", "pending") != "pending":
            self.filtered(lambda command: command.name == "dtmf").payload = {}
        return result

    @api.model
    def _expiry(self, seconds):
        # Datetimes are stored in whole seconds: never less than what was asked for
        return fields.Datetime.now() + datetime.timedelta(seconds=math.ceil(seconds))

    @api.autovacuum
    def _gc_commands(self):
        """Commands are done or expired within seconds; what was done stays in the
        log of events."""
        limit = fields.Datetime.now() - datetime.timedelta(days=7)
        # sudo: telecom.pbx.command - runs as the system
        self.sudo().search([("expires_at", "<", limit)], limit=10000).unlink()
