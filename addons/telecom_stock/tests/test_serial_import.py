import base64
import contextlib
import io
from datetime import date, datetime
from unittest.mock import patch

import openpyxl
from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.telecom_crm.tools.table import BadRow
from odoo.addons.telecom_stock.engine import serial_file

from .test_serial import SerialCase, iccid, imei


@tagged("post_install", "-at_install", "telecom")
class TestSerialFile(BaseCase):
    def _parse(self, cells, headings="Produit;ICCID;IMSI;PUK;MSISDN", default=None):
        parser = serial_file.Parser(
            serial_file.propose(headings.split(";")),
            {"sim 4g": (7, "iccid"), "a1": (8, "imei"), "double": None},
            default,
            "BJ",
        )
        return parser(2, ";".join(cells), cells)

    def test_headings_of_suppliers_are_understood(self):
        for headings, targets in (
            ("ICCID;IMSI;PUK1;MSISDN", ["serial", "imsi", "puk", "msisdn"]),
            ("N° de série;Désignation", ["serial", "product"]),
            ("IMEI 1;IMEI 2;Modèle", ["serial", None, "product"]),
            ("Colour;PIN1;Serial Number", [None, None, "serial"]),
        ):
            with self.subTest(headings):
                found = serial_file.propose(headings.split(";"))
                places = range(len(targets))
                self.assertEqual([found.get(place) for place in places], targets)

    def test_headings_of_secrets(self):
        for heading, secret in (
            ("PIN1", True),
            ("PIN 2", True),
            ("Code PUK2", True),
            ("KI", True),
            ("eKi", True),
            ("OPc", True),
            ("ADM1", True),
            ("KIC_01", True),
            ("Transport Key", True),
            ("Mot de passe", True),
            ("Clé secrète", True),
            ("Kit", False),
            ("Colour", False),
            ("Spin", False),
            ("Opérateur", False),
        ):
            with self.subTest(heading):
                found = serial_file.secret_positions(["ICCID", heading], {0: "serial"})
                self.assertEqual(found, {1} if secret else set())
        # What has another meaning is shown, whatever it is called
        self.assertEqual(
            serial_file.secret_positions(["SIM Key"], {0: "serial"}), set()
        )

    def test_every_secret_is_masked(self):
        parser = serial_file.Parser(
            {0: "serial", 2: "puk"},
            {},
            (7, "iccid"),
            "BJ",
            headings=["ICCID", "PIN1", "PUK1", "KI", "Note"],
            separator=";",
        )
        cells = [iccid(1), "0000", "12345678", "A1B2C3", "bleu"]
        mask = serial_file.MASK
        self.assertEqual(
            parser.masked(";".join(cells), cells),
            ";".join([iccid(1), mask, mask, mask, "bleu"]),
        )
        quoted = [*cells[:4], 'dit "bleu"; clair']
        self.assertEqual(
            parser.masked('…"', quoted).count(mask), 3, "and what is quoted stays so"
        )
        self.assertIn('"dit ""bleu""; clair"', parser.masked('…"', quoted))
        # A cell too few: nobody knows which is which
        short = cells[:4]
        self.assertEqual(
            parser.masked(";".join(short), short),
            ";".join([iccid(1), mask, mask, mask]),
        )
        self.assertEqual(parser.masked("x", None), "")

    def test_a_row_is_read(self):
        row = self._parse(
            ["SIM 4G", f"{iccid(1)}F", "616030000000001", "1234 5678", "0197120009"]
        )
        self.assertEqual(row.product, 7)
        self.assertEqual(row.name, iccid(1))
        self.assertEqual(row.puk, "12345678")
        self.assertEqual(row.msisdn, "+2290197120009")
        self.assertNotIn("1234 5678", row.text)

    def test_signs_of_spreadsheets_are_no_part_of_a_number(self):
        for text in (f"'{iccid(1)}", f'="{iccid(1)}"', f" {iccid(1)} "):
            with self.subTest(text):
                self.assertEqual(self._parse(["SIM 4G", text]).name, iccid(1))

    def test_bad_rows_say_why(self):
        good = ["SIM 4G", iccid(1), "616030000000001", "12345678", "0197120009"]
        for place, text, code in (
            (0, "", "no_product"),
            (0, "Vélo", "product"),
            (0, "Double", "several_products"),
            (1, "", "iccid"),
            (1, "490154203237518", "iccid"),
            (1, "8,92290177E+18", "rounded"),
            (1, "8.92E18", "rounded"),
            (2, "12", "imsi"),
            (3, "1234", "puk"),
            (3, serial_file.MASK, "puk"),
            (4, "abc", "number"),
        ):
            cells = list(good)
            cells[place] = text
            with self.subTest(code, text=text), self.assertRaises(BadRow) as caught:
                self._parse(cells)
            self.assertEqual(caught.exception.code, code)
        with self.assertRaises(BadRow) as caught:
            self._parse(["SIM 4G"])
        self.assertEqual(caught.exception.code, "columns")


class SerialImportCase(SerialCase):
    def _import(self, text, user=None, start=True, **values):
        if isinstance(text, str):
            text = text.encode()
        record = (
            self.env["telecom.serial.import"]
            .with_user(user or self.keeper_benin)
            .create(
                {
                    "name": "livraison.csv",
                    "file": base64.b64encode(text),
                    "boutique_id": self.boutique.id,
                    **values,
                }
            )
        )
        if start:
            record.action_start()
        return record

    def _reasons(self, record):
        return {error.row_number: error.reason for error in record.error_ids.sudo()}

    def _lots(self, names):
        return self.env["stock.lot"].search(
            [("company_id", "=", self.benin.id), ("name", "in", names)]
        )


@tagged("post_install", "-at_install", "telecom")
class TestSerialImport(SerialImportCase):
    def test_a_delivery_comes_into_stock(self):
        record = self._import(
            "Produit;ICCID;IMSI;PUK;MSISDN\n"
            f"Carte SIM 4G;{iccid(1)}F;616030000000001;12345678;0197120009\n"
            f"Téléphone A1;{imei(1)[:14]};;;\n",
            reference="BL 4711",
        )
        self.assertEqual(record.state, "done")
        self.assertEqual((record.good_count, record.bad_count), (2, 0))
        sim, phone = self._lots([iccid(1)]), self._lots([imei(1)])
        self.assertEqual(sim.telecom_imsi, "616030000000001")
        self.assertEqual(sim.sudo().telecom_puk, "12345678")
        self.assertEqual(sim.telecom_msisdn, "+2290197120009")
        for lot in sim | phone:
            self.assertEqual(lot.telecom_state, "stock")
            self.assertEqual(lot.telecom_boutique_id, self.boutique)
            self.assertEqual(lot.product_qty, 1)
            self.assertEqual(self._history(lot), [("moved", "stock")])
        picking = record.sudo().picking_ids
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.origin, "BL 4711")
        self.assertEqual(picking.move_line_ids.lot_id, sim | phone)
        items = record.action_view_items()
        self.assertEqual(self.env["stock.lot"].search(items["domain"]), sim | phone)
        # And on they go
        sim._telecom_activate(self.line)
        self.assertEqual(self.line.sudo().puk, "12345678")
        phone._telecom_sell(self.customer)
        self.assertEqual(phone.telecom_state, "sold")

    def test_a_workbook_is_read(self):
        book = openpyxl.Workbook()
        book.active.append(["IMEI", "Modèle"])
        book.active.append([imei(1), "Téléphone A1"])
        # A number, as spreadsheets like to make of it
        book.active.append([int(imei(2)), "Téléphone A1"])
        file = io.BytesIO()
        book.save(file)
        record = self._import(file.getvalue(), name="livraison.xlsx")
        self.assertEqual(record.good_count, 2, self._reasons(record))
        self.assertEqual(len(self._lots([imei(1), imei(2)])), 2)

    def test_bad_rows_come_back_with_reasons(self):
        self._receive(self.phone, [imei(9)])
        self._line(self.customer, "+2290197120002", iccid=iccid(9))
        rows = [
            f"Téléphone A1;{imei(1)};",
            f"Téléphone A1;{imei(1)};",
            f"Téléphone A1;{imei(9)};",
            f"Routeur 4G;{imei(9)};",
            f"Vélo;{imei(2)};",
            "Téléphone A1;490154203237519;",
            f"Carte SIM 4G;{iccid(9)};",
            f"Carte SIM 4G;{iccid(2)};12",
            "Téléphone A1;3,5693E+14;",
            f"Carte SIM 4G;{iccid(3)};12345678",
        ]
        record = self._import("Produit;Série;PUK\n" + "\n".join(rows) + "\n")
        self.assertEqual((record.good_count, record.bad_count), (2, 8))
        reasons = self._reasons(record)
        self.assertEqual(set(reasons), {3, 4, 5, 6, 7, 8, 9, 10})
        for number, words in (
            (3, "twice"),
            (4, "already"),
            (5, "twice"),
            (6, "none of your products"),
            (7, "last digit would be 8"),
            (8, "in a line"),
            (9, "8 digits"),
            (10, "rounded"),
        ):
            with self.subTest(number):
                self.assertIn(words, reasons[number])
        self.assertEqual(self._lots([imei(1)]).telecom_state, "stock")
        french = record.error_ids.with_context(lang="fr_FR").filtered(
            lambda error: error.row_number == 7
        )
        if self.env["res.lang"]._lang_get("fr_FR"):
            self.assertIn("chiffre", french.reason)
        lines = "".join(record._refused_lines())
        self.assertEqual(len(lines.splitlines()), 9)

    def test_a_sim_of_a_line_is_known_without_its_check_digit(self):
        self._line(self.customer, "+2290197120002", iccid=iccid(9)[:18])
        record = self._import(
            f"ICCID\n{iccid(9)}\n{iccid(8)}\n", product_id=self.sim.id
        )
        self.assertEqual((record.good_count, record.bad_count), (1, 1))
        self.assertIn("in a line", self._reasons(record)[2])
        self.assertFalse(self._lots([iccid(9)]))

    def test_a_number_is_made_into_one_sim(self):
        sim = self._receive(self.sim, [iccid(9)])
        sim.telecom_msisdn = "+2290197120009"
        rows = [
            f"Carte SIM 4G;{iccid(1)};0197120009",
            f"Carte SIM 4G;{iccid(2)};0197120008",
            f"Carte SIM 4G;{iccid(3)};0197120008",
            f"Carte SIM 4G;{iccid(4)};",
            # A telephone that is sold with its SIM
            f"Téléphone A1;{imei(1)};0197120008",
        ]
        record = self._import("Produit;Série;MSISDN\n" + "\n".join(rows) + "\n")
        self.assertEqual((record.good_count, record.bad_count), (3, 2))
        reasons = self._reasons(record)
        self.assertIn("+2290197120009 is that of another SIM", reasons[2])
        self.assertIn("+2290197120008 stands in the file twice", reasons[4])
        self.assertEqual(self._lots([iccid(2)]).telecom_msisdn, "+2290197120008")

    def test_puks_are_kept_nowhere_but_on_the_sim(self):
        record = self._import(
            f"ICCID;PUK\n{iccid(1)};87654321\n{iccid(1)};87654322\ngarbage;87654323\n",
            product_id=self.sim.id,
            start=False,
        )
        self.assertNotIn("8765432", str(record.column_ids.read()))
        record.action_start()
        self.assertEqual(record.bad_count, 2)
        self.assertNotIn("8765432", str(record.error_ids.sudo().read()))
        self.assertNotIn("8765432", "".join(record._refused_lines()))
        self.assertFalse(record.file)
        self.assertFalse(
            self.env["ir.attachment"].search(
                [("res_model", "=", record._name), ("res_id", "=", record.id)]
                + [("res_field", "!=", False)]
            )
        )
        self.assertEqual(self._lots([iccid(1)]).sudo().telecom_puk, "87654321")

    def test_secrets_of_columns_nobody_asked_for(self):
        record = self._import(
            "ICCID;PIN1;PUK2;KI;ADM1\n"
            f"{iccid(1)};7531;86420864;F00DF00D;BEEF0001\n"
            "garbage;7532;86420865;F00DF00E;BEEF0002\n"
            f"{iccid(2)};7533;86420866;F00DF00F\n",
            product_id=self.sim.id,
            start=False,
        )
        kept = str(record.column_ids.read())
        record.action_start()
        self.assertEqual((record.good_count, record.bad_count), (2, 1))
        kept += str(record.error_ids.sudo().read()) + "".join(record._refused_lines())
        for secret in ("753", "8642086", "F00D", "BEEF"):
            self.assertNotIn(secret, kept)
        self.assertIn("garbage", kept)
        self.assertFalse(record.file, "Nobody reads them in the file either")

    def test_the_same_file_once_more_brings_nothing(self):
        text = "IMEI\n" + "".join(f"{imei(number)}\n" for number in range(50))
        first = self._import(text, product_id=self.phone.id)
        again = self._import(text, product_id=self.phone.id)
        self.assertEqual(again.same_file_id, first)
        self.assertEqual((first.good_count, again.good_count), (50, 0))
        self.assertEqual(again.bad_count, 50)
        self.assertFalse(again.sudo().picking_ids)
        self.assertEqual(self.phone.with_company(self.benin).qty_available, 50)

    def test_killed_and_run_again_it_ends_the_same(self):
        text = "IMEI\n" + "".join(f"{imei(number)}\n" for number in range(10))
        record = self._import(text, product_id=self.phone.id, start=False)
        record._check_ready()
        record._store({"state": "waiting"})
        Import = type(record)
        taken = Import._take_in

        def dies(self, chunk, parser):
            if self.row_offset >= 6:
                raise MemoryError
            return taken(self, chunk, parser)

        with patch.object(Import, "_import_chunk", 3):
            with patch.object(Import, "_take_in", dies):
                # Not by assertRaises, which would take back what was committed
                with contextlib.suppress(MemoryError):
                    record._process(commit=False)
            self.assertEqual((record.row_offset, record.good_count), (6, 6))
            record.sudo()._process(commit=False)
        self.assertEqual(record.state, "done")
        self.assertEqual((record.good_count, record.bad_count), (10, 0))
        self.assertEqual(len(self._lots([imei(number) for number in range(10)])), 10)
        self.assertEqual(len(record.sudo().picking_ids), 4)

    def test_what_a_rule_refuses_keeps_no_other_row_out(self):
        text = "IMEI\n" + "".join(f"{imei(number)}\n" for number in range(20))
        record = self._import(text, product_id=self.phone.id, start=False)
        receive, recalled = type(record)._receive, "Rappelé par le constructeur"

        def refuses(self, rows):
            if any(row.name == imei(7) for row in rows):
                raise UserError(recalled)
            return receive(self, rows)

        with patch.object(type(record), "_receive", refuses):
            record.action_start()
        self.assertEqual((record.good_count, record.bad_count), (19, 1))
        self.assertEqual(self._reasons(record)[9], recalled)
        self.assertFalse(self._lots([imei(7)]))

    def test_received_by_somebody_else_meanwhile(self):
        """The transaction began before; it is told to look again, and then knows."""
        text = "IMEI\n" + "".join(f"{imei(number)}\n" for number in range(20))
        record = self._import(text, product_id=self.phone.id, start=False)
        self._receive(self.phone, [imei(7)])
        with patch.object(type(record), "_known", lambda self, names: {}):
            with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                record.action_start()
        self.assertEqual(record.state, "draft")
        record.action_start()
        self.assertEqual((record.good_count, record.bad_count), (19, 1))
        self.assertIn("already", self._reasons(record)[9])

    def test_a_choice_is_missing(self):
        for text, values, words in (
            (f"IMEI\n{imei(1)}\n", {}, "product"),
            ("Produit\nTéléphone A1\n", {"product_id": self.phone.id}, "serial"),
        ):
            with self.subTest(words), self.assertRaises(UserError) as caught:
                self._import(text, **values)
            self.assertIn(words, str(caught.exception))

    def test_only_stock_managers_and_only_their_operator(self):
        text = f"IMEI\n{imei(1)}\n"
        record = self._import(text, product_id=self.phone.id)
        for user in (self.shop_benin, self.clerk_benin, self.shop_tunisia):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._import(text, user=user, product_id=self.phone.id)
        with self.assertRaises(AccessError):
            record.with_user(self.manager_tunisia).read(["name"])
        with self.assertRaises(UserError):
            self._import(
                text,
                user=self.manager_tunisia,
                boutique_id=False,
                company_id=self.tunisia.id,
                warehouse_id=self.warehouse.id,
                product_id=self.phone.id,
            )

    def test_the_module_switched_off_reads_nothing(self):
        record = self._import(f"IMEI\n{imei(1)}\n", product_id=self.phone.id, start=0)
        record.sudo()._store({"state": "waiting"})
        with patch.object(
            type(self.env["res.company"]), "_telecom_allows", lambda *args: False
        ):
            record.sudo()._process(commit=False)
        self.assertEqual(record.state, "failed")
        self.assertFalse(self._lots([imei(1)]))


@tagged("post_install", "-at_install", "telecom")
class TestSerialImportAsOdoo(SerialImportCase):
    """What a file brings is what Odoo's own receipt brings, in every column."""

    TABLES = (
        "stock_picking",
        "stock_move",
        "stock_move_line",
        "stock_lot",
        "stock_quant",
        "telecom_serial_event",
    )

    def _snapshot(self, receive):
        """Return what a receipt writes, and take it back."""
        found = {}
        self.env.flush_all()
        last = {
            table: self._rows(f"SELECT max(id) FROM {table}")[0][0] or 0
            for table in self.TABLES
        }
        products = self._product_rows()
        try:
            with self.env.cr.savepoint():
                picking = receive()
                self.env.flush_all()
                for table in self.TABLES:
                    self.env.cr.execute(
                        f"SELECT * FROM {table} WHERE id > %s ORDER BY id",
                        [last[table]],
                    )
                    found[table] = self.env.cr.dictfetchall()
                name = picking.name
                after = self._product_rows()
                raise InterruptedError
        except InterruptedError:
            self.env.invalidate_all(flush=False)
        lots = {row["id"]: row["name"] for row in found["stock_lot"]}
        ids = {
            table: {row["id"]: f"{table} {place}" for place, row in enumerate(rows)}
            for table, rows in found.items()
        }
        ids["stock_lot"] = lots
        moves = {row["id"]: row["product_id"] for row in found["stock_move"]}
        ids["stock_move"] = {move: f"move of {moves[move]}" for move in moves}
        return {
            "products": (products, after),
            **{
                table: sorted((self._plain(row, ids, name) for row in rows), key=repr)
                for table, rows in found.items()
            },
        }

    def _rows(self, query):
        self.env.cr.execute(query)
        return self.env.cr.fetchall()

    def _product_rows(self):
        return self._rows(
            "SELECT id, standard_price::text FROM product_product"
            f" WHERE id IN ({self.sim.id}, {self.phone.id}) ORDER BY id"
        )

    def _plain(self, row, ids, name):
        """Return a row without what two receipts never have in common."""
        plain = {}
        links = {
            "picking_id": "stock_picking",
            "move_id": "stock_move",
            "lot_id": "stock_lot",
        }
        for column, value in row.items():
            if column in ("id", "write_uid"):
                continue
            if column in links and value:
                value = ids[links[column]][value]
            elif isinstance(value, datetime):
                value = "a moment"
            elif isinstance(value, date):
                value = value.isoformat()
            elif isinstance(value, str):
                value = value.replace(name, "NAME")
            elif isinstance(value, dict):
                value = repr(sorted(value.items()))
            plain[column] = value
        return sorted(plain.items())

    def _compare(self):
        wanted = [
            (self.sim, [iccid(number) for number in range(5)]),
            (self.phone, [imei(number) for number in range(7)]),
        ]
        text = "Produit;Série\n" + "".join(
            f"{product.name};{name}\n" for product, names in wanted for name in names
        )

        def by_file():
            record = self._import(text)
            self.assertEqual(record.good_count, 12, self._reasons(record))
            return record.sudo().picking_ids

        def by_odoo():
            return self._odoo_receipt(wanted)

        mine, odoos = self._snapshot(by_file), self._snapshot(by_odoo)
        self.assertEqual(mine["products"], odoos["products"])
        for table in self.TABLES:
            self.assertEqual(len(mine[table]), len(odoos[table]), table)
            for one, other in zip(mine[table], odoos[table], strict=True):
                different = [
                    (a[0], a[1], b[1])
                    for a, b in zip(one, other, strict=True)
                    if a != b
                ]
                self.assertFalse(different, f"{table}: column, file, Odoo")

    def _odoo_receipt(self, wanted):
        kind = self.warehouse.in_type_id
        source, destination = self.suppliers, self.warehouse.lot_stock_id
        picking = (
            self.env["stock.picking"]
            .with_user(self.keeper_benin)
            .with_company(self.benin)
            .create(
                {
                    "picking_type_id": kind.id,
                    "location_id": source.id,
                    "location_dest_id": destination.id,
                    "origin": "livraison.csv",
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom": product.uom_id.id,
                                "product_uom_qty": len(names),
                                "location_id": source.id,
                                "location_dest_id": destination.id,
                            }
                        )
                        for product, names in wanted
                    ],
                }
            )
        )
        picking.action_confirm()
        # Odoo makes one line for each item; the numbers are typed into them
        for move, (_product, names) in zip(picking.move_ids, wanted, strict=True):
            for line, name in zip(move.move_line_ids, names, strict=True):
                line.lot_name = name
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def test_a_receipt_is_the_same(self):
        self._compare()

    def test_with_a_price_it_is_worth_the_same(self):
        for product, price in ((self.sim, 500), (self.phone, 45000)):
            product.with_company(self.benin).standard_price = price
        if "cost_method" in self.env["product.template"]._fields:
            for method in ("standard", "average", "fifo"):
                category = self.env["product.category"].create({"name": method})
                category.with_company(self.benin).property_cost_method = method
                (self.sim | self.phone).categ_id = category
                with self.subTest(method):
                    self._compare()
        else:
            self._compare()


@tagged("post_install", "-at_install", "telecom")
class TestSerialImportPage(HttpCase, SerialImportCase):
    def test_refused_rows_are_downloaded_by_who_may_see_them(self):
        record = self._import("IMEI\n123\n", product_id=self.phone.id)
        url = f"/telecom/serial/import/{record.id}/refused"
        new_test_user(
            self.env,
            "t.keeper.tunisia",
            groups="telecom_stock.group_telecom_stock_manager",
            company_id=self.tunisia.id,
            company_ids=[Command.set(self.tunisia.ids)],
        )
        for login, status in (
            ("t.keeper.benin", 200),
            ("t.shop.benin", 404),
            ("t.keeper.tunisia", 404),
        ):
            self.authenticate(login, login)
            with self.subTest(login):
                response = self.url_open(url)
                self.assertEqual(response.status_code, status)
                self.assertEqual("123" in response.text, status == 200)
