"""A tab closed by mistake, a page reloaded: the caller must not pay for it."""

import time

import media
import pytest
from world import SERVICE

from stack import wait_for

SILENCE = 4.0  # seconds of dead air a caller may hear at most


def talking(sip, tab, world, number):
    peer = sip.peer()
    caller = sip.call(SERVICE, number, peer=peer, talk=120)
    tab.click("answer", timeout=15)
    world.call(number, state="talking", agent_id=tab.agent.id)
    media.wait_for_tone(peer, 440)
    return caller, peer


def notes_are(tab, text):
    wait_for(
        lambda: tab.hook("notes").input_value() == text,
        10,
        lambda: f"the notes: {tab.hook('notes').input_value()!r}",
    )


def test_closed_tab_requeues_the_caller_first_in_line(
    sip, desk, world, stack, benin_number
):
    tab = desk("agent1")
    number, other = benin_number(), benin_number()
    caller, peer = talking(sip, tab, world, number)
    # Somebody else waits already, and has for longer than our caller will.
    later = sip.call(SERVICE, other, talk=120)
    world.call(other, timeout=15, state="waiting")
    closed = time.monotonic()
    tab.close_tab()
    world.call(number, timeout=SILENCE + 8, state="waiting")
    media.wait_for_music(peer, not_tone=440)
    back = time.monotonic()
    # First in line, also when waiting has raised the other's priority.
    raised = stack.priorities()[other]
    wait_for(
        lambda: stack.priorities()[other] > raised, 10, "the other's priority to rise"
    )
    assert stack.waiting()[0] == number, f"first in line: {stack.priorities()}"
    silence = peer.longest_silence(closed, back)
    assert silence <= SILENCE, f"{silence:.1f} s of silence"
    # The agent is back, and gets the same caller; the desk is as it was.
    tab.open()
    tab.registered()
    if tab.agent.state()["presence"] != "ready":
        tab.agent.presence("ready")
    tab.click("answer", timeout=20)
    world.call(number, timeout=15, state="talking", agent_id=tab.agent.id)
    media.wait_for_tone(peer, 440)
    caller.hang_up()
    caller.ended()
    later.hang_up()
    later.ended()
    call = world.call(number, state="ended", outcome="answered", ledger="confirmed")
    visits = stack.sql(
        "SELECT result FROM telecom_call_visit WHERE call_id = %s ORDER BY number",
        call["id"],
    )
    assert [visit["result"] for visit in visits] == ["requeued", "answered"]
    world.call(other, state="ended", outcome="abandoned")


def test_lost_caller_goes_to_whoever_is_free_when_her_agent_stays_away(
    sip, desk, world, agents, benin_number
):
    tab = desk("agent1")
    number = benin_number()
    caller, _peer = talking(sip, tab, world, number)
    tab.close_tab()
    requeued = world.call(number, timeout=SILENCE + 8, state="waiting")
    other = agents["agent5"]
    sip.phones({other.sip_user: world.secrets[other.sip_user]}, ring=0.3)
    other.ready()
    world.call(number, timeout=20, state="talking", agent_id=other.id)
    caller.hang_up()
    caller.ended()
    call = world.call(number, state="ended", outcome="answered", ledger="confirmed")
    assert call["id"] == requeued["id"]


def test_reload_in_a_call_keeps_the_caller_and_the_notes(
    sip, desk, world, benin_number
):
    tab = desk("agent1")
    number = benin_number()
    caller, peer = talking(sip, tab, world, number)
    tab.hook("notes").fill("Avant le rechargement")
    reloaded = time.monotonic()
    tab.page.reload()
    tab.seen("desk", timeout=30)
    tab.registered(timeout=20)
    tab.click("answer", timeout=20)
    world.call(number, timeout=15, state="talking", agent_id=tab.agent.id)
    media.wait_for_tone(peer, 440)
    silence = peer.longest_silence(reloaded, time.monotonic())
    assert silence <= SILENCE, f"{silence:.1f} s of silence"
    notes_are(tab, "Avant le rechargement")
    caller.hang_up()
    caller.ended()
    world.call(number, state="ended", outcome="answered", ledger="confirmed")
    tab.agent.wait(activity="wrapup")
    # Once more, in the wrap-up: still there.
    tab.page.reload()
    tab.seen("finish", timeout=30)
    notes_are(tab, "Avant le rechargement")


def test_lost_caller_can_be_sent_to_another_queue(
    sip, desk, world, stack, benin_number
):
    """What kept the caller for her agent must not keep her from all others."""
    first = desk("agent1")
    number = benin_number()
    caller, _peer = talking(sip, first, world, number)
    first.page.reload()
    first.click("answer", timeout=30)
    world.call(number, timeout=15, state="talking", agent_id=first.agent.id)
    other = stack.sql(
        """SELECT q.id, q.name FROM telecom_did d
        JOIN telecom_campaign c ON c.id = d.campaign_id
        JOIN telecom_queue q ON q.id = c.queue_id WHERE d.number = '1919'"""
    )[0]
    second = desk("agent2")
    first.transfer_to(f"queue:{other['id']}", "blind-transfer", other["name"])
    second.click("answer", timeout=15)
    call = world.call(number, timeout=15, state="talking", agent_id=second.agent.id)
    assert call["queue_id"] == other["id"]
    caller.hang_up()
    caller.ended()
    world.call(number, state="ended", outcome="answered", ledger="confirmed")


@pytest.mark.parametrize("how", ["blind-transfer", "consult"])
def test_closed_tab_after_a_transfer_requeues_the_caller(
    sip, desk, world, benin_number, how
):
    first = desk("agent1")
    second = desk("agent2", frequency=660, ready=False)
    number = benin_number()
    caller, peer = talking(sip, first, world, number)
    second.click("ready")
    second.registered()
    first.transfer(second.agent, how)
    second.click("answer", timeout=15)
    if how == "consult":
        first.agent.wait(activity="consulting")
        first.click("transfer-complete")
    second.agent.wait(activity="talking")
    first.agent.wait(activity="wrapup")
    media.wait_for_tone(peer, 660)
    closed = time.monotonic()
    second.close_tab()
    world.call(number, timeout=SILENCE + 8, state="waiting")
    media.wait_for_music(peer, not_tone=660)
    silence = peer.longest_silence(closed, time.monotonic())
    assert silence <= SILENCE, f"{silence:.1f} s of silence"
    # Whoever has transferred the call is at her wrap-up, and stays there.
    assert second.agent.memberships() == {"free"}
    assert first.agent.memberships() == {"paused"}
    second.open()
    second.click("answer", timeout=20)
    media.wait_for_tone(peer, 660)
    caller.hang_up()
    caller.ended()
    call = world.call(number, state="ended", outcome="answered", ledger="confirmed")
    assert call["agent_id"] == second.agent.id


def test_tab_closed_while_it_rings_has_missed_nothing(sip, desk, world, benin_number):
    """Asterisk rings the closed page to the end unless somebody ends it."""
    tab = desk("agent1")
    number = benin_number()
    caller = sip.call(SERVICE, number, talk=60)
    tab.seen("answer")
    tab.agent.wait(activity="ringing")
    tab.close_tab()
    # Long before the ring would have ended.
    tab.agent.wait(activity="idle", timeout=3)
    assert tab.agent.memberships() == {"free"}
    tab.open()
    tab.click("answer", timeout=20)
    world.call(number, state="talking", agent_id=tab.agent.id)
    caller.hang_up()
    caller.ended()
    world.call(number, state="ended", outcome="answered", ledger="confirmed")


def test_page_that_hangs_gets_the_caller_once_it_is_back(
    sip, desk, world, benin_number
):
    """Her device did not ring: she has missed nothing, and is not sent away for it."""
    tab = desk("agent1")
    tab.page.evaluate(
        "setTimeout(() => {const end = Date.now() + 8000; while (Date.now() < end);})"
    )
    number = benin_number()
    caller = sip.call(SERVICE, number, talk=60)
    tab.click("answer", timeout=40)
    world.call(number, state="talking", agent_id=tab.agent.id)
    caller.hang_up()
    caller.ended()
    world.call(number, state="ended", outcome="answered", ledger="confirmed")
