"""A million numbers to call from a file, beside Odoo's own import.

In a database of its own, that is made and dropped. See docs/performance.md; run it by
``make bench-import``. ``BENCH_IMPORT_ROWS`` makes it smaller.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import measure  # noqa: E402

CONFIG = {
    "rows": int(os.environ.get("BENCH_IMPORT_ROWS", "1000000")),
    "stock_rows": 10_000,
    "folder": str(HERE),
}
NOTES = {
    "import_s": "all checks, from the file to the last commit",
    "import_rows_per_s": "target: 1,000,000 rows in 60 s, 16,667 a second",
    "import_refused": "rows that came back with a reason",
    "import_stock_rows_per_s": "Odoo's load(), the same columns, without our checks",
    "import_ratio": "times Odoo's own import",
    "due_p95_ms": "100 contacts to be called next, of all of them",
    "due_closed_p95_ms": "the same, when nobody's time has come",
    "settle_rows_per_s": "what becomes of contacts after their calls, 200 at a time",
}

if __name__ == "__main__":
    sys.exit(
        measure(
            "bench_numbers",
            "campaign_import.py",
            CONFIG,
            NOTES,
            apps="telecom_callcenter",
        )
    )
