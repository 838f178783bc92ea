"""What the stack is made of: Odoo, Python packages, PostgreSQL, nginx, Asterisk.

Every part is unpacked into a folder of its own under the state folder. Programs get
their loader and library path rewritten to that folder, so they run as they are, with
no chroot and whatever libraries the machine has.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import apt
from common import (
    ADDONS,
    CACHE,
    ROOT,
    STATE,
    StackError,
    Step,
    Steps,
    bound,
    building,
    check_disk,
    digest,
    locked,
    run,
    stamped,
    write_atomically,
)

PREFIX = STATE / "prefix"
ODOO = PREFIX / "odoo"
POSTGRESQL = PREFIX / "postgresql"
ASTERISK = PREFIX / "asterisk"
VENV = STATE / "venv"
TOOLS = STATE / "tools"

STABLE, UNSTABLE = "bookworm", "sid"
PG_VERSION = "15"
REQUIREMENTS = ROOT / "requirements.txt"
TEST_REQUIREMENTS = ROOT / "requirements-test.txt"
NODE_PACKAGES = (ROOT / "package.json", ROOT / "package-lock.json")

ODOO_PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-glyphicons-halflings",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
)
# Later versions moved the files that Odoo's links point to.
ODOO_FONTS = ("fonts-font-awesome", "fonts-inconsolata")
POSTGRESQL_PACKAGES = (
    f"postgresql-{PG_VERSION}",
    f"postgresql-client-{PG_VERSION}",
    "libc-bin",
    "nginx",
    "patchelf",
)
ASTERISK_PACKAGES = (
    "asterisk",
    "asterisk-core-sounds-en-wav",
    "asterisk-core-sounds-fr-wav",
    "asterisk-moh-opsound-wav",
)
SOUNDS = {"en": "en_US_f_Allison", "fr": "fr_CA_f_June"}
# Needed to install packages, not to run the programs in them.
NOT_NEEDED = (
    r"perl.*|libperl.*|libjson-perl|postgresql(-client)?-common|ssl-cert|lsb-.*",
    r"libllvm.*|libz3-.*|debconf.*|libdebconf.*|cdebconf|ucf|adduser|passwd|dpkg",
    r"login.*|base-passwd|gnupg.*|gpg.*|dirmngr|pinentry.*|iproute2|sysvinit-utils",
    r"openssl|asterisk-config|sensible-utils|tar|coreutils|init-system-helpers|locales",
    r"libpam-modules.*|libpam-runtime|libsemanage.*|libsepol.*|pci\.ids|sed|mount",
)
# apt packages that the tests need on the machine itself.
TEST_PACKAGES = (
    "chromium",
    "sip-tester",
    "espeak-ng",
    "sox",
    "fonts-dejavu-core",
)
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
ODOO_SCRIPT = """\
#!{python}
import odoo.cli

odoo.cli.main()
"""


def odoo_home() -> Path | None:
    """The person's own Odoo 19, if they point to one."""
    value = os.environ.get("ODOO_HOME")
    if not value:
        return None
    home = Path(value).absolute()
    if not (home / "odoo" / "release.py").exists():
        raise StackError(
            f"ODOO_HOME={home} holds no Odoo: odoo/release.py is missing there.",
            "Point ODOO_HOME to the folder that contains the odoo package.",
        )
    return home


def own_postgresql() -> bool:
    return not (os.environ.get("PGHOST") or os.environ.get("PGPORT"))


def own_asterisk() -> bool:
    value = os.environ.get("ASTERISK", "")
    if value not in ("", "own", "system"):
        raise StackError(f"ASTERISK={value} is not known.", "Use ASTERISK=system.")
    return value != "system"


def odoo_python_path() -> Path:
    return odoo_home() or ODOO / "usr/lib/python3/dist-packages"


def system_python() -> Path:
    """A Python that every user may run: not one in somebody's home."""
    chosen = os.environ.get("TELECOM_PYTHON", "/usr/bin/python3")
    path = which(chosen)
    if not path:
        raise StackError(f"{chosen} does not exist.", "Install python3 (3.11 to 3.13).")
    version = run([path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    number = tuple(int(part) for part in version.stdout.strip().split("."))
    if not (3, 11) <= number <= (3, 13):
        raise StackError(
            f"{path} is Python {version.stdout.strip()}; the apps need 3.11 to 3.13.",
            "Set TELECOM_PYTHON to such a Python.",
        )
    return Path(path)


# -- programs that run from where they are unpacked ---------------------------


def relocate(programs: Sequence[Path], folder: Path, final: Path, patchelf: Path):
    """Make ``programs`` under ``folder`` use the libraries they will have beside
    them in ``final``. RPATH, not RUNPATH: it also holds for what they dlopen()."""
    loaders = sorted((folder / "usr").glob("lib*/**/ld-linux-*.so.*"))
    if not loaders:
        raise StackError(f"No dynamic loader was unpacked into {folder}.")
    loader = final / loaders[0].relative_to(folder)
    libraries = final / "usr/lib" / apt.triplet()
    for program in programs:
        run(
            [
                patchelf,
                "--set-interpreter",
                loader,
                "--force-rpath",
                "--set-rpath",
                f"{libraries}",
                program,
            ]
        )


def set_up_postgresql(step: Step, stamp: str) -> None:
    suite = apt.Suite(STABLE)
    archives = suite.obtain(
        lambda: suite.closure(POSTGRESQL_PACKAGES, NOT_NEEDED), step
    )
    with building(POSTGRESQL, stamp) as folder:
        apt.unpack(archives, folder, step)
        programs = [
            path
            for path in (folder / f"usr/lib/postgresql/{PG_VERSION}/bin").iterdir()
            if path.read_bytes()[:4] == b"\x7fELF"
        ]
        relocate(
            [*programs, folder / "usr/sbin/nginx"],
            folder,
            POSTGRESQL,
            folder / "usr/bin/patchelf",
        )


def set_up_asterisk(step: Step, stamp: str) -> None:
    suite = apt.Suite(UNSTABLE)
    archives = suite.obtain(lambda: suite.closure(ASTERISK_PACKAGES, NOT_NEEDED), step)
    with building(ASTERISK, stamp) as folder:
        apt.unpack(archives, folder, step)
        relocate(
            [folder / "usr/sbin/asterisk"],
            folder,
            ASTERISK,
            POSTGRESQL / "usr/bin/patchelf",
        )
        # Debian's alternatives, which only an installation would set.
        sounds = folder / "usr/share/asterisk/sounds"
        for link in sounds.iterdir():
            if link.is_symlink():
                link.unlink()
        for language, voice in SOUNDS.items():
            (sounds / language).symlink_to(voice)


def set_up_odoo(step: Step, stamp: str) -> None:
    unstable, stable = apt.Suite(UNSTABLE), apt.Suite(STABLE)
    archives = unstable.obtain(lambda: unstable.alone(ODOO_PACKAGES), step)
    archives += stable.obtain(lambda: stable.alone(ODOO_FONTS), step)
    with building(ODOO, stamp) as folder:
        apt.unpack(archives, folder, step)
        packages = folder / "usr/lib/python3/dist-packages/odoo"
        # Debian strips this file for its licence; an empty one only costs the
        # blurred background in video calls, none at all breaks every page.
        stripped = (
            packages
            / "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
        )
        stripped.parent.mkdir(parents=True, exist_ok=True)
        if not stripped.exists():
            stripped.write_text("")
        dangling = [
            path
            for path in packages.rglob("*")
            if path.is_symlink() and not path.exists()
        ]
        if dangling:
            raise StackError(
                f"Odoo's package points to files it does not bring: {dangling[:5]}",
                "Debian moved them to another package: add it to ODOO_PACKAGES in "
                "stack/fetch.py.",
            )


def _pip_certificates() -> dict[str, str]:
    """Trust whom the machine trusts, unless pip was told otherwise: it brings its own
    list, which lacks the authority of a company's proxy."""
    configured = run([VENV / "bin/python", "-m", "pip", "config", "list"], check=False)
    if "cert=" in configured.stdout or not SYSTEM_CERTIFICATES.exists():
        return {}
    return {"PIP_CERT": str(SYSTEM_CERTIFICATES)}


def pinned(requirements: Path) -> list[str]:
    """The packages of a list, without its comments."""
    lines = requirements.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pip_install(requirements: Path, step: Step, log: Path) -> None:
    """Install a complete, pinned list of packages into the venv."""
    step.detail = "pip install"
    result = run(
        bound(
            [
                VENV / "bin/python",
                "-m",
                "pip",
                "install",
                "--no-deps",
                "--no-compile",
                "--progress-bar=off",
                "--disable-pip-version-check",
                "--cache-dir",
                CACHE / "pip",
                "-r",
                requirements,
            ]
        ),
        env={
            **_pip_certificates(),
            **os.environ,
            "PYTHONPATH": "",
            "PIP_ROOT_USER_ACTION": "ignore",
        },
        log=log,
        check=False,
    )
    if result.returncode:
        tail = "\n".join(result.stdout.strip().splitlines()[-6:])
        raise StackError(
            f"pip could not install the packages of {requirements.name}:\n{tail}",
            f"Check the network and pip's configuration; see {log}. Then run the "
            "same command again: what was fetched is kept.",
        )


def set_up_venv(step: Step, stamp: str) -> None:
    # Its scripts name the folder they were made in, so a venv is built in place; the
    # stamp, written last, tells that it is complete. An older venv is brought up to
    # date, as whoever uses it meanwhile would miss it.
    if (VENV / ".stamp").exists():
        (VENV / ".stamp").unlink()
    else:
        shutil.rmtree(VENV, ignore_errors=True)
        run([system_python(), "-m", "venv", VENV])
    pip_install(REQUIREMENTS, step, STATE / "log/pip.log")
    write_atomically(site_packages() / "telecom_odoo.pth", f"{odoo_python_path()}\n")
    write_atomically(
        VENV / "bin/odoo", ODOO_SCRIPT.format(python=VENV / "bin/python"), 0o755
    )
    (VENV / ".stamp").write_text(stamp)


def set_up_tools(step: Step, stamp: str) -> None:
    pip_install(TEST_REQUIREMENTS, step, STATE / "log/pip-tools.log")
    with building(TOOLS, stamp) as folder:
        for path in NODE_PACKAGES:
            if path.exists():
                shutil.copy(path, folder)
        if (folder / "package-lock.json").exists():
            step.detail = "npm ci"
            result = run(
                bound(
                    [
                        VENV / "bin/npm",
                        "ci",
                        "--ignore-scripts",
                        "--no-audit",
                        "--no-fund",
                        "--cache",
                        CACHE / "npm",
                    ]
                ),
                cwd=folder,
                env={
                    "NODE_EXTRA_CA_CERTS": str(SYSTEM_CERTIFICATES),
                    **os.environ,
                    "PATH": f"{VENV}/bin:{os.environ['PATH']}",
                },
                log=STATE / "log/npm.log",
                check=False,
            )
            if result.returncode:
                tail = "\n".join(result.stdout.strip().splitlines()[-6:])
                raise StackError(
                    f"npm could not install eslint and prettier:\n{tail}",
                    "Check the network and npm's configuration, then run the same "
                    "command again.",
                )


def site_packages() -> Path:
    return next((VENV / "lib").glob("python3*/site-packages"))


def addons_path() -> list[Path]:
    """Ours first, then OCA's from the venv, then Odoo's own."""
    paths = [
        ADDONS,
        site_packages() / "odoo/addons",
        odoo_python_path() / "odoo/addons",
    ]
    home = odoo_home()
    if home:
        paths.append(home / "addons")
    return [path for path in paths if path.is_dir()]


# -- all of it ----------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One folder to fetch and unpack; ``inputs`` decide whether it is up to date.

    Raise ``recipe`` when the function that builds it changes.
    """

    title: str
    folder: Path
    recipe: int
    inputs: tuple[object, ...]
    build: Callable[[Step, str], None]

    @property
    def stamp(self) -> str:
        return digest(self.recipe, str(self.folder), *self.inputs)

    @property
    def complete(self) -> bool:
        return stamped(self.folder, self.stamp)


def parts(*, tests: bool = False) -> list[Part]:
    """What this machine needs; PostgreSQL's part first, it brings patchelf."""
    python = system_python()
    result = [
        Part(
            f"PostgreSQL {PG_VERSION} and nginx",
            POSTGRESQL,
            5,
            (POSTGRESQL_PACKAGES, NOT_NEEDED),
            set_up_postgresql,
        ),
        Part(
            "Python packages",
            VENV,
            5,
            (
                pinned(REQUIREMENTS),
                python.resolve(),
                odoo_python_path(),
            ),
            set_up_venv,
        ),
    ]
    if not odoo_home():
        result.append(
            Part("Odoo 19", ODOO, 5, (ODOO_PACKAGES, ODOO_FONTS), set_up_odoo)
        )
    if own_asterisk():
        inputs = (ASTERISK_PACKAGES, NOT_NEEDED)
        result.append(Part("Asterisk 22", ASTERISK, 5, inputs, set_up_asterisk))
    if tests:
        inputs = (
            result[1].stamp,
            pinned(TEST_REQUIREMENTS),
            *(path.read_text() for path in NODE_PACKAGES if path.exists()),
        )
        result.append(Part("Test tools", TOOLS, 5, inputs, set_up_tools))
    return result


def set_up(*, tests: bool = False) -> None:
    """Fetch and unpack everything that is not there yet."""
    if all(part.complete for part in parts(tests=tests)):
        return
    apt.architecture()
    with locked(STATE / "setup.lock", "setting up the stack"):
        missing = [part for part in parts(tests=tests) if not part.complete]
        if not missing:
            return
        check_disk(STATE)
        steps = Steps(len(missing))
        # The parts mostly wait for the network: all at once, but each after what it
        # needs (patchelf comes with PostgreSQL, the tools go into the venv).
        jobs: dict[Path, Future[None]] = {}
        needs = {ASTERISK: POSTGRESQL, TOOLS: VENV}

        def perform(part: Part) -> None:
            needed = jobs.get(needs.get(part.folder, part.folder / "nothing"))
            if needed:
                needed.result()
            with steps.step(part.title) as step:
                part.build(step, part.stamp)

        with ThreadPoolExecutor(len(missing)) as pool:
            for part in missing:
                jobs[part.folder] = pool.submit(perform, part)
            for job in jobs.values():
                job.result()
