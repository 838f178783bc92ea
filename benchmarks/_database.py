"""Figures of a script that runs inside Odoo, in a database made for it."""

import os
import subprocess
import time
from pathlib import Path

from _figures import Figures

HERE = Path(__file__).resolve().parent


def _odoo(*arguments, **options):
    command = [HERE.parent / "stack/odoo", *arguments]
    return subprocess.Popen(command, text=True, **options)


def _sql(statement):
    subprocess.run(
        [HERE.parent / "stack/psql", "-q", "-d", "postgres", "-c", statement],
        check=True,
    )


def measure(name, script, config, notes):
    """Install ``telecom_crm`` into a database, run a script there and drop it again.

    ``BENCH_TEMPLATE`` names a database that has the app already and saves its
    installation; ``BENCH_KEEP`` leaves the database.

    :param str name: of the database
    :param str script: a file of ``scripts/``; what it prints as ``name=value`` are
        its figures
    :param dict config: what the script finds in ``CONFIG``
    :param dict notes: beside the figures of these names
    :return: exit status
    """
    figures = Figures()
    figures.load("load_before")
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    _sql(drop)
    started = time.monotonic()
    options = ["-d", name, "--log-level=error"]
    if template := os.environ.get("BENCH_TEMPLATE"):
        _sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    elif made := _odoo("-i", "telecom_crm", *options, "--stop-after-init").wait():
        return made
    figures.add("install_s", time.monotonic() - started)
    text = (HERE / "scripts" / script).read_text()
    process = _odoo("shell", *options, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(f"CONFIG = {config!r}\n{text}")
    process.stdin.close()
    for line in process.stdout:
        figure, found, value = line.strip().partition("=")
        if found and figure.isidentifier():
            figures.add(figure, value, notes.get(figure, ""))
        else:
            print(line, end="", flush=True)
    status = process.wait()
    if not os.environ.get("BENCH_KEEP"):
        _sql(drop)
    figures.load("load_after")
    figures.table()
    return status
