"""What becomes of contacts after a call, and whom a campaign calls next."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import TelecomCallcenterCommon

#: A Friday morning, ten o'clock in Benin
NOW = datetime(2026, 11, 20, 9, 0)


class OutboundCase(TelecomCallcenterCommon):
    """An outbound campaign in Benin that calls from Monday to Saturday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outbound = cls._outbound("Relance")
        cls.status = {
            node.code: node for node in cls.outbound.disposition_ids if node.code
        }
        cls.startClassPatcher(cls._hours_of(NOW))

    @classmethod
    def _hours_of(cls, today):
        # The tests' own today; everything else of the hours is real
        model = cls.env.registry["telecom.campaign"]
        real = model._calling_hours_from
        return patch.object(
            model,
            "_calling_hours",
            lambda campaign: real(campaign, today.date()),
        )

    @classmethod
    def _outbound(cls, name, company=None, **values):
        company = company or cls.benin
        queue = cls._queue(name, company)
        return cls.env["telecom.campaign"].create(
            {
                "name": name,
                "kind": "outbound",
                "company_id": company.id,
                "queue_id": queue.id,
                "state": "live",
                "keep_public_holidays": False,
                **values,
            }
        )

    @classmethod
    def _contact(cls, number, campaign=None, **values):
        campaign = campaign or cls.outbound
        return cls.env["telecom.campaign.contact"].create(
            {
                "campaign_id": campaign.id,
                "name": f"Contact {number}",
                "number": number,
                "next_at": NOW - timedelta(minutes=5),
                **values,
            }
        )

    @classmethod
    def _attempt(cls, contact, **values):
        cls.channels = getattr(cls, "channels", 0) + 1
        contact.state = "reserved"
        return cls.env["telecom.campaign.attempt"].create(
            {
                "company_id": contact.company_id.id,
                "campaign_id": contact.campaign_id.id,
                "contact_id": contact.id,
                "pbx_id": cls.pbx.id,
                "mode": "predictive",
                "number": contact.number,
                "channel_id": f"channel-{cls.channels}",
                "recorded_at": NOW,
                **values,
            }
        )

    def _settle(self, contact, status, attempt=None, at=NOW):
        attempt = attempt or self._attempt(contact)
        if not isinstance(status, str):
            status = status.id
        result = self.env["telecom.campaign.contact"]._settle(
            [(contact.id, attempt.id, status, at)]
        )
        return attempt, result


@tagged("post_install", "-at_install", "telecom")
class TestSettle(OutboundCase):
    def test_a_busy_number_is_called_again(self):
        contact = self._contact("0197000001")
        self.assertEqual(contact.number, "+2290197000001")
        attempt, result = self._settle(contact, "busy")
        self.assertEqual(result, {contact.id: "ready"})
        self.assertEqual(contact.state, "ready")
        self.assertEqual(contact.next_at, NOW + timedelta(minutes=15))
        self.assertEqual(contact.disposition_id, self.status["busy"])
        self.assertEqual(contact.last_result, "busy")
        self.assertEqual(contact.attempt_count, 1)
        self.assertEqual(contact.last_attempt_at, NOW)
        self.assertEqual(attempt.settled, "system")
        self.assertEqual(attempt.disposition_id, self.status["busy"])

    def test_a_call_counts_once(self):
        contact = self._contact("0197000001")
        attempt, _result = self._settle(contact, "no_answer")
        _attempt, again = self._settle(contact, "busy", attempt)
        self.assertEqual(again, {})
        self.assertEqual(contact.attempt_count, 1)
        self.assertEqual(contact.last_result, "no_answer")

    def test_an_agent_corrects_the_system_once(self):
        contact = self._contact("0197000001")
        attempt, _result = self._settle(contact, "no_answer")
        self._settle(contact, self.status["sold"], attempt)
        self.assertEqual(contact.state, "done")
        self.assertEqual(contact.attempt_count, 1)
        self.assertEqual(contact.status_attempts[str(self.status["no_answer"].id)], 0)
        self._settle(contact, self.status["busy"], attempt)
        self.assertEqual(contact.disposition_id, self.status["sold"])
        # Nor once the contact has been called another time
        contact.state = "ready"
        second, _result = self._settle(contact, "busy")
        self._settle(contact, "no_answer")
        self._settle(contact, self.status["sold"], second)
        self.assertEqual(contact.state, "ready")

    def test_nothing_becomes_of_an_answered_call_without_a_status(self):
        contact = self._contact("0197000001")
        attempt, result = self._settle(contact, "answered")
        self.assertEqual(result, {})
        self.assertEqual((contact.state, contact.attempt_count), ("reserved", 0))
        self._settle(contact, self.status["refused"], attempt)
        self.assertEqual((contact.state, contact.attempt_count), ("done", 1))

    def test_times_are_used_up(self):
        contact = self._contact("0197000001")
        self.outbound.attempts_per_day = 0
        for turn in range(5):
            self._settle(contact, "busy", at=NOW + timedelta(minutes=turn))
            self.assertEqual(contact.state, "ready")
        self._settle(contact, "busy", at=NOW + timedelta(minutes=9))
        self.assertEqual((contact.state, contact.exclusion), ("excluded", "attempts"))

    def test_limits_of_a_day_and_altogether(self):
        self.outbound.write({"attempts_per_day": 2, "attempts_total": 3})
        contact = self._contact("0197000001")
        self._settle(contact, "busy")
        self._settle(contact, "busy", at=NOW + timedelta(minutes=20))
        # Saturday, eight o'clock
        self.assertEqual(contact.next_at, datetime(2026, 11, 21, 7, 0))
        self._settle(contact, "network", at=NOW + timedelta(minutes=30))
        self.assertEqual(contact.attempt_count, 2, "A fault of the network is no call")
        self._settle(contact, "busy", at=NOW + timedelta(days=1))
        self.assertEqual(contact.exclusion, "attempts")

    def test_the_other_number_of_the_same_person(self):
        taken = self._contact("0197000003")
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": "0197000004"}
        )
        contact = self._contact(
            "0197000001",
            other_numbers=[taken.number, "+2290197000004", "+2290197000002"],
        )
        self._settle(contact, "no_answer")
        self.assertEqual(contact.number, "+2290197000002")
        self.assertEqual(
            contact.other_numbers,
            ["+2290197000001", taken.number, "+2290197000004"],
        )

    def test_a_wrong_number_leaves_the_others(self):
        contact = self._contact("0197000001", other_numbers=["+2290197000002"])
        self._settle(contact, "wrong_number")
        self.assertEqual(
            (contact.number, contact.other_numbers, contact.state),
            ("+2290197000002", [], "ready"),
        )
        self._settle(contact, "wrong_number")
        self.assertEqual(contact.state, "done")

    def test_who_refuses_in_two_campaigns_at_once_refuses_once(self):
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": "+2290197000001"}
        )
        contact = self._contact("0197000001")
        with self.assertBeginsAgain("telecom.do.not.call"):
            self._settle(contact, self.status["do_not_call"])

    def test_who_refuses_calls_is_called_by_no_campaign(self):
        contact = self._contact("0197000001")
        other = self._contact("0197000001", self._outbound("Autre"))
        abroad = self._outbound("Tunis", self.tunisia)
        stranger = self._contact("+2290197000001", abroad)
        self._settle(contact, self.status["do_not_call"])
        for record in (contact, other):
            self.assertEqual(
                (record.state, record.exclusion), ("excluded", "do_not_call")
            )
        self.assertEqual(stranger.state, "ready")
        [entry] = self.env["telecom.do.not.call"].search(
            [("number", "=", contact.number)]
        )
        self.assertEqual(entry.company_id, self.benin)

    def test_who_took_back_the_consent_stays_out(self):
        partner = self._customer()
        contact = self._contact("0197123456", partner_id=partner.id)
        attempt = self._attempt(contact)
        self.env["telecom.consent"].create(
            {
                "company_id": self.benin.id,
                "partner_id": partner.id,
                "channel": "call",
                "granted": False,
            }
        )
        self._settle(contact, "busy", attempt)
        self.assertEqual((contact.state, contact.exclusion), ("excluded", "opt_out"))

    def test_a_promise_waits_for_its_hour(self):
        contact = self._contact("0197000001")
        attempt = self._attempt(contact)
        callback = self.env["telecom.callback"].create(
            {
                "company_id": self.benin.id,
                "campaign_id": self.outbound.id,
                "contact_id": contact.id,
                "number": contact.number,
                "due_at": NOW + timedelta(days=2),
            }
        )
        self._settle(contact, self.status["callback"], attempt)
        self.assertEqual(contact.state, "callback")
        callback.action_cancel()
        self.assertEqual(contact.state, "ready")

    def test_nobody_waits_for_a_promise_that_nobody_made(self):
        contact = self._contact("0197000001")
        self._settle(contact, self.status["callback"])
        self.assertEqual(contact.state, "ready")
        self.assertEqual(contact.next_at, NOW + timedelta(hours=1))

    def test_a_status_of_another_campaign_is_refused(self):
        contact = self._contact("0197000001")
        with self.assertRaises(ValueError):
            self._settle(contact, self.campaign_benin.disposition_ids[0])

    def test_many_calls_cost_as_many_queries_as_one(self):
        contacts = [self._contact(f"01970001{n:02}") for n in range(40)]
        attempts = [self._attempt(contact) for contact in contacts]
        rows = [
            (contact.id, attempt.id, "busy", NOW)
            for contact, attempt in zip(contacts, attempts, strict=True)
        ]
        self.env["telecom.campaign.contact"]._settle(rows[:1])
        self.env.flush_all()
        counts = []
        for batch in (rows[1:2], rows[2:]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["telecom.campaign.contact"]._settle(batch)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
        self.assertEqual(set(self.outbound.contact_ids.mapped("state")), {"ready"})

    def test_given_back(self):
        contact = self._contact("0197000001")
        self._attempt(contact)
        contact._put_back(10)
        self.assertEqual((contact.state, contact.attempt_count), ("ready", 0))
        self.assertGreater(contact.next_at, fields.Datetime.now())


@tagged("post_install", "-at_install", "telecom")
class TestDueContacts(OutboundCase):
    def _due(self, count=10, now=NOW, **more):
        found = self.outbound._due_contacts(now, count, **more)
        return self.env["telecom.campaign.contact"].browse(found)

    def _file(self, **values):
        return self.env["telecom.campaign.file"].create(
            {
                "name": "numeros.csv",
                "campaign_id": self.outbound.id,
                "file": "Tm9tO05vCkE7MQo=",
                **values,
            }
        )

    def test_in_their_order(self):
        second, first = self._file(sequence=20), self._file(sequence=10)
        loose = self._contact("0197000001")
        waits = self._contact(
            "0197000002", file_id=second.id, next_at=NOW - timedelta(hours=9)
        )
        young = self._contact("0197000003", file_id=first.id)
        old = self._contact(
            "0197000004", file_id=first.id, next_at=NOW - timedelta(hours=1)
        )
        urgent = self._contact("0197000005", file_id=second.id, priority=5)
        self._contact("0197000006", file_id=first.id, next_at=NOW + timedelta(hours=1))
        self._contact("0197000007", priority=9, next_at=NOW + timedelta(hours=1))
        for number, state in enumerate(("reserved", "callback", "done", "excluded")):
            self._contact(f"01970001{number:02}", state=state)
        self.assertEqual(
            self._due().mapped("number"),
            (urgent + old + young + waits + loose).mapped("number"),
        )
        self.assertEqual(self._due(2), urgent + old)
        second.paused = True
        self.assertEqual(self._due(), old + young + loose)

    def test_hours_of_each_time_zone(self):
        here = self._contact("0197000001")
        abidjan = self._contact("0197000002", timezone="Africa/Abidjan")
        tokyo = self._contact("0197000003", timezone="Asia/Tokyo")
        self.assertEqual(
            sorted(self.outbound.contact_zones), ["Africa/Abidjan", "Asia/Tokyo"]
        )
        early = datetime(2026, 11, 20, 7, 30)
        for contact in here + abidjan + tokyo:
            contact.next_at = early
        self.assertEqual(self._due(now=early), here + tokyo)
        self.assertEqual(self._due(now=datetime(2026, 11, 20, 12, 0)), here + abidjan)
        # Sunday
        self.assertFalse(self._due(now=datetime(2026, 11, 22, 12, 0)))

    def test_calendar_and_days_off(self):
        contact = self._contact("0197000001")
        self.outbound.dial_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Matin",
                "company_id": self.benin.id,
                "tz": "Africa/Porto-Novo",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Matin",
                            "dayofweek": str(day),
                            "hour_from": 8,
                            "hour_to": 12,
                            "day_period": "morning",
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        self.assertEqual(self._due(), contact)
        self.assertFalse(self._due(now=NOW + timedelta(hours=3)))
        self.env["resource.calendar.leaves"].with_company(self.benin).create(
            {
                "name": "Fête",
                "date_from": datetime(2026, 11, 19, 23, 0),
                "date_to": datetime(2026, 11, 20, 22, 59, 59),
            }
        )
        self.assertFalse(self._due(), "Days off are noticed at once")

    def test_public_holidays_of_the_country_called(self):
        contact = self._contact("0197000001", next_at=NOW - timedelta(days=400))
        Campaign = self.env.registry["telecom.campaign"]
        self.patch(
            Campaign,
            "_calling_hours",
            lambda campaign: campaign._calling_hours_from(
                datetime(2025, 12, 24).date()
            ),
        )
        christmas = datetime(2025, 12, 25, 9, 0)
        self.assertEqual(self._due(now=christmas), contact)
        self.outbound.keep_public_holidays = True
        self.assertFalse(self._due(now=christmas))
        self.assertEqual(self._due(now=christmas + timedelta(days=1)), contact)

    def test_the_law_of_the_country_called(self):
        self._contact("0197000001", timezone="Europe/Paris")
        self.assertTrue(self._due(now=datetime(2026, 11, 20, 12, 30)))
        self.outbound.country_id = self.env.ref("base.fr")
        # Half past one in Paris
        self.assertFalse(self._due(now=datetime(2026, 11, 20, 12, 30)))
        self.assertTrue(self._due(now=datetime(2026, 11, 20, 13, 30)))

    def test_refusals_hold_at_once(self):
        contact = self._contact("0197000001")
        self.env.cr.execute(
            """INSERT INTO telecom_do_not_call (company_id, number, source, since,
            active) VALUES (%s, %s, 'register', %s, true)""",
            [self.benin.id, contact.number, NOW.date()],
        )
        self.assertFalse(self._due())

    def test_own_contacts_of_an_agent(self):
        mine = self._contact("0197000001", agent_id=self.agent.id)
        everybodys = self._contact("0197000002")
        self.assertEqual(self._due(), everybodys)
        self.assertEqual(self._due(agent=self.agent), mine + everybodys)
        self.assertEqual(self._due(agent=self.other), everybodys)

    def test_a_campaign_that_does_not_call(self):
        self._contact("0197000001")
        self.assertTrue(self._due())
        self.outbound.state = "stopped"
        self.assertFalse(self._due())
        self.outbound.write({"state": "live", "dialing_stopped": True})
        self.assertFalse(self._due())

    def test_what_is_due_is_found_by_its_index(self):
        self._contact("0197000001")
        self.env.flush_all()
        # In a small table every way is a good one
        self.env.cr.execute(
            """
            INSERT INTO telecom_campaign_contact
                (company_id, campaign_id, name, number, state, priority, next_at)
            SELECT company_id, id, 'Awa', '+22901980' || (10000 + n), 'ready', 0, %s
              FROM telecom_campaign, generate_series(1, 5000) n WHERE id = %s""",
            [NOW, self.outbound.id],
        )
        self.env.cr.execute("ANALYZE telecom_campaign_contact")
        query = self.outbound._due_contacts_query(NOW, [""], 10)
        self.env.cr.execute("EXPLAIN " + query.code, query.params)
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("telecom_campaign_contact_next", plan)
        self.assertNotIn("Seq Scan on telecom_campaign_contact", plan)


@tagged("post_install", "-at_install", "telecom")
class TestContacts(OutboundCase):
    def test_who_may_change_contacts(self):
        contact = self._contact("0197000001")
        for user in (self.user_agent, self.manager_benin):
            with self.assertRaises(AccessError):
                self.as_user(contact, user).write({"priority": 5})
        self.as_user(contact, self.user_supervisor).write({"priority": 5})
        with self.assertRaises(AccessError):
            self.as_user(contact, self.manager_tunisia).read(["name"])

    def test_nonsense_is_refused(self):
        for values in ({"number": "abc"}, {"timezone": "Afrique/Cotonou"}):
            with self.subTest(values), self.assertRaises(ValidationError):
                self._contact("0197000001").write(values)

    def test_recycling_by_hand(self):
        sold = self._contact("0197000001", state="done", attempt_count=2)
        tired = self._contact(
            "0197000002", state="excluded", exclusion="attempts", attempt_count=9
        )
        refused = self._contact("0197000003", state="excluded", exclusion="attempts")
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": "0197000003"}
        )
        waiting = self._contact("0197000004")
        contacts = sold + tired + refused + waiting
        again = self.as_user(contacts, self.user_supervisor)._recycle(NOW)
        self.assertEqual(again.ids, (sold + tired).ids)
        self.assertEqual(tired.attempt_count, 0)
        self.assertEqual((sold + tired).mapped("recycle_count"), [1, 1])
        self.assertEqual(refused.exclusion, "do_not_call")
        self.assertEqual(waiting.recycle_count, 0)

    def test_recycling_by_rule(self):
        long_ago = fields.Datetime.now() - timedelta(hours=80)
        busy = self._contact(
            "0197000001",
            state="excluded",
            exclusion="attempts",
            last_attempt_at=long_ago,
            disposition_id=self.status["busy"].id,
        )
        recent = self._contact(
            "0197000002",
            state="excluded",
            exclusion="attempts",
            last_attempt_at=fields.Datetime.now(),
            disposition_id=self.status["busy"].id,
        )
        sold = self._contact(
            "0197000003",
            state="done",
            last_attempt_at=long_ago,
            disposition_id=self.status["sold"].id,
        )
        # “Never again”, by hand, is for good
        angry = self._contact(
            "0197000004",
            state="excluded",
            exclusion="hand",
            last_attempt_at=long_ago,
            disposition_id=self.status["busy"].id,
        )
        rule = self.env["telecom.campaign.recycling"].create(
            {
                "campaign_id": self.outbound.id,
                "disposition_ids": self.status["not_available"].ids,
                "after_hours": 72,
            }
        )
        self.assertEqual(rule.contact_count, 1)
        with self.enter_registry_test_mode():
            self.env.ref(
                "telecom_callcenter.ir_cron_recycle_contacts"
            ).method_direct_trigger()
        self.assertEqual(busy.state, "ready")
        self.assertEqual((recent.state, sold.state), ("excluded", "done"))
        self.assertEqual((angry.state, angry.exclusion), ("excluded", "hand"))
        # Once only
        busy.write({"state": "excluded", "exclusion": "attempts"})
        busy.last_attempt_at = long_ago
        self.assertEqual(rule.contact_count, 0)
        # Of an archived status it is not a rule for all who used up the attempts
        rule.disposition_ids = self.status["sold"]
        self.status["sold"].active = False
        self.env.invalidate_all()
        self.assertFalse(
            self.env["telecom.campaign.contact"].search(rule._contacts_domain()) - sold
        )
