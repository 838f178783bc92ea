from odoo import models


class TelecomCompanyModule(models.Model):
    _inherit = "telecom.company.module"

    def _of_callcenter(self):
        return self.filtered(lambda row: row.module_id.code == "callcenter")

    def _get_busy(self):
        """A call is never cut: it is finished, and wrapped up."""
        rows = self._of_callcenter()
        # sudo: telecom.call* - whether there are any, of the operator switched off
        under_way = self.env["res.company"]
        for model, domain in (
            ("telecom.call", [("state", "!=", "ended")]),
            ("telecom.call.wrapup", [("state", "!=", "done")]),
        ):
            groups = (
                self.env[model]
                .sudo()
                ._read_group(
                    [("company_id", "in", rows.company_id.ids), *domain],
                    ["company_id"],
                )
            )
            under_way |= self.env["res.company"].union(*(row[0] for row in groups))
        busy = rows.filtered(lambda row: row.company_id in under_way)
        return super()._get_busy() | busy

    def _state_changed(self):
        """Asterisk takes no new calls for an operator whose module is closed."""
        companies = self._of_callcenter().company_id
        if companies:
            # sudo: telecom.* - the operator's numbers, and the provider's PBXs
            numbers = (
                self.env["telecom.did"]
                .sudo()
                .search([("company_id", "in", companies.ids)])
            )
            numbers.pbx_id._request_configuration()
        return super()._state_changed()
