from odoo.tests import BaseCase, tagged

from ..engine import agent_status
from ..engine.agent_status import Change, StatusError
from ..engine.agent_time import Event, Interval, intervals, totals
from ..engine.contacts import Contacts


@tagged("post_install", "-at_install", "telecom")
class TestAgentStatus(BaseCase):
    def test_every_request(self):
        """(presence, activity, wanted) → presence and what is logged."""
        table = [
            ("offline", "idle", "ready", "ready", "login"),
            ("offline", "idle", "not_ready", "not_ready", "login"),
            ("offline", "idle", "offline", "offline", None),
            ("ready", "idle", "not_ready", "not_ready", "presence"),
            ("ready", "idle", "offline", "offline", "logout"),
            ("ready", "idle", "ready", "ready", None),
            ("ready", "ringing", "not_ready", "pause_requested", "presence"),
            ("ready", "talking", "not_ready", "pause_requested", "presence"),
            ("ready", "wrapup", "not_ready", "pause_requested", "presence"),
            ("pause_requested", "talking", "not_ready", "pause_requested", None),
            ("pause_requested", "talking", "ready", "ready", "presence"),
            ("pause_requested", "idle", "not_ready", "not_ready", "presence"),
            ("not_ready", "idle", "ready", "ready", "presence"),
            ("not_ready", "wrapup", "ready", "ready", "presence"),
            ("not_ready", "idle", "offline", "offline", "logout"),
        ]
        for presence, activity, wanted, new, event in table:
            with self.subTest(presence=presence, activity=activity, wanted=wanted):
                self.assertEqual(
                    agent_status.request_presence(presence, activity, wanted),
                    Change(new, event),
                )

    def test_nobody_logs_out_with_a_caller_on_the_line(self):
        for presence in ("ready", "not_ready", "pause_requested"):
            for activity in agent_status.BUSY:
                with self.subTest(presence=presence, activity=activity):
                    with self.assertRaises(StatusError) as caught:
                        agent_status.request_presence(presence, activity, "offline")
                    self.assertEqual(caught.exception.args, ("busy",))

    def test_force_takes_effect_at_once(self):
        for activity in agent_status.ACTIVITIES:
            for wanted in agent_status.CHOICES:
                change = agent_status.request_presence(
                    "ready", activity, wanted, forced=True
                )
                self.assertEqual(change.presence, wanted)

    def test_unknown_words_are_refused(self):
        for presence, activity, wanted in [
            ("ready", "idle", "pause_requested"),
            ("ready", "idle", "lunch"),
            ("away", "idle", "ready"),
            ("ready", "asleep", "ready"),
        ]:
            with self.assertRaises(StatusError):
                agent_status.request_presence(presence, activity, wanted)

    def test_requested_pause_begins_when_free(self):
        for activity in agent_status.ACTIVITIES:
            expected = "not_ready" if activity == "idle" else "pause_requested"
            self.assertEqual(
                agent_status.settle_presence("pause_requested", activity), expected
            )
        self.assertEqual(agent_status.settle_presence("ready", "idle"), "ready")

    def test_a_call_from_ring_to_the_next(self):
        activity = "idle"
        for happened, expected in [
            ("ring", "ringing"),
            ("connect", "talking"),
            ("hold", "hold"),
            ("unhold", "talking"),
            ("consult", "consulting"),
            ("resume", "talking"),
            ("end", "wrapup"),
            ("done", "idle"),
            ("dial", "manual"),
            ("connect", "talking"),
        ]:
            activity = agent_status.next_activity(activity, happened)
            self.assertEqual(activity, expected)

    def test_what_cannot_happen_is_refused(self):
        known = set(agent_status._ACTIVITY)
        for activity in agent_status.ACTIVITIES:
            for happened in agent_status.HAPPENINGS:
                if (activity, happened) in known:
                    self.assertIn(
                        agent_status.next_activity(activity, happened),
                        agent_status.ACTIVITIES,
                    )
                else:
                    with self.assertRaises(StatusError):
                        agent_status.next_activity(activity, happened)

    def test_only_the_ready_and_idle_take_calls(self):
        takers = [
            (presence, activity)
            for presence in agent_status.PRESENCES
            for activity in agent_status.ACTIVITIES
            if agent_status.takes_calls(presence, activity)
        ]
        self.assertEqual(takers, [("ready", "idle")])


@tagged("post_install", "-at_install", "telecom")
class TestAgentTime(BaseCase):
    def test_a_day(self):
        log = [
            Event(10, "not_ready"),
            Event(20, "ready"),
            Event(30, None, "ringing"),
            Event(32, None, "talking"),
            Event(40, "pause_requested"),
            Event(50, None, "wrapup"),
            Event(55, None, "idle"),
            Event(55, "not_ready"),
            Event(70, "offline"),
        ]
        self.assertEqual(
            list(intervals(log, 0, 100)),
            [
                Interval(10, 20, "not_ready", "idle"),
                Interval(20, 30, "ready", "idle"),
                Interval(30, 32, "ready", "ringing"),
                Interval(32, 40, "ready", "talking"),
                Interval(40, 50, "pause_requested", "talking"),
                Interval(50, 55, "pause_requested", "wrapup"),
                Interval(55, 70, "not_ready", "idle"),
            ],
        )

    def test_intervals_add_up_to_logged_time(self):
        """Whatever the log holds: second logins, missing logouts, wrong order."""
        logs = {
            "nothing": ([], 0),
            "never logged out": ([Event(40, "ready")], 60),
            "logged in before": ([Event(-50, "ready"), Event(30, "offline")], 30),
            "two logins": (
                [Event(10, "ready"), Event(20, "ready"), Event(30, "offline")],
                20,
            ),
            "two logouts": (
                [Event(10, "ready"), Event(20, "offline"), Event(30, "offline")],
                10,
            ),
            "out of order": ([Event(30, "offline"), Event(10, "ready")], 20),
            "activity while logged out": (
                [
                    Event(5, None, "talking"),
                    Event(10, "ready"),
                    Event(20, "offline"),
                    Event(25, None, "wrapup"),
                ],
                10,
            ),
            "after the end": ([Event(90, "ready"), Event(150, "offline")], 10),
            "at the very end": ([Event(100, "ready")], 0),
        }
        for name, (log, logged) in logs.items():
            with self.subTest(name):
                pieces = list(intervals(log, 0, 100))
                self.assertEqual(sum(p.end - p.start for p in pieces), logged)
                for before, after in zip(pieces, pieces[1:], strict=False):
                    self.assertLessEqual(before.end, after.start)
                self.assertTrue(all(p.start < p.end for p in pieces))
                self.assertNotIn("offline", {p.presence for p in pieces})

    def test_totals(self):
        log = [Event(0, "ready"), Event(10, None, "talking"), Event(30, None, "idle")]
        self.assertEqual(
            totals(intervals(log, 0, 40)),
            {("ready", "idle"): 20, ("ready", "talking"): 20},
        )


@tagged("post_install", "-at_install", "telecom")
class TestContacts(BaseCase):
    def test_every_order_of_events(self):
        old, new = "sip:agent5@192.0.2.1:5060", "sip:agent5@192.0.2.1:6060"
        table = [
            ((), True, "nothing is known"),
            (((old, "Created"),), True, "not asked yet"),
            (((old, "Reachable"), (old, "Unreachable")), False, "it answers no more"),
            (((old, "Unreachable"), (old, "Reachable")), True, "it answers again"),
            (((old, "Reachable"), (old, "Removed")), False, "it has left"),
            (
                ((old, "Reachable"), (new, "Created"), (old, "Removed")),
                True,
                "it has a new address, and the old one is removed after that",
            ),
            (
                ((old, "Unreachable"), (new, "Reachable"), (old, "Removed")),
                True,
                "the old address had stopped to answer",
            ),
            (
                ((old, "Reachable"), (new, "Reachable"), (new, "Unreachable")),
                True,
                "one of two answers",
            ),
        ]
        for events, expected, why in table:
            with self.subTest(why):
                contacts = Contacts()
                for address, status in events:
                    contacts.take(5, address, status)
                self.assertEqual(contacts.may_be_reached(5), expected)
                self.assertTrue(contacts.may_be_reached(6), "another agent's device")
                contacts.clear()
                self.assertTrue(contacts.may_be_reached(5), "nothing is known")

    def test_ring_at_an_address_that_is_gone(self):
        old, new = "sip:agent5@192.0.2.1:5060", "sip:agent5@192.0.2.1:6060"
        table = [
            ((), False, "nothing is known"),
            (((old, "Reachable", 1),), False, "it was there, and is"),
            (((old, "Reachable", 1), (old, "Removed", 9)), True, "it left while"),
            (
                ((old, "Reachable", 1), (old, "Removed", 9), (new, "Created", 12)),
                True,
                "it left, and is back elsewhere",
            ),
            (
                ((old, "Reachable", 1), (new, "Created", 11), (old, "Removed", 11)),
                True,
                "it moved",
            ),
            (
                ((old, "Reachable", 1), (new, "Created", 9), (old, "Removed", 11)),
                False,
                "the new address was rung",
            ),
            (
                ((old, "Reachable", 1), (old, "Unreachable", 12)),
                False,
                "it does not answer, but has not left",
            ),
            (
                ((old, "Created", 1), (old, "Reachable", 12)),
                False,
                "what is said anew of the same address is nothing new",
            ),
        ]
        for events, expected, why in table:
            with self.subTest(why):
                contacts = Contacts()
                for address, status, at in events:
                    contacts.take(5, address, status, at)
                self.assertEqual(contacts.has_left(5, since=10), expected)
                self.assertFalse(contacts.has_left(6, since=10), "another agent's")
                contacts.clear()
                self.assertFalse(contacts.has_left(5, since=10), "nothing is known")
