from odoo import fields, models


class TelecomCounterPayment(models.Model):
    _inherit = "telecom.counter.payment"

    account_payment_id = fields.Many2one(
        "account.payment",
        string="Payment of the Invoice",
        check_company=True,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
