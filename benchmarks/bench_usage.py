"""A million rows of consumption from a file, beside Odoo's own import.

In a database of its own, that is made and dropped. See docs/performance.md; run it by
``make bench``. ``BENCH_USAGE_ROWS`` makes it smaller.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import measure  # noqa: E402

CONFIG = {
    "rows": int(os.environ.get("BENCH_USAGE_ROWS", "1000000")),
    "stock_rows": 10_000,
    "folder": str(HERE),
}
NOTES = {
    "usage_import_rows_per_s": "from the file to the last commit",
    "usage_import_again_rows_per_s": "the same file once more: nothing changes",
    "usage_stock_rows_per_s": "Odoo's load(), the same fields",
    "usage_import_ratio": "times Odoo's own import",
}

if __name__ == "__main__":
    sys.exit(measure("bench_usage", "usage.py", CONFIG, NOTES))
