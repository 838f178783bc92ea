"""Records of usage as switches write them; no database, no Odoo.

:class:`Reader` makes a record of the cells of a row, or says what is wrong with it.
Nothing a file contains may stop the reading.
"""

import hashlib
import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import phonenumbers
import pytz

from odoo.addons.telecom_crm.tools.table import BadRow
from odoo.addons.telecom_crm.tools.usage import Numbers
from odoo.addons.telecom_crm.tools.usage import number as read_number

#: Longer than any session; more is a mistake
MAX_SECONDS = 31 * 86_400
MAX_MESSAGES = 1_000
MAX_BYTES = 10**13
#: Characters of the other number that are kept
MAX_NUMBER = 32
#: Longest text that can be a cell of a record
MAX_CELL = 200
DATA_UNITS = {"byte": 1, "kilobyte": 1000, "megabyte": 1_000_000}
VOICE_UNITS = {"second": 1, "minute": 60}
# Hours whose distance from UTC is remembered
REMEMBERED = 50_000

SIGNS = str.maketrans("", "", " .-()\u00a0\u202f")
COMPACT = re.compile(r"\d{14}")
SLASHED = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)
CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})")


class Reader:
    """Makes ``(key, subscriber, kind, number, start, quantity)`` of a row.

    ``key`` is 32 hexadecimal digits, ``subscriber`` in E.164, ``number`` with ``+``
    when it is a complete one, ``start`` a naive datetime in UTC, and ``quantity``
    seconds, messages or bytes.
    """

    def __init__(
        self,
        columns,
        *,
        region,
        zone,
        oldest,
        newest,
        currency,
        date_format="iso",
        decimal=".",
        voice_unit="second",
        data_unit="byte",
        kinds=(),
        default_kind=None,
        numbers_recur=False,
    ):
        """
        :param dict columns: {target: position, from 0}
        :param str region: ISO code of the operator's country
        :param datetime.tzinfo zone: of dates that name none (``pytz``)
        :param datetime oldest: naive, UTC; what began before is refused
        :param datetime newest: naive, UTC; what began later is refused
        :param str currency: the operator's, ISO code
        :param kinds: {what the file calls it, in lower case: kind}
        :param bool numbers_recur: the start belongs to the number of a record
        """
        self.columns = columns
        self.wanted = max(columns.values(), default=-1) + 1
        self.numbers = Numbers(region)
        self.zone = zone
        self.oldest, self.newest = oldest, newest
        self.currency = currency
        self.decimal = decimal
        self.voice_unit = voice_unit
        self.data_factor = DATA_UNITS[data_unit]
        self.kinds = dict(kinds)
        self.default_kind = default_kind
        self.numbers_recur = numbers_recur
        self._moment = getattr(self, f"_read_{date_format}")
        self._offsets = {}
        self.plan = Plan(region)

    def __call__(self, cells):
        """Return a record.

        :param list cells: of a row; None for one that is too long
        :raises BadRow: with a code of ``telecom.usage.reject``
        """
        if cells is None:
            raise BadRow("long")
        if len(cells) < self.wanted:
            raise BadRow("columns", len(cells))
        columns = self.columns
        kind = self.default_kind
        if (at := columns.get("kind")) is not None:
            text = cells[at].strip()
            kind = self.kinds.get(text.lower()) or (None if text else kind)
            if kind is None:
                raise BadRow("kind", text)
        text = cells[columns["subscriber"]].strip()
        if not text:
            raise BadRow("empty")
        subscriber = self.numbers(text)
        start = self._start(cells)
        quantity = self._quantity(kind, cells)
        at = columns.get("number")
        number = self._other(cells[at]) if at is not None else ""
        if (at := columns.get("currency")) is not None:
            text = cells[at].strip().upper()
            if text and text != self.currency:
                raise BadRow("currency", text)
        at = columns.get("key")
        key = cells[at].strip() if at is not None else ""
        if at is not None and not key:
            raise BadRow("key")
        if not key:
            key = f"{subscriber}|{kind}|{number}|{start.isoformat()}|{quantity}"
        if len(key) > MAX_CELL:
            raise BadRow("key", key)
        if at is not None and self.numbers_recur:
            key = f"{key}|{start.isoformat()}"
        digest = hashlib.md5(
            key.encode(errors="replace"), usedforsecurity=False
        ).hexdigest()
        return digest, subscriber, kind, number, start, quantity

    # Moments

    def _start(self, cells):
        text = cells[self.columns["start"]].strip()
        if (at := self.columns.get("time")) is not None:
            text = f"{text} {cells[at].strip()}"
        if len(text) > 40:
            raise BadRow("date", text)
        try:
            moment = self._moment(text)
            if moment.tzinfo is None:
                moment -= self._offset(moment)
            else:
                moment = moment.astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            raise BadRow("date", text) from None
        if moment.microsecond:
            moment = moment.replace(microsecond=0)
        if moment < self.oldest:
            raise BadRow("old", text)
        if moment > self.newest:
            raise BadRow("future", text)
        return moment

    def _offset(self, moment):
        """Return how far the source's clock is from UTC, asked once per hour.

        Of an hour that exists twice, the first is meant.
        """
        hour = (moment.year, moment.month, moment.day, moment.hour)
        found = self._offsets.get(hour)
        if found is None:
            if len(self._offsets) > REMEMBERED:
                self._offsets.clear()
            whole = datetime(*hour)
            found = self._offsets[hour] = self.zone.localize(
                whole, is_dst=True
            ).utcoffset()
        return found

    @staticmethod
    def _read_iso(text):
        if len(text) < 16 or text[4] != "-" or text[7] != "-":
            raise ValueError(text)
        return datetime.fromisoformat(text)

    @staticmethod
    def _read_compact(text):
        text = text.replace(" ", "")
        if not (text.isascii() and COMPACT.fullmatch(text)):
            raise ValueError(text)
        return datetime(
            int(text[:4]),
            int(text[4:6]),
            int(text[6:8]),
            int(text[8:10]),
            int(text[10:12]),
            int(text[12:]),
        )

    @staticmethod
    def _read_epoch(text):
        if not (text.isascii() and text.isdigit() and len(text) <= 11):
            raise ValueError(text)
        return datetime.fromtimestamp(int(text), UTC)

    @staticmethod
    def _slashed(text):
        match = text.isascii() and SLASHED.fullmatch(text)
        if not match:
            raise ValueError(text)
        return [int(part or 0) for part in match.groups()]

    def _read_day_first(self, text):
        day, month, year, *rest = self._slashed(text)
        return datetime(year, month, day, *rest)

    def _read_month_first(self, text):
        month, day, year, *rest = self._slashed(text)
        return datetime(year, month, day, *rest)

    # Quantities

    def _quantity(self, kind, cells):
        columns = self.columns
        if kind == "voice":
            at = columns.get("duration")
            if at is None:
                raise BadRow("duration")
            return self._seconds(cells[at].strip())
        if kind == "sms":
            at = columns.get("messages")
            text = cells[at].strip() if at is not None else ""
            count = self._number(text) if text else 1
            return self._whole(count, MAX_MESSAGES, text)
        at = columns.get("volume")
        if at is None:
            raise BadRow("volume")
        text = cells[at].strip()
        volume = self._number(text)
        if (at := columns.get("volume_down")) is not None:
            volume += self._number(cells[at].strip())
        return self._whole(volume * self.data_factor, MAX_BYTES, text)

    def _seconds(self, text):
        if self.voice_unit == "clock":
            match = text.isascii() and CLOCK.fullmatch(text)
            if not match or int(match[2]) > 59 or int(match[3]) > 59:
                raise BadRow("value", text)
            hours, minutes, seconds = (int(part or 0) for part in match.groups())
            return self._whole(hours * 3600 + minutes * 60 + seconds, MAX_SECONDS, text)
        return self._whole(
            self._number(text) * VOICE_UNITS[self.voice_unit], MAX_SECONDS, text
        )

    def _number(self, text):
        if text.isascii() and text.isdigit() and len(text) <= 15:
            return int(text)
        if not text or len(text) > MAX_CELL:
            raise BadRow("value", text)
        return read_number(text, self.decimal)

    @staticmethod
    def _whole(value, largest, text):
        """Return a quantity as a whole number: a started second or byte counts."""
        if value < 0:
            raise BadRow("negative", text)
        if value > largest:
            raise BadRow("large", text)
        if isinstance(value, Decimal):
            return int(value) + (value != int(value))
        return value

    # Numbers

    def _other(self, text):
        """Return the other number: complete with ``+``, or as it came.

        By its length only: whether it is anybody's number does not matter.
        """
        digits = text.strip().translate(SIGNS)
        plus = digits.startswith("+")
        digits = digits.removeprefix("+")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
            # The name of a sender, an access point
            return "".join(
                letter for letter in text.strip()[:MAX_NUMBER] if letter.isprintable()
            ).replace("\\", "/")
        if not plus and digits.startswith("00"):
            plus, digits = True, digits[2:]
        return f"+{self.plan.complete(digits)}" if plus else self.plan.dialled(digits)


def parse(rows, reader):
    """Read rows.

    :param rows: (place, text, cells), see :func:`.table.read_csv`
    :param Reader reader: of their source
    :return: the records, (place, key, subscriber, kind, number, start, quantity) with
        each key once, and (place, code, value) of the bad ones
    """
    records, bad, seen = [], [], {}
    for place, _text, cells in rows:
        try:
            record = reader(cells)
        except BadRow as error:
            bad.append((place, error.code, error.text))
            continue
        key, start = record[0], record[4]
        if before := seen.get(key):
            same = before == start
            bad.append(
                (place, "duplicate", "") if same else (place, "again", str(before))
            )
            continue
        seen[key] = start
        records.append((place, *record))
    return records, bad


class Plan:
    """How numbers of a country look, by their lengths.

    :param str region: ISO code
    """

    def __init__(self, region):
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region or "", None)
        self.code = str(phonenumbers.country_code_for_region(region) or "")
        self.lengths = set(metadata.general_desc.possible_length) if metadata else ()
        self.trunk = (metadata and metadata.national_prefix) or ""
        # Since the end of 2024 numbers of Benin begin with 01
        self.former = (8, "01") if region == "BJ" else None

    def complete(self, digits):
        """Return an international number, a former one in today's form."""
        if self.former and digits.startswith(self.code):
            length, prefix = self.former
            if len(digits) == len(self.code) + length:
                return f"{self.code}{prefix}{digits[len(self.code) :]}"
        return digits

    def dialled(self, digits):
        """Return a number as dialled within the country; a short code as it is."""
        if len(digits) in self.lengths:
            return f"+{self.code}{digits}"
        if self.trunk and digits.startswith(self.trunk):
            rest = digits[len(self.trunk) :]
            if len(rest) in self.lengths:
                return f"+{self.code}{rest}"
        if self.former and len(digits) == self.former[0]:
            return f"+{self.code}{self.former[1]}{digits}"
        return digits


def limits(now, max_age):
    """Return between which moments records may begin.

    :param datetime now: naive, UTC
    :param int max_age: days
    """
    return now - timedelta(days=max_age), now + timedelta(hours=1)


def months_of(days):
    """Return how many whole months before the present one always hold so many days.

    :param int days: from 0 on
    :rtype: int
    """
    # The shortest run of months, leap days left out: any year without one tells
    lengths = [monthrange(2027, month)[1] for month in range(1, 13)]
    years, left = divmod(days, sum(lengths))
    for months in range(13):
        if left <= min(
            sum((lengths + lengths)[begin : begin + months]) for begin in range(12)
        ):
            return 12 * years + months


def timezone(name, default):
    """Return a time zone by its name, or another."""
    try:
        return pytz.timezone(name) if name else default
    except pytz.UnknownTimeZoneError:
        return default
