"""Deadlines of claims on working time: pure functions on lists of intervals.

An interval is a pair ``(start, end)`` of naive UTC datetimes; lists are in order and
without overlaps. ``None`` instead of a list means that all time is working time.
"""

from datetime import timedelta

#: What an alert is about, and how far it went
NONE, WARNING, LATE = "none", "warning", "late"
#: On time to be settled, but the customer should have had an answer
UNANSWERED = "unanswered"


def working_seconds(intervals, start, end):
    """Return the working seconds between two moments, 0 when they are reversed."""
    if end <= start:
        return 0.0
    if intervals is None:
        return (end - start).total_seconds()
    return sum(
        (min(stop, end) - max(begin, start)).total_seconds()
        for begin, stop in intervals
        if stop > start and begin < end
    )


def add_working(intervals, start, seconds):
    """Return the moment at which so many working seconds have passed.

    :param intervals: see the module
    :param start: from when time counts
    :param seconds: at least 0
    :return: a naive UTC datetime, or None when the intervals end before
    """
    if intervals is None:
        return start + timedelta(seconds=seconds)
    left = seconds
    for begin, stop in intervals:
        if stop <= start:
            continue
        begin = max(begin, start)
        length = (stop - begin).total_seconds()
        if left <= length:
            return begin + timedelta(seconds=left)
        left -= length
    return None


def best_level(levels, branch, priority):
    """Return the first of the levels that fit a claim most closely, or None.

    :param levels: dicts with ``branch`` and ``priority``, empty for any
    """
    fitting = [
        level
        for level in levels
        if level["branch"] in (False, None, branch)
        and level["priority"] in (False, None, priority)
    ]
    return max(
        fitting,
        key=lambda level: (bool(level["branch"]), bool(level["priority"])),
        default=None,
    )


def alert_at(now, warning, deadline):
    """Return how far a deadline has come: ``none``, ``warning`` or ``late``."""
    if deadline and now >= deadline:
        return LATE
    if warning and now >= warning:
        return WARNING
    return NONE


def badge(resolution, response=NONE):
    """Return how a claim stands, from how far its two deadlines have come.

    A claim whose answer is overdue is not late yet: the day it is due may be ahead.

    :param resolution: as :func:`alert_at` gives it
    :param response: the same; ``none`` once the customer was answered
    :return: ``late``, ``unanswered``, ``warning`` or ``none``
    """
    if resolution == LATE:
        return LATE
    if response == LATE:
        return UNANSWERED
    return WARNING if WARNING in (resolution, response) else NONE


def next_alert(alert, warning, deadline):
    """Return when the next alert of a deadline is due, or None.

    :param alert: the last one given
    """
    if not deadline or alert == LATE:
        return None
    if alert == WARNING or not warning:
        return deadline
    return warning
