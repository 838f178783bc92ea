import base64
import contextlib
import io
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytz
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.telecom_billing.engine import proration, rating, wire
from odoo.addons.telecom_billing.engine.records import months_of

from ..models import telecom_usage_file as module
from ..models import telecom_usage_rater
from .test_subscription import SubscriptionCase

NOW = "2026-11-21 12:00:00"
HEADINGS = "id;msisdn;other;start;type;seconds;bytes;currency"


class UsageCase(SubscriptionCase):
    """A tariff, a source of files, and lines with a subscription."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whatever language the database's users begin with
        cls.biller.lang = "en_US"
        cls.tariff = cls._tariff(cls.benin)
        cls.basic.product_tmpl_id.telecom_tariff_id = cls.tariff
        cls.big.product_tmpl_id.telecom_tariff_id = cls.tariff
        cls.source = cls._source(cls.benin)
        cls.subscription = cls._subscription(line=cls.line, start="2026-09-01")
        cls.account = cls.subscription.account_id

    @classmethod
    def _tariff(cls, company):
        return cls.env["telecom.tariff"].create(
            {
                "name": f"Tarif {company.name}",
                "company_id": company.id,
                "rate_ids": [
                    (0, 0, {"date_from": "2026-01-01", "rounding_digits": 0, **values})
                    for values in (
                        {
                            "name": "National",
                            "prefix": "229",
                            "price": 60,
                            "has_off_peak": True,
                            "price_off_peak": 30,
                        },
                        {
                            "name": "France",
                            "prefix": "33",
                            "price": 300,
                            "first_increment": 60,
                            "next_increment": 30,
                            "included": False,
                        },
                        {
                            "name": "France mobile",
                            "prefix": "336",
                            "price": 450,
                            "connection_fee": 10,
                            "minimum_charge": 100,
                            "included": False,
                        },
                        {"name": "Other", "prefix": "", "price": 600},
                        {
                            "name": "SMS",
                            "prefix": "",
                            "usage_kind": "sms",
                            "price": 20,
                            "price_unit": "message",
                        },
                        {
                            "name": "Data",
                            "prefix": "",
                            "usage_kind": "data",
                            "price": 50,
                            "price_unit": "megabyte",
                            "first_increment": 100,
                            "next_increment": 100,
                        },
                    )
                ],
                "band_ids": [
                    (0, 0, {"day": "all", "hour_from": 0, "hour_to": 7}),
                    (0, 0, {"day": "6", "hour_from": 7, "hour_to": 24}),
                ],
            }
        )

    @classmethod
    def _source(cls, company, **values):
        return cls.env["telecom.usage.source"].create(
            {
                "name": f"MSC {company.name}",
                "company_id": company.id,
                "column_ids": [
                    (0, 0, {"position": at, "heading": heading, "target": target})
                    for at, (heading, target) in enumerate(
                        zip(
                            HEADINGS.split(";"),
                            (
                                "key",
                                "subscriber",
                                "number",
                                "start",
                                "kind",
                                "duration",
                                "volume",
                                "currency",
                            ),
                            strict=True,
                        ),
                        1,
                    )
                ],
                **values,
            }
        )

    @classmethod
    def _allow(cls, product, amount, unit, shared=False):
        cls.env["telecom.offer.allowance"].create(
            {
                "company_id": product.company_id.id,
                "product_tmpl_id": product.product_tmpl_id.id,
                "amount": amount,
                "unit": unit,
                "shared": shared,
            }
        )

    def _file(self, rows, source=None, **values):
        source = source or self.source
        if isinstance(rows, list):
            rows = "\n".join([HEADINGS, *rows]).encode()
        return (
            self.env["telecom.usage.file"]
            .with_user(self.biller)
            .create(
                {
                    "company_id": source.company_id.id,
                    "source_id": source.id,
                    "name": "cdr.csv",
                    "file": base64.b64encode(rows),
                    **values,
                }
            )
        )

    def _rated(self, *rows, **values):
        record = self._file(list(rows), **values)
        record.action_start()
        return record

    @staticmethod
    def _call(key, seconds, start="2026-11-20 10:00:00", other="0195020202", own=None):
        return f"{key};{own or '0195010101'};{other};{start};voice;{seconds};;"

    def _usage(self, **domain):
        return self.env["telecom.usage"].search(
            [("company_id", "=", self.benin.id)]
            + [(name, "=", value) for name, value in domain.items()],
            order="start, id",
        )


@tagged("post_install", "-at_install", "telecom")
@freeze_time(NOW)
class TestUsage(UsageCase):
    def test_what_is_taken_in_is_known(self):
        for days, months in ((0, 0), (1, 1), (28, 1), (29, 2), (89, 3), (92, 4)):
            self.assertEqual(months_of(days), months)
        # Two years with their shortest month twice
        self.assertEqual((months_of(730), months_of(789), months_of(790)), (24, 26, 27))
        self.assertEqual(self.source.max_age, 92)
        for months in (-1, 1, 3):
            with self.subTest(months), self.assertRaises(ValidationError):
                self.benin.telecom_usage_detail_retention = months
        for months in (0, 4):
            self.benin.telecom_usage_detail_retention = months
        with self.assertRaisesRegex(ValidationError, "5 months"):
            self.source.max_age = 130
        self.tunisia.telecom_usage_detail_retention = 1
        with self.assertRaisesRegex(ValidationError, "4 months"):
            self._source(self.tunisia)

    def test_records_are_rated(self):
        record = self._rated(
            self._call("a", 61),
            self._call("b", 61, start="2026-11-20 06:00:00"),
            self._call("c", 61, other="0033140000000"),
            self._call("d", 61, other="+33612345678"),
            self._call("e", 10, other="+33612345678"),
            self._call("f", 10, other="4411223344556"),
            "g;0195010101;INFO;2026-11-20 10:00:00;sms;;;XOF",
            "h;0195010101;internet;2026-11-20 10:00:00;data;;1250000;",
            self._call("i", 60, start="2026-11-22 10:00:00"),
        )
        # The last one is of tomorrow
        self.assertEqual(
            (record.state, record.good_count, record.bad_count), ("done", 8, 1)
        )
        self.assertEqual(
            [
                (u.rate_id.name, u.billed, u.amount)
                for u in self._usage().sorted("row_number")
            ],
            [
                ("National", 61, 61),
                ("National", 61, 31),
                ("France", 90, 450),
                ("France mobile", 61, 468),
                ("France mobile", 10, 100),
                ("Other", 10, 100),
                ("SMS", 1, 20),
                ("Data", 1300, 65),
            ],
        )
        self.assertEqual(record.amount, 61 + 31 + 450 + 468 + 100 + 100 + 20 + 65)
        self.assertEqual(self._usage().mapped("account_id"), self.account)
        self.assertTrue(all(self.tariff.rate_ids.mapped("used")))

    def test_each_record_explains_itself(self):
        self._allow(self.basic, 1, "minute")
        self._rated(
            self._call("a", 90),
            self._call("b", 61, other="+33612345678"),
            self._call("c", 10, other="+33612345678"),
            self._call("d", 61, other="0033140000000"),
        )
        texts = {}
        for usage in self._usage().with_user(self.biller):
            self.assertEqual(float(usage._rating().amount), usage.amount)
            texts[usage.row_number] = str(usage.explanation)
        self.assertIn("Covered by allowances", texts[2])
        self.assertIn("Connection", texts[3])
        self.assertIn("Minimum charge", texts[4])
        self.assertIn("Counted", texts[5])

    def test_duplicates_and_the_same_file_again(self):
        rows = [self._call("a", 60), self._call("b", 60), self._call("a", 60)]
        first = self._rated(*rows)
        self.assertEqual((first.good_count, first.duplicate_count), (2, 1))
        again = self._rated(*rows)
        self.assertEqual(again.same_file_id, first)
        self.assertEqual((again.good_count, again.duplicate_count), (0, 3))
        self.assertEqual(len(self._usage()), 2)
        total = self.env["telecom.usage.total"].search(
            [("subscription_id", "=", self.subscription.id)]
        )
        self.assertEqual((total.records, total.quantity, total.amount), (2, 120, 120))
        # The same key of another source is another record
        other = self._source(self.benin, name="SMSC")
        self.assertEqual(self._rated(*rows, source=other).good_count, 2)

    def test_a_file_of_which_a_part_is_known(self):
        """Its first record is new: of others it turns out while they are rated."""
        self._allow(self.basic, 3, "minute")
        self._rated(*(self._call(f"k{n}", 60) for n in (2, 5)))
        self.patch(telecom_usage_rater, "SAMPLE", 1)
        self.patch(telecom_usage_rater, "BLOCK", 2)
        record = self._rated(
            *(self._call(f"k{n}", 60) for n in range(5)),
            self._call("k5", 60, start="2026-11-20 11:00:00"),
            self._call("k6", 60, own="0195999999"),
        )
        self.assertEqual(
            (record.good_count, record.duplicate_count, record.bad_count), (4, 1, 2)
        )
        self.assertEqual(sorted(record.reject_ids.mapped("code")), ["again", "unknown"])
        # What was thought to be new used nothing of the allowance
        self.assertEqual(self._usage().mapped("included"), [60, 60, 60, 0, 0, 0])
        self.assertEqual(record.amount, 180)
        counter = self.env["telecom.usage.counter"].search(
            [("line_id", "=", self.line.id)]
        )
        self.assertEqual((counter.quantity, counter.used), (180, 180))
        total = self.env["telecom.usage.total"].search(
            [("subscription_id", "=", self.subscription.id)]
        )
        self.assertEqual((total.records, total.included, total.amount), (6, 180, 180))

    def test_what_fails_while_records_are_stored_stores_nothing(self):
        Rater = type(self.env["telecom.usage.rater"])
        original = Rater._sums

        def break_down(self, company, session):
            raise RuntimeError("the power fails")

        self.patch(Rater, "_sums", break_down)
        record = self._file([self._call("a", 60), self._call("b", 60)])
        with (
            self.assertRaises(RuntimeError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            record.action_start()
        self.env.invalidate_all()
        self.assertFalse(self._usage())
        self.patch(Rater, "_sums", original)
        record.action_start()
        self.assertEqual(record.good_count, 2)

    def test_values_are_what_postgresql_reads(self):
        amounts = (
            *("0", "0.000", "1", "-1", "9999", "10000", "10000.0001", "0.0001"),
            *("0.00001234", "-123456789012345678.000001", "1E+5", "99999999.9", "1.10"),
        )
        moment = datetime(1999, 12, 31, 23, 59, 58)
        self.env.cr.execute(
            "CREATE TEMP TABLE telecom_test (a numeric, i int, b boolean, v varchar,"
            " t timestamp, d date)"
        )
        rows = [
            b"\0\6"
            + wire.numeric(Decimal(amount))
            + wire.integer(number or None)
            + wire.boolean(number % 2)
            + wire.text("é\t\\")
            + wire.timestamp(moment + timedelta(days=400 * number))
            + wire.date(moment.date())
            for number, amount in enumerate(amounts)
        ]
        self.env.cr.copy_expert(
            "COPY telecom_test FROM STDIN (FORMAT binary)",
            io.BytesIO(wire.HEADER + b"".join(rows) + wire.TRAILER),
        )
        self.env.cr.execute(
            "SELECT a::text, i, b, v, t, d FROM telecom_test ORDER BY 5"
        )
        self.assertEqual(
            self.env.cr.fetchall(),
            [
                (
                    f"{Decimal(amount):f}",
                    number or None,
                    bool(number % 2),
                    "é\t\\",
                    moment + timedelta(days=400 * number),
                    moment.date(),
                )
                for number, amount in enumerate(amounts)
            ],
        )

    def test_a_number_that_comes_again_with_another_date(self):
        """Of another month too: it is neither counted twice nor lost in silence."""
        self.assertEqual(self._rated(self._call("a", 60)).good_count, 1)
        for start in ("2026-11-19 10:00:00", "2026-10-20 10:00:00"):
            with self.subTest(start):
                record = self._rated(self._call("a", 60, start=start))
                self.assertEqual(
                    (record.good_count, record.duplicate_count, record.bad_count),
                    (0, 0, 1),
                )
                self.assertEqual(record.reject_ids.code, "again")
                self.assertIn("2026-11-20 09:00:00", record.reject_ids.reason)
        # Within one file as well
        record = self._rated(
            self._call("b", 60), self._call("b", 60, start="2026-10-20 10:00:00")
        )
        self.assertEqual((record.good_count, record.bad_count), (1, 1))
        self.assertEqual(len(self._usage()), 2)
        # It was sent with a wrong date: it is not rated by trying again
        record.action_replay()
        self.assertEqual(len(self._usage()), 2)

    def test_numbers_that_begin_again(self):
        self.source.numbers_recur = True
        rows = [
            self._call("1", 60),
            self._call("1", 60, start="2026-11-20 10:00:01"),
            self._call("1", 60, start="2026-10-20 10:00:00"),
            self._call("1", 60),
        ]
        record = self._rated(*rows)
        self.assertEqual((record.good_count, record.duplicate_count), (3, 1))
        record = self._rated(*rows)
        self.assertEqual((record.good_count, record.duplicate_count), (0, 4))

    def test_the_former_number_of_a_line(self):
        former, number = "0195010101", "0195010199"
        with freeze_time("2026-11-15 12:00:00"):
            self.line.with_user(self.manager_benin).msisdn = number
        record = self._rated(
            self._call("a", 60, start="2026-11-15 12:59:59"),
            self._call("b", 60, start="2026-11-15 13:00:00"),
            self._call("c", 60, start="2026-11-15 13:00:00", own=number),
            # The change was entered late
            self._call("d", 60, start="2026-11-15 11:00:00", own=number),
        )
        self.assertEqual((record.good_count, record.bad_count), (3, 1))
        self.assertEqual(self._usage().mapped("line_id"), self.line)
        self.assertEqual(
            (record.reject_ids.row_number, record.reject_ids.code), (3, "former")
        )
        self.assertIn(f"+229{former}", record.reject_ids.reason)
        # Somebody else has it now: records from before the change stay whose they were
        other = self._line(self.customer, f"+229{former}")
        self._subscription(line=other, start="2026-11-15")
        record.action_replay()
        self._rated(self._call("e", 60, start="2026-11-15 10:00:00"))
        self.assertEqual(
            [(usage.row_number, usage.line_id) for usage in self._usage()],
            [(2, self.line), (5, self.line), (2, self.line)]
            + [(4, self.line), (3, other)],
        )

    def test_rated_again_after_a_change_of_number(self):
        self._rated(self._call("a", 60))
        self.line.with_user(self.manager_benin).msisdn = "0195010199"
        self.assertEqual(
            self.env["telecom.usage"]._telecom_rerate(
                self.account, date(2026, 11, 20), date(2026, 11, 20)
            ),
            (1, 0, 0),
        )

    def test_refused_records_are_replayed(self):
        unknown = "+2290195990099"
        record = self._rated(
            self._call("a", 60, own="0195990099"),
            self._call("b", 60, start="2026-08-30 10:00:00"),
            self._call("c", "many"),
            "d;0195010101;x;2026-11-20 10:00:00;voice;60;;EUR",
        )
        self.assertEqual(record.good_count, 0)
        rejects = record.reject_ids.sorted("row_number").with_user(self.biller)
        self.assertEqual(
            rejects.mapped("code"), ["unknown", "subscription", "value", "currency"]
        )
        self.assertEqual(rejects[0].reason, f"{unknown} is none of your lines.")
        line = self._line(self.customer, unknown)
        self._subscription(line=line, start="2026-10-01")
        record.action_replay()
        self.assertEqual(rejects.mapped("state"), ["replayed", "open", "open", "open"])
        self.assertEqual((record.good_count, record.bad_count), (1, 3))
        self.assertEqual(self._usage(line_id=line.id).amount, 60)
        record.action_replay()
        self.assertEqual(len(self._usage()), 1)
        rejects[1:].action_drop()
        self.assertEqual(record.open_count, 0)

    def test_a_refused_record_is_mended(self):
        record = self._rated(self._call("a", "6O"), self._call("b", 60, own="123"))
        one, other = record.reject_ids.sorted("row_number").with_user(self.biller)
        # The box begins with the row as it is; left so, nothing is mended
        self.assertEqual(one.correction, one.row_text)
        one.correction = one.row_text
        self.assertFalse(one.mended_text)
        one.correction = self._call("a", 60) + "\n"
        self.assertEqual(one.mended_text, self._call("a", 60))
        for user, vals in (
            (self.biller, {"row_text": self._call("a", 1)}),
            (self.biller, {"state": "replayed"}),
            (self.biller_tunisia, {"mended_text": self._call("a", 60)}),
            (self.biller_tunisia, {"correction": self._call("a", 60)}),
        ):
            with self.subTest(user.login, **vals), self.assertRaises(AccessError):
                one.with_user(user).write(vals)
        (one | other).action_replay()
        self.assertEqual((one.state, other.state), ("replayed", "open"))
        self.assertEqual(one.row_text, self._call("a", "6O"))
        self.assertEqual(self._usage().mapped("amount"), [60])
        with self.assertRaises(UserError):
            one.mended_text = self._call("a", 90)
        # Or the refused records are mended in their file, and read in again
        text = "".join(record._refused_lines()).replace(";123;", ";0195010101;")
        again = self._file(text.encode())
        again.action_start()
        self.assertEqual((again.good_count, again.bad_count), (1, 0))

    def test_allowances_are_spent_in_the_order_of_time(self):
        self._allow(self.basic, 2, "minute")
        self._rated(
            self._call("late", 60, start="2026-11-20 12:00:00"),
            self._call("first", 90, start="2026-11-20 10:00:00"),
            self._call("second", 60, start="2026-11-20 11:00:00"),
            self._call("abroad", 60, other="+33140000000"),
            self._call("october", 100, start="2026-10-20 11:00:00"),
        )
        self.assertEqual(
            [(u.included, u.amount) for u in self._usage()],
            [(100, 0), (90, 0), (0, 300), (30, 30), (0, 60)],
        )
        counters = self.env["telecom.usage.counter"].search(
            [("line_id", "=", self.line.id)]
        )
        self.assertEqual(
            counters.mapped(lambda c: (c.date_from.month, c.quantity, c.used)),
            [(11, 120, 120), (10, 120, 100)],
        )
        # A later file goes on where the first one stopped
        self._rated(self._call("more", 60, start="2026-10-21 11:00:00"))
        self.assertEqual(
            self._usage(
                file_id=self.env["telecom.usage.file"].search([], limit=1).id
            ).mapped("included"),
            [20],
        )

    def test_allowances_begin_with_the_subscription(self):
        self._allow(self.basic, 30, "sms")
        line = self._line(self.customer, "+2290195030303")
        subscription = self._subscription(line=line, start="2026-11-11")
        self._rated("s;0195030303;;2026-11-20 10:00:00;sms;;;")
        counter = self.env["telecom.usage.counter"].search([("line_id", "=", line.id)])
        self.assertEqual((counter.quantity, counter.used), (20, 1))
        self.assertEqual(subscription.counter_ids, counter)
        # An option bought later adds its own
        option = self._offer(self.benin, "Option SMS", 500, kind="option")
        self._allow(option, 300, "sms")
        self._subscription(product=option, line=line, start="2026-11-21")
        self._rated("t;0195030303;;2026-11-21 10:00:00;sms;;;")
        counter.invalidate_recordset()
        self.assertEqual((counter.quantity, counter.used), (20 + 100, 2))

    def test_shared_allowances(self):
        self._allow(self.basic, 1, "minute", shared=True)
        line = self._line(self.customer, "+2290195030303")
        self._subscription(line=line, start="2026-09-01")
        self._rated(
            self._call("a", 90),
            self._call("b", 60, own="0195030303", start="2026-11-20 11:00:00"),
        )
        self.assertEqual(self._usage().mapped("included"), [90, 30])
        counter = self.env["telecom.usage.counter"].search(
            [("account_id", "=", self.account.id)]
        )
        self.assertEqual((counter.quantity, counter.used), (120, 120))

    def test_a_chunk_is_rated_in_parts(self):
        """Lines that share nothing are rated one after the other; nothing differs."""
        self._allow(self.basic, 5, "minute")
        self._allow(self.big, 4, "minute", shared=True)
        numbers = ["0195010101"]
        for number in range(4):
            customer = self.env["res.partner"].create(
                {
                    "name": f"Client {number}",
                    "company_id": self.benin.id,
                    "telecom_customer": True,
                }
            )
            for own in (f"019504040{number}", f"019504041{number}"):
                line = self._line(customer, f"+229{own}")
                self._subscription(
                    product=self.big if number else self.basic,
                    line=line,
                    start="2026-09-01",
                    partner_id=customer.id,
                )
                numbers.append(own)
        # Its records come by two numbers
        with freeze_time("2026-11-15 12:00:00"):
            line.with_user(self.manager_benin).msisdn = "+2290195040499"
        numbers += ["0195040499", "0195999999"]
        draw = random.Random(20261121)
        record = self._file(
            [
                self._call(
                    f"k{number}",
                    draw.randrange(100),
                    own=draw.choice(numbers),
                    start=f"2026-11-{draw.randrange(10, 21)} 10:00:{number % 60:02}",
                )
                for number in range(150)
            ]
        )
        Rater = type(self.env["telecom.usage.rater"])
        original, written = Rater._write_sums, []

        def count(self, company, sums):
            written[-1] += 1
            return original(self, company, sums)

        def found():
            """Rate all of it, say what came out, and forget it."""
            written.append(0)
            with (
                contextlib.suppress(InterruptedError),
                self.env.cr.savepoint(),
            ):
                record.action_start()
                self.env.flush_all()
                self.env.invalidate_all()
                counters = self.env["telecom.usage.counter"].search([])
                totals = self.env["telecom.usage.total"].search([])
                result = (
                    (record.good_count, record.bad_count, record.amount),
                    sorted(
                        (u.row_number, u.line_id.id, u.included, u.amount, u.rate_id.id)
                        for u in self._usage()
                    ),
                    sorted(
                        (c.line_id.id, c.account_id.id, c.date_from, c.used, c.quantity)
                        for c in counters
                    ),
                    sorted(
                        (t.subscription_id.id, t.date_from, t.records, t.amount)
                        for t in totals
                    ),
                    record.reject_ids.sorted("row_number").mapped("code"),
                )
                raise InterruptedError
            self.env.invalidate_all()
            return result

        self.patch(Rater, "_write_sums", count)
        whole = found()
        self.assertGreater(whole[0][0], 100)
        # One after the other in the order of time, whoever's they are
        with patch.object(
            telecom_usage_rater.parts,
            "parts",
            lambda _holders, weights, _size: [[list(weights)]],
        ):
            self.assertEqual(found(), whole)
        self.patch(telecom_usage_rater, "PART", 1)
        self.assertEqual(found(), whole)
        # One line, four accounts with two lines each, and a number nobody has
        self.assertEqual(written, [1, 1, 6])

    def test_sums_that_are_there_and_new_ones(self):
        """A file adds to what was used before, and begins what was not."""
        line = self._line(self.customer, "+2290195030303")
        other = self._subscription(line=line, start="2026-09-01")
        self._rated(self._call("a", 60))
        Rater = type(self.env["telecom.usage.rater"])
        original = Rater._write_totals
        self._rated(
            self._call("b", 90),
            self._call("c", 30, own="0195030303"),
            self._call("d", 30, start="2026-11-02 10:00:00"),
        )

        def totals():
            return {
                (total.subscription_id, total.date_from): (total.records, total.amount)
                for total in self.env["telecom.usage.total"].search(
                    [("company_id", "=", self.benin.id)]
                )
            }

        first = date(2026, 11, 1)
        self.assertEqual(
            totals(),
            {(self.subscription, first): (3, 180), (other, first): (1, 30)},
        )

        def twice(self, company, rows):
            return original(self, company, rows * 2)

        # Of two sums of one period none is lost in silence
        self.patch(Rater, "_write_totals", twice)
        record = self._file([self._call("e", 60)])
        with self.assertRaises(RuntimeError), self.env.cr.savepoint():
            record.action_start()

    def test_the_offer_of_the_day(self):
        dear = self.tariff.copy({"name": "Cher"})
        dear.rate_ids.write({"price": 120, "has_off_peak": False})
        self.big.product_tmpl_id.telecom_tariff_id = dear
        self.subscription._telecom_change(
            "offer", date(2026, 11, 10), product_id=self.big.id
        )
        self._rated(
            self._call("a", 60, start="2026-11-09 23:59:59"),
            self._call("b", 60, start="2026-11-10 10:00:00"),
        )
        self.assertEqual(
            [(u.product_id, u.amount) for u in self._usage()],
            [(self.basic, 60), (self.big, 120)],
        )

    def test_a_rate_that_was_used_is_not_changed(self):
        self._rated(self._call("a", 60))
        rate = self.tariff.rate_ids.filtered(lambda r: r.name == "National")
        with self.assertRaises(UserError):
            rate.with_user(self.manager_benin).price = 1
        with self.assertRaises(UserError):
            rate.with_user(self.manager_benin).unlink()
        rate.with_user(self.manager_benin).copy(
            {"date_from": "2026-11-20", "price": 90, "tariff_id": self.tariff.id}
        )
        self._rated(
            self._call("b", 60), self._call("c", 60, start="2026-11-19 10:00:00")
        )
        self.assertEqual(self._usage().mapped("amount"), [60, 60, 90])

    def test_rated_again_by_compensation(self):
        self._allow(self.basic, 1, "minute")
        self._rated(
            self._call("a", 90),
            self._call("b", 60, start="2026-11-20 11:00:00"),
            self._call("c", 61, other="+33140000000", start="2026-11-20 12:00:00"),
        )
        before = self._usage()
        self.assertEqual(before.mapped("amount"), [30, 60, 450])
        charged = self._charge()
        self.env["telecom.offer.allowance"].search(
            [("company_id", "=", self.benin.id)]
        ).amount = 2
        looked, changed, refused = self.env["telecom.usage"]._telecom_rerate(
            self.account, date(2026, 11, 20), date(2026, 11, 20)
        )
        self.assertEqual((looked, changed, refused), (3, 2, 0))
        self.env.invalidate_all()
        self.assertEqual(
            [(u.state, u.generation, u.amount) for u in self._usage()],
            [
                ("compensated", 0, 30),
                ("compensation", 0, -30),
                ("rated", 1, 0),
                ("compensated", 0, 60),
                ("compensation", 0, -60),
                ("rated", 1, 30),
                ("rated", 0, 450),
            ],
        )
        self.assertEqual(sum(self._usage().mapped("amount")), 480)
        self.assertEqual(self._charge() - charged, -60)
        counter = self.env["telecom.usage.counter"].search(
            [("line_id", "=", self.line.id)]
        )
        self.assertEqual(counter.used, 120)
        # Once more: nothing changes
        self.assertEqual(
            self.env["telecom.usage"]._telecom_rerate(
                self.account, date(2026, 11, 20), date(2026, 11, 20)
            ),
            (3, 0, 0),
        )
        # The file that it came from is known still
        self.assertEqual(self._rated(self._call("a", 90)).duplicate_count, 1)

    def _charge(self):
        charges = self.subscription._telecom_charges(
            date(2026, 11, 1), date(2026, 11, 30)
        )[self.subscription.id]
        return sum(c.amount for c in charges if c.kind == "usage")

    def test_usage_is_charged(self):
        self._rated(
            self._call("a", 60),
            self._call("b", 60, start="2026-10-20 10:00:00"),
            "g;0195010101;INFO;2026-11-20 10:00:00;sms;;;XOF",
        )
        charges = self.subscription._telecom_charges(
            date(2026, 11, 1), date(2026, 11, 30)
        )[self.subscription.id]
        self.assertEqual(
            [(c.label, c.amount) for c in charges],
            [("recurring", 3000), ("sms", 20), ("voice", 60)],
        )
        name = self.subscription._telecom_charge_name(charges[-1])
        self.assertIn("Calls", name)

    def test_the_detail_of_an_account(self):
        self._rated(
            self._call("a", 60, start="2026-11-01 00:00:00"),
            self._call("b", 60, start="2026-10-31 23:59:59"),
            self._call("c", 60, start="2026-11-20 10:00:00"),
        )
        rows = list(
            self.env["telecom.usage"]
            .with_user(self.biller)
            ._telecom_detail(
                self.account.with_user(self.biller),
                date(2026, 11, 1),
                date(2026, 11, 30),
            )
        )
        self.assertEqual(
            [(row["start"], row["destination"], row["amount"]) for row in rows],
            [
                (datetime(2026, 11, 1), "National", 30),
                (datetime(2026, 11, 20, 10), "National", 60),
            ],
        )
        with self.assertRaises(AccessError):
            list(
                self.env["telecom.usage"]._telecom_detail(
                    self.account.with_user(self.biller_tunisia),
                    date(2026, 11, 1),
                    date(2026, 11, 30),
                )
            )

    def test_consumption_of_the_line(self):
        self._rated(
            self._call("a", 60),
            "h;0195010101;internet;2026-11-20 10:00:00;data;;1250000;",
        )
        month = self.env["telecom.usage.month"].search(
            [("company_id", "=", self.benin.id), ("stale", "=", True)]
        )
        self.env["telecom.usage.rater"]._write_summaries(month)
        summary = self.env["telecom.usage.summary"].search(
            [("line_id", "=", self.line.id)]
        )
        self.assertEqual(
            (
                summary.source,
                summary.voice_seconds,
                summary.data_bytes,
                summary.amount,
            ),
            ("billing", 60, 1_250_000, 125),
        )
        self.assertFalse(month.stale)

    def test_hostile_files(self):
        long = "x" * 1_000_000
        rows = [
            self._call("good1", 60),
            f"{long};0195010101;;2026-11-20 10:00:00;voice;60;;",
            f'"{long}',
            '"open;0195010101;;2026-11-20 10:00:00;voice;60;;',
            "=cmd|' /C calc'!A0;=1+1;;2026-11-20 10:00:00;voice;60;;",
            "nul\0;0195010101;\0\0;2026-11-20 10:00:00;voice;60;;",
            "k;0195010101;;2026-11-20 10:00:00;voice;1,000.5;;",
            "k;0195010101;;20/11/2026;voice;60;;",
            "k;0195010101;;2026-11-20 10:00:00;voice;60;;TND",
            "\\N\t\\.;0195010101;\\.\t\\N;2026-11-20 10:00:00;voice;60;;",
            self._call("good2", 60, start="2026-11-20 11:00:00"),
        ]
        record = self._rated(*rows)
        self.assertEqual(record.state, "waiting", "Large files are the scheduler's")
        record.sudo()._process(commit=False)
        self.assertEqual(record.state, "done")
        keys = self._usage().mapped("row_number")
        self.assertEqual({2, 12} - set(keys), set())
        self.assertEqual(record.good_count + record.bad_count, len(rows))
        for reject in record.reject_ids:
            self.assertNotEqual(reject.reason, reject.code)
            self.assertLess(len(reject.row_text or ""), 20_001)
        text = "".join(record._refused_lines())
        self.assertIn("'=cmd", text)
        for line in text.splitlines():
            for cell in line.split(";"):
                self.assertFalse(cell.strip('"').startswith(("=", "+", "@")), cell)

    def test_other_encodings(self):
        rows = "\n".join([HEADINGS, self._call("é", 60)])
        for encoding, content in (
            ("utf-16", rows.encode("utf-16")),
            ("cp1252", rows.encode("cp1252")),
            ("utf-8", rows.encode("utf-8-sig")),
        ):
            with self.subTest(encoding):
                source = self._source(self.benin, name=encoding, encoding=encoding)
                record = self._file(content, source=source)
                record.action_start()
                self.assertEqual((record.state, record.good_count), ("done", 1))
        # Said to be what it is not: refused as a whole, with the reason
        record = self._file(rows.encode("utf-16"))
        record.action_start()
        self.assertEqual((record.state, record.good_count), ("failed", 0))
        self.assertIn("Column 1", record.message)
        # What is quoted of it can be stored: there is a NUL between its letters
        self.assertNotIn("\0", record.message)
        self.env.flush_all()
        # Nothing at all
        record = self._file(b"\n")
        record.action_start()
        self.assertEqual(record.state, "failed")
        self.assertIn("empty", record.message)

    def test_a_file_that_stops_goes_on(self):
        rows = [
            self._call(f"k{n}", 60 + n, start=f"2026-11-20 10:{n:02}:00")
            for n in range(20)
        ]
        self.patch(module, "CHUNK", 6)
        record = self._file(rows).sudo()
        record._store({"state": "waiting"})
        with self.enter_registry_test_mode():
            original = type(record)._take_in

            def break_down(self, texts, *args):
                if min(texts) > 12:
                    raise RuntimeError("the power fails")
                return original(self, texts, *args)

            self.patch(type(record), "_take_in", break_down)
            with mute_logger(module.__name__):
                self.env.ref(
                    "telecom_billing.ir_cron_usage_file"
                ).method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual((record.state, record.row_offset), ("failed", 12))
            self.patch(type(record), "_take_in", original)
            record.action_resume()
            self.env.ref("telecom_billing.ir_cron_usage_file").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((record.state, record.good_count), ("done", 20))
        self.assertEqual(len(self._usage()), 20)
        self.assertEqual(record.amount, sum(self._usage().mapped("amount")))

    def test_months_are_dropped_by_operator(self):
        self._rated(
            self._call("a", 60), self._call("b", 60, start="2026-09-20 10:00:00")
        )
        self.env["telecom.usage.rater"]._drop_months(self.benin, date(2026, 10, 1))
        self.env.invalidate_all()
        self.assertEqual(self._usage().mapped("start"), [datetime(2026, 11, 20, 9)])
        self.assertNotIn(
            date(2026, 9, 1),
            self.env["telecom.usage.month"]
            .search([("company_id", "=", self.benin.id)])
            .mapped("month"),
        )

    def test_months_are_made_ahead(self):
        self._rated(self._call("a", 60))
        with self.enter_registry_test_mode():
            self.env.ref(
                "telecom_billing.ir_cron_usage_partitions"
            ).method_direct_trigger()
        months = (
            self.env["telecom.usage.month"]
            .search([("company_id", "=", self.benin.id)])
            .mapped("month")
        )
        self.assertIn(date(2026, 12, 1), months)


@tagged("post_install", "-at_install", "telecom")
@freeze_time(NOW)
class TestUsageAgrees(UsageCase):
    """SQL and the engine rate random records alike."""

    RECORDS = 1500

    def test_both_ways_agree(self):
        draw = random.Random(20261121)
        rates = self.env["telecom.tariff.rate"]
        self.tariff.rate_ids.unlink()
        prefixes = {"voice": {""}, "sms": {""}, "data": {""}}
        for kind in prefixes:
            for _n in range(25 if kind == "voice" else 3):
                prefixes[kind].add(
                    draw.choice(
                        ("229", "33", "336", "2290195", "1", "44", "4477", "22")
                    )
                    + draw.choice(("", "", "0", "1", "7", "95"))
                )
        for kind, found in prefixes.items():
            units = rating.UNITS_OF_KINDS[kind]
            for prefix in found:
                for day in draw.sample(("2026-01-01", "2026-11-05", "2026-11-12"), 2):
                    rates.create(
                        {
                            "tariff_id": self.tariff.id,
                            "name": prefix or "Other",
                            "usage_kind": kind,
                            "prefix": prefix,
                            "date_from": day if prefix else "2026-01-01",
                            "price": draw.choice((0, 1, 7.5, 60, 0.123456, 33.333333)),
                            "price_unit": draw.choice(units),
                            "has_off_peak": draw.random() < 0.5,
                            "price_off_peak": draw.choice((0, 5, 0.5)),
                            "connection_fee": draw.choice((0, 0, 2.5)),
                            "minimum_charge": draw.choice((0, 0, 10)),
                            "first_increment": draw.choice((1, 6, 30, 60)),
                            "next_increment": draw.choice((1, 6, 60)),
                            "included": draw.random() < 0.8,
                            "rounding_method": draw.choice(("half_up", "up", "down")),
                            "rounding_digits": draw.choice((0, 1, 3)),
                        }
                    )
                    if not prefix:
                        break
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Fête",
                "company_id": self.benin.id,
                "calendar_id": False,
                "date_from": "2026-11-09 23:00:00",
                "date_to": "2026-11-10 22:59:59",
            }
        )
        self.tariff.band_ids = [
            (0, 0, {"day": "holiday", "hour_from": 8, "hour_to": 20}),
            (0, 0, {"day": "5", "hour_from": 13.25, "hour_to": 24}),
        ]
        self._allow(self.basic, 40, "minute")
        self._allow(self.basic, 50, "mb", shared=True)
        self._allow(self.big, 500, "sms")
        self._allow(self.big, 90, "minute", shared=True)
        self.account.cycle_day = 7
        lines = self.line
        for number in range(3):
            lines |= self._line(self.customer, f"+229019504040{number}")
        for line in lines - self.line:
            self._subscription(
                product=draw.choice((self.basic, self.big)),
                line=line,
                start=f"2026-10-{draw.randrange(15, 25):02}",
            )
        self.subscription._telecom_change(
            "offer", date(2026, 11, 14), product_id=self.big.id
        )
        rows = []
        for number in range(self.RECORDS):
            moment = datetime(2026, 10, 20) + timedelta(
                seconds=draw.randrange(32 * 86400)
            )
            own = draw.choice(lines).msisdn
            other = draw.choice(("+229", "00336", "+3314", "+4477", "+1", "0195"))
            other += f"{draw.randrange(10**6, 10**8)}"
            other = draw.choice((other, other, "123", "INFO", ""))
            kind = draw.choice(("voice", "voice", "sms", "data"))
            rows.append(
                f"{number};{own};{other};{moment};{kind};"
                f"{draw.choice((0, 1, 59, 60, 61, draw.randrange(4000)))};"
                f"{draw.choice((0, 1, 999, 1000, draw.randrange(10**7)))};"
            )
        record = self._rated(*rows)
        self.assertGreater(record.good_count, self.RECORDS * 0.8)
        self._compare(self._usage())

    def _compare(self, usages):
        """Rate what was rated in SQL once more, one record at a time."""
        zone = self.benin._telecom_zone()
        bands = [(b.day, b.hour_from, b.hour_to) for b in self.tariff.band_ids]
        minutes = rating.minutes_of(bands)
        holidays = self.benin._telecom_free_days([2026])
        self.assertTrue(holidays)
        versions = {}
        for rate in self.tariff.rate_ids:
            versions.setdefault((rate.usage_kind, rate.prefix), []).append(rate)
        subscriptions = self.env["telecom.subscription"].search(
            [("company_id", "=", self.benin.id)]
        )
        history = {k: proration.spans(c) for k, c in subscriptions._changes().items()}
        allowances = self.env["telecom.offer.allowance"].search(
            [("company_id", "=", self.benin.id)]
        )
        left = {}
        covered = 0
        for usage in usages.sorted(lambda u: (u.start, u.row_number)):
            local = pytz.utc.localize(usage.start).astimezone(zone)
            day = local.date()
            usable = {
                prefix
                for (kind, prefix), rates in versions.items()
                if kind == usage.usage_kind and any(r.date_from <= day for r in rates)
            }
            prefix = rating.longest_prefix(usable, (usage.number or "").lstrip("+"))
            rate = max(
                (r for r in versions[usage.usage_kind, prefix] if r.date_from <= day),
                key=lambda r: r.date_from,
            )
            off_peak = rating.is_off_peak(minutes, holidays, local)
            first, last = proration.period_of(day, 7)
            free = []
            for shared in (False, True):
                own = subscriptions.filtered(
                    lambda s, shared=shared, usage=usage: (
                        s.account_id == usage.account_id
                        if shared
                        else s.line_id == usage.line_id
                    )
                )
                name = (
                    shared,
                    (usage.account_id if shared else usage.line_id).id,
                    usage.usage_kind,
                    first,
                )
                if name not in left:
                    left[name] = sum(
                        proration.allowance(
                            int(allowance.quantity),
                            history[s.id],
                            first,
                            last,
                            product.id,
                        )
                        for s in own
                        for product in (self.basic, self.big)
                        for allowance in allowances
                        if allowance.product_tmpl_id == product.product_tmpl_id
                        and allowance.usage_kind == usage.usage_kind
                        and allowance.shared == shared
                    )
                free.append(name)
            found = rating.rate_record(
                rate._engine_rate(),
                usage.usage_kind,
                int(usage.quantity),
                off_peak,
                sum(left[name] for name in free),
            )
            rest = found.included
            for name in free:
                part = min(rest, left[name])
                left[name] -= part
                rest -= part
            covered += bool(found.included)
            self.assertEqual(
                (
                    usage.rate_id,
                    usage.off_peak,
                    usage.billed,
                    usage.included,
                    Decimal(str(usage.amount)),
                ),
                (rate, off_peak, found.billed, found.included, found.amount),
                f"{usage.start} {usage.usage_kind} {usage.number} {usage.quantity}",
            )
        self.assertGreater(covered, 50)


@tagged("post_install", "-at_install", "telecom")
@freeze_time(NOW)
class TestUsageIsolation(UsageCase, HttpCase):
    """Whatever reads usage reads one's own operator's."""

    def setUp(self):
        super().setUp()
        self.record = self._rated(self._call("a", 60), self._call("b", "bad"))
        self.usage = self._usage()
        self.assertEqual(len(self.usage), 1)

    def _strangers(self):
        export = self.env.ref("base.group_allow_export")
        strangers = self.biller_tunisia | self.manager_tunisia
        (strangers | self.biller).group_ids = [(4, export.id)]
        return strangers

    def test_no_road_leads_to_another_operators_usage(self):
        for user in self._strangers():
            Usage = self.env["telecom.usage"].with_user(user)
            domain = [("id", "=", self.usage.id)]
            with self.subTest(user.login):
                self.assertFalse(Usage.search(domain))
                self.assertFalse(Usage.search_count(domain))
                self.assertFalse(Usage.search_read(domain, ["amount"]))
                self.assertFalse(
                    Usage.web_search_read(domain, {"amount": {}})["records"]
                )
                self.assertFalse(Usage.name_search("+2290195020202"))
                self.assertEqual(
                    Usage._read_group(domain, [], ["__count", "amount:sum"])[0][0], 0
                )
                self.assertFalse(
                    Usage._read_group([("company_id", "=", self.benin.id)], ["line_id"])
                )
                self.assertEqual(
                    Usage.formatted_read_group(domain, aggregates=["__count"])[0][
                        "__count"
                    ],
                    0,
                )
                for attempt in (
                    lambda Usage=Usage: Usage.browse(self.usage.id).read(["amount"]),
                    lambda Usage=Usage: Usage.browse(self.usage.id).export_data(
                        ["number", "amount"]
                    ),
                    lambda Usage=Usage: Usage.browse(self.usage.id).explanation,
                    lambda user=user: self.record.with_user(user).read(["name"]),
                    lambda user=user: self.record.with_user(user).action_replay(),
                    lambda user=user: self.record.reject_ids.with_user(
                        user
                    ).action_replay(),
                ):
                    with self.assertRaises(AccessError):
                        attempt()
        own = self.usage.with_user(self.biller)
        self.assertEqual(
            own.export_data(["number", "amount"])["datas"], [["+2290195020202", 60.0]]
        )
        self.assertEqual(own.search_count([("company_id", "=", self.benin.id)]), 1)

    def test_nobody_writes_usage(self):
        for user in (self.biller, self.manager_benin):
            usage = self.usage.with_user(user)
            for attempt in (
                lambda usage=usage: usage.write({"amount": 0}),
                lambda usage=usage: usage.unlink(),
                lambda usage=usage: usage.create({"amount": 0}),
            ):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    attempt()

    def test_who_has_no_business_with_usage(self):
        for user in (self.clerk_benin, self.seller_benin, self.agent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.usage.with_user(user).read(["number"])

    def test_the_agent_of_two_operators_sees_the_present_ones(self):
        both = self._user(
            "t.both",
            self.provider | self.benin | self.tunisia,
            "telecom_billing.group_telecom_billing",
        )
        Usage = self.env["telecom.usage"].with_user(both)
        for company, expected in ((self.tunisia, 0), (self.benin, 1)):
            with self.subTest(company.name):
                self.assertEqual(
                    Usage.with_context(allowed_company_ids=company.ids).search_count(
                        [("id", "=", self.usage.id)]
                    ),
                    expected,
                )

    def test_a_module_that_is_off_closes_usage(self):
        state = self.env["telecom.company.module"].search(
            [
                ("company_id", "=", self.benin.id),
                ("module_id.code", "=", "billing"),
            ]
        )
        values = {"state": "off"}
        if state:
            state.write(values)
        else:
            self.env["telecom.company.module"].create(
                {
                    "company_id": self.benin.id,
                    "module_id": self.env.ref("telecom_crm.module_billing").id,
                    **values,
                }
            )
        self.assertFalse(
            self.env["telecom.usage"].with_user(self.biller).search_count([])
        )
        with self.assertRaises(UserError):
            self._rated(self._call("z", 60))

    def test_the_download_of_refused_records(self):
        url = f"/telecom/usage/file/{self.record.id}/refused"
        for user, status in ((self.biller_tunisia, 404), (self.biller, 200)):
            with self.subTest(user.login):
                self.authenticate(user.login, user.login)
                response = self.url_open(url)
                self.assertEqual(response.status_code, status)
                self.assertEqual("bad" in response.text, status == 200)
