import logging
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import ADMIN, TelecomCallcenterCommon
from .sms_provider import SmsProvider

TOKEN = "Bearer do-not-tell"


class SmsCommon(TelecomCallcenterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(
            "telecom_callcenter.sms_hosts_inside", "127.0.0.1"
        )
        cls.provider_benin = SmsProvider()
        cls.addClassCleanup(cls.provider_benin.stop)
        cls.provider_tunisia = SmsProvider()
        cls.addClassCleanup(cls.provider_tunisia.stop)
        cls.gateway_benin, cls.gateway_tunisia = cls.env["telecom.sms.gateway"].create(
            [
                {
                    "company_id": cls.benin.id,
                    "url": f"{cls.provider_benin.url}/send",
                    "sender": "Benin",
                    "auth_token": TOKEN,
                    "callback_secret": "secret-of-benin",
                },
                {
                    "company_id": cls.tunisia.id,
                    "url": f"{cls.provider_tunisia.url}/send",
                    "sender": "Tunis",
                    "callback_secret": "secret-of-tunisia",
                },
            ]
        )

    def setUp(self):
        super().setUp()
        for provider in (self.provider_benin, self.provider_tunisia):
            provider.requests.clear()
            provider.answer = (200, {"id": "p-1"})

    def queue(self, number="+2290197000011", body="Bonjour", company=None, **vals):
        return self.env["sms.sms"]._telecom_queue(
            company or self.benin, [{"number": number, "body": body, **vals}]
        )

    def run_queue(self):
        """Run the queue's scheduled action as its cron does."""
        with self.enter_registry_test_mode():
            self.env.ref("sms.ir_cron_sms_scheduler_action").method_direct_trigger()
        self.env.invalidate_all()


@tagged("post_install", "-at_install", "telecom")
class TestSmsGateway(SmsCommon):
    def test_message_leaves_with_the_fields_and_the_token(self):
        sms = self.queue(body="Écrivez-nous")
        self.run_queue()
        request = self.provider_benin.requests[0]
        self.assertEqual(request["method"], "POST")
        self.assertEqual(request["path"], "/send")
        self.assertEqual(request["headers"]["Authorization"], TOKEN)
        self.assertEqual(
            request["fields"],
            {
                "to": "+2290197000011",
                "text": "Écrivez-nous",
                "from": "Benin",
                "id": sms.uuid,
            },
        )
        tracker = self.env["sms.tracker"].search([("sms_uuid", "=", sms.uuid)])
        self.assertEqual(tracker.telecom_state, "pending")
        self.assertEqual(tracker.telecom_message_id, "p-1")
        self.assertTrue(tracker.telecom_sent_at)
        self.assertEqual(len(self.provider_benin.requests), 1)

    def test_each_operator_has_its_own_provider(self):
        self.queue(body="Bénin")
        self.queue("+21620100200", "Tunisie", company=self.tunisia)
        self.run_queue()
        self.assertEqual([f["text"] for f in self.provider_benin.fields], ["Bénin"])
        self.assertEqual([f["text"] for f in self.provider_tunisia.fields], ["Tunisie"])
        self.assertNotIn("Authorization", self.provider_tunisia.requests[0]["headers"])

    def test_messages_of_odoo_go_by_their_records_operator(self):
        """A message written in Tunisia's company leaves by Tunisia's provider."""
        sms = (
            self.env["sms.sms"]
            .with_company(self.tunisia)
            .create({"number": "+21620100200", "body": "Composer"})
        )
        self.assertEqual(sms.record_company_id, self.tunisia)
        sms.send()
        self.assertEqual(self.provider_tunisia.fields[0]["text"], "Composer")
        self.assertFalse(self.provider_benin.requests)

    def test_encodings(self):
        for values, method in (
            ({"method": "post", "encoding": "form"}, "POST"),
            ({"method": "post", "encoding": "query"}, "POST"),
            ({"method": "get", "encoding": "json"}, "GET"),
        ):
            with self.subTest(values):
                self.provider_benin.requests.clear()
                self.gateway_benin.write(
                    {
                        **values,
                        "to_field": "msisdn",
                        "text_field": "message",
                        "number_format": "digits",
                        "extra_fields": '{"unicode": 1}',
                    }
                )
                self.queue(body="Ça va & vous ?")
                self.run_queue()
                request = self.provider_benin.requests[0]
                self.assertEqual(request["method"], method)
                self.assertEqual(request["fields"]["msisdn"], "2290197000011")
                self.assertEqual(request["fields"]["message"], "Ça va & vous ?")
                self.assertEqual(request["fields"]["unicode"], "1")

    def test_success_is_what_the_answer_says(self):
        self.gateway_benin.write(
            {
                "success_path": "messages.0.status",
                "success_values": "0, ok",
                "message_id_path": "messages.0.ref",
            }
        )
        self.provider_benin.answer = (200, {"messages": [{"status": 0, "ref": "r7"}]})
        taken = self.queue()
        self.run_queue()
        self.assertEqual(taken.sms_tracker_id.telecom_message_id, "r7")
        self.assertEqual(taken.sms_tracker_id.telecom_state, "pending")
        self.provider_benin.answer = (200, {"messages": [{"status": 9}]})
        refused = self.queue()
        self.run_queue()
        self.assertEqual(refused.state, "error")
        self.assertEqual(refused.sms_tracker_id.telecom_state, "error")
        self.assertIn("9", refused.sms_tracker_id.telecom_failure_reason)

    def test_failures_become_odoos(self):
        for status, failure in (
            (401, "sms_acc"),
            (402, "sms_credit"),
            (403, "sms_acc"),
            (500, "sms_server"),
        ):
            with self.subTest(status):
                self.provider_benin.answer = (status, {})
                sms = self.queue()
                self.run_queue()
                self.assertEqual(sms.failure_type, failure)
                self.assertEqual(
                    sms.sms_tracker_id.telecom_failure_reason, f"HTTP {status}"
                )
                self.assertFalse(sms.telecom_retry_at)

    def test_no_number_and_no_telephone_number_leave_not(self):
        wrong = self.queue("12")
        missing = self.queue(False)
        self.run_queue()
        self.assertEqual(wrong.failure_type, "sms_number_format")
        self.assertEqual(missing.failure_type, "sms_number_missing")
        self.assertFalse(self.provider_benin.requests)

    def test_busy_provider_gets_the_message_later(self):
        self.provider_benin.answer = (503, {})
        sms = self.queue()
        self.run_queue()
        self.assertEqual(sms.state, "error")
        self.assertTrue(sms.telecom_retry_at)
        self.provider_benin.answer = (200, {"id": "p-2"})
        self.run_queue()
        self.assertEqual(sms.state, "error", "not before its time")
        sms.telecom_retry_at = fields.Datetime.now() - timedelta(seconds=1)
        self.run_queue()
        self.assertEqual(sms.sms_tracker_id.telecom_state, "pending")
        self.assertEqual(len(self.provider_benin.requests), 2)

    def test_unreachable_provider_holds_back_its_own_messages_only(self):
        gone = SmsProvider()
        self.gateway_benin.url = f"{gone.url}/send"
        gone.stop()
        held = self.queue() | self.queue("+2290197000012")
        other = self.queue("+21620100200", company=self.tunisia)
        self.run_queue()
        self.assertEqual(set(held.mapped("state")), {"error"})
        self.assertTrue(all(held.mapped("telecom_retry_at")))
        self.assertEqual(other.sms_tracker_id.telecom_state, "pending")

    def test_broken_connection_is_not_tried_again(self):
        """The provider may have taken the message before it hung up."""
        self.provider_benin.answer = None
        sms = self.queue()
        self.run_queue()
        self.assertEqual(sms.state, "error")
        self.assertFalse(sms.telecom_retry_at)
        self.assertEqual(len(self.provider_benin.requests), 1)

    def test_redirection_is_not_followed(self):
        self.provider_benin.answer = (302, {})
        sms = self.queue()
        self.run_queue()
        self.assertEqual([r["path"] for r in self.provider_benin.requests], ["/send"])
        self.assertEqual(sms.state, "error")

    def test_secrets_are_in_no_log(self):
        lines = []

        class Keep(logging.Handler):
            def emit(self, record):
                lines.append(record.getMessage())

        root = logging.getLogger()
        handler, level = Keep(), root.level
        root.addHandler(handler)
        self.addCleanup(root.removeHandler, handler)
        root.setLevel(logging.DEBUG)
        self.addCleanup(root.setLevel, level)
        self.gateway_benin.write({"method": "get", "encoding": "query"})
        for answer in ((401, {"error": "bad token"}), None, (200, {"id": "x"})):
            self.provider_benin.answer = answer
            self.queue(body="Code PUK 1234")
            self.run_queue()
        said = [line for line in lines if "INSERT" not in line and "UPDATE" not in line]
        ours = [line for line in said if "urllib3" not in line]
        self.assertFalse([line for line in ours if "do-not-tell" in line])

    def test_trial_mode_sends_nothing(self):
        self.gateway_benin.write({"trial": True, "url": False})
        sms = self.queue()
        self.run_queue()
        self.assertEqual(sms.sms_tracker_id.telecom_state, "pending")
        self.assertFalse(self.provider_benin.requests)

    def test_test_message(self):
        self.gateway_benin.test_number = "97 00 00 11"
        gateway = self.as_user(self.gateway_benin, self.user_admin)
        self.assertEqual(gateway.action_send_test()["params"]["type"], "success")
        self.assertEqual(self.provider_benin.fields[0]["to"], "+2290197000011")
        self.provider_benin.answer = (401, {})
        self.assertEqual(gateway.action_send_test()["params"]["type"], "danger")

    def test_configuration_is_checked(self):
        for values in (
            {"url": "ftp://example.com"},
            {"url": "example.com"},
            {"extra_fields": "not json"},
            {"extra_fields": "[1]"},
            {"auth_header": "X\r\nY"},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.gateway_benin.write(values)

    def test_who_may_read_the_secrets(self):
        for user in (self.user_agent, self.user_supervisor):
            gateway = self.as_user(self.gateway_benin, user)
            with self.subTest(user.login), self.assertRaises(AccessError):
                gateway.read(["auth_token"])
            with self.subTest(user.login), self.assertRaises(AccessError):
                gateway.read(["callback_secret"])
        own = self.as_user(self.gateway_benin, self.admin_benin)
        self.assertEqual(own.auth_token, TOKEN)
        stranger = self._user("cc.admin.tunisia", self.tunisia, ADMIN)
        other = self.as_user(self.gateway_benin, stranger)
        with self.assertRaises(AccessError):
            other.read(["name"])
        self.assertEqual(
            self.as_user(self.env["telecom.sms.gateway"], stranger).search([]),
            self.gateway_tunisia,
        )

    def test_messages_are_the_operators_own(self):
        self.queue(company=self.tunisia)
        own = self.queue().sms_tracker_id
        seen = self.as_user(self.env["sms.tracker"], self.manager_benin).search([])
        self.assertEqual(seen, own)
