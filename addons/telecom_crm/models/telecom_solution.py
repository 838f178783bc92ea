from odoo import api, fields, models
from odoo.tools import SQL

from .helpdesk_ticket_category import CLAIM_BRANCHES


class TelecomSolution(models.Model):
    """What helps against a kind of trouble, found again for similar claims."""

    _name = "telecom.solution"
    _description = "Solution of Claims"
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True)
    description = fields.Text(
        string="What to Do", help="Proposed as the text that the customer is told."
    )
    show_in_portal = fields.Boolean(
        string="Shown to Customers",
        help="Customers see its text on the portal while they type a claim like those "
        "it solved.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    branch = fields.Selection(CLAIM_BRANCHES)
    category_id = fields.Many2one("helpdesk.ticket.category", check_company=True)
    ticket_ids = fields.One2many("helpdesk.ticket", "telecom_solution_id")
    used_count = fields.Integer(string="Used", compute="_compute_counts")
    worked_count = fields.Integer(
        string="Worked",
        compute="_compute_counts",
        help="Claims that were treated with it and not reopened.",
    )

    @api.depends("ticket_ids.telecom_state", "ticket_ids.telecom_reopen_count")
    def _compute_counts(self):
        counts = self._telecom_counts()
        for solution in self:
            solution.used_count, solution.worked_count = counts.get(solution.id, (0, 0))

    def _telecom_counts(self, latest=None):
        """Return ``{solution id: (times used, times it worked)}``.

        Claims still in progress count for neither.

        :param int latest: look at so many claims of each, the latest; all by default
        """
        if not self.ids:
            return {}
        self.env["helpdesk.ticket"].flush_model(
            ["telecom_solution_id", "telecom_reopen_count", "telecom_state"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT solution.id, count(*),
                       count(*) FILTER (WHERE claim.telecom_state = 'treated'
                                    AND COALESCE(claim.telecom_reopen_count, 0) = 0)
                  FROM unnest(%s) AS solution(id)
            CROSS JOIN LATERAL (
                       SELECT telecom_state, telecom_reopen_count
                         FROM helpdesk_ticket
                        WHERE telecom_solution_id = solution.id
                          AND telecom_state IN ('treated', 'unsolved', 'reopened')
                     ORDER BY id DESC
                        LIMIT %s) AS claim
              GROUP BY solution.id
                """,
                list(self.ids),
                latest,
            )
        )
        return {solution: (used, worked) for solution, used, worked in rows}

    def action_view_claims(self):
        """Show the claims it was used for."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_crm.action_telecom_claim"
        )
        action["domain"] = [("telecom_solution_id", "=", self.id)]
        action["context"] = {}
        return action
