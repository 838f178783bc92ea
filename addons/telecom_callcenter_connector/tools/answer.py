"""What systems answer, in one shape; no Odoo."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

#: Characters of one value that are kept
LONGEST = 10_000


@dataclass(slots=True)
class Answer:
    """Rows of a query, or how many a change concerned.

    :ivar list columns: names
    :ivar list rows: lists of plain values, see :func:`plain`
    :ivar int count: rows read, or changed; None when a change does not say how many
    :ivar bool more: whether there were more rows than the limit
    """

    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    count: int = 0
    more: bool = False

    @classmethod
    def of(cls, columns, rows, limit):
        """Make an answer of what a driver gave, cut at a limit.

        :param list rows: at most one more than the limit
        """
        kept = [[plain(value) for value in row] for row in rows[:limit]]
        return cls(list(columns), kept, len(kept), len(rows) > limit)

    def dicts(self):
        """Return the rows as dicts by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def plain(value):
    """Return a value as JSON holds it; bytes are only counted."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, Decimal):
        whole = value.is_finite() and value == value.to_integral_value()
        return int(value) if whole else str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta | UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} bytes)"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)[:LONGEST]
    return str(value)[:LONGEST]
