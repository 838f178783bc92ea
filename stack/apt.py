"""Debian packages without installing them.

apt is run with a configuration, lists and an empty package database of our own, so it
works without root and leaves the machine as it was. Mirror and keys come from the
machine's own sources; only the suite changes.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from urllib.parse import unquote

from common import CACHE, StackError, Step, bound, locked, run, say, write_atomically

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
LISTS_FRESH_FOR = 24 * 3600
TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}

# Never unpacked: documents and other languages are of no use to a server.
NOT_UNPACKED = (
    "./usr/share/doc/*",
    "./usr/share/man/*",
    "./usr/share/locale/*",
    "./usr/share/lintian/*",
    "./usr/share/bug/*",
    "./lib/systemd/*",
    "./usr/lib/systemd/*",
    "./etc/init.d/*",
    "./etc/cron*",
)


@dataclass(frozen=True)
class Archive:
    """One .deb file that a set of packages needs."""

    package: str
    version: str
    filename: str
    basename: str
    size: int


def architecture() -> str:
    if not which("apt-get") or not which("dpkg"):
        raise StackError(
            "This machine has no apt: the stack is made for Debian and its "
            "derivatives.",
            "Use Debian 12, or point to your own programs: see docs/install.md "
            "(ODOO_HOME, PG*, ASTERISK=system).",
        )
    name = run(["dpkg", "--print-architecture"]).stdout.strip()
    if name not in TRIPLETS:
        raise StackError(
            f"The processor architecture {name} is not supported.",
            f"Use one of {', '.join(TRIPLETS)}.",
        )
    return name


def triplet() -> str:
    return TRIPLETS[architecture()]


@dataclass(frozen=True)
class Source:
    """Where the machine gets Debian from: address and the options that go with it."""

    uri: str
    options: str

    def line(self, suite: str) -> str:
        return f"deb {self.options}{self.uri} {suite} main\n"


def machine_source() -> Source:
    """The Debian mirror that this machine already uses."""
    mirror = os.environ.get("TELECOM_MIRROR")
    if mirror:
        return Source(mirror, f"[signed-by={KEYRING}] ")
    etc = Path("/etc/apt")
    candidates = [
        *(_deb822(path) for path in sorted(etc.glob("sources.list.d/*.sources"))),
        *(
            _one_line(path)
            for path in [
                etc / "sources.list",
                *sorted(etc.glob("sources.list.d/*.list")),
            ]
        ),
    ]
    for source in (source for found in candidates for source in found):
        return source
    raise StackError(
        "No Debian mirror was found in /etc/apt/sources.list and sources.list.d.",
        "Set TELECOM_MIRROR to the address of a Debian mirror (and install "
        "debian-archive-keyring).",
    )


def _is_debian(uri: str, suites: Iterable[str], components: Iterable[str]) -> bool:
    """A main archive of Debian: not security updates, not another vendor's."""
    plain = [suite for suite in suites if "-" not in suite]
    return (
        "main" in components
        and bool(plain)
        and "security" not in uri
        and "/ubuntu" not in uri
        and re.search(r"debian|/apt|file:|copy:", uri) is not None
    )


def _deb822(path: Path) -> list[Source]:
    found = []
    for stanza in re.split(r"\n\s*\n", path.read_text(errors="replace")):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[name] = fields.get(name, "") + "\n" + line.strip()
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or (
            fields.get("enabled", "yes").lower() in ("no", "false", "0")
        ):
            continue
        signed_by = fields.get("signed-by", "")
        if not signed_by.startswith("/"):
            signed_by = KEYRING  # none, or a key written in the stanza itself
        trusted = " trusted=yes" if fields.get("trusted") == "yes" else ""
        for uri in fields.get("uris", "").split():
            if _is_debian(
                uri,
                fields.get("suites", "").split(),
                fields.get("components", "").split(),
            ):
                found.append(Source(uri, f"[signed-by={signed_by}{trusted}] "))
    return found


def _one_line(path: Path) -> list[Source]:
    if not path.exists():
        return []
    found = []
    for line in path.read_text(errors="replace").splitlines():
        match = re.match(r"\s*deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)", line)
        if not match:
            continue
        options, uri, suite, components = match.groups()
        if not _is_debian(uri, [suite], components.split()):
            continue
        kept = [
            option
            for option in (options or "").split()
            if option.startswith(("signed-by=", "trusted="))
        ]
        if not any(option.startswith("signed-by=") for option in kept):
            kept.append(f"signed-by={KEYRING}")
        found.append(Source(uri, f"[{' '.join(kept)}] "))
    return found


_suite_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class Suite:
    """One suite of Debian, with lists and archives of our own under the cache."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = CACHE / "apt" / name
        self.archives = CACHE / "archives" / name
        self._config = self.folder / "apt.conf"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One user of the suite's folders at a time: of our threads, then of all."""
        with _suite_locks[self.name]:
            with locked(CACHE / "locks" / self.name, f"Debian {self.name}"):
                yield

    # -- apt ---------------------------------------------------------------

    def _prepare(self) -> None:
        for sub in ("lists/partial", "cache/archives/partial", "state", "empty"):
            (self.folder / sub).mkdir(parents=True, exist_ok=True)
        self.archives.mkdir(parents=True, exist_ok=True)
        status = self.folder / "status"
        status.touch()
        write_atomically(self.folder / "sources.list", machine_source().line(self.name))
        # Of the machine's settings only those about fetching are kept (proxies and
        # the like): its hooks are meant for its own package database.
        dump = run(["apt-config", "dump"], env={**os.environ, "LC_ALL": "C"}).stdout
        kept = [
            line
            for line in dump.splitlines()
            if line.startswith("Acquire::") and "IndexTargets" not in line
        ]
        own = {
            "Dir::State": self.folder / "state",
            "Dir::State::Lists": self.folder / "lists",
            "Dir::State::status": status,
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc::SourceList": self.folder / "sources.list",
            "Dir::Etc::SourceParts": self.folder / "empty",
            "Dir::Etc::Parts": self.folder / "empty",
            "Dir::Etc::Main": "/dev/null",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": self.folder / "empty",
            "APT::Architecture": architecture(),
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Debug::NoLocking": "true",
        }
        lines = kept + [f'{key} "{value}";' for key, value in own.items()]
        write_atomically(self._config, "\n".join(lines) + "\n")

    def _apt(self, *arguments: str, cwd: Path | None = None, check: bool = True):
        env = {**os.environ, "APT_CONFIG": str(self._config), "LC_ALL": "C"}
        return run(arguments, env=env, cwd=cwd, check=check)

    def update(self, step: Step, *, force: bool = False) -> None:
        """Read the suite's package list, unless a fresh one is at hand."""
        with self._alone():
            self._prepare()
            self._update(step, force)

    def _update(self, step: Step, force: bool) -> None:
        mark = self.folder / "updated"
        if (
            not force
            and mark.exists()
            and time.time() - mark.stat().st_mtime < LISTS_FRESH_FOR
        ):
            return
        step.detail = f"package list of Debian {self.name}"
        result = self._apt(*bound(["apt-get", "update", "-q"]), check=False)
        if result.returncode or "Failed to fetch" in result.stdout:
            if mark.exists() and not force:
                return  # without network, yesterday's list still serves
            if "expired" in result.stdout:
                raise StackError(
                    f"The mirror's copy of Debian {self.name} is out of date.",
                    "Name another mirror in TELECOM_MIRROR, or, if yours is a frozen "
                    'copy on purpose, put `Acquire::Check-Valid-Until "false";` into '
                    "a file in /etc/apt/apt.conf.d.",
                )
            raise StackError(
                f"The package list of Debian {self.name} could not be fetched:\n"
                + "\n".join(result.stdout.strip().splitlines()[-6:]),
                "Check the network and the mirror in /etc/apt (a proxy goes into "
                "/etc/apt/apt.conf.d or http_proxy); TELECOM_MIRROR names another "
                "mirror. What was already fetched is kept.",
            )
        mark.touch()

    # -- archives ----------------------------------------------------------

    def closure(self, packages: Sequence[str], without: Sequence[str] = ()):
        """Everything ``packages`` depend on, but what matches ``without``."""
        result = self._apt(
            "apt-get", "install", "-qq", "-y", "--print-uris", *packages, check=False
        )
        if result.returncode:
            raise self._vanished(packages, result.stdout)
        unwanted = re.compile("|".join(without) or r"(?!)")
        return [
            archive
            for archive in _parse_uris(result.stdout)
            if not unwanted.fullmatch(archive.package)
        ]

    def alone(self, packages: Sequence[str]) -> list[Archive]:
        """Just ``packages``, without what they depend on."""
        result = self._apt(
            "apt-get", "download", "--print-uris", "-qq", *packages, check=False
        )
        if result.returncode:
            raise self._vanished(packages, result.stdout)
        return _parse_uris(result.stdout)

    def _vanished(self, packages: Sequence[str], said: str) -> StackError:
        return StackError(
            f"Debian {self.name} no longer offers one of: {' '.join(packages)}\n"
            + "\n".join(said.strip().splitlines()[-8:]),
            "Suites change from day to day: try again tomorrow, name another mirror "
            "in TELECOM_MIRROR, or use your own program (docs/install.md).",
        )

    def obtain(self, choose: Callable[[], list[Archive]], step: Step) -> list[Path]:
        """The archives chosen from the package list; with a new list if the mirror
        has moved on since the one at hand."""
        self.update(step)
        try:
            return self._fetch(choose(), step)
        except StackError:
            self.update(step, force=True)
            return self._fetch(choose(), step)

    def _fetch(self, wanted: Sequence[Archive], step: Step) -> list[Path]:
        """Download what is not in the cache."""
        with self._alone():
            total = sum(archive.size for archive in wanted)
            missing = [a for a in wanted if not self._has(a)]
            if missing:
                self._download(missing, step, total)
        return [self.archives / archive.filename for archive in wanted]

    def _has(self, archive: Archive) -> bool:
        path = self.archives / archive.filename
        return path.exists() and path.stat().st_size == archive.size

    def _download(self, missing: list[Archive], step: Step, total: int) -> None:
        partial = self.archives / "partial"
        partial.mkdir(exist_ok=True)
        have = total - sum(archive.size for archive in missing)
        env = {**os.environ, "APT_CONFIG": str(self._config), "LC_ALL": "C"}
        names = [f"{archive.package}={archive.version}" for archive in missing]
        log = self.folder / "download.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                bound(["apt-get", "download", "-q", *names]),
                cwd=partial,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                while process.poll() is None:
                    done = have + sum(path.stat().st_size for path in _files(partial))
                    step.detail = f"{done / 1e6:.0f} MB/{total / 1e6:.0f} MB"
                    time.sleep(0.2)
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
        if process.returncode:
            said = log.read_text(errors="replace")
            raise StackError(
                f"Packages of Debian {self.name} could not be fetched:\n"
                + "\n".join(said.strip().splitlines()[-6:]),
                "Check the network and the mirror, then run the same command again: "
                "what was fetched is kept.",
            )
        for archive in missing:
            found = [
                path
                for path in _files(partial)
                if unquote(path.name) == unquote(archive.basename)
                or unquote(path.name) == unquote(archive.filename)
            ]
            if not found:
                raise StackError(f"apt fetched no file for {archive.package}.")
            found[0].replace(self.archives / archive.filename)


def _files(folder: Path) -> list[Path]:
    """The folder's files, sub-folders included, that still exist."""
    return [path for path in folder.rglob("*") if path.is_file()]


def _parse_uris(text: str) -> list[Archive]:
    found = []
    for uri, filename, size in re.findall(
        r"^'([^']+)' (\S+) (\d+)", text, re.MULTILINE
    ):
        package, version, _arch = filename.split("_", 2)
        found.append(
            Archive(
                package,
                unquote(version),
                filename,
                uri.rsplit("/", 1)[1],
                int(size),
            )
        )
    return found


def unpack(archives: Sequence[Path], folder: Path, step: Step) -> None:
    """Unpack packages into a folder (they are not installed: no script runs)."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (folder / "usr" / name).mkdir(parents=True, exist_ok=True)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"usr/{name}")
    excluded = [f"--exclude={pattern}" for pattern in NOT_UNPACKED]
    count = 0

    def one(archive: Path) -> None:
        nonlocal count
        with subprocess.Popen(
            ["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE
        ) as reader:
            writer = subprocess.run(
                [
                    "tar",
                    "-x",
                    "--keep-directory-symlink",
                    "--no-same-owner",
                    "--delay-directory-restore",
                    "--warning=no-timestamp",
                    *excluded,
                    "-C",
                    str(folder),
                ],
                stdin=reader.stdout,
                capture_output=True,
                text=True,
            )
        if writer.returncode or reader.wait():
            archive.unlink(missing_ok=True)
            raise StackError(
                f"{archive.name} could not be unpacked: {writer.stderr.strip()[-300:]}",
                "The file was removed from the cache: run the same command again.",
            )
        count += 1
        step.detail = f"unpacking {count}/{len(archives)}"

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, archives))


def install(packages: Sequence[str]) -> None:
    """Install packages on the machine itself (the only change made to it)."""
    status = run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *packages],
        check=False,
    ).stdout
    missing = [
        name
        for name in packages
        if not re.search(rf"^{re.escape(name)} ii", status, re.MULTILINE)
    ]
    if not missing:
        return
    prefix: list[str] = []
    if os.geteuid():
        if not which("sudo"):
            raise StackError(
                f"These packages are missing: {' '.join(missing)}; you are not root "
                "and there is no sudo.",
                f"As root: apt-get install {' '.join(missing)}",
            )
        prefix = ["sudo"]
    say(f"Installing {' '.join(missing)} with apt …")
    env = ["env", "DEBIAN_FRONTEND=noninteractive"]
    command = [*prefix, *env, "apt-get"]
    options = ["install", "-y", "-q", "--no-install-recommends", *missing]
    if run([*command, *options], check=False).returncode:
        run([*command, "update", "-q"])
        run([*command, *options])
