from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.clock import midnight


class TelecomQueue(models.Model):
    """Where calls wait for agents."""

    _name = "telecom.queue"
    _description = "Queue"
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
    # The provider's: no check_company, the service between both is checked instead
    pbx_id = fields.Many2one("telecom.pbx", required=True, index=True)
    asterisk_name = fields.Char(compute="_compute_asterisk_name")
    active = fields.Boolean(default=True)

    strategy = fields.Selection(
        [
            ("rrmemory", "In turn"),
            ("leastrecent", "Longest idle"),
            ("fewestcalls", "Fewest calls"),
            ("random", "At random"),
            ("rrordered", "In turn, in the order of the list"),
            ("linear", "In the order of the list"),
            ("wrandom", "At random, weighted by penalty"),
            ("ringall", "All at once"),
        ],
        default="leastrecent",
        required=True,
    )
    ring_seconds = fields.Integer(default=15, required=True)
    wrapup_seconds = fields.Integer(
        default=15,
        required=True,
        help="Pause between calls when the gateway cannot wait for the agent's "
        "disposition.",
    )
    max_wait_seconds = fields.Integer(
        default=600, required=True, help="0 for no limit."
    )
    max_length = fields.Integer(default=0, help="Waiting calls; 0 for no limit.")
    weight = fields.Integer(
        default=0, help="A heavier queue is served first by agents of both."
    )
    service_level_seconds = fields.Integer(default=20, required=True)
    service_level_target = fields.Integer(default=80, required=True, help="%")
    escalation_seconds = fields.Integer(
        default=60,
        help="A waiting caller's priority rises by one each time this passes, so "
        "that none starves; 0 to switch off.",
    )
    announce_position = fields.Boolean(default=True)
    announce_seconds = fields.Integer(default=45)
    music_class = fields.Char(default="default", required=True)

    member_ids = fields.One2many("telecom.queue.member", "queue_id")
    skill_ids = fields.Many2many(
        "telecom.skill", help="What agents of this queue must know."
    )

    _ring_seconds_range = models.Constraint(
        "CHECK(ring_seconds BETWEEN 5 AND 120)",
        "An agent's telephone rings for 5 to 120 seconds.",
    )
    _wrapup_seconds_range = models.Constraint(
        "CHECK(wrapup_seconds BETWEEN 0 AND 3600)",
        "The pause between calls is between 0 and 3600 seconds.",
    )
    _max_wait_seconds_range = models.Constraint(
        "CHECK(max_wait_seconds BETWEEN 0 AND 86400)",
        "The longest wait is between 0 (no limit) and 86400 seconds.",
    )
    _max_length_range = models.Constraint(
        "CHECK(max_length BETWEEN 0 AND 10000)",
        "The number of waiting calls is between 0 (no limit) and 10000.",
    )
    _weight_range = models.Constraint(
        "CHECK(weight BETWEEN 0 AND 100)", "A weight is between 0 and 100."
    )
    _service_level_seconds_range = models.Constraint(
        "CHECK(service_level_seconds BETWEEN 1 AND 3600)",
        "The service level is measured between 1 and 3600 seconds.",
    )
    _service_level_target_range = models.Constraint(
        "CHECK(service_level_target BETWEEN 0 AND 100)",
        "The service level to reach is between 0 and 100 %.",
    )
    _escalation_seconds_range = models.Constraint(
        "CHECK(escalation_seconds = 0 OR escalation_seconds BETWEEN 5 AND 3600)",
        "A waiting caller's priority rises every 5 to 3600 seconds, or never (0).",
    )
    _announce_seconds_range = models.Constraint(
        "CHECK(announce_seconds BETWEEN 15 AND 600)",
        "The position is announced every 15 to 600 seconds.",
    )

    def _compute_asterisk_name(self):
        for queue in self:
            queue.asterisk_name = f"queue{queue.id}" if queue.id else False

    @api.constrains("company_id", "pbx_id")
    def _check_service(self):
        # sudo: telecom.queue, telecom.pbx - the company of a PBX one may not see
        self.env["telecom.operator.service"]._check_served(
            (queue.company_id, queue.pbx_id.company_id) for queue in self.sudo()
        )

    @api.constrains("pbx_id")
    def _check_pbx(self):
        self.member_ids._check_same_pbx()
        # sudo: telecom.campaign, telecom.did - all that leads here must be on the PBX
        campaigns = (
            self.env["telecom.campaign"].sudo().search([("queue_id", "in", self.ids)])
        )
        campaigns.did_ids._check_same_pbx()

    @api.constrains("music_class")
    def _check_music_class(self):
        for queue in self:
            name = queue.music_class
            letters = name.replace("-", "").replace("_", "")
            if not (letters.isascii() and letters.isalnum()):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is no music class: use letters, digits, - and _.",
                        name=name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals:
            # Asterisk's files hold no members: they join and leave by their status
            self.member_ids.agent_id._apply_status()
        return result

    # -------------------------------------------------------------------------
    # Configuration
    # -------------------------------------------------------------------------

    def _configuration_pbxs(self):
        return self.pbx_id

    def _configuration_unheard(self):
        return {"member_ids", "skill_ids", "service_level_target"}

    def _configuration_operator(self):
        return self.company_id[:1]

    # -------------------------------------------------------------------------
    # Wallboard
    # -------------------------------------------------------------------------

    @api.model
    def get_wallboard(self):
        """Today's figures of every queue the user may read, counted from our own
        records; the live snapshot on the bus goes on from there.

        Offered counts calls, not their stays in the queue. The service level is
        answered in time / (offered − abandoned within 5 s); abandoned includes
        waiting too long.

        :return: list of dicts: ``id, name, company_id, company, color, waiting,
            longest_wait_seconds, agents, offered, answered, abandoned, service_level,
            service_level_seconds, service_level_target``. ``service_level`` is in
            percent, False when nothing was offered
        """
        queues = self.search([("active", "=", True)])
        figures = queues._wallboard_calls()
        agents = queues._wallboard_agents()
        return [
            {
                "id": queue.id,
                "name": queue.name,
                "company_id": queue.company_id.id,
                "company": queue.company_id.name,
                "color": queue.company_id.telecom_color or False,
                "service_level_seconds": queue.service_level_seconds,
                "service_level_target": queue.service_level_target,
                "agents": agents[queue.id],
                **figures[queue.id],
            }
            for queue in queues
        ]

    def _wallboard_calls(self):
        """Figures of today's calls, by queue id; today is the operator's."""
        now = fields.Datetime.now()
        result = {
            queue.id: {
                "waiting": 0,
                "longest_wait_seconds": 0,
                "offered": 0,
                "answered": 0,
                "abandoned": 0,
                "service_level": False,
            }
            for queue in self
        }
        if not self:
            return result
        self.env["telecom.call.visit"].flush_model()
        starts = SQL(", ").join(
            SQL(
                "(%s::integer, %s::timestamp, %s::integer)",
                queue.id,
                midnight(now, queue.company_id.partner_id.tz),
                queue.service_level_seconds,
            )
            for queue in self
        )
        # A call may stay in a queue several times: it is offered once, with the
        # whole of its waiting, and has the best of its results
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH today (queue_id, start, target) AS (VALUES %(starts)s),
                offered AS (
                    SELECT visit.queue_id,
                           visit.call_id,
                           min(today.target) AS target,
                           sum(visit.wait_seconds) AS wait,
                           bool_or(visit.result = 'answered') AS answered,
                           bool_or(visit.result IN ('abandoned', 'timeout'))
                               AS abandoned,
                           bool_or(visit.result = 'interrupted') AS interrupted,
                           min(visit.entered_at) FILTER (WHERE visit.left_at IS NULL)
                               AS waiting_since
                      FROM telecom_call_visit visit
                      JOIN today ON today.queue_id = visit.queue_id
                                AND visit.entered_at >= today.start
                  GROUP BY visit.queue_id, visit.call_id
                )
                SELECT queue_id,
                       count(*) AS offered,
                       count(*) FILTER (WHERE answered) AS answered,
                       count(*) FILTER (WHERE abandoned AND NOT answered)
                           AS abandoned,
                       count(*) FILTER (WHERE answered AND wait <= target)
                           AS in_time,
                       count(*) FILTER (
                           WHERE abandoned AND NOT answered AND wait <= 5
                       ) AS short,
                       count(waiting_since) FILTER (WHERE answered IS NOT TRUE)
                           AS waiting,
                       min(waiting_since) FILTER (WHERE answered IS NOT TRUE)
                           AS waiting_since
                  FROM offered
              GROUP BY queue_id
                """,
                starts=starts,
            )
        )
        for row in rows:
            base = row["offered"] - row["short"]
            since = row["waiting_since"]
            result[row["queue_id"]] = {
                "waiting": row["waiting"],
                "longest_wait_seconds": (now - since).total_seconds() if since else 0,
                "offered": row["offered"],
                "answered": row["answered"],
                "abandoned": row["abandoned"],
                "service_level": round(100 * row["in_time"] / base, 1)
                if base
                else False,
            }
        return result

    def _wallboard_agents(self):
        """How many of each queue's agents do what, by queue id."""
        result = {
            queue.id: {"ready": 0, "talking": 0, "ringing": 0, "wrapup": 0, "paused": 0}
            for queue in self
        }
        # sudo: telecom.agent - counting those who serve a queue the user may read
        members = (
            self.env["telecom.queue.member"]
            .sudo()
            .search_fetch([("queue_id", "in", self.ids)], ["queue_id", "agent_id"])
        )
        for member in members:
            state = member.agent_id._wallboard_state()
            if state:
                result[member.queue_id.id][state] += 1
        return result

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_add_agents(self):
        """Open the wizard that adds agents by their skills."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add Agents"),
            "res_model": "telecom.queue.add.agents",
            "view_mode": "form",
            "target": "new",
            "context": {"default_queue_id": self.id},
        }
