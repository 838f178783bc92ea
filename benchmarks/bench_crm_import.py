"""Customers of an operator from a file, beside Odoo's own import.

In a database of its own, that is made and dropped. See docs/performance.md; run it by
``make bench-crm``. ``BENCH_IMPORT_ROWS`` makes it smaller.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import measure  # noqa: E402

CONFIG = {
    "rows": int(os.environ.get("BENCH_IMPORT_ROWS", "100000")),
    "stock_rows": 3_000,
    "folder": str(HERE),
}
NOTES = {
    "customers_import_rows_per_s": "from the file to the last commit",
    "customers_import_again_rows_per_s": "the same file once more: nobody is new",
    "customers_import_lines_rows_per_s": "each with a line and an identity document",
    "customers_stock_rows_per_s": "Odoo's load(), the same fields",
    "customers_stock_lines_rows_per_s": "Odoo's load(), a line and a document each",
    "customers_import_ratio": "times Odoo's own import",
    "customers_import_lines_ratio": "times Odoo's own import",
}

if __name__ == "__main__":
    sys.exit(measure("bench_import", "crm_import.py", CONFIG, NOTES))
