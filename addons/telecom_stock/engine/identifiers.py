"""Numbers by which phones and SIM cards are known, however they were written.

The rules are those of 3GPP TS 23.003 (IMEI, IMEISV) and ITU-T E.118 (ICCID); check
digits come from ``stdnum``. Nothing here knows Odoo or a language: what is wrong is
said by a code, and the models have the sentences.
"""

import re

from stdnum import luhn

#: What people and scanners write between digits
SEPARATORS = re.compile(r"[\s./_\u00a0\u202f-]+")
#: What labels say in front of the number
LABEL = re.compile(r"^(?:IMEI(?:SV)?|ICCID|SIM|S/?N)\s*\d?\s*[:#]\s*", re.IGNORECASE)
KINDS = ("imei", "iccid", "serial")
#: A serial number of a maker: as long as labels get, and no longer
MAX_SERIAL = 64


class BadIdentifier(ValueError):
    """A number that identifies nothing.

    :ivar str code: ``empty``, ``digits``, ``length``, ``prefix``, ``check``, ``zeros``
        or ``long``
    :ivar str text: what was read, cleaned
    :ivar str expected: the right check digit, when that is what is wrong
    """

    def __init__(self, code, text="", expected=""):
        super().__init__(code)
        self.code = code
        self.text = str(text)[:80]
        self.expected = expected


def clean(text):
    """Return what was typed or scanned without labels, spaces and signs.

    :param str text: as typed, scanned or read from a file
    :rtype: str
    """
    text = LABEL.sub("", str(text or "").strip())
    return SEPARATORS.sub("", text).upper()


def imei(text):
    """Return an IMEI with its 15 digits.

    Fourteen digits lack the check digit, which is added. Sixteen are an IMEISV: its
    last two are the version of the software, which changes with every update, so they
    give way to the check digit.

    :param str text: 14, 15 or 16 digits, with any separators
    :rtype: str
    :raises BadIdentifier: it is none
    """
    number = clean(text)
    if not number:
        raise BadIdentifier("empty")
    if not number.isascii() or not number.isdigit():
        raise BadIdentifier("digits", number)
    if len(number) not in (14, 15, 16):
        raise BadIdentifier("length", number)
    if not int(number[:14]):
        raise BadIdentifier("zeros", number)
    check = luhn.calc_check_digit(number[:14])
    if len(number) == 15 and number[14] != check:
        raise BadIdentifier("check", number, check)
    return number[:14] + check


def iccid(text):
    """Return an ICCID with its check digit and without filler.

    Files of card makers fill nineteen digits up to twenty with ``F``; what is read
    from the chip itself has the digits of each pair swapped (it begins with 98).
    Eighteen digits lack the check digit, which is added.

    :param str text: 18, 19 or 20 digits, with any separators and filler
    :rtype: str
    :raises BadIdentifier: it is none
    """
    number = clean(text)
    if not number:
        raise BadIdentifier("empty")
    if len(number) == 20 and number.startswith("98"):
        number = "".join(number[i + 1] + number[i] for i in range(0, 20, 2))
    number = number.rstrip("F")
    if not number.isascii() or not number.isdigit():
        raise BadIdentifier("digits", number)
    if not number.startswith("89"):
        raise BadIdentifier("prefix", number)
    if len(number) not in (18, 19, 20):
        raise BadIdentifier("length", number)
    if len(number) == 18:
        return number + luhn.calc_check_digit(number)
    check = luhn.calc_check_digit(number[:-1])
    if number[-1] != check:
        raise BadIdentifier("check", number, check)
    return number


def iccid_spellings(number):
    """Return an ICCID as it is kept, and as it is without its check digit.

    :param str number: as :func:`iccid` returns it; another item's has one spelling
    :rtype: list[str]
    """
    if len(number) == 19 and number.startswith("89"):
        return [number, number[:18]]
    return [number]


def serial(text):
    """Return a maker's serial number: capitals, without spaces around or inside.

    Signs stay: ``SN-100`` and ``SN1-00`` are two things.

    :param str text: up to 64 characters
    :rtype: str
    :raises BadIdentifier: there is none, or it is too long
    """
    number = re.sub(r"\s+", "", str(text or "")).upper()
    if not number:
        raise BadIdentifier("empty")
    if len(number) > MAX_SERIAL:
        raise BadIdentifier("long", number)
    if not number.isprintable():
        raise BadIdentifier("digits", number)
    return number


def normalise(kind, text):
    """Return a number as it is stored.

    :param str kind: one of :data:`KINDS`
    :param str text: as typed, scanned or read from a file
    :rtype: str
    :raises BadIdentifier: it is no such number
    """
    return {"imei": imei, "iccid": iccid, "serial": serial}[kind](text)


def guesses(text):
    """Return every stored number that a scanned text can mean, most likely first.

    :param str text: as typed or scanned, of an unknown kind
    :rtype: list[str]
    """
    found = []
    for kind in KINDS:
        try:
            number = normalise(kind, text)
        except BadIdentifier:
            continue
        if number not in found:
            found.append(number)
    return found
