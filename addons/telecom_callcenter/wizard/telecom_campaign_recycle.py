from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.telecom_campaign_recycling import BATCH


class TelecomCampaignRecycle(models.TransientModel):
    """Contacts of a campaign put back in line by hand, after seeing how many."""

    _name = "telecom.campaign.recycle"
    _description = "Recycle Contacts"
    _inherit = ["telecom.reference.mixin"]

    campaign_id = fields.Many2one("telecom.campaign", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="campaign_id.company_id")
    file_ids = fields.Many2many(
        "telecom.campaign.file",
        "telecom_campaign_recycle_file_rel",
        string="Number Files",
        domain="[('campaign_id', '=', campaign_id)]",
        help="Empty: all of the campaign.",
    )
    disposition_ids = fields.Many2many(
        "telecom.disposition",
        "telecom_campaign_recycle_disposition_rel",
        string="Last Status",
        domain="[('campaign_id', '=', campaign_id)]",
        help="Branches include what is below. Empty: whatever it was.",
    )
    finished = fields.Boolean(
        help="Whoever bought or said no is among them: choose the last status too.",
    )
    attempts = fields.Boolean(string="Attempts used up", default=True)
    hand = fields.Boolean(string="Taken out by hand")
    before = fields.Datetime(
        string="Last Called Before", help="Empty: whenever, never called ones too."
    )
    next_at = fields.Datetime(
        string="Call Again From",
        required=True,
        default=lambda self: fields.Datetime.now(),
    )
    contact_count = fields.Integer(string="Contacts", compute="_compute_contacts")
    contact_summary = fields.Char(
        string="How Many by Last Status", compute="_compute_contacts"
    )

    @api.depends(
        "campaign_id",
        "file_ids",
        "disposition_ids",
        "finished",
        "attempts",
        "hand",
        "before",
    )
    def _compute_contacts(self):
        Contact = self.env["telecom.campaign.contact"]
        for wizard in self:
            counts = wizard.campaign_id and Contact._read_group(
                wizard._contacts_domain(),
                ["disposition_id"],
                ["__count"],
                order="__count desc, disposition_id",
            )
            wizard.contact_count = sum(count for _status, count in counts or ())
            wizard.contact_summary = " · ".join(
                f"{status.name or self.env._('No status')}: {count}"
                for status, count in counts or ()
            )

    def _contacts_domain(self):
        """Return the domain of the contacts chosen."""
        self.ensure_one()
        states = Domain.FALSE
        if self.finished:
            states |= Domain("state", "=", "done")
        reasons = [name for name in ("attempts", "hand") if self[name]]
        if reasons:
            states |= Domain([("state", "=", "excluded"), ("exclusion", "in", reasons)])
        domain = states & Domain("campaign_id", "=", self.campaign_id._origin.id)
        if self.file_ids:
            domain &= Domain("file_id", "in", self.file_ids._origin.ids)
        if self.disposition_ids:
            domain &= Domain(
                "disposition_id", "child_of", self.disposition_ids._origin.ids
            )
        if self.before:
            domain &= Domain("last_attempt_at", "<", self.before)
        return domain

    def action_recycle(self):
        """Put the contacts back in line; whoever refused calls stays out."""
        self.ensure_one()
        Contact = self.env["telecom.campaign.contact"]
        domain = self._contacts_domain()
        again = 0
        while contacts := Contact.search(domain, limit=BATCH):
            again += len(contacts._recycle(self.next_at))
            self.env.invalidate_all()
        if not again:
            raise UserError(self.env._("There is nobody to be called again."))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s contacts are called again.", again),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
