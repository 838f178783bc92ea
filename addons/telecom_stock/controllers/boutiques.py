from datetime import datetime
from urllib.parse import quote

import pytz
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from ..engine import sphere

#: How many boutiques are shown unless more are asked for
LIMIT = 5
#: Years one may ask about
YEARS = range(1970, 9999)


def _number(text):
    """Return what came with an address as a number, or 0.

    What is longer than any id is none: Python refuses to read thousands of digits.
    """
    return int(text) if len(text) < 10 and text.isdecimal() else 0


class Boutiques(http.Controller):
    """The nearest boutique that is open, for everybody."""

    @http.route(
        "/boutiques",
        type="http",
        auth="public",
        website=True,
        sitemap=True,
        methods=["GET"],
        readonly=True,
    )
    def boutiques(self, town="", lat=None, lon=None, service="", item="", **wishes):
        """The page of an operator; it works without JavaScript, by the town's name."""
        company = self._company()
        values = {
            "operator": company,
            "town": town.strip()[:80],
            "towns": self._towns(company),
            "quote": quote,
            "services": self._services(company),
            "items": self._items(company),
            "service": service,
            "item": item,
            "any_time": wishes.get("open") == "0",
            "result": None,
            "unknown_town": False,
            "tiles": company.telecom_tile_url or "",
            "attribution": company.telecom_tile_attribution or "",
        }
        if values["town"] or (lat and lon):
            result = self._search(company, town, lat, lon, service, item, wishes)
            values["unknown_town"] = result.get("error") == "town"
            values["result"] = None if "error" in result else result
        response = request.render("telecom_stock.boutiques", values)
        response.headers["Permissions-Policy"] = "geolocation=(self)"
        return response

    @http.route(
        "/boutiques/nearest",
        type="http",
        auth="public",
        methods=["GET"],
        cors="*",
        save_session=False,
        readonly=True,
    )
    def nearest(self, town="", lat=None, lon=None, service="", item="", **wishes):
        """JSON for this page and for operators' own sites.

        Arguments of the address: ``lat`` and ``lon`` in degrees, or ``town``;
        ``service``: codes with commas; ``item``: id of a product; ``open=0``: closed
        ones as well; ``at``: ISO date and time on the operator's clocks; ``limit``.
        """
        company = self._company()
        result = self._search(company, town, lat, lon, service, item, wishes)
        return request.make_json_response(
            result, status=400 if "error" in result else 200
        )

    # What is asked for

    def _company(self):
        """Return the operator of the host, or of who is logged in.

        :raises NotFound: there is none, or its module is off
        """
        company = request.env["telecom.host"]._company_of_request()
        if not company and not request.env.user._is_public():
            company = request.env.user.company_id
        # sudo: res.company - name, look and settings of the page's own operator
        company = company.sudo()
        if not company.telecom_tenant or not company._telecom_allows("stock"):
            raise NotFound
        return company

    def _search(self, company, town, lat, lon, service, item, wishes):
        Boutique = request.env["telecom.boutique"]
        place = sphere.place(lat, lon)
        if not place and town.strip():
            place = Boutique._town_position(company, town)
            if not place:
                return {
                    "error": "town",
                    "message": request.env._("There is no boutique in this town."),
                }
        if not place:
            return {
                "error": "place",
                "message": request.env._("Say where: lat and lon, or a town."),
            }
        moment = self._moment(company, wishes.get("at"))
        if moment is None:
            return {
                "error": "at",
                "message": request.env._("Write the time as 2026-01-31T15:30."),
            }
        codes = {code for code in service.split(",") if code}
        services = self._services(company).filtered(lambda s: s.code in codes)
        product = request.env["product.product"]
        if number := _number(item):
            product = self._items(company).filtered(lambda p: p.id == number)
        if len(services) < len(codes) or (item and not product):
            return {
                "error": "wish",
                "message": request.env._("Nobody offers this service or item."),
            }
        limit = wishes.get("limit", "")
        found = Boutique._find_nearest(
            company,
            *place,
            moment=moment or None,
            open_only=wishes.get("open") != "0",
            services=services,
            product=product,
            reach=company.telecom_boutique_reach * 1000 or None,
            limit=_number(limit) or LIMIT,
        )
        return {"latitude": place[0], "longitude": place[1], **found}

    def _moment(self, company, text):
        """Return the UTC moment meant, False for now, None for nonsense."""
        if not text:
            return False
        zone = pytz.timezone(company.resource_calendar_id.tz or "UTC")
        try:
            local = datetime.fromisoformat(text)
            if not local.tzinfo:
                local = zone.localize(local)
            moment = local.astimezone(pytz.utc).replace(tzinfo=None)
        except (OverflowError, ValueError):
            return None
        # Days around it are looked at too
        return moment if moment.year in YEARS else None

    # What there is to ask for

    def _services(self, company):
        # sudo: telecom.boutique.service - names for visitors, of this operator only
        return (
            request.env["telecom.boutique.service"]
            .sudo()
            .search([("company_id", "=", company.id)])
        )

    def _items(self, company):
        # sudo: product.product - names for visitors, of this operator or of all
        return (
            request.env["product.product"]
            .sudo()
            .search(
                [
                    ("telecom_boutique_item", "=", True),
                    ("company_id", "in", [company.id, False]),
                ],
                limit=100,
            )
        )

    def _towns(self, company):
        # sudo: telecom.boutique - names of towns for visitors, of this operator only
        groups = (
            request.env["telecom.boutique"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "open"),
                    ("located", "=", True),
                    ("city", "!=", False),
                ],
                ["city"],
                order="city",
            )
        )
        return [city for (city,) in groups]
