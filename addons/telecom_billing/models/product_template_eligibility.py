from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, format_list

from ..engine import eligibility

#: Lines a customer of an option has; others are on their way or gone
LINE_STATES = ("reserved", "active", "suspended", "barred")


class ProductTemplate(models.Model):
    """Whom an offer suits."""

    _inherit = "product.template"

    telecom_proposable = fields.Boolean(
        string="Suits the Customer",
        compute="_compute_telecom_proposable",
        search="_search_telecom_proposable",
        export_string_translation=False,
        help="Whether the customer of the context (telecom_partner_id) may take it; "
        "products that are no offers suit everybody.",
    )

    @api.depends_context(
        "telecom_partner_id",
        "telecom_order_id",
        "telecom_with_product_ids",
        "allowed_company_ids",
        "uid",
        "tz",
    )
    def _compute_telecom_proposable(self):
        refused = self._telecom_refused_of_context(self)
        for template in self:
            template.telecom_proposable = template not in refused

    @api.model
    def _search_telecom_proposable(self, operator, value):
        if operator != "in":
            return NotImplemented
        offers = self.search([("telecom_offer_kind", "!=", False)])
        refused = self._telecom_refused_of_context(offers)
        domain = Domain.FALSE
        if True in value:
            domain |= Domain("id", "not in", refused.ids)
        if False in value:
            domain |= Domain("id", "in", refused.ids)
        return domain

    @api.model
    def _telecom_refused_of_context(self, offers):
        """Return the offers that the customer of the context may not take."""
        partner_id = self.env.context.get("telecom_partner_id")
        partner = self.env["res.partner"].browse(partner_id or []).exists()
        if not partner:
            # Nobody in particular: what is on sale
            refusals = offers._telecom_refusals(partner, only_sale=True)
        else:
            refusals = offers._telecom_refusals(partner, offers=self._telecom_with())
        return offers.filtered(lambda offer: refusals[offer.id])

    @api.model
    def _telecom_with(self):
        """Return the products taken together, as the context names them."""
        ids = self.env.context.get("telecom_with_product_ids") or []
        order_id = self.env.context.get("telecom_order_id")
        order = self.env["sale.order"].browse(order_id or []).exists()
        products = self.env["product.product"].browse(ids) | order.order_line.product_id
        return products.product_tmpl_id

    # ------------------------------------------------------------
    # The decision
    # ------------------------------------------------------------

    def _telecom_refusals(
        self, partner, line=None, date=None, offers=None, only_sale=False
    ):
        """Return why offers cannot be taken, as a code of ``eligibility.REASONS``.

        The number of queries does not depend on how many offers there are.

        :param res.partner partner: the customer, empty with ``only_sale``
        :param telecom.line line: the line the offer is for; all of the customer's lines
            when not given
        :param date date: of the sale, today when not given
        :param product.template offers: taken together; a line that one of them gives
            counts as the customer's
        :param bool only_sale: look at what is sold on that day only
        :return: {template id: code or None}
        :rtype: dict
        """
        date = date or fields.Date.context_today(self)
        customer = None if only_sale else self._telecom_customer(partner, line, offers)
        spans = self.telecom_period_ids._telecom_spans(date)
        found = {}
        for offer in self:
            if not offer.telecom_offer_kind:
                found[offer.id] = None
                continue
            conditions = offer._telecom_conditions(spans)
            if only_sale:
                found[offer.id] = eligibility.refusal_of_day(conditions, date)
            else:
                found[offer.id] = eligibility.refusal(conditions, customer, date)
        return found

    @api.model
    def _telecom_customer(self, partner, line=None, offers=None):
        """Return what the decision looks at of a customer.

        :rtype: eligibility.Customer
        """
        head = partner.commercial_partner_id or partner
        if line:
            technologies = {line.technology}
        else:
            lines = self.env["telecom.line"].search_fetch(
                [
                    ("partner_id", "in", (partner | head).ids),
                    ("state", "in", LINE_STATES),
                ],
                ["technology"],
            )
            technologies = set(lines.mapped("technology"))
        technologies |= set((offers or self.browse()).mapped("telecom_technology"))
        return eligibility.Customer(
            is_company=head.is_company,
            born=partner.telecom_birth_date or head.telecom_birth_date or None,
            segment=(partner.telecom_segment_id or head.telecom_segment_id).id or None,
            usage_class=head.telecom_usage_class_id.id or None,
            technologies=frozenset(filter(None, technologies)),
            town=partner.city or head.city or "",
            state=(partner.state_id or head.state_id).id or None,
        )

    def _telecom_conditions(self, spans):
        """Return for whom, where and when an offer is sold.

        :param dict spans: of ``telecom.offer.period._telecom_spans``
        :rtype: eligibility.Conditions
        """
        self.ensure_one()
        zones = self.telecom_zone_ids
        seasons = None
        if self.telecom_period_ids:
            seasons = tuple(
                span
                for period in self.telecom_period_ids
                for span in spans.get(period.id, ())
            )
        return eligibility.Conditions(
            sold=self.active and self.sale_ok,
            valid_from=self.telecom_valid_from or None,
            valid_to=self.telecom_valid_to or None,
            seasons=seasons,
            customer_type=self.telecom_customer_type or "",
            age_from=self.telecom_age_from,
            age_to=self.telecom_age_to,
            segments=frozenset(self.telecom_segment_ids.ids),
            usage_classes=frozenset(self.telecom_usage_class_ids.ids),
            technologies=frozenset(self.telecom_technology_ids.mapped("code")),
            towns=zones._telecom_towns() if zones else None,
            states=frozenset(zones.state_ids.ids) if zones else None,
        )

    def _telecom_refusal_text(self, reason):
        """Return a refusal as a clerk tells it, in the user's language.

        :param str reason: one of ``eligibility.REASONS``, or None
        :rtype: str or False
        """
        self.ensure_one()
        if not reason:
            return False
        _ = self.env._
        if reason in ("too_young", "too_old", "birth_date"):
            return self._telecom_age_text(reason)
        first = self.telecom_valid_from
        last = self.telecom_valid_to
        names = {
            "season": self.telecom_period_ids,
            "segment": self.telecom_segment_ids,
            "usage_class": self.telecom_usage_class_ids,
            "technology": self.telecom_technology_ids,
            "line_needed": self.telecom_technology_ids,
            "zone": self.telecom_zone_ids,
        }.get(reason, self.browse())
        which = format_list(self.env, names.mapped("name")) if names else ""
        return {
            "not_sold": _("Is not sold."),
            "not_yet": _("Is sold from %s on.", format_date(self.env, first)),
            "no_more": _("Was sold until %s.", format_date(self.env, last)),
            "season": _("Is sold in these periods only: %s.", which),
            "person": _("Is for natural persons."),
            "organisation": _("Is for organisations."),
            "segment": _("Is for customers of these segments: %s.", which),
            "usage_class": _("Is for customers who consume so much: %s.", which),
            "technology": _("Needs a line of another technology: %s.", which),
            "line_needed": _("Needs a line of this technology: %s.", which),
            "zone": _("Is to be had in these zones only: %s.", which),
        }[reason]

    def _telecom_age_text(self, reason):
        _ = self.env._
        first, last = self.telecom_age_from, self.telecom_age_to
        if first and last:
            ages = _("Is for customers from %(first)s to %(last)s years of age.")
        elif first:
            ages = _("Is for customers of %(first)s years of age and more.")
        else:
            ages = _("Is for customers of %(last)s years of age at most.")
        text = ages % {"first": first, "last": last}
        if reason == "birth_date":
            return f"{text} {_('The birth date of this one is not known.')}"
        return text
