"""How the gateway is: a small HTTP page, and ``odoo telephony --check``."""

import asyncio
import json
import logging
import sys
import urllib.error
import urllib.request

REQUEST_SECONDS = 5

_logger = logging.getLogger(__name__)


class HealthServer:
    """``GET /`` answers JSON; 200 when all is well, 503 otherwise.

    :param callable report: returns ``(healthy, values)``
    """

    def __init__(self, host, port, report):
        self._host, self._port = host, port
        self._report = report
        self._server = None

    async def start(self):
        self._server = await asyncio.start_server(
            self._answer, self._host, self._port, limit=8192
        )

    async def stop(self):
        if self._server:
            self._server.close()

    async def _answer(self, reader, writer):
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                await reader.readuntil(b"\r\n\r\n")
                healthy, values = self._report()
                body = json.dumps(values, indent=1).encode() + b"\n"
                status = "200 OK" if healthy else "503 Service Unavailable"
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        except (
            TimeoutError,
            OSError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
        ) as error:
            _logger.debug("Somebody asked for the health without waiting: %r", error)
        finally:
            writer.close()


def rss_mb():
    """Resident memory of this process, in MB."""
    try:
        with open("/proc/self/statm") as file:
            return round(int(file.read().split()[1]) * 4096 / 1e6, 1)
    except OSError:
        return 0.0


def check(settings):
    """Ask the running gateway and print what it says; returns the exit status."""
    url = f"http://{settings.health_host}:{settings.health_port}/"
    try:
        with urllib.request.urlopen(url, timeout=REQUEST_SECONDS) as response:
            text, status = response.read().decode(), 0
    except urllib.error.HTTPError as error:
        text, status = error.read().decode(), 1
    except OSError as error:
        text, status = f"No gateway answers at {url}: {error}\n", 1
    sys.stdout.write(text)
    return status
