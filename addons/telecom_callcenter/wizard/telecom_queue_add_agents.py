from odoo import Command, api, fields, models
from odoo.exceptions import UserError

BEST_LEVEL = 5


class TelecomQueueAddAgents(models.TransientModel):
    """Add agents to a queue by what they know; the better they know it, the earlier
    they are called."""

    _name = "telecom.queue.add.agents"
    _description = "Add Agents to a Queue"
    _inherit = ["telecom.reference.mixin"]

    queue_id = fields.Many2one("telecom.queue", required=True, ondelete="cascade")
    skill_ids = fields.Many2many(
        "telecom.skill",
        compute="_compute_skill_ids",
        # Proposes what the reader may see, of a queue that the reader may see
        compute_sudo=False,
        store=True,
        readonly=False,
        help="Agents who have all of these skills are proposed; everybody of the PBX "
        "when empty.",
    )
    minimum_level = fields.Integer(
        default=1, required=True, help="Of each of these skills, from 1 to 5."
    )
    penalty_step = fields.Integer(
        default=1,
        required=True,
        help="What each level below 5 adds to the penalty: experts are called first. "
        "0 treats all alike.",
    )
    line_ids = fields.One2many(
        "telecom.queue.add.agents.line",
        "wizard_id",
        string="Agents",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
    )

    _minimum_level_range = models.Constraint(
        "CHECK(minimum_level BETWEEN 1 AND 5)", "A skill's level is between 1 and 5."
    )
    _penalty_step_range = models.Constraint(
        "CHECK(penalty_step BETWEEN 0 AND 20)", "A step is between 0 and 20."
    )

    @api.depends("queue_id")
    def _compute_skill_ids(self):
        for wizard in self:
            wizard.skill_ids = wizard.queue_id.skill_ids

    @api.depends("queue_id", "skill_ids", "minimum_level", "penalty_step")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "agent_id": agent.id,
                            "level": level,
                            "penalty": (BEST_LEVEL - level) * wizard.penalty_step,
                        }
                    )
                    for agent, level in wizard._matching_agents()
                ),
            ]

    def _matching_agents(self):
        """Agents who may serve the queue and do not yet, with their lowest level of
        the skills asked for, the best first.

        :return: list of (``telecom.agent``, level)
        """
        self.ensure_one()
        queue = self.queue_id._origin
        if not queue:
            return []
        queue.check_access("read")
        agents = self.env["telecom.agent"].search(
            [
                ("pbx_id", "=", queue.pbx_id.id),
                ("id", "not in", queue.member_ids.agent_id.ids),
            ]
        )
        wanted = self.skill_ids._origin
        if not wanted:
            return [(agent, BEST_LEVEL) for agent in agents]
        levels = {
            agent.id: (level, count)
            for agent, level, count in self.env["telecom.agent.skill"]._read_group(
                [
                    ("agent_id", "in", agents.ids),
                    ("skill_id", "in", wanted.ids),
                    ("level", ">=", self.minimum_level),
                ],
                ["agent_id"],
                ["level:min", "__count"],
            )
        }
        found = [
            (agent, levels[agent.id][0])
            for agent in agents
            if levels.get(agent.id, (0, 0))[1] == len(wanted)
        ]
        return sorted(found, key=lambda pair: -pair[1])

    def action_add(self):
        """Put the proposed agents into the queue."""
        self.ensure_one()
        if not self.line_ids:
            raise UserError(self.env._("No agent has these skills."))
        self.env["telecom.queue.member"].create(
            [
                {
                    "queue_id": self.queue_id.id,
                    "agent_id": line.agent_id.id,
                    "penalty": line.penalty,
                }
                for line in self.line_ids
            ]
        )
        return {"type": "ir.actions.act_window_close"}


class TelecomQueueAddAgentsLine(models.TransientModel):
    _name = "telecom.queue.add.agents.line"
    _description = "Agent to Be Added to a Queue"
    _inherit = ["telecom.reference.mixin"]
    _order = "penalty, id"

    wizard_id = fields.Many2one(
        "telecom.queue.add.agents", required=True, ondelete="cascade"
    )
    agent_id = fields.Many2one("telecom.agent", required=True, ondelete="cascade")
    level = fields.Integer(readonly=True)
    penalty = fields.Integer()
