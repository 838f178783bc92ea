"""Agents who call by hand: from the record on the desk to the next one, really."""

import pytest
from test_calls import phone_agent

from odoo import RpcError

from stack import wait_for


@pytest.fixture
def desk_queue(stack):
    """The queue of the demo's agents."""
    [row] = stack.sql("SELECT id FROM telecom_queue WHERE name = 'Tests, desk'")
    return row["id"]


def shown(tab, number):
    """Wait for a contact's record."""
    name = tab.page.locator("[data-telecom='contact-name']", has_text=number)
    name.wait_for(timeout=15_000)


def close(tab, key):
    """Finish the wrap-up with a status by its key, and nothing but the keyboard."""
    tab.seen("wrapup", timeout=20, state="open")
    tab.choose("qualification")
    # Not while somebody types
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.keyboard.press(key)
    tab.page.locator("[data-telecom='disposition'] [data-telecom='chosen']").wait_for()
    tab.page.keyboard.press("Control+Enter")


def contact_of(outbound, number):
    [row] = [row for row in outbound.contacts() if row["number"] == number]
    return row


def status_of(stack, row):
    [status] = stack.sql(
        "SELECT code FROM telecom_disposition WHERE id = %s", row["disposition_id"]
    )
    return status["code"]


def test_preview_from_the_record_to_the_next(
    stack, world, desk, callees, campaign, people, desk_queue, sip
):
    tab = desk("agent1")
    agent, peer = tab.agent, sip.peer()
    network = callees(ring=0.5, talk=60, peer=peer)
    [busy], [skipped], [silent], [promised] = map(people, "2137")
    # Whoever was promised a call answers
    promised = promised.replace("+22901967", "+22901961")
    outbound = campaign(
        [busy, skipped, silent, promised],
        network.port,
        desk=True,
        promised={promised: agent.id},
        dial_mode="preview",
        queue=desk_queue,
    )
    tab.page.reload()
    tab.registered()
    tab.click("next-contact", id=outbound.id, timeout=20)

    # The callback she promised comes first, with the script, before anything is dialed.
    shown(tab, promised)
    tab.seen("contact-callback")
    assert f"Good day Contact {promised}" in tab.text("script")
    assert not network.called()
    tab.page.keyboard.press("Alt+Shift+D")
    agent.wait(20, activity="talking")
    assert network.called() == {promised: 1}
    tab.seen("script-panel")
    tab.hears(1000)
    tab.click("hangup")
    tab.seen("wrapup", timeout=20, state="open")
    # Nothing goes on without status and reason.
    tab.page.keyboard.press("Control+Enter")
    tab.seen("missing")
    assert agent.state()["wrapup"]
    close(tab, "1")
    assert world.message(promised, "followup")["body"].startswith("Thank you")

    # The next one comes by itself; the agent says that the line was busy.
    shown(tab, busy)
    tab.page.keyboard.press("Alt+Shift+D")
    close(tab, "7")
    shown(tab, skipped)
    tab.click("skip-contact")
    tab.click("skip-unsuitable")
    shown(tab, silent)
    tab.page.keyboard.press("Alt+Shift+D")
    wait_for(lambda: network.called()[silent], 20, "a call to who does not answer")
    tab.click("hangup")
    close(tab, "5")
    tab.seen("nobody-due", timeout=15)

    assert network.called() == {promised: 1, busy: 1, silent: 1}
    wanted = {
        promised: ("done", "answered", "sold"),
        busy: ("ready", "busy", "busy"),
        silent: ("ready", "no_answer", "no_answer"),
    }
    rows = {row["number"]: row for row in outbound.attempts() if row["disposition_id"]}
    for number, (state, result, code) in wanted.items():
        contact, row = contact_of(outbound, number), rows[number]
        assert (contact["state"], row["result"]) == (state, result), (contact, row)
        assert status_of(stack, contact) == status_of(stack, row) == code
        assert row["mode"] == "preview" and row["agent_id"] == agent.id
        assert row["presented_number"] == outbound.did
    contact = contact_of(outbound, skipped)
    assert (contact["state"], contact["exclusion"]) == ("excluded", "hand")
    assert stack.sql(
        "SELECT state FROM telecom_callback WHERE contact_id = %s",
        contact_of(outbound, promised)["id"],
    ) == [{"state": "done"}]
    assert not tab.page_errors(), tab.page_errors()


def test_manual_from_the_list_to_the_status(
    stack, world, agents, callees, campaign, people, desk_queue, sip
):
    agent = phone_agent(sip, agents, world)
    colleague = agents["agent4"]
    network = callees(ring=0.5, talk=3)
    first, second = people("11")
    outbound = campaign(
        [first, second],
        network.port,
        desk=True,
        dial_mode="manual",
        queue=desk_queue,
    )

    def listed(who):
        answer = who.desk("get_contact_list", outbound.id)
        return {row["name"].split()[-1]: row["id"] for row in answer["rows"]}

    assert set(listed(agent)) == {first, second}
    chosen = listed(agent)[second]
    card = agent.desk("take_contact", chosen)
    assert card["script"] and card["mode"] == "manual"
    # Nobody else has it in the list, nor gets it.
    assert set(listed(colleague)) == {first}
    colleague.presence("ready")
    with pytest.raises(RpcError, match="UserError"):
        colleague.desk("take_contact", chosen)
    agent.desk("dial_contact", chosen)
    agent.wait(20, activity="talking")
    # Whoever was called hangs up.
    agent.wait(20, activity="wrapup")
    with pytest.raises(RpcError, match="UserError"):
        agent.desk("take_contact", listed(agent)[first])
    agent.finish()
    agent.wait(activity="idle", wrapup=False)
    [row] = outbound.ended(1, 15)
    assert (row["mode"], row["result"]) == ("manual", "answered")
    assert network.called() == {second: 1}
    [call] = outbound.calls()
    assert call["caller_number"] == second and call["direction"] == "outbound"
    assert set(listed(agent)) == {first}
