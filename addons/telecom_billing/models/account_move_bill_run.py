from odoo import fields, models


class AccountMove(models.Model):
    """Invoices of bill runs."""

    _inherit = "account.move"

    telecom_run_account_ids = fields.Many2many(
        "telecom.bill.run.account",
        "telecom_bill_run_account_move_rel",
        "move_id",
        "run_account_id",
        string="Bill Runs",
        copy=False,
    )
