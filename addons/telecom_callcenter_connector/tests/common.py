"""A client's systems for the tests: a second PostgreSQL database, a web service."""

import json
import os
import tempfile
import threading
import time
import uuid
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import psycopg2
from cryptography.fernet import Fernet

from odoo import Command
from odoo.exceptions import UserError
from odoo.sql_db import connection_info_for
from odoo.tests import TransactionCase

from odoo.addons.telecom_callcenter.tests.common import CallcenterSetup

SCHEMA = """
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
CREATE TABLE account (
    customer text PRIMARY KEY, holder text, balance numeric(12, 3), since date,
    blocked boolean DEFAULT false, note text);
CREATE SEQUENCE visits;
INSERT INTO account VALUES
    ('C-1', 'Afi Dossou', 1250.500, '2024-02-29'),
    ('C-2', 'Koffi Mensah', 0, '2025-01-01'),
    ('C-3', 'Rêve d''Or', -3, NULL);
CREATE TABLE work (number text, subject text, urgency int, customer text);
INSERT INTO work VALUES ('D-1', 'Contrat à corriger', 2, 'C-1'),
    ('D-2', 'Adresse à vérifier', 0, 'C-2');
"""


class SecondDatabase:
    """A database of its own on the same server, dropped at the end."""

    def __init__(self):
        self.name = f"telecom_client_{uuid.uuid4().hex[:12]}"
        _db, self.info = connection_info_for("postgres")
        self.info.pop("dsn", None)
        self._admin(f'CREATE DATABASE "{self.name}" TEMPLATE template0')
        self.reset()

    def reset(self):
        """Have in it what it has at first: no transaction of ours undoes a test."""
        self.execute(SCHEMA)

    def _admin(self, statement):
        with closing(psycopg2.connect(**self.info)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)

    def execute(self, statement):
        """Return the rows of a statement, as the client himself would see them."""
        info = {**self.info, "dbname": self.name, "database": self.name}
        info.pop("database")
        with closing(psycopg2.connect(**info)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    def drop(self):
        self._admin(f'DROP DATABASE "{self.name}" WITH (FORCE)')


class WebService(ThreadingHTTPServer):
    """A client's web service on loopback; remembers what was sent."""

    daemon_threads = True

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        if context:
            # The handshake in the thread of the connection, not of all of them
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v2"

    def handle_error(self, request, client_address):
        """Nothing: a client that trusts nobody hangs up."""

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        """Nothing into the log of the tests."""

    def do_GET(self):
        self._answer()

    def do_POST(self):
        self._answer()

    def do_PATCH(self):
        self._answer()

    def _answer(self):
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.seen.append(
            {
                "method": self.command,
                "path": parts.path,
                "query": parse_qs(parts.query),
                "body": body,
                "headers": dict(self.headers),
            }
        )
        name = parts.path.removeprefix("/v2").strip("/").replace("/", "_")
        answer = getattr(self, f"_{name.partition('_')[0] or 'root'}", None)
        if answer:
            return answer(parts)
        return self._send(404, {"error": "unknown"})

    def _send(self, status, content, **headers):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for header, value in headers.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(data)

    def _root(self, parts):
        self._send(200, {"ok": True})

    def _customers(self, parts):
        number = parts.path.rpartition("/")[2]
        self._send(
            200,
            {
                "data": {
                    "items": [
                        {
                            "number": number,
                            "address": {"city": "Cotonou", "zip": None},
                            "lines": [1, 2],
                            "vip": True,
                        }
                    ]
                }
            },
        )

    def _notes(self, parts):
        self._send(201, b"")

    def _slow(self, parts):
        # Longer than the query may take; the client hangs up meanwhile
        for _turn in range(50):
            time.sleep(0.1)
            try:
                self.wfile.write(b"")
            except OSError:
                return
        self._send(200, {})

    def _away(self, parts):
        self._send(302, b"", Location="http://127.0.0.2:1/v2/customers/1")

    def _down(self, parts):
        # To the same name, without its encryption
        host = self.headers["Host"]
        self._send(302, b"", Location=f"http://{host}/v2/customers/1")

    def _moved(self, parts):
        self._send(302, b"", Location="/v2/customers/7")

    def _big(self, parts):
        self._send(200, b"[" + b"1," * 3_000_000 + b"1]")

    def _secret(self, parts):
        self._send(401, {"error": "who are you"})

    def _page(self, parts):
        self._send(200, b"<html>")


class ConnectorSetup(CallcenterSetup):
    """Connectors of Benin, and somebody else's of Togo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        file = cls.enterClassContext(tempfile.NamedTemporaryFile("w"))
        file.write(Fernet.generate_key().decode())
        file.flush()
        cls.key_file = file.name
        cls.enterClassContext(
            patch.dict(
                os.environ,
                {
                    "TELECOM_CONNECTOR_KEY_FILE": file.name,
                    "TELECOM_CONNECTOR_NETWORKS": "127.0.0.1/32",
                },
            )
        )

    @classmethod
    def _second_database(cls):
        database = SecondDatabase()
        cls.addClassCleanup(database.drop)
        return database

    @classmethod
    def _web_service(cls, context=None):
        service = WebService(context)
        cls.addClassCleanup(service.stop)
        return service

    @classmethod
    def _database_connector(cls, database, company=None, **vals):
        info = database.info
        return cls.env["telecom.connector"].create(
            {
                "name": "Facturation",
                "company_id": (company or cls.benin).id,
                "kind": "postgresql",
                "host": "127.0.0.1",
                "port": int(info.get("port") or 5432),
                "database": database.name,
                "login": info.get("user"),
                "secret": info.get("password") or "none",
                "tls": "off",
                **vals,
            }
        )

    @classmethod
    def _web_connector(cls, service, company=None, **vals):
        return cls.env["telecom.connector"].create(
            {
                "name": "Portail",
                "company_id": (company or cls.benin).id,
                "kind": "http",
                "url": service.url,
                "tls": "off",
                **vals,
            }
        )

    @classmethod
    def _query(cls, connector, code, parameters=(), results=(), **vals):
        return cls.env["telecom.connector.query"].create(
            {
                "name": code,
                "code": code,
                "connector_id": connector.id,
                "parameter_ids": [Command.create(each) for each in parameters],
                "result_ids": [Command.create(each) for each in results],
                **vals,
            }
        )

    def accesses(self, query):
        return self.env["telecom.connector.access"].search(
            [("query_id", "=", query.id)], order="id"
        )


class ConnectorCase(ConnectorSetup, TransactionCase):
    def setUp(self):
        super().setUp()
        # The log has a transaction of its own, which sees what a test has made
        self.registry_enter_test_mode()
        if hasattr(self, "client"):
            self.client.reset()

    def allow(self, networks):
        """Let connectors reach other networks for the rest of a test."""
        self.enterContext(
            patch.dict(os.environ, {"TELECOM_CONNECTOR_NETWORKS": networks})
        )

    def refusal(self, query, values):
        """Return what the user reads when a query fails.

        Without a savepoint, which would take the log back that has its own.
        """
        try:
            query._run(values)
        except UserError as error:
            return str(error)
        return self.fail(f"{query.name} was not refused")
