import json
import logging
import threading
import time
from unittest.mock import patch

import psycopg2
from psycopg2 import errors

from odoo.exceptions import ConcurrencyError
from odoo.sql_db import connection_info_for
from odoo.tests import BaseCase, tagged

from ..gateway import database
from ..gateway import writer as gateway
from ..gateway.writer import BATCH, Writer


def call(uniqueid, state="waiting"):
    return {"uniqueid": uniqueid, "state": state}


@tagged("post_install", "-at_install", "telecom")
class TestWriterBatches(BaseCase):
    """What is handed over, and what one batch holds of it; nothing is written here."""

    def setUp(self):
        super().setUp()
        self.writer = Writer(None, 1, lambda uniqueid, agent_id: (None, {}))

    def test_latest_values_win(self):
        self.writer.call(call("a"))
        self.writer.call(call("a", "talking"))
        self.assertEqual(self.writer.backlog, 1)
        calls, *_rest = self.writer._take()
        self.assertEqual(calls, [call("a", "talking")])
        self.assertIsNone(self.writer._take())

    def test_conversation_goes_with_its_call(self):
        """However many calls wait, a wrap-up never comes before its call."""
        for number in range(3 * BATCH):
            self.writer.call(call(str(number), "ended"))
        last = str(3 * BATCH - 1)
        self.writer.conversation({"agent_id": 1, "uniqueid": last, "ended_at": 1.0})
        calls, _agents, conversations, *_rest = self.writer._take()
        self.assertIn(last, [values["uniqueid"] for values in calls])
        self.assertEqual(len(conversations), 1)
        self.assertEqual(len(calls), BATCH)

    def test_a_pop_that_came_too_late_loses_nothing(self):
        """Another telephone rang when the caller had given up already."""
        over, free = call("a", "ended"), {"agent_id": 7, "call": None}
        for known in (over, None):
            with self.subTest(known=known):
                self.writer._current = lambda uniqueid, agent_id, known=known: (
                    known,
                    free,
                )
                self.writer.call(over)
                self.writer.agent(free)
                self.writer.pop("a", 7, 1.0)
                pops, self.writer._pops = self.writer._pops, []
                self.writer._pop(pops)
                calls, agents, *_rest = self.writer._take()
                self.assertEqual(calls, [over])
                self.assertEqual(agents, [free])

    def test_a_pop_holds_nothing_but_the_call(self):
        """The agent's own state follows with the next batch."""
        ringing = {"agent_id": 7, "call": "a", "activity": "ringing"}
        written = []

        class Rows:
            def run(self, function, items, durable):
                written.append(items)

        writer = Writer(Rows(), 1, lambda uniqueid, agent_id: (call("a"), ringing))
        writer.call(call("a"))
        writer.pop("a", 7, time.time())
        writer._step()
        [[pop]] = written
        self.assertEqual((pop["agent_id"], pop["call"]), (7, call("a")))
        calls, agents, *_rest = writer._take()
        self.assertFalse(calls, "written with the pop")
        self.assertEqual(agents, [ringing])

    def test_a_ring_that_follows_at_once_goes_before_its_call(self):
        """A caller joins a queue and rings: the batch waits a moment for the pop."""
        written = []

        class Rows:
            def run(self, function, items, durable):
                written.append((function.__name__, items))

        writer = Writer(Rows(), 1, lambda uniqueid, agent_id: (call("a"), {**free}))
        free = {"agent_id": 7, "call": "a"}
        writer.call(call("a"))
        ring = threading.Timer(0.005, writer.pop, ("a", 7, time.time()))
        ring.start()
        while writer._step():
            pass
        ring.join()
        self.assertEqual([name for name, _i in written], ["_do_pops", "_do_batch"])

    def test_pops_do_not_starve_the_rest(self):
        written = []

        class Rows:
            def run(self, function, items, durable):
                written.append(function.__name__)
                writer.pop("b", 8, time.time())

        writer = Writer(
            Rows(), 1, lambda uid, agent: (call(uid), {"agent_id": agent, "call": uid})
        )
        writer.call(call("a", "ended"))
        writer.pop("b", 8, time.time())
        started = time.monotonic()
        while "_do_batch" not in written:
            writer._step()
            self.assertLess(time.monotonic() - started, 5)
        self.assertIn("_do_pops", written)

    def test_nothing_is_taken_twice(self):
        seen = []
        for number in range(3 * BATCH):
            self.writer.call(call(str(number)))
        while batch := self.writer._take():
            seen += [values["uniqueid"] for values in batch[0]]
        self.assertEqual(sorted(seen), sorted(map(str, range(3 * BATCH))))

    def test_full_queue_is_visible_and_asks_for_a_new_picture(self):
        asked = []
        writer = Writer(None, 1, None, on_overflow=lambda: asked.append(1))
        self.addCleanup(setattr, gateway, "MOST_WAITING", gateway.MOST_WAITING)
        gateway.MOST_WAITING = 10
        for number in range(12):
            writer.call(call(str(number)))
        self.assertEqual(writer.backlog, 10)
        self.assertEqual(writer.dropped, 2)
        self.assertTrue(asked)


@tagged("post_install", "-at_install", "telecom")
class TestLogFilter(BaseCase):
    """Odoo's complaints about queries that the gateway tries again."""

    def _passes(self, message, *arguments):
        record = logging.LogRecord(
            "odoo.sql_db", logging.ERROR, "", 1, message, arguments, None
        )
        return database._Conflicts().filter(record)

    def test_conflicts_are_not_logged(self):
        conflict = errors.SerializationFailure()
        self.assertFalse(self._passes("bad query: %s\nERROR: %s", "SELECT", conflict))

    def test_all_else_is(self):
        self.assertTrue(
            self._passes("bad query: %s\nERROR: %s", "SELECT", ValueError())
        )
        self.assertTrue(self._passes("Connection to the database failed"))
        self.assertTrue(self._passes("%(a)s", {"a": 1}))

    def test_what_two_create_at_once_is_tried_again(self):
        rows = database.Database("none")
        self.addCleanup(logging.getLogger("odoo.sql_db").filters.pop)
        outcomes = [ConcurrencyError("quicker"), "done"]
        with patch.object(rows, "_once", side_effect=outcomes):
            self.assertEqual(rows.run(lambda env: None), "done")


@tagged("post_install", "-at_install", "telecom")
class TestBus(BaseCase):
    """Odoo's websocket process hears of messages at once."""

    def setUp(self):
        super().setUp()
        _name, info = connection_info_for("postgres")
        self.listener = psycopg2.connect(**info)
        self.addCleanup(self.listener.close)
        self.listener.autocommit = True
        self.listener.cursor().execute("LISTEN imbus")
        self.bus = database.Bus()
        self.addCleanup(lambda: self.bus._connection and self.bus._connection.close())

    def heard(self):
        self.listener.cursor().execute("SELECT 1")
        self.listener.poll()
        channels = [
            channel
            for notify in self.listener.notifies
            for channel in json.loads(notify.payload)
        ]
        self.listener.notifies.clear()
        return [channel for channel in channels if channel[0] == "test_bus"]

    def test_told_on_one_connection(self):
        self.bus._notify([("test_bus", "a"), ("test_bus", "b")])
        connection = self.bus._connection
        self.bus._notify([("test_bus", "c")])
        self.assertEqual(self.heard(), [["test_bus", name] for name in "abc"])
        self.assertIs(self.bus._connection, connection)

    def test_told_after_a_restart_of_postgresql(self):
        self.bus._notify([("test_bus", "a")])
        pid = self.bus._connection.get_backend_pid()
        self.listener.cursor().execute("SELECT pg_terminate_backend(%s)", (pid,))
        self.bus._notify([("test_bus", "b")])
        self.assertEqual(self.heard(), [["test_bus", name] for name in "ab"])

    def test_many_channels_in_several_payloads(self):
        channels = [("test_bus", "x" * 100, number) for number in range(200)]
        self.bus._notify(channels)
        self.assertEqual(self.heard(), [list(channel) for channel in channels])
