"""What the machine decides, not the database: the key, and where one may connect to.

In a section of its own in odoo.conf::

    [telecom_connector]
    ; Encrypts the passwords of connectors; made by Fernet.generate_key()
    key_file = /etc/odoo/connector.key
    ; Private networks that connectors of all operators, or of one, may reach
    allowed_networks = 10.20.0.0/16
    allowed_networks_7 = 192.168.50.10:5432

The variables ``TELECOM_CONNECTOR_KEY_FILE`` and ``TELECOM_CONNECTOR_NETWORKS`` of the
environment stand for the options without a section.
"""

import configparser
import os
from pathlib import Path

from odoo.tools import config

from .address import Reach
from .errors import ConnectorError

SECTION = "telecom_connector"


def _option(name):
    """Return an option of our section, or ''."""
    path = config["config"]
    if not path or not os.path.exists(path):
        return ""
    parser = configparser.RawConfigParser()
    parser.read([path])
    return parser.get(SECTION, name, fallback="").strip()


def keys():
    """Return the keys of secrets, the newest first.

    A line each in the file: the first one encrypts, all of them decrypt, so that a key
    is replaced by a new line above it.

    :raises ConnectorError: ``no_key`` when there is none
    """
    path = os.environ.get("TELECOM_CONNECTOR_KEY_FILE") or _option("key_file")
    if path:
        try:
            lines = Path(path).read_text(encoding="ascii").split()
        except (OSError, UnicodeDecodeError) as error:
            raise ConnectorError("no_key", type(error).__name__) from error
    else:
        lines = _option("key").split()
    if not lines:
        raise ConnectorError("no_key")
    return lines


def networks(company_id):
    """Return the private networks that connectors of an operator may reach.

    :return: list of :class:`Reach`
    :raises ConnectorError: ``bad_network``
    """
    text = " ".join(
        (
            os.environ.get("TELECOM_CONNECTOR_NETWORKS", ""),
            _option("allowed_networks"),
            _option(f"allowed_networks_{company_id}"),
        )
    )
    found = []
    for word in text.replace(",", " ").split():
        try:
            found.append(Reach.of(word))
        except ValueError as error:
            raise ConnectorError("bad_network", word) from error
    return found
