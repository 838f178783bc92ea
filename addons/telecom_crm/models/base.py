from odoo import models


class Base(models.AbstractModel):
    _inherit = "base"

    def get_base_url(self):
        """Links to what belongs to an operator lead to the operator's host."""
        address = super().get_base_url()
        company = self._telecom_link_company()
        return (company and self.env["telecom.host"]._base_url_of(company)) or address

    def _telecom_link_company(self):
        """Return the company on whose host a record is looked at, if any."""
        if not self or "company_id" not in self._fields:
            return self.env["res.company"]
        # sudo: any model - the host only
        return self.sudo().company_id

    def export_data(self, fields_to_export):
        """A module that is off exports nothing; one that is read-only does."""
        self.env["telecom.module"]._check_model(self._name)
        return super().export_data(fields_to_export)
