from odoo import fields, models


class LoyaltyReward(models.Model):
    """A reward that may go on every month."""

    _inherit = "loyalty.reward"

    telecom_months = fields.Integer(
        string="Off Monthly Prices (months)",
        help="The percentage is taken off the monthly prices, for so many months; "
        "nothing is taken off the order itself.",
    )

    _telecom_months_positive = models.Constraint(
        "CHECK(telecom_months >= 0)", "A number of months cannot be negative."
    )
