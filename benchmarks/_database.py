"""Figures of a script that runs inside Odoo, in a database made for it."""

import contextlib
import os
import re
import socket
import subprocess
import sys
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


def drop(name):
    """Drop a database, whoever of us is still connected.

    PostgreSQL's own vacuum may be at work in it, which only its superuser may end; it
    gives way by itself once somebody asks again.

    :param str name: of the database
    :raises subprocess.CalledProcessError: it is in use half a minute later
    """
    deadline = time.monotonic() + 30
    while True:
        try:
            return _sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        except subprocess.CalledProcessError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


@contextlib.contextmanager
def database(name, apps="telecom_crm"):
    """Install apps into a database, and drop it again.

    ``BENCH_TEMPLATE`` names a database that has them already and saves its
    installation; ``BENCH_KEEP`` leaves the database.

    :param str name: of the database
    :param str apps: to install, with commas between
    :return: figures; their table is printed at the end
    :raises subprocess.CalledProcessError: the installation failed
    """
    figures = Figures()
    figures.load("load_before")
    drop(name)
    started = time.monotonic()
    if template := os.environ.get("BENCH_TEMPLATE"):
        _sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    else:
        command = ["-i", apps, "-d", name, "--log-level=error", "--stop-after-init"]
        if made := _odoo(*command).wait():
            raise subprocess.CalledProcessError(made, command)
    figures.add("install_s", time.monotonic() - started)
    try:
        yield figures
    finally:
        if not os.environ.get("BENCH_KEEP"):
            drop(name)
    figures.load("load_after")
    figures.table()


def run_script(figures, name, script, config, notes, options=()):
    """Run a script inside Odoo.

    :param Figures figures: what it prints as ``name=value`` is added to them
    :param str name: of the database
    :param str script: a file of ``scripts/``
    :param dict config: what the script finds in ``CONFIG``
    :param dict notes: beside the figures of these names
    :param options: of the command line, besides the usual ones
    :return: the values it printed, as texts, by name
    :raises subprocess.CalledProcessError: it failed
    """
    text = (HERE / "scripts" / script).read_text()
    process = _odoo(
        *("shell", "-d", name, "--log-level=error", "--no-http", *options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.stdin.write(f"CONFIG = {config!r}\n{text}")
    process.stdin.close()
    found = {}
    for line in process.stdout:
        figure, mark, value = line.strip().partition("=")
        if mark and figure.isidentifier():
            found[figure] = value
            figures.add(figure, value, notes.get(figure, ""))
        else:
            print(line, end="", flush=True)
    if failed := process.wait():
        raise subprocess.CalledProcessError(failed, script)
    return found


def measure(name, script, config, notes, apps="telecom_crm"):
    """Run a script inside Odoo, in a database of its own.

    See :func:`run_script`.

    :param str apps: that are installed, with commas between
    :return: exit status
    """
    with database(name, apps) as figures:
        run_script(figures, name, script, config, notes)
    return 0


def run_tests(name, tags):
    """Run tests of an installed database and yield the lines of their log.

    :param str name: of the database
    :param str tags: as ``--test-tags`` takes them
    :raises subprocess.CalledProcessError: a test failed
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # The tests call their own server; that of the instance may be up.
    command = [
        f"--database={name}",
        f"--test-tags={tags}",
        f"--http-port={port}",
        "--stop-after-init",
    ]
    process = _odoo(*command, stderr=subprocess.PIPE)
    for line in process.stderr:
        if re.search(r" (ERROR|CRITICAL) ", line):
            print(line, end="", file=sys.stderr)
        yield line
    if failed := process.wait():
        raise subprocess.CalledProcessError(failed, command)
