from odoo import api, fields, models


class TelecomInvoiceRequest(models.Model):
    _inherit = "telecom.invoice.request"

    telecom_call_id = fields.Many2one(
        "telecom.call",
        string="Call",
        check_company=True,
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The call during which the request was made.",
    )

    @api.model
    def default_get(self, fields_list):
        """A request made during a call is the caller's."""
        call = self.env["telecom.call"].browse(
            self.env.context.get("default_telecom_call_id") or ()
        )
        if not call.has_access("read"):
            self = self.with_context(default_telecom_call_id=False)
        elif call.partner_id and not self.env.context.get("telecom_partner_id"):
            self = self.with_context(telecom_partner_id=call.partner_id.id)
        return super().default_get(fields_list)

    def action_view_telecom_call(self):
        """Show the call during which the request was made."""
        self.ensure_one()
        return self.telecom_call_id._get_records_action()
