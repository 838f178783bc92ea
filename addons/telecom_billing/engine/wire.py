"""Values as PostgreSQL's ``COPY … (FORMAT binary)`` reads them; no database, no Odoo.

A third cheaper for PostgreSQL than texts, and no dearer here. See "Binary Format" of
https://www.postgresql.org/docs/current/sql-copy.html; each value comes with its length.
"""

import struct
from datetime import datetime

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
#: Of PostgreSQL's timestamps, which count microseconds
EPOCH = datetime(2000, 1, 1)

_LENGTH = struct.Struct(">i")
_INTEGER = struct.Struct(">ii")
_MOMENT = struct.Struct(">iq")


def integer(value):
    """Return a value of 32 bits, or nothing for None."""
    return NULL if value is None else _INTEGER.pack(4, value)


def boolean(value):
    return b"\0\0\0\1\1" if value else b"\0\0\0\1\0"


def text(value):
    data = value.encode()
    return _LENGTH.pack(len(data)) + data


def seconds(moment):
    """Return how many whole seconds of :data:`EPOCH` a naive moment has."""
    since = moment - EPOCH
    return since.days * 86_400 + since.seconds


def microseconds(moment):
    """Return a naive moment as PostgreSQL counts it."""
    return seconds(moment) * 1_000_000 + moment.microsecond


def timestamp(moment):
    return _MOMENT.pack(8, microseconds(moment))


def days(day):
    """Return how many days after :data:`EPOCH` a date is, as PostgreSQL counts it."""
    return (day - EPOCH.date()).days


def date(day):
    return _INTEGER.pack(4, days(day))


def numeric(value):
    """Return a number of any length, with as many decimals as it has.

    Four decimal digits make one of PostgreSQL's; they are counted from the point.

    :param Decimal value: finite
    """
    sign, figures, exponent = value.as_tuple()
    scale = max(0, -exponent)
    # PostgreSQL's digits behind the point
    behind = -(-scale // 4)
    rest = int("".join(map(str, figures))) * 10 ** (exponent + 4 * behind)
    digits = []
    while rest:
        rest, digit = divmod(rest, 10_000)
        digits.append(digit)
    weight = len(digits) - behind - 1 if digits else 0
    digits.reverse()
    while digits and not digits[-1]:
        digits.pop()
    count = len(digits)
    negative = 0x4000 if sign and count else 0
    return struct.pack(
        f">ihhHh{count}h", 8 + 2 * count, count, weight, negative, scale, *digits
    )
