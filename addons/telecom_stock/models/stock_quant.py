from odoo import api, models
from odoo.fields import Domain

from ..engine import serial_states


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
