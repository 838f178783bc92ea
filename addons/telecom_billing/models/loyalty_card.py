from odoo import api, fields, models


class LoyaltyCard(models.Model):
    """Points that can be spent on a bill."""

    _inherit = "loyalty.card"

    telecom_on_bills = fields.Boolean(related="program_id.telecom_on_bills")

    @api.readonly
    def action_telecom_spend(self):
        """Open the form that spends points on the next bill."""
        self.ensure_one()
        accounts = self.env["telecom.billing.account"].search(
            [("partner_id", "=", self.partner_id.id), ("state", "=", "active")], limit=2
        )
        rewards = self.program_id.reward_ids.filtered(
            lambda reward: reward._telecom_bill_amount(self.points)[0]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Spend Points on the Next Bill"),
            "res_model": "telecom.loyalty.redemption",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_company_id": self.company_id.id,
                "default_partner_id": self.partner_id.id,
                "default_card_id": self.id,
                "default_account_id": accounts.id if len(accounts) == 1 else False,
                "default_reward_id": rewards.id if len(rewards) == 1 else False,
            },
        }
