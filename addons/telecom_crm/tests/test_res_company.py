from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError, ValidationError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PLATFORM, OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestOperator(OperatorCase):
    def test_numbers_are_read_in_the_operators_country(self):
        self.assertEqual(self.benin._telecom_sanitize("97 12 34 56"), "+2290197123456")
        self.assertEqual(self.tunisia._telecom_sanitize("20 123 456"), "+21620123456")
        self.assertIs(self.benin._telecom_sanitize("1919"), False)
        self.assertEqual(self.benin._telecom_format("+2290197123456"), "01 97 12 34 56")
        self.assertEqual(
            self.tunisia._telecom_format("+2290197123456"), "+229 01 97 12 34 56"
        )

    def test_a_desk_reads_numbers_of_a_company_that_is_not_active(self):
        company = self.tunisia.with_user(self.clerk_benin)
        self.assertEqual(company._telecom_format("+21620123456"), "20 123 456")

    def test_colour_is_written_as_rrggbb(self):
        self.benin.telecom_color = "#00Ff7a"
        for wrong in ("red", "#12345", "#12345g", "#123456;x:y"):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                self.benin.telecom_color = wrong

    def test_flipping_the_mark_takes_effect_at_once(self):
        stray = self.env["res.partner"].create({"name": "Sans société"})
        stray.company_id = False
        Partner = self.env["res.partner"].with_user(self.clerk_benin)
        domain = [("id", "=", stray.id)]
        self.assertFalse(Partner.search(domain))
        self.benin.telecom_tenant = False
        self.assertEqual(Partner.search(domain), stray)
        self.benin.telecom_tenant = True
        self.assertFalse(Partner.search(domain))

    def test_a_company_that_becomes_an_operator_can_number_customers(self):
        company = self.shopkeeper
        self.assertFalse(company._telecom_next_customer_numbers(1))
        company.telecom_tenant = True
        self.assertEqual(
            company._telecom_next_customer_numbers(2), ["C000001", "C000002"]
        )
        # Twice an operator, one sequence
        company.telecom_tenant = False
        company.telecom_tenant = True
        self.assertEqual(company._telecom_next_customer_numbers(1), ["C000003"])

    def test_two_who_make_an_operators_sequence_at_once_make_one(self):
        wanted = ("telecom.test.first", "First number", "T", 4)
        company = self.env.ref("base.main_company")
        # A connection of its own: somebody else's, who is quicker
        with db_connect(self.env.cr.dbname).cursor() as other:
            quicker = api.Environment(other, SUPERUSER_ID, {})
            sequence = (
                quicker["res.company"].browse(company.id)._telecom_sequence(*wanted)
            )
            number = sequence.next_by_id()
            other.commit()
            try:
                # Told to try again: what is seen here is from before
                with (
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(ConcurrencyError),
                ):
                    company._telecom_sequence(*wanted)
            finally:
                sequence.unlink()
                other.commit()
        self.assertEqual(number, "T0001")

    def test_the_platform_creates_an_operator(self):
        platform = self._user("t.platform", self.benin | self.tunisia, PLATFORM)
        company = (
            self.env["res.company"]
            .with_user(platform)
            .create(
                {
                    "name": "Togo Test",
                    "country_id": self.env.ref("base.tg").id,
                    "street": "Boulevard du Mono",
                    "city": "Lomé",
                    "phone": "+228 22 21 00 00",
                    "telecom_tenant": True,
                }
            )
        )
        self.assertFalse(
            company.sudo().partner_id.company_id,
            "The partner of a new company belongs to no other company",
        )
        self.assertEqual(company.street, "Boulevard du Mono")
        self.assertEqual(company.telecom_customer_count, 0)
        # And works there at once
        partner = (
            self.env["res.partner"]
            .with_user(platform)
            .with_context(allowed_company_ids=company.ids)
            .create({"name": "Premier Client", "telecom_customer": True})
        )
        self.assertEqual(partner.company_id, company)
        self.assertEqual(partner.telecom_customer_number, "C000001")

    def test_the_platform_mends_what_is_shared(self):
        platform = self._user("t.platform", self.benin | self.tunisia, PLATFORM)
        stage = self.env["helpdesk.ticket.stage"].create(
            {"name": "Commun", "company_id": False}
        )
        stage.with_user(platform).name = "Commun à tous"
        stray = self.env["res.partner"].create({"name": "Sans société"})
        stray.with_user(platform).company_id = self.benin
        self.assertEqual(stray.with_user(self.clerk_benin).name, "Sans société")

    def test_counts_are_each_operators_own(self):
        customer = self._customer(self.benin, "Afi", "Dossou")
        self._line(customer, "0197123456")
        self._claim(customer)
        self.assertEqual(
            (
                self.benin.telecom_customer_count,
                self.benin.telecom_line_count,
                self.benin.telecom_open_claim_count,
            ),
            (1, 1, 1),
        )
        self.assertFalse(self.tunisia.telecom_customer_count)
