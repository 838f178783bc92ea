from odoo import fields, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    telecom_boutique_id = fields.Many2one(
        "telecom.boutique",
        string="Boutique",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The shop the claim is about.",
    )
