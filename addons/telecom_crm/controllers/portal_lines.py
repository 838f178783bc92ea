from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

#: Quantities of the chart, and where each is in a month
QUANTITIES = ("amount", "data", "voice", "sms")


class PortalLines(CustomerPortal):
    """What customers see of their lines. Rules say which records are theirs."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "telecom_line_count" in counters:
            values["telecom_line_count"] = (
                request.env["telecom.line"].search_count(self._line_domain())
                if self._telecom_open()
                else 0
            )
        return values

    @http.route("/my/lines", type="http", auth="user", website=True, sitemap=False)
    def portal_my_lines(self, **_params):
        self._telecom_check()
        return request.render(
            "telecom_crm.portal_my_lines",
            {
                **self._prepare_portal_layout_values(),
                "lines": request.env["telecom.line"].search(self._line_domain()),
                # sudo: res.company - the switch of the account's operator
                "claims_open": request.env.user.company_id.sudo()._telecom_allows(
                    "claims", "create"
                ),
                "page_name": "telecom_lines",
            },
        )

    @http.route("/my/usage", type="http", auth="user", website=True, sitemap=False)
    def portal_my_usage(self, show="amount", **_params):
        self._telecom_check()
        partner = request.env.user.commercial_partner_id
        # The months are read by the rules of the user, whatever his partner
        chart = partner.sudo(False)._telecom_usage_months()
        return request.render(
            "telecom_crm.portal_my_usage",
            {
                **self._prepare_portal_layout_values(),
                "chart": chart,
                "show": show if show in QUANTITIES else "amount",
                "page_name": "telecom_usage",
            },
        )

    def _line_domain(self):
        user = request.env.user
        return [
            ("partner_id", "child_of", user.commercial_partner_id.id),
            ("company_id", "=", user.company_id.id),
            ("state", "not in", ("available", "terminated")),
        ]

    def _telecom_open(self):
        # sudo: res.company - the switch of the account's operator
        return request.env.user.company_id.sudo()._telecom_allows("customers")

    def _telecom_check(self):
        if not self._telecom_open():
            raise request.not_found()
