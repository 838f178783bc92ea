"""Posted invoices, identical to Odoo's own, beside Odoo and OCA's contract.

In a database of its own, that is made and dropped. See docs/performance.md; run it by
``make bench-billing``. Smaller: ``BENCH_INVOICE_CUSTOMERS``, ``BENCH_INVOICE_ACCOUNTS``
(of the bill run that is killed) and ``BENCH_INVOICE_ODOO`` (invoices that Odoo makes).
``BENCH_INVOICE_OCA=0`` leaves OCA's addon out.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import _odoo, _sql, database, drop, run_script  # noqa: E402

#: For this comparison only; it is no part of the product
OCA_CONTRACT = "odoo-addon-contract==19.0.1.2.1"

CONFIG = {
    "customers": int(os.environ.get("BENCH_INVOICE_CUSTOMERS", "10000")),
    "odoo": int(os.environ.get("BENCH_INVOICE_ODOO", "600")),
    "accounts": int(os.environ.get("BENCH_INVOICE_ACCOUNTS", "2000")),
    "compared": 200,
    "drawn": 200,
    "folder": str(HERE),
}
KILLS = 5
NOTES = {
    "posted_invoices_per_s": "three lines, tax and stamp each, committed",
    "odoo_batch_per_s": "Odoo's create + action_post, batches of 100, same data",
    "ratio_vs_odoo_batch": "times Odoo's own batch; target 25",
    "invoice_differences": "columns that differ from Odoo's own; target 0",
    "pdf_per_s": "bills of one page, drawn one after the other",
    "preview_accounts_per_s": "what each account would pay, from its subscriptions",
    "run_accounts_per_s": "bill run: charges, names, invoices and comparison",
    "rerun_differences": f"rows that differ after {KILLS} kills; target 0",
    "oca_contract_drafts_per_s": "OCA's contract: draft invoices, not posted",
    "oca_contract_per_s": "OCA's contract: created, then posted",
    "ratio_vs_oca_contract": "times OCA's contract with posting",
}


def _progress(name):
    """State of the run, its invoiced accounts, and whether it stopped by itself."""
    made = subprocess.run(
        [
            HERE.parent / "stack/psql",
            *("-d", name, "-Atc"),
            "SELECT json_build_array(state, invoiced_count, coalesce(stopped, false)) "
            "FROM telecom_bill_run",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(made.stdout)


def _start(name):
    """A process that works on the run, as the scheduler's does."""
    process = _odoo(
        *("shell", "-d", name, "--log-level=error", "--no-http"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    text = (HERE / "scripts" / "bill_run_process.py").read_text()
    process.stdin.write(text)
    process.stdin.close()
    return process


def killed(figures, name):
    """Kill the process of a run at moments of chance until the run is done."""
    draw = random.Random(19)
    kills, reached = 0, 0
    # A few more than the kills: a process that fails by itself is seen below
    for _attempt in range(KILLS + 5):
        process = _start(name)
        while kills < KILLS and process.poll() is None:
            if _progress(name)[1] > reached:
                # Somewhere in the batch after
                time.sleep(draw.random() * 0.6)
                break
            time.sleep(0.02)
        if kills < KILLS and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            reached = _progress(name)[1]
        else:
            process.wait()
        state, reached, stopped = _progress(name)
        if state == "done" or stopped:
            break
    figures.add("kills", kills)
    if state != "done":
        raise RuntimeError(f"The run did not end: {state}")


def documents(name):
    """What a run left, without ids and moments, as a set of texts."""
    statement = (HERE / "scripts" / "bill_run_rows.sql").read_text()
    made = subprocess.run(
        [HERE.parent / "stack/psql", "-d", name, "-At"],
        input=statement,
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.splitlines()


def differences(one, other):
    """How many rows stand in one of two lists only."""
    left, right = sorted(one), sorted(other)
    if left == right:
        return 0
    one, other = Counter(left), Counter(right)
    return sum(((one - other) + (other - one)).values())


def oca(figures, name):
    """OCA's contract on the same customers; says why where it cannot be had."""
    with tempfile.TemporaryDirectory() as folder:
        got = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
                *("--target", folder, OCA_CONTRACT),
            ],
            capture_output=True,
            text=True,
        )
        # Odoo runs as another user
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))
        if got.returncode:
            print(f"{OCA_CONTRACT}: {got.stderr.strip().splitlines()[-1]}")
            return None
        paths = subprocess.run(
            [HERE.parent / "stack/odoo", "shell", "-d", name, "--no-http"],
            input="from odoo.tools import config\n"
            "print('paths=' + ','.join(config['addons_path']))\n",
            capture_output=True,
            text=True,
        ).stdout
        paths = next(
            line[6:] for line in paths.splitlines() if line.startswith("paths=")
        )
        option = f"--addons-path={folder}/odoo/addons,{paths}"
        command = ["-d", name, "-i", "contract", "--stop-after-init", option]
        if _odoo(*command, "--log-level=error").wait():
            print(f"{OCA_CONTRACT} could not be installed")
            return None
        return run_script(
            figures, name, "invoices_oca.py", CONFIG, NOTES, options=[option]
        )


def main():
    name = "bench_invoices"
    with database(name, "telecom_billing") as figures:
        found = run_script(figures, name, "invoices.py", CONFIG, NOTES)
        run_script(figures, name, "invoices_pdf.py", CONFIG, NOTES)
        # A run as it is, and the same run killed again and again
        drop("bench_invoices_killed")
        run_script(figures, name, "bill_run_setup.py", CONFIG, NOTES)
        _sql(f"CREATE DATABASE bench_invoices_killed TEMPLATE {name}")
        try:
            whole = run_script(figures, name, "bill_run_process.py", CONFIG, NOTES)
            if "run_accounts_per_s" not in whole:
                raise RuntimeError(f"The run did not end: {_progress(name)}")
            killed(figures, "bench_invoices_killed")
            wrong = differences(documents(name), documents("bench_invoices_killed"))
            figures.add("rerun_differences", wrong, NOTES["rerun_differences"])
        finally:
            drop("bench_invoices_killed")
        if os.environ.get("BENCH_INVOICE_OCA", "1") != "0":
            theirs = oca(figures, name)
            if theirs:
                ratio = float(found["posted_invoices_per_s"]) / float(
                    theirs["oca_contract_per_s"]
                )
                figures.add(
                    "ratio_vs_oca_contract", ratio, NOTES["ratio_vs_oca_contract"]
                )
    return int(wrong or int(found["invoice_differences"]))


if __name__ == "__main__":
    sys.exit(main())
