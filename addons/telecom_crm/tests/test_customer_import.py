"""Customers from files: as the ORM would have written them, nobody twice."""

import base64
import io
import zipfile
from datetime import date
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, HttpCase, tagged

from odoo.addons.telecom_crm.tools import customer_file, table

from .common import OperatorCase, OperatorMakers, read_on, read_until_killed

HEADINGS = (
    "Nom;Prénom;Téléphone;E-mail;Ville;Segment;Date de naissance;Numéro de pièce;"
    "Type de pièce;MSISDN;ICCID"
)


@tagged("post_install", "-at_install", "telecom")
class TestCustomerFiles(BaseCase):
    """The pure part."""

    def _parser(self, *targets, **catalogues):
        empty = {name: {} for name in ("segment", "source", "lang", "country")}
        return customer_file.Parser(
            dict(enumerate(targets)),
            "BJ",
            date(2026, 11, 21),
            {**empty, "country_codes": {}, **catalogues},
        )

    def test_headings_of_both_languages(self):
        for headings, expected in (
            (["Nom", "Prénom", "Tél."], ["last_name", "first_name", "phone"]),
            (["Nom", "Téléphone"], ["name", "phone"]),
            (["N° client", "Raison sociale", "IFU"], ["number", "name", "vat"]),
            (["First name", "Last name", "Mobile"],
             ["first_name", "last_name", "phone"]),
            (["Reason", "Row in the file", "Full name"], [None, None, "name"]),
            (["MSISDN", "SIM", "Offre", "Nom complet"],
             ["line", "line_iccid", "line_offer", "name"]),
        ):  # fmt: skip
            with self.subTest(headings):
                found = customer_file.propose(headings)
                self.assertEqual(
                    [found.get(place) for place in range(len(headings))], expected
                )

    def test_what_an_operator_chose_comes_first(self):
        remembered = {"champ 7": "segment", "telephone": ""}
        self.assertEqual(
            customer_file.propose(["Nom", "Champ 7", "Téléphone"], remembered),
            {0: "name", 1: "segment"},
        )

    def test_what_is_wrong_with_a_row(self):
        for targets, cells, code in (
            (("name", "phone"), ["Afi", "12"], "number"),
            (("name", "phone"), ["Afi"], "columns"),
            (("name",), None, "long"),
            (("name",), ["x" * 300], "cell"),
            (("name", "email"), ["Afi", "afi@"], "email"),
            (("name", "birth_date"), ["Afi", "31/02/1990"], "day"),
            (("name", "birth_date"), ["Afi", "01/01/2030"], "born"),
            (("name", "segment"), ["Afi", "Diamant"], "segment"),
            (("name", "country"), ["Afi", "Atlantide"], "country"),
            (("name", "vat"), ["Afi", "12"], "vat"),
            (("name", "kind"), ["Afi", "plante"], "kind"),
            (("name", "document_number"), ["Afi", "A1"], "document"),
            (("name", "consent_sms"), ["Afi", "peut-être"], "yes"),
            (("name", "do_not_call"), ["Afi", "oui"], "do_not_call"),
            (("name", "line", "line_iccid"), ["Afi", "0197123456", "12"], "iccid"),
            (("name", "line", "line_technology"), ["Afi", "0197123456", "x"],
             "technology"),
        ):  # fmt: skip
            with (
                self.subTest(code, cells=cells),
                self.assertRaises(table.BadRow) as caught,
            ):
                self._parser(*targets)(2, "", cells)
            self.assertEqual(caught.exception.code, code)

    def test_numbers_in_any_writing(self):
        parser = self._parser("name", "phone")
        for text in ("0197123456", "97 12 34 56", "+229 97123456", "00229 01 97123456"):
            with self.subTest(text):
                row = parser(2, "", ["Afi", text])
                self.assertEqual(row.values["phone"], "+2290197123456")

    def test_who_is_meant(self):
        parser = self._parser("number", "name", "phone", "document_number", "email")

        def row(*cells):
            return parser(2, "", list(cells))

        for cells, expected in (
            (("C1", "", "", "", ""), "first"),
            (("C1", "Quelqu'un d'autre", "", "", ""), "first"),
            (("", "ADJOVI Koffi", "0197123456", "", ""), "first"),
            (("", "Koffi Jean Adjovi", "97123456", "", ""), "first"),
            (("", "Afi Adjovi", "0197123456", "", ""), "second"),
            (("", "Afi Adjovi", "", "", "famille@example.com"), "second"),
            (("", "Paul Zinsou", "0197123456", "", ""), None),
            (("", "Koffi Adjovi", "0197123456", "ZZ99", ""), None),
            (("", "Nom Changé", "", "aa-11", ""), "first"),
            (("C9", "Koffi Adjovi", "0197123456", "", ""), None),
            (("", "Adjovi", "0197123456", "", ""), "several"),
        ):
            known = customer_file.Known({"document", "phone", "email"})
            first, second = customer_file.Person(id=1), customer_file.Person(id=2)
            known.add_row(first, row("C1", "Koffi Adjovi", "0197123456", "AA11", ""))
            known.add_row(
                second, row("C2", "Afi Adjovi", "0197123456", "", "famille@example.com")
            )
            with self.subTest(cells):
                try:
                    found = known.find(row(*cells))
                except table.BadRow as bad:
                    self.assertEqual(bad.code, expected)
                else:
                    names = {first: "first", second: "second", None: None}
                    self.assertEqual(names[found], expected)


class CustomerFileMakers:
    @classmethod
    def _file(cls, content, user=None, **values):
        content = content if isinstance(content, bytes) else content.encode()
        return (
            cls.env["telecom.customer.import"]
            .with_user(user or cls.clerk_benin)
            .create(
                {
                    "name": "clients.csv",
                    "file": base64.b64encode(content),
                    **values,
                }
            )
        )

    @classmethod
    def _read(cls, *rows, headings=HEADINGS, user=None, **values):
        record = cls._file("\n".join([headings, *rows]) + "\n", user, **values)
        record.action_start()
        return record


@tagged("post_install", "-at_install", "telecom")
class TestCustomerImport(CustomerFileMakers, OperatorCase):
    #: The records' own, and what the two ways give differently by nature
    OWN = {"id", "commercial_partner_id", "telecom_customer_number"}

    def _people(self, company=None):
        return self.env["res.partner"].search(
            [
                ("company_id", "=", (company or self.benin).id),
                ("telecom_customer", "=", True),
            ]
        )

    def _columns(self, partner):
        """Return the stored columns of a customer, his own number apart."""
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM res_partner WHERE id = %s", [partner.id])
        row = self.env.cr.dictfetchone()
        self.assertEqual(row["commercial_partner_id"], row["id"])
        self.assertTrue(row["telecom_customer_number"])
        row["telecom_search_text"] = row["telecom_search_text"].replace(
            row["telecom_customer_number"].lower(), "NUMBER"
        )
        return {name: row[name] for name in row if name not in self.OWN}

    def test_as_the_orm_would_have_written_them(self):
        """Every column of the table, those of other apps included."""
        rows = (
            "ADJOVI;Koffi;97 12 34 56;Koffi.Adjovi@Example.com;Cotonou;VIP;12/05/1984;"
            "AA-11 22;CNI;97 12 34 57;8922900000000000017",
            "Zinsou;;;;Ouidah;;;;;;",
            ";Afi;;;;;;BB 33;passeport;;",
            "N'Dah-Kérékou;Gisèle;+33 6 12 34 56 78;g@example.com;;;;;;;",
        )
        record = self._read(*rows)
        self.assertEqual((record.new_count, record.bad_count), (4, 0), record.message)
        by_file = {partner.name: partner for partner in self._people()}
        expected = {}
        Partner = (
            self.env["res.partner"]
            .with_user(self.clerk_benin)
            .with_context(tracking_disable=True, lang=self.clerk_benin.lang)
        )
        Partner = Partner.with_context(tz=self.clerk_benin.tz)
        values = record._parser()
        for place, text in enumerate(rows):
            row = values(place, text, text.split(";"))
            expected[place] = (row, dict(row.values))
        # The same people once more, each by the ORM, without those of the file
        columns = {name: self._columns(partner) for name, partner in by_file.items()}
        lines = self._lines()
        self._people().telecom_line_ids.state = "terminated"
        for row, vals in expected.values():
            vals.setdefault("name", "")
            if not vals["name"]:
                del vals["name"]
            partner = Partner.create({**vals, "telecom_customer": True})
            if row.document:
                self.env["telecom.identity.document"].create(
                    {**row.document, "partner_id": partner.id}
                )
            if row.line:
                line = {**row.line, "msisdn": row.line["typed"]}
                del line["typed"]
                self.env["telecom.line"].create(
                    {**line, "partner_id": partner.id, "state": "active",
                     "company_id": self.benin.id}
                )  # fmt: skip
            mine, theirs = self._columns(partner), columns[partner.name]
            # Moments are those of the creation, which differ by a second sometimes
            moments = ("create_date", "write_date", "calendar_last_notif_ack")
            for name in (*moments, "write_uid"):
                self.assertTrue(theirs.pop(name) and mine.pop(name))
            self.assertEqual(theirs, mine)
            self.assertEqual(theirs["create_uid"], self.clerk_benin.id)
        self.assertEqual(self._lines(), lines)

    def _lines(self):
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT msisdn, msisdn_former, technology, iccid, company_id,
                      activated_at IS NOT NULL,
                      (SELECT array_agg(e.kind || ' ' || e.new_value)
                         FROM telecom_line_event e
                        WHERE e.line_id = l.id AND e.kind = 'created')
                 FROM telecom_line l
                WHERE company_id = %s AND state != 'terminated' ORDER BY msisdn""",
            [self.benin.id],
        )
        return self.env.cr.fetchall()

    def test_old_numbers_and_the_line_of_a_customer(self):
        self._read("Adjovi;Koffi;97123456;;;;;;;97123457;8922900000000000017")
        koffi = self._people()
        self.assertEqual(koffi.phone_sanitized, "+2290197123456")
        line = koffi.telecom_line_ids
        self.assertEqual(line.msisdn, "+2290197123457")
        self.assertEqual(line.msisdn_former, "+22997123457")
        self.assertEqual(line.state, "active")
        self.assertEqual(
            self.env["res.partner"]
            .with_company(self.benin)
            .search([("telecom_search", "ilike", "97 12 34 57"),
                     ("company_id", "=", self.benin.id)]),
            koffi,
        )  # fmt: skip

    def test_read_in_once_more_nothing_changes(self):
        rows = (
            "Adjovi;Koffi;97123456;k@example.com;;;;AA11;CNI;97123457;",
            "Adjovi;Koffi;97123456;k@example.com;;;;AA11;CNI;97123458;",
            "Adjovi;Afi;97123456;k@example.com;;;;;;;",
        )
        first = self._read(*rows)
        self.assertEqual((first.new_count, first.line_count), (2, 2))
        before = [self._columns(partner) for partner in self._people()]
        again = self._read(*rows)
        self.assertEqual(
            (again.new_count, again.changed_count, again.line_count, again.bad_count),
            (0, 0, 0, 0),
        )
        self.assertEqual([self._columns(p) for p in self._people()], before)
        self.assertEqual(len(self._people().telecom_document_ids), 1)

    def test_customers_already_there(self):
        koffi = self._customer(
            self.benin, "Koffi", "Adjovi", phone="97123456", city="Porto-Novo"
        )
        row = "Adjovi;Koffi;97123456;k@example.com;;;;;;97123457;"
        skipped = self._read(row, duplicates="skip")
        self.assertEqual((skipped.known_count, skipped.line_count), (1, 0))
        self.assertFalse(koffi.email)
        self._read(row)
        self.assertEqual((koffi.email, koffi.city), ("k@example.com", "Porto-Novo"))
        self.assertEqual(koffi.telecom_line_ids.msisdn, "+2290197123457")
        once_more = self._read(
            "Adjovi;Koffi;97123456;;;;;;;;", row, duplicates="create"
        )
        self.assertEqual((once_more.new_count, once_more.bad_count), (1, 1))
        self.assertEqual(once_more.error_ids.code, "line_taken")

    def test_a_file_completes_a_line_and_replaces_no_sim(self):
        koffi = self._customer(self.benin, "Koffi", "Adjovi", phone="97123456")
        line = self._line(koffi, "+2290197123457")
        for iccid in ("8922900000000000017", "8922900000000000018"):
            record = self._read(f"Adjovi;Koffi;97123456;;;;;;;97123457;{iccid}")
            self.assertEqual(record.bad_count, 0)
            self.assertEqual(line.iccid, "8922900000000000017")

    def test_customer_numbers(self):
        headings = "N° client;Nom complet;Ville"
        given = self._read("X-1;Koffi Adjovi;Cotonou", headings=headings)
        koffi = self._people()
        self.assertEqual(koffi.telecom_customer_number, "X-1")
        self.assertEqual(koffi.telecom_last_name, "Adjovi")
        self._read("X-1;;Parakou", headings=headings)
        self.assertEqual(koffi.city, "Parakou")
        taken = self._read(
            "X-1;Un Autre;Kandi", "X-2;;Kandi", headings=headings, duplicates="create"
        )
        self.assertEqual(set(taken.error_ids.mapped("code")), {"number_taken", "name"})
        # What the operator's sequence would give next may be somebody's already
        upcoming = self.benin._telecom_next_customer_numbers(1)[0]
        following = upcoming[:-2] + f"{int(upcoming[-2:]) + 1:02d}"
        self._read(f"{following};Afi Adjovi;", headings=headings)
        paul = self._customer(self.benin, "Paul", "Zinsou")
        self.assertNotIn(paul.telecom_customer_number, (False, following))
        self.assertTrue(given.good_count)

    def test_a_file_takes_over_no_account(self):
        """Who may not change users does not change where their passwords go."""
        boss = self.manager_benin
        boss.partner_id.write({"phone": "97999999", "company_id": self.benin.id})
        email = boss.email
        row = f"{boss.name};;97999999;attacker@example.com;;;;;;0197999998;"
        record = self._read(row, "Adjovi;Koffi;97123456;;;;;;;;")
        self.assertEqual(record.error_ids.mapped("code"), ["account"])
        self.assertEqual((record.new_count, boss.email), (1, email))
        self.assertFalse(boss.partner_id.telecom_customer)
        self.assertFalse(boss.partner_id.telecom_line_ids)
        # A relative of the same number is somebody else
        self._read("Dossou;Afi;97999999;afi@example.com;;;;;;;")
        self.assertEqual(len(self._people()), 2)
        self.assertEqual(boss.email, email)

    def test_a_bad_row_among_many_costs_little(self):
        Import = self.env.registry["telecom.customer.import"]
        write, attempts = Import._write_rows, []

        def refuse(record, rows):
            attempts.append(len(rows))
            refused = [row.text for row in rows if "Refusé" in row.text]
            if refused:
                raise UserError(refused[0])
            return write(record, rows)

        rows = [
            f"Nom{chr(97 + i // 26)}{chr(97 + i % 26)};P;;;;;;;;;" for i in range(63)
        ]
        with patch.object(Import, "_write_rows", refuse):
            record = self._read(*rows[:40], "Refusé;P;;;;;;;;;", *rows[40:])
        self.assertEqual((record.new_count, record.bad_count), (63, 1))
        self.assertEqual(record.error_ids.reason, "Refusé;P;;;;;;;;;")
        self.assertLessEqual(len(attempts), 13, "1, then two of each of 6 halvings")

    def test_known_lines_are_read_together(self):
        def queries(count, first):
            rows = [
                f"Nom{chr(97 + i // 26)}{chr(97 + i % 26)};P;;;;;;;"
                f";0198{first + i:06d};8922900000000{first + i:06d}"
                for i in range(count)
            ]
            self.assertEqual(self._read(*rows).bad_count, 0)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._read(*rows)
            return self.env.cr.sql_log_count - before

        queries(2, 0)
        few = queries(5, 1000)
        self.assertLessEqual(queries(60, 2000), few + 5)

    def test_lines_of_others(self):
        other = self._customer(self.benin, "Paul", "Zinsou")
        self._line(other, "+2290197000001", iccid="8922900000000000011")
        free = self.env["telecom.line"].create(
            {"company_id": self.benin.id, "msisdn": "+2290197000002"}
        )
        foreign = self._customer(self.tunisia, "Ali", "Ben Salah")
        self._line(foreign, "+21620123456")
        record = self._read(
            "Adjovi;Koffi;;;;;;;;0197000001;",
            "Adjovi;Afi;;;;;;;;0197000003;8922900000000000011",
            "Adjovi;Luc;;;;;;;;0197000002;",
            "Adjovi;Ali;;;;;;;;+21620123456;",
        )
        self.assertEqual(record.error_ids.mapped("code"), ["line_taken", "sim_taken"])
        self.assertEqual(free.state, "active")
        self.assertEqual(free.partner_id.telecom_first_name, "Luc")
        # Another operator's line is nobody's here
        self.assertEqual(record.new_count, 2)
        self.assertFalse(foreign.write_uid == self.clerk_benin)

    def test_a_refusal_is_never_taken_back(self):
        headings = "Nom complet;Téléphone;Consentement SMS;Consentement e-mail;DNC"
        koffi = self._customer(self.benin, "Koffi", "Adjovi", phone="97123456")
        self.env["telecom.consent"].create(
            {"company_id": self.benin.id, "partner_id": koffi.id, "channel": "sms",
             "granted": False}
        )  # fmt: skip
        self._read(
            "Koffi Adjovi;97123456;oui;oui;",
            "Afi Adjovi;97123457;non;;oui",
            headings=headings,
        )
        self.assertEqual(
            koffi._telecom_consents(), {(koffi.id, "sms"): False,
                                        (koffi.id, "email"): True}
        )  # fmt: skip
        afi = self._people() - koffi
        self.assertEqual(afi._telecom_consents(), {(afi.id, "sms"): False})
        self.assertEqual(afi.telecom_consent_ids.source, "import")
        self.assertTrue(afi.telecom_do_not_call)
        self._read("Afi Adjovi;97123457;;;non", headings=headings)
        afi.invalidate_recordset()
        self.assertTrue(afi.telecom_do_not_call)

    def test_bad_rows_come_back_with_their_reasons(self):
        record = self._read(
            "=cmd|'/c calc'!A1;;;;;;;;;;",
            "Adjovi;Koffi;12;;;;;;;;",
            "Adjovi;Koffi;;;;Diamant;;;;;",
            ";;97123456;;;;;;;;",
        )
        self.assertEqual((record.good_count, record.bad_count), (1, 3))
        lines = list(record.with_context(lang="fr_FR")._refused_lines())
        self.assertEqual(len(lines), 4)
        self.assertIn("Diamant", lines[2].split(";")[1])
        again = self._file("".join(lines[:2]).replace(";12;", ";97123456;"))
        again.action_start()
        self.assertEqual((again.new_count, again.bad_count), (1, 0))

    def test_columns_are_remembered_by_each_operator(self):
        content = "Champ 1;Champ 2\nAdjovi;97123456\n"
        record = self._file(content)
        with self.assertRaises(UserError):
            record.action_start()
        for column, target in zip(record.column_ids, ("name", "phone"), strict=True):
            column.target = target
        record.action_start()
        self.assertEqual(self._people().phone, "+2290197123456")
        self.assertEqual(
            self._file(content).column_ids.mapped("target"), ["name", "phone"]
        )
        other = self._file(content, user=self.clerk_tunisia)
        self.assertEqual(other.column_ids.mapped("target"), [False, False])

    def test_a_workbook(self):
        book = openpyxl.Workbook()
        book.active.append(["Nom complet", "Téléphone", "Né le"])
        book.active.append(["Koffi Adjovi", 2290197123456, date(1984, 5, 12)])
        out = io.BytesIO()
        book.save(out)
        self._file(out.getvalue(), name="clients.xlsx").action_start()
        koffi = self._people()
        self.assertEqual(koffi.phone_sanitized, "+2290197123456")
        self.assertEqual(koffi.telecom_birth_date, date(1984, 5, 12))

    def test_a_workbook_larger_than_memory(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as texts:
                for _part in range(1 + table.MOST_TEXTS // 10_000_000):
                    texts.write(bytes(10_000_000))
        self.assertLess(len(out.getvalue()), 1_000_000)
        with self.assertRaisesRegex(UserError, "save it as CSV"):
            self._file(out.getvalue(), name="clients.xlsx")
        with self.assertRaisesRegex(ValueError, "too large"):
            next(table.read_xlsx(out))

    def test_one_bad_row_keeps_no_other_out(self):
        """A rule of another app refuses a row that the parser takes for good."""
        Partner = type(self.env["res.partner"])
        validate = Partner._validate_fields

        def strict(self, names, excluded=()):
            if any(partner.city == "Interdite" for partner in self):
                raise UserError(self.env._("Town"))
            return validate(self, names, excluded)

        with patch.object(Partner, "_validate_fields", strict):
            record = self._read(
                "Adjovi;Koffi;;;Cotonou;;;;;;", "Adjovi;Afi;;;Interdite;;;;;;"
            )
        self.assertEqual((record.new_count, record.bad_count), (1, 1))
        self.assertEqual(record.error_ids.value, "Town")

    def test_broken_off_and_begun_again(self):
        rows = [f"Client{n};Jean;0197{n:06};;;;;;;0196{n:06};" for n in range(10)]
        record = self._file("\n".join([HEADINGS, *rows, rows[3]]) + "\n")
        record._check_ready()
        record.sudo().write({"state": "waiting"})
        read_until_killed(record, chunk=3, chunks=2)
        self.assertEqual((record.state, record.row_offset), ("failed", 6))
        self.assertEqual(len(self._people()), 6)
        read_on(record)
        self.assertEqual((record.state, record.new_count), ("done", 10))
        self.assertEqual((record.line_count, record.bad_count), (10, 0))
        self.assertEqual(len(self._people()), 10)

    def test_who_may_do_what(self):
        record = self._read("Adjovi;Koffi;;;;;;;;;")
        for user in (self.clerk_tunisia, self.manager_tunisia):
            with self.subTest(user.login), self.assertRaises(AccessError):
                record.with_user(user).read([])
        with self.assertRaises(AccessError):
            self._file("Nom\nx\n", user=self.seller_benin)
        with self.assertRaises(AccessError):
            self._file("Nom\nx\n", company_id=self.tunisia.id)
        self.benin._telecom_set_module("customers", "readonly")
        with self.assertRaises(AccessError):
            self._file("Nom\nx\n")
        # What waits is not read in either
        record.sudo().write({"state": "waiting"})
        self.assertTrue(record.sudo()._process(commit=False))
        self.assertEqual(record.state, "failed")

    def test_the_number_of_queries_does_not_grow(self):
        def taken(start, count):
            rows = [f"Client{n};Jean;0195{n:06};;;;;;;;" for n in range(start, count)]
            record = self._file("\n".join([HEADINGS, *rows]) + "\n")
            record._check_ready()
            record.sudo().state = "waiting"
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            record.sudo()._process(commit=False)
            self.env.flush_all()
            self.assertEqual(record.new_count, count - start)
            return self.env.cr.sql_log_count - before

        taken(0, 5)
        self.assertLessEqual(taken(100, 400), taken(1000, 1010) + 3)


@tagged("post_install", "-at_install", "telecom")
class TestCustomerFileDownload(CustomerFileMakers, OperatorMakers, HttpCase):
    def test_refused_rows_are_the_operators_own(self):
        benin = self._company("Bénin Clients", "base.bj", tenant=True)
        tunisia = self._company("Tunisie Clients", "base.tn", tenant=True)
        group = "telecom_crm.group_telecom_clerk"
        clerk = self._user("t.customers.benin", benin, group)
        self._user("t.customers.tunisia", tunisia, group)
        record = self._file("Nom;Tél\nSecret;12\n", user=clerk)
        record.action_start()
        url = f"/telecom/customer/import/{record.id}/refused"
        self.authenticate("t.customers.benin", "t.customers.benin")
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertIn("Secret", response.text)
        self.authenticate("t.customers.tunisia", "t.customers.tunisia")
        self.assertEqual(self.url_open(url).status_code, 404)
        self.assertEqual(self.url_open(url.replace("customer", "x")).status_code, 404)


@tagged("post_install", "-at_install", "telecom")
class TestBulk(OperatorCase):
    """What the set-based way must know: it goes around ``create``."""

    #: What each of these adds to ``create``, and who does it for rows of a file
    KNOWN = {
        "odoo.orm.models": "the record itself",
        "odoo.addons.mail.models.mail_thread": "no messages: tracking is off",
        "odoo.addons.telecom_crm.models.telecom_owned_mixin": "rights, checked before",
        "odoo.addons.base.models.properties_base_definition_mixin": "no properties",
        "odoo.addons.base.models.res_partner": "parents and websites: not in files",
        "odoo.addons.account.models.partner": "only of a screen of its own",
        "odoo.addons.telecom_crm.models.res_partner": "names and numbers, by the file",
        "odoo.addons.telecom_crm.models.telecom_line": "history, by the file",
        "odoo.addons.telecom_crm.models.telecom_identity_document_kyc": "not verified",
    }

    def test_whatever_create_does_is_known(self):
        for name in (
            "res.partner",
            "telecom.line",
            "telecom.line.event",
            "telecom.identity.document",
        ):
            for cls in type(self.env[name]).__mro__:
                if "create" in vars(cls):
                    with self.subTest(model=name, module=cls.__module__):
                        self.assertIn(cls.__module__, self.KNOWN)
