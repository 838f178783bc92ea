"""The engine of rating, and records read from files; no database."""

from datetime import date, datetime
from decimal import Decimal as D

import pytz

from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_billing.engine import parts, rating, records
from odoo.addons.telecom_crm.tools.table import BadRow


@tagged("post_install", "-at_install", "telecom")
class TestRatingEngine(BaseCase):
    def test_increments(self):
        for quantity, first, following, expected in (
            (0, 60, 1, 0),
            (1, 60, 1, 60),
            (60, 60, 1, 60),
            (61, 60, 1, 61),
            (61, 60, 60, 120),
            (120, 60, 60, 120),
            (7, 1, 1, 7),
            (1025, 1024, 512, 1536),
        ):
            with self.subTest(quantity=quantity, first=first, following=following):
                self.assertEqual(rating.billed(quantity, first, following), expected)

    def test_the_longest_prefix(self):
        prefixes = {"", "229", "22901", "33", "336"}
        for number, expected in (
            ("2290195", "22901"),
            ("22920", "229"),
            ("33612", "336"),
            ("1212", ""),
            ("", ""),
            ("INFO", ""),
        ):
            with self.subTest(number):
                self.assertEqual(rating.longest_prefix(prefixes, number), expected)
        self.assertIsNone(rating.longest_prefix({"229"}, "33"))

    def test_parts_share_nothing(self):
        for holders, size, expected in (
            ([], 9, [[["x"]]]),
            ([("a", 1), ("b", 2)], 1, [[["a"]], [["b"]], [["x"]]]),
            ([("a", 1), ("b", 2)], 9, [[["a"], ["b"], ["x"]]]),
            # Two numbers of a line, two lines of a number, a chain of them
            ([("a", 1), ("b", 2), ("c", 1)], 1, [[["a", "c"]], [["b"]], [["x"]]]),
            ([("a", 1), ("b", 2), ("a", 2)], 1, [[["a", "b"]], [["x"]]]),
            (
                [("a", 1), ("b", 2), ("c", 3), ("c", 1), ("b", ("account", 7))]
                + [("a", ("account", 7))],
                1,
                [[["a", "b", "c"]], [["x"]]],
            ),
        ):
            numbers = {number: 1 for number, _owner in holders} | {"x": 1}
            with self.subTest(holders=holders, size=size):
                self.assertEqual(parts.parts(holders, numbers, size), expected)

    def test_amounts(self):
        minute = {"price": D(60), "per": 60, "digits": 0}
        for label, values, kind, quantity, left, off_peak, expected in (
            ("a minute", minute, "voice", 60, 0, False, 60),
            ("by the second", minute, "voice", 61, 0, False, 61),
            (
                "in steps",
                {**minute, "first_increment": 60, "next_increment": 30},
                "voice",
                61,
                0,
                False,
                90,
            ),
            (
                "off-peak",
                {**minute, "price_off_peak": D(30)},
                "voice",
                60,
                0,
                True,
                30,
            ),
            ("no other price off-peak", minute, "voice", 60, 0, True, 60),
            (
                "free off-peak",
                {**minute, "price_off_peak": D(0)},
                "voice",
                60,
                0,
                True,
                0,
            ),
            ("covered", minute, "voice", 60, 60, False, 0),
            ("covered in part", minute, "voice", 60, 20, False, 40),
            (
                "not against allowances",
                {**minute, "included": False},
                "voice",
                60,
                60,
                False,
                60,
            ),
            (
                "connection",
                {**minute, "connection_fee": D(15)},
                "voice",
                10,
                0,
                False,
                25,
            ),
            (
                "covered: no connection either",
                {**minute, "connection_fee": D(15), "minimum_charge": D(30)},
                "voice",
                10,
                10,
                False,
                0,
            ),
            ("minimum", {**minute, "minimum_charge": D(30)}, "voice", 10, 0, False, 30),
            (
                "nothing used",
                {**minute, "minimum_charge": D(30)},
                "voice",
                0,
                0,
                False,
                0,
            ),
            (
                "half up",
                {"price": D(1), "per": 2, "digits": 0},
                "voice",
                1,
                0,
                False,
                1,
            ),
            (
                "up",
                {"price": D("0.001"), "per": 1, "digits": 0, "rounding": "up"},
                "sms",
                1,
                0,
                False,
                1,
            ),
            (
                "down",
                {"price": D("0.999"), "per": 1, "digits": 0, "rounding": "down"},
                "sms",
                1,
                0,
                False,
                0,
            ),
            (
                "three decimals of the dinar",
                {"price": D("0.045"), "per": 60, "digits": 3},
                "voice",
                61,
                0,
                False,
                D("0.046"),
            ),
            (
                "a started kilobyte",
                {"price": D(10), "per": 1, "digits": 0},
                "data",
                1001,
                0,
                False,
                20,
            ),
            (
                "megabytes",
                {"price": D(50), "per": 1000, "digits": 0},
                "data",
                3_500_000,
                1000,
                False,
                125,
            ),
        ):
            with self.subTest(label):
                found = rating.rate_record(
                    rating.Rate(**values), kind, quantity, off_peak, left
                )
                self.assertEqual(found.amount, expected)

    def test_off_peak_hours(self):
        minutes = rating.minutes_of(
            [("workday", 0, 7), ("workday", 21.5, 24), ("6", 0, 24), ("holiday", 0, 24)]
        )
        holidays = {date(2026, 8, 1)}
        for moment, expected in (
            ("2026-11-20 06:59", True),
            ("2026-11-20 07:00", False),
            ("2026-11-20 21:29", False),
            ("2026-11-20 21:30", True),
            ("2026-11-21 23:00", False),  # a Saturday
            ("2026-11-22 12:00", True),  # a Sunday
            ("2026-08-01 12:00", True),  # a holiday on a Saturday
        ):
            with self.subTest(moment):
                self.assertEqual(
                    rating.is_off_peak(
                        minutes, holidays, datetime.fromisoformat(moment)
                    ),
                    expected,
                )
        # Without hours of their own, holidays are days like others
        minutes = rating.minutes_of([("5", 0, 24)])
        self.assertTrue(rating.is_off_peak(minutes, holidays, datetime(2026, 8, 1, 12)))


@tagged("post_install", "-at_install", "telecom")
class TestRecords(BaseCase):
    COLUMNS = {
        "key": 0,
        "subscriber": 1,
        "number": 2,
        "start": 3,
        "kind": 4,
        "duration": 5,
        "volume": 6,
        "currency": 7,
    }

    def _reader(self, **values):
        values = {
            "region": "BJ",
            "zone": pytz.timezone("Africa/Porto-Novo"),
            "oldest": datetime(2026, 9, 1),
            "newest": datetime(2026, 11, 21, 12),
            "currency": "XOF",
            "kinds": {"moc": "voice", "sms": "sms", "gprs": "data"},
            **values,
        }
        return records.Reader(values.pop("columns", self.COLUMNS), **values)

    def _cells(self, **changed):
        cells = ["1", "0195010101", "0195020202", "2026-11-20 10:00:00"]
        cells += ["MOC", "61", "0", ""]
        for name, value in changed.items():
            cells[self.COLUMNS[name]] = value
        return cells

    def test_a_record(self):
        key, subscriber, kind, number, start, quantity = self._reader()(self._cells())
        self.assertEqual(len(key), 32)
        self.assertEqual(
            (subscriber, kind, number, start, quantity),
            (
                "+2290195010101",
                "voice",
                "+2290195020202",
                datetime(2026, 11, 20, 9),
                61,
            ),
        )

    def test_numbers_as_switches_write_them(self):
        reader = self._reader()
        for text, expected in (
            ("0022995020202", "+2290195020202"),
            ("+33612345678", "+33612345678"),
            ("00 33 6 12 34 56 78", "+33612345678"),
            ("123", "123"),
            ("INFO-SMS", "INFO-SMS"),
            ("", ""),
            ("a\tb\\N\n", "ab/N"),
            ("x" * 5000, "x" * 32),
        ):
            with self.subTest(text[:20]):
                self.assertEqual(reader(self._cells(number=text))[3], expected)

    def test_dates_of_all_kinds(self):
        for date_format, text, expected in (
            ("iso", "2026-11-20T10:00:00", datetime(2026, 11, 20, 9)),
            ("iso", "2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10)),
            ("iso", "2026-11-20 10:00:00.750+02:00", datetime(2026, 11, 20, 8)),
            ("compact", "20261120100000", datetime(2026, 11, 20, 9)),
            ("day_first", "20/11/2026 10:00", datetime(2026, 11, 20, 9)),
            ("month_first", "11/20/2026 10:00:01", datetime(2026, 11, 20, 9, 0, 1)),
            ("epoch", "1795168800", datetime(2026, 11, 20, 10)),
        ):
            with self.subTest(date_format=date_format, text=text):
                found = self._reader(date_format=date_format)(self._cells(start=text))
                self.assertEqual(found[4], expected)

    def test_the_clock_changes(self):
        reader = self._reader(
            zone=pytz.timezone("Europe/Paris"),
            oldest=datetime(2026, 3, 1),
            newest=datetime(2026, 12, 1),
        )
        for text, expected in (
            ("2026-03-29 01:59:59", datetime(2026, 3, 29, 0, 59, 59)),
            ("2026-03-29 03:00:00", datetime(2026, 3, 29, 1)),
            ("2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30)),  # the first one
            ("2026-10-25 03:00:00", datetime(2026, 10, 25, 2)),
        ):
            with self.subTest(text):
                self.assertEqual(reader(self._cells(start=text))[4], expected)

    def test_quantities(self):
        for values, cells, expected in (
            ({"voice_unit": "minute"}, {"duration": "1.5"}, 90),
            ({"voice_unit": "clock"}, {"duration": "1:02:03"}, 3723),
            ({"voice_unit": "clock"}, {"duration": "02:03"}, 123),
            ({}, {"duration": "60.2"}, 61),
            ({"decimal": ","}, {"duration": "60,2"}, 61),
            ({}, {"kind": "SMS", "duration": ""}, 1),
            ({}, {"kind": "gprs", "volume": "12345"}, 12345),
            (
                {"data_unit": "megabyte"},
                {"kind": "gprs", "volume": "1.5"},
                1_500_000,
            ),
        ):
            with self.subTest(values=values, cells=cells):
                self.assertEqual(
                    self._reader(**values)(self._cells(**cells))[5], expected
                )

    def test_what_cannot_be_a_record(self):
        reader = self._reader()
        for code, cells in (
            ("long", None),
            ("columns", ["1", "2"]),
            ("empty", self._cells(subscriber=" ")),
            ("number", self._cells(subscriber="abc")),
            ("number", self._cells(subscriber="=1+1")),
            ("number", self._cells(subscriber="9" * 10_000)),
            ("date", self._cells(start="yesterday")),
            ("date", self._cells(start="2026-02-30 10:00:00")),
            ("date", self._cells(start="2026-W47-1 10:00:00")),
            ("date", self._cells(start="9" * 10_000)),
            ("date", self._cells(start="٢٠٢٦-١١-٢٠ ١٠:٠٠:٠٠")),
            ("date", self._cells(start="0001-01-01 00:00:00")),
            ("old", self._cells(start="1970-01-01 00:00:00")),
            ("future", self._cells(start="2999-01-01 00:00:00")),
            ("future", self._cells(start="9999-12-31 23:59:59")),
            ("kind", self._cells(kind="FAX")),
            ("kind", self._cells(kind="")),
            ("value", self._cells(duration="")),
            ("value", self._cells(duration="1,5")),
            ("value", self._cells(duration="NaN")),
            ("value", self._cells(duration="Infinity")),
            ("value", self._cells(duration="1e9")),
            ("value", self._cells(duration="9" * 1_000)),
            ("value", self._cells(duration="\x00")),
            ("negative", self._cells(duration="-5")),
            ("large", self._cells(duration="999999999")),
            ("large", self._cells(kind="gprs", volume="99999999999999")),
            ("currency", self._cells(currency="EUR")),
            ("key", self._cells(key="")),
            ("key", self._cells(key="k" * 1_000)),
        ):
            with self.subTest(code=code, cells=str(cells)[:60]):
                with self.assertRaises(BadRow) as caught:
                    reader(cells)
                self.assertEqual(caught.exception.code, code)
                self.assertLessEqual(len(caught.exception.text), 80)

    def test_without_a_key_the_record_is_its_own(self):
        columns = {**self.COLUMNS}
        del columns["key"]
        reader = self._reader(columns=columns)
        first = reader(self._cells())[0]
        self.assertEqual(
            first, reader(self._cells(subscriber="+229 01 95 01 01 01"))[0]
        )
        self.assertNotEqual(first, reader(self._cells(duration="62"))[0])
