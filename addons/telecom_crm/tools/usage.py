"""Files of monthly consumption; no database, no Odoo.

A file has a row of headings and then one row per line and month. What its columns mean
is proposed from the headings (:func:`propose`), how it is written from a sample
(:func:`detect`); :class:`Parser` makes a row of numbers of each record, or says what
is wrong with it. Nothing a file contains may stop the reading: what cannot be
understood is a bad row.
"""

import csv
import io
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import phonenumbers

from . import phone

#: Characters of one record; whatever is longer is no consumption
MAX_LINE = 20_000
#: Digits before the decimal sign; more is no consumption of a month
MAX_DIGITS = 15
#: What an ``integer`` column holds
MAX_INTEGER = 2**31 - 1
#: Months before it are mistakes
FIRST_MONTH = date(2000, 1, 1)

ENCODINGS = ("utf-8", "cp1252", "utf-16")
SEPARATORS = (";", ",", "\t", "|")

#: {target: (what is counted, how many of the stored unit one is)}
UNITS = {
    "voice_seconds": ("voice", 1),
    "voice_minutes": ("voice", 60),
    "voice_hours": ("voice", 3600),
    "sms": ("sms", 1),
    "data_bytes": ("data", 1),
    "data_kb": ("data", 1000),
    "data_mb": ("data", 1000**2),
    "data_gb": ("data", 1000**3),
    "amount": ("amount", 1),
}
TARGETS = ("msisdn", "month", *UNITS)

# Headings, as _fold writes them
WORDS = {
    "msisdn": "msisdn|numero|number|phone|phone number|telephone|tel|ligne|line|mobile|"
    "numero de telephone|numero de ligne|numero appelant|abonne|subscriber|gsm|"
    "numero d appel|num|num tel|numero client mobile",
    "month": "mois|month|periode|period|date|jour|day|mois de facturation|"
    "billing month|mois de consommation|cycle|annee mois|year month",
    "voice_seconds": "secondes|seconds|duree en secondes|duree secondes|voix s|"
    "voice seconds|voix secondes|duration seconds|duree s|duration s|voice s|"
    "secondes de voix|secondes voix",
    "voice_minutes": "minutes|voix|voice|voix min|voix minutes|voice minutes|duree|"
    "duration|appels|calls|duree minutes|duree en minutes|minutes voix|"
    "minutes de voix|min|voice min|duree min|communications",
    "voice_hours": "heures|hours|voix heures|voice hours|heures de voix",
    "sms": "sms|nombre de sms|nb sms|nombre sms|messages|text messages|texts|sms count",
    "data_bytes": "octets|bytes|data bytes|volume octets|volume en octets|data octets|"
    "volume bytes|octets data",
    "data_kb": "ko|kb|data ko|data kb|volume ko|kilooctets|kilobytes",
    "data_mb": "mo|mb|data|data mo|data mb|volume|volume mo|volume data|internet|"
    "internet mo|megaoctets|megabytes|donnees|donnees mo|volume internet|"
    "volume mb|donnees mobiles",
    "data_gb": "go|gb|data go|data gb|volume go|internet go|gigaoctets|gigabytes|"
    "donnees go|volume gb",
    "amount": "montant|amount|total|facture|consommation|revenu|arpu|revenue|cout|cost|"
    "prix|price|montant ttc|montant total|montant consomme|total ttc|charge|ca|"
    "chiffre d affaires|montant facture",
}
HEADINGS = {
    word: target for target, words in WORDS.items() for word in words.split("|")
}
# An amount may be followed by what it is counted in: Montant (FCFA)
CURRENCY = re.compile(r" (f ?cfa|xof|xaf|tnd|dt|eur|usd|cfa)$")

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv january jan",
            "fevrier fevr february feb fev",
            "mars march mar",
            "avril avr april apr",
            "mai may",
            "juin june jun",
            "juillet juil july jul",
            "aout august aug",
            "septembre sept september sep",
            "octobre october oct",
            "novembre november nov",
            "decembre december dec",
        ),
        1,
    )
    for name in names.split()
}
DATES = [
    # The year first: 2026-06, 202606, 2026-06-15, 20260615
    re.compile(r"(?P<year>\d{4})[-/. ]?(?P<month>\d{2})(?:[-/. ]?(?P<day>\d{2}))?"),
    # The day, if any, first: 06/2026, 6-2026, 15/06/2026, 15.6.26
    re.compile(r"(?:(?P<day>\d{1,2})[-/. ])?(?P<month>\d{1,2})[-/. ](?P<year>\d{4})"),
    re.compile(r"(?P<day>\d{1,2})[-/. ](?P<month>\d{1,2})[-/. ](?P<year>\d{2})"),
    re.compile(r"(?P<name>[a-z]+)[-/. ]*(?P<year>\d{4}|\d{2})"),
]
TIME = re.compile(r"[ t]\d{1,2}:\d{2}.*$")

# Formulas of spreadsheets begin so
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class BadRow(ValueError):
    """A row that cannot be taken in.

    :ivar str code: why: ``number``, ``month``, ``range``, ``value``, ``negative``,
        ``long``, ``columns``, ``empty``
    :ivar str text: what was read
    """

    def __init__(self, code, text=""):
        super().__init__(code)
        self.code = code
        self.text = str(text)[:80]


# Headings


def _fold(text):
    """Return a heading in lower case, without accents, signs and doubled spaces."""
    text = unicodedata.normalize("NFKD", str(text or "").lower())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def target_of(heading):
    """Return what a column with this heading most likely means, or None."""
    folded = _fold(heading)
    found = HEADINGS.get(folded)
    if not found and CURRENCY.search(folded):
        found = HEADINGS.get(CURRENCY.sub("", folded))
        found = found if found == "amount" else None
    return found


def propose(headings):
    """Return {position: target} for the columns whose headings are understood.

    Each target is given once: to the first column that asks for it; several units of
    one quantity are not mixed.

    :param list headings: the first row
    """
    found, taken = {}, set()
    for position, heading in enumerate(headings):
        target = target_of(heading)
        quantity = UNITS.get(target, (target,))[0]
        if target and quantity not in taken:
            taken.add(quantity)
            found[position] = target
    return found


# How a file is written


def detect(sample):
    """Return how a file is written, from its first bytes.

    :param bytes sample: some tens of kilobytes
    :return: ``encoding``, ``separator`` and ``decimal`` (``,`` or ``.``)
    :rtype: dict
    """
    encoding = detect_encoding(sample)
    lines = [
        line
        for line in sample.decode(encoding, errors="replace")
        .removeprefix("\ufeff")
        .splitlines()[:200]
        if line.strip() and len(line) < MAX_LINE
    ]
    separator = detect_separator(lines)
    values = [value for line in lines[1:] for value in split(line, separator)]
    return {
        "encoding": encoding,
        "separator": separator,
        "decimal": detect_decimal(values),
    }


def detect_encoding(sample):
    """Return the encoding a file most likely has."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        # The sample may end in the middle of a character
        if error.start < len(sample) - 4:
            return "cp1252"
    return "utf-8"


def detect_separator(lines):
    """Return the sign that cuts most rows into as many cells as the headings."""
    best, score = ";", 0
    for separator in SEPARATORS:
        counts = [len(split(line, separator)) for line in lines]
        if not counts or counts[0] < 2:
            continue
        alike = sum(count == counts[0] for count in counts) / len(counts)
        if alike * counts[0] > score:
            best, score = separator, alike * counts[0]
    return best


def detect_decimal(values):
    """Return the decimal sign that numbers of a sample have; a comma in doubt."""
    commas = points = 0
    for value in values:
        commas += bool(re.fullmatch(r"-?\d+,(\d{1,2}|\d{4,})", value.strip()))
        points += bool(re.fullmatch(r"-?\d+\.(\d{1,2}|\d{4,})", value.strip()))
    return "." if points > commas else ","


# Records


def split(line, separator):
    """Return the cells of one line of a file.

    A record is one line: an open quotation mark spoils its line, not the file.
    """
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader((line,), delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


def read_csv(file, encoding, separator):
    """Yield (number of the line, text, cells) of each record, headings included.

    :param file: a binary file
    :raises BadRow: never; a line that is too long has cells None
    """
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)
    number = 0
    try:
        while line := text.readline(MAX_LINE):
            number += 1
            if len(line) == MAX_LINE and not line.endswith("\n"):
                start = line[:200]
                while (rest := text.readline(MAX_LINE)) and not rest.endswith("\n"):
                    pass
                yield number, start, None
                continue
            line = line.rstrip("\n")
            if number == 1:
                line = line.removeprefix("\ufeff")
            if line and not line.isspace():
                yield number, line, split(line, separator)
    finally:
        # The file is the caller's
        text.detach()


def read_xlsx(file):
    """Yield (number of the row, text, cells) of the first sheet of a workbook."""
    import openpyxl  # noqa: PLC0415 - slow to load, and seldom needed

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        # Some programs write wrong dimensions
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if any(cell not in (None, "") for cell in row):
                cells = [_cell_text(cell) for cell in row]
                yield number, ";".join(cells)[:MAX_LINE], cells
    finally:
        book.close()


def _cell_text(cell):
    """Return a cell of a workbook as :class:`Parser` reads it, a point as decimal."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float):
        return format(Decimal(repr(cell)), "f").removesuffix(".0")
    return str(cell)


# Values


def month(text, today):
    """Return the first day of the month that a text means.

    Where a day and a month could be exchanged, the day comes first.

    :param str text: ``06/2026``, ``2026-06``, ``202606``, ``juin 2026`` or a day
    :param date today: months after its own are mistakes
    :raises BadRow: ``month`` or ``range``
    """
    folded = _strip_accents(text.strip().strip("'").lower())
    folded = TIME.sub("", folded)
    for pattern in DATES:
        match = pattern.fullmatch(folded)
        if match:
            break
    else:
        raise BadRow("month", text)
    parts = match.groupdict()
    name = parts.get("name")
    year = int(parts["year"])
    number = MONTHS.get(name, 0) if name else int(parts["month"])
    try:
        found = date(year + 2000 if year < 100 else year, number, 1)
        found.replace(day=int(parts.get("day") or 1))
    except ValueError:
        raise BadRow("month", text) from None
    if not FIRST_MONTH <= found <= today.replace(day=1):
        raise BadRow("range", text)
    return found


def _strip_accents(text):
    text = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def number(text, decimal):
    """Return a number as it is written; nothing is zero.

    :param str text: ``1234``, ``1 234,50``, ``1.234,50``, ``1,234.50``, ``12,5``…
    :param str decimal: the file's decimal sign, ``,`` or ``.``
    :rtype: int | Decimal
    :raises BadRow: ``value``
    """
    if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
        return int(text)
    clean = re.sub(r"[\s'’\u00a0\u202f]", "", text)
    if clean in ("", "-"):
        return 0
    group = "." if decimal == "," else ","
    match = re.fullmatch(
        rf"(-?)(\d+|\d{{1,3}}(?:\{group}\d{{3}})+)?(?:\{decimal}(\d{{0,9}}))?", clean
    )
    if not match or not (match[2] or match[3]) or not clean.isascii():
        raise BadRow("value", text)
    whole = (match[2] or "0").replace(group, "").lstrip("0") or "0"
    if len(whole) > MAX_DIGITS:
        raise BadRow("value", text)
    return Decimal(f"{match[1]}{whole}.{match[3] or 0}")


class Numbers:
    """Complete telephone numbers, a million of them in a few seconds.

    What has to be done to a number (which digits to drop, what to put in front) depends
    on its length and first digits; the library is asked once for each such shape.
    Whether a number is valid is not: it has to be that of a line anyway.
    """

    #: First digits that tell shapes apart
    HEAD = 6

    def __init__(self, region):
        """:param str region: ISO code of the operator's country"""
        self.region = region
        self._shapes = {}

    def __call__(self, text):
        """Return a number as typed in E.164.

        :raises BadRow: ``number``
        """
        plus = "+" if text.lstrip(" '\t\u00a0(").startswith("+") else ""
        digits = text if text.isascii() and text.isdigit() else _digits(text)
        # An odd shape of a number is no reason to keep it
        if not 4 <= len(digits) <= 20:
            raise BadRow("number", text)
        shape = (plus, len(digits), digits[: self.HEAD])
        known = self._shapes.get(shape)
        if known is None:
            known = self._learn(plus, digits)
            if known:
                self._shapes[shape] = known
        if not known:
            raise BadRow("number", text)
        start, drop = known
        return start + digits[drop:]

    def _learn(self, plus, digits):
        found = phone.to_e164(plus + digits, self.region)
        if not found:
            return None
        # The subscriber's digits stay as they are
        for drop in range(len(digits)):
            if found.endswith(digits[drop:]):
                return found[: len(found) - len(digits) + drop], drop
        return None


def _digits(text):
    """Return the digits of a number as typed: Arabic ones too; nothing after x."""
    if not re.fullmatch(r"[\s'+().\-/\u00a0\u202f\d]*", text):
        return ""
    return phonenumbers.normalize_digits_only(text)


class Parser:
    """Makes (number, month, voice, SMS, data, amount) of a record.

    Seconds, messages, bytes and the operator's currency.
    """

    def __init__(self, columns, region, decimal, today, default_month=None):
        """
        :param dict columns: {position: target}
        :param str region: ISO code of the operator's country
        :param str decimal: decimal sign
        :param date today: months after its own are mistakes
        :param date default_month: of all rows, when no column gives it
        """
        places = {target: position for position, target in columns.items()}
        self.number_at = places["msisdn"]
        self.month_at = places.get("month")
        self.default_month = default_month
        self.decimal = decimal
        self.width = max(columns) + 1
        self.values = [
            (position, *UNITS[target])
            for position, target in sorted(columns.items())
            if target in UNITS
        ]
        self.numbers = Numbers(region)
        self.month = lru_cache(4096)(lambda text: month(text, today))

    def __call__(self, cells):
        """Return the row of a record.

        :param list cells: texts; None: the record was too long
        :raises BadRow: what is wrong
        """
        if cells is None:
            raise BadRow("long")
        if len(cells) < self.width:
            raise BadRow("columns", len(cells))
        raw = cells[self.number_at].strip()
        if not raw:
            raise BadRow("empty")
        msisdn = self.numbers(raw[:60])
        if self.month_at is None:
            when = self.default_month
        else:
            when = self.month(cells[self.month_at].strip()[:40])
        found = {"voice": 0, "sms": 0, "data": 0, "amount": 0}
        for position, quantity, factor in self.values:
            text = cells[position].strip()
            if not text:
                continue
            value = number(text[:60], self.decimal)
            if value < 0 and quantity != "amount":
                raise BadRow("negative", text)
            found[quantity] += value * factor if factor != 1 else value
        voice, sms, data = (
            value if type(value) is int else round(value)
            for value in (found["voice"], found["sms"], found["data"])
        )
        if voice > MAX_INTEGER or sms > MAX_INTEGER or data >= 10**18:
            raise BadRow("value", max(voice, sms, data))
        return msisdn, when, voice, sms, data, found["amount"]


# What is given back


def safe_cell(text):
    """Return a text that spreadsheets take for a text, whatever a stranger wrote.

    :param str text: of a file; NUL and other control characters are shown as ``?``
    """
    text = "".join(
        letter if letter.isprintable() or letter in "\t\u00a0" else "?"
        for letter in text
    )
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) else text


def csv_line(cells):
    """Return a line of a CSV file for a spreadsheet, formulas disarmed."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(
        [safe_cell(cell) for cell in cells]
    )
    return out.getvalue()
