from odoo import fields, models


class TelecomQueue(models.Model):
    """Where calls wait for agents."""

    _name = "telecom.queue"
    _description = "Queue"
    _inherit = ["mail.thread"]
    _check_company_auto = True
    _order = "name"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    # The provider's: no check_company, the service between both is checked instead
    pbx_id = fields.Many2one("telecom.pbx", required=True, index=True)
    asterisk_name = fields.Char(compute="_compute_asterisk_name")
    active = fields.Boolean(default=True)

    strategy = fields.Selection(
        [
            ("rrmemory", "In turn"),
            ("leastrecent", "Longest idle"),
            ("fewestcalls", "Fewest calls"),
            ("random", "At random"),
            ("rrordered", "In turn, in the order of the list"),
            ("linear", "In the order of the list"),
            ("wrandom", "At random, weighted by penalty"),
            ("ringall", "All at once"),
        ],
        default="leastrecent",
        required=True,
    )
    ring_seconds = fields.Integer(default=15, required=True)
    wrapup_seconds = fields.Integer(
        default=15,
        required=True,
        help="Pause between calls when the gateway cannot wait for the agent's "
        "disposition.",
    )
    max_wait_seconds = fields.Integer(
        default=600, required=True, help="0 for no limit."
    )
    max_length = fields.Integer(default=0, help="Waiting calls; 0 for no limit.")
    weight = fields.Integer(
        default=0, help="A heavier queue is served first by agents of both."
    )
    service_level_seconds = fields.Integer(default=20, required=True)
    service_level_target = fields.Integer(default=80, required=True, help="%")
    escalation_seconds = fields.Integer(
        default=60,
        help="A waiting caller's priority rises by one each time this passes, so "
        "that none starves; 0 to switch off.",
    )
    announce_position = fields.Boolean(default=True)
    announce_seconds = fields.Integer(default=45)
    music_class = fields.Char(default="default", required=True)

    member_ids = fields.One2many("telecom.queue.member", "queue_id")
    skill_ids = fields.Many2many(
        "telecom.skill", help="What agents of this queue must know."
    )

    def _compute_asterisk_name(self):
        for queue in self:
            queue.asterisk_name = f"queue{queue.id}" if queue.id else False
