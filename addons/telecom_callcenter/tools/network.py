"""Addresses that people of an operator may have the server call."""

import ipaddress
import socket

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url


def is_public(address):
    """Whether an IP address (str) belongs to the Internet, not to our own network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not ip.is_multicast


def leads_inside(url, allowed=()):
    """Whether an address leads into our own network.

    A name that cannot be found leads nowhere.

    :param str url: read as the HTTP client reads it
    :param allowed: names of hosts inside that may be called
    """
    try:
        host = (parse_url(url).host or "").strip("[]").lower()
    except LocationParseError:
        return False
    if host in allowed:
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return not all(is_public(address[0]) for *_kind, address in found)
