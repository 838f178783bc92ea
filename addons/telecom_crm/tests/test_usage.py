"""Consumption: what files say, whatever happens while they are read."""

import base64
import io
import random
from datetime import date
from decimal import Decimal
from unittest.mock import patch

import openpyxl
from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, HttpCase, tagged

from odoo.addons.telecom_crm.tools import phone, table, usage

from .common import OperatorCase, OperatorMakers, read_on, read_until_killed

TODAY = date(2026, 11, 21)


@tagged("post_install", "-at_install", "telecom")
class TestUsageFiles(BaseCase):
    """The pure part."""

    def _assert_bad(self, code, function, *args):
        with self.assertRaises(table.BadRow) as caught:
            function(*args)
        self.assertEqual(caught.exception.code, code)

    def test_headings_of_both_languages(self):
        for heading, target in (
            ("Numéro", "msisdn"),
            ("MSISDN", "msisdn"),
            ("N° de téléphone", None),
            ("Numéro de téléphone", "msisdn"),
            ("Phone number", "msisdn"),
            ("Mois", "month"),
            ("BILLING_MONTH", "month"),
            ("Voix (min)", "voice_minutes"),
            ("Durée en secondes", "voice_seconds"),
            ("Nb SMS", "sms"),
            ("Volume (Mo)", "data_mb"),
            ("Data GB", "data_gb"),
            ("Octets", "data_bytes"),
            ("Montant (F CFA)", "amount"),
            ("Montant TTC", "amount"),
            ("Total TND", "amount"),
            ("Adresse", None),
            ("", None),
            ("Reason", None),
            ("Row in the file", None),
            ("Rang dans le fichier", None),
        ):
            with self.subTest(heading):
                self.assertEqual(usage.target_of(heading), target)

    def test_one_column_for_each_quantity(self):
        self.assertEqual(
            usage.propose(["Numéro", "Mobile", "Mois", "Data Mo", "Octets", "x"]),
            {0: "msisdn", 2: "month", 3: "data_mb"},
        )

    def test_how_a_file_is_written(self):
        for text, encoding, expected in (
            ("Numéro;Mois\n1;2,5\n", "utf-8", ("utf-8", ";", ",")),
            ("Numéro,Mois\n1,2.5\n3,4.75\n", "cp1252", ("cp1252", ",", ".")),
            ("Numéro\tMois\n1\t2,5\n", "utf-16", ("utf-16", "\t", ",")),
            ("a|b\n", "utf-8-sig", ("utf-8", "|", ",")),
            ("", "utf-8", ("utf-8", ";", ",")),
            ("\0\0\0", "utf-8", ("utf-8", ";", ",")),
        ):
            with self.subTest(text):
                found = table.detect(text.encode(encoding))
                self.assertEqual(
                    (found["encoding"], found["separator"], found["decimal"]), expected
                )

    def test_what_spreadsheets_say_above(self):
        for text, encoding, expected in (
            ("sep=,\nNuméro,Mois\n1;2,2\n", "utf-8", ("utf-8", ",")),
            ("Liste\n\nNuméro,Mois,a\n1,2,3\n1,2,3\n", "utf-8", ("utf-8", ",")),
            ("Numéro\tMois\n1\t2\n", "utf-16-le", ("utf-16", "\t")),
        ):
            with self.subTest(text):
                found = table.detect(text.encode(encoding))
                self.assertEqual((found["encoding"], found["separator"]), expected)
        data = ["Afi", "0197000001", "Cotonou"]
        for rows, expected in (
            ([["Nom", "Tel", "Ville"], data, data], 0),
            ([["Liste de novembre", "", ""], ["Nom", "Tel", "Ville"], data], 1),
            ([["Liste"], ["Le 21/11/2026"], ["Nom", "Tel", "Ville"], data, data], 2),
            ([["sep=", ""], ["Nom", "Tel", "Ville"], data], 1),
            # Somebody to call, of whom nothing else is known
            ([["01 97 00 00 09", "", ""], data, data], 0),
            ([["Tel"], ["0197000001"], ["0197000002"]], 0),
            ([["Nom", "", ""], None, data, data], 0),
            ([["Titre", "", ""], ["Titre", "", ""]], 0),
            ([None, data], 0),
            ([], 0),
        ):
            with self.subTest(rows):
                self.assertEqual(table.titles_above(rows), expected)
        self.assertEqual(table.other_file(b"\xd0\xcf\x11\xe0\xa1"), "xls")
        self.assertIsNone(table.other_file("Numéro".encode()))

    def test_months(self):
        for text, expected in (
            ("06/2026", "2026-06"),
            ("6-2026", "2026-06"),
            ("2026-06", "2026-06"),
            ("202606", "2026-06"),
            ("2026-06-15 10:20:00", "2026-06"),
            ("20260615", "2026-06"),
            ("15/06/2026", "2026-06"),
            ("03/04/2026", "2026-04"),
            ("15.6.26", "2026-06"),
            ("juin 2026", "2026-06"),
            ("Févr. 2026", "2026-02"),
            ("déc-25", "2025-12"),
            ("11/2026", "2026-11"),
        ):
            with self.subTest(text):
                self.assertEqual(f"{usage.month(text, TODAY):%Y-%m}", expected)
        for text, code in (
            ("", "month"),
            ("13/2026", "month"),
            ("31/02/2026", "month"),
            ("04/31/2026", "month"),
            ("0000-00", "month"),
            ("hier", "month"),
            ("06/2026; DROP", "month"),
            ("12/2026", "range"),
            ("06/1987", "range"),
            ("01/9999", "range"),
        ):
            with self.subTest(text):
                self._assert_bad(code, usage.month, text, TODAY)

    def test_numbers(self):
        for text, decimal, expected in (
            ("12", ",", 12),
            ("", ",", 0),
            ("-", ",", 0),
            ("1 234,50", ",", Decimal("1234.5")),
            ("1\u202f234,5", ",", Decimal("1234.5")),
            ("1.234,50", ",", Decimal("1234.5")),
            ("1,234.50", ".", Decimal("1234.5")),
            (",5", ",", Decimal("0.5")),
            ("-3,2", ",", Decimal("-3.2")),
            ("0012", ",", 12),
        ):
            with self.subTest(text):
                self.assertEqual(usage.number(text, decimal), expected)
        for text in (
            "1e9", "12,5.0", "1.2.3", "NaN", "inf", "1_0", "٣", "9" * 16, "=1+1",
            "--1", "1,2,3", "0x10", "\0", "12 Mo",
        ):  # fmt: skip
            with self.subTest(text):
                self._assert_bad("value", usage.number, text, ",")

    def test_telephone_numbers_as_the_library_reads_them(self):
        """The short way never leads anywhere else than the long one."""
        draw = random.Random(229)
        for region, code in (
            ("BJ", "229"),
            ("TN", "216"),
            ("TG", "228"),
            ("CI", "225"),
        ):
            numbers = usage.Numbers(region)
            read = 0
            for _draw in range(1500):
                start = draw.choice(("", f"+{code}", f"00{code}", code, f"+{code} "))
                digits = str(draw.randrange(10**9)).zfill(draw.choice((8, 10)))
                number = phone.to_e164(start + digits, region)
                if number:
                    read += 1
                    self.assertEqual(numbers(start + digits), number)
            self.assertGreater(read, 20)
        numbers = usage.Numbers("BJ")
        for text in ("'+229 01 97 12 34 56", "(229) 97-12-34-56", "97.12.34.56"):
            self.assertEqual(numbers(text), "+2290197123456")
        for text in ("", "abc", "12", "9" * 30, "0197123456x2", "=0197123456", "\0"):
            with self.subTest(text):
                self._assert_bad("number", numbers, text)

    def test_a_row(self):
        parser = usage.Parser(
            {0: "msisdn", 1: "month", 2: "voice_minutes", 3: "sms", 4: "data_gb",
             5: "amount"},
            "BJ", ",", TODAY,
        )  # fmt: skip
        self.assertEqual(
            parser(["0197123456", "06/2026", "1,5", "", "2,5", "-1 500"]),
            ("+2290197123456", date(2026, 6, 1), 90, 0, 2_500_000_000, -1500),
        )
        for cells, code in (
            (None, "long"),
            (["0197123456"], "columns"),
            ([" ", "06/2026", "", "", "", ""], "empty"),
            (["0197123456", "06/2026", "-1", "", "", ""], "negative"),
            (["0197123456", "06/2026", "", "9" * 12, "", ""], "value"),
            (["0197123456", "06/2026", "", "", "9" * 15, ""], "value"),
        ):
            with self.subTest(code):
                self._assert_bad(code, parser, cells)

    def test_a_quotation_mark_left_open_spoils_its_row_only(self):
        data = b'a;b\n1;"2\n3;4\n"5";"6;7"\n' + b"x" * 1_000_000 + b"\n8;\x009\n"
        rows = [row[2] for row in table.read_csv(io.BytesIO(data), "utf-8", ";")]
        self.assertEqual(rows[0], ["a", "b"])
        self.assertEqual(rows[2:], [["3", "4"], ["5", "6;7"], None, ["8", "\x009"]])

    def test_a_cell_may_hold_line_breaks(self):
        """A record is what RFC 4180 says; its row is that of its first line."""
        for data, expected in (
            (
                'Nom;"Adresse\r\npostale";Tél\r\n'
                'Afi;"Rue 1\r\n\r\ndit ""x""";97\r\nKo;y;98',
                [
                    (1, ["Nom", "Adresse\npostale", "Tél"]),
                    (3, ["Afi", 'Rue 1\n\ndit "x"', "97"]),
                    (6, ["Ko", "y", "98"]),
                ],
            ),
            # A mark inside a cell opens nothing, at a line's end neither
            (
                'a;b\n32";1\nx;5"\n',
                [(1, ["a", "b"]), (2, ['32"', "1"]), (3, ["x", '5"'])],
            ),
            # One that was forgotten takes no other row away, whatever follows
            (
                'a;b;c\n1;"2;3\n4;5;6\n7;"8";9\n1;"2;3\n4;"5";"6\n7;8;9\n',
                [
                    (1, ["a", "b", "c"]),
                    (2, ["1", "2;3"]),
                    (3, ["4", "5", "6"]),
                    (4, ["7", "8", "9"]),
                    (5, ["1", "2;3"]),
                    (6, ["4", "5", "6"]),
                    (7, ["7", "8", "9"]),
                ],
            ),
            ('a;"b\nc', [(1, ["a", "b"]), (2, ["c"])]),
            # A cell has no more lines than a note has
            ('a\n"' + "x\n" * 60 + '"\n', 62),
        ):  # fmt: skip
            with self.subTest(data):
                rows = [
                    (row[0], row[2])
                    for row in table.read_csv(io.BytesIO(data.encode()), "utf-8", ";")
                ]
                if isinstance(expected, int):
                    self.assertEqual(len(rows), expected)
                else:
                    self.assertEqual(rows, expected)

    def test_the_separator_of_a_file_whose_cells_have_lines(self):
        rows = "".join(f'A{n},"Rue {n}\nBP; 3\nCotonou",97{n}\n' for n in range(9))
        self.assertEqual(
            table.detect(f"Nom,Adresse,Tel\n{rows}".encode())["separator"], ","
        )

    def test_rows_of_a_workbook_are_given_back_cell_by_cell(self):
        for cells in (["a;b", 'c"d', "e\nf"], ["a", "", "b"], ["x;y"]):
            self.assertEqual(table.split(table._row_text(cells), ";"), cells)
        self.assertEqual(table.csv_line(["a\nb"]), '"a\nb"\r\n')

    def test_what_is_given_back_is_no_formula(self):
        for text in ("=1+1", "+229", "-1", "@x", "\t=1", " =1", "\r=1"):
            self.assertTrue(table.safe_cell(text).startswith(("'", "?")))
        self.assertEqual(table.safe_cell("a\0b"), "a?b")


class UsageMakers:
    def _file(self, content, user=None, name="conso.csv", **values):
        if isinstance(content, str):
            content = content.encode()
        return (
            self.env["telecom.usage.import"]
            .with_user(user or self.clerk_benin)
            .create({"file": base64.b64encode(content), "name": name, **values})
        )

    def _months(self, line):
        self.env.invalidate_all()
        return [
            (
                f"{row.month:%Y-%m}",
                row.voice_minutes,
                row.sms_count,
                row.data_mb,
                row.amount,
            )
            for row in self.env["telecom.usage.summary"].search(
                [("line_id", "=", line.id)], order="month"
            )
        ]


@tagged("post_install", "-at_install", "telecom")
class TestUsage(UsageMakers, OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.afi = cls._customer(cls.benin, "Afi", "Dossou")
        cls.koffi = cls._customer(cls.benin, "Koffi", "Adjovi")
        cls.sami = cls._customer(cls.tunisia, "Sami", "Trabelsi")
        cls.line = cls._line(cls.afi, "0197123456")
        cls.second = cls._line(cls.koffi, "0197123457")
        cls.foreign = cls._line(cls.sami, "+21620123456")
        cls.month = fields.Date.today().replace(day=1) - relativedelta(months=1)
        cls.written = f"{cls.month:%m/%Y}"
        cls.key = f"{cls.month:%Y-%m}"

    def _content(self, *rows):
        return "\n".join(("Numéro;Mois;Voix (min);SMS;Data Mo;Montant", *rows)) + "\n"

    def test_a_file_is_read_in(self):
        record = self._file(
            self._content(
                f"97 12 34 56;{self.written};90,5;12;1 500,25;2 500,4",
                f"+229 0197123457;{self.written};1;;;100",
            )
        )
        self.assertEqual(record.column_ids.mapped("target")[:2], ["msisdn", "month"])
        record.action_start()
        self.assertEqual((record.state, record.good_count), ("done", 2))
        self.assertEqual(
            self._months(self.line), [(self.key, 90.5, 12, 1500.25, 2500.4)]
        )
        summary = self.env["telecom.usage.summary"].search(
            [("line_id", "=", self.line.id)]
        )
        self.assertEqual(summary.partner_id, self.afi)
        self.assertEqual(summary.voice_seconds, 5430)
        self.assertEqual(summary.source, "file")

    def test_the_same_file_again_changes_nothing(self):
        content = self._content(f"0197123456;{self.written};90;12;15;2500")
        self._file(content).action_start()
        again = self._file(content)
        self.assertTrue(again.same_file_id)
        again.action_start()
        self.assertEqual((again.good_count, again.changed_count), (1, 0))

    def test_a_later_file_replaces(self):
        self._file(self._content(f"0197123456;{self.written};9;1;1;1")).action_start()
        self._file(self._content(f"0197123456;{self.written};8;2;3;4")).action_start()
        self.assertEqual(self._months(self.line), [(self.key, 8, 2, 3, 4)])

    def test_rows_of_one_month(self):
        content = self._content(
            *[f"0197123456;{self.written};{n};1;0;10" for n in (1, 2, 3)]
        )
        self._file(content).action_start()
        self.assertEqual(self._months(self.line), [(self.key, 3, 1, 0, 10)])
        for _time in range(2):
            record = self._file(content, repeated="add")
            with patch.object(type(record), "_import_chunk", 2):
                record.action_start()
            self.assertEqual(self._months(self.line), [(self.key, 6, 3, 0, 30)])

    def test_stopped_in_the_middle_and_begun_again(self):
        """Killed after a chunk, the rest goes in, and nothing twice."""
        months = [self.month - relativedelta(months=n) for n in range(10)]
        content = self._content(
            *[f"0197123456;{month:%m/%Y};1;1;1;100" for month in months for _n in "ab"]
        )
        record = self._file(content, repeated="add")
        record._check_ready()
        record.sudo().write({"state": "waiting"})
        read_until_killed(record, chunk=4, chunks=3)
        self.assertEqual((record.state, record.row_offset), ("failed", 12))
        self.assertEqual(len(self._months(self.line)), 6)
        read_on(record)
        self.assertEqual((record.state, record.good_count), ("done", 20))
        found = self._months(self.line)
        self.assertEqual(len(found), 10)
        self.assertEqual({row[4] for row in found}, {200})

    def test_bad_rows_come_back_with_their_reasons(self):
        record = self._file(
            self._content(
                f"0197123456;{self.written};1;1;1;1",
                f"=cmd|'/c calc'!A1;{self.written};1;1;1;1",
                "0197123457;13/2026;1;1;1;1",
                f"0199999999;{self.written};1;1;1;1",
                f"+216 20 123 456;{self.written};1;1;1;1",
                f"0197123457;{self.written};1;1;1;x\0x",
                "0197123457",
                "0" * 900_000,
            )
        )
        record.action_start()
        self.assertEqual((record.good_count, record.bad_count), (1, 7))
        french = record.with_context(lang="fr_FR")
        lines = list(french._refused_lines())
        self.assertEqual(len(lines), 8)
        self.assertIn("'=cmd", lines[1])
        # Another operator's line is as unknown as one that nobody has
        self.assertEqual(
            lines[3].split(";")[1].replace("+2290199999999", "N"),
            lines[4].split(";")[1].replace("+21620123456", "N"),
        )
        self.assertFalse(self._months(self.foreign))
        # What comes back can be mended and read in again
        again = self._file(
            "".join(lines[:2]).replace(
                lines[1], lines[3].replace("0199999999", "0197123457")
            )
        )
        again.action_start()
        self.assertEqual((again.good_count, again.bad_count), (1, 0))

    def test_a_workbook(self):
        book = openpyxl.Workbook()
        book.active.append(["MSISDN", "Month", "Minutes", "SMS", "MB", "Amount"])
        book.active.append([2290197123456, self.month, 1.5, 3, 10.25, 1000])
        out = io.BytesIO()
        book.save(out)
        record = self._file(out.getvalue(), name="usage.xlsx")
        record.action_start()
        self.assertEqual(self._months(self.line), [(self.key, 1.5, 3, 10.25, 1000)])

    def test_what_is_no_table(self):
        for content in (b"", b"PK\x03\x04rubbish"):
            with self.subTest(content), self.assertRaises(UserError):
                self._file(content)
        with self.assertRaises(UserError):
            self._file("a;b\n1;2\n").action_start()

    def test_the_month_of_all_rows(self):
        record = self._file("Numéro;Montant\n0197123456;5\n")
        with self.assertRaises(UserError):
            record.action_start()
        record.month = self.month.replace(day=17)
        record.action_start()
        self.assertEqual(self._months(self.line), [(self.key, 0, 0, 0, 5)])

    def test_billing_writes_and_files_leave_it_alone(self):
        Summary = self.env["telecom.usage.summary"]
        Summary._record(
            self.benin,
            [
                (self.line.id, self.month, 60, 1, 5_000_000_000_000, 10),
                (self.foreign.id, self.month, 60, 1, 1, 10),
            ],
        )
        self.assertEqual(self._months(self.line), [(self.key, 1, 1, 5_000_000, 10)])
        self.assertFalse(self._months(self.foreign))
        record = self._file(self._content(f"0197123456;{self.written};9;9;9;9"))
        record.action_start()
        self.assertEqual(record.error_ids.code, "billing")
        self.assertEqual(self._months(self.line), [(self.key, 1, 1, 5_000_000, 10)])

    def test_classes(self):
        Class = self.env["telecom.usage.class"].with_user(self.manager_benin)
        low, high, data = Class.create(
            [
                {"name": "Petits", "maximum": 1000, "sequence": 2},
                {"name": "Grands", "minimum": 1000, "sequence": 3},
                {"name": "Internautes", "minimum": 50, "basis": "data_mb",
                 "month_count": 1, "sequence": 1},
            ]
        )  # fmt: skip
        earlier = f"{self.month - relativedelta(months=1):%m/%Y}"
        self._file(
            self._content(
                f"0197123456;{earlier};0;0;0;500",
                f"0197123456;{self.written};0;0;0;1400",
                f"0197123457;{self.written};0;0;0;1000",
            )
        ).action_start()
        self.env["telecom.usage.class"].sudo()._assign(self.benin)
        self.assertEqual(self.afi.telecom_usage_class_id, low)
        self.assertEqual(self.koffi.telecom_usage_class_id, high)
        self.assertEqual(high.partner_count, 1)
        self._file(
            self._content(f"0197123457;{self.written};0;0;60;1000")
        ).action_start()
        self.assertEqual(self.env["telecom.usage.class"].sudo()._assign(self.benin), 1)
        self.assertEqual(self.koffi.telecom_usage_class_id, data)
        data.unlink()
        self.assertTrue(self.benin.telecom_usage_stale)

    def test_the_graph_of_a_customer(self):
        self.assertFalse(self.afi.telecom_usage_chart)
        self._file(
            self._content(f"0197123456;{self.written};90;12;15;2500")
        ).action_start()
        self.env.invalidate_all()
        chart = self.afi.with_user(self.clerk_benin).telecom_usage_chart
        self.assertEqual(len(chart["months"]), 12)
        self.assertEqual(chart["months"][-2]["amount"], 2500)
        self.assertEqual(
            chart["currency"]["digits"], self.benin.currency_id.decimal_places
        )

    def test_old_months_go(self):
        self.benin.telecom_usage_retention = 6
        old = self.month - relativedelta(months=12)
        self._file(
            self._content(
                f"0197123456;{old:%m/%Y};1;1;1;1", f"0197123456;{self.written};1;1;1;1"
            )
        ).action_start()
        self.env["telecom.usage.summary"]._gc_usage()
        self.assertEqual([row[0] for row in self._months(self.line)], [self.key])

    def test_who_may_do_what(self):
        record = self._file(self._content(f"0197123456;{self.written};1;1;1;1"))
        record.action_start()
        summary = self.env["telecom.usage.summary"].search(
            [("line_id", "=", self.line.id)]
        )
        for user in (self.clerk_tunisia, self.manager_tunisia):
            for found in (record, summary):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    found.with_user(user).read([])
        with self.assertRaises(AccessError):
            summary.with_user(self.manager_benin).write({"amount": 0})
        with self.assertRaises(AccessError):
            self._file("a;b\n", user=self.seller_benin)


@tagged("post_install", "-at_install", "telecom")
class TestUsageDownload(UsageMakers, OperatorMakers, HttpCase):
    def test_refused_rows_are_the_operators_own(self):
        benin = self._company("Bénin Fichiers", "base.bj", tenant=True)
        tunisia = self._company("Tunisie Fichiers", "base.tn", tenant=True)
        group = "telecom_crm.group_telecom_clerk"
        clerk = self._user("t.files.benin", benin, group)
        self._user("t.files.tunisia", tunisia, group)
        record = self._file("Numéro;Mois;SMS\n12;06/2026;1\n", user=clerk)
        record.action_start()
        url = f"/telecom/usage/import/{record.id}/refused"
        self.authenticate("t.files.benin", "t.files.benin")
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertIn("12;06/2026;1", response.text)
        self.authenticate("t.files.tunisia", "t.files.tunisia")
        self.assertEqual(self.url_open(url).status_code, 404)
