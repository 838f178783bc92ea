from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import plaintext2html

URGENT = "3"


class TelecomClaimHandover(models.TransientModel):
    """Gives claims to another team or person, or a level up."""

    _name = "telecom.claim.handover"
    _description = "Hand Claims Over"

    ticket_ids = fields.Many2many("helpdesk.ticket", string="Claims", required=True)
    company_id = fields.Many2one("res.company", related="ticket_ids.company_id")
    escalate = fields.Boolean()
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        domain="[('company_id', 'in', (company_id, False))]",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain="[('share', '=', False), ('helpdesk_team_ids', '=', team_id)]",
    )
    reason = fields.Text(required=True, help="What the next person must know.")

    @api.depends("ticket_ids", "escalate")
    def _compute_team_id(self):
        for wizard in self:
            team = wizard.ticket_ids.team_id[:1]
            wizard.team_id = (wizard.escalate and team.parent_id) or team

    @api.onchange("team_id")
    def _onchange_team_id(self):
        if self.escalate:
            self.user_id = self.team_id.user_id
        elif self.user_id not in self.team_id.user_ids:
            self.user_id = False

    def action_confirm(self):
        """Hand over, with the reason as a note, and tell whoever gets them."""
        self.ensure_one()
        tickets = self.ticket_ids
        # First the team: a user of another team would be dropped with it
        tickets.write({"team_id": self.team_id.id, "user_id": self.user_id.id})
        if self.escalate:
            for (count, priority), group in tickets.grouped(
                lambda ticket: (ticket.telecom_escalation, ticket.priority or "0")
            ).items():
                group.write(
                    {
                        "telecom_escalation": count + 1,
                        "priority": str(min(int(priority) + 1, int(URGENT))),
                    }
                )
        receivers = self.user_id or self.team_id.user_id or self.team_id.user_ids
        title = (
            self.env._("Escalated to %s", self.user_id.name or self.team_id.name)
            if self.escalate
            else self.env._("Handed over to %s", self.user_id.name or self.team_id.name)
        )
        body = Markup("<p>%s</p>%s") % (title, plaintext2html(self.reason))
        for ticket in tickets:
            ticket.message_post(body=body, subtype_xmlid="mail.mt_note")
        self.env["telecom.notification"]._telecom_notify(
            "claim_escalated" if self.escalate else "claim_assigned",
            {ticket: receivers - self.env.user for ticket in tickets},
        )
