"""Lines with subscriptions and a tariff, and files of their usage rated.

Runs in ``odoo shell`` on a database of its own. ``CONFIG``: ``rows`` of a file,
and ``lines``. Prints ``name=value`` lines.
"""

# ruff: noqa: F821
import base64
import os
import random
import signal
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path

from dateutil.relativedelta import relativedelta

from odoo import fields

from odoo.addons.telecom_billing.engine import records
from odoo.addons.telecom_billing.models import telecom_usage_file

ROWS, LINES = CONFIG["rows"], CONFIG["lines"]
draw = random.Random(2026)
COLUMNS = ("key", "subscriber", "number", "start", "kind", "duration", "volume")


def show(name, value):
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    print(f"{name}={text}", flush=True)


company = env["res.company"].create(
    {
        "name": "Bench Usage",
        "country_id": env.ref("base.bj").id,
        "currency_id": env.ref("base.XOF").id,
        "telecom_tenant": True,
    }
)
env = env(context={**env.context, "allowed_company_ids": company.ids})
company = company.with_env(env)
customer = env["res.partner"].create(
    {"name": "Client", "company_id": company.id, "telecom_customer": True}
)
account = customer._telecom_billing_accounts()[customer.id]
tariff = env["telecom.tariff"].create({"name": "Bench", "company_id": company.id})
# As many destinations as an operator's own list of international prefixes has
prefixes = {"229", *(str(draw.randrange(1, 10**6)) for _n in range(1200))}
env["telecom.tariff.rate"].create(
    [
        {
            "tariff_id": tariff.id,
            "name": prefix or "Other",
            "usage_kind": kind,
            "prefix": prefix,
            "date_from": "2020-01-01",
            "price": draw.randrange(10, 300),
            "price_unit": unit,
            "has_off_peak": True,
            "price_off_peak": 5,
            "first_increment": 30,
            "next_increment": 6,
            "minimum_charge": 3,
        }
        for kind, unit, those in (
            ("voice", "minute", {"", *prefixes}),
            ("sms", "message", {"", "229"}),
            ("data", "megabyte", {""}),
        )
        for prefix in those
    ]
)
env["telecom.tariff.band"].create(
    [
        {"tariff_id": tariff.id, "day": "workday", "hour_from": 0, "hour_to": 7},
        {"tariff_id": tariff.id, "day": "6", "hour_from": 0, "hour_to": 24},
        {"tariff_id": tariff.id, "day": "holiday", "hour_from": 0, "hour_to": 24},
    ]
)
offer = env["product.template"].create(
    {
        "name": "Bench",
        "type": "service",
        "company_id": company.id,
        "telecom_offer_kind": "postpaid",
        "telecom_tariff_id": tariff.id,
        "telecom_allowance_ids": [
            (0, 0, {"company_id": company.id, "amount": amount, "unit": unit})
            for amount, unit in ((30, "minute"), (20, "sms"), (500, "mb"))
        ],
    }
)
product = offer.product_variant_id
source = env["telecom.usage.source"].create(
    {
        "name": "MSC",
        "company_id": company.id,
        "column_ids": [
            (0, 0, {"position": at, "heading": target, "target": target})
            for at, target in enumerate(COLUMNS, 1)
        ],
    }
)
env.flush_all()
began = fields.Date.today() - relativedelta(months=6)
env.cr.execute(
    """
    INSERT INTO telecom_line (company_id, partner_id, msisdn, technology, state,
                              create_date, write_date)
    SELECT %s, %s, '+22901' || (90000000 + n), 'mobile', 'active', now(), now()
      FROM generate_series(0, %s - 1) n""",
    [company.id, customer.id, LINES],
)
env.cr.execute(
    """
    INSERT INTO telecom_subscription (company_id, name, state, partner_id, account_id,
                                      line_id, product_id, quantity, date_start,
                                      create_date, write_date)
    SELECT company_id, 'B' || id, 'active', partner_id, %s, id, %s, 1, %s, now(), now()
      FROM telecom_line WHERE company_id = %s""",
    [account.id, product.id, began, company.id],
)
env.cr.execute(
    """
    INSERT INTO telecom_subscription_change (company_id, subscription_id, date, kind,
                                             product_id, quantity, create_date)
    SELECT company_id, id, date_start, 'start', product_id, 1, now()
      FROM telecom_subscription WHERE company_id = %s""",
    [company.id],
)
env.cr.commit()
env.cr.execute(
    "ANALYZE telecom_line, telecom_subscription, telecom_subscription_change"
)
env.cr.commit()

now = datetime.now().replace(microsecond=0)
span = 40 * 86400


def content(name, rows):
    """Return the bytes of a file: records in the order of time, as switches write."""
    lines = [";".join(COLUMNS)]
    for number in range(rows):
        moment = now - timedelta(seconds=span - span * number // rows)
        own = 90000000 + draw.randrange(LINES)
        kind = draw.choices(("voice", "sms", "data"), (50, 20, 30))[0]
        if kind == "voice":
            other = f"01{draw.randrange(10**8):08}"
            if draw.random() < 0.2:
                other = f"00{draw.randrange(1, 10**6)}{draw.randrange(10**6):06}"
            rest = f"voice;{int(draw.expovariate(1 / 90))};"
        elif kind == "sms":
            other, rest = f"01{draw.randrange(10**8):08}", "sms;;"
        else:
            other, rest = "internet", f"data;;{draw.randrange(30_000_000)}"
        lines.append(f"{name}{number};01{own};{other};{moment};{rest}")
    return "\n".join(lines).encode()


def file_of(name, data):
    record = env["telecom.usage.file"].create(
        {
            "name": f"{name}.csv",
            "company_id": company.id,
            "source_id": source.id,
            "file": base64.b64encode(data),
        }
    )
    record._store({"state": "waiting"})
    env.cr.commit()
    return record


def processor():
    """Return the seconds of processor that this process and its backend used."""
    env.cr.execute("SELECT pg_backend_pid()")
    stat = Path(f"/proc/{env.cr.fetchone()[0]}/stat").read_text().rsplit(")", 1)[1]
    ticks = sum(int(value) for value in stat.split()[11:13])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def rate(record, figure):
    """Read a file in as the scheduler does: a commit for each chunk."""
    begun, started = processor(), time.monotonic()
    while not record._process(commit=True):
        pass
    env.cr.commit()
    seconds, used = time.monotonic() - started, processor() - begun
    assert record.state == "done", record.message
    if figure:
        show(f"{figure}_per_s", record.row_offset / seconds)
        show(f"{figure}_per_processor_s", record.row_offset / used)


def rate_what_was_read(record, data):
    """Rate records that were read before, a commit for each chunk.

    From the first one handed over to the last commit: known ones are looked for, the
    others rated and stored in logged tables, with what periods add up to.
    """
    reader = source._reader()
    lines = data.decode().splitlines()[1:]
    rows = enumerate((line.split(";") for line in lines), 2)
    found, _bad = records.parse(((n, "", cells) for n, cells in rows), reader)
    rater = env["telecom.usage.rater"]
    begun, started = processor(), time.monotonic()
    for first in range(0, len(found), telecom_usage_file.CHUNK):
        chunk = found[first : first + telecom_usage_file.CHUNK]
        rater._rate_and_book(company, source, record, chunk)
        env.cr.commit()
    seconds, used = time.monotonic() - started, processor() - begun
    show("rating_records_per_s", len(found) / seconds)
    show("rating_records_per_processor_s", len(found) / used)


SIGNATURE = """
    SELECT key, start, amount, quantity, billed, included, line_id, subscription_id,
           rate_id, off_peak, usage_kind, number, row_number, state
      FROM telecom_usage_record WHERE file_id = %s"""
STATE = """
    SELECT 'counter', line_id::text, usage_kind, date_from::text, quantity, used, 0
      FROM telecom_usage_counter WHERE company_id = %(company)s
     UNION ALL
    SELECT 'total', subscription_id::text, usage_kind, date_from::text, records, billed,
           amount
      FROM telecom_usage_total WHERE company_id = %(company)s"""


def snapshot(record):
    env.cr.execute(f"{SIGNATURE} ORDER BY row_number", [record.id])
    rows = env.cr.fetchall()
    env.cr.execute(f"{STATE} ORDER BY 1, 2, 3, 4", {"company": company.id})
    return rows, env.cr.fetchall()


def forget():
    for name in ("record", "counter", "total", "reject"):
        env.cr.execute(
            f"DELETE FROM telecom_usage_{name} WHERE company_id = %s", [company.id]
        )
    env.cr.commit()


# Killed and going on: the same rows as without
KILLED_ROWS, KILLED_CHUNK, ATTEMPTS = min(ROWS, 50_000), 5_000, 6
data = content("k", KILLED_ROWS)
whole = file_of("whole", data)
rate(whole, None)
expected = snapshot(whole)
forget()
broken = file_of("broken", data)
script = (
    "from odoo.addons.telecom_billing.models import telecom_usage_file\n"
    f"telecom_usage_file.CHUNK = {KILLED_CHUNK}\n"
    f"env['telecom.usage.file'].browse({broken.id})._process(commit=True)\n"
    "env.cr.commit()\n"
)
kills = 0
for _attempt in range(ATTEMPTS):
    before = broken.row_offset
    process = subprocess.Popen(
        # As this one was started
        Path("/proc/self/cmdline").read_bytes().rstrip(b"\0").split(b"\0"),
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    process.stdin.write(script)
    process.stdin.close()
    # A chunk is committed: in the middle of the next one it dies
    while process.poll() is None:
        env.cr.rollback()
        env.invalidate_all()
        if kills < 3 and broken.row_offset > before:
            time.sleep(draw.random() * 0.2)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            break
        time.sleep(0.02)
    env.cr.rollback()
    env.invalidate_all()
    if broken.state == "done":
        break
assert kills, "Nothing was killed"
assert broken.state == "done", broken.state
found = snapshot(broken)
differences = abs(len(found[0]) - len(expected[0])) + sum(
    a != b
    for ours, theirs in zip(found, expected, strict=True)
    for a, b in zip(ours, theirs, strict=False)
)
show("rating_kills", kills)
show("rating_rerun_differences", differences)
forget()

# The figures
data = content("a", ROWS)
show("rating_file_mb", len(data) / 1e6)
first = file_of("first", data)
rate(first, "rating_import_rows")
show("rating_records", first.good_count)
show("rating_refused", first.bad_count)
assert first.good_count + first.bad_count == ROWS
again = file_of("again", data)
rate(again, "rating_again_rows")
assert again.duplicate_count == ROWS - again.bad_count
# Into months that are full, allowances partly used up
rate_what_was_read(file_of("late", b"-"), content("b", ROWS // 2))
env.cr.execute(
    """
    SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits
      JOIN pg_class ON pg_class.oid = inhrelid WHERE relname LIKE %s""",
    [f"telecom_usage_record_c{company.id}_%"],
)
show("rating_bytes_per_record", float(env.cr.fetchone()[0]) / (ROWS * 1.5))

# Something was wrong with a price: all of it once more
offer.telecom_allowance_ids.filtered(lambda a: a.unit == "minute").amount = 31
env.cr.commit()
started = time.monotonic()
looked, changed, refused = env["telecom.usage"]._telecom_rerate(
    account, fields.Date.today(), fields.Date.today()
)
env.cr.commit()
taken = time.monotonic() - started
show("rating_again_looked_at", looked)
show("rating_again_changed", changed)
show("rating_again_by_compensation_per_s", looked / taken)
