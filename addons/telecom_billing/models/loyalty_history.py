from odoo import models


class LoyaltyHistory(models.Model):
    """A bill gives its points once."""

    _inherit = "loyalty.history"

    _telecom_bill_unique = models.UniqueIndex(
        "(order_id, card_id) WHERE order_model = 'account.move'",
        "This bill has given its points already.",
    )
