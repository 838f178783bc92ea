from odoo import api, fields, models


class TelecomQuoteRequest(models.Model):
    _inherit = "telecom.quote.request"

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
        """A request made during a call is the caller's, by telephone."""
        values = super().default_get(fields_list)
        call = self.env["telecom.call"].browse(values.get("telecom_call_id") or ())
        if not call.has_access("read"):
            values.pop("telecom_call_id", None)
            return values
        if call:
            values["company_id"] = call.company_id.id
            if "channel" in fields_list:
                values["channel"] = "call"
            if call.partner_id and "partner_id" in fields_list:
                values.setdefault("partner_id", call.partner_id.id)
        return values

    def action_view_telecom_call(self):
        """Show the call during which the request was made."""
        self.ensure_one()
        return self.telecom_call_id._get_records_action()
