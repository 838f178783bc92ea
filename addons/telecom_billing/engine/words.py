"""Amounts in French words, as they stand on bills of Benin and Tunisia; no database."""

from decimal import ROUND_HALF_UP, Decimal

from num2words import num2words

#: Unit and its part, in the singular and the plural
CURRENCIES = {
    "XOF": (("franc CFA", "francs CFA"), None),
    "XAF": (("franc CFA", "francs CFA"), None),
    "TND": (("dinar", "dinars"), ("millime", "millimes")),
    "EUR": (("euro", "euros"), ("centime", "centimes")),
    "USD": (("dollar", "dollars"), ("cent", "cents")),
}


def in_words(amount, currency, decimals):
    """Return an amount in French words, or an empty text for unknown currencies.

    :param float amount: zero or more
    :param str currency: ISO code
    :param int decimals: of the currency: 0 for XOF, 3 for TND
    :rtype: str
    """
    if currency not in CURRENCIES or amount < 0:
        return ""
    unit, part = CURRENCIES[currency]
    step = Decimal(1).scaleb(-decimals)
    value = Decimal(str(amount)).quantize(step, ROUND_HALF_UP)
    whole = int(value)
    rest = int((value - whole).scaleb(decimals))
    # A round million takes "de": un million de francs
    of = "de " if whole >= 1_000_000 and whole % 1_000_000 == 0 else ""
    words = f"{num2words(whole, lang='fr')} {of}{unit[whole > 1]}"
    if rest and part:
        words += f" et {num2words(rest, lang='fr')} {part[rest > 1]}"
    return words
