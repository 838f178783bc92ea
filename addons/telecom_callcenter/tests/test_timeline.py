from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import TelecomCallcenterCommon


@tagged("post_install", "-at_install", "telecom")
class TestTimeline(TelecomCallcenterCommon):
    """Calls among what happened between a customer and his operator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {"name": "Afi Dossou", "company_id": cls.benin.id, "telecom_customer": True}
        )

    def _ended(self, days, **vals):
        start = fields.Datetime.now() - timedelta(days=days)
        return self._call(
            agent=self.agent,
            partner_id=self.customer.id,
            state="ended",
            **{
                "start_at": start,
                "answered_at": start,
                "outcome": "answered",
                "talk_seconds": 125,
                **vals,
            },
        )

    def _calls(self, user, limit=30):
        entries = self.customer.with_user(user).with_context(
            allowed_company_ids=self.benin.ids
        )
        return [
            entry
            for entry in entries._telecom_timeline(limit)
            if entry["icon"] == "fa-phone"
        ]

    def test_calls_with_direction_agent_and_duration(self):
        call = self._ended(1)
        self._ended(2, direction="outbound", outcome="no_answer", answered_at=False)
        latest, former = self._calls(self.user_agent)
        self.assertEqual(latest["title"], "Incoming call")
        self.assertIn("2:05", latest["text"])
        self.assertIn(self.agent.display_name, latest["text"])
        self.assertEqual(latest["url"], f"/odoo/telecom.call/{call.id}")
        self.assertEqual(former["title"], "Outgoing call")
        self.assertIn("No answer", former["text"])
        self.assertNotIn("min", former["text"])

    def test_the_back_office_sees_them_without_a_link(self):
        self._ended(1)
        (entry,) = self._calls(self.clerk_benin)
        self.assertIsNone(entry["url"])

    def test_the_latest_only(self):
        for days in range(1, 6):
            self._ended(days)
        dates = [entry["date"] for entry in self._calls(self.user_agent, limit=3)]
        self.assertEqual(len(dates), 3)
        self.assertEqual(dates, sorted(dates, reverse=True))
        self.customer.with_user(self.user_agent)._telecom_timeline()
        with self.assertQueryCount(60):
            self.env.invalidate_all()
            self._calls(self.user_agent)

    def test_not_of_other_operators_nor_of_a_closed_module(self):
        self._ended(1)
        foreign = self._call(
            self.campaign_tunisia, partner_id=self.customer.id, state="ended"
        )
        self.assertEqual(len(self._calls(self.user_agent)), 1, foreign.company_id.name)
        self.benin._telecom_set_module("callcenter", "off")
        self.assertFalse(self._calls(self.clerk_benin))
