"""A day of back-office work: files of a client, in the client's own database."""

import contextlib
import re
import shutil
import subprocess
import sys

import psycopg2
import pytest
from playwright.sync_api import expect

from odoo import RpcError

from stack import ROOT

sys.path.append(str(ROOT / "addons/telecom_callcenter_connector/tests"))

from certificates import Authority  # noqa: E402

CLIENT = "demo_client"


class Client:
    """The client's own view of its database, on whichever server."""

    def __init__(self, **connection):
        self.connection = connection

    def rows(self, query, *values):
        with contextlib.closing(psycopg2.connect(**self.connection)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall() if cursor.description else []


@pytest.fixture
def client(stack):
    environment = stack.instance.pg_environment(superuser=True)
    found = Client(
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        user=environment["PGUSER"],
        password=environment["PGPASSWORD"],
        dbname=CLIENT,
    )
    found.rows("UPDATE dossier SET controle_le = NULL, controle_par = NULL")
    return found


@pytest.fixture
def page(stack, browsers):
    with browsers.page(stack.url, 1366, 768, "clerk.benin") as page:
        yield page


def test_a_file_of_work(stack, page, client, login):
    """Next, the client's record, answers, a note in the client's system, a status."""

    def hook(name, rest=""):
        return page.locator(f"[data-telecom='{name}']{rest}")

    page.goto("/odoo/back-office")
    hook("work-next", ":enabled").click()
    subject = hook("work-name").inner_text()
    [item] = stack.sql(
        """SELECT i.id, i.reference, i.session_count FROM telecom_work_item i
             JOIN telecom_campaign c ON c.id = i.campaign_id
            WHERE i.name = %s AND i.state = 'working'
              AND c.name = 'Contrôle des dossiers'""",
        subject,
    )
    reference = item["reference"]
    [(holder,)] = client.rows(
        "SELECT titulaire FROM dossier WHERE reference = %s", reference
    )

    # It does not count as done before the script's question has its answer
    page.locator("[role=radio][data-code=handled]").click()
    hook("work-close-next", ":enabled").click()
    expect(page.locator(".o_telecom_choice_missing")).to_have_count(1)

    hook("script-action").click()
    expect(hook("query-answer")).to_contain_text(holder)
    hook("query-close").click()
    hook("answer-yes").click()
    hook("script-next").click()
    hook("script-action").first.click()
    expect(hook("query-answer")).to_have_attribute("data-count", "1")
    hook("query-close").click()
    hook("work-note").fill("Contrôlé de bout en bout.")
    hook("work-close", ":enabled").click()
    hook("work-next").wait_for()

    changed = client.rows(
        "SELECT reference, controle_par FROM dossier WHERE controle_le IS NOT NULL"
    )
    assert changed == [(reference, "clerk.benin")]
    log = stack.sql(
        """SELECT operation, outcome, row_count, parameters
             FROM telecom_connector_access ORDER BY id DESC LIMIT 2"""
    )
    assert [(row["operation"], row["outcome"], row["row_count"]) for row in log] == [
        ("write", "done", 1),
        ("read", "done", 1),
    ]
    assert {row["parameters"]["reference"] for row in log} == {reference}

    # What the supervisor sees of it
    manager = login("manager.benin")
    done = manager.one(
        "telecom.work.item",
        [["id", "=", item["id"]]],
        ["state", "disposition_id", "result_note", "session_count"],
    )
    assert (done["state"], done["result_note"]) == ("done", "Contrôlé de bout en bout.")
    [figures] = manager.call(
        "telecom.work.session",
        "formatted_read_group",
        [
            ["item_id", "=", item["id"]],
            ["user_id.login", "=", "clerk.benin"],
            ["result", "=", "status"],
        ],
        ["user_id", "disposition_id"],
        ["__count", "is_success:sum"],
    )
    assert figures["disposition_id"][0] == done["disposition_id"][0]
    assert (figures["__count"], figures["is_success:sum"]) == (1, 1)


def test_the_demonstrations_client_has_the_least_rights(stack):
    """Its user reads and notes, and enters no other database."""
    instance = stack.instance
    connection = {
        "host": "127.0.0.1",
        "port": instance.pg_port,
        "user": CLIENT,
        "password": instance.secrets()["pg_demo_client"],
    }
    client = Client(**connection, dbname=CLIENT)
    assert client.rows("SELECT count(*) FROM dossier")[0][0] >= 12
    for forbidden in (
        "DELETE FROM dossier",
        "UPDATE dossier SET solde = 0",
        "CREATE TABLE mine (id int)",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            client.rows(forbidden)
    with pytest.raises(psycopg2.OperationalError, match="pg_hba|rejects"):
        Client(**connection, dbname=instance.database).rows("SELECT 1")


@pytest.fixture
def encrypted(stack):
    """A second PostgreSQL server, which asks for encryption: (port, authority)."""
    instance = stack.instance
    folder = instance.path("postgresql/encrypted")
    shutil.rmtree(folder, ignore_errors=True)
    port, authority = stack.own_ports(), Authority()
    password = instance.path("postgresql/encrypted.password")
    password.write_text("geheim")
    instance.give(password)
    environment = stack.services["postgresql"].environment()

    def run(program, *arguments):
        subprocess.run(
            instance.as_service([instance.pg_bin / program, *arguments]),
            env=environment,
            cwd=instance.path("home"),
            check=True,
            timeout=60,
            stdout=subprocess.DEVNULL,
        )

    run(
        "initdb",
        *("-D", folder, "-U", "client", f"--pwfile={password}"),
        *("--auth=scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C"),
    )
    password.unlink()
    certificate, key = authority.certificate("localhost")
    for name, text in (("server.crt", certificate), ("server.key", key)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
        instance.give(folder / name)
    (folder / "pg_hba.conf").write_text("hostssl all all samehost scram-sha-256\n")
    options = (
        f"-c port={port} -c listen_addresses=localhost -c ssl=on -c fsync=off "
        f"-c unix_socket_directories='' -c logging_collector=on"
    )
    run("pg_ctl", "start", "-w", "-D", folder, "-o", options)
    yield port, authority
    run("pg_ctl", "stop", "-m", "immediate", "-D", folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def reachable(stack):
    """Have the server's administrator allow a port more."""
    path = stack.instance.path("odoo/etc/odoo.conf")
    before = path.read_text()

    def allow(port):
        text = re.sub(
            r"(?m)^(allowed_networks = .*)$",
            rf"\1 127.0.0.1:{port} [::1]:{port}",
            before,
        )
        assert text != before
        path.write_text(text)

    yield allow
    path.write_text(before)


def test_encrypted_to_another_server(stack, login, encrypted, reachable):
    """PostgreSQL's own TLS: the certificate and its name are looked at."""
    port, authority = encrypted
    admin = login("ccadmin")
    company = stack.sql("SELECT id FROM res_company WHERE name = 'Mono Télécom'")
    connector = admin.create(
        "telecom.connector",
        name="Chiffré",
        company_id=company[0]["id"],
        kind="postgresql",
        host="localhost",
        port=port,
        database="postgres",
        login="client",
        authority=authority.pem,
    )

    def outcome(**vals):
        """What a trial says, with the password entered anew as the form asks."""
        admin.write("telecom.connector", [connector], secret="geheim", **vals)
        answer = admin.call("telecom.connector", "action_test", [connector])
        return answer["params"]["type"]

    try:
        assert outcome() == "danger", "a network that nobody allowed"
        reachable(port)
        assert outcome() == "success"
        assert outcome(host="127.0.0.1") == "danger", (
            "the certificate's name is another"
        )
        assert outcome(host="localhost", authority=Authority().pem) == "danger"
        assert outcome(authority=False) == "danger", "no authority of the web"
        assert outcome(tls="require") == "success"
        assert outcome(tls="off") == "danger", "the server wants it encrypted"
        read = admin.call("telecom.connector", "read", [connector], ["secret"])
        assert not read[0]["secret"], "nobody reads it back"
        errors = stack.sql(
            "SELECT outcome, error FROM telecom_connector_access"
            " WHERE connector_id = %s ORDER BY id",
            connector,
        )
        assert [row["outcome"] for row in errors] == [
            "private_address",
            "done",
            *["unreachable"] * 3,
            "done",
            "refused",
        ]
        assert "geheim" not in str(errors)
    finally:
        with contextlib.suppress(RpcError):
            admin.write("telecom.connector", [connector], active=False)
