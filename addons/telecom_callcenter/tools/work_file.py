"""Files of work items; no database, no Odoo.

As :mod:`.number_file`, for records that need no telephone number: what they are told
apart by is their reference in the client's own system.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, time

import pytz

from odoo.addons.telecom_crm.tools import customer_file, phone, table

from . import number_file

#: What a column may mean; what is none of these becomes a field of the campaign
TARGETS = (
    "reference",
    "name",
    "first_name",
    "last_name",
    "number",
    "email",
    "city",
    "customer_number",
    "priority",
    "due_at",
    "note",
    "property",
)
WORDS = {
    "reference": "reference|ref|dossier|no dossier|numero dossier|numero de dossier|"
    "id|identifiant|ticket|case|case number|file number|n dossier",
    "name": number_file.WORDS["name"] + "|objet|sujet|subject|titre|title",
    "first_name": customer_file.WORDS["first_name"],
    "last_name": customer_file.WORDS["last_name"],
    "number": number_file.WORDS["number"],
    "email": customer_file.WORDS["email"],
    "city": customer_file.WORDS["city"],
    "customer_number": "numero client|no client|n client|code client|customer number|"
    "customer id|client id|id client|customer",
    "priority": number_file.WORDS["priority"],
    "due_at": "echeance|date limite|a traiter avant|deadline|due|due date|due at|"
    "date butoir|delai",
    "note": "note|notes|commentaire|commentaires|remarque|comment|description|detail",
}
#: What items and their customers are told apart by
IDENTITIES = ("reference", "customer_number")
HEADINGS = {
    word: target for target, words in WORDS.items() for word in words.split("|")
}
#: Of a day without an hour, at the end of the day's work
DUE_HOUR = time(18)
#: As people write it, and as systems do: 2026-11-21T10:00:00.5Z, … 10:00:00+01:00
MOMENT = re.compile(
    r"(?P<day>\S+?)[ T](?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::\d{2}(?:[.,]\d+)?)?"
    r" ?(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)?"
)
LONGEST_NOTE = 5000


def propose(headings, rows, remembered=None):
    """Return what the columns most likely mean.

    :param list headings: the first row
    :param list rows: cells of some rows
    :param dict remembered: {folded heading: target or ""} of earlier files
    :return: {position: (target or None, type of a campaign's own field)}
    """
    remembered = remembered or {}
    result, taken = {}, set()
    for position, heading in enumerate(headings):
        folded = table.fold(heading)
        values = [
            text
            for cells in rows
            if cells and len(cells) > position and (text := cells[position].strip())
        ]
        target = remembered.get(folded, HEADINGS.get(folded, "property"))
        if target in taken and target != "property":
            target = "property"
        taken.add(target)
        result[position] = (target or None, number_file.guess_type(values))
    if "name" not in taken and not taken & {"reference", "first_name"}:
        # “Nom” alone is the whole name
        for position, (target, kind) in result.items():
            if (
                target == "last_name"
                and table.fold(headings[position]) not in remembered
            ):
                result[position] = ("name", kind)
    return result


@dataclass(slots=True)
class Row:
    """What a record says.

    :ivar dict values: columns of a work item, JSON as text
    :ivar str customer: the customer's number, or ''
    :ivar list left_out: (code, text) of what could not be understood, as
        :class:`table.BadRow` has them; the row goes in without
    """

    place: int
    text: str
    values: dict
    customer: str = ""
    left_out: list = field(default_factory=list)


class Parser:
    """Makes a :class:`Row` of a record."""

    def __init__(self, columns, region, zone="UTC"):
        """
        :param dict columns: {position: (target, name of the property, its type)}
        :param str region: ISO code of the operator's country
        :param str zone: in which due times are written
        """
        self.columns = sorted(columns.items())
        self.width = max(columns, default=-1) + 1
        self.reader = phone.Reader(region)
        self.zone = pytz.timezone(zone)

    def __call__(self, place, text, cells):
        """Return the row of a record; an empty cell says nothing.

        What cannot be understood is left out and said, unless items are told apart
        by it.

        :raises table.BadRow: what is wrong
        """
        if cells is None:
            raise table.BadRow("long")
        if len(cells) < self.width:
            raise table.BadRow("columns", len(cells))
        row, own = Row(place, text, {}), {}
        for position, (target, name, kind) in self.columns:
            cell = (cells[position] or "").replace("\0", "?").strip()
            if target == "note":
                row.values["note"] = cell[:LONGEST_NOTE] or None
                continue
            cell = " ".join(cell.split()).removeprefix("'")
            if not cell:
                continue
            try:
                if len(cell) > customer_file.LONGEST:
                    raise table.BadRow("cell", cell)
                if target == "property":
                    own[name] = number_file.read_property(cell, kind)
                elif target == "customer_number":
                    row.customer = cell
                else:
                    row.values[target] = self._read(target, cell)
            except table.BadRow as bad:
                if target in IDENTITIES:
                    raise
                row.left_out.append((bad.code, bad.text))
        values = row.values
        if not values.get("name"):
            parts = filter(None, (values.get("first_name"), values.get("last_name")))
            values["name"] = " ".join(parts) or values.get("reference") or row.customer
        if not values["name"]:
            raise table.BadRow("no_name")
        if own:
            values["contact_properties"] = json.dumps(own)
        return row

    def _read(self, target, cell):
        if target == "number":
            number = self.reader(cell[:60])
            if not number:
                raise table.BadRow("number", cell)
            return number
        if target == "email" and not customer_file.EMAIL.fullmatch(cell):
            raise table.BadRow("email", cell)
        if target == "priority":
            whole = number_file.INTEGER.fullmatch(cell)
            if not whole or int(cell) not in number_file.PRIORITIES:
                raise table.BadRow("priority", cell)
            return int(cell)
        if target == "due_at":
            return self._moment(cell)
        return cell

    def _moment(self, cell):
        """Return a due time as Odoo stores it."""
        match = MOMENT.fullmatch(cell)
        day = customer_file.read_day(match["day"] if match else cell)
        try:
            hour = time(int(match["hour"]), int(match["minute"])) if match else DUE_HOUR
            moment = datetime.combine(day, hour)
            offset = match and match["offset"]
            if offset:
                # Of +01 alone Python wants the minutes, too
                local = moment.replace(
                    tzinfo=datetime.strptime(
                        offset + "00" * (len(offset) == 3), "%z"
                    ).tzinfo
                )
            else:
                local = self.zone.localize(moment)
        except ValueError as error:
            raise table.BadRow("day", cell) from error
        return local.astimezone(pytz.UTC).strftime("%Y-%m-%d %H:%M:%S")
