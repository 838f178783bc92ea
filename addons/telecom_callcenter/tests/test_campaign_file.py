"""Numbers from files: good rows become contacts, bad ones come back with reasons."""

import base64
import io
import random
from unittest.mock import patch

import openpyxl
import phonenumbers

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, HttpCase, tagged
from odoo.tools import SQL

from odoo.addons.telecom_callcenter.engine import placeholders
from odoo.addons.telecom_callcenter.tools import number_file
from odoo.addons.telecom_crm.tools import phone, table

from .common import CallcenterSetup
from .test_campaign_contact import OutboundCase

HEADINGS = "Nom;Prénom;Téléphone;Fixe;Ville;Solde;Échéance;VIP"


@tagged("post_install", "-at_install", "telecom")
class TestNumberFiles(BaseCase):
    """The pure part."""

    def _propose(self, headings, *rows, **more):
        found = number_file.propose(headings, list(rows), phone.Reader("BJ"), **more)
        return [found[position][0] for position in range(len(headings))]

    def test_headings_and_content(self):
        for headings, row, expected in (
            (["Nom", "Téléphone"], ["Afi", "97123456"], ["name", "number"]),
            (
                ["Nom", "Prénom", "Tél.", "Mobile", "GSM"],
                ["A", "B", "97123456", "95123456", "96123456"],
                ["last_name", "first_name", "number", "number2", "number3"],
            ),
            # Nothing in the heading says it: what is below does
            (
                ["A", "B", "C", "D"],
                ["0197123456", "afi@example.com", "Or", ""],
                ["number", "email", "property", None],
            ),
            (["Téléphone fixe"], ["0120212223"], ["number"]),
            (["Row in the file", "Reason", "N° tél"], ["2", "x", "97123456"],
             ["property", "property", "number"]),
        ):  # fmt: skip
            with self.subTest(headings):
                self.assertEqual(self._propose(headings, row), expected)

    def test_what_was_chosen_last_time_comes_first(self):
        self.assertEqual(
            self._propose(
                ["Nom", "Ref", "Tel"],
                ["Afi", "97123456", "95123456"],
                remembered={"ref": "number", "nom": ""},
            ),
            [None, "number", "number2"],
        )

    def test_types_of_own_fields(self):
        for values, expected in (
            (["12", "-3", "0"], "integer"),
            (["007", "12"], "char"),
            (["12,5", "3"], "float"),
            (["31/12/2026", "2026-01-02"], "date"),
            (["oui", "Non"], "boolean"),
            (["1", "0"], "integer"),
            (["Or", "12"], "char"),
            ([], "char"),
        ):
            with self.subTest(values):
                self.assertEqual(number_file.guess_type(values), expected)
        self.assertEqual(number_file.guess_type(["46000", "46001.5"], True), "date")
        self.assertEqual(number_file.guess_type(["46000", "12"], True), "integer")
        self.assertEqual(number_file.read_property("46000", "date"), "2025-12-09")

    def test_names_of_own_fields(self):
        """They stand in the texts of scripts, in braces."""
        for heading, expected in (
            ("Montant dû", "montant_du"),
            ("4G", None),
            ("Agent", None),
            ("x" * 50, None),
            ("الاسم", None),
            ("العنوان", None),
        ):
            with self.subTest(heading):
                name = number_file.property_name(heading)
                self.assertIn(expected, (None, name))
                self.assertRegex(name, r"^[a-z][a-z0-9_]{0,40}$")
                self.assertEqual(placeholders.names(f"{{{name}}}"), [name])
        names = {number_file.property_name(h) for h in ("الاسم", "العنوان", "4G", "")}
        self.assertEqual(len(names), 4)
        self.assertEqual(
            number_file.property_name("Échéance", {"echeance": "a1"}), "a1"
        )

    def _parser(self, *targets, region="BJ", **more):
        columns = {
            position: target if isinstance(target, tuple) else (target, None, None)
            for position, target in enumerate(targets)
        }
        return number_file.Parser(columns, region, {"francais": "fr_FR"}, **more)

    def test_several_numbers_in_one_cell(self):
        for cell in (
            "97123456;95123456",
            "97 12 34 56, 95 12 34 56",
            "97123456 | 95123456",
            "97 12 34 56 / 95 12 34 56",
            "97123456; 95123456;",
        ):
            with self.subTest(cell):
                row = self._parser("number")(2, "", [cell])
                self.assertEqual(row.numbers, ["+2290197123456", "+2290195123456"])
                self.assertEqual(row.left_out, [])
                self.assertEqual(self._propose(["A", "B"], [cell, "Afi"])[0], "number")
                self.assertTrue(
                    number_file.is_headless([cell, "Afi"], phone.Reader("BJ"))
                )
        row = self._parser("number")(2, "", ["97123456, 12"])
        self.assertEqual(row.left_out, [("number", "12")])

    def test_what_is_wrong_with_a_row(self):
        for targets, cells, code in (
            (("number",), ["12"], "number"),
            (("number",), [""], "no_number"),
            (("number",), ["+33612345678"], "foreign"),
            (("number", "name"), ["97123456"], "columns"),
            (("number",), None, "long"),
            (("number", "number2", "email"), ["12", "13", "afi@"], "number"),
        ):
            with (
                self.subTest(code, cells=cells),
                self.assertRaises(table.BadRow) as caught,
            ):
                self._parser(*targets)(2, "", cells)
            self.assertEqual(caught.exception.code, code)

    def test_what_a_row_goes_in_without(self):
        """Whoever can be called is; what was not understood is said."""
        number = ("property", "x", "integer")
        for targets, cells, left_out in (
            (("number", "name"), ["97123456", "x" * 300], [("cell", "x" * 80)]),
            (("number", "email"), ["97123456", "afi@"], [("email", "afi@")]),
            (("number", "language"), ["97123456", "klingon"], [("lang", "klingon")]),
            (
                ("number", "timezone", "priority"),
                ["97123456", "Cotonou", "haute"],
                [("timezone", "Cotonou"), ("priority", "haute")],
            ),
            (("number", number), ["97123456", "douze"], [("value", "douze")]),
            (("number", "number2"), ["97123456", "99"], [("number", "99")]),
            (("number", "email"), ["97123456", "afi@example.com"], []),
        ):
            with self.subTest(cells):
                row = self._parser(*targets)(2, "", cells)
                self.assertEqual(row.left_out, left_out)
                self.assertEqual(row.numbers, ["+2290197123456"])
                for bad in left_out:
                    self.assertNotIn(bad[1], row.line)
        # A time zone that is none: the number's own
        row = self._parser("number", "timezone", region="US")(
            2, "", ["212 555 1234", "Boston"]
        )
        self.assertEqual(row.values["timezone"], "America/New_York")

    def test_premium_rates_are_never_called(self):
        with self.assertRaises(table.BadRow) as caught:
            self._parser("number", region="FR")(2, "", ["0899123456"])
        self.assertEqual(caught.exception.code, "premium")

    def test_numbers_of_a_person(self):
        parser = self._parser("number2", "number", "name")
        row = parser(2, "", ["95 12 34 56", "97.12.34.56 / 96123456", "Afi"])
        self.assertEqual(
            row.numbers, ["+2290197123456", "+2290196123456", "+2290195123456"]
        )
        # One bad number does not keep the others out
        row = parser(2, "", ["95 12 34 56", "12", "Afi"])
        self.assertEqual(row.numbers, ["+2290195123456"])

    def test_time_zones(self):
        for region, text, foreign, expected in (
            ("BJ", "97123456", False, None),
            ("BJ", "+33612345678", True, "Europe/Paris"),
            ("US", "212 555 1234", False, "America/New_York"),
            ("US", "213 555 1234", False, "America/Los_Angeles"),
        ):
            with self.subTest(text):
                row = self._parser("number", region=region, foreign=foreign)(
                    2, "", [text]
                )
                self.assertEqual(row.values.get("timezone"), expected)

    def test_fast_reading_answers_as_the_library(self):
        """Random numbers of every country, in all writings."""
        draw = random.Random(20261121)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS):
            reader = phone.Reader(region)
            code = phonenumbers.country_code_for_region(region)
            example = phonenumbers.example_number(region)
            national = str(example and example.national_number or 12345678)
            starts = ("", "0", "1", "+", "00", f"+{code}", f"00{code}", f"{code}",
                      f"+{code}0", f"{code}{code}", "8", "01")  # fmt: skip
            for _turn in range(12):
                digits = list(national)
                for _change in range(draw.randrange(4)):
                    digits[draw.randrange(len(digits))] = str(draw.randrange(10))
                text = "".join(digits)[: len(digits) - draw.choice((0, 0, 0, 1))]
                text = draw.choice(starts) + text + draw.choice(("", "", "7"))
                if draw.random() < 0.3:
                    text = text[:4] + draw.choice(" .-") + text[4:]
                found = reader(text)
                if found != phone.to_e164(text, region):
                    self.assertEqual(found, phone.to_e164(text, region), (region, text))
                if found:
                    kind = phonenumbers.number_type(phonenumbers.parse(found))
                    self.assertEqual(
                        reader.is_premium(found),
                        kind == phonenumbers.PhoneNumberType.PREMIUM_RATE,
                        (region, found),
                    )
        for text in (
            "",
            "abc",
            "97 12 34 56 ext 4",
            "(229) 97123456",
            "97/12",
            "*100#",
        ):
            with self.subTest(text):
                self.assertEqual(phone.Reader("BJ")(text), phone.to_e164(text, "BJ"))
        self.assertEqual(phone.Reader(False)("+22997123456"), "+2290197123456")


class FileMakers:
    @classmethod
    def _file(cls, content, user=None, campaign=None, **values):
        content = content if isinstance(content, bytes) else content.encode()
        campaign = campaign or cls.outbound
        user = user or cls.user_supervisor
        return (
            cls.env["telecom.campaign.file"]
            .with_user(user)
            .with_context(allowed_company_ids=user.company_ids.ids)
            .create(
                {
                    "name": "numeros.csv",
                    "campaign_id": campaign.id,
                    "file": base64.b64encode(content),
                    **values,
                }
            )
        )


@tagged("post_install", "-at_install", "telecom")
class TestCampaignFile(FileMakers, OutboundCase):
    def _contacts(self, **domain):
        return self.env["telecom.campaign.contact"].search(
            [
                ("campaign_id", "=", self.outbound.id),
                *((name, "=", value) for name, value in domain.items()),
            ],
            order="row_number, id",
        )

    def test_from_the_file_to_contacts_to_be_called(self):
        customer = self._customer(phone="0195000001")
        record = self._file(
            f"{HEADINGS}\n"
            "Adjovi;Koffi;97123456;;Cotonou;12500;31/12/2026;oui\n"
            ";;0195000001;;Parakou;0;;non\n"
            "Toko;Afi;+22996123456;0120212223;;7;01/01/2027;\n"
            "Zinsou;Léa;12;;;;;\n"
            "Adjovi;Koffi;+229 01 97 12 34 56;;;;;\n"
        )
        self.assertEqual(
            record.column_ids.mapped("target"),
            ["last_name", "first_name", "number", "number2", "city",
             "property", "property", "property"],
        )  # fmt: skip
        record.action_start()
        self.assertEqual(
            (record.state, record.good_count, record.bad_count), ("done", 3, 2)
        )
        koffi, known, afi = self._contacts()
        self.assertEqual(koffi.name, "Koffi Adjovi")
        self.assertEqual(koffi.state, "ready")
        self.assertEqual(koffi.city, "Cotonou")
        self.assertEqual(koffi.row_number, 2)
        self.assertEqual(koffi.company_id, self.benin)
        self.assertEqual(afi.other_numbers, ["+2290120212223"])
        self.assertEqual(known.partner_id, customer)
        self.assertEqual(known.name, customer.name)
        self.assertEqual(record.known_count, 1)
        labels = {
            field["string"]: (field["type"], field["name"])
            for field in self.outbound.contact_properties_definition
        }
        self.assertEqual(
            {label: kind for label, (kind, _name) in labels.items()},
            {"Solde": "integer", "Échéance": "date", "VIP": "boolean"},
        )
        balance = labels["Solde"][1]
        self.assertEqual(koffi.contact_properties[balance], 12500)
        self.assertEqual(
            self._contacts(**{f"contact_properties.{balance}": 12500}), koffi
        )
        self.assertEqual(
            record.error_ids.sorted("row_number").mapped("code"), ["number", "twice"]
        )
        self.assertIn("1", record.error_summary)
        refused = "".join(record._refused_lines())
        self.assertIn("Zinsou", refused)
        self.assertIn("12", refused)
        due = self.outbound._due_contacts(
            max(self._contacts().mapped("next_at")).replace(day=20, hour=9), 10
        )
        self.assertFalse(set(due) - set(self._contacts().ids))

    def test_files_as_spreadsheets_make_them(self):
        """A title in merged cells, numbers without their zero, days as numbers."""
        book = openpyxl.Workbook()
        for row in (
            ["Clients à relancer", None, None, None],
            [None] * 4,
            ["Nom", "Téléphone", "Échéance", "Solde"],
            ["Afi Dossou", 197000001, 46000, 1250.5],
            ["Léa Zinsou", 197000002, 46001, 0],
            ["Koffi", 12345, 46001, 0],
        ):
            book.active.append(row)
        book.active.merge_cells("A1:D1")
        stream = io.BytesIO()
        book.save(stream)
        record = self._file(stream.getvalue(), name="relance.xlsx")
        self.assertEqual(record.titles, 1)
        record.action_start()
        self.assertEqual((record.good_count, record.bad_count), (2, 1))
        self.assertEqual(record.error_ids.row_number, 6)
        afi = self._contacts()[0]
        self.assertEqual((afi.name, afi.number), ("Afi Dossou", "+2290197000001"))
        [day] = [
            field["name"]
            for field in self.outbound.contact_properties_definition
            if field["type"] == "date"
        ]
        self.assertEqual(afi.contact_properties[day], "2025-12-09")

    def test_a_field_that_somebody_made_is_the_same_one(self):
        self.outbound.contact_properties_definition = [
            {"name": "offre", "type": "char", "string": "Offre actuelle"},
        ]
        record = self._file("Nom;Téléphone;OFFRE ACTUELLE;Solde\nAfi;97000001;Or;3\n")
        record.action_start()
        self.assertEqual(
            [field["name"] for field in self.outbound.contact_properties_definition],
            ["offre", "solde"],
        )
        self.assertEqual(self._contacts().contact_properties["offre"], "Or")

    def test_titles_said_by_hand(self):
        record = self._file("Export;du mois\nNom;Téléphone\nAfi;97000001\n")
        self.assertEqual(record.titles, 0)
        record.titles = 1
        self.assertEqual(record.column_ids.mapped("target"), ["name", "number"])
        record.action_start()
        self.assertEqual((record.good_count, record.bad_count), (1, 0))

    def test_two_columns_with_one_heading(self):
        """The second one does not say what the next file's only one means."""
        self._file("Nom;Téléphone;Nom\nAfi;97000001;x\n").action_start()
        record = self._file("Nom;Téléphone\nLéa;97000002\n")
        self.assertEqual(record.column_ids.mapped("target"), ["name", "number"])

    def test_what_is_no_list(self):
        for content, word in (
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "2007"),
            (b"%PDF-1.4 x", "neither CSV"),
            (("x;" * 20_000).encode(), "too long"),
        ):
            with self.subTest(word), self.assertRaisesRegex(UserError, word):
                self._file(content)

    def test_nobody_who_must_not_be_called(self):
        other = self._outbound("Autre")
        self._contact("0197000001", other)
        self._contact("0197000002", other, state="done")
        stopped = self._outbound("Arrêtée", state="stopped")
        self._contact("0197000003", stopped)
        self._contact("0197000004")
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": "0197000005"}
        )
        self.env["telecom.do.not.call"].create(
            {"company_id": self.tunisia.id, "number": "+2290197000006"}
        )
        refused = self._customer(phone="0197000007")
        for granted in (True, False):
            self.env["telecom.consent"].create(
                {
                    "company_id": self.benin.id,
                    "partner_id": refused.id,
                    "channel": "call",
                    "granted": granted,
                }
            )
        numbers = [f"019700000{n}" for n in range(1, 9)]
        record = self._file("Numéro;Fixe\n" + "".join(f"{n};\n" for n in numbers))
        record.action_start()
        self.assertEqual(
            dict(record.error_ids.mapped(lambda e: (e.value, e.code))),
            {
                "+2290197000001": "elsewhere",
                "+2290197000004": "there",
                "+2290197000005": "do_not_call",
                "+2290197000007": "opt_out",
            },
        )
        self.assertEqual(record.good_count, 4)
        for error in record.error_ids:
            self.assertIn(error.value, error.reason)
        # Kept on purpose; and whoever refused on one number is not called on another
        record = self._file("Numéro;Fixe\n97000001;\n97000011;97000005\n")
        record.elsewhere = "keep"
        record.action_start()
        self.assertEqual((record.good_count, record.bad_count), (1, 1))

    def test_refilled(self):
        first = self._file("Numéro;Nom;Solde\n97000001;Afi;10\n97000002;Léa;20\n")
        first.action_start()
        afi, lea = self._contacts()
        afi.write({"state": "done", "attempt_count": 3})
        lea.write({"state": "excluded", "exclusion": "do_not_call"})
        again = self._file(
            "Numéro;Nom;Plan\n97000001;;Or\n97000002;Léa B.;\n97000003;Koffi;Argent\n",
            repeated="again",
        )
        again.action_start()
        self.assertEqual((again.again_count, again.good_count), (1, 3))
        self.assertEqual((afi.state, afi.attempt_count), ("ready", 0))
        self.assertEqual(afi.name, "Afi")
        self.assertEqual(afi.file_id.id, again.id)
        own = {field["string"]: field["name"]
               for field in self.outbound.contact_properties_definition}  # fmt: skip
        self.assertEqual(afi.contact_properties[own["Solde"]], 10)
        self.assertEqual(afi.contact_properties[own["Plan"]], "Or")
        self.assertEqual((lea.state, lea.name), ("excluded", "Léa B."))
        self.assertEqual(len(self._contacts()), 3)

    def test_refilled_knows_customers(self):
        """Who is a customer by now, and refuses calls later, is not called."""
        self._file("Numéro\n97000001\n97000002\n").action_start()
        afi, lea = self._contacts()
        other = self._customer()
        lea.write({"partner_id": other.id, "state": "done"})
        customer = self._customer(phone="0197000001")
        self._customer(phone="0197000002")
        again = self._file("Numéro\n97000001\n97000002\n", repeated="again")
        again.action_start()
        self.assertEqual(again.known_count, 2)
        self.assertEqual(afi.partner_id, customer)
        self.assertEqual(lea.partner_id, other, "as an agent has said")
        self.env["telecom.consent"].create(
            {
                "company_id": self.benin.id,
                "partner_id": customer.id,
                "channel": "call",
                "granted": False,
            }
        )
        self.assertEqual((afi.state, afi.exclusion), ("excluded", "opt_out"))

    def test_refilled_by_the_number_tried_before(self):
        """Who is tried on another number by now is the same person."""
        first = self._file("Nom;Tel 1;Tel 2\nAfi;97000001;95000001\n")
        first.action_start()
        afi = self._contacts()
        number, other = afi.number, afi.other_numbers[0]
        afi.write(
            {
                "number": other,
                "other_numbers": [number],
                "last_attempt_at": "2026-01-05 10:00:00",
            }
        )
        refused = self._file("Nom;Tel 1\nAfi;97000001\n")
        refused.action_start()
        self.assertEqual((refused.good_count, refused.bad_count), (0, 1))
        again = self._file(
            "Nom;Tel 1;Ville\nAfi K.;97000001;Lokossa\n", repeated="again"
        )
        again.action_start()
        self.assertEqual(self._contacts(), afi)
        self.assertEqual((afi.name, afi.city), ("Afi K.", "Lokossa"))
        self.assertEqual((afi.number, afi.other_numbers), (other, [number]))

    def test_what_columns_mean_is_remembered(self):
        first = self._file("Nom;Ref;Tel\nAfi;97000001;95000001\n")
        chosen = {"Ref": "number", "Tel": False}
        for column in first.column_ids:
            if column.heading in chosen:
                column.target = chosen[column.heading]
        first.action_start()
        self.assertEqual(self._contacts().number, "+2290197000001")
        second = self._file("Nom;Ref;Tel\nLéa;97000002;95000002\n")
        self.assertEqual(second.column_ids.mapped("target"), ["name", "number", False])

    def test_contacts_are_as_the_orm_writes_them(self):
        self._file(
            "Nom;Tél;Fixe;Ville;Priorité\nKoffi;97000001;0120212223;Ouidah;5\n"
        ).action_start()
        read_in = self._contacts()
        made = self.env["telecom.campaign.contact"].create(
            {
                "campaign_id": self._outbound("Autre").id,
                "name": "Koffi",
                "number": "97000001",
                "other_numbers": ["+2290120212223"],
                "city": "Ouidah",
                "priority": 5,
            }
        )
        differ = {"campaign_id", "file_id", "row_number", "next_at", "display_name"}
        differ |= {"id", "create_date", "write_date", "create_uid", "write_uid"}
        names = [
            name
            for name, field in made._fields.items()
            if field.store and field.column_type and name not in differ
        ]
        self.assertGreater(len(names), 20)
        self.env.flush_all()
        self.env.invalidate_all()
        query = SQL(
            "SELECT %s FROM telecom_campaign_contact WHERE id = ANY(%s) ORDER BY id",
            SQL(", ").join(map(SQL.identifier, names)),
            [read_in.id, made.id],
        )
        one, other = self.env.execute_query(query)
        self.assertEqual(
            dict(zip(names, one, strict=True)), dict(zip(names, other, strict=True))
        )

    def test_a_file_without_headings(self):
        record = self._file(
            "Afi;97000001;Or\nLéa;97000002;Argent\nZoé;12;Or\nYao;97000003;Or\n"
        )
        self.assertFalse(record.has_headings)
        self.assertEqual(
            record.column_ids.mapped("target"), ["property", "number", "property"]
        )
        record.column_ids[0].target = "name"
        record.action_start()
        self.assertEqual(self._contacts().mapped("name"), ["Afi", "Léa", "Yao"])
        self.assertEqual(record.error_ids.row_number, 3)
        self.assertEqual((record.good_count, record.bad_count), (3, 1))
        # Nothing is remembered of columns that have no name
        later = self._file("Afi;Kpo;97000004\n")
        self.assertEqual(
            later.column_ids.mapped("target"), ["property", "property", "number"]
        )
        later.has_headings = True
        self.assertEqual(later.column_ids.mapped("heading"), ["Afi", "Kpo", "97000004"])

    def _make_old(self, records, moment):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET create_date = %s WHERE id = ANY(%s)",
                SQL.identifier(records._table),
                moment,
                records.ids,
            )
        )
        self.env.invalidate_all()

    def test_contacts_are_kept_as_long_as_the_operator_says(self):
        record = self._file(
            "Nom;Tél\n" + "".join(f"N{n};9700000{n}\n" for n in range(5))
        )
        record.action_start()
        finished, called, waiting, fresh, other = self._contacts()
        (finished | called).write({"state": "done"})
        old, now = "2024-01-15 10:00:00", record.create_date
        self._make_old(finished | called | waiting, old)
        fresh.state = "done"
        finished.last_attempt_at, called.last_attempt_at = old, now
        self.env["telecom.campaign.contact"]._gc_contacts()
        self.assertEqual(self._contacts(), called | waiting | fresh | other)
        # Nobody of a stopped campaign waits any more
        self.outbound.state = "stopped"
        self.benin.telecom_contact_retention = 0
        self.env["telecom.campaign.contact"]._gc_contacts()
        self.assertTrue(waiting.exists())
        self.benin.telecom_contact_retention = 12
        self.env["telecom.campaign.contact"]._gc_contacts()
        self.assertFalse(waiting.exists())
        self._make_old(record, old)
        record._gc_files()
        self.assertFalse(record.sudo().file)
        self.assertEqual(record.good_count, 5)

    def test_workbooks(self):
        book = openpyxl.Workbook()
        book.active.append(["Numéro", "Nom", "Depuis"])
        book.active.append([97000001, "Afi", 2019])
        out = io.BytesIO()
        book.save(out)
        record = self._file(out.getvalue())
        record.action_start()
        self.assertEqual(self._contacts().number, "+2290197000001")

    def test_a_choice_that_cannot_be_read(self):
        record = self._file("Nom;Ville\nAfi;Cotonou\n")
        with self.assertRaises(UserError):
            record.action_start()
        record = self._file("Nom;Tel\nAfi;97000001\n")
        record.column_ids.target = "number"
        with self.assertRaises(UserError):
            record.action_start()

    def _read_until_killed(self, record, chunks):
        """As a process that is killed: what was written before stays."""
        File = type(record)
        write_rows, turns = File._write_rows, []

        def dies(this, lines):
            turns.append(1)
            if len(turns) > chunks:
                raise MemoryError
            return write_rows(this, lines)

        with patch.object(File, "_write_rows", dies):
            try:
                record._process(commit=False)
            except MemoryError:
                record.env.invalidate_all()

    def test_killed_and_started_again(self):
        rows = "".join(f"9700{n:04};Contact {n}\n" for n in range(25))
        record = self._file(f"Numéro;Nom\n{rows}97000000;Encore\n")
        record._check_ready()
        record._store({"state": "waiting"})
        with patch.object(type(record), "_import_chunk", 10):
            self._read_until_killed(record, 2)
            self.assertEqual((record.state, record.row_offset), ("running", 20))
            self.assertEqual(len(self._contacts()), 20)
            record._process(commit=False)
        self.assertEqual((record.state, record.row_offset), ("done", 26))
        self.assertEqual((record.good_count, record.bad_count), (25, 1))
        self.assertEqual(len(self._contacts()), 25)

    def test_cells_with_line_breaks(self):
        """One contact each, also where reading goes on after a kill in the middle."""
        rows = "".join(
            f'9700{n:04};"Contact {n}";"Rue {n}\r\nQuartier;Nord\r\nCotonou"\r\n'
            for n in range(25)
        )
        record = self._file(
            f'Numéro;"Nom\r\ncomplet";Adresse\r\n{rows}12;Zinsou;"a\r\nb"\r\n',
        )
        self.assertEqual(
            record.column_ids.mapped("heading"), ["Numéro", "Nom complet", "Adresse"]
        )
        record.column_ids[1].target = "name"
        record._check_ready()
        record._store({"state": "waiting"})
        with patch.object(type(record), "_import_chunk", 10):
            self._read_until_killed(record, 1)
            self.assertEqual(record.row_offset, 10)
            record._process(commit=False)
        self.assertEqual((record.good_count, record.bad_count), (25, 1))
        contacts = self._contacts()
        self.assertEqual(contacts.mapped("name"), [f"Contact {n}" for n in range(25)])
        name = self.outbound.contact_properties_definition[0]["name"]
        self.assertEqual(
            {contact.contact_properties[name] for contact in contacts},
            {f"Rue {n} Quartier;Nord Cotonou" for n in range(25)},
        )
        # The refused row comes back as it was, cell by cell
        self.assertEqual(record.error_ids.row_number, 78)
        self.assertIn('Zinsou;"a\nb"', "".join(record._refused_lines()))

    def test_good_rows_go_in_without_what_is_wrong(self):
        record = self._file(
            "Numéro;Nom;E-mail;Langue;Solde\n"
            "97000001;Afi;afi@;klingon;12\n"
            "97000002;Koffi;koffi@example.com;fr;douze\n"
            "97000003;Ama;ama@example.com;;7\n"
            "97000003;Encore;encore@;;7\n"
            "12;Zinsou;zinsou@;;7\n"
        )
        record.column_ids[4].property_type = "integer"
        record.action_start()
        self.assertEqual(
            (record.good_count, record.incomplete_count, record.bad_count), (3, 2, 2)
        )
        afi, koffi, ama = self._contacts()
        self.assertEqual((afi.name, afi.email, afi.state), ("Afi", False, "ready"))
        self.assertEqual(koffi.email, "koffi@example.com")
        balance = self.outbound.contact_properties_definition[0]["name"]
        self.assertFalse(koffi.contact_properties[balance])
        self.assertEqual(ama.contact_properties[balance], 7)
        # The report tells what was left out apart from what was refused
        self.assertEqual(sorted(record.error_sample_ids.mapped("row_number")), [5, 6])
        self.assertEqual(
            record.left_out_sample_ids.mapped(lambda e: (e.row_number, e.code)),
            [(2, "email"), (2, "lang"), (3, "value")],
        )
        french = record.with_context(lang="fr_FR")
        self.assertEqual(
            french.left_out_sample_ids[0].reason,
            "« afi@ » n'est pas une adresse e-mail.",
        )
        for word in ("Adresse e-mail: 1", "Langue: 1"):
            self.assertIn(word, french.left_out_summary)
        self.assertNotIn("mail", french.error_summary)
        # Mended and read in once more, it completes the contacts
        lines = "".join(record._left_out_lines())
        self.assertEqual(lines.count("97000001"), 1)
        self.assertNotIn("Zinsou", lines)
        self.assertNotIn("Afi", "".join(record._refused_lines()))
        mended = self._file(lines.replace("afi@", "afi@example.com"), repeated="again")
        mended.action_start()
        self.assertEqual(afi.email, "afi@example.com")

    def test_one_bad_row_among_many(self):
        """What another app's rule refuses keeps no other row out."""
        rows = "".join(f"9700{n:04};Contact {n}\n" for n in range(20))
        record = self._file("Numéro;Nom\n" + rows)
        File = self.env.registry["telecom.campaign.file"]
        real, reason = File._stage, "No Seven"

        def refuses(this, lines, *more):
            real(this, lines, *more)
            if any(row.values["name"] == "Contact 7" for row in lines.values()):
                raise UserError(reason)

        with patch.object(File, "_stage", refuses):
            record.action_start()
        self.assertEqual((record.good_count, record.bad_count), (19, 1))
        self.assertEqual(record.error_ids.reason, reason)

    def test_who_may_read_files_in(self):
        for user in (self.user_agent, self.manager_benin):
            with self.assertRaises(AccessError):
                self._file("Numéro\n97000001\n", user)
        with self.assertRaises(AccessError):
            self._file("Numéro\n97000001\n", self.supervisor_benin,
                       self._outbound("Tunis", self.tunisia))  # fmt: skip
        record = self._file("Numéro\n97000001\n")
        with self.assertRaises(AccessError):
            self.as_user(record, self.manager_tunisia).read(["name"])

    def test_a_module_that_is_off(self):
        record = self._file("Numéro\n97000001\n")
        record._check_ready()
        record._store({"state": "waiting"})
        with patch.object(
            self.env.registry["res.company"], "_telecom_allows", lambda *_args: False
        ):
            record._process(commit=False)
        self.assertEqual(record.state, "failed")
        self.assertFalse(self._contacts())

    def test_results(self):
        record = self._file("Numéro;Nom;Solde\n97000001;Afi;10\n97000002;=1+1;20\n")
        record.action_start()
        afi = self._contacts()[0]
        self._settle(afi, "busy")
        headings, first, second = self.as_user(
            record, self.user_supervisor
        )._result_rows()
        self.assertEqual(len(headings), len(first))
        self.assertEqual(headings[-1], "Solde")
        values = dict(zip(headings, first, strict=True))
        self.assertEqual(values["Number"], "+2290197000001")
        self.assertEqual(values["Last Call"], "Busy")
        self.assertEqual(values["Attempts"], 1)
        self.assertEqual(values["Solde"], 10)
        self.assertEqual(dict(zip(headings, second, strict=True))["Solde"], 20)

    def test_results_show_choices_by_their_names(self):
        self.outbound.contact_properties_definition = [
            {
                "name": "plan",
                "string": "Plan",
                "type": "selection",
                "selection": [["8f1c0a", "Or"], ["77ab02", "Argent"]],
            },
            {
                "name": "tags",
                "string": "Étiquettes",
                "type": "tags",
                "tags": [["a1b2", "VIP", 1], ["c3d4", "Fibre", 2]],
            },
            {
                "name": "shop",
                "string": "Agence",
                "type": "many2one",
                "comodel": "res.partner",
            },
        ]
        customer = self._customer()
        self._contact(
            "0197000001",
            contact_properties={
                "plan": "8f1c0a",
                "tags": ["a1b2", "c3d4"],
                "shop": customer.id,
            },
        )
        self._contact("0197000002")
        headings, first, second = self.as_user(
            self.outbound, self.user_supervisor
        )._result_rows()
        self.assertEqual(headings[-3:], ["Plan", "Étiquettes", "Agence"])
        self.assertEqual(first[-3:], ["Or", "VIP, Fibre", customer.display_name])
        self.assertEqual(second[-3:], ["", "", ""])


@tagged("post_install", "-at_install", "telecom")
class TestResultFiles(FileMakers, CallcenterSetup, HttpCase):
    def test_download(self):
        self.outbound = OutboundCase._outbound.__func__(type(self), "Relance")
        type(self).outbound = self.outbound
        for user in (self.user_supervisor, self.user_agent, self.manager_tunisia):
            user.password = f"{user.login}-password"
        record = self._file("Numéro;Nom;E-mail\n97000001;=cmd|calc;afi@\n12;Zinsou;\n")
        record.action_start()
        url = f"/telecom/campaign/file/{record.id}/results"
        self.authenticate(self.user_supervisor.login, "cc.supervisor-password")
        company = str(self.benin.id)
        self.opener.cookies.set("cids", company)
        response = self.url_open(f"{url}.csv")
        self.assertEqual(response.status_code, 200)
        self.assertIn("'+2290197000001", response.text)
        self.assertIn("'=cmd|calc", response.text, "Formulas are disarmed")
        response = self.url_open(f"{url}.xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        self.assertEqual(sheet["A2"].value, "+2290197000001")
        self.assertEqual(sheet["C2"].value, "=cmd|calc")
        self.assertEqual(sheet["C2"].data_type, "s")
        self.assertEqual(self.url_open(f"{url}.pdf").status_code, 404)
        response = self.url_open(f"/telecom/campaign/{self.outbound.id}/results.csv")
        self.assertIn("+2290197000001", response.text)
        response = self.url_open(f"/telecom/numbers/import/{record.id}/refused")
        self.assertIn("Zinsou", response.text)
        incomplete = f"/telecom/numbers/import/{record.id}/incomplete"
        response = self.url_open(incomplete)
        self.assertIn("afi@", response.text)
        self.assertNotIn("Zinsou", response.text)
        other = f"/telecom/customer/import/{record.id}/incomplete"
        self.assertEqual(self.url_open(other).status_code, 404)
        for user in (self.user_agent, self.manager_tunisia):
            self.authenticate(user.login, f"{user.login}-password")
            for path in (f"{url}.csv", incomplete):
                self.assertEqual(self.url_open(path).status_code, 404)


@tagged("post_install", "-at_install", "telecom")
class TestCampaignWizards(FileMakers, OutboundCase):
    def test_a_campaign_in_one_screen(self):
        wizard = self.as_user(
            self.env["telecom.campaign.setup"], self.user_admin
        ).create(
            {
                "name": "Impayés",
                "company_id": self.benin.id,
                "pbx_id": self.pbx.id,
                "agent_ids": self.agent.ids,
                "like_id": self.outbound.id,
                "file": base64.b64encode(b"Tel;Nom\n97000001;Afi\n"),
                "file_name": "impayes.csv",
            }
        )
        action = wizard.action_create()
        record = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(record.column_ids.mapped("target"), ["number", "name"])
        campaign = record.campaign_id
        self.assertEqual(campaign.queue_id.member_ids.agent_id, self.agent)
        self.assertEqual(
            len(campaign.disposition_ids), len(self.outbound.disposition_ids)
        )
        self.assertIn("a number file", " ".join(campaign._missing_to_go_live()))
        record.action_start()
        self.assertFalse(campaign._missing_to_go_live())
        campaign.action_go_live()
        self.assertEqual(campaign.state, "live")

    def test_as_in_another_campaign(self):
        """With its messages in every language, each after the new one's status."""
        prompt = self.env["telecom.prompt"].create(
            {"name": "Répondeur", "company_id": self.benin.id}
        )
        self.env["res.lang"]._activate_lang("fr_FR")
        self.outbound.write(
            {
                "machine_detection": True,
                "machine_action": "message",
                "machine_prompt_id": prompt.id,
                "machine_text": "We tried to reach you.",
                "refusal_digit": "5",
                "survey": "rating",
                "survey_text": "How was it? {link}",
            }
        )
        self.outbound.update_field_translations(
            "machine_text", {"fr_FR": "Nous avons appelé."}
        )
        sold, busy = self.status["sold"], self.status["busy"]
        rules = self.env["telecom.campaign.followup"].create(
            [
                {
                    "campaign_id": self.outbound.id,
                    "disposition_ids": status.ids,
                    "text": text,
                }
                for status, text in ((sold, "Thank you."), (busy, "Once more."))
            ]
        )
        rules[0].update_field_translations("text", {"fr_FR": "Merci."})
        # Its message is not one after every status
        busy.active = False
        self.env.invalidate_all()
        self.assertFalse(rules[1]._applies(sold))
        wizard = self._wizard(
            self.user_supervisor, name="Impayés", like_id=self.outbound.id
        )
        campaign = self.env["telecom.campaign"].browse(wizard.action_create()["res_id"])
        self.assertEqual(campaign.machine_prompt_id, prompt)
        self.assertTrue(campaign.machine_detection)
        self.assertEqual((campaign.refusal_digit, campaign.survey), ("5", "rating"))
        self.assertEqual(campaign.survey_text, "How was it? {link}")
        french = campaign.with_context(lang="fr_FR")
        self.assertEqual(campaign.machine_text, "We tried to reach you.")
        self.assertEqual(french.machine_text, "Nous avons appelé.")
        self.assertEqual(campaign.name, "Impayés")
        [rule] = campaign.followup_ids
        self.assertEqual(
            (rule.text, french.followup_ids.text), ("Thank you.", "Merci.")
        )
        self.assertEqual(rule.disposition_ids.campaign_id, campaign)
        self.assertEqual(rule.disposition_ids.code, sold.code)

    def _wizard(self, user, **values):
        return self.as_user(self.env["telecom.campaign.setup"], user).create(
            {
                "name": "Relance",
                "company_id": self.benin.id,
                "pbx_id": self.pbx.id,
                "agent_ids": self.agent.ids,
                **values,
            }
        )

    def _numbers(self, company):
        return self.env["telecom.did"].search([("company_id", "=", company.id)])

    def test_a_supervisor_needs_no_administrator(self):
        """From a file to a live campaign, each step with a supervisor's own rights."""
        _own, foreign = self.env["telecom.did"].create(
            [
                {"number": number, "company_id": company.id, "pbx_id": self.pbx.id}
                for number, company in (
                    ("+2290121000001", self.benin),
                    ("+21671000001", self.tunisia),
                )
            ]
        )
        wizard = self._wizard(
            self.user_supervisor, file=base64.b64encode(b"Tel;Nom\n97000001;Afi\n")
        )
        self.assertLessEqual(wizard.presented_did_ids, self._numbers(self.benin))
        self.assertTrue(wizard.presented_did_ids)
        action = wizard.action_create()
        record = wizard.env[action["res_model"]].browse(action["res_id"])
        record.action_start()
        campaign = wizard.env["telecom.campaign"].browse(
            record.action_view_campaign()["res_id"]
        )
        with self.assertRaises(UserError):
            campaign.sudo().presented_did_ids = foreign
        self.assertFalse(
            [p for p in campaign.checklist_points if p["needed"] and not p["done"]]
        )
        campaign.action_go_live()
        self.assertEqual(campaign.state, "live")
        with self.assertRaises(AccessError):
            campaign.unlink()
        with self.assertRaises(AccessError):
            self._wizard(self.user_agent)

    def test_the_checklist_says_what_keeps_a_campaign_from_going_live(self):
        action = self._wizard(self.user_supervisor).action_create()
        campaign = self.env["telecom.campaign"].browse(action["res_id"])

        def open_points():
            points = campaign._checklist_points()
            found = {p["key"] for p in points if p["needed"] and not p["done"]}
            self.assertEqual(bool(found), bool(campaign._missing_to_go_live()), found)
            return found

        self._numbers(self.benin).unlink()
        self.assertEqual(open_points(), {"files", "presented"})
        campaign.dial_mode = "predictive"
        self.assertIn("mode", open_points())
        campaign.queue_id.member_ids.unlink()
        self.assertIn("agents", open_points())
        campaign.qualification_ids.unlink()
        self.assertIn("statuses", open_points())
        for point in campaign._checklist_points():
            if point["mends"]:
                action = self.as_user(campaign, self.user_supervisor).action_mend(
                    point["key"]
                )
                view_id = action["views"][0][0]
                self.env[action["res_model"]].get_view(view_id, "form")
        with self.assertRaises(AccessError):
            self.as_user(campaign, self.user_agent).action_mend("hours")
        self.service_benin.active = False
        self.assertIn("operator", open_points())

    def test_a_back_office_campaign_in_one_screen(self):
        """As a supervisor does: from a file of work through the checklist to live."""
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Facturation", "company_id": self.benin.id}
        )
        wizard = self.as_user(
            self.env["telecom.campaign.setup"], self.user_supervisor
        ).create(
            {
                "name": "Dossiers",
                "kind": "back_office",
                "company_id": self.benin.id,
                "pbx_id": False,
                "work_due_hours": 24,
                "work_user_ids": self.user_agent.ids,
                "file": base64.b64encode(b"Dossier;Objet\nD-1;Contrat\n"),
                "file_name": "dossiers.csv",
            }
        )
        action = wizard.action_create()
        self.assertEqual(action["res_model"], "telecom.work.file")
        record = wizard.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(record.column_ids.mapped("target"), ["reference", "name"])
        campaign = record.campaign_id
        self.assertEqual((campaign.kind, campaign.work_due_hours), ("back_office", 24))
        self.assertEqual(campaign.work_user_ids, self.user_agent)
        self.assertFalse(campaign.queue_id)
        self.assertIn("handled", campaign.disposition_ids.mapped("code"))

        def point(key):
            [found] = [p for p in campaign._checklist_points() if p["key"] == key]
            return found

        def missing():
            points = campaign._checklist_points()
            found = {p["key"] for p in points if p["needed"] and not p["done"]}
            self.assertEqual(bool(found), bool(campaign._missing_to_go_live()), found)
            return found

        self.assertEqual(missing(), {"work"})
        # One file waits to be read in: that is what settles it
        self.assertEqual(campaign.action_mend("work")["res_id"], record.id)
        record.action_start()
        self.assertEqual(record.action_view_campaign()["res_id"], campaign.id)
        self.assertFalse(missing())
        self.assertEqual(point("work")["shown"], "1 to do")
        self.assertEqual(point("team")["shown"], self.user_agent.name)
        campaign.work_item_ids.sudo().unlink()
        self.assertEqual(missing(), {"work"})
        campaign.claim_team_ids = team
        self.assertEqual(point("work")["shown"], "Claims of Facturation")
        campaign.sudo().qualification_ids.unlink()
        self.assertEqual(missing(), {"statuses"})
        for each in campaign.checklist_points:
            if each["mends"]:
                action = campaign.action_mend(each["key"])
                wizard.env[action["res_model"]].get_view(action["views"][0][0], "form")
        # Claims alone are work, and what was there before is taken over
        wizard = self.as_user(
            self.env["telecom.campaign.setup"], self.user_supervisor
        ).create(
            {
                "name": "Réclamations",
                "kind": "back_office",
                "company_id": self.benin.id,
                "claim_team_ids": team.ids,
                "like_id": campaign.id,
            }
        )
        action = wizard.action_create()
        self.assertEqual(action["res_model"], "telecom.campaign")
        second = wizard.env["telecom.campaign"].browse(action["res_id"])
        self.assertEqual(
            set(second.disposition_ids.mapped("code")),
            set(campaign.disposition_ids.mapped("code")),
        )

    def test_nobody_calls(self):
        wizard = self.as_user(
            self.env["telecom.campaign.setup"], self.user_admin
        ).create({"name": "X", "company_id": self.benin.id, "pbx_id": self.pbx.id})
        with self.assertRaises(UserError):
            wizard.action_create()

    def test_recycled_by_hand(self):
        first = self._contact("0197000001", state="done")
        second = self._contact("0197000002", state="excluded", exclusion="attempts")
        self._contact("0197000003", state="excluded", exclusion="do_not_call")
        self._contact("0197000004", state="ready")
        first.write({"disposition_id": self.status["sold"].id})
        wizard = self.as_user(
            self.env["telecom.campaign.recycle"], self.user_supervisor
        ).create({"campaign_id": self.outbound.id})
        # Nobody who bought is called again because nothing was chosen
        self.assertEqual(wizard.contact_count, 1)
        wizard.finished = True
        self.assertEqual(wizard.contact_count, 2)
        self.assertEqual(
            set(wizard.contact_summary.split(" · ")),
            {f"{self.status['sold'].name}: 1", "No status: 1"},
        )
        wizard.disposition_ids = self.status["sale"]
        self.assertEqual(wizard.contact_count, 1)
        wizard.action_recycle()
        self.assertEqual((first.state, second.state), ("ready", "excluded"))
        with self.assertRaises(UserError):
            wizard.action_recycle()
