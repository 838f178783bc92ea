from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _compute_company_id(self):
        """A prospect always belongs to an operator.

        Core leaves the company empty until somebody is in charge, and shows such
        prospects to everybody.
        """
        res = super()._compute_company_id()
        company = self.env.company
        if company.telecom_tenant:
            self.filtered(lambda lead: not lead.company_id).company_id = company
        return res
