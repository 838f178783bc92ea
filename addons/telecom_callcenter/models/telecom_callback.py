from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.clock import epoch


class TelecomCallback(models.Model):
    """A promise to call at a time."""

    _name = "telecom.callback"
    _description = "Callback"
    _inherit = ["telecom.owned.mixin", "telecom.number.mixin"]
    _check_company_auto = True
    _order = "due_at, id"
    _rec_name = "number"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    campaign_id = fields.Many2one("telecom.campaign", check_company=True, index=True)
    call_id = fields.Many2one("telecom.call", check_company=True)
    partner_id = fields.Many2one(
        "res.partner", index="btree_not_null", check_company=True
    )
    contact_id = fields.Many2one(
        "telecom.campaign.contact",
        index="btree_not_null",
        check_company=True,
        help="To whom it was promised, in an outbound campaign.",
    )
    number = fields.Char(required=True)
    due_at = fields.Datetime(required=True, index=True)
    agent_id = fields.Many2one(
        "telecom.agent", help="Empty: anybody of the campaign's team."
    )
    note = fields.Text()
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("cancelled", "Cancelled")],
        default="planned",
        required=True,
    )
    channel_id = fields.Char(
        index="btree_not_null",
        copy=False,
        help="ChannelId of the last attempt to keep the promise.",
    )
    done_call_id = fields.Many2one("telecom.call", check_company=True)

    @api.constrains("agent_id", "company_id")
    def _check_service(self):
        # sudo: telecom.agent - the provider of an agent, for the check
        self.env["telecom.operator.service"]._check_served(
            (callback.company_id, callback.agent_id.company_id)
            for callback in self.sudo()
            if callback.agent_id
        )

    @api.constrains("number")
    def _check_number(self):
        for callback in self:
            digits = callback.number.removeprefix("+")
            if not (digits.isascii() and digits.isdigit()):
                raise ValidationError(
                    self.env._("“%s” is no telephone number.", callback.number)
                )

    def write(self, vals):
        # sudo: telecom.campaign.contact - nobody is forgotten with a promise
        contacts = self.sudo().contact_id
        result = super().write(vals)
        if vals.get("state") in ("cancelled", "done"):
            contacts._promise_over("ready" if vals["state"] == "cancelled" else "done")
        return result

    def unlink(self):
        contacts = self.sudo().contact_id  # sudo: as in write
        result = super().unlink()
        contacts._promise_over("ready")
        return result

    def action_done(self):
        return self.write({"state": "done"})

    def action_cancel(self):
        return self.write({"state": "cancelled"})

    def _desk_values(self):
        """These promises as the desk lists them."""
        return [
            {
                "id": callback.id,
                "company_id": callback.company_id.id,
                "company": callback.company_id.name,
                "campaign_id": callback.campaign_id.id,
                "campaign": callback.campaign_id.name or False,
                "number": callback.number,
                "number_display": callback.company_id._telecom_format(callback.number),
                "partner_id": callback.partner_id.id,
                "partner": callback.partner_id.name or False,
                "due_at": epoch(callback.due_at),
                "personal": bool(callback.agent_id),
                "note": callback.note or False,
            }
            for callback in self
        ]
