"""Tax numbers of persons and organisations by country; no database, no Odoo."""

import re

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

#: Countries python-stdnum does not know: what the number looks like.
PATTERNS = {
    "BJ": r"\d{13}",  # IFU
    "CI": r"\d{7}[A-Z]",  # NCC
    "TG": r"\d{10}",  # NIF
    "BF": r"\d{8}[A-Z]",  # IFU
    "NE": r"\d{4,6}(/[A-Z])?",  # NIF
}
#: What the administration writes when somebody has none
NONE = "/"


def check(number, country):
    """Return a tax number as it is stored, or None when it cannot be one.

    A number of a country nobody described is accepted as it is.

    :param str number: as typed
    :param str country: ISO code
    """
    if not number or number == NONE:
        return number or None
    written = re.sub(r"[\s.-]", "", number).upper()
    pattern = PATTERNS.get(country)
    if pattern:
        return written if re.fullmatch(pattern, written) else None
    # The library only looks for modules by lower-case names of two letters.
    code = (country or "").lower()
    module = code and (get_cc_module(code, "vat") or get_cc_module(code, "tin"))
    if not module:
        return number
    try:
        compact = module.validate(number)
    except ValidationError:
        return None
    if country == "TN" and not _is_tunisian(compact):
        return None
    # The library drops the country some write in front.
    return f"{country}{compact}" if written == f"{country}{compact}" else compact


def _is_tunisian(number):
    """Check what the library lets through: the key, and establishments of category E.

    >>> _is_tunisian("1234567LAM000"), _is_tunisian("1234567IAM000")
    (True, False)
    """
    written = number.replace("/", "")
    if written[7:8] in "IOU":
        return False
    if len(written) == 13 and written[10:] != "000":
        return written[9] == "E"
    return True
