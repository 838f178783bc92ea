"""The thread that reads Asterisk's ledger files and writes the calls they tell of."""

import logging
import threading
import time

from ..engine.call_state import Ledger
from ..engine.records import parse_cel, parse_queue_log
from .database import Stopped
from .files import Follower
from .render import DIAL_WITHIN_SECONDS

_logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
#: Calls written in one transaction.
BATCH = 100
#: The end of a channel that Asterisk no longer lists is in the file by then.
GONE_SECONDS = 5
#: How long the ledger lets the live view write the end of a call first.
SETTLE_SECONDS = 0.4
#: Calls that have just begun are left to the live view.
YOUNG_SECONDS = 1.5
#: Live calls that neither the ledger nor Asterisk knows are closed after this long.
UNCONFIRMED_SECONDS = 120
#: The position is stored at least this often while files grow.
STORE_SECONDS = 5
#: Attempts of which nobody knows anything are looked for this often.
ATTEMPT_SECONDS = 5


class LedgerReader(threading.Thread):
    """Reads from the stored position; position and facts are committed together."""

    def __init__(self, database, pbx_id, cel, queue_log, stored, on_wrapups=None):
        super().__init__(name="ledger", daemon=True)
        self._database = database
        self._pbx_id = pbx_id
        self._cel = Follower(cel, stored.get("cel"))
        self._queue_log = Follower(queue_log, stored.get("queue_log"))
        self._ledger = Ledger(self._queue_log.position)
        self._on_wrapups = on_wrapups
        self._stored_at = 0.0
        self._stored = dict(stored)
        self._shown = {}  # uniqueid -> number of events when last written
        self._alive = []
        self._listed = (0.0, frozenset())
        self._held = []
        self._checked = self._attempts_checked = 0.0
        self.lag_seconds = 0.0
        self.calls = 0
        self.torn = 0
        #: the files were read to their end once
        self.caught_up = threading.Event()

    def alive(self, asked_at, uniqueids):
        """Tell which channels Asterisk has: calls without any have ended.

        :param float asked_at: epoch seconds at which the list was asked for
        """
        self._listed = (asked_at, frozenset(uniqueids))
        self._alive.append(self._listed)

    def run(self):
        while True:
            try:
                more = self._round()
            except Stopped:
                return
            except Exception:
                _logger.exception("The ledger could not be read; trying again")
                more = False
                self._database.stopping.wait(2)
            if self._database.stopping.is_set():
                return
            if not more:
                self._database.stopping.wait(POLL_SECONDS)

    def _round(self):
        # CEL first: by the time a call's last row is there, queue_log has all of it.
        rows = self._cel.lines()
        now = time.time()
        newest = 0.0
        for position, line in rows:
            event = parse_cel(line)
            if event is None:
                if line.strip(b"\0 \r"):
                    self.torn += 1
                continue
            newest = event.at
            self._ledger.feed_cel(event, position)
        cel_position = self._cel.position
        # queue_log is also read to its end, so that it is never behind CEL.
        more_rows = []
        while batch := self._queue_log.lines():
            more_rows += batch
        for position, line in more_rows:
            row = parse_queue_log(line)
            if row:
                self._ledger.feed_queue_log(row, position)
        queue_position = self._queue_log.position
        self._ledger.settle(now)
        if not rows or not self._cel.lag_bytes():
            self._close_gone(now)
        self.lag_seconds = max(0.0, now - newest) if self._cel.lag_bytes() else 0.0
        self._write(cel_position, queue_position, bool(rows or more_rows))
        if not rows:
            self.caught_up.set()
            self._check_unconfirmed(now)
            self._check_attempts(now)
        return bool(rows)

    def _close_gone(self, now):
        """Close calls without channels; called with the files read to their end."""
        while self._alive and now - self._alive[0][0] > GONE_SECONDS:
            asked_at, alive = self._alive.pop(0)
            # A second's grace: a channel may begin while the list is made.
            self._ledger.gone(alive, asked_at - 1)

    def _write(self, cel_position, queue_position, read):
        # Forgotten only once they are written.
        self._held += self._ledger.finished()
        now = time.time()
        finished = self._settled(now)
        ongoing = []
        for facts in self._ledger.open_calls():
            if now - facts.start_at < YOUNG_SECONDS:
                # The live view is about to write it.
                continue
            if not facts.is_call:
                # It rings; the dialer knows.
                continue
            marks = (len(facts.legs), len(facts.visits), facts.answered_at)
            if facts.company_id and self._shown.get(facts.uniqueid) != marks:
                ongoing.append(facts)
                self._shown[facts.uniqueid] = marks
        due = read and time.monotonic() - self._stored_at > STORE_SECONDS
        if not finished and not ongoing and not due:
            return
        written = {id(facts) for facts in finished}
        # Several transactions for many calls: the position moves with the last one.
        while len(finished) > BATCH:
            part, finished = finished[:BATCH], finished[BATCH:]
            self._apply(part, [], None)
        cel, queue = self._ledger.checkpoint(cel_position, queue_position)
        for facts in self._held:
            if id(facts) not in written:
                cel = min(cel, facts.cel_offset)
                queue = min(queue, facts.queue_offset)
        offset = {
            "cel": self._cel.state(cel),
            "queue_log": self._queue_log.state(queue),
        }
        self._apply(finished, ongoing, offset)
        for facts in self._held:
            if id(facts) in written:
                self._shown.pop(facts.uniqueid, None)
        self._held = [facts for facts in self._held if id(facts) not in written]
        self._stored_at = time.monotonic()

    def _settled(self, now):
        """Calls that have ended, a moment ago at least.

        The live view writes the same ends at the same time: going second avoids that
        both try again.
        """
        return [f for f in self._held if now - f.ended_at > SETTLE_SECONDS]

    def _apply(self, finished, ongoing, offset):
        try:
            agents = self._database.run(self._do, finished, ongoing, offset, alone=True)
        except Stopped:
            raise
        except Exception:
            _logger.warning("Calls could not be written together", exc_info=True)
            agents = []
            for facts in finished:
                agents += self._alone(facts, [facts], [])
            for facts in ongoing:
                self._alone(facts, [], [facts])
            self._database.run(self._do, [], [], offset, alone=True)
        self.calls += len(finished)
        if agents and self._on_wrapups:
            self._on_wrapups(agents)

    def _alone(self, facts, finished, ongoing):
        try:
            return self._database.run(self._do, finished, ongoing, None)
        except Stopped:
            raise
        except Exception:
            _logger.exception("The call %s could not be written", facts.uniqueid)
            return []

    def _do(self, env, finished, ongoing, offset):
        pbx = env["telecom.pbx"].browse(self._pbx_id)
        return pbx._gateway_ledger(finished, ongoing, offset)

    def _check_unconfirmed(self, now):
        if now - self._checked < 60:
            return
        self._checked = now
        asked_at, listed = self._listed
        alive = self._ledger.open_uniqueids() | listed
        # Without a fresh list of Asterisk's, nobody can say that a call has ended.
        before = now - UNCONFIRMED_SECONDS
        can_say = asked_at > before

        def check(env):
            pbx = env["telecom.pbx"].browse(self._pbx_id)
            pbx._gateway_due_sms()
            return can_say and pbx._gateway_unconfirmed(alive, before)

        count = self._database.run(check)
        if count:
            _logger.warning("%d live calls are missing from the ledger", count)

    def _check_attempts(self, now):
        """End attempts that were recorded and of which Asterisk knows nothing.

        The gateway was killed between both. Called with the files read to their end:
        what was dialed stands in them.
        """
        if now - self._attempts_checked < ATTEMPT_SECONDS:
            return
        self._attempts_checked = now
        asked_at, listed = self._listed
        # Not the channels of a call: once it was answered, the attempt's own is none.
        held = {a.channel_id for facts in self._held for a in facts.attempts}
        known = self._ledger.open_uniqueids() | listed | held

        def check(env):
            pbx = env["telecom.pbx"].browse(self._pbx_id)
            # Asterisk dials nothing that was asked for longer ago, see _outbound.
            return pbx._dialer_unknown(known, asked_at - DIAL_WITHIN_SECONDS - 1)

        count = self._database.run(check)
        if count:
            _logger.info("%d attempts were recorded and never dialed", count)
