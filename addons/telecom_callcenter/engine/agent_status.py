"""The two axes of an agent's status, as plain functions over a table.

*Presence* is what people decide: may calls come? *Activity* is what the telephone
does. Nothing here reads or writes anything; the models apply the results.
"""

from __future__ import annotations

from typing import NamedTuple

PRESENCES = ("offline", "ready", "not_ready", "pause_requested")
ACTIVITIES = (
    "idle",
    "ringing",
    "talking",
    "hold",
    "consulting",
    "wrapup",
    "manual",
    "chat",
)
#: What an agent may ask for; ``pause_requested`` follows from it.
CHOICES = ("offline", "ready", "not_ready")

#: Activities during which a pause has to wait.
BUSY = frozenset(ACTIVITIES) - {"idle"}
#: Activities with somebody on the line.
IN_CALL = frozenset({"ringing", "talking", "hold", "consulting", "manual"})


class StatusError(ValueError):
    """A change of status that is not possible; ``args[0]`` is one of REFUSALS."""


#: Why a change is refused; the models have the words.
REFUSALS = ("unknown", "busy")


class Change(NamedTuple):
    """What a request for a presence leads to.

    ``presence`` is the new presence, ``event`` the kind to log (``login``,
    ``logout``, ``presence``) or ``None`` when nothing changes.
    """

    presence: str
    event: str | None


# (presence, wanted) -> presence when idle, presence when busy. None: refused.
_PRESENCE = {
    ("offline", "offline"): ("offline", "offline"),
    ("offline", "ready"): ("ready", "ready"),
    ("offline", "not_ready"): ("not_ready", "not_ready"),
    ("ready", "offline"): ("offline", None),
    ("ready", "ready"): ("ready", "ready"),
    ("ready", "not_ready"): ("not_ready", "pause_requested"),
    ("not_ready", "offline"): ("offline", None),
    ("not_ready", "ready"): ("ready", "ready"),
    ("not_ready", "not_ready"): ("not_ready", "not_ready"),
    ("pause_requested", "offline"): ("offline", None),
    ("pause_requested", "ready"): ("ready", "ready"),
    ("pause_requested", "not_ready"): ("not_ready", "pause_requested"),
}


def request_presence(
    presence: str, activity: str, wanted: str, *, forced: bool = False
) -> Change:
    """The presence that follows when somebody asks for another one.

    :param presence: the present one
    :param activity: what the telephone does
    :param wanted: one of :data:`CHOICES`
    :param forced: a supervisor or the system insists: takes effect at once, also
        in mid-call (the call goes on, only no other follows)
    :raises StatusError: ``unknown`` for a word that is none of ours, ``busy`` for
        an agent who wants to leave with a caller on the line
    """
    if (presence, wanted) not in _PRESENCE or activity not in ACTIVITIES:
        raise StatusError("unknown")
    idle, busy = _PRESENCE[presence, wanted]
    new = busy if activity in BUSY and not forced else idle
    if new is None:
        raise StatusError("busy")
    if new == presence:
        return Change(new, None)
    if presence == "offline":
        return Change(new, "login")
    return Change(new, "logout" if new == "offline" else "presence")


def settle_presence(presence: str, activity: str) -> str:
    """The presence once the telephone does ``activity``: a pause that was asked for
    begins as soon as the agent is free."""
    if presence == "pause_requested" and activity == "idle":
        return "not_ready"
    return presence


# (activity, what happened) -> activity
_ACTIVITY = {
    ("idle", "ring"): "ringing",
    ("idle", "dial"): "manual",
    ("idle", "chat"): "chat",
    ("idle", "connect"): "talking",
    ("chat", "ring"): "ringing",
    ("chat", "done"): "idle",
    ("ringing", "connect"): "talking",
    ("ringing", "stop"): "idle",
    ("manual", "connect"): "talking",
    ("manual", "stop"): "idle",
    ("talking", "hold"): "hold",
    ("talking", "consult"): "consulting",
    ("talking", "end"): "wrapup",
    ("hold", "unhold"): "talking",
    ("hold", "consult"): "consulting",
    ("hold", "end"): "wrapup",
    ("consulting", "resume"): "talking",
    ("consulting", "end"): "wrapup",
    ("wrapup", "done"): "idle",
}
#: What may happen to a telephone.
HAPPENINGS = tuple(dict.fromkeys(happened for _activity, happened in _ACTIVITY))


def next_activity(activity: str, happened: str) -> str:
    """The activity after something ``happened`` (one of :data:`HAPPENINGS`).

    :raises StatusError: ``unknown`` when this cannot happen now: the picture is out
        of step with the telephone and has to be taken anew
    """
    try:
        return _ACTIVITY[activity, happened]
    except KeyError:
        raise StatusError("unknown") from None


def takes_calls(presence: str, activity: str) -> bool:
    """Whether a queue may ring this agent now."""
    return presence == "ready" and activity == "idle"


def is_logged(presence: str) -> bool:
    """Whether this time counts as logged."""
    return presence != "offline"
