"""Events of real calls, recorded once and played to a gateway as many more calls."""

import asyncio
import contextlib
import re
import socket
import subprocess
import threading
import time

from gateway.ami import Splitter, parse

_TOKENS = re.compile(
    rb"(?P<uid>\b[\w-]+-\d{10}\.\d+)|(?P<agent>\bagent\d+)|(?P<queue>\bqueue\d+)"
    rb"|(?P<bridge>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    rb"|(?P<time>(?<=Timestamp: )[\d.]+)"
)
_UNIQUEID = re.compile(rb"\nUniqueid: (\S+)")
SLICE_SECONDS = 0.02
#: The gateway is given less when more changes than this wait to be written,
MOST_BACKLOG = 400
#: or when it is behind by more events than this.
MOST_BEHIND = 2000


class Recorder(threading.Thread):
    """A manager connection of our own, with the filters of the gateway's user."""

    def __init__(self, host, port, user, secret):
        super().__init__(name="recorder", daemon=True)
        self.blocks = []  # (time of arrival, bytes)
        self._socket = socket.create_connection((host, port), 5)
        self._socket.sendall(
            f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\n\r\n".encode()
        )
        self._socket.settimeout(None)
        self.start()

    def run(self):
        splitter = Splitter()
        with contextlib.suppress(OSError):
            while data := self._socket.recv(1 << 18):
                now = time.time()
                self.blocks += [
                    (now, block)
                    for block in splitter.feed(data)
                    if b"\nEvent: " in b"\n" + block
                ]

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self.join(5)
        self._socket.close()

    def rings(self, arrived=False):
        """When each telephone began to ring, by Asterisk's own clock.

        :param bool arrived: when this connection heard of it instead
        :return: epoch seconds by (agent's interface, uniqueid of the call)
        """
        result = {}
        for at, block in self.blocks:
            event = parse(block)
            if event.get("Event") == "AgentCalled":
                key = event["Interface"], event["Uniqueid"]
            elif event.get("Event") == "DialBegin" and event.get("Uniqueid"):
                key = event["DestChannel"].rpartition("-")[0], event["Uniqueid"]
            else:
                continue
            result.setdefault(key, at if arrived else float(event["Timestamp"]))
        return result


class Trace:
    """The events of complete calls, ready to be written with other names.

    :param list blocks: ``(time, bytes)`` as recorded
    :param list agents, queues: names that are replaced: ``agent7``, ``queue3``
    """

    def __init__(self, blocks, agents, queues):
        wanted = {name.encode() for name in agents + queues}
        skipped = {b"FullyBooted", b"Shutdown", b"ContactStatus"}
        chosen = []
        for at, block in blocks:
            name = re.search(rb"(?:^|\n)Event: (\w+)", block)[1]
            named = set(re.findall(rb"\b(?:agent|queue)\d+", block))
            if name not in skipped and named <= wanted:
                chosen.append((at, block))
        first = chosen[0][0]
        self.events = [(at - first, self._parts(block)) for at, block in chosen]
        self.seconds = self.events[-1][0] + 1
        self.calls = sum(b"Event: QueueCallerJoin" in block for _at, block in chosen)
        self.raw = b"".join(block + b"\r\n\r\n" for _at, block in chosen)
        self.count = len(chosen)

    @staticmethod
    def _parts(block):
        parts, end = [], 0
        for match in _TOKENS.finditer(block):
            parts += [block[end : match.start()], (match.lastgroup, match[0])]
            end = match.end()
        return [*parts, block[end:] + b"\r\n\r\n"]


class Copy:
    """One of the trace's copies: agents and a queue of its own, new calls each lap."""

    def __init__(self, trace, names, delay, ids):
        self.trace, self.names, self.ids = trace, names, ids
        self._next, self._begins = 0, delay
        self._uids, self._bridges = {}, {}
        self.joined = []  # uniqueids of the calls

    def due(self, until):
        """Write the events up to the trace's time ``until``.

        :return: list of bytes
        """
        result = []
        now = time.time()
        stamp = b"%.6f" % now
        while True:
            at, parts = self.trace.events[self._next]
            if self._begins + at > until:
                return result
            block = b"".join(
                part if type(part) is bytes else self._named(part, now, stamp)
                for part in parts
            )
            if block.startswith(b"Event: QueueCallerJoin"):
                self.joined.append(_UNIQUEID.search(block)[1])
            result.append(block)
            self._next += 1
            if self._next == len(self.trace.events):
                self._next = 0
                self._begins += self.trace.seconds
                self._uids, self._bridges = {}, {}

    def _named(self, part, now, stamp):
        kind, text = part
        if kind == "time":
            return stamp
        if kind == "uid":
            if text not in self._uids:
                self._uids[text] = b"replay-%d.%d" % (now, next(self.ids))
            return self._uids[text]
        if kind == "bridge":
            if text not in self._bridges:
                self._bridges[text] = b"%08x%s" % (next(self.ids), text[8:])
            return self._bridges[text]
        return self.names[text]


class Server(threading.Thread):
    """Speaks Asterisk's manager protocol to a gateway and plays the copies.

    :param callable variables: returns what ``Getvar`` answers
    :param callable listed: returns the events of a list action, by its name
    :param callable health: returns the gateway's health
    """

    def __init__(self, port, copies, variables, listed, health):
        super().__init__(name="asterisk", daemon=True)
        self.copies = copies
        self.port, self._variables, self._listed = port, variables, listed
        self._health = health
        self.sent = 0
        self.started = threading.Event()
        self._live = None
        self._loop = asyncio.new_event_loop()

    def run(self):
        self._loop.run_until_complete(self._serve())

    async def _serve(self):
        self._closing = asyncio.Event()
        server = await asyncio.start_server(self._client, "127.0.0.1", self.port)
        self.started.set()
        await self._closing.wait()
        server.close()

    def close(self):
        self._loop.call_soon_threadsafe(self._closing.set)
        self.join(10)

    async def _client(self, reader, writer):
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        splitter = Splitter()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(1 << 16):
                for block in splitter.feed(data):
                    self._answer(writer, parse(block))
        writer.close()

    def _answer(self, writer, action):
        name, action_id = action["Action"], action.get("ActionID", "")
        lines = ["Response: Success", f"ActionID: {action_id}"]
        if name == "Getvar":
            lines.append(f"Value: {self._variables()}")
        text = "\r\n".join(lines) + "\r\n\r\n"
        events = self._listed(name)
        if events is not None:
            for event in [*events, {"Event": "Complete", "EventList": "Complete"}]:
                fields = event | {"ActionID": action_id}
                text += "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n"
        if name == "Login":
            text += "Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n"
            if action["Username"] == "gateway":
                self._live = writer
        writer.write(text.encode())

    def play(self, warm_up, seconds, speed):
        """Play, as fast as the gateway keeps up.

        :param float warm_up: seconds in which the speed is found, not measured
        :param float speed: the first speed; 1: as it was recorded
        :return: dict of what happened in the measured time
        """
        future = asyncio.run_coroutine_threadsafe(
            self._play(warm_up, seconds, speed), self._loop
        )
        return future.result(warm_up + seconds + 120)

    async def _play(self, warm_up, seconds, speed):
        clock, last = 0.0, time.monotonic()
        began = last
        measured_from = None
        health = await asyncio.to_thread(self._health)
        before, late = health["events"] - self.sent, health["late_pops"]
        checked = last
        highest = 0
        speeds = []
        while True:
            await asyncio.sleep(SLICE_SECONDS)
            now = time.monotonic()
            if measured_from is None and now - began >= warm_up:
                measured_from, first_sent = now, self.sent
                cpu = time.process_time()
            if measured_from and now - measured_from >= seconds:
                break
            # A late slice makes the trace wait, not the gateway hurry.
            clock += min(now - last, 5 * SLICE_SECONDS) * speed
            last = now
            blocks = [block for copy in self.copies for block in copy.due(clock)]
            self._live.write(b"".join(blocks))
            self.sent += len(blocks)
            await self._live.drain()
            if now - checked >= 0.25:
                checked = now
                health = await asyncio.to_thread(self._health)
                behind = before + self.sent - health["events"]
                highest = max(highest, health["backlog"])
                too_much = (
                    health["backlog"] > MOST_BACKLOG
                    or behind > MOST_BEHIND
                    or health["late_pops"] > late
                )
                late = health["late_pops"]
                speed *= 0.8 if too_much else 1.03
                speeds.append(speed)
        sent = self.sent - first_sent
        window = time.monotonic() - measured_from
        drained = None
        while time.monotonic() - last < 60:
            health = await asyncio.to_thread(self._health)
            if not health["backlog"] and health["events"] >= before + self.sent:
                drained = time.monotonic() - last
                break
            await asyncio.sleep(0.05)
        return {
            "sent": sent,
            "seconds": window,
            "drained": drained,
            "highest": highest,
            "speed": speeds[-1],
            "own_cpu": (time.process_time() - cpu) / window,
            "health": health,
        }


PANORAMISK = """
import asyncio, sys, time
from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

async def main():
    data, limit = sys.stdin.buffer.read(), float(sys.argv[1])
    manager = Manager(loop=asyncio.get_running_loop())
    seen = 0
    def callback(manager, message):
        nonlocal seen
        seen += 1
    manager.register_event("*", callback)
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory, protocol.encoding = manager, "utf8"
    protocol.version = "11"
    started = time.perf_counter()
    while time.perf_counter() - started < limit:
        for start in range(0, len(data), 1 << 16):
            protocol.data_received(data[start:start + (1 << 16)])
            await asyncio.sleep(0)
    print(seen / (time.perf_counter() - started))

asyncio.run(main())
"""

OWN = """
import sys, time
sys.path.insert(0, sys.argv[2])
from gateway.ami import Splitter, parse

data, limit, seen = sys.stdin.buffer.read(), float(sys.argv[1]), 0
splitter, started = Splitter(), time.perf_counter()
while time.perf_counter() - started < limit:
    for start in range(0, len(data), 1 << 16):
        for block in splitter.feed(data[start:start + (1 << 16)]):
            seen += "Event" in parse(block)
print(seen / (time.perf_counter() - started))
"""


def parsing(python, program, raw, seconds, *arguments):
    """Events a second that a program alone parses of the recorded bytes."""
    result = subprocess.run(
        [python, "-c", program, str(seconds), *arguments],
        input=raw,
        capture_output=True,
        timeout=seconds + 60,
        check=True,
    )
    return float(result.stdout)
