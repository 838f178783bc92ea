from odoo import models
from odoo.exceptions import UserError

from ..engine import serial_states


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _action_done(self):
        self._telecom_check_blocked()
        result = super()._action_done()
        self.exists()._telecom_moved()
        return result

    def _telecom_check_blocked(self):
        """Refuse to move what is lost or stolen.

        :raises UserError: saying which item, and why
        """
        for line in self:
            lot = line.lot_id
            if lot.telecom_kind and not serial_states.may_move(
                lot.telecom_state, line.location_id.usage, line.location_dest_id.usage
            ):
                raise UserError(lot._telecom_blocked_message())

    def _telecom_moved(self):
        """Bring the items moved into the state of the place they came to."""
        events, states = [], {}
        for line in self:
            lot = line.lot_id
            if not lot.telecom_kind:
                continue
            before = states.get(lot, lot.telecom_state)
            states[lot] = after = serial_states.after_move(
                before, line.location_id.usage, line.location_dest_id.usage
            )
            events.append(
                (
                    lot,
                    {
                        "kind": "moved",
                        "old_state": before,
                        "new_state": after,
                        "location_id": line.location_id.id,
                        "location_dest_id": line.location_dest_id.id,
                        "reference": line.reference,
                    },
                )
            )
        by_state = {}
        for lot, state in states.items():
            by_state.setdefault(state, self.env["stock.lot"])
            by_state[state] |= lot
        for state, lots in by_state.items():
            # sudo: stock.lot - states are nobody's to write; the move was allowed
            lots.sudo().write({"telecom_state": state})
        self.env["stock.lot"]._telecom_record(events)
