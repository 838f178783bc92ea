from odoo import api, fields, models


class TelecomAgentPause(models.TransientModel):
    """A supervisor makes agents not ready and says why."""

    _name = "telecom.agent.pause"
    _description = "Make Agents Not Ready"
    _inherit = ["telecom.reference.mixin"]

    agent_ids = fields.Many2many("telecom.agent", required=True)
    company_ids = fields.Many2many("res.company", compute="_compute_company_ids")
    reason_id = fields.Many2one(
        "telecom.pause.reason",
        domain="[('company_id', 'in', company_ids),"
        " ('kind', 'in', ('break', 'work', 'forced'))]",
        help="Set by a supervisor when empty.",
    )

    @api.depends("agent_ids")
    def _compute_company_ids(self):
        for wizard in self:
            wizard.company_ids = wizard.agent_ids.company_id

    def action_confirm(self):
        """Pause the agents at once; a call in progress goes on."""
        self.ensure_one()
        self.agent_ids.action_force_presence("not_ready", self.reason_id.id)
        return {"type": "ir.actions.act_window_close"}
