"""Suppliers' files of 100,000 serial numbers, beside Odoo's own import and receipt.

And ten processes that read overlapping files in at the same time: nobody comes into
stock twice, and each row is in or comes back with its reason.

In a database of its own, that is made and dropped. See docs/performance.md; run it by
``make bench-stock``. ``BENCH_SERIAL_ROWS`` makes it smaller.
"""

import os
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import database, run_script  # noqa: E402

CONFIG = {
    "rows": int(os.environ.get("BENCH_SERIAL_ROWS", "100000")),
    "stock_rows": 1_000,
    "files": 10,
    "file_rows": 2_000,
    "folder": str(HERE),
    "part": "alone",
}
NOTES = {
    "serial_import_rows_per_s": "from the file to the last commit",
    "serial_import_puk_rows_per_s": "SIM cards with IMSI, PUK and number",
    "serial_stock_rows_per_s": "Odoo's load() of serial numbers and one receipt",
    "serial_import_ratio": "times Odoo's own import",
    "duplicate_serials": "= 0",
    "lost_rows": "= 0",
}


def main():
    name = "bench_serial_import"
    with database(name, "telecom_stock") as figures:
        run_script(figures, name, "stock_import.py", CONFIG, NOTES)
        parts = [
            threading.Thread(
                target=run_script,
                args=(
                    figures,
                    name,
                    "stock_import.py",
                    {**CONFIG, "part": number},
                    NOTES,
                ),
            )
            for number in range(CONFIG["files"])
        ]
        for part in parts:
            part.start()
        for part in parts:
            part.join()
        run_script(figures, name, "stock_import.py", {**CONFIG, "part": "count"}, NOTES)


if __name__ == "__main__":
    sys.exit(main())
