"""Where a connector may connect to; no Odoo.

The name is resolved once, every address it has is judged, and the connection goes to
the very address that was judged: a name that says something else a moment later leads
nowhere.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

from .errors import ConnectorError

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,252})|[0-9A-Fa-f:]{2,39}")
WITH_PORT = re.compile(r"(?:\[(?P<six>[^]]+)\]|(?P<four>[0-9./]+)):(?P<port>\d{1,5})")
#: Networks whose last four bytes are an IPv4 address (RFC 6052, RFC 4291 2.5.5.1)
EMBEDDING = (ip_network("64:ff9b::/96"), ip_network("::/96"))


@dataclass(frozen=True, slots=True)
class Reach:
    """A private network that may be reached, at one port or at all.

    :ivar int port: None for all of them
    """

    network: IPv4Network | IPv6Network
    port: int | None = None

    @classmethod
    def of(cls, word):
        """Read ``10.20.0.0/16``, ``10.20.0.5:5432`` or ``[fd00::7]:5432``.

        :raises ValueError: when it is none of them
        """
        match = WITH_PORT.fullmatch(word)
        if not match:
            return cls(ip_network(word, strict=False))
        network = ip_network(match["six"] or match["four"], strict=False)
        return cls(network, int(match["port"]))

    def holds(self, address, port):
        return address in self.network and self.port in (None, port)


def allowed(address, port, reaches):
    """Tell whether an address is a public one, or of a network that was allowed.

    :param str address: IPv4 or IPv6
    :param list reaches: of :class:`Reach`
    """
    found = ip_address(address.partition("%")[0])
    # ::ffff:10.0.0.1 is 10.0.0.1
    found = getattr(found, "ipv4_mapped", None) or found
    if any(reach.holds(found, port) for reach in reaches):
        return True
    hidden = _embedded(found)
    if hidden and not hidden.is_global:
        return False
    return found.is_global and not found.is_multicast and not _own(str(found), port)


def _embedded(address):
    """The IPv4 address that an IPv6 one leads to, by whatever translation."""
    if any(address in network for network in EMBEDDING):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = getattr(address, "teredo", None)
    return getattr(address, "sixtofour", None) or (teredo and teredo[1])


def _own(address, port):
    """Tell whether an address is one of this very machine.

    What listens there may take callers from the machine for friends. Nothing is sent.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, port or 1))
        except OSError:
            return False
        return probe.getsockname()[0] == address


def resolve(host, port, reaches):
    """Return the address to connect to.

    :raises ConnectorError: ``unknown_host``; ``private_address`` when any address of
        this name is neither public nor allowed
    """
    if not HOST.fullmatch(host or ""):
        raise ConnectorError("unknown_host", host or "")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConnectorError("unknown_host", host) from error
    addresses = list(dict.fromkeys(info[4][0] for info in found))
    for address in addresses:
        if not allowed(address, port, reaches):
            raise ConnectorError("private_address", host)
    return addresses[0]
