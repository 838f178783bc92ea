"""Customers of an operator read in from a file, and by Odoo's own import.

Runs in ``odoo shell`` on a database of its own. ``CONFIG``: ``rows`` of the file,
``stock_rows`` for Odoo's own import, the ``folder`` of the benchmarks. Prints
``name=value`` lines.
"""

# ruff: noqa: F821
import base64
import random
import sys
import time

from odoo import Command

sys.path.insert(0, CONFIG["folder"])
from _figures import show  # noqa: E402
from _people import FIRST, FORMS, LAST, TOWNS  # noqa: E402

ROWS, STOCK_ROWS = CONFIG["rows"], CONFIG["stock_rows"]
draw = random.Random(2026)

company = env["res.company"].create(
    {
        "name": "Bench Import",
        "country_id": env.ref("base.bj").id,
        "telecom_tenant": True,
    }
)
clerk = (
    env["res.users"]
    .with_context(no_reset_password=True)
    .create(
        {
            "name": "Bench",
            "login": "bench.import",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.link(env.ref("telecom_crm.group_telecom_clerk").id)],
        }
    )
)
segments = env["telecom.segment"].create(
    [{"name": name, "code": name, "company_id": company.id} for name in ("VIP", "Or")]
)
env.cr.commit()


def people(start, count):
    """Yield (first name, last name, eight digits, e-mail, town, birth, segment)."""
    for number in range(start, start + count):
        first, last = draw.choice(FIRST), f"{draw.choice(LAST)}{number}"
        yield (
            first,
            last,
            str(90000000 + number),
            f"client{number}@example.com",
            draw.choice(TOWNS),
            f"{1950 + number % 55}-{1 + number % 12:02}-{1 + number % 28:02}",
            draw.choice(segments),
        )


def content(start, count, lines):
    headings = "Prénom;Nom;Téléphone;E-mail;Ville;Date de naissance;Segment"
    parts = [headings + (";MSISDN;ICCID;Numéro de pièce" if lines else "")]
    for number, person in enumerate(people(start, count), start):
        first, last, digits, email, town, born, segment = person
        row = [first, last, FORMS[number % 4].format(digits), email, town]
        row += ["/".join(reversed(born.split("-"))), segment.name]
        if lines:
            row += [digits, f"8922901{number:012}", f"CNI{number:08}"]
        parts.append(";".join(row))
    return ("\n".join(parts) + "\n").encode()


def read_in(text):
    record = (
        env["telecom.customer.import"]
        .with_user(clerk)
        .create({"name": "bench.csv", "file": base64.b64encode(text)})
        .sudo()
    )
    record._check_ready()
    record._store({"state": "waiting"})
    env.cr.commit()
    started = time.perf_counter()
    env["telecom.customer.import"]._cron_process()
    seconds = time.perf_counter() - started
    env.invalidate_all()
    assert record.state == "done", record.message
    assert not record.bad_count, record.error_sample_ids.mapped("reason")[:3]
    return record, seconds


def load(names, rows):
    Partner = (
        env["res.partner"]
        .with_user(clerk)
        .with_context(
            allowed_company_ids=company.ids, import_file=True, tracking_disable=True
        )
    )
    started = time.perf_counter()
    result = Partner.load(names, rows)
    env.cr.commit()
    seconds = time.perf_counter() - started
    assert result["ids"] and len(result["ids"]) == len(rows), result["messages"][:3]
    return len(rows) / seconds


stock = ["telecom_first_name", "telecom_last_name", "phone", "email", "city"]
stock += ["telecom_birth_date", "telecom_segment_id/.id", "telecom_customer"]
plain = [
    [first, last, f"+229 01{digits}", email, town, born, str(segment.id), "1"]
    for first, last, digits, email, town, born, segment in people(0, STOCK_ROWS)
]
stock_rate = load(stock, plain)
show("customers_stock_rows_per_s", stock_rate)
with_lines = [
    [*row, f"01{digits[-8:]}", "active", f"8922901{number:012}", f"CNI{number:08}"]
    for number, (row, digits) in enumerate(
        (
            (
                [
                    first,
                    last,
                    f"+229 01{digits}",
                    email,
                    town,
                    born,
                    str(segment.id),
                    "1",
                ],
                digits,
            )
            for first, last, digits, email, town, born, segment in people(
                STOCK_ROWS, STOCK_ROWS
            )
        ),
        STOCK_ROWS,
    )
]
stock_lines_rate = load(
    [
        *stock,
        "telecom_line_ids/msisdn",
        "telecom_line_ids/state",
        "telecom_line_ids/iccid",
        "telecom_document_ids/number",
    ],
    with_lines,
)
show("customers_stock_lines_rows_per_s", stock_lines_rate)

text = content(1_000_000, ROWS, lines=False)
record, seconds = read_in(text)
assert record.new_count == ROWS, record.new_count
show("customers_import_s", seconds)
show("customers_import_rows_per_s", ROWS / seconds)
show("customers_import_ratio", ROWS / seconds / stock_rate)
record, seconds = read_in(text)
assert (record.new_count, record.changed_count) == (0, 0), record.changed_count
show("customers_import_again_rows_per_s", ROWS / seconds)
count = max(ROWS // 5, 1)
record, seconds = read_in(content(5_000_000, count, lines=True))
assert (record.new_count, record.line_count) == (count, count), record.line_count
show("customers_import_lines_rows_per_s", count / seconds)
show("customers_import_lines_ratio", count / seconds / stock_lines_rate)
