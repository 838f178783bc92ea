from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.clock import epoch
from ..tools.rows import unnest

#: How many earlier contacts, customers and claims a card shows at most
HISTORY_LENGTH = 10
LONGEST_MATCHES = 10
LONGEST_CLAIMS = 30


class TelecomCall(models.Model):
    """The facts of one conversation with a caller, whatever its legs.

    Written by the gateway and its ledger only; what people add is in
    ``telecom.call.wrapup``.
    """

    _name = "telecom.call"
    _description = "Call"
    _check_company_auto = True
    _order = "start_at desc, id desc"
    _rec_name = "caller_number"

    # Whose
    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True
    )
    pbx_id = fields.Many2one("telecom.pbx", required=True, index=True)
    provider_id = fields.Many2one(
        related="pbx_id.company_id", string="Provider", store=True, precompute=True
    )
    campaign_id = fields.Many2one(
        "telecom.campaign", check_company=True, index=True, ondelete="restrict"
    )
    queue_id = fields.Many2one(
        "telecom.queue", check_company=True, index=True, ondelete="restrict"
    )
    did = fields.Char(string="Called Number")

    # Who
    direction = fields.Selection(
        [("inbound", "Inbound"), ("outbound", "Outbound"), ("internal", "Internal")],
        required=True,
        default="inbound",
    )
    uniqueid = fields.Char(required=True, help="Asterisk's id of the first channel.")
    linkedids = fields.Json(help="Every linkedid the call's channels ever had.")
    caller_number = fields.Char(
        index="btree_not_null", help="E.164, or as presented; empty when withheld."
    )
    caller_name = fields.Char()
    partner_id = fields.Many2one("res.partner", index="btree_not_null")
    agent_id = fields.Many2one(
        "telecom.agent", index="btree_not_null", help="The last one who talked."
    )

    # What became of it
    state = fields.Selection(
        [
            ("ringing", "Ringing"),
            ("waiting", "Waiting"),
            ("talking", "Talking"),
            ("hold", "On hold"),
            ("ended", "Ended"),
        ],
        required=True,
        default="ringing",
    )
    outcome = fields.Selection(
        [
            ("answered", "Answered"),
            ("abandoned", "Abandoned"),
            ("timeout", "Waited too long"),
            ("full", "Queue full or without agents"),
            ("closed", "Closed"),
            ("unavailable", "Unavailable"),
            ("interrupted", "Interrupted"),
            ("busy", "Busy"),
            ("no_answer", "No answer"),
            ("failed", "Failed"),
            ("machine", "Answering machine"),
        ]
    )
    hangup_by = fields.Selection([("caller", "Caller"), ("agent", "Agent")])
    hangup_cause = fields.Integer()
    priority = fields.Integer()
    language = fields.Char()

    # When (UTC)
    start_at = fields.Datetime(required=True, index=True)
    queued_at = fields.Datetime()
    answered_at = fields.Datetime()
    ended_at = fields.Datetime()
    wait_seconds = fields.Float()
    ring_seconds = fields.Float()
    talk_seconds = fields.Float()
    hold_seconds = fields.Float()
    duration_seconds = fields.Float()

    # Where it comes from
    ledger = fields.Selection(
        [
            ("live", "Live, not yet in the ledger"),
            ("confirmed", "Confirmed by the ledger"),
            ("corrected", "Corrected by the ledger"),
            ("missing", "Missing from the ledger"),
        ],
        required=True,
        default="live",
    )
    leg_ids = fields.One2many("telecom.call.leg", "call_id")
    visit_ids = fields.One2many("telecom.call.visit", "call_id")
    wrapup_ids = fields.One2many("telecom.call.wrapup", "call_id")

    # SMS owed to a caller who reached nobody
    channels_sms_state = fields.Selection(
        [("none", "None"), ("due", "Due"), ("queued", "Queued")], default="none"
    )

    _uniqueid_unique = models.Constraint(
        "UNIQUE(pbx_id, uniqueid)", "A call is recorded once."
    )
    _open_calls = models.Index("(pbx_id, start_at) WHERE state != 'ended'")
    _history = models.Index("(company_id, caller_number, start_at DESC)")

    # -------------------------------------------------------------------------
    # By the gateway
    # -------------------------------------------------------------------------

    #: What the live view writes of a call, as PostgreSQL's types. It is written in
    #: SQL, thousands of times a minute: no stored field may be computed from these
    #: columns (a test watches), and who else must know of a change hears it elsewhere.
    _LIVE_COLUMNS = {
        "state": "varchar",
        "queue_id": "int4",
        "agent_id": "int4",
        "priority": "int4",
        "queued_at": "timestamp",
        "answered_at": "timestamp",
        "ended_at": "timestamp",
    }
    #: And once, when it begins.
    _FIRST_COLUMNS = {
        "uniqueid": "varchar",
        "company_id": "int4",
        "campaign_id": "int4",
        "did": "varchar",
        "direction": "varchar",
        "caller_number": "varchar",
        "caller_name": "varchar",
        "start_at": "timestamp",
    }

    @api.model
    def _gateway_insert(self, pbx, vals_list):
        """Create the calls of a PBX that nobody else has created meanwhile.

        :param list vals_list: values of all columns above, checked by the caller
        :return: ids by uniqueid
        """
        if not vals_list:
            return {}
        columns = self._LIVE_COLUMNS | self._FIRST_COLUMNS
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    INSERT INTO telecom_call
                           (%(columns)s, pbx_id, provider_id, ledger,
                            channels_sms_state, create_uid, create_date, write_uid,
                            write_date)
                    SELECT %(values)s, pbx.id, pbx.company_id, 'live',
                           'none', %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM %(rows)s, telecom_pbx pbx
                     WHERE pbx.id = %(pbx)s
               ON CONFLICT (pbx_id, uniqueid) DO NOTHING
                 RETURNING uniqueid, id
                    """,
                    columns=SQL(", ").join(map(SQL.identifier, columns)),
                    values=SQL(", ").join(SQL.identifier("new", c) for c in columns),
                    rows=unnest("new", columns, vals_list),
                    uid=self.env.uid,
                    now=self.env.cr.now(),
                    pbx=pbx.id,
                )
            )
        )

    @api.model
    def _gateway_update(self, vals_list):
        """Write what the live view knows of calls the ledger has not settled yet.

        :param list vals_list: values of the live columns and ``id``; where queue,
            agent or a time is missing, or a time stands already, it stays
        """
        if not vals_list:
            return
        self.flush_model([*self._LIVE_COLUMNS, "ledger"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE telecom_call call
                   SET state = new.state,
                       queue_id = COALESCE(new.queue_id, call.queue_id),
                       agent_id = COALESCE(new.agent_id, call.agent_id),
                       priority = new.priority,
                       queued_at = COALESCE(call.queued_at, new.queued_at),
                       answered_at = COALESCE(call.answered_at, new.answered_at),
                       ended_at = new.ended_at,
                       write_uid = %(uid)s,
                       write_date = %(now)s
                  FROM %(rows)s
                 WHERE call.id = new.id
                   AND call.ledger NOT IN ('confirmed', 'corrected')
                   AND (call.state, call.queue_id, call.agent_id, call.priority,
                        call.queued_at, call.answered_at, call.ended_at)
                       IS DISTINCT FROM
                       (new.state, COALESCE(new.queue_id, call.queue_id),
                        COALESCE(new.agent_id, call.agent_id), new.priority,
                        COALESCE(call.queued_at, new.queued_at),
                        COALESCE(call.answered_at, new.answered_at), new.ended_at)
                """,
                rows=unnest("new", {"id": "int4"} | self._LIVE_COLUMNS, vals_list),
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.browse([vals["id"] for vals in vals_list]).invalidate_recordset(
            [*self._LIVE_COLUMNS, "write_uid", "write_date"], flush=False
        )

    # -------------------------------------------------------------------------
    # For the desk
    # -------------------------------------------------------------------------

    def _desk_values(self):
        """This call as the desk's state shows it; see docs/callcenter-internals.md."""
        self.ensure_one()
        return {
            **self._card_call_values(),
            "queue": self.queue_id.name or False,
            "campaign": self.campaign_id.name or False,
        }

    def _get_card(self):
        """Who calls and why they called before.

        Shows what belongs to the call's company, whatever the rights and companies
        of the environment: callers check first that the card is for the reader.
        Names are in the language of the environment.

        :return: dict, see "Card" in docs/callcenter-internals.md
        """
        self.ensure_one()
        # sudo: several models - the card is the same for the gateway and for every
        # agent; each query below names the company
        call = self.sudo()
        company = call.company_id
        company.fetch(["name", "telecom_color"])
        number = call.caller_number or False
        context = call._card_context()
        matches = self.env["res.partner"].sudo()
        if number:
            matches = matches._telecom_match_number(
                company, company._telecom_sanitize(number) or number
            )[:LONGEST_MATCHES]
        linked = matches.browse(context["partner_id"] or ())
        people = call._card_partners(matches | linked)
        waited = (call.answered_at or fields.Datetime.now()) - (
            call.queued_at or call.start_at
        )
        return {
            "call": {
                **call._card_call_values(),
                "queue": context["queue"],
                "campaign": context["campaign"],
            },
            "number": number,
            "number_display": company._telecom_format(number) if number else False,
            "withheld": not number,
            "company": {
                "id": company.id,
                "name": company.name,
                "color": company.telecom_color or False,
            },
            "queue": context["queue"],
            "campaign": context["campaign"],
            "did": call.did or False,
            "language": call.language or False,
            "priority": call.priority,
            "waited_seconds": max(waited.total_seconds(), 0) if call.queue_id else 0,
            "partner_id": linked.id,
            "matches": people,
            "prospects": call._card_prospects(company, number)
            if number and not people
            else [],
            "history": call._card_history(
                company, number, [match["id"] for match in people]
            ),
            "url": f"/odoo/telecom.call/{self.id}",
        }

    def _card_call_values(self):
        """:meth:`_desk_values` without names, which the card has by other means."""
        return {
            "id": self.id,
            "company_id": self.company_id.id,
            "caller_number": self.caller_number or False,
            "direction": self.direction,
            "state": self.state,
            "start_at": epoch(self.start_at),
            "answered_at": epoch(self.answered_at),
        }

    def _card_context(self):
        """Names of queue and campaign, and the customer an agent chose."""
        self.env["telecom.call.wrapup"].flush_model(["call_id", "partner_id"])
        self.env["telecom.queue"].flush_model(["name"])
        self.env["telecom.campaign"].flush_model(["name"])
        [row] = self.env.execute_query_dict(
            SQL(
                """
                SELECT (SELECT name FROM telecom_queue WHERE id = %(queue)s) AS queue,
                       (SELECT name FROM telecom_campaign WHERE id = %(campaign)s)
                           AS campaign,
                       (SELECT wrapup.partner_id
                          FROM telecom_call_wrapup wrapup
                          JOIN res_partner partner ON partner.id = wrapup.partner_id
                           AND partner.company_id = %(company)s
                         WHERE wrapup.call_id = %(call)s
                      ORDER BY wrapup.id DESC LIMIT 1) AS partner_id
                """,
                queue=self.queue_id.id or None,
                campaign=self.campaign_id.id or None,
                company=self.company_id.id,
                call=self.id,
            )
        )
        return {name: value or False for name, value in row.items()}

    def _card_partners(self, partners):
        """What the card shows of these customers, in their order."""
        if not partners:
            return []
        for model in ("res.partner", "telecom.segment", "telecom.language"):
            self.env[model].flush_model()
        company = self.company_id
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT partner.id, partner.name, partner.is_company, partner.city,
                       partner.telecom_customer_number AS customer_number,
                       segment.id AS segment_id, segment.color, segment.priority,
                       %(segment_name)s AS segment, %(language_name)s AS language
                  FROM res_partner partner
             LEFT JOIN telecom_segment segment
                    ON segment.id = partner.telecom_segment_id
             LEFT JOIN telecom_language language
                    ON language.id = partner.telecom_language_id
                 WHERE partner.id IN %(ids)s AND partner.company_id = %(company)s
                """,
                segment_name=self._translated("segment", "name"),
                language_name=self._translated("language", "name"),
                ids=tuple(partners.ids),
                company=company.id,
            )
        )
        by_id = {row["id"]: row for row in rows}
        lines = self._card_lines(partners)
        claims = self._card_claims(partners)
        return [
            {
                "id": row["id"],
                "name": row["name"] or "",
                "type": "company" if row["is_company"] else "person",
                "segment": {
                    "name": row["segment"],
                    "color": row["color"] or 0,
                    "priority": row["priority"] or 0,
                }
                if row["segment_id"]
                else False,
                "customer_number": row["customer_number"] or False,
                "language": row["language"] or False,
                "city": row["city"] or False,
                "lines": lines.get(row["id"], []),
                "claims": claims.get(row["id"], []),
                "open_claims": len(claims.get(row["id"], [])),
                "vip": (row["priority"] or 0) > 0,
            }
            for row in (by_id[id_] for id_ in partners.ids if id_ in by_id)
        ]

    def _card_prospects(self, company, number):
        """Open prospects with this number, the latest first."""
        leads = (
            self.env["crm.lead"]
            .sudo()  # sudo: crm.lead - see _get_card
            .search_fetch(
                [
                    ("company_id", "=", company.id),
                    (
                        "phone_sanitized",
                        "=",
                        company._telecom_sanitize(number) or number,
                    ),
                ],
                ["name", "contact_name", "partner_name"],
                order="id desc",
                limit=LONGEST_MATCHES,
            )
        )
        return [
            {
                "id": lead.id,
                "name": lead.contact_name or lead.partner_name or lead.name,
                "title": lead.name,
            }
            for lead in leads
        ]

    def _card_lines(self, partners):
        """Lines that are not terminated, by customer."""
        lines = (
            self.env["telecom.line"]
            .sudo()  # sudo: telecom.line - see _get_card
            .search_fetch(
                [
                    ("partner_id", "in", partners.ids),
                    ("company_id", "=", self.company_id.id),
                    ("state", "!=", "terminated"),
                ],
                ["partner_id", "msisdn", "technology", "state", "offer"],
                order="state, msisdn",
            )
        )
        result = {}
        for line in lines:
            result.setdefault(line.partner_id.id, []).append(
                {
                    "id": line.id,
                    "msisdn": line.msisdn,
                    "msisdn_display": self.company_id._telecom_format(line.msisdn),
                    "technology": line.technology,
                    "state": line.state,
                    "offer": line.offer or False,
                }
            )
        return result

    def _card_claims(self, partners):
        """Open claims of customers and of their contacts, by customer."""
        for model in ("helpdesk.ticket", "helpdesk.ticket.stage", "res.partner"):
            self.env[model].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT ticket.id, ticket.number, ticket.name, %(stage)s AS stage,
                       ticket.telecom_branch AS branch, customer.id AS customer_id,
                       extract(day FROM now() AT TIME ZONE 'UTC' - ticket.create_date)
                           AS age
                  FROM res_partner customer
                  JOIN res_partner contact ON contact.id = customer.id
                                           OR contact.parent_id = customer.id
                  JOIN helpdesk_ticket ticket ON ticket.partner_id = contact.id
             LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
                 WHERE customer.id IN %(ids)s
                   AND ticket.company_id = %(company)s
                   AND ticket.active
                   AND stage.closed IS NOT TRUE
              ORDER BY ticket.create_date DESC, ticket.id DESC
                 LIMIT %(limit)s
                """,
                stage=self._translated("stage", "name"),
                ids=tuple(partners.ids),
                company=self.company_id.id,
                limit=LONGEST_CLAIMS,
            )
        )
        result = {}
        for row in rows:
            result.setdefault(row["customer_id"], []).append(
                {
                    "id": row["id"],
                    "number": row["number"],
                    "name": row["name"],
                    "stage": row["stage"] or False,
                    "branch": row["branch"] or False,
                    "age_days": int(row["age"] or 0),
                }
            )
        return result

    def _card_history(self, company, number, partner_ids):
        """The last contacts of a number and of customers with a company.

        :param company: the operator
        :param number: as recorded on calls, or False
        :param partner_ids: ids of customers of that operator
        :return: list of dicts, the latest first, without this very call
        """
        for model in (
            "telecom.call",
            "telecom.call.wrapup",
            "telecom.disposition",
            "telecom.qualification",
        ):
            self.env[model].flush_model()
        sources = []
        if number:
            sources.append(SQL("call.caller_number = %s", number))
        if partner_ids:
            ids = tuple(partner_ids)
            sources.append(SQL("call.partner_id IN %s", ids))
            sources.append(
                SQL(
                    """call.id IN (SELECT call_id FROM telecom_call_wrapup
                    WHERE partner_id IN %s)""",
                    ids,
                )
            )
        if not sources:
            return []
        # One index each, then the latest of all
        found = SQL(" UNION ").join(
            SQL(
                """(SELECT call.id, call.start_at
                      FROM telecom_call call
                     WHERE call.company_id = %s AND call.id != %s AND %s
                  ORDER BY call.start_at DESC LIMIT %s)""",
                company.id,
                self.id or 0,
                source,
                HISTORY_LENGTH,
            )
            for source in sources
        )
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT call.id, call.start_at, call.direction, call.outcome,
                       agent.name AS agent, queue.name AS queue, wrapup.note,
                       %(disposition)s AS disposition,
                       %(qualification)s AS qualification
                  FROM (%(found)s) found
                  JOIN telecom_call call ON call.id = found.id
             LEFT JOIN LATERAL (
                           SELECT * FROM telecom_call_wrapup
                            WHERE call_id = call.id AND state = 'done'
                         ORDER BY id DESC LIMIT 1
                       ) wrapup ON TRUE
             LEFT JOIN telecom_agent agent
                    ON agent.id = COALESCE(wrapup.agent_id, call.agent_id)
             LEFT JOIN telecom_queue queue ON queue.id = call.queue_id
             LEFT JOIN telecom_disposition disposition
                    ON disposition.id = wrapup.disposition_id
             LEFT JOIN telecom_qualification qualification
                    ON qualification.id = wrapup.qualification_id
              ORDER BY call.start_at DESC, call.id DESC
                 LIMIT %(limit)s
                """,
                disposition=self._translated("disposition", "name"),
                qualification=self._translated("qualification", "name"),
                found=found,
                limit=HISTORY_LENGTH,
            )
        )
        return [
            {
                "call_id": row["id"],
                "at": epoch(row["start_at"]),
                "direction": row["direction"],
                "outcome": row["outcome"] or False,
                "agent": row["agent"] or False,
                "queue": row["queue"] or False,
                "disposition": row["disposition"] or False,
                "qualification": row["qualification"] or False,
                "note": row["note"] or False,
            }
            for row in rows
        ]

    def _translated(self, alias, name):
        """SQL of a translated column, in the language of the environment."""
        column = SQL.identifier(alias, name)
        return SQL(
            "COALESCE(%s->>%s, %s->>'en_US')", column, self.env.lang or "en_US", column
        )
