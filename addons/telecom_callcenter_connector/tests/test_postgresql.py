from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import ConnectorCase

BALANCE = "SELECT holder, balance, since FROM account WHERE customer = :customer"
BLOCK = "UPDATE account SET blocked = :blocked, note = :pin WHERE customer = :customer"


@tagged("post_install", "-at_install", "telecom")
class TestPostgresql(ConnectorCase):
    """Against a second database on a real server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls._second_database()
        cls.connector = cls._database_connector(cls.client)
        cls.balance = cls._query(
            cls.connector, "balance", [{"name": "customer"}], text=BALANCE
        )
        cls.block = cls._query(
            cls.connector,
            "block",
            [
                {"name": "customer"},
                {"name": "blocked", "type": "boolean"},
                {"name": "pin", "secret": True, "required": False},
            ],
            text=BLOCK,
            operation="write",
            row_limit=1,
        )

    def refused(self, query, values, words):
        self.assertIn(words, self.refusal(query, values))

    def test_read(self):
        answer = self.balance._run({"customer": "C-1"})
        self.assertEqual(answer.columns, ["holder", "balance", "since"])
        [row] = answer.rows
        self.assertEqual(row[0], "Afi Dossou")
        self.assertAlmostEqual(float(row[1]), 1250.5)
        self.assertEqual(row[2], "2024-02-29")
        access = self.accesses(self.balance)
        self.assertEqual(
            (access.outcome, access.row_count, access.user_id, access.operation),
            ("done", 1, self.env.user, "read"),
        )
        self.assertEqual(access.parameter_text, "customer = C-1")
        self.assertGreaterEqual(access.milliseconds, 0)

    def test_values_never_become_text(self):
        for evil in ("C-1' OR '1'='1", "'; DROP TABLE account; --", "%s", "C-3"):
            rows = self.balance._run({"customer": evil}).rows
            self.assertEqual([row[0] for row in rows], ["Rêve d'Or"] * (evil == "C-3"))
        self.assertEqual(self.client.execute("SELECT count(*) FROM account"), [(3,)])

    def test_what_reads_changes_nothing(self):
        query = self._query(self.connector, "visit", text="SELECT nextval('visits')")
        self.refused(query, {}, "25006")
        self.assertEqual(self.accesses(query).outcome, "failed")
        query = self._query(
            self.connector,
            "sly",
            text="WITH x AS (DELETE FROM account RETURNING 1) SELECT * FROM x",
        )
        self.refused(query, {}, "refused the query")
        self.assertEqual(self.client.execute("SELECT count(*) FROM account"), [(3,)])

    def test_why_the_server_refuses(self):
        for code, text, words in (
            ("syntax", "SELECT FROM WHERE", "understands (42601)"),
            ("no_table", "SELECT 1 FROM acount", "table that is not there (42P01)"),
            (
                "no_column",
                "SELECT pin FROM account",
                "column that is not there (42703)",
            ),
        ):
            with self.subTest(code):
                self.refused(self._query(self.connector, code, text=text), {}, words)

    def test_change(self):
        answer = self.block._run(
            {"customer": "C-1", "blocked": True, "pin": "1234-secret"}
        )
        self.assertEqual(answer.count, 1)
        self.assertEqual(
            self.client.execute("SELECT customer FROM account WHERE blocked"),
            [("C-1",)],
        )
        access = self.accesses(self.block)
        self.assertEqual(access.operation, "write")
        self.assertNotIn("1234-secret", str(access.read()))
        self.assertEqual(access.parameters["pin"], "•••")

    def test_a_change_of_too_much_is_undone(self):
        query = self._query(
            self.connector,
            "all",
            text="UPDATE account SET note = 'x'",
            operation="write",
            row_limit=2,
        )
        self.refused(query, {}, "(3)")
        self.assertEqual(
            self.client.execute("SELECT count(*) FROM account WHERE note = 'x'"), [(0,)]
        )
        self.assertEqual(self.accesses(query).outcome, "too_many")

    def test_the_same_wish_is_done_once(self):
        query = self._query(
            self.connector,
            "append",
            [{"name": "customer"}],
            text="UPDATE account SET note = coalesce(note, '') || 'x'"
            " WHERE customer = :customer",
            operation="write",
        )
        for _turn in range(2):
            answer = query._run({"customer": "C-2"}, request="click-1")
            self.assertEqual(answer.count, 1)
        self.assertEqual(
            self.client.execute("SELECT note FROM account WHERE customer = 'C-2'"),
            [("x",)],
        )
        self.assertEqual(len(self.accesses(query)), 1)

    def test_limits(self):
        query = self._query(
            self.connector,
            "many",
            text="SELECT generate_series(1, 100000000) AS n",
            row_limit=5,
            timeout_seconds=5,
        )
        answer = query._run({})
        self.assertEqual((len(answer.rows), answer.more), (5, True))
        query = self._query(
            self.connector, "slow", text="SELECT pg_sleep(30)", timeout_seconds=1
        )
        self.refused(query, {}, "too long")
        self.assertEqual(self.accesses(query).outcome, "timeout")

    def test_types(self):
        query = self._query(
            self.connector,
            "types",
            [
                {"name": "n", "type": "integer"},
                {"name": "f", "type": "float", "required": False},
                {"name": "d", "type": "date", "default_value": "2024-02-29"},
            ],
            text="SELECT :n::int + 1 AS n, :f::float AS f, :d::date AS d",
        )
        answer = query._run({"n": "41", "f": "1,5"})
        self.assertEqual(answer.rows, [[42, 1.5, "2024-02-29"]])
        self.assertEqual(query._run({"n": 1}).rows[0][1], None)
        for values, name in (
            ({}, "n"),
            ({"n": "1; --"}, "n"),
            ({"n": 1, "d": "x"}, "d"),
        ):
            with self.subTest(values):
                self.refused(query, values, f"“{name}”")

    def test_login_refused(self):
        self.connector.login = "nobody_like_that"
        self.connector.secret = "wrong"
        self.refused(self.balance, {"customer": "C-1"}, "refused the user name")
        access = self.accesses(self.balance)
        self.assertEqual(access.outcome, "refused")
        self.assertNotIn("wrong", str(access.read()))

    def test_private_addresses_are_the_servers_decision(self):
        self.env["telecom.connector"].flush_model()
        self.connector.write({"host": "127.0.0.9", "secret": "x"})
        self.refused(self.balance, {"customer": "C-1"}, "private address")
        self.assertEqual(self.accesses(self.balance).outcome, "private_address")

    def test_texts_are_checked_when_they_are_written(self):
        for text in ("DELETE FROM account", "SELECT 1; SELECT 2", "SELECT :other"):
            with self.subTest(text), self.assertRaises(ValidationError):
                self.balance.text = text
                self.balance.flush_recordset()

    def test_another_operator_asks_nothing(self):
        # Of Togo, for which the agent does not work
        mine = self.as_user(self.balance, self.user_rival)
        with self.assertRaises(AccessError):
            mine._run({"customer": "C-1"})
        self.assertFalse(self.accesses(self.balance))
