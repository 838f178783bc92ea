"""Bill runs whose process is killed, and two at once: the invoices are the same."""

import json
import random
from pathlib import Path

import pytest
from interrupted import until_done

pytestmark = pytest.mark.processes

SCRIPTS = Path(__file__).parent / "scripts"
ACCOUNTS, BATCH, KILLS = 40, 5, 4

# What the scheduler does, with batches small enough to be killed between
PROCESS = f"""
from odoo.addons.telecom_billing.models import telecom_bill_run

telecom_bill_run.BATCH = {BATCH}
run = env["telecom.bill.run"].browse(%s)
run._process(commit=True)
"""
ROWS = """
    SELECT m.sequence_number - min(m.sequence_number) OVER () AS number, p.name,
           m.amount_total,
           m.state, m.payment_state, l.place, l.balance, c.name AS charge, c.amount
      FROM telecom_bill_run_account item
      JOIN telecom_bill_run_account_move_rel rel ON rel.run_account_id = item.id
      JOIN account_move m ON m.id = rel.move_id
      JOIN res_partner p ON p.id = m.partner_id
      JOIN (SELECT *, row_number() OVER (PARTITION BY move_id ORDER BY id) AS place
              FROM account_move_line) l ON l.move_id = m.id
 LEFT JOIN telecom_charge c ON c.move_line_id = l.id
     WHERE item.run_id = %s ORDER BY 1, 6"""


@pytest.fixture(scope="module")
def runs(stack):
    """Runs of two operators, three months each; the second's are killed."""
    mark = random.randrange(10**6)
    config = {
        "names": [f"E2E calme {mark}", f"E2E tuée {mark}"],
        "accounts": ACCOUNTS,
    }
    script = (SCRIPTS / "bill_run.py").read_text()
    printed = stack.shell(f"CONFIG = {config!r}\n{script}", timeout=300)
    found = json.loads(printed.strip().splitlines()[-1])
    return {"quiet": found[:3], "killed": found[3:]}


def start(stack, run):
    return stack.shell_process(PROCESS % run)


def invoiced(stack, run):
    return stack.sql(
        "SELECT count(*) FROM telecom_bill_run_account "
        "WHERE run_id = %s AND state = 'invoiced'",
        run,
    )[0]["count"]


def state(stack, run):
    return stack.sql("SELECT state FROM telecom_bill_run WHERE id = %s", run)[0][
        "state"
    ]


def rows(stack, run):
    """What a run left, numbers counted from its first."""
    return [tuple(row.values()) for row in stack.sql(ROWS, run)]


def test_killed_at_any_moment_the_invoices_are_the_same(stack, runs):
    quiet, killed = runs["quiet"][0], runs["killed"][0]
    assert start(stack, quiet).wait(120) == 0
    assert state(stack, quiet) == "done"

    until_done(
        start=lambda: start(stack, killed),
        reached=lambda: invoiced(stack, killed),
        done=lambda: state(stack, killed) == "done",
        kills=KILLS,
        within=0.2,
    )
    expected = rows(stack, quiet)
    assert len({row[1] for row in expected}) == ACCOUNTS
    assert rows(stack, killed) == expected


def test_processes_at_once_charge_once_and_leave_no_gap(stack, runs):
    """Two on the same run, and one on another run that numbers in the same journal."""
    one, other = runs["quiet"][1:]
    processes = [start(stack, run) for run in (one, other, one)]
    assert [process.wait(180) for process in processes] == [0, 0, 0]
    for run in (one, other):
        # Whoever came second on a run went away
        if state(stack, run) != "done":
            assert start(stack, run).wait(120) == 0
        assert state(stack, run) == "done"
        [charged] = stack.sql(
            "SELECT count(*), count(DISTINCT subscription_id) AS subscriptions "
            "FROM telecom_charge WHERE run_id = %s AND kind = 'recurring'",
            run,
        )
        assert set(charged.values()) == {ACCOUNTS}
    [numbers] = stack.sql(
        """SELECT count(DISTINCT m.id) AS moves,
                  count(DISTINCT m.sequence_number) AS numbers,
                  max(m.sequence_number) - min(m.sequence_number) + 1 AS span
             FROM telecom_bill_run_account item
             JOIN telecom_bill_run_account_move_rel rel
                  ON rel.run_account_id = item.id
             JOIN account_move m ON m.id = rel.move_id
            WHERE item.run_id IN (%s, %s)""",
        one,
        other,
    )
    assert set(numbers.values()) == {2 * ACCOUNTS}
