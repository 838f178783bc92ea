"""Ages and their bands; no database, no Odoo."""

from dateutil.relativedelta import relativedelta

#: code: first and last age in years, None without end
BANDS = {
    "minor": (0, 17),
    "18_24": (18, 24),
    "25_34": (25, 34),
    "35_49": (35, 49),
    "50_64": (50, 64),
    "senior": (65, None),
}


def age(born, today):
    """Return completed years of life, or None when the birth date is not known."""
    if not born or born > today:
        return None
    return relativedelta(today, born).years


def band(born, today):
    """Return the code of the band somebody is in, or False."""
    years = age(born, today)
    if years is None:
        return False
    return next(
        code
        for code, (first, last) in BANDS.items()
        if years >= first and (last is None or years <= last)
    )


def born_between(code, today):
    """Return the first and last birth dates of a band today.

    :return: first (None: without end) and last birth date
    :rtype: tuple
    """
    first, last = BANDS[code]
    latest = today - relativedelta(years=first)
    if last is None:
        return None, latest
    return today - relativedelta(years=last + 1) + relativedelta(days=1), latest
