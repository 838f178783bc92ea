"""Lines of an operator, and a file of their consumption read in.

Runs in ``odoo shell`` on a database of its own. ``CONFIG``: ``rows`` of the file,
``stock_rows`` for Odoo's own import, the ``folder`` of the
benchmarks. Prints ``name=value`` lines.
"""

# ruff: noqa: F821
import base64
import random
import sys
import time

from dateutil.relativedelta import relativedelta

from odoo import fields

sys.path.insert(0, CONFIG["folder"])
from _figures import show  # noqa: E402

ROWS = CONFIG["rows"]
MONTHS = 4
LINES = ROWS // MONTHS
draw = random.Random(2026)


company = env["res.company"].create(
    {
        "name": "Bench Consommation",
        "country_id": env.ref("base.bj").id,
        "telecom_tenant": True,
    }
)
holders = env["res.partner"].create(
    [
        {"name": f"Client {number}", "company_id": company.id, "telecom_customer": True}
        for number in range(200)
    ]
)
env.cr.execute(
    """
    INSERT INTO telecom_line (company_id, partner_id, msisdn, technology, state,
                              create_date, write_date)
    SELECT %s, (%s::int[])[1 + n %% 200], '+22901' || (90000000 + n), 'mobile',
           'active', now(), now()
      FROM generate_series(0, %s - 1) n""",
    [company.id, holders.ids, LINES + CONFIG["stock_rows"]],
)
env.cr.commit()
env.cr.execute("ANALYZE telecom_line")
show("usage_lines", LINES)

last = fields.Date.today().replace(day=1) - relativedelta(months=1)
months = [last - relativedelta(months=back) for back in range(MONTHS)]
forms = ("01{}", "+22901{}", "{}", "0022901{}")
parts = ["Numéro;Mois;Voix (min);SMS;Data Mo;Montant"]
for month in months:
    written = f"{month:%m/%Y}"
    parts += [
        f"{forms[n % 4].format(90000000 + n)};{written};{draw.randrange(400)},5;"
        f"{draw.randrange(90)};{draw.randrange(9000)},25;{draw.randrange(30000)}"
        for n in range(LINES)
    ]
content = ("\n".join(parts) + "\n").encode()
del parts
show("usage_file_mb", len(content) / 1e6)


def read_in():
    record = (
        env["telecom.usage.import"]
        .with_company(company)
        .create({"name": "bench.csv", "file": base64.b64encode(content)})
    )
    record._check_ready()
    record.state = "waiting"
    env.cr.commit()
    started = time.perf_counter()
    env["telecom.usage.import"]._cron_process()
    seconds = time.perf_counter() - started
    assert record.state == "done", record.message
    return record, seconds


record, seconds = read_in()
assert (record.good_count, record.bad_count) == (ROWS, 0), record.bad_count
show("usage_import_s", seconds)
rate = ROWS / seconds
show("usage_import_rows_per_s", rate)
record, seconds = read_in()
assert record.changed_count == 0
show("usage_import_again_rows_per_s", ROWS / seconds)

started = time.perf_counter()
changed = (
    env["telecom.usage.class"]
    .create({"name": "Tous", "company_id": company.id})
    ._assign(company, commit=True)
)
show("usage_class_s", time.perf_counter() - started)
assert changed == 200, changed

# Odoo's own import of the same kind of rows, the lines' ids given
names = ["company_id/.id", "line_id/.id", "month", "voice_seconds", "voice_minutes"]
names += ["sms_count", "data_bytes", "data_mb", "amount", "source"]
fresh = env["telecom.line"].search(
    [("company_id", "=", company.id), ("msisdn", ">=", f"+22901{90000000 + LINES}")]
)
rows = [
    [str(company.id), str(line.id), str(last), "60", "1", "3"]
    + ["5000000", "5", "100", "File"]
    for line in fresh
]
Summary = env["telecom.usage.summary"].with_company(company)
started = time.perf_counter()
result = Summary.load(names, rows)
env.cr.commit()
seconds = time.perf_counter() - started
assert result["ids"] and len(result["ids"]) == len(rows), result["messages"][:3]
show("usage_stock_rows_per_s", len(rows) / seconds)
show("usage_import_ratio", rate / (len(rows) / seconds))
