from odoo.tests import BaseCase, tagged

from ..engine import attempts, pacing, sharing
from ..engine.call_state import Ledger
from ..engine.live_state import LiveAttempt, LiveState
from ..engine.records import CelEvent, QueueEvent

NAME = "dialer-0123"
LOCAL = ("Local/o2c7a9@telecom-outbound-00;1", "Local/o2c7a9@telecom-outbound-00;2")


def cel(kind, at, uniqueid, channel, context="telecom-outbound", extra=None, **more):
    return CelEvent(
        kind, at, uniqueid, NAME, channel, context=context, account="2.7",
        extra=extra or {}, **more,
    )  # fmt: skip


def said(kind, at, uniqueid, channel, text=""):
    return cel(kind, at, uniqueid, channel, extra={"extra": text})


def dialed(*more, at=100.0):
    """The rows of an attempt up to its dial, and what follows."""
    return [
        cel("CHAN_START", at, NAME, LOCAL[0]),
        cel("CHAN_START", at, "demo-1.1", LOCAL[1]),
        said("TELECOM_DIAL", at + 0.1, "demo-1.1", LOCAL[1], "+2290196000001"),
        cel("CHAN_START", at + 0.2, "demo-1.2", "PJSIP/trunk3-01", "telecom-in-trunk3"),
        *more,
    ]


def ends(at, *uniqueids):
    return [
        cel(
            "CHAN_END",
            at,
            uniqueid,
            {NAME: LOCAL[0], "demo-1.1": LOCAL[1]}.get(uniqueid, "PJSIP/trunk3-01"),
        )
        for uniqueid in uniqueids
    ]


def facts(rows):
    ledger = Ledger(0)
    for offset, row in enumerate(rows):
        ledger.feed_cel(row, offset)
    return ledger.finished()


ALL = (NAME, "demo-1.1", "demo-1.2")


def for_seller(*more):
    """The same channels, asked for by a field seller: her telephone is the first."""
    rows = dialed(
        said("TELECOM_ANSWER", 105, "demo-1.2", "PJSIP/trunk3-01", "+2290197000001"),
        *more,
    )
    return [
        row._replace(
            **{
                name: "seller-4-0123"
                for name in ("uniqueid", "linkedid")
                if getattr(row, name) == NAME
            }
        )
        for row in rows
    ]


@tagged("post_install", "-at_install", "telecom")
class TestCallsForSellers(BaseCase):
    """Her own telephone first, then the customer."""

    def asked(self, *more):
        trunk, customer = "PJSIP/trunk3-01", "PJSIP/trunk3-02"
        return for_seller(
            said("TELECOM_CUSTOMER", 108, "demo-1.2", trunk, "+2290196000009"),
            cel("CHAN_START", 108.2, "demo-1.3", customer, "telecom-in-trunk3"),
            *more,
        )

    def ends(self, at, *more):
        everybody = ("seller-4-0123", "demo-1.1", "demo-1.2", "demo-1.3", *more)
        return [
            cel("CHAN_END", at, uniqueid, "x")._replace(linkedid="seller-4-0123")
            for uniqueid in everybody
        ]

    def test_both_talk(self):
        [call] = facts(
            self.asked(
                cel("ANSWER", 112, "demo-1.3", "PJSIP/trunk3-02"), *self.ends(130)
            )
        )
        self.assertEqual((call.direction, call.outcome), ("outbound", "answered"))
        self.assertEqual(call.caller_number, "+2290196000009")
        self.assertEqual((call.company_id, call.campaign_id), (2, 7))
        self.assertEqual((call.answered_at, call.talk_seconds), (112, 18))
        self.assertAlmostEqual(call.ring_seconds, 4)
        self.assertFalse(call.agent_id or call.conversations or call.visits)
        self.assertEqual([leg.kind for leg in call.legs], ["other", "caller"])
        [attempt] = call.attempts
        self.assertEqual(attempt.channel_id, "seller-4-0123")
        self.assertEqual((attempt.result, attempt.call), ("answered", call.uniqueid))
        self.assertEqual((attempt.dialed_at, attempt.answered_at), (108, 112))

    def test_the_customer_is_busy_or_does_not_answer(self):
        for text, result, outcome in (
            ("BUSY|017", "busy", "busy"),
            ("NOANSWER|00", "no_answer", "no_answer"),
            ("CHANUNAVAIL|020", "network", "failed"),
            ("CHANUNAVAIL|01", "wrong_number", "failed"),
        ):
            with self.subTest(text):
                [call] = facts(
                    self.asked(
                        said(
                            "TELECOM_RESULT", 120, "demo-1.2", "PJSIP/trunk3-01", text
                        ),
                        *self.ends(121),
                    )
                )
                self.assertEqual((call.outcome, call.answered_at), (outcome, None))
                self.assertEqual(call.attempts[0].result, result)

    def test_she_hangs_up_while_it_rings(self):
        [call] = facts(self.asked(*self.ends(115)))
        self.assertEqual(call.attempts[0].result, "no_answer")

    def test_her_mailbox_answers_and_nobody_is_called(self):
        [found] = facts(for_seller(*self.ends(125)))
        self.assertFalse(found.is_call)
        self.assertEqual(found.attempts[0].result, "not_dialed")

    def test_she_does_not_answer_and_nobody_is_called(self):
        rows = [
            row
            for row in for_seller(
                said("TELECOM_RESULT", 120, "demo-1.1", LOCAL[1], "NOANSWER|019"),
                *self.ends(121),
            )
            if row.kind != "TELECOM_ANSWER"
        ]
        [found] = facts(rows)
        self.assertFalse(found.is_call)
        self.assertEqual(found.attempts[0].result, "not_dialed")


@tagged("post_install", "-at_install", "telecom")
class TestAttempts(BaseCase):
    def test_results(self):
        for status, cause, result in (
            ("BUSY", 17, "busy"),
            ("NOANSWER", 0, "no_answer"),
            ("NOANSWER", 19, "no_answer"),
            ("CHANUNAVAIL", 1, "wrong_number"),
            ("CHANUNAVAIL", 21, "refused"),
            ("CONGESTION", 34, "network"),
            ("CHANUNAVAIL", 20, "network"),
            ("STOPPED", 0, "cancelled"),
            ("LATE", 0, "not_dialed"),
            ("FULL", 0, "not_dialed"),
            # Nothing came from the trunk, whatever cause is left of it
            ("SILENT", 0, "network"),
            ("SILENT", 19, "network"),
        ):
            with self.subTest(status=status, cause=cause):
                self.assertEqual(attempts.result_of(status, cause), result)

    def test_nobody_answers(self):
        rows = dialed(
            said("TELECOM_RESULT", 110, "demo-1.1", LOCAL[1], "BUSY|017"),
            *ends(110.1, *ALL),
        )
        [found] = facts(rows)
        self.assertFalse(found.is_call)
        [attempt] = found.attempts
        self.assertEqual(
            (attempt.channel_id, attempt.result, attempt.cause), (NAME, "busy", 17)
        )
        self.assertEqual((attempt.dialed_at, attempt.ended_at), (100.1, 110.1))

    def test_rows_read_again_say_the_same(self):
        rows = dialed(
            said("TELECOM_RESULT", 110, "demo-1.1", LOCAL[1], "NOANSWER|0"),
            *ends(110.1, *ALL),
        )
        self.assertEqual(facts(rows)[0].attempts, facts(rows + rows)[0].attempts)

    def test_taken_back_while_it_rings(self):
        [found] = facts(dialed(*ends(103, *ALL)))
        self.assertEqual(found.attempts[0].result, "cancelled")

    def test_never_dialed(self):
        rows = [
            cel("CHAN_START", 100, NAME, LOCAL[0]),
            cel("CHAN_START", 100, "demo-1.1", LOCAL[1]),
            said("TELECOM_RESULT", 100.1, "demo-1.1", LOCAL[1], "LATE|0"),
            *ends(100.2, NAME, "demo-1.1"),
        ]
        [found] = facts(rows)
        self.assertEqual(found.attempts[0].result, "not_dialed")

    def test_asterisk_was_killed_while_it_rang(self):
        ledger = Ledger(0)
        for offset, row in enumerate(dialed()):
            ledger.feed_cel(row, offset)
        ledger.feed_queue_log(QueueEvent(140, "NONE", "NONE", "NONE", "QUEUESTART"), 0)
        [found] = ledger.finished()
        self.assertEqual(found.attempts[0].result, "interrupted")

    def answered(self, *more, at=105):
        return dialed(
            said("TELECOM_ANSWER", at, "demo-1.2", "PJSIP/trunk3-01"),
            said("TELECOM_WAIT", at, "demo-1.2", "PJSIP/trunk3-01"),
            *ends(at + 0.1, NAME, "demo-1.1"),
            *more,
        )

    def test_an_agent_talks(self):
        agent = ("demo-1.3", "PJSIP/agent5-01", "telecom-agents")
        bridge = {"bridge_id": "b"}
        rows = self.answered(
            cel("CHAN_START", 105.5, *agent),
            cel("BRIDGE_ENTER", 106, agent[0], agent[1], extra=bridge),
            cel("BRIDGE_ENTER", 106, "demo-1.2", "PJSIP/trunk3-01", extra=bridge),
            cel("BRIDGE_EXIT", 126, "demo-1.2", "PJSIP/trunk3-01", extra=bridge),
            cel("CHAN_END", 126, agent[0], agent[1]),
            *ends(126, "demo-1.2"),
        )
        [found] = facts(rows)
        self.assertTrue(found.is_call)
        self.assertEqual(
            (found.direction, found.outcome, found.agent_id),
            ("outbound", "answered", 5),
        )
        self.assertEqual((found.company_id, found.campaign_id), (2, 7))
        [attempt] = found.attempts
        self.assertEqual((attempt.result, attempt.agent_id), ("answered", 5))
        self.assertEqual(attempt.waiting_seconds, 1.0)
        self.assertEqual(attempt.call, found.uniqueid)

    def test_no_agent_within_the_limit(self):
        rows = self.answered(
            said("TELECOM_ABANDONED", 107, "demo-1.2", "PJSIP/trunk3-01"),
            said("TELECOM_REFUSED", 112, "demo-1.2", "PJSIP/trunk3-01"),
            *ends(113, "demo-1.2"),
        )
        [found] = facts(rows)
        self.assertEqual(found.outcome, "abandoned")
        [attempt] = found.attempts
        self.assertEqual((attempt.result, attempt.refused), ("abandoned", True))
        # Until the message began, not until its end.
        self.assertEqual(attempt.waiting_seconds, 2.0)

    def test_a_machine(self):
        rows = self.answered(
            said("TELECOM_AMD", 108, "demo-1.2", "PJSIP/trunk3-01", "MACHINE|LONG-1"),
            *ends(108.1, "demo-1.2"),
        )
        [found] = facts(rows)
        self.assertEqual(found.outcome, "machine")
        [attempt] = found.attempts
        self.assertEqual((attempt.result, attempt.machine), ("machine", "machine"))
        self.assertEqual(attempt.machine_reason, "LONG-1")

    def test_a_machine_that_was_to_have_an_agent_is_abandoned_like_a_person(self):
        """It may have been one, wrongly judged: called again no sooner."""
        trunk = ("demo-1.2", "PJSIP/trunk3-01")
        judged = said("TELECOM_AMD", 108, *trunk, "MACHINE|LONG-1|agent")
        for more in ([], [said("TELECOM_ABANDONED", 110, *trunk)]):
            with self.subTest(more=more):
                rows = self.answered(judged, *more, *ends(112, "demo-1.2"))
                [found] = facts(rows)
                self.assertEqual(found.outcome, "abandoned")
                [attempt] = found.attempts
                self.assertEqual(
                    (attempt.result, attempt.machine), ("abandoned", "machine")
                )


@tagged("post_install", "-at_install", "telecom")
class TestSharing(BaseCase):
    def test_who_works_for_several_counts_once(self):
        shares = sharing.shares({1: [1, 2, 3, 4], 2: [1, 2, 3, 4], 3: [4]})
        self.assertEqual(sum(map(len, shares.values())), 4)
        self.assertEqual(set().union(*shares.values()), {1, 2, 3, 4})
        self.assertEqual({len(shares[1]), len(shares[2])} - {1, 2}, set())

    def test_the_same_agents_are_shared_the_same(self):
        agents = {1: [3, 1, 2], 2: [2, 3]}
        self.assertEqual(sharing.shares(agents), sharing.shares(dict(agents)))

    def test_inbound_goes_first(self):
        members = {("queue9", 1): 0, ("queue9", 2): 0, ("queue8", 3): 0}
        for idle, waiting, taken in (
            ([1, 2, 3], {}, 0),
            ([1, 2, 3], {"queue9": 1}, 1),
            ([1, 2, 3], {"queue9": 5}, 2),
            ([1, 2, 3], {"queue9": 5, "queue8": 1}, 3),
            ([3], {"queue9": 5}, 0),
        ):
            with self.subTest(idle=idle, waiting=waiting):
                self.assertEqual(sharing.asked_for(idle, waiting, members), taken)


@tagged("post_install", "-at_install", "telecom")
class TestLiveAttempts(BaseCase):
    def setUp(self):
        super().setUp()
        self.live = LiveState()
        self.live.add_attempt(LiveAttempt(NAME, 2, 7, 100.0))

    def event(self, name, **fields):
        return self.live.handle({"Event": name, "Linkedid": NAME, **fields})

    def answer(self):
        self.event(
            "DialEnd", DestChannel="PJSIP/trunk3-01", DestUniqueid="demo-1.2",
            DestLinkedid=NAME, DialStatus="ANSWER", Timestamp="109.0",
        )  # fmt: skip

    def kinds(self):
        return [news.kind for news in self.live.take_news()]

    def test_rings_and_ends(self):
        self.event("Hangup", Uniqueid=NAME, Channel=LOCAL[0], Timestamp="120")
        self.assertEqual(self.kinds(), ["ended"])
        self.assertFalse(self.live.attempts)

    def test_the_dialing_half_ends_once_somebody_answers(self):
        self.answer()
        self.event("Hangup", Uniqueid=NAME, Channel=LOCAL[0], Timestamp="109.1")
        self.assertIn(NAME, self.live.attempts)
        self.event("AgentConnect", Interface="PJSIP/agent5", Timestamp="110")
        self.assertEqual(self.kinds(), ["answered", "connected"])
        self.assertFalse(self.live.attempts)

    def test_abandoned(self):
        self.answer()
        self.event(
            "Hangup", Uniqueid="demo-1.2", Channel="PJSIP/trunk3-01", Timestamp="115"
        )
        self.assertEqual(self.kinds(), ["answered", "ended"])

    def test_the_network_takes_the_call(self):
        sign = {
            "DestLinkedid": NAME, "DestChannel": "PJSIP/trunk3-01",
            "DialStatus": "RINGING", "Timestamp": "103",
        }  # fmt: skip
        self.event("DialState", **sign)
        self.event("DialState", **sign | {"DialStatus": "PROGRESS"})
        self.assertEqual(self.kinds(), ["heard"])

    def test_what_the_dialplan_says_of_its_end(self):
        for status, cause, result, refused in (
            ("NOANSWER", "00", "no_answer", False),
            ("BUSY", "017", "busy", False),
            ("SILENT", "00", "network", True),
            ("CONGESTION", "034", "network", True),
            ("CHANUNAVAIL", "01", "wrong_number", False),
            ("LATE", "0", "not_dialed", False),
            ("FULL", "0", "not_dialed", False),
            # The trunk before the full one has refused it
            ("FULL", "034", "not_dialed", True),
            ("STOPPED", "0", "cancelled", False),
        ):
            with self.subTest(status, cause=cause):
                self.live.add_attempt(LiveAttempt(NAME, 2, 7, 100.0))
                self.event(
                    "UserEvent", UserEvent="TelecomResult", Uniqueid="demo-1.1",
                    Status=status, Cause=cause, Timestamp="103",
                )  # fmt: skip
                self.event("Hangup", Uniqueid=NAME, Channel=LOCAL[0], Timestamp="103")
                [news] = self.live.take_news()
                self.assertEqual(
                    (news.kind, news.attempt.result, news.attempt.refused),
                    ("ended", result, refused),
                )

    def test_who_hears_a_message_waits_for_nobody(self):
        self.answer()
        self.assertFalse(self.live.attempts[NAME].left)
        self.event("UserEvent", UserEvent="TelecomLeft", Uniqueid="demo-1.2")
        self.assertTrue(self.live.attempts[NAME].left)

    def test_trunks_that_cannot_be_reached(self):
        live = self.live
        live.set_trunks(
            [
                {"ObjectName": "trunk3", "DeviceState": "Unavailable"},
                {"ObjectName": "agent4", "DeviceState": "Unavailable"},
                {"ObjectName": "trunk5", "DeviceState": "Not in use"},
            ]
        )
        self.assertEqual(live.trunks_away, {3})
        for name, status, away in (
            ("trunk5", "Unreachable", {3, 5}),
            ("agent4", "Unreachable", {3, 5}),
            ("trunk3", "Reachable", {5}),
            ("trunk5", "Removed", set()),
        ):
            live.trunk_contact({"AOR": name, "ContactStatus": status})
            self.assertEqual(live.trunks_away, away)

    def test_a_waiting_person_is_an_outbound_call(self):
        self.answer()
        self.event(
            "QueueCallerJoin", Uniqueid="demo-1.2", Channel="PJSIP/trunk3-01",
            Queue="queue4", AccountCode="2.7", CallerIDNum="+2290196000001",
            Timestamp="109.2",
        )  # fmt: skip
        call = self.live.calls["demo-1.2"]
        self.assertEqual((call.direction, call.campaign_id), ("outbound", 7))

    def test_what_asterisk_does_not_list_is_over(self):
        self.live.check_attempts([], 200.0)
        self.assertEqual(self.kinds(), ["ended"])

    def test_a_new_gateway_finds_what_rings(self):
        live = LiveState()
        live.check_attempts(
            [
                {
                    "Uniqueid": NAME, "Linkedid": NAME, "Channel": LOCAL[0],
                    "AccountCode": "2.7", "Duration": "00:00:07",
                },
                {
                    "Uniqueid": f"{NAME};2", "Linkedid": NAME, "Channel": LOCAL[1],
                    "AccountCode": "2.7", "Duration": "00:00:07",
                },
            ],
            200.0,
        )  # fmt: skip
        self.assertEqual(list(live.attempts), [NAME])
        self.assertEqual(live.attempts[NAME].dialed_at, 193.0)
        self.assertEqual(live.attempts[NAME].campaign_id, 7)


@tagged("post_install", "-at_install", "telecom")
class TestKnowledgeKept(BaseCase):
    def test_as_it_was(self):
        knowledge = pacing.Knowledge()
        knowledge.set_hour(10)
        for second in range(400):
            knowledge.observe_dial(second + 10.0, 10.0, second % 4 == 0, agents=10)
            knowledge.observe_handling(60 + second % 50)
            knowledge.observe_moment(second + 10.0, ())
        knowledge.observe_moment(1000.0, ())
        again = pacing.load(pacing.dump(knowledge))
        again.set_hour(10)
        self.assertAlmostEqual(again.answer_rate, knowledge.answer_rate, 3)
        self.assertAlmostEqual(again.horizon, knowledge.horizon, 3)
        for one, other in zip(
            again.release_chances(9), knowledge.release_chances(9), strict=True
        ):
            self.assertAlmostEqual(one, other, 3)

    def test_what_does_not_fit_is_left_out(self):
        self.assertEqual(
            pacing.load({"handling": [1, 2], "hours": {"x": [1]}}).answer_rate,
            pacing.Knowledge().answer_rate,
        )
