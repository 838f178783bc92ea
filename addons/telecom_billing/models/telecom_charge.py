from odoo import fields, models


class TelecomCharge(models.Model):
    """What was charged: once per subscription, period, kind and key.

    The database refuses a second one, whoever invoices: a run, a run done again, two
    at once, or a bill between cycles.
    """

    _name = "telecom.charge"
    _description = "Charge"
    _check_company_auto = True
    _order = "date_from desc, id desc"

    name = fields.Char(string="Description", required=True)
    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency", required=True)
    subscription_id = fields.Many2one(
        "telecom.subscription",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    account_id = fields.Many2one(
        "telecom.billing.account",
        string="Billing Account",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    run_id = fields.Many2one(
        "telecom.bill.run",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    product_id = fields.Many2one("product.product", string="Offer", ondelete="restrict")
    kind = fields.Selection(
        [
            ("recurring", "Recurring"),
            ("one_time", "One-Time"),
            ("usage", "Usage"),
            ("termination_fee", "Termination Fee"),
            ("correction", "Correction"),
        ],
        required=True,
    )
    key = fields.Char(
        required=True,
        default="",
        help="Tells charges of the same kind and period apart.",
    )
    date_from = fields.Date(string="First Day", required=True)
    date_to = fields.Date(string="Last Day", required=True)
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    price = fields.Float(string="Unit Price", digits="Product Price", required=True)
    discount = fields.Float(digits="Discount")
    amount = fields.Monetary(string="Before Tax", required=True)
    # How many changes of the subscription it was reckoned from. Their times do not
    # tell: one that was being written meanwhile is older than the charge, and unknown
    change_count = fields.Integer(readonly=True, export_string_translation=False)

    _once = models.UniqueIndex(
        "(subscription_id, kind, date_from, key)",
        "A subscription is charged once for a period.",
    )
