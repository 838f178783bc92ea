from datetime import date, datetime
from decimal import Decimal

from cryptography.fernet import Fernet

from odoo.tests import TransactionCase, tagged

from ..tools import address, answer, secret, sql_text, web
from ..tools.errors import ConnectorError


@tagged("post_install", "-at_install", "telecom")
class TestTools(TransactionCase):
    def test_texts_of_queries(self):
        for text, names in (
            ("SELECT 1", []),
            ("select a from t where b = :b and c = :c or b = :b", ["b", "c"]),
            ("SELECT a::text, ':x', \":y\" FROM t WHERE d = :d -- :z", ["d"]),
            ("SELECT /* :x ; */ 1;", []),
            ("WITH x AS (SELECT :a) SELECT * FROM x;  ", ["a"]),
            ("SELECT $$ :x ; $$, :y", ["y"]),
            ("(SELECT 1) UNION SELECT :n", ["n"]),
            ("SELECT 'it''s :x', :y", ["y"]),
        ):
            with self.subTest(text):
                self.assertEqual(sql_text.check(text, read=True), names)

    def test_texts_that_are_refused(self):
        for text, read, code in (
            ("", True, "empty"),
            ("-- nothing", True, "empty"),
            ("DELETE FROM t", True, "no_read"),
            ("SELECT 1; DELETE FROM t", True, "several"),
            ("SELECT 1;;SELECT 2", True, "several"),
            ("SELECT 'open", True, "quote"),
            ("SELECT /* open", True, "quote"),
            ("SELECT 1 */ 2", True, "quote"),
            (r"SELECT 'a\' ; DROP TABLE t; --'", True, "backslash"),
            ("SELECT /*! DELETE */ 1", True, "comment"),
            ("SELECT /* a /* b */ 1", True, "comment"),
            ("UPDATE t SET a = 1; UPDATE t SET b = 2", False, "several"),
        ):
            with self.subTest(text), self.assertRaises(sql_text.BadText) as caught:
                sql_text.check(text, read=read)
            self.assertEqual(caught.exception.code, code)

    def test_what_drivers_take(self):
        text = "SELECT a::int, '50 %', ':b' FROM t WHERE b LIKE :b || '%';"
        self.assertEqual(
            sql_text.compiled(text, "pyformat"),
            "SELECT a::int, '50 %%', ':b' FROM t WHERE b LIKE %(b)s || '%%'",
        )
        self.assertEqual(
            sql_text.compiled(text, "named"),
            "SELECT a::int, '50 %', ':b' FROM t WHERE b LIKE :b || '%'",
        )

    def test_addresses(self):
        inside = [address.Reach.of(word) for word in ("10.20.0.0/16", "fd00::/8")]
        for one, networks, allowed in (
            ("8.8.8.8", [], True),
            ("2606:4700::1111", [], True),
            ("127.0.0.1", [], False),
            ("10.20.3.4", [], False),
            ("10.20.3.4", inside, True),
            ("10.21.3.4", inside, False),
            ("169.254.169.254", inside, False),
            ("::1", [], False),
            ("::ffff:127.0.0.1", [], False),
            ("::ffff:10.20.3.4", inside, True),
            ("fd00::7", inside, True),
            ("fe80::1%eth0", [], False),
            ("0.0.0.0", [], False),
            ("224.0.0.1", [], False),
            ("2002:7f00:1::", [], False),
            ("100.64.0.1", [], False),
            ("64:ff9b::7f00:1", [], False),
            ("64:ff9b::808:808", [], True),
            ("::10.20.3.4", [], False),
        ):
            with self.subTest(one):
                self.assertIs(address.allowed(one, 443, networks), allowed)

    def test_networks_with_a_port(self):
        for word, one, port, allowed in (
            ("10.20.0.5:5432", "10.20.0.5", 5432, True),
            ("10.20.0.5:5432", "10.20.0.5", 22, False),
            ("10.20.0.5:5432", "10.20.0.6", 5432, False),
            ("10.20.0.0/16:5432", "10.20.7.7", 5432, True),
            ("[fd00::7]:443", "fd00::7", 443, True),
            ("[fd00::/8]:443", "fd00::9", 80, False),
        ):
            with self.subTest(word=word, one=one, port=port):
                reach = address.Reach.of(word)
                self.assertIs(address.allowed(one, port, [reach]), allowed)
        for word in ("10.20.0.5:", "x:5432", "10.20.0.5:port", "fd00::7:99999"):
            with self.subTest(word), self.assertRaises(ValueError):
                address.Reach.of(word)

    def test_the_machine_itself(self):
        # Whatever else it is called; nothing goes out for the answer
        self.assertTrue(address._own("127.0.0.1", 5432))
        self.assertFalse(address._own("192.0.2.1", 5432))

    def test_names_that_are_no_servers(self):
        for host in ("", "/var/run/postgresql", "a b", "x;y", "@abstract", "http://x"):
            with self.subTest(host), self.assertRaises(ConnectorError) as caught:
                address.resolve(host, 5432, [])
            self.assertEqual(caught.exception.code, "unknown_host")
        with self.assertRaises(ConnectorError) as caught:
            address.resolve("localhost", 5432, [])
        self.assertEqual(caught.exception.code, "private_address")

    def test_secrets(self):
        old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        token = secret.encrypt("mot de passe é", [old])
        self.assertNotIn("passe", token)
        self.assertEqual(secret.decrypt(token, [new, old]), "mot de passe é")
        with self.assertRaises(ConnectorError) as caught:
            secret.decrypt(token, [new])
        self.assertEqual(caught.exception.code, "other_key")
        with self.assertRaises(ConnectorError) as caught:
            secret.encrypt("x", ["short"])
        self.assertEqual(caught.exception.code, "bad_key")

    def test_plain_values(self):
        for value, plain in (
            (None, None),
            (True, True),
            (Decimal("12.500"), "12.500"),
            (Decimal("12"), 12),
            (date(2024, 2, 29), "2024-02-29"),
            (datetime(2024, 2, 29, 8, 30), "2024-02-29 08:30:00"),
            (b"\x00\x01", "(2 bytes)"),
            ({"a": [1]}, '{"a": [1]}'),
        ):
            with self.subTest(value):
                self.assertEqual(answer.plain(value), plain)

    def test_paths(self):
        self.assertEqual(
            web.path_of("a/{id}/b", {"id": "x/../é ?"}), "a/x%2F..%2F%C3%A9%20%3F/b"
        )
        for value in ("", "..", ".", None):
            with self.subTest(value), self.assertRaises(ConnectorError):
                web.path_of("a/{id}", {"id": value})

    def test_answers_as_tables(self):
        found = web.table({"d": [{"a": 1, "b": {"c": 2}}, {"a": 3}, {"a": 4}]}, 2, "d")
        self.assertEqual(found.columns, ["a", "b.c"])
        self.assertEqual(found.rows, [[1, 2], [3, None]])
        self.assertTrue(found.more)
        self.assertEqual(web.table([1, 2], 5).dicts(), [{"value": 1}, {"value": 2}])
        self.assertEqual(web.table({"d": None}, 5, "d").rows, [])
        with self.assertRaises(ConnectorError):
            web.table({"d": 1}, 5, "x")
