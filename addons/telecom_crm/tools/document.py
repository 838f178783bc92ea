"""Quotes, bills and receipts as PDF, in an operator's look; no database.

One function, :func:`render_pdf`, draws a :class:`Document`: plain values that the
caller has already translated and formatted (amounts, dates, labels). Text is drawn as
it stands, never read as markup, so nothing a customer or a clerk typed can do more than
be seen. The same document always gives the same bytes: a kept file can be compared.

Nothing here calls another program; pages are laid out first and drawn afterwards, which
is how each of them knows how many there are.
"""

import hashlib
import io
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import reportlab
from PIL import Image
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from odoo.tools.misc import file_path

from . import color

REGULAR, BOLD = "TelecomRegular", "TelecomBold"
#: Odoo's own web fonts: Roboto has the letters of the languages of Benin (ɖ, ɛ, ɔ)
FONT_FILES = {
    REGULAR: (
        "web/static/fonts/google/Roboto/Roboto-Regular.ttf",
        "web/static/fonts/google/Open_Sans/Open_Sans-Regular.ttf",
    ),
    BOLD: (
        "web/static/fonts/google/Roboto/Roboto-Bold.ttf",
        "web/static/fonts/google/Open_Sans/Open_Sans-Bold.ttf",
    ),
}
#: What reportlab itself brings: Western European letters only
LAST_FONTS = {REGULAR: "Vera.ttf", BOLD: "VeraBd.ttf"}

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 17 * mm
WIDTH = PAGE_WIDTH - 2 * MARGIN
TOP = PAGE_HEIGHT - 14 * mm
#: Where text of the following pages begins, and where the footer ends it
TOP_FOLLOWING = PAGE_HEIGHT - 27 * mm
FOOTER_LINE = 2.9 * mm
FOOTER_BASE = 9 * mm

LOGO_WIDTH, LOGO_HEIGHT = 58 * mm, 20 * mm
#: Pixels of a logo's longer side: sharp in print, and a file stays small
LOGO_PIXELS = 700

INK, GREY, RULE = "#1d232b", "#5b6470", "#d5d9de"
DEFAULT_COLOR = "#2f3b4c"
PADDING = 1.7 * mm
SIGNATURE_HEIGHT = 34 * mm
#: Longer texts end in an ellipsis: a cell is no place for a book
LONGEST_CELL = 4_000
LONGEST_NOTE = 60_000


@dataclass(frozen=True)
class Brand:
    """Who sends the document, and how it looks.

    :param name: of the company; stands in place of a missing or broken logo
    :param logo: a PNG, JPEG or GIF; anything else counts as missing
    :param primary: ``#rrggbb`` of headings and of the table's head; text on it is made
        readable whatever the colour is
    :param secondary: ``#rrggbb`` of accents; the primary one when empty
    :param address: lines under the company's name
    :param tax_numbers: whole lines, such as ``"IFU : 3201…"``; in the footer
    :param footer: lines of the footer
    """

    name: str
    logo: bytes = b""
    primary: str = DEFAULT_COLOR
    secondary: str = ""
    address: tuple[str, ...] = ()
    tax_numbers: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()


@dataclass(frozen=True)
class Party:
    """A person or organisation named at the top: the customer, who pays…"""

    name: str
    label: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a table.

    :param title: its heading
    :param width: its share of the table's width, relative to the other columns'
    :param align: ``left``, ``right`` or ``center``
    """

    title: str
    width: float = 1
    align: str = "left"


@dataclass(frozen=True)
class Row:
    """A row of a table.

    :param cells: one text per column; of a section or note only the first is drawn,
        over the whole width (the last one of a section stands at the right)
    :param kind: ``line``, ``section``, ``note`` or ``subtotal``
    :param detail: small grey text under the first cell
    """

    cells: tuple[str, ...]
    kind: str = "line"
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under one head, which is repeated on each page."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    title: str = ""


@dataclass(frozen=True)
class Total:
    """A line of the totals.

    :param strong: the one that counts, drawn on the brand's colour
    """

    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True)
class Note:
    """A text after the totals; line breaks are kept."""

    text: str
    title: str = ""


@dataclass(frozen=True)
class Signature:
    """Where a person signs, or signed.

    :param label: such as ``"Read and approved"``
    :param name: who signed; empty while nobody did
    :param date: when, as text
    :param image: the signature as PNG, or empty
    """

    label: str
    name: str = ""
    date: str = ""
    image: bytes = b""


@dataclass(frozen=True)
class Labels:
    """Words that the drawing itself needs, in the reader's language.

    :param page: with ``%(page)s`` and ``%(pages)s``
    """

    page: str = "Page %(page)s / %(pages)s"


@dataclass(frozen=True)
class Document:
    """What :func:`render_pdf` draws, in this order.

    :param title: such as ``"Quotation S00012/2"``; heads every page
    :param brand: see :class:`Brand`
    :param recipient: in the window of an envelope
    :param parties: others, under the facts
    :param facts: pairs of label and value: dates, references
    :param intro: a text before the tables
    :param tables: see :class:`Table`
    :param totals: see :class:`Total`; after the last table, kept together
    :param notes: see :class:`Note`
    :param signature: see :class:`Signature`
    :param code: what a QR code at the end says, such as the mark of a tax office
    :param code_caption: lines beside the QR code
    :param stamp: a word across the pages, such as ``"Draft"``
    :param language: code such as ``fr``, for screen readers
    :param labels: see :class:`Labels`
    """

    title: str
    brand: Brand
    recipient: Party | None = None
    parties: tuple[Party, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    intro: str = ""
    tables: tuple[Table, ...] = ()
    totals: tuple[Total, ...] = ()
    notes: tuple[Note, ...] = ()
    signature: Signature | None = None
    code: str = ""
    code_caption: tuple[str, ...] = ()
    stamp: str = ""
    language: str = ""
    labels: Labels = field(default_factory=Labels)


def render_pdf(document):
    """Draw a document.

    :param Document document: what to draw
    :return: the PDF; the same bytes for the same document
    :rtype: bytes
    """
    _register_fonts()
    layout = _Layout(document)
    stream = io.BytesIO()
    # invariant: no date of making inside, so that equal documents are equal files
    canvas = Canvas(stream, pagesize=A4, invariant=True, pageCompression=1)
    canvas.setTitle(clean(document.title))
    canvas.setAuthor(clean(document.brand.name))
    canvas.setCreator("Telecom")
    if document.language:
        canvas.setCatalogEntry("Lang", document.language)
    for number, page in enumerate(layout.pages, 1):
        layout.draw_frame(canvas, number)
        for draw in page:
            draw(canvas)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


# ----------------------------------------------------------------
# Text
# ----------------------------------------------------------------


def clean(text, longest=LONGEST_NOTE):
    """Return a text without what cannot be seen or would turn it around.

    Control and format characters go (the marks that reverse writing are among them),
    tabs and exotic separators become spaces, line breaks stay. What the fonts cannot
    show becomes a question mark: it must not vanish.
    """
    _register_fonts()
    text = str(text or "")
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    glyphs = pdfmetrics.getFont(REGULAR).face.charToGlyph
    seen = []
    for one in unicodedata.normalize("NFC", text):
        if one == "\n" or ord(one) in glyphs and one >= " ":
            if unicodedata.category(one) not in UNSEEN or one == "\n":
                seen.append(one)
        elif one in SPACES:
            seen.append(SPACES[one])
        elif unicodedata.category(one) not in UNSEEN:
            seen.append("?")
    return "".join(seen).strip()


#: Categories of Unicode: control, format, surrogate, private use, unassigned
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
#: In place of spaces that a font does not have; those of amounts must not break
SPACES = dict.fromkeys("\t\v\f\u2029\u2009\u3000", " ") | {
    "\u2007": "\xa0",
    "\u202f": "\xa0",
}


def wrap(text, font, size, width):
    """Return the lines of a text in a width; words too long for it are broken.

    Non-breaking spaces keep amounts together.

    :param str text: cleaned
    :param str font: a registered font
    :param float size: in points
    :param float width: in points
    :rtype: list[str]
    """
    _register_fonts()
    face = pdfmetrics.getFont(font).face
    widths, default, scale = face.charWidths, face.defaultWidth, size / 1000
    limit = max(width, size) / scale

    def measure(word):
        return sum(widths.get(ord(one), default) for one in word)

    lines = []
    space = measure(" ")
    for paragraph in text.split("\n"):
        line, length = "", 0
        for word in paragraph.split(" "):
            extent = measure(word)
            if line and length + space + extent <= limit:
                line, length = f"{line} {word}", length + space + extent
                continue
            if line:
                lines.append(line)
            line, length = word, extent
            while length > limit:
                count, taken = 0, 0
                while taken + widths.get(ord(line[count]), default) <= limit:
                    taken += widths.get(ord(line[count]), default)
                    count += 1
                count = max(count, 1)
                lines.append(line[:count])
                line = line[count:]
                length = measure(line) if len(line) < 200 else length - taken
        lines.append(line)
    return lines


@cache
def _register_fonts():
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, paths in FONT_FILES.items():
        for path in paths:
            try:
                font = TTFont(name, file_path(path))
                break
            except (FileNotFoundError, TTFError):
                continue
        else:
            font = TTFont(name, str(folder / LAST_FONTS[name]))
        pdfmetrics.registerFont(font)


@lru_cache(maxsize=64)
def _read_image(content):
    """Return an image ready to be drawn and its size in pixels, or None."""
    if not content:
        return None
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.draft("RGB", (LOGO_PIXELS * 2, LOGO_PIXELS * 2))
            image = image.convert("RGBA")
    # Whatever a broken picture raises: the name stands in its place
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    image.thumbnail((LOGO_PIXELS, LOGO_PIXELS))
    if not image.width or not image.height:
        return None
    return ImageReader(image), image.size


# ----------------------------------------------------------------
# Layout
# ----------------------------------------------------------------


class _Layout:
    """Pages of a document: lists of functions that draw on a canvas."""

    def __init__(self, document):
        self.document = document
        brand = document.brand
        primary = brand.primary if color.is_color(brand.primary) else DEFAULT_COLOR
        second = brand.secondary if color.is_color(brand.secondary) else primary
        palette = color.palette(primary, second)
        self.fill, self.fill_text = palette["brand"], palette["brand_text"]
        self.heading = color.readable(primary)
        self.accent, self.tint = palette["accent"], palette["tint"]
        self.footer = self._footer_lines()
        self.bottom = FOOTER_BASE + (len(self.footer) + 1) * FOOTER_LINE + 5 * mm
        self.pages = [[]]
        self.y = TOP
        self._lay_out()

    # Primitives

    def add(self, function):
        self.pages[-1].append(function)

    def new_page(self):
        self.pages.append([])
        self.y = TOP_FOLLOWING

    def room(self, height):
        """Begin a page unless a height is left on this one."""
        if self.y - height < self.bottom and self.y < TOP_FOLLOWING:
            self.new_page()

    def text(self, x, y, text, font=REGULAR, size=9, ink=INK, align="left"):
        def draw(canvas):
            canvas.setFont(font, size)
            canvas.setFillColor(HexColor(ink))
            if align == "right":
                canvas.drawRightString(x, y, text)
            elif align == "center":
                canvas.drawCentredString(x, y, text)
            else:
                canvas.drawString(x, y, text)

        if text:
            self.add(draw)

    def box(self, x, y, width, height, fill):
        def draw(canvas):
            canvas.setFillColor(HexColor(fill))
            canvas.rect(x, y, width, height, stroke=0, fill=1)

        self.add(draw)

    def rule(self, x, y, width, ink=RULE, thickness=0.5):
        def draw(canvas):
            canvas.setStrokeColor(HexColor(ink))
            canvas.setLineWidth(thickness)
            canvas.line(x, y, x + width, y)

        self.add(draw)

    def picture(self, content, x, y, width, height):
        """Draw an image in a box from its upper left corner, if it is one.

        :return: the height it takes, or 0
        """
        found = _read_image(content)
        if not found:
            return 0
        image, (pixels_wide, pixels_high) = found
        scale = min(width / pixels_wide, height / pixels_high)
        wide, high = pixels_wide * scale, pixels_high * scale

        def draw(canvas):
            canvas.drawImage(image, x, y - high, wide, high, mask="auto")

        self.add(draw)
        return high

    def column(self, x, y, lines, size=9, leading=None, **options):
        """Draw lines under each other; return where the next one would stand."""
        leading = leading or size * 1.32
        for line in lines:
            self.text(x, y, line, size=size, **options)
            y -= leading
        return y

    # What stands on each page

    def _footer_lines(self):
        brand = self.document.brand
        texts = [clean(line, 400) for line in brand.footer]
        texts.append(" · ".join(clean(one, 200) for one in brand.tax_numbers))
        lines = []
        for text in filter(None, texts):
            lines += wrap(text, REGULAR, 7, WIDTH - 26 * mm)
        return lines[:5]

    def draw_frame(self, canvas, number):
        """Draw head, foot and stamp of a page."""
        document = self.document
        canvas.saveState()
        if document.stamp:
            stamp = clean(document.stamp, 40)
            canvas.saveState()
            canvas.setFillColor(HexColor("#eceef0"))
            size = min(90, 400 / max(len(stamp), 1) * 1.5)
            canvas.setFont(BOLD, size)
            canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
            canvas.rotate(45)
            canvas.drawCentredString(0, -size / 3, stamp)
            canvas.restoreState()
        canvas.setFillColor(HexColor(self.fill))
        canvas.rect(0, PAGE_HEIGHT - 4 * mm, PAGE_WIDTH, 4 * mm, stroke=0, fill=1)
        canvas.setFillColor(HexColor(self.accent))
        canvas.rect(0, PAGE_HEIGHT - 4.8 * mm, PAGE_WIDTH, 0.8 * mm, stroke=0, fill=1)
        if number > 1:
            canvas.setFont(BOLD, 9)
            canvas.setFillColor(HexColor(self.heading))
            name = wrap(clean(document.brand.name, 200), BOLD, 9, WIDTH * 0.55)[0]
            canvas.drawString(MARGIN, PAGE_HEIGHT - 17 * mm, name)
            canvas.setFont(REGULAR, 9)
            canvas.setFillColor(HexColor(GREY))
            title = wrap(clean(document.title, 200), REGULAR, 9, WIDTH * 0.42)[0]
            canvas.drawRightString(PAGE_WIDTH - MARGIN, PAGE_HEIGHT - 17 * mm, title)
            canvas.setStrokeColor(HexColor(RULE))
            canvas.setLineWidth(0.5)
            canvas.line(
                MARGIN,
                PAGE_HEIGHT - 20 * mm,
                PAGE_WIDTH - MARGIN,
                PAGE_HEIGHT - 20 * mm,
            )
        top = FOOTER_BASE + (len(self.footer) + 1) * FOOTER_LINE
        canvas.setStrokeColor(HexColor(self.heading))
        canvas.setLineWidth(0.6)
        canvas.line(MARGIN, top, PAGE_WIDTH - MARGIN, top)
        canvas.setFont(REGULAR, 7)
        canvas.setFillColor(HexColor(GREY))
        y = top - 3.4 * mm
        page = document.labels.page % {"page": number, "pages": len(self.pages)}
        canvas.drawRightString(PAGE_WIDTH - MARGIN, y, page)
        for line in self.footer:
            canvas.drawString(MARGIN, y, line)
            y -= FOOTER_LINE
        canvas.restoreState()

    # What follows each other

    def _lay_out(self):
        self._lay_out_head()
        if self.document.intro:
            self._lay_out_note(Note(self.document.intro))
        for table in self.document.tables:
            self._lay_out_table(table)
        # Nobody signs a page that says nothing: what comes last stays with the box
        box = SIGNATURE_HEIGHT + 2 * mm if self.document.signature else 0
        *notes, last = self.document.notes or (None,)
        coded = bool(self.document.code)
        self._lay_out_totals(0 if coded or last else box)
        for note in notes:
            self._lay_out_note(note)
        if last:
            self._lay_out_note(last, 0 if coded else box)
        self._lay_out_code(box)
        self._lay_out_signature()

    def _lay_out_head(self):
        document, brand = self.document, self.document.brand
        half = WIDTH / 2 - 4 * mm
        name = clean(brand.name, 200)
        high = self.picture(brand.logo, MARGIN, TOP, LOGO_WIDTH, LOGO_HEIGHT)
        left = TOP - high
        if not high:
            lines = wrap(name, BOLD, 17, half)[:2]
            left = (
                self.column(
                    MARGIN, TOP - 14, lines, size=17, font=BOLD, ink=self.heading
                )
                + 12
            )
        right = PAGE_WIDTH - MARGIN
        y = TOP - 7
        if high:
            self.text(right, y, wrap(name, BOLD, 9, half)[0], BOLD, 9, align="right")
            y -= 11.5
        for text in brand.address[:6]:
            for line in wrap(clean(text, 200), REGULAR, 8, half)[:2]:
                self.text(right, y, line, size=8, ink=GREY, align="right")
                y -= 10.4
        y = min(left, y, TOP - 12 * mm) - 9 * mm

        # The customer at the right, in the window of an envelope
        x = PAGE_WIDTH / 2 + 8 * mm
        below_right = self._party(document.recipient, x, min(y, PAGE_HEIGHT - 50 * mm))
        for line in wrap(clean(document.title, 200), BOLD, 19, half + 4 * mm)[:3]:
            self.text(MARGIN, y - 12, line, BOLD, 19, self.heading)
            y -= 23
        y -= 8
        y = self._facts(document.facts, y, half)
        for party in document.parties:
            y = self._party(party, MARGIN, y - 2 * mm)
        self.y = min(y, below_right) - 7 * mm

    def _party(self, party, x, y):
        if not party:
            return y
        width = PAGE_WIDTH - MARGIN - x if x > MARGIN else WIDTH / 2 - 4 * mm
        top = y
        if party.label:
            self.text(x, y - 8, clean(party.label, 80), size=7.5, ink=GREY)
            y -= 13
        for line in wrap(clean(party.name, 300), BOLD, 10.5, width)[:3]:
            self.text(x, y - 9, line, BOLD, 10.5)
            y -= 13.5
        for text in party.lines[:8]:
            for line in wrap(clean(text, 300), REGULAR, 9, width)[:2]:
                self.text(x, y - 8, line)
                y -= 12
        if x > MARGIN:
            self.box(x - 4 * mm, y - 1 * mm, 0.9 * mm, top - y, self.accent)
        return y

    def _facts(self, facts, y, width):
        labels = [clean(label, 80) for label, _value in facts]
        widest = max(
            (pdfmetrics.stringWidth(label, REGULAR, 8.5) for label in labels), default=0
        )
        widest = min(widest, width * 0.55) + 4 * mm
        for label, (_label, value) in zip(labels, facts, strict=True):
            lines = wrap(clean(value, 300), BOLD, 8.5, width - widest)[:3]
            self.text(
                MARGIN, y - 8, wrap(label, REGULAR, 8.5, widest)[0], size=8.5, ink=GREY
            )
            for line in lines:
                self.text(MARGIN + widest, y - 8, line, BOLD, 8.5)
                y -= 11.6
        return y

    def _lay_out_note(self, note, follows=0):
        """:param float follows: height of what stays on the page of its last lines"""
        lines = wrap(clean(note.text), REGULAR, 8.5, WIDTH)
        kept = len(lines) if len(lines) <= 4 else 2
        ending = kept * 11.6 + 4 * mm + follows if follows else 0
        if note.title:
            whole = 5.2 * mm + ending if kept == len(lines) else 0
            self.room(max(16 * mm, whole))
            self.text(
                MARGIN, self.y - 9, clean(note.title, 200), BOLD, 9.5, self.heading
            )
            self.y -= 5.2 * mm
        for left, line in zip(range(len(lines), 0, -1), lines, strict=True):
            self.room(max(11.6, ending if left == kept else 0))
            self.text(MARGIN, self.y - 8, line, size=8.5)
            self.y -= 11.6
        self.y -= 4 * mm

    # Tables

    def _lay_out_table(self, table):
        total = sum(column.width for column in table.columns) or 1
        edges, x = [], MARGIN
        for column in table.columns:
            width = WIDTH * column.width / total
            edges.append((x, width))
            x += width
        if table.title:
            self.room(24 * mm)
            self.text(
                MARGIN, self.y - 9, clean(table.title, 200), BOLD, 10.5, self.heading
            )
            self.y -= 6 * mm
        self.room(20 * mm)
        self._table_head(table, edges)
        for row in table.rows:
            self._row(table, edges, row)
        self.y -= 3 * mm

    def _table_head(self, table, edges):
        titles = [
            wrap(clean(column.title, 100), BOLD, 8, width - 2 * PADDING)[:2]
            for column, (_x, width) in zip(table.columns, edges, strict=True)
        ]
        height = max(map(len, titles), default=1) * 10 + 2 * PADDING
        self.box(MARGIN, self.y - height, WIDTH, height, self.fill)
        if color.contrast(self.fill, color.WHITE) < 1.3:
            # A brand of white: the head of a table is seen by its line
            self.rule(MARGIN, self.y - height, WIDTH, GREY, 0.8)
            self.rule(MARGIN, self.y, WIDTH, GREY, 0.8)
        for column, (x, width), lines in zip(table.columns, edges, titles, strict=True):
            y = self.y - PADDING - 7.5
            for line in lines:
                self._cell(column.align, x, width, y, line, BOLD, 8, ink=self.fill_text)
                y -= 10
        self.y -= height

    def _cell(self, align, x, width, y, line, font=REGULAR, size=8.5, ink=INK):
        at = {
            "right": x + width - PADDING,
            "center": x + width / 2,
        }.get(align, x + PADDING)
        self.text(at, y, line, font, size, ink, align)

    def _row(self, table, edges, row):
        if row.kind in ("section", "note"):
            self._wide_row(table, edges, row)
            return
        font = BOLD if row.kind == "subtotal" else REGULAR
        cells = []
        for index, (column, (x, width)) in enumerate(
            zip(table.columns, edges, strict=True)
        ):
            text = (
                clean(row.cells[index], LONGEST_CELL) if index < len(row.cells) else ""
            )
            lines = [
                (line, font, 8.5, INK)
                for line in wrap(text, font, 8.5, width - 2 * PADDING)
            ]
            if index == 0 and row.detail:
                lines += [
                    (line, REGULAR, 7.5, GREY)
                    for line in wrap(
                        clean(row.detail, LONGEST_CELL),
                        REGULAR,
                        7.5,
                        width - 2 * PADDING,
                    )
                ]
            cells.append((column, x, width, lines))
        count = max((len(lines) for *_cell, lines in cells), default=1)
        # A row is kept together unless it would fill most of a page
        whole = count * 11 + 2 * PADDING
        page = TOP_FOLLOWING - self.bottom
        if whole > self.y - self.bottom and whole < page * 0.6:
            self.new_page()
            self._table_head(table, edges)
        start = 0
        while start < count:
            fitting = int((self.y - self.bottom - 2 * PADDING) // 11)
            if fitting < 1:
                self.new_page()
                self._table_head(table, edges)
                continue
            part = min(fitting, count - start)
            height = part * 11 + 2 * PADDING
            if row.kind == "subtotal":
                self.box(MARGIN, self.y - height, WIDTH, height, self.tint)
            for column, x, width, lines in cells:
                y = self.y - PADDING - 8
                for line, face, size, ink in lines[start : start + part]:
                    self._cell(column.align, x, width, y, line, face, size, ink)
                    y -= 11
            self.y -= height
            start += part
            self.rule(MARGIN, self.y, WIDTH)

    def _wide_row(self, table, edges, row):
        section = row.kind == "section"
        font, size, ink = (BOLD, 9, self.heading) if section else (REGULAR, 8, GREY)
        last = clean(row.cells[-1], 100) if section and len(row.cells) > 1 else ""
        width = WIDTH - 2 * PADDING - (35 * mm if last else 0)
        lines = wrap(
            clean(row.cells[0] if row.cells else "", LONGEST_CELL), font, size, width
        )
        # A heading does not stand alone at the foot of a page
        needed = min(len(lines), 4) * 11 + 2 * PADDING + (13 * mm if section else 0)
        if self.y - needed < self.bottom:
            self.new_page()
            self._table_head(table, edges)
        while lines:
            part = max(int((self.y - self.bottom - 2 * PADDING) // 11), 1)
            some, lines = lines[:part], lines[part:]
            height = len(some) * 11 + 2 * PADDING
            if section:
                self.box(MARGIN, self.y - height, WIDTH, height, self.tint)
            if last:
                self.text(
                    PAGE_WIDTH - MARGIN - PADDING,
                    self.y - PADDING - 8,
                    last,
                    font,
                    size,
                    align="right",
                )
                last = ""
            self.column(
                MARGIN + PADDING,
                self.y - PADDING - 8,
                some,
                size=size,
                leading=11,
                font=font,
                ink=ink,
            )
            self.y -= height
            self.rule(MARGIN, self.y, WIDTH)
            if lines:
                self.new_page()
                self._table_head(table, edges)

    # After the tables

    def _lay_out_totals(self, follows=0):
        totals = self.document.totals
        if not totals:
            return
        width = 86 * mm
        x = PAGE_WIDTH - MARGIN - width
        sizes = []
        for total in totals:
            size = 10.5 if total.strong else 9
            font = BOLD if total.strong else REGULAR
            amount = clean(total.amount, 100)
            extent = pdfmetrics.stringWidth(amount, font, size)
            lines = wrap(
                clean(total.label, 300), font, size, width - extent - 3.5 * PADDING
            )[:3]
            height = len(lines) * size * 1.25 + (2.4 if total.strong else 1.4) * PADDING
            sizes.append((total, font, size, amount, lines, height))
        after = follows + 7 * mm if follows else 2 * mm
        self.room(sum(size[-1] for size in sizes) + after)
        for total, font, size, amount, lines, height in sizes:
            ink = INK
            if total.strong:
                self.box(x, self.y - height, width, height, self.fill)
                ink = self.fill_text
                if color.contrast(self.fill, color.WHITE) < 1.3:
                    self.rule(x, self.y, width, GREY, 0.8)
                    self.rule(x, self.y - height, width, GREY, 0.8)
            y = self.y - (height - len(lines) * size * 1.25) / 2 - size * 0.95
            self.text(
                PAGE_WIDTH - MARGIN - PADDING, y, amount, font, size, ink, "right"
            )
            self.column(
                x + PADDING,
                y,
                lines,
                size=size,
                leading=size * 1.25,
                font=font,
                ink=ink,
            )
            self.y -= height
        self.y -= 7 * mm

    def _lay_out_code(self, follows=0):
        if not self.document.code:
            return
        side = 26 * mm
        self.room(side + 4 * mm + follows)
        y = self.y

        def draw(canvas):
            widget = QrCodeWidget(clean(self.document.code, 500), barLevel="M")
            left, bottom, right, top = widget.getBounds()
            drawing = Drawing(
                side,
                side,
                transform=[side / (right - left), 0, 0, side / (top - bottom), 0, 0],
            )
            drawing.add(widget)
            renderPDF.draw(drawing, canvas, MARGIN, y - side)

        self.add(draw)
        lines = []
        for text in self.document.code_caption:
            lines += wrap(clean(text, 300), REGULAR, 8, WIDTH - side - 5 * mm)
        self.column(MARGIN + side + 4 * mm, y - 10, lines[:8], size=8)
        self.y -= side + 4 * mm

    def _lay_out_signature(self):
        signature = self.document.signature
        if not signature:
            return
        width, height = 80 * mm, SIGNATURE_HEIGHT
        self.room(height + 2 * mm)
        x, top = PAGE_WIDTH - MARGIN - width, self.y

        def draw(canvas):
            canvas.setStrokeColor(HexColor(RULE))
            canvas.setLineWidth(0.7)
            canvas.roundRect(x, top - height, width, height, 2 * mm)

        self.add(draw)
        inner = width - 4 * PADDING
        y = top - 5 * mm
        for line in wrap(clean(signature.label, 200), REGULAR, 8, inner)[:2]:
            self.text(x + 2 * PADDING, y, line, size=8, ink=GREY)
            y -= 10
        self.picture(signature.image, x + 2 * PADDING, y + 5, inner, 16 * mm)
        name = wrap(clean(signature.name, 200), BOLD, 8.5, inner)[0]
        self.text(x + 2 * PADDING, top - height + 7 * mm, name, BOLD, 8.5)
        self.text(
            x + 2 * PADDING,
            top - height + 3 * mm,
            clean(signature.date, 100),
            size=8,
            ink=GREY,
        )
        self.y -= height + 4 * mm


def digest(content):
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
