from odoo import fields, models

from .telecom_counter_sale import PAYMENT_METHODS


class TelecomCounterPayment(models.Model):
    """What one means of payment brought of a counter sale; given back, it is negative.

    Without the change: what stays in the drawer.
    """

    _name = "telecom.counter.payment"
    _description = "Payment of a Counter Sale"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "sale_id desc, id"
    _rec_name = "method"

    sale_id = fields.Many2one(
        "telecom.counter.sale",
        string="Counter Sale",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    boutique_id = fields.Many2one(
        related="sale_id.boutique_id", store=True, index="btree_not_null"
    )
    method = fields.Selection(
        PAYMENT_METHODS, string="Means of Payment", required=True, default="cash"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(required=True)
