from odoo import fields, models


class AccountMove(models.Model):
    """Invoices of a billing account."""

    _inherit = "account.move"

    telecom_account_id = fields.Many2one(
        "telecom.billing.account",
        string="Billing Account",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        copy=True,
    )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    telecom_fee_id = fields.Many2one(
        "telecom.invoice.fee",
        string="Stamp or Fee",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="The stamp or fee that this line charges, once per invoice.",
    )
