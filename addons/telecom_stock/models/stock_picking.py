from odoo import api, fields, models
from odoo.fields import Command


class StockPicking(models.Model):
    _inherit = "stock.picking"

    telecom_transfer_id = fields.Many2one(
        "telecom.stock.transfer",
        string="Transfer between Boutiques",
        index="btree_not_null",
        check_company=True,
        readonly=True,
    )

    @api.model
    def _telecom_make(
        self, kind, source, dest, goods, partner=None, origin="", done=True, values=None
    ):
        """Move goods, each piece with a serial number by its own.

        :param stock.picking.type kind: operation type
        :param stock.location source: where they are; of pieces with a serial number,
            the place the piece stands in below it
        :param stock.location dest: where they go
        :param list goods: (product, quantity, lots); lots may be none. A fourth one is
            a dict of more values of the move, which is made for these pieces alone
        :param res.partner partner: to or from whom
        :param str origin: what it is for
        :param bool done: validate it; otherwise it waits, with the pieces reserved
        :param dict values: more values of the transfer
        :rtype: stock.picking
        """
        moves = {}
        for number, (product, quantity, lots, *more) in enumerate(goods):
            key = (product, number if more else None)
            known = moves.setdefault(key, [0.0, self.env["stock.lot"], more])
            known[0] += quantity
            known[1] |= lots
        picking = self.with_company(kind.company_id).create(
            {
                "picking_type_id": kind.id,
                "partner_id": partner.id if partner else False,
                "location_id": source.id,
                "location_dest_id": dest.id,
                "origin": origin,
                "user_id": self.env.uid,
                **(values or {}),
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "product_uom": product.uom_id.id,
                            "location_id": source.id,
                            "location_dest_id": dest.id,
                            "origin": origin,
                            **(more[0] if more else {}),
                        }
                    )
                    for (product, _number), (quantity, _lots, more) in moves.items()
                ],
            }
        )
        made = picking.move_ids.sorted("id")
        picking.action_confirm()
        for move, (_quantity, lots, _more) in zip(made, moves.values(), strict=True):
            move._telecom_take(lots)
        if done:
            picking.move_ids.picked = True
            picking._telecom_hand_over()
        return picking

    def _telecom_hand_over(self):
        """Carry out what is given to somebody who stands there.

        Without Odoo's own message to the customer about a delivery on its way.
        """
        self.with_context(skip_sms=True)._action_done()


class StockMove(models.Model):
    _inherit = "stock.move"

    def _telecom_take(self, lots):
        """Reserve just these serial numbers, or any pieces when there are none.

        :param stock.lot lots: of the move's product
        """
        self.ensure_one()
        if not lots:
            if not self.move_line_ids:
                self._action_assign()
            return
        if self.move_line_ids.lot_id == lots and len(self.move_line_ids) == len(lots):
            return
        self._do_unreserve()
        common = {
            "move_id": self.id,
            "picking_id": self.picking_id.id,
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom.id,
            "location_dest_id": self.location_dest_id.id,
            "company_id": self.company_id.id,
            "quantity": 1,
        }
        inside = self.location_id
        self.env["stock.move.line"].create(
            [
                {
                    **common,
                    "lot_id": lot.id,
                    "location_id": lot.location_id.id
                    if lot.location_id._child_of(inside)
                    else inside.id,
                }
                for lot in lots
            ]
        )
