from odoo import models
from odoo.exceptions import UserError


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _create_order_picking(self):
        """Sell items that may be sold, and keep in them whom they were sold to.

        :raises UserError: money would change hands, and the item stay where it is
        """
        self.ensure_one()
        lots = self._telecom_sold_lots()
        self._telecom_check_sale(lots)
        self._telecom_check_refunds()
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
            lots |= line._telecom_scanned_lots(lots)
        return lots

    def _telecom_check_refunds(self):
        """Refuse to take an item back by a ticket it was not sold with last.

        Whoever bought it then would get the money for what somebody else has now.

        :raises UserError: saying which item
        """
        lots = self.env["stock.lot"].sudo().browse()
        for line in self._telecom_lines().filtered(lambda line: line.qty < 0):
            scanned = line._telecom_scanned_lots(lots)
            lots |= scanned
            # sudo: pos.order - the ticket the refund names, of whatever till
            ticket = line.sudo().refunded_orderline_id.order_id.filtered(
                lambda order: order.company_id == self.company_id
            )
            for lot in scanned - ticket._telecom_sold_last(scanned):
                raise UserError(
                    self.env._(
                        "%(product)s %(serial)s was not sold with this ticket, or was "
                        "sold again since: take it back by the ticket, or the sale, "
                        "it was sold with last.",
                        product=lot.product_id.display_name,
                        serial=lot.name,
                    )
                )

    def _telecom_sold_last(self, lots):
        """Return those of the items that went to whoever has them by this order.

        In superuser mode, as the items are.
        """
        pickings = self.picking_ids or self.session_id.picking_ids
        if self and not pickings:
            # Booked in the evening, with the whole session: nothing is known before
            return lots
        names = set(pickings.mapped("name"))
        last = {}
        # The latest first
        for event in lots.env["telecom.serial.event"].search(
            [
                ("lot_id", "in", lots.ids),
                ("location_dest_id.usage", "=", "customer"),
                ("location_id.usage", "!=", "customer"),
            ]
        ):
            last.setdefault(event.lot_id, event.reference)
        return lots.filtered(lambda lot: last.get(lot) in names)

    def _telecom_check_sale(self, lots):
        """Refuse what is blocked, sold, in another shop, or reserved for others.

        :raises UserError: saying which item, and why
        """
        lots._telecom_check("sell")
        lots._telecom_check_reserved(self.partner_id)
        # Asked again when the item leaves, but core keeps what was wrong to itself
        lots._telecom_check_kept(self.partner_id)
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
