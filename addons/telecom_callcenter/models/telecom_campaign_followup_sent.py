from odoo import fields, models

#: What a survey's answer is about
SURVEYED_MODELS = ("telecom.call.wrapup", "telecom.campaign.followup.sent")


class TelecomCampaignFollowupSent(models.Model):
    """That a follow-up went to somebody, or why it did not."""

    _name = "telecom.campaign.followup.sent"
    _description = "Follow-up Sent"
    _inherit = ["rating.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "followup_id"

    followup_id = fields.Many2one(
        "telecom.campaign.followup",
        string="Follow-up",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="followup_id.company_id", store=True, index=True, precompute=True
    )
    campaign_id = fields.Many2one(
        related="followup_id.campaign_id", store=True, precompute=True
    )
    call_id = fields.Many2one(
        "telecom.call", index=True, check_company=True, ondelete="cascade"
    )
    attempt_id = fields.Many2one(
        "telecom.campaign.attempt",
        index="btree_not_null",
        check_company=True,
        ondelete="cascade",
    )
    contact_id = fields.Many2one(
        "telecom.campaign.contact",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    state = fields.Selection(
        [("sent", "Sent"), ("refused", "Not sent")], required=True, default="sent"
    )
    reason = fields.Char()

    _once = models.UniqueIndex(
        "(followup_id, call_id) WHERE call_id IS NOT NULL",
        "A follow-up goes out once per call.",
    )
    _once_attempt = models.UniqueIndex(
        "(followup_id, attempt_id) WHERE attempt_id IS NOT NULL",
        "A follow-up goes out once per call.",
    )

    def _send_survey(self, call, contact):
        """Ask somebody who was called, and whom no agent spoke with, how it was.

        :return: why it was not sent; False when it was
        """
        self.ensure_one()
        campaign, company = self.campaign_id, self.company_id
        number, refused = self.followup_id._message_number(
            call, contact, self.attempt_id.number
        )
        if refused:
            return refused
        partner = call._script_partner(contact)
        # sudo: rating.rating - whoever has its link answers for the customer
        rating = (
            self.env["rating.rating"]
            .sudo()
            .create(
                {
                    "partner_id": partner.id,
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": self.id,
                    "is_internal": False,
                    "telecom_company_id": company.id,
                }
            )
        )
        lang = self.followup_id._language(call, contact, partner)
        own = self.followup_id.with_context(lang=lang).text
        link = f"{company.get_base_url()}/rate/{rating.access_token}/5"
        self.env["sms.sms"]._telecom_queue(
            company,
            [
                {
                    "number": number,
                    "body": campaign._get_survey_text(lang, link, own_text=own),
                    "shown_body": campaign._get_survey_text(lang, "…", own_text=own),
                    "partner_id": partner.id,
                    "call_id": call.id,
                    "purpose": "survey",
                }
            ],
        )
        return False
