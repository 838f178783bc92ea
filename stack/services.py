"""The services of an instance: how each is prepared, started, probed and stopped."""

from __future__ import annotations

import http.client
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import database
import fetch
from common import StackError, run, say, write_atomically
from instance import DEMO_CLIENT, Instance, port_is_free

START_DEADLINE = 120
STOP_DEADLINE = 30
PORT_DEADLINE = 3
LAUNCH_ATTEMPTS = 3
LAUNCH_PAUSE = 1.0
POLL = 0.1


def process_start(pid: int) -> str | None:
    """When a process began, in ticks: with its pid, a name that is never reused.

    None when it is gone or only waits to be reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def session_members(leader: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[3] == str(leader) and fields[0] not in "ZX":
            found.append(int(folder.name))
    return found


class Service(ABC):
    """One process of an instance, detached from whoever started it.

    ``<name>.pid`` names it; ``<name>.wanted`` tells that it should run, so that the
    watcher starts it again when it died and leaves it alone when it was stopped.
    """

    name = ""
    title = ""
    stop_signal = signal.SIGTERM
    restarts = True

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    # -- what each service defines ------------------------------------------

    @abstractmethod
    def command(self) -> list[str | Path]: ...

    @abstractmethod
    def ready(self) -> bool: ...

    def available(self) -> bool:
        """Whether this service is ours to run."""
        return True

    def prepare(self) -> None:  # noqa: B027 (few services need it)
        """Files it needs; done at every start."""

    def after_start(self) -> None:  # noqa: B027 (few services need it)
        """What is left to do once it answers."""

    def ports(self) -> dict[str, int]:
        return {}

    def udp_ports(self) -> dict[str, int]:
        return {}

    def environment(self) -> dict[str, str]:
        return self.instance.environment()

    # -- state ---------------------------------------------------------------

    @property
    def log(self) -> Path:
        return self.instance.path("log", f"{self.name}.log")

    @property
    def _pid_file(self) -> Path:
        return self.instance.run_folder / f"{self.name}.pid"

    @property
    def _wanted_file(self) -> Path:
        return self.instance.run_folder / f"{self.name}.wanted"

    def pid(self) -> int | None:
        try:
            pid, start = self._pid_file.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if process_start(int(pid)) == start else None

    def wanted(self) -> bool:
        return self._wanted_file.exists()

    # -- start and stop --------------------------------------------------------

    def start(self) -> bool:
        """Start it unless it runs; returns whether it had to be started."""
        if not self.available():
            return False
        self._wanted_file.touch()
        if self.pid() and self.ready():
            return False
        if not self.pid():
            self._end_orphans()
            self._check_ports()
            self.prepare()
            self._launch_patiently()
        else:
            self.wait_ready()
        self.after_start()
        return True

    def _launch_patiently(self) -> None:
        """After a kill, what is left of a process may bar its successor a moment."""
        for attempts_left in reversed(range(LAUNCH_ATTEMPTS)):
            self._launch()
            try:
                return self.wait_ready()
            except StackError:
                if not attempts_left or self.pid():
                    raise
            time.sleep(LAUNCH_PAUSE)

    def _launch(self) -> None:
        instance = self.instance
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            instance.give(self.log)
            process = subprocess.Popen(
                instance.as_service(self.command()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=instance.path("home"),
                env=self.environment(),
                start_new_session=True,
                preexec_fn=_raise_limits,
            )
        write_atomically(
            self._pid_file, f"{process.pid} {process_start(process.pid)}\n"
        )

    def wait_ready(self, deadline: float = START_DEADLINE) -> None:
        end = time.monotonic() + deadline
        while not self.ready():
            if not self.pid():
                raise StackError(
                    f"{self.title} stopped while starting:\n{self._log_tail()}",
                    f"See {self.log}.",
                )
            if time.monotonic() > end:
                raise StackError(
                    f"{self.title} does not answer after {deadline:.0f} s.",
                    f"See {self.log}.",
                )
            time.sleep(POLL)

    def stop(self, *, kill: bool = False) -> bool:
        self._wanted_file.unlink(missing_ok=True)
        return self.end(kill=kill)

    def end(self, *, kill: bool = False) -> bool:
        """End the process; the watcher starts it again if it is still wanted."""
        pid = self.pid()
        if not pid:
            return False
        start = process_start(pid)
        if not kill:
            _signal(pid, self.stop_signal)
        end = time.monotonic() + (0 if kill else STOP_DEADLINE)
        while process_start(pid) == start:
            if time.monotonic() > end:
                _signal_group(pid, signal.SIGKILL)
                if time.monotonic() > end + STOP_DEADLINE:
                    raise StackError(f"{self.title} (process {pid}) does not end.")
            time.sleep(POLL)
        _signal_group(pid, signal.SIGKILL)  # children it may have left
        self._pid_file.unlink(missing_ok=True)
        return True

    def _end_orphans(self) -> None:
        """Children of a killed process may still hold its ports."""
        try:
            leader = int(self._pid_file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        if process_start(leader):
            return  # another process by now
        deadline = time.monotonic() + STOP_DEADLINE
        while (orphans := session_members(leader)) and time.monotonic() < deadline:
            for pid in orphans:
                _signal(pid, signal.SIGKILL)
            time.sleep(POLL)

    def _check_ports(self) -> None:
        # Threads of a process that was just ended hold its ports a moment longer.
        end = time.monotonic() + PORT_DEADLINE
        while (taken := self._taken_ports()) and time.monotonic() < end:
            time.sleep(POLL)
        if taken:
            what, port = taken[0]
            raise StackError(
                f"Port {port} ({what}) is in use by another program.",
                "Stop that program, or choose other ports with TELECOM_PORT=<first "
                f"of ten free ports> (now {self.instance.base}).",
            )

    def _taken_ports(self) -> list[tuple[str, int]]:
        return [
            (what, port)
            for what, port in self.ports().items()
            if not port_is_free(port)
        ] + [
            (what, port)
            for what, port in self.udp_ports().items()
            if not port_is_free(port, udp=True)
        ]

    def _log_tail(self) -> str:
        try:
            return "\n".join(
                self.log.read_text(errors="replace").strip().splitlines()[-12:]
            )
        except OSError:
            return ""


def _raise_limits() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    # Whoever started us may ignore these; the service must not inherit that.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o027)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def answers(port: int, path: str, timeout: float = 5) -> int:
    """The HTTP status that a local port gives; 0 when it gives none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class PostgreSQL(Service):
    name = "postgresql"
    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends sessions, loses nothing

    def available(self) -> bool:
        return fetch.own_postgresql()

    @property
    def data(self) -> Path:
        return self.instance.path("postgresql/data")

    def ports(self) -> dict[str, int]:
        return {"PostgreSQL": self.instance.port("postgresql")}

    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.instance.path("home")),
            "LOCPATH": str(fetch.POSTGRESQL / "usr/lib/locale"),
            "LC_ALL": "C.UTF-8",
        }

    def command(self) -> list[str | Path]:
        return [self.instance.pg_bin / "postgres", "-D", self.data]

    def prepare(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        instance = self.instance
        fsync = os.environ.get(
            "TELECOM_FSYNC", "off" if instance.name.startswith("test") else "on"
        )
        # A quarter of the memory, within what a machine with other work can spare.
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
        settings: dict[str, str | int] = {
            "listen_addresses": "127.0.0.1",
            "port": instance.port("postgresql"),
            "unix_socket_directories": instance.run_folder,
            "unix_socket_permissions": "0700",
            "max_connections": 200,
            "password_encryption": "scram-sha-256",
            "shared_buffers": f"{max(128, min(1024, memory // 4))}MB",
            "effective_cache_size": f"{max(256, min(8192, memory // 2))}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": "256MB",
            "max_wal_size": "2GB",
            "checkpoint_completion_target": "0.9",
            "random_page_cost": "1.1",
            "effective_io_concurrency": 200,
            "jit": "off",
            "fsync": fsync,
            "full_page_writes": fsync,
            "synchronous_commit": "on" if fsync == "on" else "off",
            "log_min_messages": "warning",
            "log_line_prefix": "%m [%p] %q%u@%d ",
            "log_min_duration_statement": "2s",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        self._own_file("telecom.conf", "".join(lines))
        self._own_file(
            "pg_hba.conf",
            # The demonstration's client enters its own database only
            f"host {DEMO_CLIENT} {DEMO_CLIENT} 127.0.0.1/32 scram-sha-256\n"
            f"host all {DEMO_CLIENT} all reject\n"
            f"local all {DEMO_CLIENT} reject\n"
            "local all all scram-sha-256\n"
            "host all all 127.0.0.1/32 scram-sha-256\n",
        )

    def _own_file(self, name: str, text: str) -> None:
        path = self.data / name
        write_atomically(path, text, 0o600)
        self.instance.give(path)

    def _create_cluster(self) -> None:
        """initdb aside, then rename: a half-made cluster is never used."""
        instance = self.instance
        temporary = self.data.with_name("data.new")
        shutil.rmtree(temporary, ignore_errors=True)
        password = instance.path("postgresql/password")
        write_atomically(password, instance.secrets()["pg_superuser"], 0o600)
        instance.give(password)
        try:
            run(
                instance.as_service(
                    [
                        instance.pg_bin / "initdb",
                        f"--pgdata={temporary}",
                        "--username=postgres",
                        f"--pwfile={password}",
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--lc-collate=C",
                        "--lc-ctype=C.UTF-8",
                        "--no-sync",
                    ]
                ),
                env=self.environment(),
                cwd=instance.path("home"),
            )
        finally:
            password.unlink()
        with (temporary / "postgresql.conf").open("a") as conf:
            conf.write("include 'telecom.conf'\n")
        temporary.rename(self.data)

    def ready(self) -> bool:
        result = run(
            [self.instance.pg_bin / "pg_isready", "-q"],
            env=self.instance.pg_environment(superuser=True),
            check=False,
        )
        return result.returncode == 0

    def after_start(self) -> None:
        """Odoo's role, and in template1 the extensions only a superuser may make."""
        password = self.instance.secrets()["pg_odoo"]
        self.instance.sql(
            "DO $$ BEGIN "
            "IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'odoo') THEN "
            "CREATE ROLE odoo LOGIN CREATEDB; END IF; END $$;"
            f"ALTER ROLE odoo PASSWORD '{password}';"
        )
        self.instance.sql(
            "SET client_min_messages = warning;"
            "CREATE EXTENSION IF NOT EXISTS unaccent;"
            "CREATE EXTENSION IF NOT EXISTS pg_trgm;"
            "ALTER FUNCTION unaccent(text) IMMUTABLE;"
            # Odoo alters it again in every new database, which only its owner may.
            "ALTER FUNCTION unaccent(text) OWNER TO odoo;",
            "template1",
        )


class Asterisk(Service):
    name = "asterisk"
    title = "Asterisk"

    def available(self) -> bool:
        return fetch.own_asterisk()

    @property
    def conf(self) -> Path:
        return self.instance.path("asterisk/etc/asterisk.conf")

    def ports(self) -> dict[str, int]:
        return {
            "Asterisk HTTP": self.instance.port("asterisk_http"),
            "Asterisk manager": self.instance.port("ami"),
        }

    def udp_ports(self) -> dict[str, int]:
        return {"SIP": self.instance.sip_port}

    def prepare(self) -> None:
        self.instance.render_asterisk()

    def command(self) -> list[str | Path]:
        return [fetch.ASTERISK / "usr/sbin/asterisk", "-f", "-C", self.conf]

    def cli(self, *arguments: str) -> list[str]:
        """The command line that talks to the running Asterisk."""
        return self.instance.as_service(
            [fetch.ASTERISK / "usr/sbin/asterisk", "-C", self.conf, *arguments]
        )

    def ready(self) -> bool:
        # While booting, the console answers late or refuses; both mean "not yet".
        try:
            result = subprocess.run(
                self.cli("-rx", "core waitfullybooted"),
                capture_output=True,
                text=True,
                timeout=10,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            return False
        return "fully booted" in result.stdout.lower()


class Odoo(Service):
    name = "odoo"
    title = "Odoo"

    def ports(self) -> dict[str, int]:
        return {
            "Odoo": self.instance.port("odoo"),
            "Odoo's websocket": self.instance.port("gevent"),
        }

    def prepare(self) -> None:
        self.instance.render_odoo()

    def command(self) -> list[str | Path]:
        workers = os.environ.get("TELECOM_WORKERS", "2")
        return [
            fetch.VENV / "bin/odoo",
            "server",
            f"--database={self.instance.database}",
            f"--db-filter=^{self.instance.database}$",
            f"--workers={workers}",
            "--max-cron-threads=1",
        ]

    def ready(self) -> bool:
        instance = self.instance
        return answers(instance.port("odoo"), "/web/health") == 200 and listens(
            instance.port("gevent")
        )


class Gateway(Service):
    name = "gateway"
    title = "Telephony gateway"

    def available(self) -> bool:
        return "telecom_callcenter" in database.apps()

    def ports(self) -> dict[str, int]:
        return {
            "gateway health": self.instance.port("health"),
            "gateway FastAGI": self.instance.port("agi"),
        }

    def prepare(self) -> None:
        self.instance.render_odoo()

    def command(self) -> list[str | Path]:
        return [
            fetch.VENV / "bin/odoo",
            "telephony",
            "-d",
            self.instance.database,
        ]

    def ready(self) -> bool:
        return listens(self.instance.port("health"))


class Nginx(Service):
    name = "nginx"
    title = "nginx"
    stop_signal = signal.SIGQUIT

    def ports(self) -> dict[str, int]:
        return {"the address to open": self.instance.port("front")}

    def prepare(self) -> None:
        self.instance.render_nginx()

    def command(self) -> list[str | Path]:
        return [
            fetch.POSTGRESQL / "usr/sbin/nginx",
            "-p",
            self.instance.path("nginx"),
            "-e",
            self.instance.path("log/nginx.log"),
            "-c",
            self.instance.path("nginx/nginx.conf"),
        ]

    def ready(self) -> bool:
        return listens(self.instance.port("front"))


ORDER: tuple[Callable[[Instance], Service], ...] = (
    PostgreSQL,
    Asterisk,
    Odoo,
    Gateway,
    Nginx,
)


def services(instance: Instance) -> dict[str, Service]:
    made = [kind(instance) for kind in ORDER]
    return {service.name: service for service in made}


def start(service: Service) -> bool:
    """Start one service and say so."""
    started = time.monotonic()
    if not service.start():
        return False
    say(f"{service.title} is up ({time.monotonic() - started:.1f} s)")
    return True
