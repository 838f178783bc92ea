"""An instance: one set of running services with its own data and ports.

Several instances run side by side from one checkout, each under
``.stack/instances/<name>``.
"""

from __future__ import annotations

import base64
import configparser
import functools
import io
import os
import pwd
import re
import secrets
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which

import apt
import fetch
from common import ROOT, STATE, StackError, digest, run, warn, write_atomically

DEFAULT_PORTS = {"demo": 8069, "test": 18069}
OFFSETS = {
    "front": 0,
    "odoo": 1,
    "gevent": 2,
    "postgresql": 3,
    "asterisk_http": 4,
    "ami": 5,
    "health": 6,
    "agi": 7,
}
SECRETS = (
    "pg_superuser",
    "pg_odoo",
    "pg_demo_client",
    "odoo_master",
    "ami_gateway",
    "ami_reload",
)
#: The database of a client in the demonstration, and who may enter nothing else
DEMO_CLIENT = "demo_client"
LONGEST_SOCKET_FOLDER = 80


class Instance:
    def __init__(self, name: str | None = None, port: int | None = None) -> None:
        self.name = name or os.environ.get("TELECOM_INSTANCE") or "demo"
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,30}", self.name):
            raise StackError(
                f"TELECOM_INSTANCE={self.name} is no good name for a folder.",
                "Use small letters, digits, - and _.",
            )
        self.folder = STATE / "instances" / self.name
        self.base = port or self._base_port()
        self.database = os.environ.get("TELECOM_DB") or "telecom_demo"

    def _base_port(self) -> int:
        chosen = os.environ.get("TELECOM_PORT")
        known = self.folder / "port"
        if chosen:
            if not chosen.isdigit() or not 1024 <= int(chosen) <= 60000:
                raise StackError(
                    f"TELECOM_PORT={chosen} is no port.", "Use 1024 to 60000."
                )
            return int(chosen)
        if known.exists():
            return int(known.read_text())
        if self.name in DEFAULT_PORTS:
            return DEFAULT_PORTS[self.name]
        raise StackError(
            f"The new instance {self.name} needs ports.",
            "Set TELECOM_PORT to the first of them, for example 9069; the next nine "
            "and 500 from TELECOM_PORT + 1000 are used too.",
        )

    # -- ports -------------------------------------------------------------

    def port(self, name: str) -> int:
        return self.base + OFFSETS[name]

    @property
    def sip_port(self) -> int:
        return 5060 if self.base == DEFAULT_PORTS["demo"] else self.base + 8

    @property
    def rtp_ports(self) -> tuple[int, int]:
        if self.base == DEFAULT_PORTS["demo"]:
            return 10000, 10499
        start = self.base + 1000 + self.base % 2  # even, as RTP wants it
        return start, start + 498

    # -- folders -----------------------------------------------------------

    def path(self, *parts: str) -> Path:
        return self.folder.joinpath(*parts)

    @functools.cached_property
    def run_folder(self) -> Path:
        """Pid files and sockets; elsewhere when the path is too long for a socket."""
        folder = self.folder / "run"
        if len(str(folder)) > LONGEST_SOCKET_FOLDER:
            short = digest(str(folder))
            folder = Path(tempfile.gettempdir()) / f"telecom-{short}"
        return folder

    def prepare(self) -> None:
        """Create the folders and secrets; quick, done at every start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        owned = [
            "home",
            "postgresql",
            "odoo/data",
            "odoo/etc",
            "asterisk/etc/telecom",
            "asterisk/varlib/keys",
            "asterisk/spool",
            "asterisk/log",
            "gateway",
            "nginx/temp",
            "log",
        ]
        folders = [self.path(sub) for sub in owned] + [
            self.run_folder,
            self.run_folder / "asterisk",
            STATE / "pycache",
        ]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            self.give(folder)
            for parent in folder.parents:
                if parent in (self.folder, STATE) or self.folder not in parent.parents:
                    break
                self.give(parent)
        write_atomically(self.path("port"), f"{self.base}\n")
        self.secrets()

    def give(self, path: Path) -> None:
        """Hand a file or folder over to the user who runs the services."""
        if os.geteuid() == 0:
            user = service_user()
            os.chown(path, user.pw_uid, user.pw_gid)

    @functools.lru_cache  # noqa: B019 (as many instances as there are processes: one)
    def secrets(self) -> dict[str, str]:
        """Passwords of this instance, made up once, readable by its user only."""
        path = self.path("secrets")
        known: dict[str, str] = {}
        if path.exists():
            known = dict(
                line.split("=", 1) for line in path.read_text().splitlines() if line
            )
        if not set(SECRETS) <= set(known):
            for name in SECRETS:
                known.setdefault(name, secrets.token_urlsafe(24))
            text = "".join(f"{name}={value}\n" for name, value in known.items())
            write_atomically(path, text, 0o600)
            self.give(path)
        return known

    def connector_key(self) -> Path:
        """The file with the key of connectors' passwords; made once and never again.

        With another key, the passwords in the database would be lost: it is a file of
        its own, which an administrator may add newer keys to."""
        path = self.path("odoo/etc/connector.key")
        if not path.exists():
            # As Fernet.generate_key() does
            key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            write_atomically(path, f"{key}\n", 0o400)
            self.give(path)
        return path

    # -- programs ----------------------------------------------------------

    def as_service(self, command: Sequence[str | Path]) -> list[str]:
        """The command as the services' user runs it."""
        return [*privilege_drop(), *(str(part) for part in command)]

    @property
    def pg_bin(self) -> Path:
        return fetch.POSTGRESQL / f"usr/lib/postgresql/{fetch.PG_VERSION}/bin"

    @property
    def pg_host(self) -> str:
        return os.environ.get("PGHOST") or (
            str(self.run_folder) if fetch.own_postgresql() else "127.0.0.1"
        )

    @property
    def pg_port(self) -> str:
        if fetch.own_postgresql():
            return str(self.port("postgresql"))
        return os.environ.get("PGPORT") or "5432"

    def environment(self) -> dict[str, str]:
        """What every service, and everything run for it, finds in its environment."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "VIRTUAL_ENV", "ODOO_", "PG"))
        }
        data = self.secrets()
        rtp_start, rtp_end = self.rtp_ports
        if fetch.own_postgresql():
            kept["TELECOM_DEMO_CLIENT"] = (
                f"postgresql://{DEMO_CLIENT}:{data['pg_demo_client']}"
                f"@127.0.0.1:{self.port('postgresql')}/{DEMO_CLIENT}"
            )
        return kept | {
            "HOME": str(self.path("home")),
            "PATH": f"{fetch.VENV}/bin:{kept.get('PATH', '/usr/bin:/bin')}",
            "ODOO_RC": str(self.path("odoo/etc/odoo.conf")),
            "PYTHONPYCACHEPREFIX": str(STATE / "pycache"),
            "PYTHONUNBUFFERED": "1",
            "TELECOM_INSTANCE": self.name,
            "TELECOM_PORT": str(self.base),
            "TELECOM_DB": self.database,
            "TELECOM_URL": f"http://localhost:{self.base}",
            "TELECOM_ODOO_URL": f"http://127.0.0.1:{self.port('odoo')}/web/health",
            "TELECOM_LOG_FOLDER": str(self.path("log")),
            "TELECOM_AMI_HOST": "127.0.0.1",
            "TELECOM_AMI_PORT": str(self.port("ami")),
            "TELECOM_AMI_USER": "gateway",
            "TELECOM_AMI_SECRET": data["ami_gateway"],
            "TELECOM_AMI_RELOAD_USER": "reload",
            "TELECOM_AMI_RELOAD_SECRET": data["ami_reload"],
            "TELECOM_AGI_HOST": "127.0.0.1",
            "TELECOM_AGI_PORT": str(self.port("agi")),
            "TELECOM_HEALTH_HOST": "127.0.0.1",
            "TELECOM_HEALTH_PORT": str(self.port("health")),
            "TELECOM_SIP_PORT": str(self.sip_port),
            "TELECOM_RTP_START": str(rtp_start),
            "TELECOM_RTP_END": str(rtp_end),
            "TELECOM_ASTERISK_HTTP_PORT": str(self.port("asterisk_http")),
            "TELECOM_ASTERISK_ETC": str(self.path("asterisk/etc")),
            "TELECOM_ASTERISK_LOG": str(self.path("asterisk/log")),
            "TELECOM_ASTERISK_SPOOL": str(self.path("asterisk/spool")),
            "TELECOM_ASTERISK_SYSTEMNAME": self.systemname,
        }

    def pg_environment(self, *, superuser: bool = False) -> dict[str, str]:
        """For psql and friends."""
        if not fetch.own_postgresql():
            return dict(os.environ)
        name = "pg_superuser" if superuser else "pg_odoo"
        return {
            **os.environ,
            "LOCPATH": str(fetch.POSTGRESQL / "usr/lib/locale"),
            "LC_ALL": "C.UTF-8",
            "PGHOST": self.pg_host,
            "PGPORT": self.pg_port,
            "PGUSER": "postgres" if superuser else "odoo",
            "PGPASSWORD": self.secrets()[name],
        }

    def sql(self, text: str, database: str = "postgres", *, check: bool = True) -> str:
        """Run SQL as superuser and return the rows, one per line."""
        return run(
            [
                self.pg_bin / "psql",
                "-XqAt",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                database,
                "-f",
                "-",
            ],
            env=self.pg_environment(superuser=True),
            stdin=text,
            check=check,
        ).stdout.strip()

    @property
    def systemname(self) -> str:
        return f"pbx-{self.name}"

    # -- configuration files -----------------------------------------------

    def render_odoo(self) -> None:
        """The project's odoo.conf with what this instance changes in it."""
        config = configparser.RawConfigParser()
        config.read(ROOT / "odoo.conf")
        own = {
            "addons_path": ",".join(str(path) for path in fetch.addons_path()),
            "admin_passwd": self.secrets()["odoo_master"],
            "data_dir": str(self.path("odoo/data")),
            "db_host": self.pg_host,
            "db_port": self.pg_port,
            "db_user": os.environ.get("PGUSER", "odoo"),
            "db_password": self.secrets()["pg_odoo"],
            "db_template": "template1",
            # As the workers below: a test server on another database must not answer
            # for this one.
            "dbfilter": "",
            "http_port": str(self.port("odoo")),
            "gevent_port": str(self.port("gevent")),
            # The server itself gets its workers on its command line: with them in
            # the file, `stack/odoo -u x --stop-after-init` would bind the port too.
            "workers": "0",
            "max_cron_threads": "0",
        }
        if not fetch.own_postgresql():
            own["db_user"] = os.environ.get("PGUSER", "odoo")
            own["db_password"] = os.environ.get("PGPASSWORD", "False")
        for name, value in own.items():
            config.set("options", name, value)
        config.remove_option("options", "logfile")
        config.set("telecom_connector", "key_file", str(self.connector_key()))
        if fetch.own_postgresql():
            # The demonstration's client, and nothing else of this machine
            reach = f"127.0.0.1:{self.port('postgresql')}"
            config.set("telecom_connector", "allowed_networks", reach)
        text = io.StringIO()
        config.write(text)
        path = self.path("odoo/etc/odoo.conf")
        write_atomically(path, text.getvalue(), 0o600)
        self.give(path)

    def variables(self) -> dict[str, str]:
        """What @NAME@ stands for in stack/asterisk/*.in."""
        rtp_start, rtp_end = self.rtp_ports
        data = self.secrets()
        prefix = fetch.ASTERISK
        return {
            "INSTANCE": self.name,
            "SYSTEMNAME": self.systemname,
            "ETC": str(self.path("asterisk/etc")),
            "MODULES": str(prefix / "usr/lib" / apt.triplet() / "asterisk/modules"),
            "DATA": str(prefix / "usr/share/asterisk"),
            "VARLIB": str(self.path("asterisk/varlib")),
            "SPOOL": str(self.path("asterisk/spool")),
            "LOG": str(self.path("asterisk/log")),
            "RUN": str(self.run_folder / "asterisk"),
            "HTTP_PORT": str(self.port("asterisk_http")),
            "AMI_PORT": str(self.port("ami")),
            "AGI_PORT": str(self.port("agi")),
            "SIP_PORT": str(self.sip_port),
            "RTP_START": str(rtp_start),
            "RTP_END": str(rtp_end),
            "AMI_SECRET": data["ami_gateway"],
            "AMI_RELOAD_SECRET": data["ami_reload"],
        }

    def render_asterisk(self) -> None:
        """Templates into etc/; what the gateway wrote to etc/telecom/ stays."""
        etc = self.path("asterisk/etc")
        rendered = set()
        for source in sorted((ROOT / "stack/asterisk").iterdir()):
            if source.suffix not in (".conf", ".in"):
                continue
            target = etc / source.name.removesuffix(".in")
            text = source.read_text()
            if source.suffix == ".in":
                text = substitute(text, self.variables(), source)
            if not target.exists() or target.read_text() != text:
                write_atomically(target, text, 0o640)
                self.give(target)
            rendered.add(target)
        for stale in set(etc.glob("*.conf")) - rendered:
            stale.unlink()

    def render_nginx(self) -> None:
        text = substitute(
            (ROOT / "stack/nginx.conf.in").read_text(),
            {
                "FRONT_PORT": str(self.port("front")),
                "ODOO_PORT": str(self.port("odoo")),
                "GEVENT_PORT": str(self.port("gevent")),
                "ASTERISK_HTTP_PORT": str(self.port("asterisk_http")),
                "PID": str(self.run_folder / "nginx.master.pid"),
                "LOG": str(self.path("log")),
                "TEMP": str(self.path("nginx/temp")),
                "MIME_TYPES": str(fetch.POSTGRESQL / "etc/nginx/mime.types"),
            },
            ROOT / "stack/nginx.conf.in",
        )
        write_atomically(self.path("nginx/nginx.conf"), text)


def substitute(text: str, variables: Mapping[str, str], source: Path) -> str:
    def value(match: re.Match[str]) -> str:
        try:
            return variables[match[1]]
        except KeyError:
            raise StackError(
                f"{source} uses @{match[1]}@, which does not exist.",
                f"Known: {', '.join(sorted(variables))}",
            ) from None

    return re.sub(r"@([A-Z_]+)@", value, text)


# -- who runs the services -----------------------------------------------------


@functools.cache
def service_user() -> pwd.struct_passwd:
    """The user who runs the services: never root."""
    if os.geteuid():
        try:
            return pwd.getpwuid(os.getuid())
        except KeyError:
            raise StackError(
                f"Your user id {os.getuid()} has no name, which PostgreSQL asks for.",
                "Add a line for it to /etc/passwd, or run as another user.",
            ) from None
    name = os.environ.get("TELECOM_USER", "nobody")
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise StackError(
            f"There is no user {name} to run the services.",
            "Set TELECOM_USER to an existing user who is not root.",
        ) from None
    if user.pw_uid == 0:
        raise StackError(
            "PostgreSQL refuses to run as root.",
            "Set TELECOM_USER to an existing user who is not root.",
        )
    return user


@functools.cache
def privilege_drop() -> tuple[str, ...]:
    """The command that becomes the services' user, when we are root."""
    if os.geteuid():
        return ()
    user = service_user()
    drop = (
        which("setpriv") or "/usr/bin/setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
    )
    if _may_read(drop):
        return drop
    # The checkout lies in a folder that others may not enter (such as /root): the
    # services still run as an ordinary user, but one who may read any file.
    wider = (
        *drop,
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        # Else access(2), which PostgreSQL asks, would not count that right.
        "--securebits=+no_setuid_fixup",
    )
    if _may_read(wider):
        warn(
            f"The user {user.pw_name} may not enter {ROOT}: the services get the "
            "right to read every file (CAP_DAC_READ_SEARCH). Move the checkout to "
            "a folder that others may enter, for example under /srv, to avoid it."
        )
        return wider
    raise StackError(
        f"The user {user.pw_name}, who runs the services, may not enter {ROOT}.",
        "Move the checkout to a folder that others may enter, for example under "
        "/srv, or run as an ordinary user.",
    )


def _may_read(drop: Sequence[str]) -> bool:
    """Whether the services' user reaches the checkout and the state folder."""
    probe = STATE / "setup.lock"
    probe.parent.mkdir(parents=True, exist_ok=True)
    probe.touch()
    script = 'ls "$0" && cat "$1"'
    return not run([*drop, "sh", "-c", script, ROOT, probe], check=False).returncode


def port_is_free(port: int, *, udp: bool = False) -> bool:
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if not udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
