import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.rows import unnest

ACTIVITIES = [
    ("idle", "Idle"),
    ("ringing", "Ringing"),
    ("talking", "Talking"),
    ("hold", "On hold"),
    ("consulting", "Consulting"),
    ("wrapup", "Wrap-up"),
    ("manual", "Dialling"),
    ("chat", "Chat"),
]


class TelecomAgentLive(models.Model):
    """What an agent's telephone is doing; one row per agent, by the gateway."""

    _name = "telecom.agent.live"
    _description = "Agent's Live State"
    _rec_name = "agent_id"

    agent_id = fields.Many2one("telecom.agent", required=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="agent_id.company_id", store=True, index=True, precompute=True
    )
    activity = fields.Selection(ACTIVITIES, default="idle", required=True)
    activity_since = fields.Datetime(default=fields.Datetime.now)
    registered = fields.Boolean(help="The device is reachable.")
    # What tells a caller's number is for the operator's people only, whoever else may
    # see what an agent of theirs is doing: see ``telecom.agent.call_id``
    channel = fields.Char(
        groups="base.group_system", help="Asterisk's name of the agent's channel."
    )
    call_id = fields.Many2one(
        "telecom.call", ondelete="set null", groups="base.group_system"
    )
    consult = fields.Json(
        groups="base.group_system", help="Whom the agent consults: {target, state}."
    )
    wrapup_id = fields.Many2one(
        "telecom.call.wrapup", ondelete="set null", groups="base.group_system"
    )

    _agent_unique = models.Constraint("UNIQUE(agent_id)", "One live row per agent.")

    def write(self, vals):
        """Every change of activity is logged, at the time it happened."""
        before = {row.id: row.activity for row in self} if "activity" in vals else {}
        result = super().write(vals)
        changed = self.filtered(
            lambda row: row.id in before and row.activity != before[row.id]
        )
        if changed:
            Event = self.env["telecom.agent.event"]
            Event._log_all(
                [
                    Event._prepare(
                        "activity",
                        row.agent_id,
                        activity=row.activity,
                        call=row.call_id,
                        at=row.activity_since,
                    )
                    for row in changed
                ]
            )
        return result

    #: What the gateway writes, as PostgreSQL's types; see ``_gateway_write``.
    _LIVE_COLUMNS = {
        "activity": "varchar",
        "activity_since": "timestamp",
        "registered": "bool",
        "channel": "varchar",
        "call_id": "int4",
        "consult": "jsonb",
        "wrapup_id": "int4",
    }

    @api.model
    def _gateway_write(self, rows):
        """Write what agents' telephones do, in a few queries for any number.

        In SQL: no stored field is computed from these columns. Changes of activity
        are logged as :meth:`write` does, and pauses that waited for the telephone to
        stop ringing begin.

        :param dict rows: by agent id, the values of all columns but the wrap-up,
            which is the oldest one that is open
        :return: the agents of whom anything changed
        """
        Agent = self.env["telecom.agent"]
        if not rows:
            return Agent
        known = self._gateway_read(list(rows))
        for agent_id in rows.keys() - known.keys():
            if Agent.browse(agent_id).exists():
                self.create({"agent_id": agent_id})
        if rows.keys() - known.keys():
            known = self._gateway_read(list(rows))
        Event = self.env["telecom.agent.event"]
        to_write, events, stopped = [], [], []
        for agent_id, row in known.items():
            vals = rows[agent_id] | {"wrapup_id": row["open_wrapup_id"]}
            if all(vals[name] == row[name] for name in self._LIVE_COLUMNS):
                continue
            consult = vals["consult"] and json.dumps(vals["consult"])
            to_write.append({"id": row["id"], **vals, "consult": consult})
            if vals["activity"] == row["activity"]:
                continue
            events.append((agent_id, row["company_id"], vals))
            if (row["activity"], vals["activity"]) == ("ringing", "idle") and row[
                "presence"
            ] == "pause_requested":
                stopped.append(agent_id)
        if not to_write:
            return Agent
        self.env.cr.execute(
            SQL(
                """UPDATE telecom_agent_live live
                SET (%(names)s, write_uid, write_date) = (%(values)s, %(uid)s, %(now)s)
                FROM %(rows)s WHERE live.id = new.id""",
                names=SQL(", ").join(map(SQL.identifier, self._LIVE_COLUMNS)),
                values=SQL(", ").join(
                    SQL.identifier("new", name) for name in self._LIVE_COLUMNS
                ),
                uid=self.env.uid,
                now=self.env.cr.now(),
                rows=unnest("new", {"id": "int4"} | self._LIVE_COLUMNS, to_write),
            )
        )
        ids = {vals["id"] for vals in to_write}
        self.browse(ids).invalidate_recordset(
            [*self._LIVE_COLUMNS, "write_uid", "write_date"], flush=False
        )
        changed = Agent.browse(
            [agent_id for agent_id, row in known.items() if row["id"] in ids]
        )
        changed.invalidate_recordset(
            ["activity", "activity_since", "registered", "call_id"], flush=False
        )
        calls = self.env["telecom.call"].browse(
            {vals["call_id"] for _agent, _company, vals in events if vals["call_id"]}
        )
        calls.fetch(["company_id"])
        Company = self.env["res.company"]
        Event._log_all(
            [
                Event._prepare(
                    "activity",
                    Agent.browse(agent_id),
                    company=Company.browse(company_id),
                    activity=vals["activity"],
                    call=calls.browse(vals["call_id"] or ()),
                    at=vals["activity_since"],
                )
                for agent_id, company_id, vals in events
            ]
        )
        if stopped:
            Agent.browse(stopped)._settle_presence()
        return changed

    @api.model
    def _gateway_read(self, agent_ids):
        """Live rows as they stand, by agent id, with what else matters to them."""
        self.env["telecom.agent"].flush_model(["presence", "company_id"])
        self.env["telecom.call.wrapup"].flush_model(["agent_id", "state"])
        self.flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT live.*, agent.presence, agent.company_id,
                       (SELECT min(wrapup.id) FROM telecom_call_wrapup wrapup
                         WHERE wrapup.agent_id = agent.id AND wrapup.state = 'open')
                       AS open_wrapup_id
                  FROM telecom_agent_live live
                  JOIN telecom_agent agent ON agent.id = live.agent_id
                 WHERE agent.id IN %s
                """,
                tuple(agent_ids),
            )
        )
        return {row["agent_id"]: row for row in rows}
