"""Paths, messages, child processes and stamps shared by the stack's modules."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Resolved: seen through a link it is the same folder, not one to be set up anew.
STATE = Path(os.environ.get("TELECOM_STATE") or ROOT / ".stack").resolve()
CACHE = Path(
    os.environ.get("TELECOM_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    / "telecom-stack"
).absolute()
ADDONS = ROOT / "addons"
#: The largest last: `make test` begins with its tests
APPS = (
    "telecom_crm",
    "telecom_billing",
    "telecom_stock",
    "telecom_callcenter_connector",
    "telecom_callcenter",
)
MINIMUM_DISK = 4 * 1024**3


class StackError(Exception):
    """Something the person at the keyboard can mend; ``remedy`` says how."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


_print_lock = threading.Lock()


def say(text: str) -> None:
    with _print_lock:
        print(text, flush=True)


def warn(text: str) -> None:
    with _print_lock:
        print(f"! {text}", file=sys.stderr, flush=True)


class Steps:
    """Numbers the steps of a set-up and shows how far each running one is.

    Steps may run at the same time: one line is printed when a step begins and ends,
    and every ``interval`` seconds for those still running.
    """

    def __init__(self, total: int, interval: float = 10.0) -> None:
        self.total = total
        self.interval = interval
        self._count = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Step]:
        with self._lock:
            self._count += 1
            step = Step(f"[{self._count}/{self.total}] {title}", self.interval)
        step.begin()
        try:
            yield step
        except BaseException:
            step.end("failed")
            raise
        step.end("done")


class Step:
    def __init__(self, label: str, interval: float) -> None:
        self.label = label
        self.detail = ""
        self._interval = interval
        self._started = time.monotonic()
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def begin(self) -> None:
        say(f"{self.label} …")
        self._ticker.start()

    def end(self, word: str) -> None:
        self._over.set()
        self._ticker.join()
        say(f"{self.label} {word} ({time.monotonic() - self._started:.0f} s)")

    def _tick(self) -> None:
        while not self._over.wait(self._interval):
            seconds = time.monotonic() - self._started
            detail = f" {self.detail}" if self.detail else ""
            say(f"{self.label} …{detail} ({seconds:.0f} s)")


def bound(command: Sequence[str | Path]) -> list[str]:
    """The command as one that dies with us, even when we are killed.

    Not around a change of user: that forgets it."""
    return ["setpriv", "--pdeathsig=KILL", *(str(part) for part in command)]


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    log: Path | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a command quietly; when it fails, raise with the end of what it said."""
    result = subprocess.run(
        [str(part) for part in command],
        env=None if env is None else dict(env),
        cwd=cwd,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(result.stdout)
    if check and result.returncode:
        tail = "\n".join(result.stdout.strip().splitlines()[-15:])
        name = Path(str(command[0])).name
        raise StackError(
            f"{name} failed with status {result.returncode}:\n{tail}",
            f"The whole output is in {log}." if log else "",
        )
    return result


def digest(*parts: object) -> str:
    """A short hash of anything printable, for stamps."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def tree_digest(folder: Path) -> str:
    """A hash of the names and contents of a folder's files."""
    result = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if "__pycache__" in path.parts or path.suffix == ".pyc" or not path.is_file():
            continue
        result.update(str(path.relative_to(folder)).encode() + b"\0")
        result.update(hashlib.sha256(path.read_bytes()).digest())
    return result.hexdigest()[:16]


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w"
    ) as file:
        file.write(text)
    temporary.chmod(mode)
    temporary.replace(path)


def stamped(prefix: Path, stamp: str) -> bool:
    """Whether ``prefix`` was built from exactly these inputs."""
    try:
        return (prefix / ".stamp").read_text() == stamp
    except OSError:
        return False


@contextlib.contextmanager
def building(prefix: Path, stamp: str) -> Iterator[Path]:
    """Build a folder aside and put it in place only once it is complete."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    temporary = prefix.with_name(f"{prefix.name}.new")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    yield temporary
    (temporary / ".stamp").write_text(stamp)
    old = prefix.with_name(f"{prefix.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if prefix.exists():
        prefix.rename(old)
    temporary.rename(prefix)
    shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """One process at a time; says what it waits for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another process is busy with {what}; waiting for it …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def check_disk(folder: Path, needed: int = MINIMUM_DISK) -> None:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StackError(
            f"Only {free / 1024**3:.1f} GB are free under {folder}; "
            f"{needed / 1024**3:.0f} GB are needed.",
            "Free some space, or set TELECOM_STATE and TELECOM_CACHE to folders on "
            "a larger disk.",
        )
