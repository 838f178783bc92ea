"""When a debtor is reminded, charged, suspended and cut off; no database."""

from dataclasses import dataclass
from datetime import timedelta

ONE_DAY = timedelta(days=1)
#: A calendar without a single working day must not be walked for ever
FURTHEST = 60


@dataclass(frozen=True)
class Level:
    """A step of an operator's dunning.

    :param id: of the level
    :param days: after the due date
    :param working: whether only working days are counted
    """

    id: int
    days: int
    working: bool = False


def next_working_day(day, is_working):
    """Return a day, or the first working day after it.

    :param datetime.date day: to begin with
    :param is_working: tells of a date whether the operator works
    :rtype: datetime.date
    """
    for offset in range(FURTHEST):
        if is_working(day + offset * ONE_DAY):
            return day + offset * ONE_DAY
    return day


def due_on(start, level, is_working):
    """Return the day of a level: never on a day off, when nobody answers the telephone.

    :param datetime.date start: the due date of the oldest invoice
    :param Level level: the step
    :param is_working: tells of a date whether the operator works
    :rtype: datetime.date
    """
    if not level.working:
        return next_working_day(start + level.days * ONE_DAY, is_working)
    day, counted = start, 0
    while counted < level.days and day < start + (level.days * 7 + FURTHEST) * ONE_DAY:
        day += ONE_DAY
        counted += is_working(day)
    return next_working_day(day, is_working)


def next_step(levels, start, done, done_on, is_working):
    """Return the level that comes next, and its day.

    Levels come one by one, and never closer to each other than planned: who was warned
    late, because a holiday or an outage came in between, is suspended later too.

    :param list[Level] levels: of the operator
    :param datetime.date start: the due date of the oldest invoice
    :param int done: id of the last level carried out, or None
    :param datetime.date done_on: when that was, or None
    :param is_working: tells of a date whether the operator works
    :return: (Level, date), or None when there is no further level
    :rtype: tuple or None
    """
    ordered = sorted(levels, key=lambda level: (level.days, level.id))
    position = next((n for n, level in enumerate(ordered) if level.id == done), None)
    following = 0 if position is None else position + 1
    if following >= len(ordered):
        return None
    level = ordered[following]
    day = due_on(start, level, is_working)
    if position is not None and done_on:
        apart = Level(level.id, level.days - ordered[position].days, level.working)
        day = max(day, due_on(done_on, apart, is_working))
    return level, day
