from datetime import datetime

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestLine(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")

    def test_numbers_are_stored_in_e164_and_shown_nationally(self):
        for number in ("97 12 34 56", "0197123456", "+229 01 97 12 34 56"):
            with self.subTest(number):
                line = self._line(self.customer, number)
                self.assertEqual(line.msisdn, "+2290197123456")
                self.assertEqual(line.display_name, "01 97 12 34 56")
                line.unlink()

    def test_what_is_no_number_is_refused(self):
        with self.assertRaises(ValidationError):
            self._line(self.customer, "1919")
        line = self._line(self.customer, "0197123456")
        with self.assertRaises(ValidationError):
            line.msisdn = "12"

    def test_a_number_has_one_line_per_operator(self):
        line = self._line(self.customer, "0197123456")
        self._line(self._customer(self.tunisia, "Rim", "Ayari"), "+2290197123456")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self._line(self.customer, "97 12 34 56")
        line.action_terminate()
        self._line(self.customer, "97 12 34 56")

    def test_an_available_line_waits_for_its_customer(self):
        line = self.env["telecom.line"].create(
            {"company_id": self.benin.id, "msisdn": "0197123456"}
        )
        self.assertEqual(line.state, "available")
        with self.assertRaises(UserError):
            line.action_activate()
        line.partner_id = self.customer
        line.action_activate()
        self.assertEqual(line.state, "active")
        self.assertTrue(line.activated_at)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            line.partner_id = False
            line.flush_recordset()

    def test_a_suspended_line_keeps_the_date_of_its_activation(self):
        line = self._line(
            self.customer, "0197123456", activated_at=datetime(2020, 5, 17)
        )
        line.action_suspend()
        with self.assertRaises(UserError):
            line.action_suspend()
        line.action_activate()
        self.assertEqual(line.activated_at, datetime(2020, 5, 17))
        line.action_terminate()
        with self.assertRaises(UserError):
            line.action_activate()

    def test_whoever_holds_a_line_is_a_customer(self):
        contact = self.env["res.partner"].create(
            {"name": "Koffi Bio", "company_id": self.benin.id}
        )
        self._line(contact, "0197123456")
        self.assertTrue(contact.telecom_customer)
        self.assertTrue(contact.telecom_customer_number)

    def test_sim_identifiers_are_cleaned_and_checked(self):
        line = self._line(
            self.customer,
            "0197123456",
            iccid="8922 9990 0000 0000 018",
            imsi="616-990000000001",
        )
        self.assertEqual(line.iccid, "8922999000000000018")
        self.assertEqual(line.imsi, "616990000000001")
        for name, value in (("iccid", "123"), ("iccid", "8922x"), ("imsi", "61699")):
            with self.subTest(value), self.assertRaises(ValidationError):
                line[name] = value

    def test_the_puk_is_for_those_who_may_see_it(self):
        line = self._line(self.customer, "0197123456", puk="12345678")
        self.assertEqual(line.with_user(self.manager_benin).puk, "12345678")
        for user in (self.clerk_benin, self.seller_benin, self.agent):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    line.with_user(user).read(["puk"])
                with self.assertRaises(AccessError):
                    line.with_user(user).search([("puk", "=", "12345678")])
                # Allowed to export, or not: no PUK
                with self.assertRaises(UserError):
                    line.with_user(user).export_data(["puk"])
        message = line.message_ids.mapped("body")
        self.assertNotIn("12345678", " ".join(message))

    def test_a_customer_of_another_operator_is_refused(self):
        with self.assertRaises(UserError):
            self.env["telecom.line"].create(
                {
                    "company_id": self.tunisia.id,
                    "partner_id": self.customer.id,
                    "msisdn": "20123456",
                    "state": "active",
                }
            )

    def test_lines_are_found_as_their_number_is_written(self):
        line = self._line(self.customer, "0197123456", iccid="8922999000000000018")
        Line = self.env["telecom.line"].with_user(self.clerk_benin)
        for text in ("01 97 12", "97-12-34", "0197123456", "+229 01", "89229990000"):
            with self.subTest(text):
                self.assertEqual(Line.name_search(text), [(line.id, "01 97 12 34 56")])

    def test_the_form_of_a_new_line(self):
        form = Form(self.env["telecom.line"].with_user(self.clerk_benin))
        form.msisdn = "97 12 34 56"
        form.partner_id = self.customer
        line = form.save()
        line.action_activate()
        self.assertEqual(line.company_id, self.benin)
        self.assertEqual(line.msisdn, "+2290197123456")

    def test_several_lines_at_once(self):
        lines = self._line(self.customer, "0197000001")
        lines |= self._line(self.customer, "0197000002")
        lines.action_suspend()
        lines.action_activate()
        self.assertEqual(set(lines.mapped("state")), {"active"})
