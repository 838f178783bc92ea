"""Numbers to call read in from a file, and by Odoo's own import.

Runs in ``odoo shell`` on a database of its own. ``CONFIG``: ``rows`` of the file,
``stock_rows`` for Odoo's own import, the ``folder`` of the benchmarks. Prints
``name=value`` lines.
"""

# ruff: noqa: F821
import base64
import random
import sys
import time
from datetime import timedelta

from odoo import Command, fields

sys.path.insert(0, CONFIG["folder"])
from _figures import show, show_percentiles, timed  # noqa: E402
from _people import FIRST, FORMS, LAST, TOWNS  # noqa: E402

ROWS, STOCK_ROWS = CONFIG["rows"], CONFIG["stock_rows"]
OFFERS = "Or Argent Bronze Jeune Pro".split()
draw = random.Random(2026)

company = env["res.company"].create(
    {
        "name": "Bench Numbers",
        "country_id": env.ref("base.bj").id,
        "telecom_tenant": True,
    }
)
supervisor = (
    env["res.users"]
    .with_context(no_reset_password=True)
    .create(
        {
            "name": "Bench",
            "login": "bench.numbers",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [
                Command.link(
                    env.ref("telecom_callcenter.group_callcenter_supervisor").id
                )
            ],
        }
    )
)
campaign, other, plain = env["telecom.campaign"].create(
    [
        {
            "name": name,
            "kind": "outbound",
            "company_id": company.id,
            "state": "live",
            "keep_public_holidays": False,
        }
        for name in ("Bench", "Other", "Odoo")
    ]
)


def digits(number):
    """Eight digits of a mobile number, another one for each number."""
    return f"{(90, 91, 95, 96, 97, 61, 66, 67)[number % 8]}{number // 8:06}"


def content(start, count):
    """A file with 1 % of rows that are no number, and 1 % that stand there twice."""
    parts = ["Prénom;Nom;Téléphone;Ville;Offre;Solde"]
    for number in range(start, start + count):
        shown = FORMS[number % 4].format(digits(number))
        if number % 100 == 0:
            shown = shown[:-3]
        elif number % 100 == 1 and number > start:
            shown = digits(number - 2 if number % 200 == 1 else number - 10)
        parts.append(
            f"{draw.choice(FIRST)};{draw.choice(LAST)};{shown};{draw.choice(TOWNS)};"
            f"{draw.choice(OFFERS)};{draw.randrange(50000)}"
        )
    return ("\n".join(parts) + "\n").encode()


def read_in(text, into):
    record = (
        env["telecom.campaign.file"]
        .with_user(supervisor)
        .create(
            {
                "name": "bench.csv",
                "campaign_id": into.id,
                "file": base64.b64encode(text),
            }
        )
        .sudo()
    )
    record._check_ready()
    record._store({"state": "waiting"})
    env.cr.commit()
    started = time.perf_counter()
    env["telecom.campaign.file"]._cron_process()
    seconds = time.perf_counter() - started
    env.invalidate_all()
    assert record.state == "done", record.message
    return record, seconds


# What the checks look into: another live campaign, refusals, customers
read_in(content(7_000_000, 50_000), other)
env["telecom.do.not.call"].create(
    [
        {"company_id": company.id, "number": f"01{digits(number)}"}
        for number in range(0, ROWS, max(ROWS // 5000, 1))
    ]
)
env["res.partner"].with_context(tracking_disable=True).create(
    [
        {
            "name": f"Client {number}",
            "company_id": company.id,
            "telecom_customer": True,
            "phone": f"01{digits(number)}",
        }
        for number in range(3, ROWS, max(ROWS // 5000, 1))
    ]
)
# As PostgreSQL's own vacuum does within a minute
env.cr.execute("ANALYZE telecom_do_not_call, res_partner")
env.cr.commit()

Contact = (
    env["telecom.campaign.contact"]
    .with_user(supervisor)
    .with_context(
        allowed_company_ids=company.ids, import_file=True, tracking_disable=True
    )
)
rows = [
    [str(plain.id), f"{draw.choice(FIRST)} {draw.choice(LAST)}",
     f"01{digits(number)}", draw.choice(TOWNS)]
    for number in range(STOCK_ROWS)
]  # fmt: skip
started = time.perf_counter()
result = Contact.load(["campaign_id/.id", "name", "number", "city"], rows)
env.cr.commit()
stock_rate = STOCK_ROWS / (time.perf_counter() - started)
assert result["ids"] and len(result["ids"]) == STOCK_ROWS, result["messages"][:3]
plain.state = "stopped"
show("import_stock_rows_per_s", stock_rate)

record, seconds = read_in(content(0, ROWS), campaign)
assert record.good_count + record.bad_count == ROWS
assert record.bad_count >= ROWS // 100, record.bad_count
show("import_s", seconds)
show("import_rows_per_s", ROWS / seconds)
show("import_refused", record.bad_count)
show("import_ratio", ROWS / seconds / stock_rate)

# Whom to call next
now = fields.Datetime.now()
campaign.dial_calendar_id = env["resource.calendar"].create(
    {
        "name": "Always",
        "company_id": company.id,
        "tz": "Africa/Porto-Novo",
        "attendance_ids": [Command.clear()]
        + [
            Command.create(
                {"name": "Day", "dayofweek": str(day), "hour_from": 0, "hour_to": 24,
                 "day_period": "morning"}
            )
            for day in range(7)
        ],
    }
)  # fmt: skip
env.cr.commit()


def due(moment):
    found = campaign._due_contacts(moment, 100)
    env.cr.rollback()
    return found


later = now + timedelta(minutes=5)
due(later)
seconds, found = timed(due, [later] * 40)
assert len(found[-1]) == 100, len(found[-1])
show_percentiles("due", seconds, (95,))
seconds, found = timed(due, [now - timedelta(days=1)] * 40)
assert not found[-1]
show_percentiles("due_closed", seconds, (95,))

# After the calls
taken = campaign._due_contacts(later, 2000)
pbx = env["telecom.pbx"].create(
    {
        "name": "Bench",
        "code": "bench",
        "company_id": env.company.id,
        "country_id": env.ref("base.bj").id,
    }
)
attempts = env["telecom.campaign.attempt"].create(
    [
        {
            "company_id": company.id,
            "campaign_id": campaign.id,
            "contact_id": contact.id,
            "pbx_id": pbx.id,
            "mode": "predictive",
            "number": contact.number,
            "channel_id": f"bench-{contact.id}",
            "recorded_at": now,
        }
        for contact in env["telecom.campaign.contact"].browse(taken)
    ]
)
env.cr.commit()
ended = [
    (attempt.contact_id.id, attempt.id, draw.choice(("busy", "no_answer")), now)
    for attempt in attempts
]
started = time.perf_counter()
for place in range(0, len(ended), 200):
    env["telecom.campaign.contact"]._settle(ended[place : place + 200])
    env.cr.commit()
show("settle_rows_per_s", len(ended) / (time.perf_counter() - started))
