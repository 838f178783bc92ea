"""Host names; no database, no Odoo."""

import re
from urllib.parse import urlsplit

LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
MAX_LENGTH = 253


def normalize(name):
    """Return a host name as it is stored and compared, or False when it is none.

    :param str name: as typed or as in a request: an address, with or without scheme,
        port and path; letters of any alphabet
    :return: lower case, in DNS's own alphabet, without port
    """
    name = (name or "").strip()
    try:
        host = urlsplit(name if "//" in name else f"//{name}").hostname or ""
        host = host.rstrip(".").encode("idna").decode().lower()
    except (UnicodeError, ValueError):
        return False
    if len(host) > MAX_LENGTH or not all(
        LABEL.fullmatch(label) for label in host.split(".")
    ):
        return False
    return host


def base_url(name, like):
    """Return the address of a host, with the scheme and port of another address.

    :param str name: a host name
    :param str like: an address, such as the platform's: ``https://telecom.example``
    """
    parts = urlsplit(like or "")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme or 'https'}://{name}{port}"
