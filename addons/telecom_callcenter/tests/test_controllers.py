import hashlib
import hmac
import json

from odoo.tests import HttpCase, tagged

from .common import CallcenterSetup

LOGGER = "odoo.addons.telecom_callcenter.controllers.sms_report"


@tagged("post_install", "-at_install", "telecom")
class TestSmsReport(CallcenterSetup, HttpCase):
    """Delivery reports, over a real connection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = cls.env["telecom.sms.gateway"].create(
            {
                "company_id": cls.benin.id,
                "url": "http://127.0.0.1:9/send",
                "callback_secret": "s3cret",
                "report_id_path": "message.id",
                "report_status_path": "message.status",
            }
        )
        cls.sms = cls.env["sms.sms"]._telecom_queue(
            cls.benin, [{"number": "+2290197000011", "body": "Bonjour"}]
        )
        cls.tracker = cls.sms.sms_tracker_id
        cls.tracker.telecom_message_id = "p-77"

    def post(self, body, secret="s3cret", header="X-Signature", prefix="", **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return self.url_open(
            f"/telecom/sms/report/{self.gateway.id}",
            data=body,
            headers={
                "Content-Type": "application/json",
                header: prefix + signature,
                **headers,
            },
        )

    def report(self, status, message_id="p-77", **options):
        return self.post({"message": {"id": message_id, "status": status}}, **options)

    def test_delivered_stays_delivered(self):
        self.assertEqual(self.report("DELIVERED").status_code, 200)
        self.assertEqual(self.tracker.telecom_state, "sent")
        delivered_at = self.tracker.telecom_delivered_at
        self.assertTrue(delivered_at)
        self.assertEqual(self.report("delivered").status_code, 200)
        self.assertEqual(self.report("failed").status_code, 200)
        self.assertEqual(self.tracker.telecom_state, "sent")
        self.assertEqual(self.tracker.telecom_delivered_at, delivered_at)

    def test_failed(self):
        self.assertEqual(self.report("expired").status_code, 200)
        self.assertEqual(self.tracker.telecom_state, "error")
        self.assertTrue(self.tracker.telecom_failure_reason)

    def test_our_own_id_is_known_too(self):
        self.assertEqual(self.report("delivered", self.sms.uuid).status_code, 200)
        self.assertEqual(self.tracker.telecom_state, "sent")

    def test_other_states_change_nothing(self):
        self.assertEqual(self.report("buffered").status_code, 200)
        self.assertEqual(self.tracker.telecom_state, "outgoing")

    def test_unknown_message_is_taken_and_forgotten(self):
        self.assertEqual(self.report("delivered", "nobody").status_code, 200)
        self.assertEqual(self.report("delivered", None).status_code, 200)
        self.assertEqual(self.post([]).status_code, 200)
        self.assertEqual(self.post(b"\xff\x00").status_code, 200)
        self.assertEqual(self.tracker.telecom_state, "outgoing")

    def test_wrong_signature(self):
        for options in (
            {"secret": "other"},
            {"header": "X-Other"},
            {"prefix": "é".encode().decode("latin-1")},
        ):
            with self.subTest(options), self.assertLogs(LOGGER, "WARNING"):
                self.assertEqual(self.report("delivered", **options).status_code, 403)
        signed = json.dumps({"message": {"id": "p-77", "status": "failed"}}).encode()
        signature = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
        with self.assertLogs(LOGGER, "WARNING"):
            changed = self.url_open(
                f"/telecom/sms/report/{self.gateway.id}",
                data=signed.replace(b"failed", b"delivered"),
                headers={"Content-Type": "application/json", "X-Signature": signature},
            )
        self.assertEqual(changed.status_code, 403)
        self.assertEqual(self.tracker.telecom_state, "outgoing")

    def test_gateways_without_secret_or_archived_take_none(self):
        with self.assertLogs(LOGGER, "WARNING"):
            self.gateway.callback_secret = False
            self.assertEqual(self.report("delivered", secret="").status_code, 403)
            self.gateway.write({"callback_secret": "s3cret", "active": False})
            self.assertEqual(self.report("delivered").status_code, 403)

    def test_another_operators_signature_reaches_only_its_own_messages(self):
        other = self.env["telecom.sms.gateway"].create(
            {
                "company_id": self.tunisia.id,
                "url": "http://127.0.0.1:9/send",
                "callback_secret": "tunisian",
            }
        )
        body = json.dumps({"id": "p-77", "status": "delivered"}).encode()
        signature = hmac.new(b"tunisian", body, hashlib.sha256).hexdigest()
        answer = self.url_open(
            f"/telecom/sms/report/{other.id}",
            data=body,
            headers={"Content-Type": "application/json", "X-Signature": signature},
        )
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.tracker.telecom_state, "outgoing")

    def test_form_reports_and_prefixed_signatures(self):
        self.gateway.write({"report_id_path": "id", "report_status_path": "status"})
        answer = self.post(
            b"id=p-77&status=delivered",
            prefix="sha256=",
            **{"Content-Type": "application/x-www-form-urlencoded"},
        )
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.tracker.telecom_state, "sent")

    def test_size_and_method(self):
        self.assertEqual(self.post(b"x" * 70000).status_code, 413)
        got = self.url_open(f"/telecom/sms/report/{self.gateway.id}")
        self.assertEqual(got.status_code, 405)


@tagged("post_install", "-at_install", "telecom")
class TestFirstCompanies(CallcenterSetup, HttpCase):
    """Which companies are ticked when somebody logs in."""

    def cids(self, user):
        self.authenticate(user.login, user.login)
        self.url_open("/odoo")
        return self.opener.cookies.get("cids")

    def test_agents_begin_with_all_their_operators(self):
        ids = (self.provider | self.benin | self.tunisia).ids
        cids = self.cids(self.user_agent)
        self.assertEqual(cids.split("-")[0], str(self.provider.id))
        self.assertEqual({int(cid) for cid in cids.split("-")}, set(ids))

    def test_others_begin_as_odoo_does(self):
        self.assertFalse(self.cids(self.manager_benin))
