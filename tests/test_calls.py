"""What callers and agents meet on ordinary days: each rule with a real call."""

import json
import re

import media
import pytest
from world import MESSAGE, SERVICE

from stack import wait_for


def phone_agent(sip, agents, world, name="agent5", **options):
    """A demo agent with a desk phone, logged in."""
    agent = agents[name]
    sip.phones({agent.sip_user: world.secrets[agent.sip_user]}, **options)
    agent.presence("ready")
    agent.wait(registered=True)
    agent.wait_member(paused=False)
    return agent


def hang_up(world, caller, number, **wanted):
    caller.hang_up()
    caller.ended()
    return world.call(number, state="ended", ledger="confirmed", **wanted)


# -- hours, and nobody there ---------------------------------------------------


def test_closed_caller_hears_the_message_and_gets_the_digital_channels(
    sip, world, ledger, benin_number
):
    number = benin_number()
    peer = sip.peer()
    caller = sip.call("1920", number, peer=peer, talk=60)
    wait_for(lambda: peer.level() > 300, 10, "the closed message at the caller")
    caller.ended(30)
    assert "BYE" in caller.messages()[-2], "Asterisk ends the line"
    call = world.call(number, state="ended", outcome="closed", ledger="confirmed")
    message = world.message(number, "channels")
    assert message["call_id"] == call["id"]
    assert message["company_id"] == world.benin
    assert "WhatsApp" in message["body"] and "01 97 00 19 19" in message["body"]
    (written,) = ledger.by_number(number)
    assert written.outcomes == ["closed"]


def test_gateway_away_calls_are_queued_or_told_and_the_sms_leaves_afterwards(
    stack, sip, world, agents, benin_number
):
    agent = phone_agent(sip, agents, world)
    stack.stop("gateway")
    # The dialplan believes in a heartbeat for six seconds.
    wait_for(lambda: not stack.fresh_heartbeat(), 15, "the heartbeat to be out of date")
    told, queued = benin_number(), benin_number()
    peer = sip.peer()
    refused = sip.call(MESSAGE, told, peer=peer, talk=60)
    waiting = sip.call(SERVICE, queued, talk=60)
    wait_for(lambda: peer.level() > 300, 10, "the unavailable message")
    # Asterisk alone rings the agent, who answers.
    wait_for(
        lambda: any(
            name.startswith(f"PJSIP/{agent.sip_user}-") and state == "Up"
            for name, _context, state, _app in stack.channels()
        ),
        10,
        "the agent talks though the gateway is away",
    )
    waiting.hang_up()
    waiting.ended()
    refused.ended(30)
    assert not world.calls(told)
    stack.start("gateway")
    call = world.call(
        told, timeout=30, state="ended", outcome="unavailable", ledger="confirmed"
    )
    assert world.message(told, "channels")["call_id"] == call["id"]
    world.call(queued, state="ended", outcome="answered", agent_id=agent.id)


# -- who goes first ------------------------------------------------------------


def test_priority_number_goes_before_those_who_came_earlier(
    sip, agents, world, login, benin_number
):
    first, vip = benin_number(), benin_number()
    login("ccadmin").create(
        "telecom.priority.number", company_id=world.benin, number=vip, priority=50
    )
    early = sip.call(SERVICE, first, talk=60)
    world.call(first, timeout=15, state="waiting")
    late = sip.call(SERVICE, vip, talk=60)
    world.call(vip, timeout=15, state="waiting")
    wait_for(
        lambda: world.stack.waiting()[:1] == [vip],
        5,
        lambda: f"the priority number first: {world.stack.waiting()}",
    )
    agent = phone_agent(sip, agents, world)
    world.call(vip, timeout=15, state="talking", agent_id=agent.id)
    assert world.call(first)["state"] == "waiting"
    hang_up(world, late, vip, outcome="answered")
    agent.wait(activity="wrapup")
    agent.finish()
    world.call(first, timeout=15, state="talking")
    hang_up(world, early, first, outcome="answered")


def test_waiting_raises_a_callers_priority(sip, world, stack, benin_number):
    number = benin_number()
    caller = sip.call(SERVICE, number, talk=60)
    world.call(number, timeout=15, state="waiting")
    before = stack.priorities()[number]
    # The queue of these tests escalates every five seconds.
    wait_for(
        lambda: stack.priorities()[number] > before,
        15,
        lambda: f"a higher priority than {before}: {stack.priorities()}",
    )
    caller.hang_up()
    caller.ended()
    world.call(number, state="ended", outcome="abandoned", ledger="confirmed")


# -- who is calling ------------------------------------------------------------


def test_unknown_caller_becomes_a_customer(sip, desk, world, benin_number):
    tab = desk("agent1")
    number = benin_number()
    caller = sip.call(SERVICE, number, talk=60)
    tab.click("answer", timeout=15)
    tab.agent.wait(activity="talking")
    tab.click("new-customer")
    form = tab.seen("new-partner")
    assert re.sub(r"\D", "", number)[-8:] in re.sub(
        r"\D", "", form.locator("input[type=tel]").first.input_value()
    ), "the calling number is filled in"
    form.locator("input[name='first_name']").fill("Ifèdé")
    form.locator("input[name='last_name']").fill("Zinsou")
    tab.click("create")
    wait_for(
        lambda: "Zinsou" in tab.text("card-name"), 10, "the new customer on the card"
    )
    partner = world.login("clerk.benin").one(
        "res.partner",
        [("phone_sanitized", "=", number)],
        ["company_id", "telecom_customer"],
    )
    assert partner["company_id"][0] == world.benin and partner["telecom_customer"]
    hang_up(world, caller, number)


def test_several_customers_of_a_number_are_offered(sip, desk, world, benin_number):
    number = benin_number()
    one = world.customer(number, "Rock Kpadonou")
    other = world.customer(number, "Inès Kpadonou")
    tab = desk("agent1")
    caller = sip.call(SERVICE, number, talk=60)
    tab.seen("match", timeout=15, id=one)
    tab.seen("match", id=other)
    tab.click("answer")
    tab.agent.wait(activity="talking")
    tab.click("match", id=other)
    wait_for(lambda: "Inès" in tab.text("card-name"), 10, "the chosen customer")
    hang_up(world, caller, number)
    tab.agent.finish()
    wrapup = world.wrapup(number)
    assert wrapup["partner_id"] == other


def test_withheld_number_works(sip, desk, world, ledger):
    tab = desk("agent1")
    caller = sip.call(
        SERVICE,
        "anonymous",
        name='"Anonymous"',
        talk=60,
        headers="Privacy: id",
    )
    tab.click("answer", timeout=15)
    state = tab.agent.wait(activity="talking")
    card = tab.agent.desk("get_card", state["call"]["id"], company=world.benin)
    assert card["withheld"] and not card["matches"]
    caller.hang_up()
    caller.ended()
    row = wait_for(
        lambda: world.stack.sql(
            """SELECT * FROM telecom_call WHERE id = %s AND state = 'ended'
            AND outcome = 'answered'""",
            state["call"]["id"],
        ),
        10,
        "the withheld call in Odoo",
    )[0]
    assert not row["caller_number"]


def test_two_operators_at_once_do_not_mix(sip, desk, world, benin_number):
    """The same number is a customer of both operators, and both are called with it."""
    number = benin_number()
    world.customer(number, "Firmin Mono")
    world.customer(number, "Slim Carthage", company=world.tunisia)
    one = sip.call("1919", number, talk=90)
    two = sip.call("1200", number, talk=90)
    cards = {}
    tabs = [desk("agent1"), desk("agent6")]
    for tab in tabs:
        tab.click("answer", timeout=20)
        state = tab.agent.wait(activity="talking")
        company = state["call"]["company_id"]
        cards[company] = (tab.text("operator"), tab.text("card-name"))
        card = tab.agent.desk("get_card", state["call"]["id"], company=company)
        assert {match["name"] for match in card["matches"]} == {
            {world.benin: "Firmin Mono", world.tunisia: "Slim Carthage"}[company]
        }
    assert "Mono Télécom" in cards[world.benin][0]
    assert "Firmin Mono" in cards[world.benin][1]
    assert "Carthage Mobile" in cards[world.tunisia][0]
    assert "Slim Carthage" in cards[world.tunisia][1]
    one.hang_up()
    two.hang_up()
    one.ended()
    two.ended()
    rows = world.ended(number, 2)
    assert {row["company_id"] for row in rows} == {world.benin, world.tunisia}
    for login, name in (("manager.benin", "Mono"), ("manager.tunisia", "Carthage")):
        seen = world.login(login).search(
            "telecom.call", [("caller_number", "=", number)], ["company_id"]
        )
        assert len(seen) == 1 and name in seen[0]["company_id"][1]


# -- telephones ----------------------------------------------------------------


def test_missed_call_pauses_the_agent_and_the_caller_goes_on_waiting(
    sip, agents, world, benin_number
):
    agent = phone_agent(sip, agents, world, ring=None)
    number = benin_number()
    caller = sip.call(SERVICE, number, talk=60)
    agent.wait(activity="ringing", timeout=15)
    agent.wait(presence="not_ready", timeout=15)
    kind = world.stack.sql(
        """SELECT r.kind FROM telecom_agent a
        JOIN telecom_pause_reason r ON r.id = a.presence_reason_id WHERE a.id = %s""",
        agent.id,
    )
    assert kind == [{"kind": "missed"}]
    agent.wait_member(paused=True)
    world.call(number, state="waiting")
    supervisor = world.login("supervisor").one(
        "telecom.agent", [("id", "=", agent.id)], ["presence", "presence_reason_id"]
    )
    assert supervisor["presence"] == "not_ready"
    caller.hang_up()
    caller.ended()
    call = world.call(number, state="ended", outcome="abandoned", ledger="confirmed")
    missed = world.stack.sql(
        """SELECT m.* FROM telecom_call_visit v
        JOIN telecom_agent_telecom_call_visit_rel m ON m.telecom_call_visit_id = v.id
        WHERE v.call_id = %s AND m.telecom_agent_id = %s""",
        call["id"],
        agent.id,
    )
    assert missed, "the visit names the agent who did not answer"


def test_desk_phone_is_driven_by_the_bar(sip, desk, world, agents, benin_number):
    agent = agents["agent5"]
    phone_peer, caller_peer = sip.peer(media.tone(660, 1)), sip.peer()
    # The password an administrator is shown, once, is the one that works.
    window = world.login("ccadmin").call(
        "telecom.agent", "action_renew_phone", [agent.id]
    )
    shown = window["context"]
    assert shown["default_username"] == agent.sip_user
    world.secrets[agent.sip_user] = shown["default_secret"]
    wait_for(
        lambda: sip.register(agent.sip_user, shown["default_secret"])[0] == 0,
        10,
        "the new password to work",
    )
    sip.phones(
        {agent.sip_user: world.secrets[agent.sip_user]},
        ring=None,
        peer=phone_peer,
        trace=True,
    )
    tab = desk("agent5", ready=False)
    tab.click("ready")
    agent.wait(registered=True)
    agent.wait_member(paused=False)
    number = benin_number()
    caller = sip.call(SERVICE, number, peer=caller_peer, talk=90)
    tab.click("answer", timeout=15)
    agent.wait(activity="talking")
    media.wait_for_tone(caller_peer, 660)
    media.wait_for_tone(phone_peer, 1000)
    tab.click("hold")
    agent.wait(activity="hold")
    media.wait_for_music(caller_peer, not_tone=660)
    tab.click("hold")
    agent.wait(activity="talking")
    media.wait_for_tone(caller_peer, 660)
    tab.click("hangup")
    caller.ended(10)
    world.call(number, state="ended", outcome="answered", ledger="confirmed")
    agent.wait(activity="wrapup")


def test_dialled_call_that_reaches_nobody_leaves_the_agent_free(
    sip, world, agents, stack
):
    """Her own telephone rang and answered; nobody is behind the trunk."""
    agent = agents["agent5"]
    phones = sip.phones(
        {agent.sip_user: world.secrets[agent.sip_user]}, ring=0.2, trace=True
    )
    # Not the telephone of an earlier test, which the state may still be about.
    wait_for(
        lambda: re.search(
            rf"{agent.sip_user}@\S+:{phones.port}\b.* Avail",
            stack.asterisk("pjsip show contacts"),
        ),
        15,
        lambda: stack.asterisk("pjsip show contacts"),
    )
    agent.presence("ready")
    agent.wait(registered=True)
    agent.wait_member(paused=False)
    agent.desk("dial", "0196000000", world.benin, company=world.benin)
    wait_for(
        lambda: "X-Telecom-Answer: 1" in phones.trace(),
        10,
        "the telephone to be asked to pick up by itself",
    )
    sip.wait_no_channel(60)
    agent.wait(activity="idle", wrapup=False)
    agent.wait_member(paused=False)


def test_wrong_sip_secret_is_refused(sip, agents, world):
    user = agents["agent5"].sip_user
    right = world.secrets[user]
    status, sipp = sip.register(user, "wrong")
    assert status != 0
    assert any("SIP/2.0 401" in line for line in sipp.messages()[-2:])
    # Another agent's right secret is a wrong one here.
    status, _sipp = sip.register(user, world.secrets[world.crowd[0]])
    assert status != 0
    status, _sipp = sip.register(user, right)
    assert status == 0


def test_browser_is_told_when_its_secret_is_refused(desk):
    tab = desk("agent2", ready=False)

    def falsify(route):
        answer = route.fetch()
        body = answer.json()
        body["result"]["secret"] = "wrong"
        route.fulfill(response=answer, json=body)

    tab.page.route("**/telecom.desk/get_softphone", falsify)
    tab.click("ready")
    problem = tab.seen("problem", timeout=30, code="refused")
    assert len(problem.inner_text()) > 20, "the message says what to do"
    # "Try again" works once the secret is right.
    tab.page.unroute("**/telecom.desk/get_softphone")
    tab.click("retry")
    tab.registered()
    tab.gone("problem")


# -- hostile callers -----------------------------------------------------------

FORGED = "Forged-7301"
HOSTILE = {
    "crlf": f'"A%0D%0A%0D%0AEvent%3A AgentConnect%0D%0AMemberName%3A {FORGED}%0D%0A"',
    "queue_log": f'"A%0A1795000000|{FORGED}|queue1|agent1|CONNECT|1|x|1"',
    "quotes": '"A\\"\',|${SHELL(id)}{{7*7}}<b>\\\\"',
    "long": f'"{FORGED} ' + "A|" * 450 + '"',
    "endless": f'"{FORGED} ' + "A" * 10_000 + '"',
}


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_hostile_from_forges_nothing(
    stack, sip, world, agents, benin_number, case, ledger
):
    number = benin_number()
    sizes = {path: path.stat().st_size for path in (stack.cel, stack.queue_log)}
    last = stack.sql("SELECT max(id) AS id FROM telecom_call")[0]["id"]
    user = number
    if case in ("crlf", "queue_log", "long"):
        # The user part is as hostile as the name.
        user = f"{number}%0D%0AEvent%3A%20Hangup%0A1795000000%7C{FORGED}%7Cqueue1"
    if case == "quotes":
        user = f"{number}%22%5C%27%7C%2C%24%7BSHELL(id)%7D"
    name = re.sub(r"%([23457][0-9A-F])", lambda at: chr(int(at[1], 16)), HOSTILE[case])
    caller = sip.call(SERVICE, user, name=name, talk=60)
    call = wait_for(
        lambda: stack.sql(
            "SELECT * FROM telecom_call WHERE id > %s AND state = 'waiting'", last
        ),
        10,
        "the call in Odoo",
    )[0]
    assert re.fullmatch(r"\+?[0-9]{0,32}", call["caller_number"] or "")
    assert not set('\r\n|<>"${}') & set(call["caller_name"] or "")
    assert len(call["caller_name"] or "") <= 64
    caller.hang_up()
    caller.ended()
    wait_for(
        lambda: (
            stack.sql(
                "SELECT state, ledger FROM telecom_call WHERE id = %s", call["id"]
            )
            == [{"state": "ended", "ledger": "confirmed"}]
        ),
        10,
        "the call ended",
    )
    assert len(stack.sql("SELECT id FROM telecom_call WHERE id > %s", last)) == 1
    for path, size in sizes.items():
        with path.open("rb") as file:
            file.seek(size)
            for line in file.read().decode(errors="replace").splitlines():
                assert not line.startswith("1795000000|"), line
                assert len(line) < 4000, f"{path.name}: {line[:200]}"
                if path == stack.cel:
                    assert json.loads(line)["uniqueid"], "a row in one piece"
                else:
                    assert re.match(r"\d+\|[^|]*\|[^|]*\|[^|]*\|[A-Z]+", line), line
    assert not stack.sql(
        "SELECT id FROM telecom_call_leg WHERE channel LIKE %s", f"%{FORGED}%"
    )
    assert stack.gateway_ready()
    # The next caller is served as ever.
    other = benin_number()
    following = sip.call(SERVICE, other, talk=60)
    world.call(other, timeout=15, state="waiting")
    following.hang_up()
    following.ended()
    world.call(other, timeout=15, state="ended", ledger="confirmed")


# -- configuration -------------------------------------------------------------


def test_new_queue_and_service_number_work_within_seconds(
    stack, sip, world, agents, login, benin_number
):
    admin = login("ccadmin")
    agent = agents["agent5"]
    number = f"19{benin_number()[-4:]}"
    queue = admin.create(
        "telecom.queue",
        name=f"Nouvelle file {number}",
        company_id=world.benin,
        pbx_id=world.pbx,
        member_ids=[(0, 0, {"agent_id": agent.id, "penalty": 0})],
    )
    campaign = admin.create(
        "telecom.campaign",
        name=f"Nouvelle campagne {number}",
        company_id=world.benin,
        queue_id=queue,
    )
    admin.create(
        "telecom.did",
        number=number,
        company_id=world.benin,
        pbx_id=world.pbx,
        campaign_id=campaign,
    )
    admin.call("telecom.campaign", "action_go_live", [campaign])
    world.wait_applied(timeout=5)
    phone_agent(sip, agents, world)
    caller_number = benin_number()
    caller = sip.call(number, caller_number, talk=60)
    world.call(caller_number, timeout=10, state="talking", campaign_id=campaign)
    hang_up(world, caller, caller_number, outcome="answered", queue_id=queue)
    agent.finish()
    admin.write("telecom.campaign", [campaign], active=False)
    admin.write("telecom.queue", [queue], active=False)


def test_rejected_configuration_leaves_the_old_one_running(
    stack, sip, world, agents, login, benin_number
):
    admin = login("ccadmin")
    trunk = admin.search(
        "telecom.trunk", [("pbx_id", "=", world.pbx)], ["codecs"], limit=1
    )[0]
    try:
        admin.write("telecom.trunk", [trunk["id"]], codecs="alaw,nosuchcodec")
        error = wait_for(
            lambda: admin.one(
                "telecom.pbx", [("id", "=", world.pbx)], ["config_error"]
            )["config_error"],
            10,
            "the error on the PBX",
        )
        assert "nosuchcodec" in error
        number = benin_number()
        agent = phone_agent(sip, agents, world)
        caller = sip.call(SERVICE, number, talk=60)
        world.call(number, timeout=15, state="talking", agent_id=agent.id)
        hang_up(world, caller, number, outcome="answered")
        agent.wait(activity="wrapup")
    finally:
        admin.write("telecom.trunk", [trunk["id"]], codecs=trunk["codecs"])
    wait_for(
        lambda: (
            not admin.one("telecom.pbx", [("id", "=", world.pbx)], ["config_error"])[
                "config_error"
            ]
        ),
        10,
        "the error gone",
    )
