from odoo import fields, models
from odoo.exceptions import UserError


class CrmLead(models.Model):
    _inherit = "crm.lead"

    telecom_source_id = fields.Many2one(
        "telecom.source",
        string="Origin",
        index="btree_not_null",
        check_company=True,
        help="What brought this prospect; kept when he becomes a customer.",
    )
    telecom_customer = fields.Boolean(related="partner_id.telecom_customer")

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

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        """Nothing that was asked of a prospect is asked of the customer again."""
        values = super()._prepare_customer_values(
            partner_name, is_company=is_company, parent_id=parent_id
        )
        if self.company_id.telecom_tenant:
            values["company_id"] = self.company_id.id
            values["telecom_source_id"] = self.telecom_source_id.id
        return values

    def action_telecom_convert(self):
        """Make the prospect a customer, won, and show the customer."""
        for lead in self:
            if not lead.partner_id and not (
                lead.contact_name or lead.partner_name or lead.email_from
            ):
                raise UserError(
                    self.env._("Enter the name of the prospect %s first.", lead.name)
                )
        self._handle_partner_assignment()
        for lead in self:
            customer = lead.partner_id.commercial_partner_id
            values = {"telecom_customer": True}
            if lead.telecom_source_id and not customer.telecom_source_id:
                values["telecom_source_id"] = lead.telecom_source_id.id
            customer.write(values)
        self.filtered(lambda lead: not lead.stage_id.is_won).action_set_won()
        if len(self) != 1:
            return True
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.commercial_partner_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
