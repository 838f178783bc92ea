"""When people may be called, in their own time zones.

Pure: no ORM, no clock. Hours are *wall-clock* intervals ``(start, end)``, naive, sorted
and without overlap: eight o'clock is eight o'clock wherever the contact lives. Moments
are naive UTC; time zones are those of pytz.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta

import pytz

MIDNIGHT = time()

#: Where nothing else is said: Monday to Saturday
USUAL_WEEK = {day: ((8, 20),) for day in range(6)}
#: Beyond which nobody is called, whatever the campaign says: hours by day of the week
#: (Monday is 0), and whether public holidays are excluded.
#: FR: décret n° 2022-1313 of 13 October 2022, Code de la consommation D. 223-9.
#: US: 47 CFR 64.1200(c)(1) and 16 CFR 310.4(c), 8 a.m. to 9 p.m. where the called
#: person is.
LEGAL_WEEKS = {
    "FR": ({day: ((10, 13), (14, 20)) for day in range(5)}, True),
    "US": ({day: ((8, 21),) for day in range(7)}, False),
}


def to_wall(moment, zone):
    """Return what the clock shows in a time zone."""
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def from_wall(wall, zone):
    """Return the moment at which the clock shows a time.

    A time that summer time skips is an hour later; of one that comes twice, the first.
    """
    try:
        found = zone.localize(wall, is_dst=None)
    except pytz.NonExistentTimeError:
        found = zone.normalize(zone.localize(wall, is_dst=False))
    except pytz.AmbiguousTimeError:
        found = zone.localize(wall, is_dst=True)
    return found.astimezone(UTC).replace(tzinfo=None)


def is_open(hours, zone, moment):
    """Tell whether people of a time zone may be called at a moment."""
    wall = to_wall(moment, zone)
    place = bisect_right(hours, (wall, datetime.max)) - 1
    return place >= 0 and wall < hours[place][1]


def next_open(hours, zone, moment):
    """Return the first moment, not before one, at which people may be called.

    :return: the moment itself when it is open; None beyond the hours that are known
    """
    wall = to_wall(moment, zone)
    place = bisect_right(hours, (wall, datetime.max)) - 1
    if place >= 0 and wall < hours[place][1]:
        return moment
    if place + 1 < len(hours):
        return from_wall(hours[place + 1][0], zone)
    return None


def open_zones(hours, zones, moment):
    """Return those of some time zones, by name, in which people may be called."""
    found = []
    for name in zones:
        try:
            zone = pytz.timezone(name)
        except pytz.UnknownTimeZoneError:
            continue
        if is_open(hours, zone, moment):
            found.append(name)
    return found


def next_midnight(moment, zone):
    """Return the beginning of the next day in a time zone."""
    tomorrow = to_wall(moment, zone).date() + timedelta(days=1)
    return from_wall(datetime.combine(tomorrow, MIDNIGHT), zone)


def week_hours(week, first: date, days):
    """Return the intervals of a week's hours over some days.

    :param dict week: {day of the week: ((hour, hour), …)}
    :param date first: the first day
    :param int days: how many
    """
    return [
        (
            datetime.combine(day, MIDNIGHT) + timedelta(hours=start),
            datetime.combine(day, MIDNIGHT) + timedelta(hours=end),
        )
        for day in (first + timedelta(days=number) for number in range(days))
        for start, end in week.get(day.weekday(), ())
    ]


def without_days(hours, days_off):
    """Return hours without some days.

    :param days_off: dates
    """
    days_off = set(days_off)
    if not days_off:
        return hours
    result = []
    for start, end in hours:
        while start < end:
            midnight = datetime.combine(start.date() + timedelta(days=1), MIDNIGHT)
            if start.date() not in days_off:
                stop = min(end, midnight)
                if result and result[-1][1] == start:
                    result[-1] = (result[-1][0], stop)
                else:
                    result.append((start, stop))
            start = midnight
    return result
