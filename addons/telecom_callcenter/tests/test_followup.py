import re

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .test_sms_gateway import SmsCommon


@tagged("post_install", "-at_install", "telecom")
class TestFollowUp(SmsCommon):
    """Messages after a contact, by campaign and status."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mobile = "+2290197000011"
        nodes = cls.campaign_benin.disposition_ids
        cls.sold = nodes.filtered(lambda node: node.code == "sold")
        cls.refused = nodes.filtered(lambda node: node.code == "refused")
        cls.sale = nodes.filtered(lambda node: node.code == "sale")
        cls.qualification = cls.campaign_benin.qualification_ids.filtered("is_leaf")[0]
        cls.rule = cls.env["telecom.campaign.followup"].create(
            {
                "campaign_id": cls.campaign_benin.id,
                "kind": "sms",
                "disposition_ids": cls.sale.ids,
                "text": "Thank you {first_name}. {operator}",
            }
        )

    def ended(self, number=None, status=None, **vals):
        """A call that its agent closes with a status."""
        call = self._call(
            agent=self.agent, number=number or self.mobile, outcome="answered", **vals
        )
        wrapup = self._hang_up(call, self.agent)
        self.desk(self.user_agent).finish_wrapup(
            wrapup.id,
            {
                "disposition_id": (status or self.sold).id,
                "qualification_id": self.qualification.id,
            },
        )
        return call

    def unanswered(self):
        """A contact and the attempt that reached nobody."""
        contact = self.env["telecom.campaign.contact"].create(
            {
                "campaign_id": self.campaign_benin.id,
                "name": "Afi",
                "first_name": "Afi",
                "number": self.mobile,
            }
        )
        now = fields.Datetime.now()
        attempt = self.env["telecom.campaign.attempt"].create(
            {
                "company_id": self.benin.id,
                "campaign_id": self.campaign_benin.id,
                "contact_id": contact.id,
                "pbx_id": self.pbx.id,
                "mode": "predictive",
                "number": self.mobile,
                "channel_id": "dialer-test",
                "recorded_at": now,
                "state": "ended",
                "result": "no_answer",
            }
        )
        return contact, attempt

    def sent(self):
        return self.env["telecom.campaign.followup.sent"].search([], order="id")

    def texts(self):
        return (
            self.env["sms.tracker"]
            .search([("telecom_purpose", "=", "followup")], order="id")
            .mapped("telecom_body")
        )

    def test_after_its_statuses_only(self):
        self._customer(phone=self.mobile)
        call = self.ended()
        self.ended(
            status=self.campaign_benin.disposition_ids.filtered(
                lambda node: node.code == "cut"
            )
        )
        self.assertEqual(len(self.texts()), 1)
        self.assertIn(self.benin.name, self.texts()[0])
        self.assertEqual((self.sent().call_id, self.sent().state), (call, "sent"))

    def test_once(self):
        call = self.ended()
        Followup = self.env["telecom.campaign.followup"]
        attempt = self.env["telecom.campaign.attempt"]
        Followup._send_after(call, attempt, self.agent, self.sold)
        self.assertEqual(len(self.texts()), 1)

    def test_two_agents_who_finish_at_once_send_one(self):
        call = self.ended()
        Followup = self.env["telecom.campaign.followup"]
        attempt = self.env["telecom.campaign.attempt"]
        with self.assertBeginsAgain("telecom.campaign.followup.sent"):
            Followup._send_after(call, attempt, self.agent, self.sold)
        self.assertEqual(len(self.texts()), 1)

    def test_never_to_those_who_refused(self):
        customer = self._customer(phone=self.mobile)
        self.env["telecom.consent"].create(
            {
                "company_id": self.benin.id,
                "partner_id": customer.id,
                "channel": "sms",
                "granted": False,
            }
        )
        call = self.ended(partner_id=customer.id)
        self.assertEqual(
            self.sent().filtered(lambda s: s.call_id == call).state, "refused"
        )
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": "+2290197000012"}
        )
        self.ended("+2290197000012")
        self.env["phone.blacklist"].create({"number": "+2290197000013"})
        self.ended("+2290197000013")
        self.refused.do_not_call = True
        self.ended("+2290197000014", self.refused)
        self.assertFalse(self.texts())
        self.assertEqual(set(self.sent().mapped("state")), {"refused"})
        self.assertTrue(all(self.sent().mapped("reason")))
        # Refusing one operator says nothing to another
        self.ended("+2290197000015")
        self.assertEqual(len(self.texts()), 1)

    def test_a_survey_is_not_sent_to_those_who_refused(self):
        self.campaign_benin.survey = "rating"
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": self.mobile}
        )
        self.assertEqual(self.ended().wrapup_ids.survey_state, "none")
        self.assertEqual(self.ended("+2290197000012").wrapup_ids.survey_state, "queued")

    def test_survey_by_rule(self):
        self.rule.write({"kind": "survey", "text": "Tell us: {link}"})
        call = self.ended()
        self.assertEqual(call.wrapup_ids.survey_state, "queued")
        tracker = self.env["sms.tracker"].search([("telecom_call_id", "=", call.id)])
        self.assertEqual(tracker.telecom_body, "Tell us: …")
        self.assertEqual(self.sent().state, "sent")

    def test_email(self):
        self.rule.write({"kind": "email", "subject": "Hello {first_name}"})
        customer = self._customer(phone=self.mobile, email="afi@example.com")
        self.ended(partner_id=customer.id)
        mail = self.env["mail.mail"].search([("email_to", "=", "afi@example.com")])
        self.assertEqual(mail.subject, "Hello Afi")
        self.assertIn("Thank you Afi", mail.body_html)
        self.assertEqual(mail.record_company_id, self.benin)
        self.ended("+2290197000012")
        self.assertEqual(self.sent()[-1].state, "refused")

    def test_texts_of_people_are_no_markup(self):
        self.rule.write(
            {"kind": "email", "subject": "x", "text": "<b>{first_name}</b>"}
        )
        customer = self._customer(
            phone=self.mobile, email="afi@example.com", telecom_first_name="<i>A</i>"
        )
        self.ended(partner_id=customer.id)
        mail = self.env["mail.mail"].search([("email_to", "=", "afi@example.com")])
        self.assertIn("&lt;b&gt;&lt;i&gt;A", mail.body_html)

    def test_rules_are_of_the_campaign(self):
        with self.assertRaises(ValidationError):
            self.rule.disposition_ids = self.campaign_tunisia.disposition_ids[:1]
        with self.assertRaises(ValidationError):
            self.rule.text = " "

    def test_message_of_a_script(self):
        script = self.env["telecom.script"].create(
            {"name": "Offer", "company_id": self.benin.id}
        )
        block = self.env["telecom.script.block"].create(
            {
                "page_id": script.page_ids.id,
                "kind": "action",
                "action": "message",
                "text": "Send",
                "message": "The offer of {operator}",
            }
        )
        call = self._call(ring=self.agent, number=self.mobile)
        desk = self.desk(self.user_agent, self.benin)
        with self.assertRaises(UserError):
            desk.send_script_message(call.id, block.id)
        self.campaign_benin.script_id = script
        desk.send_script_message(call.id, block.id)
        self.assertEqual(self.texts(), [f"The offer of {self.benin.name}"])
        fixed = self._call(ring=self.agent, number="+2290121301234")
        with self.assertRaises(UserError):
            desk.send_script_message(fixed.id, block.id)

    def test_calls_that_reached_no_agent(self):
        """Their status comes from the system, and what follows it too."""
        unanswered = self.campaign_benin.disposition_ids.filtered(
            lambda node: node.code == "no_answer"
        )
        self.rule.disposition_ids = unanswered
        contact, attempt = self.unanswered()
        for _again in range(2):
            contact._settle(
                [(contact.id, attempt.id, "no_answer", attempt.recorded_at)]
            )
        self.assertEqual(self.texts(), [f"Thank you Afi. {self.benin.name}"])
        self.assertEqual(self.sent().attempt_id, attempt)

    def test_survey_after_a_call_that_nobody_took(self):
        """Called in vain, asked all the same, when the rule says so."""
        self.rule.write(
            {
                "kind": "survey",
                "text": "When may we call? {link}",
                "disposition_ids": self.campaign_benin.disposition_ids.filtered(
                    lambda node: node.code == "no_answer"
                ).ids,
            }
        )
        contact, attempt = self.unanswered()
        contact._settle([(contact.id, attempt.id, "no_answer", attempt.recorded_at)])
        sent = self.sent()
        self.assertEqual((sent.state, sent.contact_id), ("sent", contact))
        self.run_queue()
        text = self.provider_benin.fields[0]["text"]
        token = re.search(r"/rate/(\w+)/5", text)[1]
        tracker = self.env["sms.tracker"].search(
            [
                ("telecom_purpose", "=", "survey"),
                ("telecom_company_id", "=", self.benin.id),
            ]
        )
        self.assertNotIn(token, tracker.telecom_body)
        rating = sent.rating_ids
        self.assertEqual(rating.access_token, token)
        self.assertEqual(rating.telecom_company_id, self.benin)
        with self.assertRaises(AccessError):
            rating.with_user(self.user_agent).write({"rating": 5})
        sent.rating_apply(1, token=token)
        self.assertEqual(sent.rating_last_value, 1)
