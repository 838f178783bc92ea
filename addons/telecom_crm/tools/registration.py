"""Registering oneself: what is decided without a database."""

import secrets

#: Minutes for which a code is good, and wrong codes after which it is not
VALID_MINUTES = 15
MAX_ATTEMPTS = 5
#: Codes sent to one address in an hour and in a day; forms of one place in an hour
ADDRESS_HOUR, ADDRESS_DAY = 3, 8
PLACE_HOUR = 30
CODE_DIGITS = 6
MIN_PASSWORD = 8


def new_code():
    """Return a code to be typed."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def clean_code(text):
    """Return a code as typed, without the spaces people put in; empty: none."""
    digits = "".join((text or "").split())
    good = digits.isascii() and digits.isdigit() and len(digits) == CODE_DIGITS
    return digits if good else ""


def may_send(last_hour, last_day):
    """Tell whether one more code may be sent to an address.

    :param int last_hour: sent in the last hour
    :param int last_day: sent in the last 24 hours
    """
    return last_hour < ADDRESS_HOUR and last_day < ADDRESS_DAY


def hint(login):
    """Return a login so that its owner recognises it, and nobody learns it."""
    name, at, domain = (login or "").partition("@")
    if at:
        return f"{name[:1]}…@{domain}"
    return f"…{name[-3:]}"
