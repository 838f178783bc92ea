"""The text by which customers are found; no database, no Odoo.

One line of text per customer holds every word and number somebody may look for, without
accents, capitals or punctuation. Finding is then asking for pieces of that text, which
one trigram index answers.
"""

import re
import unicodedata

from . import phone

# Shorter, a piece of a number is in too many numbers to find anybody
NUMBER_LENGTH = 4
# Shorter, a piece of a word is no trigram: it is taken for the beginning of a word
WORD_LENGTH = 3
# Before the words of the town, for searching in towns alone
CITY_MARK = "#"

# Letters that Unicode does not take apart into a letter and an accent
LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "ɔ": "o",
        "ɛ": "e",
        "ɖ": "d",
        "ŋ": "n",
        "ɩ": "i",
        "ʋ": "u",
    }
)
PLAIN = re.compile(r"[a-z0-9]+")
NUMBER = re.compile(r"(?<![^\s(])[+(]?\d[\d\s.()/-]*\d(?![^\s)])")


def normalise(text):
    """Return the words of a text as they are stored and searched.

    >>> normalise("N'Dah-Kérékou, Gisèle")
    'n dah kerekou gisele'
    """
    text = text or ""
    if text.isascii():
        # The same, faster: files have a million of them
        return " ".join(PLAIN.findall(text.lower()))
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = (c for c in decomposed if not unicodedata.combining(c))
    plain = "".join(letters).translate(LETTERS)
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def compact(text):
    """Return an identifier without what stands between its characters."""
    return normalise(text).replace(" ", "")


def search_text(*, names=(), emails=(), numbers=(), identifiers=(), cities=()):
    """Return everything a customer is found by, each word after a space.

    :param names: names, in any writing
    :param emails: addresses, kept as they are but for capitals
    :param numbers: telephone numbers and other numbers; the digits are kept
    :param identifiers: customer numbers, numbers of documents, of tax, of SIM cards
    :param cities: towns
    """
    parts = dict.fromkeys(normalise(name) for name in names if name)
    parts |= dict.fromkeys(email.strip().lower() for email in emails if email)
    parts |= dict.fromkeys(re.sub(r"\D", "", number) for number in numbers if number)
    parts |= dict.fromkeys(compact(value) for value in identifiers if value)
    parts |= dict.fromkeys(normalise(value) for value in identifiers if value)
    parts |= dict.fromkeys(CITY_MARK + normalise(city) for city in cities if city)
    return "".join(f" {part}" for part in parts if part)


def query_pieces(text, region=None):
    """Take what was typed apart into the pieces that must all be found.

    :param str text: words in any order, numbers in any writing, e-mail addresses
    :param str region: ISO code of the country whose national numbers are meant
    :return: for each piece the ways in which it may be stored; one is enough
    :rtype: list[list[str]]
    """
    pieces = []

    def take(match):
        digits = re.sub(r"\D", "", match.group())
        if len(digits) < NUMBER_LENGTH:
            return match.group()
        ways = [digits]
        international = phone.to_e164(match.group(), region)
        if international:
            ways.append(international.removeprefix("+"))
        elif digits.startswith("00"):
            ways.append(digits.removeprefix("00"))
        # 06 12… is stored as +33 6 12…
        prefix = phone.national_prefix(region)
        if prefix and digits.startswith(prefix):
            ways.append(digits.removeprefix(prefix))
        # A way that holds another finds nothing more.
        pieces.append(
            [
                way
                for way in dict.fromkeys(ways)
                if not any(other != way and other in way for other in ways)
            ]
        )
        return " "

    for word in NUMBER.sub(take, text or "").split():
        if "@" in word:
            pieces.append([word.lower().replace("%", "").replace("\\", "")])
            continue
        for plain in normalise(word).split():
            short = len(plain) < WORD_LENGTH
            pieces.append([f" {plain}" if short else plain])
    return pieces


def city_piece(text):
    """Return the piece by which the people of a town are found."""
    return CITY_MARK + normalise(text)
