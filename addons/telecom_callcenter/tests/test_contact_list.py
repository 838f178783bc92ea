import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from .test_contact_desk import ContactSetup


@tagged("post_install", "-at_install", "telecom")
class TestContactList(ContactSetup, TransactionCase):
    """The agent of a manual campaign chooses whom she calls."""

    def setUp(self):
        super().setUp()
        self.calls_out.dial_mode = "manual"

    def names(self, user=None, **options):
        answer = self.ask(user).get_contact_list(self.calls_out.id, **options)
        return [row["name"] for row in answer["rows"]]

    def promise(self, contact, agent=None, minutes=-1):
        contact.state = "callback"
        return self.env["telecom.callback"].create(
            {
                "company_id": self.benin.id,
                "campaign_id": self.calls_out.id,
                "contact_id": contact.id,
                "number": contact.number,
                "due_at": fields.Datetime.now() + timedelta(minutes=minutes),
                "agent_id": agent.id if agent else False,
            }
        )

    def test_order_filter_and_search(self):
        self.second.city = "Abomey-Calavi"
        self.second.attempt_count = 2
        self.third.next_at = fields.Datetime.now() - timedelta(hours=3)
        for options, wanted in (
            ({}, ["Afi", "Koffi", "Sena"]),
            ({"order": "waiting"}, ["Sena", "Afi", "Koffi"]),
            ({"order": "name"}, ["Afi", "Koffi", "Sena"]),
            ({"kind": "new"}, ["Afi", "Sena"]),
            ({"kind": "again"}, ["Koffi"]),
            ({"search": "kof"}, ["Koffi"]),
            ({"search": "calavi"}, ["Koffi"]),
            ({"search": "01 97 00 00 13"}, ["Sena"]),
            ({"search": "+229 01 97 00 00 11"}, ["Afi"]),
            ({"search": "50%"}, []),
            # Whatever a browser may send
            (
                {"order": "; DROP", "kind": None, "limit": 10**9},
                ["Afi", "Koffi", "Sena"],
            ),
        ):
            with self.subTest(options):
                self.assertEqual(self.names(**options), wanted)

    def test_two_chosen_at_once_come_one_after_the_other(self):
        self.ask().take_contact(self.first.id)
        with self.assertBeginsAgain("telecom.campaign.contact"):
            self.ask().take_contact(self.second.id)
        self.ask().take_contact(self.second.id)
        self.assertEqual((self.first.state, self.second.state), ("ready", "reserved"))

    def test_more_are_shown_when_wanted(self):
        answer = self.ask().get_contact_list(self.calls_out.id, limit=2)
        self.assertEqual([row["name"] for row in answer["rows"]], ["Afi", "Koffi"])
        self.assertTrue(answer["more"])
        self.assertFalse(self.ask().get_contact_list(self.calls_out.id)["more"])

    def test_promises_stand_on_top_own_before_the_teams(self):
        self.promise(self.second)
        self.promise(self.third, self.agent)
        answer = self.ask().get_contact_list(self.calls_out.id)
        rows = answer["rows"]
        self.assertEqual([row["name"] for row in rows], ["Sena", "Koffi", "Afi"])
        self.assertEqual(
            [row["callback"] and row["callback"]["personal"] for row in rows],
            [True, False, False],
        )
        self.assertEqual(self.names(kind="callback"), ["Sena", "Koffi"])
        self.assertEqual(self.names(search="sena"), ["Sena"])
        # A promise of somebody else's, and one whose time has not come
        self.assertEqual(self.names(self.user_other), ["Koffi", "Afi"])
        self.first.state = "callback"
        self.promise(self.first, self.agent, minutes=30)
        self.assertEqual(self.names(), ["Sena", "Koffi"])

    def test_only_who_may_be_called_now(self):
        file = self.env["telecom.campaign.file"].create(
            {
                "campaign_id": self.calls_out.id,
                "name": "numbers.csv",
                "file": base64.b64encode(b"Name,Telephone\nAfi,0197000011\n"),
            }
        )
        later = fields.Datetime.now() + timedelta(hours=1)
        for change in (
            {"next_at": later},
            {"state": "excluded", "exclusion": "attempts"},
            {"agent_id": self.other.id},
            {"file_id": file.id},
        ):
            with self.subTest(change):
                before = {name: self.first[name] for name in change}
                file.paused = True
                self.first.write(change)
                self.assertEqual(self.names(), ["Koffi", "Sena"])
                with self.assertRaises(UserError):
                    self.ask().take_contact(self.first.id)
                self.first.write(
                    {
                        name: getattr(value, "id", value)
                        for name, value in before.items()
                    }
                )
        blocked = self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": self.first.number}
        )
        self.first.write({"state": "ready", "exclusion": False})
        self.assertEqual(self.names(), ["Koffi", "Sena"])
        blocked.unlink()
        self.first.write({"state": "ready", "exclusion": False})
        self.assertEqual(self.names(), ["Afi", "Koffi", "Sena"])
        # Outside the hours of calling
        self.calls_out.dial_calendar_id.attendance_ids.unlink()
        self.env.registry.clear_cache()
        self.assertFalse(self.names())

    def test_whose_list(self):
        self.assertFalse(
            self.desk(self.user_agent, self.tunisia).get_contact_list(
                self.calls_out.id
            )["rows"]
        )
        # In preview, the order is the campaign's
        self.calls_out.dial_mode = "preview"
        self.assertFalse(self.names())
        with self.assertRaises(UserError):
            self.ask().take_contact(self.second.id)
        self.calls_out.dial_mode = "manual"
        self.env["telecom.queue.member"].search(
            [("queue_id", "=", self.queue_benin.id), ("agent_id", "=", self.other.id)]
        ).unlink()
        self.assertFalse(self.names(self.user_other))
        with self.assertRaises(UserError):
            self.ask(self.user_other).take_contact(self.second.id)

    def test_two_agents_never_call_the_same(self):
        shown = self.ask().take_contact(self.second.id)
        self.assertEqual((shown["id"], shown["mode"]), (self.second.id, "manual"))
        self.assertEqual(self.second.state, "reserved")
        self.assertEqual(self.names(self.user_other), ["Afi", "Sena"])
        with self.assertRaises(UserError):
            self.ask(self.user_other).take_contact(self.second.id)
        # Chosen again by herself, and then another one: the first goes back
        self.assertEqual(self.ask().take_contact(self.second.id)["id"], self.second.id)
        self.ask().take_contact(self.third.id)
        self.assertEqual(self.second.state, "ready")
        self.assertEqual(self.names(self.user_other), ["Afi", "Koffi"])
        self.ask().dial_contact(self.third.id)
        self.assertEqual(self.attempts(self.third).mode, "manual")

    def test_a_promise_is_taken_and_given_back(self):
        self.promise(self.third, self.agent)
        shown = self.ask().take_contact(self.third.id)
        self.assertTrue(shown["callback"]["personal"])
        with self.assertRaises(UserError):
            self.ask(self.user_other).take_contact(self.third.id)
        self.ask().take_contact(self.first.id)
        self.assertEqual(self.third.state, "callback")

    def test_who_is_away_or_busy_takes_nobody(self):
        self.agent._set_presence("offline")
        with self.assertRaises(UserError):
            self.ask().take_contact(self.first.id)
        self.assertEqual(self.first.state, "ready")

    def test_as_many_queries_whatever_the_length(self):
        self.promise(self.third, self.agent)
        Contact = self.env["telecom.campaign.contact"]

        def queries(limit):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            answer = self.ask().get_contact_list(self.calls_out.id, limit=limit)
            return self.cr.sql_log_count - before, len(answer["rows"])

        queries(1)
        few, count = queries(1)
        self.assertEqual(count, 2)
        Contact.create(
            [
                {
                    "campaign_id": self.calls_out.id,
                    "name": f"Contact {number}",
                    "number": f"+22901970001{number:02d}",
                    "next_at": fields.Datetime.now() - timedelta(minutes=1),
                    "disposition_id": self.statuses["no_answer"].id,
                }
                for number in range(60)
            ]
        )
        self.env.flush_all()
        many, count = queries(60)
        self.assertEqual(count, 61)
        # One for the statuses, which the few did not have
        self.assertLessEqual(many, few + 1)
