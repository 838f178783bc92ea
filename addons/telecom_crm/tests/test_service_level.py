from datetime import date, datetime, timedelta

from odoo import fields
from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_crm.tools import service_level

from .common import OperatorCase


def at(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute)


# Monday 2 and Tuesday 3 March, 8 to 12 and 14 to 18; Wednesday is off
WEEK = [
    (at(2, 8), at(2, 12)),
    (at(2, 14), at(2, 18)),
    (at(3, 8), at(3, 12)),
    (at(3, 14), at(3, 18)),
    (at(5, 8), at(5, 12)),
]
HOUR = 3600


@tagged("post_install", "-at_install", "telecom")
class TestDeadlines(BaseCase):
    def test_working_time_is_added(self):
        for start, hours, expected in (
            (at(2, 8), 0, at(2, 8)),
            (at(2, 8), 2, at(2, 10)),
            (at(2, 8), 4, at(2, 12)),
            (at(2, 8), 5, at(2, 15)),
            (at(2, 6), 1, at(2, 9)),  # before opening
            (at(2, 12, 30), 1, at(2, 15)),  # at lunch
            (at(2, 17), 2, at(3, 9)),  # over the night
            (at(3, 17), 2, at(5, 9)),  # over a day off
            (at(4, 10), 1, at(5, 9)),  # on a day off
            (at(5, 11), 2, None),  # beyond what is known
        ):
            with self.subTest(start=start, hours=hours):
                self.assertEqual(
                    service_level.add_working(WEEK, start, hours * HOUR), expected
                )

    def test_without_a_calendar_all_time_counts(self):
        self.assertEqual(
            service_level.add_working(None, at(2, 20), 10 * HOUR), at(3, 6)
        )
        self.assertEqual(
            service_level.working_seconds(None, at(2, 20), at(3, 6)), 10 * HOUR
        )

    def test_working_time_between_two_moments(self):
        for start, end, hours in (
            (at(2, 8), at(2, 9), 1),
            (at(2, 11), at(2, 15), 2),
            (at(2, 12), at(2, 14), 0),
            (at(2, 17), at(3, 9), 2),
            (at(3, 9), at(2, 17), 0),  # reversed
            (at(1, 0), at(6, 0), 20),
        ):
            with self.subTest(start=start, end=end):
                self.assertEqual(
                    service_level.working_seconds(WEEK, start, end), hours * HOUR
                )

    def test_adding_and_measuring_agree(self):
        for hours in range(1, 12):
            for start in (at(2, 7), at(2, 9, 30), at(2, 13), at(2, 17, 15)):
                end = service_level.add_working(WEEK, start, hours * HOUR)
                with self.subTest(start=start, hours=hours):
                    self.assertEqual(
                        service_level.working_seconds(WEEK, start, end), hours * HOUR
                    )

    def test_the_closest_level_counts(self):
        levels = [
            {"id": 1, "branch": False, "priority": False},
            {"id": 2, "branch": False, "priority": "3"},
            {"id": 3, "branch": "technical", "priority": False},
            {"id": 4, "branch": "technical", "priority": "3"},
        ]
        for branch, priority, expected in (
            ("financial", "1", 1),
            ("financial", "3", 2),
            ("technical", "1", 3),
            ("technical", "3", 4),
            (False, False, 1),
        ):
            with self.subTest(branch=branch, priority=priority):
                best = service_level.best_level(levels, branch, priority)
                self.assertEqual(best["id"], expected)
        self.assertIsNone(service_level.best_level(levels[2:], "financial", "1"))

    def test_alerts_come_in_their_order(self):
        warning, deadline = at(2, 10), at(2, 12)
        for now, expected in (
            (at(2, 9), "none"),
            (at(2, 10), "warning"),
            (at(2, 12), "late"),
        ):
            self.assertEqual(service_level.alert_at(now, warning, deadline), expected)
        self.assertEqual(service_level.alert_at(at(2, 9), False, False), "none")
        for alert, expected in (
            ("none", warning),
            ("warning", deadline),
            ("late", None),
        ):
            self.assertEqual(
                service_level.next_alert(alert, warning, deadline), expected
            )
        self.assertIsNone(service_level.next_alert("none", False, False))

    def test_late_means_that_the_claim_itself_is(self):
        for resolution, response, expected in (
            ("none", "none", "none"),
            ("none", "warning", "warning"),
            ("warning", "none", "warning"),
            ("none", "late", "unanswered"),
            ("warning", "late", "unanswered"),
            ("late", "none", "late"),
            ("late", "late", "late"),
        ):
            with self.subTest(resolution=resolution, response=response):
                self.assertEqual(service_level.badge(resolution, response), expected)


@tagged("post_install", "-at_install", "telecom")
class TestClaimServiceLevel(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")
        Level = cls.env["telecom.claim.level"]
        Level.search([("company_id", "=", cls.benin.id)]).unlink()
        cls.level = Level.create(
            {
                "name": "Toutes",
                "company_id": cls.benin.id,
                "calendar_id": False,
                "response_hours": 2,
                "resolution_hours": 10,
                "warning_percent": 50,
            }
        )
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Technique",
                "company_id": cls.benin.id,
                "user_id": cls.manager_benin.id,
                "user_ids": [(6, 0, cls.clerk_benin.ids)],
            }
        )

    def _alerts(self, user, kind):
        return self.env["telecom.notification"].search(
            [("user_id", "=", user.id), ("kind_id.code", "=", kind)]
        )

    def _run(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("telecom_crm.ir_cron_claim_alerts").method_direct_trigger()
        self.env.invalidate_all()

    def _hours_ago(self, hours):
        return fields.Datetime.now() - timedelta(hours=hours)

    def _age(self, claim, created):
        """Let a claim have come earlier."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET create_date = %s WHERE id = %s",
            (created, claim.id),
        )
        claim.invalidate_recordset(["create_date"])
        claim.modified(["create_date"])

    def _old_claim(self, created, **values):
        # Or whoever runs the test would be in charge
        claim = self._claim(self.customer, user_id=False, **values)
        self._age(claim, created)
        return claim

    def test_deadlines_count_from_the_arrival(self):
        claim = self._old_claim(self._hours_ago(1))
        self.assertEqual(claim.telecom_level_id, self.level)
        self.assertEqual(
            claim.telecom_response_deadline - claim.create_date, timedelta(hours=2)
        )
        self.assertEqual(
            claim.telecom_resolution_deadline - claim.create_date, timedelta(hours=10)
        )
        self.assertEqual(claim.telecom_service_badge, "warning")

    def test_an_overdue_answer_is_told_apart_from_a_late_claim(self):
        claim = self._old_claim(self._hours_ago(3))
        self.assertGreater(claim.telecom_resolution_deadline, fields.Datetime.now())
        self.assertEqual(claim.telecom_service_badge, "unanswered")
        claim.telecom_first_response_at = fields.Datetime.now()
        self.assertEqual(claim.telecom_service_badge, "none")
        self._age(claim, self._hours_ago(11))
        self.assertEqual(claim.telecom_service_badge, "late")

    def test_levels_are_named_in_each_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        company = self._company("Lomé Test", "base.tg", tenant=True)
        level = self.env["telecom.claim.level"].search(
            [("company_id", "=", company.id), ("branch", "=", "technical")]
        )
        for lang, name in (
            ("en_US", "Technical claims"),
            ("fr_FR", "Réclamations techniques"),
        ):
            self.assertEqual(level.with_context(lang=lang).name, name)

    def test_levels_name_priorities_as_claims_do(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.ref(
            "helpdesk_mgmt.selection__helpdesk_ticket__priority__3"
        ).with_context(lang="fr_FR").name = "Brûlante"
        shown = (
            self.env["telecom.claim.level"]
            .with_context(lang="fr_FR")
            .fields_get(["priority"], ["selection"])
        )
        self.assertIn(("3", "Brûlante"), shown["priority"]["selection"])

    def test_a_claim_is_never_younger_than_today(self):
        claim = self._old_claim(self._hours_ago(-30))
        self.assertEqual(claim.telecom_age_days, 0)
        self._age(claim, self._hours_ago(30))
        self.assertEqual(claim.telecom_age_days, 1)

    def test_each_operator_has_its_own_levels(self):
        other = self._customer(self.tunisia, "Rim", "Ayari")
        claim = self._claim(other)
        self.assertEqual(claim.telecom_level_id.company_id, self.tunisia)

    def test_a_holiday_of_another_operator_is_a_working_day(self):
        calendar = self.benin.resource_calendar_id
        begin, end = datetime(2026, 3, 9), datetime(2026, 3, 14)
        before = calendar._telecom_intervals(begin, end)
        for company, hours in ((self.tunisia, before), (self.benin, [])):
            leave = self.env["resource.calendar.leaves"].with_company(company)
            leave = leave.create({"name": "Fête", "date_from": begin, "date_to": end})
            # Core takes it from who is there when it is computed
            self.assertEqual(leave.company_id, company)
            self.assertEqual(calendar._telecom_intervals(begin, end), hours)

    def test_a_shared_calendar_has_the_holidays_of_who_works_by_it(self):
        self.level.calendar_id = self.benin.resource_calendar_id.copy(
            {"company_id": False}
        )
        deadline = self._old_claim(datetime(2026, 3, 9, 7)).telecom_response_deadline
        self.assertEqual(deadline.date(), date(2026, 3, 9))
        for company, expected in ((self.tunisia, 9), (self.benin, 11)):
            leave = self.env["resource.calendar.leaves"].with_company(company)
            leave = leave.create(
                {
                    "name": "Fête",
                    "calendar_id": self.level.calendar_id.id,
                    "date_from": datetime(2026, 3, 9),
                    "date_to": datetime(2026, 3, 10, 23, 0),
                }
            )
            # Core takes it from who is there when it is computed
            self.assertEqual(leave.company_id, company)
            claim = self._old_claim(datetime(2026, 3, 9, 7))
            self.assertEqual(
                claim.telecom_response_deadline.date(), date(2026, 3, expected)
            )

    def test_working_hours_count_on_the_calendar(self):
        self.level.calendar_id = self.benin.resource_calendar_id
        # Friday evening
        claim = self._old_claim(datetime(2026, 3, 6, 19, 0))
        self.assertEqual(claim.telecom_response_deadline.weekday(), 0)

    def test_waiting_for_the_customer_does_not_count(self):
        claim = self._old_claim(self._hours_ago(3))
        claim.telecom_state = "waiting_customer"
        self.assertFalse(claim.telecom_next_alert_at)
        self.assertEqual(claim.telecom_service_badge, "paused")
        claim.telecom_waiting_since = self._hours_ago(2)
        before = claim.telecom_resolution_deadline
        claim.telecom_state = "progress"
        self.assertFalse(claim.telecom_waiting_since)
        self.assertAlmostEqual(
            (claim.telecom_resolution_deadline - before).total_seconds(), 7200, delta=5
        )

    def test_the_team_is_warned_and_the_leader_alarmed_once(self):
        claim = self._old_claim(self._hours_ago(1.5), team_id=self.team.id)
        mails = self.env["mail.mail"].search([])
        self._run()
        self.assertEqual(claim.telecom_response_alert, "warning")
        self.assertEqual(len(self._alerts(self.clerk_benin, "claim_warning")), 1)
        self.assertFalse(self._alerts(self.manager_benin, "claim_warning"))
        self._run()
        self.assertEqual(len(self._alerts(self.clerk_benin, "claim_warning")), 1)
        self._age(claim, self._hours_ago(11))
        self._run()
        self.assertEqual(claim.telecom_resolution_alert, "late")
        for user in (self.clerk_benin, self.manager_benin):
            self.assertEqual(len(self._alerts(user, "claim_late")), 1)
        self._run()
        self.assertEqual(len(self._alerts(self.clerk_benin, "claim_late")), 1)
        sent = self.env["mail.mail"].search([]) - mails
        self.assertEqual(
            len(sent.filtered(lambda mail: claim.number in mail.subject)), 3
        )

    def test_nobody_of_another_operator_is_warned(self):
        self.team.user_ids |= self.clerk_tunisia
        self._old_claim(self._hours_ago(20), team_id=self.team.id)
        self._run()
        self.assertTrue(self._alerts(self.clerk_benin, "claim_late"))
        self.assertFalse(self._alerts(self.clerk_tunisia, "claim_late"))

    def test_times_are_stored_for_reports(self):
        claim = self._old_claim(self._hours_ago(3))
        claim.with_user(self.clerk_benin).message_post(
            body="Nous regardons.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertTrue(claim.telecom_first_response_at)
        self.assertAlmostEqual(claim.telecom_response_hours, 3, delta=0.1)
        self.assertEqual(claim.telecom_response_result, "missed")
        claim.telecom_state = "treated"
        self.assertAlmostEqual(claim.telecom_resolution_hours, 3, delta=0.1)
        self.assertEqual(claim.telecom_resolution_result, "met")

    def test_a_note_is_no_answer(self):
        claim = self._claim(self.customer).with_user(self.clerk_benin)
        claim.message_post(body="Interne", subtype_xmlid="mail.mt_note")
        self.assertFalse(claim.telecom_first_response_at)
