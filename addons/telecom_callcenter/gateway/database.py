"""Odoo's database, from threads of the gateway's own."""

import contextlib
import json
import logging
import random
import select
import threading
import time

import psycopg2
from psycopg2 import errors, sql

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError
from odoo.modules.registry import Registry
from odoo.sql_db import close_db, connection_info_for
from odoo.tools.misc import OrderedSet

_logger = logging.getLogger(__name__)

CHANNEL = "telecom_gateway"
#: What another transaction did at the same time; trying again helps.
CONFLICTS = (
    ConcurrencyError,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.UniqueViolation,
)
GONE = (psycopg2.OperationalError, psycopg2.InterfaceError)
TRIES = 8
#: Other processes' changes of caches are looked for this often.
SIGNAL_SECONDS = 0.2
LONGEST_WAIT = 2.0


class _Conflicts(logging.Filter):
    """Odoo logs every failed query as an error, also those that are tried again."""

    def filter(self, record):
        arguments = record.args if isinstance(record.args, tuple) else ()
        return not any(isinstance(value, CONFLICTS) for value in arguments[-1:])


class Stopped(Exception):
    """The gateway is being stopped while the database does not answer."""


class Bus:
    """Wakes Odoo's websocket process after a commit, on a connection that stays.

    Odoo connects anew for every notification, since its pool keeps no connection to
    the database ``postgres``: that takes longer than many a pop.
    """

    KEY = "bus.bus.channels"

    def __init__(self):
        self._lock = threading.Lock()
        self._connection = None

    def attend(self, cursor):
        """Notify the channels of messages sent in this transaction once committed.

        ``bus.bus`` leaves that to whoever collects them first; were they collected
        under another name one day, it would notify by itself again.
        """
        data = cursor.postcommit.data
        data[self.KEY] = OrderedSet()
        cursor.postcommit.add(lambda: self._notify(data.pop(self.KEY, None)))

    def _notify(self, channels):
        if not channels:
            return
        # Not known before the database is: the addon is there once a registry is.
        from odoo.addons.bus.models import bus

        query = sql.SQL("SELECT {}('imbus', payload) FROM unnest(%s) payload").format(
            sql.Identifier(bus.ODOO_NOTIFY_FUNCTION)
        )
        payloads = bus.get_notify_payloads(list(channels))
        with self._lock:
            try:
                self._execute(query, payloads)
            except GONE:
                # PostgreSQL was restarted since; what was committed must be told.
                self._connection = None
                self._execute(query, payloads)

    def _execute(self, query, payloads):
        if self._connection is None:
            _name, info = connection_info_for("postgres")
            self._connection = psycopg2.connect(**info)
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(query, (payloads,))


class Database:
    """Runs functions in transactions; shared by the gateway's threads."""

    def __init__(self, name):
        self.name = name
        logging.getLogger("odoo.sql_db").addFilter(_Conflicts())
        self.stopping = threading.Event()
        self._bus = Bus()
        self._signals_seen = float("-inf")
        self._failed = False
        self._alone = threading.Lock()
        #: monotonic time of the last transaction that worked
        self.last_success = 0.0

    @property
    def up(self):
        return not self._failed

    def run(self, function, *args, patient=True, alone=False, durable=True):
        """Run ``function(env, *args)`` in a transaction and return its result.

        ``alone`` is for what writes the PBX's status row: several threads do, and none
        should have to try again for it. Without ``durable`` the commit does not wait
        for the disk: for what the ledger tells again after a crash.

        Other transactions' conflicts are tried again. While the database is away this
        waits, when ``patient``: nothing that was handed over is lost.

        :raises Stopped: the gateway stops before the database is back
        """
        tries, wait = 0, 0.1
        while True:
            try:
                with self._alone if alone else contextlib.nullcontext():
                    result = self._once(function, args, durable)
            except CONFLICTS as error:
                tries += 1
                if tries >= TRIES:
                    raise
                _logger.debug("Trying again after %s", type(error).__name__)
                time.sleep(random.uniform(0.005, 0.02) * tries)
            except GONE as error:
                self._lost(error)
                if not patient:
                    raise
                if self.stopping.wait(wait):
                    raise Stopped() from error
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                if self._failed:
                    self._failed = False
                    _logger.info("The database answers again")
                self.last_success = time.monotonic()
                return result

    def _once(self, function, args, durable):
        registry = Registry(self.name)
        with registry.cursor() as cursor:
            # Nobody else looks at other processes' signals for us.
            if time.monotonic() - self._signals_seen > SIGNAL_SECONDS:
                registry = registry.check_signaling(cursor)
                self._signals_seen = time.monotonic()
            env = api.Environment(cursor, SUPERUSER_ID, {})
            self._bus.attend(cursor)
            try:
                if not durable:
                    cursor.execute("SET LOCAL synchronous_commit TO off")
                result = function(env, *args)
                env.flush_all()
                cursor.commit()
            except BaseException:
                registry.reset_changes()
                raise
        registry.signal_changes()
        return result

    def _lost(self, error):
        if not self._failed:
            self._failed = True
            _logger.warning("The database does not answer: %s", str(error).strip())
        try:
            close_db(self.name)
        except Exception:
            _logger.debug("Connections could not be closed", exc_info=True)


class Listener(threading.Thread):
    """Waits for ``NOTIFY telecom_gateway`` on a connection of its own."""

    def __init__(self, database, pbx_id, on_message):
        super().__init__(name="listener", daemon=True)
        self._database = database
        self._pbx_id = pbx_id
        self._on_message = on_message

    def run(self):
        wait = 0.5
        while not self._database.stopping.is_set():
            try:
                self._listen()
                wait = 0.5
            except GONE:
                # Polling goes on meanwhile.
                self._database.stopping.wait(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    def _listen(self):
        _name, info = connection_info_for(self._database.name)
        connection = psycopg2.connect(**info)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            while not self._database.stopping.is_set():
                if select.select([connection], [], [], 1.0)[0]:
                    connection.poll()
                    while connection.notifies:
                        self._notified(connection.notifies.pop(0).payload)
        finally:
            connection.close()

    def _notified(self, payload):
        try:
            message = json.loads(payload)
        except ValueError:
            return
        if isinstance(message, dict) and message.get("pbx") == self._pbx_id:
            self._on_message(message)
