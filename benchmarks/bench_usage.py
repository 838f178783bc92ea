"""A million rows of consumption from a file, beside Odoo's own import.

In a database of its own, that is made and dropped. See docs/performance.md; run it by
``make bench``. ``BENCH_USAGE_ROWS`` makes it smaller.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _figures import Figures  # noqa: E402

DATABASE = "bench_usage"
CONFIG = {
    "rows": int(os.environ.get("BENCH_USAGE_ROWS", "1000000")),
    "stock_rows": 10_000,
}
NOTES = {
    "usage_import_rows_per_s": "from the file to the last commit",
    "usage_import_again_rows_per_s": "the same file once more: nothing changes",
    "usage_stock_rows_per_s": "Odoo's load(), the same fields",
    "usage_import_ratio": "times Odoo's own import",
}


def odoo(*arguments, **options):
    command = [HERE.parent / "stack/odoo", *arguments]
    return subprocess.Popen(command, text=True, **options)


def drop():
    subprocess.run(
        [HERE.parent / "stack/psql", "-q", "-d", "postgres"]
        + ["-c", f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"],
        check=True,
    )


def main():
    figures = Figures()
    figures.load("load_before")
    drop()
    started = time.monotonic()
    options = ["-d", DATABASE, "--log-level=error"]
    template = os.environ.get("BENCH_TEMPLATE")
    if template:
        # A database that has the app already saves its installation
        subprocess.run(
            [HERE.parent / "stack/psql", "-q", "-d", "postgres"]
            + ["-c", f"CREATE DATABASE {DATABASE} TEMPLATE {template}"],
            check=True,
        )
    elif made := odoo("-i", "telecom_crm", *options, "--stop-after-init").wait():
        return made
    figures.add("install_s", time.monotonic() - started)
    script = (HERE / "scripts/usage.py").read_text()
    process = odoo("shell", *options, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(f"CONFIG = {CONFIG!r}\n{script}")
    process.stdin.close()
    for line in process.stdout:
        name, found, value = line.strip().partition("=")
        if found and name.isidentifier():
            figures.add(name, value, NOTES.get(name, ""))
    failed = process.wait()
    drop()
    figures.load("load_after")
    figures.table()
    return failed


if __name__ == "__main__":
    sys.exit(main())
