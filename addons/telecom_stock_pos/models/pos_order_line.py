from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.telecom_stock.engine import serial_states


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    @api.model
    def get_existing_lots(self, company_id, config_id, product_id):
        """Leave out, where items are chosen, what is reserved or may not be sold."""
        found = super().get_existing_lots(company_id, config_id, product_id)
        # sudo: stock.lot - states of the items core has just named
        lots = self.env["stock.lot"].sudo().browse([each["id"] for each in found])
        kept = set(
            lots.filtered(
                lambda lot: (
                    lot.telecom_kind and lot.telecom_state != serial_states.STOCK
                )
            ).ids
        )
        return [each for each in found if each["id"] not in kept]

    def _telecom_scanned_lots(self, others):
        """Return the items whose numbers stand in this line.

        :param stock.lot others: of the order's other lines, in superuser mode
        :raises UserError: a serial number is missing, unknown or named twice
        """
        self.ensure_one()
        lots = others.browse()
        names = [name for name in self.pack_lot_ids.mapped("lot_name") if name]
        count = abs(self.qty)
        if len(names) != count:
            raise UserError(
                self.env._(
                    "%(product)s: scan %(count)s serial numbers.",
                    product=self.product_id.display_name,
                    count=int(count),
                )
            )
        for name in names:
            lot = lots._telecom_by_scan(name, self.order_id.company_id)
            if lot.product_id != self.product_id or lot in lots | others:
                raise UserError(
                    self.env._(
                        "%(product)s has no item %(serial)s, or it is there twice.",
                        product=self.product_id.display_name,
                        serial=name,
                    )
                )
            # As it is kept, whatever the scanner read
            self.pack_lot_ids.filtered(
                lambda pack, name=name: pack.lot_name == name
            ).lot_name = lot.name
            lots |= lot
        return lots
