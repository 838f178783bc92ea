#!/usr/bin/env python3
"""Fetches, starts and stops everything the apps need; `stack.py --help` lists how."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import fetch
import supervisor
import testing
from common import CACHE, StackError, say, warn
from instance import Instance
from services import (
    Asterisk,
    PostgreSQL,
    Service,
    services,
    start,
)


def ready_instance() -> Instance:
    fetch.set_up()
    instance = Instance()
    instance.prepare()
    return instance


def command_setup(arguments: argparse.Namespace) -> int:
    fetch.set_up(tests=arguments.tests)
    ready_instance()
    say(f"The stack is complete under {fetch.STATE}.")
    return 0


def named_services(instance: Instance, names: Sequence[str]) -> list[Service]:
    known = services(instance)
    for name in names:
        if name not in known:
            raise StackError(
                f"There is no service {name}.", f"Known: {', '.join(known)}"
            )
    return [known[name] for name in known if name in names]


def command_start(arguments: argparse.Namespace) -> int:
    instance = ready_instance()
    if arguments.services:
        for service in named_services(instance, arguments.services):
            start(service)
        return 0
    supervisor.start_all(instance)
    supervisor.start_watcher(instance)
    supervisor.greet(instance)
    return 0


def command_stop(arguments: argparse.Namespace) -> int:
    instance = Instance()
    if not arguments.services:
        supervisor.stop_all(instance)
        return 0
    for service in reversed(named_services(instance, arguments.services)):
        if service.stop():
            say(f"{service.title} stopped")
    return 0


def command_restart(arguments: argparse.Namespace) -> int:
    command_stop(arguments)
    return command_start(arguments)


def command_run(arguments: argparse.Namespace) -> int:
    supervisor.run_in_foreground(ready_instance())
    return 0


def command_watch(arguments: argparse.Namespace) -> int:
    supervisor.watch(Instance())
    return 0


def command_clean(arguments: argparse.Namespace) -> int:
    folders = [fetch.STATE, *([CACHE] if arguments.cache else [])]
    existing = [folder for folder in folders if folder.exists()]
    if not existing:
        return 0
    if not os.environ.get("FORCE"):
        say("This deletes, with all databases and recordings in it:")
        for folder in existing:
            say(f"  {folder}")
        if not sys.stdin.isatty():
            raise StackError("Nobody is there to confirm.", "Set FORCE=1.")
        if input("Delete? [y/N] ").strip().lower() not in ("y", "yes", "o", "oui"):
            return 1
    for folder in sorted((fetch.STATE / "instances").glob("*")):
        instance = Instance(folder.name)
        supervisor.stop_all(instance)
        shutil.rmtree(instance.run_folder, ignore_errors=True)
    for folder in existing:
        shutil.rmtree(folder)
        say(f"{folder} deleted")
    return 0


def command_status(arguments: argparse.Namespace) -> int:
    instance = Instance()
    down = 0
    for service in services(instance).values():
        pid = service.pid()
        state = f"running, process {pid}" if pid else "stopped"
        if not service.available():
            state = "not ours to run"
        elif not pid:
            down += 1
        say(f"{service.title:20} {state}")
    return 1 if down else 0


def command_test(arguments: argparse.Namespace) -> int:
    return testing.run_tests(arguments.part)


def command_format(arguments: argparse.Namespace) -> int:
    return testing.format_code()


def command_bench(arguments: argparse.Namespace) -> int:
    return testing.run_benchmarks(arguments.name)


def command_odoo(arguments: argparse.Namespace) -> int:
    instance = ready_instance()
    if PostgreSQL(instance).available() and not PostgreSQL(instance).pid():
        start(PostgreSQL(instance))
    instance.render_odoo()
    command = instance.as_service([fetch.VENV / "bin/odoo", *arguments.arguments])
    os.execve(command[0], command, instance.environment())


def command_psql(arguments: argparse.Namespace) -> int:
    instance = Instance()
    values = list(arguments.arguments)
    superuser = "--superuser" in values
    if superuser:
        values.remove("--superuser")
    command = [str(instance.pg_bin / "psql"), *values]
    env = instance.pg_environment(superuser=superuser)
    env.setdefault("PGDATABASE", instance.database)
    os.execve(command[0], command, env)


def command_asterisk(arguments: argparse.Namespace) -> int:
    command = Asterisk(Instance()).cli(*(arguments.arguments or ["-r"]))
    os.execv(command[0], command)


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="stack.py", description=__doc__)
    commands = result.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, action, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(action=action)
        return sub

    add("setup", command_setup, "fetch what is missing; start nothing").add_argument(
        "--tests", action="store_true", help="the tools for tests and checks too"
    )
    for name, action, text in (
        ("start", command_start, "start all services, or those named"),
        ("stop", command_stop, "stop all services, or those named"),
        ("restart", command_restart, "stop, then start, all services or those named"),
    ):
        add(name, action, text).add_argument("services", nargs="*")
    add("run", command_run, "start all services, stop them on Ctrl-C")
    add("watch", command_watch, "keep the services alive (start leaves it behind)")
    add("clean", command_clean, "stop and delete everything").add_argument(
        "--cache", action="store_true", help="the download cache too"
    )
    add("status", command_status, "what runs")
    add("test", command_test, "run the tests, or one part of them").add_argument(
        "part",
        nargs="?",
        default="all",
        choices=("all", "lint", "odoo", "e2e", "core"),
    )
    add("format", command_format, "let the formatters rewrite the code")
    add("bench", command_bench, "measure; a name selects scripts").add_argument(
        "name", nargs="?", default=""
    )
    for name, action, text in (
        ("odoo", command_odoo, "run the stack's odoo with any arguments"),
        ("psql", command_psql, "run psql (--superuser: as the superuser)"),
        ("asterisk", command_asterisk, "Asterisk's console, or -rx 'a command'"),
    ):
        add(name, action, text).add_argument("arguments", nargs=argparse.REMAINDER)
    return result


def main(argv: Sequence[str]) -> int:
    os.umask(0o022)
    # Everything after these names belongs to the program called, options included.
    if argv[:1] and argv[0] in ("odoo", "psql", "asterisk"):
        arguments = argparse.Namespace(arguments=list(argv[1:]))
        action = {
            "odoo": command_odoo,
            "psql": command_psql,
            "asterisk": command_asterisk,
        }[argv[0]]
    else:
        arguments = parser().parse_args(argv)
        action = arguments.action
    try:
        return action(arguments)
    except StackError as error:
        warn(str(error))
        if error.remedy:
            warn(f"→ {error.remedy}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
