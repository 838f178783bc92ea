from odoo import models
from odoo.exceptions import UserError

from odoo.addons.telecom_stock.engine import serial_states


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _create_order_picking(self):
        """Sell items that may be sold, and keep in them whom they were sold to.

        :raises UserError: money would change hands, and the item stay where it is
        """
        self.ensure_one()
        lots = self._telecom_sold_lots()
        self._telecom_check_sale(lots)
        result = super()._create_order_picking()
        booked = self._should_create_picking_real_time() and not self.shipping_date
        if booked and self._telecom_lines():
            # Core keeps what went wrong to itself, and the item where it was: sold, or
            # taken back against money
            if any(picking.state != "done" for picking in self.picking_ids):
                raise UserError(
                    self.env._(
                        "The stock of this sale could not be booked. Scan the serial "
                        "numbers again, or ask a stock manager."
                    )
                )
            if lots and self.partner_id:
                lots.telecom_partner_id = self.partner_id.commercial_partner_id
        return result

    def _telecom_lines(self):
        """Return the lines that sell, or take back, items followed one by one."""
        return self.lines.filtered(
            lambda line: (
                line.qty
                and line.product_id.telecom_kind
                and line.product_id.tracking == "serial"
            )
        )

    def _telecom_sold_lots(self):
        """Return the items this order sells.

        :raises UserError: a serial number is missing, unknown or named twice
        """
        # sudo: stock.lot - by their numbers, of the order's operator; whether they may
        # be sold here is checked next
        lots = self.env["stock.lot"].sudo().browse()
        for line in self._telecom_lines().filtered(lambda line: line.qty > 0):
            names = [name for name in line.pack_lot_ids.mapped("lot_name") if name]
            if len(names) != line.qty:
                raise UserError(
                    self.env._(
                        "%(product)s: scan %(count)s serial numbers.",
                        product=line.product_id.display_name,
                        count=int(line.qty),
                    )
                )
            for name in names:
                lot = lots._telecom_by_scan(name, self.company_id)
                if lot.product_id != line.product_id or lot in lots:
                    raise UserError(
                        self.env._(
                            "%(product)s has no item %(serial)s, or it is there twice.",
                            product=line.product_id.display_name,
                            serial=name,
                        )
                    )
                # As it is kept, whatever the scanner read
                line.pack_lot_ids.filtered(
                    lambda pack, name=name: pack.lot_name == name
                ).lot_name = lot.name
                lots |= lot
        return lots

    def _telecom_check_sale(self, lots):
        """Refuse what is blocked, sold, or in another shop.

        :raises UserError: saying which item, and why
        """
        lots._telecom_check("sell")
        boutique = self.config_id.telecom_boutique_id
        for lot in lots:
            if boutique and lot.telecom_boutique_id != boutique:
                raise UserError(
                    self.env._(
                        "%(product)s %(serial)s is not in %(boutique)s. Receive it by "
                        "a transfer first.",
                        product=lot.product_id.display_name,
                        serial=lot.name,
                        boutique=boutique.name,
                    )
                )
            for_another = (
                lot.telecom_state == serial_states.RESERVED
                and lot.telecom_partner_id
                and lot.telecom_partner_id != self.partner_id.commercial_partner_id
            )
            if for_another:
                raise UserError(
                    self.env._(
                        "%(product)s %(serial)s is reserved for another customer.",
                        product=lot.product_id.display_name,
                        serial=lot.name,
                    )
                )
