from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestNames(OperatorCase):
    def test_the_name_of_a_person_follows_first_and_last_name(self):
        person = self._customer(self.benin, "Afi", "Dossou")
        self.assertEqual(person.name, "Afi Dossou")
        person.telecom_first_name = "Afi Rose"
        self.assertEqual(person.name, "Afi Rose Dossou")
        person.write({"telecom_first_name": False, "telecom_last_name": "Kiki"})
        self.assertEqual(person.name, "Kiki")
        self.assertEqual(person.complete_name, "Kiki")

    def test_a_name_written_whole_is_taken_apart(self):
        for name, first, last in (
            ("Afi Dossou", "Afi", "Dossou"),
            ("Afi Rose Dossou", "Afi Rose", "Dossou"),
            ("DOSSOU Afi Rose", "Afi Rose", "DOSSOU"),
            ("Afi DOSSOU YOVO", "Afi", "DOSSOU YOVO"),
            ("AFI DOSSOU", "AFI", "DOSSOU"),
            ("Dossou", False, "Dossou"),
        ):
            with self.subTest(name):
                person = self.env["res.partner"].create({"name": name})
                self.assertEqual(person.name, name)
                self.assertEqual(person.telecom_first_name, first)
                self.assertEqual(person.telecom_last_name, last)

    def test_a_name_written_later_is_taken_apart_too(self):
        persons = self.env["res.partner"].create([{"name": "A B"}, {"name": "C D"}])
        organisation = self.env["res.partner"].create(
            {"name": "E F", "is_company": True}
        )
        (persons | organisation).write({"name": "Koffi Bio"})
        self.assertEqual(set(persons.mapped("telecom_last_name")), {"Bio"})
        self.assertFalse(organisation.telecom_last_name)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(set(persons.mapped("name")), {"Koffi Bio"})

    def test_writing_the_same_name_again_keeps_the_parts(self):
        person = self._customer(self.benin, "Maria", "Da Silva Costa")
        person.name = person.name
        self.assertEqual(person.telecom_last_name, "Da Silva Costa")

    def test_organisations_have_one_name(self):
        organisation = self.env["res.partner"].create(
            {"name": "Pharmacie Les Palmiers", "is_company": True}
        )
        self.assertFalse(organisation.telecom_last_name)
        organisation.telecom_last_name = "Ignored"
        self.assertEqual(organisation.name, "Pharmacie Les Palmiers")

    def test_an_address_is_no_person(self):
        organisation = self._customer(
            self.benin, False, False, name="Hôtel du Lac", is_company=True
        )
        address = self.env["res.partner"].create(
            {"parent_id": organisation.id, "type": "delivery", "name": "Entrepôt Nord"}
        )
        self.assertFalse(address.telecom_last_name)
        nameless = self.env["res.partner"].create(
            {"parent_id": organisation.id, "type": "invoice"}
        )
        self.assertFalse(nameless.name)

    def test_users_keep_their_name(self):
        user = self._user("t.named", self.benin, "base.group_user")
        user.name = "Sènan Agbodjan"
        self.assertEqual(user.partner_id.telecom_first_name, "Sènan")
        self.assertEqual(user.partner_id.name, "Sènan Agbodjan")

    def test_a_copy_is_named(self):
        person = self._customer(self.benin, "Afi", "Dossou")
        copy = person.copy()
        self.assertIn("Afi Dossou", copy.name)
        self.assertNotEqual(copy.name, person.name)
        self.assertNotEqual(
            copy.telecom_customer_number, person.telecom_customer_number
        )

    def test_an_import_with_an_empty_name_column(self):
        result = self.env["res.partner"].load(
            ["name", "telecom_first_name", "telecom_last_name", "is_company"],
            [
                ["", "Afi", "Dossou", "False"],
                ["Hôtel du Lac", "", "", "True"],
                ["Koffi Bio", "", "", "False"],
            ],
        )
        partners = self.env["res.partner"].browse(result["ids"])
        self.assertEqual(
            partners.mapped("name"), ["Afi Dossou", "Hôtel du Lac", "Koffi Bio"]
        )

    def test_the_form_of_a_new_customer(self):
        form = Form(
            self.env["res.partner"]
            .with_user(self.clerk_benin)
            .with_context(default_telecom_customer=True)
        )
        self.assertEqual(form.country_id, self.benin.country_id)
        form.telecom_first_name = "Afi"
        form.telecom_last_name = "Dossou"
        form.phone = "97 12 34 56"
        self.assertEqual(form.name, "Afi Dossou")
        self.assertEqual(form.phone, "+229 01 97 12 34 56")
        customer = form.save()
        self.assertEqual(customer.name, "Afi Dossou")
        self.assertEqual(customer.phone_sanitized, "+2290197123456")
        self.assertEqual(customer.company_id, self.benin)

    def test_persons_are_named_in_a_few_queries(self):
        values = [
            {"telecom_first_name": f"P{number}", "telecom_last_name": "Lot"}
            for number in range(100)
        ]
        self.env["res.partner"].create(values[:1])
        self.env.flush_all()
        with self.assertQueryCount(__system__=40):
            partners = self.env["res.partner"].create(values)
            partners.flush_recordset()
        self.assertEqual(partners[99].name, "P99 Lot")


@tagged("post_install", "-at_install", "telecom")
class TestCustomers(OperatorCase):
    def test_customers_are_numbered_by_their_operator(self):
        first = self._customer(self.benin, "A", "A")
        second = self._customer(self.benin, "B", "B")
        other = self._customer(self.tunisia, "C", "C")
        numbers = [
            int(partner.telecom_customer_number.removeprefix("C"))
            for partner in (first, second)
        ]
        self.assertEqual(numbers[1], numbers[0] + 1)
        self.assertRegex(other.telecom_customer_number, r"^C\d{6}$")
        self.assertNotEqual(
            first.company_id, other.company_id, "Each has a sequence of its own"
        )

    def test_who_is_no_customer_has_no_number(self):
        contact = self.env["res.partner"].create(
            {"name": "Fournisseur", "company_id": self.benin.id}
        )
        self.assertFalse(contact.telecom_customer_number)
        contact.telecom_customer = True
        self.assertTrue(contact.telecom_customer_number)

    def test_a_number_is_given_once(self):
        first = self._customer(self.benin, "A", "A")
        second = self._customer(self.benin, "B", "B")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            second.telecom_customer_number = first.telecom_customer_number
            second.flush_recordset()

    def test_what_users_of_operators_create_belongs_to_them(self):
        Partner = self.env["res.partner"]
        for user, company in (
            (self.clerk_benin, self.benin),
            (self.agent, self.provider),
            (self.stranger, self.env["res.company"]),
        ):
            with self.subTest(user.login):
                partner = Partner.with_user(user).create({"name": "Nouveau"})
                self.assertEqual(partner.company_id, company)
        partner = (
            Partner.with_user(self.agent)
            .with_context(allowed_company_ids=self.tunisia.ids)
            .create({"name": "Nouveau"})
        )
        self.assertEqual(partner.company_id, self.tunisia)

    def test_contacts_belong_to_their_organisations_operator(self):
        organisation = self._customer(
            self.tunisia, False, False, name="Hôtel", is_company=True
        )
        contact = self.env["res.partner"].create(
            {"name": "Sami Ayari", "parent_id": organisation.id}
        )
        self.assertEqual(contact.company_id, self.tunisia)

    def test_a_segment_of_another_operator_is_refused(self):
        with self.assertRaises(UserError):
            self._customer(self.tunisia, "A", "A", telecom_segment_id=self.vip_benin.id)

    def test_national_numbers_are_of_the_operators_country(self):
        # Whatever the company of the one who writes, and without an address
        customer = self._customer(
            self.tunisia, "A", "A", phone="20 123 456", country_id=False
        )
        self.assertEqual(customer.phone_sanitized, "+21620123456")
        customer.phone = "+229 97 12 34 56"
        self.assertEqual(customer.phone_sanitized, "+2290197123456")

    def test_open_claims_include_those_of_contacts(self):
        organisation = self._customer(
            self.benin, False, False, name="Hôtel", is_company=True
        )
        contact = self.env["res.partner"].create(
            {"name": "Sami Ayari", "parent_id": organisation.id}
        )
        closed = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        self._claim(organisation)
        self._claim(contact)
        self._claim(contact, stage_id=closed.id)
        partners = organisation | contact
        self.assertEqual(partners.mapped("telecom_open_claim_count"), [2, 1])
        self.assertEqual(
            partners.mapped("helpdesk_ticket_count_string"), ["2 / 3", "1 / 2"]
        )


@tagged("post_install", "-at_install", "telecom")
class TestWhoCalls(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.holder = cls._customer(cls.benin, "Afi", "Dossou", phone="0195000000")
        cls._line(cls.holder, "0197123456")
        cls.relative = cls._customer(cls.benin, "Aba", "Dossou", phone="0197123456")
        cls.foreigner = cls._customer(
            cls.tunisia, "Rim", "Ayari", phone="+229 01 97 12 34 56"
        )

    def _match(self, company, number, user=None):
        Partner = self.env["res.partner"].with_user(user or self.agent)
        return Partner.with_context(
            allowed_company_ids=company.ids
        )._telecom_match_number(company, number)

    def test_the_holder_comes_before_who_left_the_number(self):
        self.assertEqual(
            self._match(self.benin, "+2290197123456"), self.holder + self.relative
        )
        self.assertEqual(self._match(self.benin, "+2290195000000"), self.holder)

    def test_the_same_number_is_another_person_to_another_operator(self):
        self.assertEqual(self._match(self.tunisia, "+2290197123456"), self.foreigner)

    def test_unknown_and_withheld_numbers_match_nobody(self):
        for number in ("+2290196999999", "", False, None):
            with self.subTest(number):
                self.assertFalse(self._match(self.benin, number))

    def test_the_former_holder_of_a_number_is_not_the_caller(self):
        line = self.holder.telecom_line_ids
        line.action_terminate()
        self._line(self.relative, "0197123456")
        self.assertEqual(self._match(self.benin, "+2290197123456"), self.relative)

    def test_two_queries(self):
        Partner = self.env["res.partner"].with_context(
            allowed_company_ids=self.benin.ids
        )
        Partner._telecom_match_number(self.benin, "+2290197123456")
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(__system__=2):
            Partner._telecom_match_number(self.benin, "+2290197123456")

    def test_both_look_ups_have_an_index_of_company_and_number(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes"
            " WHERE tablename IN ('res_partner', 'telecom_line')"
        )
        definitions = " ".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("(company_id, phone_sanitized)", definitions)
        self.assertIn("(company_id, msisdn)", definitions)

    def test_one_box_finds_a_customer(self):
        line = self.holder.telecom_line_ids
        line.iccid = "8922999000000000018"
        Partner = self.env["res.partner"].with_user(self.clerk_benin)
        for text, found in (
            ("dossou", self.holder | self.relative),
            (self.holder.telecom_customer_number, self.holder),
            ("01 97 12 34 56", self.holder | self.relative),
            ("97-12-34", self.holder | self.relative),
            ("+229 0195 000000", self.holder),
            ("95 00 00 00", self.holder),
            ("8922999000000000018", self.holder),
            ("8922 9990 0000", self.holder),
            ("DOSSOU afi", self.holder),
            ("afi 0197 1234", self.holder),
            ("nobody", Partner),
            ("12", Partner),
        ):
            with self.subTest(text):
                self.assertEqual(
                    Partner.search([("telecom_search", "ilike", text)]), found
                )

    def test_names_are_found_without_accents_and_in_any_order(self):
        customer = self._customer(
            self.benin,
            "Gisèle Ɖɔssi",
            "N’Dah-Kérékou",
            email="Gisele.N@example.com",
            city="Porto-Novo",
        )
        Partner = self.env["res.partner"].with_user(self.clerk_benin)
        for text in (
            "kerekou gisele",
            "KÉRÉKOU",
            "n'dah",
            "dossi ndah-kerekou".replace("ndah", "n dah"),
            "gisele.n@EXAMPLE",
            "kerekou porto",
        ):
            with self.subTest(text):
                self.assertIn(customer, Partner.search([("telecom_search", "=", text)]))
                self.assertIn(customer.id, dict(Partner.name_search(text)))
        self.assertEqual(
            Partner.search([("telecom_search_city", "ilike", "porto novo")]), customer
        )
        customer.telecom_last_name = "Bio"
        self.assertFalse(Partner.search([("telecom_search", "ilike", "kerekou")]))
        self.assertTrue(Partner.search([("telecom_search", "ilike", "bio gisele")]))

    def test_the_box_finds_nothing_of_another_operator(self):
        Partner = self.env["res.partner"].with_user(self.clerk_tunisia)
        self.assertFalse(Partner.search([("telecom_search", "ilike", "dossou")]))
        self.assertFalse(Partner.name_search("dossou"))

    def test_the_list_has_indexes_that_begin_with_the_operator(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'res_partner'"
        )
        definitions = " ".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("(company_id, complete_name, id DESC)", definitions)
        self.assertIn("gin (telecom_search_text gin_trgm_ops)", definitions)
