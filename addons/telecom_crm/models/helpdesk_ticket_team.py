from odoo import fields, models

from .helpdesk_ticket_category import CLAIM_BRANCHES


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    telecom_branch = fields.Selection(
        CLAIM_BRANCHES,
        string="Branch",
        help="Claims of this branch come here, unless another team has their category.",
    )

    def _get_applicable_stages(self):
        """An operator with stages of its own does not use the shared ones too."""
        stages = super()._get_applicable_stages()
        company = self.company_id or self.env.company
        if company.telecom_tenant:
            return stages.filtered("company_id") or stages
        return stages
