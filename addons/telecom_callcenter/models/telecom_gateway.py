"""What the gateway asks of Odoo and tells it: the only door between both.

Every method is private, runs as superuser in the gateway's own transactions, and takes
and returns plain values. Methods that write are given batches and may be called again
with the same values: nothing is counted or created twice.
"""

import logging
import time
from datetime import timedelta

from psycopg2 import Error as DatabaseError

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.attempts import channel_ids
from ..engine.priority import caller_priority
from ..tools.clock import from_epoch

_logger = logging.getLogger(__name__)

#: A conversation found in the ledger later than this is not put before the agent.
WRAPUP_MAX_AGE = timedelta(minutes=15)
#: The live view and the ledger may disagree about an end by this much.
WRAPUP_TOLERANCE = timedelta(seconds=3)
#: An agent whose device went away and came back within this time works on.
LOST_MAX_AGE = timedelta(minutes=10)
_FINAL = ("confirmed", "corrected")


def _moment(seconds):
    return from_epoch(seconds) if seconds else False


class TelecomPbx(models.Model):
    _inherit = "telecom.pbx"

    # -------------------------------------------------------------------------
    # What the gateway reads
    # -------------------------------------------------------------------------

    @api.model
    def _gateway_find(self, code):
        """The PBX with this code, or the only one when no code is given.

        :return: dict of id, code, AMI address, ledger position; None when unknown
        """
        pbxs = self.search([("code", "=", code)] if code else [], limit=2)
        if len(pbxs) != 1:
            return None
        status = pbxs._gateway_status_row()
        return {
            "id": pbxs.id,
            "code": pbxs.code,
            "ami_host": pbxs.ami_host,
            "ami_port": pbxs.ami_port,
            "ledger_offset": status.ledger_offset or {},
            "config_applied_revision": status.config_applied_revision,
        }

    def _gateway_status_row(self):
        status = self.status_ids[:1]
        return status or self.env["telecom.pbx.status"].create({"pbx_id": self.id})

    def _gateway_configuration(self):
        """Everything that Asterisk's files say, as plain values.

        :return: dict for ``gateway.render.render``, and ``revision``
        """
        self.ensure_one()
        campaigns = self.did_ids.campaign_id.filtered(
            lambda campaign: campaign.state == "live" and campaign.active
        )
        opening = campaigns._opening_intervals_batch(days=15)
        outbound = self._dialer_dialplan_campaigns()
        silent = outbound.queue_id - outbound._queues_of_callers(outbound.queue_id)
        # Cut at days, so that the text does not change with every look.
        today = int(time.time()) // 86400 * 86400
        horizon = today + 14 * 86400
        # sudo: telecom.trunk - the secret goes to Asterisk only
        trunks = self.sudo().trunk_ids.filtered("active")
        return {
            "revision": self.config_revision,
            "language": self.default_language or "en",
            "trunks": trunks.read(
                [
                    "host", "port", "match", "username", "secret", "codecs",
                    "max_channels", "calls_per_second",
                ]
            ),
            "agents": [
                {
                    "id": agent.id,
                    "name": agent.name,
                    "extension": agent.extension,
                    "device": agent.device,
                }
                for agent in self.agent_ids
            ],
            "queues": [
                # Whoever was called does not want to hear that others were before.
                values | {"announce_position": False}
                if values["id"] in silent.ids
                else values
                for values in self.queue_ids.read(
                    [
                        "strategy", "ring_seconds", "max_length", "weight",
                        "service_level_seconds", "music_class", "announce_position",
                        "announce_seconds", "max_wait_seconds", "wrapup_seconds",
                    ]
                )
            ],
            "campaigns": [
                {
                    "id": campaign.id,
                    "company_id": campaign.company_id.id,
                    "queue_id": campaign.queue_id.id,
                    "unavailable_policy": campaign.unavailable_policy,
                    "opening": [
                        (max(start, today), min(end, horizon))
                        for start, end in opening[campaign.id]
                        if end > today and start < horizon
                    ]
                    if campaign.calendar_id
                    else None,
                    "opening_until": horizon,
                    "welcome_prompt_id": campaign.welcome_prompt_id.id,
                    "closed_prompt_id": campaign.closed_prompt_id.id,
                    "unavailable_prompt_id": campaign.unavailable_prompt_id.id,
                }
                for campaign in campaigns
            ],
            "outbound": outbound._dialer_dialplan(),
            "dids": [
                {
                    "number": did.number,
                    "company_id": did.company_id.id,
                    # No new calls once the operator's module is closed or read-only;
                    # the campaign stays for those it has
                    "campaign_id": did.company_id._telecom_allows(
                        "callcenter", "create"
                    )
                    and did.campaign_id.id,
                }
                for did in self.did_ids
            ],
            "prompts": {
                prompt.id: fields.Datetime.to_string(prompt.write_date)
                for prompt in self._gateway_prompts(campaigns | outbound)
            },
        }  # fmt: skip

    @api.model
    def _gateway_prompts(self, campaigns):
        return (
            campaigns.welcome_prompt_id
            | campaigns.abandoned_prompt_id
            | campaigns.machine_prompt_id
            | campaigns.closed_prompt_id
            | campaigns.unavailable_prompt_id
        )

    @api.model
    def _gateway_prompt_audio(self, prompt_ids):
        """The recordings (base64) of prompts by id."""
        prompts = self.env["telecom.prompt"].browse(prompt_ids).exists()
        return {prompt.id: prompt.audio for prompt in prompts}

    def _gateway_agents(self, agent_ids=None):
        """What Asterisk must know of each agent's status and queues.

        :param list agent_ids: those only; all of the PBX when None
        :return: list of dicts ``id, presence, reason, since, wrapup, queues`` with
            ``queues`` penalties by Asterisk's queue name, ``reason`` a code
        """
        domain = [("pbx_id", "=", self.id)]
        if agent_ids is not None:
            domain.append(("id", "in", agent_ids))
        agents = self.env["telecom.agent"].search(domain)
        members = self.env["telecom.queue.member"].search_fetch(
            [("agent_id", "in", agents.ids), ("queue_id.active", "=", True)],
            ["agent_id", "queue_id", "penalty"],
        )
        # Whoever lost an operator among the user's companies gets no more of its calls
        members = members.filtered(
            lambda member: member.company_id in member.agent_id.user_id.company_ids
        ).grouped("agent_id")
        open_wrapups = agents._open_wrapups().agent_id
        none = self.env["telecom.queue.member"]
        return [
            {
                "id": agent.id,
                "presence": agent.presence,
                "reason": agent.presence_reason_id.code or "",
                "reason_kind": agent.presence_reason_id.kind or "",
                "wrapup": agent in open_wrapups,
                "queues": {
                    f"queue{member.queue_id.id}": member.penalty
                    for member in members.get(agent, none)
                },
            }
            for agent in agents
        ]

    def _gateway_credentials(self, agent_ids=None):
        """``md5_cred`` by agent id, of those who have one."""
        domain = [("pbx_id", "=", self.id), ("sip_ha1", "!=", False)]
        if agent_ids is not None:
            domain.append(("id", "in", agent_ids))
        return {
            agent.id: agent.sip_ha1
            for agent in self.env["telecom.agent"].search(domain)
        }

    def _gateway_pending(self):
        """Commands to do now, and the wanted revision.

        Commands that have expired are marked so and not returned.
        """
        self.env.cr.execute(
            SQL(
                """UPDATE telecom_pbx_command SET state = 'expired',
                payload = CASE WHEN name = 'dtmf' THEN '{}' ELSE payload END
                WHERE pbx_id = %s AND state = 'pending'
                AND expires_at < (clock_timestamp() at time zone 'UTC')""",
                self.id,
            )
        )
        commands = self.env["telecom.pbx.command"].search(
            [("pbx_id", "=", self.id), ("state", "=", "pending")], order="id", limit=200
        )
        return {
            "revision": self.config_revision,
            "stops": self._dialer_stops(),
            "commands": [
                {
                    "id": command.id,
                    "name": command.name,
                    "agent_id": command.agent_id.id,
                    "payload": command.payload or {},
                }
                for command in commands
            ],
        }

    def _gateway_answer(self, results):
        """Write what became of commands.

        :param list results: ``(command id, error)``; error is empty when it was done
        """
        Command = self.env["telecom.pbx.command"]
        done = Command.browse([ident for ident, error in results if not error])
        done.exists().write({"state": "done"})
        for ident, error in results:
            command = Command.browse(ident).exists()
            if error and command:
                command.write({"state": "failed", "error": error[:500]})
                command.agent_id.user_id.partner_id._bus_send(
                    "telecom.desk/command",
                    {"id": command.id, "name": command.name, "error": error[:500]},
                )

    def _gateway_dial(self, payload):
        """Who pays for a call out and which number is shown.

        :param dict payload: of the command ``dial``
        :return: dict ``company_id, campaign_id, caller_id, calls_out``
        """
        company = self.env["res.company"].browse(int(payload["company_id"])).exists()
        campaign = (
            self.env["telecom.campaign"]
            .browse(int(payload.get("campaign_id") or 0))
            .exists()
        )
        if campaign.company_id != company:
            campaign = campaign.browse()
        own = self.did_ids.filtered(lambda did: did.company_id == company)
        # Only numbers that are the operator's are ever shown
        chosen = own.filtered(lambda did: did.number == payload.get("presented"))
        dids = chosen or campaign.did_ids or own
        calls_out = campaign.kind == "outbound"
        shown = campaign._dialer_presented_numbers() if calls_out and not chosen else []
        return {
            "company_id": company.id,
            "campaign_id": campaign.id or 0,
            "caller_id": shown[0] if shown else dids[:1].number or "",
            # An emergency stop is of these calls, whoever dials them
            "calls_out": calls_out,
        }

    def _gateway_priorities(self, calls):
        """The priority that callers have in their operator's queues.

        :param list calls: ``(uniqueid, company id, number)``
        :return: priorities by uniqueid, where there is one
        """
        result = {}
        by_company = {}
        for uniqueid, company_id, number in calls:
            if number:
                by_company.setdefault(company_id, []).append((uniqueid, number))
        for company_id, items in by_company.items():
            company = self.env["res.company"].browse(company_id).exists()
            if not company:
                continue
            numbers = {
                uniqueid: company._telecom_sanitize(number) or number
                for uniqueid, number in items
            }
            known = {
                row.number: row.priority
                for row in self.env["telecom.priority.number"].search(
                    [
                        ("company_id", "=", company.id),
                        ("number", "in", list(numbers.values())),
                    ]
                )
            }
            for uniqueid, number in numbers.items():
                segment = None
                if number not in known:
                    partners = self._gateway_match(company, number)
                    segments = partners.telecom_segment_id
                    segment = max(segments.mapped("priority"), default=None)
                priority = caller_priority(known.get(number), segment)
                if priority:
                    result[uniqueid] = priority
        return result

    @api.model
    def _gateway_match(self, company, number):
        """The operator's customers with this number."""
        partners = self.env["res.partner"].with_context(
            allowed_company_ids=[company.id]
        )
        return partners._telecom_match_number(company, number)

    def _gateway_escalations(self):
        """Seconds after which a waiting caller's priority rises, by queue id."""
        return {queue.id: queue.escalation_seconds for queue in self.queue_ids}

    # -------------------------------------------------------------------------
    # What the gateway writes: its own state
    # -------------------------------------------------------------------------

    def _gateway_report(self, values):
        """Write the gateway's state.

        :param dict values: fields of ``telecom.pbx.status``; times in epoch seconds
        """
        status = self._gateway_status_row()
        vals = dict(values)
        for name in ("link_since", "last_event_at", "heartbeat_at"):
            if name in vals:
                vals[name] = _moment(vals[name])
        if "config_applied_revision" in vals:
            vals["config_applied_at"] = fields.Datetime.now()
        link = vals.get("link_state")
        changed = link and link != status.link_state
        status.write(vals)
        if changed:
            # Desks show at once that the link is lost, or back.
            self.agent_ids.filtered(lambda a: a.presence != "offline")._bus_state()

    # -------------------------------------------------------------------------
    # What the gateway writes: the live view
    # -------------------------------------------------------------------------

    def _gateway_pops(self, pops):
        """Show callers' cards to the agents whose telephones begin to ring.

        Only that: the agents' own state is written with the next facts, in a
        transaction that nobody waits for.

        :param list pops: dicts ``agent_id``, ``call`` (values of a live call) and
            ``at`` (epoch seconds)
        """
        calls = self._gateway_upsert([pop["call"] for pop in pops])
        agents = self.env["telecom.agent"].browse({pop["agent_id"] for pop in pops})
        partners = agents._desk_partners()
        for pop in pops:
            call = calls.get(pop["call"]["uniqueid"])
            partner = partners.get(pop["agent_id"])
            if not partner or not call:
                continue
            local = call.with_context(
                allowed_company_ids=[call.company_id.id],
                # Stages, choices and segments as this agent reads them
                lang=partner.lang,
            )
            partner.with_env(local.env)._bus_send(
                "telecom.desk/pop",
                {
                    "call_id": call.id,
                    "company_id": call.company_id.id,
                    "agent_id": pop["agent_id"],
                    "card": local._get_card(),
                    "at": pop["at"],
                },
            )

    def _gateway_facts(self, calls, agents, conversations, missed):
        """Write what changed since the last batch.

        :param list calls: values of live calls
        :param list agents: values of agents' live state
        :param list conversations: dicts ``agent_id, uniqueid, ended_at`` of agents
            whose part in a call is over
        :param list missed: dicts ``agent_id, uniqueid`` of rings nobody answered
        """
        wanted = {values["uniqueid"] for values in calls}
        others = {c["uniqueid"] for c in conversations} | {
            values["call"] for values in agents if values["call"]
        }
        records = self._gateway_upsert(calls)
        if others - wanted:
            records |= {
                call.uniqueid: call
                for call in self.env["telecom.call"].search(
                    [
                        ("pbx_id", "=", self.id),
                        ("uniqueid", "in", list(others - wanted)),
                    ]
                )
            }
        self._gateway_wrapups(
            (records[row["uniqueid"]], row["agent_id"], row["ended_at"])
            for row in conversations
            if row["uniqueid"] in records
        )
        self._gateway_live(agents, records)
        self._gateway_missed(missed)

    def _gateway_missed(self, missed):
        for row in missed:
            agent = self.env["telecom.agent"].browse(row["agent_id"]).exists()
            if agent.presence not in ("ready", "pause_requested"):
                continue
            reason = self.env["telecom.pause.reason"]._of_kind(
                agent.company_id, "missed"
            )
            agent._set_presence("not_ready", reason, forced=True)

    def _gateway_lost(self, agent_ids):
        """The devices of these agents have been away too long."""
        agents = self.env["telecom.agent"].browse(agent_ids).exists()
        for agent in agents.filtered(lambda a: a.presence == "ready"):
            reason = self.env["telecom.pause.reason"]._of_kind(agent.company_id, "lost")
            agent._set_presence("not_ready", reason, forced=True)

    def _gateway_found(self, agent_ids):
        """The devices of these agents are back: who was sent away for that works on."""
        since = fields.Datetime.now() - LOST_MAX_AGE
        agents = self.env["telecom.agent"].browse(agent_ids).exists()
        agents.filtered(
            lambda agent: (
                agent.presence == "not_ready"
                and agent.presence_reason_id.kind == "lost"
                and agent.presence_since >= since
            )
        )._set_presence("ready")

    def _gateway_upsert(self, values_list):
        """Create or update calls from the live view; returns them by uniqueid.

        In SQL, three statements for any number of calls: nothing is computed from
        these columns, see ``telecom.call._LIVE_COLUMNS``.
        """
        Call = self.env["telecom.call"]
        by_uniqueid = {values["uniqueid"]: values for values in values_list}
        if not by_uniqueid:
            return {}
        known = {
            uniqueid: (call_id, company_id)
            for uniqueid, call_id, company_id in self.env.execute_query(
                SQL(
                    """SELECT uniqueid, id, company_id FROM telecom_call
                    WHERE pbx_id = %s AND uniqueid IN %s""",
                    self.id,
                    tuple(by_uniqueid),
                    to_flush=Call._fields["uniqueid"],
                )
            )
        }
        present = self._gateway_present(by_uniqueid.values())
        to_create, to_update = [], []
        for uniqueid, values in by_uniqueid.items():
            if uniqueid not in known:
                to_create.append(self._gateway_call_vals(values, present))
                continue
            call_id, company_id = known[uniqueid]
            to_update.append(
                {
                    "id": call_id,
                    "state": values["state"],
                    "queue_id": present("telecom.queue", values, company_id),
                    "agent_id": present("telecom.agent", values),
                    "priority": values["priority"],
                    "queued_at": _moment(values["queued_at"]),
                    "answered_at": _moment(values["answered_at"]),
                    "ended_at": _moment(values["ended_at"]),
                }
            )
        ids = {uniqueid: call_id for uniqueid, (call_id, _company) in known.items()}
        ids |= Call._gateway_insert(self, to_create)
        Call._gateway_update(to_update)
        calls = dict(zip(ids, Call.browse(ids.values()), strict=True))
        # Before the card is shown: it tells whom the campaign has called.
        self._dialer_calls(
            {
                calls[uniqueid]: values["attempt"]
                for uniqueid, values in by_uniqueid.items()
                if values.get("attempt") and uniqueid not in known
            }
        )
        return calls

    def _gateway_present(self, values_list):
        """What calls name and what of it there is, in one query.

        :return: function ``(model, values, company id) -> id``, False when there is
            none, or when it is another company's than the one given
        """
        names = {
            "res.company": "company_id",
            "telecom.campaign": "campaign_id",
            "telecom.queue": "queue_id",
            "telecom.agent": "agent_id",
        }
        parts = []
        for model, name in names.items():
            Model = self.env[model]
            ids = [values[name] for values in values_list if values[name]]
            if not ids:
                continue
            company = "id" if model == "res.company" else "company_id"
            parts.append(
                SQL(
                    "SELECT %s, id, %s FROM %s WHERE id = ANY(%s)",
                    model,
                    SQL.identifier(company, to_flush=Model._fields[company]),
                    SQL.identifier(Model._table),
                    ids,
                )
            )
        rows = self.env.execute_query(SQL(" UNION ALL ").join(parts)) if parts else []
        companies = {(model, ident): company for model, ident, company in rows}

        def find(model, values, company_id=None):
            ident = values[names[model]]
            company = companies.get((model, ident))
            if not company or company_id not in (None, company):
                return False
            return ident

        return find

    def _gateway_call_vals(self, values, present):
        """Values of a new call; what does not fit the operator is left out.

        :param present: what :meth:`_gateway_present` returned
        """
        company = self.env["res.company"].browse(present("res.company", values) or ())
        company = company or self._gateway_company(values)
        number = values["number"]
        number = company._telecom_sanitize(number) or number if number else False
        return {
            "pbx_id": self.id,
            "uniqueid": values["uniqueid"],
            "company_id": company.id,
            "campaign_id": present("telecom.campaign", values, company.id),
            "queue_id": present("telecom.queue", values, company.id),
            "did": values["did"] or False,
            "direction": values["direction"],
            "caller_number": number,
            "caller_name": values["name"] or False,
            "agent_id": present("telecom.agent", values),
            "state": values["state"],
            "priority": values["priority"],
            "start_at": _moment(values["start_at"]) or fields.Datetime.now(),
            "queued_at": _moment(values["queued_at"]),
            "answered_at": _moment(values["answered_at"]),
            "ended_at": _moment(values["ended_at"]),
        }

    def _gateway_company(self, values):
        """Whose call it is when its account code does not say: the number's."""
        number = (values["did"] or "").lstrip("+")
        dids = self.did_ids.filtered(
            lambda did: number and did.number.lstrip("+") == number
        )
        return dids.company_id[:1] or self.company_id

    def _gateway_customers(self, calls):
        """Note the customer of each call that has one.

        Not while the call rings: the card finds the customer by itself then.
        """
        for call in calls.filtered(lambda c: c.caller_number and not c.partner_id):
            partners = self._gateway_match(call.company_id, call.caller_number)
            if len(partners) == 1:
                call.write(
                    {
                        "partner_id": partners.id,
                        "language": partners.telecom_language_id.code or False,
                    }
                )
                call.wrapup_ids.filtered(lambda w: not w.partner_id).write(
                    {"partner_id": partners.id}
                )

    def _gateway_live(self, values_list, calls):
        """Write agents' live rows and tell their desks."""
        rows = {}
        for values in values_list:
            call = calls.get(values["call"])
            rows[values["agent_id"]] = {
                "activity": values["activity"],
                "activity_since": _moment(values["since"]) or fields.Datetime.now(),
                "registered": values["registered"],
                "channel": values["channel"] or None,
                "call_id": call.id if call else None,
                "consult": {
                    "target": values["consult"],
                    "state": values["consult_state"] or "talking",
                }
                if values["consult"]
                else None,
            }
        changed = self.env["telecom.agent.live"]._gateway_write(rows)
        if changed:
            changed._bus_state()

    def _gateway_wrapups(self, conversations):
        """Give each agent of a conversation that ended a wrap-up, once.

        :param conversations: ``(call, agent id, end in epoch seconds)``
        :return: agents who got one that is open
        """
        conversations = list(conversations)
        if not conversations:
            return self.env["telecom.agent"]
        # The log of agents' events says what happened; the chatter need not.
        Wrapup = self.env["telecom.call.wrapup"].with_context(tracking_disable=True)
        agents = self.env["telecom.agent"]
        known = agents.browse({agent_id for _c, agent_id, _e in conversations}).exists()
        # All at once, not one by one below.
        known.fetch(["presence"])
        wrapups = {
            (wrapup.call_id.id, wrapup.agent_id.id): wrapup
            for wrapup in Wrapup.search(
                [
                    ("call_id", "in", [call.id for call, _a, _e in conversations]),
                    ("agent_id", "in", known.ids),
                ]
            )
        }
        now = fields.Datetime.now()
        to_create = {}
        by_id = {agent.id: agent for agent in known}
        for call, agent_id, ended_at in conversations:
            agent = by_id.get(agent_id)
            if not agent:
                continue
            ended = _moment(ended_at) or now
            is_open = ended >= now - WRAPUP_MAX_AGE and agent.presence != "offline"
            vals = {
                "state": "open" if is_open else "done",
                "started_at": ended,
                "done_at": False if is_open else ended,
            }
            wrapup = wrapups.get((call.id, agent_id))
            if wrapup is None:
                to_create[call.id, agent_id] = {
                    "call_id": call.id,
                    "agent_id": agent_id,
                    "partner_id": call.partner_id.id,
                    **vals,
                }
            elif wrapup.state == "draft":
                # Agents begin to write during the call: their draft becomes it.
                wrapup.write(vals)
            elif not (
                # The same call came back to her after she was done with it.
                is_open
                and wrapup.state == "done"
                and ended > wrapup.started_at + WRAPUP_TOLERANCE
            ):
                continue
            else:
                wrapup.write(vals)
            if is_open:
                agents |= agent
        Wrapup.create(list(to_create.values()))
        return agents

    def _gateway_snapshots(self, snapshots):
        """Publish the numbers of queues.

        :param list snapshots: dicts ``queue_id, at, waiting, longest_wait_seconds,
            agents``; the day's figures are added here
        """
        queues = self.env["telecom.queue"].browse([s["queue_id"] for s in snapshots])
        queues = queues.exists()
        figures = queues._wallboard_calls()
        for snapshot in snapshots:
            queue = queues.browse(snapshot["queue_id"])
            if queue not in queues:
                continue
            today = figures[queue.id]
            self.env["bus.bus"]._sendone(
                queue,
                "telecom.queue/snapshot",
                {
                    **snapshot,
                    **{
                        name: today[name]
                        for name in (
                            "offered", "answered", "abandoned", "service_level",
                        )
                    },
                },
            )  # fmt: skip

    # -------------------------------------------------------------------------
    # What the gateway writes: the ledger
    # -------------------------------------------------------------------------

    def _gateway_ledger(self, finished, ongoing, offset):
        """Write calls as the ledger knows them, and how far it was read.

        :param list finished: ``engine.call_state.CallFacts`` of calls that ended
        :param list ongoing: the same, of calls that go on: only what is missing
        :param dict offset: for ``telecom.pbx.status.ledger_offset``, committed with
            the facts
        :return: agents' ids who were given an open wrap-up
        """
        Call = self.env["telecom.call"]
        attempts = [attempt for facts in finished for attempt in facts.attempts]
        finished = [facts for facts in finished if facts.is_call]
        everything = [*finished, *ongoing]
        uniqueids = {uid for facts in everything for uid in facts.uniqueids}
        by_uniqueid = {
            call.uniqueid: call
            for call in Call.search(
                [("pbx_id", "=", self.id), ("uniqueid", "in", list(uniqueids))]
            )
        }
        written = touched = Call
        conversations = []
        values_by_facts = {
            facts.uniqueid: {
                **_facts_values(facts),
                "state": "ended" if facts.ended else _state(facts),
            }
            for facts in everything
        }
        present = self._gateway_present(values_by_facts.values())
        for facts in everything:
            values = values_by_facts[facts.uniqueid]
            call = by_uniqueid.get(facts.uniqueid, Call)
            if call.ledger in _FINAL:
                continue
            if not call:
                call = Call.create(self._gateway_call_vals(values, present))
                by_uniqueid[facts.uniqueid] = call
            call |= Call.union(
                *(by_uniqueid[u] for u in facts.uniqueids if u in by_uniqueid)
            )
            call = self._gateway_merge(call, facts.uniqueid)
            self._gateway_parts(call, facts)
            touched |= call
            if facts.ended:
                vals = self._gateway_call_vals(values, present)
                _write_changes(call, self._gateway_final_vals(call, facts, vals))
                written |= call
                drafts = call.wrapup_ids.filtered(lambda w: w.state == "draft")
                conversations += [
                    (call, conversation.agent_id, conversation.end_at)
                    for conversation in facts.conversations
                    # Who lost the caller for good keeps what she had written.
                    if not conversation.lost
                    or conversation.agent_id in drafts.agent_id.ids
                ]
        agents = self._gateway_wrapups(conversations)
        self._dialer_calls(
            {
                by_uniqueid[facts.uniqueid]: name
                for facts in everything
                for name in channel_ids(facts.linkedids)
                if facts.uniqueid in by_uniqueid
            }
        )
        self._gateway_customers(touched)
        self._dialer_results(attempts)
        if offset is not None:
            self._gateway_status_row().write({"ledger_offset": offset})
        self._gateway_send_sms(written)
        if agents:
            agents._bus_state()
        return agents.ids

    def _gateway_merge(self, calls, uniqueid):
        """One call out of those that a transfer joined."""
        call = calls.filtered(lambda c: c.uniqueid == uniqueid)[:1]
        others = calls - call
        if others:
            for wrapup in others.wrapup_ids:
                if wrapup.agent_id in call.wrapup_ids.agent_id:
                    continue
                wrapup.call_id = call
            others.unlink()
        return call

    def _gateway_parts(self, call, facts):
        """Legs and visits: made anew, they are small and depend on the facts only."""
        known = self.env["telecom.agent"].browse(
            {leg.agent_id for leg in facts.legs if leg.agent_id}
            | {visit.agent_id for visit in facts.visits if visit.agent_id}
            | {agent for visit in facts.visits for agent in visit.missed_agent_ids}
        )
        agents = set(known.exists().ids)
        queues = self.env["telecom.queue"].browse({v.queue_id for v in facts.visits})
        queues = {q.id for q in queues.exists() if q.company_id == call.company_id}
        legs = {leg.uniqueid: leg for leg in call.leg_ids}
        to_create = []
        for leg in facts.legs:
            vals = {
                "linkedid": leg.linkedid,
                "channel": leg.channel,
                "kind": leg.kind,
                "agent_id": leg.agent_id if leg.agent_id in agents else False,
                "start_at": _moment(leg.start_at),
                "answered_at": _moment(leg.answered_at),
                "ended_at": _moment(leg.ended_at),
                "hangup_cause": leg.hangup_cause,
            }
            if leg.uniqueid in legs:
                _write_changes(legs[leg.uniqueid], vals)
            else:
                to_create.append(
                    {
                        "call_id": call.id,
                        "pbx_id": self.id,
                        "uniqueid": leg.uniqueid,
                        **vals,
                    }
                )
        self.env["telecom.call.leg"].create(to_create)
        visits = {visit.number: visit for visit in call.visit_ids}
        to_create = []
        for number, visit in enumerate(facts.visits, start=1):
            if visit.queue_id not in queues:
                continue
            missed = [a for a in visit.missed_agent_ids if a in agents]
            vals = {
                "queue_id": visit.queue_id,
                "entered_at": _moment(visit.entered_at),
                "left_at": _moment(visit.left_at),
                "position": visit.position,
                "result": visit.result,
                "agent_id": visit.agent_id if visit.agent_id in agents else False,
                "wait_seconds": visit.wait_seconds,
                "talk_seconds": visit.talk_seconds,
            }
            if number in visits:
                record = visits[number]
                _write_changes(record, vals)
                if set(record.missed_agent_ids.ids) != set(missed):
                    record.missed_agent_ids = [fields.Command.set(missed)]
            else:
                vals["missed_agent_ids"] = [fields.Command.set(missed)]
                to_create.append({"call_id": call.id, "number": number, **vals})
        self.env["telecom.call.visit"].create(to_create)

    def _gateway_final_vals(self, call, facts, base):
        """What the ledger says of a call, on top of its basic values ``base``."""
        vals = {
            name: base[name]
            for name in (
                "company_id", "campaign_id", "queue_id", "did", "direction",
                "caller_number", "caller_name", "start_at", "queued_at",
                "answered_at", "ended_at", "state",
            )
        }  # fmt: skip
        vals["agent_id"] = base["agent_id"] or call.agent_id.id
        live_differs = call.state == "ended" and any(
            call[name].id != vals[name]
            for name in ("company_id", "queue_id", "agent_id")
        )
        vals |= {
            "linkedids": facts.linkedids,
            "outcome": facts.outcome,
            "hangup_by": facts.hangup_by,
            "hangup_cause": facts.hangup_cause,
            "wait_seconds": facts.wait_seconds,
            "ring_seconds": facts.ring_seconds,
            "talk_seconds": facts.talk_seconds,
            "hold_seconds": facts.hold_seconds,
            "duration_seconds": facts.duration_seconds,
            "ledger": "corrected" if live_differs else "confirmed",
        }
        if (
            facts.outcome in ("closed", "unavailable")
            and call.channels_sms_state == "none"
        ):
            vals["channels_sms_state"] = "due"
        return vals

    def _gateway_send_sms(self, calls):
        due = calls.filtered(lambda call: call.channels_sms_state == "due")
        if not due or not hasattr(due, "_queue_channels_sms"):
            return
        try:
            with self.env.cr.savepoint():
                due._queue_channels_sms()
        except DatabaseError:
            # The batch is tried again, or goes row by row.
            raise
        except Exception:
            # A message that cannot be composed must not hold back the facts.
            _logger.exception("The SMS of calls %s stay due", due.ids)

    def _gateway_due_sms(self):
        """Queue the SMS that are owed since an earlier failure."""
        calls = self.env["telecom.call"].search(
            [("pbx_id", "=", self.id), ("channels_sms_state", "=", "due")], limit=200
        )
        self._gateway_send_sms(calls)

    def _gateway_unconfirmed(self, alive, older_than):
        """Flag calls that the live view saw and the ledger never mentioned.

        :param list alive: uniqueids of calls that still go on
        :param float older_than: only calls that began before this epoch time
        """
        calls = self.env["telecom.call"].search(
            [
                ("pbx_id", "=", self.id),
                ("ledger", "=", "live"),
                ("start_at", "<", _moment(older_than)),
                ("uniqueid", "not in", list(alive)),
            ],
            limit=500,
        )
        for call in calls:
            call.write(
                {
                    "ledger": "missing",
                    "state": "ended",
                    "ended_at": call.ended_at or call.answered_at or call.start_at,
                    "outcome": call.outcome
                    or ("answered" if call.answered_at else "interrupted"),
                }
            )
        return len(calls)


def _write_changes(record, vals):
    """Write what differs; returns whether anything did."""
    changes = {}
    for name, value in vals.items():
        field = record._fields[name]
        current = record[name]
        if field.type == "many2one":
            current = current.id
        elif field.type == "float":
            if abs(current - (value or 0.0)) < 0.0005:
                continue
        if (current or False) != (value or False):
            changes[name] = value
    if changes:
        record.write(changes)
    return bool(changes)


def _state(facts):
    if facts.answered_at:
        return "talking"
    return "waiting" if facts.queued_at else "ringing"


def _facts_values(facts):
    return {
        "uniqueid": facts.uniqueid,
        "company_id": facts.company_id,
        "campaign_id": facts.campaign_id,
        "queue_id": facts.queue_id,
        "agent_id": facts.agent_id,
        "number": facts.caller_number,
        "name": facts.caller_name,
        "did": facts.did,
        "direction": facts.direction,
        "priority": 0,
        "start_at": facts.start_at,
        "queued_at": facts.queued_at,
        "answered_at": facts.answered_at,
        "ended_at": facts.ended_at,
    }
