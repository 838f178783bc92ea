"""Lines of Asterisk's ledger files, as values.

CEL is written as JSON, one object per line (``cel_custom.conf``); ``queue_log`` as
fields separated by ``|``. Both may hold torn lines: a disk that was full leaves half a
row, to which the next one is glued.
"""

import json
import re
from typing import NamedTuple

#: The dialer's ids of channels begin so. The channel of whoever is called has an id of
#: Asterisk's, and this one as its linkedid.
DIALED = "dialer-"
#: So begin the ids of calls that field sellers ask for: their own telephone first.
SELLER = "seller-"
_START = '{"eventtype":'
_NUMBER = re.compile(r"[^+0-9]")
_NAME = re.compile(r"[^\w .'-]")


class CelEvent(NamedTuple):
    kind: str
    at: float  # epoch seconds, UTC
    uniqueid: str
    linkedid: str
    channel: str = ""
    exten: str = ""
    context: str = ""
    app: str = ""
    data: str = ""
    account: str = ""
    extra: dict = {}


class QueueEvent(NamedTuple):
    at: int  # epoch seconds, UTC: too coarse for times
    uniqueid: str
    queue: str
    agent: str
    kind: str
    data: tuple = ()


def parse_cel(line):
    """Parse one CEL row.

    :param bytes line: a line without its end
    :return: the event, or None when the line holds no complete row
    :rtype: CelEvent | None
    """
    text = line.decode("utf-8", "replace").strip("\0 \r")
    row = _json(text)
    if row is None:
        # A torn row, and behind it perhaps a whole one.
        start = text.rfind(_START)
        row = _json(text[start:]) if start > 0 else None
    if row is None:
        return None
    try:
        at = float(row["eventtime"])
        uniqueid = row["uniqueid"]
        kind = row["eventtype"]
    except (KeyError, TypeError, ValueError):
        return None
    if not uniqueid or not isinstance(uniqueid, str):
        return None
    extra = row.get("eventextra")
    extra = (_json(extra) if extra else None) or {}
    return CelEvent(
        str(kind),
        at,
        uniqueid,
        str(row.get("linkedid") or uniqueid),
        str(row.get("channame") or ""),
        str(row.get("exten") or ""),
        str(row.get("context") or ""),
        str(row.get("appname") or ""),
        str(row.get("appdata") or ""),
        str(row.get("accountcode") or ""),
        extra,
    )


def _json(text):
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def parse_queue_log(line):
    """Parse one line of ``queue_log``; None when it is none."""
    parts = line.decode("utf-8", "replace").strip("\0\r").split("|")
    if len(parts) < 5 or not parts[0].isdigit():
        return None
    return QueueEvent(int(parts[0]), *parts[1:5], tuple(parts[5:]))


def clean_number(value):
    """What may stand in a telephone number; the dialplan keeps the same."""
    return _NUMBER.sub("", value or "")[:32]


def clean_name(value):
    return _NAME.sub("", value or "")[:64].strip()


def ident(name, prefix):
    """The database id in a name such as ``PJSIP/agent12-0000001f`` or ``queue3``.

    :param str prefix: what stands before the id, without technology
    :return: the id, or 0
    """
    match = re.match(rf"(?:PJSIP/)?{prefix}(\d+)(?:-|$|,|\*)", name or "")
    return int(match[1]) if match else 0


def account(value):
    """``<company id>.<campaign id>`` as two ids, 0 where unknown."""
    match = re.fullmatch(r"(\d+)\.(\d+)", value or "")
    return (int(match[1]), int(match[2])) if match else (0, 0)
