from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        # A signature is of the body as it came: keep it before Odoo parses a form.
        if rule.endpoint.routing.get("telecom_raw_body"):
            limit = rule.endpoint.routing["telecom_raw_body"]
            if (request.httprequest.content_length or 0) <= limit:
                request.httprequest.get_data(cache=True)
        return super()._pre_dispatch(rule, args)

    def session_info(self):
        # Whether the page is an agent's: everybody else's asks nothing more.
        session = super().session_info()
        session["telecom_agent"] = self.env.user.has_group(
            "telecom_callcenter.group_callcenter_agent"
        )
        session["telecom_seller"] = self.env.user.has_group(
            "telecom_crm.group_telecom_seller"
        )
        return session
