from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_sms_gateway import SmsCommon


@tagged("post_install", "-at_install", "telecom")
class TestChannelsSms(SmsCommon):
    """The digital channels, to callers who reached nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.env["telecom.digital.channel"].create(
            [
                {"company_id": cls.benin.id, "kind": "whatsapp", "address": "97 01"},
                {"company_id": cls.benin.id, "kind": "messenger", "address": "m.me/b"},
                {"company_id": cls.tunisia.id, "kind": "sms", "address": "1200"},
            ]
        )

    def ended(self, outcome="closed", number=None, **vals):
        return self._call(
            number="+2290197000011" if number is None else number,
            state="ended",
            outcome=outcome,
            **vals,
        )

    def trackers(self):
        return self.env["sms.tracker"].search(
            [("telecom_purpose", "=", "channels")], order="id"
        )

    def test_closed_and_unavailable_callers_get_the_channels(self):
        calls = self.ended() | self.ended("unavailable", "+2290197000012")
        queued = calls._queue_channels_sms()
        self.assertEqual(queued, calls)
        self.assertEqual(set(calls.mapped("channels_sms_state")), {"queued"})
        self.assertEqual(
            self.trackers().mapped("telecom_number"),
            ["+2290197000011", "+2290197000012"],
        )
        self.assertEqual(self.trackers().telecom_call_id, calls)
        self.assertIn(
            "WhatsApp 97 01, Messenger m.me/b", self.trackers()[0].telecom_body
        )
        self.assertIn(self.benin.name, self.trackers()[0].telecom_body)
        self.run_queue()
        self.assertEqual(len(self.provider_benin.requests), 2)

    def test_asked_twice_queued_once(self):
        call = self.ended()
        call._queue_channels_sms()
        call._queue_channels_sms()
        self.assertEqual(len(self.trackers()), 1)

    def test_caller_who_tries_again_gets_one(self):
        first = self.ended() | self.ended()
        first._queue_channels_sms()
        self.ended()._queue_channels_sms()
        self.assertEqual(len(self.trackers()), 1)
        self.env.cr.execute(
            "UPDATE sms_tracker SET create_date = create_date - interval '2 hours'"
        )
        self.ended()._queue_channels_sms()
        self.assertEqual(len(self.trackers()), 2)

    def test_whom_no_message_can_reach(self):
        calls = self.env["telecom.call"]
        for number in (False, "1919", "anonymous", "+2290121301234", "+33123456789"):
            calls |= self.ended(number=number, channels_sms_state="due")
        self.assertFalse(calls._queue_channels_sms())
        self.assertFalse(self.trackers())
        self.assertEqual(set(calls.mapped("channels_sms_state")), {"none"})

    def test_who_gets_none(self):
        answered = self.ended("answered")
        old = self.ended(start_at=fields.Datetime.now() - timedelta(days=3))
        self.assertFalse((answered | old)._queue_channels_sms())
        self.campaign_benin.channels_sms = False
        self.assertFalse(self.ended()._queue_channels_sms())
        self.campaign_benin.channels_sms = True
        self.env["telecom.digital.channel"].search([]).active = False
        self.assertFalse(self.ended()._queue_channels_sms())
        self.assertFalse(self.trackers())

    def test_operator_without_provider_sends_nothing(self):
        """Odoo's paid service is not used behind the operator's back."""
        self.gateway_benin.active = False
        call = self.ended(channels_sms_state="due")
        self.assertFalse(call._queue_channels_sms())
        self.assertEqual(call.channels_sms_state, "none")
        self.assertFalse(self.trackers())

    def test_callers_language(self):
        self.campaign_benin.channels_sms_text = "Write: {channels}"
        self.campaign_benin.with_context(
            lang="fr_FR"
        ).channels_sms_text = "Écrivez : {channels}"
        french = self.ended(language="fr")
        english = self.ended(number="+2290197000012", language="en")
        fon = self.ended(number="+2290197000013", language="fon")
        (french | english | fon)._queue_channels_sms()
        bodies = {
            tracker.telecom_call_id: tracker.telecom_body.split(":")[0].strip()
            for tracker in self.trackers()
        }
        self.assertEqual(bodies[french], "Écrivez")
        self.assertEqual(bodies[english], "Write")

    def test_two_operators_do_not_mix(self):
        call = self._call(
            campaign=self.campaign_tunisia,
            number="+21620100200",
            state="ended",
            outcome="closed",
        )
        (call | self.ended())._queue_channels_sms()
        self.run_queue()
        self.assertIn("1200", self.provider_tunisia.fields[0]["text"])
        self.assertNotIn("97 01", self.provider_tunisia.fields[0]["text"])
        self.assertEqual(len(self.provider_tunisia.requests), 1)
        self.assertEqual(len(self.provider_benin.requests), 1)

    def test_set_based(self):
        numbers = [f"+22901970001{number:02}" for number in range(40)]
        few = self.env["telecom.call"]
        for number in numbers[:10]:
            few |= self.ended(number=number)
        many = self.env["telecom.call"]
        for number in numbers[10:]:
            many |= self.ended(number=number)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        few._queue_channels_sms()
        self.env.flush_all()
        for_few = self.env.cr.sql_log_count - before
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        many._queue_channels_sms()
        self.env.flush_all()
        for_many = self.env.cr.sql_log_count - before
        self.assertLessEqual(for_many, for_few + 10, "three times the calls")
