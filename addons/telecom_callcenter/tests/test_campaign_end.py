from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.telecom_crm.tests.common import MANAGER

from .common import TelecomCallcenterCommon


@tagged("post_install", "-at_install", "telecom")
class TestCampaignEnd(TelecomCallcenterCommon):
    """Everybody has been called: who is told, and what the dialer gained."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls.env["telecom.campaign"].create(
            {
                "name": "Renewals",
                "kind": "outbound",
                "company_id": cls.benin.id,
                "queue_id": cls.queue_benin.id,
                "dial_mode": "predictive",
                "state": "live",
            }
        )
        cls.contacts = cls.env["telecom.campaign.contact"].create(
            [
                {
                    "campaign_id": cls.campaign.id,
                    "name": f"Contact {number}",
                    "number": f"+2290196{number:06d}",
                }
                for number in range(3)
            ]
        )
        cls.manager_benin = cls._user("t.end.manager", cls.benin, MANAGER)
        cls.manager_tunisia = cls._user("t.end.tunisia", cls.tunisia, MANAGER)

    def told(self, user):
        return self.env["telecom.notification"].search(
            [
                ("user_id", "=", user.id),
                ("kind_id.code", "=", "campaign_finished"),
                ("res_id", "=", self.campaign.id),
            ]
        )

    def look(self):
        self.env["telecom.campaign"]._cron_notice_finished()

    def test_the_end_is_told_once(self):
        self.look()
        self.assertFalse(self.campaign.finished_at)
        sold = self.campaign.disposition_ids.filtered(lambda one: one.code == "sold")
        self.contacts.write({"state": "done", "disposition_id": sold.id})
        self.contacts[2].write({"state": "callback"})
        self.look()
        self.assertFalse(self.campaign.finished_at, "A callback is promised")
        self.contacts[2].write({"state": "excluded", "disposition_id": False})
        self.look()
        self.look()
        self.assertTrue(self.campaign.finished_at)
        [notice] = self.told(self.user_supervisor)
        self.assertIn("Renewals", notice.subject)
        status = sold.with_context(lang=self.user_supervisor.lang).display_name
        self.assertIn(f"{status}: 2", notice.body)
        self.assertEqual(len(self.told(self.manager_benin)), 1)
        # What an operator's campaign came to is nobody else's business
        self.assertFalse(self.told(self.manager_tunisia))
        self.assertFalse(self.told(self.user_agent))

    def test_told_again_after_another_round(self):
        self.contacts.write({"state": "done"})
        self.look()
        self.contacts[0].write({"state": "ready"})
        self.look()
        self.assertFalse(self.campaign.finished_at)
        self.contacts[0].write({"state": "done"})
        self.look()
        self.assertEqual(len(self.told(self.user_supervisor)), 2)

    def test_campaigns_that_do_not_run_are_left_alone(self):
        self.contacts.write({"state": "done"})
        self.campaign.state = "stopped"
        self.look()
        self.assertFalse(self.campaign.finished_at)
        self.campaign.state = "live"
        self.contacts.unlink()
        self.look()
        self.assertFalse(self.campaign.finished_at, "Nobody to call yet")

    def test_gain_over_dialing_by_hand(self):
        """Two agents for ten minutes, one of them busy."""
        now = fields.Datetime.now().replace(microsecond=0)
        self.env["telecom.campaign.pacing"].create(
            [
                {
                    "company_id": self.benin.id,
                    "campaign_id": self.campaign.id,
                    "at": now - timedelta(seconds=second),
                    "agents": 2,
                    "busy": 1,
                }
                # and a night in which nobody dialed
                for second in [*range(0, 610, 10), 40_000]
            ]
        )
        self.env["telecom.campaign.attempt"].create(
            [
                {
                    "company_id": self.benin.id,
                    "campaign_id": self.campaign.id,
                    "mode": "predictive",
                    "number": "+2290196000001",
                    "channel_id": f"gain-{number}",
                    "state": "ended",
                    "result": "answered" if number < 6 else "no_answer",
                    "recorded_at": now - timedelta(seconds=300),
                    "dialed_at": now - timedelta(seconds=300),
                    "answered_at": now - timedelta(seconds=290) if number < 6 else None,
                    "connected_at": now - timedelta(seconds=289)
                    if number < 6
                    else None,
                    "ended_at": now - timedelta(seconds=275),
                }
                for number in range(20)
            ]
        )
        seen = self.campaign._dialed_lately()[self.campaign.id]
        # 6 rang 10 s until the answer, 14 rang 25 s in vain
        self.assertEqual((seen.attempts, seen.reached), (20, 6))
        self.assertEqual(seen.ringing_seconds, 6 * 10 + 14 * 25)
        # The long silence counts as one interval at most
        self.assertAlmostEqual(seen.agent_seconds, 2 * 600 + 2 * 30)
        self.assertAlmostEqual(self.campaign.reached_per_hour, 3600 * 6 / 1260, 1)
        # By hand: 630 s busy, 410 s of ringing, 20 numbers of 20 s each
        self.campaign.seconds_by_hand = 20
        self.assertAlmostEqual(self.campaign.by_hand_per_hour, 3600 * 6 / 1440, 1)
        self.assertAlmostEqual(self.campaign.dialing_gain, 100 * (1440 / 1260 - 1), 0)
        # A campaign that never dialed tells nothing
        self.assertFalse(self.campaign_benin.reached_per_hour)

    def test_attempts_go_when_the_operator_says(self):
        now = fields.Datetime.now()
        ages = {"gone": 400, "kept": 300, "counted": 20, "rings": 400}
        Attempt = self.env["telecom.campaign.attempt"]
        Attempt.create(
            [
                {
                    "company_id": self.benin.id,
                    "campaign_id": self.campaign.id,
                    "contact_id": self.contacts[0].id,
                    "mode": "predictive",
                    "number": "+2290196000001",
                    "channel_id": name,
                    "state": "dialing" if name == "rings" else "ended",
                    "recorded_at": now - timedelta(days=days),
                }
                for name, days in ages.items()
            ]
        )

        def left():
            return set(
                Attempt.search([("campaign_id", "=", self.campaign.id)]).mapped(
                    "channel_id"
                )
            )

        self.benin.telecom_contact_retention = 0
        Attempt._gc_attempts()
        self.assertEqual(left(), set(ages))
        self.benin.telecom_contact_retention = 12
        Attempt._gc_attempts()
        self.assertEqual(left(), {"kept", "counted", "rings"})
        # However short, the share of abandoned calls needs a month
        self.benin.telecom_contact_retention = 1
        Attempt._gc_attempts()
        self.assertEqual(left(), {"counted", "rings"})
