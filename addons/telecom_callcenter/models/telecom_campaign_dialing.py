from odoo import fields, models

DIAL_MODES = [
    ("manual", "Manual"),
    ("preview", "Preview"),
    ("progressive", "Progressive"),
    ("predictive", "Predictive"),
]
#: Modes in which the dialer makes the attempts, and the ledger writes their ends
AUTOMATIC_MODES = ("progressive", "predictive")


class TelecomCampaignDialing(models.Model):
    """How a campaign calls out."""

    _inherit = "telecom.campaign"

    # Whom
    country_id = fields.Many2one(
        "res.country",
        string="Country Called",
        help="Numbers without a country code are of this one; the operator's if empty.",
    )
    file_ids = fields.One2many(
        "telecom.campaign.file", "campaign_id", string="Number Files"
    )
    contact_ids = fields.One2many("telecom.campaign.contact", "campaign_id")
    contact_properties_definition = fields.PropertiesDefinition("Fields of Contacts")

    # When
    dial_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Hours of Calling",
        check_company=True,
        help="Counted in each contact's own time zone. Days off are kept.",
    )

    # How
    dial_mode = fields.Selection(
        DIAL_MODES, string="Dialing", default="preview", required=True
    )
    presented_did_ids = fields.Many2many(
        "telecom.did",
        "telecom_campaign_presented_did_rel",
        string="Numbers Presented",
        check_company=True,
        help="Called people see one of these, in turn.",
    )
    ring_seconds = fields.Integer(default=25, required=True)
    most_lines = fields.Integer(
        string="Calls at a Time", help="Calls in the air at most; 0 for no limit."
    )
    calls_per_second = fields.Float(
        string="Calls per Second", help="Dialed at most; 0 for no limit."
    )

    # Abandoned calls
    abandoned_share = fields.Float(
        string="Abandoned at Most (%)", default=3.0, required=True
    )
    abandoned_reached = fields.Selection(
        [
            ("stop", "Stop dialing until the share is below again"),
            ("progressive", "Dial one call for each free agent"),
        ],
        string="When It Is Reached",
        default="stop",
        required=True,
        help="Judged over 24 hours and over 30 days, from so many calls on that ten "
        "abandoned ones are permitted. Where dialing stops, only what was earned by "
        "answered calls is risked: a new campaign begins with one call for each free "
        "agent.",
    )
    abandoned_waived_until = fields.Datetime(
        string="Goes On in Spite of It Until", readonly=True, copy=False
    )
    abandoned_waiver = fields.Char(string="Because", readonly=True, copy=False)
    abandoned_seconds = fields.Float(
        string="Abandoned After (s)",
        default=2.0,
        required=True,
        help="Somebody who waits longer for an agent hears the operator's message.",
    )
    abandoned_clock = fields.Selection(
        [("answer", "From the answer"), ("greeting", "From the end of the greeting")],
        string="Waiting Counts",
        default="greeting",
        required=True,
        help="Where answering machines are looked for, the greeting is heard first.",
    )
    abandoned_base = fields.Selection(
        [
            ("live", "Calls answered by a person"),
            ("connected", "Calls passed to an agent, and abandoned ones"),
        ],
        string="Share Of",
        default="live",
        required=True,
    )
    abandoned_prompt_id = fields.Many2one(
        "telecom.prompt",
        string="Identification Message",
        check_company=True,
        help="What is heard when no agent is free: who called, and how to refuse "
        "further calls.",
    )
    refusal_digit = fields.Char(
        default="9", help="The key that refuses further calls, in the message."
    )

    # Answering machines
    machine_detection = fields.Boolean(string="Detect Answering Machines")
    machine_action = fields.Selection(
        [
            ("agent", "Pass it to an agent"),
            ("message", "Leave a message"),
            ("hangup", "Hang up"),
            ("text", "Hang up and send a text message"),
        ],
        default="hangup",
        required=True,
    )
    machine_prompt_id = fields.Many2one(
        "telecom.prompt", string="Message for Machines", check_company=True
    )
    machine_text = fields.Text(string="Text Message", translate=True)
    machine_initial_silence = fields.Integer(default=2500, help="Milliseconds.")
    machine_greeting = fields.Integer(default=1500, help="Milliseconds.")
    machine_after_greeting_silence = fields.Integer(default=800, help="Milliseconds.")
    machine_total = fields.Integer(
        string="Detection at Most", default=3500, help="Milliseconds."
    )
    machine_words = fields.Integer(
        string="Most Words of a Person", default=3, required=True
    )
    machine_error_share = fields.Float(
        string="Persons Taken for Machines (%)",
        default=0.0,
        help="By your own tests; counted as abandoned calls.",
    )

    # Stopped
    dialing_stopped = fields.Boolean(
        readonly=True, copy=False, help="Emergency stop: nothing new is dialed."
    )
    dialing_stop_reason = fields.Char(readonly=True, copy=False)
