"""Claims of an operator, 200,000 of them solved: how fast similar ones are found.

In a database of its own, that is made and dropped. See docs/performance.md; run it by
``make bench-crm``. ``BENCH_CLAIMS`` makes it smaller.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import measure  # noqa: E402

CONFIG = {
    "claims": int(os.environ.get("BENCH_CLAIMS", "200000")),
    "samples": 400,
    "folder": str(HERE),
}
NOTES = {"similar_claims_p95_ms": "≤ 50"}

if __name__ == "__main__":
    sys.exit(measure("bench_claims", "crm_claims.py", CONFIG, NOTES))
