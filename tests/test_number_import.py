"""Number files whose process is killed, and two at once: nobody lost, nobody twice."""

import json
import random
import time
from pathlib import Path

import pytest
from interrupted import until_done

pytestmark = pytest.mark.processes

SCRIPTS = Path(__file__).parent / "scripts"
ROWS, CHUNK, KILLS = 12_000, 1_000, 3

# What the scheduler does, with chunks small enough to be killed between
PROCESS = f"""
env.registry["telecom.campaign.file"]._import_chunk = {CHUNK}
env["telecom.campaign.file"]._cron_process()
env.cr.commit()
"""
CONTACTS = """
    SELECT c.row_number, c.number, c.name, c.other_numbers::text, c.city, c.state,
           c.contact_properties::text, p.name AS customer
      FROM telecom_campaign_contact c LEFT JOIN res_partner p ON p.id = c.partner_id
     WHERE c.file_id = %s ORDER BY c.row_number"""
REFUSED = """
    SELECT row_number, code, value, row_text FROM telecom_campaign_file_error
     WHERE import_id = %s ORDER BY row_number"""


@pytest.fixture(scope="module")
def files(stack):
    """Files of three operators with the same rows."""
    mark = random.randrange(10**6)
    both = [[0, ROWS], [ROWS // 2, ROWS]]
    config = {
        "names": [f"E2E numéros {name} {mark}" for name in ("lus", "tué", "à deux")],
        "files": [[[0, ROWS]], [[0, ROWS]], both],
    }
    script = (SCRIPTS / "number_import.py").read_text()
    # The instance's own scheduler would go on with a file whose process was killed
    switch = """
        UPDATE ir_cron SET active = %s WHERE id = (
            SELECT res_id FROM ir_model_data
             WHERE module = 'telecom_callcenter' AND name = 'ir_cron_campaign_file')"""
    stack.sql(switch, False)
    printed = stack.shell(f"CONFIG = {config!r}\n{script}", timeout=300)
    yield json.loads(printed.strip().splitlines()[-1])
    stack.sql(switch, True)


def start(stack):
    return stack.shell_process(PROCESS)


def wait_for_reading(stack, *files):
    """Have files wait for the scheduler, as when somebody starts them."""
    for file in files:
        stack.sql(
            "UPDATE telecom_campaign_file SET state = 'waiting' WHERE id = %s", file
        )


def read(stack, file):
    """How far a file is."""
    [row] = stack.sql(
        "SELECT state, coalesce(row_offset, 0) AS row_offset, good_count, bad_count,"
        " known_count, campaign_id FROM telecom_campaign_file WHERE id = %s",
        file,
    )
    return row


def counts(row):
    return [row[name] for name in ("good_count", "bad_count", "known_count")]


def rows(stack, query, number):
    return [tuple(row.values()) for row in stack.sql(query, number)]


def test_killed_at_any_moment_nobody_is_lost_or_doubled(stack, files):
    (whole,), (killed,), _both = files
    wait_for_reading(stack, whole)
    assert start(stack).wait(120) == 0
    expected = read(stack, whole)
    assert expected["state"] == "done"
    good, bad, known = counts(expected)
    assert good + bad == ROWS
    assert good > ROWS * 0.9 and bad > ROWS * 0.03 and known
    codes = {row["code"] for row in stack.sql(REFUSED, whole)}
    assert codes == {"number", "twice", "do_not_call", "elsewhere"}

    wait_for_reading(stack, killed)
    until_done(
        start=lambda: start(stack),
        reached=lambda: read(stack, killed)["row_offset"],
        done=lambda: read(stack, killed)["state"] == "done",
        kills=KILLS,
        within=0.1,
    )
    assert counts(read(stack, killed)) == counts(expected)
    for query in (CONTACTS, REFUSED):
        assert rows(stack, query, killed) == rows(stack, query, whole)
    assert len(rows(stack, CONTACTS, killed)) == good


def test_processes_read_files_of_one_campaign_at_once(stack, files):
    """They take turns: every row is a contact or refused, and no number twice."""
    (whole,), _killed, both = files
    wait_for_reading(stack, *both)
    deadline = time.monotonic() + 180
    waiting = both
    while waiting and time.monotonic() < deadline:
        # Whoever finds the campaign taken goes away, and the scheduler comes back
        processes = [start(stack) for _process in range(4)]
        assert {process.wait(120) for process in processes} == {0}
        states = {file: read(stack, file)["state"] for file in both}
        assert "failed" not in states.values()
        waiting = [file for file in both if states[file] != "done"]
    assert not waiting
    for file, count in zip(both, (ROWS, ROWS // 2), strict=True):
        found = read(stack, file)
        good, bad, _known = counts(found)
        assert good + bad == found["row_offset"] == count
        assert good == len(rows(stack, CONTACTS, file))
        assert bad == len(rows(stack, REFUSED, file))
    numbers = stack.sql(
        "SELECT number FROM telecom_campaign_contact WHERE campaign_id = %s",
        read(stack, both[0])["campaign_id"],
    )
    expected = stack.sql(
        "SELECT number FROM telecom_campaign_contact WHERE campaign_id = %s",
        read(stack, whole)["campaign_id"],
    )
    found = [row["number"] for row in numbers]
    assert len(found) == len(set(found))
    assert set(found) == {row["number"] for row in expected}
