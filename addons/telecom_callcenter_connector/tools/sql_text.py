"""Texts of queries with named parameters; no Odoo, no database.

A parameter is ``:name``. What each driver takes is made from the text alone: values
never get near it.
"""

import re

TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?\*/)
  | (?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`)
  | (?P<dollar>\$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$)
  | (?P<cast>::)
  | :(?P<name>[a-z_][a-z0-9_]*)\b
  | (?P<end>;)
  | (?P<open>['"`]|/\*|\*/)
    """,
    re.VERBOSE | re.DOTALL,
)
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
READS = ("select", "with")


class BadText(ValueError):
    """:ivar str code: ``empty``, ``several``, ``quote``, ``backslash``, ``comment`` or
    ``no_read``"""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def _parts(text):
    """Yield (kind, text) of the pieces of a statement."""
    place = 0
    for match in TOKEN.finditer(text):
        if match.start() > place:
            yield "text", text[place : match.start()]
        place = match.end()
        kind = match.lastgroup if match.lastgroup != "tag" else "dollar"
        yield kind, match["name"] if kind == "name" else match[0]
    if place < len(text):
        yield "text", text[place:]


def check(text, *, read):
    """Refuse what is not one plain statement.

    :param bool read: whether it may only read
    :return: names of its parameters, in order
    :raises BadText: why not
    """
    names, words, ended = [], "", False
    for kind, part in _parts(text):
        if kind == "comment":
            # MySQL runs /*! … */; PostgreSQL nests comments, others do not
            if part.startswith("/*!") or "/*" in part[2:]:
                raise BadText("comment")
            continue
        if kind == "end":
            ended = True
            continue
        if ended and part.strip():
            raise BadText("several")
        if kind == "open":
            raise BadText("quote")
        # What ends a text after a backslash depends on the server
        if kind == "quoted" and "\\" in part:
            raise BadText("backslash")
        if kind == "name" and part not in names:
            names.append(part)
        words += part if kind == "text" else " x "
    if not words.strip():
        raise BadText("empty")
    if read and words.split()[0].strip("(").lower() not in READS:
        raise BadText("no_read")
    return names


def compiled(text, style):
    """Return a statement as a driver takes it.

    :param str style: ``pyformat`` (``%(name)s``) or ``named`` (``:name``)
    """
    parts = []
    for kind, part in _parts(text):
        if kind == "end":
            continue
        if kind == "name":
            parts.append(f"%({part})s" if style == "pyformat" else f":{part}")
        elif style == "pyformat":
            parts.append(part.replace("%", "%%"))
        else:
            parts.append(part)
    return "".join(parts).strip()
