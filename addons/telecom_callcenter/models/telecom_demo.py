import random
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models

DAYS = 30
CALLS = 300
# How many calls each hour of the day brings, from 7 to 21
HOURS = {7: 2, 8: 6, 9: 9, 10: 10, 11: 9, 12: 6, 13: 5, 14: 7, 15: 8, 16: 8, 17: 7}
HOURS |= {18: 5, 19: 3, 20: 2}
OUTCOMES = {"answered": 84, "abandoned": 10, "timeout": 3, "interrupted": 1}
NOTES = {
    "coverage": "Plus de réseau depuis ce matin dans son quartier.",
    "internet": "Débit très faible le soir ; redémarrage de la box conseillé.",
    "calls": "N'arrive plus à envoyer de SMS vers l'étranger.",
    "sim": "Code PUK communiqué après vérification d'identité.",
    "device": "Voyant rouge sur le boîtier, intervention demandée.",
    "bill": "Conteste la facture du mois ; détail envoyé, rappel si nécessaire.",
    "payment": "Paiement mobile money non reçu, référence vérifiée.",
    "credit": "Recharge non créditée, régularisée pendant l'appel.",
    "consumption": "Forfait internet épuisé trop vite ; consommation expliquée.",
    "offer": "Hésite entre deux forfaits, rappellera.",
    "subscribe": "Souhaite la fibre, adresse éligible.",
    "change": "Passage au forfait supérieur effectué pendant l'appel.",
    "terminate": "Voulait résilier ; reste après le geste commercial.",
    "claim_follow_up": "Réclamation en cours, délai rappelé.",
    "reception": "Mécontent de l'attente en boutique.",
    "praise": "Remercie pour la rapidité de l'intervention.",
}
COMMENTS = {
    5: ["Très aimable, merci.", "Problème réglé tout de suite.", False, False],
    3: ["Un peu long.", False],
    1: ["J'ai dû rappeler.", "Pas de solution."],
}


class TelecomCallcenterDemo(models.AbstractModel):
    """Fills the demonstration with a past: calls, wrap-ups, callbacks, a log."""

    _name = "telecom.callcenter.demo"
    _description = "Demonstration of the Contact Centre"

    @api.model
    def _create_history(self):
        """Create the calls of the last days, always the same but for the dates."""
        self = self.with_context(
            tracking_disable=True,
            mail_create_nolog=True,
            mail_create_nosubscribe=True,
        )
        chance = random.Random(1919)
        specs = [
            ("benin_service", "benin", 150, ("benin_service", "benin_vip")),
            ("benin_fibre", "benin", 30, ("benin_fibre",)),
            ("tunisia_service", "tunisia", 100, ("tunisia_service", "tunisia_vip")),
            ("tunisia_internet", "tunisia", 20, ("tunisia_internet",)),
        ]
        prepared = []
        for campaign, company, count, queues in specs:
            prepared += [
                self._prepare_call(
                    chance,
                    self._ref(f"campaign_{campaign}"),
                    self.env.ref(f"telecom_crm.company_{company}"),
                    [self._ref(f"queue_{queue}") for queue in queues],
                )
                for _number in range(count)
            ]
        prepared += [
            self._prepare_closed_call(
                chance,
                self._ref("campaign_benin_night"),
                self.env.ref("telecom_crm.company_benin"),
            )
            for _number in range(CALLS // 25)
        ]
        prepared.sort(key=lambda one: one["call"]["start_at"])
        for number, one in enumerate(prepared, 1):
            one["call"]["uniqueid"] = f"past-{number:04}.1"
            one["call"]["linkedids"] = [one["call"]["uniqueid"]]
        calls = self.env["telecom.call"].create([one["call"] for one in prepared])
        for call, one in zip(calls, prepared, strict=True):
            one["record"] = call
        self._create_legs(prepared)
        self._create_visits(prepared)
        self._create_wrapups(chance, prepared)
        self._create_callbacks(chance, prepared)
        self._create_events(chance)

    def _ref(self, name):
        return self.env.ref(f"telecom_callcenter.{name}")

    # ------------------------------------------------------------
    # Calls
    # ------------------------------------------------------------

    def _moment(self, chance, company):
        """Return a moment of a past working hour, or of today until now."""
        tz = pytz.timezone(company.partner_id.tz or "Africa/Porto-Novo")
        now = fields.Datetime.now()
        while True:
            day = (now - timedelta(days=chance.randrange(DAYS))).date()
            hour = chance.choices(list(HOURS), list(HOURS.values()))[0]
            local = datetime.combine(
                day, time(hour, chance.randrange(60), chance.randrange(60))
            )
            moment = tz.localize(local).astimezone(pytz.utc).replace(tzinfo=None)
            if moment < now - timedelta(minutes=30):
                return moment

    def _customers(self, company):
        return self.env["res.partner"].search(
            [
                ("company_id", "=", company.id),
                ("telecom_customer", "=", True),
                ("phone", "!=", False),
            ],
            order="id",
            limit=60,
        )

    def _caller(self, chance, company):
        """Return a known customer or nobody, and a number."""
        kind = chance.random()
        customers = self._customers(company)
        if kind < 0.72 and customers:
            customer = chance.choice(customers)
            return customer, company._telecom_sanitize(customer.phone)
        if kind < 0.95:
            prefix = "+22901970" if company.country_id.code == "BJ" else "+216205"
            digits = 5
            return self.env["res.partner"], (
                f"{prefix}{chance.randrange(10**digits):0{digits}}"
            )
        return self.env["res.partner"], False

    def _prepare_call(self, chance, campaign, company, queues):
        customer, number = self._caller(chance, company)
        vip = customer.telecom_segment_id.priority >= 20
        queue = queues[-1] if vip else queues[0]
        start = self._moment(chance, company)
        outcome = chance.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
        queued = start + timedelta(seconds=chance.randint(4, 9))
        wait = min(chance.expovariate(1 / (9 if vip else 22)) + 3, 240)
        answered = talk = hold = 0
        agent = self.env["telecom.agent"]
        if outcome == "answered":
            members = queue.member_ids
            weights = [1 / (1 + 3 * member.penalty) for member in members]
            agent = chance.choices(list(members), weights)[0].agent_id
            answered = queued + timedelta(seconds=wait)
            talk = chance.lognormvariate(5, 0.6)
            hold = chance.choice([0, 0, 0, chance.randint(10, 60)])
        elif outcome == "abandoned":
            wait = chance.choice([3, 4]) if chance.random() < 0.2 else wait + 30
        elif outcome == "timeout":
            wait = queue.max_wait_seconds
        end = (answered or queued + timedelta(seconds=wait)) + timedelta(
            seconds=talk + hold
        )
        did = campaign.did_ids[:1].number
        return {
            "queue": queue,
            "agent": agent,
            "call": {
                "company_id": company.id,
                "pbx_id": queue.pbx_id.id,
                "campaign_id": campaign.id,
                "queue_id": queue.id,
                "did": did,
                "direction": "inbound",
                "caller_number": number,
                "partner_id": customer.id,
                "agent_id": agent.id,
                "state": "ended",
                "outcome": outcome,
                "hangup_by": "agent" if chance.random() < 0.2 and agent else "caller",
                "hangup_cause": 16,
                "priority": customer.telecom_segment_id.priority,
                "language": customer.telecom_language_id.code or "fr",
                "start_at": start,
                "queued_at": queued,
                "answered_at": answered or False,
                "ended_at": end,
                "wait_seconds": round(wait, 1),
                "ring_seconds": chance.randint(2, 7) if agent else 0,
                "talk_seconds": round(talk, 1),
                "hold_seconds": hold,
                "duration_seconds": round((end - start).total_seconds(), 1),
                "ledger": "confirmed",
            },
        }

    def _prepare_closed_call(self, chance, campaign, company):
        customer, number = self._caller(chance, company)
        start = self._moment(chance, company)
        return {
            "queue": self.env["telecom.queue"],
            "agent": self.env["telecom.agent"],
            "call": {
                "company_id": company.id,
                "pbx_id": campaign.queue_id.pbx_id.id,
                "campaign_id": campaign.id,
                "did": campaign.did_ids[:1].number,
                "direction": "inbound",
                "caller_number": number,
                "partner_id": customer.id,
                "state": "ended",
                "outcome": "closed",
                "hangup_cause": 16,
                "language": "fr",
                "start_at": start,
                "ended_at": start + timedelta(seconds=9),
                "duration_seconds": 9,
                "ledger": "confirmed",
            },
        }

    def _create_legs(self, prepared):
        vals_list = []
        for one in prepared:
            call = one["record"]
            shared = {"call_id": call.id, "pbx_id": call.pbx_id.id}
            shared |= {"linkedid": call.uniqueid, "ended_at": call.ended_at}
            vals_list.append(
                {
                    **shared,
                    "uniqueid": call.uniqueid,
                    "channel": "PJSIP/trunk",
                    "kind": "caller",
                    "start_at": call.start_at,
                    "answered_at": call.queued_at,
                    "hangup_cause": 16,
                }
            )
            if one["agent"]:
                ring = timedelta(seconds=call.ring_seconds)
                vals_list.append(
                    {
                        **shared,
                        "uniqueid": call.uniqueid.replace(".1", ".2"),
                        "channel": f"PJSIP/agent{one['agent'].id}",
                        "kind": "agent",
                        "agent_id": one["agent"].id,
                        "start_at": call.answered_at - ring,
                        "answered_at": call.answered_at,
                        "hangup_cause": 16,
                    }
                )
        self.env["telecom.call.leg"].create(vals_list)

    def _create_visits(self, prepared):
        self.env["telecom.call.visit"].create(
            [
                {
                    "call_id": one["record"].id,
                    "queue_id": one["queue"].id,
                    "number": 1,
                    "entered_at": one["call"]["queued_at"],
                    "left_at": one["call"]["answered_at"] or one["call"]["ended_at"],
                    "position": 1,
                    "result": one["call"]["outcome"],
                    "agent_id": one["agent"].id,
                    "wait_seconds": one["call"]["wait_seconds"],
                    "talk_seconds": one["call"]["talk_seconds"],
                }
                for one in prepared
                if one["queue"]
            ]
        )

    # ------------------------------------------------------------
    # What people added
    # ------------------------------------------------------------

    def _create_wrapups(self, chance, prepared):
        talked = [one for one in prepared if one["agent"]]
        vals_list = []
        surveys = []
        for one in talked:
            call, campaign = one["record"], one["record"].campaign_id
            leaves = campaign.qualification_ids.filtered(lambda q: not q.child_ids)
            qualification = chance.choice(leaves)
            codes = ["solved"] * 5 + ["informed", "informed", "transferred"]
            codes += ["callback", "claim", "sold", "unsolved"]
            code = chance.choice(codes)
            disposition = campaign.disposition_ids.filtered(
                lambda d, code=code: d.code == code
            )
            seconds = chance.randint(8, 70)
            rated = campaign.survey == "rating" and call.caller_number
            rated = rated and chance.random() < 0.35
            surveys.append(chance.choices([5, 3, 1], [7, 2, 1])[0] if rated else 0)
            vals_list.append(
                {
                    "call_id": call.id,
                    "agent_id": one["agent"].id,
                    "partner_id": call.partner_id.id,
                    "state": "done",
                    "qualification_id": qualification.id,
                    "disposition_id": disposition.id,
                    "note": NOTES.get(qualification.code) or False,
                    "started_at": call.ended_at,
                    "done_at": call.ended_at + timedelta(seconds=seconds),
                    "wrapup_seconds": seconds,
                    "survey_state": "answered" if rated else "none",
                }
            )
        wrapups = self.env["telecom.call.wrapup"].create(vals_list)
        rated = [pair for pair in zip(wrapups, surveys, strict=True) if pair[1]]
        ratings = self.env["rating.rating"].create(
            [wrapup._prepare_survey_rating() for wrapup, _value in rated]
        )
        # Answered by a second step, as customers do: the last value follows it
        for rating, (_wrapup, value) in zip(ratings, rated, strict=True):
            rating.write(
                {
                    "rating": value,
                    "feedback": chance.choice(COMMENTS[value]),
                    "consumed": True,
                }
            )

    def _create_callbacks(self, chance, prepared):
        """Some kept, some late, some for the hours and days to come."""
        now = fields.Datetime.now().replace(second=0)
        talked = [
            one for one in prepared if one["agent"] and one["call"]["caller_number"]
        ]
        moments = [-50, -26, -3, -1, 1, 2, 3, 5, 24, 26, 48, 72]
        vals_list = []
        for hours, one in zip(
            moments, chance.sample(talked, len(moments)), strict=True
        ):
            call = one["record"]
            vals_list.append(
                {
                    "company_id": call.company_id.id,
                    "campaign_id": call.campaign_id.id,
                    "call_id": call.id,
                    "partner_id": call.partner_id.id,
                    "number": call.caller_number,
                    "due_at": now + timedelta(hours=hours),
                    "agent_id": one["agent"].id if chance.random() < 0.6 else False,
                    "note": chance.choice(
                        [
                            "Confirmer la remise en service.",
                            "Donner la réponse du service facturation.",
                            "Proposer le forfait fibre.",
                        ]
                    ),
                    "state": "done" if hours < -20 else "planned",
                }
            )
        self.env["telecom.callback"].create(vals_list)

    def _create_events(self, chance):
        """The log of the last days: arrivals, pauses, departures."""
        event = self.env["telecom.agent.event"]
        agents = [self._ref(f"agent_{number}") for number in range(1, 7)]
        lunch = self._ref("pause_lunch")
        now = fields.Datetime.now()
        vals_list = []
        for back in range(7, -1, -1):
            day = datetime.combine((now - timedelta(days=back)).date(), time())
            for agent in agents:
                shared = {
                    "company_id": agent.company_id.id,
                    "agent_id": agent.id,
                    "user_id": agent.user_id.id,
                }
                minute = chance.randrange(20)
                for hour, kind, presence, reason in (
                    (7, "login", "ready", False),
                    (11, "presence", "not_ready", lunch.id),
                    (12, "presence", "ready", False),
                    (17, "logout", "offline", False),
                ):
                    at = day + timedelta(hours=hour, minutes=minute)
                    if at < now:
                        vals_list.append(
                            {
                                **shared,
                                "at": at,
                                "kind": kind,
                                "presence": presence,
                                "reason_id": reason,
                            }
                        )
        vals_list.sort(key=lambda vals: vals["at"])
        event.create(vals_list)
