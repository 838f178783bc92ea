from odoo import api, fields, models

PRICE_KINDS = [("one_time", "Once"), ("recurring", "Every Month")]
PRICE_STATES = [("draft", "Prepared"), ("confirmed", "Announced")]


class TelecomOfferPrice(models.Model):
    """What an offer costs from a date on.

    The first price of an offer stands at once; a later one is prepared, then announced
    to the subscribers, and counts from its date on. A price never changes what is
    billed already.
    """

    _name = "telecom.offer.price"
    _description = "Price of an Offer"
    _inherit = ["telecom.owned.mixin", "telecom.notified.mixin"]
    _check_company_auto = True
    _order = "product_tmpl_id, kind, date_from desc, id"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    product_tmpl_id = fields.Many2one(
        "product.template",
        string="Offer",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    kind = fields.Selection(
        PRICE_KINDS, string="Charged", required=True, default="recurring"
    )
    amount = fields.Monetary(string="Price", required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    state = fields.Selection(
        PRICE_STATES,
        string="Status",
        required=True,
        readonly=True,
        copy=False,
        default="confirmed",
    )
    announced_at = fields.Datetime(readonly=True, copy=False)

    _date_unique = models.Constraint(
        "UNIQUE(product_tmpl_id, company_id, kind, date_from)",
        "The offer has a price from this date on already.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "A price cannot be negative."
    )

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------

    @api.model
    def _telecom_of_templates(self, templates, kind, until=None):
        """Return the announced prices of offers, in the present company.

        :param product.template templates: the offers
        :param str kind: ``one_time`` or ``recurring``
        :param date until: prices that begin later are left out
        :return: {template id: [(first day, amount), …]}, sorted by day
        :rtype: dict
        """
        found = {}
        if not templates.ids:
            return found
        domain = [
            ("product_tmpl_id", "in", templates.ids),
            ("company_id", "=", self.env.company.id),
            ("kind", "=", kind),
            ("state", "=", "confirmed"),
        ]
        if until:
            domain.append(("date_from", "<=", until))
        for price in self.search_fetch(
            domain, ["product_tmpl_id", "date_from", "amount"], order="date_from, id"
        ):
            found.setdefault(price.product_tmpl_id.id, []).append(
                (price.date_from, price.amount)
            )
        return found
