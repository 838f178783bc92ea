"""The thread that writes the live view.

The event loop hands over effects and never waits. Screen pops go first, in a
transaction of their own that holds nothing but them; the rest is written in batches in
which an agent or a call appears once, with its latest values.
"""

import itertools
import logging
import threading
import time

from .database import Stopped

_logger = logging.getLogger(__name__)

#: More changes than this waiting: the oldest that are not pops are dropped, and the
#: picture is taken anew.
MOST_WAITING = 50_000
BATCH = 100
#: A pop older than this helps nobody.
POP_SECONDS = 3.0
#: However many pops come, the rest is written at least this often.
STARVED_SECONDS = 0.3
#: Least time between two batches that are not pops: more changes fall together, and
#: a pop seldom meets one that is being written.
PAUSE = 0.1
#: A change waits this long before a batch begins: a call that joins a queue rings its
#: agent a moment later, and that pop would wait until the batch is written.
HOLD = 0.03


class Writer(threading.Thread):
    """Writes what the live view hands over.

    :param current: ``(uniqueid, agent id) -> (values of the call or None, values of
        the agent)``, as they are now; called in this thread
    :param on_conversations: called with agents' ids once their wrap-ups are committed
    :param on_overflow: called when changes had to be dropped
    """

    def __init__(
        self, database, pbx_id, current, on_conversations=None, on_overflow=None
    ):
        super().__init__(name="writer", daemon=True)
        self._database = database
        self._pbx_id = pbx_id
        self._current = current
        self._on_conversations = on_conversations
        self._on_overflow = on_overflow
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._popped = threading.Event()
        self._pops = []
        self._calls = {}
        self._agents = {}
        self._conversations = []
        self._missed = []
        self._snapshots = {}
        self._jobs = []
        self._last_batch = 0.0
        self._first_change = 0.0
        self.written = 0
        self.dropped = 0
        self.stale_pops = 0
        self.busy = False

    # -- for the event loop --------------------------------------------------------

    @property
    def backlog(self):
        return (
            len(self._pops) + len(self._calls) + len(self._agents)
            + len(self._conversations) + len(self._missed) + len(self._jobs)
        )  # fmt: skip

    def pop(self, uniqueid, agent_id, at):
        """A telephone rings: show its agent who calls."""
        with self._lock:
            self._pops.append({"uniqueid": uniqueid, "agent_id": agent_id, "at": at})
            # Written with the pop; what has ended gets none.
            if self._calls.get(uniqueid, {}).get("state") != "ended":
                self._calls.pop(uniqueid, None)
        self._popped.set()
        self._wake.set()

    def call(self, values):
        with self._lock:
            self._calls[values["uniqueid"]] = values
            self._limit()
        self._wake.set()

    def agent(self, values):
        with self._lock:
            self._agents[values["agent_id"]] = values
        self._wake.set()

    def conversation(self, values):
        with self._lock:
            self._conversations.append(values)
        self._wake.set()

    def missed(self, values):
        with self._lock:
            self._missed.append(values)
        self._wake.set()

    def snapshot(self, values):
        with self._lock:
            self._snapshots[values["queue_id"]] = values
        self._wake.set()

    def job(self, function, *args):
        """Run ``function(pbx, *args)`` in a transaction, in order with the rest."""
        with self._lock:
            self._jobs.append((function, args))
        self._wake.set()

    def _limit(self):
        if len(self._calls) > MOST_WAITING:
            self._calls.pop(next(iter(self._calls)))
            self.dropped += 1
            if self._on_overflow:
                self._on_overflow()

    # -- the thread ------------------------------------------------------------------

    def run(self):
        while True:
            self._wake.wait(0.5)
            self._wake.clear()
            try:
                while self._step():
                    pass
            except Stopped:
                return
            except Exception:
                _logger.exception("A batch of live changes could not be written")
            if self._database.stopping.is_set() and not self.backlog:
                return

    def _step(self):
        """Write what is most urgent; False when nothing is left."""
        now = time.monotonic()
        if self.backlog > len(self._pops) and not self._first_change:
            self._first_change = now
        starved = self._first_change and now - self._first_change > STARVED_SECONDS
        with self._lock:
            count = 0 if starved else BATCH
            pops, self._pops = self._pops[:count], self._pops[count:]
            if not self._pops:
                self._popped.clear()
        if pops:
            self.busy = True
            self._pop(pops)
            return True
        if not starved and self.backlog and self._popped.wait(self._rest()):
            return True
        batch = self._take()
        if batch is None:
            self.busy = False
            return False
        self.busy = True
        self._last_batch = time.monotonic()
        self._write(self._do_batch, batch)
        conversations = batch[2]
        if conversations and self._on_conversations:
            self._on_conversations([row["agent_id"] for row in conversations])
        return True

    def _rest(self):
        """Seconds until a batch may begin; a pop ends them at once."""
        begins = max(self._last_batch + PAUSE, self._first_change + HOLD)
        return begins - time.monotonic()

    def _pop(self, pops):
        """Show cards, with what is true of the call now."""
        fresh = []
        for pop in pops:
            values, live = self._current(pop["uniqueid"], pop["agent_id"])
            if values is None or values["state"] == "ended":
                # Too late for a card. What the pop stood for is written all the same.
                if values:
                    self.call(values)
                if live:
                    self.agent(live)
                continue
            if time.time() - pop["at"] < POP_SECONDS:
                fresh.append({**pop, "call": values})
            else:
                self.stale_pops += 1
                self.call(values)
            # With the next batch: the card does not wait for it.
            self.agent(live)
        if fresh:
            self._write(self._do_pops, fresh)

    def _take(self):
        with self._lock:
            conversations = self._conversations[:BATCH]
            del self._conversations[:BATCH]
            agents = _first(self._agents, BATCH)
            # What these are about goes with them.
            named = {row["uniqueid"] for row in conversations}
            named |= {row["call"] for row in agents}
            calls = [self._calls.pop(uid) for uid in named if uid in self._calls]
            calls += _first(self._calls, BATCH - len(calls))
            missed = self._missed[:BATCH]
            del self._missed[:BATCH]
            jobs, self._jobs = self._jobs, []
            snapshots = _first(self._snapshots, BATCH)
        self._first_change = 0.0
        if calls or agents or conversations or missed or jobs or snapshots:
            return calls, agents, conversations, missed, jobs, snapshots
        return None

    def _write(self, function, items):
        try:
            self._database.run(function, items, durable=False)
        except Stopped:
            raise
        except Exception:
            _logger.warning("A batch failed; going one by one", exc_info=True)
            for part in _single(function == self._do_pops, items):
                try:
                    self._database.run(function, part, durable=False)
                except Stopped:
                    raise
                except Exception:
                    _logger.exception("Not written: %.300r", part)
        self.written += 1

    def _pbx(self, env):
        return env["telecom.pbx"].browse(self._pbx_id)

    def _do_pops(self, env, pops):
        self._pbx(env)._gateway_pops(pops)

    def _do_batch(self, env, batch):
        calls, agents, conversations, missed, jobs, snapshots = batch
        pbx = self._pbx(env)
        if calls or agents or conversations or missed:
            pbx._gateway_facts(calls, agents, conversations, missed)
        for function, args in jobs:
            function(pbx, *args)
        if snapshots:
            pbx._gateway_snapshots(snapshots)


def _first(values, count):
    """Take out the first values of a dict."""
    keys = list(itertools.islice(values, max(0, count)))
    return [values.pop(key) for key in keys]


def _single(pops, items):
    if pops:
        return [[item] for item in items]
    empty = ([], [], [], [], [], [])
    parts = []
    for index, values in enumerate(items):
        for value in values:
            part = list(empty)
            part[index] = [value]
            parts.append(tuple(part))
    return parts
