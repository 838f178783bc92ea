"""Customers of three operators, a million of them: how fast a clerk finds one.

In a database of its own, that is made and dropped. See docs/performance.md; run it by
``make bench-crm``. ``BENCH_CUSTOMERS`` makes it smaller.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import measure  # noqa: E402

CONFIG = {
    "customers": int(os.environ.get("BENCH_CUSTOMERS", "1000000")),
    "samples": 200,
    "stock_samples": 12,
    "folder": str(HERE),
}
NOTES = {
    "search_name_p95_ms": "≤ 50",
    "search_phone_p95_ms": "≤ 25",
    "search_multi_p95_ms": "≤ 100",
    "list_unfiltered_p95_ms": "≤ 50",
}

if __name__ == "__main__":
    sys.exit(measure("bench_crm", "crm_customers.py", CONFIG, NOTES))
