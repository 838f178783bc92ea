from odoo import models
from odoo.exceptions import AccessError


class IrRule(models.Model):
    _inherit = "ir.rule"

    def _eval_context(self):
        """Let rules ask which operators' modules are closed.

        ``telecom_closed('claims', 'read')`` is a list of companies' ids. What rules
        come to is cached; a module that is switched clears the cache.
        """
        return {
            **super()._eval_context(),
            "telecom_closed": self.env["res.company"]._telecom_closed,
        }

    def _make_access_error(self, operation, records):
        """Say so when it is only the operator's module that is closed."""
        code = self.env["telecom.module"]._get_model_code(records._name)
        if code and "company_id" in records._fields:
            # sudo: any model - among the companies the user works for at present
            companies = records.sudo().company_id & self.env.companies
            for company in companies:
                if company.id in company._telecom_closed(code, operation):
                    return AccessError(company._telecom_module_message(company, code))
        return super()._make_access_error(operation, records)
