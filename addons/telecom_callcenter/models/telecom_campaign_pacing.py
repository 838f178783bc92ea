from datetime import timedelta

from odoo import api, fields, models

RETENTION = timedelta(days=14)


class TelecomCampaignPacing(models.Model):
    """What the dialer saw of a campaign, and why it dialed as many calls.

    One row for about ten seconds, written by the gateway only.
    """

    _name = "telecom.campaign.pacing"
    _description = "Pacing of a Campaign"
    _check_company_auto = True
    _order = "at desc, id desc"
    _rec_name = "at"

    company_id = fields.Many2one("res.company", required=True, index=True)
    campaign_id = fields.Many2one(
        "telecom.campaign",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    at = fields.Datetime(required=True, string="When")
    agents = fields.Integer(aggregator="avg")
    idle = fields.Integer(string="Free Agents", aggregator="avg")
    busy = fields.Integer(string="Busy Agents", aggregator="avg")
    ringing = fields.Integer(string="Calls in the Air", aggregator="avg")
    waiting = fields.Integer(string="Persons Waiting", aggregator="avg")
    dialed = fields.Integer(string="Calls Dialed")
    answered = fields.Integer(string="Answered by a Person")
    abandoned = fields.Integer()
    occupancy = fields.Float(
        string="Occupancy (%)", aggregator="avg", help="Busy agents among all."
    )
    answer_rate = fields.Float(
        string="Answer Rate (%)", aggregator="avg", help="As the dialer expects it."
    )
    expected_answers = fields.Float(aggregator="avg")
    expected_free = fields.Float(string="Agents Expected Free", aggregator="avg")
    permitted_share = fields.Float(
        string="May Be Abandoned Now (%)",
        aggregator="avg",
        help="Share of the expected answers for which there may be no agent.",
    )
    abandoned_share = fields.Float(string="Abandoned in 24 Hours (%)", aggregator="avg")
    reason = fields.Selection(
        [
            ("agents", "No agent is there"),
            ("budget", "As many as the permitted abandoned calls allow"),
            ("abandoned", "No abandoned call may be risked: one call for a free agent"),
            ("cap", "The permitted share is reached: nothing is dialed"),
            ("lines", "No more lines"),
            ("rate", "Calls per second"),
            ("mode", "One call for a free agent"),
            ("contacts", "Nobody is to be called now"),
            ("network", "The network takes no calls: one is tried at a time"),
            ("stopped", "Stopped"),
        ],
        string="Why Not More",
    )

    _campaign_at = models.Index("(campaign_id, at)")

    @api.autovacuum
    def _gc_pacing(self):
        limit = fields.Datetime.now() - RETENTION
        # sudo: telecom.campaign.pacing - runs as the system
        rows = self.sudo().search([("at", "<", limit)], limit=20000)
        rows.unlink()
        return len(rows), len(rows) == 20000
