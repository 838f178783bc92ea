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
    telecom_cycle_day = fields.Integer(
        string="Cycle of New Accounts",
        required=True,
        default=1,
        help="The day of the month, 1 to 28, on which the periods of new billing "
        "accounts begin.",
    )

    _telecom_cycle_day_in_month = models.Constraint(
        "CHECK(telecom_cycle_day BETWEEN 1 AND 28)",
        "Periods begin between the 1st and the 28th: every month has these days.",
    )
