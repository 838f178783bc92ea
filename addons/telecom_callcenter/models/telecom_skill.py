from odoo import fields, models


class TelecomSkill(models.Model):
    """What an agent can do: a language, a product, a technique."""

    _name = "telecom.skill"
    _description = "Agent Skill"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "kind, name"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        string="Provider",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [("language", "Language"), ("product", "Product"), ("other", "Other")],
        required=True,
        default="other",
    )
    language_id = fields.Many2one(
        "telecom.language", help="The language this skill stands for."
    )


class TelecomAgentSkill(models.Model):
    _name = "telecom.agent.skill"
    _description = "Skill of an Agent"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _rec_name = "skill_id"

    agent_id = fields.Many2one(
        "telecom.agent", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="agent_id.company_id", store=True, index=True, precompute=True
    )
    skill_id = fields.Many2one(
        "telecom.skill", required=True, check_company=True, ondelete="cascade"
    )
    level = fields.Integer(
        default=3, required=True, help="From 1 (beginner) to 5 (expert)."
    )

    _agent_skill_unique = models.Constraint(
        "UNIQUE(agent_id, skill_id)", "An agent has each skill only once."
    )
    _level_range = models.Constraint(
        "CHECK(level BETWEEN 1 AND 5)", "A skill's level is between 1 and 5."
    )
