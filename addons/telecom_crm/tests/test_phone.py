from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_crm.tools import phone


@tagged("post_install", "-at_install", "telecom")
class TestPhone(BaseCase):
    def test_numbers_are_understood_however_they_are_written(self):
        for number, region, e164 in (
            ("01 97 12 34 56", "BJ", "+2290197123456"),
            ("+229 01 97 12 34 56", "TN", "+2290197123456"),
            ("00229 0197123456", "BJ", "+2290197123456"),
            ("2290197123456", "BJ", "+2290197123456"),
            # Trunks deliver E.164 without the plus, of other countries too
            ("2290197123456", "TN", "+2290197123456"),
            ("20 123 456", "TN", "+21620123456"),
            ("71.123.456", "TN", "+21671123456"),
            ("0021620123456", "BJ", "+21620123456"),
            ("90 11 22 33", "TG", "+22890112233"),
            ("07 08 09 10 11", "CI", "+2250708091011"),
            ("06 12 34 56 78", "FR", "+33612345678"),
        ):
            with self.subTest(number=number, region=region):
                self.assertEqual(phone.to_e164(number, region), e164)

    def test_old_beninese_numbers_get_their_two_digits(self):
        for number, region in (
            ("97 12 34 56", "BJ"),
            ("+229 97 12 34 56", "BJ"),
            ("+22997123456", "TN"),
            ("22997123456", None),
        ):
            with self.subTest(number=number, region=region):
                self.assertEqual(phone.to_e164(number, region), "+2290197123456")
        self.assertEqual(phone.complete("97123456", "BJ"), "+2290197123456")
        self.assertEqual(phone.complete("20 123 456", "TN"), "20 123 456")

    def test_zeros_that_spreadsheets_take_away(self):
        for number, region, e164 in (
            ("197123456", "BJ", "+2290197123456"),
            ("229197123456", "BJ", "+2290197123456"),
            ("+229 197 12 34 56", "TN", "+2290197123456"),
            ("708091011", "CI", "+2250708091011"),
            ("66612345", "CG", "+242066612345"),
            # Not a zero of the number itself, or too short for one that lost it
            ("612345678", "IT", False),
            ("1234567", "CG", False),
            ("20123456", "TN", "+21620123456"),
        ):
            with self.subTest(number=number, region=region):
                self.assertEqual(phone.to_e164(number, region), e164)
                self.assertEqual(phone.Reader(region)(number), e164)

    def test_what_is_no_number_is_refused(self):
        for number in (
            "", None, "1919", "12345", "anonymous", "+999123456789", "0" * 300,
            "+229\r\nAction: Originate", "99 99 99 99 99 99",
        ):  # fmt: skip
            with self.subTest(number=number):
                self.assertIs(phone.to_e164(number, "BJ"), False)

    def test_numbers_are_shown_as_the_country_writes_them(self):
        for number, region, shown in (
            ("+2290197123456", "BJ", "01 97 12 34 56"),
            ("+2290197123456", "TN", "+229 01 97 12 34 56"),
            ("+21620123456", "TN", "20 123 456"),
            ("1919", "BJ", "1919"),
            ("", "BJ", ""),
        ):
            with self.subTest(number=number, region=region):
                self.assertEqual(phone.to_display(number, region), shown)
