from odoo import api, models


class TelecomConsent(models.Model):
    """Customers who take back their consent to calls leave the campaigns that run."""

    _inherit = "telecom.consent"

    @api.model_create_multi
    def create(self, vals_list):
        consents = super().create(vals_list)
        refused = consents.filtered(
            lambda consent: consent.channel == "call" and not consent.granted
        )
        if refused:
            # sudo: telecom.campaign.contact - of the customer's own operator
            self.env["telecom.campaign.contact"].sudo().search(
                [
                    ("partner_id", "in", refused.partner_id.ids),
                    ("company_id", "in", refused.company_id.ids),
                    ("state", "in", ("ready", "reserved", "callback")),
                ]
            ).write({"state": "excluded", "exclusion": "opt_out"})
        return consents
