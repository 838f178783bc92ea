"""Telephone numbers, by Google's library; no database, no Odoo.

Numbers are stored in E.164 (``+2290197123456``) and shown in the national format of
the operator's country. Whatever people type or a trunk delivers goes through
:func:`parse`.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
)

# On 30 November 2024 Benin went from eight to ten digits: every number got 01 in front.
BENIN_CODE = 229
BENIN_OLD_LENGTH = 8
BENIN_PREFIX = "01"

# What :class:`Reader` reads by itself: digits, written with the usual signs
PUNCTUATION = str.maketrans("", "", " .-")
PLAIN = re.compile(r"\+?[0-9]{6,15}")
FIRST = frozenset("+0123456789")
MIN_NATIONAL, MAX_NATIONAL = 2, 17
#: Fewer digits are a service's number; a spreadsheet takes no zero from these
MIN_WITHOUT_ZERO = 8


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
    without_zero = None
    for candidate in candidates:
        try:
            parsed = phonenumbers.parse(candidate, region or None)
        except NumberParseException:
            continue
        parsed = _complete(parsed)
        if phonenumbers.is_valid_number(parsed):
            return parsed
        without_zero = without_zero or _restore_zero(parsed)
    return without_zero


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


def _restore_zero(parsed: PhoneNumber) -> PhoneNumber | None:
    """Return a number with the zero a spreadsheet took from it, or None.

    Where the zero is part of the number itself (Benin, Côte d'Ivoire, Congo), a cell
    that a spreadsheet took for a number has lost it: ``197123456``.
    """
    region = phonenumbers.region_code_for_country_code(parsed.country_code)
    if parsed.italian_leading_zero or not _begins_with_zero(region):
        return None
    if parsed.national_number < 10 ** (MIN_WITHOUT_ZERO - 1):
        return None
    number = PhoneNumber(
        country_code=parsed.country_code,
        national_number=parsed.national_number,
        italian_leading_zero=True,
    )
    return number if phonenumbers.is_valid_number(number) else None


@lru_cache
def _begins_with_zero(region):
    """Tell whether mobile numbers of a country begin with a zero of their own."""
    example = phonenumbers.example_number_for_type(
        region, phonenumbers.PhoneNumberType.MOBILE
    )
    return bool(example and example.italian_leading_zero)


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


class Reader:
    """Reads the numbers of a country by the hundred thousand.

    The answers are those of :func:`to_e164`, for any writing. Digits of the country's
    own, which is nearly all of a file, are judged by the library's patterns without
    the library's way round them, some twenty times as fast; whatever else is written
    goes that way.
    """

    def __init__(self, region):
        """:param str region: ISO code of the country in which national numbers are
        meant
        """
        self.region = region or None
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region or "", None)
        self._plain = self._is_plain(metadata)
        if not self._plain:
            return
        self._code = str(metadata.country_code)
        self._start = f"+{self._code}"
        self._prefix = metadata.national_prefix_for_parsing or ""
        self._idd = re.compile(metadata.international_prefix or "NonMatch")
        self._general = _pattern(metadata.general_desc)
        self._lengths = frozenset(metadata.general_desc.possible_length)
        self._longest = max(self._lengths)
        self._zero = _begins_with_zero(region)
        self._plans = [
            _Plan(phonenumbers.PhoneMetadata.metadata_for_region(code, None))
            for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[metadata.country_code]
        ]

    @staticmethod
    def _is_plain(metadata):
        """Tell whether national numbers are read as :meth:`_national` does."""
        if metadata is None:
            return False
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[metadata.country_code]
        prefix = metadata.national_prefix_for_parsing or ""
        return (
            regions[0] == metadata.id
            and (not prefix or prefix.isdigit())
            and not metadata.national_prefix_transform_rule
        )

    def __call__(self, text):
        """Return a number in E.164, or False when it is no valid number.

        :param str text: as somebody wrote it
        """
        text = text.strip()
        if self._plain and text[:1] in FIRST:
            digits = text.translate(PUNCTUATION)
            if PLAIN.fullmatch(digits):
                found = self._read(digits)
                if found is not None:
                    return found
        return to_e164(text, self.region)

    def is_premium(self, number):
        """Tell whether a valid number costs the caller more than a call.

        :param str number: E.164
        """
        if self._plain and number.startswith(self._start):
            national = number[len(self._start) :]
            plan = self._plan(national)
            return bool(plan and plan.is_premium(national))
        parsed = phonenumbers.parse(number)
        return phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE

    def _read(self, digits):
        """Return a number, False for none, and None when the library has to say."""
        if digits[0] == "+":
            return self._international(digits[1:])
        if self._idd.match(digits):
            # After 00 a country code follows; other ways out are seldom
            if not digits.startswith("00") or digits[2] == "0":
                return None
            if self._idd.match(digits).end() != 2:
                return None
            return self._international(digits[2:])
        found = self._national(digits)
        if found or found is None or digits.startswith("00"):
            return found
        # A trunk's number without its plus
        return self._international(digits)

    def _international(self, digits):
        if not digits.startswith(self._code):
            return None
        return self._number(digits[len(self._code) :])

    def _national(self, digits):
        if digits.startswith(self._code):
            rest = self._without_prefix(digits[len(self._code) :])
            if (not self._general(digits) and self._general(rest)) or len(
                digits
            ) > self._longest:
                return self._number(rest)
        return self._number(digits)

    def _without_prefix(self, digits):
        if not self._prefix or not digits.startswith(self._prefix):
            return digits
        rest = digits[len(self._prefix) :]
        if self._general(digits) and not self._general(rest):
            return digits
        return rest

    def _number(self, digits):
        """Return the number of national digits, the country's prefix taken off.

        False for none, and None when the library has to say.
        """
        rest = self._without_prefix(digits)
        if len(rest) in self._lengths or len(rest) > self._longest:
            digits = rest
        if not MIN_NATIONAL <= len(digits) <= MAX_NATIONAL:
            return False
        if self._code == str(BENIN_CODE) and len(digits) == BENIN_OLD_LENGTH:
            digits = BENIN_PREFIX + digits
        plan = self._plan(digits)
        if plan and plan.is_valid(digits):
            return self._start + digits
        if self._zero and digits[0] != "0" and len(digits) >= MIN_WITHOUT_ZERO:
            # The library has to say: see _restore_zero
            return None
        return False

    def _plan(self, digits):
        """Return the plan of the region that has some national digits, or None."""
        if len(self._plans) == 1:
            return self._plans[0]
        return next((plan for plan in self._plans if plan.is_meant(digits)), None)


class _Plan:
    """The numbers of one region, as the library describes them."""

    def __init__(self, metadata):
        self._general = _matcher(metadata.general_desc)
        self._premium = _matcher(metadata.premium_rate)
        self._leading = metadata.leading_digits and re.compile(metadata.leading_digits)
        kinds = [
            metadata.premium_rate,
            metadata.toll_free,
            metadata.shared_cost,
            metadata.voip,
            metadata.personal_number,
            metadata.pager,
            metadata.uan,
            metadata.voicemail,
            metadata.fixed_line,
        ]
        if not metadata.same_mobile_and_fixed_line_pattern:
            kinds.append(metadata.mobile)
        # Nearly all numbers of a file are mobile ones
        self._kinds = [_matcher(kind) for kind in reversed(kinds) if kind]

    def is_valid(self, digits):
        return self._general(digits) and any(kind(digits) for kind in self._kinds)

    def is_meant(self, digits):
        """Tell whether digits of the country's code are this region's."""
        if self._leading:
            return bool(self._leading.match(digits))
        return self.is_valid(digits)

    def is_premium(self, digits):
        """Tell it of digits that are valid."""
        return self._premium(digits)


def _pattern(description):
    """Return what tells whether digits match a description, whatever their length."""
    pattern = description.national_number_pattern
    if not pattern:
        return lambda _digits: False
    match = re.compile(pattern).fullmatch
    return lambda digits: match(digits) is not None


def _matcher(description):
    """Return what tells whether digits match a description and its lengths."""
    if description is None or not description.national_number_pattern:
        return lambda _digits: False
    match = re.compile(description.national_number_pattern).fullmatch
    lengths = frozenset(description.possible_length)
    if not lengths:
        return lambda digits: match(digits) is not None
    return lambda digits: len(digits) in lengths and match(digits) is not None
