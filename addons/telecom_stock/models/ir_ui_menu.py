from odoo import models

from .res_users import STOCK_MANAGER


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _load_menus_blacklist(self):
        """Hide the dashboard from those who manage no boutique.

        The menus are cached: putting somebody in charge of a boutique clears the cache.
        """
        hidden = super()._load_menus_blacklist()
        # sudo: telecom.boutique - whether there is one, of whatever operator
        boutiques = self.env["telecom.boutique"].sudo()
        if not self.env.user.has_group(STOCK_MANAGER) and not boutiques.search_count(
            [("manager_id", "=", self.env.uid)], limit=1
        ):
            hidden.append(self.env.ref("telecom_stock.menu_dashboard").id)
        return hidden
