from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..engine import serial_states
from .res_users import SHOP, STOCK_MANAGER


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model
    def _get_gather_domain(
        self,
        product_id,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
    ):
        domain = super()._get_gather_domain(
            product_id, location_id, lot_id, package_id, owner_id, strict
        )
        if lot_id or strict or not product_id.telecom_kind:
            return domain
        # Nobody asked for this very item: what is lost, came back or is being repaired
        # is not offered
        kept_back = [("telecom_state", "in", list(serial_states.KEPT_BACK))]
        return Domain(domain) & Domain("lot_id", "not any", kept_back)

    def _apply_inventory(self, date=None):
        """Let people of shops count; that the books follow is for a stock manager."""
        user = self.env.user
        in_shop = user.has_group(SHOP) and not user.has_group(STOCK_MANAGER)
        if in_shop and not self.env.su:
            raise AccessError(
                self.env._(
                    "Count the boutique: a stock manager checks the count, and "
                    "corrects the books."
                )
            )
        return super()._apply_inventory(date=date)

    @api.model
    def _update_reserved_quantity(
        self,
        product_id,
        location_id,
        quantity,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=True,
    ):
        result = super()._update_reserved_quantity(
            product_id,
            location_id,
            quantity,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )
        if lot_id and lot_id.telecom_kind:
            lot_id._telecom_follow_reservation(quantity > 0)
        return result
