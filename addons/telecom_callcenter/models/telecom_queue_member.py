from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TelecomQueueMember(models.Model):
    """An agent of the provider serving a queue of the operator."""

    _name = "telecom.queue.member"
    _description = "Agent in a Queue"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]
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
    _penalty_range = models.Constraint(
        "CHECK(penalty BETWEEN 0 AND 100)", "A penalty is between 0 and 100."
    )

    @api.depends("queue_id.name", "agent_id.name")
    def _compute_display_name(self):
        for member in self.sudo():  # sudo: telecom.agent - names only
            member.display_name = (
                f"{member.agent_id.name or ''}, {member.queue_id.name or ''}"
            )

    @api.constrains("queue_id", "agent_id")
    def _check_service(self):
        # sudo: telecom.agent - the provider of an agent, for the check
        self.env["telecom.operator.service"]._check_served(
            (member.queue_id.company_id, member.agent_id.company_id)
            for member in self.sudo()
        )

    @api.constrains("queue_id", "agent_id")
    def _check_user_company(self):
        # The calls of a queue show its operator's customers
        for member in self.sudo():  # sudo: res.users - comparing companies
            agent, operator = member.agent_id, member.queue_id.company_id
            if operator not in agent.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(agent)s cannot serve queues of %(operator)s: this company "
                        "is not among the user's companies.",
                        agent=agent.name,
                        operator=operator.name,
                    )
                )

    @api.constrains("queue_id", "agent_id")
    def _check_same_pbx(self):
        for member in self.sudo():  # sudo: telecom.pbx - comparing only
            queue, agent = member.queue_id, member.agent_id
            if queue.pbx_id != agent.pbx_id:
                raise ValidationError(
                    self.env._(
                        "%(agent)s works on the PBX %(pbx)s and cannot serve the "
                        "queue %(queue)s, which is on %(other)s.",
                        agent=agent.name,
                        pbx=agent.pbx_id.name,
                        queue=queue.name,
                        other=queue.pbx_id.name,
                    )
                )

    # -------------------------------------------------------------------------
    # ORM: Asterisk's queue files hold no members; agents join by their status
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members.agent_id._apply_status()
        return members

    def write(self, vals):
        agents = self.agent_id
        result = super().write(vals)
        (agents | self.agent_id)._apply_status()
        return result

    def unlink(self):
        agents = self.agent_id
        result = super().unlink()
        agents._apply_status()
        return result

    def _configuration_provider(self):
        return self.agent_id.company_id[:1]

    def _configuration_operator(self):
        return self.company_id[:1]
