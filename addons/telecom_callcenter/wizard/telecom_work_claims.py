from odoo import api, fields, models
from odoo.exceptions import UserError


class TelecomWorkClaims(models.TransientModel):
    """Claims chosen by hand that become work of a back-office campaign."""

    _name = "telecom.work.claims"
    _description = "Give Claims to the Back Office"
    _inherit = ["telecom.reference.mixin"]

    ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        "telecom_work_claims_ticket_rel",
        string="Claims",
        default=lambda self: self._default_tickets(),
    )
    ticket_count = fields.Integer(compute="_compute_ticket_count")
    company_id = fields.Many2one("res.company", compute="_compute_ticket_count")
    campaign_id = fields.Many2one(
        "telecom.campaign",
        required=True,
        domain="[('kind', '=', 'back_office'), ('company_id', '=', company_id)]",
    )

    def _default_tickets(self):
        if self.env.context.get("active_model") != "helpdesk.ticket":
            return False
        return self.env["helpdesk.ticket"].search(
            [
                ("id", "in", self.env.context.get("active_ids") or []),
                ("closed", "=", False),
            ]
        )

    @api.depends("ticket_ids")
    def _compute_ticket_count(self):
        for wizard in self:
            wizard.ticket_count = len(wizard.ticket_ids)
            wizard.company_id = wizard.ticket_ids.company_id[:1]

    def action_take(self):
        """Make work of the claims, and show it.

        :raises UserError: a claim is of another operator than the campaign
        """
        self.ensure_one()
        if self.ticket_ids.company_id - self.campaign_id.company_id:
            raise UserError(self.env._("Choose claims of the campaign's operator."))
        self.campaign_id._take_claims(self.ticket_ids)
        return self.campaign_id.action_view_work()
