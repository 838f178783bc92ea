from odoo import fields, models

CLAIM_BRANCHES = [
    ("technical", "Technical"),
    ("financial", "Financial"),
    ("relational", "Relational"),
]


class HelpdeskTicketCategory(models.Model):
    _inherit = "helpdesk.ticket.category"

    telecom_branch = fields.Selection(
        CLAIM_BRANCHES,
        string="Branch",
        help="The branch of claims of this category.",
    )
