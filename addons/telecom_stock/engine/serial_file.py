"""Files in which suppliers say what they deliver; no database, no Odoo.

What the columns mean is proposed from the headings (:func:`propose`); :class:`Parser`
makes of each record what an item is made from, or says what is wrong with it.
"""

import csv
import io
import re
from typing import NamedTuple

from odoo.addons.telecom_crm.tools import table
from odoo.addons.telecom_crm.tools.usage import Numbers

from . import identifiers

# Headings, as ``table.fold`` writes them
WORDS = {
    "serial": "imei|imei 1|imei1|iccid|icc id|icc|numero de serie|no de serie|n serie|"
    "n de serie|serial|serial number|serial no|sn|s n|numero serie|numero sim|sim|"
    "sim number|sim serial|numero de sim|carte sim|serie|gpon sn|ont sn|code|"
    "numero de carte",
    "product": "produit|product|article|item|modele|model|reference|ref|designation|"
    "sku|code article|ean|code barres|barcode|part number|item code|product code",
    "imsi": "imsi|imsi 1",
    "puk": "puk|puk 1|puk1|code puk",
    "msisdn": "msisdn|numero|number|telephone|phone|numero de telephone|phone number|"
    "mobile|numero reserve|ligne",
}
TARGETS = {word: target for target, words in WORDS.items() for word in words.split("|")}
#: What stands where a secret was
MASK = "********"
#: Words of headings of what opens a SIM or makes it answer the network: codes of its
#: owner (PIN, PUK), of the issuer (ADM), and keys (Ki, OP, OPc, over the air)
SECRET = re.compile(
    r"\b(pin|puk|e?ki|k4|opc?|adm|kic|kid|kik|ota|psk|key|cle|cles|secret|passwords?"
    r"|passwd|pwd|mot de passe)[ _-]?\d*\b"
)
#: A number that a spreadsheet has rounded
ROUNDED = re.compile(r"[+-]?\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)


class Row(NamedTuple):
    """What a record of a file says of an item.

    :ivar int place: number of the row
    :ivar str text: the record as it came, without its secrets
    :ivar int product: id of the product
    :ivar str name: the serial number as it is kept
    """

    place: int
    text: str
    product: int
    name: str
    imsi: str
    puk: str
    msisdn: str


def propose(headings):
    """Return {position: target} for the columns whose headings are understood.

    Each target is given once, to the first column that asks for it.

    :param list headings: the first row
    :rtype: dict
    """
    found = {}
    for position, heading in enumerate(headings):
        target = TARGETS.get(table.fold(heading))
        if target and target not in found.values():
            found[position] = target
    return found


def secret_positions(headings, targets):
    """Return the positions of columns that hold secrets, understood or not.

    :param list headings: the first row
    :param dict targets: {position: target}; what has another meaning is no secret
    :rtype: set
    """
    return {
        position
        for position, heading in enumerate(headings)
        if targets.get(position, "puk") == "puk"
        and SECRET.search(table.fold(heading or ""))
    } | {position for position, target in targets.items() if target == "puk"}


class Parser:
    """Makes rows of records."""

    def __init__(self, targets, products, default, region, headings=(), separator=";"):
        """
        :param dict targets: {position: target}
        :param dict products: {folded name, code or barcode: (id, identifier)}; None
            instead of a pair where several have it
        :param tuple default: (id, identifier) of rows that name no product, or None
        :param str region: ISO code of the operator's country
        :param list headings: the first row, for what it says of secrets
        :param str separator: of the file
        """
        self.secret = secret_positions(headings, targets)
        self.width, self.separator = len(headings), separator
        self.at = {target: position for position, target in targets.items()}
        self.least = self.at["serial"] + 1
        self.products, self.default = products, default
        self.numbers = Numbers(region)

    def __call__(self, place, text, cells):
        """Return the row of a record.

        :param int place: number of the row
        :param str text: the record as it came
        :param list cells: of the record; None when it is too long
        :rtype: Row
        :raises table.BadRow: it cannot be taken in
        """
        if cells is None:
            raise table.BadRow("long")
        if len(cells) < self.least:
            raise table.BadRow("columns", len(cells))
        product, kind = self._product(self._cell(cells, "product"))
        read = self._cell(cells, "serial")
        if ROUNDED.fullmatch(read):
            raise table.BadRow("rounded", read)
        try:
            name = identifiers.normalise(kind, read)
        except identifiers.BadIdentifier as bad:
            raise table.BadRow(kind, read) from bad
        imsi = re.sub(r"[\s-]", "", self._cell(cells, "imsi"))
        if imsi and not re.fullmatch(r"[0-9]{14,15}", imsi):
            raise table.BadRow("imsi", imsi)
        puk = re.sub(r"[\s-]", "", self._cell(cells, "puk"))
        if puk and not re.fullmatch(r"[0-9]{8}", puk):
            # What it is stays where it was
            raise table.BadRow("puk")
        msisdn = self._cell(cells, "msisdn")
        if msisdn:
            msisdn = self.numbers(msisdn[:60])
        return Row(place, self.masked(text, cells), product, name, imsi, puk, msisdn)

    def masked(self, text, cells):
        """Return a record without its secrets, to be kept and shown.

        Of a record with more or fewer cells than headings nobody knows which is the
        secret: the serial number alone is left.
        """
        if not self.secret:
            return text
        if cells is None:
            return ""
        if self.width and len(cells) != self.width:
            hidden = set(range(len(cells))) - {self.at["serial"]}
        else:
            hidden = self.secret
        kept = [
            MASK if cell and position in hidden else cell
            for position, cell in enumerate(cells)
        ]
        if '"' not in text:
            return self.separator.join(kept)
        out = io.StringIO()
        csv.writer(out, delimiter=self.separator, lineterminator="").writerow(kept)
        return out.getvalue()

    def _cell(self, cells, target):
        """Return what stands in the column of a target, without spreadsheets' signs."""
        position = self.at.get(target)
        if position is None or position >= len(cells):
            return ""
        text = cells[position].strip()
        if text.startswith('="') and text.endswith('"'):
            text = text[2:-1]
        return text.removeprefix("'").strip()

    def _product(self, text):
        if not text:
            if not self.default:
                raise table.BadRow("no_product")
            return self.default
        found = self.products.get(table.fold(text), self)
        if found is None:
            raise table.BadRow("several_products", text)
        if found is self:
            raise table.BadRow("product", text)
        return found
