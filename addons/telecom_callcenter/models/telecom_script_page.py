from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TelecomScriptPage(models.Model):
    """What an agent sees at a time."""

    _name = "telecom.script.page"
    _description = "Script Page"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "script_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    script_id = fields.Many2one(
        "telecom.script",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="script_id.company_id", store=True, index=True, precompute=True
    )
    block_ids = fields.One2many("telecom.script.block", "page_id", copy=True)
    next_page_id = fields.Many2one(
        "telecom.script.page",
        check_company=True,
        copy=False,
        ondelete="set null",
        help="After this page, where no answer says otherwise; the one below if empty.",
    )
    ends = fields.Boolean(help="The script is over after this page.")

    @api.constrains("next_page_id", "script_id")
    def _check_next(self):
        for page in self:
            if page.next_page_id and page.next_page_id.script_id != page.script_id:
                raise ValidationError(
                    self.env._("A script leads to its own pages only.")
                )
