"""The detail of consumption as a workbook; no database."""

import io
import re
from dataclasses import dataclass

import xlsxwriter

#: What a spreadsheet would take for a formula when it is saved as CSV and read again
FORMULA = re.compile(r"^[=+\-@\t\r|]")
NUMBER = re.compile(r"[+-]?[\d \u00a0\u202f.,]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: Nothing in a call record is longer
LONGEST = 500
#: Rows that a sheet can hold, without its head
MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class Sheet:
    """A workbook of one sheet.

    :param title: the first line
    :param facts: further lines: account, period…
    :param columns: pairs of heading and kind: ``text``, ``datetime``, ``number``
    :param decimals: of amounts
    :param color: ``#rrggbb`` of the head
    """

    title: str
    facts: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    decimals: int = 0
    color: str = "#2f3b4c"


def safe(text):
    """Return a text that no spreadsheet takes for a formula.

    :rtype: str
    """
    text = CONTROL.sub("", str(text if text is not None else ""))[:LONGEST]
    if FORMULA.match(text) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def write_xlsx(sheet, rows):
    """Write rows into a workbook, in constant memory.

    :param Sheet sheet: what stands above them
    :param rows: iterable of tuples, a value per column
    :return: the file
    :rtype: bytes
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        },
    )
    page = book.add_worksheet()
    bold = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format(
        {"bold": True, "bg_color": sheet.color, "font_color": "#ffffff"}
    )
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
    places = f".{'0' * sheet.decimals}" if sheet.decimals else ""
    amount = book.add_format({"num_format": f"#,##0{places}"})
    widths = {"text": 22, "datetime": 19, "number": 14}
    for index, (_title, kind) in enumerate(sheet.columns):
        page.set_column(index, index, widths[kind])
    page.write_string(0, 0, safe(sheet.title), bold)
    number = 1
    for fact in sheet.facts:
        page.write_string(number, 0, safe(fact))
        number += 1
    number += 1
    for index, (title, _kind) in enumerate(sheet.columns):
        page.write_string(number, index, safe(title), head)
    page.freeze_panes(number + 1, 0)
    for count, row in enumerate(rows):
        if count >= MOST_ROWS:
            break
        number += 1
        pairs = zip(row, sheet.columns, strict=True)
        for index, (value, (_title, kind)) in enumerate(pairs):
            if value is None or value == "":
                continue
            if kind == "datetime":
                page.write_datetime(number, index, value, moment)
            elif kind == "number":
                page.write_number(number, index, float(value), amount)
            else:
                page.write_string(number, index, safe(value))
    book.close()
    return stream.getvalue()
