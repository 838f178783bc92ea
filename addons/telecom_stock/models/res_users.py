from odoo import api, fields, models

SHOP = "telecom_stock.group_telecom_shop"
STOCK_MANAGER = "telecom_stock.group_telecom_stock_manager"


class ResUsers(models.Model):
    _inherit = "res.users"

    telecom_boutique_ids = fields.Many2many(
        "telecom.boutique",
        "telecom_boutique_staff",
        "user_id",
        "boutique_id",
        string="Boutiques",
        help="The boutiques this person works in.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        if any("telecom_boutique_ids" in vals for vals in vals_list):
            self.env["telecom.boutique"]._refresh_rules()
        return users

    def write(self, vals):
        result = super().write(vals)
        if "telecom_boutique_ids" in vals:
            self.env["telecom.boutique"]._refresh_rules()
        return result

    def _telecom_boutiques(self):
        """Return the shops whose staff or manager this user is, for rules of access.

        :rtype: telecom.boutique
        """
        self.ensure_one()
        # sudo: telecom.boutique - the rules ask this of a user who may read nothing yet
        return (
            self.env["telecom.boutique"]
            .sudo()
            .search(["|", ("user_ids", "in", self.id), ("manager_id", "=", self.id)])
        )

    def _telecom_shop_warehouses(self):
        """Return the ids of the warehouses of this user's shops, for rules."""
        return self._telecom_boutiques().warehouse_id.ids

    def _telecom_counters(self):
        """Return the shops this user may sell in.

        A stock manager in all of the operator's, everybody else where they work.

        :rtype: telecom.boutique
        """
        self.ensure_one()
        # By the rules of this user: env.user is the superuser's
        Boutique = self.with_user(self).env["telecom.boutique"]
        mine = Boutique.search([("id", "in", self._telecom_boutiques().ids)])
        if self.has_group(STOCK_MANAGER):
            return mine | Boutique.search([("state", "in", ("open", "works"))])
        if self.has_group(SHOP):
            return mine
        return Boutique

    def _telecom_franchise(self):
        """Tell whether this user works for somebody else's shops only.

        People of a franchise see customers whom they served, and no others.
        """
        self.ensure_one()
        if not self.has_group(SHOP) or any(
            self.has_group(group)
            for group in (
                STOCK_MANAGER,
                "telecom_crm.group_telecom_clerk",
                "telecom_crm.group_telecom_seller",
            )
        ):
            return False
        # Also shops that are closed for good: who worked there is of the franchise
        # still, and who works nowhere has served nobody.
        boutiques = self.with_context(active_test=False)._telecom_boutiques()
        return {"franchise"}.issuperset(boutiques.mapped("kind"))
