from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import ConnectorCase


@tagged("post_install", "-at_install", "telecom")
class TestWeb(ConnectorCase):
    """Against a real web service on loopback."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls._web_service()
        cls.connector = cls._web_connector(
            cls.service, authentication="bearer", secret="t0ken"
        )

    def setUp(self):
        super().setUp()
        self.service.seen.clear()

    def call(self, path, **vals):
        parameters = vals.pop("parameters", ())
        return self._query(
            self.connector,
            f"q{len(self.connector.query_ids)}",
            parameters,
            path=path,
            timeout_seconds=2,
            **vals,
        )

    def refused(self, query, outcome):
        words = self.refusal(query, {})
        self.assertEqual(self.accesses(query).outcome, outcome)
        return words

    def test_read(self):
        query = self.call(
            "customers/{customer}",
            parameters=[
                {"name": "customer", "place": "path"},
                {"name": "fields", "place": "query", "required": False},
            ],
            result_path="data.items",
        )
        answer = query._run({"customer": "C/1?x=2", "fields": "a&b"})
        self.assertEqual(
            answer.dicts(),
            [
                {
                    "number": "C%2F1%3Fx%3D2",
                    "address.city": "Cotonou",
                    "address.zip": None,
                    "lines": "[1, 2]",
                    "vip": True,
                }
            ],
        )
        [seen] = self.service.seen
        self.assertEqual(seen["path"], "/v2/customers/C%2F1%3Fx%3D2")
        self.assertEqual(seen["query"], {"fields": ["a&b"]})
        self.assertEqual(seen["headers"]["Authorization"], "Bearer t0ken")
        self.assertNotIn("t0ken", str(self.accesses(query).read()))

    def test_change(self):
        query = self.call(
            "notes",
            parameters=[
                {"name": "customer", "place": "body"},
                {"name": "amount", "place": "body", "type": "float"},
            ],
            method="POST",
            operation="write",
        )
        for _turn in range(2):
            answer = query._run({"customer": "C-1", "amount": "12,5"}, request="a")
            # “Done”, not “0 records were changed”: agents would click again
            self.assertIsNone(query._shown(answer)["count"])
        [seen] = self.service.seen
        self.assertEqual(seen["body"], {"customer": "C-1", "amount": 12.5})
        self.assertEqual(self.accesses(query).outcome, "done")

    def test_redirections(self):
        answer = self.call("moved", result_path="data.items")._run({})
        self.assertEqual(answer.dicts()[0]["number"], "7")
        words = self.refused(self.call("away"), "other")
        self.assertIn("another address", words)

    def test_what_goes_wrong(self):
        for path, outcome, words in (
            ("slow", "timeout", "too long"),
            ("big", "other", "too large"),
            ("secret", "refused", "refused"),
            ("page", "other", "not JSON"),
            ("nothing", "failed", "404"),
        ):
            with self.subTest(path):
                self.assertIn(words, self.refused(self.call(path), outcome))

    def test_paths_and_methods_are_checked(self):
        for vals in (
            {"path": "../admin"},
            {"path": "//elsewhere.example.com"},
            {"path": "a/{id}"},
            {"path": "a", "method": "DELETE"},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError):
                self.call(vals.pop("path"), **vals)

    def test_addresses_are_checked(self):
        for vals in (
            {"url": "ftp://x.example.com"},
            {"url": "http://user:pw@x.example.com", "tls": "off"},
            {"url": "https://x.example.com", "tls": "off"},
            {"url": "http://x.example.com", "tls": "verify"},
            {"authentication": "header", "header_name": "X: y\r\nZ"},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError):
                self._web_connector(self.service, **vals)
