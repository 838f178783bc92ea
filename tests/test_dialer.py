"""Campaigns that call out: real calls, from the file's numbers to the results."""

import collections
import contextlib
import datetime
import itertools
import re
import socket
import time

import media
import pytest
from world import CROWD

from stack import wait_for

#: What each kind of person does (tests/sipp/callee.xml), and what the attempt says.
RESULTS = {
    "1": "answered",
    "2": "busy",
    "3": "no_answer",
    "4": "no_answer",
    "5": "network",
    "6": "wrong_number",
    "7": "refused",
}


def once(rows, *networks):
    """Nobody was called twice, and there is an attempt for each who was called.

    :return: numbers that were called
    """
    called = sum((network.called() for network in networks), collections.Counter())
    twice = {number: count for number, count in called.items() if count > 1}
    assert not twice, f"called twice: {twice}"
    # What was recorded and never dialed may be recorded again.
    dialed = [row for row in rows if row["result"] != "not_dialed"]
    assert len({row["contact_id"] for row in dialed}) == len(dialed)
    lost = set(called) - {row["number"] for row in dialed}
    assert not lost, f"called without an attempt: {lost}"
    return set(called)


def outgoing(stack):
    """Channels of trunks to those who are called."""
    return [name for name, *_rest in stack.channels() if name.startswith("PJSIP/trunk")]


def ringing(stack):
    """The dialer's channels that ring."""
    return [name for name, *_rest in stack.channels() if "@telecom-outbound" in name]


def test_progressive_calls_everybody_once_and_says_what_became_of_it(
    stack, world, crowd, callees, campaign, people
):
    numbers = people(
        "1" * 14 + "2" * 3 + "3" * 3 + "4" * 3 + "5" * 2 + "6" * 2 + "7" * 3
    )
    network = callees()
    outbound = campaign(numbers, network.port)
    rows = outbound.ended(len(numbers), 60)
    assert {row["number"] for row in rows} == set(numbers)
    assert once(rows, network) == set(numbers)
    wrong = [
        (row["number"], row["result"], row["cause"])
        for row in rows
        if row["result"] != RESULTS[row["number"][8]]
    ]
    assert not wrong, wrong
    assert {row["presented_number"] for row in rows} == {outbound.did}
    # A call for each that was answered, by an agent, and for nobody else.
    answered = [row for row in rows if row["result"] == "answered"]
    wait_for(
        lambda: all(call["ledger"] == "confirmed" for call in outbound.calls()),
        15,
        lambda: f"calls confirmed: {outbound.calls()}",
    )
    calls = {call["id"]: call for call in outbound.calls()}
    assert len(calls) == len(answered) == 14
    for row in answered:
        call = calls[row["call_id"]]
        assert call["direction"] == "outbound" and call["outcome"] == "answered"
        assert call["caller_number"] == row["number"]
        assert call["agent_id"] and call["agent_id"] == row["agent_id"]
        assert row["connected_at"] and row["waiting_seconds"] < 2


def test_predictive_keeps_agents_busy_and_calls_nobody_twice(
    stack, world, crowd, callees, campaign, people
):
    numbers = people("1" * 40 + "2" * 20 + "3" * 30 + "7" * 10)
    network = callees(ring=0.5, talk=6)
    outbound = campaign(
        numbers, network.port, dial_mode="predictive", abandoned_share=5.0
    )
    seen = 0

    def more_than_agents():
        nonlocal seen
        seen = max(seen, len(outbound.attempts()))
        return seen > 20

    wait_for(more_than_agents, 20, "more calls than agents")
    rows = outbound.ended(len(numbers), 90)
    assert once(rows, network) == set(numbers)
    results = collections.Counter(row["result"] for row in rows)
    assert results["answered"] + results["abandoned"] == 40, results
    kept = stack.sql(
        "SELECT * FROM telecom_campaign_pacing WHERE campaign_id = %s", outbound.id
    )
    assert sum(row["dialed"] for row in kept) > 20
    assert max(row["agents"] for row in kept) == 20


@pytest.mark.faults
def test_gateway_killed_loses_no_attempt(
    stack, world, crowd, callees, campaign, people
):
    numbers = people("1" * 50 + "3" * 20)
    network = callees(ring=1, talk=4)
    outbound = campaign(numbers, network.port)
    wait_for(lambda: len(network.called()) >= 15, 20, "calls in the air")
    stack.kill("gateway")
    during = len(network.called())
    stack.start("gateway")
    # What was recorded and not dialed is tried again a minute later.
    wait_for(lambda: set(network.called()) == set(numbers), 150, "everybody called")
    rows = outbound.ended(len(numbers), 40)
    assert once(rows, network) == set(numbers)
    assert during < len(numbers)
    # What was in the air went on without the gateway, and is known all the same.
    assert not [row for row in rows if row["result"] == "interrupted"]
    wrong = [
        row
        for row in rows
        if row["result"] not in ("not_dialed", RESULTS[row["number"][8]])
    ]
    assert not wrong, wrong


@pytest.mark.faults
def test_asterisk_killed_calls_nobody_twice(
    stack, world, crowd, callees, campaign, people
):
    numbers = people("1" * 50 + "3" * 20)
    network = callees(ring=1, talk=4)
    outbound = campaign(numbers, network.port)
    wait_for(lambda: len(network.called()) >= 25, 20, "calls in the air")
    stack.kill("asterisk")
    stack.start("asterisk")
    wait_for(lambda: set(network.called()) == set(numbers), 150, "everybody called")
    rows = outbound.ended(len(numbers), 40)
    assert once(rows, network) == set(numbers)
    cut = [row for row in rows if row["result"] == "interrupted"]
    assert cut, "attempts that Asterisk's end cut off are told apart"


def test_nobody_free_hears_the_message_and_may_refuse_further_calls(
    stack, world, sip, callees, campaign, people, folder
):
    # One agent, whose telephone rings and is not picked up.
    user = world.crowd[0]
    sip.phones({user: world.secrets[user]}, ring=None)
    peer = sip.peer()
    network = callees(ring=0.3, talk=60, peer=peer)
    [number] = people("1")
    with world.crowd_at_work(folder, size=1):
        outbound = campaign([number], network.port, refusal_digit="#")
        wait_for(
            lambda: any(app == "Read" for *_channel, app in stack.channels()),
            20,
            "the message",
        )
        wait_for(lambda: peer.level() > 300, 5, "its sound at whoever was called")
        peer.press("#")
        [row] = outbound.ended(1, 30)
    assert row["result"] == "abandoned", row
    assert 1.5 < row["waiting_seconds"] < 3.5, row["waiting_seconds"]
    [contact] = outbound.contacts()
    assert (contact["state"], contact["exclusion"]) == ("excluded", "opt_out")
    kept = stack.sql("SELECT * FROM telecom_do_not_call WHERE number = %s", number)
    assert [entry["company_id"] for entry in kept] == [world.benin]
    [call] = outbound.calls()
    assert call["outcome"] == "abandoned" and call["direction"] == "outbound"


def test_emergency_stop_takes_back_what_rings(
    stack, world, crowd, callees, campaign, people, login
):
    numbers = people("3" * 60)
    network = callees()
    outbound = campaign(numbers, network.port, ring_seconds=20)
    wait_for(lambda: len(ringing(stack)) >= 20, 20, "calls that ring")
    supervisor = login("supervisor")
    pressed = time.monotonic()
    supervisor.call(
        "telecom.campaign",
        "action_stop_dialing",
        [outbound.id],
        context={"allowed_company_ids": [world.benin]},
    )
    wait_for(lambda: not ringing(stack), 5, lambda: f"nothing rings: {ringing(stack)}")
    took = time.monotonic() - pressed
    called = len(network.called())
    assert took < 1, f"{took:.2f} s from the button to silence"
    print(f"stop: {took:.2f} s")
    rows = outbound.ended(20, 15)
    assert {row["result"] for row in rows} == {"cancelled"}
    time.sleep(2)  # nothing may happen now
    assert len(network.called()) == called and not ringing(stack)


def test_emergency_stop_on_the_pbx_itself_with_odoo_down(
    stack, world, crowd, callees, campaign, people, login
):
    numbers = people("3" * 60)
    network = callees()
    outbound = campaign(numbers, network.port, ring_seconds=20)
    wait_for(lambda: len(ringing(stack)) >= 20, 20, "calls that ring")
    stack.stop("odoo")
    try:
        stack.telephony("--stop-dialing", "all")
        wait_for(lambda: not ringing(stack), 1, "nothing rings")
        wait_for(
            lambda: stack.sql(
                "SELECT id FROM telecom_pbx WHERE id = %s AND dialing_stopped",
                world.pbx,
            ),
            10,
            "Odoo's database to know of it",
        )
        called = len(network.called())
        outbound.ended(20, 15)
        assert len(network.called()) == called
    finally:
        stack.sql("UPDATE telecom_pbx SET dialing_stopped = false")
        stack.start("odoo")
    wait_for(lambda: len(network.called()) > called, 20, "calls when it is lifted")


@contextlib.contextmanager
def second_trunk(world, admin, sequence, port, match):
    """Have the PBX dial over another network too, after that of the demonstration."""
    trunk = admin.create(
        "telecom.trunk",
        name="Tests, second",
        company_id=world.provider,
        pbx_id=world.pbx,
        sequence=sequence,
        host="127.0.0.1",
        port=port,
        match=match,
    )
    try:
        yield trunk
    finally:
        admin.write("telecom.trunk", [trunk], active=False)


def test_a_trunk_out_of_order_hands_over_to_the_next(
    stack, world, crowd, callees, campaign, people, login
):
    numbers = people("5" * 3 + "6" * 2 + "2" * 2 + "1" * 3)
    first, second = callees(), callees(broken="x")
    with second_trunk(world, login("ccadmin"), 99, second.port, "127.0.0.2"):
        outbound = campaign(numbers, first.port)
        rows = outbound.ended(len(numbers), 60)
        wanted = RESULTS | {"5": "answered"}
        wrong = [
            (row["number"], row["result"])
            for row in rows
            if row["result"] != wanted[row["number"][8]]
        ]
        assert not wrong, wrong
        # Only what the first trunk itself refused went over the second.
        assert set(second.called()) == {n for n in numbers if n[8] == "5"}
        assert set(first.called()) == set(numbers)


@pytest.mark.parametrize("outage", ["silent", "refusing"])
def test_an_outage_slows_dialing_and_uses_up_no_attempt(
    stack, world, crowd, callees, campaign, people, login, outage
):
    numbers = people("5" * 45)
    trunk = world.ref("telecom_callcenter.trunk_demo")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
        dead.bind(("127.0.0.1", 0))
        port = dead.getsockname()[1] if outage == "silent" else callees().port
        outbound = campaign(numbers, port, ring_seconds=5)

        def seen():
            reasons = stack.sql(
                "SELECT reason FROM telecom_campaign_pacing WHERE campaign_id = %s",
                outbound.id,
            )
            return {"reason": "network"} in reasons

        wait_for(seen, 40, "the supervisor to see that the network takes no calls")
        before = len(outbound.attempts())
        assert before <= 25, before
        wait_for(lambda: len(outbound.attempts()) >= before + 3, 60, "three trials")
        rows = outbound.attempts()
        # One at a time, and less and less often
        at = [row["dialed_at"] for row in rows[before : before + 3] if row["dialed_at"]]
        pauses = [
            (late - soon).total_seconds() for soon, late in itertools.pairwise(at)
        ]
        assert pauses and min(pauses) >= 2, pauses
        ended = [row for row in rows if row["state"] == "ended"]
        assert {row["result"] for row in ended} == {"network"}
        assert not any(contact["attempt_count"] for contact in outbound.contacts())
        network = callees(broken="x", ring=0.5, talk=1)
        login("ccadmin").write("telecom.trunk", [trunk], port=network.port)
        wait_for(lambda: len(network.called()) > 10, 40, "dialing to go on at once")
        failed = {
            row["number"] for row in outbound.attempts() if row["result"] == "network"
        }
        assert len(failed) < 40
        rows = outbound.ended(len(numbers), 60)
    assert set(network.called()) == set(numbers) - failed
    assert once(rows, network) == set(numbers) - failed


def test_calls_beyond_a_trunk_do_not_end_at_a_dead_one(
    stack, world, crowd, callees, campaign, people, login
):
    numbers = people("1" * 10)
    network = callees(ring=0.5, talk=1)
    admin = login("ccadmin")
    first = world.ref("telecom_callcenter.trunk_demo")
    with contextlib.ExitStack() as opened:
        dead = opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        dead.bind(("127.0.0.1", 0))
        port = dead.getsockname()[1]
        second = opened.enter_context(second_trunk(world, admin, 97, port, "127.0.0.4"))
        admin.write("telecom.trunk", [first], calls_per_second=2, port=network.port)

        def known():
            states = []
            for trunk in (first, second):
                stack.asterisk(f"pjsip qualify trunk{trunk}")
                contact = f"trunk{trunk}/sip:127.0.0.1:"
                lines = stack.asterisk("pjsip show contacts").splitlines()
                states += [line.split()[3] for line in lines if contact in line]
            return states == ["Avail", "Unavail"]

        try:
            wait_for(known, 40, "the dead trunk to be known", poll=2)
            outbound = campaign(numbers, None)
            rows = outbound.ended(len(numbers), 60)
        finally:
            admin.write("telecom.trunk", [first], calls_per_second=0)
    assert {row["result"] for row in rows} == {"answered"}
    assert once(rows, network) == set(numbers)


@pytest.mark.parametrize("action", ["human", "hangup", "message", "text"])
def test_answering_machines_are_told_from_persons(
    stack, world, sip, crowd, callees, campaign, people, action
):
    kind = "human" if action == "human" else "machine"
    hello = media.tone(600, 0.5) + [0] * 12000
    # A machine says who is not there, then waits for what it is told.
    long = media.tone(600, 4) + [0] * 8 * 8000
    peer = sip.peer(hello if kind == "human" else long)
    # A machine listens for longer than any message takes; a person has an agent.
    network = callees(ring=1, talk=20 if kind == "machine" else 8, peer=peer)
    [number] = people("1")
    values = {"machine_action": action if kind == "machine" else "hangup"}
    if action == "message":
        [prompt] = stack.sql(
            "SELECT id FROM telecom_prompt WHERE company_id = %s LIMIT 1", world.benin
        )
        values["machine_prompt_id"] = prompt["id"]
    if action == "text":
        values["machine_text"] = "{operator} has called you."
    outbound = campaign(
        [number],
        network.port,
        machine_detection=True,
        dial_mode="predictive",
        **values,
    )
    port = wait_for(
        lambda: re.search(r"m=audio (\d+) RTP", network.trace()), 20, "an INVITE"
    )[1]
    peer.speak_to(int(port))
    if action == "message":
        wait_for(lambda: peer.level() > 300, 20, "the message, after the machine's own")
    [row] = outbound.ended(1, 40)
    assert row["machine"] == kind, row
    assert row["result"] == ("machine" if kind == "machine" else "answered"), row
    [call] = outbound.calls()
    assert call["outcome"] == ("machine" if kind == "machine" else "answered")
    texts = [
        text["body"]
        for text in world.messages(number)
        if "has called you" in (text["body"] or "")
    ]
    assert texts == (["Mono Télécom has called you."] if action == "text" else [])
    if kind == "machine":
        # No agent has met it, and nobody was abandoned.
        assert not call["agent_id"] and not row["connected_at"]


def test_campaigns_share_agents_and_inbound_goes_first(
    stack, world, sip, callees, campaign, people, folder, benin_number
):
    users = world.crowd[:3]
    sip.phones({user: world.secrets[user] for user in users}, ring=0.2)
    network = callees(ring=0.5, talk=4)
    one, other = people("1" * 9), people("1" * 9)
    with world.crowd_at_work(folder, size=3):
        first = campaign(one, network.port, queue="Tests, dialed one")
        second = campaign(other, network.port, queue="Tests, dialed two", beside=True)

        def both_dial():
            return len(first.attempts()) > 2 and len(second.attempts()) > 1

        wait_for(both_dial, 40, "both campaigns dial with the same agents")
        callers = [benin_number() for _one in range(3)]
        # From the moment in which they are in the queue, not of an agent.
        sip.flood(CROWD, callers, rate=10, talk=9)
        rows = first.ended(9, 120) + second.ended(9, 120)
        inbound = [world.ended(number, 1)[0] for number in callers]
    assert once(rows, network) == {*one, *other}
    assert {row["result"] for row in rows} <= {"answered", "abandoned"}
    assert {call["outcome"] for call in inbound} == {"answered"}
    # Who had to wait was not waiting for others to be called: a moment is left for
    # what was being dialed already.
    waited = [
        (
            call["queued_at"] + datetime.timedelta(seconds=1),
            call["queued_at"] + datetime.timedelta(seconds=call["wait_seconds"]),
        )
        for call in inbound
    ]
    assert max(until - since for since, until in waited).total_seconds() > 0, waited
    between = [
        row["recorded_at"]
        for row in rows
        if any(since < row["recorded_at"] < until for since, until in waited)
    ]
    assert not between, (between, waited)


def test_promises_are_kept_first_by_whom_they_were_made(
    stack, world, sip, callees, campaign, people, folder
):
    users = world.crowd[:3]
    sip.phones({user: world.secrets[user] for user in users}, ring=0.2)
    network = callees(ring=0.5, talk=3)
    numbers = people("1" * 8)
    personal, shared = numbers[-1], numbers[-2]
    hers = int(users[1].removeprefix("agent"))

    def promises():
        return stack.sql(
            "SELECT * FROM telecom_callback WHERE campaign_id = %s", outbound.id
        )

    with world.crowd_at_work(folder, size=3):
        outbound = campaign(
            numbers, network.port, promised={personal: hers, shared: None}
        )
        rows = outbound.ended(len(numbers), 60)
        assert once(rows, network) == set(numbers)
        wait_for(
            lambda: {row["state"] for row in promises()} == {"done"},
            20,
            "both promises kept",
        )
    [own] = [row for row in rows if row["number"] == personal]
    [teams] = [row for row in rows if row["number"] == shared]
    assert own["result"] == teams["result"] == "answered"
    assert own["agent_id"] == hers
    # Before all others, as far as agents were free for it.
    first = sorted(rows, key=lambda row: row["id"])[:3]
    assert {own["id"], teams["id"]} <= {row["id"] for row in first}
    kept = {row["number"]: row["id"] for row in promises()}
    assert own["callback_id"] == kept[personal]
    assert teams["callback_id"] == kept[shared]


def test_without_agents_what_rings_is_taken_back(
    stack, world, sip, callees, campaign, people, folder
):
    users = world.crowd[:4]
    sip.phones({user: world.secrets[user] for user in users}, ring=0.2)
    network = callees()
    with world.crowd_at_work(folder, size=4):
        outbound = campaign(people("3" * 30), network.port, ring_seconds=60)
        wait_for(lambda: len(ringing(stack)) >= 4, 20, "calls that ring")
    # All of them have logged out.
    wait_for(lambda: not ringing(stack), 8, lambda: f"nothing rings: {ringing(stack)}")
    called = len(network.called())
    rows = outbound.ended(called, 15)
    assert {row["result"] for row in rows} == {"cancelled"}
    kept = wait_for(
        lambda: stack.sql(
            """SELECT * FROM telecom_campaign_pacing
            WHERE campaign_id = %s AND reason = 'agents'""",
            outbound.id,
        ),
        25,
        "the supervisor to see that nobody is there",
    )
    assert kept[0]["agents"] == 0 and len(network.called()) == called


def test_channels_of_campaign_and_trunk_are_kept_to(
    stack, world, crowd, callees, campaign, people, login
):
    network = callees()
    admin = login("ccadmin")
    trunk = world.ref("telecom_callcenter.trunk_demo")
    admin.write("telecom.trunk", [trunk], max_channels=5)
    try:
        numbers = people("3" * 20)
        outbound = campaign(numbers, network.port, ring_seconds=5, most_lines=3)
        most = {3: 0, 5: 0}
        for limit in most:

            def full(limit=limit):
                most[limit] = max(most[limit], len(outgoing(stack)))
                return len(network.called()) >= 3 * limit

            wait_for(full, 40, f"calls, {limit} at a time")
            admin.write("telecom.campaign", [outbound.id], most_lines=0)
        assert most[3] == 3, most
        assert 3 < most[5] <= 5, most
        rows = outbound.ended(len(numbers), 90)
    finally:
        outbound.stop()
        admin.write("telecom.trunk", [trunk], max_channels=0)
    assert once(rows, network)


def test_calls_per_second_are_counted_at_the_next_trunk_too(
    stack, world, crowd, callees, campaign, people, login
):
    numbers = people("5" * 5)
    first, second = callees(), callees(broken="x", ring=0.2, talk=1)
    admin = login("ccadmin")
    trunk = admin.create(
        "telecom.trunk",
        name="Tests, slow",
        company_id=world.provider,
        pbx_id=world.pbx,
        sequence=98,
        host="127.0.0.1",
        port=second.port,
        match="127.0.0.3",
        calls_per_second=3,
    )
    try:
        outbound = campaign(numbers, first.port)
        rows = outbound.ended(len(numbers), 90)
    finally:
        admin.write("telecom.trunk", [trunk], active=False)
    assert set(second.called()) == set(first.called()) == set(numbers)
    assert {row["result"] for row in rows} == {"answered"}
    at = sorted(second.invited())
    # Three a second: between one and the third after it, a second has passed.
    short = [b - a for a, b in zip(at, at[3:], strict=False) if b - a < 0.9]
    assert not short, (short, at)
