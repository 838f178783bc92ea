from odoo import http
from odoo.http import request

from ..tools import registration

SESSION_KEY = "telecom_registration"


class Registration(http.Controller):
    """Three small pages: who are you, the code, a password."""

    @http.route(
        "/telecom/register",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def register(self, kind="customer", address="", name="", wish="", **post):
        company = self._company()
        kind = kind if kind in ("customer", "prospect") else "customer"
        values = {"kind": kind, "address": address, "name": name, "wish": wish}
        if request.httprequest.method == "POST":
            Record = request.env["telecom.registration"]
            ip = request.httprequest.remote_addr
            found = Record._read_address(company, address)
            if Record._too_many(ip):
                values["error"] = request.env._(
                    "Too many attempts from this place; try again in an hour."
                )
            elif not found:
                values["error"] = request.env._(
                    "Write a telephone number of this country, or an e-mail."
                )
            elif kind == "prospect" and not name.strip():
                values["error"] = request.env._("Tell us your name.")
            else:
                # A field that people do not see: who fills it in is no person, and
                # is told the same
                record = Record.browse()
                if not post.get("website"):
                    record = Record._begin(
                        company, kind, *found, ip=ip, name=name, request=wish
                    )
                request.session[SESSION_KEY] = record.id
                return request.redirect("/telecom/register/code")
        return self._page("register", company, values)

    @http.route(
        "/telecom/register/code",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def code(self, code="", **post):
        company = self._company()
        if request.httprequest.method == "GET":
            # The link of an e-mail, maybe opened in another browser
            linked = request.env["telecom.registration"]._from_link(
                post.get("registration"), post.get("key")
            )
            if linked:
                request.session[SESSION_KEY] = linked.id
        record = self._record(company)
        values = {"code": registration.clean_code(code)}
        if request.httprequest.method == "POST":
            if record and record._prove(code):
                request.session[SESSION_KEY + "_proved"] = record.id
                return request.redirect("/telecom/register/password")
            values["error"] = request.env._(
                "This is not the code, or it is too old. Read it again, or ask for a"
                " new one."
            )
        return self._page("register_code", company, values)

    @http.route(
        "/telecom/register/password",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def password(self, password="", confirm="", **_post):
        company = self._company()
        record = self._record(company)
        proved = request.session.get(SESSION_KEY + "_proved")
        if not record or record.id != proved or record.state != "proved":
            return request.redirect("/telecom/register")
        values = {"login": record.address, "other": record._other_login()}
        if request.httprequest.method == "POST" and not values["other"]:
            if len(password) < registration.MIN_PASSWORD:
                values["error"] = request.env._(
                    "At least %s characters, please.", registration.MIN_PASSWORD
                )
            elif password != confirm:
                values["error"] = request.env._("The two passwords differ.")
            else:
                login = record._finish(password)
                for key in (SESSION_KEY, SESSION_KEY + "_proved"):
                    request.session.pop(key, None)
                request.session.authenticate(
                    request.env,
                    {"login": login, "password": password, "type": "password"},
                )
                return request.redirect("/my")
        return self._page("register_password", company, values)

    def _company(self):
        company = request.env["telecom.registration"]._company_of_page()
        if not company:
            raise request.not_found()
        return company

    def _record(self, company):
        """Return the registration of this session, as sudo, or none."""
        # sudo: telecom.registration - the one that this session began; what it was
        # sent is asked for before anything of it is shown
        Record = request.env["telecom.registration"].sudo()
        return (
            Record.browse(request.session.get(SESSION_KEY) or ())
            .exists()
            .filtered(lambda record: record.company_id == company)
        )

    def _page(self, name, company, values):
        response = request.render(
            f"telecom_crm.{name}",
            {
                "operator": company,
                "minutes": registration.VALID_MINUTES,
                "min_password": registration.MIN_PASSWORD,
                **values,
            },
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
