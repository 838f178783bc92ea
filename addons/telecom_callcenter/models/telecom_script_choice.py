from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TelecomScriptChoice(models.Model):
    """An answer to choose, and where the script goes on then."""

    _name = "telecom.script.choice"
    _description = "Choice in a Script"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "block_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    block_id = fields.Many2one(
        "telecom.script.block",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="block_id.company_id", store=True, index=True, precompute=True
    )
    goto_page_id = fields.Many2one(
        "telecom.script.page", check_company=True, copy=False, ondelete="set null"
    )
    ends = fields.Boolean(help="The script is over after this answer.")

    @api.constrains("goto_page_id", "block_id")
    def _check_goto(self):
        for choice in self:
            script = choice.block_id.page_id.script_id
            if choice.goto_page_id and choice.goto_page_id.script_id != script:
                raise ValidationError(
                    self.env._("A script leads to its own pages only.")
                )
