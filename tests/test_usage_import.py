"""Files of usage whose process is killed, and two at once: each record counts once."""

import itertools
import json
import random
from pathlib import Path

import pytest
from interrupted import until_done

pytestmark = pytest.mark.processes

SCRIPTS = Path(__file__).parent / "scripts"
LINES, ROWS, CHUNK, KILLS = 60, 12_000, 1_000, 3

# What the scheduler does, with chunks small enough to be killed between
PROCESS = f"""
from odoo.addons.telecom_billing.models import telecom_usage_file

telecom_usage_file.CHUNK = {CHUNK}
env["telecom.usage.file"].browse(%s)._process(commit=True)
env.cr.commit()
"""
# Operators differ in their ids only: lines are known by their number
RECORDS = """
    SELECT r.key::text, r.start, r.amount, r.quantity, r.billed, r.included, l.msisdn,
           t.name, r.off_peak, r.usage_kind, r.number, r.row_number, r.state
      FROM telecom_usage_record r
      JOIN telecom_line l ON l.id = r.line_id
      JOIN telecom_tariff_rate t ON t.id = r.rate_id
     WHERE r.file_id = %s ORDER BY r.row_number"""
REJECTS = """
    SELECT row_number, code, value, row_text FROM telecom_usage_reject
     WHERE file_id = %s ORDER BY row_number"""
TOTALS = """
    SELECT l.msisdn, t.usage_kind, t.date_from, t.records, t.quantity, t.billed,
           t.included, t.amount
      FROM telecom_usage_total t
      JOIN telecom_subscription s ON s.id = t.subscription_id
      JOIN telecom_line l ON l.id = s.line_id
     WHERE t.company_id = %s ORDER BY 1, 2, 3"""
COUNTERS = """
    SELECT coalesce(l.msisdn, p.name), c.usage_kind, c.date_from, c.quantity, c.used
      FROM telecom_usage_counter c
 LEFT JOIN telecom_line l ON l.id = c.line_id
 LEFT JOIN telecom_billing_account a ON a.id = c.account_id
 LEFT JOIN res_partner p ON p.id = a.partner_id
     WHERE c.company_id = %s ORDER BY 1, 2, 3"""


@pytest.fixture(scope="module")
def files(stack):
    """Files of three operators with the same rows."""
    mark = random.randrange(10**6)
    config = {
        "names": [f"E2E {name} {mark}" for name in ("lu", "tué", "à deux")],
        "lines": LINES,
        "files": [[ROWS, ROWS], [ROWS], [ROWS, ROWS]],
    }
    script = (SCRIPTS / "usage_import.py").read_text()
    printed = stack.shell(f"CONFIG = {config!r}\n{script}", timeout=300)
    # The instance's own scheduler would go on with a file whose process was killed
    switch = """
        UPDATE ir_cron SET active = %s WHERE id = (
            SELECT res_id FROM ir_model_data
             WHERE module = 'telecom_billing' AND name = 'ir_cron_usage_file')"""
    stack.sql(switch, False)
    found = json.loads(printed.strip().splitlines()[-1])
    for file in itertools.chain(*found):
        stack.sql("UPDATE telecom_usage_file SET state = 'waiting' WHERE id = %s", file)
    yield found
    stack.sql(switch, True)


def start(stack, file):
    return stack.shell_process(PROCESS % file)


def read(stack, file):
    """How far a file is."""
    [row] = stack.sql(
        "SELECT state, coalesce(row_offset, 0) AS row_offset, good_count,"
        " duplicate_count, bad_count, amount, company_id"
        " FROM telecom_usage_file WHERE id = %s",
        file,
    )
    return row


def counts(row):
    return [row[name] for name in ("good_count", "duplicate_count", "bad_count")]


def rows(stack, query, number):
    return [tuple(row.values()) for row in stack.sql(query, number)]


def test_killed_at_any_moment_each_record_counts_once(stack, files):
    (whole, _later), (killed,), _others = files
    assert start(stack, whole).wait(120) == 0
    expected = read(stack, whole)
    assert expected["state"] == "done"
    good, twice, bad = counts(expected)
    assert good + twice + bad == ROWS
    assert good > ROWS * 0.9 and twice and bad

    until_done(
        start=lambda: start(stack, killed),
        reached=lambda: read(stack, killed)["row_offset"],
        done=lambda: read(stack, killed)["state"] == "done",
        kills=KILLS,
        within=0.1,
    )
    found = read(stack, killed)
    assert counts(found) == counts(expected)
    assert found["amount"] == pytest.approx(expected["amount"])
    for query, one, other in (
        (RECORDS, whole, killed),
        (REJECTS, whole, killed),
        (TOTALS, expected["company_id"], found["company_id"]),
        (COUNTERS, expected["company_id"], found["company_id"]),
    ):
        assert rows(stack, query, other) == rows(stack, query, one)
    assert len(rows(stack, RECORDS, killed)) == good


def test_two_processes_rate_one_operator_at_once(stack, files):
    """They take turns by chunks: nothing twice, and allowances are spent once."""
    (_whole, second), _killed, both = files
    assert start(stack, second).wait(120) == 0
    # Each file, and the first one by two processes
    processes = [start(stack, file) for file in (*both, both[0])]
    assert [process.wait(180) for process in processes] == [0, 0, 0]
    for file in both:
        if read(stack, file)["state"] != "done":
            # Whoever came second on a file went away
            assert start(stack, file).wait(120) == 0
        assert read(stack, file)["state"] == "done"
    one = read(stack, second)["company_id"]
    other = read(stack, both[0])["company_id"]
    # In whatever order: as much is covered, and the same is counted
    for query in (
        """SELECT s.usage_kind, sum(records), sum(quantity), sum(billed), sum(included)
             FROM telecom_usage_total s WHERE company_id = %s GROUP BY 1 ORDER BY 1""",
        COUNTERS,
    ):
        assert rows(stack, query, other) == rows(stack, query, one)
    [double] = stack.sql(
        "SELECT count(*) - count(DISTINCT key) AS double FROM telecom_usage_record"
        " WHERE company_id = %s",
        other,
    )
    assert double["double"] == 0
    # What periods add up to is what the records say
    [sums] = stack.sql(
        """SELECT (SELECT sum(amount) FROM telecom_usage_record WHERE company_id = %s)
                = (SELECT sum(amount) FROM telecom_usage_total WHERE company_id = %s)
                  AS same""",
        other,
        other,
    )
    assert sums["same"]
