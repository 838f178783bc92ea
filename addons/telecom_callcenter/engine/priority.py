"""Who goes first: priorities of waiting callers."""

#: Of a caller who is queued again because her agent was lost: first in line. The
#: dialplan sets it.
RETURN_PRIORITY = 1000


def caller_priority(number_priority, segment_priority):
    """The priority a caller begins with.

    A priority number says it outright, also when it is 0; otherwise the customer's
    segment does.

    :param number_priority: of the ``telecom.priority.number``, or None
    :param segment_priority: of the customer's segment, or None
    """
    if number_priority is not None:
        return max(0, number_priority)
    return max(0, segment_priority or 0)


def escalated(waited_seconds, every_seconds):
    """By how much waiting has raised a caller's priority; 0 switches it off."""
    if every_seconds <= 0 or waited_seconds <= 0:
        return 0
    return int(waited_seconds // every_seconds)
