from urllib.parse import urlencode, urlsplit

from odoo import http
from odoo.http import request
from odoo.tools import verify_hash_signed

from odoo.addons.auth_signup.controllers.main import AuthSignupHome


class OperatorLogin(AuthSignupHome):
    """Login, sign-up and forgotten passwords of an operator are on its own host.

    No answer tells that an account exists, there or elsewhere.
    """

    @http.route()
    def web_client(self, s_action=None, **kw):
        response = super().web_client(s_action, **kw)
        # Who logs in on an operator's host begins with this operator.
        company = request.env["telecom.host"]._company_of_request()
        if (
            company
            and "cids" not in request.httprequest.cookies
            and request.session.uid
            and response.status_code == 200
            and company.id in request.env.user._get_company_ids()
            and not _sets_cookie(response, "cids")
        ):
            response.set_cookie("cids", str(company.id))
        return response

    @http.route()
    def web_auth_signup(self, *args, **kw):
        return self._telecom_redirect() or super().web_auth_signup(*args, **kw)

    @http.route()
    def web_auth_reset_password(self, *args, **kw):
        redirect = self._telecom_redirect()
        if redirect:
            return redirect
        request.update_context(telecom_reset_later=True)
        return super().web_auth_reset_password(*args, **kw)

    def get_auth_signup_qcontext(self):
        qcontext = super().get_auth_signup_qcontext()
        # Odoo sends whoever asks with the e-mail of an account to its login page.
        qcontext.pop("signup_email", None)
        if request.httprequest.path == "/web/reset_password" and not qcontext.get(
            "token"
        ):
            qcontext.pop("name", None)
        return qcontext

    def _telecom_redirect(self):
        """Send the holder of an invitation where it is good for.

        :return: a response, or None: the page is the right one
        """
        token = request.params.get("token")
        if not token or request.httprequest.method != "GET":
            return None
        try:
            # sudo: ir.config_parameter - the secret that signs
            payload = verify_hash_signed(request.env(su=True), "signup", token)
        except ValueError:
            payload = None
        if not payload:
            return None
        # sudo: res.partner - the token is signed by us and names the partner
        partner = request.env["res.partner"].sudo().browse(payload[0]).exists()
        if not partner:
            return None
        company = partner._telecom_link_company()
        hosts = request.env["telecom.host"]
        if company._telecom_has_hosts() and company != hosts._company_of_request():
            parts = urlsplit(request.httprequest.url)
            return request.redirect(
                f"{hosts._base_url_of(company)}{parts.path}?{parts.query}",
                code=303,
                local=False,
            )
        valid = request.env["res.partner"].sudo()._get_partner_from_token(token)
        users = partner.user_ids
        if not valid and users and users[0].login_date:
            # Used already: its owner need only log in
            query = {"login": users[0].telecom_login, "redirect": "/web"}
            return request.redirect(f"/web/login?{urlencode(query)}", code=303)
        return None


def _sets_cookie(response, name):
    return any(
        header.startswith(f"{name}=")
        for header in response.headers.getlist("Set-Cookie")
    )
