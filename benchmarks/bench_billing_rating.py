"""Files of usage records read in and rated, with reading and without.

In a database of its own, that is made and dropped, with ordinary (logged) tables and
their indexes. Durations, destinations and hours are random; 20,000 lines have
allowances of three kinds, a tariff has 1,200 prefixes and off-peak prices. See
docs/performance.md; run it by ``make bench-billing``.
``BENCH_RATING_ROWS`` makes it smaller.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import measure  # noqa: E402

CONFIG = {
    "rows": int(os.environ.get("BENCH_RATING_ROWS", "400000")),
    "lines": 20_000,
}
NOTES = {
    "rating_records_per_s": "read before; known ones looked for, rated, committed",
    "rating_records_per_processor_s": "of this process and PostgreSQL's together",
    "rating_import_rows_per_s": "from the file's first byte to the last commit",
    "rating_again_rows_per_s": "the same file once more: all are known",
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
