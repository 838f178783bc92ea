from odoo import models

from ..tools import login, mail_brand


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_body(self):
        """Operators write in their own name, and logins are as people type them.

        Templates show logins as typed already; their translations need not.
        """
        body = super()._prepare_outgoing_body()
        tenants = self._telecom_tenants()
        if tenants:
            body = mail_brand.without_vendor(body)
            body = login.show_in_text(body, tenants.ids)
        return body

    def _telecom_tenants(self):
        """Return the operators whose record or whose people an e-mail is about."""
        self.ensure_one()
        companies = self.record_company_id | self.recipient_ids.company_id
        Model = self.env.get(self.model or "")
        if Model is not None and self.res_id and "company_id" in Model._fields:
            # sudo: any model - the company only, whatever the sender may read
            companies |= Model.sudo().browse(self.res_id).exists().company_id
        return companies.sudo().filtered("telecom_tenant")
