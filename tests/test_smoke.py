"""A first call, without a browser: everything else builds on it."""


def test_desk_phone_takes_a_call(sip, agents, world, ledger, tunisia_number):
    agent = agents["agent5"]
    sip.phones({agent.sip_user: world.secrets[agent.sip_user]}, ring=0.3)
    agent.ready()
    agent.wait(registered=True)
    number = tunisia_number()
    caller = sip.call("1200", number, talk=30)
    world.call(number, timeout=20, state="talking", agent_id=agent.id)
    caller.hang_up()
    caller.ended()
    call = world.call(number, state="ended", outcome="answered", ledger="confirmed")
    (written,) = ledger.by_number(number)
    assert written.uniqueid == call["uniqueid"]
    agent.wait(activity="wrapup")
    assert agent.member() == "paused"
    agent.finish()
    agent.wait_member(paused=False)
