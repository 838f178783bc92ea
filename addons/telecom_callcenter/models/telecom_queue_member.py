from odoo import fields, models


class TelecomQueueMember(models.Model):
    """An agent of the provider serving a queue of the operator."""

    _name = "telecom.queue.member"
    _description = "Agent in a Queue"
    _order = "penalty, id"
    _rec_name = "agent_id"

    queue_id = fields.Many2one(
        "telecom.queue", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="queue_id.company_id",
        string="Operator",
        store=True,
        index=True,
        precompute=True,
    )
    agent_id = fields.Many2one(
        "telecom.agent", required=True, index=True, ondelete="cascade"
    )
    penalty = fields.Integer(
        default=0, help="Agents with a lower penalty are called first."
    )

    _member_unique = models.Constraint(
        "UNIQUE(queue_id, agent_id)", "This agent is in this queue already."
    )
