from odoo import fields, models


class TelecomQuoteRefuse(models.TransientModel):
    """Why a request is refused; the customer reads it."""

    _name = "telecom.quote.refuse"
    _description = "Refuse a Quote Request"
    _inherit = ["telecom.reference.mixin"]

    request_id = fields.Many2one("telecom.quote.request", required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_refuse(self):
        self.ensure_one()
        self.request_id.check_access("write")
        self.request_id._telecom_refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
