from odoo import api, fields, models
from odoo.exceptions import UserError


class TelecomClaimClose(models.TransientModel):
    """Ends claims: with what solved them, or with the reason why nothing did."""

    _name = "telecom.claim.close"
    _description = "Close Claims"

    ticket_ids = fields.Many2many("helpdesk.ticket", string="Claims", required=True)
    company_id = fields.Many2one("res.company", related="ticket_ids.company_id")
    state = fields.Selection(
        [("treated", "Treated"), ("unsolved", "Closed without Solution")],
        default="treated",
        required=True,
    )
    solution_id = fields.Many2one(
        "telecom.solution",
        domain="[('company_id', '=', company_id)]",
    )
    note = fields.Text(
        string="What Was Done",
        compute="_compute_note",
        store=True,
        readonly=False,
        help="The customer is told this.",
    )
    keep = fields.Boolean(
        string="Suggest for similar claims",
        help="Keep this as a solution that colleagues find again.",
    )
    title = fields.Char(
        string="Solution's Name", compute="_compute_title", store=True, readonly=False
    )
    reason = fields.Text()

    @api.depends("solution_id")
    def _compute_note(self):
        for wizard in self:
            wizard.note = wizard.note or wizard.solution_id.description

    @api.depends("ticket_ids")
    def _compute_title(self):
        for wizard in self:
            wizard.title = wizard.title or wizard.ticket_ids[:1].name

    def action_confirm(self):
        """Close the claims in the state chosen."""
        self.ensure_one()
        if self.state == "unsolved":
            if not (self.reason or "").strip():
                raise UserError(self.env._("Say why there is no solution."))
            self.ticket_ids.write(
                {
                    "telecom_unsolved_reason": self.reason,
                    "telecom_state": "unsolved",
                }
            )
            return
        solution = self.solution_id
        if self.keep and not solution:
            ticket = self.ticket_ids[0]
            solution = solution.create(
                {
                    "name": self.title or ticket.name,
                    "description": self.note,
                    "company_id": ticket.company_id.id,
                    "branch": ticket.telecom_branch,
                    "category_id": ticket.category_id.id,
                }
            )
        self.ticket_ids.write(
            {
                "telecom_solution_id": solution.id,
                "telecom_solution_note": self.note,
                "telecom_state": "treated",
            }
        )
        # A claim settled on the telephone is whoever settled it's, of no queue
        self.ticket_ids.filtered(
            lambda ticket: not ticket.user_id
        ).user_id = self.env.user
