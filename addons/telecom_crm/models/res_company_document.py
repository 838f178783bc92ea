import base64

from odoo import models
from odoo.tools import html2plaintext

from ..tools.document import Brand, Party


class ResCompany(models.Model):
    _inherit = "res.company"

    def _telecom_brand(self):
        """Return this operator's look on quotes, bills and receipts.

        :rtype: odoo.addons.telecom_crm.tools.document.Brand
        """
        self.ensure_one()
        # sudo: res.company - what stands on every document that customers get
        company = self.sudo()
        partner = company.partner_id
        address = partner._display_address(without_company=True).split("\n")
        country = company.country_id
        tax_numbers = []
        if company.vat:
            label = country.vat_label or self.env._("Tax ID")
            tax_numbers.append(
                self.env._("%(label)s: %(number)s", label=label, number=company.vat)
            )
        if company.company_registry:
            tax_numbers.append(
                self.env._("Company register: %s", company.company_registry)
            )
        return Brand(
            name=company.name,
            logo=base64.b64decode(company.logo or b"")
            if not company.uses_default_logo
            else b"",
            primary=company.primary_color or Brand.primary,
            secondary=company.secondary_color or "",
            address=tuple(
                filter(
                    None,
                    [
                        *(line.strip() for line in address),
                        company._telecom_format(company.phone),
                        company.email,
                        company.website,
                    ],
                )
            ),
            tax_numbers=tuple(tax_numbers),
            footer=tuple(
                line.strip()
                for line in html2plaintext(company.report_footer or "").splitlines()
                if line.strip()
            ),
        )


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _telecom_party(self, company, label):
        """Return a customer as a document names him, with his tax number.

        :rtype: odoo.addons.telecom_crm.tools.document.Party
        """
        self.ensure_one()
        # sudo: res.partner - the address of who gets the document
        partner = self.sudo()
        owner = partner.commercial_partner_id
        address = partner._display_address(without_company=True).split("\n")
        country = partner.country_id or company.country_id
        number = owner.vat if owner.vat and owner.vat != "/" else ""
        return Party(
            name=owner.name or partner.name or "",
            label=label,
            lines=tuple(
                filter(
                    None,
                    [
                        partner.name if partner != owner else "",
                        *(line.strip() for line in address),
                        self.env._(
                            "%(label)s: %(number)s",
                            label=country.vat_label or self.env._("Tax ID"),
                            number=number,
                        )
                        if number
                        else "",
                    ],
                )
            ),
        )
