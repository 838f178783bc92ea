from odoo import api, fields, models


class TelecomScriptAnswer(models.Model):
    """What was answered to a question of a script, in a call or in back-office work.
    Written by the desk."""

    _name = "telecom.script.answer"
    _description = "Answer to a Script"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "call_id desc, item_id desc, id"
    _rec_name = "question"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        compute="_compute_of",
        store=True,
        required=True,
        index=True,
        precompute=True,
    )
    call_id = fields.Many2one(
        "telecom.call",
        index="btree_not_null",
        check_company=True,
        ondelete="cascade",
    )
    item_id = fields.Many2one(
        "telecom.work.item",
        string="Work Item",
        index="btree_not_null",
        check_company=True,
        ondelete="cascade",
    )
    campaign_id = fields.Many2one(
        "telecom.campaign", compute="_compute_of", store=True, precompute=True
    )
    contact_id = fields.Many2one(
        "telecom.campaign.contact",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    partner_id = fields.Many2one(
        "res.partner", index="btree_not_null", check_company=True
    )
    agent_id = fields.Many2one("telecom.agent")
    user_id = fields.Many2one("res.users", help="Who asked, in back-office work.")
    script_id = fields.Many2one(
        "telecom.script", index=True, check_company=True, ondelete="set null"
    )
    block_id = fields.Many2one(
        "telecom.script.block", check_company=True, ondelete="set null"
    )
    question = fields.Char(help="As it was asked: scripts change.")
    value = fields.Char(string="Answer", help="As people read it.")
    raw = fields.Json(help="The answer as the script takes it again.")

    _once = models.UniqueIndex(
        "(call_id, block_id) WHERE block_id IS NOT NULL",
        "A question is answered once in a call.",
    )
    _once_item = models.UniqueIndex(
        "(item_id, block_id) WHERE block_id IS NOT NULL AND item_id IS NOT NULL",
        "A question is answered once of a work item.",
    )
    _of_one = models.Constraint(
        "CHECK((call_id IS NULL) != (item_id IS NULL))",
        "An answer is of a call or of a work item.",
    )
    _by_somebody = models.Constraint(
        "CHECK(agent_id IS NOT NULL OR user_id IS NOT NULL)",
        "Somebody asked the question.",
    )

    def _by_block(self):
        """Return the answers as the script takes them again, by key of block."""
        found = {}
        for answer in self.filtered("block_id"):
            raw, kind = answer.raw, answer.block_id.answer_type
            if raw is False and (kind != "boolean" or not answer.value):
                # Json keeps neither 0 nor “no”: both are read as False, as is nothing
                number = answer.value and kind in ("integer", "float")
                raw = 0 if number else None
            found[str(answer.block_id.id)] = raw
        return found

    @api.depends("call_id", "item_id")
    def _compute_of(self):
        for answer in self:
            source = answer.call_id or answer.item_id
            answer.company_id = source.company_id
            answer.campaign_id = source.campaign_id
