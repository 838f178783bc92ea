from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_stock.engine import identifiers, serial_states

#: What was read, and the number it is
IMEI = [
    ("490154203237518", "490154203237518"),
    ("49-015420-323751-8", "490154203237518"),
    (" 490154 203237 518\n", "490154203237518"),
    ("IMEI: 490154203237518", "490154203237518"),
    ("IMEI 1: 490154203237518", "490154203237518"),
    # Without check digit, as exchanges and some suppliers write it
    ("49015420323751", "490154203237518"),
    # With the version of the software instead of it (IMEISV)
    ("4901542032375101", "490154203237518"),
    ("49015420-323751-01", "490154203237518"),
]
BAD_IMEI = [
    ("", "empty", ""),
    ("490154203237519", "check", "8"),
    ("4901542032375", "length", ""),
    ("49015420323751801", "length", ""),
    ("49015420323751X", "digits", ""),
    ("٤٩٠١٥٤٢٠٣٢٣٧٥١٨", "digits", ""),
    ("000000000000000", "zeros", ""),
    ("8922901000000000015", "length", ""),
]
ICCID = [
    ("8922901000000000015", "8922901000000000015"),
    ("8922 9010 0000 0000 015", "8922901000000000015"),
    # Filled up to ten bytes
    ("8922901000000000015F", "8922901000000000015"),
    ("8922901000000000015f", "8922901000000000015"),
    # Without check digit
    ("892290100000000001", "8922901000000000015"),
    ("892290100000000001FF", "8922901000000000015"),
    # As the chip says it, the digits of each byte swapped
    ("982209010000000010F5", "8922901000000000015"),
    ("8921602000000000019", "8921602000000000019"),
    ("89216020000000000127", "89216020000000000127"),
]
BAD_ICCID = [
    ("", "empty", ""),
    ("8922901000000000016", "check", "5"),
    ("7922901000000000015", "prefix", ""),
    ("89229010000000001", "length", ""),
    ("892290100000000001512", "length", ""),
    ("8922901000000000O15", "digits", ""),
    ("89229F1000000000015", "digits", ""),
]
SERIAL = [
    (" hwtc-1234 ab ", "HWTC-1234AB"),
    ("ABC/123", "ABC/123"),
]
BAD_SERIAL = [
    ("   ", "empty", ""),
    ("X" * 65, "long", ""),
    ("AB\x07C", "digits", ""),
]


@tagged("post_install", "-at_install", "telecom")
class TestIdentifiers(BaseCase):
    def _check(self, kind, good, bad):
        for text, number in good:
            with self.subTest(kind=kind, text=text):
                self.assertEqual(identifiers.normalise(kind, text), number)
                # What is stored is found again as it is
                self.assertEqual(identifiers.normalise(kind, number), number)
        for text, code, expected in bad:
            with self.subTest(kind=kind, text=text):
                with self.assertRaises(identifiers.BadIdentifier) as caught:
                    identifiers.normalise(kind, text)
                self.assertEqual(caught.exception.code, code)
                self.assertEqual(caught.exception.expected, expected)

    def test_imei(self):
        self._check("imei", IMEI, BAD_IMEI)

    def test_iccid(self):
        self._check("iccid", ICCID, BAD_ICCID)

    def test_serial(self):
        self._check("serial", SERIAL, BAD_SERIAL)

    def test_every_single_digit_mistyped_is_noticed(self):
        for kind, number in (
            ("imei", "490154203237518"),
            ("iccid", "8922901000000000015"),
        ):
            for place in range(2, len(number)):
                for digit in "0123456789":
                    typed = number[:place] + digit + number[place + 1 :]
                    if typed == number:
                        continue
                    with (
                        self.subTest(typed),
                        self.assertRaises(identifiers.BadIdentifier),
                    ):
                        identifiers.normalise(kind, typed)

    def test_what_a_scan_can_mean(self):
        self.assertEqual(
            identifiers.guesses("49015420323751"),
            ["490154203237518", "49015420323751"],
        )
        self.assertEqual(
            identifiers.guesses("8922901000000000015F"),
            ["8922901000000000015", "8922901000000000015F"],
        )
        self.assertEqual(identifiers.guesses(" "), [])

    def test_states_after_moves(self):
        for before, source, destination, after in (
            ("transit", "supplier", "internal", "stock"),
            ("stock", "internal", "transit", "transit"),
            ("transit", "transit", "internal", "stock"),
            ("repair", "internal", "transit", "repair"),
            ("returned", "transit", "internal", "returned"),
            ("reserved", "internal", "customer", "sold"),
            ("active", "internal", "customer", "active"),
            ("sold", "customer", "internal", "returned"),
            ("returned", "internal", "supplier", "returned"),
            ("stock", "internal", "inventory", "lost"),
            ("lost", "inventory", "internal", "stock"),
            ("swapped", "internal", "transit", "swapped"),
            ("swapped", "transit", "internal", "swapped"),
        ):
            with self.subTest(before=before, source=source, destination=destination):
                self.assertEqual(
                    serial_states.after_move(before, source, destination), after
                )
        self.assertEqual(
            serial_states.after_move("lost", "inventory", "internal", blocked=True),
            "lost",
        )
        self.assertEqual(
            serial_states.after_move("stock", "internal", "inventory", scrapped=True),
            "scrapped",
        )
        for before, source in (
            ("swapped", "customer"),
            ("returned", "supplier"),
            ("lost", "inventory"),
        ):
            with self.subTest(before=before, used=True):
                self.assertEqual(
                    serial_states.after_move(before, source, "internal", used=True),
                    "swapped",
                )

    def test_how_an_iccid_may_be_spelt(self):
        for number, spellings in (
            ("8922901000000000015", ["8922901000000000015", "892290100000000001"]),
            ("89229010000000000015", ["89229010000000000015"]),
            ("490154203237518", ["490154203237518"]),
        ):
            with self.subTest(number):
                self.assertEqual(identifiers.iccid_spellings(number), spellings)

    def test_what_is_lost_moves_in_the_books_only(self):
        for source, destination, allowed in (
            ("internal", "customer", False),
            ("internal", "internal", False),
            ("internal", "supplier", False),
            ("customer", "internal", False),
            ("internal", "inventory", True),
            ("inventory", "internal", True),
        ):
            with self.subTest(source=source, destination=destination):
                self.assertEqual(
                    serial_states.may_move("lost", source, destination), allowed
                )
                self.assertTrue(serial_states.may_move("sold", source, destination))
