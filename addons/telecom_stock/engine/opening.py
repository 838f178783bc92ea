"""When a shop is open: intervals of moments, in whatever zone they are given."""

from datetime import timedelta


def state_at(intervals, moment):
    """Tell whether a shop is open, and until when, or when it opens.

    :param intervals: opening intervals, joined
    :param moment: the same kind of moment
    :return: (open, until or next opening; None when it does not open any more)
    """
    for begin, end in intervals:
        if begin <= moment < end:
            return True, end
        if moment < begin:
            return False, begin
    return False, None


def hours_of_day(intervals, midnight):
    """Return the parts of intervals that belong to a day, as people write hours.

    What goes on after midnight belongs to the day it began on. The whole day is
    ``("00:00", "24:00")``.

    :param intervals: opening intervals, joined, in local time
    :param datetime midnight: the beginning of the day, in local time
    :return: list of ("HH:MM", "HH:MM")
    """
    tomorrow = midnight + timedelta(days=1)
    hours = []
    for begin, end in intervals:
        if begin < tomorrow and end > midnight:
            if begin < midnight:
                if end - begin < timedelta(days=1):
                    continue  # yesterday's, going on
                begin = midnight
            long = end >= tomorrow and end - begin >= timedelta(days=1)
            hours.append((f"{begin:%H:%M}", "24:00" if long else f"{end:%H:%M}"))
    return hours
