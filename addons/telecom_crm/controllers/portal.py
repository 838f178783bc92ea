from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class OperatorPortal(CustomerPortal):
    @http.route()
    def deactivate_account(self, validation, password, **post):
        """Who closes an account copies the login down as it is shown."""
        if validation == request.env.user.telecom_login:
            validation = request.env.user.login
        return super().deactivate_account(validation, password, **post)
