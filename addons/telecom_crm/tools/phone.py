"""Telephone numbers, by Google's library; no database, no Odoo.

Numbers are stored in E.164 (``+2290197123456``) and shown in the national format of
the operator's country. Whatever people type or a trunk delivers goes through
:func:`parse`.
"""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

# On 30 November 2024 Benin went from eight to ten digits: every number got 01 in front.
BENIN_CODE = 229
BENIN_OLD_LENGTH = 8
BENIN_PREFIX = "01"


def parse(number, region=None):
    """Understand a telephone number as a person types it or a network delivers it.

    :param str number: any writing: national, international, ``00`` or a country code
        without ``+``
    :param str region: ISO code of the country in which national numbers are meant
    :return: the number, or None when it is no valid number
    :rtype: PhoneNumber | None
    """
    if not number:
        return None
    number = number.strip()
    candidates = [number]
    if not number.startswith(("+", "00")):
        # Trunks often send E.164 without the plus; the national reading goes first.
        candidates.append(f"+{number}")
    for candidate in candidates:
        try:
            parsed = phonenumbers.parse(candidate, region or None)
        except NumberParseException:
            continue
        parsed = _complete(parsed)
        if phonenumbers.is_valid_number(parsed):
            return parsed
    return None


def to_e164(number, region=None):
    """Return the number in E.164, or False when it is no valid number."""
    parsed = parse(number, region)
    if parsed is None:
        return False
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


# The same numbers are shown again and again, and reading one takes half a millisecond
@lru_cache(maxsize=8192)
def to_display(number, region=None):
    """Return the number as people of this country write it.

    Numbers of another country are written internationally; what is no valid number
    (a short code, a withheld caller) is returned as it came.
    """
    parsed = parse(number, region)
    if parsed is None:
        return number or ""
    home = phonenumbers.country_code_for_region(region) if region else 0
    return phonenumbers.format_number(
        parsed,
        PhoneNumberFormat.NATIONAL
        if parsed.country_code == home
        else PhoneNumberFormat.INTERNATIONAL,
    )


def complete(number, region=None):
    """Return an old number in today's E.164, any other number unchanged."""
    if not number or (region != "BJ" and str(BENIN_CODE) not in number):
        return number
    try:
        parsed = phonenumbers.parse(number, region or None)
    except NumberParseException:
        return number
    completed = _complete(parsed)
    if completed is parsed:
        return number
    return phonenumbers.format_number(completed, PhoneNumberFormat.E164)


def _complete(parsed: PhoneNumber) -> PhoneNumber:
    """Give an old Beninese number its two new digits."""
    if parsed.country_code != BENIN_CODE:
        return parsed
    national = phonenumbers.national_significant_number(parsed)
    if len(national) != BENIN_OLD_LENGTH:
        return parsed
    return phonenumbers.parse(f"+{BENIN_CODE}{BENIN_PREFIX}{national}")


def national_prefix(region):
    """Return what people dial before a number within the country, or None."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region or "", None)
    return metadata.national_prefix if metadata else None


def former(number):
    """Return the eight-digit number a Beninese number had until 2024, or None.

    :param str number: E.164
    """
    start = f"+{BENIN_CODE}{BENIN_PREFIX}"
    if not number or not number.startswith(start):
        return None
    old = number.removeprefix(start)
    return f"+{BENIN_CODE}{old}" if len(old) == BENIN_OLD_LENGTH else None


def describe_plan(region):
    """Return how numbers of a country look: ``+229 · 01 95 01 12 34``, or False.

    :param str region: ISO code of the country
    """
    if not region:
        return False
    code = phonenumbers.country_code_for_region(region)
    example = phonenumbers.example_number_for_type(
        region, phonenumbers.PhoneNumberType.MOBILE
    ) or phonenumbers.example_number(region)
    if not code or not example:
        return False
    national = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
    return f"+{code} · {national}"


def typed_former(number, region=None):
    """Return the old number, in E.164, of a Beninese number typed in the old way.

    :param str number: as typed
    :param str region: ISO code of the country in which national numbers are meant
    :return: the eight-digit number with its country code, or False when the number was
        typed as it is today
    """
    old = former(to_e164(number, region) or None)
    digits = "".join(c for c in number or "" if c.isdigit()).removeprefix("00")
    national = digits.removeprefix(str(BENIN_CODE))
    if old and len(national) == BENIN_OLD_LENGTH:
        return old
    return False
