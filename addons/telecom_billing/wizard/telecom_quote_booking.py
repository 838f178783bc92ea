from odoo import api, fields, models
from odoo.exceptions import UserError

#: Slots to choose from: the next ones of all sellers
SHOWN = 80


class TelecomQuoteBooking(models.TransientModel):
    """A slot in a seller's agenda, for a request."""

    _name = "telecom.quote.booking"
    _description = "Book an Appointment"
    _inherit = ["telecom.reference.mixin"]

    request_id = fields.Many2one("telecom.quote.request", required=True, readonly=True)
    slot = fields.Selection(selection="_select_slot", string="Free Slot", required=True)

    @api.model
    def _select_slot(self):
        """Free slots of the request the window was opened for."""
        request = self.env["telecom.quote.request"].browse(
            self.env.context.get("default_request_id")
        )
        request = request.exists()._filtered_access("write")
        if not request:
            return []
        company = request.company_id
        slots = []
        if request.user_id in company._telecom_sellers():
            slots = request._telecom_slots(company, request.user_id)
        slots = slots or request._telecom_slots(company)
        return [
            (
                request._telecom_slot_key(start, seller),
                f"{request._telecom_moment(start, company)} – {seller.sudo().name}",
            )
            for start, seller in slots[:SHOWN]
        ]

    def action_book(self):
        self.ensure_one()
        self.request_id.check_access("write")
        slot = self.request_id._telecom_parse_slot(self.slot)
        if not slot:
            raise UserError(self.env._("Choose a slot."))
        seller, start = slot
        self.request_id._telecom_book(seller, start)
        return {"type": "ir.actions.act_window_close"}
