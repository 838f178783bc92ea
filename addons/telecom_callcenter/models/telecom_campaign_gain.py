from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import gain

#: What is compared
PERIOD = timedelta(days=7)
#: Between two rows of the gateway; longer ones are times in which it did not dial
LONGEST_INTERVAL = 30


class TelecomCampaign(models.Model):
    """What automatic dialing gains, told to the campaign's supervisors."""

    _inherit = "telecom.campaign"

    seconds_by_hand = fields.Integer(
        string="Seconds to Dial by Hand",
        default=10,
        help="An agent who dials by hand needs so long for each number, to find it "
        "and to dial it: what automatic dialing is compared with.",
    )
    reached_per_hour = fields.Float(
        string="Persons per Agent and Hour", compute="_compute_gain", digits=(6, 1)
    )
    by_hand_per_hour = fields.Float(
        string="By Hand", compute="_compute_gain", digits=(6, 1)
    )
    dialing_occupancy = fields.Float(
        string="Agents Busy (%)", compute="_compute_gain", digits=(6, 1)
    )
    by_hand_occupancy = fields.Float(
        string="Agents Busy by Hand (%)", compute="_compute_gain", digits=(6, 1)
    )
    dialing_gain = fields.Float(
        string="Gain (%)",
        compute="_compute_gain",
        digits=(6, 0),
        help="How many more persons agents spoke with in the last 7 days than if they "
        "had dialed by hand: found each number, dialed it, and heard every ring.",
    )

    _seconds_by_hand_range = models.Constraint(
        "CHECK(seconds_by_hand BETWEEN 0 AND 600)",
        "Dialing a number by hand takes 0 to 600 seconds.",
    )

    @api.depends("seconds_by_hand")
    def _compute_gain(self):
        seen = self._dialed_lately()
        for campaign in self:
            found = gain.compare(
                seen.get(campaign._origin.id) or gain.Dialed(),
                campaign.seconds_by_hand,
            )
            campaign.reached_per_hour = found.reached_per_hour
            campaign.by_hand_per_hour = found.by_hand_per_hour
            campaign.dialing_occupancy = 100 * found.occupancy
            campaign.by_hand_occupancy = 100 * found.by_hand_occupancy
            campaign.dialing_gain = 100 * found.gain

    def _dialed_lately(self):
        """What these campaigns dialed by themselves of late.

        :return: :class:`gain.Dialed` by campaign id
        """
        if not self.ids:
            return {}
        self.env["telecom.campaign.attempt"].flush_model()
        self.env["telecom.campaign.pacing"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH rows AS (
                    SELECT campaign_id, agents, busy,
                           least(coalesce(extract(
                                     epoch FROM lead(at) OVER beside - at), 0),
                                 %(longest)s) AS seconds
                      FROM telecom_campaign_pacing
                     WHERE campaign_id = ANY(%(ids)s) AND at > %(since)s
                    WINDOW beside AS (PARTITION BY campaign_id ORDER BY at, id)
                ), agents AS (
                    SELECT campaign_id, sum(agents * seconds) AS agent_seconds,
                           sum(busy * seconds) AS busy_seconds
                      FROM rows
                     GROUP BY campaign_id
                ), calls AS (
                    SELECT campaign_id, count(*) AS attempts,
                           count(connected_at) AS reached,
                           sum(extract(epoch FROM greatest(
                               coalesce(answered_at, ended_at) - dialed_at,
                               interval '0'))) AS ringing_seconds
                      FROM telecom_campaign_attempt
                     WHERE campaign_id = ANY(%(ids)s) AND recorded_at > %(since)s
                       AND mode IN ('progressive', 'predictive')
                       AND dialed_at IS NOT NULL AND state = 'ended'
                     GROUP BY campaign_id
                )
                SELECT campaign_id, attempts, reached, ringing_seconds,
                       coalesce(agent_seconds, 0), coalesce(busy_seconds, 0)
                  FROM agents JOIN calls USING (campaign_id)
                """,
                ids=self.ids,
                since=fields.Datetime.now() - PERIOD,
                longest=LONGEST_INTERVAL,
            )
        )
        return {row[0]: gain.Dialed(*map(float, row[1:])) for row in rows}

    def _configuration_unheard(self):
        return super()._configuration_unheard() | {"seconds_by_hand"}
