"""Logins of customers' portal accounts; no database, no Odoo.

Odoo's logins are unique in a database. A customer of two operators may have an account
at each with the same e-mail, so the login of a portal account is stored with its
operator: ``ana@example.com@@12``. People type and see ``ana@example.com`` only; the
host they type it on says whose it is.
"""

import re

SEPARATOR = "@@"


def store(login, company_id):
    """Return a login as stored for the portal account of a company."""
    plain = show(login)
    return f"{plain}{SEPARATOR}{company_id}" if company_id else plain


def show(login):
    """Return a stored login as its owner types it."""
    return split(login)[0]


def show_in_text(text, company_ids):
    """Return a text with the stored logins in it as their owners type them.

    :param str text: for instance the HTML of an e-mail
    :param company_ids: ids of the companies whose logins may stand in it
    """
    if not text or SEPARATOR not in text or not company_ids:
        return text
    ids = "|".join(str(int(company_id)) for company_id in company_ids)
    return re.sub(rf"(?<=[^\s<>\"']){SEPARATOR}(?:{ids})\b", "", text)


def split(login):
    """Return a stored login as its owner types it, and the id of its company.

    :return: the login and an id, or the login as it is and None
    :rtype: tuple
    """
    plain, separator, company = (login or "").rpartition(SEPARATOR)
    if separator and plain and company.isascii() and company.isdigit():
        return plain, int(company)
    return login, None
