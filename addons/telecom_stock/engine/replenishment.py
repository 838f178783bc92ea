"""Who runs short of what, and which shop has too much of it: decisions, no database.

A shop runs short when what it has, and what is on the way to it, is below its
threshold or will not last until goods can come. What a shop needs itself for longer is
never proposed to others.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, replace

from odoo.addons.telecom_crm.tools import sphere

#: Why an item needs a look, the most urgent first
OUT, THRESHOLD, FORECAST = "out", "threshold", "forecast"


@dataclass(frozen=True)
class Position:
    """What a shop has of an item, and how fast it sells it.

    :param shop: any key, the same shop's everywhere
    :param product: any key
    :param free: pieces in stock that nobody reserved; a negative number counts as none
    :param incoming: pieces on the way
    :param minimum: below it the shop runs short; 0 when there is no threshold
    :param maximum: up to which the shop is filled; at least the minimum
    :param daily: pieces sold on a day, on average
    :param place: (latitude, longitude) in degrees, or None
    """

    shop: int
    product: int
    free: float
    incoming: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0
    daily: float = 0.0
    place: tuple[float, float] | None = None

    @property
    def coming(self):
        """Pieces the shop will have when everything has come."""
        return max(self.free, 0) + max(self.incoming, 0)


@dataclass(frozen=True)
class Proposal:
    """Bring pieces of an item from one shop to another."""

    product: int
    source: int
    dest: int
    quantity: int


def cover(position):
    """Return how many days the stock lasts, or None when nothing is sold.

    :rtype: float or None
    """
    return position.coming / position.daily if position.daily > 0 else None


def alert(position, cover_days):
    """Return why a shop should order an item, or ``""``.

    :param Position position: of the shop
    :param float cover_days: how long the stock must last
    :return: ``out``: it has none though it sells it or should have it; ``threshold``:
        less than the minimum; ``forecast``: sold out before ``cover_days`` are over
    """
    wanted = position.minimum > 0 or position.daily > 0
    if wanted and position.coming <= 0:
        return OUT
    if position.coming < position.minimum:
        return THRESHOLD
    days = cover(position)
    if days is not None and days < cover_days:
        return FORECAST
    return ""


def shortage(position, cover_days):
    """Return how many whole pieces bring a shop back to what it should have.

    :param float cover_days: how long the stock must last
    :rtype: int
    """
    if not alert(position, cover_days):
        return 0
    return max(math.ceil(_full(position, cover_days) - position.coming), 0)


def surplus(position, keep_days):
    """Return how many whole pieces a shop can give away.

    It keeps what it is filled up to, and what it sells in ``keep_days``; what is still
    on the way to it cannot be given.

    :param float keep_days: how long what is left must last
    :rtype: int
    """
    return max(math.floor(position.free - _full(position, keep_days)), 0)


def _full(position, days):
    """Pieces a shop should have: its maximum, or what it sells in some days."""
    return max(
        position.maximum, position.minimum, math.ceil(position.daily * days - 1e-9)
    )


def propose(positions, cover_days, keep_days):
    """Return which shops should send what to which.

    The shop whose stock ends first is served first. It gets its pieces from the nearest
    shop that can give them all; when no shop can, from those that have most to give, so
    that as few parcels as possible are on the way. Equal cases are decided by the keys
    of the shops: the same positions always give the same proposals.

    :param positions: :class:`Position` of any shops and items
    :param float cover_days: see :func:`alert`
    :param float keep_days: see :func:`surplus`; at least ``cover_days``, for no shop
        may be stripped of what another proposal would bring back
    :rtype: list[Proposal]
    """
    keep_days = max(keep_days, cover_days)
    items = defaultdict(list)
    for position in positions:
        items[position.product].append(position)
    proposals = []
    for product in sorted(items):
        spare = {one.shop: surplus(one, keep_days) for one in items[product]}
        places = {one.shop: one.place for one in items[product]}
        short = [
            (_urgency(one), one.shop, shortage(one, cover_days), one.place)
            for one in items[product]
        ]
        for _urgent, dest, missing, place in sorted(short, key=lambda one: one[:2]):
            while missing:
                donors = [
                    key for key, amount in spare.items() if amount and key != dest
                ]
                if not donors:
                    break
                source = min(
                    donors,
                    key=lambda key, missing=missing, place=place: (
                        -min(spare[key], missing),
                        distance(places[key], place),
                        key,
                    ),
                )
                quantity = min(spare[source], missing)
                spare[source] -= quantity
                missing -= quantity
                proposals.append(Proposal(product, source, dest, quantity))
    return proposals


def _urgency(position):
    days = cover(position)
    return math.inf if days is None else days


def with_pending(position, coming, leaving):
    """Return a position as it will be when what was agreed on is done.

    :param Position position: as it is
    :param float coming: pieces that will be sent to the shop
    :param float leaving: pieces the shop will send
    :rtype: Position
    """
    return replace(
        position, free=position.free - leaving, incoming=position.incoming + coming
    )


def distance(place, other):
    """Return the metres between two places; an unknown one is far away.

    :param tuple place: (latitude, longitude) in degrees, or None
    :param tuple other: idem
    :rtype: float
    """
    if not place or not other:
        return math.inf
    return sphere.distance(*place, *other)
