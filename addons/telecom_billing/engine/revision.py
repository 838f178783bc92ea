"""What a quotation says, as plain values, and how two revisions of it differ.

A *content* is a dict that survives JSON unchanged: amounts are texts with the
currency's decimals, so that the same quotation always gives the same content.

``lines`` is a list of dicts with ``key`` (stable over revisions), ``kind`` (``line``,
``section`` or ``note``), ``product``, ``name``, ``quantity``, ``unit``, ``price``,
``discount``, ``taxes``, ``amount``, ``monthly`` and ``ids`` (of product, unit and
taxes); beside it stand ``validity``, ``payment``, ``terms``, ``untaxed``, ``tax``,
``total``, ``monthly``, ``currency``, ``ids`` (of customer and payment terms).
"""

import hashlib
import json
from dataclasses import dataclass

#: Fields of a line that are compared, in the order they are told
LINE_FIELDS = ("name", "quantity", "price", "discount", "taxes", "monthly", "amount")
#: Fields of the whole that are compared
HEAD_FIELDS = ("validity", "payment", "terms", "untaxed", "tax", "total", "monthly")
#: Not told when something they follow from is told
FOLLOWING = {"amount": ("quantity", "price", "discount")}
#: Names that are translated or written otherwise while the quotation stays the same;
#: the ids beside them tell
NAMES = ("payment", "product", "taxes", "unit")


@dataclass(frozen=True)
class Change:
    """A difference between two revisions.

    :param kind: ``added``, ``removed`` or ``changed`` for a line, ``head`` for what
        concerns the whole quotation
    :param label: of the line; empty for the whole
    :param field: what changed; empty for lines that were added or removed
    :param before: its value, as in the content; the line itself when removed
    :param after: its value; the line itself when added
    """

    kind: str
    label: str
    field: str
    before: object
    after: object


def fingerprint(content):
    """Return a text that is equal for contents that oblige equally.

    :param dict content: see the module
    :return: SHA-256, in hexadecimal, over everything but names of other records
    :rtype: str
    """
    text = json.dumps(_obliging(content), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _obliging(content):
    return {
        key: [_obliging(line) for line in value] if key == "lines" else value
        for key, value in content.items()
        if key not in NAMES
    }


def compare(before, after):
    """Return what is different in a revision.

    Lines are the same when their key is; a line that was deleted and written again for
    the same product counts as changed.

    :param dict before: content of the former revision
    :param dict after: content of this one
    :rtype: list[Change]
    """
    old, new = _lines(before), _lines(after)
    pairs = _pair(old, new)
    changes, told = [], set()
    for line in new:
        former = pairs.get(id(line))
        if former is None:
            changes.append(Change("added", _label(line), "", None, line))
            continue
        told.add(id(former))
        changes += _compare_line(former, line)
    changes += [
        Change("removed", _label(line), "", line, None)
        for line in old
        if id(line) not in told
    ]
    for field in HEAD_FIELDS:
        if before.get(field) != after.get(field):
            changes.append(
                Change("head", "", field, before.get(field), after.get(field))
            )
    return changes


def _lines(content):
    return content.get("lines") or []


def _label(line):
    """The first line of a description: the rest is detail."""
    return (line.get("name") or line.get("product") or "").partition("\n")[0]


def _pair(old, new):
    """Return {id of a new line: the old line it was}."""
    by_key = {line["key"]: line for line in old}
    pairs = {id(line): by_key[line["key"]] for line in new if line["key"] in by_key}
    taken = {id(line) for line in pairs.values()}
    for line in new:
        if id(line) in pairs:
            continue
        for former in old:
            if id(former) not in taken and _identity(former) == _identity(line):
                pairs[id(line)] = former
                taken.add(id(former))
                break
    return pairs


def _identity(line):
    return line.get("kind"), line.get("product") or line.get("name")


def _compare_line(former, line):
    fields = [field for field in LINE_FIELDS if former.get(field) != line.get(field)]
    return [
        Change("changed", _label(line), field, former.get(field), line.get(field))
        for field in fields
        if not any(cause in fields for cause in FOLLOWING.get(field, ()))
    ]
