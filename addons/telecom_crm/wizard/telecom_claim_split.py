from odoo import api, fields, models


class TelecomClaimSplit(models.TransientModel):
    """Makes a second claim of what is another subject."""

    _name = "telecom.claim.split"
    _description = "Split a Claim"

    ticket_ids = fields.Many2many("helpdesk.ticket", string="Claims", required=True)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", string="Claim", compute="_compute_ticket_id"
    )
    company_id = fields.Many2one("res.company", related="ticket_ids.company_id")
    name = fields.Char(string="Subject", required=True)
    description = fields.Html(required=True)
    category_id = fields.Many2one(
        "helpdesk.ticket.category",
        domain="[('company_id', 'in', (company_id, False))]",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Attachments to Move",
        domain="[('res_model', '=', 'helpdesk.ticket'), ('res_id', '=', ticket_id)]",
    )

    @api.depends("ticket_ids")
    def _compute_ticket_id(self):
        for wizard in self:
            wizard.ticket_id = wizard.ticket_ids[:1]

    def action_confirm(self):
        """Create the second claim and open it."""
        self.ensure_one()
        ticket = self.ticket_id
        new = ticket.create(
            ticket._telecom_prepare_split(
                {
                    "name": self.name,
                    "description": self.description,
                    "category_id": self.category_id.id,
                }
            )
        )
        own = self.attachment_ids.filtered(
            lambda file: file.res_model == ticket._name and file.res_id == ticket.id
        )
        own.write({"res_id": new.id})
        new.message_subscribe(ticket.message_partner_ids.ids)
        ticket.message_post(
            body=self.env._("Split: claim %s", new._get_html_link()),
            subtype_xmlid="mail.mt_note",
        )
        new.message_post(
            body=self.env._("Split from claim %s", ticket._get_html_link()),
            subtype_xmlid="mail.mt_note",
        )
        return new._get_records_action()
