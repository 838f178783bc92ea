from urllib.parse import quote, urlencode

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.http import request
from odoo.tools import format_date

from odoo.addons.telecom_crm.tools import sphere

#: How many boutiques are shown unless more are asked for
LIMIT = 5


def _number(text):
    """Return what came with an address as a number, or 0.

    What is longer than any id is none: Python refuses to read thousands of digits.
    """
    return int(text) if len(text) < 10 and text.isdecimal() else 0


def _printable(text):
    """Return what came with an address without signs that no name has.

    The database refuses some of them, and nobody typed them.
    """
    return "".join(filter(str.isprintable, text))


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
            **self._page_values(company),
            "town": town.strip()[:80],
            "service": service,
            "item": item,
            "any_time": wishes.get("open") == "0",
            **self._moment_values(company, wishes.get("at")),
        }
        # For another town, all else stays as it was asked for
        wanted = {name: values[name] for name in ("service", "item", "at")}
        wanted["open"] = "0" if values["any_time"] else ""
        wanted = {name: value for name, value in wanted.items() if value}
        values["wanted"] = f"&{urlencode(wanted)}" if wanted else ""
        if values["town"] or (lat and lon):
            result = self._search(company, town, lat, lon, service, item, wishes)
            values["unknown_town"] = result.get("error") == "town"
            if result.get("error") in ("at", "wish"):
                values["message"] = result["message"]
            values["result"] = None if "error" in result else result
            # Of a town only its middle is known
            if values["result"] and sphere.place(lat, lon):
                values["here"] = [result["latitude"], result["longitude"]]
        return self._render_page(values)

    @http.route(
        "/boutiques/<int(max=2147483647):number>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
        readonly=True,
    )
    def boutique(self, number):
        """The page with one boutique: the address that is sent to people."""
        company = self._company()
        boutiques = request.env["telecom.boutique"]._public_values(
            company, [(number, None)]
        )
        if not boutiques:
            raise NotFound
        return self._render_page(
            {
                **self._page_values(company),
                "result": {"missing": None, "boutiques": boutiques},
                "alone": True,
            }
        )

    @http.route(
        "/boutiques/<int(max=2147483647):number>/photo",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        readonly=True,
    )
    def photo(self, number, **_kw):
        """The photo of a boutique in service, for its page and operators' own sites."""
        company = self._company()
        # sudo: telecom.boutique - visitors have no account; the photo only, and of this
        # operator's boutiques in service
        boutique = (
            request.env["telecom.boutique"]
            .sudo()
            .search(
                [
                    ("id", "=", number),
                    ("company_id", "=", company.id),
                    ("state", "=", "open"),
                ]
            )
        )
        if not boutique.image_512:
            raise NotFound
        # sudo: ir.binary - of the boutique found above
        stream = (
            request.env["ir.binary"]
            .sudo()
            ._get_image_stream_from(boutique, "image_512")
        )
        response = stream.get_response(as_attachment=False)
        response.headers["Cache-Control"] = "public, max-age=86400"
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

    def _page_values(self, company):
        Boutique = request.env["telecom.boutique"]
        return {
            "operator": company,
            "decimal_point": request.env["res.lang"]
            ._get_data(code=request.env.lang or "en_US")
            .decimal_point,
            "town": "",
            "towns": Boutique._asked_towns(company),
            "quote": quote,
            "services": Boutique._asked_services(company),
            "items": Boutique._asked_items(company),
            "service": "",
            "item": "",
            "any_time": False,
            "at": "",
            "day": "",
            "wanted": "",
            "alone": False,
            "result": None,
            "here": None,
            "unknown_town": False,
            "message": "",
            "tiles": company.telecom_tile_url or "",
            "attribution": company.telecom_tile_attribution or "",
        }

    def _moment_values(self, company, text):
        """Return the time asked for as its field has it, and its day unless today."""
        Boutique = request.env["telecom.boutique"]
        moment = Boutique._asked_moment(company, text)
        if not moment:
            return {}
        local = Boutique._asked_clock(company, moment)
        today = Boutique._asked_clock(company, fields.Datetime.now()).date()
        return {
            "at": local.isoformat(timespec="minutes"),
            "day": format_date(request.env, local.date(), date_format="EEEE d MMMM")
            if local.date() != today
            else "",
        }

    def _render_page(self, values):
        response = request.render("telecom_stock.boutiques", values)
        response.headers["Permissions-Policy"] = "geolocation=(self)"
        return response

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
        if not company or not company._telecom_boutique_settings()[0]:
            raise NotFound
        if not company._telecom_allows("stock"):
            raise NotFound
        return company

    def _search(self, company, town, lat, lon, service, item, wishes):
        Boutique = request.env["telecom.boutique"]
        town, service = _printable(town), _printable(service)
        place = sphere.place(lat, lon)
        if not place and town.strip():
            place = Boutique._find_place(company, town)
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
        moment = Boutique._asked_moment(company, wishes.get("at"))
        if moment is None:
            return {
                "error": "at",
                "message": request.env._(
                    "Write the time as 2026-01-31T15:30, within the next 30 days."
                ),
            }
        codes = {code for code in service.split(",") if code}
        services, product = Boutique._asked_wishes(company, codes, _number(item))
        if len(services) < len(codes) or (item and not product):
            return {
                "error": "wish",
                "message": request.env._("Nobody offers this service or item."),
            }
        _tenant, reach = company._telecom_boutique_settings()
        limit = wishes.get("limit", "")
        found = Boutique._find_nearest(
            company,
            *place,
            moment=moment or None,
            open_only=wishes.get("open") != "0",
            services=services,
            product=product,
            reach=reach or None,
            limit=_number(limit) or LIMIT,
        )
        return {"latitude": place[0], "longitude": place[1], **found}
