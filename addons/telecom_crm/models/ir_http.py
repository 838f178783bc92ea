from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _auth_method_public(cls):
        """On an operator's host, a visitor is the operator's."""
        if request.env.uid is None:
            company = request.env["telecom.host"]._company_of_request()
            user_id = company and company._telecom_public_user_id()
            if user_id:
                request.update_env(user=user_id)
                return
        super()._auth_method_public()

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        # The discussion on portal pages is mail's: half of it stays English without
        return [*super()._get_translation_frontend_modules_name(), "mail"]

    def session_info(self):
        # The colours of each of the user's companies, for whoever switches
        session = super().session_info()
        if self.env.user._is_internal():
            companies = self.env["res.company"].browse(self.env.user._get_company_ids())
            session["telecom_brands"] = {
                company.id: company._telecom_brand_style() for company in companies
            }
        return session
