from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .helpdesk_ticket_category import CLAIM_BRANCHES


class HelpdeskTicket(models.Model):
    """A customer's claim."""

    _inherit = "helpdesk.ticket"
    _check_company_auto = True

    telecom_branch = fields.Selection(
        CLAIM_BRANCHES,
        string="Branch",
        compute="_compute_telecom_branch",
        store=True,
        readonly=False,
        index="btree_not_null",
        tracking=True,
    )
    telecom_line_id = fields.Many2one(
        "telecom.line",
        string="Line",
        check_company=True,
        index="btree_not_null",
        domain="[('partner_id', 'child_of', commercial_partner_id)]",
        help="The line the claim is about.",
    )

    # The open claims of a customer, read each time his card is shown
    _telecom_partner_idx = models.Index("(partner_id, stage_id)")

    @api.depends("category_id")
    def _compute_telecom_branch(self):
        for ticket in self:
            ticket.telecom_branch = (
                ticket.category_id.telecom_branch or ticket.telecom_branch
            )

    @api.depends("user_id", "company_id")
    def _compute_team_id(self):
        """Take the assigned user's team of this operator.

        Instead of helpdesk_mgmt's, which takes his first team: an agent has one at
        each of the operators he works for.
        """
        for ticket in self.filtered(lambda ticket: not ticket.team_id):
            ticket.team_id = ticket.user_id.helpdesk_team_ids.filtered(
                lambda team, ticket=ticket: (
                    not team.company_id or team.company_id == ticket.company_id
                )
            )[:1]

    @api.constrains("company_id", "team_id", "category_id", "stage_id", "channel_id")
    def _check_telecom_company(self):
        """Nothing of one operator on the claim of another."""
        for ticket in self:
            for name in ("team_id", "category_id", "stage_id", "channel_id"):
                company = ticket[name].company_id
                if company in (company.browse(), ticket.company_id):
                    continue
                if company.telecom_tenant or ticket.company_id.telecom_tenant:
                    raise ValidationError(
                        self.env._(
                            "“%(value)s” belongs to another company than the claim.",
                            value=ticket[name].display_name,
                        )
                    )

    @api.onchange("partner_id")
    def _onchange_telecom_partner(self):
        customer = self.partner_id.commercial_partner_id
        if self.telecom_line_id.partner_id.commercial_partner_id != customer:
            lines = customer.telecom_line_ids.filtered(
                lambda line: line.state in ("active", "suspended")
            )
            self.telecom_line_id = lines if len(lines) == 1 else False
