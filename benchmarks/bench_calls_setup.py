"""How long the stack takes to be set up and to start.

``setup_cached_seconds``: ``stack.py setup`` and the first start, database with demo
data included, into a new folder (``TELECOM_STATE``), with the downloads in place.
``second_start_seconds``: ``stop``, then ``start`` with all in place. The folder is
deleted afterwards. ``BENCH_FRESH=1`` downloads again too, into a cache of its own
(about 1 GB), and prints ``setup_seconds``.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from _figures import Figures

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("TELECOM_STATE") or ROOT / ".stack") / "bench-setup"
#: Ports beside those of the instance that the other measurements use.
OFFSET = 40


def stack(environment, *arguments):
    """Run the stack's command; how many seconds it took."""
    started = time.monotonic()
    subprocess.run(
        [sys.executable, ROOT / "stack/stack.py", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=True,
        timeout=1800,
    )
    return time.monotonic() - started


def main():
    figures = Figures()
    fresh = bool(os.environ.get("BENCH_FRESH"))
    port = int(os.environ.get("TELECOM_PORT", "18069")) + OFFSET
    environment = os.environ | {
        "TELECOM_STATE": str(FOLDER),
        "TELECOM_INSTANCE": "benchsetup",
        "TELECOM_PORT": str(port),
        "TELECOM_DB": "telecom_demo",
    }
    if fresh:
        environment["TELECOM_CACHE"] = str(FOLDER / "cache")
    shutil.rmtree(FOLDER, ignore_errors=True)
    figures.load("load_average_setup")
    try:
        prepared = stack(environment, "setup")
        first = stack(environment, "start")
        name = "setup_seconds" if fresh else "setup_cached_seconds"
        note = "with downloads" if fresh else "downloads were there already"
        figures.add(name, prepared + first, f"to the first screen, {note}")
        figures.add("setup_fetch_seconds", prepared, "fetching and unpacking alone")
        stack(environment, "stop")
        again = stack(environment, "start")
        figures.add("second_start_seconds", again, "all in place, after a stop")
        figures.load("load_average_setup_end")
    finally:
        subprocess.run(
            [sys.executable, ROOT / "stack/stack.py", "stop"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            check=False,
        )
        shutil.rmtree(FOLDER, ignore_errors=True)
    figures.table()


if __name__ == "__main__":
    main()
