import odoo.http as http
from odoo.http import request

from odoo.addons.web.controllers.binary import Binary
from odoo.addons.web.controllers.webmanifest import WebManifest


class OperatorBranding(Binary):
    @http.route()
    def company_logo(self, dbname=None, **kw):
        """On an operator's host the logo is the operator's, whoever looks."""
        if not kw.get("company") and request.db:
            company = request.env["telecom.host"]._company_of_request()
            if company:
                kw["company"] = company.id
        return super().company_logo(dbname=dbname, **kw)

    @http.route(
        "/telecom/icon/<int:company_id>",
        type="http",
        auth="public",
        readonly=True,
        save_session=False,
    )
    def telecom_icon(self, company_id, **_params):
        """Return the icon of an operator; like its logo, no secret."""
        # sudo: res.company - visitors read no companies
        company = request.env["res.company"].sudo().browse(company_id).exists()
        if not company:
            raise request.not_found()
        name = "telecom_favicon" if company.telecom_favicon else "logo"
        stream = request.env["ir.binary"]._get_image_stream_from(
            company, name, width=64, height=64
        )
        # The address changes with the icon
        return stream.get_response(max_age=http.STATIC_CACHE, immutable=False)


class OperatorManifest(WebManifest):
    def _get_webmanifest(self):
        """The app installed on a telephone is the operator's."""
        manifest = super()._get_webmanifest()
        company = request.env["res.company"]._telecom_company_of_page()
        palette = company._telecom_palette()
        if palette:
            # sudo: res.company - name and colours of a page
            manifest["name"] = company.sudo().name
            manifest["theme_color"] = palette["brand"]
            manifest["background_color"] = palette["brand"]
        return manifest
