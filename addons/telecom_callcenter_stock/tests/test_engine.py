from odoo.tests import BaseCase, tagged

from ..engine import gsm7


@tagged("post_install", "-at_install", "telecom")
class TestGsm7(BaseCase):
    def test_what_reads_the_same_in_one_part(self):
        for text, simple in (
            ("Ouvert jusqu’à 18:30", "Ouvert jusqu'à 18:30"),
            ("face à l’hôtel – entrée nord…", "face à l'hotel - entrée nord..."),
            ("Ça ouvre à 8\u202fh", "Ça ouvre à 8 h"),
            ("Français, œuf, naïf", "Francais, oeuf, naif"),
            ("Cotonou [centre] ~100 €", "Cotonou [centre] ~100 €"),
            # Half a word in another script is worse than three parts
            ("Boutique تونس", "Boutique تونس"),
            ("Ouvert 😀", "Ouvert 😀"),
        ):
            with self.subTest(text):
                self.assertEqual(gsm7.simplify(text), simple)

    def test_parts(self):
        for text, count in (
            ("", 1),
            ("a" * 160, 1),
            ("a" * 161, 2),
            ("a" * 306, 2),
            ("a" * 307, 3),
            ("€" * 80, 1),
            ("€" * 81, 2),
            ("ê" * 70, 1),
            ("ê" * 71, 2),
            ("ê" * 135, 3),
        ):
            with self.subTest(text[:1] + str(len(text))):
                self.assertEqual(gsm7.parts(text), count)
