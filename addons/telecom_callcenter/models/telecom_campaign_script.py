"""What outbound campaigns give their agents: a script, and contacts one by one."""

from odoo import api, fields, models

#: Why an agent does not call a contact who is shown; what becomes of the contact
SKIP_REASONS = [
    ("later", "Not now"),
    ("unsuitable", "Not for this campaign"),
    ("duplicate", "Contacted already"),
    ("other", "Other"),
]
#: Reasons after which the contact is not shown again
SKIPPED_FOR_GOOD = {"unsuitable", "duplicate"}
#: The keys of common statuses, by code; digits are on every keyboard
SHORTCUTS_OUT = {
    "sold": "1",
    "interested": "2",
    "refused": "3",
    "callback": "4",
    "no_answer": "5",
    "voicemail": "6",
    "busy": "7",
    "wrong_number": "8",
    "do_not_call": "9",
}
SHORTCUTS_BACK_OFFICE = {
    "handled": "1",
    "corrected": "2",
    "waiting_customer": "3",
    "waiting_others": "4",
    "missing": "5",
    "duplicate": "6",
    "not_ours": "7",
}
SHORTCUTS_IN = {
    "solved": "1",
    "informed": "2",
    "claim": "3",
    "transferred": "4",
    "callback": "5",
    "unsolved": "6",
    "cut": "7",
}

#: What a campaign says or writes to people, besides its follow-ups
MESSAGES = (
    "abandoned_prompt_id refusal_digit machine_detection machine_action"
    " machine_prompt_id machine_text survey survey_text"
).split()

SHORTCUTS = {
    "outbound": SHORTCUTS_OUT,
    "field": SHORTCUTS_OUT,
    "back_office": SHORTCUTS_BACK_OFFICE,
}


class TelecomCampaign(models.Model):
    _inherit = "telecom.campaign"

    script_id = fields.Many2one(
        "telecom.script",
        check_company=True,
        ondelete="restrict",
        help="What agents read and fill in during the campaign's calls.",
    )
    followup_ids = fields.One2many(
        "telecom.campaign.followup", "campaign_id", string="Follow-ups", copy=False
    )

    def _configuration_unheard(self):
        return super()._configuration_unheard() | {"script_id", "followup_ids"}

    @api.model_create_multi
    def create(self, vals_list):
        campaigns = super().create(vals_list)
        if self.env.context.get("telecom_default_trees", True):
            for campaign in campaigns:
                keys = SHORTCUTS.get(campaign.kind, SHORTCUTS_IN)
                for node in campaign.disposition_ids:
                    if node.code in keys and not node.shortcut:
                        node.shortcut = keys[node.code]
        return campaigns

    def _copy_messages(self, campaign, statuses):
        """Have another campaign say and write to people what this one does.

        :param dict statuses: its dispositions by the ids of this one's
        """
        self.ensure_one()
        campaign.write(
            {
                name: self._fields[name].convert_to_write(self[name], self)
                for name in MESSAGES
            }
        )
        self.copy_translations(campaign, excluded=self._fields.keys() - set(MESSAGES))
        self.followup_ids._copy_rules(campaign, statuses)


class TelecomCampaignContact(models.Model):
    _inherit = "telecom.campaign.contact"

    # Manual and preview campaigns
    preview_agent_id = fields.Many2one(
        "telecom.agent",
        string="Shown To",
        readonly=True,
        copy=False,
        help="The agent who has this contact on the desk, to call or to skip.",
    )
    preview_at = fields.Datetime(string="Shown Since", readonly=True, copy=False)
    answer_ids = fields.One2many("telecom.script.answer", "contact_id")

    _preview_once = models.UniqueIndex(
        "(preview_agent_id) WHERE preview_agent_id IS NOT NULL",
        "An agent has one contact at a time.",
    )


class TelecomCampaignAttempt(models.Model):
    _inherit = "telecom.campaign.attempt"

    skip_reason = fields.Selection(
        SKIP_REASONS, help="Why the agent who saw this contact did not call."
    )
