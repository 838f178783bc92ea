from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.attempts import AttemptFacts
from ..engine.live_state import LiveCall
from .common import TelecomCallcenterCommon


@tagged("post_install", "-at_install", "telecom")
class TestDialer(TelecomCallcenterCommon):
    """What the gateway's dialer asks of Odoo and tells it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        always = cls.env["resource.calendar"].create(
            {
                "name": "Always",
                "company_id": cls.benin.id,
                "tz": "UTC",
                "attendance_ids": [
                    fields.Command.create(
                        {
                            "name": "Day",
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
        cls.campaign = cls.env["telecom.campaign"].create(
            {
                "name": "Renewals",
                "kind": "outbound",
                "company_id": cls.benin.id,
                "queue_id": cls.queue_benin.id,
                "dial_mode": "predictive",
                "dial_calendar_id": always.id,
                "keep_public_holidays": False,
                "state": "live",
            }
        )
        cls.contacts = cls.env["telecom.campaign.contact"].create(
            [
                {
                    "campaign_id": cls.campaign.id,
                    "name": f"Contact {number}",
                    "number": f"+2290196{number:06d}",
                    "next_at": cls.now - timedelta(minutes=1),
                }
                for number in range(5)
            ]
        )
        cls.pbx = cls.queue_benin.pbx_id

    def take(self, count=1):
        return self.pbx._dialer_take(self.campaign.id, count)

    def attempt(self, row):
        return self.env["telecom.campaign.attempt"].browse(row["attempt_id"])

    def facts(self, row, result, **values):
        now = fields.Datetime.now().timestamp()
        return AttemptFacts(row["channel_id"], result, now, dialed_at=now - 5, **values)

    def test_each_contact_is_taken_once(self):
        first, second = self.take(3), self.take(9)
        numbers = [row["number"] for row in first + second]
        self.assertEqual(len(numbers), 5)
        self.assertEqual(len(set(numbers)), 5)
        self.assertEqual(set(self.contacts.mapped("state")), {"reserved"})
        attempts = self.campaign.attempt_ids
        self.assertEqual(set(attempts.mapped("state")), {"recorded"})
        self.assertEqual(len(set(attempts.mapped("channel_id"))), 5)
        self.assertEqual(self.take(), [])

    def test_nobody_is_taken_of_a_campaign_that_is_stopped(self):
        self.campaign.action_stop_dialing()
        self.assertEqual(self.take(), [])
        self.assertIn(f"c{self.campaign.id}", self.pbx._dialer_stops())
        self.campaign.action_resume_dialing()
        self.assertEqual(len(self.take()), 1)

    def test_do_not_call(self):
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": self.contacts[0].number}
        )
        numbers = {row["number"] for row in self.take(9)}
        self.assertNotIn(self.contacts[0].number, numbers)
        self.assertEqual(len(numbers), 4)

    def test_a_result_is_written_once(self):
        [row] = self.take()
        attempt = self.attempt(row)
        self.pbx._dialer_results([self.facts(row, "busy", cause=17)])
        self.assertEqual(
            (attempt.state, attempt.result, attempt.cause), ("ended", "busy", 17)
        )
        contact = attempt.contact_id
        before = (contact.state, contact.next_at, contact.attempt_count)
        self.pbx._dialer_results([self.facts(row, "no_answer")])
        self.assertEqual(attempt.result, "busy")
        self.assertEqual(
            (contact.state, contact.next_at, contact.attempt_count), before
        )
        self.assertEqual(contact.state, "ready")

    def test_another_pbx_says_nothing_of_it(self):
        [row] = self.take()
        other = self.pbx.copy({"code": "elsewhere"})
        other._dialer_results([self.facts(row, "busy")])
        self.assertEqual(self.attempt(row).state, "recorded")

    def test_recorded_and_never_dialed(self):
        rows = self.take(3)
        self.pbx._dialer_dialing([rows[1]["attempt_id"]])
        soon = fields.Datetime.now().timestamp() + 60
        self.assertEqual(self.pbx._dialer_unknown({rows[2]["channel_id"]}, soon), 2)
        self.assertEqual(self.attempt(rows[0]).result, "not_dialed")
        # Asterisk had it: it may have rung, and counts.
        self.assertEqual(self.attempt(rows[1]).result, "interrupted")
        self.assertEqual(self.attempt(rows[2]).state, "recorded")
        self.assertEqual(self.attempt(rows[0]).contact_id.attempt_count, 0)

    def test_who_answers_a_campaign_that_was_stopped_is_still_expected(self):
        """The dialplan keeps a campaign while its last calls may ring or talk."""
        [row] = self.take()
        self.campaign.state = "stopped"

        def expected():
            return self.campaign.id in [
                values["id"] for values in self.pbx._gateway_configuration()["outbound"]
            ]

        self.assertTrue(expected())
        self.pbx._dialer_results([self.facts(row, "busy")])
        self.assertTrue(expected(), "others of this moment may still ring")
        self.attempt(row).recorded_at -= timedelta(days=1)
        self.assertFalse(expected())

    def test_young_attempts_are_left_alone(self):
        self.take()
        before = fields.Datetime.now().timestamp() - 60
        self.assertFalse(self.pbx._dialer_unknown(set(), before))

    def test_refusal_of_further_calls_is_kept(self):
        [row] = self.take()
        self.pbx._dialer_results([self.facts(row, "abandoned", refused=True)])
        contact = self.attempt(row).contact_id
        self.assertEqual((contact.state, contact.exclusion), ("excluded", "opt_out"))
        self.assertEqual(
            self.env["telecom.do.not.call"]._blocked(self.benin, [row["number"]]),
            {row["number"]},
        )
        # Told twice, kept once.
        self.pbx._dialer_refusals([row["channel_id"]])

    def test_budgets_count_by_the_rule_of_the_campaign(self):
        rows = self.take(5)
        now = fields.Datetime.now().timestamp()
        answered = {"answered_at": now - 3}
        self.pbx._dialer_results(
            [
                self.facts(rows[0], "answered", connected_at=now - 2, **answered),
                self.facts(
                    rows[1],
                    "answered",
                    connected_at=now,
                    waiting_seconds=4.0,
                    **answered,
                ),
                self.facts(rows[2], "abandoned", **answered),
                self.facts(rows[3], "machine", machine="machine", **answered),
                self.facts(rows[4], "busy"),
            ]
        )
        # Too late is abandoned, whatever was said afterwards.
        self.assertEqual(self.campaign._dialer_budgets(), ((3, 2), (3, 2)))
        self.campaign.machine_error_share = 50
        self.assertEqual(self.campaign._dialer_budgets(), ((3, 2.5), (3, 2.5)))
        self.attempt(rows[3]).machine_wrong = True
        self.assertEqual(self.campaign._dialer_budgets(), ((4, 3), (4, 3)))
        self.campaign.abandoned_base = "connected"
        self.assertEqual(self.campaign._dialer_budgets(), ((4, 3), (4, 3)))

    def test_machines_passed_to_agents_are_no_persons(self):
        """They do not hide the share of persons who met no agent."""
        rows = self.take(5)
        now = fields.Datetime.now().timestamp()
        machine = {"answered_at": now - 3, "machine": "machine"}
        person = {"answered_at": now - 3, "machine": "human"}
        self.pbx._dialer_results(
            [
                self.facts(rows[0], "answered", connected_at=now - 2, **machine),
                self.facts(rows[1], "answered", connected_at=now - 2, **person),
                self.facts(rows[2], "abandoned", **person),
                # Nobody knows whether these two were persons: the safe side
                self.facts(rows[3], "abandoned", **machine),
                self.facts(
                    rows[4],
                    "answered",
                    connected_at=now,
                    waiting_seconds=4.0,
                    **machine,
                ),
            ]
        )
        self.assertEqual(self.campaign._dialer_budgets(), ((4, 3), (4, 3)))
        self.campaign.machine_error_share = 50
        self.assertEqual(self.campaign._dialer_budgets(), ((4, 3), (4, 3)))
        # She met an agent in time
        self.attempt(rows[0]).machine_wrong = True
        self.assertEqual(self.campaign._dialer_budgets(), ((5, 3), (5, 3)))

    def test_an_outage_of_the_network_ends_no_contact(self):
        for _attempt in range(12):
            [row] = self.take()
            self.pbx._dialer_results([self.facts(row, "network", cause=34)])
            contact = self.attempt(row).contact_id
            self.contacts.next_at = self.now + timedelta(hours=1)
            contact.next_at = self.now - timedelta(minutes=1)
        self.assertEqual((contact.state, contact.attempt_count), ("ready", 0))
        self.assertEqual(contact.status_attempts, {"network": 12})

    def abandon(self, answered, abandoned):
        """So many calls of this hour were answered, and met no agent."""
        now = fields.Datetime.now()
        self.env["telecom.campaign.attempt"].create(
            [
                {
                    "company_id": self.benin.id,
                    "campaign_id": self.campaign.id,
                    "pbx_id": self.pbx.id,
                    "mode": "predictive",
                    "number": f"+2290197{number:06d}",
                    "channel_id": f"dialer-cap-{number}",
                    "state": "ended",
                    "result": "abandoned" if number < abandoned else "answered",
                    "recorded_at": now - timedelta(minutes=10),
                    "answered_at": now - timedelta(minutes=9),
                    "ended_at": now - timedelta(minutes=8),
                }
                for number in range(answered)
            ]
        )
        self.campaign.invalidate_recordset()

    def dialed_values(self):
        [values] = [
            values
            for values in self.pbx._dialer_campaigns()
            if values["id"] == self.campaign.id
        ]
        return values

    def test_a_supervisor_lets_dialing_go_on_with_a_reason(self):
        self.assertFalse(self.campaign.abandoned_stopped)
        self.assertEqual(self.dialed_values()["when_reached"], "stop")
        self.abandon(400, 13)
        self.assertTrue(self.campaign.abandoned_stopped)
        wizard = (
            self.env["telecom.dialing.resume"]
            .with_user(self.supervisor_benin)
            .with_company(self.benin)
            .create({"campaign_id": self.campaign.id, "reason": "The trunk failed"})
        )
        wizard.action_resume()
        self.campaign.invalidate_recordset()
        self.assertFalse(self.campaign.abandoned_stopped)
        # No more than a call for each free agent, and not for ever.
        self.assertEqual(self.dialed_values()["when_reached"], "waived")
        self.assertIn("The trunk failed", self.campaign.message_ids[0].body)
        self.campaign.abandoned_waived_until = fields.Datetime.now()
        self.assertTrue(self.campaign.abandoned_stopped)
        self.assertEqual(self.dialed_values()["when_reached"], "stop")

    def test_an_agent_keeps_her_own_promise(self):
        contact = self.contacts[0]
        contact.state = "callback"
        self.env["telecom.callback"].create(
            {
                "company_id": self.benin.id,
                "campaign_id": self.campaign.id,
                "contact_id": contact.id,
                "number": contact.number,
                "due_at": self.now - timedelta(minutes=1),
                "agent_id": self.agent.id,
            }
        )
        self.assertEqual(self.dialed_values()["promised"], [self.agent.id])
        self.assertNotIn(contact.number, [row["number"] for row in self.take(9)])

        def keep(agent):
            return self.pbx._dialer_keep_promise(self.campaign.id, agent.id)

        self.assertFalse(keep(self.other), "she has promised nothing")
        self.assertFalse(keep(self.agent), "she is not at work")
        self.agent._set_presence("ready")
        self.assertTrue(keep(self.agent))
        attempt = self.campaign.attempt_ids.filtered("callback_id")
        self.assertEqual(
            (attempt.agent_id, attempt.mode, attempt.number),
            (self.agent, "preview", contact.number),
        )
        self.assertEqual(
            (contact.state, contact.preview_agent_id), ("reserved", self.agent)
        )
        self.assertFalse(keep(self.agent), "once")
        self.assertFalse(self.dialed_values()["promised"])

    def test_what_the_dialer_saw_is_shown(self):
        now = fields.Datetime.now().timestamp()
        row = {
            "campaign_id": self.campaign.id,
            "agents": 5,
            "busy": 4,
            "answer_rate": 31.26,
            "reason": "budget",
        }
        self.pbx._dialer_pacing(
            [row | {"at": now - 20}, row | {"at": now - 10, "reason": "lines"}]
            + [row | {"at": now - 7200}],
            {},
        )
        seen = self.campaign.with_user(self.supervisor_benin).get_pacing(15)
        self.assertEqual([r["busy"] for r in seen["rows"]], [4, 4])
        self.assertEqual(seen["rows"][-1]["answer_rate"], 31.3)
        self.assertEqual([r["percent"] for r in seen["reasons"]], [50, 50])
        self.assertEqual(seen["most"], 3.0)
        self.assertFalse(seen["stopped"])
        self.campaign._stop_dialing("Complaints")
        self.assertIn(
            "Complaints",
            self.campaign.with_user(self.supervisor_benin).get_pacing(15)["stopped"],
        )
        with self.assertRaises(AccessError):
            self.campaign.with_user(self.manager_tunisia).get_pacing(15)

    def test_agents_do_not_let_dialing_go_on(self):
        with self.assertRaises(AccessError):
            self.env["telecom.dialing.resume"].with_user(self.user_agent).create(
                {"campaign_id": self.campaign.id, "reason": "I want to call"}
            )

    def test_a_queue_that_only_calls_out_announces_nothing(self):
        def announces():
            [values] = [
                values
                for values in self.pbx._gateway_configuration()["queues"]
                if values["id"] == self.campaign.queue_id.id
            ]
            return values["announce_position"]

        queue = self.campaign.queue_id
        queue.announce_position = True
        dids = self.env["telecom.did"].search([("campaign_id.queue_id", "=", queue.id)])
        inbound = dids.campaign_id
        inbound.write({"state": "live"})
        self.assertEqual(announces(), bool(inbound))
        missing = ", ".join(self.campaign._missing_to_go_live())
        self.assertEqual("a queue of its own" in missing, bool(inbound))
        inbound.write({"state": "stopped"})
        self.assertFalse(announces())

    def test_promises_of_the_team_go_first(self):
        contact = self.contacts[4]
        contact.state = "callback"
        callback = self.env["telecom.callback"].create(
            {
                "company_id": self.benin.id,
                "campaign_id": self.campaign.id,
                "contact_id": contact.id,
                "number": contact.number,
                "due_at": self.now - timedelta(minutes=1),
            }
        )
        [row] = self.take()
        self.assertEqual(row["number"], contact.number)
        self.assertEqual(self.attempt(row).callback_id, callback)
        now = fields.Datetime.now().timestamp()
        self.pbx._dialer_results(
            [self.facts(row, "answered", answered_at=now, connected_at=now)]
        )
        self.assertEqual(callback.state, "done")

    def test_whom_the_campaign_called_is_known_when_the_card_is_shown(self):
        [row] = self.take()
        partner = self._customer(self.benin)
        self.attempt(row).contact_id.partner_id = partner
        live = LiveCall(
            "main-1.5",
            "PJSIP/trunk1-01",
            fields.Datetime.now().timestamp(),
            direction="outbound",
            company_id=self.benin.id,
            campaign_id=self.campaign.id,
            queue_id=self.queue_benin.id,
            number=row["number"],
            attempt=row["channel_id"],
        )
        call = self.pbx._gateway_upsert([live.values()])["main-1.5"]
        self.assertEqual(self.attempt(row).call_id, call)
        self.assertEqual((call.direction, call.partner_id), ("outbound", partner))

    def test_only_own_numbers_are_presented(self):
        foreign = self.env["telecom.did"].create(
            {
                "number": "71000001",
                "company_id": self.tunisia.id,
                "pbx_id": self.pbx.id,
            }
        )
        with self.assertRaises(UserError):
            self.campaign.presented_did_ids = foreign
        self.assertNotIn("71000001", self.campaign._dialer_presented_numbers())

    def test_going_live_needs_the_message(self):
        self.campaign.state = "draft"
        missing = " ".join(self.campaign._missing_to_go_live())
        self.assertIn("when no agent is free", missing)

    def test_closed_module_dials_nobody(self):
        ids = [values["id"] for values in self.pbx._dialer_campaigns()]
        self.assertIn(self.campaign.id, ids)
        self.benin._telecom_stop_dialing("Test")
        ids = [values["id"] for values in self.pbx._dialer_campaigns()]
        self.assertNotIn(self.campaign.id, ids)

    def test_what_was_seen_is_kept(self):
        self.pbx._dialer_pacing(
            [{"campaign_id": self.campaign.id, "at": 1e9, "agents": 3, "dialed": 5}],
            {self.campaign.id: {"answers": 1.0}},
        )
        kept = self.env["telecom.campaign.pacing"].search(
            [("campaign_id", "=", self.campaign.id)]
        )
        self.assertEqual((kept.company_id, kept.dialed), (self.benin, 5))
        self.assertEqual(self.campaign._dialer_knowledge(), {"answers": 1.0})

    def test_who_stops_dialing(self):
        Wizard = self.env["telecom.dialing.stop"]
        values = {"scope": "operator", "company_id": self.benin.id}
        with self.assertRaises(AccessError):
            Wizard.with_user(self.user_agent).create(values)
        supervisor = Wizard.with_user(self.user_supervisor).with_context(
            allowed_company_ids=self.benin.ids
        )
        wizard = supervisor.create(values)
        wizard.action_stop()
        self.assertTrue(self.benin.telecom_dialing_stopped)
        supervisor.create(values).action_resume()
        self.assertFalse(self.benin.telecom_dialing_stopped)
        with self.assertRaises(AccessError):
            supervisor.create({**values, "company_id": self.tunisia.id}).action_stop()

    def test_all_is_stopped_though_one_pbx_is_stopped_already(self):
        other = self.pbx.copy({"code": "second"})
        self.pbx._stop_dialing("The network")
        wizard = (
            self.env["telecom.dialing.stop"]
            .with_user(self.user_supervisor)
            .create({"scope": "all"})
        )
        self.assertLessEqual(self.pbx | other, wizard._pbxs())
        self.assertEqual((wizard.is_stopped, wizard.goes_on), (True, True))
        wizard.action_stop()
        self.assertTrue(other.dialing_stopped)
        wizard.invalidate_recordset()
        self.assertEqual((wizard.is_stopped, wizard.goes_on), (True, False))
        wizard.action_resume()
        wizard.invalidate_recordset()
        self.assertEqual((wizard.is_stopped, wizard.goes_on), (False, True))
