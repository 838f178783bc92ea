from odoo import fields, models


class TelecomQuoteReturn(models.TransientModel):
    """Why a quotation is given back to who made it."""

    _name = "telecom.quote.return"
    _description = "Return a Quotation for Revision"
    _inherit = ["telecom.reference.mixin"]

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    comment = fields.Text(string="What shall be different?", required=True)

    def action_return(self):
        self.ensure_one()
        self.order_id._telecom_return(self.comment)
        return {"type": "ir.actions.act_window_close"}
