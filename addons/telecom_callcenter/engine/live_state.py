"""The live view: AMI events become what agents and calls are doing now.

Events may be lost; the ledger (:mod:`call_state`) is what counts. ``handle`` takes one
event and returns the effects it has, as :class:`Effect`; ``resync`` takes a picture of
Asterisk and returns the effects of the difference.
"""

import dataclasses

from .attempts import result_of
from .priority import RETURN_PRIORITY
from .records import DIALED, account, clean_name, clean_number, ident

#: An agent's channel that ends so has lost its caller, who is queued again.
LOST_CAUSES = (38, 44)
#: A device that is there says that it rings long before this (milliseconds).
SILENT_RING_MS = 2000
_REACHABLE = {"NOT_INUSE", "INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"}


@dataclasses.dataclass
class Effect:
    """Something to do about an event.

    ``kind``: ``call`` (a call changed), ``pop`` (an agent rings), ``agent`` (an agent's
    activity or reachability changed), ``missed``, ``unheard`` (an agent's device was
    called and never rang), ``conversation`` (an agent's part in a call is over),
    ``queue`` (numbers of a queue changed), ``join`` (a caller waits).
    """

    kind: str
    at: float
    call: str = ""
    agent_id: int = 0
    queue_id: int = 0
    started_at: float = 0.0


@dataclasses.dataclass
class LiveCall:
    uniqueid: str
    channel: str
    start_at: float
    direction: str = "inbound"
    company_id: int = 0
    campaign_id: int = 0
    queue_id: int = 0
    number: str = ""
    name: str = ""
    did: str = ""
    state: str = "ringing"
    queued_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    agent_id: int = 0
    priority: int = 0
    joined_at: float | None = None
    #: Channel id of the dialer's attempt that it comes from
    attempt: str = ""
    channels: set = dataclasses.field(default_factory=set)

    def values(self):
        """Plain values for the writer."""
        values = dataclasses.asdict(self)
        del values["channels"]
        return values


@dataclasses.dataclass
class LiveAgent:
    agent_id: int
    activity: str = "idle"
    since: float = 0.0
    registered: bool = False
    channel: str = ""
    uniqueid: str = ""
    call: str = ""
    talking_since: float = 0.0
    consult: str = ""
    #: Whoever is consulted: ``ringing`` or ``talking``.
    consult_state: str = ""
    #: An open wrap-up stands in the database.
    wrapup: bool = False

    def values(self):
        return dataclasses.asdict(self)


@dataclasses.dataclass
class LiveAttempt:
    """A call of the dialer's in the air: it rings, or somebody waits for an agent."""

    channel_id: str
    company_id: int
    campaign_id: int
    dialed_at: float
    answered_at: float | None = None
    #: The answered channel
    uniqueid: str = ""
    #: A called telephone rings, or a message of the network's is heard
    heard: bool = False
    #: How the dialplan says that it ended unanswered, and whether a trunk refused it
    result: str = ""
    refused: bool = False
    #: Answered, and hears a message: waits for no agent (any more)
    left: bool = False


@dataclasses.dataclass
class AttemptNews:
    """The dialer learns from these: ``heard, answered, connected, ended``."""

    kind: str
    attempt: LiveAttempt
    at: float


class LiveState:
    def __init__(self):
        self.calls = {}
        self.attempts = {}  # channel id -> LiveAttempt
        self.news = []  # AttemptNews since somebody took them
        self.agents = {}
        self.linked = {}  # linkedid or uniqueid -> call's uniqueid
        self.bridges = {}  # bridge -> {uniqueid: channel}
        self.waiting = {}  # queue id -> {uniqueid: joined at}
        self.members = {}  # (queue name, agent id) -> (penalty, paused, reason)
        self.trunks_away = set()  # ids of trunks that Asterisk cannot reach
        self._handlers = {
            "QueueCallerJoin": self._join,
            "QueueCallerLeave": self._leave,
            "AgentCalled": self._ring,
            "DialBegin": self._dial_begin,
            "DialState": self._dial_state,
            "DialEnd": self._dial_end,
            "UserEvent": self._said,
            "AgentConnect": self._connect,
            "AgentRingNoAnswer": self._missed,
            "BridgeEnter": self._bridge_enter,
            "BridgeLeave": self._bridge_leave,
            "Hold": self._hold,
            "Unhold": self._hold,
            "Hangup": self._hangup,
            "DeviceStateChange": self._device,
            "QueueMemberAdded": self._member,
            "QueueMemberPause": self._member,
            "QueueMemberRemoved": self._member,
        }

    def agent(self, agent_id):
        agent = self.agents.get(agent_id)
        if agent is None:
            agent = self.agents[agent_id] = LiveAgent(agent_id)
        return agent

    def handle(self, event):
        """Take one AMI event.

        :param dict event: as :func:`gateway.ami.parse` returns it
        :rtype: list[Effect]
        """
        handler = self._handlers.get(event["Event"])
        return handler(event, _time(event)) if handler else []

    # -- calls -------------------------------------------------------------------

    def call_of(self, event, prefix=""):
        for key in (event.get(f"{prefix}Uniqueid"), event.get(f"{prefix}Linkedid")):
            uniqueid = self.linked.get(key)
            if uniqueid:
                return self.calls.get(uniqueid)
        return None

    def add_call(self, call, linkedid=""):
        """Know a call, such as one that the gateway itself originates."""
        self.calls[call.uniqueid] = call
        self.linked[call.uniqueid] = call.uniqueid
        if linkedid:
            self.linked.setdefault(linkedid, call.uniqueid)
        call.channels.add(call.uniqueid)
        return call

    def _new_call(self, event, at):
        uniqueid = event["Uniqueid"]
        company, campaign = account(event.get("AccountCode"))
        dialed = event.get("Linkedid", "").startswith(DIALED)
        call = LiveCall(
            uniqueid,
            event.get("Channel", ""),
            _started(uniqueid) or at,
            direction="outbound" if dialed else "inbound",
            company_id=company,
            campaign_id=campaign,
            number=clean_number(event.get("CallerIDNum")),
            name=clean_name(event.get("CallerIDName")),
            attempt=event["Linkedid"] if dialed else "",
        )
        return self.add_call(call, event.get("Linkedid", ""))

    def _join(self, event, at):
        call = self.call_of(event)
        if call is None:
            call = self._new_call(event, at)
        queue_id = ident(event.get("Queue"), "queue")
        if call.answered_at and call.queue_id == queue_id:
            # Lost by her agent: the dialplan has put her first.
            call.priority = RETURN_PRIORITY
        elif call.queue_id != queue_id:
            # A place in line is of one queue.
            call.priority = 0
        call.queue_id = queue_id
        call.state = "waiting"
        call.queued_at = call.queued_at or at
        call.joined_at = at
        self.waiting.setdefault(queue_id, {})[call.uniqueid] = at
        return [
            Effect("join", at, call.uniqueid, queue_id=queue_id),
            Effect("queue", at, queue_id=queue_id),
        ]

    def _leave(self, event, at):
        queue_id = ident(event.get("Queue"), "queue")
        call = self.call_of(event)
        uniqueid = call.uniqueid if call else event.get("Uniqueid")
        self.waiting.get(queue_id, {}).pop(uniqueid, None)
        return [Effect("queue", at, queue_id=queue_id)]

    # -- agents ------------------------------------------------------------------

    def _ring(self, event, at):
        agent_id = ident(event.get("Interface"), "agent")
        return self._ringing(event, agent_id, at) if agent_id else []

    def _dial_begin(self, event, at):
        agent_id = ident(event.get("DestChannel"), "agent")
        call = self.call_of(event) or self.call_of(event, "Dest")
        if call and event.get("DestUniqueid"):
            call.channels.add(event["DestUniqueid"])
            self.linked[event["DestUniqueid"]] = call.uniqueid
        if agent_id and event.get("Uniqueid"):
            return self._ringing(event, agent_id, at)
        return []

    # -- attempts of the dialer --------------------------------------------------

    def add_attempt(self, attempt):
        """Know a call that the gateway is about to originate."""
        self.attempts[attempt.channel_id] = attempt

    def drop_attempt(self, channel_id, at):
        """Asterisk refused it, or it has ended."""
        attempt = self.attempts.pop(channel_id, None)
        if attempt:
            self.news.append(AttemptNews("ended", attempt, at))

    def take_news(self):
        """What became of attempts since the last time."""
        news, self.news = self.news, []
        return news

    def _dial_state(self, event, at):
        """Whoever is called gives a sign: the network has taken the call."""
        attempt = self.attempts.get(event.get("DestLinkedid"))
        if attempt and not attempt.heard and ident(event.get("DestChannel"), "trunk"):
            attempt.heard = True
            self.news.append(AttemptNews("heard", attempt, at))
        return []

    def _said(self, event, _at):
        """What the dialplan itself says of an attempt, before its channels end."""
        attempt = self.attempts.get(event.get("Linkedid"))
        if attempt and event.get("UserEvent") == "TelecomResult":
            cause = _integer(event.get("Cause"))
            attempt.result = result_of(event.get("Status"), cause)
            attempt.refused = attempt.result == "network" or (
                # Refused by one trunk, while the next was full
                attempt.result == "not_dialed" and cause > 0
            )
        elif attempt and event.get("UserEvent") == "TelecomLeft":
            attempt.left = True
        return []

    def _attempt_answered(self, event, at):
        for key in ("DestLinkedid", "Linkedid"):
            attempt = self.attempts.get(event.get(key))
            if attempt and not attempt.answered_at:
                attempt.answered_at, attempt.uniqueid = at, event["DestUniqueid"]
                self.news.append(AttemptNews("answered", attempt, at))

    def _attempt_connected(self, event, at):
        attempt = self.attempts.pop(event.get("Linkedid"), None)
        if attempt:
            self.news.append(AttemptNews("connected", attempt, at))

    def _attempt_hangup(self, uniqueid, linkedid, at):
        attempt = self.attempts.get(linkedid)
        if not attempt:
            return
        # Once somebody has answered, the channels that dialed end by themselves.
        if uniqueid == (attempt.uniqueid or attempt.channel_id):
            self.drop_attempt(attempt.channel_id, at)

    def _dial_end(self, event, at):
        """Whoever is dialed, or consulted by an agent, has answered."""
        channel = event.get("DestChannel", "")
        if event.get("DialStatus") == "ANSWER" and ident(channel, "trunk"):
            self._attempt_answered(event, at)
        if event.get("DialStatus") != "ANSWER" or "@telecom-consult" not in channel:
            return []
        call = self.call_of(event, "Dest")
        effects = []
        for agent in self.agents.values() if call else ():
            if agent.consult and agent.call == call.uniqueid:
                agent.consult_state = "talking"
                effects.append(Effect("agent", at, call.uniqueid, agent.agent_id))
        return effects

    def _ringing(self, event, agent_id, at):
        call = self.call_of(event)
        agent = self.agent(agent_id)
        if call is None or agent.activity not in ("idle", "wrapup", "ringing"):
            return []
        uniqueid = event.get("DestUniqueid", "")
        if agent.activity == "ringing" and agent.uniqueid == uniqueid:
            return []
        if call.uniqueid == uniqueid:
            return []
        call.channels.add(uniqueid)
        self.linked[uniqueid] = call.uniqueid
        agent.activity, agent.since = "ringing", at
        agent.channel, agent.uniqueid = event.get("DestChannel", ""), uniqueid
        agent.call = call.uniqueid
        return [
            Effect("pop", at, call.uniqueid, agent_id),
            Effect("agent", at, call.uniqueid, agent_id),
            *self._queue_effects(call, at),
        ]

    def _queue_effects(self, call, at):
        return [Effect("queue", at, queue_id=call.queue_id)] if call.queue_id else []

    def _connect(self, event, at):
        self._attempt_connected(event, at)
        agent_id = ident(event.get("Interface"), "agent")
        call = self.call_of(event)
        if not agent_id or call is None:
            return []
        agent = self.agent(agent_id)
        agent.channel = event.get("DestChannel", agent.channel)
        agent.uniqueid = event.get("DestUniqueid", agent.uniqueid)
        return self._talking(agent, call, at)

    def _talking(self, agent, call, at):
        effects = []
        if agent.call and agent.call != call.uniqueid and agent.talking_since:
            effects += self._conversation_over(agent, at, lost=False)
        agent.call = call.uniqueid
        if agent.activity != "talking":
            agent.activity, agent.since = "talking", at
        agent.talking_since = agent.talking_since or at
        agent.consult = ""
        call.channels.add(agent.uniqueid)
        self.linked[agent.uniqueid] = call.uniqueid
        call.state, call.agent_id = "talking", agent.agent_id
        call.answered_at = call.answered_at or at
        return [
            *effects,
            Effect("call", at, call.uniqueid),
            Effect("agent", at, call.uniqueid, agent.agent_id),
            *self._queue_effects(call, at),
        ]

    def _missed(self, event, at):
        agent_id = ident(event.get("Interface"), "agent")
        call = self.call_of(event)
        if not agent_id:
            return []
        agent = self.agent(agent_id)
        # A device that rings says so; one that was silent all that time has gone. One
        # that refuses does it at once, and without ringing: that is a missed call.
        silent = event.get("DestChannelStateDesc") != "Ringing"
        waited = int(event.get("RingTime") or 0)
        kind = "unheard" if silent and waited >= SILENT_RING_MS else "missed"
        uniqueid = call.uniqueid if call else ""
        # Asterisk counts whole seconds.
        ringing = agent.activity == "ringing"
        began = agent.since if ringing else at - waited / 1000
        effects = [Effect(kind, at, uniqueid, agent_id, started_at=began)]
        if ringing:
            effects += self._idle(agent, at)
        return effects

    def _idle(self, agent, at):
        call = self.calls.get(agent.call)
        agent.activity = "wrapup" if agent.wrapup else "idle"
        agent.since = at
        agent.channel = agent.uniqueid = agent.call = agent.consult = ""
        agent.talking_since = 0.0
        effects = [Effect("agent", at, call.uniqueid if call else "", agent.agent_id)]
        return effects + (self._queue_effects(call, at) if call else [])

    def _conversation_over(self, agent, at, lost):
        if not agent.talking_since or not agent.call:
            return []
        started, agent.talking_since = agent.talking_since, 0.0
        if lost:
            return []
        agent.wrapup = True
        return [
            Effect("conversation", at, agent.call, agent.agent_id, started_at=started)
        ]

    def set_wrapup(self, agent_id, is_open, at):
        """Tell what the database knows about the agent's open wrap-up."""
        agent = self.agent(agent_id)
        agent.wrapup = is_open
        wanted = "wrapup" if is_open else "idle"
        if agent.activity in ("idle", "wrapup") and agent.activity != wanted:
            agent.activity, agent.since = wanted, at
            return [Effect("agent", at, agent_id=agent_id)]
        return []

    # -- channels ----------------------------------------------------------------

    def _bridge_enter(self, event, at):
        bridge, uniqueid = event.get("BridgeUniqueid"), event.get("Uniqueid")
        members = self.bridges.setdefault(bridge, {})
        members[uniqueid] = event.get("Channel", "")
        call = self.call_of(event)
        if call is None:
            return []
        call.channels.add(uniqueid)
        self.linked[uniqueid] = call.uniqueid
        effects = []
        if any(ident(channel, "trunk") for channel in members.values()):
            for member, channel in members.items():
                agent_id = ident(channel, "agent")
                if not agent_id:
                    continue
                agent = self.agent(agent_id)
                agent.channel, agent.uniqueid = channel, member
                if agent.activity not in ("talking", "hold") or (
                    agent.call != call.uniqueid
                ):
                    effects += self._talking(agent, call, at)
            return effects
        agent = self.agents.get(ident(event.get("Channel"), "agent"))
        if agent and agent.activity == "ringing" and agent.uniqueid == uniqueid:
            # Whoever transfers asks her first: the caller hears music meanwhile.
            agent.activity, agent.since = "consulting", at
            effects.append(Effect("agent", at, call.uniqueid, agent.agent_id))
        return effects

    def _bridge_leave(self, event, _at):
        bridge = event.get("BridgeUniqueid")
        members = self.bridges.get(bridge, {})
        members.pop(event.get("Uniqueid"), None)
        if not members:
            self.bridges.pop(bridge, None)
        return []

    def _hold(self, event, at):
        agent = self.agents.get(ident(event.get("Channel"), "agent"))
        call = self.calls.get(agent.call) if agent else None
        if not call or agent.activity not in ("talking", "hold"):
            return []
        state = "hold" if event["Event"] == "Hold" else "talking"
        agent.activity, agent.since, call.state = state, at, state
        return [
            Effect("call", at, call.uniqueid),
            Effect("agent", at, call.uniqueid, agent.agent_id),
        ]

    def drop(self, uniqueid, at):
        """A call that the gateway began and Asterisk refused."""
        call = self.calls.get(uniqueid)
        effects = []
        for agent in self.agents.values():
            if agent.uniqueid == uniqueid:
                effects += self._idle(agent, at)
        if call:
            call.channels.clear()
            effects += self._end(call, at)
        return effects

    def consulting(self, agent_id, target, at):
        """The gateway started (``target``) or ended ("") a consultation."""
        agent = self.agent(agent_id)
        agent.consult, agent.consult_state = target, "ringing" if target else ""
        agent.activity = "consulting" if target else "talking"
        agent.since = at
        return [Effect("agent", at, agent.call, agent_id)]

    def _hangup(self, event, at):
        uniqueid, channel = event.get("Uniqueid", ""), event.get("Channel", "")
        self._attempt_hangup(uniqueid, event.get("Linkedid"), at)
        for bridge in [b for b, m in self.bridges.items() if uniqueid in m]:
            del self.bridges[bridge][uniqueid]
        effects = []
        call = self.call_of(event)
        agent = self.agents.get(ident(channel, "agent"))
        if agent and agent.uniqueid == uniqueid:
            lost = _integer(event.get("Cause")) in LOST_CAUSES
            effects += self._conversation_over(agent, at, lost)
            effects += self._idle(agent, at)
        if call:
            effects += self._drop_channel(call, uniqueid, at)
        self.linked.pop(uniqueid, None)
        return effects

    def _drop_channel(self, call, uniqueid, at):
        call.channels.discard(uniqueid)
        if call.channels and uniqueid != call.uniqueid:
            return []
        if call.channels and call.direction == "outbound":
            return []
        return self._end(call, at)

    def _end(self, call, at):
        if call.state == "ended":
            return []
        call.state, call.ended_at = "ended", at
        for waiting in self.waiting.values():
            waiting.pop(call.uniqueid, None)
        effects = [Effect("call", at, call.uniqueid), *self._queue_effects(call, at)]
        return effects

    def forget_ended(self, before):
        """Free the memory of calls that ended before an epoch time."""
        gone = [
            call.uniqueid
            for call in self.calls.values()
            if call.ended_at and call.ended_at < before
        ]
        for uniqueid in gone:
            del self.calls[uniqueid]
        if gone:
            gone = set(gone)
            self.linked = {k: v for k, v in self.linked.items() if v not in gone}

    # -- devices and members -----------------------------------------------------

    def _device(self, event, at):
        agent_id = ident(event.get("Device"), "agent")
        if not agent_id:
            return []
        agent = self.agent(agent_id)
        registered = event.get("State") in _REACHABLE
        if agent.registered == registered:
            return []
        agent.registered = registered
        return [Effect("agent", at, agent.call, agent_id)]

    def _member(self, event, at):
        agent_id = ident(event.get("Interface"), "agent")
        if not agent_id:
            return []
        key = (event.get("Queue"), agent_id)
        if event["Event"] == "QueueMemberRemoved":
            self.members.pop(key, None)
        else:
            self.members[key] = _membership(event)
        return [Effect("queue", at, queue_id=ident(event.get("Queue"), "queue"))]

    def trunk_contact(self, event):
        """Asterisk has asked a trunk whether it is there (ContactStatus)."""
        trunk_id = ident(event.get("AOR"), "trunk")
        if trunk_id and event.get("ContactStatus") == "Unreachable":
            self.trunks_away.add(trunk_id)
        else:
            self.trunks_away.discard(trunk_id)

    def set_trunks(self, endpoints):
        """Which trunks are there, by EndpointList events.

        The list of device states leaves out those that were never there.
        """
        self.trunks_away = {
            ident(event.get("ObjectName"), "trunk")
            for event in endpoints
            if event.get("DeviceState") == "Unavailable"
        } - {0}

    # -- resynchronisation ---------------------------------------------------------

    def resync(self, channels, queue_events, devices, now):
        """Make the picture agree with what Asterisk lists.

        :param list channels: CoreShowChannel events
        :param list queue_events: QueueMember and QueueEntry events
        :param list devices: DeviceStateChange events
        :rtype: list[Effect]
        """
        effects = []
        alive = {event["Uniqueid"]: event for event in channels}
        self.members = {}
        waiting, priorities = {}, {}
        for event in queue_events:
            if event["Event"] == "QueueMember":
                agent_id = ident(event.get("Location"), "agent")
                if agent_id:
                    key = (event["Queue"], agent_id)
                    self.members[key] = _membership(event)
            elif event["Event"] == "QueueEntry":
                queue_id = ident(event["Queue"], "queue")
                joined = now - _integer(event.get("Wait"))
                waiting.setdefault(queue_id, {})[event["Uniqueid"]] = joined
                priorities[event["Uniqueid"]] = _integer(event.get("Priority"))
        self._resync_attempts(alive, now)
        self._resync_calls(alive, waiting, priorities, now, effects)
        self._resync_agents(alive, devices, now, effects)
        for queue_id in {*self.waiting, *waiting}:
            effects.append(Effect("queue", now, queue_id=queue_id))
        self.waiting = waiting
        return effects

    def check_attempts(self, channels, now):
        """Attempts in the air are those whose channels Asterisk lists.

        :param list channels: CoreShowChannel events, asked for at ``now``
        """
        self._resync_attempts({event["Uniqueid"]: event for event in channels}, now)

    def _resync_attempts(self, alive, now):
        rings, answers = {}, {}
        for uniqueid, event in alive.items():
            linkedid = event.get("Linkedid", "")
            # The other half of the Local channel is named after this one.
            if uniqueid.startswith(DIALED) and uniqueid == linkedid:
                rings[uniqueid] = event
            elif linkedid.startswith(DIALED) and event.get("AccountCode"):
                if ident(event["Channel"], "trunk") and event.get("Application"):
                    answers[linkedid] = event
        for channel_id, attempt in list(self.attempts.items()):
            event = answers.get(channel_id)
            if channel_id not in rings and not event and attempt.dialed_at < now - 5:
                self.drop_attempt(channel_id, now)
        for channel_id, event in {**rings, **answers}.items():
            answered = channel_id in answers
            if answered and event.get("BridgeId"):
                self.attempts.pop(channel_id, None)
            elif channel_id not in self.attempts:
                company, campaign = account(event.get("AccountCode"))
                self.attempts[channel_id] = LiveAttempt(
                    channel_id,
                    company,
                    campaign,
                    now - _seconds(event.get("Duration")),
                    now if answered else None,
                    event["Uniqueid"] if answered else "",
                )

    def _resync_calls(self, alive, waiting, priorities, now, effects):
        for call in list(self.calls.values()):
            call.channels &= set(alive)
            if call.uniqueid not in alive and not call.channels:
                effects += self._end(call, now)
        self.linked = {
            key: value
            for key, value in self.linked.items()
            if key in alive or key == value
        }
        for queue_id, entries in waiting.items():
            for uniqueid, joined in entries.items():
                event = alive.get(uniqueid)
                if event is None:
                    continue
                call = self.calls.get(uniqueid) or self._new_call(event, joined)
                call.priority = priorities[uniqueid]
                if call.state != "waiting" or call.queue_id != queue_id:
                    call.state, call.queue_id = "waiting", queue_id
                    call.queued_at = call.queued_at or joined
                    call.joined_at = joined
                    effects.append(Effect("join", joined, uniqueid, queue_id=queue_id))
        self.bridges = {}
        for uniqueid, event in alive.items():
            if event.get("BridgeId"):
                members = self.bridges.setdefault(event["BridgeId"], {})
                members[uniqueid] = event["Channel"]
            linked = event.get("Linkedid")
            dialed = str(linked).startswith(DIALED) and event.get("BridgeId")
            if (uniqueid == linked or dialed) and uniqueid not in self.calls:
                if ident(event["Channel"], "trunk") and event.get("AccountCode"):
                    call = self._new_call(event, now)
                    effects.append(Effect("call", now, call.uniqueid))
        for uniqueid, event in alive.items():
            call = self.call_of(event)
            if call:
                call.channels.add(uniqueid)
                self.linked[uniqueid] = call.uniqueid

    def _resync_agents(self, alive, devices, now, effects):
        for event in devices:
            agent_id = ident(event.get("Device"), "agent")
            if agent_id:
                self.agent(agent_id).registered = event.get("State") in _REACHABLE
        busy = {}
        for uniqueid, event in alive.items():
            agent_id = ident(event["Channel"], "agent")
            if agent_id:
                busy[agent_id] = (uniqueid, event)
        for agent_id, agent in self.agents.items():
            if agent_id not in busy and agent.uniqueid:
                effects += self._conversation_over(agent, now, lost=False)
                effects += self._idle(agent, now)
        for agent_id, (uniqueid, event) in busy.items():
            agent = self.agent(agent_id)
            call = self.call_of(event)
            if agent.uniqueid == uniqueid or call is None:
                continue
            agent.uniqueid, agent.channel = uniqueid, event["Channel"]
            if event.get("BridgeId"):
                effects += self._talking(agent, call, now)
            else:
                agent.activity, agent.since = "ringing", now
                agent.call = call.uniqueid
        for agent_id in self.agents:
            effects.append(Effect("agent", now, self.agents[agent_id].call, agent_id))

    def queue_counts(self, queue_id, now):
        """``(waiting, longest wait in seconds, agents by activity)`` of a queue."""
        waiting = self.waiting.get(queue_id, {})
        longest = max((now - at for at in waiting.values()), default=0.0)
        counts = dict.fromkeys(("ready", "talking", "ringing", "wrapup", "paused"), 0)
        for (queue, agent_id), (_penalty, paused, _why) in self.members.items():
            if queue != f"queue{queue_id}":
                continue
            agent = self.agents.get(agent_id)
            activity = agent.activity if agent else "idle"
            if activity in ("talking", "hold", "consulting", "manual"):
                counts["talking"] += 1
            elif activity == "ringing":
                counts["ringing"] += 1
            elif activity == "wrapup":
                counts["wrapup"] += 1
            elif paused:
                counts["paused"] += 1
            elif agent and agent.registered:
                counts["ready"] += 1
        return len(waiting), longest, counts


def _membership(event):
    return (
        _integer(event.get("Penalty")),
        event.get("Paused") == "1",
        event.get("PausedReason", ""),
    )


def _time(event):
    try:
        return float(event["Timestamp"])
    except (KeyError, ValueError):
        return 0.0


def _seconds(duration):
    """Seconds of Asterisk's ``HH:MM:SS``."""
    try:
        hours, minutes, seconds = (duration or "").split(":")
        return int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    except ValueError:
        return 0


def _started(uniqueid):
    """The whole second in which a channel was created: ``<system>-<epoch>.<n>``."""
    epoch = uniqueid.rpartition("-")[2].partition(".")[0]
    return float(epoch) if epoch.isdigit() and len(epoch) < 12 else 0.0


def _integer(value):
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
