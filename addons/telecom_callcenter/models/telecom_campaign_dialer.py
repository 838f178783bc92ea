import collections
from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL, ormcache
from odoo.tools.misc import format_time, formatLang

from ..engine import pacing
from .telecom_campaign_dialing import AUTOMATIC_MODES


class TelecomCampaignDialer(models.Model):
    """What the dialer does with a campaign."""

    _inherit = "telecom.campaign"

    attempt_ids = fields.One2many("telecom.campaign.attempt", "campaign_id")
    abandoned_share_day = fields.Float(
        string="Abandoned in 24 Hours (%)", compute="_compute_abandoned_shares"
    )
    abandoned_share_month = fields.Float(
        string="Abandoned in 30 Days (%)", compute="_compute_abandoned_shares"
    )
    abandoned_stopped = fields.Char(
        string="Stopped by Abandoned Calls", compute="_compute_abandoned_shares"
    )
    dialing_off = fields.Char(
        string="Emergency Stop", compute="_compute_dialing_off", help="What is stopped."
    )

    _ring_seconds_range = models.Constraint(
        "CHECK(ring_seconds BETWEEN 5 AND 120)",
        "A called telephone rings for 5 to 120 seconds.",
    )
    _most_lines_range = models.Constraint(
        "CHECK(most_lines >= 0)", "A campaign cannot have less than no call."
    )
    _calls_per_second_range = models.Constraint(
        "CHECK(calls_per_second >= 0)", "Calls per second cannot be less than none."
    )
    _abandoned_share_range = models.Constraint(
        "CHECK(abandoned_share BETWEEN 0 AND 100)",
        "The share of abandoned calls is between 0 and 100 %.",
    )
    _abandoned_seconds_range = models.Constraint(
        "CHECK(abandoned_seconds BETWEEN 0.5 AND 60)",
        "Somebody waits 0.5 to 60 seconds for an agent.",
    )
    _machine_error_share_range = models.Constraint(
        "CHECK(machine_error_share BETWEEN 0 AND 100)",
        "The share of persons taken for machines is between 0 and 100 %.",
    )
    _machine_times_range = models.Constraint(
        """CHECK(machine_initial_silence BETWEEN 100 AND 20000
        AND machine_greeting BETWEEN 100 AND 20000
        AND machine_after_greeting_silence BETWEEN 100 AND 20000
        AND machine_total BETWEEN 500 AND 20000
        AND machine_words BETWEEN 1 AND 50)""",
        "Answering machines are judged within 0.1 to 20 seconds.",
    )

    @api.constrains("refusal_digit")
    def _check_refusal_digit(self):
        for campaign in self:
            digit = campaign.refusal_digit
            if digit and (len(digit) > 1 or digit not in "0123456789*#"):
                raise ValidationError(
                    self.env._("The key that refuses calls is one of 0 to 9, * and #.")
                )

    @api.constrains("presented_did_ids", "queue_id")
    def _check_presented_numbers(self):
        for campaign in self.sudo():  # sudo: telecom.pbx - comparing only
            pbx = campaign.queue_id.pbx_id
            for did in campaign.presented_did_ids:
                if pbx and did.pbx_id != pbx:
                    raise ValidationError(
                        self.env._(
                            "%(number)s cannot be presented: it is not a number of "
                            "the PBX %(pbx)s, over which this campaign calls.",
                            number=did.number,
                            pbx=pbx.name,
                        )
                    )

    def _configuration_unheard(self):
        return super()._configuration_unheard() | {
            "dialing_stopped",
            "dialing_stop_reason",
            "dial_mode",
            "presented_did_ids",
            "ring_seconds",
            "most_lines",
            "calls_per_second",
            "abandoned_share",
            "abandoned_reached",
            "abandoned_waived_until",
            "abandoned_waiver",
            "abandoned_base",
            "machine_error_share",
            "machine_text",
            "attempt_ids",
        }

    def _missing_to_go_live(self):
        missing = super()._missing_to_go_live()
        _ = self.env._
        # sudo: telecom.did - see super
        campaign = self.sudo()
        if campaign.kind != "outbound":
            return missing
        if not campaign.queue_id:
            missing.append(_("a queue"))
        if not campaign._dialer_presented_numbers():
            missing.append(_("a number that called people see"))
        if campaign.dial_mode in AUTOMATIC_MODES and (
            campaign.queue_id.announce_position
            and campaign.queue_id in self._queues_of_callers(campaign.queue_id)
        ):
            missing.append(
                _("a queue of its own: this one tells callers their position")
            )
        return missing + campaign._missing_messages_of_dialing()

    @api.model
    def _queues_of_callers(self, queues):
        """Those of some queues whose callers have called in."""
        return (
            self.env["telecom.did"]
            .search(
                [
                    ("campaign_id.queue_id", "in", queues.ids),
                    ("campaign_id.state", "=", "live"),
                    ("campaign_id.kind", "!=", "outbound"),
                ]
            )
            .campaign_id.queue_id
        )

    def _may_dial(self):
        # sudo: res.company, telecom.pbx - whether somebody has stopped all dialing
        campaign = self.sudo()
        return (
            super()._may_dial()
            and not campaign.company_id.telecom_dialing_stopped
            and not campaign.queue_id.pbx_id.dialing_stopped
        )

    # -------------------------------------------------------------------------
    # For the gateway
    # -------------------------------------------------------------------------

    def _dialer_dialplan(self):
        """What the dialplan does with whoever answers, as plain values."""
        return self.read(
            [
                "abandoned_seconds", "abandoned_clock", "refusal_digit",
                "machine_detection", "machine_action", "machine_initial_silence",
                "machine_greeting", "machine_after_greeting_silence", "machine_total",
                "machine_words", "abandoned_prompt_id", "machine_prompt_id",
                "queue_id",
            ],
            load=None,
        )  # fmt: skip

    def _dialer_presented_numbers(self):
        """Numbers that called people see, all of the operator's own."""
        self.ensure_one()
        pbx = self.queue_id.pbx_id
        dids = self.presented_did_ids or self.did_ids
        if not dids:
            dids = self.env["telecom.did"].search(
                [("company_id", "=", self.company_id.id), ("pbx_id", "=", pbx.id)]
            )[:1]
        return dids.filtered(
            lambda did: did.company_id == self.company_id and did.pbx_id == pbx
        ).mapped("number")

    def _dialer_hour(self):
        """The hour of the day where this campaign calls."""
        zone = pytz.timezone(self.company_id.partner_id.tz or "UTC")
        return pytz.UTC.localize(fields.Datetime.now()).astimezone(zone).hour

    def _dialer_reserve(self, count, now):
        """Take the next contacts to be called, for nobody else to call them.

        :return: list of ``(contact id, number, callback id or False)``
        """
        promised = self._dialer_callbacks(count, now)
        ids = list(promised) + self._due_contacts(now, count - len(promised))
        if not ids:
            return []
        rows = self.env.execute_query(
            SQL(
                """UPDATE telecom_campaign_contact
                SET state = 'reserved', write_date = %s
                WHERE id = ANY(%s) AND state IN ('ready', 'callback')
                RETURNING id, number""",
                now,
                ids,
            )
        )
        self.env["telecom.campaign.contact"].browse(ids).invalidate_recordset(
            ["state"], flush=False
        )
        numbers = dict(rows)
        result = []
        for contact_id in ids:
            if contact_id in numbers:
                callback = promised.get(contact_id)
                number = callback.number if callback else numbers[contact_id]
                result.append((contact_id, number, callback and callback.id))
        return result

    def _dialer_personal(self, now, agent=None):
        """Promises of agents of this campaign that are due, the earliest first.

        :param agent: of this one only
        """
        domain = [
            ("campaign_id", "=", self.id),
            ("state", "=", "planned"),
            ("agent_id", "=", agent.id) if agent else ("agent_id", "!=", False),
            ("due_at", "<=", now),
            ("contact_id.state", "=", "callback"),
            (
                "contact_id.timezone",
                "in",
                [name or False for name in self._open_zones(now)],
            ),
        ]
        # sudo: telecom.callback - promises of this campaign, by the gateway
        return self.env["telecom.callback"].sudo().search(domain, order="due_at, id")

    def _dialer_promised_agents(self):
        """Agents who have promised a call by now."""
        now = fields.Datetime.now()
        # sudo: telecom.callback - promises of this campaign, by the gateway
        due = (
            self.env["telecom.callback"]
            .sudo()
            .search_fetch(
                [
                    ("campaign_id", "=", self.id),
                    ("state", "=", "planned"),
                    ("agent_id", "!=", False),
                    ("due_at", "<=", now),
                    ("contact_id", "!=", False),
                ],
                ["agent_id", "contact_id"],
            )
        )
        if not due:
            return []
        # What could not be dialed waits for the next time.
        lying = due.contact_id.filtered(lambda contact: contact.state == "reserved")
        lying._close_unheard()
        lying._release_forgotten(self)
        return self._dialer_personal(now).agent_id.ids

    def _dialer_callbacks(self, count, now):
        """Promises of the team's that are due, by contact; they go first.

        An agent's own promises are kept by that agent: see ``_dialer_personal``.
        """
        # sudo: telecom.callback - promises of this campaign, by the gateway
        callbacks = (
            self.env["telecom.callback"]
            .sudo()
            .search(
                [
                    ("campaign_id", "=", self.id),
                    ("state", "=", "planned"),
                    ("agent_id", "=", False),
                    ("due_at", "<=", now),
                    ("contact_id.state", "=", "callback"),
                    # Without a zone of their own, the country's usual one counts
                    (
                        "contact_id.timezone",
                        "in",
                        [name or False for name in self._open_zones(now)],
                    ),
                ],
                order="due_at, id",
                limit=count,
            )
        )
        if not callbacks or not self._may_dial():
            return {}
        numbers = callbacks.mapped("number")
        blocked = self.env["telecom.do.not.call"]._blocked(self.company_id, numbers)
        # Once for all, or they would stand before the others for ever
        refused = callbacks.filtered(lambda callback: callback.number in blocked)
        refused.contact_id.write({"state": "excluded", "exclusion": "do_not_call"})
        taken = self._on_the_line(numbers)
        locked = {
            ident
            for (ident,) in self.env.execute_query(
                SQL(
                    """SELECT id FROM telecom_campaign_contact
                    WHERE id = ANY(%s) AND state = 'callback'
                    FOR UPDATE SKIP LOCKED""",
                    callbacks.contact_id.ids,
                )
            )
        }
        result = {}
        for callback in callbacks - refused:
            if callback.contact_id.id in locked and callback.number not in taken:
                taken.add(callback.number)
                result.setdefault(callback.contact_id.id, callback)
        return result

    def _on_the_line(self, numbers):
        """Which of some numbers the operator is calling, from whatever campaign."""
        self.env["telecom.campaign.attempt"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT number FROM telecom_campaign_attempt
                WHERE company_id = %s AND number = ANY(%s) AND state <> 'ended'""",
                self.company_id.id,
                list(numbers),
            )
        )
        return {number for (number,) in rows}

    def _dialer_budgets(self):
        """Calls that count and abandoned ones, in 24 hours and in 30 days.

        A call counts by the campaign's rule. Abandoned is also who was connected too
        late, and the share of persons among those taken for machines that the operator
        found by tests (Ofcom's and the FCC's counting, see the manual).

        :return: ``((counted, abandoned), (counted, abandoned))``
        """
        self.ensure_one()
        self.env["telecom.campaign.attempt"].flush_model()
        now = fields.Datetime.now()
        # Asked every ten seconds, of millions of calls: what happened more than a day
        # ago is counted once an hour
        long_ago = now.replace(minute=0, second=0) - timedelta(days=1)
        rule = (self.abandoned_seconds, self.abandoned_base)
        older = self._counted_before(long_ago, *rule)
        between = self._counted(long_ago, now - timedelta(days=1), *rule)
        day = self._counted(now - timedelta(days=1), None, *rule)
        month = map(sum, zip(older, between, day, strict=True))
        wrong = self.machine_error_share / 100
        return tuple(
            (counted, abandoned + wrong * machines)
            for counted, abandoned, machines in (day, month)
        )

    @ormcache("self.id", "until", "limit", "base")
    def _counted_before(self, until, limit, base):
        return self._counted(until - timedelta(days=29), until, limit, base)

    def _counted(self, since, until, limit, base):
        """Count the answered calls that ended in a time.

        A machine that met an agent in time is no person who was answered. One that
        waited in vain, or too long, counts as abandoned: it may have been a person.

        :param datetime until: included; None for no end
        :param float limit: seconds after which a call is abandoned
        :param str base: ``abandoned_base``
        :return: ``(calls that count, abandoned ones, machines)``
        """
        [counts] = self.env.execute_query(
            SQL(
                """
                WITH answered AS (
                    SELECT result = 'machine' AND machine_wrong IS NOT TRUE AS machine,
                           (result = 'machine'
                            OR machine IS NOT DISTINCT FROM 'machine')
                           AND machine_wrong IS NOT TRUE AS no_person,
                           connected_at IS NOT NULL AS connected,
                           result = 'abandoned'
                           OR (result = 'machine' AND machine_wrong)
                           OR (
                               connected_at IS NOT NULL
                               AND waiting_seconds > %(limit)s
                           ) AS abandoned
                      FROM telecom_campaign_attempt
                     WHERE campaign_id = %(campaign)s
                       AND ended_at > %(since)s
                       AND ended_at <= %(until)s
                       AND answered_at IS NOT NULL
                       AND mode IN ('progressive', 'predictive')
                )
                SELECT count(*) FILTER (WHERE %(counts)s),
                       count(*) FILTER (WHERE abandoned),
                       count(*) FILTER (WHERE machine)
                  FROM answered
                """,
                since=since,
                until=until or datetime.max,
                campaign=self.id,
                # Asterisk's loop sees the limit a moment late.
                limit=limit + 0.2,
                counts=SQL("(abandoned OR NOT no_person)")
                if base == "live"
                else SQL("(connected OR abandoned)"),
            )
        )
        return counts

    @api.depends(
        "state",
        "dial_mode",
        "abandoned_share",
        "abandoned_reached",
        "abandoned_waived_until",
    )
    def _compute_abandoned_shares(self):
        for campaign in self:
            known = campaign._origin
            day, month = known._dialer_budgets() if known else ((0, 0),) * 2
            campaign.abandoned_share_day = 100 * day[1] / day[0] if day[0] else 0.0
            campaign.abandoned_share_month = (
                100 * month[1] / month[0] if month[0] else 0.0
            )
            campaign.abandoned_stopped = campaign._abandoned_stopped(day, month)

    def _abandoned_stopped(self, day, month):
        """Why the dialer has stopped this campaign by itself; False when it has not."""
        self.ensure_one()
        settings = pacing.Settings(abandoned_share=self.abandoned_share / 100)
        if (
            self.state != "live"
            or self.dial_mode not in AUTOMATIC_MODES
            or self._dialer_when_reached() != "stop"
            or not pacing.cap_reached(settings, (day, month))
        ):
            return False

        def percent(value):
            return formatLang(self.env, value, digits=1)

        return self.env._(
            "Dialing has stopped by itself: %(day)s %% of the calls of 24 hours and "
            "%(month)s %% of those of 30 days were abandoned; at most %(most)s %% may "
            "be. It goes on when the share is below again.",
            day=percent(self.abandoned_share_day),
            month=percent(self.abandoned_share_month),
            most=percent(self.abandoned_share),
        )

    def _dialer_when_reached(self):
        """What the dialer does once the permitted share of abandoned calls is reached.

        A supervisor's word lets it go on, with no more than a call per free agent.
        """
        self.ensure_one()
        waived = self.abandoned_waived_until
        if waived and waived > fields.Datetime.now():
            return "waived"
        return self.abandoned_reached

    def _waive_abandoned(self, reason, until):
        """Dial on though the permitted share of abandoned calls is reached.

        :param str reason: kept, and shown on the campaign
        :param datetime until: in UTC
        """
        self.write({"abandoned_waiver": reason, "abandoned_waived_until": until})
        for campaign in self:
            campaign.message_post(
                body=self.env._(
                    "Dialing goes on in spite of the abandoned calls (%(share)s %% of "
                    "24 hours). %(reason)s",
                    share=formatLang(self.env, campaign.abandoned_share_day, digits=1),
                    reason=reason,
                )
            )
        self._tell_dialers()

    def _dialer_knowledge(self):
        """What the dialer had learnt when it stopped; None for a new campaign."""
        # sudo: telecom.campaign.knowledge - the dialer's own
        known = self.env["telecom.campaign.knowledge"].sudo()
        return known.search([("campaign_id", "=", self.id)]).data or None

    def _dialer_keep_knowledge(self, data):
        # sudo: telecom.campaign.knowledge - the dialer's own
        Knowledge = self.env["telecom.campaign.knowledge"].sudo()
        known = Knowledge.search([("campaign_id", "=", self.id)])
        if known:
            known.data = data
        else:
            Knowledge.create({"campaign_id": self.id, "data": data})

    # -------------------------------------------------------------------------
    # Emergency stop
    # -------------------------------------------------------------------------

    @api.depends(
        "dialing_stopped",
        "dialing_stop_reason",
        "company_id.telecom_dialing_stopped",
        "company_id.telecom_dialing_stop_reason",
        "queue_id.pbx_id.dialing_stopped",
        "queue_id.pbx_id.dialing_stop_reason",
    )
    def _compute_dialing_off(self):
        _ = self.env._
        # sudo: res.company, telecom.pbx - whether others stopped it, and their reason
        for campaign in self.sudo():
            pbx, company = campaign.queue_id.pbx_id, campaign.company_id
            campaign.dialing_off = False
            if pbx.dialing_stopped:
                campaign.dialing_off = _(
                    "All dialing is stopped. %s", pbx.dialing_stop_reason or ""
                )
            elif company.telecom_dialing_stopped:
                campaign.dialing_off = _(
                    "Dialing for %(operator)s is stopped. %(reason)s",
                    operator=company.name,
                    reason=company.telecom_dialing_stop_reason or "",
                )
            elif campaign.dialing_stopped:
                campaign.dialing_off = _(
                    "Dialing is stopped. %s", campaign.dialing_stop_reason or ""
                )

    def _stop_dialing(self, reason):
        self.write({"dialing_stopped": True, "dialing_stop_reason": reason})
        self._tell_dialers()

    def _tell_dialers(self):
        """Wake the gateways: they look at the stops when they are."""
        # sudo: telecom.pbx - the operator's people do not see where they call from
        for pbx in self.sudo().queue_id.pbx_id:
            pbx._notify_gateway(pbx=pbx.id, stops=True)

    def action_stop_dialing(self):
        """Stop dialing for these campaigns at once; calls that ring are taken back."""
        self.check_access("write")
        self._stop_dialing(self.env._("By %s.", self.env.user.name))
        return True

    def action_resume_dialing(self):
        self.check_access("write")
        self.write({"dialing_stopped": False, "dialing_stop_reason": False})
        self._tell_dialers()
        return True

    def action_view_pacing(self):
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "telecom_callcenter.pacing",
            "name": self.env._("Dialing: %s", self.name),
            "context": {"active_id": self.id},
        }

    @api.readonly
    def get_pacing(self, minutes):
        """What the dialer saw of this campaign lately, for the page that shows it.

        :param int minutes: how far back, up to a day
        :return: dict ``rows`` (oldest first, texts in the user's language and time),
            ``reasons``: ``{name, percent}``, most first; ``most``: the permitted share
            of abandoned calls; ``stopped``: why nothing is dialed, or False
        """
        self.ensure_one()
        self.check_access("read")
        since = fields.Datetime.now() - timedelta(minutes=min(max(minutes, 1), 1440))
        Pacing = self.env["telecom.campaign.pacing"]
        numbers = [
            "agents", "idle", "busy", "ringing", "waiting", "dialed", "answered",
            "abandoned",
        ]  # fmt: skip
        shares = [
            "answer_rate", "expected_answers", "expected_free", "permitted_share",
            "abandoned_share",
        ]  # fmt: skip
        found = Pacing.search_read(
            [("campaign_id", "=", self.id), ("at", ">=", since)],
            ["at", "reason", *numbers, *shares],
            order="at, id",
            load=None,
        )
        names = dict(Pacing._fields["reason"]._description_selection(self.env))
        counted = collections.Counter(row["reason"] for row in found)
        return {
            "rows": [
                {
                    **{name: row[name] for name in numbers},
                    **{name: round(row[name], 1) for name in shares},
                    "time": format_time(self.env, row["at"], time_format="HH:mm:ss"),
                    "reason": names.get(row["reason"], ""),
                }
                for row in found
            ],
            "reasons": [
                {
                    "name": names.get(reason, ""),
                    "percent": round(100 * count / len(found)),
                }
                for reason, count in counted.most_common()
            ],
            "most": self.abandoned_share,
            "stopped": self.dialing_off or self.abandoned_stopped,
        }

    def action_view_attempts(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "telecom_callcenter.action_telecom_campaign_attempt"
        )
        return {**action, "domain": [("campaign_id", "=", self.id)]}


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_dialing_stopped = fields.Boolean(
        string="Dialing Stopped", readonly=True, copy=False
    )
    telecom_dialing_stop_reason = fields.Char(readonly=True, copy=False)

    def _telecom_stop_dialing(self, reason):
        # sudo: res.company - supervisors stop what they cannot configure; who may is
        # checked by the callers
        self.sudo().write(
            {"telecom_dialing_stopped": True, "telecom_dialing_stop_reason": reason}
        )
        self._telecom_tell_dialers()

    def _telecom_resume_dialing(self):
        # sudo: res.company - as above
        self.sudo().write(
            {"telecom_dialing_stopped": False, "telecom_dialing_stop_reason": False}
        )
        self._telecom_tell_dialers()

    def _telecom_tell_dialers(self):
        # sudo: telecom.pbx - all that may call for these operators
        for pbx in self.env["telecom.pbx"].sudo().search([("active", "=", True)]):
            pbx._notify_gateway(pbx=pbx.id, stops=True)


class TelecomCampaignAttempt(models.Model):
    _inherit = "telecom.campaign.attempt"

    def action_judged_wrongly(self):
        """A person was taken for a machine: kept, to know the detection's errors."""
        self.check_access("read")
        if not self.env.user.has_group(
            "telecom_callcenter.group_callcenter_supervisor"
        ):
            raise AccessError(self.env._("Supervisors say what was judged wrongly."))
        # sudo: telecom.campaign.attempt - facts, of which people correct this alone
        self.sudo().write({"machine_wrong": True})
        return True

    def _refuse_calls(self):
        """The called person wants no more calls of this operator."""
        # sudo: telecom.do.not.call - entered by the gateway, for the attempt's operator
        Entry = self.env["telecom.do.not.call"].sudo()
        for company, attempts in self.grouped("company_id").items():
            numbers = set(attempts.mapped("number"))
            known = Entry.with_context(active_test=False).search(
                [("company_id", "=", company.id), ("number", "in", list(numbers))]
            )
            known.filtered(lambda entry: not entry.active or entry.until).write(
                {"active": True, "until": False}
            )
            Entry.create(
                [
                    {
                        "company_id": company.id,
                        "number": number,
                        "source": "customer",
                        "reason": company.env._("Pressed the key in the message"),
                        "user_id": False,
                    }
                    for number in sorted(numbers - set(known.mapped("number")))
                ]
            )
        contacts = self.contact_id
        contacts.write({"state": "excluded", "exclusion": "opt_out"})
        # sudo: telecom.consent - the last word of a customer, taken by the gateway
        self.env["telecom.consent"].sudo().create(
            [
                {
                    "company_id": contact.company_id.id,
                    "partner_id": contact.partner_id.id,
                    "channel": "call",
                    "granted": False,
                    "source": "call",
                    "user_id": False,
                    "note": contact.env._("Pressed the key in the message"),
                }
                for contact in contacts
                if contact.partner_id
            ]
        )

    def _send_machine_text(self):
        """The campaign's text message, after an answering machine.

        Not to those who refuse messages or calls.
        """
        Followup = self.env["telecom.campaign.followup"]
        for company, attempts in self.grouped("company_id").items():
            messages = []
            for attempt in attempts:
                partner = attempt.contact_id.partner_id
                language = partner.lang or company.partner_id.lang
                text = attempt.campaign_id.with_context(lang=language).machine_text
                number = company._telecom_get_sms_number(attempt.number)
                refused = Followup._refusal(
                    attempt.call_id, attempt.contact_id, "sms", attempt.number
                )
                if text and number and not refused:
                    messages.append(
                        {
                            "number": number,
                            "body": text.replace("{operator}", company.name),
                            "partner_id": partner.id,
                        }
                    )
            self.env["sms.sms"]._telecom_queue(company, messages)
