from odoo import api, fields, models


class ResPartner(models.Model):
    """Billing accounts of customers."""

    _inherit = "res.partner"

    telecom_account_ids = fields.One2many(
        "telecom.billing.account", "partner_id", string="Billing Accounts"
    )
    telecom_account_count = fields.Integer(
        string="Number of Billing Accounts", compute="_compute_telecom_account_count"
    )

    @api.depends("telecom_account_ids")
    @api.depends_context("uid")
    def _compute_telecom_account_count(self):
        Account = self.env["telecom.billing.account"]
        counts = {}
        # Sellers open customers too, and have no business with their accounts
        if Account.has_access("read"):
            rows = Account._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
            counts = {partner.id: count for partner, count in rows}
        for partner in self:
            partner.telecom_account_count = counts.get(partner.id, 0)

    def _telecom_billing_accounts(self):
        """Return the account each customer is billed on; one is made where none is.

        The oldest active one, when there are several.

        :return: {partner id: telecom.billing.account}
        :rtype: dict
        """
        Account = self.env["telecom.billing.account"]
        found = {}
        for account in Account._search_of_partners(self):
            found.setdefault(account.partner_id.id, account)
        missing = self.filtered(lambda partner: partner.id not in found)
        made = Account.create(
            [partner._telecom_account_values() for partner in missing]
        )
        found.update(zip(missing.ids, made, strict=True))
        return found

    def _telecom_account_values(self):
        """Return the values of the account that a customer gets by itself."""
        self.ensure_one()
        company = self.company_id or self.env.company
        return {
            "company_id": company.id,
            "partner_id": self.id,
            "payer_id": self.telecom_payer_id.id,
            "payment_term_id": self.with_company(company).property_payment_term_id.id,
        }

    def action_view_telecom_accounts(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_billing.action_telecom_billing_account"
            ),
            "domain": [("partner_id", "child_of", self.id)],
            "context": {
                "default_partner_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }

    def action_view_telecom_invoice_requests(self):
        """Show what the customer asked for about his invoices."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_billing.action_telecom_invoice_request"
            ),
            "domain": [("partner_id", "child_of", self.id)],
            "context": {"telecom_partner_id": self.id},
        }
