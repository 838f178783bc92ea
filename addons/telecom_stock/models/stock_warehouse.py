from odoo import fields, models
from odoo.exceptions import AccessError

from .res_users import STOCK_MANAGER


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    # One at most: see the constraint of boutiques
    telecom_boutique_ids = fields.One2many(
        "telecom.boutique", "warehouse_id", string="Boutique"
    )

    def _telecom_check_mine(self, message=None):
        """Refuse to people of shops what is of other shops only.

        Stock managers work in all of their operator's, the superuser everywhere.

        :param str message: what to say instead of the usual
        :raises AccessError: the user works in none of these
        """
        user = self.env.user
        if self.env.su or user.has_group(STOCK_MANAGER):
            return
        if not set(self.ids) & set(user._telecom_shop_warehouses()):
            raise AccessError(
                message or self.env._("You do not work in this boutique.")
            )
