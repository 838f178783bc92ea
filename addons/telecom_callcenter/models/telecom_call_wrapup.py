from odoo import fields, models


class TelecomCallWrapup(models.Model):
    """What an agent adds to a call: notes, disposition, qualification, survey."""

    _name = "telecom.call.wrapup"
    _description = "Call Wrap-up"
    _inherit = ["rating.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "call_id"

    call_id = fields.Many2one(
        "telecom.call", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="call_id.company_id", store=True, index=True, precompute=True
    )
    campaign_id = fields.Many2one(
        related="call_id.campaign_id", store=True, precompute=True
    )
    agent_id = fields.Many2one("telecom.agent", required=True, index=True)
    partner_id = fields.Many2one("res.partner", index="btree_not_null")
    state = fields.Selection(
        [("open", "Open"), ("done", "Done")], default="open", required=True
    )
    disposition_id = fields.Many2one(
        "telecom.disposition", check_company=True, ondelete="restrict"
    )
    qualification_id = fields.Many2one(
        "telecom.qualification", check_company=True, ondelete="restrict"
    )
    note = fields.Text()
    callback_id = fields.Many2one("telecom.callback", check_company=True)
    started_at = fields.Datetime(help="When the conversation ended.")
    done_at = fields.Datetime()
    wrapup_seconds = fields.Float()
    survey_state = fields.Selection(
        [("none", "None"), ("queued", "Queued"), ("answered", "Answered")],
        default="none",
    )

    _call_agent_unique = models.Constraint(
        "UNIQUE(call_id, agent_id)", "One wrap-up per agent and call."
    )
