import random
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models

from ..tools.clock import epoch

#: Local times at which appointments begin
TIMES = (time(8, 30), time(10), time(11, 30), time(14, 30), time(16, 30))
SUBJECTS = (
    "Fibre à domicile",
    "Clé 4G pour le commerce",
    "Forfait famille",
    "Renouvellement du contrat",
    "Installation de la box",
)
NOTES = (
    "Appeler en arrivant, le portail reste fermé.",
    "Face à la pharmacie, maison à étage.",
    "Souhaite comparer avec son offre actuelle.",
    False,
)
REPORTS = {
    "done": "Offre présentée, dossier complet.",
    "missed": "Personne sur place, voisin prévenu.",
    "refused": "Vient de signer ailleurs.",
}


class TelecomCallcenterDemo(models.AbstractModel):
    _inherit = "telecom.callcenter.demo"

    @api.model
    def _create_field(self):
        """Create the appointments of some days, and the way of today."""
        self = self.with_context(
            tracking_disable=True,
            mail_create_nolog=True,
            mail_create_nosubscribe=True,
            telecom_appointment_quiet=True,
        )
        chance = random.Random(4)
        for name, operator, cities in (
            ("seller_benin_1", "benin", ("Cotonou",)),
            ("seller_benin_2", "benin", ("Cotonou", "Abomey-Calavi")),
            ("seller_tunisia_1", "tunisia", ("Tunis", "Ariana", "La Marsa")),
        ):
            seller = self.env.ref(f"telecom_callcenter.{name}")
            campaign = self.env.ref(f"telecom_callcenter.campaign_{operator}_field")
            customers = self.env["res.partner"].search(
                [
                    ("company_id", "=", seller.company_id.id),
                    ("telecom_customer", "=", True),
                    ("city", "in", cities),
                    ("phone", "!=", False),
                ],
                order="id",
                limit=40,
            )
            if customers:
                self._create_appointments(seller, campaign, customers, chance)
                self._create_way(seller, chance)

    def _create_appointments(self, seller, campaign, customers, chance):
        zone = pytz.timezone(seller._tz)
        now = fields.Datetime.now()
        today = pytz.UTC.localize(now).astimezone(zone).date()
        leaves = campaign.disposition_ids.filtered(lambda node: not node.child_ids)
        by_code = {node.code: node for node in leaves}
        status = {"done": "sold", "missed": "no_answer", "refused": "refused"}
        vals_list = []
        for number in range(-6, 8):
            day = today + timedelta(days=number)
            if day.weekday() == 6 and number:
                continue
            for begin in sorted(chance.sample(TIMES, 4 if number == 0 else 3)):
                start = zone.localize(datetime.combine(day, begin))
                start = start.astimezone(pytz.UTC).replace(tzinfo=None)
                state = "planned"
                if start + timedelta(hours=1) < now:
                    state = chance.choice(["done", "done", "done", "missed", "refused"])
                node = by_code.get(status.get(state))
                vals_list.append(
                    {
                        "company_id": seller.company_id.id,
                        "seller_id": seller.id,
                        "campaign_id": campaign.id,
                        "partner_id": customers[chance.randrange(len(customers))].id,
                        "start": start,
                        "state": state,
                        "subject": chance.choice(SUBJECTS),
                        "note": chance.choice(NOTES),
                        "report": REPORTS.get(state),
                        "disposition_id": node.id if node else False,
                        "closed_at": start + timedelta(hours=1)
                        if state != "planned"
                        else False,
                    }
                )
        self.env["telecom.appointment"].create(vals_list)

    def _create_way(self, seller, chance):
        """The seller is on duty, and went from one appointment to the next."""
        now = fields.Datetime.now()
        begin = now - timedelta(hours=2)
        seller.write({"position_consent": True, "position_consent_at": begin})
        seller._begin_duty(begin)
        stops = [
            one._place
            for one in self.env["telecom.appointment"].search(
                [
                    ("seller_id", "=", seller.id),
                    ("start", ">", now - timedelta(days=1)),
                ],
                order="start",
                limit=3,
            )
            if one._place
        ]
        stops = [seller._home, *stops]
        points, steps = [], 30
        for number in range(steps):
            at = number / steps * (len(stops) - 1)
            here = stops[int(at)]
            there = stops[min(int(at) + 1, len(stops) - 1)]
            share = at % 1
            place = [
                one + (other - one) * share + chance.uniform(-0.0008, 0.0008)
                for one, other in zip(here, there, strict=True)
            ]
            points.append([epoch(begin + timedelta(minutes=4 * number)), *place, 10])
        self.env["telecom.seller.position"]._record(seller, points)
