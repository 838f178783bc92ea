"""2,000 boutiques, 500,000 serial numbers: the nearest open one, through its address.

In a database of its own, that is made and dropped. See docs/performance.md; run it by
``make bench-stock``. ``BENCH_SERIALS`` and ``BENCH_BOUTIQUES`` make it smaller.
"""

import http.client
import os
import random
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _database import database, run_script  # noqa: E402
from _figures import percentile, timed  # noqa: E402

HOST = "bench.localhost"
CONFIG = {
    "boutiques": int(os.environ.get("BENCH_BOUTIQUES", "2000")),
    "serials": int(os.environ.get("BENCH_SERIALS", "500000")),
    "points": int(os.environ.get("BENCH_POINTS", "10000")),
    "stock_samples": 5,
    "host": HOST,
    "folder": str(HERE),
}
NOTES = {"nearest_mismatches": "= 0", "nearest_p95_ms": "≤ 20"}
REQUESTS = 500


def ask(port, services, products):
    """Ask for the nearest boutique over one connection, as a browser does."""
    draw = random.Random(7)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def one(_number):
        latitude, longitude = draw.uniform(6.2, 12.4), draw.uniform(0.8, 3.8)
        address = (
            f"/boutiques/nearest?lat={latitude}&lon={longitude}"
            f"&service={draw.choice(services)}&item={draw.choice(products)}"
        )
        connection.request("GET", address, headers={"Host": HOST})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {body[:200]}")
        return body

    for number in range(20):
        one(number)
    return timed(one, range(REQUESTS))


def main():
    name = "bench_stock"
    with database(name, "telecom_stock,website_sale_collect") as figures:
        found = run_script(figures, name, "stock_nearest.py", CONFIG, NOTES)
        port = int(os.environ["TELECOM_PORT"]) + 150
        server = subprocess.Popen(
            [
                HERE.parent / "stack/odoo",
                *("-d", name, "--workers=0", f"--http-port={port}"),
                *("--max-cron-threads=0", "--log-level=error"),
            ]
        )
        try:
            end = time.monotonic() + 120
            while True:
                try:
                    ask(port, found["service_codes"].split(","), ["0"])
                except (OSError, RuntimeError) as error:
                    if isinstance(error, RuntimeError):
                        break  # it answers: nobody offers item 0
                    if time.monotonic() > end or server.poll() is not None:
                        raise
                    time.sleep(0.5)
            seconds, _bodies = ask(
                port,
                found["service_codes"].split(","),
                found["product_ids"].split(","),
            )
        finally:
            server.terminate()
            server.wait()
        p95 = 1000 * percentile(seconds, 0.95)
        figures.add("nearest_p50_ms", 1000 * percentile(seconds, 0.5))
        figures.add("nearest_p95_ms", p95, NOTES["nearest_p95_ms"])
        ratio = float(found["core_nearest_p50_ms"]) / (1000 * percentile(seconds, 0.5))
        figures.add("nearest_ratio_vs_core", ratio, "core's way takes so many times")
    return 0


if __name__ == "__main__":
    sys.exit(main())
