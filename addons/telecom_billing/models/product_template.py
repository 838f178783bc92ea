from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.telecom_crm.models.telecom_line import TECHNOLOGIES

from ..engine import prices

OFFER_KINDS = [
    ("prepaid", "Mobile Prepaid"),
    ("postpaid", "Mobile Postpaid"),
    ("key_4g", "4G Key"),
    ("adsl", "ADSL"),
    ("fibre", "Fibre"),
    ("fixed", "Fixed Telephone"),
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
    "fixed": "fixed",
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

    telecom_tariff_id = fields.Many2one(
        "telecom.tariff",
        string="Tariff",
        index="btree_not_null",
        check_company=True,
        help="What usage above the allowances costs.",
    )
    telecom_price_once = fields.Monetary(
        string="Price Once", compute="_compute_telecom_current_prices"
    )
    telecom_price_monthly = fields.Monetary(
        string="Price per Month", compute="_compute_telecom_current_prices"
    )
    telecom_price_next = fields.Date(
        string="Price Changes on", compute="_compute_telecom_current_prices"
    )
    telecom_subscriber_count = fields.Integer(
        string="Subscribers", compute="_compute_telecom_subscriber_count"
    )
    telecom_price_chart = fields.Json(
        string="Prices over Time",
        compute="_compute_telecom_price_chart",
        export_string_translation=False,
    )

    # What it includes
    telecom_allowance_ids = fields.One2many(
        "telecom.offer.allowance", "product_tmpl_id", string="Included", copy=True
    )

    # Engagement
    telecom_engagement_months = fields.Integer(
        string="Engagement (months)", aggregator=None
    )
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
    telecom_age_from = fields.Integer(string="Youngest Age", aggregator=None)
    telecom_age_to = fields.Integer(
        string="Oldest Age", help="Included.", aggregator=None
    )
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

    @api.depends(
        "telecom_price_ids.amount",
        "telecom_price_ids.date_from",
        "telecom_price_ids.state",
        "telecom_price_ids.kind",
        "list_price",
    )
    @api.depends_context("tz", "allowed_company_ids")
    def _compute_telecom_current_prices(self):
        """Offers with dated prices cost what those say, others their list price."""
        today = fields.Date.context_today(self)
        for company, templates in self.grouped(
            lambda template: template.company_id or self.env.company
        ).items():
            Price = self.env["telecom.offer.price"].with_company(company)
            once = Price._telecom_of_templates(templates._origin, "one_time")
            monthly = Price._telecom_of_templates(templates._origin, "recurring")
            for template in templates:
                key = template._origin.id
                dated = [once.get(key, []), monthly.get(key, [])]
                if any(dated):
                    first = prices.price_at(dated[0], today) or 0.0
                else:
                    first = template.list_price
                template.telecom_price_once = first
                template.telecom_price_monthly = prices.price_at(dated[1], today) or 0.0
                coming = [day for of in dated for day, _amount in of if day > today]
                template.telecom_price_next = min(coming, default=False)

    def _compute_telecom_subscriber_count(self):
        counts = {}
        if self.env["telecom.subscription"].has_access("read"):
            for product, count in self.env["telecom.subscription"]._read_group(
                self._telecom_subscribers(), ["product_id"], ["__count"]
            ):
                key = product.product_tmpl_id.id
                counts[key] = counts.get(key, 0) + count
        for template in self:
            template.telecom_subscriber_count = counts.get(template._origin.id, 0)

    def _telecom_subscribers(self):
        """Return the domain of the subscriptions of offers that are not over."""
        return [
            ("product_id.product_tmpl_id", "in", self._origin.ids),
            ("state", "in", ("draft", "active", "suspended")),
        ]

    @api.depends_context("lang", "tz")
    def _compute_telecom_price_chart(self):
        today = fields.Date.context_today(self)
        labels = dict(
            self.env["telecom.offer.price"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        for template in self:
            found = template.telecom_price_ids._origin.sorted("date_from")
            currency = (template.company_id or self.env.company).currency_id
            template.telecom_price_chart = {
                "today": fields.Date.to_string(today),
                "series": [
                    {
                        "kind": kind,
                        "label": label,
                        "points": [
                            {
                                "date": fields.Date.to_string(price.date_from),
                                "day": format_date(self.env, price.date_from),
                                "amount": price.amount,
                                "text": currency.format(price.amount),
                                "decided": price.state == "confirmed",
                            }
                            for price in found
                            if price.kind == kind
                        ],
                    }
                    for kind, label in sorted(labels.items(), reverse=True)
                    if kind in found.mapped("kind")
                ],
            }

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

    # ------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------

    @api.onchange("telecom_offer_kind")
    def _onchange_telecom_offer_kind(self):
        """A pack is a choice of offers, a device a thing, all else a service."""
        if self.telecom_offer_kind:
            self.type = {"pack": "combo", "device": "consu"}.get(
                self.telecom_offer_kind, "service"
            )

    @api.readonly
    def action_telecom_prepare_price(self):
        """Open the form of a price to come."""
        self.ensure_one()
        company = self.company_id or self.env.company
        today = fields.Date.context_today(self)
        days = company.telecom_price_notice_days
        kind = "recurring" if self.telecom_recurring else "one_time"
        # After all prices there are, and long enough before
        days_taken = self.telecom_price_ids.filtered(
            lambda price: price.kind == kind
        ).mapped("date_from")
        latest = max([today + timedelta(days=days), *days_taken])
        following = prices.add_months(latest.replace(day=1), 1)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the Price of %s", self.display_name),
            "res_model": "telecom.offer.price",
            "view_mode": "form",
            "context": {
                "default_product_tmpl_id": self.id,
                "default_company_id": company.id,
                "default_kind": kind,
                "default_date_from": fields.Date.to_string(following),
                "default_state": "draft",
            },
        }

    @api.readonly
    def action_view_telecom_subscribers(self):
        """Show the subscriptions of the offer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Subscribers of %s", self.display_name),
            "res_model": "telecom.subscription",
            "view_mode": "list,form",
            "domain": self._telecom_subscribers(),
            "context": {"create": False},
        }
