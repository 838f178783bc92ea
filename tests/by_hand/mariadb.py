"""Connectors against a MariaDB or MySQL server, by hand: neither is part of the stack.

    python tests/by_hand/mariadb.py HOST PORT DATABASE USER PASSWORD [CA]

The user may SELECT, INSERT and UPDATE in the database, where an administrator has run::

    CREATE TABLE account (customer varchar(20) PRIMARY KEY, holder varchar(80),
        balance decimal(12, 3), since date, note text) CHARACTER SET utf8mb4;

Once with the server's usual sql_mode, and once with ``SET GLOBAL sql_mode =
'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'``, which changes how values are quoted. CA is a file
with the authority of the server's certificate, and HOST its name then. With the Python
of the stack's environment (.stack/venv).
"""

import socket
import sys
import types
import uuid
from datetime import date
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "addons/telecom_callcenter_connector"
# The tools need no Odoo: not by way of its addons
package = types.ModuleType("tools")
package.__path__ = [str(ADDON / "tools")]
sys.modules["tools"] = package

from tools import database  # noqa: E402
from tools.errors import ConnectorError  # noqa: E402

HOST, PORT, DATABASE, USER, PASSWORD, *CA = sys.argv[1:]
USUAL = {
    "host": HOST,
    "address": socket.gethostbyname(HOST),
    "port": int(PORT),
    "database": DATABASE,
    "user": USER,
    "password": PASSWORD,
    "tls": "verify" if CA else "off",
    "authority": Path(CA[0]).read_text() if CA else "",
}
HARD = "Rêve d'Or \U0001f642 \\' \" ; -- %s 100 %"


def ask(text, values=None, *, read=True, limit=50, seconds=2, **where):
    """Return the answer, or what went wrong: (code, detail)."""
    target = database.Target(**{**USUAL, **where})
    try:
        return database.run(
            "mysql", target, text, values or {}, read=read, limit=limit, seconds=seconds
        )
    except ConnectorError as error:
        return error.code, error.detail


def check(what, found, expected):
    print(
        "ok  " if found == expected else "FAIL",
        what,
        "" if found == expected else found,
    )
    check.failed += found != expected


check.failed = 0


def main():
    first, second = (uuid.uuid4().hex[:16] for _turn in range(2))
    mine = {"a": first, "b": second}
    add = (
        "INSERT INTO account (customer, holder, balance, since) VALUES (:c, :h, :n, :d)"
    )
    for customer, number, day in (
        (first, 1250.5, date(2024, 2, 29)),
        (second, 0, None),
    ):
        values = {"c": customer, "h": HARD, "n": number, "d": day}
        check("a change", ask(add, values, read=False, limit=1).count, 1)
    row = "SELECT holder, balance, since FROM account WHERE customer = :c"
    check("values", ask(row, {"c": first}).rows, [[HARD, "1250.500", "2024-02-29"]])
    for evil in (f"{first}' OR '1'='1", f"{first}\\' OR 1=1 -- ", '" OR ""="', "\\"):
        check(f"a value is no text: {evil!r}", ask(row, {"c": evil}).rows, [])

    note = "UPDATE account SET note = :n WHERE customer IN (:a, :b)"
    changed = ask(note, {**mine, "n": "x"}, read=False, limit=2).count
    check("rows that were found", changed, 2)
    changed = ask(note, {**mine, "n": "x"}, read=False, limit=2).count
    check("the same again", changed, 2)
    found = ask(note, {**mine, "n": "y"}, read=False, limit=1)
    check("too many", found, ("too_many", "2"))
    left = ask("SELECT DISTINCT note FROM account WHERE customer IN (:a, :b)", mine)
    check("which is undone", left.rows, [["x"]])

    check("what reads does not change", ask(note, {**mine, "n": "z"})[0], "failed")
    check("nor lock", ask(f"{row} FOR UPDATE", {"c": first})[0], "failed")
    many = "SELECT a.customer FROM account a JOIN account b"
    answer = ask(many, limit=1)
    check("a limit", (len(answer.rows), answer.more), (1, True))
    check("time", ask("SELECT SLEEP(20) FROM account", seconds=1)[0], "timeout")
    check("rights", ask("DROP TABLE account", read=False)[0], "failed")
    check("a mistake", ask("SELECT FROM"), ("failed", "1064"))
    check("a wrong password", ask("SELECT 1", password="x"), ("refused", "1045"))
    check("a wrong database", ask("SELECT 1", database="mysql"), ("refused", "1044"))
    check("nobody there", ask("SELECT 1", port=1)[0], "unreachable")
    if CA:
        found = ask("SELECT 1", authority="")
        check("an authority of the web", found, ("unreachable", "TLS"))
        found = ask("SELECT 1", host="other.example.com")
        check("another name", found, ("unreachable", "TLS"))
        check("whoever it is", ask("SELECT 1", authority="", tls="require").rows, [[1]])
    return check.failed


sys.exit(1 if main() else 0)
