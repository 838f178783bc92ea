"""Secrets at rest; no Odoo."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from .errors import ConnectorError


def _box(keys):
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ConnectorError("bad_key") from error


def encrypt(text, keys):
    """Return a secret as it is stored.

    :param list keys: of :func:`settings.keys`; the first one is used
    :raises ConnectorError: ``bad_key``
    """
    return _box(keys).encrypt(text.encode()).decode()


def decrypt(token, keys):
    """Return a secret of which :func:`encrypt` gave the token.

    :raises ConnectorError: ``bad_key``, or ``other_key`` when none of the keys fits
    """
    try:
        return _box(keys).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ConnectorError("other_key") from error
