"""Starting all services in order, keeping them alive, stopping them again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import database
from common import ROOT, StackError, Steps, locked, say, warn, write_atomically
from instance import Instance
from services import Service, process_start, services, start

FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0
STEADY_AFTER = 60.0
POLL = 1.0


def start_all(instance: Instance) -> None:
    """Everything, in order; the database is created or updated on the way."""
    with locked(instance.path("start.lock"), f"starting {instance.name}"):
        known = services(instance)
        start(known["postgresql"])
        _prepare_database(instance, known)
        for name in ("asterisk", "odoo", "gateway", "nginx"):
            start(known[name])


def _prepare_database(instance: Instance, known: dict[str, Service]) -> None:
    todo = database.pending(instance, instance.database)
    if todo is not None and not any(todo):
        return
    for name in ("gateway", "odoo"):  # they would run on with the old code
        known[name].end()
    if todo is None:
        say("The first start installs the apps with demo data: about two minutes.")
    with Steps(1).step(f"Database {instance.database}") as step:
        database.ensure(instance, step)


def stop_all(instance: Instance) -> None:
    stop_watcher(instance)
    for service in reversed(services(instance).values()):
        if service.stop():
            say(f"{service.title} stopped")


# -- keeping services alive ------------------------------------------------------


def watch(instance: Instance) -> None:
    """Start again, with growing delays, whatever should run and does not."""
    delays: dict[str, float] = {}
    due: dict[str, float] = {}
    started: dict[str, float] = {}
    while True:
        for name, service in services(instance).items():
            now = time.monotonic()
            if not service.available() or not service.wanted() or service.pid():
                if now - started.get(name, now) > STEADY_AFTER:
                    delays.pop(name, None)
                due.pop(name, None)
                continue
            if name not in due:
                delay = delays.get(name, FIRST_DELAY)
                delays[name] = min(2 * delay, LONGEST_DELAY)
                due[name] = now + delay
                warn(f"{service.title} has stopped; starting it again in {delay:.0f} s")
            elif now >= due[name]:
                del due[name]
                try:
                    with locked(instance.path("start.lock"), "starting services"):
                        if service.wanted():
                            start(service)
                except StackError as error:
                    warn(str(error))
                started[name] = time.monotonic()
        time.sleep(POLL)


def _watcher_file(instance: Instance) -> Path:
    return instance.run_folder / "watcher.pid"


def start_watcher(instance: Instance) -> None:
    """Leave a watcher behind, in the background."""
    stop_watcher(instance)
    with instance.path("log/watcher.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, ROOT / "stack/stack.py", "watch"],
            env={
                **os.environ,
                "TELECOM_INSTANCE": instance.name,
                "TELECOM_PORT": str(instance.base),
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    write_atomically(
        _watcher_file(instance), f"{process.pid} {process_start(process.pid)}\n"
    )


def stop_watcher(instance: Instance) -> None:
    try:
        pid, began = _watcher_file(instance).read_text().split()
    except (OSError, ValueError):
        return
    if process_start(int(pid)) == began:
        os.kill(int(pid), signal.SIGTERM)
    _watcher_file(instance).unlink(missing_ok=True)


# -- in the foreground --------------------------------------------------------------


def greet(instance: Instance) -> None:
    say(f"\n  Open http://localhost:{instance.base}\n")
    logins = ROOT / "stack/logins.txt"
    if logins.exists():
        say("".join(f"  {line}\n" for line in logins.read_text().splitlines()))


def run_in_foreground(instance: Instance) -> None:
    """Start everything and stay until Ctrl-C; then stop everything."""

    def leave(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    stop_watcher(instance)
    try:
        start_all(instance)
        greet(instance)
        say("  Ctrl-C stops everything.")
        watch(instance)
    except KeyboardInterrupt:
        say("\nStopping …")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stop_all(instance)
