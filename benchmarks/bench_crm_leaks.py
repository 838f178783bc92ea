"""What one operator sees of another: how many attempts were made, how many got through.

The tests themselves (``TestIsolation``, ``TestRoutes``) in a database of its own with
all apps, that is made and dropped; run it by ``make bench-crm``.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import database, run_tests  # noqa: E402

APPS = ",".join(
    path.parent.name for path in HERE.parent.glob("addons/*/__manifest__.py")
)
TAGS = "/telecom_crm:TestIsolation,/telecom_crm:TestRoutes"
COUNTED = re.compile(r"(leak_checks|route_checks|models|leaks)=(\d+)")


def main():
    with database("bench_leaks", APPS) as figures:
        counted = {}
        for line in run_tests("bench_leaks", TAGS):
            for name, value in COUNTED.findall(line):
                counted[name] = counted.get(name, 0) + int(value)
        for name in ("models", "leak_checks", "route_checks", "leaks"):
            # Without a count, nothing was walked
            figures.add(name, counted[name], "0" if name == "leaks" else "")
        return 1 if counted["leaks"] else 0


if __name__ == "__main__":
    sys.exit(main())
