"""Operators with outbound campaigns and their number files, in ``odoo shell``.

``CONFIG``: ``names`` of the operators, and ``files``: for each operator, from which to
which row of the same people each of its files reaches. Operators have the same
customers, refusals and numbers of another campaign. Prints the ids of the files.
"""

# ruff: noqa: F821
import base64
import json
import random

TOWNS = ("Cotonou", "Parakou", "Porto-Novo")


def number_of(place):
    return f"0197{place:06}"


def people(first, last):
    """Yield rows; one in fifty is bad, and one in fifty stands there twice."""
    draw = random.Random(2026)
    for place in range(last):
        number, other = number_of(place), ""
        chance = draw.random()
        if chance < 0.02:
            number = number[:-2]
        elif chance < 0.04:
            number = number_of(max(place - draw.randrange(1, 900), 0))
        elif chance < 0.14:
            other = f"0195{place:06}"
        row = f"Client {place};{number};{other};{draw.choice(TOWNS)};{place % 977}"
        if place >= first:
            yield row


ids = []
for name, files in zip(CONFIG["names"], CONFIG["files"], strict=True):
    company = env["res.company"].create(
        {
            "name": name,
            "country_id": env.ref("base.bj").id,
            "telecom_tenant": True,
        }
    )
    own = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
    campaign, other = own["telecom.campaign"].create(
        [
            {
                "name": label,
                "kind": "outbound",
                "company_id": company.id,
                "state": "live",
            }
            for label in ("Relance", "Autre")
        ]
    )
    own["telecom.campaign.contact"].create(
        [
            {
                "campaign_id": other.id,
                "name": f"Ailleurs {place}",
                "number": number_of(place),
            }
            for place in range(7, 12_000, 1_009)
        ]
    )
    own["telecom.do.not.call"].create(
        [
            {"company_id": company.id, "number": number_of(place)}
            for place in range(11, 12_000, 811)
        ]
    )
    own["res.partner"].create(
        [
            {
                "name": f"Connu {place}",
                "company_id": company.id,
                "telecom_customer": True,
                "phone": number_of(place),
            }
            for place in range(13, 12_000, 613)
        ]
    )
    records = own["telecom.campaign.file"].create(
        [
            {
                "name": f"{first}.csv",
                "campaign_id": campaign.id,
                "file": base64.b64encode(
                    "\n".join(
                        ["Nom;Téléphone;Fixe;Ville;Solde", *people(first, last)]
                    ).encode()
                ),
            }
            for first, last in files
        ]
    )
    for record in records:
        record._check_ready()
    ids.append(records.ids)
env.cr.commit()
print(json.dumps(ids))
