from odoo import api, fields, models

from odoo.addons.telecom_crm.models.telecom_line import TECHNOLOGIES

from ..engine import prices

OFFER_KINDS = [
    ("prepaid", "Mobile Prepaid"),
    ("postpaid", "Mobile Postpaid"),
    ("key_4g", "4G Key"),
    ("adsl", "ADSL"),
    ("fibre", "Fibre"),
    ("device", "Device"),
    ("option", "Option"),
    ("pack", "Pack"),
]
#: What kind of line an offer gives; devices, options and packs give none of their own
LINE_TECHNOLOGIES = {
    "prepaid": "mobile",
    "postpaid": "mobile",
    "key_4g": "key4g",
    "adsl": "adsl",
    "fibre": "fibre",
}


class ProductTemplate(models.Model):
    """An offer of an operator: what is sold, to whom, for how long and for how much."""

    _inherit = "product.template"

    company_id = fields.Many2one(default=lambda self: self._telecom_default_company())

    # Kind
    telecom_offer_kind = fields.Selection(
        OFFER_KINDS, string="Offer", index="btree_not_null"
    )
    telecom_technology = fields.Selection(
        TECHNOLOGIES,
        string="Technology",
        compute="_compute_telecom_technology",
        store=True,
        readonly=False,
        help="Of the line the customer gets.",
    )

    # Prices
    telecom_price_ids = fields.One2many(
        "telecom.offer.price", "product_tmpl_id", string="Prices", copy=False
    )
    telecom_recurring = fields.Boolean(
        string="Has Monthly Price",
        compute="_compute_telecom_recurring",
        store=True,
        help="Charged every month: an order for it makes a subscription.",
    )

    # What it includes
    telecom_allowance_ids = fields.One2many(
        "telecom.offer.allowance", "product_tmpl_id", string="Included", copy=True
    )

    # Engagement
    telecom_engagement_months = fields.Integer(string="Engagement (months)")
    telecom_termination_kind = fields.Selection(
        [("fixed", "Fixed Amount"), ("remaining", "Share of What Is Left to Pay")],
        string="Early Termination",
        default="fixed",
    )
    telecom_termination_fee = fields.Monetary(string="Termination Fee")
    telecom_termination_percent = fields.Float(
        string="Share of Remaining Months", digits=(5, 2), default=100.0
    )

    # When it is sold
    telecom_valid_from = fields.Date(string="Sold from")
    telecom_valid_to = fields.Date(string="Sold until")
    telecom_period_ids = fields.Many2many(
        "telecom.offer.period",
        "product_template_telecom_offer_period_rel",
        string="Periods of the Year",
        check_company=True,
        help="Sold in these periods only.",
    )

    # Who may have it
    telecom_customer_type = fields.Selection(
        [("person", "Natural Persons"), ("organisation", "Organisations")],
        string="For",
    )
    telecom_segment_ids = fields.Many2many(
        "telecom.segment",
        "product_template_telecom_segment_rel",
        string="Segments",
        check_company=True,
    )
    telecom_age_from = fields.Integer(string="Youngest Age")
    telecom_age_to = fields.Integer(string="Oldest Age", help="Included.")
    telecom_usage_class_ids = fields.Many2many(
        "telecom.usage.class",
        "product_template_telecom_usage_class_rel",
        string="Consumption Classes",
        check_company=True,
    )
    telecom_technology_ids = fields.Many2many(
        "telecom.technology",
        "product_template_telecom_technology_rel",
        string="Technologies of the Line",
        help="The customer needs a line of one of these, as for an option.",
    )
    telecom_zone_ids = fields.Many2many(
        "telecom.offer.zone",
        "product_template_telecom_offer_zone_rel",
        string="Zones",
        check_company=True,
    )

    # Pack
    telecom_pack_months = fields.Integer(
        string="Duration of the Pack (months)",
        help="So long the monthly prices of what is in the pack are reduced.",
    )
    telecom_pack_percent = fields.Float(string="Off Monthly Prices (%)", digits=(5, 2))

    _telecom_months_positive = models.Constraint(
        "CHECK(telecom_engagement_months >= 0 AND telecom_pack_months >= 0)",
        "A number of months cannot be negative.",
    )
    _telecom_percents = models.Constraint(
        "CHECK(telecom_pack_percent BETWEEN 0 AND 100"
        " AND telecom_termination_percent BETWEEN 0 AND 100)",
        "A share lies between 0 and 100 %.",
    )
    _telecom_ages = models.Constraint(
        "CHECK(telecom_age_from >= 0 AND telecom_age_to >= 0 AND"
        " (telecom_age_to = 0 OR telecom_age_to >= telecom_age_from))",
        "The oldest age cannot be below the youngest.",
    )
    _telecom_validity = models.Constraint(
        "CHECK(telecom_valid_to >= telecom_valid_from)",
        "An offer cannot end before it begins.",
    )

    def _telecom_default_company(self):
        """What is made for an operator, or by its people, belongs to it.

        Core leaves products without a company, and shows those to everybody.
        """
        company = self.env.company
        if company.telecom_tenant or self.env.user._telecom_bound():
            return company.id
        return False

    def _init_column(self, column_name):
        """What is there at installation is everybody's, as core made it."""
        if column_name == "company_id":
            return None
        return super()._init_column(column_name)

    @api.depends("telecom_offer_kind")
    def _compute_telecom_technology(self):
        for template in self:
            template.telecom_technology = LINE_TECHNOLOGIES.get(
                template.telecom_offer_kind, False
            )

    @api.depends("telecom_price_ids.kind", "telecom_price_ids.state")
    def _compute_telecom_recurring(self):
        for template in self:
            template.telecom_recurring = any(
                price.kind == "recurring" and price.state == "confirmed"
                for price in template.telecom_price_ids
            )

    def _price_compute(
        self, price_type, uom=None, currency=None, company=None, date=False
    ):
        found = super()._price_compute(price_type, uom, currency, company, date)
        if price_type == "list_price":
            self._telecom_dated_prices(
                found,
                {template.id: template for template in self},
                (uom, currency, company, date),
            )
        return found

    def _telecom_dated_prices(self, amounts, offers, arguments):
        """Put dated prices in the place of list prices.

        :param dict amounts: by id, as ``_price_compute`` returns them; changed
        :param dict offers: the template of each id
        :param tuple arguments: unit, currency, company and date of ``_price_compute``
        """
        dated = self.filtered("telecom_offer_kind")
        if not dated:
            return
        uom, currency, company, date = arguments
        company = company or self.env.company
        # Orders give the moment, price lists nothing
        date = fields.Date.to_date(date) or fields.Date.context_today(self)
        Price = self.env["telecom.offer.price"].with_company(company)
        once = Price._telecom_of_templates(dated, "one_time", until=date)
        monthly = Price._telecom_of_templates(dated, "recurring")
        for key, template in offers.items():
            if template.id not in once and template.id not in monthly:
                continue
            amount = prices.price_at(once.get(template.id, ()), date) or 0.0
            if uom:
                amount = template.uom_id._compute_price(amount, uom)
            if currency:
                amount = company.currency_id._convert(amount, currency, company, date)
            amounts[key] = amount
