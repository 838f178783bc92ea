"""Solved claims of three operators, and how fast similar ones are found.

Runs in ``odoo shell`` on a database of its own. ``CONFIG``: ``claims`` of the first
operator, ``samples`` of searches, the ``folder`` of the benchmarks. Prints
``name=value`` lines.
"""

# ruff: noqa: F821
import random
import sys
import time

from odoo import Command
from odoo.service.model import call_kw
from odoo.tools import SQL

sys.path.insert(0, CONFIG["folder"])
from _figures import show, show_percentiles, timed  # noqa: E402

CLAIMS = CONFIG["claims"]
draw = random.Random(2026)

# What claims are about, how often, and the solutions of each
SUBJECTS = [
    (30, ["Pas de réseau à {town}", "Plus de réseau mobile depuis {when}",
          "Réseau très faible à {town}", "Appels coupés à {town}",
          "Aucune barre de réseau {when}", "Mauvaise couverture dans le quartier"]),
    (25, ["Connexion Internet coupée {when}", "Débit trop lent avec {offer}",
          "Internet ne marche plus à {town}", "Voyant rouge sur la box {when}",
          "Connexion instable le soir", "Pas d'Internet avec la clé {offer}"]),
    (20, ["Facture trop élevée de {month}", "Montant de la facture contesté",
          "Option résiliée toujours facturée", "Double facturation en {month}",
          "Appels internationaux facturés par erreur"]),
    (15, ["Recharge non créditée {when}", "Crédit disparu après recharge",
          "Forfait {offer} débité deux fois", "Transfert mobile envoyé par erreur",
          "Bonus de recharge non reçu"]),
    (6, ["Carte SIM bloquée", "Code PUK demandé", "Nouvelle SIM non activée",
         "Portabilité du numéro refusée", "Numéro suspendu sans raison"]),
    (4, ["Accueil en boutique à {town}", "Attente trop longue au téléphone",
         "Réclamation sans réponse depuis {when}", "Information erronée sur {offer}"]),
]  # fmt: skip
TOWNS = (
    "Cotonou Calavi Parakou Bohicon Djougou Ouidah Lokossa Kandi Savè Abomey Natitingou"
    " Malanville Pobè Allada Comè Dassa Nikki Tchaourou Bassila Aplahoué"
).split()
MONTHS = "janvier février mars avril mai juin juillet août septembre octobre".split()
WHENS = ["ce matin", "hier soir", "trois jours", "une semaine", "la mise à jour"]
OFFERS = ["Liberté 10 Go", "Pro 50 Go", "Fibre 50", "ADSL 8", "Prépayé", "Nuit 5 Go"]
SOLUTIONS = 300


def subject():
    index = draw.choices(range(len(SUBJECTS)), [one[0] for one in SUBJECTS])[0]
    text = draw.choice(SUBJECTS[index][1]).format(
        town=draw.choice(TOWNS),
        when=draw.choice(WHENS),
        month=draw.choice(MONTHS),
        offer=draw.choice(OFFERS),
    )
    # People add things of their own: names, streets, numbers
    if draw.random() < 0.4:
        text += f", rue {draw.randrange(400)}"
    if draw.random() < 0.2:
        text += f" (ticket {draw.randrange(100000)})"
    return index, text


def make_operators():
    made = []
    for number, (name, country) in enumerate(
        (("Bench Bénin", "base.bj"), ("Bench Togo", "base.tg"), ("Bench CI", "base.ci"))
    ):
        company = env["res.company"].create(
            {
                "name": name,
                "country_id": env.ref(country).id,
                "telecom_tenant": True,
            }
        )
        clerk = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": f"Clerk {number}",
                    "login": f"bench.clerk.{number}",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.set(env.ref("telecom_crm.group_telecom_clerk").ids)
                    ],
                }
            )
        )
        solutions = env["telecom.solution"].create(
            [
                {
                    "name": f"Solution {number}",
                    "description": "Ce qu'il faut faire",
                    "company_id": company.id,
                }
                for number in range(SOLUTIONS)
            ]
        )
        made.append((company, clerk, solutions))
    env.cr.commit()
    return made


def make_claims(company, solutions, count):
    """Write solved claims, in sets; PostgreSQL itself makes what is searched."""
    stage = env["helpdesk.ticket.stage"].search(
        [("company_id", "=", company.id), ("telecom_state", "=", "treated")]
    )
    each = SOLUTIONS // len(SUBJECTS)
    for start in range(0, count, 20000):
        rows = []
        for number in range(start, min(start + 20000, count)):
            index, text = subject()
            # A few solutions of a subject settle most of its claims
            solution = index * each + min(int(draw.expovariate(0.15)), each - 1)
            rows.append(
                (f"R{number:06}", text, solutions[solution].id, draw.randrange(1000),
                 int(draw.random() < 0.08))
            )  # fmt: skip
        env.cr.execute_values(
            f"""
            INSERT INTO helpdesk_ticket (
                number, name, telecom_solution_id, create_date, closed_date,
                telecom_reopen_count, description, company_id, stage_id, priority,
                telecom_state, telecom_text_language, active)
            SELECT one.number, one.name, one.solution,
                   now() - one.days * interval '1 day',
                   now() - one.days * interval '1 day', one.reopened,
                   '<p>-</p>', {company.id}, {stage.id}, '1', 'treated',
                   '{company.telecom_text_language}', TRUE
              FROM (VALUES %s) AS one (number, name, solution, days, reopened)
            """,
            rows,
            page_size=5000,
        )
        env.cr.commit()


def mistype(text):
    place = draw.randrange(1, max(len(text) - 2, 2))
    return text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :]


def asked():
    """A subject as it stands on the screen while somebody types it."""
    text = subject()[1]
    kind = draw.random()
    if kind < 0.4:
        text = text[: draw.randrange(4, len(text) + 1)]
    elif kind < 0.6:
        text = mistype(text)
    elif kind < 0.7:
        text = text.lower().replace("é", "e").replace("è", "e")
    return text


def search(clerk, text):
    user_env = env(
        user=clerk.id, context={"allowed_company_ids": clerk.company_ids.ids}
    )
    user_env.invalidate_all()
    return call_kw(user_env["helpdesk.ticket"], "telecom_similar", [text], {})


operators = make_operators()
started = time.monotonic()
for (company, _clerk, solutions), share in zip(operators, (1, 0.25, 0.25), strict=True):
    make_claims(company, solutions, int(CLAIMS * share))
show("claims_made_s", time.monotonic() - started)
show("claims", CLAIMS)
# What PostgreSQL does by itself some minutes later
env.cr.connection.set_session(autocommit=True)
env.cr.execute("VACUUM ANALYZE helpdesk_ticket")
env.cr.connection.set_session(autocommit=False)

clerk = operators[0][1]
timed(lambda text: search(clerk, text), [asked() for _warm in range(20)])
texts = [asked() for _sample in range(CONFIG["samples"])]
times, results = timed(lambda text: search(clerk, text), texts)
show_percentiles("similar_claims", times, (50, 95, 99))
show("similar_claims_found_percent", 100 * sum(map(bool, results)) / len(times))
worst = max(zip(times, texts, strict=True))
print(f"slowest: {1000 * worst[0]:.0f} ms for “{worst[1]}”")
env.cr.execute(
    SQL("SELECT pg_size_pretty(pg_relation_size('helpdesk_ticket_telecom_search_idx'))")
)
print("index:", env.cr.fetchone()[0])
