import base64
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from ..models import telecom_campaign_contact_desk
from ..tools.clock import epoch
from .common import CallcenterSetup


class ContactSetup(CallcenterSetup):
    """An outbound campaign called by hand, and its contacts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.device = "phone"
        cls.calls_out = cls._campaign("Renewals", cls.queue_benin)
        cls.calls_out.write(
            {"kind": "outbound", "dial_mode": "preview", "state": "live"}
        )
        now = fields.Datetime.now()
        cls.first, cls.second, cls.third = cls.env["telecom.campaign.contact"].create(
            [
                {
                    "campaign_id": cls.calls_out.id,
                    "name": name,
                    "number": number,
                    "priority": priority,
                    "next_at": now - timedelta(minutes=5),
                }
                for name, number, priority in (
                    ("Afi", "+2290197000011", 5),
                    ("Koffi", "+2290197000012", 3),
                    ("Sena", "+2290197000013", 1),
                )
            ]
        )
        cls.statuses = {
            node.code: node for node in cls.calls_out.disposition_ids if node.is_leaf
        }
        cls.qualification = cls.calls_out.qualification_ids.filtered("is_leaf")[0]

    def setUp(self):
        super().setUp()
        # Whatever the hour of the test
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Always",
                "company_id": self.benin.id,
                "tz": "UTC",
                "attendance_ids": [
                    fields.Command.create(
                        {
                            "name": "All day",
                            "dayofweek": str(day),
                            "hour_from": 0,
                            "hour_to": 24,
                            "day_period": "morning",
                        }
                    )
                    for day in range(7)
                ],
            }
        )
        self.calls_out.write(
            {"dial_calendar_id": calendar.id, "keep_public_holidays": False}
        )
        for agent in (self.agent, self.other):
            agent._set_presence("ready")

    def ask(self, user=None):
        return self.desk(user or self.user_agent)

    def attempts(self, contact):
        return self.env["telecom.campaign.attempt"].search(
            [("contact_id", "=", contact.id)], order="id"
        )

    def dialed(self, contact, **vals):
        """The call that the gateway makes of the last attempt."""
        return self._call(
            self.calls_out,
            self.agent,
            contact.number,
            direction="outbound",
            uniqueid=self.attempts(contact)[-1].channel_id,
            **vals,
        )


@tagged("post_install", "-at_install", "telecom")
class TestContactDesk(ContactSetup, TransactionCase):
    def test_contacts_one_at_a_time(self):
        work = self.ask().get_contact_work()
        [campaign] = work["campaigns"]
        self.assertEqual((campaign["id"], campaign["waiting"]), (self.calls_out.id, 3))
        self.assertFalse(work["contact"])
        shown = self.ask().next_contact(self.calls_out.id)
        self.assertEqual(shown["id"], self.first.id)
        self.assertEqual(self.first.state, "reserved")
        # Asked again, after a reload, or by a colleague
        self.assertEqual(self.ask().next_contact()["id"], self.first.id)
        self.assertEqual(self.ask().get_contact_work()["contact"]["id"], self.first.id)
        self.assertEqual(self.ask(self.user_other).next_contact()["id"], self.second.id)

    def test_next_in_two_tabs_at_once_is_one_contact(self):
        self.ask().next_contact()
        with self.assertBeginsAgain("telecom.campaign.contact"):
            self.ask().next_contact()
        self.assertEqual(self.ask().next_contact()["id"], self.first.id)

    def _why(self, user=None):
        [campaign] = self.ask(user).get_contact_work()["campaigns"]
        return campaign["waiting"], campaign["why"], campaign["next_at"]

    def test_why_nobody_is_to_be_called(self):
        """With the time at which somebody is next."""
        contacts = self.first | self.second | self.third
        self.assertEqual(self._why(), (3, False, False))
        # All wait for their hour
        soon = fields.Datetime.now().replace(microsecond=0) + timedelta(hours=2)
        contacts.next_at = soon + timedelta(hours=3)
        self.second.next_at = soon
        self.assertEqual(self._why(), (0, "later", epoch(soon)))
        # Of a file of a million, not every one is looked at whenever a desk asks
        with patch.object(telecom_campaign_contact_desk, "MOST_LOOKED", 2):
            self.assertEqual(self._why(), (0, "later", False))
        # Only callbacks are left, and one of them comes first
        promise = self.env["telecom.callback"].create(
            {
                "company_id": self.benin.id,
                "campaign_id": self.calls_out.id,
                "contact_id": self.third.id,
                "number": self.third.number,
                "due_at": soon - timedelta(hours=1),
            }
        )
        self.third.state = "callback"
        self.assertEqual(self._why(), (0, "promised", epoch(promise.due_at)))
        # Whoever is promised a call by now is to be called
        promise.due_at = fields.Datetime.now() - timedelta(minutes=1)
        self.assertEqual(self._why()[:2], (1, False))
        promise.state = "cancelled"
        # As often as a day allows
        contacts.write(
            {
                "state": "ready",
                "next_at": fields.Datetime.now() - timedelta(minutes=1),
                "attempt_day": fields.Date.context_today(
                    contacts.with_context(tz=self.calls_out._calling_zone())
                ),
                "attempt_day_count": 3,
            }
        )
        waiting, why, at = self._why()
        self.assertEqual((waiting, why), (0, "daily"))
        self.assertGreater(at, epoch(fields.Datetime.now()))
        self.assertFalse(self.ask().next_contact())
        contacts.attempt_day_count = 0
        # On other desks
        contacts.state = "reserved"
        self.assertEqual(self._why(), (0, "others", False))
        # Dialing is stopped, which comes first
        self.calls_out.dialing_stopped = True
        self.assertEqual(self._why(), (0, "stopped", False))
        self.calls_out.dialing_stopped = False
        contacts.state = "done"
        self.assertEqual(self._why(), (0, "done", False))
        contacts.unlink()
        self.assertEqual(self._why(), (0, "empty", False))

    def test_campaigns_of_the_dialer_are_shown(self):
        """With why no call comes; nothing of them is called by hand."""
        self.calls_out.dial_mode = "progressive"
        work = self.ask().get_contact_work()
        self.assertFalse(work["campaigns"])
        [campaign] = work["dialed"]
        self.assertEqual(
            (campaign["id"], campaign["waiting"], campaign["mode"]),
            (self.calls_out.id, 3, "progressive"),
        )
        self.calls_out.dialing_stopped = True
        [campaign] = self.ask().get_contact_work()["dialed"]
        self.assertEqual((campaign["waiting"], campaign["why"]), (0, "stopped"))

    def test_nobody_is_called_outside_the_hours(self):
        now = fields.Datetime.now()
        # Open for an hour, from an hour ahead; the calendar's clock is UTC
        opening = (now + timedelta(hours=26)).replace(minute=0, second=0, microsecond=0)
        self.calls_out.dial_calendar_id.attendance_ids.unlink()
        self.calls_out.dial_calendar_id.write(
            {
                "tz": self.calls_out._calling_zone(),
                "attendance_ids": [
                    fields.Command.create(
                        {
                            "name": "One hour",
                            "dayofweek": str(wall.weekday()),
                            "hour_from": wall.hour,
                            "hour_to": wall.hour + 1,
                            "day_period": "morning",
                        }
                    )
                    for wall in [
                        fields.Datetime.context_timestamp(
                            self.calls_out.with_context(
                                tz=self.calls_out._calling_zone()
                            ),
                            opening,
                        )
                    ]
                ],
            }
        )
        self.assertEqual(self._why(), (0, "closed", epoch(opening)))
        # What a wrap-up proposes lies in these hours
        call = self._call(self.calls_out, self.agent, "+2290197000099")
        form = self.ask().get_wrapup_form(call.id)
        self.assertEqual(form["calling"]["tz"], self.calls_out._calling_zone())
        self.assertEqual(
            form["calling"]["open"][0], [epoch(opening), epoch(opening) + 3600]
        )

    def test_a_paused_file_is_said(self):
        (self.first | self.second | self.third).file_id = self.env[
            "telecom.campaign.file"
        ].create(
            {
                "name": "numbers.csv",
                "campaign_id": self.calls_out.id,
                "file": base64.b64encode(b"Numero\n97000001\n"),
                "paused": True,
            }
        )
        self.assertEqual(self._why(), (0, "paused", False))

    def test_what_only_the_system_sees_is_not_offered(self):
        call = self._call(self.calls_out, self.agent, "+2290197000099")
        form = self.ask().get_wrapup_form(call.id)
        codes = {node["code"] for node in form["dispositions"]}
        self.assertIn("no_answer", codes)
        self.assertNotIn("no_agent", codes)
        wrapup = self._hang_up(call, self.agent)
        with self.assertRaisesRegex(ValidationError, "system"):
            self.ask().save_wrapup(
                wrapup.id, {"disposition_id": self.statuses["no_agent"].id}
            )
        # A branch of nothing else goes with it
        branch = self.statuses["no_agent"].parent_id
        (branch.child_ids - self.statuses["no_agent"]).active = False
        form = self.ask().get_wrapup_form(call.id)
        self.assertNotIn(branch.id, [node["id"] for node in form["dispositions"]])

    def test_whose_campaign(self):
        self.env["telecom.queue.member"].search(
            [
                ("queue_id", "=", self.queue_benin.id),
                ("agent_id", "=", self.other.id),
            ]
        ).unlink()
        self.assertFalse(self.ask(self.user_other).get_contact_work()["campaigns"])
        self.assertFalse(self.ask(self.user_other).next_contact())
        self.assertFalse(
            self.desk(self.user_agent, self.tunisia).get_contact_work()["campaigns"]
        )
        self.calls_out.dial_mode = "predictive"
        self.assertFalse(self.ask().next_contact())

    def test_ones_own_contacts_are_nobody_elses(self):
        self.first.agent_id = self.other
        self.assertEqual(self.ask().next_contact()["id"], self.second.id)
        self.assertEqual(self.ask(self.user_other).next_contact()["id"], self.first.id)

    def test_callbacks_first_own_before_the_teams(self):
        due = fields.Datetime.now() - timedelta(minutes=1)
        Callback = self.env["telecom.callback"]
        for contact, agent in ((self.second, False), (self.third, self.agent)):
            Callback.create(
                {
                    "company_id": self.benin.id,
                    "campaign_id": self.calls_out.id,
                    "contact_id": contact.id,
                    "number": contact.number,
                    "due_at": due,
                    "agent_id": agent and agent.id,
                    "note": "As promised",
                }
            )
            contact.state = "callback"
        shown = self.ask().next_contact()
        self.assertEqual(shown["id"], self.third.id)
        self.assertEqual(shown["callback"]["note"], "As promised")
        self.assertEqual(self.ask(self.user_other).next_contact()["id"], self.second.id)
        self.ask().skip_contact(self.third.id, "later")
        self.assertEqual(self.third.state, "callback", "the promise stands")

    def test_the_attempt_stands_before_the_dialing(self):
        shown = self.ask().next_contact()
        answer = self.ask().dial_contact(shown["id"])
        attempt = self.attempts(self.first)
        self.assertEqual(attempt.channel_id, answer["channel_id"])
        self.assertEqual((attempt.state, attempt.mode), ("recorded", "preview"))
        self.assertEqual(attempt.agent_id, self.agent)
        command = self.commands(self.agent)[-1]
        self.assertEqual(command.name, "dial")
        self.assertEqual(command.payload["channel_id"], attempt.channel_id)
        self.assertEqual(command.payload["number"], self.first.number)
        self.assertEqual(command.payload["campaign_id"], self.calls_out.id)
        # A second click
        with self.assertRaises(UserError):
            self.ask().dial_contact(shown["id"])
        self.assertEqual(len(self.attempts(self.first)), 1)

    def test_only_the_contact_that_is_shown(self):
        self.ask().next_contact()
        with self.assertRaises(UserError):
            self.ask().dial_contact(self.second.id)
        with self.assertRaises(UserError):
            self.ask(self.user_other).dial_contact(self.first.id)
        with self.assertRaises(UserError):
            self.ask().dial_contact(self.first.id, "+2290197999999")
        with self.assertRaises(UserError, msg="no agent"):
            self.desk(self.manager_benin).next_contact()
        self.assertFalse(self.attempts(self.first))

    def test_who_refused_is_not_dialed(self):
        self.ask().next_contact()
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": self.first.number}
        )
        self.assertTrue(self.ask().dial_contact(self.first.id)["refused"])
        self.assertEqual(
            (self.first.state, self.first.exclusion), ("excluded", "do_not_call")
        )
        self.assertFalse(self.attempts(self.first))
        self.assertEqual(self.ask().next_contact()["id"], self.second.id)

    def test_stopped_means_nothing_is_dialed(self):
        self.ask().next_contact()
        self.calls_out.dialing_stopped = True
        with self.assertRaises(UserError):
            self.ask().dial_contact(self.first.id)
        self.assertFalse(self.attempts(self.first))

    def test_skipped_with_reason(self):
        for contact, reason, state in (
            (self.first, "later", "ready"),
            (self.second, "unsuitable", "excluded"),
        ):
            self.assertEqual(self.ask().next_contact()["id"], contact.id)
            self.ask().skip_contact(contact.id, reason)
            self.assertEqual(contact.state, state)
            attempt = self.attempts(contact)
            self.assertEqual(
                (attempt.state, attempt.result, attempt.skip_reason),
                ("ended", "not_dialed", reason),
            )
            self.assertFalse(contact.attempt_count)
        self.assertGreater(self.first.next_at, fields.Datetime.now())
        self.assertEqual(self.ask().next_contact()["id"], self.third.id)
        with self.assertRaises(UserError):
            self.ask().skip_contact(self.third.id, "bored")

    def test_an_agent_who_went_away_keeps_nobody(self):
        self.ask().next_contact()
        self.first.preview_at = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self.ask(self.user_other).next_contact()["id"], self.first.id)
        with self.assertRaises(UserError):
            self.ask().dial_contact(self.first.id)

    def test_what_was_not_dialed_can_be_dialed_again(self):
        self.ask().next_contact()
        self.ask().dial_contact(self.first.id)
        self.commands(self.agent)[-1].write({"state": "failed", "error": "No phone"})
        contact = self.ask().get_contact_work()["contact"]
        self.assertEqual((contact["id"], contact["calling"]), (self.first.id, False))
        self.assertEqual(self.attempts(self.first).result, "not_dialed")
        self.ask().dial_contact(self.first.id)
        self.assertEqual(len(self.attempts(self.first)), 2)

    def finish(self, wrapup, code, **vals):
        return self.desk(self.user_agent).finish_wrapup(
            wrapup.id,
            {
                "disposition_id": self.statuses[code].id,
                "qualification_id": self.qualification.id,
                **vals,
            },
        )

    def test_a_status_decides(self):
        self.ask().next_contact()
        self.ask().dial_contact(self.first.id)
        call = self.dialed(self.first, answered_at=fields.Datetime.now())
        wrapup = self._hang_up(call, self.agent)
        with self.assertRaises(UserError):
            self.ask().finish_wrapup(wrapup.id, {})
        with self.assertRaises(UserError, msg="the next one only afterwards"):
            self.ask().next_contact()
        self.finish(wrapup, "sold")
        attempt = self.attempts(self.first)
        self.assertEqual(
            (attempt.state, attempt.result, attempt.call_id, attempt.disposition_id),
            ("ended", "answered", call, self.statuses["sold"]),
        )
        self.assertEqual(self.first.state, "done")
        self.assertEqual(self.first.disposition_id, self.statuses["sold"])
        self.assertEqual(self.first.qualification_id, self.qualification)
        self.assertEqual(self.first.attempt_count, 1)
        self.assertEqual(self.ask().next_contact()["id"], self.second.id)

    def test_without_statuses_whoever_was_talked_to_is_finished(self):
        campaign = self.first.campaign_id
        (campaign.disposition_ids | campaign.disposition_ids.child_ids).unlink()
        campaign.qualification_ids.unlink()
        self.ask().next_contact()
        self.ask().dial_contact(self.first.id)
        call = self.dialed(self.first, answered_at=fields.Datetime.now())
        self.ask().finish_wrapup(self._hang_up(call, self.agent).id, {})
        self.assertEqual(self.first.state, "done")
        self.assertEqual(self.ask().next_contact()["id"], self.second.id)

    def talked(self, **vals):
        """The call to the first contact, of which the ledger knows the end."""
        self.ask().next_contact()
        self.ask().dial_contact(self.first.id)
        now = fields.Datetime.now()
        call = self.dialed(self.first, answered_at=now, **vals)
        self.attempts(self.first).write(
            {"state": "ended", "result": "answered", "ended_at": now}
        )
        return call

    def test_nobody_calls_whom_an_agent_still_writes_about(self):
        wrapup = self._hang_up(self.talked(), self.agent)
        self.first.preview_at = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self.ask(self.user_other).next_contact()["id"], self.second.id)
        self.assertEqual(self.first.state, "reserved")
        self.finish(wrapup, "sold")
        self.assertEqual(self.first.state, "done")

    def test_a_supervisor_ends_the_wrapup(self):
        self._hang_up(self.talked(), self.agent)
        self.agent.with_user(self.user_supervisor).action_end_wrapups()
        self.assertEqual(self.first.state, "done", "not called again by itself")
        self.assertFalse(self.first.preview_agent_id)
        self.assertEqual(self.ask().next_contact()["id"], self.second.id)

    def test_an_agent_who_has_logged_off_gives_no_status(self):
        call = self.talked(state="ended", ended_at=fields.Datetime.now())
        self.agent._set_presence("offline")
        self.pbx._gateway_wrapups(
            [(call, self.agent.id, fields.Datetime.now().timestamp())]
        )
        self.assertEqual(call.wrapup_ids.state, "done")
        self.assertEqual(self.first.state, "done")
        self.assertFalse(self.first.preview_agent_id)

    def test_a_campaign_that_is_over_shows_nobody(self):
        self.ask().next_contact()
        self.calls_out.state = "stopped"
        self.assertFalse(self.ask().get_contact_work()["contact"])
        self.assertEqual(self.first.state, "ready")

    def test_unanswered_calls_get_their_status_from_the_agent(self):
        self.ask().next_contact()
        self.ask().dial_contact(self.first.id)
        call = self.dialed(self.first, state="ended", ended_at=fields.Datetime.now())
        values = [
            {
                "uniqueid": call.uniqueid,
                "direction": "outbound",
                "campaign_id": self.calls_out.id,
                "ended_at": call.ended_at.timestamp(),
            }
        ]
        self.pbx._gateway_unanswered(values)
        wrapup = call.wrapup_ids
        self.assertEqual((wrapup.state, wrapup.agent_id), ("open", self.agent))
        self.pbx._gateway_unanswered(values)
        self.assertEqual(call.wrapup_ids, wrapup)
        self.finish(wrapup, "no_answer")
        self.assertEqual(self.attempts(self.first).result, "no_answer")
        self.assertEqual(self.first.state, "ready")
        self.assertFalse(self.first.preview_agent_id)
        self.pbx._gateway_unanswered(values)
        self.assertEqual(wrapup.state, "done")

    def test_a_promise_is_kept_by_the_same_contact(self):
        self.ask().next_contact()
        self.ask().dial_contact(self.first.id)
        wrapup = self._hang_up(self.dialed(self.first), self.agent)
        due = fields.Datetime.now() + timedelta(hours=1)
        self.finish(
            wrapup,
            "callback",
            callback={"due_at": due.timestamp(), "personal": True, "note": "Ask"},
        )
        self.assertEqual(self.first.state, "callback")
        promise = wrapup.callback_id
        self.assertEqual(promise.contact_id, self.first)
        promise.due_at = fields.Datetime.now() - timedelta(minutes=1)
        shown = self.ask().next_contact()
        self.assertEqual(shown["id"], self.first.id)
        self.ask().dial_contact(self.first.id)
        self.assertEqual(self.attempts(self.first)[-1].callback_id, promise)
        self.finish(self._hang_up(self.dialed(self.first), self.agent), "sold")
        self.assertEqual(promise.state, "done")
        self.assertEqual(self.first.state, "done")

    def test_shown_numbers_are_the_operators(self):
        Did = self.env["telecom.did"]
        own, foreign = Did.create(
            [
                {
                    "number": number,
                    "company_id": company.id,
                    "pbx_id": self.pbx.id,
                }
                for number, company in (("1920", self.benin), ("1201", self.tunisia))
            ]
        )
        self.calls_out.presented_did_ids = own
        self.ask().next_contact()
        self.ask().dial_contact(self.first.id)
        payload = self.commands(self.agent)[-1].payload
        self.assertEqual(self.attempts(self.first).presented_number, "1920")
        self.assertEqual(self.pbx._gateway_dial(payload)["caller_id"], "1920")
        payload = {**payload, "presented": foreign.number}
        self.assertNotEqual(
            self.pbx._gateway_dial(payload)["caller_id"], foreign.number
        )
