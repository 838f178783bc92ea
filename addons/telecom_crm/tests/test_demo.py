import csv
import importlib.util
import tempfile
from pathlib import Path

from odoo.tests import BaseCase, tagged
from odoo.tools.misc import file_path

from odoo.addons.telecom_crm.tools import phone


@tagged("post_install", "-at_install", "telecom")
class TestDemo(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(file_path("telecom_crm/demo/generate.py")).parent

    def _rows(self, name):
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def test_the_files_are_what_the_generator_writes(self):
        spec = importlib.util.spec_from_file_location(
            "telecom_demo_generate", self.folder / "generate.py"
        )
        generate = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(generate)
        with tempfile.TemporaryDirectory() as folder:
            generate.HERE = Path(folder)
            generate.main()
            written = sorted(Path(folder).iterdir())
            self.assertTrue(written)
            for path in written:
                with self.subTest(path.name):
                    self.assertEqual(
                        path.read_text(encoding="utf-8"),
                        (self.folder / path.name).read_text(encoding="utf-8"),
                    )

    def test_every_number_is_valid_and_every_line_has_its_own(self):
        lines = self._rows("telecom.line.csv")
        numbers = [(row["company_id/id"], row["msisdn"]) for row in lines]
        self.assertEqual(len(numbers), len(set(numbers)))
        for row in lines:
            self.assertEqual(phone.to_e164(row["msisdn"]), row["msisdn"])
        for row in self._rows("res.partner.csv"):
            self.assertTrue(phone.to_e164(row["phone"]), row["phone"])

    def test_the_household_and_the_number_of_two_operators(self):
        phones = {row["id"]: row["phone"] for row in self._rows("res.partner.csv")}
        for operator in ("benin", "tunisia"):
            self.assertEqual(
                phones[f"customer_{operator}_002"], phones[f"customer_{operator}_003"]
            )
        self.assertEqual(phones["customer_benin_001"], phones["customer_tunisia_004"])
