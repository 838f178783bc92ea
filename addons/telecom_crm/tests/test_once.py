import logging
import threading
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, TransactionCase, tagged

from ..tools.once import _Expected, once


@tagged("post_install", "-at_install", "telecom")
class TestOnce(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.values = {
            "name": "Made at once",
            "code": "T.ONCE",
            "company_id": cls.env.ref("base.main_company").id,
        }
        cls.segments = cls.env["telecom.segment"]

    def setUp(self):
        super().setUp()
        # A connection of its own: another request's, which is quicker
        other = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(other.close)
        quicker = api.Environment(other, SUPERUSER_ID, {})["telecom.segment"].create(
            self.values
        )
        other.commit()
        self.addCleanup(other.commit)
        self.addCleanup(quicker.unlink)

    def test_who_comes_second_is_told_to_try_again(self):
        # What is seen here is from before
        self.assertFalse(self.segments.search([("code", "=", "T.ONCE")]))
        with (
            self.assertNoLogs("odoo.sql_db", "ERROR"),
            self.assertRaises(ConcurrencyError),
            once(self.segments, "_code_unique"),
        ):
            self.segments.create(self.values)
        # The transaction goes on
        self.assertTrue(self.segments.create({**self.values, "code": "T.OTHER"}))

    def test_another_constraint_is_an_error_as_ever(self):
        with (
            self.assertLogs("odoo.sql_db", "ERROR"),
            self.assertRaises(UniqueViolation),
            once(self.env["ir.sequence"], "_telecom_code_unique"),
        ):
            self.segments.create(self.values)

    def test_afterwards_all_is_logged_again(self):
        with once(self.segments, "_code_unique"):
            pass
        with (
            self.assertLogs("odoo.sql_db", "ERROR"),
            self.assertRaises(UniqueViolation),
        ):
            self.segments.create(self.values)


@tagged("post_install", "-at_install", "telecom")
class TestExpected(BaseCase):
    def test_other_threads_are_heard(self):
        expected = _Expected({"t_unique"})
        record = logging.LogRecord(
            "odoo.sql_db", logging.ERROR, "", 1, "bad query: %s", (None,), None
        )
        heard = []
        with patch.object(expected, "covers", lambda error: True):
            self.assertFalse(expected.filter(record))
            thread = threading.Thread(
                target=lambda: heard.append(expected.filter(record))
            )
            thread.start()
            thread.join()
        self.assertEqual(heard, [True])
