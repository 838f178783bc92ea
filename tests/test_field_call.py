"""A field seller calls a customer: her own telephone rings first."""

import json
import re

import media
import pytest

from stack import wait_for


@pytest.fixture
def visit(stack, world, login, clean):
    """Make an appointment over a trunk of the test; gone afterwards."""
    trunk = world.ref("telecom_callcenter.trunk_demo")
    [before] = stack.sql("SELECT port FROM telecom_trunk WHERE id = %s", trunk)
    made = []

    def make(seller, customer, port):
        output = world.script(
            "field_call",
            seller=seller,
            customer=customer,
            trunk_port=port,
            pbx=world.pbx,
        )
        made.append(json.loads(output.split("RESULT ", 1)[1].splitlines()[0]))
        world.wait_applied()
        return made[-1]

    yield make
    stack.sql("UPDATE telecom_trunk SET port = %s WHERE id = %s", before["port"], trunk)
    ids = [row["id"] for row in made]
    login("manager.benin").call("telecom.appointment", "unlink", ids)


def attempts(stack, visit):
    return stack.sql(
        "SELECT * FROM telecom_campaign_attempt WHERE appointment_id = %s ORDER BY id",
        visit["id"],
    )


def ended(stack, visit, timeout=30):
    """Wait for the one attempt of an appointment to end."""

    def reached():
        rows = attempts(stack, visit)
        assert len(rows) == 1, rows
        return rows[0]["state"] == "ended" and rows[0]

    return wait_for(reached, timeout, lambda: f"an end: {attempts(stack, visit)}")


def press(page, number):
    page.reload()
    page.locator("[data-telecom=field-card]", has_text=number).click()
    page.locator("[data-telecom=field-dial]").click()
    page.locator("[data-telecom=field-dialing]").wait_for()


def sound_of(network, number):
    """Where Asterisk awaits the sound of whoever was called."""
    trace = network.trace()
    start = trace.index(f"INVITE sip:{number}")
    return int(re.search(r"m=audio (\d+) RTP", trace[start:])[1])


def test_her_own_telephone_then_the_customer(
    stack, world, sip, callees, people, visit, page
):
    [own], [customer] = people("1"), people("1")
    peer = sip.peer(media.tone(700, 1))
    network = callees(ring=0.5, talk=60, peer=peer)
    made = visit(own, customer, network.port)
    press(page, customer)
    # A second press while her telephone rings does nothing.
    assert page.locator("[data-telecom=field-dial]").is_disabled()
    wait_for(lambda: network.called()[own] == 1, 15, "her telephone rings")
    wait_for(
        lambda: any(app == "Read" for *_channel, app in stack.channels()),
        15,
        "she is asked for a key",
    )
    assert not network.called()[customer], "nobody is called for a mailbox"
    peer.speak_to(sound_of(network, own))
    peer.press("1")
    wait_for(lambda: network.called()[customer] == 1, 15, "a call to the customer")
    invite = network.trace()[network.trace().index(f"INVITE sip:{customer}") :]
    shown = re.search(r"From:.*?sip:([^@>]+)@", invite)[1]
    assert shown == made["did"], "the operator's number is seen, not hers"
    # Both talk; then one of them hangs up.
    wait_for(
        lambda: sum("Dial" in app for *_channel, app in stack.channels()) >= 1,
        10,
        "a bridge of both",
    )
    wait_for(
        lambda: stack.sql(
            """SELECT 1 FROM telecom_call WHERE caller_number = %s
            AND answered_at IS NOT NULL""",
            customer,
        ),
        15,
        "the call in Odoo while it goes on",
    )
    for channel, *_rest in stack.channels():
        stack.asterisk(f"channel request hangup {channel}")
    row = ended(stack, made)
    assert (row["result"], row["mode"]) == ("answered", "seller"), row
    assert row["presented_number"] == made["did"] and row["seller_id"] == made["seller"]
    [call] = world.calls(customer)
    assert call["id"] == row["call_id"] and call["company_id"] == world.benin
    assert (call["direction"], call["outcome"]) == ("outbound", "answered")
    assert call["talk_seconds"] > 0 and not call["agent_id"]
    assert network.called() == {own: 1, customer: 1}


@pytest.mark.parametrize("kind, result", [("2", "busy"), ("3", "no_answer")])
def test_what_became_of_it(
    stack, world, sip, callees, people, visit, login, kind, result
):
    [own], [customer] = people("1"), people(kind)
    peer = sip.peer()
    network = callees(ring=0.2, talk=20, peer=peer)
    made = visit(own, customer, network.port)
    seller = login("seller.benin")
    context = {"allowed_company_ids": [world.benin]}

    def ask():
        return seller.call(
            "telecom.field.app",
            "call_customer",
            f"{'0' * 8}-press-{made['id']}",
            made["id"],
            context=context,
        )

    # Its answer was lost, and the telephone asks again: one call all the same.
    assert ask() == ask() == {"state": "calling"}
    wait_for(
        lambda: any(app == "Read" for *_channel, app in stack.channels()),
        15,
        "she is asked for a key",
    )
    peer.speak_to(sound_of(network, own))
    peer.press("1")
    wait_for(lambda: network.called()[customer] == 1, 15, "a call to the customer")
    row = ended(stack, made, 40)
    assert row["result"] == result, row
    assert network.called() == {own: 1, customer: 1}
    [call] = world.calls(customer)
    assert call["outcome"] == result


def test_she_does_not_pick_up_and_nobody_is_called(
    stack, world, callees, people, visit, login
):
    [own], [customer] = people("2"), people("1")
    network = callees()
    made = visit(own, customer, network.port)
    login("seller.benin").call(
        "telecom.field.app",
        "call_customer",
        f"{'0' * 8}-press-{made['id']}",
        made["id"],
        context={"allowed_company_ids": [world.benin]},
    )
    assert ended(stack, made)["result"] == "not_dialed"
    assert network.called() == {own: 1}
    assert not world.calls(customer)
