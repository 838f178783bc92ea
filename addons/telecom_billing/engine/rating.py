"""What a record of usage costs; no database, no Odoo.

:mod:`.rater` rates many records one after the other by these rules, and a record
explains itself by them.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

#: How many rating units (seconds, messages, kilobytes) a price is for
UNITS = {
    "second": 1,
    "minute": 60,
    "message": 1,
    "kilobyte": 1,
    "megabyte": 1_000,
    "gigabyte": 1_000_000,
}
#: Which units prices of a kind of usage may be for
UNITS_OF_KINDS = {
    "voice": ("second", "minute"),
    "sms": ("message",),
    "data": ("kilobyte", "megabyte", "gigabyte"),
}
#: Bytes of a kilobyte, as the trade counts
KILOBYTE = 1_000
ROUNDINGS = {"half_up": ROUND_HALF_UP, "up": ROUND_UP, "down": ROUND_DOWN}
MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Rate:
    """A price of a destination, see ``telecom.tariff.rate``."""

    price: Decimal
    per: int = 60
    price_off_peak: Decimal | None = None
    connection_fee: Decimal = Decimal(0)
    minimum_charge: Decimal = Decimal(0)
    first_increment: int = 1
    next_increment: int = 1
    included: bool = True
    rounding: str = "half_up"
    digits: int = 3


@dataclass(frozen=True, slots=True)
class Rating:
    """What a record costs, and how that came about.

    :ivar int units: what was used, in rating units
    :ivar int billed: what is counted, in increments
    :ivar int included: what allowances cover of it
    :ivar int charged: what is left to be paid
    :ivar Decimal price: per ``rate.per`` units, of the hour
    :ivar Decimal exact: before the minimum and rounding
    :ivar bool minimum: whether the minimum applied
    :ivar Decimal amount: what it costs
    """

    units: int
    billed: int
    included: int
    charged: int
    price: Decimal
    exact: Decimal
    minimum: bool
    amount: Decimal


def units(kind, quantity):
    """Return a quantity of a switch in rating units; a started kilobyte counts.

    :param str kind: ``voice``, ``sms`` or ``data``
    :param int quantity: seconds, messages or bytes
    """
    return -(-quantity // KILOBYTE) if kind == "data" else quantity


def billed(quantity, first, following):
    """Return a quantity in increments.

    >>> billed(61, 60, 30), billed(1, 60, 30), billed(0, 60, 30)
    (90, 60, 0)
    """
    if quantity <= 0:
        return 0
    if quantity <= first:
        return first
    return first + -(-(quantity - first) // following) * following


def rate_record(rate, kind, quantity, off_peak=False, left=0):
    """Rate one record.

    :param Rate rate: of its destination
    :param str kind: ``voice``, ``sms`` or ``data``
    :param int quantity: seconds, messages or bytes
    :param bool off_peak: whether it began in off-peak hours
    :param int left: what is left of the allowances, in rating units
    :rtype: Rating
    """
    used = units(kind, quantity)
    counted = billed(used, rate.first_increment, rate.next_increment)
    covered = min(counted, max(0, left)) if rate.included else 0
    charged = counted - covered
    return Rating(used, counted, covered, charged, *price(rate, charged, off_peak))


def price(rate, charged, off_peak=False):
    """Return what a quantity costs.

    :param Rate rate: of its destination
    :param int charged: in increments, less what allowances cover
    :param bool off_peak: whether it began in off-peak hours
    :return: the price of the hour, the amount before minimum and rounding, whether the
        minimum applied, and the amount
    """
    of_hour = rate.price
    if off_peak and rate.price_off_peak is not None:
        of_hour = rate.price_off_peak
    exact = Decimal(0)
    minimum = False
    amount = Decimal(0)
    if charged:
        # Fee and minimum belong to what is paid; what is covered is free
        exact = rate.connection_fee + of_hour * charged / rate.per
        minimum = exact < rate.minimum_charge
        amount = max(exact, rate.minimum_charge)
    amount = amount.quantize(Decimal(1).scaleb(-rate.digits), ROUNDINGS[rate.rounding])
    return of_hour, exact, minimum, amount


def longest_prefix(prefixes, number):
    """Return the longest prefix that a number begins with, or None.

    :param prefixes: a container of digits; the empty one fits everything
    :param str number: digits in international form, without ``+``
    """
    for length in range(len(number), -1, -1):
        if number[:length] in prefixes:
            return number[:length]
    return None


def minutes_of(bands):
    """Return which minutes of which days are off-peak.

    :param bands: ``[(day, hour from, hour to)]``, see ``telecom.tariff.band``
    :return: eight strings of 1440 digits ``0`` and ``1``: Monday to Sunday, holiday
    """
    days = [bytearray(b"0" * MINUTES) for _day in range(8)]
    meant = {
        "workday": range(5),
        "holiday": (7,),
        "all": range(8),
        **{str(number): (number,) for number in range(7)},
    }
    for day, start, stop in bands:
        first, last = round(start * 60), round(stop * 60)
        for number in meant[day]:
            days[number][first:last] = b"1" * (last - first)
    return [bytes(day).decode() for day in days]


def is_off_peak(minutes, holidays, local):
    """Tell whether a moment is off-peak.

    On a public holiday its own hours apply, when there are any, and those of the day
    otherwise.

    :param list minutes: see :func:`minutes_of`
    :param holidays: dates
    :param datetime.datetime local: in the operator's time zone
    """
    found = minutes_of_day(minutes, holidays, local.date())
    return found[local.hour * 60 + local.minute] == "1"


def minutes_of_day(minutes, holidays, day):
    """Return which minutes of a date are off-peak, see :func:`is_off_peak`.

    :param list minutes: see :func:`minutes_of`
    :param holidays: dates
    :param datetime.date day: of the operator's calendar
    :rtype: str
    """
    if day in holidays and "1" in minutes[7]:
        return minutes[7]
    return minutes[day.weekday()]


def clock(seconds):
    """Return a duration as people read it.

    >>> clock(3725)
    '1:02:05'
    """
    return str(timedelta(seconds=int(seconds)))
