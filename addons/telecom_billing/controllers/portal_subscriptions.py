from datetime import timedelta

from odoo import _, fields, http
from odoo.http import request
from odoo.tools import format_date, formatLang

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..engine import proration


class PortalSubscriptions(CustomerPortal):
    """What customers have: offers by line, the next bill, and what is left of them."""

    def _subscription_company(self):
        """Return the operator of who is logged in, or nothing to be seen.

        :raises werkzeug.exceptions.NotFound: no operator, or its module is closed
        """
        # sudo: res.company - the switch of the account's operator
        company = request.env.user.company_id.sudo()
        if not company.telecom_tenant or not company._telecom_allows("billing"):
            raise request.not_found()
        return company

    @http.route(
        "/my/subscriptions", type="http", auth="user", website=True, sitemap=False
    )
    def portal_my_subscriptions(self, **_params):
        """Show the subscriptions of the customer and of the people of his household."""
        company = self._subscription_company()
        partner = request.env.user.commercial_partner_id
        # sudo: telecom.subscription - of this customer, at this operator
        subscriptions = (
            request.env["telecom.subscription"]
            .sudo()
            .with_company(company)
            .search(
                [
                    ("company_id", "=", company.id),
                    ("partner_id", "child_of", partner.id),
                    ("state", "in", ("active", "suspended")),
                ],
                order="line_id, id",
            )
        )
        return request.render(
            "telecom_billing.portal_my_subscriptions",
            {
                **self._prepare_portal_layout_values(),
                "groups": self._subscription_groups(company, subscriptions),
                "page_name": "telecom_subscriptions",
            },
        )

    def _subscription_groups(self, company, subscriptions):
        """Return one entry per line: its offers, prices, next bill and allowances."""
        today = company._telecom_today()
        prices = subscriptions.product_id._telecom_prices("recurring", today)
        currency = company.currency_id
        # sudo: telecom.subscription.discount - of this customer's subscriptions
        discounts = (
            request.env["telecom.subscription.discount"]
            .sudo()
            ._telecom_discounts(subscriptions, today, today)
        )

        def money(amount):
            return formatLang(request.env, amount, currency_obj=currency)

        def discount_of(subscription):
            """Return what is taken off at present, as a text."""
            found = discounts.get(subscription.id)
            price = prices.get(subscription.product_id.id)
            if not found or not price:
                return ""
            percent = min(100.0, sum(part for _first, _last, part in found))
            ends = [last for _first, last, _part in found if last]
            values = {
                "percent": f"{percent:g}",
                "price": money(price * subscription.quantity * (100 - percent) / 100),
            }
            if not ends:
                return _("%(percent)s %% off: %(price)s a month", **values)
            return _(
                "%(percent)s %% off until %(date)s: %(price)s a month",
                date=format_date(request.env, min(ends)),
                **values,
            )

        groups = []
        for line, own in subscriptions.grouped(lambda one: one.line_id or one).items():
            account = own.account_id[:1]
            _first, last = proration.period_of(today, account.cycle_day or 1)
            groups.append(
                {
                    "name": line.msisdn_display
                    if line._name == "telecom.line"
                    else line.name,
                    "subscriptions": [
                        {
                            "record": one,
                            "price": money(
                                prices.get(one.product_id.id, 0.0) * one.quantity
                            )
                            if prices.get(one.product_id.id)
                            else "",
                            "discount": discount_of(one),
                            "engaged": one.engagement_end
                            if one.engagement_end and one.engagement_end >= today
                            else False,
                        }
                        for one in own
                    ],
                    "next_bill": fields.Date.to_date(last) + timedelta(days=1),
                    "account": account,
                    "counters": own.counter_ids,
                }
            )
        return groups
