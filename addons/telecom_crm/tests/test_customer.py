from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, Form, tagged

from odoo.addons.telecom_crm.tools import age, tax_number

from .common import OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestDecisions(BaseCase):
    def test_ages_and_bands(self):
        today = date(2026, 11, 21)
        for born, years, band in (
            (date(2026, 11, 21), 0, "minor"),
            (date(2008, 11, 22), 17, "minor"),
            (date(2008, 11, 21), 18, "18_24"),
            (date(1990, 1, 1), 36, "35_49"),
            (date(1961, 11, 21), 65, "senior"),
            (date(2027, 1, 1), None, False),
            (None, None, False),
        ):
            with self.subTest(born):
                self.assertEqual(age.age(born, today), years)
                self.assertEqual(age.band(born, today), band)

    def test_the_dates_of_a_band_are_its_own(self):
        today = date(2026, 11, 21)
        for code in age.BANDS:
            first, last = age.born_between(code, today)
            with self.subTest(code):
                self.assertEqual(age.band(last, today), code)
                if first:
                    self.assertEqual(age.band(first, today), code)
                    self.assertNotEqual(
                        age.band(first.replace(day=first.day - 1), today), code
                    )

    def test_tax_numbers_by_country(self):
        for country, number, stored in (
            ("BJ", "3201700000111", "3201700000111"),
            ("BJ", "3 2017 0000 0111", "3201700000111"),
            ("BJ", "320170000011", None),
            ("TN", "1234567/L/A/M/000", "1234567LAM000"),
            ("TN", "1234567IAM000", None),
            ("TN", "1234567LAM001", None),
            ("TN", "1234567LAE001", "1234567LAE001"),
            ("CI", "1234567A", "1234567A"),
            ("FR", "FR40303265045", "FR40303265045"),
            ("FR", "FR40303265046", None),
            ("TN", "/", "/"),
            ("KM", "anything", "anything"),
            ("BJ", "", None),
        ):
            with self.subTest(country=country, number=number):
                self.assertEqual(tax_number.check(number, country), stored)


@tagged("post_install", "-at_install", "telecom")
class TestCustomerFile(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(
            cls.benin, "Afi", "Dossou", phone="0197123456", email="afi@example.com"
        )
        cls.source = cls.env["telecom.source"].create(
            {"name": "Publipostage", "kind": "mailing", "company_id": cls.benin.id}
        )

    def _document(self, partner, number="BJ-77 1234", **values):
        return self.env["telecom.identity.document"].create(
            {"partner_id": partner.id, "number": number, **values}
        )

    def test_a_customers_age_is_found(self):
        self.customer.telecom_birth_date = date(1970, 1, 1)
        self.assertEqual(self.customer.telecom_age_band, "50_64")
        Partner = self.env["res.partner"].with_user(self.clerk_benin)
        self.assertIn(
            self.customer, Partner.search([("telecom_age_band", "=", "50_64")])
        )
        self.assertNotIn(
            self.customer, Partner.search([("telecom_age_band", "=", "minor")])
        )
        with self.assertRaises(ValidationError):
            self.customer.telecom_birth_date = date(2999, 1, 1)

    def test_tax_numbers_are_checked_for_operators_only(self):
        with self.assertRaises(ValidationError):
            self.customer.vat = "123"
        self.customer.vat = "3201700000111"
        self.env["res.partner"].create({"name": "Sans société", "vat": "123"})

    def test_identity_is_what_documents_prove(self):
        self.assertEqual(self.customer.telecom_kyc_state, "none")
        document = self._document(self.customer)
        self.assertEqual(document.company_id, self.benin)
        self.assertEqual(self.customer.telecom_kyc_state, "pending")
        document.with_user(self.clerk_benin).action_verify()
        self.assertEqual(self.customer.telecom_kyc_state, "verified")
        self.assertEqual(document.verified_by_id, self.clerk_benin)
        document.write({"issued_on": date(2000, 1, 1), "expires_on": date(2010, 1, 1)})
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("telecom_crm.ir_cron_expire_documents").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(document.state, "expired")
        self.assertEqual(self.customer.telecom_kyc_state, "expired")
        with self.assertRaises(UserError):
            document.action_verify()
        self._document(self.customer, "PASS 99887").action_verify()
        self.assertEqual(self.customer.telecom_kyc_state, "verified")

    def test_a_customer_is_found_by_his_document(self):
        self._document(self.customer)
        Partner = self.env["res.partner"].with_user(self.clerk_benin)
        for text in ("bj771234", "BJ-77 1234", "771234"):
            with self.subTest(text):
                self.assertEqual(
                    Partner.search([("telecom_search", "ilike", text)]), self.customer
                )

    def test_the_last_word_counts(self):
        Consent = self.env["telecom.consent"].with_user(self.clerk_benin)
        self.assertTrue(self.customer._telecom_may_contact("sms"))
        for granted in (True, False):
            Consent.create(
                {
                    "partner_id": self.customer.id,
                    "company_id": self.benin.id,
                    "channel": "sms",
                    "granted": granted,
                }
            )
        self.assertEqual(
            self.customer._telecom_consents(), {(self.customer.id, "sms"): False}
        )
        self.assertFalse(self.customer._telecom_may_contact("sms"))
        self.assertTrue(self.customer._telecom_may_contact("call"))
        with self.assertRaises(UserError):
            self.customer.telecom_consent_ids[0].granted = True

    def test_do_not_call_is_each_operators_own(self):
        same = self._customer(self.tunisia, "Rim", "Ayari", phone="+2290197123456")
        self.customer.with_user(self.clerk_benin).action_telecom_do_not_call()
        self.assertTrue(self.customer.telecom_do_not_call)
        same.invalidate_recordset()
        self.assertFalse(same.telecom_do_not_call)
        self.assertFalse(self.customer._telecom_may_contact("call"))
        DoNotCall = self.env["telecom.do.not.call"]
        numbers = ["+2290197123456", "+2290197000000"]
        self.assertEqual(DoNotCall._blocked(self.benin, numbers), {"+2290197123456"})
        self.assertEqual(DoNotCall._blocked(self.tunisia, numbers), set())
        self.customer.with_user(self.clerk_benin).action_telecom_do_not_call()
        self.assertFalse(self.customer.telecom_do_not_call)
        self.customer.with_user(self.clerk_benin).action_telecom_do_not_call()
        self.assertTrue(self.customer.telecom_do_not_call)
        entry = DoNotCall.create({"number": "97 11 11 11", "company_id": self.benin.id})
        self.assertEqual(entry.number, "+2290197111111")
        entry.until = date(2020, 1, 1)
        self.assertFalse(DoNotCall._blocked(self.benin, [entry.number]))

    def test_do_not_call_is_in_force_at_once(self):
        """Wherever it is entered and asked for, tomorrow already or yesterday still."""
        DoNotCall = self.env["telecom.do.not.call"]
        zones = ("Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago")
        for place, entered in enumerate(zones):
            number = f"+229019711110{place}"
            DoNotCall.with_context(tz=entered).create(
                {"number": number, "company_id": self.benin.id}
            )
            for asked in zones:
                with self.subTest(entered=entered, asked=asked):
                    here = DoNotCall.with_context(tz=asked)
                    self.assertEqual(here._blocked(self.benin, [number]), {number})

    def test_duplicates_are_shown_while_typing(self):
        self._document(self.customer)
        self._line(self.customer, "0195959595")
        for field, value in (
            ("phone", "97 12 34 56"),
            ("phone", "01 95 95 95 95"),
            ("email", "AFI@example.com"),
        ):
            with self.subTest(value):
                form = Form(
                    self.env["res.partner"]
                    .with_user(self.clerk_benin)
                    .with_context(default_telecom_customer=True)
                )
                form.telecom_last_name = "Autre"
                form[field] = value
                self.assertEqual(form.telecom_duplicate_ids[:], self.customer)
        other = self._customer(self.benin, "Aba", "Dossou")
        self.assertFalse(other.telecom_duplicate_ids)
        self._document(other, "bj 771234")
        self.assertEqual(other.telecom_duplicate_ids, self.customer)
        elsewhere = self._customer(self.tunisia, "A", "B", email="afi@example.com")
        self.assertFalse(elsewhere.telecom_duplicate_ids)

    def _merge(self, user, *partners):
        return (
            self.env["base.partner.merge.automatic.wizard"]
            .with_user(user)
            .create(
                {
                    "state": "selection",
                    "partner_ids": [Command.set([p.id for p in partners])],
                    "dst_partner_id": partners[0].id,
                }
            )
            .action_merge()
        )

    def test_lines_and_claims_follow_a_merge(self):
        double = self._customer(
            self.benin, "Afi R.", "Dossou", email="afi.rose@example.com"
        )
        line = self._line(double, "0195959595", iccid="8922977000000000018")
        claim = self._claim(double)
        document = self._document(double)
        document.action_verify()
        number = self.customer.telecom_customer_number
        self.env.flush_all()
        self._merge(self.clerk_benin, self.customer, double)
        self.env.invalidate_all()
        self.assertFalse(double.exists())
        self.assertEqual(line.partner_id, self.customer)
        self.assertEqual(claim.partner_id, self.customer)
        self.assertEqual(document.partner_id, self.customer)
        self.assertEqual(self.customer.telecom_customer_number, number)
        self.assertEqual(self.customer.telecom_kyc_state, "verified")
        found = self.env["res.partner"].search(
            [("telecom_search", "ilike", "8922977000000000018")]
        )
        self.assertEqual(found, self.customer)

    def test_customers_of_two_operators_are_never_merged(self):
        other = self._customer(self.tunisia, "Afi", "Dossou", email="afi@example.com")
        with self.assertRaises(UserError):
            self._merge(self.agent, self.customer, other)
        self.assertTrue(other.exists())

    def test_a_prospect_becomes_a_customer_without_retyping(self):
        lead = (
            self.env["crm.lead"]
            .with_user(self.seller_benin)
            .create(
                {
                    "name": "Fibre à Cotonou",
                    "contact_name": "Koffi Bio",
                    "phone": "97 33 33 33",
                    "email_from": "koffi@example.com",
                    "city": "Cotonou",
                    "telecom_source_id": self.source.id,
                }
            )
        )
        action = lead.action_telecom_convert()
        customer = self.env["res.partner"].browse(action["res_id"])
        self.assertTrue(customer.telecom_customer)
        self.assertTrue(customer.telecom_customer_number)
        self.assertEqual(customer.company_id, self.benin)
        self.assertEqual(customer.telecom_last_name, "Bio")
        self.assertEqual(customer.phone_sanitized, "+2290197333333")
        self.assertEqual(customer.email, "koffi@example.com")
        self.assertEqual(customer.telecom_source_id, self.source)
        self.assertTrue(lead.stage_id.is_won)
        self.source.invalidate_recordset()
        self.assertEqual(self.source.prospect_count, 1)
        self.assertEqual(self.source.customer_count, 1)
        self.assertEqual(self.source.conversion, 1.0)

    def test_a_prospect_takes_no_source_of_another_operator(self):
        with self.assertRaises(UserError):
            self.env["crm.lead"].create(
                {
                    "name": "x",
                    "company_id": self.tunisia.id,
                    "telecom_source_id": self.source.id,
                }
            )

    def test_households_are_flat(self):
        child = self._customer(self.benin, "Ézin", "Dossou")
        child.telecom_household_id = self.customer
        self.assertEqual(self.customer.telecom_household_member_ids, child)
        for person, head in ((self.customer, self.customer), (child, child)):
            with self.subTest(person.name), self.assertRaises(ValidationError):
                person.telecom_household_id = head
        grandchild = self._customer(self.benin, "Sèna", "Dossou")
        with self.assertRaises(ValidationError):
            grandchild.telecom_household_id = child

    def test_everything_of_a_customer_on_one_timeline(self):
        line = self._line(self.customer, "0197123456")
        claim = self._claim(self.customer)
        line.action_suspend()
        customer = self.customer.with_user(self.clerk_benin)
        customer.message_post(body="Appelé", message_type="comment")
        texts = " ".join(
            f"{entry['title']} {entry['text']}"
            for entry in customer._telecom_timeline()
        )
        for text in (claim.name, "Suspended", "Appelé"):
            with self.subTest(text):
                self.assertIn(text, texts)
        self.assertIn(claim.name, customer.telecom_timeline)
        dates = [entry["date"] for entry in customer._telecom_timeline()]
        self.assertEqual(dates, sorted(dates, reverse=True))


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestSavedSearches(OperatorCase):
    def _save(self, user, **values):
        return (
            self.env["ir.filters"]
            .with_user(user)
            .create_filter(
                {
                    "name": "VIP de Cotonou",
                    "model_id": "res.partner",
                    "domain": "[('city', '=', 'Cotonou')]",
                    "user_ids": [],
                    **values,
                }
            )
        )

    def _offered(self, user, **context):
        filters = self.env["ir.filters"].with_user(user).with_context(**context)
        return {f["id"] for f in filters.get_filters("res.partner")}

    def test_shared_criteria_stay_within_the_operator(self):
        shared = self._save(self.clerk_benin)
        self.assertEqual(shared.company_id, self.benin)
        for user, seen in (
            (self.clerk_benin, True),
            (self.manager_benin, True),
            (self.clerk_tunisia, False),
            (self.manager_tunisia, False),
        ):
            with self.subTest(user.login):
                self.assertEqual(shared.id in self._offered(user), seen)
                found = self.env["ir.filters"].with_user(user)
                self.assertEqual(bool(found.search([("id", "=", shared.id)])), seen)
        with self.assertRaises(AccessError):
            shared.with_user(self.clerk_tunisia).unlink()

    def test_private_criteria_are_ones_own(self):
        private = self._save(
            self.clerk_benin, user_ids=[Command.set(self.clerk_benin.ids)]
        )
        self.assertIn(private.id, self._offered(self.clerk_benin))
        self.assertNotIn(private.id, self._offered(self.manager_benin))

    def test_nobody_shares_with_another_operator_or_with_all(self):
        with self.assertRaises(AccessError):
            self._save(self.clerk_tunisia, company_id=self.benin.id)
        mine = self._save(self.clerk_tunisia)
        for company in (self.benin, self.env["res.company"]):
            with self.subTest(company.name), self.assertRaises(AccessError):
                mine.with_user(self.clerk_tunisia).company_id = company

    def test_others_share_as_in_core(self):
        shared = self._save(self.stranger)
        self.assertFalse(shared.company_id)
