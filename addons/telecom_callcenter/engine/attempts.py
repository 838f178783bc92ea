"""What became of an attempt to call somebody, from Asterisk's own words.

The dialplan (``[telecom-outbound]`` and ``[telecom-answered…]`` of gateway/render.py)
says in CEL what it does with each attempt; channels' ends say the rest. Pure: the same
rows give the same facts, whenever they are read.
"""

import dataclasses

from .records import DIALED, SELLER

#: Q.850 causes that speak of the number, not of the network that carries the call.
WRONG_NUMBER_CAUSES = {1, 22, 28}
BUSY_CAUSES = {17}
REFUSED_CAUSES = {21}
NO_ANSWER_CAUSES = {0, 16, 18, 19, 26, 31, 127}
#: What the dialplan says of itself, and what that means: where it did not dial, and
#: where a trunk said nothing at all, as one that is dead does.
OWN_WORDS = {
    "STOPPED": "cancelled",
    "LATE": "not_dialed",
    "FULL": "not_dialed",
    "SILENT": "network",
}
#: What it says after the answering machine detection where a machine goes on to an
#: agent like a person.
TO_AGENT = "agent"


@dataclasses.dataclass
class AttemptFacts:
    """One attempt that has ended; times in epoch seconds."""

    channel_id: str
    result: str
    ended_at: float
    cause: int = 0
    dialed_at: float | None = None
    answered_at: float | None = None
    connected_at: float | None = None
    waiting_seconds: float = 0.0
    machine: str | None = None
    machine_reason: str = ""
    #: The key of the message that refuses further calls was pressed.
    refused: bool = False
    agent_id: int = 0
    #: ``uniqueid`` of the call it became
    call: str = ""


@dataclasses.dataclass
class DialFacts:
    """Attempts that nobody answered: no call, but something the ledger must write."""

    uniqueid: str
    uniqueids: list[str]
    ended: bool
    start_at: float
    ended_at: float | None
    attempts: list[AttemptFacts]
    cel_offset: object = 0
    queue_offset: object = 0
    is_call: bool = False


def result_of(status, cause):
    """How an unanswered attempt ended.

    :param str status: ``DIALSTATUS`` of Asterisk, or a key of :data:`OWN_WORDS`
    :param int cause: Q.850, as the network gave it
    :return: a value of ``telecom.campaign.attempt.result``
    """
    if status in OWN_WORDS:
        return OWN_WORDS[status]
    if cause in WRONG_NUMBER_CAUSES:
        return "wrong_number"
    if status == "BUSY" or cause in BUSY_CAUSES:
        return "busy"
    if cause in REFUSED_CAUSES:
        return "refused"
    if status in ("NOANSWER", "CANCEL"):
        return "no_answer"
    if status in ("CHANUNAVAIL", "CONGESTION"):
        return "network"
    return "no_answer" if cause in NO_ANSWER_CAUSES else "network"


def said(events, kind):
    """The last event of this kind that the dialplan wrote; None when there is none."""
    return next((event for event in reversed(events) if event.kind == kind), None)


def words(event):
    """The parts of what the dialplan wrote into an event of its own."""
    return str(event.extra.get("extra", "")).split("|") if event else [""]


def channel_ids(linkedids):
    """The attempts that the gateway originated among the linkedids of a call."""
    return sorted(name for name in linkedids if name.startswith((DIALED, SELLER)))


def unanswered(events, linkedids, interrupted, ended_at):
    """Facts of an attempt that reached nobody.

    :param events: ``CelEvent`` of all its channels, in order
    :param bool interrupted: Asterisk was stopped meanwhile
    :rtype: list[AttemptFacts]
    """
    dialed = said(events, "TELECOM_DIAL")
    parts = words(said(events, "TELECOM_RESULT")) + ["", ""]
    status, cause = parts[0], _integer(parts[1])
    if any(name.startswith(SELLER) for name in linkedids):
        # The seller's own telephone did not answer: nobody else was called.
        result = "not_dialed"
    elif status:
        result = result_of(status, cause)
    elif interrupted:
        # Whether it rang is not known: it counts, so that nobody is called twice.
        result = "interrupted"
    elif dialed:
        # Taken back while it rang: an emergency stop.
        result = "cancelled"
    else:
        result = "not_dialed"
    return [
        AttemptFacts(
            name,
            result,
            ended_at,
            cause,
            next((e.at for e in events if e.kind == "TELECOM_DIAL"), None),
        )
        for name in channel_ids(linkedids)
    ]


def answered(events, linkedids, talks, call, interrupted, ended_at):
    """Facts of an attempt that somebody, or a machine, answered.

    :param talks: ``(agent id, start, end)`` while an agent talked
    :param str call: ``uniqueid`` of the call
    :rtype: list[AttemptFacts]
    """
    answer = next(event for event in events if event.kind == "TELECOM_ANSWER")
    clock = next((e for e in events if e.kind == "TELECOM_WAIT"), answer)
    abandoned = said(events, "TELECOM_ABANDONED")
    judged = said(events, "TELECOM_AMD")
    status, reason, where = (words(judged) + ["", ""])[:3]
    machine = {"MACHINE": "machine", "HUMAN": "human"}.get(status, "unsure")
    connected = talks[0][1] if talks else None
    if connected:
        result, until = "answered", connected
    elif machine == "machine" and judged and where != TO_AGENT:
        result, until = "machine", clock.at
    elif interrupted and not abandoned:
        result, until = "interrupted", ended_at
    else:
        # Whoever hung up before an agent was there has not met one either. Nor has a
        # machine that was to have one: it may have been a person, wrongly judged.
        result, until = "abandoned", abandoned.at if abandoned else ended_at
    return [
        AttemptFacts(
            name,
            result,
            ended_at,
            16,
            next((e.at for e in events if e.kind == "TELECOM_DIAL"), answer.at),
            answer.at,
            connected,
            max(until - clock.at, 0.0),
            machine if judged else None,
            reason,
            said(events, "TELECOM_REFUSED") is not None,
            talks[0][0] if talks else 0,
            call,
        )
        for name in channel_ids(linkedids)
    ]


def by_seller(channel_id, events, asked, answered_at, interrupted, ended_at, call):
    """Facts of a call for which a field seller's own telephone rang first.

    :param CelEvent asked: what the dialplan said before it dialed the customer
    :param float answered_at: by the customer; None
    :param str call: ``uniqueid`` of the call
    :rtype: AttemptFacts
    """
    status, cause = (words(said(events, "TELECOM_RESULT")) + ["", ""])[:2]
    cause = _integer(cause)
    if answered_at:
        result = "answered"
    elif status:
        result = result_of(status, cause)
    else:
        # The seller hung up while it rang, or Asterisk was stopped.
        result = "interrupted" if interrupted else "no_answer"
    return AttemptFacts(
        channel_id,
        result,
        ended_at,
        cause,
        asked.at,
        answered_at,
        answered_at,
        call=call,
    )


def by_agent(channel_id, outcome, cause, dialed_at, talks, ended_at, call, agent_id):
    """Facts of an attempt whose agent's telephone rang first (manual, preview)."""
    result = {"busy": "busy", "interrupted": "interrupted"}.get(outcome)
    if outcome == "answered":
        result = "answered"
    if result is None:
        # Without a second channel, her own telephone did not answer.
        status = "CHANUNAVAIL" if outcome == "failed" else "NOANSWER"
        result = result_of(status, cause) if dialed_at else "not_dialed"
    connected = talks[0][1] if talks else None
    return AttemptFacts(
        channel_id,
        result,
        ended_at,
        cause,
        dialed_at,
        connected,
        connected,
        agent_id=agent_id,
        call=call,
    )


def _integer(value):
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
