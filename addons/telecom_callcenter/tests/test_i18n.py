import re

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationModuleReader

# What is written in the operators' language from the start
DATA = re.compile(r"\.(pause|skill|site|queue|campaign|calendar|prompt)_")
MARKS = re.compile(r"%\(\w+\)[sd0-9]*|%s|\{\w+\}")


@tagged("post_install", "-at_install", "telecom")
class TestFrench(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = file_path("telecom_callcenter/i18n/fr.po")
        cls.french = {entry.msgid: entry.msgstr for entry in polib.pofile(path)}

    def test_no_term_is_empty(self):
        empty = [msgid for msgid, msgstr in self.french.items() if not msgstr.strip()]
        self.assertFalse(empty)

    def test_every_term_of_the_addon_is_there(self):
        reader = TranslationModuleReader(self.env.cr, ["telecom_callcenter"])
        missing = set()
        for _module, kind, name, res_id, source, *_rest in reader:
            if not source or not source.strip() or source in self.french:
                continue
            if kind.startswith("model") and DATA.search(str(res_id)):
                continue
            # Codes beside the terms of data, such as ("sold", _lt("Sold"))
            if kind == "code" and re.fullmatch(r"[a-z_-]+", source):
                continue
            missing.add(f"{kind} {name}: {source}")
        self.assertFalse(sorted(missing), "Terms without French in i18n/fr.po")

    def test_placeholders_are_kept(self):
        for msgid, msgstr in self.french.items():
            with self.subTest(msgid):
                self.assertEqual(
                    sorted(MARKS.findall(msgid)), sorted(MARKS.findall(msgstr))
                )

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
