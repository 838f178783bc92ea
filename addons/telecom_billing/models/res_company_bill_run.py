from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_bill_run_auto = fields.Selection(
        [
            ("none", "Begun by hand"),
            ("preview", "Prepared by themselves"),
            ("invoice", "Prepared and invoiced by themselves"),
        ],
        string="Bill Runs",
        required=True,
        default="preview",
        help="What happens when a period of a cycle is over.",
    )
