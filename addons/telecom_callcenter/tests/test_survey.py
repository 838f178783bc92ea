import re

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import CallcenterSetup
from .test_sms_gateway import SmsCommon


@tagged("post_install", "-at_install", "telecom")
class TestSurvey(SmsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign_benin.survey = "rating"

    def talked(self, number="+2290197000011", **vals):
        call = self._call(
            agent=self.agent,
            number=number,
            state="ended",
            outcome="answered",
            **vals,
        )
        return self.env["telecom.call.wrapup"].create(
            {"call_id": call.id, "agent_id": self.agent.id}
        )

    def test_survey_leaves_with_a_link_and_comes_back(self):
        wrapup = self.talked()
        wrapup._queue_survey()
        self.assertEqual(wrapup.survey_state, "queued")
        self.run_queue()
        text = self.provider_benin.fields[0]["text"]
        token = re.search(r"/rate/(\w+)/5", text)[1]
        self.assertIn(f"{self.benin.get_base_url()}/rate/", text)
        self.assertIn(self.benin.name, text)
        rating = wrapup.rating_ids
        self.assertEqual(rating.access_token, token)
        self.assertEqual(rating.telecom_company_id, self.benin)
        self.assertEqual(rating.rated_partner_id, self.user_agent.partner_id)
        wrapup.rating_apply(3, token=token)
        self.assertEqual(wrapup.survey_state, "answered")
        self.assertEqual(wrapup.rating_last_value, 3)
        self.assertEqual(wrapup.call_id.survey_value, 3)
        self.assertEqual(self.agent.survey_avg, 3)
        self.assertEqual(self.agent.survey_count, 1)

    def test_nobody_reads_the_link(self):
        """Whoever has it answers for the customer."""
        wrapup = self.talked()
        wrapup._queue_survey()
        tracker = self.env["sms.tracker"].search(
            [("telecom_call_id", "=", wrapup.call_id.id)]
        )
        self.assertTrue(tracker.telecom_body)
        self.assertNotIn(wrapup.rating_ids.access_token, tracker.telecom_body)

    def test_once_per_call_and_only_where_it_can_arrive(self):
        wrapup = self.talked()
        self.assertTrue(wrapup._queue_survey())
        self.assertFalse(wrapup._queue_survey())
        second = wrapup.create(
            {"call_id": wrapup.call_id.id, "agent_id": self.other.id}
        )
        self.assertFalse(second._queue_survey())
        for number in (False, "1919", "+2290121301234"):
            self.assertFalse(self.talked(number)._queue_survey())
        self.campaign_benin.survey = "none"
        self.assertFalse(self.talked("+2290197000099")._queue_survey())

    def test_agents_may_finish_without_right_on_ratings(self):
        wrapup = self.as_user(self.talked(), self.user_agent)
        self.assertTrue(wrapup._queue_survey())

    def test_ratings_are_the_operators_own(self):
        wrapup = self.talked()
        wrapup._queue_survey()
        rating = wrapup.rating_ids
        Rating = self.env["rating.rating"]
        domain = [("id", "=", rating.id)]
        self.assertTrue(self.as_user(Rating, self.manager_benin).search(domain))
        self.assertFalse(self.as_user(Rating, self.manager_tunisia).search(domain))


@tagged("post_install", "-at_install", "telecom")
class TestSurveyPage(CallcenterSetup, HttpCase):
    """What the caller sees on her telephone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["telecom.sms.gateway"].create(
            {"company_id": cls.benin.id, "trial": True}
        )
        cls.campaign_benin.survey = "rating"
        call = cls._call(agent=cls.agent, state="ended", outcome="answered")
        cls.wrapup = cls.env["telecom.call.wrapup"].create(
            {"call_id": call.id, "agent_id": cls.agent.id}
        )
        cls.wrapup._queue_survey()
        cls.rating = cls.wrapup.rating_ids
        cls.link = f"/rate/{cls.rating.access_token}/5"

    def csrf(self, page):
        return re.search(r'name="csrf_token" value="(\w+)"', page.text)[1]

    def answer(self, rate, **values):
        page = self.url_open(self.link)
        return self.url_open(
            f"/rate/{self.rating.access_token}/submit_feedback",
            data={"rate": rate, "csrf_token": self.csrf(page), **values},
        )

    def test_one_click_without_login(self):
        page = self.url_open(self.link)
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.benin.name, page.text)
        self.assertFalse(self.rating.consumed, "opening the link is no answer")
        thanks = self.answer(5)
        self.assertEqual(thanks.status_code, 200)
        self.assertIn(self.benin.name, thanks.text)
        self.assertTrue(self.rating.consumed)
        self.assertEqual(self.wrapup.survey_state, "answered")
        self.assertEqual(self.wrapup.rating_last_value, 5)

    def test_a_word_can_be_added(self):
        self.answer(1)
        self.answer(1, feedback="Trop <b>long</b>")
        self.assertEqual(self.rating.feedback, "Trop <b>long</b>")
        self.assertEqual(self.rating.rating, 1)

    def test_what_is_no_answer(self):
        self.assertEqual(self.answer(4).status_code, 404)
        self.assertEqual(self.answer("x").status_code, 404)
        self.assertFalse(self.rating.consumed)
        self.assertEqual(self.url_open("/rate/0123456789abcdef/5").status_code, 404)
        with mute_logger("odoo.http"):
            without_token = self.url_open(
                f"/rate/{self.rating.access_token}/submit_feedback", data={"rate": 5}
            )
        self.assertEqual(without_token.status_code, 400)
        self.assertFalse(self.rating.consumed)
