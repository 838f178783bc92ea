"""The ledger: CEL rows and ``queue_log`` lines become calls, each exactly once.

A call is the union of channels that any linkedid ever joined. :class:`Ledger` collects
rows until a call's last channel has ended, then :func:`facts` says what happened. Facts
depend on the rows only, never on when they were read, so reading them again gives the
same call.
"""

import dataclasses

from odoo.addons.telecom_crm.tools import intervals

from . import attempts
from .records import SELLER, account, clean_name, clean_number, ident

#: Where the dialplan works for itself; such channels are nobody's call.
OWN_CONTEXTS = ("telecom-rest", "telecom-outbound")
#: What a call of the dialer's was that reached no agent, by the attempt's result.
OUTCOMES = {"machine": "machine", "interrupted": "interrupted"}
#: The same, of a call that a field seller asked for.
_SELLER_OUTCOMES = {
    "answered": "answered",
    "busy": "busy",
    "no_answer": "no_answer",
    "refused": "no_answer",
    "interrupted": "interrupted",
}
#: queue_log lines whose call CEL does not know after this long are forged or stray.
UNKNOWN_SECONDS = 60


@dataclasses.dataclass
class Leg:
    uniqueid: str
    linkedid: str
    channel: str
    kind: str
    agent_id: int
    start_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    hangup_cause: int = 0


@dataclasses.dataclass
class Visit:
    queue_id: int
    entered_at: float
    left_at: float | None = None
    position: int = 0
    result: str | None = None
    agent_id: int = 0
    wait_seconds: float = 0.0
    talk_seconds: float = 0.0
    missed_agent_ids: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Conversation:
    """What one agent said in a call, from her first word to her last."""

    agent_id: int
    start_at: float
    end_at: float
    #: The line was cut on her side and the caller queued again: no wrap-up yet.
    lost: bool = False


@dataclasses.dataclass
class CallFacts:
    uniqueid: str
    uniqueids: list[str]
    linkedids: list[str]
    company_id: int
    campaign_id: int
    queue_id: int
    direction: str
    did: str
    caller_number: str
    caller_name: str
    agent_id: int
    ended: bool
    outcome: str | None
    hangup_by: str | None
    hangup_cause: int
    start_at: float
    queued_at: float | None
    answered_at: float | None
    ended_at: float | None
    wait_seconds: float
    ring_seconds: float
    talk_seconds: float
    hold_seconds: float
    duration_seconds: float
    legs: list[Leg]
    visits: list[Visit]
    conversations: list[Conversation]
    #: where the call's rows begin in the files
    cel_offset: object = 0
    queue_offset: object = 0
    #: what became of the campaign's attempts, once the call has ended
    attempts: list = dataclasses.field(default_factory=list)
    is_call: bool = True


class Group:
    """The rows of one call so far."""

    def __init__(self, cel_offset, queue_offset):
        self.events = []
        self.keys = set()
        self.queue_rows = []
        self.open = set()
        self.started = set()
        self.linkedids = set()
        self.cel_offset = cel_offset
        self.queue_offset = queue_offset
        self.last_at = 0.0
        self.interrupted = False

    def absorb(self, other):
        self.events += other.events
        self.keys |= other.keys
        self.queue_rows += other.queue_rows
        self.open |= other.open
        self.started |= other.started
        self.linkedids |= other.linkedids
        self.cel_offset = min(self.cel_offset, other.cel_offset)
        self.queue_offset = min(self.queue_offset, other.queue_offset)
        self.last_at = max(self.last_at, other.last_at)


class Ledger:
    """Collects rows; ``finished()`` hands over the calls that have ended."""

    def __init__(self, queue_position=(0, 0)):
        self._queue_position = queue_position
        self._groups = {}  # uniqueid or linkedid -> Group
        self._unknown = []  # (offset, row) of queue_log lines ahead of CEL
        self._finished = []
        self.torn = 0
        self.ignored = 0

    # -- rows ------------------------------------------------------------------

    def feed_cel(self, event, offset):
        """Take one CEL row.

        :param offset: where the row begins, in any order that grows with the file
        """
        group = self._groups.get(event.uniqueid)
        other = self._groups.get(event.linkedid)
        if group is None and other is None:
            if event.kind != "CHAN_START":
                # The rest of a call whose beginning was dealt with before.
                self.ignored += 1
                return
            group = Group(offset, self._queue_position)
        elif group is None:
            if event.kind != "CHAN_START":
                self.ignored += 1
                return
            group = other
        elif other is not None and other is not group:
            group.absorb(other)
            for name in [n for n, g in self._groups.items() if g is other]:
                self._groups[name] = group
        self._groups[event.uniqueid] = group
        self._groups[event.linkedid] = group
        key = (event.uniqueid, event.kind, event.at, event.app, event.channel)
        if key in group.keys:
            return
        group.keys.add(key)
        group.events.append(event)
        group.linkedids.add(event.linkedid)
        group.last_at = max(group.last_at, event.at)
        if event.kind == "CHAN_START":
            group.open.add(event.uniqueid)
            group.started.add(event.uniqueid)
        elif event.kind == "CHAN_END":
            group.open.discard(event.uniqueid)

    def feed_queue_log(self, row, offset):
        """Take one line of queue_log."""
        self._queue_position = offset
        if row.kind == "QUEUESTART":
            self.restarted(row.at)
        elif row.uniqueid and row.uniqueid not in ("NONE", "MANAGER", "REALTIME"):
            group = self._groups.get(row.uniqueid)
            if group is None:
                self._unknown.append((offset, row))
            else:
                group.queue_rows.append(row)

    def restarted(self, at):
        """Asterisk began at ``at`` (whole seconds): what was open then has ended."""
        for group in self._all():
            if group.open and min(event.at for event in group.events) < at:
                group.interrupted = True
                group.open.clear()

    def gone(self, uniqueids, quiet_since):
        """Close calls whose end was never written.

        The disk was full, or Asterisk was killed in the very second in which it began
        again, which :meth:`restarted` cannot tell apart.

        :param set uniqueids: the channels that are alive in Asterisk
        :param quiet_since: leave calls alone that had rows after this epoch time
        """
        for group in self._all():
            if group.last_at < quiet_since and not (group.open & uniqueids):
                if group.open:
                    group.interrupted = True
                    group.open.clear()

    def settle(self, now):
        """Give queue_log lines that came before their CEL rows to their calls."""
        waiting, self._unknown = self._unknown, []
        for offset, row in waiting:
            group = self._groups.get(row.uniqueid)
            if group is not None:
                group.queue_rows.append(row)
            elif now - row.at < UNKNOWN_SECONDS:
                self._unknown.append((offset, row))

    def _all(self):
        return list({id(group): group for group in self._groups.values()}.values())

    # -- results ---------------------------------------------------------------

    def finished(self):
        """Facts of the calls that have ended since the last time; forgets them."""
        result = []
        for group in self._all():
            if group.open or not group.started:
                continue
            for name in [n for n, g in self._groups.items() if g is group]:
                del self._groups[name]
            call = facts(group)
            if call:
                result.append(call)
        return result

    def open_calls(self):
        """Facts so far of the calls that go on."""
        calls = (facts(group) for group in self._all() if group.open)
        return [call for call in calls if call]

    def open_uniqueids(self):
        return {uniqueid for group in self._all() for uniqueid in group.started}

    def checkpoint(self, cel_offset, queue_offset):
        """Where to read again after a restart: before the oldest unfinished call."""
        for group in self._all():
            cel_offset = min(cel_offset, group.cel_offset)
            queue_offset = min(queue_offset, group.queue_offset)
        for offset, _row in self._unknown:
            queue_offset = min(queue_offset, offset)
        return cel_offset, queue_offset


# -- what happened ------------------------------------------------------------------


def facts(group):
    """Say what happened in a call.

    :param Group group: its rows
    :return: None for channels that are nobody's call
    :rtype: CallFacts | attempts.DialFacts | None
    """
    events = sorted(group.events, key=lambda event: event.at)
    legs = _legs(events)
    dialed = attempts.channel_ids(group.linkedids)
    # Of the dialer's channels, the one that was answered is the caller's.
    answer = next((e.uniqueid for e in events if e.kind == "TELECOM_ANSWER"), None)
    if dialed and answer not in legs:
        return _unanswered(group, events, dialed)
    if dialed and dialed[0].startswith(SELLER):
        return _by_seller(group, events, legs, dialed, legs[answer])
    if not legs:
        return None
    ordered = _in_order(legs)
    root = legs[answer] if dialed else ordered[0]
    first = next(e for e in events if e.uniqueid == root.uniqueid)
    if first.context in OWN_CONTEXTS or root.channel.startswith("Local/"):
        return None
    ended = not group.open
    end = max((leg.ended_at or 0) for leg in ordered) if ended else None
    if ended and (group.interrupted or not end):
        end = group.last_at
    horizon = end or group.last_at
    by_agent = root.kind == "agent"
    outbound = by_agent or bool(dialed)
    if not by_agent:
        root.kind = "caller"

    talks = _talks(events, legs, horizon)
    answered = [(start, stop) for _agent, start, stop in talks]
    answered_at = min((start for start, _stop in answered), default=None)
    visits = _visits(events, group.queue_rows, talks, horizon, ended)
    waits = [
        (v.entered_at, v.entered_at + v.wait_seconds) for v in visits if v.wait_seconds
    ]
    music = _music(events, legs, horizon)
    hold = []
    if answered_at is not None:
        hold = intervals.intersection(music, [(answered_at, horizon)])
        waiting = intervals.total(intervals.intersection(hold, waits))
    hold_seconds = intervals.total(hold) - waiting if hold else 0.0
    talk_seconds = intervals.total(answered) - intervals.total(
        intervals.intersection(hold, answered)
    )
    queued_at = visits[0].entered_at if visits else None
    if answered_at is not None and queued_at is not None:
        wait = visits[0].wait_seconds
    elif queued_at is not None:
        wait = sum(visit.wait_seconds for visit in visits)
    else:
        wait = 0.0
    last_agent = talks[-1][0] if talks else 0
    company, campaign = _account(events, root)
    did, number, name = _caller(events, root, outbound)
    source, cause = _hangup(events, root)
    hangup_by = _hung_up_by(root, source) if ended and source else None
    outcome = None
    if ended:
        outcome = _outcome(
            group, events, legs, root, outbound, answered_at, source, visits
        )
        if outcome == "interrupted":
            for visit in visits[-1:]:
                if visit.result in (None, "abandoned"):
                    visit.result = "interrupted"
    known = []
    if ended and dialed:
        known = attempts.answered(
            events, dialed, talks, root.uniqueid, group.interrupted, end
        )
        outcome = outcome if talks else OUTCOMES.get(known[0].result, "abandoned")
    elif ended and by_agent:
        agent_id = last_agent or root.agent_id
        known = _attempts_by_agent(events, legs, root, outcome, talks, end, agent_id)
    return CallFacts(
        uniqueid=root.uniqueid,
        uniqueids=[leg.uniqueid for leg in ordered],
        linkedids=sorted(group.linkedids),
        company_id=company,
        campaign_id=campaign,
        queue_id=visits[-1].queue_id if visits else 0,
        direction="outbound" if outbound else "inbound",
        did=did,
        caller_number=number,
        caller_name=name,
        agent_id=last_agent or (root.agent_id if by_agent else 0),
        ended=ended,
        outcome=outcome,
        hangup_by=hangup_by,
        hangup_cause=cause,
        start_at=root.start_at,
        queued_at=queued_at,
        answered_at=answered_at,
        ended_at=end,
        wait_seconds=wait,
        ring_seconds=_ring_seconds(legs, talks),
        talk_seconds=max(0.0, talk_seconds),
        hold_seconds=max(0.0, hold_seconds),
        duration_seconds=(horizon - root.start_at),
        legs=ordered,
        visits=visits,
        conversations=_conversations(events, talks),
        cel_offset=group.cel_offset,
        queue_offset=group.queue_offset,
        attempts=known,
    )


def _unanswered(group, events, dialed):
    ended = not group.open
    return attempts.DialFacts(
        uniqueid=dialed[0],
        uniqueids=sorted(group.started),
        ended=ended,
        start_at=events[0].at,
        ended_at=group.last_at if ended else None,
        attempts=attempts.unanswered(events, dialed, group.interrupted, group.last_at)
        if ended
        else [],
        cel_offset=group.cel_offset,
        queue_offset=group.queue_offset,
    )


def _by_seller(group, events, legs, dialed, root):
    """A field seller's own telephone has answered, and then the customer was called."""
    asked = attempts.said(events, "TELECOM_CUSTOMER")
    if asked is None:
        return _unanswered(group, events, dialed)
    ended = not group.open
    end = max((leg.ended_at or 0) for leg in legs.values()) if ended else None
    if ended and (group.interrupted or not end):
        end = group.last_at
    horizon = end or group.last_at
    called = [leg for leg in legs.values() if leg.start_at >= asked.at]
    answered_at = min(
        (leg.answered_at for leg in called if leg.answered_at), default=None
    )
    for leg in called:
        leg.kind = "caller"
    source, cause = _hangup(events, root)
    company, campaign = _account(events, root)
    facts = attempts.by_seller(
        dialed[0], events, asked, answered_at, group.interrupted, end, root.uniqueid
    )
    return CallFacts(
        uniqueid=root.uniqueid,
        uniqueids=[leg.uniqueid for leg in _in_order(legs)],
        linkedids=sorted(group.linkedids),
        company_id=company,
        campaign_id=campaign,
        queue_id=0,
        direction="outbound",
        did="",
        caller_number=clean_number(attempts.words(asked)[0]),
        caller_name="",
        agent_id=0,
        ended=ended,
        outcome=_SELLER_OUTCOMES.get(facts.result, "failed") if ended else None,
        # Whoever stands for the operator in this call
        hangup_by=("agent" if source == root.channel else "caller")
        if ended and source
        else None,
        hangup_cause=cause,
        start_at=root.start_at,
        queued_at=None,
        answered_at=answered_at,
        ended_at=end,
        wait_seconds=0.0,
        ring_seconds=(answered_at or horizon) - asked.at,
        talk_seconds=horizon - answered_at if answered_at else 0.0,
        hold_seconds=0.0,
        duration_seconds=horizon - root.start_at,
        legs=_in_order(legs),
        visits=[],
        conversations=[],
        cel_offset=group.cel_offset,
        queue_offset=group.queue_offset,
        attempts=[facts] if ended else [],
    )


def _in_order(legs):
    return sorted(legs.values(), key=lambda leg: (leg.start_at, leg.uniqueid))


def _attempts_by_agent(events, legs, root, outcome, talks, end, agent_id):
    causes = [leg.hangup_cause for leg in legs.values() if not leg.agent_id]
    return [
        attempts.by_agent(
            root.uniqueid,
            outcome,
            causes[-1] if causes else 0,
            next((event.at for event in events if event.app == "Dial"), None),
            talks,
            end,
            root.uniqueid,
            agent_id,
        )
    ]


def _legs(events):
    legs = {}
    for event in events:
        leg = legs.get(event.uniqueid)
        if leg is None:
            if event.kind != "CHAN_START" or event.context in OWN_CONTEXTS:
                continue
            agent_id = ident(event.channel, "agent")
            leg = legs[event.uniqueid] = Leg(
                event.uniqueid,
                event.linkedid,
                event.channel,
                "agent" if agent_id else "other",
                agent_id,
                event.at,
            )
        elif event.kind == "ANSWER":
            leg.answered_at = leg.answered_at or event.at
        elif event.kind == "HANGUP":
            leg.hangup_cause = _integer(event.extra.get("hangupcause"))
        elif event.kind == "CHAN_END":
            leg.ended_at = event.at
        leg.linkedid = event.linkedid
    return legs


def _talks(events, legs, horizon):
    """``(agent id, start, end)`` while an agent is bridged with somebody outside.

    Local channels in between (transfers, conferences) count as outside: who talks to
    one talks to whoever is behind it.
    """
    bridges, since, talks = {}, {}, []

    def update(bridge, at):
        members = bridges.get(bridge, ())
        agents = [u for u in members if legs[u].agent_id]
        others = [u for u in members if _external(legs[u])]
        now = set(agents) if others else set()
        for uniqueid in [u for (b, u) in since if b == bridge and u not in now]:
            talks.append((legs[uniqueid].agent_id, since.pop((bridge, uniqueid)), at))
        for uniqueid in now:
            since.setdefault((bridge, uniqueid), at)

    for event in events:
        if event.uniqueid not in legs:
            continue
        if event.kind == "BRIDGE_ENTER":
            bridge = event.extra.get("bridge_id")
            bridges.setdefault(bridge, set()).add(event.uniqueid)
            update(bridge, event.at)
        elif event.kind in ("BRIDGE_EXIT", "CHAN_END"):
            chosen = event.extra.get("bridge_id")
            for bridge in [chosen] if chosen else list(bridges):
                if event.uniqueid in bridges.get(bridge, ()):
                    bridges[bridge].discard(event.uniqueid)
                    update(bridge, event.at)
    for (_bridge, uniqueid), start in since.items():
        talks.append((legs[uniqueid].agent_id, start, horizon))
    return sorted(talks, key=lambda talk: talk[1:])


def _external(leg):
    return ident(leg.channel, "trunk") > 0 or leg.channel.startswith("PJSIP/anonymous")


def _music(events, legs, horizon):
    """When somebody outside heard music on hold."""
    since, result = {}, []
    for event in events:
        if event.uniqueid not in legs or not _external(legs[event.uniqueid]):
            continue
        if event.kind == "STREAM_BEGIN" and "class" in event.extra:
            since.setdefault(event.uniqueid, event.at)
        elif event.kind in ("STREAM_END", "CHAN_END") and event.uniqueid in since:
            result.append((since.pop(event.uniqueid), event.at))
    result += [(start, horizon) for start in since.values()]
    return intervals.union(result)


def _visits(events, queue_rows, talks, horizon, ended):
    visits, current = [], {}
    for event in events:
        if event.kind == "APP_START" and event.app == "Queue":
            visit = Visit(ident(event.data, "queue"), event.at)
            visits.append(visit)
            current[event.uniqueid] = visit
        elif event.kind in ("APP_END", "CHAN_END"):
            visit = current.get(event.uniqueid)
            if visit and (event.kind == "CHAN_END" or event.app == "Queue"):
                del current[event.uniqueid]
                visit.left_at = event.at
        elif event.kind == "TELECOM_REQUEUE" and visits:
            visits[-1].result = "requeued"
        elif event.kind == "TELECOM_OUTCOME" and visits:
            extra = event.extra.get("extra")
            if extra in ("timeout", "full"):
                visits[-1].result = extra
    for number, visit in enumerate(visits):
        left = visit.left_at or (horizon if ended else None)
        until = left or horizon
        if number + 1 < len(visits):
            until = min(until, visits[number + 1].entered_at)
        spoken = [t for t in talks if visit.entered_at <= t[1] <= until]
        if spoken:
            visit.agent_id = spoken[0][0]
            visit.wait_seconds = spoken[0][1] - visit.entered_at
            visit.talk_seconds = intervals.total([t[1:] for t in spoken])
            visit.result = visit.result or "answered"
        else:
            visit.wait_seconds = until - visit.entered_at
            if left and not visit.result:
                visit.result = "abandoned"
        visit.left_at = left
    _apply_queue_log(visits, queue_rows)
    return visits


def _apply_queue_log(visits, rows):
    """Positions and unanswered rings; the log's order is the visits' order."""
    number, seen = -1, set()
    for row in rows:
        if row.kind == "ENTERQUEUE":
            if row in seen and number >= 0:
                continue
            seen.add(row)
            number += 1
            if number < len(visits) and len(row.data) > 2:
                visits[number].position = _integer(row.data[2])
        elif row.kind == "RINGNOANSWER" and 0 <= number < len(visits):
            agent = ident(row.agent, "agent")
            missed = visits[number].missed_agent_ids
            if agent and agent not in missed:
                missed.append(agent)


def _account(events, root):
    for event in events:
        company, campaign = account(event.account)
        if company:
            return company, campaign
    return 0, 0


def _caller(events, root, outbound):
    did = number = name = ""
    for event in events:
        if event.kind == "TELECOM_CALL":
            parts = str(event.extra.get("extra", "")).split("|") + ["", "", ""]
            did, number, name = parts[0], parts[1], parts[2]
            break
        if outbound and event.app == "Dial" and event.kind == "APP_START":
            target = event.data.split(",")[0].rpartition("/")[2]
            number = target.partition("@")[0]
            break
    if not did and not outbound:
        did = next((e.exten for e in events if e.uniqueid == root.uniqueid), "")
    return clean_number(did), clean_number(number), clean_name(name)


def _hangup(events, root):
    for event in events:
        if event.kind == "HANGUP" and event.uniqueid == root.uniqueid:
            source = str(event.extra.get("hangupsource") or "")
            return source, _integer(event.extra.get("hangupcause"))
    return "", 0


def _hung_up_by(root, source):
    if source == root.channel:
        return "agent" if root.kind == "agent" else "caller"
    if ident(source, "agent"):
        return "agent"
    return "caller" if ident(source, "trunk") else None


def _outcome(group, events, legs, root, outbound, answered_at, source, visits):
    if group.interrupted:
        return "interrupted"
    for event in reversed(events):
        if event.kind == "TELECOM_OUTCOME" and event.extra.get("extra") in (
            "closed", "unavailable", "timeout", "full",
        ):  # fmt: skip
            if answered_at is None or event.at > answered_at:
                return event.extra["extra"]
    if answered_at is not None:
        return "answered"
    if outbound:
        causes = [leg.hangup_cause for leg in legs.values() if not leg.agent_id]
        if not causes:
            return "failed"
        if 17 in causes:
            return "busy"
        return "no_answer" if causes[-1] in (0, 16, 18, 19, 21, 26, 127) else "failed"
    # Nobody hung up: Asterisk was stopped.
    return "abandoned" if source else "interrupted"


def _ring_seconds(legs, talks):
    for agent_id, start, _end in talks:
        for leg in legs.values():
            if leg.agent_id == agent_id and leg.start_at <= start:
                return (leg.answered_at or start) - leg.start_at
    return 0.0


def _conversations(events, talks):
    """One per agent: from the first time she talked to the last."""
    requeued = {
        (ident(str(event.extra.get("extra", "")), "agent"), event.at)
        for event in events
        if event.kind == "TELECOM_REQUEUE"
    }
    result = {}
    for agent_id, start, end in talks:
        known = result.get(agent_id)
        if known:
            known.end_at = max(end, known.end_at)
        else:
            result[agent_id] = Conversation(agent_id, start, end)
    for agent_id, at in requeued:
        known = result.get(agent_id)
        if known and known.end_at <= at + 1:
            known.lost = True
    return list(result.values())


def _integer(value):
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
