"""Public holidays, by the `holidays` library; no database, no Odoo."""

import holidays


def public_holidays(country, years, lang):
    """Return the public holidays of a country.

    :param str country: ISO code
    :param years: calendar years
    :param str lang: code of a language; the country's own when it has no such names
    :return: ``[(date, name)]`` in order; empty for a country the library does not know
    """
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        return []
    language = _language(getattr(holidays, country).supported_languages, lang)
    found = holidays.country_holidays(country, years=list(years), language=language)
    return sorted(found.items())


def _language(supported, lang):
    """Return the supported language nearest to one, None for the country's own."""
    short = (lang or "").split("_")[0]
    for code in sorted(supported or ()):
        if code.split("_")[0] == short:
            return code
    for code in sorted(supported or ()):
        if code.startswith("en"):
            return code
    return None
