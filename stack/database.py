"""Odoo's databases: made complete or not at all, upgraded when an addon changed."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import fetch
from common import (
    ADDONS,
    APPS,
    StackError,
    Step,
    bound,
    say,
    tree_digest,
    write_atomically,
)
from instance import DEMO_CLIENT, Instance

LANGUAGE = "fr_FR"


def our_addons() -> list[str]:
    return sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))


def depends(addon: str) -> list[str]:
    manifest = ast.literal_eval((ADDONS / addon / "__manifest__.py").read_text())
    return manifest.get("depends", [])


def apps() -> list[str]:
    """The apps to install: TELECOM_APPS, or all whose parts are there.

    Without any of them, Odoo's contacts, so that there is a screen."""
    chosen = os.environ.get("TELECOM_APPS")
    if chosen:
        return chosen.split(",")
    ours = set(our_addons())
    whole = [
        name
        for name in APPS
        if name in ours
        and {part for part in depends(name) if part.startswith("telecom_")} <= ours
    ]
    return [*whole, *demo_modules(whole)] or ["contacts"]


def demo_modules(ours: Iterable[str]) -> list[str]:
    """Odoo's modules that only demonstrations and tests need beside ours: with this
    one, bills are paid online without a bank. No addon depends on it."""
    return ["payment_demo"] if "telecom_billing" in ours else []


def run_odoo(
    instance: Instance,
    arguments: Sequence[str],
    log: Path,
    step: Step | None = None,
    *,
    timeout: float | None = None,
) -> int:
    """Run odoo to its end, its output in ``log``; shows how many modules are loaded."""
    instance.render_odoo()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(
            instance.as_service(bound([fetch.VENV / "bin/odoo", *arguments])),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=instance.path("home"),
            env=instance.environment(),
        )
        try:
            end = time.monotonic() + timeout if timeout else None
            while process.poll() is None:
                if end and time.monotonic() > end:
                    raise StackError(f"odoo did not end within {timeout:.0f} s.")
                if step:
                    seen = re.findall(r"Loading module (\w+) \((\d+/\d+)\)", _tail(log))
                    step.detail = f"module {seen[-1][1]}, {seen[-1][0]}" if seen else ""
                time.sleep(0.2)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    return process.returncode


def _tail(log: Path, size: int = 20000) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - size))
        return file.read().decode(errors="replace")


def databases(instance: Instance) -> set[str]:
    return set(instance.sql("SELECT datname FROM pg_database").split())


def drop(instance: Instance, name: str) -> None:
    instance.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(filestore(instance, name), ignore_errors=True)


def filestore(instance: Instance, name: str) -> Path:
    return instance.path("odoo/data/filestore", name)


def create(instance: Instance, name: str, step: Step | None, log: Path) -> None:
    """Install the apps with demo data under another name, then rename: whoever finds
    the database finds all of it, whatever was killed meanwhile."""
    temporary = f"{name}__new"
    drop(instance, temporary)
    status = run_odoo(
        instance,
        [
            f"--database={temporary}",
            f"--init={','.join(apps())}",
            "--with-demo",
            f"--load-language={LANGUAGE}",
            "--stop-after-init",
        ],
        log,
        step,
    )
    _check(status, log, f"The apps could not be installed into {name}.")
    shutil.rmtree(filestore(instance, name), ignore_errors=True)
    if filestore(instance, temporary).exists():
        filestore(instance, temporary).rename(filestore(instance, name))
    # Until an administrator logs in, Odoo takes its own port for the one people use
    instance.sql(
        f"UPDATE ir_config_parameter SET value = 'http://localhost:{instance.base}'"
        " WHERE key = 'web.base.url'",
        temporary,
    )
    instance.sql(f'ALTER DATABASE "{temporary}" RENAME TO "{name}"')
    instance.sql("ANALYZE", name)


def _check(status: int, log: Path, message: str) -> None:
    text = log.read_text(errors="replace")
    failed = re.findall(r"^.* (?:ERROR|CRITICAL) .*$", text, re.MULTILINE)
    # Odoo goes on without the demo data that it could not load
    if (
        status
        or "Failed to initialize database" in text
        or "demo data failed to install" in text
    ):
        shown = failed[-1:] + text.strip().splitlines()[-12:]
        raise StackError(f"{message}\n" + "\n".join(shown), f"See {log}.")


# -- what an existing database was made of ----------------------------------------


def _digests(names: Iterable[str]) -> dict[str, str]:
    return {name: tree_digest(ADDONS / name) for name in names}


def _record(instance: Instance, name: str) -> Path:
    return instance.path("odoo", f"{name}.addons.json")


def pending(instance: Instance, name: str) -> tuple[list[str], list[str]] | None:
    """What to install and to update in a database; None when it does not exist."""
    if name not in databases(instance):
        return None
    rows = instance.sql("SELECT name, state FROM ir_module_module", name)
    states = dict(row.split("|") for row in rows.splitlines())
    try:
        known = json.loads(_record(instance, name).read_text())
    except (OSError, ValueError):
        known = {}
    install = [app for app in apps() if states.get(app) != "installed"]
    update = [
        addon
        for addon, value in _digests(our_addons()).items()
        if states.get(addon) in ("installed", "to upgrade")
        and known.get(addon) != value
    ]
    return install, update


def ensure_demo_client(instance: Instance) -> None:
    """A database as a client of the contact centre has one, for the demonstration of
    connectors: its user reads one table and writes three columns of it."""
    script = ADDONS / "telecom_callcenter_connector/demo/demo_client.sql"
    if not (fetch.own_postgresql() and script.exists()):
        return
    password = instance.secrets()["pg_demo_client"]
    instance.sql(
        "DO $$ BEGIN "
        f"IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{DEMO_CLIENT}') THEN "
        f"CREATE ROLE {DEMO_CLIENT} LOGIN; END IF; END $$;"
        f"ALTER ROLE {DEMO_CLIENT} PASSWORD '{password}';"
    )
    if DEMO_CLIENT not in databases(instance):
        instance.sql(f"CREATE DATABASE {DEMO_CLIENT} TEMPLATE template0")
    instance.sql(script.read_text(), DEMO_CLIENT)


def ensure(instance: Instance, step: Step | None = None) -> bool:
    """Create or update the instance's database; returns whether anything was done."""
    name = instance.database
    log = instance.path("log/database.log")
    digests = _digests(our_addons())
    todo = pending(instance, name)
    if todo is None or any(todo):
        ensure_demo_client(instance)
    if todo is None:
        create(instance, name, step, log)
    elif any(todo):
        install, update = todo
        say(f"Updating {name}: {', '.join(install + update)}")
        arguments = [f"--database={name}", "--stop-after-init"]
        if install:
            arguments.append(f"--init={','.join(install)}")
        if update:
            arguments.append(f"--update={','.join(update)}")
        status = run_odoo(instance, arguments, log, step)
        _check(status, log, f"{name} could not be updated.")
    else:
        return False
    write_atomically(_record(instance, name), json.dumps(digests, indent=1) + "\n")
    return True
