from odoo import fields, models


class TelecomCampaign(models.Model):
    """Why calls are taken or made for an operator."""

    _name = "telecom.campaign"
    _description = "Campaign"
    _inherit = ["mail.thread"]
    _check_company_auto = True
    _order = "name"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [
            ("inbound", "Inbound"),
            ("outbound", "Outbound"),
            ("digital", "Digital"),
            ("field", "Field sales"),
            ("back_office", "Back office"),
        ],
        required=True,
        default="inbound",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("live", "Live"), ("stopped", "Stopped")],
        required=True,
        default="draft",
        tracking=True,
        copy=False,
    )
    active = fields.Boolean(default=True)

    # Way in
    did_ids = fields.One2many("telecom.did", "campaign_id", string="Service Numbers")
    queue_id = fields.Many2one("telecom.queue", check_company=True)
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Opening Hours",
        check_company=True,
        help="Always open when empty. Public holidays are the calendar's days off.",
    )
    welcome_prompt_id = fields.Many2one("telecom.prompt", check_company=True)
    closed_prompt_id = fields.Many2one("telecom.prompt", check_company=True)
    unavailable_prompt_id = fields.Many2one("telecom.prompt", check_company=True)
    unavailable_policy = fields.Selection(
        [
            ("queue", "Queue the call all the same"),
            ("message", "Play the unavailable message"),
        ],
        default="queue",
        required=True,
        help="What Asterisk does on its own while the gateway is not there.",
    )
    channels_sms = fields.Boolean(
        string="SMS with the Digital Channels",
        default=True,
        help="Sent to callers who reached nobody: closed, or unavailable.",
    )
    channels_sms_text = fields.Text(
        translate=True,
        help="{channels} stands for the list of digital channels, {operator} for "
        "the operator's name.",
    )

    # After the call
    disposition_ids = fields.One2many("telecom.disposition", "campaign_id")
    qualification_ids = fields.One2many("telecom.qualification", "campaign_id")
    wrapup_limit_seconds = fields.Integer(
        default=0, help="Time shown to the agent for the wrap-up; 0 for none."
    )
    survey = fields.Selection(
        [("none", "None"), ("rating", "One click")], default="none", required=True
    )
    survey_text = fields.Text(
        translate=True,
        help="{link} stands for the link, {operator} for the operator's name.",
    )
