"""Contacts of manual and preview campaigns: one at a time on an agent's desk."""

import uuid
from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.telecom_crm.tools.once import once

from ..engine import calling_hours
from ..tools.clock import epoch
from .telecom_campaign_dialing import AUTOMATIC_MODES
from .telecom_campaign_script import SKIP_REASONS, SKIPPED_FOR_GOOD

#: A contact on the desk of an agent who went away is given to others after this
SHOWN_FOR = timedelta(minutes=30)
#: An attempt of which nothing was heard after this was never dialed
UNHEARD_AFTER = timedelta(minutes=2)
#: How long a contact that was skipped rests
SKIPPED_FOR = timedelta(hours=1)
#: Attempts that go on, or of which nobody has said yet how they ended
UNDECIDED = [
    "|",
    ("state", "!=", "ended"),
    "&",
    ("settled", "=", False),
    ("result", "!=", "not_dialed"),
]
#: How many records are looked at when one is wanted
CANDIDATES = 100
#: How many waiting contacts are counted at most
MOST_COUNTED = 1000
#: How many contacts that wait are looked through for whose hour comes first
MOST_LOOKED = 20_000
#: How the network saw a call, by the call's own words
OUTCOME_RESULTS = {
    "answered": "answered",
    "busy": "busy",
    "no_answer": "no_answer",
    "failed": "network",
    "interrupted": "interrupted",
}


class TelecomCampaign(models.Model):
    _inherit = "telecom.campaign"

    def _desk_campaign_values(self, agent):
        """These campaigns as the desk lists them."""
        now = fields.Datetime.now()
        values = []
        for campaign in self:
            waiting = campaign._desk_waiting(agent, now)
            why, at = (False, False) if waiting else campaign._why_nobody(agent, now)
            values.append(
                {
                    "id": campaign.id,
                    "name": campaign.name,
                    "company_id": campaign.company_id.id,
                    "company": campaign.company_id.name,
                    "mode": campaign.dial_mode,
                    "waiting": waiting,
                    "why": why,
                    "next_at": epoch(at) if at else False,
                }
            )
        return values

    def _desk_waiting(self, agent, now):
        """Return how many of this campaign an agent may call now.

        Files are long: beyond :data:`MOST_COUNTED` nobody counts.
        """
        self.ensure_one()
        promised = len(self.env["telecom.campaign.contact"]._due_callbacks(agent, self))
        zones = self._open_zones(now)
        if not zones or not self._may_dial():
            return promised
        self.env["telecom.campaign.contact"].flush_model()
        self.env["telecom.campaign.attempt"].flush_model()
        self.env["telecom.do.not.call"].flush_model()
        [[count]] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM (
                    SELECT FROM telecom_campaign_contact c
                 LEFT JOIN telecom_campaign_file f ON f.id = c.file_id
                     WHERE c.campaign_id = %(campaign)s
                       AND NOT COALESCE(f.paused, false)
                       AND COALESCE(c.timezone, '') = ANY(%(zones)s) AND %(due)s
                     LIMIT %(most)s) due""",
                campaign=self.id,
                zones=list(zones),
                due=self._due_condition(now, zones, agent),
                most=MOST_COUNTED,
            )
        )
        return min(promised + count, MOST_COUNTED)

    def _why_nobody(self, agent, now):
        """Return why an agent has nobody to call, and when somebody is next.

        :param datetime now: naive UTC
        :return: ``stopped`` (dialing is), ``closed`` (outside the hours of calling),
            ``later`` (all wait for their hour), ``daily`` (called as often as a day
            allows), ``promised`` (callbacks only), ``paused`` (files are), ``others``
            (on other desks), ``done`` or ``empty``; and a naive UTC datetime or None
        """
        self.ensure_one()
        if not self._may_dial():
            return "stopped", None
        Contact = self.env["telecom.campaign.contact"]
        mine = [("campaign_id", "=", self.id), ("agent_id", "in", [False, agent.id])]
        running = ["|", ("file_id", "=", False), ("file_id.paused", "=", False)]
        ready = [*mine, *running, ("state", "=", "ready")]
        reasons, looked = [], 0
        # Of each time zone, whose hour comes first
        for zone, next_at, count in Contact._read_group(
            [("id", "in", Contact._search(ready, limit=MOST_LOOKED))],
            ["timezone"],
            ["next_at:min", "__count"],
        ):
            looked += count
            moment = max(next_at or now, now)
            at = self._next_calling_moment(zone, moment)
            why = "later" if moment > now else "closed"
            if at and at == now:
                # As often as a day allows, or the number is on the line elsewhere
                tomorrow = calling_hours.next_midnight(
                    now, pytz.timezone(zone or self._calling_zone())
                )
                at, why = self._next_calling_moment(zone, tomorrow), "daily"
            reasons.append((at or datetime.max, why))
        callback = self.env["telecom.callback"].search(
            [
                ("campaign_id", "=", self.id),
                ("state", "=", "planned"),
                ("contact_id.state", "in", ("ready", "callback")),
                ("agent_id", "in", [False, agent.id]),
                ("due_at", ">", now),
            ],
            order="due_at",
            limit=1,
        )
        if callback:
            reasons.append((callback.due_at, "promised"))
        if reasons:
            at, why = min(reasons)
            # Of a long file, somebody may be due before those looked through
            unsure = why == "later" and looked >= MOST_LOOKED
            return why, None if unsure or at == datetime.max else at
        for why, domain in (
            ("paused", [*mine, ("state", "=", "ready")]),
            ("others", [("campaign_id", "=", self.id), ("state", "=", "reserved")]),
            ("done", [("campaign_id", "=", self.id)]),
        ):
            if Contact.search_count(domain, limit=1):
                return why, None
        return "empty", None

    def _next_calling_moment(self, zone, moment):
        """Return the first moment people of a time zone may be called; None: never.

        :param str zone: its name; empty for the campaign's own
        :param datetime moment: naive UTC, not before it
        """
        return calling_hours.next_open(
            self._calling_hours(), pytz.timezone(zone or self._calling_zone()), moment
        )


class TelecomCampaignContact(models.Model):
    _inherit = "telecom.campaign.contact"

    # -------------------------------------------------------------------------
    # Whose turn it is
    # -------------------------------------------------------------------------

    @api.model
    def _shown_to(self, agent):
        """The contact on an agent's desk; empty if none."""
        contact = self.search([("preview_agent_id", "=", agent.id)], limit=1)
        contact._close_unheard()
        if contact.campaign_id.state != "live":
            # Nobody is left to call for a campaign that is over
            contact.filtered_domain([("attempt_ids", "not any", UNDECIDED)])._release()
        return contact.filtered("preview_agent_id")

    def _close_unheard(self):
        """End attempts of which nobody will give a status any more.

        Those that never became a call: the contact can be called again. Those whose
        call ended without a wrap-up (the agent logged off meanwhile, the gateway was
        not there): what the network said counts.
        """
        now = fields.Datetime.now()
        attempts = self.attempt_ids.filtered(
            lambda attempt: (
                attempt.state != "ended" and attempt.mode in ("manual", "preview")
            )
        )
        if not attempts:
            return
        commands = self.env["telecom.pbx.command"].search(
            [
                ("agent_id", "in", attempts.agent_id.ids),
                ("name", "=", "dial"),
                ("state", "in", ["done", "failed", "expired"]),
            ],
            order="id desc",
            limit=CANDIDATES,
        )
        # The gateway says that it did a command before it does it
        states = {
            (command.payload or {}).get("channel_id"): command.state
            for command in commands
        }
        for attempt in attempts:
            call, state = attempt._find_call(), states.get(attempt.channel_id)
            if not call:
                unheard = attempt.recorded_at < now - UNHEARD_AFTER
                if state == "done" and unheard:
                    attempt._end_in_the_dark(now)
                elif unheard or state in ("failed", "expired"):
                    attempt.write(
                        {"state": "ended", "ended_at": now, "result": "not_dialed"}
                    )
            elif (
                call.state == "ended"
                and (call.ended_at or call.start_at) < now - UNHEARD_AFTER
                and not call.wrapup_ids.filtered(lambda w: w.state == "open")
            ):
                attempt._end_by_call(call, call.ended_at or now)

    @api.model
    def _show_next(self, agent, campaigns):
        """Put the next contact of some campaigns on an agent's desk.

        :return: the contact; empty when there is nobody to call
        """
        self._release_forgotten(campaigns)
        now = fields.Datetime.now()
        contact = self._due_callbacks(agent, campaigns).try_lock_for_update(limit=1)
        for campaign in campaigns if not contact else ():
            contact = self.browse(campaign._due_contacts(now, 1, agent))
            if contact:
                break
        self.search([("preview_agent_id", "=", agent.id)])._release()
        contact._show_to(agent)
        return contact

    def _show_to(self, agent):
        """Put this contact, if it is one, on an agent's desk, which is free by now.

        :raises ConcurrencyError: another tab of the agent's puts one there at this
            moment; Odoo tries again
        """
        with once(self, "_preview_once"):
            self.write(
                {
                    "state": "reserved",
                    "preview_agent_id": agent.id,
                    "preview_at": fields.Datetime.now(),
                }
            )

    def _promised(self, agent, campaigns):
        """Promises to contacts that are due by now: this agent's own first."""
        callbacks = self.env["telecom.callback"].search(
            [
                ("campaign_id", "in", campaigns.ids),
                ("state", "=", "planned"),
                ("contact_id.state", "in", ("ready", "callback")),
                ("due_at", "<=", fields.Datetime.now()),
                ("agent_id", "in", [False, agent.id]),
            ],
            limit=CANDIDATES,
        )
        return callbacks.sorted(lambda one: (not one.agent_id, one.due_at))

    def _due_callbacks(self, agent, campaigns):
        """Contacts who were promised a callback by now, and whom nobody calls."""
        return self._promised(agent, campaigns).contact_id

    def _release_forgotten(self, campaigns):
        """Give contacts back that lie on the desks of agents who went away."""
        self.search(
            [
                ("campaign_id", "in", campaigns.ids),
                ("preview_at", "<", fields.Datetime.now() - SHOWN_FOR),
                ("state", "=", "reserved"),
                # Nor of those who talk, or write down what was said
                ("attempt_ids", "not any", UNDECIDED),
            ],
            limit=CANDIDATES,
        ).try_lock_for_update()._release()

    def _release(self):
        """Take contacts off desks, as they were before they were shown."""
        promised = self.env["telecom.callback"].search(
            [("contact_id", "in", self.ids), ("state", "=", "planned")]
        )
        nowhere = {"preview_agent_id": False, "preview_at": False}
        waiting = self.filtered(lambda contact: contact.state == "reserved")
        back = waiting & promised.contact_id
        back.write({**nowhere, "state": "callback"})
        (waiting - back).write({**nowhere, "state": "ready"})
        (self - waiting).write(nowhere)

    # -------------------------------------------------------------------------
    # What the agent does with it
    # -------------------------------------------------------------------------

    def _call_refused(self, number):
        """Why this person must not be called, as ``exclusion``; False if nothing."""
        self.ensure_one()
        blocked = self.env["telecom.do.not.call"]._blocked(self.company_id, [number])
        if blocked:
            return "do_not_call"
        partner = self.partner_id
        if partner and not partner._telecom_may_contact("call"):
            return "opt_out"
        return False

    def _may_be_called_now(self):
        """Tell whether the campaign calls in this contact's time zone now."""
        self.ensure_one()
        campaign = self.campaign_id
        zone = pytz.timezone(self.timezone or campaign._calling_zone())
        return calling_hours.is_open(
            campaign._calling_hours(), zone, fields.Datetime.now()
        )

    def _exclude(self, exclusion):
        self.write(
            {
                "state": "excluded",
                "exclusion": exclusion,
                "preview_agent_id": False,
                "preview_at": False,
            }
        )

    def _own_callback(self, agent):
        """The promise that this call keeps; empty if there is none."""
        self.ensure_one()
        return self.env["telecom.callback"].search(
            [
                ("contact_id", "=", self.id),
                ("state", "=", "planned"),
                ("agent_id", "in", [False, agent.id]),
            ],
            limit=1,
        )

    def _presented_number(self):
        """The number the contact sees: the campaign's, in turn."""
        dids = self.campaign_id.presented_did_ids.sorted("id")
        return dids[self.attempt_count % len(dids)].number if dids else False

    def _attempt_vals(self, agent, **vals):
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "campaign_id": self.campaign_id.id,
            "contact_id": self.id,
            "pbx_id": agent.pbx_id.id,
            "agent_id": agent.id,
            # The campaign may have changed its mode since this contact was shown
            "mode": self.campaign_id.dial_mode
            if self.campaign_id.dial_mode in ("manual", "preview")
            else "preview",
            "number": self.number,
            "recorded_at": fields.Datetime.now(),
            **vals,
        }

    def _record_attempt(self, agent, *, number, callback, presented, channel_id, id):
        """Write down a call that is about to be dialed.

        :raises UserError: when a call to this contact is under way already
        """
        if self.campaign_id._on_the_line([number]) or self.attempt_ids.filtered(
            lambda attempt: attempt.state != "ended"
        ):
            raise UserError(self.env._("This contact is being called already."))
        self.env["telecom.campaign.attempt"].create(
            self._attempt_vals(
                agent,
                number=number,
                callback_id=callback.id,
                presented_number=presented,
                channel_id=channel_id,
            )
        )
        self.preview_at = fields.Datetime.now()

    def _skip(self, agent, reason):
        """Leave this contact aside, and say why.

        :param str reason: one of ``SKIP_REASONS``
        """
        self.ensure_one()
        if reason not in dict(SKIP_REASONS):
            raise UserError(self.env._("Say why this contact is not called."))
        if self.attempt_ids.filtered(lambda attempt: attempt.state != "ended"):
            raise UserError(self.env._("This contact is being called already."))
        now = fields.Datetime.now()
        self.env["telecom.campaign.attempt"].create(
            self._attempt_vals(
                agent,
                channel_id=f"skipped-{uuid.uuid4()}",
                state="ended",
                result="not_dialed",
                skip_reason=reason,
                ended_at=now,
            )
        )
        if reason in SKIPPED_FOR_GOOD:
            self._exclude("hand")
        else:
            self._own_callback(agent).filtered(
                lambda callback: callback.due_at < now + SKIPPED_FOR
            ).due_at = now + SKIPPED_FOR
            self._release()
            self.next_at = now + SKIPPED_FOR

    # -------------------------------------------------------------------------
    # What the desk shows
    # -------------------------------------------------------------------------

    def _desk_contact_facts(self):
        """Who this contact is, as the card and the script show it; False for none."""
        if not self:
            return False
        self.ensure_one()
        number = self.number
        return {
            "id": self.id,
            "name": self.name,
            "first_name": self.first_name or False,
            "last_name": self.last_name or False,
            "number": number,
            "number_display": self.company_id._telecom_format(number),
            "other_numbers": [
                {"number": other, "display": self.company_id._telecom_format(other)}
                for other in self.other_numbers or []
            ],
            "email": self.email or False,
            "city": self.city or False,
            "partner_id": self.partner_id.id,
            "partner": self.partner_id.name or False,
            "properties": self._property_values(),
            "attempts": self.attempt_count,
            "last_attempt_at": epoch(self.last_attempt_at),
            "last_status": self.disposition_id.name or False,
        }

    def _desk_contact(self, agent, lang=False):
        """This contact on an agent's desk, before it is called.

        :param str lang: of the script; the contact's own when empty
        :return: the facts and ``company, campaign, mode, callback, calling, history,
            script``
        """
        self.ensure_one()
        campaign, company = self.campaign_id, self.company_id
        callback = self._own_callback(agent)
        script = campaign.script_id.filtered("active")
        return {
            **self._desk_contact_facts(),
            "company_id": company.id,
            "company": company.name,
            "color": company.telecom_color or False,
            "campaign_id": campaign.id,
            "campaign": campaign.name,
            "mode": campaign.dial_mode,
            "callback": callback._desk_values()[0] if callback else False,
            "calling": bool(
                self.attempt_ids.filtered(lambda attempt: attempt.state != "ended")
            ),
            "history": self.env["telecom.call"]._card_history(
                company, self.number, self.partner_id.ids
            ),
            "script": script._desk_script(
                campaign,
                self,
                self.partner_id,
                agent,
                self.number,
                langs=[
                    lang,
                    self.language,
                    self.partner_id.telecom_language_id.code,
                    self.env.lang,
                ],
            )
            if script
            else False,
        }


class TelecomCampaignAttempt(models.Model):
    _inherit = "telecom.campaign.attempt"

    def _end_by_call(
        self, call, ended_at, *, disposition=None, agent=None, **contact_vals
    ):
        """End an attempt that became a call, and take its contact off the desk.

        The agent's status says what becomes of the contact; without one, what the
        network said of the call. Somebody who was talked to and of whom nobody said
        how it ended is finished: never called again by itself.

        :param call: the ``telecom.call``
        :param datetime ended_at: naive UTC
        :param disposition: the ``telecom.disposition`` the agent chose, if any
        :param agent: the ``telecom.agent`` who talked, where the attempt knows none
        :param contact_vals: what else is known of the contact now
        """
        self.ensure_one()
        disposition = disposition or self.env["telecom.disposition"]
        heard = (
            self.result
            or OUTCOME_RESULTS.get(call.outcome)
            or ("answered" if call.answered_at else "no_answer")
        )
        vals = {
            "call_id": call.id,
            "agent_id": (self.agent_id or agent or self.agent_id).id,
            "disposition_id": disposition.id,
        }
        if self.mode in AUTOMATIC_MODES:
            # The rest is the ledger's, which may come later than a quick agent
            if disposition.attempt_result:
                vals["result"] = disposition.attempt_result
        else:
            vals |= {
                "state": "ended",
                "result": disposition.attempt_result or heard,
                "answered_at": self.answered_at or call.answered_at,
                "ended_at": self.ended_at or ended_at,
            }
        self.write(vals)
        contact = self.contact_id
        if not contact:
            return
        contact.write({"preview_agent_id": False, "preview_at": False, **contact_vals})
        status = disposition.id or heard
        contact._settle([(contact.id, self.id, status, ended_at)])
        latest = contact.attempt_ids[:1] == self
        if latest and not self.settled and contact.state == "reserved":
            contact.state = "done"

    def _end_in_the_dark(self, now):
        """End an attempt that Asterisk was asked for, and of which nothing came back.

        It may have rung: it counts, and the contact rests as its rules say.
        """
        self.ensure_one()
        self.write({"state": "ended", "ended_at": now, "result": "interrupted"})
        contact = self.contact_id
        contact.write({"preview_agent_id": False, "preview_at": False})
        contact._settle([(contact.id, self.id, "interrupted", now)])

    def _find_call(self):
        """The call this attempt became; empty if none is known."""
        self.ensure_one()
        return self.call_id or self.env["telecom.call"].search(
            [("pbx_id", "=", self.pbx_id.id), ("uniqueid", "=", self.channel_id)],
            limit=1,
        )
