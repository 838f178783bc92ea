"""When a field seller can be with a customer: decisions, no database.

Times are datetimes in UTC without time zone, places (latitude, longitude) in degrees,
distances kilometres along the sphere. A seller travels at a speed *as the crow flies*,
which already holds the detours of real roads: what operators measure is door to door.
"""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo.addons.telecom_crm.tools import sphere

#: After so long without anything to do, a seller starts from home again
NIGHT = timedelta(hours=8)
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Busy:
    """Something a seller does already.

    :param datetime start, end: when
    :param tuple place: where, when known
    """

    start: datetime
    end: datetime
    place: tuple | None = None


@dataclass(frozen=True)
class Seller:
    """A seller, as far as appointments go.

    :param int id: whatever names the seller
    :param working: (start, end) of working time, in order, without overlap
    :param busy: :class:`Busy`, in any order; they may overlap
    :param tuple home: where the day begins, when known
    :param float furthest: kilometres the seller goes for one appointment; 0: no limit
    """

    id: int
    working: tuple = ()
    busy: tuple = ()
    home: tuple | None = None
    furthest: float = 0


@dataclass(frozen=True)
class Slot:
    """A time at which a seller can be with the customer.

    :param datetime start, end: of the appointment
    :param int seller_id: whose
    :param float kilometres: from where the seller is before; None when unknown
    :param float detour: kilometres this appointment adds to the seller's day
    """

    start: datetime
    end: datetime
    seller_id: int
    kilometres: float | None = None
    detour: float = 0.0


@dataclass(frozen=True)
class Wish:
    """What is looked for.

    :param timedelta duration: of the appointment
    :param datetime earliest, latest: it begins within these
    :param tuple place: the customer's, when known
    :param timedelta step: appointments begin at multiples of it
    :param float speed: km/h as the crow flies
    """

    duration: timedelta
    earliest: datetime
    latest: datetime
    place: tuple | None = None
    step: timedelta = timedelta(minutes=30)
    speed: float = 20.0


def kilometres(place, other):
    """Distance of two places; None when one of them is unknown."""
    if not place or not other:
        return None
    return sphere.distance(*place, *other) / 1000


def travel(distance, speed):
    """How long a distance takes, in whole minutes; nothing when it is unknown.

    :param distance: kilometres, or None
    :param float speed: km/h
    :rtype: timedelta
    """
    if not distance or speed <= 0:
        return timedelta()
    return timedelta(minutes=math.ceil(distance / speed * 60))


def ceil(moment, step):
    """The first multiple of a step that is not before a moment."""
    beyond = (moment - EPOCH) % step
    return moment + (step - beyond) if beyond else moment


def free_slots(seller, wish):
    """Return when one seller can come, in order.

    The whole appointment lies in working time and meets nothing else. Between two
    things to do there is the time to travel; the way to the first of a day and home
    from the last is the seller's own.

    :rtype: list of :class:`Slot`
    """
    busy = sorted(
        (one for one in seller.busy if one.start < one.end),
        key=lambda one: (one.start, one.end),
    )
    starts = [one.start for one in busy]
    # The latest end so far: an all-day event hides what is within it
    ends, last = [], None
    for one in busy:
        last = one if last is None or one.end > last.end else last
        ends.append(last)
    slots = []
    for begin, finish in seller.working:
        start = ceil(max(begin, wish.earliest), wish.step)
        while start + wish.duration <= finish and start <= wish.latest:
            slot = _slot_at(seller, wish, start, busy, starts, ends)
            if slot:
                slots.append(slot)
            start += wish.step
    return slots


def _slot_at(seller, wish, start, busy, starts, ends):
    end = start + wish.duration
    number = bisect_right(starts, start)
    before = ends[number - 1] if number else None
    if before and before.end > start:
        return None
    number = bisect_left(starts, start)
    after = busy[number] if number < len(busy) else None
    if after and after.start < end:
        return None
    if before and start - before.end > NIGHT:
        before = None
    if after and after.start - end > NIGHT:
        after = None
    here = before.place if before else seller.home
    there = after.place if after else None
    way, onward = kilometres(here, wish.place), kilometres(wish.place, there)
    if seller.furthest and way is not None and way > seller.furthest:
        return None
    if before and before.end + travel(way, wish.speed) > start:
        return None
    if after and end + travel(onward, wish.speed) > after.start:
        return None
    detour = (way or 0) + (onward or 0) - (kilometres(here, there) or 0)
    return Slot(start, end, seller.id, way, max(detour, 0.0))


def propose(sellers, wish, per_day=None, per_time=None):
    """Return the free times of some sellers, the soonest first.

    Of sellers free at the same time, whoever makes the smallest detour comes first.

    :param sellers: :class:`Seller`
    :param int per_day: no more of each seller and day of UTC; all when None
    :param int per_time: no more sellers at the same time; all when None
    :rtype: list of :class:`Slot`
    """
    slots = []
    for seller in sellers:
        found = free_slots(seller, wish)
        slots += _at_most(found, per_day, lambda slot: slot.start.date())
    slots.sort(key=lambda slot: (slot.start, slot.detour, slot.seller_id))
    return _at_most(slots, per_time, lambda slot: slot.start)


def _at_most(slots, most, key):
    """Return the first slots of each key."""
    if most is None:
        return slots
    kept, count = [], {}
    for slot in slots:
        count[key(slot)] = count.get(key(slot), 0) + 1
        if count[key(slot)] <= most:
            kept.append(slot)
    return kept


def in_zone(place, zone, radius):
    """Whether a place lies within so many kilometres of a zone's centre."""
    distance = kilometres(place, zone)
    return distance is not None and distance <= radius


def within(moment, intervals):
    """The first moment not before another one that lies in some intervals.

    :param float moment: seconds
    :param intervals: (start, end), in order, without overlap
    :return: seconds; the moment itself when nothing opens any more
    """
    for start, end in intervals:
        if moment < end:
            return max(moment, start)
    return moment
