from odoo import api, fields, models
from odoo.exceptions import UserError


class TelecomClaimMerge(models.TransientModel):
    """Makes one claim of several about the same thing."""

    _name = "telecom.claim.merge"
    _description = "Merge Claims"

    ticket_ids = fields.Many2many("helpdesk.ticket", string="Claims", required=True)
    company_id = fields.Many2one("res.company", related="ticket_ids.company_id")
    commercial_partner_id = fields.Many2one(
        "res.partner", related="ticket_ids.commercial_partner_id"
    )
    target_id = fields.Many2one(
        "helpdesk.ticket",
        string="Keep",
        compute="_compute_target_id",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
        help="The others go into this one: their messages, attachments and "
        "activities follow.",
    )

    @api.depends("ticket_ids")
    def _compute_target_id(self):
        for wizard in self:
            oldest = wizard.ticket_ids.sorted("create_date")[:1]
            wizard.target_id = oldest if len(wizard.ticket_ids) > 1 else False

    def action_confirm(self):
        """Merge, and open the claim that remains."""
        self.ensure_one()
        others = self.ticket_ids - self.target_id
        if not others or not self.target_id:
            raise UserError(self.env._("Choose another claim to merge with."))
        customers = (others | self.target_id).commercial_partner_id
        if len(customers) > 1:
            raise UserError(
                self.env._(
                    "These claims are of different customers; one would read the "
                    "other's messages."
                )
            )
        others._telecom_merge(self.target_id)
        return self.target_id._get_records_action()
