"""What breaks while a hundred calls arrive: no call is lost, none stays open.

Every test compares ``telecom.call`` with what Asterisk wrote itself (CEL), and ends
with one more call that is answered: nothing waits for a person.
"""

import datetime
import time

import pytest
from world import CROWD

from stack import wait_for

CALLS = 100
RATE = 10
STAY = 8.0

pytestmark = pytest.mark.faults


@pytest.fixture
def hundred(sip, benin_number, crowd):
    """A hundred customers, ten a second, who stay eight seconds each."""

    def call(rate=RATE):
        numbers = [benin_number() for _number in range(CALLS)]
        return sip.flood(CROWD, numbers, rate=rate, talk=STAY)

    return call


def arrived(ledger, count):
    """Wait until so many calls have arrived at Asterisk."""
    wait_for(
        lambda: len(ledger.calls()) >= count,
        20,
        lambda: f"{count} calls at Asterisk: {len(ledger.calls())}",
    )


def nothing_lost(stack, world, ledger, last, *, timeout=40):
    """Every call of Asterisk's own account is in Odoo once, and none is open.

    :return: the rows of ``telecom_call``, by uniqueid
    """
    wait_for(lambda: not stack.channels(), 20, lambda: f"channels {stack.channels()}")
    wait_for(stack.gateway_ready, 60, lambda: f"the gateway ready: {stack.health()}")
    rows = {}

    def settled():
        rows.clear()
        found = stack.sql("SELECT * FROM telecom_call WHERE id > %s", last)
        rows.update((row["uniqueid"], row) for row in found)
        assert len(rows) == len(found), "a call stands there twice"
        written = set(ledger.calls())
        assert set(rows) == written, (
            f"{len(written - set(rows))} missing, {len(set(rows) - written)} too many"
        )
        still = [row for row in found if row["state"] != "ended"]
        assert not still, f"{len(still)} calls are open, like {still[0]}"
        live = [row for row in found if row["ledger"] == "live"]
        assert not live, f"{len(live)} calls not confirmed, like {live[0]}"
        return True

    wait_for(settled, timeout, "Odoo to agree with Asterisk", poll=0.5)
    for uniqueid, call in ledger.calls().items():
        assert rows[uniqueid]["company_id"] == world.benin, uniqueid
        if call.end:
            told = rows[uniqueid]["ended_at"].replace(tzinfo=datetime.UTC)
            assert abs((told - call.end).total_seconds()) <= 1, uniqueid
    return rows


def works_again(sip, world, benin_number):
    """One more customer reaches an agent."""
    number = benin_number()
    caller = sip.call(CROWD, number, talk=30)
    world.call(number, timeout=30, state="talking")
    caller.hang_up()
    caller.ended()
    world.call(number, timeout=15, state="ended", outcome="answered")


@pytest.fixture
def last(stack):
    """The id of the last call before the test."""
    return stack.sql("SELECT coalesce(max(id), 0) AS id FROM telecom_call")[0]["id"]


def answered(rows):
    return [row for row in rows.values() if row["outcome"] == "answered"]


def test_gateway_killed(stack, sip, world, hundred, ledger, last, benin_number):
    callers = hundred()
    arrived(ledger, CALLS // 3)
    stack.kill("gateway")
    arrived(ledger, 2 * CALLS // 3)
    stack.start("gateway")
    callers.wait(60)
    rows = nothing_lost(stack, world, ledger, last)
    assert len(rows) == CALLS
    assert answered(rows)
    works_again(sip, world, benin_number)


def test_postgresql_stopped_for_thirty_seconds(
    stack, sip, world, hundred, ledger, last, benin_number
):
    callers = hundred(rate=5)
    arrived(ledger, CALLS // 5)
    stack.stop("postgresql")
    stopped = time.monotonic()
    before = ledger.answered()
    wait_for(
        lambda: ledger.answered() > before,
        20,
        "calls to reach agents while the database is away",
    )
    wait_for(lambda: time.monotonic() > stopped + 30, 40, "thirty seconds")
    stack.start("postgresql")
    callers.wait(60)
    rows = nothing_lost(stack, world, ledger, last)
    assert len(rows) == CALLS
    works_again(sip, world, benin_number)


def test_odoo_stopped(stack, sip, world, hundred, ledger, last, benin_number):
    callers = hundred()
    arrived(ledger, CALLS // 3)
    stack.stop("odoo")
    callers.wait(60)
    rows = nothing_lost(stack, world, ledger, last)
    assert len(rows) == CALLS
    assert answered(rows)
    works_again(sip, world, benin_number)
    stack.start("odoo")


def test_asterisk_killed(stack, sip, world, hundred, ledger, last, benin_number):
    callers = hundred()
    arrived(ledger, 2 * CALLS // 3)
    stack.kill("asterisk")
    stack.start("asterisk")
    callers.wait(90)
    rows = nothing_lost(stack, world, ledger, last)
    cut = [row for row in rows.values() if row["outcome"] == "interrupted"]
    assert cut, "calls that Asterisk's end cut off are told apart"
    world.wait_members(1)
    works_again(sip, world, benin_number)


def test_asterisk_restarted(stack, sip, world, hundred, ledger, last, benin_number):
    callers = hundred()
    arrived(ledger, CALLS // 2)
    stack.stop("asterisk")
    stack.start("asterisk")
    callers.wait(90)
    rows = nothing_lost(stack, world, ledger, last)
    assert not [row for row in rows.values() if not row["outcome"]]
    world.wait_members(1)
    works_again(sip, world, benin_number)


def test_frozen_link_is_noticed(
    stack, sip, world, hundred, ledger, last, benin_number, login
):
    admin = login("ccadmin")
    callers = hundred()
    arrived(ledger, CALLS // 2)
    with stack.frozen("asterisk"):
        frozen = time.monotonic()
        wait_for(lambda: not stack.gateway_ready(), 10, "the health to say so")
        wait_for(
            lambda: (
                admin.one("telecom.pbx", [("id", "=", world.pbx)], ["link_state"])[
                    "link_state"
                ]
                != "up"
            ),
            10 - (time.monotonic() - frozen),
            "the PBX form to say so",
        )
    callers.wait(90)
    rows = nothing_lost(stack, world, ledger, last)
    assert answered(rows)
    works_again(sip, world, benin_number)
