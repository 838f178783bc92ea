"""An agent's time, cut into intervals from the log of events.

Intervals of one agent never overlap and add up to the logged time: whatever the log
holds (a second login, a logout that is missing, events out of order), every second
between login and logout belongs to exactly one presence and one activity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Event(NamedTuple):
    """``at``: any type that can be compared and subtracted (datetime, seconds).
    ``presence`` and ``activity``: the new value, or None where it does not change.
    """

    at: Any
    presence: str | None = None
    activity: str | None = None


class Interval(NamedTuple):
    start: Any
    end: Any
    presence: str
    activity: str


def intervals(
    events: Iterable[Event],
    start: Any,
    end: Any,
    *,
    presence: str = "offline",
    activity: str = "idle",
) -> Iterator[Interval]:
    """Cut ``start``…``end`` into the intervals during which the agent was logged in.

    :param events: of one agent, in any order; those before ``start`` only set the
        state the period begins with
    :param presence, activity: the state before the first event
    :return: intervals in order, none of them empty, none ``offline``; equal
        neighbours are one interval
    """
    current: Interval | None = None
    at = start
    for event in [*sorted(events, key=lambda event: event.at), Event(end)]:
        moment = min(max(event.at, start), end)
        if moment > at:
            if presence != "offline":
                piece = Interval(at, moment, presence, activity)
                if current and _follows(current, piece):
                    current = current._replace(end=moment)
                else:
                    if current:
                        yield current
                    current = piece
            at = moment
        if event.at >= end:
            break
        presence = event.presence or presence
        activity = event.activity or activity
        if presence == "offline":
            # Whatever was left open: the next login begins with a free telephone
            activity = event.activity or "idle"
    if current:
        yield current


def _follows(before: Interval, after: Interval) -> bool:
    return (
        before.end == after.start
        and before.presence == after.presence
        and before.activity == after.activity
    )


def totals(pieces: Iterable[Interval]) -> dict[tuple[str, str], Any]:
    """Time per (presence, activity), in the unit of the difference of two times."""
    spent: dict[tuple[str, str], Any] = defaultdict(lambda: None)
    for piece in pieces:
        key = (piece.presence, piece.activity)
        duration = piece.end - piece.start
        spent[key] = duration if spent[key] is None else spent[key] + duration
    return dict(spent)
