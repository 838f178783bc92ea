from odoo import fields, models
from odoo.exceptions import UserError

CHANGES = [
    ("start", "Start"),
    ("suspend", "Suspension"),
    ("resume", "Return to Service"),
    ("offer", "Change of Offer"),
    ("quantity", "Change of Quantity"),
    ("terminate", "End"),
    ("withdraw", "Withdrawal of a Change"),
]


class TelecomSubscriptionChange(models.Model):
    """What happened to a subscription, in force from the beginning of a day on.

    Written once: a change in the past is a new one, and what was planned is withdrawn
    by another.
    """

    _name = "telecom.subscription.change"
    _description = "Change of a Subscription"
    _inherit = ["telecom.append.only"]
    _check_company_auto = True
    _order = "date desc, id desc"
    _rec_name = "kind"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True
    )
    subscription_id = fields.Many2one(
        "telecom.subscription",
        required=True,
        check_company=True,
        ondelete="cascade",
    )
    date = fields.Date(required=True, help="In force from this day on.")
    kind = fields.Selection(CHANGES, string="What Changes", required=True)
    product_id = fields.Many2one(
        "product.product", string="Offer", check_company=True, ondelete="restrict"
    )
    quantity = fields.Float(digits="Product Unit")
    waive_fee = fields.Boolean(
        string="No Termination Fee",
        help="Nothing is charged although the engagement has not ended.",
    )
    withdrawn_id = fields.Many2one(
        "telecom.subscription.change",
        string="Withdraws",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    reason = fields.Char()
    user_id = fields.Many2one(
        "res.users", string="By", default=lambda self: self.env.user
    )

    _subscription_date_idx = models.Index("(subscription_id, date)")
    _offer_given = models.Constraint(
        "CHECK(kind NOT IN ('start', 'offer') OR product_id IS NOT NULL)",
        "A start and a change of offer name the offer.",
    )
    _quantity_given = models.Constraint(
        "CHECK(kind NOT IN ('start', 'quantity') OR quantity > 0)",
        "A start and a change of quantity give a quantity above zero.",
    )
    _withdrawn_given = models.Constraint(
        "CHECK((kind = 'withdraw') = (withdrawn_id IS NOT NULL))",
        "A withdrawal names the change that it withdraws.",
    )

    def action_withdraw(self):
        """Take back a planned change; the history keeps both."""
        for change in self:
            subscription = change.subscription_id
            subscription.check_access("write")
            if change.date <= subscription.company_id._telecom_today():
                raise UserError(
                    self.env._("Only what is planned for later can be withdrawn.")
                )
            subscription._telecom_change(
                "withdraw", change.date, withdrawn_id=change.id
            )
        return True
