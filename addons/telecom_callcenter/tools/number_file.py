"""Files of numbers to call; no database, no Odoo.

What the columns mean is proposed from the headings and from what stands below them
(:func:`propose`); :class:`Parser` makes of each record what a contact is written from,
or says what is wrong with it.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import phonenumbers
import phonenumbers.timezone
import pytz
from phonenumbers.tzdata import TIMEZONE_LONGEST_PREFIX

from odoo.addons.telecom_crm.tools import customer_file, phone, table

#: What a column may mean; what is none of these becomes a field of the campaign
TARGETS = (
    "number",
    "number2",
    "number3",
    "name",
    "first_name",
    "last_name",
    "email",
    "city",
    "language",
    "timezone",
    "priority",
    "property",
)
NUMBERS = ("number", "number2", "number3")
#: Types of the campaign's own fields
PROPERTY_TYPES = ("char", "integer", "float", "date", "boolean")

WORDS = {
    "number": customer_file.WORDS["phone"]
    + "|"
    + customer_file.WORDS["line"]
    + "|numero|numeros|number|numero a appeler|numero principal|tel 1|telephone 1|"
    "phone 1|telephone mobile|tel mobile|mobile phone|cell|cellulaire|portable 1|"
    "numero mobile|whatsapp|destination|n",
    "number2": "telephone 2|tel 2|phone 2|autre numero|autre telephone|telephone fixe|"
    "fixe|tel fixe|domicile|tel domicile|home phone|second numero|numero 2|"
    "numero secondaire|bureau|tel bureau|work phone|other number|portable 2|gsm 2",
    "number3": "telephone 3|tel 3|phone 3|numero 3|portable 3|gsm 3",
    "name": customer_file.WORDS["name"]
    + "|contact name|nom du contact|client|prospect",
    "first_name": customer_file.WORDS["first_name"],
    "last_name": customer_file.WORDS["last_name"],
    "email": customer_file.WORDS["email"],
    "city": customer_file.WORDS["city"],
    "language": customer_file.WORDS["lang"],
    "timezone": "fuseau|fuseau horaire|timezone|time zone|tz",
    "priority": "priorite|priority|rang|score",
}
HEADINGS = {
    word: target for target, words in WORDS.items() for word in words.split("|")
}
#: What rows are staged by, as :attr:`Row.line` has it, and their types in PostgreSQL
STAGED = {
    "row_number": "int4",
    "number": "varchar",
    "other_numbers": "jsonb",
    "name": "varchar",
    "first_name": "varchar",
    "last_name": "varchar",
    "email": "varchar",
    "city": "varchar",
    "language": "varchar",
    "timezone": "varchar",
    "priority": "int4",
    "contact_properties": "jsonb",
}
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: Of values below a heading, so many say what the column holds
SHARE = 0.7
YES_NO = frozenset("oui non yes no true false vrai faux".split())
INTEGER = re.compile(r"-?(0|[1-9]\d{0,8})")
FLOAT = re.compile(r"-?\d{1,12}[.,]\d{1,6}")
PRIORITIES = range(-1000, 1001)
#: Between the numbers of one person in one cell
SEPARATORS = re.compile(r"\s*[/;,|]\s*")
#: Characters of the name of a campaign's own field
LONGEST_NAME = 40
#: What texts carry besides the campaign's own fields
RESERVED = frozenset(
    "first_name last_name name number email city customer_number reference operator"
    " agent campaign".split()
)
#: Headings of days, whose values a spreadsheet may have written as numbers
DAY_WORDS = frozenset(
    "date dates echeance jour expiration naissance depuis day due expiry birthday"
    " since".split()
)
#: Days that spreadsheets count since then: 1954 to 2119
SERIAL_DAY = re.compile(r"([2-7]\d{4})(?:[.,]\d+)?")
SERIAL_START = date(1899, 12, 30)


def property_name(heading, known=None):
    """Return the name of the campaign's field of a heading, always the same one.

    Texts of scripts carry it in braces, so people can read it: ``montant_du``.

    :param str heading: as it stands in the file
    :param dict known: {folded label: name} of the fields that the campaign has
    """
    folded = table.fold(heading)
    if folded and known and folded in known:
        return known[folded]
    slug = folded.replace(" ", "_")
    if slug[:1].isalpha() and len(slug) <= LONGEST_NAME and slug not in RESERVED:
        return slug
    # Headings in other letters have nothing but themselves
    text = folded or " ".join(str(heading or "").split())
    digest = hashlib.blake2s(text.encode(), digest_size=8).hexdigest()
    return f"f_{digest}"


def propose(headings, rows, reader, remembered=None):
    """Return what the columns of a file most likely mean.

    Headings that are understood come first, then what stands below the others.

    :param list headings: the first row
    :param list rows: cells of some rows
    :param phone.Reader reader: of the country called
    :param dict remembered: {folded heading: target or ""} of earlier files
    :return: {position: (target or None, type of a campaign's own field)}
    :rtype: dict
    """
    remembered = remembered or {}
    folded = [table.fold(heading) for heading in headings]
    found = _by_headings(folded, remembered)
    result = {}
    for position in range(len(headings)):
        values = [
            text
            for cells in rows
            if cells and len(cells) > position and (text := cells[position].strip())
        ]
        if position not in found and values:
            _take(found, position, _by_content(values, reader))
        result[position] = (
            found.get(position),
            guess_type(values, bool(DAY_WORDS.intersection(folded[position].split()))),
        )
    targets = set(found.values())
    for position, (target, kind) in result.items():
        # “Nom” alone is the whole name
        if target == "last_name" and not targets & {"first_name", "name"}:
            if folded[position] not in remembered:
                result[position] = ("name", kind)
        # “Autre numéro” alone is the number
        elif target in NUMBERS and "number" not in targets:
            targets.add("number")
            result[position] = ("number", kind)
    return result


def is_headless(cells, reader):
    """Tell whether the first row of a file is no row of headings.

    :param list cells: of that row
    :param phone.Reader reader: of the country called
    """
    return any(_are_numbers(cell.removeprefix("'"), reader) for cell in cells if cell)


def _parts(text):
    """Return what a cell of numbers holds: “97 12 34 56 / 95 12 34 56” are two."""
    return [part for part in SEPARATORS.split(text) if part]


def _are_numbers(text, reader):
    parts = _parts(text)
    return bool(parts) and all(reader(part[:60]) for part in parts)


def _by_headings(folded, remembered):
    """Return {position: target} of the headings that are understood."""
    found = {}
    for position, heading in enumerate(folded):
        if heading in remembered:
            _take(found, position, remembered[heading])
    for position, heading in enumerate(folded):
        if position not in found and heading in HEADINGS:
            _take(found, position, HEADINGS[heading])
    return found


def _by_content(values, reader):
    """Return what a column holds, from its values."""
    if _share(values, lambda text: _are_numbers(text, reader)):
        return "number"
    if _share(values, customer_file.EMAIL.fullmatch):
        return "email"
    return "property"


def _take(found, position, target):
    """Give a column its meaning; one that is taken makes it the campaign's own."""
    taken = set(found.values())
    if target in NUMBERS and target in taken:
        # A second column of numbers is the same person's other one
        target = next((name for name in NUMBERS if name not in taken), "property")
    elif target in taken and target != "property":
        target = "property"
    found[position] = target or None


def _share(values, test):
    good = 0
    for value in values:
        try:
            good += bool(test(value))
        except table.BadRow:
            continue
    return good >= SHARE * len(values)


def guess_type(values, day=False):
    """Return the type of a campaign's own field from what stands in its column.

    :param list values: texts
    :param bool day: whether the heading is one of days
    """
    if not values:
        return "char"
    if day and all(SERIAL_DAY.fullmatch(value) for value in values):
        return "date"
    if all(value.lower() in YES_NO for value in values):
        return "boolean"
    if all(INTEGER.fullmatch(value) for value in values):
        return "integer"
    if all(FLOAT.fullmatch(value) or INTEGER.fullmatch(value) for value in values):
        return "float"
    try:
        for value in values:
            customer_file.read_day(value)
    except table.BadRow:
        return "char"
    return "date"


def read_property(text, kind):
    """Return a value of a campaign's own field as Odoo stores it.

    :raises table.BadRow: ``value``, ``day`` or ``yes``
    """
    if kind == "integer":
        if INTEGER.fullmatch(text):
            return int(text)
        raise table.BadRow("value", text)
    if kind == "float":
        if FLOAT.fullmatch(text) or INTEGER.fullmatch(text):
            return float(text.replace(",", "."))
        raise table.BadRow("value", text)
    if kind == "date":
        serial = SERIAL_DAY.fullmatch(text)
        if serial:
            return (SERIAL_START + timedelta(days=int(serial[1]))).isoformat()
        return customer_file.read_day(text).isoformat()
    if kind == "boolean":
        return customer_file.read_yes(text)
    return text


@dataclass(slots=True)
class Row:
    """What a record of a file says.

    :ivar dict values: columns of a contact, JSON as text
    :ivar list numbers: E.164; the first is dialed first
    :ivar list left_out: (code, text) of what could not be understood, as
        :class:`table.BadRow` has them; the row goes in without
    :ivar str line: the columns of :data:`STAGED` as COPY reads them, with an empty one
        for NULL; without an end
    """

    place: int
    text: str
    values: dict
    numbers: list = field(default_factory=list)
    left_out: list = field(default_factory=list)
    line: str = ""

    def write_line(self):
        """Make :attr:`line` of the values; no cell has a tab or a line's end."""
        get = self.values.get
        line = (
            f"{self.place}\t{self.numbers[0]}\t{get('other_numbers', '')}"
            f"\t{get('name', '')}\t{get('first_name', '')}\t{get('last_name', '')}"
            f"\t{get('email', '')}\t{get('city', '')}\t{get('language', '')}"
            f"\t{get('timezone', '')}\t{get('priority', '')}"
            f"\t{get('contact_properties', '')}"
        )
        self.line = line.replace("\\", "\\\\") if "\\" in line else line


class Parser:
    """Makes a :class:`Row` of a record."""

    def __init__(self, columns, region, languages=None, foreign=False):
        """
        :param dict columns: {position: (target, name of the property, its type)}
        :param str region: ISO code of the country called
        :param dict languages: {folded name or code: code}
        :param bool foreign: whether numbers of other countries are taken in
        """
        self.columns = [
            (position, *column) for position, column in sorted(columns.items())
        ]
        self.width = max(columns, default=-1) + 1
        self.languages = languages or {}
        self.foreign = foreign
        self.reader = phone.Reader(region)
        code = phonenumbers.country_code_for_region(region) if region else 0
        self.start = f"+{code}" if code else "+"
        zones = pytz.country_timezones.get(region or "") or ()
        #: Where one country has several time zones, each number is asked
        self.several_zones = len(zones) > 1

    def __call__(self, place, text, cells):
        """Return the row of a record; an empty cell says nothing.

        What cannot be understood is left out and said; only a row that nobody can be
        called by is refused.

        :param int place: its place in the file
        :param str text: as it stands there
        :param list cells: texts; None: the record was too long
        :raises table.BadRow: what is wrong
        """
        if cells is None:
            raise table.BadRow("long")
        if len(cells) < self.width:
            raise table.BadRow("columns", len(cells))
        if "\0" in text:
            cells = [cell.replace("\0", "?") for cell in cells]
        values, written, own, left_out = {}, [], {}, []
        for position, target, name, kind in self.columns:
            cell = cells[position]
            if not cell:
                continue
            # Most are words without a space too many
            if not cell.isalnum():
                cell = " ".join(cell.split()).removeprefix("'")
                if not cell:
                    continue
            if target in NUMBERS:
                written.append((target, cell))
            elif len(cell) > customer_file.LONGEST:
                left_out.append(("cell", cell[:80]))
            elif target == "property":
                try:
                    own[name] = read_property(cell, kind)
                except table.BadRow as bad:
                    left_out.append((bad.code, bad.text))
            else:
                values[target] = cell
        row = Row(place, text, values, left_out=left_out)
        self._rest(row)
        self._numbers(row, written)
        self._name(row)
        if own:
            values["contact_properties"] = _to_json(own)
        row.write_line()
        return row

    def _numbers(self, row, written):
        """Keep the valid numbers; a row without any is refused."""
        bad = []
        if len(written) > 1:
            written.sort()
        for _target, text in written:
            for part in _parts(text):
                number = self.reader(part[:60])
                why = self._wrong(number)
                if why:
                    bad.append((why, part[:80]))
                elif number not in row.numbers:
                    row.numbers.append(number)
        if not row.numbers:
            raise table.BadRow(*bad[0]) if bad else table.BadRow("no_number")
        row.left_out += bad
        number = row.numbers[0]
        row.values["number"] = number
        if len(row.numbers) > 1:
            row.values["other_numbers"] = _to_json(row.numbers[1:])
        if "timezone" not in row.values and (
            self.several_zones or not number.startswith(self.start)
        ):
            zone = zone_of(number[: TIMEZONE_LONGEST_PREFIX + 1])
            if zone:
                row.values["timezone"] = zone

    def _wrong(self, number):
        """Return why a number is not called, or None."""
        if not number:
            return "number"
        if not self.foreign and not number.startswith(self.start):
            return "foreign"
        if self.reader.is_premium(number):
            return "premium"
        return None

    @staticmethod
    def _name(row):
        values = row.values
        if not values.get("name"):
            parts = filter(None, (values.get("first_name"), values.get("last_name")))
            values["name"] = " ".join(parts)

    def _rest(self, row):
        """Keep what can be understood of the rest."""
        values = row.values
        email = values.get("email")
        if email and not customer_file.EMAIL.fullmatch(email):
            self._leave_out(row, "email", "email")
        language = values.get("language")
        if language:
            code = self.languages.get(table.fold(language))
            if code:
                values["language"] = code
            else:
                self._leave_out(row, "language", "lang")
        zone = values.get("timezone")
        if zone and zone not in pytz.all_timezones_set:
            # The number's own is asked for instead
            self._leave_out(row, "timezone", "timezone")
        priority = values.get("priority")
        if priority:
            if INTEGER.fullmatch(priority) and int(priority) in PRIORITIES:
                values["priority"] = int(priority)
            else:
                self._leave_out(row, "priority", "priority")

    @staticmethod
    def _leave_out(row, target, code):
        row.left_out.append((code, row.values.pop(target)[:80]))


@lru_cache(100_000)
def zone_of(start):
    """Return the time zone of numbers that begin so, or None when it is not known.

    :param str start: the first digits of a number in E.164
    """
    # The longest beginning that says something is the library's business; it wants a
    # number of usual length
    number = start.ljust(12, "0")
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    zones = phonenumbers.timezone.time_zones_for_geographical_number(parsed)
    known = [zone for zone in zones if zone in pytz.all_timezones_set]
    return known[0] if known else None
