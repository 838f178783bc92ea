import base64
import random
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.telecom_crm.tools.bulk import BulkWriter

#: Statuses of calls, and how often each
ENDINGS = {
    "no_answer": 30,
    "busy": 12,
    "voicemail": 12,
    "informed": 10,
    "sold": 9,
    "interested": 6,
    "refused": 9,
    "callback": 4,
    "wrong_number": 5,
    "do_not_call": 2,
}
#: How the dialer's calls end, and how often each of a thousand
RESULTS = {
    "no_answer": 385,
    "answered": 345,
    "machine": 95,
    "busy": 90,
    "wrong_number": 45,
    "network": 25,
    "abandoned": 9,
}
#: Statuses of those who were answered by an agent
ANSWERED = {
    "informed": 28,
    "refused": 26,
    "sold": 17,
    "interested": 16,
    "callback": 9,
    "do_not_call": 4,
}
#: Q.850 causes
CAUSES = {"busy": 17, "no_answer": 19, "wrong_number": 1, "network": 38}
FIRST_NAMES = "Afi Koffi Codjo Adjoa Sèna Bernadin Ghislaine Léonce Rachidatou".split()
LAST_NAMES = "Adjovi Zinsou Hounsou Toko Agbodjan N'Dah Dossou Ahouansou".split()
TOWNS = "Cotonou Porto-Novo Parakou Bohicon Ouidah Abomey-Calavi".split()
OFFERS = ("Jeune", "Maxi", "Illimité", "Pro")
DIALED_ROWS, DIALED_DAYS, DIALED_HOURS = 480, 4, range(9, 11)
DIALED_AGENTS = 2


class TelecomCallcenterDemo(models.AbstractModel):
    _inherit = "telecom.callcenter.demo"

    @api.model
    def _call_contacts(self):
        """Read the demonstration's number files in, and call half of their contacts."""
        chance = random.Random(20261121)
        for name in ("benin_reminder", "tunisia_offer"):
            file = self._ref(f"file_{name}")
            if file.state != "draft":
                continue
            file.action_start()
            statuses = {node.code: node.id for node in file.campaign_id.disposition_ids}
            contacts = file.contact_ids.sorted("row_number")
            now = fields.Datetime.now()
            rows = []
            for contact in contacts[: len(contacts) * 3 // 5]:
                turns = chance.choice((1, 1, 1, 2))
                # In working hours, the last three days
                moments = sorted(
                    (now - timedelta(days=chance.randrange(1, 4))).replace(
                        hour=chance.randrange(8, 17), minute=chance.randrange(60)
                    )
                    for _turn in range(turns)
                )
                for turn in range(turns):
                    [ending] = chance.choices(list(ENDINGS), list(ENDINGS.values()))
                    if turn < turns - 1:
                        ending = "no_answer"
                    rows.append((contact.id, False, statuses[ending], moments[turn]))
            # By the hundred, as the dialer does; a contact's calls in their order
            contacts._settle(rows)

    # -------------------------------------------------------------------------
    # A campaign of the dialer
    # -------------------------------------------------------------------------

    @api.model
    def _dial_contacts(self):
        """Give the predictive campaign its numbers, and the days that it has dialed."""
        campaign = self._ref("campaign_benin_offers")
        if campaign.file_ids:
            return
        chance = random.Random(20261122)
        self._ref("campaign_benin_offers").file_ids.create(
            {
                "name": "forfaits_internet.csv",
                "campaign_id": campaign.id,
                "file": base64.b64encode(self._dialed_file(chance)),
            }
        ).action_start()
        now = fields.Datetime.now()
        # The last days that were no Sunday, the last one included
        days = [now - timedelta(days=number) for number in range(9)]
        days = sorted(day for day in days if day.weekday() != 6)[-DIALED_DAYS:]
        for day in days:
            self._dial_day(campaign, day, chance)

    @api.model
    def _dialed_file(self, chance):
        """Return a file of numbers; of a few rows each reason for refusing is shown."""
        today = fields.Date.today()
        rows = [
            "Nom;Prénom;Téléphone;Ville;Offre actuelle;Recharge moyenne (XOF);Échéance"
        ]
        for place in range(DIALED_ROWS):
            number = f"0196{204_000 + 7 * place:06}"
            if place % 60 == 17:
                number = number[:-3]
            elif place % 80 == 31:
                number = f"0196{204_000 + 7 * (place - 9):06}"
            elif place % 160 == 47:
                number = f"+2289012{place:04}"
            rows.append(
                f"{chance.choice(LAST_NAMES)};{chance.choice(FIRST_NAMES)};{number};"
                f"{chance.choice(TOWNS)};{chance.choice(OFFERS)};"
                f"{500 * chance.randrange(1, 24)};"
                f"{today + timedelta(days=10 + place % 50):%d/%m/%Y}"
            )
        return "\n".join(rows).encode()

    @api.model
    def _dial_day(self, campaign, day, chance):
        """Write the attempts of a day, what became of the contacts, and the pacing."""
        opens = day.replace(hour=DIALED_HOURS[0], minute=0, second=0, microsecond=0)
        end = min(day, opens + timedelta(hours=len(DIALED_HOURS)))
        minutes = int((end - opens).total_seconds() // 60)
        if minutes < 60:
            # Not open yet on the day of the installation
            return
        contacts = self.env["telecom.campaign.contact"].search(
            [("campaign_id", "=", campaign.id), ("state", "=", "ready")],
            order="attempt_count, row_number",
            limit=DIALED_ROWS // 4,
        )
        agents = campaign.queue_id.member_ids.agent_id[:DIALED_AGENTS]
        shown = campaign._dialer_presented_numbers()[0]
        attempts = []
        for place, contact in enumerate(contacts):
            [result] = chance.choices(list(RESULTS), list(RESULTS.values()))
            at = opens + timedelta(seconds=minutes * 60 * place // len(contacts))
            attempts.append(
                self._dialed_attempt(contact, result, at, agents, shown, chance)
            )
        sample = {
            **attempts[0],
            "company_id": campaign.company_id.id,
            "campaign_id": campaign.id,
            "pbx_id": campaign.queue_id.pbx_id.id,
            "mode": "predictive",
            "presented_number": shown,
            "state": "ended",
            "channel_id": "demo-sample",
        }
        Attempt = self.env["telecom.campaign.attempt"]
        empty = dict.fromkeys(sorted(set().union(*attempts)))
        rows = BulkWriter(Attempt, list(empty), {**empty, **sample}).insert(
            [{**empty, **values} for values in attempts]
        )
        self._settle_dialed(campaign, rows, chance)
        self._pace_day(campaign, opens, minutes, attempts, chance)

    @staticmethod
    def _dialed_attempt(contact, result, at, agents, shown, chance):
        """Return the values of an attempt, its times in their order."""
        rings = chance.randrange(4, 12) if result == "answered" else 25
        values = {
            "contact_id": contact.id,
            "number": contact.number,
            "channel_id": f"demo-{contact.id}-{int(at.timestamp())}",
            "result": result,
            "recorded_at": at,
            "dialed_at": at,
            "ended_at": at + timedelta(seconds=rings),
            "cause": CAUSES.get(result, 16),
        }
        if result in ("answered", "abandoned", "machine"):
            answered = at + timedelta(seconds=rings)
            waiting = 2.4 if result == "abandoned" else chance.choice((0.2, 0.4, 0.9))
            talked = chance.randrange(40, 260) if result == "answered" else 4
            values |= {
                "answered_at": answered,
                "ended_at": answered + timedelta(seconds=talked),
                "waiting_seconds": waiting,
            }
        if result == "answered":
            values |= {
                "connected_at": values["answered_at"] + timedelta(seconds=1),
                "agent_id": chance.choice(agents.ids),
            }
        return values

    @api.model
    def _settle_dialed(self, campaign, attempts, chance):
        """Say what became of the contacts, by the agents' statuses and by itself."""
        statuses = {node.code: node.id for node in campaign.disposition_ids}
        rows, promises = [], []
        for attempt in attempts:
            status = attempt.result
            if status == "answered":
                [code] = chance.choices(list(ANSWERED), list(ANSWERED.values()))
                status = statuses[code]
                if code == "callback":
                    promises.append(
                        {
                            "company_id": campaign.company_id.id,
                            "campaign_id": campaign.id,
                            "contact_id": attempt.contact_id.id,
                            "number": attempt.number,
                            "due_at": fields.Datetime.now()
                            + timedelta(hours=chance.randrange(3, 60)),
                            "note": "Préfère être rappelé après le travail.",
                        }
                    )
            rows.append((attempt.contact_id.id, attempt.id, status, attempt.ended_at))
        self.env["telecom.callback"].create(promises)
        self.env["telecom.campaign.contact"]._settle(rows)

    @api.model
    def _pace_day(self, campaign, opens, minutes, attempts, chance):
        """Write what the dialer saw, a row for a minute."""
        Pacing = self.env["telecom.campaign.pacing"]
        dialed, answered, abandoned = (
            [0] * (minutes + 1),
            [0] * (minutes + 1),
            [0] * (minutes + 1),
        )
        for values in attempts:
            minute = int((values["recorded_at"] - opens).total_seconds() // 60)
            dialed[minute] += 1
            answered[minute] += values["result"] in ("answered", "abandoned")
            abandoned[minute] += values["result"] == "abandoned"
        # With those of the day before
        rows, lost, live = [], 1, 90
        for minute in range(minutes):
            lost, live = lost + abandoned[minute], live + answered[minute]
            agents = DIALED_AGENTS
            busy = chance.choice((agents - 1, agents, agents))
            rows.append(
                {
                    "at": opens + timedelta(minutes=minute),
                    "agents": agents,
                    "idle": agents - busy,
                    "busy": busy,
                    "ringing": dialed[minute] + chance.randrange(2),
                    "dialed": dialed[minute],
                    "answered": answered[minute],
                    "abandoned": abandoned[minute],
                    # The dialer learns in the first minutes
                    "occupancy": min(83.0, 52 + minute) + chance.randrange(9),
                    "answer_rate": 33 + chance.randrange(6),
                    "expected_answers": round(0.35 * (dialed[minute] + 1), 2),
                    "expected_free": round(agents - busy + chance.random(), 2),
                    "permitted_share": 3.0 if lost * 100 < 3 * max(live, 1) else 0.0,
                    "abandoned_share": round(100 * lost / max(live, 1), 2),
                    "reason": "budget" if minute > 20 else "mode",
                }
            )
        sample = {
            **rows[0],
            "company_id": campaign.company_id.id,
            "campaign_id": campaign.id,
        }
        BulkWriter(Pacing, list(rows[0]), sample).insert(rows)
