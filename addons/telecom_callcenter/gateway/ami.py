"""A client of Asterisk's manager interface: the protocol and one connection.

Nothing here knows Odoo. Bytes are split before they are decoded, so that no character
is lost at a packet's edge; an answer that does not come in time is an error; a
connection that is open but silent is found by pings and closed.
"""

import asyncio
import hashlib
import itertools
import logging
import time

_logger = logging.getLogger(__name__)

READ_BYTES = 1 << 18
#: Asterisk's own messages are far smaller; what is larger is dropped.
MAX_MESSAGE_BYTES = 1 << 16
PING_SECONDS = 3
PING_DEADLINE = 2
ACTION_DEADLINE = 5


class AmiError(Exception):
    """The connection failed, or Asterisk refused an action."""


class AmiClosed(AmiError):
    """The connection is closed; whether a pending action was done is unknown."""


def parse(block):
    """Parse one message.

    :param bytes block: lines ``Name: value`` without the final empty line
    :return: the last value of each name, and of ``Output`` all lines joined
    :rtype: dict[str, str]
    """
    message = {}
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        value = value[1:] if value[:1] == " " else value
        if name == "Output" and name in message:
            value = f"{message[name]}\n{value}"
        message[name] = value
    return message


def encode(name, fields, action_id):
    """Encode one action; ``ValueError`` when a value would break the protocol."""
    lines = [f"Action: {name}", f"ActionID: {action_id}"]
    for field, value in fields.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            line = f"{field}: {item}"
            if "\r" in line or "\n" in line:
                raise ValueError(f"{field} contains a line break")
            lines.append(line)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Splitter:
    """Cut a stream of bytes into messages."""

    def __init__(self, limit=MAX_MESSAGE_BYTES):
        self._rest = b""
        self._limit = limit
        self.dropped = 0

    def feed(self, data):
        """Return the complete messages that ``data`` ends, as bytes."""
        blocks = (self._rest + data).split(b"\r\n\r\n")
        self._rest = blocks.pop()
        if len(self._rest) > self._limit:
            # Keep the end: the separator may be cut in two.
            self._rest = self._rest[-3:]
            self.dropped += 1
        complete = [block for block in blocks if len(block) <= self._limit]
        self.dropped += len(blocks) - len(complete)
        return complete


class AmiClient:
    """One logged-in connection, used until it fails.

    :param on_event: called with every event as a dict, in order, never concurrently
    :param on_close: called once with the reason, when the connection is gone
    """

    _ids = itertools.count(1)

    def __init__(self, host, port, username, secret, on_event=None, on_close=None):
        self.host, self.port = host, port
        self.username = username
        self._secret = secret
        self._on_event = on_event
        self._on_close = on_close
        self._pending = {}
        self._lists = {}
        self._reader_task = self._ping_task = None
        self._writer = None
        self.closed = False
        self.version = ""
        self.received = 0
        self.last_received = 0.0
        self.booted = asyncio.Event()

    # -- life ------------------------------------------------------------------

    async def connect(self, timeout=5):
        """Connect and log in; raises :class:`AmiError`."""
        try:
            async with asyncio.timeout(timeout):
                reader, self._writer = await asyncio.open_connection(
                    self.host, self.port, limit=READ_BYTES
                )
                banner = await reader.readline()
        except (OSError, TimeoutError, ValueError) as error:
            self._abort()
            raise AmiError(
                f"{self.host}:{self.port} does not answer: {error or 'too late'}"
            ) from error
        self.version = banner.decode("ascii", "replace").strip()
        self._reader_task = asyncio.create_task(self._read(reader))
        try:
            # The address comes from Odoo: whoever changes it must not be told the
            # secret.
            answer = await self.action("Challenge", AuthType="MD5", timeout=timeout)
            key = f"{answer.get('Challenge', '')}{self._secret}".encode()
            await self.action(
                "Login",
                AuthType="MD5",
                Username=self.username,
                Key=hashlib.md5(key, usedforsecurity=False).hexdigest(),
                timeout=timeout,
            )
        except AmiError:
            self.close("login failed")
            raise
        self._ping_task = asyncio.create_task(self._ping())

    def close(self, reason="closed"):
        """Close at once; every pending action fails."""
        if self.closed:
            return
        self.closed = True
        self._abort()
        for task in (self._reader_task, self._ping_task):
            if task and task is not asyncio.current_task():
                task.cancel()
        error = AmiClosed(reason)
        for future in [*self._pending.values(), *(f for f, _ in self._lists.values())]:
            if not future.done():
                future.set_exception(error)
                # Nobody may be waiting any more.
                future.exception()
        self._pending.clear()
        self._lists.clear()
        if self._on_close:
            self._on_close(reason)

    def _abort(self):
        if self._writer:
            self._writer.transport.abort()

    # -- actions ---------------------------------------------------------------

    async def action(self, name, /, *, timeout=ACTION_DEADLINE, **fields):
        """Send an action and return its response.

        :raises AmiError: refused, with Asterisk's message
        :raises AmiClosed: the connection ended first; the action may have been done
        """
        response = await self._send(name, fields, timeout)
        if response.get("Response") in ("Error", None):
            raise AmiError(f"{name}: {response.get('Message', 'refused')}")
        return response

    async def list_action(self, name, /, *, timeout=15, **fields):
        """Send an action that answers with a list; return the list's events."""
        action_id = str(next(self._ids))
        done = asyncio.get_running_loop().create_future()
        self._lists[action_id] = (done, [])
        try:
            response = await self._send(name, fields, ACTION_DEADLINE, action_id)
            if response.get("Response") == "Error":
                raise AmiError(f"{name}: {response.get('Message', 'refused')}")
            async with asyncio.timeout(timeout):
                return await done
        except TimeoutError as error:
            raise AmiError(f"{name}: the list does not end") from error
        finally:
            self._lists.pop(action_id, None)

    async def _send(self, name, fields, timeout, action_id=None):
        if self.closed or not self._writer:
            raise AmiClosed("not connected")
        action_id = action_id or str(next(self._ids))
        future = asyncio.get_running_loop().create_future()
        data = encode(name, fields, action_id)
        self._pending[action_id] = future
        try:
            self._writer.write(data)
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError as error:
            raise AmiError(f"{name}: no answer within {timeout} s") from error
        finally:
            self._pending.pop(action_id, None)

    # -- tasks -----------------------------------------------------------------

    async def _read(self, reader):
        splitter = Splitter()
        try:
            while data := await reader.read(READ_BYTES):
                self.last_received = time.monotonic()
                for block in splitter.feed(data):
                    self._dispatch(parse(block))
            reason = "Asterisk closed the connection"
        except OSError as error:
            reason = str(error)
        except asyncio.CancelledError:
            return
        except Exception:
            _logger.exception("An event could not be handled")
            reason = "an event could not be handled"
        self.close(reason)

    def _dispatch(self, message):
        action_id = message.get("ActionID")
        if "Response" in message:
            future = self._pending.get(action_id)
            if future and not future.done():
                future.set_result(message)
            return
        name = message.get("Event")
        if not name:
            return
        if action_id in self._lists:
            future, events = self._lists[action_id]
            if message.get("EventList") == "Complete":
                if not future.done():
                    future.set_result(events)
            else:
                events.append(message)
            return
        self.received += 1
        if name == "FullyBooted":
            self.booted.set()
        if self._on_event:
            self._on_event(message)

    async def _ping(self):
        while True:
            await asyncio.sleep(PING_SECONDS)
            try:
                await self._send("Ping", {}, PING_DEADLINE)
            except AmiError as error:
                self.close(f"no answer to a ping: {error}")
                return
