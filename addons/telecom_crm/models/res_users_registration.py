from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def _get_login_domain(self, login):
        """Who registered by SMS types the number as people write it."""
        domain = super()._get_login_domain(login)
        company = self.env["telecom.registration"]._company_of_page()
        if company and login and "@" not in login:
            number = company._telecom_sanitize(login)
            if number and number != login:
                domain |= super()._get_login_domain(number)
        return domain
