"""The gateway's process: the link to Asterisk, the threads, and what joins them."""

import asyncio
import contextlib
import json
import logging
import signal
import sys
import threading
import time
import urllib.request

from ..engine.contacts import Contacts
from ..engine.live_state import LOST_CAUSES, LiveState
from ..engine.priority import RETURN_PRIORITY, escalated
from ..engine.records import ident
from . import status
from .ami import AmiClient, AmiError
from .commands import CommandError, Commands
from .configure import ConfigurationError, Configurator, Files
from .database import Database, Listener
from .dialer import Dialer
from .health import HealthServer, rss_mb
from .ledger import LedgerReader
from .render import DEFAULT_REST_SECONDS
from .writer import Writer

_logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2
REPORT_SECONDS = 5
POLL_SECONDS = 1
SNAPSHOT_SECONDS = 1
#: Steps of the wait between two attempts to connect.
BACK_OFF = (0.2, 0.5, 1, 2, 3)
#: The database, or Odoo, away this long: nobody can end a wrap-up.
ABSENT_SECONDS = 5
#: An agent's device away this long: no calls for her until she is back.
LOST_SECONDS = 30
#: Events older than this call for a resynchronisation.
LATE_SECONDS = 3
RENDER_SECONDS = 3600
#: A configuration that was refused is tried again: a name may be found by then.
RETRY_SECONDS = 60
#: A page that was reloaded in a call registers again within this time.
RENEWED_SECONDS = 15
#: A device that does not ring a second time within this is out of order.
UNHEARD_SECONDS = 30
#: How long a busy thread keeps the interpreter from one that wants it. Python's own
#: 5 ms are waited anew after each query of a pop, while the ledger is being read.
SWITCH_SECONDS = 0.0005
STALE_CAUSE = LOST_CAUSES[0]
#: Q.850: subscriber absent.
ABSENT_CAUSE = 20
LIVENESS_SECONDS = 60
#: The first look after a resynchronisation: what ended just before it is in the files.
SETTLED_SECONDS = 5


class Gateway:
    def __init__(self, settings, database, pbx):
        self.settings = settings
        self.database = database
        self.pbx = pbx
        self.client = None
        self.live = LiveState()
        self.commands = Commands(self)
        self.dialer = Dialer(self)
        self.writer = Writer(
            database,
            pbx["id"],
            self._current,
            on_conversations=self._from_thread(self._conversations_written),
            on_overflow=self._from_thread(self.doubt),
        )
        self.ledger = LedgerReader(
            database,
            pbx["id"],
            settings.cel,
            settings.queue_log,
            pbx["ledger_offset"],
            on_wrapups=self._from_thread(self._agents_changed),
        )
        self.configurator = Configurator(
            Files(settings.etc), settings.sounds, self._connect_privileged
        )
        self.link_state, self.link_since = "down", time.time()
        self.synchronised = False
        self.config_error = ""
        self.applied_revision = pbx["config_applied_revision"]
        #: campaigns that the dialplan knows what to do with
        self.outbound_ready = set()
        self.last_event_at = 0.0
        self.events = 0
        self.resyncs = 0
        self.version = ""
        self._loop = None
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._resync_wanted = asyncio.Event()
        self._report_now = asyncio.Event()
        self._due_queues = set()
        self._queue_sent = {}
        self._unregistered = {}  # agent id -> since
        self._lost = set()
        self._silent = {}  # agent id -> when her device was rung and kept silent
        self._odoo_ok = time.monotonic()
        self._escalation = {}
        self._joined = []
        self._configured = False
        self.statuses = status.Statuses(self, self._agents)
        self._contacts = Contacts()
        self._renewed = {}  # agent id -> (monotonic time, channel's uniqueid)
        self._tasks = set()

    # -- life ------------------------------------------------------------------

    async def run(self):
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stop.set)
        health = None
        if self.settings.health_port:
            health = HealthServer(
                self.settings.health_host, self.settings.health_port, self.report
            )
            await health.start()
        self.writer.start()
        self.ledger.start()
        Listener(
            self.database, self.pbx["id"], self._from_thread(self._notified)
        ).start()
        loops = [
            self._heartbeat(),
            self._link(),
            self._requests(),
            self._reports(),
            self._snapshots(),
            self._escalations(),
            self._odoo(),
            self._devices(),
            self.dialer.run(),
        ]
        tasks = [asyncio.create_task(loop) for loop in loops]
        stop = asyncio.create_task(self._stop.wait())
        done, _pending = await asyncio.wait(
            [*tasks, stop], return_when=asyncio.FIRST_COMPLETED
        )
        failed = next((task for task in done if task is not stop), None)
        tasks[0].cancel()  # the heartbeat
        await self._tell_asterisk()
        for task in tasks:
            task.cancel()
        await self._farewell()
        if health:
            await health.stop()
        if failed and failed.exception():
            raise failed.exception()

    async def _tell_asterisk(self):
        """From now on nobody is there: the dialplan need not wait to find out."""
        client = self.client
        if client and not client.closed:
            try:
                await client.action(
                    "Setvar", Variable="TELECOM_HEARTBEAT", Value="0", timeout=1
                )
            except AmiError as error:
                _logger.warning("Asterisk was not told of the stop: %s", error)

    async def _farewell(self):
        """What is known is written."""
        if self.client:
            self.client.close("stopping")
        self.database.stopping.set()
        await asyncio.to_thread(self.writer.join, 5)
        await asyncio.to_thread(self.ledger.join, 5)
        try:
            await self._tell(
                {"link_state": "down", "link_since": time.time()}, patient=False
            )
        except Exception:
            _logger.warning("The last state could not be written", exc_info=True)

    def _from_thread(self, function):
        """``function`` as a thread may call it."""

        def call(*args):
            if self._loop and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(function, *args)

        return call

    def _spawn(self, coroutine):
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)

    def _task_done(self, task):
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            _logger.error("A task failed", exc_info=task.exception())

    def now(self):
        return time.time()

    # -- database ----------------------------------------------------------------

    def _pbx(self, env):
        return env["telecom.pbx"].browse(self.pbx["id"])

    async def _db(self, function, **options):
        return await asyncio.to_thread(lambda: self.database.run(function, **options))

    async def db(self, function):
        """Run ``function(env)`` in a transaction, in a thread."""
        return await self._db(function)

    async def _tell(self, values, **options):
        """Write fields of the PBX's status."""
        await self._db(
            lambda env: self._pbx(env)._gateway_report(values), alone=True, **options
        )

    # -- the link to Asterisk ------------------------------------------------------

    def _ami(self, user, secret, **callbacks):
        return AmiClient(
            self.settings.ami_host or self.pbx["ami_host"],
            self.settings.ami_port or self.pbx["ami_port"],
            user,
            secret,
            **callbacks,
        )

    async def _connect_privileged(self):
        client = self._ami(self.settings.reload_user, self.settings.reload_secret)
        await client.connect()
        return client

    async def privileged(self, name, **fields):
        """One action of the user who may reload and notify."""
        client = await self._connect_privileged()
        try:
            return await client.action(name, **fields)
        finally:
            client.close()

    async def privileged_list(self, name, **fields):
        """The events of a list; empty when there is nothing to list."""
        client = await self._connect_privileged()
        try:
            return await client.list_action(name, **fields)
        except AmiError as error:
            if client.closed or "not found" not in str(error):
                raise
            return []
        finally:
            client.close()

    def _set_link(self, state):
        if state == self.link_state:
            return
        _logger.info("Link to Asterisk: %s", state)
        self.link_state, self.link_since = state, time.time()
        self.synchronised = state == "up"
        self._report_now.set()

    async def _link(self):
        attempt = 0
        while True:
            self._set_link("connecting" if attempt < 2 else "down")
            client = self._ami(
                self.settings.ami_user,
                self.settings.ami_secret,
                on_event=self._event,
                on_close=self._on_close,
            )
            try:
                await client.connect()
                async with asyncio.timeout(30):
                    await client.booted.wait()
            except (AmiError, TimeoutError) as error:
                client.close("could not log in")
                if attempt in (0, 5) or attempt % 60 == 0:
                    _logger.warning(
                        "Asterisk: %s", error or "it does not finish booting"
                    )
                await asyncio.sleep(BACK_OFF[min(attempt, len(BACK_OFF) - 1)])
                attempt += 1
                continue
            attempt = 0
            self.client, self.version = client, client.version
            try:
                await self._session(client)
            except AmiError as error:
                _logger.warning("Asterisk: %s", error)
            finally:
                client.close("session over")
                self.client = None

    def _on_close(self, reason):
        _logger.info("The connection to Asterisk ended: %s", reason)
        self._resync_wanted.set()

    async def _session(self, client):
        self._set_link("synchronising")
        self._contacts.clear()
        await self._configure(force=True)
        await self._credentials()
        await self.dialer.read_stops()
        self._resync_wanted.set()
        last, patience = 0.0, SETTLED_SECONDS
        while not client.closed:
            try:
                async with asyncio.timeout(patience):
                    await self._resync_wanted.wait()
            except TimeoutError:
                patience = LIVENESS_SECONDS
                await self._liveness(client)
                continue
            patience = SETTLED_SECONDS
            self._resync_wanted.clear()
            if client.closed:
                return
            # A storm of late events calls for one new picture, not for one each.
            await asyncio.sleep(max(0.0, last + 2 - time.monotonic()))
            last = time.monotonic()
            await self._resync(client)
            self._set_link("up")
            await self.statuses.apply()

    async def _resync(self, client):
        """Take a picture of Asterisk, write the difference, apply Odoo's status."""
        started, asked_at = time.monotonic(), time.time()
        channels = await client.list_action("CoreShowChannels")
        queue_events = await client.list_action("QueueStatus")
        devices = await client.list_action("DeviceStateList")
        endpoints = await self.privileged_list("PJSIPShowEndpoints")
        effects = self.live.resync(channels, queue_events, devices, time.time())
        self.live.set_trunks(endpoints)
        self.handle_effects(effects)
        self.ledger.alive(asked_at, [event["Uniqueid"] for event in channels])
        self._escalation = await self._db(
            lambda env: self._pbx(env)._gateway_escalations()
        )
        agents, refused = await self.statuses.apply_all()
        for agent in agents:
            live = self.live.agent(agent["id"])
            if not live.registered:
                self._unregistered.setdefault(agent["id"], time.monotonic())
            if agent["presence"] == "not_ready" and agent["reason_kind"] == "lost":
                self._lost.add(agent["id"])
        self.resyncs += 1
        _logger.info(
            "Synchronised in %.2f s: %d channels, %d waiting, %d agents, %d refused",
            time.monotonic() - started,
            len(channels),
            sum(len(waiting) for waiting in self.live.waiting.values()),
            len(agents),
            refused,
        )

    async def _liveness(self, client):
        """Calls without a channel have ended, whatever was written about them."""
        asked_at = time.time()
        channels = await client.list_action("CoreShowChannels")
        self.ledger.alive(asked_at, [event["Uniqueid"] for event in channels])
        alive = {event["Uniqueid"] for event in channels}
        self.live.check_attempts(channels, asked_at)
        if any(
            call.state != "ended"
            and not (call.channels & alive)
            and call.start_at < time.time() - LIVENESS_SECONDS
            for call in self.live.calls.values()
        ):
            self._resync_wanted.set()
        self.live.forget_ended(time.time() - 300)

    # -- events ------------------------------------------------------------------

    def _event(self, event):
        self.events += 1
        self.last_event_at = now = time.time()
        name = event["Event"]
        if name == "Shutdown":
            self._set_link("down")
            return
        if name == "FullyBooted":
            return
        if name == "ContactStatus":
            self._contact(event)
            return
        effects = self.live.handle(event)
        if effects:
            if now - effects[0].at > LATE_SECONDS and self.synchronised:
                self._resync_wanted.set()
            self.handle_effects(effects)

    def handle_effects(self, effects):
        """Hand over to the writer what events changed."""
        for effect in effects:
            kind = effect.kind
            if kind == "queue":
                self._due_queues.add(effect.queue_id)
                continue
            call = self.live.calls.get(effect.call)
            if kind == "pop":
                self.writer.pop(effect.call, effect.agent_id, effect.at)
                self._end_vain_ring(self.live.agent(effect.agent_id))
            elif kind in ("call", "join"):
                if call:
                    self.writer.call(call.values())
                    if kind == "join":
                        self._joined.append(call.uniqueid)
                        self._wake.set()
            elif kind == "agent":
                agent = self.live.agent(effect.agent_id)
                self.writer.agent(agent.values())
                self._registered(agent)
                if agent.activity == "idle" and self._paused_by_call(agent):
                    # She was only asked, or lost her caller: no wrap-up frees her.
                    self._spawn(self.statuses.apply([agent.agent_id]))
            elif kind == "conversation":
                self.statuses.conversation_ended(effect.agent_id)
                self.writer.conversation(
                    {
                        "agent_id": effect.agent_id,
                        "uniqueid": effect.call,
                        "ended_at": effect.at,
                    }
                )
                self._spawn(self._after_writing([effect.agent_id]))
            elif kind in ("missed", "unheard"):
                if self._contacts.has_left(effect.agent_id, effect.started_at):
                    # What rang had gone: the queue asks her again once she is back.
                    continue
                if kind == "missed":
                    self._missed(effect)
                else:
                    self._unheard(effect)

    def _paused_by_call(self, agent):
        return any(
            paused and reason == status.ON_CALL
            for (_queue, agent_id), (_p, paused, reason) in self.live.members.items()
            if agent_id == agent.agent_id
        )

    def call_changed(self, call, agent):
        """The gateway itself began a call."""
        self.writer.call(call.values())
        self.writer.agent(agent.values())

    async def _after_writing(self, agent_ids):
        """Name the pause after a conversation what it is: the wrap-up."""
        if self.client:
            for agent_id in agent_ids:
                await self._pause(agent_id, "wrapup")

    def _missed(self, effect):
        """A ring without answer: no further call before the agent wants one."""
        agent_id = effect.agent_id
        # A ringing device counts as reachable; what its contact says goes before.
        if self._reachable(self.live.agent(agent_id)):
            self.writer.missed({"agent_id": agent_id, "uniqueid": effect.call})
            reason = "missed"
        else:
            # It rang a device that had gone: she missed nothing, and works on when
            # it is back.
            self._lost.add(agent_id)
            self.writer.job(_lost, [agent_id])
            reason = "lost"
        # At once, before the queue rings her again; Odoo's status follows.
        self._spawn(self._pause(agent_id, reason))

    async def _pause(self, agent_id, reason, paused=True):
        if not self.client:
            return
        try:
            await self.client.action(
                "QueuePause",
                Interface=f"PJSIP/agent{agent_id}",
                Paused="true" if paused else "false",
                Reason=reason,
            )
        except AmiError as error:
            _logger.debug("Agent %s: %s", agent_id, error)

    def _unheard(self, effect):
        """It rang nowhere: the tab had just been closed, or was being loaded anew.

        Nobody has missed anything, and the queue asks her again at the address she has
        by then. A device that stays silent while it answers the PBX otherwise is in
        order only once: no caller shall wait for it again and again.
        """
        now = time.monotonic()
        before = self._silent.get(effect.agent_id, -UNHEARD_SECONDS)
        self._silent[effect.agent_id] = now
        reachable = self._reachable(self.live.agent(effect.agent_id))
        if not reachable or now - before < UNHEARD_SECONDS:
            self._missed(effect)

    def _reachable(self, agent):
        """Whether the agent's device answers; while it rings, its contact knows."""
        return agent.registered and (self._contacts.may_be_reached(agent.agent_id))

    def _registered(self, agent):
        if self._reachable(agent):
            self._unregistered.pop(agent.agent_id, None)
            if agent.agent_id in self._lost:
                self._lost.discard(agent.agent_id)
                self.writer.job(_found, [agent.agent_id])
        else:
            self._unregistered.setdefault(agent.agent_id, time.monotonic())

    async def _devices(self):
        """Agents whose devices stay away take no calls."""
        while True:
            await asyncio.sleep(2)
            if self.link_state != "up" or time.time() - self.link_since < LOST_SECONDS:
                continue
            limit = time.monotonic() - LOST_SECONDS
            gone = [
                agent_id
                for agent_id, since in self._unregistered.items()
                if since < limit
                and agent_id not in self._lost
                and not self.live.agent(agent_id).channel
            ]
            if gone:
                self._lost.update(gone)
                self.writer.job(_lost, gone)

    def _contact(self, event):
        """A new device registers: the channel of a page that was reloaded is stale."""
        self.live.trunk_contact(event)
        agent_id = ident(event.get("AOR"), "agent")
        if agent_id:
            self._contacts.take(
                agent_id,
                event.get("URI", ""),
                event.get("ContactStatus", ""),
                float(event.get("Timestamp") or time.time()),
            )
            self._registered(self.live.agent(agent_id))
            if event.get("ContactStatus") == "Removed":
                self._end_vain_ring(self.live.agent(agent_id))
        since, uniqueid = self._renewed.get(agent_id, (0, ""))
        if event.get("ContactStatus") not in ("Created", "Reachable", "NonQualified"):
            return
        agent = self.live.agent(agent_id) if uniqueid else None
        if not agent or agent.uniqueid != uniqueid:
            return
        del self._renewed[agent_id]
        if time.monotonic() - since < RENEWED_SECONDS:
            self._spawn(self._hang_up_stale(agent.channel))

    def _end_vain_ring(self, agent):
        """Where nobody can answer any more, no caller waits for the ring's end."""
        if agent.activity == "ringing" and self._contacts.has_left(
            agent.agent_id, agent.since
        ):
            self._spawn(self._hang_up_stale(agent.channel, ABSENT_CAUSE))

    async def _hang_up_stale(self, channel, cause=STALE_CAUSE):
        try:
            await self.client.action("Hangup", Channel=channel, Cause=str(cause))
        except AmiError as error:
            _logger.info("Stale channel %s: %s", channel, error)

    def doubt(self):
        """What is known of Asterisk may be wrong: the picture is taken anew."""
        self._resync_wanted.set()

    # -- requests of Odoo ----------------------------------------------------------

    def _notified(self, message):
        if message.get("stops"):
            # At once, whatever else is being done.
            self._spawn(self._stops())
        self.dialer.wake()
        self._wake.set()

    async def _stops(self):
        if not self.client or self.client.closed:
            return
        try:
            await self.dialer.apply_stops()
        except AmiError as error:
            # The dialer itself dials nothing more; Asterisk is told again in a second
            _logger.warning("Asterisk was not told what is stopped: %s", error)

    def _agents_changed(self, agent_ids):
        self._spawn(self.statuses.apply(agent_ids))

    async def _requests(self):
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            await self._priorities()
            if not self.client or self.link_state != "up":
                continue
            pending = await self._db(lambda env: self._pbx(env)._gateway_pending())
            if not self.dialer.agrees(pending["stops"]):
                await self._stops()
            if pending["revision"] != self.applied_revision:
                await self._configure()
            elif time.monotonic() - self._rendered > (
                RETRY_SECONDS if self.config_error else RENDER_SECONDS
            ):
                # Opening hours are written for two weeks: the window moves on.
                await self._configure()
            if pending["commands"]:
                await self._commands(pending["commands"])

    async def _commands(self, rows):
        """Statuses together, everything else one after the other."""
        results = []
        status_rows = [row for row in rows if row["name"] == "apply_status"]
        credential_rows = [row for row in rows if row["name"] == "apply_credentials"]
        if credential_rows:
            ids = [row["agent_id"] for row in credential_rows]
            results += await self._together(credential_rows, self._credentials_of(ids))
        if status_rows:
            ids = list({row["agent_id"] for row in status_rows})
            results += await self._together(status_rows, self.statuses.apply(ids))
        others = [
            row for row in rows if row not in status_rows and row not in credential_rows
        ]
        if others:
            # Committed before they are done: a command is never done twice.
            await self._db(
                lambda env: self._pbx(env)._gateway_answer(
                    [(row["id"], "") for row in others]
                )
            )
            for row in others:
                error = await self._command(row)
                if error:
                    results.append((row["id"], error))
        if results:
            await self._db(lambda env: self._pbx(env)._gateway_answer(results))

    async def _together(self, rows, coroutine):
        try:
            await coroutine
            error = ""
        except AmiError as failure:
            error = str(failure)
        return [(row["id"], error) for row in rows]

    async def _command(self, row):
        try:
            await self.commands.execute(row["name"], row["agent_id"], row["payload"])
        except CommandError as error:
            return str(error)
        except Exception:
            _logger.exception("The command %s failed", row["name"])
            return "The gateway failed; its log says why."
        return ""

    async def _agents(self, agent_ids):
        return await self._db(lambda env: self._pbx(env)._gateway_agents(agent_ids))

    def _conversations_written(self, agent_ids):
        """The writer has committed these agents' wrap-ups."""
        self.statuses.conversations_written(agent_ids)
        self._spawn(self.statuses.apply(agent_ids))

    async def _credentials_of(self, agent_ids):
        for agent_id in agent_ids:
            agent = self.live.agent(agent_id)
            call = self.live.calls.get(agent.call)
            if agent.talking_since and call and call.direction == "inbound":
                # Her page has been loaded anew: once it registers, see _contact.
                self._renewed[agent_id] = (time.monotonic(), agent.uniqueid)
        await self._credentials(agent_ids)

    async def _credentials(self, agent_ids=None):
        """Put agents' password hashes where Asterisk looks them up."""
        hashes = await self._db(
            lambda env: self._pbx(env)._gateway_credentials(agent_ids)
        )
        if not hashes:
            return
        client = await self._connect_privileged()
        try:
            for agent_id, ha1 in hashes.items():
                await client.action(
                    "DBPut",
                    Family="telecom/auth",
                    Key=f"agent{agent_id}",
                    Val=json.dumps(
                        {
                            "auth_type": "md5",
                            "username": f"agent{agent_id}",
                            "realm": "asterisk",
                            "md5_cred": ha1,
                        }
                    ),
                )
        finally:
            client.close()

    async def dial_details(self, payload):
        return await self._db(lambda env: self._pbx(env)._gateway_dial(payload))

    async def seller_call(self, payload):
        return await self._db(lambda env: self._pbx(env)._gateway_seller_call(payload))

    async def seller_call_refused(self, channel_id):
        await self._db(lambda env: self._pbx(env)._dialer_not_dialed([channel_id]))

    async def seen(self, uniqueid):
        """Whether Asterisk has a channel with this id."""
        channels = await self.client.list_action("CoreShowChannels")
        return any(event["Uniqueid"] == uniqueid for event in channels)

    # -- configuration -------------------------------------------------------------

    _rendered = 0.0

    async def _configure(self, force=False):
        configuration = await self._db(
            lambda env: self._pbx(env)._gateway_configuration()
        )
        revision = configuration["revision"]
        try:
            changed = await self.configurator.apply(
                configuration, self._load_audio, force and not self._configured
            )
        except (ConfigurationError, AmiError) as error:
            if str(error) != self.config_error:
                _logger.error("Revision %s is not in use: %s", revision, error)
            self.config_error = str(error)
            # Tried again at once when somebody changes something, or in a while.
            self.applied_revision = revision
            await self._tell({"config_error": self.config_error})
            return
        finally:
            self._rendered = time.monotonic()
        self._configured = True
        self.outbound_ready = {row["id"] for row in configuration["outbound"]}
        self.applied_revision = revision
        self.config_error = ""
        if changed:
            _logger.info("Revision %s: %s", revision, ", ".join(sorted(changed)))
            self._resync_wanted.set()
        await self._tell({"config_applied_revision": revision, "config_error": False})

    async def _load_audio(self, prompt_ids):
        return await self._db(
            lambda env: self._pbx(env)._gateway_prompt_audio(prompt_ids)
        )

    # -- priorities ------------------------------------------------------------------

    def _current(self, uniqueid, agent_id):
        """For the writer's thread: values of a call and an agent as they are now."""
        call, agent = self.live.calls.get(uniqueid), self.live.agent(agent_id)
        return call.values() if call else None, agent.values()

    async def _priorities(self):
        """Raise callers who go first, as soon as they wait."""
        joined, self._joined = self._joined, []
        calls = [self.live.calls.get(uniqueid) for uniqueid in joined]
        calls = [
            call
            for call in calls
            if call and call.state == "waiting" and call.priority < RETURN_PRIORITY
        ]
        rows = [(call.uniqueid, call.company_id, call.number) for call in calls]
        if not rows or not self.database.up:
            return
        found = await self._db(lambda env: self._pbx(env)._gateway_priorities(rows))
        for uniqueid, priority in found.items():
            call = self.live.calls.get(uniqueid)
            # A caller found waiting may have risen above it already.
            if call and priority > call.priority:
                await self._raise(uniqueid, priority)

    async def _raise(self, uniqueid, priority):
        call = self.live.calls.get(uniqueid)
        if not call or call.state != "waiting" or not self.client:
            return
        try:
            await self.client.action(
                "QueueChangePriorityCaller",
                Queue=f"queue{call.queue_id}",
                Caller=call.channel,
                Priority=str(priority),
                # Without it the caller keeps her place in line.
                Immediate="yes",
            )
        except AmiError as error:
            # The caller has left meanwhile.
            _logger.debug("Priority of %s: %s", uniqueid, error)
            return
        call.priority = priority
        self.writer.call(call.values())

    async def _escalations(self):
        """Long waits raise a caller's priority, so that none starves."""
        steps = {}
        while True:
            await asyncio.sleep(1)
            now = time.time()
            waiting = set()
            for call in list(self.live.calls.values()):
                if call.state != "waiting" or not call.joined_at:
                    continue
                waiting.add(call.uniqueid)
                step = escalated(
                    now - call.joined_at, self._escalation.get(call.queue_id, 0)
                )
                # Whoever was waiting when the gateway came has risen before.
                if step > steps.setdefault(call.uniqueid, step):
                    steps[call.uniqueid] = step
                    await self._raise(call.uniqueid, call.priority + 1)
            steps = {uid: step for uid, step in steps.items() if uid in waiting}

    # -- what others see -------------------------------------------------------------

    async def _heartbeat(self):
        while True:
            client = self.client
            if client and not client.closed and self.link_state == "up":
                if self._present():
                    try:
                        await client.action(
                            "Setvar",
                            Variable="TELECOM_HEARTBEAT",
                            Value=str(int(time.time())),
                        )
                    except AmiError as error:
                        _logger.warning("Heartbeat: %s", error)
            await asyncio.sleep(HEARTBEAT_SECONDS)

    def _present(self):
        """Whether agents can end their wrap-ups: database and Odoo answer."""
        return self.database.up and (time.monotonic() - self._odoo_ok < ABSENT_SECONDS)

    async def _odoo(self):
        """While Odoo is away a short rest stands for the wrap-up."""
        url = self.settings.odoo_url
        while True:
            if not url or await asyncio.to_thread(_answers, url):
                self._odoo_ok = time.monotonic()
            if not self._present():
                await self._free_rested()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _free_rested(self):
        limit = time.time() - DEFAULT_REST_SECONDS
        for agent in list(self.live.agents.values()):
            if agent.activity != "wrapup" or agent.since > limit or not self.client:
                continue
            reasons = {
                reason
                for (_queue, agent_id), (
                    _p,
                    paused,
                    reason,
                ) in self.live.members.items()
                if agent_id == agent.agent_id and paused
            }
            if reasons & {"wrapup", status.ON_CALL}:
                await self._pause(agent.agent_id, "", paused=False)

    async def _reports(self):
        while True:
            self._report_now.clear()
            await self._tell(self._report_values())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REPORT_SECONDS):
                    await self._report_now.wait()

    def _report_values(self):
        calls = [c for c in self.live.calls.values() if c.state != "ended"]
        return {
            "link_state": self.link_state,
            "link_since": self.link_since,
            "last_event_at": self.last_event_at,
            "heartbeat_at": time.time(),
            "asterisk_version": self.version,
            "backlog": self.writer.backlog,
            "ledger_lag_seconds": self.ledger.lag_seconds,
            "channels": sum(len(call.channels) for call in calls),
            "calls": len(calls),
            "trunks_away": sorted(self.live.trunks_away),
        }

    async def _snapshots(self):
        while True:
            await asyncio.sleep(SNAPSHOT_SECONDS)
            due, self._due_queues = self._due_queues, set()
            now = time.time()
            for queue_id in due:
                waiting, longest, agents = self.live.queue_counts(queue_id, now)
                shown = (waiting, tuple(agents.items()))
                if not queue_id or self._queue_sent.get(queue_id) == shown:
                    continue
                self._queue_sent[queue_id] = shown
                self.writer.snapshot(
                    {
                        "queue_id": queue_id,
                        "at": now,
                        "waiting": waiting,
                        "longest_wait_seconds": round(longest, 1),
                        "agents": agents,
                    }
                )

    def report(self):
        """For the health page: whether all is well, and the figures."""
        now = time.time()
        healthy = self.link_state == "up" and self.database.up
        return healthy, {
            "healthy": healthy,
            "pbx": self.pbx["code"],
            "link_state": self.link_state,
            "link_since": self.link_since,
            "link_up_seconds": round(now - self.link_since, 1)
            if self.link_state == "up"
            else 0,
            "last_event_seconds": round(now - self.last_event_at, 3)
            if self.last_event_at
            else None,
            "events": self.events,
            "database": self.database.up,
            "backlog": self.writer.backlog,
            "batches": self.writer.written,
            "dropped": self.writer.dropped,
            "late_pops": self.writer.stale_pops,
            "ledger_lag_seconds": round(self.ledger.lag_seconds, 2),
            "ledger_calls": self.ledger.calls,
            "ledger_torn": self.ledger.torn,
            "ledger_caught_up": self.ledger.caught_up.is_set(),
            "resyncs": self.resyncs,
            "config_revision": self.applied_revision,
            "config_error": self.config_error,
            "rss_mb": rss_mb(),
            "threads": threading.active_count(),
        }


def _lost(pbx, agent_ids):
    pbx._gateway_lost(agent_ids)


def _found(pbx, agent_ids):
    pbx._gateway_found(agent_ids)


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status < 500
    except OSError:
        return False


def run(settings):
    """Run the gateway until it is told to stop; returns the exit status."""
    database = Database(settings.database)
    found = database.run(lambda env: env["telecom.pbx"]._gateway_find(settings.pbx))
    if not found:
        _logger.error(
            "There is no PBX %s: set --pbx to the code of one.",
            settings.pbx or "to choose by itself",
        )
        return 2
    _logger.info("Gateway of the PBX %s", found["code"])

    sys.setswitchinterval(SWITCH_SECONDS)

    async def main():
        await Gateway(settings, database, found).run()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
    return 0
