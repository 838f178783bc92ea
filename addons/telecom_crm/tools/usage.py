"""Files of monthly consumption; no database, no Odoo.

A file has a row of headings and then one row per line and month. What its columns mean
is proposed from the headings (:func:`propose`), how it is written from a sample
(:func:`detect`); :class:`Parser` makes a row of numbers of each record, or says what
is wrong with it. Nothing a file contains may stop the reading: what cannot be
understood is a bad row.
"""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

import phonenumbers

from . import phone, table

#: Digits before the decimal sign; more is no consumption of a month
MAX_DIGITS = 15
#: What an ``integer`` column holds
MAX_INTEGER = 2**31 - 1
#: Months before it are mistakes
FIRST_MONTH = date(2000, 1, 1)

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

# Headings, as ``table.fold`` writes them
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

# Headings


def target_of(heading):
    """Return what a column with this heading most likely means, or None."""
    folded = table.fold(heading)
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


# Values


def month(text, today):
    """Return the first day of the month that a text means.

    Where a day and a month could be exchanged, the day comes first.

    :param str text: ``06/2026``, ``2026-06``, ``202606``, ``juin 2026`` or a day
    :param date today: months after its own are mistakes
    :raises table.BadRow: ``month`` or ``range``
    """
    folded = table.strip_accents(text.strip().strip("'").lower())
    folded = TIME.sub("", folded)
    for pattern in DATES:
        match = pattern.fullmatch(folded)
        if match:
            break
    else:
        raise table.BadRow("month", text)
    parts = match.groupdict()
    name = parts.get("name")
    year = int(parts["year"])
    number = MONTHS.get(name, 0) if name else int(parts["month"])
    try:
        found = date(year + 2000 if year < 100 else year, number, 1)
        found.replace(day=int(parts.get("day") or 1))
    except ValueError:
        raise table.BadRow("month", text) from None
    if not FIRST_MONTH <= found <= today.replace(day=1):
        raise table.BadRow("range", text)
    return found


def number(text, decimal):
    """Return a number as it is written; nothing is zero.

    :param str text: ``1234``, ``1 234,50``, ``1.234,50``, ``1,234.50``, ``12,5``…
    :param str decimal: the file's decimal sign, ``,`` or ``.``
    :rtype: int | Decimal
    :raises table.BadRow: ``value``
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
        raise table.BadRow("value", text)
    whole = (match[2] or "0").replace(group, "").lstrip("0") or "0"
    if len(whole) > MAX_DIGITS:
        raise table.BadRow("value", text)
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

        :raises table.BadRow: ``number``
        """
        plus = "+" if text.lstrip(" '\t\u00a0(").startswith("+") else ""
        digits = text if text.isascii() and text.isdigit() else _digits(text)
        # An odd shape of a number is no reason to keep it
        if not 4 <= len(digits) <= 20:
            raise table.BadRow("number", text)
        shape = (plus, len(digits), digits[: self.HEAD])
        known = self._shapes.get(shape)
        if known is None:
            known = self._learn(plus, digits)
            if known:
                self._shapes[shape] = known
        if not known:
            raise table.BadRow("number", text)
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
        :raises table.BadRow: what is wrong
        """
        if cells is None:
            raise table.BadRow("long")
        if len(cells) < self.width:
            raise table.BadRow("columns", len(cells))
        raw = cells[self.number_at].strip()
        if not raw:
            raise table.BadRow("empty")
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
                raise table.BadRow("negative", text)
            found[quantity] += value * factor if factor != 1 else value
        voice, sms, data = (
            value if type(value) is int else round(value)
            for value in (found["voice"], found["sms"], found["data"])
        )
        if voice > MAX_INTEGER or sms > MAX_INTEGER or data >= 10**18:
            raise table.BadRow("value", max(voice, sms, data))
        return msisdn, when, voice, sms, data, found["amount"]
