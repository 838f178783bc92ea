"""A file of usage records rated, from its first byte to the last commit.

In a database of its own, that is made and dropped, with ordinary (logged) tables and
their indexes. See docs/performance.md; run it by ``make bench-billing``.
``BENCH_RATING_ROWS`` makes it smaller.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import measure  # noqa: E402

CONFIG = {
    "rows": int(os.environ.get("BENCH_RATING_ROWS", "1000000")),
    "lines": 20_000,
}
NOTES = {
    "rating_records_per_s": "from the file to the last commit, allowances spent",
    "rating_again_records_per_s": "the same file once more: all are known",
    "rating_late_records_per_s": "another file, into months that are full",
    "rating_rerun_differences": "rows that differ after kill -9 and going on: 0",
    "rating_again_by_compensation_per_s": "looked at; those that differ are written",
}

if __name__ == "__main__":
    sys.exit(
        measure(
            "bench_billing_rating",
            "billing_rating.py",
            CONFIG,
            NOTES,
            apps="telecom_billing",
        )
    )
