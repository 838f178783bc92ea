from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .field_common import MONDAY, FieldSetup

PRESS = "0f8c3a52-1d0e-4a63-9d2e-000000000001"


@tagged("post_install", "-at_install", "telecom")
class TestFieldCall(FieldSetup, TransactionCase):
    """A seller's call to a customer, her own telephone first."""

    def setUp(self):
        super().setUp()
        self.enterContext(freeze_time(MONDAY))
        self.seller.phone = "+2290197555501"
        self.env["telecom.trunk"].create(
            {
                "name": "Network",
                "company_id": self.provider.id,
                "pbx_id": self.pbx.id,
                "host": "127.0.0.1",
            }
        )
        own = self.pbx.did_ids.filtered(lambda did: did.company_id == self.benin)
        self.shown = own[:1].number
        self.pbx.status_ids.write(
            {
                "link_state": "up",
                "heartbeat_at": fields.Datetime.now() + timedelta(hours=1),
            }
        )
        self.one = self._appointment(
            campaign_id=self.field_campaign.id,
            partner_id=self.awa.id,
            number="+2290196000009",
        )

    def press(self, key=PRESS, one=None, user=None):
        return self.app(user).call_customer(key, (one or self.one).id)

    def attempts(self):
        return self.env["telecom.campaign.attempt"].search(
            [("seller_id", "!=", False)], order="id"
        )

    def asked(self):
        return self.env["telecom.pbx.command"].search([("name", "=", "dial_seller")])

    def test_recorded_before_it_is_dialed_and_once(self):
        self.assertTrue(self.app().get_day()["dials"])
        for _again in range(3):
            self.assertEqual(self.press(), {"state": "calling"})
        attempt = self.attempts()
        self.assertEqual(len(attempt), 1)
        self.assertEqual(
            (attempt.mode, attempt.state, attempt.number, attempt.presented_number),
            ("seller", "recorded", "+2290196000009", self.shown),
        )
        self.assertEqual(attempt.seller_id, self.seller)
        self.assertEqual(attempt.appointment_id, self.one)
        self.assertEqual(attempt.campaign_id, self.field_campaign)
        self.assertIn(PRESS, attempt.channel_id)
        command = self.asked()
        self.assertEqual(len(command), 1)
        self.assertEqual(
            command.payload,
            {"attempt_id": attempt.id, "seller_number": "+2290197555501"},
        )
        entry = self.env["telecom.field.entry"].search([("key", "=", PRESS)])
        self.assertEqual((entry.kind, entry.state), ("call", "done"))
        self.assertEqual(self.one.attempt_ids, attempt)

    def test_the_same_press_twice_at_once(self):
        self.press()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.attempts().copy()

    def test_what_the_gateway_dials(self):
        self.press()
        attempt = self.attempts()
        row = self.pbx._gateway_seller_call(self.asked().payload)
        self.assertEqual(row["number"], "+2290196000009")
        self.assertEqual(row["seller_number"], "+2290197555501")
        self.assertEqual(row["caller_id"], self.shown)
        self.assertEqual(row["campaign_id"], self.field_campaign.id)
        self.assertTrue(row["trunks"])
        attempt.invalidate_recordset()
        self.assertEqual(attempt.state, "dialing")
        self.assertEqual(
            self.pbx._gateway_seller_call(self.asked().payload), {}, "never twice"
        )

    def test_an_attempt_nobody_dialed_is_ended(self):
        self.press()
        later = MONDAY + timedelta(minutes=1)
        with freeze_time(later):
            self.pbx._dialer_unknown(set(), fields.Datetime.now().timestamp())
        self.assertEqual(self.attempts().result, "not_dialed")
        self.assertEqual(self.press(key=PRESS[:-1] + "2"), {"state": "calling"})

    def test_one_call_at_a_time(self):
        self.press()
        answer = self.press(key=PRESS[:-1] + "2")
        self.assertEqual(answer["state"], "refused")
        self.assertEqual(len(self.attempts()), 1)

    def test_outside_campaigns_too(self):
        self.one.campaign_id = False
        self.assertEqual(self.press()["state"], "calling")
        self.assertFalse(self.attempts().campaign_id)
        self.assertEqual(
            self.pbx._gateway_seller_call(self.asked().payload)["campaign_id"], 0
        )

    def test_only_ones_own_customers(self):
        foreign = self._appointment(seller=self.colleague)
        for one in (foreign, self._appointment(seller=self.seller_tunisia)):
            self.assertEqual(self.press(one=one)["state"], "refused")
        self.assertEqual(self.app().call_customer(PRESS, 0)["state"], "refused")
        self.assertEqual(self.app().call_customer(PRESS, "x")["state"], "refused")
        self.assertEqual(self.app().call_customer("x", self.one.id)["state"], "refused")
        self.one.number = "+22990"
        self.assertEqual(self.press()["state"], "refused")
        self.assertFalse(self.attempts())

    def test_nobody_but_sellers(self):
        for user in (self.clerk_benin, self.user_agent, self.user_tunisia):
            with self.subTest(user.login):
                if user == self.user_tunisia:
                    self.assertEqual(self.press(user=user)["state"], "refused")
                    continue
                with self.assertRaises(AccessError):
                    self.press(user=user)
        self.assertFalse(self.attempts())

    def test_the_telephone_dials_by_itself_without_a_pbx(self):
        phone = {"state": "phone", "number": "+2290196000009"}
        for number, change in enumerate(
            (
                lambda: self.seller.write({"phone": False}),
                lambda: self.pbx.write({"dialing_stopped": True}),
                lambda: self.benin.write({"telecom_dialing_stopped": True}),
                lambda: self.pbx.status_ids.write({"link_state": "down"}),
                lambda: self.pbx.trunk_ids.write({"active": False}),
                lambda: self.pbx.did_ids.unlink(),
            )
        ):
            with self.subTest(number), self.env.cr.savepoint() as savepoint:
                change()
                self.env.invalidate_all()
                self.assertFalse(self.app().get_day()["dials"])
                key = f"{PRESS[:-1]}{number}"
                self.assertEqual(self.press(key=key), phone)
                self.assertEqual(self.press(key=key), phone, "asked again")
                self.assertFalse(self.attempts())
                savepoint.rollback()
                self.env.invalidate_all()

    def test_an_answered_call_is_the_customers(self):
        self.press()
        attempt = self.attempts()
        call = self.env["telecom.call"].create(
            {
                "pbx_id": self.pbx.id,
                "uniqueid": "demo-9.1",
                "company_id": self.benin.id,
                "direction": "outbound",
                "start_at": fields.Datetime.now(),
            }
        )
        self.pbx._dialer_calls({call: attempt.channel_id})
        self.assertEqual(attempt.call_id, call)
        self.assertEqual(call.partner_id, self.awa)
