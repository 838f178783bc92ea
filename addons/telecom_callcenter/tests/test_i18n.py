import re

from odoo.tests import tagged

from odoo.addons.telecom_crm.tests.common import FrenchCase


@tagged("post_install", "-at_install", "telecom")
class TestFrench(FrenchCase):
    french_addon = "telecom_callcenter"
    # What is written in the operators' language from the start
    french_data = re.compile(
        r"\.(pause|skill|site|queue|campaign|calendar|prompt|script|followup|work_file)_"
    )

    def test_french_is_complete(self):
        self._assert_complete()

    def test_the_words_of_the_trade(self):
        for english, french in (
            ("Operator", "Opérateur"),
            ("Queue", "File d'attente"),
            ("Agent", "Téléconseiller"),
            ("Supervisor", "Superviseur"),
            ("Action Log", "Journal des actions"),
            ("Inbound calls", "Réception d'appels"),
            ("Outbound calls", "Émission d'appels"),
            ("Digital", "Digital"),
            ("Field sales", "Force de vente"),
            ("Back office", "Back-office"),
            ("Disposition", "Statut"),
            ("Qualification", "Qualification"),
            ("Answered", "Appel répondu"),
            ("Not available", "Non disponible"),
            ("Voicemail", "Boîte vocale"),
            ("Callback", "Rappel"),
            ("Survey", "Enquête de satisfaction"),
            ("Customer", "Client"),
        ):
            with self.subTest(english):
                self.assertEqual(self.french.get(english), french)
