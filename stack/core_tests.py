"""`make test-core`: Odoo's and OCA's own post_install tests of what the apps build on.

They run with all our apps installed; whatever fails there runs again in a database
with none of them. What fails in both is a failure of stock Odoo on such a machine and
is only reported; what fails with ours alone must be listed, with a reason, in
``tests/expected_core.txt``. About an hour. ``TELECOM_CORE=mail,stock`` takes a part.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import database
from common import ROOT, StackError, say
from instance import Instance
from testing import DATABASE_PREFIX, RESULTS, Outcome, Run, clone, log_file

EXPECTED = ROOT / "tests/expected_core.txt"
TIMEOUT = 3 * 3600
WITH_OURS = f"{DATABASE_PREFIX}with_ours"
WITH_NONE = f"{DATABASE_PREFIX}with_none"

#: Flows that operators use and that no app depends on by name
FLOWS = ("im_livechat", "mail", "product", "purchase", "sale")


@dataclass
class Result:
    """What one run of tests said: how many ran, and which failed.

    ``failed`` holds ``/module:Class.method``, as ``--test-tags`` takes it; a class that
    could not be set up stands there as ``/module:Class``.
    """

    ran: int = 0
    failed: set[str] = field(default_factory=set)


FAILED = re.compile(
    r" ERROR \S+ odoo\.(?:addons\.(?P<module>\w+)\.)?tests\.\S+: "
    r"(?:FAIL|ERROR): (?P<name>.+)$",
    re.MULTILINE,
)
SET_UP = re.compile(r"setUpClass \((?:odoo\.addons\.(\w+)\.\S+\.)?(\w+)\)")


def parse(text: str) -> Result:
    """The result of a log of ``odoo --test-tags``.

    Args: text of the log, coloured or not. Return: a :class:`Result`.
    """
    totals = re.findall(r"\d+ failed, \d+ error\(s\) of (\d+) tests when", text)
    result = Result(sum(map(int, totals)))
    for match in FAILED.finditer(text):
        module, name = match["module"], match["name"].strip()
        set_up = SET_UP.search(name)
        if set_up:
            result.failed.add(f"/{set_up[1] or module}:{set_up[2]}")
        else:
            # "Subtest TestX.test_a [...]" and "TestX.test_a (user=...)" alike
            test = re.search(r"(\w+)\.(\w+)", name)
            result.failed.add(f"/{module}:{test[0]}" if test else f"/{module}")
    return result


def modules() -> list[str]:
    """What our apps and bridges depend on, and the flows around them."""
    ours = database.our_addons()
    known = {name for app in ours for name in database.depends(app)}
    known = known.difference(ours).union(FLOWS)
    chosen = os.environ.get("TELECOM_CORE")
    if chosen:
        known = set(chosen.split(","))
    return sorted(known)


def expected() -> dict[str, str]:
    """Tests that may fail with our apps alone: name → the reason above it."""
    reasons: dict[str, str] = {}
    reason: list[str] = []
    fresh = True
    lines = EXPECTED.read_text().splitlines() if EXPECTED.exists() else []
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            reason = [*([] if fresh else reason), line.lstrip("# ")]
            fresh = False
        elif not line.strip():
            fresh = True
            reason = []
        elif not reason:
            raise StackError(
                f"{EXPECTED}:{number} has no reason.",
                "Write why the test may fail, after a #, in the line above.",
            )
        else:
            reasons[line.strip()] = " ".join(reason)
            fresh = True
    return reasons


def _run(
    instance: Instance, name: str, tags: Iterable[str], log: Path, port: int
) -> Result:
    database.run_odoo(
        instance,
        [
            f"--database={name}",
            f"--test-tags={','.join(sorted(tags))}",
            f"--screenshots={RESULTS / 'screens'}",
            f"--http-port={port}",
            "--stop-after-init",
        ],
        log,
        timeout=TIMEOUT,
    )
    return parse(log.read_text(errors="replace"))


def add_jobs(run: Run, instance: Instance) -> None:
    """The databases, then a job per module, then what differs."""
    ports = iter(range(instance.base + 100, instance.base + 200))

    def install(outcome: Outcome) -> None:
        ours = set(database.our_addons())
        core = {name for app in ours for name in database.depends(app)} - ours
        needed = ",".join(sorted(core.union(FLOWS)))
        for name, source, wanted in (
            (WITH_NONE, None, needed),
            (WITH_OURS, WITH_NONE, ",".join(sorted(ours))),
        ):
            if source:
                clone(instance, source, name)
            else:
                database.drop(instance, name)
            outcome.log = log_file(outcome, f"-{name}")
            status = database.run_odoo(
                instance,
                [f"--database={name}", f"--init={wanted}", "--stop-after-init"],
                outcome.log,
                timeout=TIMEOUT,
            )
            outcome.check(not status, f"odoo ended with status {status}")

    def module_tests(module: str, port: int) -> Callable[[Outcome], None]:
        def action(outcome: Outcome) -> None:
            compare(instance, outcome, module, port)

        return action

    run.add("databases with our apps and with none", install)
    for module in modules():
        run.add(
            f"tests of {module}",
            module_tests(module, next(ports)),
            "databases with our apps and with none",
        )


def compare(instance: Instance, outcome: Outcome, module: str, port: int) -> None:
    """Run one module's tests with our apps, and again with none what fails."""
    outcome.log = log_file(outcome)
    ours = _run(
        instance,
        WITH_OURS,
        [f"post_install/{module}"],
        outcome.log,
        port,
    )
    stock = Result()
    if ours.failed:
        stock = _run(
            instance, WITH_NONE, ours.failed, log_file(outcome, "-with-none"), port
        )
        outcome.check(stock.ran > 0, "what failed did not run again with none")
    reasons = expected()
    outcome.passed += max(0, ours.ran - len(ours.failed))
    for test in sorted(ours.failed):
        if test in stock.failed:
            say(f"     {test}: fails without our apps as well")
        elif test in reasons:
            say(f"     {test}: {reasons[test]}")
        else:
            outcome.failures.append(f"{test} fails with our apps only")
