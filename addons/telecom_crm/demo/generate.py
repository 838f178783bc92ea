#!/usr/bin/env python3
"""Write the demo data of two operators; run it after changing anything here.

    python3 addons/telecom_crm/demo/generate.py

Every name is made up. The same seed always gives the same files, so that external ids
and numbers stay what documentation and tests say they are:

* ``customer_benin_001``, ``customer_tunisia_001``: very important, three lines, several
  open claims, the first line's number is also the contact number;
* ``…_002`` and ``…_003`` share one contact number (a household): the caller must be
  chosen;
* ``customer_tunisia_004`` left the number of ``customer_benin_001`` as his contact
  number: the same caller is another person to each operator.
"""

import csv
import random
from itertools import islice
from pathlib import Path

HERE = Path(__file__).parent

SEGMENTS = [
    # code, name, priority, colour
    ("vip", "VIP", 30, 1),
    ("gold", "Or", 20, 3),
    ("business", "Entreprise", 15, 8),
    ("silver", "Argent", 10, 4),
    ("standard", "Standard", 0, 0),
]
BRANCHES = {
    "technical": ("Support technique", [
        ("network", "Réseau mobile"),
        ("internet", "Internet fixe"),
        ("sim", "Carte SIM et PUK"),
    ]),
    "financial": ("Facturation et recouvrement", [
        ("bill", "Contestation de facture"),
        ("topup", "Recharge non créditée"),
        ("wallet", "Portefeuille mobile"),
    ]),
    "relational": ("Relation client", [
        ("welcome", "Accueil en boutique"),
        ("waiting", "Délai de réponse"),
        ("information", "Information erronée"),
    ]),
}  # fmt: skip
# category: (title, description); {city} and {offer} are the customer's
CLAIMS = {
    "network": [
        ("Pas de réseau à {city}", "Aucune barre depuis deux jours dans le quartier ; "
         "le téléphone fonctionne ailleurs."),
        ("Appels coupés après une minute", "Toutes les communications se coupent vers "
         "une minute, à {city} comme en déplacement."),
        ("Internet mobile très lent le soir", "Débit inutilisable entre 19 h et 22 h "
         "avec l'offre {offer}."),
    ],
    "internet": [
        ("Connexion fixe coupée", "Le voyant du modem reste rouge depuis ce matin."),
        ("Débit inférieur à l'offre", "Débit mesuré trois fois inférieur à celui de "
         "l'offre {offer}."),
    ],
    "sim": [
        ("Carte SIM bloquée", "Trois codes PIN faux ; demande le code PUK."),
        ("Échange de SIM non activé", "Nouvelle carte remise en boutique à {city}, "
         "toujours inactive."),
    ],
    "bill": [
        ("Montant de la facture contesté", "Appels internationaux facturés que le "
         "client dit ne pas avoir passés."),
        ("Option résiliée toujours facturée", "L'option a été résiliée il y a deux "
         "mois et figure encore sur la facture."),
    ],
    "topup": [
        ("Recharge débitée, crédit absent", "Recharge faite chez un revendeur de "
         "{city} ; le crédit n'est pas arrivé."),
        ("Forfait souscrit deux fois", "Le forfait a été débité deux fois le même "
         "jour."),
    ],
    "wallet": [
        ("Transfert envoyé au mauvais numéro", "Le client demande l'annulation d'un "
         "transfert fait par erreur."),
        ("Retrait refusé, compte débité", "Le retrait a été refusé au point de vente "
         "mais le compte est débité."),
    ],
    "welcome": [
        ("Accueil en boutique à {city}", "Le client dit avoir attendu une heure et "
         "être reparti sans réponse."),
    ],
    "waiting": [
        ("Réclamation précédente sans réponse", "Le client rappelle : aucune nouvelle "
         "de sa demande depuis dix jours."),
    ],
    "information": [
        ("Conditions de l'offre mal expliquées", "Le client pensait que l'offre "
         "{offer} comprenait les appels internationaux."),
    ],
}  # fmt: skip

# code: (category, name, what to do); customers read the latter
# What customers read while they type a claim: what they can do or have to know
SHOWN_TO_CUSTOMERS = {"antenna", "apn", "box", "terms"}
SOLUTIONS = {
    "antenna": ("network", "Antenne en panne, réparée",
        "L'antenne du quartier était en panne ; nos techniciens l'ont réparée. "
        "Éteignez et rallumez votre téléphone."),
    "apn": ("network", "Point d'accès Internet à corriger",
        "Le point d'accès (APN) du téléphone était faux ; les bons réglages ont été "
        "envoyés par SMS, il suffit de les accepter."),
    "box": ("internet", "Redémarrage de la box après mise à jour",
        "Débranchez la box trente secondes, rebranchez-la et attendez que le voyant "
        "soit vert."),
    "line": ("internet", "Câble de ligne remplacé",
        "Le câble entre le poteau et l'habitation a été remplacé par un technicien."),
    "puk": ("sim", "Code PUK communiqué",
        "Après contrôle de la pièce d'identité, le code PUK a été communiqué."),
    "swap": ("sim", "Échange de SIM activé à distance",
        "La nouvelle carte a été activée ; rallumez le téléphone après dix minutes."),
    "credit_note": ("bill", "Avoir accordé sur la facture",
        "Après contrôle du détail, le montant contesté vous est rendu sur la "
        "prochaine facture."),
    "detail": ("bill", "Détail des appels envoyé",
        "Le détail de la facture vous a été envoyé ; les appels venaient bien de "
        "votre ligne."),
    "recredit": ("topup", "Recharge créditée à la main",
        "La recharge a été retrouvée et créditée sur votre ligne."),
    "reversal": ("wallet", "Opération annulée",
        "L'opération a été annulée et votre compte recrédité."),
    "excuse": ("welcome", "Excuses et rendez-vous en boutique",
        "Nous vous présentons nos excuses ; un rendez-vous vous attend en boutique."),
    "answer": ("waiting", "Réponse donnée et réclamation liée",
        "Votre première réclamation est maintenant suivie par la même personne."),
    "terms": ("information", "Conditions expliquées, option offerte",
        "Les conditions vous ont été expliquées et une option vous est offerte."),
}  # fmt: skip
ALIASES = {
    "technical": "technique",
    "financial": "facturation",
    "relational": "relation-client",
}
UNSOLVED = [
    "Zone non couverte avant l'année prochaine.",
    "Le client ne répond plus depuis trois semaines.",
    "Opération conforme au contrat ; rien à rembourser.",
]

OPERATORS = {
    "benin": {
        "seed": 229,
        "prefix": "+229",
        "groups": (2, 2, 2, 2, 2),
        "country": "base.bj",
        "domain": "mono-telecom.example.com",
        "mobile": "0197{:06d}",
        "fixed": "0121{:06d}",
        "iccid": "8922999",
        "imsi": "61699",
        "languages": ["fr", "fr", "fr", "fon", "fon", "yo", "bba", "ddn", "gej", "en"],
        "towns": [
            ("Cotonou", 6.366, 2.433, 6), ("Abomey-Calavi", 6.448, 2.356, 3),
            ("Porto-Novo", 6.497, 2.605, 3), ("Parakou", 9.337, 2.630, 2),
            ("Bohicon", 7.178, 2.067, 1), ("Djougou", 9.708, 1.666, 1),
            ("Natitingou", 10.304, 1.380, 1), ("Ouidah", 6.363, 2.085, 1),
            ("Lokossa", 6.639, 1.717, 1), ("Kandi", 11.134, 2.938, 1),
            ("Abomey", 7.183, 1.991, 1), ("Savè", 8.034, 2.487, 1),
        ],
        "streets": [
            "Rue des Cocotiers", "Rue du Marché", "Rue de l'École", "Carré 512",
            "Avenue de la Gare", "Rue de la Mairie", "Route Nationale", "Carré 88",
            "Rue des Manguiers", "Place de l'Indépendance",
        ],
        "first": [
            "Afi", "Koffi", "Kossi", "Sènan", "Fifamè", "Gildas", "Romaric", "Nadège",
            "Ulrich", "Arlette", "Codjo", "Dossi", "Estelle", "Firmin", "Ghislaine",
            "Hermine", "Ibrahim", "Judicaël", "Karamatou", "Léonce", "Mariette",
            "Moussa", "Nafissatou", "Orou", "Prudence", "Rachidatou", "Sabi",
            "Thibaut", "Viviane", "Wilfrid", "Yvette", "Zoulikatou", "Aubin",
            "Bernadin", "Clarisse",
        ],
        "last": [
            "Adjovi", "Agbodjan", "Ahouansou", "Akplogan", "Allagbé", "Assogba",
            "Bio Gado", "Chabi Yo", "Dossou-Yovo", "Gbaguidi", "Gnonlonfoun",
            "Hounkpatin", "Houessou", "Idrissou", "Kpossou", "Lokossou", "Medégan",
            "Noudéhou", "Orou Guidou", "Padonou", "Sabi Kora", "Sossou", "Tchibozo",
            "Toko", "Vodounou", "Yacoubou", "Zannou",
        ],
        "organisations": [
            "Boulangerie La Gerbe Dorée", "Pharmacie Les Palmiers",
            "Établissements Sossou et Fils", "Coopérative maraîchère de Sèmè",
            "Hôtel des Trois Lagunes", "Clinique du Plateau", "Ouémé Express Transport",
            "Imprimerie du Littoral", "Collège Les Hirondelles", "Quincaillerie Espoir",
            "Agence Voyages Zou", "Ferme avicole du Borgou",
        ],
        "offers": {
            "mobile": ["Mobile Prépayé", "Forfait Liberté 10 Go", "Forfait Pro 50 Go"],
            "key4g": ["Clé 4G 30 Go"],
            "fibre": ["Fibre 50 Mb/s", "Fibre Pro 200 Mb/s"],
            "adsl": ["ADSL 8 Mb/s"],
            "fixed": ["Fixe Illimité"],
        },
    },
    "tunisia": {
        "seed": 216,
        "prefix": "+216",
        "groups": (2, 3, 3),
        "country": "base.tn",
        "domain": "carthage-mobile.example.com",
        "mobile": "20{:06d}",
        "fixed": "71{:06d}",
        "iccid": "8921699",
        "imsi": "60599",
        "languages": ["aeb", "aeb", "aeb", "fr", "fr", "ar", "en"],
        "towns": [
            ("Tunis", 36.806, 10.181, 6), ("Ariana", 36.862, 10.195, 2),
            ("Sfax", 34.740, 10.760, 3), ("Sousse", 35.825, 10.636, 2),
            ("Bizerte", 37.274, 9.874, 1), ("Nabeul", 36.451, 10.736, 1),
            ("Gabès", 33.881, 10.098, 1), ("Kairouan", 35.678, 10.096, 1),
            ("Monastir", 35.778, 10.826, 1), ("Mahdia", 35.504, 11.062, 1),
            ("Gafsa", 34.425, 8.784, 1), ("Houmt Souk", 33.875, 10.857, 1),
        ],
        "streets": [
            "Rue de Marseille", "Avenue de la Liberté", "Rue des Jasmins",
            "Rue Ibn Khaldoun", "Avenue du 9 Avril", "Rue de l'Olivier",
            "Rue du Stade", "Avenue Farhat Hached", "Rue des Orangers",
            "Avenue de la République",
        ],
        "first": [
            "Amel", "Anis", "Asma", "Aymen", "Bassem", "Chiraz", "Dorra", "Emna",
            "Fares", "Ghada", "Hajer", "Hatem", "Imen", "Jihène", "Kais", "Lamia",
            "Lotfi", "Marwa", "Mehdi", "Mouna", "Nabil", "Nizar", "Olfa", "Rim",
            "Sami", "Skander", "Sonia", "Tarek", "Wafa", "Walid", "Yasmine", "Zied",
        ],
        "last": [
            "Ayari", "Baccouche", "Ben Amor", "Ben Salah", "Bouslama", "Chebbi",
            "Cherif", "Dridi", "Fakhfakh", "Gharbi", "Haddad", "Hammami", "Jaziri",
            "Jlassi", "Khemiri", "Laabidi", "Mansouri", "Mejri", "Mhiri", "Nasri",
            "Ouertani", "Rezgui", "Saidane", "Tlili", "Weslati", "Zaghouani", "Zouari",
        ],
        "organisations": [
            "Pâtisserie Fleur d'Oranger", "Pharmacie du Belvédère",
            "Société Zouari Matériaux", "Huilerie des Deux Collines",
            "Hôtel Les Remparts", "Clinique Ibn Zohr", "Sahel Messagerie",
            "Imprimerie El Amal", "École Les Petits Savants", "Garage Bouslama Frères",
            "Agence Voyages Médina", "Ferme du Cap Blanc",
        ],
        "offers": {
            "mobile": ["Prépayé Yalla", "Forfait Médina 25 Go", "Forfait Pro 60 Go"],
            "key4g": ["Clé 4G 50 Go"],
            "fibre": ["Fibre 100 Mb/s", "Fibre Pro 300 Mb/s"],
            "adsl": ["ADSL 12 Mb/s"],
            "fixed": ["Fixe National"],
        },
    },
}  # fmt: skip
# code, name, kind
SOURCES = [
    ("catalogue", "Catalogue de rentrée", "catalogue"),
    ("mailing", "Publipostage de printemps", "mailing"),
    ("prospecting", "Téléprospection", "prospecting"),
    ("shop", "Boutique", "shop"),
    ("internet", "Site Internet", "internet"),
]
PERSONS = 90
AVAILABLE_LINES = 8
USAGE_LINES = 80
TICKETS = 40


def luhn(digits):
    """Return the digits with their check digit, as SIM cards carry it."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"


def slug(text):
    """Return the ASCII letters of a name, for e-mail addresses."""
    table = str.maketrans("éèêëàâäîïôöùûüçÉÈ", "eeeeaaaiioouuucee")
    return "".join(
        c for c in text.lower().translate(table) if c.isascii() and c.isalnum()
    )


class Operator:
    """Everything of one operator, drawn with its own seed."""

    def __init__(self, key):
        self.key = key
        self.data = OPERATORS[key]
        self.random = random.Random(self.data["seed"])
        self.company = f"telecom_crm.company_{key}"
        self.partners = []
        self.lines = []
        self.tickets = []
        self.number = 0
        self.fixed_number = 0
        self.sim = 0

    def next_number(self, fixed=False):
        if fixed:
            self.fixed_number += 1
            national = self.data["fixed"].format(300000 + self.fixed_number)
        else:
            self.number += 1
            national = self.data["mobile"].format(self.number)
        return self.data["prefix"] + national

    def written(self, number):
        """Return a number as it is written, in groups of digits."""
        digits = iter(number.removeprefix(self.data["prefix"]))
        groups = ["".join(islice(digits, size)) for size in self.data["groups"]]
        return " ".join([self.data["prefix"], *groups])

    def place(self):
        towns = self.data["towns"]
        city, latitude, longitude, _weight = self.random.choices(
            towns, weights=[town[3] for town in towns]
        )[0]
        return {
            "street": self.random.choice(self.data["streets"]),
            "city": city,
            "country_id/id": self.data["country"],
            "partner_latitude": round(latitude + self.random.uniform(-0.02, 0.02), 5),
            "partner_longitude": round(longitude + self.random.uniform(-0.02, 0.02), 5),
        }

    def date(self):
        draw = self.random.randint
        return f"{draw(2019, 2025)}-{draw(1, 12):02d}-{draw(1, 28):02d} 09:00:00"

    def partner(self, number, **values):
        row = {
            "id": f"customer_{self.key}_{number:03d}",
            "company_id/id": self.company,
            "telecom_customer": "True",
            "lang": "fr_FR",
            **self.place(),
            **values,
        }
        self.partners.append(row)
        return row

    def line(self, partner, msisdn, technology="mobile", state="active"):
        number = len(self.lines) + 1
        sim = {}
        if technology in ("mobile", "key4g"):
            self.sim += 1
            sim = {
                "iccid": luhn(f"{self.data['iccid']}{self.sim:011d}"),
                "imsi": f"{self.data['imsi']}{self.sim:010d}",
                "puk": f"{self.random.randrange(10**8):08d}",
            }
        row = {
            "id": f"line_{self.key}_{number:03d}",
            "company_id/id": self.company,
            "partner_id/id": partner["id"] if partner else "",
            "msisdn": msisdn,
            "technology": technology,
            "state": state,
            "offer": self.random.choice(self.data["offers"][technology])
            if partner
            else "",
            "activated_at": self.date() if partner else "",
            **sim,
        }
        self.lines.append(row)
        return row

    def draw_customers(self):
        names = set()
        for number in range(1, PERSONS + 1):
            while True:
                first = self.random.choice(self.data["first"])
                last = self.random.choice(self.data["last"])
                if (first, last) not in names:
                    names.add((first, last))
                    break
            if number == 1:
                segment = "vip"
            else:
                segment = self.random.choices(
                    ["vip", "gold", "silver", "standard"], weights=[4, 10, 20, 66]
                )[0]
            mobile = self.next_number()
            phone = self.written(mobile)
            if number == 3:
                phone = self.partners[1]["phone"]
            elif number == 4 and self.key == "tunisia":
                phone = "+229 01 97 00 00 01"
            partner = self.partner(
                number,
                telecom_first_name=first,
                telecom_last_name=last,
                is_company="False",
                phone=phone,
                email=f"{slug(first)}.{slug(last)}@example.com",
                **{
                    "telecom_segment_id/id": f"segment_{self.key}_{segment}",
                    "telecom_language_id/id": "language_"
                    + self.random.choice(self.data["languages"]),
                },
            )
            states = ["active"] * 17 + ["suspended"] * 2 + ["terminated"]
            self.line(
                partner,
                mobile,
                state="active" if number < 5 else self.random.choice(states),
            )
            count = (
                2 if number == 1 else self.random.choices([0, 1, 2], [55, 33, 12])[0]
            )
            for _extra in range(count):
                self.extra_line(partner)

    def draw_organisations(self):
        for offset, name in enumerate(self.data["organisations"], 1):
            number = PERSONS + offset
            main = self.next_number(fixed=True)
            organisation = self.partner(
                number,
                name=name,
                is_company="True",
                phone=self.written(main),
                email=f"contact@{slug(name)[:24]}.example.com",
                **{"telecom_segment_id/id": f"segment_{self.key}_business"},
            )
            self.line(organisation, main, technology="fixed")
            for _extra in range(self.random.randint(0, 2)):
                self.extra_line(organisation)
            # The person to talk to; a contact, no customer of his own
            first = self.random.choice(self.data["first"])
            last = self.random.choice(self.data["last"])
            self.partners.append(
                {
                    "id": f"contact_{self.key}_{number:03d}",
                    "company_id/id": self.company,
                    "parent_id/id": organisation["id"],
                    "telecom_first_name": first,
                    "telecom_last_name": last,
                    "is_company": "False",
                    "lang": "fr_FR",
                    "phone": self.written(self.next_number()),
                    "email": f"{slug(first)}.{slug(last)}@example.com",
                }
            )

    def extra_line(self, partner):
        technology = self.random.choices(
            ["mobile", "key4g", "fibre", "adsl"], [50, 20, 20, 10]
        )[0]
        number = self.next_number(fixed=technology in ("fibre", "adsl"))
        self.line(partner, number, technology=technology)

    def draw_available_lines(self):
        for _line in range(AVAILABLE_LINES):
            self.line(None, self.next_number(), state="available")

    def draw_tickets(self):
        customers = [row for row in self.partners if row.get("telecom_customer")]
        lines = {}
        for line in self.lines:
            lines.setdefault(line["partner_id/id"], []).append(line)
        for number in range(1, TICKETS + 1):
            branch = self.random.choices(list(BRANCHES), [50, 35, 15])[0]
            category = self.random.choice(BRANCHES[branch][1])[0]
            if number <= 3:
                customer = customers[0]
                category = ("network", "bill", "waiting")[number - 1]
                branch = ("technical", "financial", "relational")[number - 1]
            else:
                customer = self.random.choice(customers)
            line = self.random.choice(lines[customer["id"]])
            title, description = self.random.choice(CLAIMS[category])
            words = {"city": customer["city"], "offer": line["offer"]}
            days = self.random.randint(0, 75)
            if number <= 3:
                days, state = (
                    (2, 9, 30)[number - 1],
                    ("open", "progress", "treated")[number - 1],
                )
            elif days < 3:
                state = "open"
            elif days < 15:
                state = self.random.choice(
                    ["open", "progress", "waiting_customer", "waiting_third"]
                )
            else:
                state = self.random.choices(
                    ["progress", "waiting_customer", "waiting_third", "reopened",
                     "treated", "unsolved"],
                    [5, 4, 4, 3, 74, 10],
                )[0]  # fmt: skip
            known = [code for code, one in SOLUTIONS.items() if one[0] == category]
            solution = self.random.choice(known)
            reason = self.random.choice(UNSOLVED)
            self.tickets.append(
                {
                    "id": f"claim_{self.key}_{number:03d}",
                    "name": title.format(**words),
                    "description": description.format(**words),
                    "partner": customer,
                    "line": line["id"],
                    "team": f"team_{self.key}_{branch}",
                    "category": f"category_{self.key}_{category}",
                    "state": state,
                    "solution": solution if state in ("treated", "reopened") else None,
                    "reason": reason if state == "unsolved" else None,
                    "channel": self.random.choices(
                        ["phone", "web", "email"], [70, 15, 15]
                    )[0],
                    "priority": self.random.choices("0123", [15, 60, 20, 5])[0],
                    "days": days,
                    "hour": self.random.randint(8, 17),
                    "closed_days": max(0, days - self.random.randint(1, 9))
                    if state in ("treated", "unsolved")
                    else None,
                    "assigned": state != "open",
                }
            )

    def draw_files(self):
        """Birth dates, sources and identity documents, without changing other draws."""
        draw = random.Random(self.data["seed"] + 1)
        self.documents = []
        for number, partner in enumerate(self.partners, 1):
            if not partner.get("telecom_customer"):
                continue
            code = draw.choice(SOURCES)[0]
            partner["telecom_source_id/id"] = f"source_{self.key}_{code}"
            if partner["is_company"] == "True":
                continue
            year, month, day = draw.randint(1948, 2006), draw.randint(1, 12), 15
            partner["telecom_birth_date"] = f"{year}-{month:02d}-{day}"
            state = (
                "verified"
                if number == 1
                else draw.choice(["verified"] * 7 + ["pending", "rejected", None])
            )
            if state:
                self.documents.append(
                    {
                        "id": f"document_{self.key}_{number:03d}",
                        "partner_id/id": partner["id"],
                        "kind": draw.choice(["identity_card", "passport", "voter"]),
                        "number": f"{self.key[:2].upper()}{draw.randrange(10**9):09d}",
                        "country_id/id": self.data["country"],
                        "issued_on": f"{draw.randint(2022, 2025)}-{month:02d}-10",
                        "expires_on": f"{draw.randint(2029, 2034)}-{month:02d}-10",
                        "state": state,
                    }
                )

    def draw(self):
        self.draw_customers()
        self.draw_organisations()
        self.draw_available_lines()
        self.draw_tickets()
        self.draw_files()
        return self


def write_csv(name, rows):
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with (HERE / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_segments():
    write_csv(
        "telecom.segment.csv",
        [
            {
                "id": f"segment_{operator}_{code}",
                "company_id/id": f"telecom_crm.company_{operator}",
                "code": code.upper(),
                "name": name,
                "priority": priority,
                "color": color,
            }
            for operator in OPERATORS
            for code, name, priority, color in SEGMENTS
        ],
    )


def write_sources():
    write_csv(
        "telecom.source.csv",
        [
            {
                "id": f"source_{operator}_{code}",
                "company_id/id": f"telecom_crm.company_{operator}",
                "name": name,
                "kind": kind,
            }
            for operator in OPERATORS
            for code, name, kind in SOURCES
        ],
    )


def write_categories():
    write_csv(
        "helpdesk.ticket.category.csv",
        [
            {
                "id": f"category_{operator}_{code}",
                "company_id/id": f"telecom_crm.company_{operator}",
                "name": name,
                "telecom_branch": branch,
            }
            for operator in OPERATORS
            for branch, (_team, categories) in BRANCHES.items()
            for code, name in categories
        ],
    )


def write_usage(operators):
    """Write twelve months of the first customers' lines, months counted backwards."""
    rows = []
    for operator in operators:
        # Apart from the rest: what is drawn there stays what it was
        draw = random.Random(f"usage {operator.key}")
        price = {"benin": 60, "tunisia": 0.35}[operator.key]
        used = [line for line in operator.lines if line.get("partner_id/id")]
        for line in used[:USAGE_LINES]:
            habit = draw.lognormvariate(4.2, 0.8)
            for months in range(1, 13):
                minutes = round(habit * draw.uniform(0.7, 1.3))
                data = round(habit * draw.uniform(8, 40))
                messages = round(habit * draw.uniform(0.1, 0.6))
                amount = price * (minutes + data / 40)
                rows.append(
                    {
                        "line": line["id"],
                        "months_ago": months,
                        "seconds": minutes * 60 + draw.randrange(60),
                        "messages": messages,
                        "bytes": data * 1_000_000,
                        "amount": round(amount, 3 if price < 1 else 0),
                    }
                )
    write_csv("telecom_usage.csv", rows)


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def at(days, hour):
    """Return an expression of a time so many days before the installation."""
    day = f"DateTime.now() - timedelta(days={days})"
    return f"({day}).strftime('%Y-%m-%d {hour:02d}:20:00')"


def field(name, text=None, **attributes):
    """Return a field element, with text or with ``ref``/``eval``."""
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    if text is None:
        return f'        <field name="{name}"{written} />'
    return f'        <field name="{name}">{escape(text)}</field>'


def team_record(key, branch, name, categories):
    refs = ", ".join(f"ref('category_{key}_{code}')" for code, _name in categories)
    users = f"ref('user_clerk_{key}'), ref('user_manager_{key}')"
    return [
        f'    <record id="team_{key}_{branch}" model="helpdesk.ticket.team">',
        field("name", name),
        field("company_id", ref=f"company_{key}"),
        field("user_id", ref=f"user_manager_{key}"),
        field("telecom_branch", branch),
        field("alias_name", ALIASES[branch] + f"-{key}"),
        field("user_ids", eval=f"[Command.set([{users}])]"),
        field("category_ids", eval=f"[Command.set([{refs}])]"),
        "    </record>",
    ]


def claim_record(key, ticket):
    customer = ticket["partner"]
    channel = f"helpdesk_mgmt.helpdesk_ticket_channel_{ticket['channel']}"
    created = at(ticket["days"], ticket["hour"])
    changed = created
    lines = [
        f'    <record id="{ticket["id"]}" model="helpdesk.ticket"'
        " context=\"{'tracking_disable': True}\">",
        field("name", ticket["name"]),
        field("description", ticket["description"]),
        field("company_id", ref=f"company_{key}"),
        field("partner_id", ref=customer["id"]),
        field("partner_name", customer_name(customer)),
        field("partner_email", customer["email"]),
        field("telecom_line_id", ref=ticket["line"]),
        field("team_id", ref=ticket["team"]),
        field("category_id", ref=ticket["category"]),
        field("telecom_state", ticket["state"]),
        field("channel_id", ref=channel),
        field("priority", ticket["priority"]),
        field("create_date", eval=created),
    ]
    if ticket["assigned"]:
        lines.append(field("user_id", ref=f"user_clerk_{key}"))
        lines.append(field("assigned_date", eval=created))
    else:
        # Or whoever installs would be in charge
        lines.append(field("user_id", eval="False"))
    if ticket["solution"]:
        lines.append(
            field("telecom_solution_id", ref=f"solution_{key}_{ticket['solution']}")
        )
        if ticket["state"] == "treated":
            note = SOLUTIONS[ticket["solution"]][2]
            lines.append(field("telecom_solution_note", note))
        else:
            lines.append(field("telecom_reopen_count", eval="1"))
    if ticket["closed_days"] is None and ticket["days"] > 3:
        # Or the first run of the cron would send an alarm for each
        lines.append(field("telecom_response_alert", "late"))
        lines.append(field("telecom_resolution_alert", "late"))
    if ticket["reason"]:
        lines.append(field("telecom_unsolved_reason", ticket["reason"]))
    if ticket["closed_days"] is not None:
        changed = at(ticket["closed_days"], 17)
        lines.append(field("closed_date", eval=changed))
    return [*lines, field("last_stage_update", eval=changed), "    </record>"]


def solution_record(key, code):
    category, name, description = SOLUTIONS[code]
    branches = [
        branch
        for branch, (_team, categories) in BRANCHES.items()
        if category in dict(categories)
    ]
    return [
        f'    <record id="solution_{key}_{code}" model="telecom.solution">',
        field("name", name),
        field("description", description),
        field("company_id", ref=f"company_{key}"),
        field("branch", branches[0]),
        field("category_id", ref=f"category_{key}_{category}"),
        *([field("show_in_portal", eval="True")] if code in SHOWN_TO_CUSTOMERS else []),
        "    </record>",
    ]


def customer_name(row):
    return row.get("name") or f"{row['telecom_first_name']} {row['telecom_last_name']}"


def write_claims(operators):
    lines = [
        '<?xml version="1.0" encoding="utf-8" ?>',
        "<!-- Written by generate.py -->",
        '<odoo noupdate="1">',
    ]
    for operator in operators:
        for branch, (name, categories) in BRANCHES.items():
            lines += team_record(operator.key, branch, name, categories)
        for code in SOLUTIONS:
            lines += solution_record(operator.key, code)
        for ticket in operator.tickets:
            lines += claim_record(operator.key, ticket)
    lines.append("</odoo>\n")
    text = "\n".join(lines)
    (HERE / "helpdesk_ticket_demo.xml").write_text(text, encoding="utf-8")


def main():
    operators = [Operator(key).draw() for key in OPERATORS]
    write_segments()
    write_sources()
    write_categories()
    write_csv("res.partner.csv", [row for o in operators for row in o.partners])
    write_csv(
        "telecom.identity.document.csv",
        [row for o in operators for row in o.documents],
    )
    write_csv("telecom.line.csv", [row for o in operators for row in o.lines])
    write_claims(operators)
    write_usage(operators)
    for operator in operators:
        print(
            f"{operator.key}: {len(operator.partners)} partners, "
            f"{len(operator.lines)} lines, {len(operator.tickets)} claims"
        )


if __name__ == "__main__":
    main()
