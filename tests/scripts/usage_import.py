"""Operators with lines, a tariff and files of their usage, in ``odoo shell``.

``CONFIG``: ``names`` of the operators, how many ``lines`` each has, and ``files``: for
each operator, how many rows each of its files has. Operators have the same lines and
the same rows. Prints the ids of the files.
"""

# ruff: noqa: F821
import base64
import json
import random
from datetime import datetime, timedelta

from odoo import fields

COLUMNS = ("key", "subscriber", "number", "start", "kind", "duration", "volume")
NOW = datetime.now().replace(microsecond=0)


def content(draw, name, rows, lines):
    """Return the bytes of a file; one row in fifty is bad, one in fifty comes twice."""
    found = [";".join(COLUMNS)]
    for number in range(rows):
        if number and draw.random() < 0.02:
            found.append(found[-1])
            continue
        own = 95000000 + draw.randrange(int(lines * 1.02))
        start = NOW - timedelta(seconds=40 * 86400 * (rows - number) // rows)
        kind = draw.choice(("voice", "voice", "sms", "data"))
        rest = {"voice": f"{draw.randrange(600)};", "sms": ";"}.get(
            kind, f";{draw.randrange(10**7)}"
        )
        other = f"{draw.choice(('01', '0033', '00216'))}{draw.randrange(10**8):08}"
        found.append(f"{name}{number};01{own};{other};{start};{kind};{rest}")
    return "\n".join(found).encode()


ids = []
for name, sizes in zip(CONFIG["names"], CONFIG["files"], strict=True):
    company = env["res.company"].create(
        {
            "name": name,
            "country_id": env.ref("base.bj").id,
            "currency_id": env.ref("base.XOF").id,
            "telecom_tenant": True,
        }
    )
    own = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
    tariff = own["telecom.tariff"].create(
        {
            "name": "Tarif",
            "company_id": company.id,
            "rate_ids": [
                (0, 0, {"name": label, "date_from": "2020-01-01", **values})
                for label, values in (
                    ("Benin", {"prefix": "229", "price": 60, "first_increment": 6}),
                    ("France", {"prefix": "33", "price": 250, "minimum_charge": 20}),
                    ("World", {"price": 600, "included": False}),
                    ("SMS", {"usage_kind": "sms", "price": 15}),
                    ("Data", {"usage_kind": "data", "price": 2}),
                )
                for values in [
                    {
                        "price_unit": {"sms": "message", "data": "megabyte"}.get(
                            values.get("usage_kind"), "minute"
                        ),
                        **values,
                    }
                ]
            ],
            "band_ids": [(0, 0, {"day": "all", "hour_from": 0, "hour_to": 7})],
        }
    )
    offer = own["product.template"].create(
        {
            "name": "Forfait",
            "type": "service",
            "company_id": company.id,
            "telecom_offer_kind": "postpaid",
            "telecom_tariff_id": tariff.id,
            "telecom_allowance_ids": [
                (0, 0, {"company_id": company.id, "amount": 20, "unit": "minute"}),
                (
                    0,
                    0,
                    {
                        "company_id": company.id,
                        "amount": 900,
                        "unit": "mb",
                        "shared": True,
                    },
                ),
            ],
        }
    )
    source = own["telecom.usage.source"].create(
        {
            "name": "MSC",
            "company_id": company.id,
            "column_ids": [
                (0, 0, {"position": at, "heading": target, "target": target})
                for at, target in enumerate(COLUMNS, 1)
            ],
        }
    )
    customers = own["res.partner"].create(
        [
            {
                "name": f"Client {number}",
                "company_id": company.id,
                "telecom_customer": True,
            }
            for number in range(CONFIG["lines"] // 4)
        ]
    )
    lines = own["telecom.line"].create(
        [
            {
                "company_id": company.id,
                "partner_id": customers[number % len(customers)].id,
                "msisdn": f"+22901{95000000 + number}",
                "state": "active",
            }
            for number in range(CONFIG["lines"])
        ]
    )
    subscriptions = own["telecom.subscription"].create(
        [
            {
                "company_id": company.id,
                "partner_id": line.partner_id.id,
                "product_id": offer.product_variant_id.id,
                "line_id": line.id,
            }
            for line in lines
        ]
    )
    subscriptions._telecom_start(fields.Date.today() - timedelta(days=90))
    draw = random.Random(2026)
    files = own["telecom.usage.file"].create(
        [
            {
                "name": f"{number}.csv",
                "company_id": company.id,
                "source_id": source.id,
                "file": base64.b64encode(
                    content(draw, f"f{number}-", rows, CONFIG["lines"])
                ),
            }
            for number, rows in enumerate(sizes)
        ]
    )
    ids.append(files.ids)
env.cr.commit()
print(json.dumps(ids))
