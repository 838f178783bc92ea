from odoo.tests import TransactionCase, tagged

from odoo.addons.telecom_crm.tools.table import BadRow

from ..tools import work_file


@tagged("post_install", "-at_install", "telecom")
class TestWorkFile(TransactionCase):
    def test_headings(self):
        found = work_file.propose(
            [
                "N° dossier",
                "Objet",
                "Échéance",
                "Code client",
                "Motif",
                "Montant",
                "Réf",
            ],
            [["D-1", "Contrat", "31/12/2026", "C-1", "Erreur", "12,5", "x"]],
        )
        self.assertEqual(
            [found[position][0] for position in range(7)],
            [
                "reference",
                "name",
                "due_at",
                "customer_number",
                "property",
                "property",
                "property",
            ],
        )
        self.assertEqual(found[5][1], "float")

    def test_a_last_name_alone_is_the_name(self):
        found = work_file.propose(["Nom", "Tél"], [["Dossou", "97123456"]])
        self.assertEqual([found[0][0], found[1][0]], ["name", "number"])

    def parser(self, *targets, zone="Africa/Porto-Novo"):
        return work_file.Parser(
            {
                position: (target, f"p{position}", kind)
                for position, (target, kind) in enumerate(
                    (each, "char") if isinstance(each, str) else each
                    for each in targets
                )
            },
            "BJ",
            zone,
        )

    def test_rows(self):
        parser = self.parser(
            "reference", "name", "due_at", "priority", ("property", "float"), "note"
        )
        row = parser(2, "", ["D-1", " A  b ", "31/12/2026", "5", "12,5", "x\ny"])
        self.assertEqual(
            row.values,
            {
                "reference": "D-1",
                "name": "A b",
                # At 18 h in Benin, an hour before in UTC
                "due_at": "2026-12-31 17:00:00",
                "priority": 5,
                "contact_properties": '{"p4": 12.5}',
                "note": "x\ny",
            },
        )
        row = parser(3, "", ["D-2", "", "2026-12-31 08:30", "", "", ""])
        self.assertEqual(row.values["name"], "D-2")
        self.assertEqual(row.values["due_at"], "2026-12-31 07:30:00")

    def test_due_times_of_systems_keep_their_hour(self):
        parser = self.parser("reference", "due_at")
        for cell, stored in (
            # Without an offset in Benin's time, an hour before in UTC
            ("2026-11-21 10:00", "2026-11-21 09:00:00"),
            ("21/11/2026 10h00", "2026-11-21 09:00:00"),
            ("2026-11-21T10:00:00.250", "2026-11-21 09:00:00"),
            # As databases and web services have them
            ("2026-11-21 10:00:00+00:00", "2026-11-21 10:00:00"),
            ("2026-11-21T10:00:00Z", "2026-11-21 10:00:00"),
            ("2026-11-21T10:00:00.123Z", "2026-11-21 10:00:00"),
            ("2026-11-21 00:30:00+01", "2026-11-20 23:30:00"),
            ("2026-11-21T10:00:00-0530", "2026-11-21 15:30:00"),
        ):
            with self.subTest(cell):
                row = parser(1, "", ["D", cell])
                self.assertEqual(row.values["due_at"], stored)
        row = parser(1, "", ["D", "2026-11-21 10:00:00+99:99"])
        self.assertEqual(row.left_out, [("day", "2026-11-21 10:00:00+99:99")])

    def test_what_rows_go_in_without(self):
        parser = self.parser(
            "reference", "name", "due_at", "priority", "number", "email"
        )
        for cells, left_out in (
            (["D", "x", "le 3", "", "", ""], [("day", "le 3")]),
            (["D", "x", "", "vite", "", ""], [("priority", "vite")]),
            (["D", "x", "", "", "12", "a@"], [("number", "12"), ("email", "a@")]),
            (["D", "x" * 300, "", "", "", ""], [("cell", "x" * 80)]),
        ):
            with self.subTest(cells):
                row = parser(1, "", cells)
                self.assertEqual(row.left_out, left_out)
                self.assertEqual(
                    {**row.values, "name": "x"}, {"reference": "D", "name": "x"}
                )

    def test_rows_that_are_refused(self):
        parser = self.parser(
            "reference", "name", "due_at", "priority", "number", "email"
        )
        for cells, code in (
            (["", "", "", "", "", ""], "no_name"),
            # What items are told apart by is never left out
            (["D" * 300, "x", "", "", "", ""], "cell"),
            (["D"], "columns"),
            (None, "long"),
        ):
            with self.subTest(cells), self.assertRaises(BadRow) as caught:
                parser(1, "", cells)
            self.assertEqual(caught.exception.code, code)
