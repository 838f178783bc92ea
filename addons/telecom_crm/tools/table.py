"""Files of rows and columns, CSV or Excel; no database, no Odoo.

A file has a row of headings and then one row for each thing. How it is written is found
out from a sample (:func:`detect`). Nothing a file contains may stop the reading: what
cannot be understood is a bad row.
"""

import csv
import io
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal

#: Characters of one record; whatever is longer is no consumption
MAX_LINE = 20_000
ENCODINGS = ("utf-8", "cp1252", "utf-16")
SEPARATORS = (";", ",", "\t", "|")

# Formulas of spreadsheets begin so
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class BadRow(ValueError):
    """A row that cannot be taken in.

    :ivar str code: why; the model of refused rows has the sentence of each
    :ivar str text: what was read
    """

    def __init__(self, code, text=""):
        super().__init__(code)
        self.code = code
        self.text = str(text)[:80]


# Headings


def fold(text):
    """Return a heading in lower case, without accents, signs and doubled spaces."""
    text = strip_accents(str(text or "").lower())
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def strip_accents(text):
    text = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in text if not unicodedata.combining(letter))


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
