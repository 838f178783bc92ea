from odoo import api, models
from odoo.exceptions import UserError

from ..engine import serial_states
from .stock_lot import ENDED, MOVING, SCRAPPING

#: Usages of the places in which the operator itself has an item
OURS = ("internal", "transit")
#: In the context of who has written stock and history already. An object, which no
#: client can send: with it, transfers are done and nothing is checked or booked.
NEW_ITEMS = object()


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    # What is planned with an item, among all the moves of years
    _telecom_planned_idx = models.Index(
        "(lot_id) WHERE lot_id IS NOT NULL"
        " AND (state IS NULL OR state NOT IN ('done', 'cancel'))"
    )

    @api.constrains("lot_id", "location_id", "location_dest_id")
    def _check_telecom_blocked(self):
        self.filtered(lambda line: line.state not in ENDED)._telecom_check_blocked()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("lot_name"):
                self._telecom_normalise_name(
                    vals, self._telecom_product(vals).product_tmpl_id
                )
        lines = super().create(vals_list)
        # Added to what is done already
        done = lines.filtered(lambda line: line.state == "done")
        done._telecom_check_blocked()
        done._telecom_moved()
        return lines

    def write(self, vals):
        if vals.get("lot_name"):
            vals = dict(vals)
            for template in self.product_id.product_tmpl_id:
                self._telecom_normalise_name(vals, template)
        return super().write(vals)

    @api.model
    def _telecom_product(self, vals):
        move = self.env["stock.move"].browse(vals.get("move_id"))
        return (
            self.env["product.product"].browse(vals.get("product_id"))
            or move.product_id
        )

    @api.model
    def _telecom_normalise_name(self, vals, product):
        """Bring a scanned number into the form in which its item is looked for."""
        Lot = self.env["stock.lot"]
        if Lot._telecom_is_followed(product):
            vals["lot_name"] = Lot._telecom_normalise(product, vals["lot_name"])

    def _action_done(self):
        if self.env.context.get("telecom_new_items") is NEW_ITEMS:
            # A supplier's file: stock and history are written already, as sets
            return None
        self._telecom_name_pieces()
        self._telecom_check_blocked()
        self._telecom_check_place()
        # What is reserved and freed on the way is no news
        lines = self.with_context(telecom_moving=MOVING)
        if self.env.user._telecom_bound():
            # sudo: stock.quant - Odoo looks in both places for what is there, and would
            # book beside what the user does not see; who may move this was asked before
            lines = lines.sudo()
        result = super(StockMoveLine, lines)._action_done()
        self.exists()._telecom_moved()
        return result

    def _telecom_name_pieces(self):
        """Name the items that lines give by their numbers only.

        Odoo does so while it books; what is known of an item is asked before that.

        :raises UserError: the item is in a shop that the user does not see
        """
        typed = self.filtered(lambda line: line.lot_name and not line.lot_id)
        # sudo: stock.lot - whether the operator has it, wherever it is
        Lot = self.env["stock.lot"].sudo()
        for (company, product), lines in typed.grouped(
            lambda line: (line.company_id, line.product_id)
        ).items():
            if not Lot._telecom_is_followed(product):
                continue
            lots = Lot.search(
                [
                    ("company_id", "=", company.id),
                    ("product_id", "=", product.id),
                    ("name", "in", lines.mapped("lot_name")),
                ]
            )
            known = lots.grouped("name")
            for line in lines.filtered(lambda one, known=known: one.lot_name in known):
                lot = known[line.lot_name].sudo(self.env.su)
                if not lot.has_access("read"):
                    raise UserError(
                        self.env._(
                            "%s is not in the stock of this boutique.", lot.sudo().name
                        )
                    )
                line.lot_id = lot

    def _telecom_check_blocked(self):
        """Refuse to move what is lost or stolen, or in service.

        :raises UserError: saying which item, and why
        """
        for line in self:
            lot = line.lot_id
            if not lot.telecom_kind:
                continue
            source, destination = line.location_id, line.location_dest_id
            if not serial_states.may_move(
                lot.telecom_state, source.usage, destination.usage
            ):
                raise UserError(lot._telecom_blocked_message())
            if (
                lot.telecom_state == serial_states.ACTIVE
                and lot.telecom_kind == "sim"
                and destination.usage != "customer"
            ):
                raise UserError(
                    self.env._(
                        "The SIM %(iccid)s is in the line %(line)s. Change the line's "
                        "SIM, or terminate the line, first.",
                        iccid=lot.name,
                        # sudo: telecom.line - its number only
                        line=lot.sudo().telecom_line_id.display_name,
                    )
                )

    def _telecom_check_place(self):
        """Refuse to move out of a place what is not in it, or what is kept for another.

        Odoo books one less here and one more there; an item that a customer or another
        shop has would be in two places, and could be sold again. So it would be if it
        were received, or counted in, a second time.

        :raises UserError: saying which item
        """
        for line in self:
            lot = line.lot_id
            if not lot.telecom_kind:
                continue
            source, destination = line.location_id, line.location_dest_id
            # sudo: stock.quant - where it is, though the mover sees his shop only. Not
            # by its location: whoever relocates an item has written that already
            quants = lot.sudo().quant_ids.filtered(lambda quant: quant.quantity > 0)
            leaves = source.usage in OURS
            if (
                leaves
                and quants
                and not any(
                    place._child_of(source.sudo()) for place in quants.location_id
                )
            ):
                raise UserError(
                    self.env._(
                        "%(product)s %(serial)s is not in “%(place)s” by the books: "
                        "take it back, or have it transferred, first.",
                        product=lot.product_id.display_name,
                        serial=lot.name,
                        place=source.display_name,
                    )
                )
            if destination.usage in OURS and not leaves:
                line._telecom_check_arrival(quants.location_id)
            if destination.usage == "customer" and source.usage != "customer":
                lot._telecom_check_kept(line._telecom_customer())
        handed_out = self.filtered(
            lambda line: (
                line.location_dest_id.usage == "customer"
                and line.location_id.usage != "customer"
            )
        )
        for partner, lines in handed_out.grouped(
            lambda line: line._telecom_customer()
        ).items():
            lines.lot_id._telecom_check_reserved(partner, self)

    def _telecom_customer(self):
        """Return to or from whom this goes."""
        self.ensure_one()
        return self.picking_partner_id or self.move_id.partner_id

    def _telecom_check_arrival(self, places):
        """Refuse to take in from outside what is here, or at a customer's, already.

        :param stock.location places: where the item is by the books
        :raises UserError: saying where it is
        """
        self.ensure_one()
        known = OURS if self.location_id.usage == "customer" else (*OURS, "customer")
        for place in places.filtered(lambda place: place.usage in known):
            raise UserError(
                self.env._(
                    "%(product)s %(serial)s is in “%(place)s” by the books: have it "
                    "transferred, or take it back, from there.",
                    product=self.product_id.display_name,
                    serial=self.lot_id.name,
                    place=place.display_name,
                )
            )

    def _telecom_moved(self):
        """Bring the items moved into the state of the place they came to."""
        events, values = [], {}
        # sudo: stock.lot - what left the shop of who moved it is not his to read
        used = self.lot_id.sudo()._telecom_used()
        reason = self.env.context.get("telecom_move_reason")
        thrown_away = self.env.context.get("telecom_scrapping") is SCRAPPING
        for line in self:
            lot = line.lot_id.sudo()
            if not lot.telecom_kind:
                continue
            source, destination = line.location_id.usage, line.location_dest_id.usage
            before = values.get(lot, {}).get("telecom_state", lot.telecom_state)
            after = serial_states.after_move(
                before,
                source,
                destination,
                blocked=bool(lot.telecom_block_reason),
                scrapped=thrown_away or bool(line.move_id.scrap_id),
                used=lot in used,
            )
            values.setdefault(lot, {})["telecom_state"] = after
            event = {
                "kind": "returned" if source == "customer" else "moved",
                "old_state": before,
                "new_state": after,
                "location_id": line.location_id.id,
                "location_dest_id": line.location_dest_id.id,
                "reference": line.reference,
                "reason": reason,
            }
            partner = line._telecom_customer()
            if destination == "customer" and not lot.telecom_partner_id:
                if partner.company_id in (lot.company_id, lot.company_id.browse()):
                    values[lot]["telecom_partner_id"] = partner.id
                    event["partner_id"] = partner.id
            elif source == "customer" and destination != "customer":
                # The event says whose it was
                event["partner_id"] = lot.telecom_partner_id.id
                values[lot].update(telecom_partner_id=False, telecom_line_id=False)
            events.append((lot, event))
        alike = {}
        for lot, vals in values.items():
            key = tuple(sorted(vals.items()))
            alike[key] = alike.get(key, self.env["stock.lot"]) | lot
        for vals, lots in alike.items():
            # sudo: stock.lot - states are nobody's to write; the move was allowed
            lots.sudo().write(dict(vals))
        self.env["stock.lot"]._telecom_record(events)
