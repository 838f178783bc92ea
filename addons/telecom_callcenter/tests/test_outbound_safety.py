"""Nobody is called who must not be, or twice; nobody is forgotten."""

from datetime import timedelta
from io import BytesIO

from openpyxl import load_workbook
from psycopg2.errors import NotNullViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..controllers.campaign_results import CampaignResults
from ..engine.attempts import AttemptFacts
from .test_contact_desk import ContactSetup


class SafetyCase(ContactSetup, TransactionCase):
    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()

    def automatic(self, campaign=None):
        (campaign or self.calls_out).dial_mode = "predictive"

    def closed(self):
        """From now on the campaign calls nobody at this hour."""
        self.calls_out.dial_calendar_id.attendance_ids = [
            fields.Command.clear(),
            fields.Command.create(
                {
                    "name": "In three days",
                    "dayofweek": str((self.now.weekday() + 3) % 7),
                    "hour_from": 10,
                    "hour_to": 11,
                    "day_period": "morning",
                }
            ),
        ]
        self.env.registry.clear_cache()

    def take(self, count=9, campaign=None):
        return self.pbx._dialer_take((campaign or self.calls_out).id, count)

    def numbers(self, rows):
        return {row["number"] for row in rows}

    def ended(self, row, result, **values):
        at = self.now.timestamp()
        self.pbx._dialer_results(
            [AttemptFacts(row["channel_id"], result, at, dialed_at=at - 9, **values)]
        )

    def answered(self, row, call=None):
        at = self.now.timestamp()
        self.ended(
            row,
            "answered",
            answered_at=at - 1,
            connected_at=at,
            call=call.uniqueid if call else "",
        )

    def promise(self, contact=None, **vals):
        if contact:
            contact.state = "callback"
            vals = {"contact_id": contact.id, "number": contact.number, **vals}
        return self.env["telecom.callback"].create(
            {
                "company_id": self.benin.id,
                "campaign_id": self.calls_out.id,
                "number": self.number,
                "due_at": self.now - timedelta(minutes=1),
                **vals,
            }
        )

    def call_back(self, callback, user=None):
        return self.ask(user).dial(
            callback.number, self.benin.id, callback_id=callback.id
        )

    def finish(self, wrapup, code, **vals):
        return self.ask().finish_wrapup(
            wrapup.id,
            {
                "disposition_id": self.statuses[code].id,
                "qualification_id": self.qualification.id,
                **vals,
            },
        )

    def left_lying(self, contacts):
        """As if an hour had gone by since something was done with them."""
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE telecom_campaign_contact SET
                   write_date = write_date - interval '2 hours',
                   preview_at = preview_at - interval '2 hours' WHERE id = ANY(%s)""",
            [contacts.ids],
        )
        self.env.cr.execute(
            """UPDATE telecom_campaign_attempt SET
                   recorded_at = recorded_at - interval '2 hours',
                   ended_at = ended_at - interval '2 hours'
               WHERE contact_id = ANY(%s)""",
            [contacts.ids],
        )
        self.env.invalidate_all()

    def tidy(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "telecom_callcenter.ir_cron_free_contacts"
            ).method_direct_trigger()


@tagged("post_install", "-at_install", "telecom")
class TestWhoIsNotCalled(SafetyCase):
    def test_promises_wait_for_the_hours_of_calling(self):
        self.automatic()
        self.promise(self.first)
        self.assertIn(self.first.number, self.numbers(self.take(1)))
        self.promise(self.second)
        self.closed()
        self.assertFalse(self.take())

    def test_too_late_for_the_contact_on_the_desk(self):
        self.ask().next_contact()
        self.closed()
        with self.assertRaisesRegex(UserError, "too early or too late"):
            self.ask().dial_contact(self.first.id)
        self.assertFalse(self.attempts(self.first))

    def test_attempts_of_a_day_hold_in_another_round(self):
        self.automatic()
        self.calls_out.attempts_per_day = 1
        [row] = self.take(1)
        self.ended(row, "no_answer")
        self.first.state = "done"
        self.first.action_put_back()
        self.assertEqual(self.first.state, "ready")
        self.first.next_at = self.now - timedelta(minutes=1)
        self.assertNotIn(self.first.number, self.numbers(self.take()))
        self.calls_out.attempts_per_day = 2
        self.assertIn(self.first.number, self.numbers(self.take()))

    def test_two_campaigns_do_not_call_somebody_at_once(self):
        self.automatic()
        other = self._campaign("Surveys", self.queue_benin)
        other.write(
            {
                "kind": "outbound",
                "dial_mode": "predictive",
                "state": "live",
                "dial_calendar_id": self.calls_out.dial_calendar_id.id,
                "keep_public_holidays": False,
            }
        )
        twin = self.first.copy(
            {"campaign_id": other.id, "next_at": self.now - timedelta(minutes=5)}
        )
        [row] = self.take(1)
        self.assertEqual(row["number"], twin.number)
        self.assertFalse(self.take(campaign=other))
        self.ended(row, "busy")
        self.assertEqual(self.numbers(self.take(campaign=other)), {twin.number})

    def test_a_promise_is_kept_by_one(self):
        self.automatic()
        mine, dialers = self.promise(self.first), self.promise(self.second)
        self.call_back(mine)
        self.assertEqual(self.first.state, "reserved")
        self.assertEqual(self.attempts(self.first).callback_id, mine)
        self.assertNotIn(self.first.number, self.numbers(self.take()))
        self.other.device = "phone"
        with self.assertRaisesRegex(UserError, "being called already"):
            self.call_back(dialers, self.user_other)
        self.assertEqual(len(self.attempts(self.second)), 1)

    def test_who_refused_is_not_called_back(self):
        self.automatic()
        callback = self.promise(self.first)
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": self.first.number}
        )
        with self.assertRaisesRegex(UserError, "does not want"):
            self.call_back(callback)
        self.assertFalse(self.attempts(self.first))

    def test_who_refused_on_one_number_is_not_called_on_another(self):
        self.automatic()
        self.first.other_numbers = ["+2290197000088"]
        self.second.write({"other_numbers": ["+2290197000088"], "state": "done"})
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": "+2290197000088"}
        )
        self.assertEqual(
            (self.first.state, self.first.exclusion), ("excluded", "do_not_call")
        )
        self.second.action_put_back()
        self.assertEqual(self.second.exclusion, "do_not_call")
        self.assertEqual(self.numbers(self.take()), {self.third.number})

    def test_customers_who_refused_calls_are_left_out_by_hand_too(self):
        customer = self._customer()
        self.env["telecom.consent"].create(
            {
                "company_id": self.benin.id,
                "partner_id": customer.id,
                "channel": "call",
                "granted": False,
            }
        )
        self.first.partner_id = customer
        added = self.second.copy(
            {"number": "+2290197000099", "partner_id": customer.id}
        )
        for contact in (self.first, added):
            self.assertEqual(
                (contact.state, contact.exclusion), ("excluded", "opt_out")
            )

    def test_stops_hold_on_the_desk(self):
        self.ask().next_contact()
        callback = self.promise(self.second)
        for stop, go_on in (
            (self.benin._telecom_stop_dialing, self.benin._telecom_resume_dialing),
            (self.pbx._stop_dialing, self.pbx._resume_dialing),
        ):
            stop("Fire")
            for dial in (
                lambda: self.ask().dial_contact(self.first.id),
                lambda: self.call_back(callback),
            ):
                with self.assertRaisesRegex(UserError, "Fire"):
                    dial()
            go_on()
        self.ask().dial_contact(self.first.id)

    def test_stops_hold_when_contacts_are_taken(self):
        self.automatic()
        self.pbx._stop_dialing("Fire")
        self.assertFalse(self.take())
        self.pbx._resume_dialing()
        self.calls_out.dial_mode = "manual"
        self.assertFalse(self.take(), "dialed by agents now")
        self.automatic()
        self.assertEqual(len(self.take()), 3)

    def test_stopping_all_does_not_ask_for_active_companies(self):
        Wizard = self.env["telecom.dialing.stop"]
        self.as_user(Wizard, self.user_supervisor, self.benin).create(
            {"scope": "all"}
        ).action_stop()
        self.assertIn("all", self.pbx._dialer_stops())
        self.assertFalse(self.rival_pbx.dialing_stopped)
        with self.assertRaises(UserError):
            self.as_user(Wizard, self.supervisor_benin, self.benin).create(
                {"scope": "all"}
            ).action_resume()
        self.assertIn("all", self.pbx._dialer_stops())

    def test_texts_after_machines_go_to_nobody_who_refused(self):
        self.env["telecom.sms.gateway"].create(
            {
                "name": "Provider",
                "company_id": self.benin.id,
                "url": "https://sms.example.com/send",
            }
        )
        self.automatic()
        self.calls_out.write(
            {"machine_action": "text", "machine_text": "{operator} called you"}
        )
        customer = self._customer()
        self.env["telecom.consent"].create(
            {
                "company_id": self.benin.id,
                "partner_id": customer.id,
                "channel": "sms",
                "granted": False,
            }
        )
        self.first.partner_id = customer
        self.env["phone.blacklist"].create({"number": self.second.number})
        for row in self.take():
            self.ended(row, "machine", answered_at=self.now.timestamp())
        told = self.env["sms.sms"].search(
            [("record_company_id", "=", self.benin.id), ("body", "ilike", "called you")]
        )
        self.assertEqual(told.mapped("number"), [self.third.number])

    def test_messages_go_to_the_number_that_was_called(self):
        self.env["telecom.sms.gateway"].create(
            {
                "name": "Provider",
                "company_id": self.benin.id,
                "url": "https://sms.example.com/send",
            }
        )
        self.automatic()
        self.env["telecom.campaign.followup"].create(
            {
                "campaign_id": self.calls_out.id,
                "disposition_ids": self.statuses["no_answer"].ids,
                "text": "We called you",
            }
        )
        called = self.first.number
        self.first.other_numbers = ["+2290197000088"]
        [row] = self.take(1)
        self.ended(row, "no_answer")
        self.assertEqual(self.first.number, "+2290197000088", "dialed next")
        sms = self.env["sms.sms"].search([("body", "=", "We called you")])
        self.assertEqual(sms.mapped("number"), [called])


@tagged("post_install", "-at_install", "telecom")
class TestNobodyIsForgotten(SafetyCase):
    def talked_to(self, contact_row):
        call = self._call(
            self.calls_out,
            self.agent,
            contact_row["number"],
            direction="outbound",
            uniqueid=contact_row["channel_id"],
            answered_at=self.now,
        )
        return call, self._hang_up(call, self.agent)

    def test_wrapups_that_a_supervisor_ends(self):
        self.automatic()
        [row] = self.take(1)
        call, _wrapup = self.talked_to(row)
        agent = self.as_user(self.agent, self.user_supervisor)
        agent.action_end_wrapups()
        self.assertEqual(self.first.state, "done")
        self.answered(row, call)
        self.assertEqual(self.first.state, "done")

    def test_conversations_without_a_wrapup(self):
        self.automatic()
        talked, waiting = self.take(2)
        self.answered(talked)
        self.tidy()
        self.assertEqual(self.first.state, "reserved", "an agent may be writing still")
        self.left_lying(self.first | self.second)
        self.tidy()
        self.assertEqual(self.first.state, "done")
        # Of an attempt that goes on the ledger will say what became of it
        self.assertEqual(self.second.state, "reserved")
        self.ended(waiting, "busy")
        self.assertEqual(self.second.state, "ready")

    def test_contacts_of_an_agent_who_went_home(self):
        self.ask().next_contact()
        self.ask().dial_contact(self.first.id)
        promised = self.promise(self.second)
        self.ask(self.user_other).next_contact()
        self.assertEqual(self.second.state, "reserved")
        self.left_lying(self.first | self.second)
        # Nobody asks for the next contact any more
        self.automatic()
        self.tidy()
        self.assertEqual(self.attempts(self.first).result, "not_dialed")
        self.assertEqual((self.first.state, self.second.state), ("ready", "callback"))
        self.assertFalse((self.first | self.second).preview_agent_id)
        self.assertEqual(promised.state, "planned")

    def test_what_asterisk_was_asked_for_may_have_rung(self):
        self.ask().next_contact()
        self.ask().dial_contact(self.first.id)
        # The gateway says so before it asks, and is killed
        self.commands(self.agent)[-1].state = "done"
        self.assertTrue(self.ask().get_contact_work()["contact"]["calling"])
        self.left_lying(self.first)
        self.assertFalse(self.ask().get_contact_work()["contact"])
        self.assertEqual(self.attempts(self.first).result, "interrupted")
        self.assertEqual((self.first.state, self.first.attempt_count), ("ready", 1))
        self.assertGreater(self.first.next_at, self.now)

    def test_who_is_being_wrapped_up_is_left_alone(self):
        self.automatic()
        [row] = self.take(1)
        call, wrapup = self.talked_to(row)
        self.answered(row, call)
        self.left_lying(self.first)
        self.tidy()
        self.assertEqual(self.first.state, "reserved")
        self.finish(wrapup, "sold")
        self.assertEqual(self.first.state, "done")

    def test_promises_kept_or_taken_back_by_hand(self):
        for contact, over, state in (
            (self.first, lambda promise: promise.action_done(), "done"),
            (self.second, lambda promise: promise.action_cancel(), "ready"),
            (self.third, lambda promise: promise.unlink(), "ready"),
        ):
            promise, second = self.promise(contact), self.promise(contact)
            over(promise)
            self.assertEqual(contact.state, "callback", "there is another promise")
            over(second)
            self.assertEqual(contact.state, state)

    def test_contacts_that_wait_for_nobody(self):
        self.automatic()
        self.first.state = "callback"
        self.promise(self.second)
        self.tidy()
        self.assertEqual((self.first.state, self.second.state), ("ready", "callback"))

    def test_promises_of_agents_who_are_away(self):
        late = self.now - timedelta(hours=2)
        theirs, ours, soon = (
            self.promise(self.first, agent_id=self.other.id, due_at=late),
            self.promise(self.second, agent_id=self.agent.id, due_at=late),
            self.promise(self.third, agent_id=self.other.id),
        )
        self.other._set_presence("offline")
        self.tidy()
        self.assertFalse(theirs.agent_id, "the team's now")
        self.assertEqual((ours.agent_id, soon.agent_id), (self.agent, self.other))
        self.other.active = False
        soon.due_at = late
        self.tidy()
        self.assertFalse(soon.agent_id)

    def test_a_campaign_says_how_long_promises_wait_for_their_agent(self):
        promise = self.promise(
            self.first,
            agent_id=self.other.id,
            due_at=self.now - timedelta(minutes=30),
        )
        self.other._set_presence("not_ready")
        for minutes, agent in ((0, self.other), (60, self.other), (20, None)):
            self.calls_out.promise_minutes = minutes
            self.tidy()
            self.assertEqual(promise.agent_id.id, agent and agent.id or False)

    def test_a_promise_that_must_not_be_kept_keeps_no_other_back(self):
        self.automatic()
        self.promise(
            self.first, number="+2290197000088", due_at=self.now - timedelta(hours=1)
        )
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": "+2290197000088"}
        )
        self.promise(self.second)
        self.take(1)
        self.assertEqual(self.first.exclusion, "do_not_call")
        self.take(1)
        self.assertTrue(self.attempts(self.second).callback_id)

    def test_two_promises_on_one_number_are_one_call(self):
        self.automatic()
        self.promise(self.first)
        self.promise(self.second, number=self.first.number)
        called = [row["number"] for row in self.take(2)]
        self.assertEqual(called.count(self.first.number), 1)

    def test_the_promise_just_kept_is_not_waited_for(self):
        self.automatic()
        promise = self.promise(self.first)
        [row] = self.take(1)
        call, wrapup = self.talked_to(row)
        # The agent is quicker than the ledger, and promises no hour
        self.finish(wrapup, "callback")
        self.answered(row, call)
        self.assertEqual(promise.state, "done")
        self.assertEqual(self.first.state, "ready")
        self.assertGreater(self.first.next_at, self.now)

    def test_a_promise_to_somebody_not_reached_stands(self):
        callback = self.promise()
        answer = self.call_back(callback)
        call = self._call(
            self.calls_out,
            self.agent,
            direction="outbound",
            uniqueid=answer["channel_id"],
        )
        self.finish(self._hang_up(call, self.agent), "no_answer")
        self.assertEqual(callback.state, "planned")
        self.assertGreater(callback.due_at, self.now)

    def test_a_promise_put_off_lets_others_go_first(self):
        promise = self.promise(self.third)
        self.assertEqual(self.ask().next_contact()["id"], self.third.id)
        self.ask().skip_contact(self.third.id, "later")
        self.assertEqual(self.third.state, "callback")
        self.assertGreater(promise.due_at, self.now)
        self.assertEqual(self.ask().next_contact()["id"], self.first.id)

    def test_promises_to_the_finished_hide_no_other(self):
        for _time in range(101):
            self.promise(self.first, due_at=self.now - timedelta(days=1))
        self.first.state = "done"
        self.promise(self.third)
        self.assertEqual(self.ask().next_contact()["id"], self.third.id)

    def test_every_contact_has_a_time(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(NotNullViolation),
            self.env.cr.savepoint(),
        ):
            self.first.next_at = False
            self.env.flush_all()


@tagged("post_install", "-at_install", "telecom")
class TestWhoSeesContacts(SafetyCase):
    def test_agents_see_whom_they_call(self):
        self.ask().next_contact()
        Contact = self.as_user(self.env["telecom.campaign.contact"], self.user_agent)
        mine = [("campaign_id", "=", self.calls_out.id)]
        self.assertEqual(Contact.search(mine), self.first)
        with self.assertRaises(AccessError):
            Contact.browse(self.second.id).read(["number"])
        self.ask().dial_contact(self.first.id)
        wrapup = self._hang_up(self.dialed(self.first), self.agent)
        self.finish(wrapup, "sold")
        self.assertEqual(Contact.search(mine), self.first, "and whom they have called")
        Attempt = self.as_user(self.env["telecom.campaign.attempt"], self.user_other)
        self.assertFalse(Attempt.search(mine))
        for user in (self.user_supervisor, self.manager_benin):
            self.assertEqual(
                self.as_user(self.env["telecom.campaign.contact"], user).search_count(
                    mine
                ),
                3,
            )

    def test_what_files_say_leads_nowhere(self):
        self.first.name = r"external:\\192.0.2.1\share"
        self.second.name = "=1+1"
        rows = self.calls_out._result_rows()
        sheet = load_workbook(BytesIO(CampaignResults._workbook(rows))).active
        cells = [cell for row in sheet.iter_rows() for cell in row]
        names = {cell.value: cell for cell in cells}
        self.assertIn(self.first.name, names)
        self.assertFalse([cell for cell in cells if cell.hyperlink])
        self.assertEqual(names["=1+1"].data_type, "s")

    def test_agents_see_the_contact_on_the_line(self):
        self.automatic()
        [row] = self.take(1)
        call = self._call(
            self.calls_out,
            self.agent,
            row["number"],
            direction="outbound",
            uniqueid=row["channel_id"],
        )
        self.pbx._dialer_calls({call: row["channel_id"]})
        seen = self.as_user(self.first, self.user_agent)
        self.assertEqual(seen.name, self.first.name)
