"""Free slots in somebody's agenda; no database.

All moments are datetimes of one kind (naive UTC here); intervals are pairs of them.
"""

from datetime import timedelta

from odoo.addons.telecom_crm.tools.intervals import union


def free_slots(working, busy, earliest, minutes, limit=None):
    """Return the beginnings of the slots in which somebody works and is free.

    Slots follow each other without a gap from the beginning of each working interval,
    so that two people who look at the same agenda see the same slots.

    :param working: intervals of work
    :param busy: intervals that are taken
    :param earliest: no slot begins before this moment
    :param int minutes: length of a slot
    :param limit: how many to return at most
    :rtype: list
    """
    length = timedelta(minutes=max(minutes, 1))
    taken = union(busy)
    slots = []
    for begin, end in union(working):
        start = begin
        while start + length <= end:
            if start >= earliest and not any(
                start < stop and begun < start + length for begun, stop in taken
            ):
                slots.append(start)
                if limit and len(slots) >= limit:
                    return slots
            start += length
    return slots
