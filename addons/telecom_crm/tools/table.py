"""Files of rows and columns, CSV or Excel; no database, no Odoo.

A file has a row of headings and then one row for each thing. How it is written is found
out from a sample (:func:`detect`). Nothing a file contains may stop the reading: what
cannot be understood is a bad row.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections import Counter, deque
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from statistics import median

#: Characters of one record; whatever is longer is no consumption
MAX_LINE = 20_000
#: Lines that a record of CSV may have: a cell holds an address or a note, no letter
MOST_LINES = 50
#: Bytes of a workbook when it is unpacked, and of all but its sheets: a small file may
#: hold more than there is memory
MOST_UNPACKED = 2_000_000_000
MOST_TEXTS = 200_000_000
ENCODINGS = ("utf-8", "cp1252", "utf-16")
SEPARATORS = (";", ",", "\t", "|")
#: What spreadsheets write above the headings to say which separator follows
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
#: Titles that may stand above the headings, in rows
MOST_TITLES = 15
#: A row with so many digits in a row of them holds a number, and is no title
NUMBER = re.compile(r"\d{6}")
#: What is no list, by its first bytes: (start, name)
OTHER_FILES = (
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "pdf"),
    (b"\xff\xd8\xff", "picture"),
    (b"\x89PNG", "picture"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
)

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


def other_file(sample):
    """Return what a file is that holds no list anybody can read, or None.

    :param bytes sample: its beginning
    :return: ``xls`` (Excel before 2007), ``pdf``, ``picture`` or ``archive``
    """
    return next((name for start, name in OTHER_FILES if sample.startswith(start)), None)


def titles_above(records):
    """Return how many rows stand above the headings: a title, a date, ``sep=;``.

    They are half as wide as what follows, or less, and hold no number.

    :param list records: cells of the first rows; None where one is too long
    """
    widths = [sum(bool(cell.strip()) for cell in cells) for cells in records if cells]
    if not widths:
        return 0
    usual = median(widths)
    for position, cells in enumerate(records[: MOST_TITLES + 1]):
        if not cells:
            return 0
        if cells[0].strip('"').lower().startswith("sep=") and not any(cells[1:]):
            continue
        filled = [cell for cell in cells if cell.strip()]
        if 2 * len(filled) > usual or any(
            NUMBER.search(re.sub(r"[ .\-\u00a0]", "", cell)) for cell in filled
        ):
            return position
    return 0


def detect(sample):
    """Return how a file is written, from its first bytes.

    :param bytes sample: some tens of kilobytes
    :return: ``encoding``, ``separator`` and ``decimal`` (``,`` or ``.``)
    :rtype: dict
    """
    encoding = detect_encoding(sample)
    text = sample.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = [line for line in text.splitlines()[:200] if len(line) < MAX_LINE]
    said = next((line for line in lines if line.strip()), "").strip()
    said = SEPARATOR_LINE.fullmatch(said)
    if said and said[1] in SEPARATORS:
        separator = said[1]
    else:
        separator = detect_separator(lines)
    values = [cell for cells in _cut(lines, separator)[1:] for cell in cells]
    return {
        "encoding": encoding,
        "separator": separator,
        "decimal": detect_decimal(values),
    }


def detect_encoding(sample):
    """Return the encoding a file most likely has."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    low, high = sample[:200:2], sample[1:200:2]
    if high.count(0) > len(high) / 2 > low.count(0):
        # Latin letters of two bytes, without the mark that says so
        return "utf-16"
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        # The sample may end in the middle of a character
        if error.start < len(sample) - 4:
            return "cp1252"
    return "utf-8"


def detect_separator(lines):
    """Return the sign that cuts most rows into the same number of cells."""
    best, score = ";", 0
    for separator in SEPARATORS:
        counts = Counter(len(cells) for cells in _cut(lines, separator))
        # As the headings, unless a title stands above them
        usual = counts.most_common(1)[0][0] if counts else 0
        if usual < 2:
            continue
        alike = counts[usual] / counts.total()
        if alike * usual > score:
            best, score = separator, alike * usual
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
    """Return the cells of one record of a file.

    :param str line: with the breaks inside its cells
    """
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader((line,), delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


def is_open(line, separator):
    """Tell whether a quotation mark is open at the end of a line.

    RFC 4180, 2.6: a cell in quotation marks may hold line breaks. A mark inside a cell
    that does not begin with one (a screen of 32") opens nothing.
    """
    if line.count('"') % 2 == 0:
        return False
    try:
        for _cells in csv.reader((line,), delimiter=separator, strict=True):
            pass
    except csv.Error:
        return True
    return False


def _joined(line, following, separator, width):
    """Return how many lines, and which text, make a record of a line with an open mark.

    A mark that somebody forgot spoils its line and no other one: it is not open any
    more where a line inside would do as a record, or where what stands between the
    marks is no cell.

    :param str line: see :func:`is_open`
    :param following: the lines after it, without their ends
    :param int width: cells of the widest record so far
    :return: 0 and the line when it is one for itself
    """
    parts, length, marks = [line], len(line), line.count('"')
    for more in islice(following, MOST_LINES - 1):
        parts.append(more)
        length += len(more) + 1
        if length > MAX_LINE:
            break
        count = more.count('"')
        marks += count
        if count and marks % 2 == 0:
            text = "\n".join(parts)
            try:
                records = list(csv.reader((text,), delimiter=separator, strict=True))
            except csv.Error:
                break
            return (len(parts) - 1, text) if len(records) == 1 else (0, line)
        if width > 1 and len(split(more, separator)) >= width:
            break
    return 0, line


def _cut(lines, separator):
    """Return the cells of the records that some lines make, empty ones left out."""
    records, width, position = [], 0, 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if is_open(line, separator):
            more, line = _joined(line, islice(lines, position, None), separator, width)
            position += more
        if line and not line.isspace():
            records.append(split(line, separator))
            width = max(width, len(records[-1]))
    return records


def read_csv(file, encoding, separator):
    """Yield (number of its first line, text, cells) of each record, headings included.

    A record has several lines where a cell in quotation marks has; read once more from
    the beginning, a file has the same records.

    :param file: a binary file
    :raises BadRow: never; a line that is too long has cells None
    """
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)
    number = width = 0
    # Lines that were read to find the end of a cell; None: one that is too long
    ahead = deque()

    def next_line():
        """Return the next line without its end, and whether it is too long."""
        line = text.readline(MAX_LINE)
        if len(line) == MAX_LINE and not line.endswith("\n"):
            while (rest := text.readline(MAX_LINE)) and not rest.endswith("\n"):
                pass
            return line[:200], True
        # None: the end of the file
        return (line.rstrip("\n") if line else None), False

    def following():
        """Yield the lines that come, and keep them."""
        position = 0
        while True:
            if position == len(ahead):
                ahead.append(next_line())
            line, long = ahead[position]
            if line is None or long:
                return
            yield line
            position += 1

    try:
        while True:
            line, long = ahead.popleft() if ahead else next_line()
            if line is None:
                return
            first = number = number + 1
            if long:
                yield first, line, None
                continue
            if first == 1:
                line = line.removeprefix("\ufeff")
            if '"' in line and is_open(line, separator):
                more, line = _joined(line, following(), separator, width)
                number += more
                for _line in range(more):
                    ahead.popleft()
            if line and not line.isspace():
                cells = split(line, separator)
                if len(cells) > width:
                    width = len(cells)
                yield first, line, cells
    finally:
        # The file is the caller's
        text.detach()


def read_xlsx(file):
    """Yield (number of the row, text, cells) of the first sheet of a workbook.

    :raises ValueError: unpacked, it is larger than any list of a million rows
    """
    import openpyxl  # noqa: PLC0415 - slow to load, and seldom needed

    with zipfile.ZipFile(file) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    # Sheets are read row by row, all else at once
    texts = sum(
        size for name, size in sizes.items() if not name.startswith("xl/worksheets/")
    )
    if texts > MOST_TEXTS or sum(sizes.values()) > MOST_UNPACKED:
        raise ValueError("This workbook is too large")
    file.seek(0)
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        # Some programs write wrong dimensions
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if any(cell not in (None, "") for cell in row):
                cells = [_cell_text(cell) for cell in row]
                yield number, _row_text(cells)[:MAX_LINE], cells
    finally:
        book.close()


def _row_text(cells):
    """Return a row of a workbook as a line of CSV that :func:`split` reads."""
    text = ";".join(cells)
    if '"' in text or "\n" in text or text.count(";") >= len(cells):
        out = io.StringIO()
        csv.writer(out, delimiter=";", lineterminator="\n").writerow(cells)
        text = out.getvalue().removesuffix("\n")
    return text


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

    :param str text: of a file; NUL and other control characters are shown as ``?``,
        breaks of a cell's lines stay
    """
    text = "".join(
        letter if letter.isprintable() or letter in "\t\n\u00a0" else "?"
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
