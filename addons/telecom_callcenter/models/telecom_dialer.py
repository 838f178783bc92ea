"""What the dialer of the gateway asks of Odoo and tells it.

As in ``telecom_gateway``: private methods with plain values, as superuser, in the
gateway's own transactions, that may be called again with the same values.
"""

import logging
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.records import DIALED, SELLER
from ..tools.clock import from_epoch
from ..tools.rows import unnest
from .telecom_campaign_dialing import AUTOMATIC_MODES

_logger = logging.getLogger(__name__)

#: A campaign that was stopped stays in the dialplan for as long as a call may last.
REST_HOURS = 12
#: Within which a command of an agent's has been done or never will be
COMMAND_SECONDS = 60

_RESULT_COLUMNS = {
    "channel_id": "varchar",
    "result": "varchar",
    "cause": "int4",
    "dialed_at": "timestamp",
    "answered_at": "timestamp",
    "connected_at": "timestamp",
    "ended_at": "timestamp",
    "waiting_seconds": "float8",
    "machine": "varchar",
    "machine_reason": "varchar",
    "agent_id": "int4",
    "call": "varchar",
}


def _moment(seconds):
    return from_epoch(seconds) if seconds else None


class TelecomPbx(models.Model):
    _inherit = "telecom.pbx"

    dialing_stopped = fields.Boolean(
        readonly=True,
        copy=False,
        help="Emergency stop: this PBX dials nobody for any operator.",
    )
    dialing_stop_reason = fields.Char(readonly=True, copy=False)

    def _configuration_ignored(self):
        return super()._configuration_ignored() | {
            "dialing_stopped",
            "dialing_stop_reason",
        }

    # -------------------------------------------------------------------------
    # What the dialer reads
    # -------------------------------------------------------------------------

    def _dialer_live_campaigns(self):
        """Campaigns that call out over this PBX, dialed by the gateway or by agents."""
        return self.env["telecom.campaign"].search(
            [
                ("kind", "=", "outbound"),
                ("state", "=", "live"),
                ("queue_id.pbx_id", "=", self.id),
            ],
            order="id",
        )

    def _dialer_dialplan_campaigns(self):
        """Live campaigns, and those whose last calls may still ring or talk.

        Whoever answers after her campaign was stopped goes to its agents all the same.
        """
        live = self._dialer_live_campaigns()
        self.env["telecom.campaign.attempt"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT campaign_id FROM telecom_campaign_attempt
                WHERE pbx_id = %s
                    AND (state <> 'ended' OR recorded_at > %s)""",
                self.id,
                fields.Datetime.now() - timedelta(hours=REST_HOURS),
            )
        )
        stopped = live.browse(ident for (ident,) in rows).filtered(
            lambda campaign: campaign.queue_id.pbx_id == self
        )
        return (live | stopped).sorted("id")

    def _dialer_campaigns(self):
        """What the dialer must know of each campaign that it dials for.

        :return: list of dicts; stopped campaigns and closed modules are left out
        """
        campaigns = self._dialer_live_campaigns().filtered(
            lambda campaign: (
                campaign.dial_mode in AUTOMATIC_MODES
                and campaign.queue_id.active
                and campaign.company_id._telecom_allows("callcenter", "create")
            )
        )
        stops = set(self._dialer_stops())
        return [
            {
                "id": campaign.id,
                "company_id": campaign.company_id.id,
                "queue_id": campaign.queue_id.id,
                "mode": campaign.dial_mode,
                "abandoned_share": campaign.abandoned_share / 100,
                "most_lines": campaign.most_lines,
                "calls_per_second": campaign.calls_per_second,
                "ring_seconds": campaign.ring_seconds,
                "when_reached": campaign._dialer_when_reached(),
                "promised": campaign._dialer_promised_agents(),
                "detects": campaign.machine_detection,
                "hour": campaign._dialer_hour(),
                "knowledge": campaign._dialer_knowledge(),
            }
            for campaign in campaigns
            if not stops & {"all", f"o{campaign.company_id.id}", f"c{campaign.id}"}
        ]

    def _dialer_budgets(self, campaign_ids):
        """Calls that count and abandoned ones, in 24 hours and in 30 days.

        :return: ``((counted, abandoned), (counted, abandoned))`` by campaign id
        """
        campaigns = self.env["telecom.campaign"].browse(campaign_ids).exists()
        return {campaign.id: campaign._dialer_budgets() for campaign in campaigns}

    @api.model
    def _dialer_trunk_values(self, trunks):
        return [
            {
                "id": trunk.id,
                "max_channels": trunk.max_channels,
                "calls_per_second": trunk.calls_per_second,
            }
            for trunk in trunks
        ]

    def _dialer_trunks(self):
        """The trunks in the order in which they are tried."""
        return self._dialer_trunk_values(self.trunk_ids.filtered("active"))

    # -------------------------------------------------------------------------
    # Emergency stop
    # -------------------------------------------------------------------------

    def _dialer_stops(self):
        """Keys of what must not be dialed: ``all``, ``o<company>``, ``c<campaign>``."""
        self.env["telecom.campaign"].flush_model(["dialing_stopped"])
        self.env["res.company"].flush_model(["telecom_dialing_stopped"])
        self.flush_recordset(["dialing_stopped"])
        rows = self.env.execute_query(
            SQL(
                """SELECT 'all' FROM telecom_pbx WHERE id = %s AND dialing_stopped
                UNION ALL
                SELECT 'o' || id FROM res_company WHERE telecom_dialing_stopped
                UNION ALL
                SELECT 'c' || id FROM telecom_campaign WHERE dialing_stopped""",
                self.id,
            )
        )
        return sorted(key for (key,) in rows)

    def _stop_dialing(self, reason):
        self.write({"dialing_stopped": True, "dialing_stop_reason": reason})
        for pbx in self:
            pbx._notify_gateway(pbx=pbx.id, stops=True)

    def _resume_dialing(self):
        self.write({"dialing_stopped": False, "dialing_stop_reason": False})
        for pbx in self:
            pbx._notify_gateway(pbx=pbx.id, stops=True)

    def _dialer_stopped_outside(self, key, reason):
        """Somebody stopped dialing on the PBX itself, with Odoo away: know it here."""
        if key == "all":
            self._stop_dialing(reason)
        elif key[:1] == "o" and key[1:].isdigit():
            company = self.env["res.company"].browse(int(key[1:])).exists()
            company._telecom_stop_dialing(reason)
        elif key[:1] == "c" and key[1:].isdigit():
            campaign = self.env["telecom.campaign"].browse(int(key[1:])).exists()
            campaign._stop_dialing(reason)

    # -------------------------------------------------------------------------
    # Attempts
    # -------------------------------------------------------------------------

    def _dialer_take(self, campaign_id, count, now=None):
        """Reserve the next contacts of a campaign, and record an attempt for each.

        Whoever calls commits: only then may somebody be dialed, once for each row.

        :param int count: at most
        :param datetime now: in UTC; the present when None
        :return: list of dicts ``attempt_id, channel_id, number, caller_id,
            company_id, campaign_id``
        """
        campaign = self.env["telecom.campaign"].browse(campaign_id).exists()
        if (
            count < 1
            or campaign.dial_mode not in AUTOMATIC_MODES
            or campaign.queue_id.pbx_id != self
            or campaign.dialing_off
        ):
            return []
        now = now or fields.Datetime.now()
        contacts = campaign._dialer_reserve(count, now)
        if not contacts:
            return []
        shown = campaign._dialer_presented_numbers()
        rows = []
        for index, (contact_id, number, callback_id) in enumerate(contacts):
            rows.append(
                {
                    "contact_id": contact_id,
                    "number": number,
                    "callback_id": callback_id or None,
                    "channel_id": f"{DIALED}{uuid.uuid4().hex}",
                    # In turn, whatever campaigns and gateways do meanwhile
                    "presented_number": shown[(contact_id + index) % len(shown)]
                    if shown
                    else None,
                }
            )
        columns = {
            "contact_id": "int4",
            "number": "varchar",
            "callback_id": "int4",
            "channel_id": "varchar",
            "presented_number": "varchar",
        }
        ids = dict(
            self.env.execute_query(
                SQL(
                    """
                    INSERT INTO telecom_campaign_attempt
                           (%(columns)s, company_id, campaign_id, pbx_id, mode, state,
                            recorded_at, create_uid, create_date, write_uid, write_date)
                    SELECT %(values)s, %(company)s, %(campaign)s, %(pbx)s, %(mode)s,
                           'recorded', %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM %(rows)s
                 RETURNING channel_id, id
                    """,
                    columns=SQL(", ").join(map(SQL.identifier, columns)),
                    values=SQL(", ").join(SQL.identifier("new", c) for c in columns),
                    company=campaign.company_id.id,
                    campaign=campaign.id,
                    pbx=self.id,
                    mode=campaign.dial_mode,
                    now=now,
                    uid=self.env.uid,
                    rows=unnest("new", columns, rows),
                )
            )
        )
        return [
            {
                "attempt_id": ids[row["channel_id"]],
                "channel_id": row["channel_id"],
                "number": row["number"],
                "caller_id": row["presented_number"] or "",
                "company_id": campaign.company_id.id,
                "campaign_id": campaign.id,
            }
            for row in rows
        ]

    def _dialer_keep_promise(self, campaign_id, agent_id):
        """Have an agent call somebody to whom she has promised it.

        The agent's own telephone first, as in preview: nobody waits for her.

        :return: whether the gateway was told to dial
        """
        campaign = self.env["telecom.campaign"].browse(campaign_id).exists()
        agent = self.env["telecom.agent"].browse(agent_id).exists()
        if campaign.state != "live" or not agent or not campaign._may_dial():
            return False
        callback = campaign._dialer_personal(fields.Datetime.now(), agent)[:1]
        company = campaign.company_id
        contact = callback.contact_id.with_company(company).try_lock_for_update()
        if not contact or contact.state != "callback":
            return False
        refused = contact._call_refused(callback.number)
        if refused:
            contact._exclude(refused)
            return False
        presented = contact._presented_number()
        try:
            with self.env.cr.savepoint():
                command = (
                    self.env["telecom.desk"]
                    .with_company(company)
                    ._dial(
                        agent, company, callback.number, campaign, callback, presented
                    )
                )
                contact._record_attempt(
                    agent,
                    number=callback.number,
                    callback=callback,
                    presented=presented,
                    **command,
                )
        except UserError as error:
            _logger.info("Agent %s cannot call back now: %s", agent.id, error)
            return False
        # The record appears on her desk, as in preview.
        contact.write({"state": "reserved", "preview_agent_id": agent.id})
        return True

    def _dialer_dialing(self, attempt_ids):
        """Asterisk has taken these over."""
        self.env.cr.execute(
            SQL(
                """UPDATE telecom_campaign_attempt SET state = 'dialing'
                WHERE id = ANY(%s) AND state = 'recorded'""",
                attempt_ids,
            )
        )

    def _dialer_not_dialed(self, channel_ids):
        """Asterisk refused to dial these, or was not asked to."""
        now = fields.Datetime.now()
        return self._dialer_write_results(
            [
                {"channel_id": name, "result": "not_dialed", "ended_at": now}
                for name in channel_ids
            ]
        )

    def _dialer_results(self, facts):
        """Write what became of attempts, each once.

        :param list facts: ``engine.attempts.AttemptFacts``, from the ledger
        """
        if not facts:
            return
        agents = set(
            self.env["telecom.agent"].browse({f.agent_id for f in facts}).exists().ids
        )
        self._dialer_write_results(
            [
                {
                    "channel_id": fact.channel_id,
                    "result": fact.result,
                    "cause": fact.cause,
                    "dialed_at": _moment(fact.dialed_at),
                    "answered_at": _moment(fact.answered_at),
                    "connected_at": _moment(fact.connected_at),
                    "ended_at": _moment(fact.ended_at),
                    "waiting_seconds": fact.waiting_seconds,
                    "machine": fact.machine,
                    "machine_reason": fact.machine_reason or None,
                    "agent_id": fact.agent_id if fact.agent_id in agents else None,
                    "call": fact.call or None,
                }
                for fact in facts
            ]
        )
        self._dialer_refusals([fact.channel_id for fact in facts if fact.refused])

    def _dialer_write_results(self, rows):
        self.env["telecom.campaign.attempt"].flush_model()
        ended = self.env.execute_query_dict(
            SQL(
                """
                UPDATE telecom_campaign_attempt attempt
                   SET state = 'ended',
                       -- What the agent has said already stands
                       result = COALESCE(attempt.result, new.result),
                       cause = COALESCE(new.cause, 0),
                       dialed_at = new.dialed_at,
                       answered_at = new.answered_at,
                       connected_at = new.connected_at,
                       ended_at = new.ended_at,
                       waiting_seconds = COALESCE(new.waiting_seconds, 0),
                       machine = new.machine,
                       machine_reason = new.machine_reason,
                       agent_id = COALESCE(new.agent_id, attempt.agent_id),
                       call_id = COALESCE(
                           (SELECT id FROM telecom_call call
                             WHERE call.pbx_id = %(pbx)s
                               AND call.uniqueid = new.call
                               AND call.company_id = attempt.company_id),
                           attempt.call_id
                       ),
                       write_date = %(now)s
                  FROM %(rows)s
                 WHERE attempt.channel_id = new.channel_id
                   AND attempt.pbx_id = %(pbx)s
                   AND attempt.state <> 'ended'
             RETURNING attempt.id, attempt.contact_id, attempt.campaign_id,
                       attempt.result, attempt.ended_at, attempt.number
                """,
                pbx=self.id,
                now=self.env.cr.now(),
                rows=unnest("new", _RESULT_COLUMNS, rows),
            )
        )
        self.env["telecom.campaign.attempt"].invalidate_model(flush=False)
        self._dialer_promises_kept(ended)
        self.env["telecom.campaign.contact"]._settle(
            [
                (row["contact_id"], row["id"], row["result"], row["ended_at"])
                for row in ended
                if row["contact_id"]
            ]
        )
        self._dialer_machine_texts(ended)
        return len(ended)

    def _dialer_promises_kept(self, ended):
        """Whoever was promised a call and has talked to an agent, was called back."""
        answered = [row for row in ended if row["result"] == "answered"]
        # sudo: telecom.callback - the team's promises, by the gateway
        callbacks = (
            self.env["telecom.callback"]
            .sudo()
            .search(
                [
                    ("state", "=", "planned"),
                    ("agent_id", "=", False),
                    ("contact_id", "in", [row["contact_id"] for row in answered]),
                    ("due_at", "<=", fields.Datetime.now()),
                ]
            )
        )
        callbacks.action_done()

    def _dialer_machine_texts(self, ended):
        """Write to those whose machine answered, where the campaign wants it."""
        ids = [row["id"] for row in ended if row["result"] == "machine"]
        attempts = self.env["telecom.campaign.attempt"].browse(ids)
        attempts.filtered(
            lambda attempt: attempt.campaign_id.machine_action == "text"
        )._send_machine_text()

    def _dialer_refusals(self, channel_ids):
        """Whoever pressed the key in the message is not called any more."""
        if not channel_ids:
            return
        attempts = self.env["telecom.campaign.attempt"].search(
            [("channel_id", "in", channel_ids), ("pbx_id", "=", self.id)]
        )
        attempts._refuse_calls()

    def _dialer_unknown(self, known, before):
        """End attempts that were recorded and that Asterisk does not know.

        :param known: channels that Asterisk or its ledger speaks of
        :param float before: only attempts recorded before this epoch time
        :return: how many there were
        """
        attempts = (
            self.env["telecom.campaign.attempt"]
            .search_fetch(
                [
                    ("pbx_id", "=", self.id),
                    ("state", "!=", "ended"),
                    "|",
                    ("channel_id", "=like", f"{DIALED}%"),
                    ("channel_id", "=like", f"{SELLER}%"),
                    ("recorded_at", "<", from_epoch(max(before, 0))),
                ],
                ["channel_id", "state"],
            )
            .filtered(lambda attempt: attempt.channel_id not in known)
        )
        now = fields.Datetime.now()
        # Asterisk took some over and its ledger does not tell: they may have rung
        return attempts and self._dialer_write_results(
            [
                {
                    "channel_id": attempt.channel_id,
                    "result": "not_dialed"
                    if attempt.state == "recorded"
                    else "interrupted",
                    "ended_at": now,
                }
                for attempt in attempts
            ]
        )

    def _dialer_calls(self, channels):
        """Join calls that go on, or have ended, with their attempts.

        :param dict channels: attempt's channel id by call
        """
        if not channels:
            return
        attempts = {
            attempt.channel_id: attempt
            for attempt in self.env["telecom.campaign.attempt"].search_fetch(
                [
                    ("pbx_id", "=", self.id),
                    ("channel_id", "in", list(channels.values())),
                ],
                ["channel_id", "call_id", "company_id"],
            )
        }
        for call, channel_id in channels.items():
            attempt = attempts.get(channel_id)
            if not attempt or attempt.company_id != call.company_id:
                continue
            if attempt.call_id != call:
                attempt.call_id = call
            partner = attempt._called_partner()
            if partner and not call.partner_id:
                call.partner_id = partner

    # -------------------------------------------------------------------------
    # What the dialer knows
    # -------------------------------------------------------------------------

    def _dialer_pacing(self, rows, knowledge):
        """Keep what campaigns looked like and why so much was dialed.

        :param list rows: values of ``telecom.campaign.pacing``; ``at`` in epoch seconds
        :param dict knowledge: what was learnt, by campaign id
        """
        campaigns = self.env["telecom.campaign"].browse(
            {row["campaign_id"] for row in rows} | set(knowledge)
        )
        companies = {
            campaign.id: campaign.company_id.id for campaign in campaigns.exists()
        }
        self.env["telecom.campaign.pacing"].create(
            [
                {
                    **row,
                    "at": _moment(row["at"]),
                    "company_id": companies[row["campaign_id"]],
                }
                for row in rows
                if row["campaign_id"] in companies
            ]
        )
        for campaign in campaigns.exists():
            if campaign.id in knowledge:
                campaign._dialer_keep_knowledge(knowledge[campaign.id])
