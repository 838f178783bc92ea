"""Secrets of SIP and TURN."""

import base64
import hashlib
import hmac

#: Realm of Asterisk's digest authentication
SIP_REALM = "asterisk"


def sip_ha1(username, secret):
    """Asterisk's ``md5_cred``; MD5 is what SIP digest authentication asks for."""
    text = f"{username}:{SIP_REALM}:{secret}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def turn_password(secret, username):
    """Time-limited TURN password: HMAC-SHA1 of ``<expiry>:<user>``, in base64."""
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
