from odoo import fields, models

#: How a call of a campaign ended, as the network, Asterisk or an agent saw it
ATTEMPT_RESULTS = [
    ("answered", "Answered"),
    ("abandoned", "Abandoned"),
    ("machine", "Answering Machine"),
    ("refused", "Refused"),
    ("busy", "Busy"),
    ("no_answer", "No Answer"),
    ("wrong_number", "Wrong Number"),
    ("network", "Network Failure"),
    ("cancelled", "Cancelled"),
    ("not_dialed", "Not Dialed"),
    ("interrupted", "Interrupted"),
]


class TelecomCampaignAttempt(models.Model):
    """One call of a campaign to a contact: recorded before it is dialed, once.

    Written by the gateway only. A row is committed with its ``channel_id`` before
    Asterisk is asked to dial; the result is written by whoever finds it first, live
    events or the ledger, and never changed by the other.
    """

    _name = "telecom.campaign.attempt"
    _description = "Campaign Attempt"
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "number"

    company_id = fields.Many2one("res.company", required=True, index=True)
    campaign_id = fields.Many2one(
        "telecom.campaign",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    contact_id = fields.Many2one(
        "telecom.campaign.contact",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    pbx_id = fields.Many2one("telecom.pbx", index=True)
    mode = fields.Selection(
        [
            ("manual", "Manual"),
            ("preview", "Preview"),
            ("progressive", "Progressive"),
            ("predictive", "Predictive"),
        ],
        required=True,
    )
    number = fields.Char(required=True)
    presented_number = fields.Char()
    channel_id = fields.Char(required=True, help="Asterisk's unique id of the channel.")
    agent_id = fields.Many2one("telecom.agent", index="btree_not_null")
    callback_id = fields.Many2one("telecom.callback", check_company=True)
    call_id = fields.Many2one(
        "telecom.call", index="btree_not_null", check_company=True
    )
    state = fields.Selection(
        [("recorded", "Recorded"), ("dialing", "Dialing"), ("ended", "Ended")],
        default="recorded",
        required=True,
    )
    result = fields.Selection(ATTEMPT_RESULTS)
    # In the order in which they happen
    recorded_at = fields.Datetime(required=True, index=True)
    dialed_at = fields.Datetime()
    answered_at = fields.Datetime()
    connected_at = fields.Datetime(help="When an agent was on the line.")
    ended_at = fields.Datetime()
    waiting_seconds = fields.Float(
        help="From the answer, as the campaign counts it, to an agent or the end."
    )
    cause = fields.Integer(help="Q.850 cause of the end.")
    machine = fields.Selection(
        [("human", "Person"), ("machine", "Machine"), ("unsure", "Not Sure")],
        help="What Asterisk took the answer for.",
    )
    machine_reason = fields.Char()
    machine_wrong = fields.Boolean(
        string="Judged Wrongly", help="A person who was taken for a machine."
    )
    disposition_id = fields.Many2one(
        "telecom.disposition", check_company=True, index="btree_not_null"
    )
    settled = fields.Selection(
        [("system", "By the system"), ("agent", "By an agent")],
        readonly=True,
        help="Who said what becomes of the contact; empty: nobody yet.",
    )

    _channel_once = models.UniqueIndex("(channel_id)")
    _open = models.Index("(pbx_id, id) WHERE state <> 'ended'")
    # What the share of abandoned calls is counted from, without reading the rows
    _counted = models.Index(
        "(campaign_id, ended_at)"
        " INCLUDE (result, machine, machine_wrong, connected_at, waiting_seconds, mode)"
        " WHERE answered_at IS NOT NULL"
    )
    # Who is being called, by whatever campaign
    _on_the_line = models.Index("(company_id, number) WHERE state <> 'ended'")

    def _called_partner(self):
        """The customer this attempt is to reach; empty when none is known."""
        return self.contact_id.partner_id
