import uuid

import phonenumbers
from phonenumbers import PhoneNumberType

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .telecom_pause_reason import CHOSEN_KINDS

#: How many proposals a search for somebody to transfer to gives of each kind
TARGETS = 8
#: Commands about the agent's present call, with what they take
CALL_COMMANDS = {
    "hangup": set(),
    "answer": set(),
    "hold": set(),
    "unhold": set(),
    "mute": set(),
    "unmute": set(),
    "dtmf": {"digits"},
    "blind_transfer": {"target"},
    "attended_transfer": {"target"},
    "complete_transfer": set(),
    "cancel_transfer": set(),
    "conference": set(),
}
#: What an agent may fill in for a new customer
CUSTOMER_FIELDS = {
    "name",
    "telecom_first_name",
    "telecom_last_name",
    "is_company",
    "phone",
    "email",
    "street",
    "street2",
    "zip",
    "city",
    "telecom_language_id",
    "telecom_segment_id",
    "comment",
}


class TelecomDesk(models.AbstractModel):
    """What the agent desk in the browser calls.

    Everything is about the user who asks. What concerns a call runs in the call's
    company and refuses calls of others; see docs/callcenter-internals.md.
    """

    _name = "telecom.desk"
    _description = "Agent Desk"

    # -------------------------------------------------------------------------
    # Who may ask
    # -------------------------------------------------------------------------

    def _agent(self, raise_if_none=True):
        return self.env["telecom.agent"]._current(raise_if_none)

    def _call(self, call_id, *, read_only=False):
        """A call, for somebody who has to do with it, in the call's company.

        :param bool read_only: also for those who only look at it
        :raises AccessError: the same whether the call does not exist, belongs to an
            operator that is not active, or to somebody else's work
        """
        refused = AccessError(
            self.env._(
                "This call is not yours, or not of an operator you work for now."
            )
        )
        # sudo: telecom.call - to find out whose it is before anything is shown
        call = self.env["telecom.call"].sudo().browse(call_id).exists()
        if not call or call.company_id not in self.env.companies:
            raise refused
        if not self._is_involved(call) and not self._oversees(read_only):
            raise refused
        call = call.sudo(False).with_company(call.company_id)
        call = call.with_context(allowed_company_ids=call.sudo().company_id.ids)
        if not call.has_access("read"):
            raise refused
        return call

    def _oversees(self, read_only):
        user = self.env.user
        return user.has_group("telecom_callcenter.group_callcenter_supervisor") or (
            read_only and user.has_group("telecom_crm.group_telecom_manager")
        )

    def _is_involved(self, call):
        """Whether the user's telephone rings, rang or talked in this call."""
        agent = self._agent(raise_if_none=False)
        if not agent:
            return False
        if agent == call.agent_id or agent.live_ids.call_id == call:
            return True
        # sudo: telecom.call.* - the agent's own part in a call
        return bool(
            self.env["telecom.call.wrapup"]
            .sudo()
            .search_count(
                [("call_id", "=", call.id), ("agent_id", "=", agent.id)], limit=1
            )
            or self.env["telecom.call.leg"]
            .sudo()
            .search_count(
                [("call_id", "=", call.id), ("agent_id", "=", agent.id)], limit=1
            )
            or self.env["telecom.call.visit"]
            .sudo()
            .search_count(
                [
                    ("call_id", "=", call.id),
                    "|",
                    ("agent_id", "=", agent.id),
                    ("missed_agent_ids", "=", agent.id),
                ],
                limit=1,
            )
        )

    def _wrapup(self, wrapup_id):
        """A wrap-up of the user's own, with the rights to write it."""
        agent = self._agent()
        # sudo: telecom.call.wrapup - agents change theirs through the desk only
        wrapup = self.env["telecom.call.wrapup"].sudo().browse(wrapup_id).exists()
        if (
            not wrapup
            or wrapup.agent_id != agent
            or wrapup.company_id not in self.env.companies
        ):
            raise AccessError(self.env._("This wrap-up is not yours."))
        return wrapup.with_company(wrapup.company_id).with_context(
            allowed_company_ids=wrapup.company_id.ids
        )

    # -------------------------------------------------------------------------
    # Session and state
    # -------------------------------------------------------------------------

    @api.model
    def get_session(self):
        """Who the user is on the telephone, and what there is to choose from."""
        agent = self._agent(raise_if_none=False)
        if not agent:
            return {
                "agent": False,
                "state": False,
                "pause_reasons": [],
                "queues": [],
                "operators": [],
            }
        reasons = agent.env["telecom.pause.reason"].search(
            [
                ("company_id", "=", agent.company_id.id),
                ("kind", "in", list(CHOSEN_KINDS)),
            ]
        )
        queues = agent.member_ids.queue_id.filtered("active").sorted("name")
        return {
            "agent": {
                "id": agent.id,
                "name": agent.name,
                "extension": agent.extension,
                "device": agent.device,
                "site": agent.site_id.name,
                "pbx_id": agent.pbx_id.id,
            },
            "state": agent._desk_states()[agent.id],
            "pause_reasons": [
                {"id": reason.id, "name": reason.name, "kind": reason.kind}
                for reason in reasons
            ],
            "queues": [
                {
                    "id": queue.id,
                    "name": queue.name,
                    "company_id": queue.company_id.id,
                    "company": queue.company_id.name,
                    "color": queue.company_id.telecom_color or False,
                }
                for queue in queues
            ],
            "operators": [
                {
                    "id": company.id,
                    "name": company.name,
                    "color": company.telecom_color or False,
                }
                for company in self._operators(agent)
            ],
        }

    def _operators(self, agent):
        """Operators the agent works for: served by the provider, and allowed."""
        service = self.env["telecom.operator.service"].sudo()  # sudo: who serves whom
        served = service.search(
            service._current_domain()
            & Domain("provider_id", "=", agent.company_id.id)
            & Domain("operator_id", "in", agent.user_id.company_ids.ids)
        ).operator_id
        # A centre of an operator's own works for this operator without a service
        return (served | agent.company_id.filtered("telecom_tenant")).sorted("name")

    @api.model
    def get_softphone(self):
        """A fresh SIP account for the user's browser; the former stops working.

        :return: dict, see docs/callcenter-internals.md; False for desk phones
        """
        agent = self._agent()
        if agent.device != "browser":
            return False
        return agent._renew_softphone()

    @api.model
    def get_state(self):
        """What the desk shows, see docs/callcenter-internals.md."""
        agent = self._agent()
        return agent._desk_states()[agent.id]

    @api.model
    def set_presence(self, presence, reason_id=False):
        """Take calls, pause or log out.

        :param str presence: ``ready``, ``not_ready`` or ``offline``
        :param int reason_id: ``telecom.pause.reason`` of ``not_ready``
        :return: the new state
        """
        agent = self._agent()
        reason = agent.env["telecom.pause.reason"].browse(reason_id or ()).exists()
        if presence == "not_ready" and (
            reason.company_id != agent.company_id or reason.kind not in CHOSEN_KINDS
        ):
            raise UserError(self.env._("Choose why you are not ready."))
        agent._set_presence(presence, reason)
        return agent._desk_states()[agent.id]

    # -------------------------------------------------------------------------
    # The caller's card
    # -------------------------------------------------------------------------

    @api.model
    def get_card(self, call_id):
        """Who calls and why they called before."""
        return self._call(call_id, read_only=True)._get_card()

    @api.model
    def link_partner(self, call_id, partner_id):
        """Say which customer this call is about.

        :return: the card
        """
        call = self._call(call_id)
        partner = call.env["res.partner"].browse(partner_id).exists()
        partner.check_access("read")
        self._link(call, partner)
        return call._get_card()

    def _link(self, call, partner):
        if len(partner) != 1 or partner.company_id != call.company_id:
            raise AccessError(
                self.env._("This customer is not one of %s.", call.company_id.name)
            )
        wrapup = call.env["telecom.call.wrapup"]._for_call(call, self._call_agent(call))
        wrapup.partner_id = partner

    def _call_agent(self, call):
        """On whose wrap-up something is noted: the user's own, or, for a supervisor
        who is no agent, that of the agent who talked."""
        agent = self._agent(raise_if_none=False) or call.sudo().agent_id
        if not agent:
            raise UserError(self.env._("No agent has had this call yet."))
        return agent

    @api.model
    def create_customer(self, call_id, vals):
        """Create the customer who calls, with the calling number.

        :param dict vals: of the new ``res.partner``
        :return: the card
        """
        call = self._call(call_id)
        partner = call.env["res.partner"].create(
            {
                "phone": call.caller_number,
                **self._allowed(vals, CUSTOMER_FIELDS),
                "company_id": call.company_id.id,
                "telecom_customer": True,
            }
        )
        self._link(call, partner)
        return call._get_card()

    @api.model
    def create_prospect(self, call_id, vals):
        """Create a prospect from the call, with the calling number.

        :param dict vals: as for :meth:`create_customer`
        :return: the card
        """
        call = self._call(call_id)
        clean = self._allowed(vals, CUSTOMER_FIELDS)
        person = " ".join(
            filter(
                None,
                [clean.get("telecom_first_name"), clean.get("telecom_last_name")],
            )
        )
        name = clean.get("name") or person
        lead = call.env["crm.lead"].create(
            {
                "name": name or call.caller_number or self.env._("Caller"),
                "type": "lead" if self._uses_leads() else "opportunity",
                "company_id": call.company_id.id,
                "user_id": self.env.uid,
                "team_id": False,
                "partner_name": name if clean.get("is_company") else False,
                "contact_name": False if clean.get("is_company") else name,
                "phone": clean.get("phone") or call.caller_number,
                "email_from": clean.get("email"),
                "street": clean.get("street"),
                "street2": clean.get("street2"),
                "zip": clean.get("zip"),
                "city": clean.get("city"),
                "description": clean.get("comment"),
            }
        )
        card = call._get_card()
        card["lead_id"] = lead.id
        return card

    def _uses_leads(self):
        return self.env.user.has_group("crm.group_use_lead")

    def _allowed(self, vals, names):
        unknown = set(vals) - names
        if unknown:
            raise UserError(
                self.env._(
                    "A customer created at the desk has no %s.",
                    ", ".join(sorted(unknown)),
                )
            )
        return {name: value for name, value in vals.items() if value}

    @api.model
    def get_history(self, number=False, partner_id=False):
        """The last contacts of a number or a customer with the active operators.

        :return: list of dicts as in the card, each with its ``company_id``
        """
        self.env["telecom.call"].check_access("read")
        partner = self.env["res.partner"].browse(partner_id or ()).exists()
        if partner:
            partner.check_access("read")
        Call = self.env["telecom.call"].sudo()  # sudo: one company at a time, below
        history = []
        for company in self.env.companies:
            mine = partner.filtered(lambda p, company=company: p.company_id == company)
            if partner and not mine and not number:
                continue
            sanitized = number and (company._telecom_sanitize(number) or number)
            history += [
                {**contact, "company_id": company.id}
                for contact in Call._card_history(company, sanitized, mine.ids)
            ]
        return sorted(history, key=lambda contact: contact["at"], reverse=True)

    # -------------------------------------------------------------------------
    # Wrap-up
    # -------------------------------------------------------------------------

    @api.model
    def get_wrapup_form(self, call_id):
        """What the wrap-up of a call asks for; may be called while people talk.

        :return: ``{wrapup, dispositions, qualifications, limit_seconds, calling}``;
            ``calling``: when a callback may be promised for, ``{open, tz}``
        """
        call = self._call(call_id)
        wrapup = call.env["telecom.call.wrapup"]._for_call(call, self._call_agent(call))
        campaign = call.campaign_id
        return {
            "wrapup": wrapup._desk_values(),
            "dispositions": campaign.disposition_ids._offered()._tree_values(),
            "qualifications": campaign.qualification_ids._tree_values(),
            "limit_seconds": campaign.wrapup_limit_seconds,
            "calling": call._callback_hours() if campaign else False,
        }

    @api.model
    def save_wrapup(self, wrapup_id, vals):
        """Keep what was typed and chosen so far.

        :param dict vals: any of ``note, disposition_id, qualification_id, callback``
        """
        self._wrapup(wrapup_id)._save(vals)
        return True

    @api.model
    def finish_wrapup(self, wrapup_id, vals=None):
        """Close the wrap-up; afterwards the next call may come.

        :param dict vals: as for :meth:`save_wrapup`
        :return: the new state
        """
        self._wrapup(wrapup_id)._finish(vals or {})
        return self.get_state()

    # -------------------------------------------------------------------------
    # Calls
    # -------------------------------------------------------------------------

    @api.model
    def command(self, name, **payload):
        """Ask the PBX for something about the agent's present call.

        :param str name: see docs/callcenter-internals.md
        :return: ``{id}`` of the command
        """
        agent = self._agent()
        if name not in CALL_COMMANDS:
            raise UserError(self.env._("There is no command “%s”.", name))
        if set(payload) != CALL_COMMANDS[name]:
            raise UserError(self.env._("The command “%s” is not complete.", name))
        call = agent.live_ids.call_id
        if not call:
            raise UserError(self.env._("You are not in a call."))
        if call.company_id not in self.env.companies:
            raise AccessError(
                self.env._("This call is not of an operator you work for now.")
            )
        if "digits" in payload:
            payload["digits"] = self._clean_digits(payload["digits"])
        if "target" in payload:
            payload["target"] = self._clean_target(agent, call, payload["target"])
        command = agent.pbx_id._send_command(name, agent=agent, **payload)
        self.env["telecom.agent.event"]._log(
            "command",
            agent,
            call=call,
            # Never the digits: they may be a PIN
            detail=f"{name} {payload.get('target', '')}".strip(),
        )
        return {"id": command.id}

    def _clean_digits(self, digits):
        if not isinstance(digits, str) or not 0 < len(digits) <= 32:
            raise UserError(self.env._("Send 1 to 32 digits."))
        if not set(digits) <= set("0123456789*#ABCD"):
            raise UserError(self.env._("Only 0–9, *, # and A–D can be sent."))
        return digits

    def _clean_target(self, agent, call, target):
        """A transfer's target, as the gateway takes it.

        :raises UserError: when it cannot be reached from this call
        """
        unknown = UserError(
            self.env._("There is nobody to transfer to at this target.")
        )
        if not isinstance(target, str):
            raise unknown
        kind, _separator, key = target.partition(":")
        if kind in ("agent", "queue"):
            if not (key.isascii() and key.isdigit()):
                raise unknown
            found = (
                # sudo: telecom.agent, telecom.queue - checked right here
                self.env[f"telecom.{kind}"].sudo().browse(int(key)).exists()
            )
            if not found.active or found.pbx_id != agent.pbx_id or found == agent:
                raise unknown
            if kind == "queue" and found.company_id != call.company_id:
                raise unknown
            if kind == "agent" and call.company_id not in found.user_id.company_ids:
                raise UserError(
                    self.env._(
                        "%(agent)s does not work for %(operator)s.",
                        agent=found.name,
                        operator=call.company_id.name,
                    )
                )
            if kind == "agent" and found.presence == "offline":
                raise UserError(self.env._("%s is not logged in.", found.name))
            return target
        return self._clean_number(call.company_id, target)

    def _clean_number(self, company, number):
        """A number to dial: E.164, or a short code as it is."""
        text = number if isinstance(number, str) else ""
        sanitized = company._telecom_sanitize(text)
        if sanitized:
            parsed = phonenumbers.parse(sanitized)
            if phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE:
                # The usual fraud: calls that somebody is paid for
                raise UserError(
                    self.env._("Premium-rate numbers cannot be called: %s.", sanitized)
                )
            return sanitized
        digits = "".join(sign for sign in text if sign not in " .-()/")
        if not (digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 8):
            raise UserError(self.env._("“%s” is no telephone number.", number))
        return digits

    @api.model
    def dial(self, number, company_id, campaign_id=False, callback_id=False):
        """Call somebody on behalf of an operator.

        The agent's own device rings first. The unique ChannelId of the attempt is
        committed before the gateway dials, so that no attempt is ever made twice.

        :return: ``{id, channel_id}`` of the command
        """
        agent = self._agent()
        company = self.env["res.company"].browse(company_id)
        if company not in self.env.companies or company not in self._operators(agent):
            raise AccessError(self.env._("You do not work for this operator now."))
        company._telecom_check("callcenter", "create")
        company_env = self.with_company(company).with_context(
            allowed_company_ids=company.ids
        )
        campaign = company_env.env["telecom.campaign"].browse(campaign_id or ())
        if campaign and (not campaign.exists() or not campaign.has_access("read")):
            raise AccessError(self.env._("This campaign is not of this operator."))
        callback = company_env.env["telecom.callback"].browse(callback_id or ())
        if callback:
            if callback.id not in self._callbacks(agent, company).ids:
                raise AccessError(self.env._("This callback is not yours."))
            campaign = campaign or callback.campaign_id
            if callback.contact_id:
                return self._dial_promised(agent, number, callback)
        return self._dial(agent, company, number, campaign, callback)

    def _dial(self, agent, company, number, campaign, callback, presented=False):
        """Have the gateway dial, once the caller has checked that it may.

        :param str presented: the number that is shown; the operator's when empty
        :return: ``{id, channel_id}`` of the command
        """
        if agent.presence == "offline":
            raise UserError(self.env._("Log in before you call somebody."))
        if agent._busy_activity() != "idle":
            raise UserError(self.env._("Finish what you are doing before you call."))
        channel_id = f"telecom-{uuid.uuid4()}"
        clean = self._clean_number(company, number)
        command = agent.pbx_id._send_command(
            "dial",
            agent=agent,
            number=clean,
            company_id=company.id,
            campaign_id=campaign.id,
            callback_id=callback.id,
            channel_id=channel_id,
            presented=presented,
        )
        callback.sudo().channel_id = channel_id  # sudo: the team's may be taken
        self.env["telecom.agent.event"]._log(
            "command", agent, operator=company, detail=f"dial {clean}"
        )
        return {"id": command.id, "channel_id": channel_id}

    @api.model
    def search_targets(self, query=""):
        """Whom the present call can be transferred to.

        :param str query: part of a name, an extension or a number
        :return: list of ``{target, kind, name, detail, available}``; ``kind`` is
            ``agent``, ``queue`` or ``contact``
        """
        agent = self._agent()
        query = (query or "").strip()
        call = agent.live_ids.call_id
        companies = self.env.companies & self._operators(agent)
        if call:
            companies &= call.company_id
        return (
            self._agent_targets(agent, call.company_id, query)
            + self._queue_targets(agent, companies, query)
            + self._contact_targets(companies, query)
        )

    def _agent_targets(self, agent, company, query):
        domain = Domain(
            [
                ("pbx_id", "=", agent.pbx_id.id),
                ("id", "!=", agent.id),
                ("presence", "!=", "offline"),
            ]
        )
        if company:
            # Whoever takes the call sees its operator's customer
            domain &= Domain("user_id.company_ids", "in", company.ids)
        if query:
            domain &= Domain("name", "ilike", query) | Domain(
                "extension", "=like", f"{query}%"
            )
        # sudo: telecom.agent - colleagues on the same PBX, whatever the call's company
        found = self.env["telecom.agent"].sudo().search(domain, limit=TARGETS * 3)
        targets = [
            {
                "target": f"agent:{other.id}",
                "kind": "agent",
                "name": other.name,
                "detail": f"{other.extension} · {other.site_id.name}",
                "available": other._wallboard_state() == "ready",
            }
            for other in found
        ]
        return sorted(targets, key=lambda target: not target["available"])[:TARGETS]

    def _queue_targets(self, agent, companies, query):
        queues = self.env["telecom.queue"].search(
            [
                ("pbx_id", "=", agent.pbx_id.id),
                ("company_id", "in", companies.ids),
                ("name", "ilike", query),
            ],
            limit=TARGETS,
        )
        agents = queues._wallboard_agents()
        return [
            {
                "target": f"queue:{queue.id}",
                "kind": "queue",
                "name": queue.name,
                "detail": self.env._("%s ready", agents[queue.id]["ready"]),
                "available": agents[queue.id]["ready"] > 0,
            }
            for queue in queues
        ]

    def _contact_targets(self, companies, query):
        if len(query) < 2:
            return []
        partners = self.env["res.partner"].search_fetch(
            [
                ("company_id", "in", companies.ids),
                ("phone_sanitized", "!=", False),
                ("display_name", "ilike", query),
            ],
            ["name", "phone_sanitized", "company_id"],
            limit=TARGETS,
        )
        return [
            {
                "target": partner.phone_sanitized,
                "kind": "contact",
                "name": partner.name,
                "detail": partner.company_id._telecom_format(partner.phone_sanitized),
                "available": True,
            }
            for partner in partners
        ]

    # -------------------------------------------------------------------------
    # Callbacks
    # -------------------------------------------------------------------------

    @api.model
    def get_callbacks(self):
        """Promises the agent has to keep: own ones, and those of the agent's queues, or
        of no queue, that nobody took, for the active operators; the earliest first."""
        agent = self._agent()
        return self._callbacks(agent, self.env.companies)._desk_values()

    def _callbacks(self, agent, companies):
        queues = agent.member_ids.queue_id
        # sudo: telecom.callback - of the companies named, chosen by agent and queue
        return (
            self.env["telecom.callback"]
            .sudo()
            .search(
                Domain("company_id", "in", companies.ids)
                & Domain("state", "=", "planned")
                & (
                    Domain("agent_id", "=", agent.id)
                    | (
                        Domain("agent_id", "=", False)
                        & (
                            Domain("campaign_id", "=", False)
                            # Sellers' campaigns need none, and promise calls too
                            | Domain("campaign_id.queue_id", "=", False)
                            | Domain("campaign_id.queue_id", "in", queues.ids)
                        )
                    )
                ),
                limit=100,
            )
        )
