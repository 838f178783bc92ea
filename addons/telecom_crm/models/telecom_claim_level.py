from odoo import api, fields, models

from ..tools import service_level
from .helpdesk_ticket_category import CLAIM_BRANCHES


class TelecomClaimLevel(models.Model):
    """How soon claims of a branch and priority are answered and settled."""

    _name = "telecom.claim.level"
    _description = "Claim Service Level"
    _check_company_auto = True
    _order = "company_id, branch, priority desc, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    branch = fields.Selection(CLAIM_BRANCHES, help="Empty: claims of any branch.")
    priority = fields.Selection(
        lambda self: (
            self.env["helpdesk.ticket"]
            ._fields["priority"]
            ._description_selection(self.env)
        ),
        help="Empty: claims of any priority.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        check_company=True,
        help="Only these hours count. Empty: day and night.",
    )
    response_hours = fields.Float(
        string="First Answer",
        default=4.0,
        help="Working hours until a person answers the customer. 0: no target.",
    )
    resolution_hours = fields.Float(
        string="Settled",
        default=24.0,
        help="Working hours until the claim is closed; waiting for the customer does "
        "not count. 0: no target.",
    )
    warning_percent = fields.Integer(
        string="Warning at",
        default=75,
        help="Part of the time after which those in charge are warned.",
    )

    _hours_positive = models.Constraint(
        "CHECK(response_hours >= 0 AND resolution_hours >= 0)",
        "Hours cannot be negative.",
    )
    _warning_range = models.Constraint(
        "CHECK(warning_percent BETWEEN 1 AND 100)",
        "The warning comes between 1 and 100 % of the time.",
    )

    @api.model
    def _telecom_find(self, company, branch, priority):
        """Return the service level of a claim, possibly none."""
        # sudo: telecom.claim.level - customers' claims have one too; their company's
        levels = self.sudo().search([("company_id", "=", company.id)])
        best = service_level.best_level(
            [
                {"level": level, "branch": level.branch, "priority": level.priority}
                for level in levels
            ],
            branch,
            priority,
        )
        return best["level"].with_env(self.env) if best else self.browse()
