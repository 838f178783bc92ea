from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    telecom_call_id = fields.Many2one(
        "telecom.call",
        string="Call",
        check_company=True,
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The call during which the claim was made.",
    )

    telecom_work_item_ids = fields.One2many(
        "telecom.work.item", "ticket_id", string="Back-Office Work"
    )

    @api.model
    def default_get(self, fields_list):
        """A claim made during a call is the caller's, by telephone."""
        values = super().default_get(fields_list)
        call = self.env["telecom.call"].browse(values.get("telecom_call_id") or ())
        if not call.has_access("read"):
            values.pop("telecom_call_id", None)
            return values
        if call:
            phone = self.env.ref(
                "helpdesk_mgmt.helpdesk_ticket_channel_phone", raise_if_not_found=False
            )
            usual = {
                "company_id": call.company_id.id,
                "partner_id": call.partner_id.id,
                "channel_id": phone and phone.id,
            }
            for name, value in usual.items():
                if name in fields_list and value:
                    values.setdefault(name, value)
            values["company_id"] = call.company_id.id
        return values

    def _telecom_reopen(self):
        """The back office does its part once more, where the campaign goes on."""
        result = super()._telecom_reopen()
        # sudo: telecom.work.item - of the very claims; customers reopen theirs, too
        items = self.sudo().telecom_work_item_ids
        items.filtered(lambda item: item.campaign_id.state == "live")._do_claims_again()
        return result

    def action_view_telecom_call(self):
        """Show the call during which the claim was made."""
        self.ensure_one()
        return self.telecom_call_id._get_records_action()
