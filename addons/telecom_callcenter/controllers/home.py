from odoo import http
from odoo.http import request

from odoo.addons.web.controllers.home import Home


class ContactCentreHome(Home):
    """A provider's people begin with all the operators they work for ticked.

    Odoo begins with the user's own company alone: at a provider that one has neither
    queues nor calls, and every screen would be empty. Who unticks one is not
    contradicted: the browser keeps the choice.
    """

    @http.route()
    def web_client(self, s_action=None, **kw):
        response = super().web_client(s_action, **kw)
        user = request.env.user
        if (
            "cids" not in request.httprequest.cookies
            and request.session.uid
            and response.status_code == 200
            and user.has_group("telecom_callcenter.group_callcenter_agent")
        ):
            # sudo: telecom.operator.service - which of the user's own companies the
            # user's provider works for
            services = user.company_id.sudo().telecom_provided_service_ids
            operators = services.operator_id & user.company_ids
            if operators:
                ids = [user.company_id.id, *operators.ids]
                response.set_cookie("cids", "-".join(map(str, ids)))
        return response
