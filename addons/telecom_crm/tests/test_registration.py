"""Registering on the portal, and what customers see there."""

import re
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, HttpCase, tagged

from odoo.addons.telecom_crm.tools import registration

from .common import OperatorCase, OperatorMakers

PASSWORD = "cocotiers-229"


@tagged("post_install", "-at_install", "telecom")
class TestRegistrationRules(BaseCase):
    def test_codes(self):
        codes = {registration.new_code() for _draw in range(200)}
        self.assertGreater(len(codes), 190)
        for code in codes:
            self.assertRegex(code, r"^\d{6}$")
        for text, code in (
            ("123456", "123456"),
            (" 123 456 ", "123456"),
            ("12345", ""),
            ("١٢٣٤٥٦", ""),
            ("", ""),
            (None, ""),
            ("1234567", ""),
            ("12e456", ""),
        ):
            with self.subTest(text):
                self.assertEqual(registration.clean_code(text), code)

    def test_how_often(self):
        for hour, day, may in (
            (0, 0, True),
            (2, 7, True),
            (3, 3, False),
            (0, 8, False),
        ):
            self.assertEqual(registration.may_send(hour, day), may)

    def test_hints(self):
        self.assertEqual(registration.hint("afi@example.com"), "a…@example.com")
        self.assertEqual(registration.hint("+2290197123456"), "…456")
        self.assertEqual(registration.hint(""), "…")


class RegistrationMakers:
    def _begin(self, address, kind="customer", company=None, **values):
        company = company or self.benin
        Record = self.env["telecom.registration"]
        return Record._begin(
            company, kind, *Record._read_address(company, address), ip="192.0.2.1",
            **values,
        )  # fmt: skip

    def _code(self, record):
        """Return the code that was sent to an address, or None."""
        self.env.flush_all()
        if record.channel == "sms":
            sent = self.env["sms.sms"].search([("number", "=", record.address)])
            texts = sent.mapped("body")
        else:
            sent = self.env["mail.mail"].search([("email_to", "=", record.address)])
            texts = [
                re.sub(r"<a.*?</a>", "", body) for body in sent.mapped("body_html")
            ]
        codes = re.findall(r"(?<![\d#])\d{6}(?!\d)", " ".join(texts[:1]))
        return codes[0] if codes else None


@tagged("post_install", "-at_install", "telecom")
class TestRegistration(RegistrationMakers, OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.afi = cls._customer(cls.benin, "Afi", "Dossou", email="afi@example.com")
        cls.line = cls._line(cls.afi, "0197123456")
        cls.sami = cls._customer(cls.tunisia, "Sami", "Trabelsi")
        cls.foreign = cls._line(cls.sami, "+21620123456")

    def _send(self, record):
        record._send_code()
        return self._code(record)

    def test_what_no_database_stores_is_left_out(self):
        record = self._begin(
            "a\0fi@example.com", kind="prospect", name="A\0fi ", request="\0Fibre"
        )
        self.assertEqual(
            (record.address, record.contact_name, record.request),
            ("afi@example.com", "Afi", "Fibre"),
        )

    def test_a_customer_proves_a_line(self):
        record = self._begin("97 12 34 56")
        code = self._send(record)
        self.assertEqual(record.state, "sent")
        self.assertNotIn(code, record.code_hash)
        self.assertTrue(record._prove(f" {code[:3]} {code[3:]} "))
        login = record._finish(PASSWORD)
        user = self.env["res.users"].search([("login", "=", login)])
        self.assertEqual(user.partner_id, self.afi)
        self.assertEqual(user.company_ids, self.benin)
        self.assertTrue(user._is_portal())
        self.assertFalse(record.lead_id)

    def test_a_customer_proves_an_email(self):
        record = self._begin("Afi@Example.com")
        code = self._send(record)
        self.assertTrue(record._prove(code))
        record._finish(PASSWORD)
        self.assertEqual(self.afi.user_ids.telecom_login, "afi@example.com")

    def test_nobody_learns_who_is_a_customer(self):
        """Unknown, another operator's, terminated: like a known one, without a code."""
        self.line.action_terminate()
        for address in ("0199999999", "0197123456", "nobody@example.com"):
            with self.subTest(address):
                record = self._begin(address)
                self.assertEqual(record.state, "waiting")
                self.assertIsNone(self._send(record))
                self.assertFalse(record._prove("000000"))
        # No code goes abroad
        Record = self.env["telecom.registration"]
        self.assertIsNone(Record._read_address(self.benin, "+21620123456"))
        self.assertIsNone(Record._read_address(self.benin, "+33612345678"))
        self.assertIsNone(Record._read_address(self.benin, "a@b@c"))

    def test_an_email_that_several_have_proves_nobody(self):
        self._customer(self.benin, "Koffi", "Dossou", email="afi@example.com")
        self.assertIsNone(self._send(self._begin("afi@example.com")))

    def test_guessing(self):
        record = self._begin("0197123456")
        code = self._send(record)
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        for _guess in range(registration.MAX_ATTEMPTS):
            self.assertFalse(record._prove(wrong))
        self.assertFalse(record._prove(code))

    def test_an_old_code(self):
        record = self._begin("0197123456")
        code = self._send(record)
        record.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertFalse(record._prove(code))

    def test_not_too_many_codes_for_one_number(self):
        states = []
        for _time in range(registration.ADDRESS_HOUR + 1):
            record = self._begin("0197123456")
            record._send_code()
            states.append(record.state)
        self.assertEqual(states, ["sent"] * registration.ADDRESS_HOUR + ["refused"])

    def test_a_prospect(self):
        record = self._begin(
            "0196000001", "prospect", name="Yao Kodjo", request="La fibre"
        )
        self.assertTrue(record._prove(self._send(record)))
        record._finish(PASSWORD)
        lead = record.lead_id
        self.assertEqual(lead.company_id, self.benin)
        self.assertEqual(lead.contact_name, "Yao Kodjo")
        self.assertEqual(lead.telecom_source_id.kind, "internet")
        self.assertEqual(lead.telecom_source_id.company_id, self.benin)
        self.assertIn("La fibre", lead.description)
        self.assertEqual(lead.partner_id.company_id, self.benin)
        self.assertFalse(lead.partner_id.telecom_customer)
        # Once more: the same account with a new password, no second one
        again = self._begin("0196000001", "prospect", name="Yao")
        self.assertTrue(again._prove(self._send(again)))
        again._finish("une-autre-phrase")
        self.assertEqual(again.partner_id, record.partner_id)

    def test_who_has_another_account_logs_in_there(self):
        record = self._begin("afi@example.com")
        record._prove(self._send(record))
        record._finish(PASSWORD)
        other = self._begin("0197123456")
        self.assertTrue(other._prove(self._send(other)))
        self.assertEqual(other._other_login(), "a…@example.com")

    def test_old_registrations_are_forgotten(self):
        record = self._begin("0197123456")
        self.env.cr.execute(
            "UPDATE telecom_registration SET create_date = create_date - interval '8 d'"
        )
        record.invalidate_recordset()
        self.env["telecom.registration"]._gc_registrations()
        self.assertFalse(record.exists())

    def test_who_reads_registrations(self):
        record = self._begin("0197123456")
        self.assertEqual(record.with_user(self.clerk_benin).address, "+2290197123456")
        for user, field in (
            (self.clerk_tunisia, "address"),
            (self.manager_tunisia, "address"),
            (self.manager_benin, "code_hash"),
            (self.manager_benin, "ip"),
        ):
            with (
                self.subTest(user.login, field=field),
                self.assertRaises(AccessError),
            ):
                record.with_user(user).read([field])


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestPortal(RegistrationMakers, OperatorMakers, HttpCase):
    """Every page for its owner, a stranger of the same operator, and of another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.benin = cls._company("Bénin Portail", "base.bj", tenant=True)
        cls.tunisia = cls._company("Tunisie Portail", "base.tn", tenant=True)
        make, line = OperatorCase._customer.__func__, OperatorCase._line.__func__
        cls.afi = make(cls, cls.benin, "Afi", "Dossou")
        cls.koffi = make(cls, cls.benin, "Koffi", "Adjovi")
        cls.sami = make(cls, cls.tunisia, "Sami", "Trabelsi")
        cls.line = line(
            cls, cls.afi, "0197123456", iccid="8922999000000000018", puk="28271172"
        )
        cls.other = line(cls, cls.koffi, "0197123457")
        month = fields.Date.today().replace(day=1)
        cls.env["telecom.usage.summary"]._record(
            cls.benin, [(cls.line.id, month, 3600, 7, 5_000_000, 4321)]
        )
        cls.env["telecom.usage.summary"]._record(
            cls.benin, [(cls.other.id, month, 60, 1, 1_000_000, 98765)]
        )
        for name, partner in (
            ("portal.afi", cls.afi),
            ("portal.koffi", cls.koffi),
            ("portal.sami", cls.sami),
        ):
            cls.env["res.users"].with_context(no_reset_password=True).create(
                {
                    "login": name,
                    "password": PASSWORD,
                    "partner_id": partner.id,
                    "company_id": partner.company_id.id,
                    "company_ids": [Command.set(partner.company_id.ids)],
                    "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
                }
            )

    def test_pages(self):
        self.authenticate("portal.afi", PASSWORD)
        page = self.url_open("/my/lines").text
        self.assertIn(self.line.msisdn_display, page)
        self.assertNotIn(self.other.msisdn_display, page)
        self.assertNotIn("28271172", page)
        self.assertNotIn("8922999000000000018", page)
        page = self.url_open("/my/usage").text
        self.assertIn("4,321", page)
        self.assertNotIn("98,765", page)
        for show in ("data", "voice", "sms", "x'\"><script>"):
            self.assertEqual(
                self.url_open("/my/usage", params={"show": show}).status_code, 200
            )
        self.assertIn("/my/usage", self.url_open("/my").text)

    def test_strangers(self):
        for login in ("portal.koffi", "portal.sami"):
            self.authenticate(login, PASSWORD)
            with self.subTest(login):
                self.assertNotIn(
                    self.line.msisdn_display, self.url_open("/my/lines").text
                )
                self.assertNotIn("4,321", self.url_open("/my/usage").text)

    def test_records(self):
        Users = self.env["res.users"]
        summary = self.env["telecom.usage.summary"].search(
            [("line_id", "=", self.line.id)]
        )
        for name, partner, sees in (
            ("owner", self.afi, True),
            ("the same operator's", self.koffi, False),
            ("another operator's", self.sami, False),
        ):
            user = Users.search([("partner_id", "=", partner.id)])
            for record in (self.line, summary):
                found = record.with_user(user).search([("id", "=", record.id)])
                with self.subTest(name, model=record._name):
                    self.assertEqual(bool(found), sees)
                    with self.assertRaises(AccessError):
                        record.with_user(user).write({"company_id": self.benin.id})
            with self.assertRaises(AccessError):
                self.line.with_user(user).read(["puk"])

    def test_closed_with_the_module(self):
        module = self.env["telecom.module"].search([("code", "=", "customers")])
        self.env["telecom.company.module"].create(
            {"company_id": self.benin.id, "module_id": module.id, "state": "off"}
        )
        self.authenticate("portal.afi", PASSWORD)
        for url in ("/my/lines", "/my/usage"):
            self.assertEqual(self.url_open(url).status_code, 404)

    def test_registration_pages_belong_to_a_host(self):
        # Several operators and a host that is nobody's: nothing is told about them
        self.assertEqual(self.url_open("/telecom/register").status_code, 404)
        self.env["telecom.host"].create(
            {"name": "127.0.0.1", "company_id": self.benin.id}
        )
        login = self.url_open("/web/login").text
        self.assertIn('href="/telecom/register"', login)
        self.assertNotIn("/web/signup", login)
        page = self.url_open("/telecom/register")
        self.assertEqual(page.status_code, 200)
        self.assertIn("this.dataset.sent", page.text, "A double click sends it once")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        pages = []
        for address in ("0197123456", "0199999999", "nobody@example.com"):
            answer = self.url_open(
                "/telecom/register",
                data={"csrf_token": token, "kind": "customer", "address": address},
            )
            self.assertTrue(answer.url.endswith("/telecom/register/code"))
            pages.append(re.sub(r'value="[^"]*"', "", answer.text))
        self.assertEqual(pages[0].split("<main")[-1], pages[1].split("<main")[-1])
        self.assertEqual(pages[0].split("<main")[-1], pages[2].split("<main")[-1])
        # Without a proved code there is no password to choose
        answer = self.url_open("/telecom/register/password", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        record = self.env["telecom.registration"].search([], limit=1, order="id desc")
        answer = self.url_open(
            "/telecom/register/code", data={"csrf_token": token, "code": "000000"}
        )
        self.assertIn("register-error", answer.text)
        self.assertEqual(record.company_id, self.benin)
        self.env["telecom.registration"].search([]).write({"ip": "127.0.0.1"})
        for _form in range(registration.PLACE_HOUR):
            self.url_open(
                "/telecom/register",
                data={"csrf_token": token, "address": "0199999998"},
                allow_redirects=False,
            )
        answer = self.url_open(
            "/telecom/register", data={"csrf_token": token, "address": "0199999998"}
        )
        self.assertIn("register-error", answer.text)

    def test_registration_tour(self):
        self.env["telecom.host"].create(
            {"name": "127.0.0.1", "company_id": self.tunisia.id}
        )
        OperatorCase._line.__func__(type(self), self.sami, "+21620123456")
        self.sami.user_ids.unlink()
        # What the scheduler does meanwhile, with a code that the tour knows
        self.patch(registration, "new_code", lambda: "246810")
        Record = type(self.env["telecom.registration"])
        begin = Record._begin

        def begin_and_send(model, *args, **kwargs):
            record = begin(model, *args, **kwargs)
            record._send_code()
            return record

        self.patch(Record, "_begin", begin_and_send)
        self.start_tour("/telecom/register", "telecom_registration", login=None)
        user = self.sami.user_ids
        self.assertEqual(user.telecom_login, "+21620123456")
        self.assertEqual(user.company_id, self.tunisia)
