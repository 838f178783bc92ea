"""Identity documents that end: who is told, whose lines are barred and come back."""

from datetime import date, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_crm.tools import kyc

from .common import OperatorCase

TODAY = date(2026, 11, 21)


@tagged("post_install", "-at_install", "telecom")
class TestKycRules(BaseCase):
    def test_until_when_somebody_is_proven(self):
        first, second = date(2026, 1, 1), date(2027, 1, 1)
        for documents, expected in (
            ([], None),
            ([("pending", second)], None),
            ([("rejected", second)], None),
            ([("verified", first)], first),
            ([("expired", first)], first),
            ([("expired", first), ("verified", second)], second),
            ([("expired", first), ("pending", second)], first),
            ([("verified", first), ("verified", None)], date.max),
            ([("expired", None)], None),
        ):
            with self.subTest(documents):
                self.assertEqual(kyc.valid_until(documents), expected)

    def test_what_is_due(self):
        for action, expires, notice, told, expected in (
            # days from today; negative: over
            ("off", -100, None, None, None),
            ("warn", None, None, None, None),
            ("warn", 31, None, None, None),
            ("warn", 30, None, None, "soon"),
            ("warn", 0, None, None, "soon"),
            ("warn", 5, "soon", -1, None),
            ("warn", 0, "soon", -30, None),
            ("warn", -1, "soon", -31, "expired"),
            ("warn", -1, None, None, "expired"),
            ("warn", -400, "expired", -399, None),
            ("bar", -1, "soon", -31, "expired"),
            # Long over when the rule is switched on: first told, then grace
            ("bar", -400, None, None, "expired"),
            ("bar", -400, "expired", 0, None),
            ("bar", -400, "expired", -10, None),
            ("bar", -400, "expired", -11, "barred"),
            ("bar", -400, "barred", -1, None),
        ):
            with self.subTest(action=action, expires=expires, notice=notice, told=told):
                self.assertEqual(
                    kyc.next_step(
                        action,
                        None if expires is None else TODAY + timedelta(days=expires),
                        TODAY,
                        warn_days=30,
                        grace_days=10,
                        notice=notice,
                        told_on=None if told is None else TODAY + timedelta(days=told),
                    ),
                    expected,
                )


@tagged("post_install", "-at_install", "telecom")
class TestKyc(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        for company in (cls.benin, cls.tunisia):
            company.write(
                {
                    "telecom_kyc_action": "bar",
                    "telecom_kyc_warn_days": 30,
                    "telecom_kyc_grace_days": 10,
                    "email": "contact@example.com",
                }
            )
        cls.koffi = cls._customer(
            cls.benin,
            "Koffi",
            "Adjovi",
            phone="0197123456",
            email="koffi@example.com",
            lang="en_US",
        )
        cls.line = cls._line(cls.koffi, "0197123456")
        cls.idle = cls._line(cls.koffi, "0197123457", state="suspended")

    def _document(self, partner, days, state="verified"):
        return self.env["telecom.identity.document"].create(
            {
                "partner_id": partner.id,
                "number": f"AA {partner.id} {days}",
                "expires_on": self.today + timedelta(days=days),
                "state": state,
            }
        )

    def _run(self, days=0):
        """Let the cron run some days from now."""
        today = self.today + timedelta(days=days)
        Document = self.env["telecom.identity.document"]
        with (
            patch.object(fields.Date, "context_today", lambda *args: today),
            patch.object(self.env.cr, "commit", self.env.flush_all),
        ):
            Document._cron_expire()
            Document._cron_kyc()
        self.env.invalidate_all()

    def _mails(self):
        return self.env["mail.mail"].search(
            [("email_to", "ilike", "koffi@example.com")], order="id"
        )

    def test_from_the_first_message_to_the_new_document(self):
        document = self._document(self.koffi, 20)
        before = self._mails()
        self._run()
        self.assertEqual(document.kyc_notice, "soon")
        self._run(1)
        first = self._mails() - before
        self.assertEqual(len(first), 1, "Nobody is told twice")
        self.assertIn("ends soon", first.subject)
        self._run(21)
        self.assertEqual(document.kyc_notice, "expired")
        self.assertEqual(document.state, "expired")
        self.assertEqual(self.line.state, "active")
        notices = self.env["telecom.notification"].search(
            [("kind_id.code", "=", "kyc"), ("company_id", "=", self.benin.id)]
        )
        self.assertEqual(
            notices.user_id, self.clerk_benin | self.manager_benin, "Its own clerks"
        )
        self.assertIn("Koffi", notices[0].body)
        self._run(31)
        self.assertEqual(self.line.state, "active")
        self._run(32)
        self.assertEqual((self.line.state, self.idle.state), ("barred", "barred"))
        event = self.line.event_ids[0]
        self.assertEqual((event.kind, event.new_value), ("state", "barred"))
        self.assertTrue(event.reason)
        self.assertEqual(len(self._mails() - before), 3)
        # The new document: nothing yet, and then at once
        fresh = self._document(self.koffi, 1000, state="pending")
        self.assertEqual(self.line.state, "barred")
        fresh.with_user(self.clerk_benin).action_verify()
        self.assertEqual((self.line.state, self.idle.state), ("active", "suspended"))
        self.assertFalse(self.line.kyc_barred_from)
        self._run(33)
        self.assertEqual(self.line.state, "active")

    def test_long_over_when_the_rule_comes(self):
        self._document(self.koffi, -300, state="expired")
        self._run()
        self.assertEqual(self.line.state, "active", "First told, then barred")
        self._run(11)
        self.assertEqual(self.line.state, "barred")

    def test_only_told(self):
        self.benin.telecom_kyc_action = "warn"
        document = self._document(self.koffi, -300, state="expired")
        for days in (0, 100):
            self._run(days)
        self.assertEqual((document.kyc_notice, self.line.state), ("expired", "active"))

    def test_nothing_without_the_rule_or_the_module(self):
        document = self._document(self.koffi, -300, state="expired")
        self.benin.telecom_kyc_action = "off"
        self._run()
        self.assertFalse(document.kyc_notice)
        self.benin.telecom_kyc_action = "bar"
        self.benin._telecom_set_module("customers", "readonly")
        self._run()
        self.assertFalse(document.kyc_notice)

    def test_another_document_proves_more(self):
        old = self._document(self.koffi, -300, state="expired")
        self._document(self.koffi, 1000)
        self._run()
        self._run(11)
        self.assertEqual((old.kyc_notice, self.line.state), (False, "active"))

    def test_two_documents_that_end_together(self):
        """Told once, barred once, and nothing stops for others."""
        first = self._document(self.koffi, -5, state="expired")
        self.env["telecom.identity.document"].create(
            {
                "partner_id": self.koffi.id,
                "kind": "passport",
                "number": "PP 1234",
                "expires_on": first.expires_on,
                "state": "expired",
            }
        )
        before = self._mails()
        for days in (0, 1):
            self._run(days)
        self.assertEqual(len(self._mails() - before), 1)
        for days in (11, 12, 30):
            self._run(days)
        self.assertEqual(len(self._mails() - before), 2)
        self.assertEqual(
            (self.line.state, self.line.kyc_barred_from), ("barred", "active")
        )
        self.assertEqual(self.idle.kyc_barred_from, "suspended")

    def test_what_people_decide_stands(self):
        self._document(self.koffi, -300, state="expired")
        by_hand = self._line(self.koffi, "0197123458", state="active")
        by_hand.action_bar()
        self._run()
        self._run(11)
        self.line.with_user(self.clerk_benin).action_activate()
        self._run(12)
        self.assertEqual(self.line.state, "active")
        self._document(self.koffi, 1000)
        self.assertEqual(by_hand.state, "barred", "Not barred by the rule")
        self.assertEqual(self.idle.state, "suspended")

    def test_consent(self):
        self.env["telecom.consent"].create(
            {
                "company_id": self.benin.id,
                "partner_id": self.koffi.id,
                "channel": "email",
                "granted": False,
            }
        )
        document = self._document(self.koffi, -1, state="expired")
        before = self._mails()
        self._run()
        self.assertEqual(document.kyc_notice, "expired")
        self.assertEqual(self._mails(), before)

    def test_text_messages_of_an_operator_with_a_provider(self):
        company = type(self.benin)
        messages = self.env["sms.sms"].search([])
        self._document(self.koffi, -1, state="expired")
        with patch.object(company, "_telecom_has_sms_provider", lambda self: True):
            self._run()
        message = self.env["sms.sms"].search([]) - messages
        self.assertEqual(message.number, "+2290197123456")
        self.assertIn(self.benin.name, message.body)

    def test_other_operators(self):
        self.benin.telecom_kyc_action = "off"
        ali = self._customer(self.tunisia, "Ali", "Ben Salah", phone="20123456")
        line = self._line(ali, "20123456")
        mine = self._document(self.koffi, -300, state="expired")
        theirs = self._document(ali, -300, state="expired")
        self._run()
        self._run(11)
        self.assertEqual((mine.kyc_notice, theirs.kyc_notice), (False, "barred"))
        self.assertEqual((self.line.state, line.state), ("active", "barred"))
        told = self.env["telecom.notification"].search([("kind_id.code", "=", "kyc")])
        self.assertNotIn(self.clerk_benin, told.user_id)
        # A document verified here brings nothing back there
        self._document(self.koffi, 1000)
        self.assertEqual(line.state, "barred")
