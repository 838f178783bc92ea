from odoo import models
from odoo.exceptions import UserError


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Merge customers of one operator only; lines and claims follow.

        Core moves every foreign key by SQL: what is computed from them is stale.

        :raises UserError: the partners belong to several companies, one an operator
        """
        # sudo: res.partner - whether they are one operator's, not what they hold
        partners = self.env["res.partner"].sudo().browse(partner_ids).exists()
        companies = {partner.company_id for partner in partners}
        if len(companies) > 1 and any(c.telecom_tenant for c in companies):
            raise UserError(
                self.env._("Only customers of the same operator can be merged.")
            )
        if any(c.telecom_tenant for c in companies):
            # A customer who gave two e-mail addresses is one customer all the same;
            # whoever merges has seen both.
            extra_checks = False
            # One customer number each: what is left over would meet a unique index.
            keep = (dst_partner or self._get_ordered_partner(partners.ids)[-1]).sudo()
            number = keep.telecom_customer_number
            others = (partners - keep).filtered("telecom_customer_number")
            if not number and others:
                number = others[0].telecom_customer_number
            others.telecom_customer_number = False
            partners.flush_recordset(["telecom_customer_number"])
            keep.telecom_customer_number = number
            partners.flush_recordset(["telecom_customer_number"])
        res = super()._merge(
            partner_ids, dst_partner=dst_partner, extra_checks=extra_checks
        )
        left = partners.exists()
        left.invalidate_recordset()
        for name in ("telecom_search_text", "telecom_kyc_state"):
            self.env.add_to_compute(left._fields[name], left)
        return res
