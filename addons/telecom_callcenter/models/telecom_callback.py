from odoo import fields, models


class TelecomCallback(models.Model):
    """A promise to call at a time."""

    _name = "telecom.callback"
    _description = "Callback"
    _check_company_auto = True
    _order = "due_at, id"
    _rec_name = "number"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    campaign_id = fields.Many2one("telecom.campaign", check_company=True, index=True)
    call_id = fields.Many2one("telecom.call", check_company=True)
    partner_id = fields.Many2one("res.partner", index="btree_not_null")
    number = fields.Char(required=True)
    due_at = fields.Datetime(required=True, index=True)
    agent_id = fields.Many2one(
        "telecom.agent", help="Empty: anybody of the campaign's team."
    )
    note = fields.Text()
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("cancelled", "Cancelled")],
        default="planned",
        required=True,
    )
    done_call_id = fields.Many2one("telecom.call", check_company=True)
