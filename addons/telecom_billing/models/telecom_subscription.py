from odoo import api, fields, models

SUBSCRIPTION_SEQUENCE = "telecom.subscription"
STATES = [
    ("draft", "Draft"),
    ("active", "Active"),
    ("suspended", "Suspended"),
    ("terminated", "Terminated"),
]


class TelecomSubscription(models.Model):
    """What a customer has and pays for: an offer, on a line, from a day on.

    Its changes (``telecom.subscription.change``) are the truth: offer, quantity and
    state are what they say of today, and any period, past or future, is charged from
    them. Options are subscriptions of their own on the same line.
    """

    _name = "telecom.subscription"
    _description = "Subscription"
    _inherit = ["mail.thread", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _rec_names_search = ["name", "line_id.msisdn"]

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    name = fields.Char(string="Number", required=True, default="/", copy=False)
    state = fields.Selection(
        STATES,
        string="Status",
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )

    # Who and what
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="Who uses the service; the billing account says who pays.",
    )
    account_id = fields.Many2one(
        "telecom.billing.account",
        string="Billing Account",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    billing_group = fields.Char(
        string="Group of Lines",
        help="Lines of one group share an invoice, when the billing account groups.",
    )
    line_id = fields.Many2one(
        "telecom.line",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    product_id = fields.Many2one(
        "product.product",
        string="Offer",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    order_line_id = fields.Many2one(
        "sale.order.line",
        string="Ordered by",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
        readonly=True,
        copy=False,
    )

    # When
    cycle_day = fields.Integer(related="account_id.cycle_day")
    date_start = fields.Date(
        string="First Day", readonly=True, copy=False, index="btree_not_null"
    )
    date_end = fields.Date(
        string="Last Day", readonly=True, copy=False, index="btree_not_null"
    )
    engagement_end = fields.Date(string="Engaged until", readonly=True, copy=False)
    change_ids = fields.One2many(
        "telecom.subscription.change", "subscription_id", string="History", copy=False
    )

    _name_unique = models.UniqueIndex(
        "(company_id, name)", "This operator has a subscription of that number."
    )
    _order_line_unique = models.Index("(order_line_id, line_id)")
    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A subscription has a quantity above zero."
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") in ("/", False):
                company_id = vals.get("company_id") or self.env.company.id
                vals["name"] = self._next_number(company_id)
        return super().create(vals_list)

    @api.model
    def _next_number(self, company_id):
        # sudo: ir.sequence - numbers are given by the subscription's own operator
        sequences = self.env["ir.sequence"].sudo()
        sequence = sequences.search(
            [("code", "=", SUBSCRIPTION_SEQUENCE), ("company_id", "=", company_id)],
            limit=1,
        ) or sequences.create(
            {
                "name": "Subscription",
                "code": SUBSCRIPTION_SEQUENCE,
                "company_id": company_id,
                "prefix": "AB",
                "padding": 7,
            }
        )
        return sequence.next_by_id()
