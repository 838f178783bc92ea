from odoo.tests import BaseCase, tagged

from ..engine.live_state import LiveCall, LiveState
from ..engine.priority import caller_priority, escalated


class Events:
    """AMI events of a call to queue 1, as Asterisk 22.10 sends them."""

    def __init__(self, live=None, number=1):
        self.live = live or LiveState()
        self.at = 1000.0
        self.call = f"pbx-999.{number}"
        self.trunk = {
            "Channel": f"PJSIP/trunk1-0000000{number}",
            "Uniqueid": self.call,
            "Linkedid": self.call,
            "AccountCode": "2.7",
            "CallerIDNum": "+2290190000001",
            "CallerIDName": "Afi",
        }

    def __getattr__(self, name):
        def send(**fields):
            self.at += 1
            return self.live.handle(
                {"Event": name, "Timestamp": str(self.at), **self.trunk, **fields}
            )

        return send

    def agent(self, number=1, attempt=0):
        return {
            "Queue": "queue1",
            "Interface": f"PJSIP/agent{number}",
            "DestChannel": f"PJSIP/agent{number}-0000001{attempt}",
            "DestUniqueid": f"pbx-1000.{number}{attempt}",
        }

    def agent_channel(self, number=1, attempt=0):
        return {
            "Channel": f"PJSIP/agent{number}-0000001{attempt}",
            "Uniqueid": f"pbx-1000.{number}{attempt}",
        }

    def talk(self, number=1):
        self.QueueCallerJoin(Queue="queue1")
        self.AgentCalled(**self.agent(number))
        return self.AgentConnect(**self.agent(number))


def kinds(effects):
    return [effect.kind for effect in effects]


@tagged("post_install", "-at_install", "telecom")
class TestLiveState(BaseCase):
    def setUp(self):
        super().setUp()
        self.events = Events()
        self.live = self.events.live

    def test_call_through_a_queue(self):
        events, live = self.events, self.live
        self.assertEqual(
            kinds(events.QueueCallerJoin(Queue="queue1")), ["join", "queue"]
        )
        call = live.calls[events.call]
        self.assertEqual((call.company_id, call.campaign_id, call.queue_id), (2, 7, 1))
        self.assertEqual((call.state, call.number), ("waiting", "+2290190000001"))
        effects = events.AgentCalled(**events.agent())
        self.assertEqual(kinds(effects), ["pop", "agent", "queue"])
        self.assertEqual(effects[0].agent_id, 1)
        self.assertEqual(live.agents[1].activity, "ringing")
        events.AgentConnect(**events.agent())
        self.assertEqual((call.state, call.agent_id), ("talking", 1))
        self.assertEqual(live.agents[1].activity, "talking")
        events.Hold(**events.agent_channel())
        self.assertEqual((call.state, live.agents[1].activity), ("hold", "hold"))
        events.Unhold(**events.agent_channel())
        effects = events.Hangup(**events.agent_channel(), Cause="16")
        self.assertIn("conversation", kinds(effects))
        self.assertEqual(live.agents[1].activity, "wrapup")
        events.Hangup(Cause="16")
        self.assertEqual(call.state, "ended")
        live.set_wrapup(1, False, 2000)
        self.assertEqual(live.agents[1].activity, "idle")

    def test_one_ring_pops_once(self):
        self.events.QueueCallerJoin(Queue="queue1")
        self.assertIn("pop", kinds(self.events.DialBegin(**self.events.agent())))
        self.assertEqual(self.events.AgentCalled(**self.events.agent()), [])

    def test_ring_without_answer(self):
        table = [
            ("Ringing", "15000", "missed"),
            ("Ringing", "500", "missed"),
            ("Down", "0", "missed"),  # refused by the device, or by Asterisk
            ("Down", "6000", "unheard"),  # nobody was there to hear it
        ]
        for state, milliseconds, expected in table:
            with self.subTest(state=state, milliseconds=milliseconds):
                self.setUp()
                self.events.QueueCallerJoin(Queue="queue1")
                self.events.AgentCalled(**self.events.agent())
                rang_at = self.live.agents[1].since
                effects = self.events.AgentRingNoAnswer(
                    **self.events.agent(),
                    DestChannelStateDesc=state,
                    RingTime=milliseconds,
                )
                self.assertEqual(effects[0].kind, expected)
                self.assertEqual(effects[0].started_at, rang_at)
                self.assertEqual(self.live.agents[1].activity, "idle")
                self.assertEqual(self.live.calls[self.events.call].state, "waiting")

    def test_caller_gives_up_while_it_rings(self):
        self.events.QueueCallerJoin(Queue="queue1")
        self.events.AgentCalled(**self.events.agent())
        self.events.QueueCallerLeave(Queue="queue1")
        self.events.Hangup(**self.events.agent_channel(), Cause="16")
        self.assertEqual(self.live.agents[1].activity, "idle")
        self.assertFalse(self.live.agents[1].wrapup)
        self.events.Hangup(Cause="0")
        self.assertEqual(self.live.calls[self.events.call].state, "ended")

    def test_lost_agent_has_no_wrapup_yet(self):
        for cause in ("44", "38"):
            with self.subTest(cause=cause):
                events = Events()
                events.talk()
                effects = events.Hangup(**events.agent_channel(), Cause=cause)
                self.assertNotIn("conversation", kinds(effects))
                self.assertEqual(events.live.agents[1].activity, "idle")
                events.QueueCallerJoin(Queue="queue1")
                self.assertEqual(events.live.calls[events.call].state, "waiting")

    def test_consultation_and_coming_back(self):
        events, live = self.events, self.live
        events.talk()
        bridge = {"BridgeUniqueid": "b1"}
        events.BridgeEnter(**bridge)
        events.BridgeEnter(**bridge, **events.agent_channel())
        live.consulting(1, "agent:2", 2000)
        events.Hold(**events.agent_channel())
        events.BridgeLeave(**bridge, **events.agent_channel())
        self.assertEqual(live.agents[1].activity, "consulting")
        effects = events.DialBegin(
            Channel="Local/1000@telecom-consult-1;2", Uniqueid="pbx-1000.90",
            DestChannel="PJSIP/agent2-00000020", DestUniqueid="pbx-1000.20",
        )  # fmt: skip
        self.assertIn("pop", kinds(effects))
        events.BridgeEnter(BridgeUniqueid="b2", **events.agent_channel(2))
        self.assertEqual(live.agents[2].activity, "consulting")
        self.assertEqual(live.agents[1].consult_state, "ringing")
        events.DialEnd(
            DestChannel="Local/1000@telecom-consult-1;1",
            DestUniqueid="pbx-1000.89", DestLinkedid=events.call, DialStatus="ANSWER",
        )  # fmt: skip
        self.assertEqual(live.agents[1].consult_state, "talking")
        events.BridgeEnter(**bridge, **events.agent_channel())
        self.assertEqual(live.agents[1].activity, "talking")
        self.assertEqual(live.agents[1].consult, "")
        effects = events.Hangup(**events.agent_channel(2), Cause="16")
        self.assertNotIn("conversation", kinds(effects), "she was only asked")

    def test_call_out(self):
        live = self.live
        call = LiveCall("telecom-1", "PJSIP/agent1", 1.0, "outbound", 2, 7, agent_id=1)
        live.add_call(call)
        live.agent(1).call = live.agent(1).uniqueid = "telecom-1"
        live.agent(1).activity = "manual"
        agent = {
            "Channel": "PJSIP/agent1-1", "Uniqueid": "telecom-1",
            "Linkedid": "telecom-1",
        }  # fmt: skip
        trunk = {
            "Channel": "PJSIP/trunk1-2", "Uniqueid": "pbx-2.2", "Linkedid": "telecom-1"
        }  # fmt: skip
        self.events.BridgeEnter(BridgeUniqueid="b", **agent)
        self.assertEqual(live.agents[1].activity, "manual")
        self.events.BridgeEnter(BridgeUniqueid="b", **trunk)
        self.assertEqual(live.agents[1].activity, "talking")
        self.assertEqual(call.state, "talking")
        self.events.Hangup(**trunk, Cause="16")
        self.assertEqual(call.state, "talking")
        effects = self.events.Hangup(**agent, Cause="16")
        self.assertIn("conversation", kinds(effects))
        self.assertEqual(call.state, "ended")

    def test_devices(self):
        change = self.events.DeviceStateChange
        for state, registered in (
            ("NOT_INUSE", True), ("UNAVAILABLE", False), ("RINGING", True),
            ("INVALID", False), ("BUSY", True),
        ):  # fmt: skip
            change(Device="PJSIP/agent1", State=state)
            self.assertEqual(self.live.agents[1].registered, registered, state)
        self.assertEqual(change(Device="Queue:queue1_avail", State="INUSE"), [])

    def test_strangers_change_nothing(self):
        for event in (
            {"Event": "AgentConnect", "Uniqueid": "x", "Interface": "PJSIP/agent1"},
            {"Event": "Hangup", "Uniqueid": "x", "Channel": "PJSIP/agent1-1"},
            {"Event": "Hold", "Channel": "PJSIP/agent1-1"},
            {"Event": "Unknown"},
            {"Event": "QueueCallerLeave", "Queue": "queue1"},
        ):
            effects = LiveState().handle(event)
            self.assertFalse([e for e in effects if e.kind != "queue"], event)


@tagged("post_install", "-at_install", "telecom")
class TestResynchronisation(BaseCase):
    def setUp(self):
        super().setUp()
        self.events = Events()
        self.live = self.events.live

    def resync(self, channels=(), queues=(), devices=()):
        return self.live.resync(list(channels), list(queues), list(devices), 5000.0)

    def test_what_ended_unseen_has_ended(self):
        self.events.talk()
        effects = self.resync()
        self.assertEqual(self.live.calls[self.events.call].state, "ended")
        self.assertIn("conversation", kinds(effects))
        self.assertEqual(self.live.agents[1].activity, "wrapup")

    def test_what_began_unseen_is_found(self):
        trunk = self.events.trunk
        waiting = {
            "Event": "QueueEntry", "Queue": "queue1", "Uniqueid": self.events.call,
            "Wait": "12", "Priority": "7",
        }  # fmt: skip
        effects = self.resync([trunk], [waiting])
        call = self.live.calls[self.events.call]
        self.assertEqual((call.state, call.joined_at), ("waiting", 4988.0))
        self.assertEqual(call.priority, 7, "what Asterisk has raised it to")
        self.assertIn("join", kinds(effects))
        self.assertNotIn("pop", kinds(effects), "an old ring pops no card")

    def test_conversation_goes_on(self):
        self.events.talk()
        agent = {
            **self.events.agent_channel(), "Linkedid": self.events.call, "BridgeId": "b"
        }  # fmt: skip
        effects = self.resync([{**self.events.trunk, "BridgeId": "b"}, agent])
        self.assertEqual(self.live.agents[1].activity, "talking")
        self.assertNotIn("conversation", kinds(effects))

    def test_conversation_that_began_unseen(self):
        agent = {
            **self.events.agent_channel(), "Linkedid": self.events.call, "BridgeId": "b"
        }  # fmt: skip
        self.resync([{**self.events.trunk, "BridgeId": "b"}, agent])
        self.assertEqual(self.live.agents[1].activity, "talking")
        self.assertEqual(self.live.calls[self.events.call].state, "talking")

    def test_twice_is_once(self):
        waiting = {
            "Event": "QueueEntry", "Queue": "queue1", "Uniqueid": self.events.call,
            "Wait": "12",
        }  # fmt: skip
        self.resync([self.events.trunk], [waiting])
        effects = self.resync([self.events.trunk], [waiting])
        self.assertFalse({"join", "call", "conversation", "pop"} & set(kinds(effects)))

    def test_queue_counts(self):
        members = [
            {
                "Event": "QueueMember", "Queue": "queue1", "Penalty": "10",
                "Location": f"PJSIP/agent{n}", "Paused": paused, "PausedReason": "",
            }
            for n, paused in ((1, "0"), (2, "1"), (3, "0"))
        ]  # fmt: skip
        devices = [{"Device": f"PJSIP/agent{n}", "State": "NOT_INUSE"} for n in (1, 2)]
        self.resync([], members, devices)
        waiting, longest, agents = self.live.queue_counts(1, 5000.0)
        self.assertEqual((waiting, longest), (0, 0.0))
        self.assertEqual((agents["ready"], agents["paused"]), (1, 1))


@tagged("post_install", "-at_install", "telecom")
class TestPriority(BaseCase):
    def test_number_before_segment(self):
        for number, segment, wanted in (
            (None, None, 0), (None, 3, 3), (10, 3, 10), (0, 3, 0), (-5, 3, 0),
            (None, -1, 0),
        ):  # fmt: skip
            self.assertEqual(caller_priority(number, segment), wanted)

    def test_waiting_raises(self):
        for waited, every, steps in (
            (0, 60, 0), (59.9, 60, 0), (60, 60, 1), (185, 60, 3), (500, 0, 0),
        ):  # fmt: skip
            self.assertEqual(escalated(waited, every), steps)
