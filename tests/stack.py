"""The running instance under test: services, ports, files, SQL, Asterisk's console.

The instance is named by the environment (``TELECOM_INSTANCE``, ``TELECOM_PORT``), as
everywhere in the stack, whose modules do the work.
"""

import contextlib
import functools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "stack"))

import database  # noqa: E402
import fetch  # noqa: E402
import psycopg2  # noqa: E402
import services  # noqa: E402
import supervisor  # noqa: E402
from instance import Instance  # noqa: E402
from shells import Shells  # noqa: E402

POLL = 0.05


class Timeout(AssertionError):
    """A condition did not come true in time."""


def wait_for(condition, timeout, what, poll=POLL):
    """Poll until ``condition()`` is true and return its value.

    :param callable condition: an exception it raises counts as false
    :param float timeout: seconds
    :param what: what is waited for, text or callable, for the message
    :raises Timeout: with ``what`` and the last value or error
    """
    end = time.monotonic() + timeout
    while True:
        last = None
        try:
            last = condition()
            if last:
                return last
        except Exception as error:  # noqa: BLE001 (told when time is over)
            last = error
        if time.monotonic() > end:
            text = what() if callable(what) else what
            raise Timeout(f"not within {timeout:g} s: {text} (last: {last!r})")
        time.sleep(poll)


class Stack:
    root = ROOT

    def __init__(self):
        self.instance = Instance(os.environ.get("TELECOM_INSTANCE", "test"))
        self.instance.prepare()
        self.services = services.services(self.instance)
        self._free_port = self.instance.base + 200
        self._shells = Shells(self._load_shell)

    # -- addresses ----------------------------------------------------------

    @property
    def url(self):
        return f"http://localhost:{self.instance.base}"

    @property
    def sip_port(self):
        return self.instance.sip_port

    def port(self, name):
        return self.instance.port(name)

    def own_ports(self, count=1):
        """Ports of our range that nobody else uses: the first of ``count`` even ones.

        :rtype: int
        """
        if self._free_port + 2 * count >= self.instance.base + 990:
            self._free_port = self.instance.base + 200
        first = self._free_port
        self._free_port += 2 * count
        taken = [
            port
            for port in range(first, first + 2 * count)
            if not services.port_is_free(port, udp=True)
        ]
        return self.own_ports(count) if taken else first

    # -- files --------------------------------------------------------------

    @property
    def log_folder(self):
        return self.instance.path("log")

    @property
    def cel(self):
        """Asterisk's channel event log: one JSON object per line."""
        return self.instance.path("asterisk/log/cel.json")

    @property
    def queue_log(self):
        return self.instance.path("asterisk/log/queue_log")

    # -- services -----------------------------------------------------------

    def start_all(self):
        fetch.set_up(tests=True)
        supervisor.start_all(self.instance)

    def close(self):
        """Let go of what this object itself runs."""
        self._shells.close()

    def stop_all(self):
        self.close()
        supervisor.stop_all(self.instance)

    def running(self):
        return [name for name, service in self.services.items() if service.pid()]

    def start(self, *names):
        for name in names:
            self.services[name].start()

    def stop(self, *names):
        for name in names:
            self.services[name].stop()

    def kill(self, name):
        """SIGKILL, children included; nobody starts it again."""
        self.services[name].stop(kill=True)

    def pid(self, name):
        return self.services[name].pid()

    @contextlib.contextmanager
    def frozen(self, name):
        """The service's process stands still, its connections stay open."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def restore(self):
        """Whatever a test stopped runs again."""
        for service in self.services.values():
            pid = service.pid()
            if pid:
                os.kill(pid, signal.SIGCONT)
            service.start()

    # -- asking ----------------------------------------------------------------

    def asterisk(self, command):
        """What Asterisk's console answers."""
        return subprocess.run(
            self.services["asterisk"].cli("-rx", command),
            capture_output=True,
            text=True,
            timeout=15,
            stdin=subprocess.DEVNULL,
        ).stdout

    def channels(self):
        """Asterisk's channels, ``(name, context, state, application)``."""
        rows = []
        for line in self.asterisk("core show channels concise").splitlines():
            parts = line.split("!")
            if len(parts) > 5:
                rows.append((parts[0], parts[1], parts[4], parts[5]))
        return rows

    def fresh_heartbeat(self):
        """Whether the dialplan believes that the gateway is there."""
        match = re.search(
            r"TELECOM_HEARTBEAT=(\d+)", self.asterisk("dialplan show globals")
        )
        return bool(match) and time.time() - int(match[1]) <= 6

    def priorities(self):
        """Priority of each waiting caller, by number, first in line first."""
        result = {}
        for line in self.asterisk("core show channels concise").splitlines():
            parts = line.split("!")
            if len(parts) > 7 and parts[5] == "Queue" and parts[4] == "Up":
                result[parts[0]] = parts[7]
        found = {}
        for line in self.asterisk("queue show").splitlines():
            match = re.match(r"\s+\d+\. (\S+) \(wait: .*prio: (\d+)\)", line)
            if match and match[1] in result:
                found[result[match[1]]] = int(match[2])
        return found

    def waiting(self):
        """Numbers of the waiting callers, first in line first."""
        return list(self.priorities())

    def health(self, timeout=2):
        """The gateway's health as it tells it over HTTP, whatever the status.

        :raises OSError: nobody answers
        """
        request = f"http://127.0.0.1:{self.port('health')}/"
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def gateway_ready(self):
        return bool(self.health()["healthy"])

    @contextlib.contextmanager
    def cursor(self):
        """A database cursor, committed at the end; Odoo is not asked."""
        with contextlib.closing(self.connect()) as connection:
            with connection, connection.cursor() as cursor:
                yield cursor

    def connect(self):
        """A connection to the database of the instance."""
        environment = self.instance.pg_environment()
        return psycopg2.connect(
            host=environment["PGHOST"],
            port=environment["PGPORT"],
            user=environment["PGUSER"],
            password=environment.get("PGPASSWORD"),
            dbname=self.instance.database,
            connect_timeout=5,
        )

    def sql(self, query, *values):
        """Rows as dictionaries."""
        with self.cursor() as cursor:
            cursor.execute(query, values)
            if not cursor.description:
                return []
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def telephony(self, *arguments, timeout=60):
        """Run ``odoo telephony`` with these arguments, as the gateway's user."""
        gateway = self.services["gateway"]
        subprocess.run(
            self.instance.as_service([*gateway.command(), *arguments]),
            check=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            cwd=self.instance.path("home"),
            env=gateway.environment(),
        )

    def shell(self, script, timeout=120):
        """Run Python in ``odoo shell`` and return what it printed.

        :raises RuntimeError: the script failed
        """
        with (
            tempfile.TemporaryFile("w+") as output,
            tempfile.TemporaryFile("w+") as errors,
        ):
            process = self.shell_process(script, output, errors)
            try:
                status = process.wait(timeout)
            finally:
                process.kill()
            errors.seek(0)
            said = errors.read()
            output.seek(0)
            printed = output.read()
        if status or "Traceback" in said:
            raise RuntimeError(said[-4000:])
        return printed

    def shell_process(self, script, output=None, errors=None):
        """Start ``odoo shell`` on a script and leave it running.

        :param output: file for what it prints; nowhere without
        :param errors: file for its log; ``output`` without
        :rtype: shells.Script
        """
        with open(os.devnull, "w") as nowhere:
            output = output or nowhere
            return self._shells.run(script, output, errors or output)

    def _load_shell(self, source, keep):
        return subprocess.Popen(
            self.instance.as_service(
                [
                    fetch.VENV / "bin/odoo",
                    "shell",
                    "-d",
                    self.instance.database,
                    "--log-level=warn",
                ]
            ),
            stdin=source,
            stdout=subprocess.DEVNULL,
            pass_fds=[keep],
            cwd=self.instance.path("home"),
            env=self.instance.environment(),
        )

    def database_exists(self):
        return self.instance.database in database.databases(self.instance)


@functools.cache
def current():
    return Stack()
