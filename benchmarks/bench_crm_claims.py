"""Claims of an operator, 200,000 of them solved: how fast similar ones are found.

In a database of its own, that is made and dropped. See docs/performance.md; run it by
``make bench-crm``. ``BENCH_CLAIMS`` makes it smaller.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _figures import Figures  # noqa: E402

DATABASE = "bench_claims"
CONFIG = {
    "claims": int(os.environ.get("BENCH_CLAIMS", "200000")),
    "samples": 400,
    "folder": str(HERE),
}
NOTES = {"similar_claims_p95_ms": "≤ 50"}


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
    made = odoo("-i", "telecom_crm", *options, "--stop-after-init").wait()
    if made:
        return made
    figures.add("install_s", time.monotonic() - started)
    script = (HERE / "scripts/crm_claims.py").read_text()
    process = odoo("shell", *options, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(f"CONFIG = {CONFIG!r}\n{script}")
    process.stdin.close()
    for line in process.stdout:
        name, found, value = line.strip().partition("=")
        if found:
            figures.add(name, value, NOTES.get(name, ""))
        else:
            print(line, end="", flush=True)
    result = process.wait()
    if not os.environ.get("BENCH_KEEP"):
        drop()
    figures.table()
    return result


if __name__ == "__main__":
    sys.exit(main())
