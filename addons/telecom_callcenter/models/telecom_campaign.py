from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from ..tools.clock import epoch

_lt = LazyTranslate(__name__)

# What a campaign begins with: (code, name, branches)
DISPOSITIONS = [
    (
        "answered",
        _lt("Answered"),
        [
            ("solved", _lt("Solved"), []),
            ("informed", _lt("Information given"), []),
            ("claim", _lt("Claim opened"), []),
            ("transferred", _lt("Transferred"), []),
            ("callback", _lt("To be called back"), []),
            ("unsolved", _lt("Not solved"), []),
        ],
    ),
    (
        "sale",
        _lt("Sale"),
        [
            ("sold", _lt("Sold"), []),
            ("interested", _lt("Interested"), []),
            ("refused", _lt("Refused"), []),
            ("do_not_call", _lt("Wants no more calls"), []),
        ],
    ),
    (
        "not_available",
        _lt("Not available"),
        [
            ("no_answer", _lt("No answer"), []),
            ("voicemail", _lt("Voicemail"), []),
            ("busy", _lt("Busy"), []),
            ("no_agent", _lt("No agent was free"), []),
        ],
    ),
    ("cut", _lt("Cut off"), []),
    ("wrong_number", _lt("Wrong number"), []),
    ("nuisance", _lt("Nuisance call"), []),
]
QUALIFICATIONS = [
    (
        "technical",
        _lt("Technical"),
        [
            ("coverage", _lt("Network coverage"), []),
            ("internet", _lt("Internet access"), []),
            ("calls", _lt("Calls and messages"), []),
            ("sim", _lt("SIM and PUK"), []),
            ("device", _lt("Telephone or modem"), []),
        ],
    ),
    (
        "financial",
        _lt("Bills and credit"),
        [
            ("bill", _lt("Bill"), []),
            ("payment", _lt("Payment"), []),
            ("credit", _lt("Credit and top-up"), []),
            ("consumption", _lt("Consumption"), []),
        ],
    ),
    (
        "commercial",
        _lt("Offers"),
        [
            ("offer", _lt("Information on offers"), []),
            ("subscribe", _lt("New subscription"), []),
            ("change", _lt("Change of offer"), []),
            ("terminate", _lt("Termination"), []),
        ],
    ),
    (
        "relational",
        _lt("Customer relations"),
        [
            ("claim_follow_up", _lt("Follow-up of a claim"), []),
            ("reception", _lt("Reception in a boutique"), []),
            ("praise", _lt("Praise"), []),
        ],
    ),
    ("other", _lt("Other"), []),
]

# What campaigns of the back office begin with
WORK_DISPOSITIONS = [
    (
        "done",
        _lt("Done"),
        [
            ("handled", _lt("Handled"), []),
            ("corrected", _lt("Handled after a correction"), []),
        ],
    ),
    (
        "waiting",
        _lt("Put off"),
        [
            ("waiting_customer", _lt("Waiting for the customer"), []),
            ("waiting_others", _lt("Waiting for others"), []),
        ],
    ),
    (
        "rejected",
        _lt("Not possible"),
        [
            ("missing", _lt("Information missing"), []),
            ("duplicate", _lt("Duplicate item"), []),
            ("not_ours", _lt("Not for us"), []),
        ],
    ),
]


class TelecomCampaign(models.Model):
    """Why calls are taken or made for an operator."""

    _name = "telecom.campaign"
    _description = "Campaign"
    _inherit = [
        "mail.thread",
        "telecom.configuration.mixin",
        "telecom.owned.mixin",
    ]
    _check_company_auto = True
    _order = "name"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    kind = fields.Selection(
        [
            ("inbound", "Inbound calls"),
            ("outbound", "Outbound calls"),
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

    _wrapup_limit_range = models.Constraint(
        "CHECK(wrapup_limit_seconds BETWEEN 0 AND 3600)",
        "The time for the wrap-up is between 0 (none shown) and 3600 seconds.",
    )

    @api.constrains("queue_id")
    def _check_same_pbx(self):
        self.did_ids._check_same_pbx()

    # -------------------------------------------------------------------------
    # ORM
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        campaigns = super().create(vals_list)
        if self.env.context.get("telecom_default_trees", True):
            Disposition = self.env["telecom.disposition"]
            Qualification = self.env["telecom.qualification"]
            bare = campaigns.filtered(lambda campaign: not campaign.disposition_ids)
            paper = bare.filtered(lambda campaign: campaign.kind == "back_office")
            Disposition._create_tree(bare - paper, DISPOSITIONS)
            Disposition._create_tree(paper, WORK_DISPOSITIONS)
            Qualification._create_tree(
                campaigns.filtered(lambda campaign: not campaign.qualification_ids),
                QUALIFICATIONS,
            )
        return campaigns

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", campaign.name)}
            if "name" not in (default or {})
            else vals
            for campaign, vals in zip(self, super().copy_data(default), strict=True)
        ]

    def copy(self, default=None):
        bare = self.with_context(telecom_default_trees=False)
        copies = super(TelecomCampaign, bare).copy(default).with_env(self.env)
        for campaign, new in zip(self, copies, strict=True):
            campaign.disposition_ids._copy_tree(new)
            campaign.qualification_ids._copy_tree(new)
        return copies

    def _configuration_pbxs(self):
        return self.did_ids.pbx_id | self.queue_id.pbx_id

    def _configuration_unheard(self):
        return {
            "channels_sms",
            "channels_sms_text",
            "disposition_ids",
            "did_ids",
            "qualification_ids",
            "wrapup_limit_seconds",
            "survey",
            "survey_text",
        }

    def _configuration_operator(self):
        return self.company_id[:1]

    # -------------------------------------------------------------------------
    # Opening hours
    # -------------------------------------------------------------------------

    def _opening_intervals(self, days=14):
        """When this campaign is open, from yesterday on.

        :param int days: how far ahead to look
        :return: list of (start, end) in epoch seconds, in order, without overlap; one
            interval over the whole time when there are no opening hours
        """
        self.ensure_one()
        return self._opening_intervals_batch(days)[self.id]

    def _opening_intervals_batch(self, days=14):
        """:meth:`_opening_intervals` of several campaigns, by campaign id.

        Calendars are looked at once, however many campaigns share them.
        """
        now = pytz.UTC.localize(fields.Datetime.now())
        start, end = now - timedelta(days=1), now + timedelta(days=days)
        always = [(start.timestamp(), end.timestamp())]
        opened = {}
        # sudo: resource.calendar - opening hours are announced to every caller
        for campaign in self.sudo().filtered("calendar_id"):
            calendar, company = campaign.calendar_id, campaign.company_id
            key = (calendar.id, company.id)
            if key not in opened:
                # Days off without a calendar are a whole company's: without naming
                # it, those of other operators would close this one
                intervals = calendar._work_intervals_batch(
                    start,
                    end,
                    domain=[
                        ("time_type", "=", "leave"),
                        ("company_id", "in", [False, company.id]),
                    ],
                )[False]
                opened[key] = [
                    (from_dt.timestamp(), to_dt.timestamp())
                    for from_dt, to_dt, _record in intervals
                ]
        return {
            campaign.id: opened.get(
                (campaign.calendar_id.id, campaign.company_id.id), always
            )
            for campaign in self.sudo()
        }

    def _is_open(self):
        """Whether this campaign takes calls now."""
        now = epoch(fields.Datetime.now())
        return any(start <= now < end for start, end in self._opening_intervals(days=1))

    # -------------------------------------------------------------------------
    # Going live
    # -------------------------------------------------------------------------

    def _missing_to_go_live(self):
        """What is still to be done before callers may reach this campaign.

        :return: list of sentences, empty when it can go live
        """
        self.ensure_one()
        _ = self.env._
        # sudo: telecom.queue, telecom.agent, telecom.pbx - the operator's people do
        # not see the provider's side of their campaign
        campaign = self.sudo()
        missing = []
        if campaign.kind == "inbound":
            if not campaign.did_ids:
                missing.append(_("a service number"))
            if not campaign.queue_id:
                missing.append(_("a queue"))
            missing += campaign._missing_messages()
        missing += campaign._missing_in_queue()
        if not campaign.disposition_ids:
            missing.append(_("dispositions"))
        if not campaign.qualification_ids:
            missing.append(_("qualifications"))
        return missing

    def _missing_in_queue(self):
        _ = self.env._
        queue = self.queue_id
        missing = []
        if not queue:
            return missing
        if not queue.active:
            missing.append(_("a queue that is not archived"))
        if not queue.member_ids.agent_id.filtered("active"):
            missing.append(_("agents in the queue %s", queue.name))
        if not queue.pbx_id.active:
            missing.append(_("a PBX that is not archived"))
        provider = queue.pbx_id.company_id
        if not self.env["telecom.operator.service"]._is_served(
            self.company_id, provider
        ):
            missing.append(
                _(
                    "an active service of %(operator)s by %(provider)s",
                    operator=self.company_id.name,
                    provider=provider.name,
                )
            )
        return missing

    def _missing_messages(self):
        _ = self.env._
        missing = []
        if self.calendar_id:
            if not self._opening_intervals(days=14):
                missing.append(_("opening hours within the next two weeks"))
            if not self.closed_prompt_id:
                missing.append(_("the message callers hear when it is closed"))
        if self.unavailable_policy == "message" and not self.unavailable_prompt_id:
            missing.append(_("the message callers hear when it is unavailable"))
        if self.channels_sms and not self.env["telecom.digital.channel"].search_count(
            [("company_id", "=", self.company_id.id)], limit=1
        ):
            missing.append(_("digital channels to tell callers by SMS"))
        return missing

    def action_go_live(self):
        """Let callers in.

        :raises UserError: with the list of all that is still missing
        """
        problems = []
        for campaign in self:
            missing = campaign._missing_to_go_live()
            if missing:
                problems.append(
                    "\n".join(
                        [
                            self.env._(
                                "%s cannot go live. It still needs:", campaign.name
                            ),
                            *(f"• {words}" for words in missing),
                        ]
                    )
                )
        if problems:
            raise UserError("\n\n".join(problems))
        self.write({"state": "live"})
        return True

    def action_stop(self):
        """Let no caller in any more; calls that are going on go on."""
        self.write({"state": "stopped"})
        return True

    def action_reset_to_draft(self):
        self.write({"state": "draft"})
        return True
