"""`make test`: checks, Odoo's tests, installation and removal, calls from end to end.

Everything runs on the instance ``test``, beside whatever else runs. The last line is
``N passed, N failed``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import apt
import database
import fetch
import supervisor
from common import ADDONS, ROOT, STATE, StackError, say
from instance import Instance
from services import services, start

RESULTS = STATE / "test"
EXPECTED_LOG = ROOT / "tests/expected_log.txt"
JOB_TIMEOUT = 30 * 60
END_TO_END_TIMEOUT = 45 * 60
# One more than processors: a job waits for its database, or a browser, now and then
WORKERS = max(2, os.cpu_count() or 2) + 1
# Databases of the run begin so; those of an earlier run are dropped first.
DATABASE_PREFIX = "t_"


@dataclass
class Outcome:
    """What one part of the run came to; every entry of ``failures`` counts as one."""

    name: str
    passed: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    log: Path | None = None

    def check(self, ok: bool, message: str) -> None:
        if ok:
            self.passed += 1
        else:
            self.failures.append(message)

    def report(self) -> None:
        word = "FAIL" if self.failures else "ok  "
        counts = f"{self.passed} passed"
        if self.failures:
            counts += f", {len(self.failures)} failed"
        lines = [f"{word} {self.name}: {counts} ({self.seconds:.0f} s)"]
        lines += [f"       {text}" for text in self.failures[:40]]
        if self.failures and self.log:
            lines.append(f"       see {self.log}")
        say("\n".join(lines))


@dataclass(frozen=True)
class Job:
    name: str
    action: Callable[[Outcome], None]
    after: tuple[str, ...]


class Run:
    """Jobs that run a few at a time, in order, each after those it needs."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._workers = workers
        self._waiting: list[Job] = []
        self._done: dict[str, Outcome] = {}

    def add(self, name: str, action: Callable[[Outcome], None], *after: str) -> None:
        self._waiting.append(Job(name, action, after))

    def finish(self) -> list[Outcome]:
        running: set[Future[Outcome]] = set()
        with ThreadPoolExecutor(self._workers) as pool:
            while self._waiting or running:
                for job in list(self._waiting):
                    ready = set(job.after) <= set(self._done)
                    if ready and len(running) < self._workers:
                        self._waiting.remove(job)
                        running.add(pool.submit(self._perform, job))
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    outcome = future.result()
                    self._done[outcome.name] = outcome
                    outcome.report()
        return list(self._done.values())

    def _perform(self, job: Job) -> Outcome:
        outcome = Outcome(job.name)
        broken = [name for name in job.after if self._done[name].failures]
        started = time.monotonic()
        try:
            if broken:
                raise StackError(f"not run, as this failed: {', '.join(broken)}")
            job.action(outcome)
        except StackError as error:
            outcome.failures.append(str(error))
        except Exception as error:  # one broken part must not hide the others
            outcome.failures.append(f"{type(error).__name__}: {error}")
        outcome.seconds = time.monotonic() - started
        return outcome


def conclude(outcomes: Sequence[Outcome]) -> int:
    passed = sum(outcome.passed for outcome in outcomes)
    failures = [
        f"{outcome.name}: {text.splitlines()[0]}"
        for outcome in outcomes
        for text in outcome.failures
    ]
    if failures:
        say("\n" + "\n".join(f"FAIL {failure}" for failure in failures))
    say(f"\n{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


# -- static checks -------------------------------------------------------------


def _tool(name: str) -> str:
    return str(fetch.VENV / "bin" / name)


def _node_tool(name: str) -> str:
    return str(fetch.TOOLS / "node_modules/.bin" / name)


def _own_files(*patterns: str) -> list[str]:
    """The project's files that match, as git knows them; vendored ones excepted."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        names = [
            str(path.relative_to(ROOT))
            for pattern in patterns
            for path in ROOT.rglob(pattern)
            if STATE not in path.parents
        ]
    else:
        names = listed.stdout.splitlines()
    return sorted(
        name for name in names if "/static/lib/" not in name and (ROOT / name).exists()
    )


def lint_commands() -> list[tuple[str, list[str]]]:
    python = _own_files("*.py")
    modules = [f"addons/{name}" for name in database.our_addons()]
    scripts = _own_files("*.js", "*.mjs")
    commands = [
        ("ruff check", [_tool("ruff"), "check", *python]),
        ("ruff format", [_tool("ruff"), "format", "--check", *python]),
    ]
    if modules:
        commands.append(("pylint-odoo", [_tool("pylint"), "-j", "2", *modules]))
    if scripts:
        commands.append(("eslint", [_node_tool("eslint"), *scripts]))
        commands.append(
            (
                "prettier",
                [_node_tool("prettier"), "--check", "--log-level=warn", *scripts],
            )
        )
    return commands


def _tool_environment() -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{fetch.VENV}/bin:{os.environ.get('PATH', '')}",
        "PYTHONPYCACHEPREFIX": str(STATE / "pycache-tools"),
        "PYLINTHOME": str(STATE / "pycache-tools/pylint"),
        "RUFF_CACHE_DIR": str(STATE / "pycache-tools/ruff"),
        "PYTHONPATH": "",
    }


def lint(outcome: Outcome) -> None:
    for name, command in lint_commands():
        result = subprocess.run(
            command,
            cwd=ROOT,
            env=_tool_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        log = RESULTS / f"{name.replace(' ', '-')}.log"
        log.write_text(result.stdout)
        tail = "\n       ".join(result.stdout.strip().splitlines()[-25:])
        outcome.check(
            not result.returncode, f"{name}:\n       {tail}\n       see {log}"
        )


def format_code() -> int:
    fetch.set_up(tests=True)
    python, scripts = _own_files("*.py"), _own_files("*.js", "*.mjs")
    commands = [
        [_tool("ruff"), "check", "--fix", "--exit-zero", "-q", *python],
        [_tool("ruff"), "format", *python],
    ]
    if scripts:
        commands.append(
            [_node_tool("prettier"), "--write", "--log-level=warn", *scripts]
        )
    for command in commands:
        subprocess.run(command, cwd=ROOT, env=_tool_environment(), check=False)
    return 0


# -- Odoo ----------------------------------------------------------------------


#: What a line of the list begins with that is allowed in logs of removals only
REMOVAL_MARK = "[removal] "


def expected_lines(removal: bool = False) -> list[re.Pattern[str]]:
    """Log lines that are allowed: a regular expression per line, below its reason.

    :param removal: of a log of an app's removal, where more is allowed
    """
    if not EXPECTED_LOG.exists():
        return []
    patterns, reason = [], False
    for number, line in enumerate(EXPECTED_LOG.read_text().splitlines(), 1):
        if line.startswith("#"):
            reason = True
        elif not line.strip():
            reason = False
        elif not reason:
            raise StackError(
                f"{EXPECTED_LOG}:{number} has no reason.",
                "Write why the line is allowed, after a #, in the line above.",
            )
        elif removal or not line.startswith(REMOVAL_MARK):
            patterns.append(re.compile(line.removeprefix(REMOVAL_MARK)))
    return patterns


LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (WARNING|ERROR|CRITICAL) ")
# Failed tests say so in the log as well: they are counted by name.
TEST_LINE = re.compile(r" \S+ odoo\.tests\.result: | (FAIL|ERROR): \w+\.\w+$")


def scan_log(outcome: Outcome, log: Path, removal: bool = False) -> None:
    """Nothing at WARNING or above, but what is listed; counts as one test."""
    allowed = expected_lines(removal)
    unexpected = [
        line
        for line in log.read_text(errors="replace").splitlines()
        if LOG_LINE.match(line)
        and not TEST_LINE.search(line)
        and not any(pattern.search(line) for pattern in allowed)
    ]
    outcome.check(
        not unexpected,
        f"{len(unexpected)} unexpected log lines in {log.name}:"
        + "".join(f"\n         {line[24:320]}" for line in unexpected[:12]),
    )


def count_tests(outcome: Outcome, log: Path) -> None:
    text = log.read_text(errors="replace")
    totals = re.findall(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when", text)
    failed = sum(int(a) + int(b) for a, b, _c in totals)
    ran = sum(int(c) for _a, _b, c in totals)
    names = re.findall(r" ERROR \S+ \S+: (?:FAIL|ERROR): (.+)$", text, re.MULTILINE)
    outcome.passed += max(0, ran - failed)
    outcome.failures += names[:failed] + ["?"] * (failed - len(names))
    # Odoo only skips browser tests when it finds no browser.
    skipped = re.findall(
        r"skipped .*(?:[Cc]hrome|websocket-client).*$", text, re.MULTILINE
    )
    outcome.failures += [f"browser test {line}" for line in skipped]
    if not ran:
        outcome.failures.append("no test ran, though the addon has tests")


def log_file(outcome: Outcome, kind: str = "") -> Path:
    name = re.sub(r"\W+", "-", outcome.name)
    return RESULTS / f"{name}{kind}.log"


def odoo(
    instance: Instance,
    outcome: Outcome,
    name: str,
    arguments: Sequence[str],
    *,
    port: int | None = None,
) -> Path:
    """Run odoo on database ``name``; its exit status and log are two tests."""
    outcome.log = log = log_file(outcome)
    command = [*arguments, f"--database={name}", "--stop-after-init"]
    if port:
        command.append(f"--http-port={port}")
    status = database.run_odoo(instance, command, log, timeout=JOB_TIMEOUT)
    # With failed tests the status is 1 as well: those are counted by name.
    if "--test-tags" not in " ".join(arguments):
        outcome.check(status == 0, f"odoo ended with status {status}")
    scan_log(outcome, log)
    return log


def clone(instance: Instance, source: str, name: str) -> None:
    database.drop(instance, name)
    instance.sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}" OWNER odoo')
    files = database.filestore(instance, source)
    if files.exists():
        target = database.filestore(instance, name)
        result = subprocess.run(
            instance.as_service(["cp", "-a", "--reflink=auto", files, target])
        )
        if result.returncode:
            raise StackError(f"The files of {source} could not be copied.")


def common_core() -> list[str]:
    """Modules of others that the first app builds on: installed once, then cloned."""
    ours = set(database.our_addons())
    if "telecom_crm" not in ours:
        return ["contacts"]
    return [name for name in database.depends("telecom_crm") if name not in ours]


def bridged(addon: str) -> list[str]:
    """Modules of others that an addon installs itself beside."""
    return [name for name in database.depends(addon) if not name.startswith("telecom_")]


def has_tests(addon: str) -> bool:
    return any((ADDONS / addon / "tests").glob("test_*.py"))


UNINSTALL = """
import sys
module = env["ir.module.module"].search([("name", "=", {name!r})])
assert module.state == "installed", module.state
module.button_immediate_uninstall()
env.cr.commit()
left = env["ir.module.module"].search(
    [("name", "=like", "telecom_%"), ("state", "=", "installed")]
)
assert {name!r} not in left.mapped("name")
env = env(user=env.ref("base.user_admin"))
env["ir.ui.menu"].load_menus(False)
for model in ("res.partner", "res.users", "res.company"):
    env[model].web_search_read([], {{"display_name": {{}}}}, limit=5)
    env[model].get_views([(False, "list"), (False, "form"), (False, "search")])
"""


BUNDLES = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""


def shell(instance: Instance, name: str, script: str, log: Path) -> bool:
    """Run a script in Odoo's shell; whether it came to its end."""
    with log.open("w") as output:
        status = subprocess.run(
            instance.as_service([fetch.VENV / "bin/odoo", "shell", "-d", name]),
            input=script,
            text=True,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=instance.environment(),
            cwd=instance.path("home"),
            timeout=JOB_TIMEOUT,
        ).returncode
    return not status and "Traceback" not in log.read_text(errors="replace")


def uninstall(instance: Instance, outcome: Outcome, name: str, app: str) -> None:
    log = log_file(outcome, "-removed")
    done = shell(instance, name, UNINSTALL.format(name=app), log)
    outcome.check(done, f"{app} could not be uninstalled: {log}")
    scan_log(outcome, log, removal=True)


#: Odoo's and OCA's own tests of companies and rights in what our apps build on, with
#: our apps installed: nothing of it may break for companies that are no operator
CORE_TENANCY = (
    "/utm:TestUTMSecurity",
    "/mail:TestMailMessage",
    "/mail:TestIrWebsocket",
    "/mail:TestTemplateConfigRestrictEditor",
    "/helpdesk_mgmt:TestHelpdeskPortal",
)


#: Whose tests take longest, as long as it matters: what is long begins early, so that
#: all workers end together
LONGEST = ("telecom_billing", "telecom_callcenter", "telecom_stock", "telecom_crm")

CORE = f"{DATABASE_PREFIX}core"
CORE_DEMO = f"{DATABASE_PREFIX}core_demo"
FIRST_DEMO = f"{DATABASE_PREFIX}first_demo"
TOGETHER = f"{DATABASE_PREFIX}together"

EVERY_APP = "all apps with demo data"


class OdooJobs:
    """Installation, tests and removal of each app, and of all of them together.

    Databases are cloned from those that have the same modules already: core's, the one
    with the first app, on which all others build, and the one with all apps.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.ports = iter(range(instance.base + 100, instance.base + 200))
        self.ours = database.our_addons()
        self.apps = [app for app in database.apps() if app in self.ours]
        self.bridges = [name for name in self.ours if name not in self.apps]

    def add_tests(self, run: Run) -> None:
        core = "core modules with demo data"
        run.add(core, self.core_demo)
        run.add(EVERY_APP, self.every_app)
        if not self.apps:
            return
        first = f"{self.apps[0]} with demo data"
        run.add(first, self.first_app, core)
        order = {app: place for place, app in enumerate(LONGEST)}
        apps = sorted(self.apps, key=lambda app: order.get(app, len(order)))
        for place, app in enumerate(apps):
            name = f"tests of {app}, then removed with its data"
            run.add(name, partial(self.tests, app), first)
            if not place:
                run.add("tests of all apps together", self.together, EVERY_APP)
        run.add("Odoo's own tests of companies and rights", self.companies, first)

    def add_plain(self, run: Run) -> None:
        run.add("core modules", self.core)
        for app in self.apps:
            name = f"{app} without demo data, and removed"
            run.add(name, partial(self.plain, app), "core modules")

    # -- installations

    def core(self, outcome: Outcome) -> None:
        odoo(self.instance, outcome, CORE, [f"--init={','.join(common_core())}"])

    def core_demo(self, outcome: Outcome) -> None:
        names = ",".join([*common_core(), *database.demo_modules(self.ours)])
        odoo(self.instance, outcome, CORE_DEMO, [f"--init={names}", "--with-demo"])

    def first_app(self, outcome: Outcome) -> None:
        clone(self.instance, CORE_DEMO, FIRST_DEMO)
        odoo(self.instance, outcome, FIRST_DEMO, [f"--init={self.apps[0]}"])
        # Odoo makes bundles before its browser tests: half a minute for each clone,
        # unless they are there and nothing was added to them.
        log = log_file(outcome, "-bundles")
        done = shell(self.instance, FIRST_DEMO, BUNDLES, log)
        outcome.check(done, f"no bundles were made: {log}")
        scan_log(outcome, log)

    def every_app(self, outcome: Outcome) -> None:
        database.ensure(self.instance)
        outcome.passed += 1
        outcome.log = log_file(outcome)
        shutil.copy(self.instance.path("log/database.log"), outcome.log)
        scan_log(outcome, outcome.log)
        # At once: a database that somebody uses cannot be cloned.
        clone(self.instance, self.instance.database, TOGETHER)

    def plain(self, app: str, outcome: Outcome) -> None:
        name = f"{DATABASE_PREFIX}{app}_plain"
        clone(self.instance, CORE, name)
        odoo(self.instance, outcome, name, [f"--init={app}"])
        if not outcome.failures:
            uninstall(self.instance, outcome, name, app)
        database.drop(self.instance, name)

    # -- tests

    def run_tests(
        self, outcome: Outcome, name: str, tags: Sequence[str], *arguments: str
    ) -> None:
        log = odoo(
            self.instance,
            outcome,
            name,
            [
                *arguments,
                f"--test-tags={','.join(tags)}",
                f"--screenshots={RESULTS / 'screens'}",
            ],
            port=next(self.ports),
        )
        count_tests(outcome, log)

    def tests(self, app: str, outcome: Outcome) -> None:
        name = f"{DATABASE_PREFIX}{app}"
        clone(self.instance, FIRST_DEMO, name)
        install = [] if app == self.apps[0] else [f"--init={app}"]
        if has_tests(app):
            self.run_tests(outcome, name, [f"/{app}"], *install)
        elif install:
            odoo(self.instance, outcome, name, install)
        # With data in it, the rest of Odoo must go on
        uninstall(self.instance, outcome, name, app)
        database.drop(self.instance, name)

    def together(self, outcome: Outcome) -> None:
        """Tests of what stands between our apps, and of what must hold for them all.

        Whatever an app adds, another operator's people must not reach: both walks
        again with all apps.
        """
        # What a bridge joins our apps with, such as the point of sale: here only
        foreign = sorted({part for one in self.bridges for part in bridged(one)})
        if foreign:
            # Apart from the tests, which would be those of what is installed then.
            odoo(self.instance, outcome, TOGETHER, [f"--init={','.join(foreign)}"])
        tags = [f"/{one}" for one in self.bridges if has_tests(one)]
        if "telecom_crm" in self.ours:
            tags += ["/telecom_crm:TestIsolation", "/telecom_crm:TestRoutes"]
        if tags and not outcome.failures:
            self.run_tests(outcome, TOGETHER, tags)
        database.drop(self.instance, TOGETHER)

    def companies(self, outcome: Outcome) -> None:
        name = f"{DATABASE_PREFIX}companies"
        clone(self.instance, FIRST_DEMO, name)
        self.run_tests(outcome, name, CORE_TENANCY)
        database.drop(self.instance, name)


# -- end to end ----------------------------------------------------------------


def end_to_end(
    instance: Instance, name: str, *options: str
) -> Callable[[Outcome], None]:
    """A job of pytest's.

    :param name: of its log
    :param options: which of the tests, and on what
    """

    def action(outcome: Outcome) -> None:
        outcome.log = RESULTS / f"{name}.log"
        report = RESULTS / f"{name}.xml"
        report.unlink(missing_ok=True)
        environment = {
            **_tool_environment(),
            "TELECOM_INSTANCE": instance.name,
            "TELECOM_PORT": str(instance.base),
        }
        with outcome.log.open("w") as output:
            process = subprocess.Popen(
                [
                    _tool("python"),
                    "-m",
                    "pytest",
                    "tests",
                    "-q",
                    "--durations=15",
                    f"--junitxml={report}",
                    *options,
                ],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                status = process.wait(END_TO_END_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                raise StackError(
                    "the end-to-end tests took longer than"
                    f" {END_TO_END_TIMEOUT // 60} min"
                ) from None
        read_junit(outcome, report)
        if status and not outcome.failures:
            tail = "\n       ".join(outcome.log.read_text().splitlines()[-15:])
            outcome.failures.append(f"pytest ended with status {status}\n       {tail}")

    return action


def read_junit(outcome: Outcome, report: Path) -> None:
    if not report.exists():
        return
    for case in ElementTree.parse(report).iter("testcase"):
        problem = case.find("failure")
        if problem is None:
            problem = case.find("error")
        name = f"{case.get('classname')}.{case.get('name')}"
        if problem is not None:
            outcome.failures.append(f"{name}: {_reason(problem)}")
        elif case.find("skipped") is not None:
            outcome.failures.append(f"{name}: skipped")
        else:
            outcome.passed += 1


def _reason(problem: ElementTree.Element) -> str:
    """What failed and where: whoever reads it may not have the machine any more."""
    message = (problem.get("message") or "").splitlines()
    lines = [line.strip() for line in message if line.strip()][:4]
    places = re.findall(r"^\S+\.py:\d+(?=:)", problem.text or "", re.MULTILINE)
    return " | ".join([line[:200] for line in lines] + [f"at {', '.join(places)}"])


# -- the commands --------------------------------------------------------------


def prepare(tests: bool = True) -> Instance:
    fetch.set_up(tests=tests)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "screens").mkdir(exist_ok=True)
    instance = Instance(os.environ.get("TELECOM_TEST_INSTANCE", "test"))
    instance.prepare()
    instance.give(RESULTS / "screens")
    return instance


def fresh(instance: Instance) -> None:
    """PostgreSQL up, nothing else, and no database of an earlier run."""
    supervisor.stop_all(instance)
    start(services(instance)["postgresql"])
    for name in database.databases(instance):
        if name.startswith((DATABASE_PREFIX, instance.database)):
            database.drop(instance, name)


def run_tests(selection: str) -> int:
    if selection == "lint":
        fetch.set_up(tests=True)
        RESULTS.mkdir(parents=True, exist_ok=True)
        run = Run()
        run.add("static checks", lint)
        return conclude(run.finish())
    if selection != "core":
        apt.install(fetch.TEST_PACKAGES)
    instance = prepare()
    fresh(instance)
    try:
        # Core's tests use one database, one after the other
        run = Run(1) if selection == "core" else Run()
        if selection in ("all", "odoo"):
            jobs = OdooJobs(instance)
            jobs.add_tests(run)
        if selection == "all":
            processes = ("-m", "processes", "--only-postgresql")
            action = end_to_end(instance, "pytest-processes", *processes)
            run.add("processes that are killed, or several at once", action, EVERY_APP)
            run.add("static checks", lint)
        if selection in ("all", "odoo"):
            jobs.add_plain(run)
        if selection == "core":
            import core_tests  # which builds on this module

            core_tests.add_jobs(run, instance)
        outcomes = run.finish()
        # Timing matters there: nothing else runs meanwhile.
        if selection in ("all", "e2e") and any((ROOT / "tests").glob("**/test_*.py")):
            last = Run()
            rest = ("-m", "not processes") if selection == "all" else ()
            last.add("end to end", end_to_end(instance, "pytest", *rest))
            outcomes += last.finish()
    finally:
        if not os.environ.get("KEEP"):
            supervisor.stop_all(instance)
    return conclude(outcomes)


def run_benchmarks(selection: str) -> int:
    """Every script in benchmarks/ (or those named so); each prints name=value lines."""
    instance = prepare()
    apt.install(fetch.TEST_PACKAGES)
    # As on a server: a commit is one that survives a power cut.
    os.environ.setdefault("TELECOM_FSYNC", "on")
    supervisor.stop_all(instance)
    start(services(instance)["postgresql"])
    pattern = f"*{selection}*.py" if selection else "*.py"
    scripts = [
        path
        for path in sorted((ROOT / "benchmarks").glob(pattern))
        if not path.name.startswith(("_", "conftest"))
    ]
    if not scripts:
        say("There is no benchmark of that name yet.")
    failed = 0
    for script in scripts:
        say(f"== {script.name}")
        failed += bool(
            subprocess.run(
                [_tool("python"), script],
                cwd=ROOT,
                env={
                    **_tool_environment(),
                    "TELECOM_INSTANCE": instance.name,
                    "TELECOM_PORT": str(instance.base),
                },
                stdin=subprocess.DEVNULL,
            ).returncode
        )
    return 1 if failed else 0
