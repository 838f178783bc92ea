from odoo import fields, models


class TelecomCallVisit(models.Model):
    """One stay of a call in a queue, and each agent it rang."""

    _name = "telecom.call.visit"
    _description = "Stay of a Call in a Queue"
    _check_company_auto = True
    _order = "entered_at, id"
    _rec_name = "queue_id"

    call_id = fields.Many2one(
        "telecom.call", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="call_id.company_id", store=True, index=True, precompute=True
    )
    queue_id = fields.Many2one("telecom.queue", required=True, ondelete="restrict")
    number = fields.Integer(required=True, help="First stay of the call, second…")
    entered_at = fields.Datetime(required=True)
    left_at = fields.Datetime()
    position = fields.Integer(help="Place in the queue on entering.")
    result = fields.Selection(
        [
            ("answered", "Answered"),
            ("abandoned", "Abandoned"),
            ("timeout", "Waited too long"),
            ("full", "Queue full or without agents"),
            ("requeued", "Queued again"),
            ("interrupted", "Interrupted"),
        ]
    )
    agent_id = fields.Many2one("telecom.agent", index="btree_not_null")
    wait_seconds = fields.Float()
    talk_seconds = fields.Float()
    missed_agent_ids = fields.Many2many("telecom.agent", string="Rang without Answer")

    _queue_day = models.Index("(queue_id, entered_at)")
    _visit_unique = models.Constraint(
        "UNIQUE(call_id, number)", "Stays of a call are numbered."
    )
