"""The main job: a customer calls, an agent's browser rings, the call is worked on."""

import datetime

import media
import pytest
from world import SERVICE


@pytest.fixture(scope="module")
def speech(stack):
    """Speech with a tone of 1000 Hz in it."""
    path = stack.root / "stack/sounds/caller.alaw"
    spoken = media.decode(path.read_bytes()) if path.exists() else [0] * 80_000
    quiet = [value // 4 for value in spoken]
    return media.mix(quiet, media.tone(1000, len(quiet) / media.RATE, 10_000))


def seconds(moment, other):
    """Between a naive UTC time of Odoo's and an aware one."""
    return abs((moment.replace(tzinfo=datetime.UTC) - other).total_seconds())


def test_a_call_from_the_queue_to_the_survey(
    sip, desk, agents, world, ledger, benin_number, speech
):
    number = benin_number()
    world.customer(number, "Sylvie Ahouansou")
    peer = sip.peer(speech)
    caller = sip.call("1919", number, peer=peer, talk=90)
    waiting = world.call(number, timeout=15, state="waiting")
    assert waiting["company_id"] == world.benin

    # Nobody is there yet: the caller hears music. Then Sèna opens her desk.
    tab = desk("agent1")
    agent = tab.agent
    tab.seen("card", timeout=15)
    assert "Sylvie Ahouansou" in tab.text("card-name")
    assert "Mono Télécom" in tab.text("operator")
    assert world.call(number)["answered_at"] is None, "the card shows before the answer"
    tab.click("answer")
    agent.wait(activity="talking")

    # Both hear each other.
    tab.hears(1000)
    media.wait_for_tone(peer, 440)

    # On hold the caller hears music, and the agent again afterwards.
    tab.click("hold")
    agent.wait(activity="hold")
    media.wait_for_music(peer, not_tone=440)
    tab.click("hold")
    agent.wait(activity="talking")
    media.wait_for_tone(peer, 440)

    tab.click("hangup")
    caller.ended(10)
    agent.wait(activity="wrapup")
    tab.seen("finish")
    tab.click("finish")
    tab.seen("missing")  # what is missing is told, and nothing is closed
    assert agent.state()["wrapup"]
    tab.hook("notes").fill("Facture expliquée")
    tab.choose("qualification")
    tab.choose("disposition")
    tab.click("finish")
    agent.wait(activity="idle", wrapup=False)
    agent.wait_member(paused=False)

    call = world.call(number, state="ended", outcome="answered", ledger="confirmed")
    assert call["agent_id"] == agent.id
    assert call["hold_seconds"] > 0.5
    wrapup = world.stack.sql(
        "SELECT * FROM telecom_call_wrapup WHERE call_id = %s", call["id"]
    )[0]
    assert wrapup["state"] == "done" and wrapup["note"] == "Facture expliquée"
    assert wrapup["disposition_id"] and wrapup["qualification_id"]
    survey = world.message(number, "survey")
    assert survey["call_id"] == call["id"]
    assert survey["company_id"] == world.benin

    # The record agrees with Asterisk's own account.
    (written,) = ledger.by_number(number)
    assert written.uniqueid == call["uniqueid"]
    assert seconds(call["start_at"], written.start) <= 1
    assert seconds(call["answered_at"], written.agent_answer) <= 1
    assert seconds(call["ended_at"], written.end) <= 1
    whole = (written.end - written.start).total_seconds()
    assert abs(call["duration_seconds"] - whole) <= 1
    assert not tab.page_errors(), tab.page_errors()


@pytest.fixture
def two_desks(desk, agents):
    """Two agents in two browsers, one says 440 Hz, the other 660 Hz."""
    first = desk("agent1", frequency=440)
    second = desk("agent2", frequency=660, ready=False)
    return first, second


def answered_call(sip, world, tab, number):
    peer = sip.peer()
    caller = sip.call(SERVICE, number, peer=peer, talk=90)
    tab.click("answer", timeout=15)
    world.call(number, state="talking", agent_id=tab.agent.id)
    media.wait_for_tone(peer, 440)
    return caller, peer


def online(tab):
    """Log in and have the phone registered, without taking calls from queues."""
    tab.click("ready")
    tab.registered()


def test_blind_transfer(sip, two_desks, world, ledger, benin_number):
    first, second = two_desks
    number = benin_number()
    caller, peer = answered_call(sip, world, first, number)
    online(second)
    first.transfer(second.agent, "blind-transfer")
    second.click("answer", timeout=15)
    second.agent.wait(activity="talking")
    media.wait_for_tone(peer, 660)
    first.agent.wait(activity="wrapup")
    caller.hang_up()
    caller.ended()
    call = world.call(number, state="ended", outcome="answered", ledger="confirmed")
    assert call["agent_id"] == second.agent.id, "the last one who talked"
    (written,) = ledger.by_number(number)
    assert written.uniqueid == call["uniqueid"]


def consult(first, second, peer):
    """The first agent asks the second while the caller, at ``peer``, hears music."""
    first.transfer(second.agent, "consult")
    second.click("answer", timeout=15)
    first.agent.wait(activity="consulting")
    first.hears(660)
    media.wait_for_music(peer, not_tone=440)


def test_conference_of_three(sip, two_desks, world, benin_number):
    first, second = two_desks
    number = benin_number()
    caller, peer = answered_call(sip, world, first, number)
    online(second)
    consult(first, second, peer)

    first.click("conference")
    media.wait_for_tone(peer, 440, 660)
    second.hears(1000)

    # The first one leaves; the others go on.
    first.click("hangup")
    first.agent.wait(activity="wrapup")
    second.agent.wait(activity="talking")
    media.wait_for_tone(peer, 660)
    second.hears(1000)
    caller.hang_up()
    caller.ended()
    call = world.call(number, state="ended", outcome="answered", ledger="confirmed")
    assert call["agent_id"] == second.agent.id


def test_attended_transfer(sip, two_desks, world, benin_number):
    first, second = two_desks
    number = benin_number()
    caller, peer = answered_call(sip, world, first, number)
    online(second)
    consult(first, second, peer)
    first.click("transfer-complete")
    first.agent.wait(activity="wrapup")
    second.agent.wait(activity="talking")
    media.wait_for_tone(peer, 660)
    second.hears(1000)
    caller.hang_up()
    caller.ended()
    call = world.call(number, state="ended", outcome="answered", ledger="confirmed")
    assert call["agent_id"] == second.agent.id


def test_cancelled_consultation_brings_the_caller_back(
    sip, two_desks, world, benin_number
):
    first, second = two_desks
    number = benin_number()
    caller, peer = answered_call(sip, world, first, number)
    online(second)
    consult(first, second, peer)
    first.click("transfer-cancel")
    first.agent.wait(activity="talking")
    media.wait_for_tone(peer, 440)
    first.hears(1000)
    caller.hang_up()
    caller.ended()
    world.call(number, state="ended", outcome="answered", ledger="confirmed")
