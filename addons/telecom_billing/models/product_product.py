from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import prices


class ProductProduct(models.Model):
    """The offer as orders and subscriptions name it."""

    _inherit = "product.product"

    telecom_refusal = fields.Char(
        string="Why Not",
        compute="_compute_telecom_refusal",
        export_string_translation=False,
        help="Why the customer of the context may not take the offer.",
    )
    telecom_included = fields.Char(
        string="Included in the Offer", compute="_compute_telecom_included"
    )
    telecom_promotion = fields.Char(
        string="Promotion", compute="_compute_telecom_promotion"
    )
    telecom_ordered = fields.Float(
        compute="_compute_telecom_ordered", export_string_translation=False
    )

    @api.depends_context(
        "telecom_partner_id",
        "telecom_order_id",
        "telecom_with_product_ids",
        "allowed_company_ids",
        "lang",
        "tz",
    )
    def _compute_telecom_refusal(self):
        partner_id = self.env.context.get("telecom_partner_id")
        partner = self.env["res.partner"].browse(partner_id or []).exists()
        reasons = {}
        if partner:
            with_ids = self.env["product.template"]._telecom_with()
            reasons = self._telecom_ineligibility(
                partner, offers=with_ids.product_variant_ids
            )
        for product in self:
            product.telecom_refusal = reasons.get(product.id, False)

    @api.depends("product_tmpl_id.telecom_allowance_ids", "product_tmpl_id.combo_ids")
    @api.depends_context("lang")
    def _compute_telecom_included(self):
        """What is used up every month, or what a pack is made of."""
        for product in self:
            if product.type != "combo":
                product.telecom_included = " · ".join(
                    product.telecom_allowance_ids.mapped("display_name")
                )
                continue
            template = product.product_tmpl_id
            parts = [
                " / ".join(combo.combo_item_ids.product_id.mapped("name"))
                for combo in template.combo_ids
            ]
            if template.telecom_pack_months and template.telecom_pack_percent:
                parts.append(
                    self.env._(
                        "%(percent)g%% off monthly prices for %(months)s months",
                        percent=template.telecom_pack_percent,
                        months=template.telecom_pack_months,
                    )
                )
            product.telecom_included = " + ".join(parts)

    @api.depends_context("telecom_partner_id", "allowed_company_ids", "lang", "tz")
    def _compute_telecom_promotion(self):
        """The promotions of today that the customer of the context gets with it."""
        today = fields.Date.context_today(self)
        partner_id = self.env.context.get("telecom_partner_id")
        partner = self.env["res.partner"].browse(partner_id or []).exists()
        Program = self.env["loyalty.program"]
        self.telecom_promotion = False
        if not Program.has_access("read"):
            return
        for company, products in self.grouped(
            lambda product: product.company_id or self.env.company
        ).items():
            texts = {}
            for program in Program._telecom_promotions(company, today):
                if partner and not program._telecom_suits(partner):
                    continue
                valid = program._get_valid_products(products)
                for product in {p for found in valid.values() for p in found}:
                    for reward in program.reward_ids.filtered("telecom_months"):
                        texts.setdefault(product, []).append(reward.description)
            for product, found in texts.items():
                product.telecom_promotion = " · ".join(found)

    @api.depends_context("telecom_order_id")
    def _compute_telecom_ordered(self):
        order_id = self.env.context.get("telecom_order_id")
        order = self.env["sale.order"].browse(order_id or []).exists()
        counts = {}
        for line in order.order_line.filtered(lambda line: not line.combo_item_id):
            key = line.product_id.id
            counts[key] = counts.get(key, 0.0) + line.product_uom_qty
        for product in self:
            product.telecom_ordered = counts.get(product.id, 0.0)

    def _telecom_prices(self, kind, date):
        """Return what products cost on a day, in the present company.

        :param str kind: ``one_time`` or ``recurring``
        :param date date: the day
        :return: {product id: amount}; products without such a price are left out
        :rtype: dict
        """
        found = self.env["telecom.offer.price"]._telecom_of_templates(
            self.product_tmpl_id, kind, until=date
        )
        amounts = {
            product.id: prices.price_at(found.get(product.product_tmpl_id.id, ()), date)
            for product in self
        }
        return {key: amount for key, amount in amounts.items() if amount is not None}

    def _telecom_price_changes(self, kind, date_from, date_to):
        """Return the prices in force in a period, in the present company.

        :param str kind: ``one_time`` or ``recurring``
        :param date date_from: first day
        :param date date_to: last day, included
        :return: {product id: [(first day, amount), …]}, sorted; the first entry begins
            on ``date_from`` when a price is in force then. Products without a price in
            the period are left out.
        :rtype: dict
        """
        found = self.env["telecom.offer.price"]._telecom_of_templates(
            self.product_tmpl_id, kind, until=date_to
        )
        changes = {
            product.id: prices.changes_between(
                found.get(product.product_tmpl_id.id, ()), date_from, date_to
            )
            for product in self
        }
        return {key: values for key, values in changes.items() if values}

    def _telecom_ineligibility(self, partner, line=None, date=None, offers=None):
        """Return why a customer cannot take offers, in the user's language.

        :param res.partner partner: the customer
        :param telecom.line line: the line it is for; all of the customer's lines count
            when it is not given
        :param date date: of the sale, today when not given
        :param product.product offers: taken together with these; a line that one of
            them gives counts as the customer's
        :return: {product id: reason or False}
        :rtype: dict
        """
        templates = self.product_tmpl_id
        refusals = templates._telecom_refusals(
            partner, line, date, offers.product_tmpl_id if offers else None
        )
        return {
            product.id: product.product_tmpl_id._telecom_refusal_text(
                refusals[product.product_tmpl_id.id]
            )
            for product in self
        }

    def _price_compute(
        self, price_type, uom=None, currency=None, company=None, date=False
    ):
        """What an offer costs once comes from its dated prices, on orders too.

        An offer with monthly prices only costs nothing once; products without dated
        prices cost what core says.
        """
        found = super()._price_compute(price_type, uom, currency, company, date)
        if price_type == "list_price":
            self.product_tmpl_id._telecom_dated_prices(
                found,
                {product.id: product.product_tmpl_id for product in self},
                (uom, currency, company, date),
            )
        return found

    def _telecom_termination_fee(self, date_start, date_end):
        """Return what leaving before the end of the engagement costs.

        :param date date_start: first day of the subscription
        :param date date_end: first day without it
        :return: the amount, 0 when the engagement is over or there is none
        :rtype: decimal.Decimal
        """
        self.ensure_one()
        template = self.product_tmpl_id
        return prices.termination_fee(
            template.telecom_termination_kind,
            template.telecom_termination_fee,
            template.telecom_termination_percent,
            self._telecom_prices("recurring", date_end).get(self.id, 0),
            prices.months_left(
                date_start, template.telecom_engagement_months, date_end
            ),
            self.env.company.currency_id.decimal_places,
        )

    def action_telecom_propose(self):
        """Put the offer on the quotation of the context, or on a new one.

        Promotions that need no choice are applied. Of a pack, the first offer of each
        choice is taken that suits the customer.

        :return: the quotation when it is new, otherwise a reload of the screen
        :rtype: dict
        """
        self.ensure_one()
        order_id = self.env.context.get("telecom_order_id")
        partner_id = self.env.context.get("telecom_partner_id")
        if order_id:
            order = self.env["sale.order"].browse(order_id)
        elif partner_id:
            partner = self.env["res.partner"].browse(partner_id)
            order = self.env["sale.order"].create(
                {
                    "partner_id": partner.id,
                    "company_id": (partner.company_id or self.env.company).id,
                }
            )
        else:
            raise UserError(self.env._("Begin with a customer or a quotation."))
        order._telecom_add_offer(self)
        if not order_id:
            return order.get_formview_action()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
