from odoo import api, fields, models


class ResPartner(models.Model):
    """Which offers suit a customer, and which points he has."""

    _inherit = "res.partner"

    telecom_offers_open = fields.Boolean(
        compute="_compute_telecom_offers_open", export_string_translation=False
    )
    telecom_offer_count = fields.Integer(
        string="Offers That Suit", compute="_compute_telecom_offer_count"
    )
    telecom_points = fields.Float(
        string="Points", compute="_compute_telecom_points", digits=(16, 0)
    )

    @api.depends("company_id")
    def _compute_telecom_offers_open(self):
        for company, partners in self.grouped("company_id").items():
            partners.telecom_offers_open = (
                company.telecom_tenant
                and company.telecom_kind == "operator"
                and company._telecom_allows("offers")
            )

    def _compute_telecom_offer_count(self):
        self.telecom_offer_count = 0
        open_for = self.filtered("telecom_offers_open")
        for company, partners in open_for.grouped("company_id").items():
            offers = self.env["product.template"].search(
                [
                    ("telecom_offer_kind", "!=", False),
                    ("company_id", "=", company.id),
                    ("sale_ok", "=", True),
                ]
            )
            for partner in partners:
                if partner._origin:
                    refusals = offers._telecom_refusals(partner._origin)
                    partner.telecom_offer_count = sum(
                        not reason for reason in refusals.values()
                    )

    def _compute_telecom_points(self):
        # sudo: loyalty.card - points only, of the customers the user reads
        points = dict(
            self.env["loyalty.card"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "in", self._origin.ids),
                    ("program_id.program_type", "=", "loyalty"),
                ],
                ["partner_id"],
                ["points:sum"],
            )
        )
        for partner in self:
            partner.telecom_points = points.get(partner._origin.sudo(), 0.0)

    @api.readonly
    def action_telecom_propose(self):
        """Show which offers suit the customer."""
        self.ensure_one()
        return self._telecom_propose()

    def _telecom_propose(self, order=None):
        """Return the action that shows which offers suit a customer.

        :param sale.order order: the quotation to put them on; a new one when not given
        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_billing.action_telecom_offer_propose"
        )
        company = order.company_id if order else self.company_id
        taken = order.order_line.product_id.ids if order else []
        action["display_name"] = self.env._("Offers for %s", self.display_name)
        action["domain"] = [
            ("telecom_offer_kind", "!=", False),
            ("sale_ok", "=", True),
            ("company_id", "in", (False, company.id)),
        ]
        action["context"] = {
            "telecom_partner_id": self.id,
            "telecom_order_id": order.id if order else False,
            "telecom_with_product_ids": taken,
            "search_default_suits": 1,
            "allowed_company_ids": company.ids or self.env.companies.ids,
        }
        return action

    @api.readonly
    def action_view_telecom_points(self):
        """Show the loyalty cards of the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Points of %s", self.display_name),
            "res_model": "loyalty.card",
            "view_mode": "list,form",
            "domain": [("partner_id", "child_of", self.id)],
            "context": {"create": False},
        }
