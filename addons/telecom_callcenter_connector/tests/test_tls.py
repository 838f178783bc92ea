import contextlib
import select
import socket
import struct
import threading
from unittest.mock import patch

from odoo.tests import tagged

from .certificates import Authority
from .common import ConnectorCase

NAME = "systeme.example.test"
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


@contextlib.contextmanager
def names(**known):
    """Have names known that no server of names knows.

    :param known: lists of answers by name, ``_`` for dots: one answer for each time it
        is asked, each a list of addresses
    :return: names asked for, in order
    """
    asked = []
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        answers = known.get(str(host).replace(".", "_"))
        if answers is None:
            return real(host, port, *args, **kwargs)
        asked.append(host)
        turn = min(asked.count(host), len(answers)) - 1
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in answers[turn]
        ]

    with patch.object(socket, "getaddrinfo", getaddrinfo):
        yield asked


class EncryptedPostgresql:
    """The real server behind an encrypted door, as its own `ssl = on` would open it.

    The client's side of TLS is the driver's own; what is behind is the tests' server.
    """

    def __init__(self, context, host, port):
        self.context, self.behind = context, (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def stop(self):
        self.listener.close()

    def _listen(self):
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client):
        with client:
            if client.recv(8, socket.MSG_WAITALL) != SSL_REQUEST:
                return
            client.sendall(b"S")
            # What the client does not trust, it leaves
            with contextlib.suppress(OSError):
                inside = self.context.wrap_socket(client, server_side=True)
                with inside, self._connect() as server:
                    self._pass_on(inside, server)

    def _connect(self):
        host, port = self.behind
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{port}")
            return server
        return socket.create_connection((host, port))

    @staticmethod
    def _pass_on(client, server):
        while True:
            ready = [client] if client.pending() else []
            ready = ready or select.select([client, server], [], [])[0]
            for one in ready:
                data = one.recv(65536)
                if not data:
                    return
                (server if one is client else client).sendall(data)


class TlsCase(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority()
        cls.stranger = Authority("Somebody else")

    def check(self, query, works):
        """Ask, under the name, and look at what came of it."""
        with names(systeme_example_test=[["127.0.0.1"]]):
            if works:
                self.assertTrue(query._run({}).rows)
                return
            words = self.refusal(query, {})
        self.assertIn("could not be reached", words)
        access = self.accesses(query)[-1:]
        self.assertEqual(
            (access.outcome, access.error), ("unreachable", "unreachable: TLS")
        )


@tagged("post_install", "-at_install", "telecom")
class TestWebTls(TlsCase):
    """https to a real server of one's own, known by its name's certificate only."""

    def service(self, authority, name=NAME, days=30):
        service = self._web_service(authority.context(name, days))
        return service, f"https://{NAME}:{service.server_address[1]}/v2"

    def query(self, url, **vals):
        connector = self.env["telecom.connector"].create(
            {
                "name": "Portail",
                "company_id": self.benin.id,
                "kind": "http",
                "url": url,
                "tls": "verify",
                "authority": self.authority.pem,
                "authentication": "bearer",
                "secret": "t0ken",
                **vals,
            }
        )
        return self._query(connector, f"q{connector.id}", path="customers/7")

    def test_whom_to_trust(self):
        for what, authority, server, vals, works in (
            ("its own authority", self.authority, {}, {}, True),
            ("another one", self.stranger, {}, {}, False),
            ("those of the web", self.authority, {}, {"authority": False}, False),
            ("another name", self.authority, {"name": "x.example.test"}, {}, False),
            ("over", self.authority, {"days": -1}, {}, False),
            ("whoever it is", self.stranger, {}, {"tls": "require"}, True),
        ):
            with self.subTest(what):
                service, url = self.service(authority, **server)
                self.check(self.query(url, **vals), works)
                # Whom it does not trust it tells nothing, its token least of all
                self.assertEqual(bool(service.seen), works)

    def test_the_name_goes_with_the_request(self):
        service, url = self.service(self.authority)
        self.check(self.query(url), True)
        [seen] = service.seen
        self.assertEqual(seen["headers"]["Host"], url.split("/")[2])
        self.assertEqual(seen["headers"]["Authorization"], "Bearer t0ken")

    def test_no_way_down_to_plain_http(self):
        service, url = self.service(self.authority)
        query = self.query(url)
        query.path = "down"
        with names(systeme_example_test=[["127.0.0.1"]]):
            self.assertIn("another address", self.refusal(query, {}))
        self.assertEqual(len(service.seen), 1)

    def test_a_name_that_changes_its_mind(self):
        """Judged and connected to is the same address, also after a redirection."""
        service, url = self.service(self.authority)
        query = self.query(url)
        query.path = "moved"
        answers = [["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"]]
        with names(systeme_example_test=answers) as asked:
            self.assertTrue(query._run({}).rows)
        self.assertEqual(asked, [NAME])
        self.assertEqual(len(service.seen), 2)

    def test_every_address_of_a_name_is_judged(self):
        service, url = self.service(self.authority)
        query = self.query(url)
        for answer in (
            ["10.0.0.1"],
            ["127.0.0.1", "10.0.0.1"],
            ["8.8.8.8", "169.254.169.254"],
            ["127.0.0.2"],
        ):
            with self.subTest(answer), names(systeme_example_test=[answer]):
                self.assertIn("private address", self.refusal(query, {}))
        self.assertFalse(service.seen)
        outcomes = set(self.accesses(query).mapped("outcome"))
        self.assertEqual(outcomes, {"private_address"})

    def test_one_port_of_a_machine(self):
        _service, url = self.service(self.authority)
        query = self.query(url)
        port = int(url.split(":")[2].split("/")[0])
        for allowed, works in ((port, True), (port + 1, False)):
            self.allow(f"127.0.0.1:{allowed}")
            with self.subTest(allowed), names(systeme_example_test=[["127.0.0.1"]]):
                if works:
                    self.assertTrue(query._run({}).rows)
                else:
                    self.assertIn("private address", self.refusal(query, {}))


@tagged("post_install", "-at_install", "telecom")
class TestPostgresqlTls(TlsCase):
    """The same to PostgreSQL, whose driver does its own TLS."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls._second_database()

    def query(self, server, **vals):
        info = self.client.info
        door = EncryptedPostgresql(
            server,
            info.get("host") or "127.0.0.1",
            int(info.get("port") or 5432),
        )
        self.addCleanup(door.stop)
        connector = self._database_connector(
            self.client,
            host=NAME,
            port=door.port,
            **{"tls": "verify", "authority": self.authority.pem, **vals},
        )
        return self._query(connector, f"q{connector.id}", text="SELECT 1 AS one")

    def test_whom_to_trust(self):
        for what, authority, server, vals, works in (
            ("its own authority", self.authority, {}, {}, True),
            ("another one", self.stranger, {}, {}, False),
            ("those of the web", self.authority, {}, {"authority": False}, False),
            ("another name", self.authority, {"name": "x.example.test"}, {}, False),
            ("over", self.authority, {"days": -1}, {}, False),
            ("whoever it is", self.stranger, {}, {"tls": "require"}, True),
        ):
            with self.subTest(what):
                context = authority.context(**{"name": NAME, **server})
                self.check(self.query(context, **vals), works)

    def test_never_unencrypted_by_itself(self):
        """A server that cannot encrypt is left before the password is said."""
        connector = self._database_connector(self.client, tls="require")
        query = self._query(connector, "plain", text="SELECT 1 AS one")
        self.assertIn("could not be reached", self.refusal(query, {}))
        self.assertEqual(self.accesses(query).error, "unreachable: TLS")

    def test_the_address_that_was_judged(self):
        query = self.query(self.authority.context(NAME))
        with names(systeme_example_test=[["127.0.0.1"], ["10.0.0.1"]]) as asked:
            self.assertEqual(query._run({}).rows, [[1]])
        self.assertEqual(asked, [NAME])
