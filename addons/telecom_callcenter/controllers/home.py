from odoo import http
from odoo.http import request

from odoo.addons.web.controllers.home import Home


class ContactCentreHome(Home):
    """Agents and supervisors begin with all their operators ticked.

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
            and len(user.company_ids) > 1
            and user.has_group("telecom_callcenter.group_callcenter_agent")
        ):
            companies = user.company_id | user.company_ids
            response.set_cookie("cids", "-".join(str(id_) for id_ in companies.ids))
        return response
