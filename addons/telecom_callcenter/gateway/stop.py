"""The emergency stop on the PBX itself: for when Odoo is not there to press it.

What is stopped stands in Asterisk's own database, which its dialplan reads before each
dial. The gateway, once it is there, tells Odoo; dialing goes on when Odoo says so.
"""

import asyncio
import re
import sys
import time

from .ami import AmiClient, AmiError
from .dialer import STOPPED_AT, ringing_pattern
from .render import STOP_FAMILY

_SCOPES = {"operator": "o", "campaign": "c"}


def key_of(scope):
    """The key of what is to be stopped.

    :param str scope: ``all``, ``operator:<id>`` or ``campaign:<id>``
    :raises ValueError: it is none of these
    """
    if scope == "all":
        return "all"
    match = re.fullmatch(r"(operator|campaign):(\d+)", scope or "")
    if not match:
        raise ValueError("what is stopped is all, operator:<id> or campaign:<id>")
    return f"{_SCOPES[match[1]]}{match[2]}"


async def stop(settings, scope):
    """Let Asterisk dial nothing more, and take back what rings.

    :param settings: ``gateway.settings.Settings``
    :raises AmiError: Asterisk does not answer, or refuses
    """
    key, now = key_of(scope), int(time.time())
    host, port = settings.ami_host or "127.0.0.1", settings.ami_port or 5038
    privileged = AmiClient(host, port, settings.reload_user, settings.reload_secret)
    client = AmiClient(host, port, settings.ami_user, settings.ami_secret)
    try:
        await privileged.connect()
        await privileged.action(
            "DBPut", Family=STOP_FAMILY, Key=key, Val=f"On the PBX itself, {now}"
        )
        await client.connect()
        try:
            await client.action("Hangup", Channel=ringing_pattern(key), Cause="16")
        except AmiError:
            if client.closed:
                raise
            # Nothing rings.
        await client.action("Setvar", Variable=STOPPED_AT, Value=str(now))
    finally:
        privileged.close()
        client.close()


def run(settings, scope):
    """For the command line; returns the exit status."""
    try:
        asyncio.run(stop(settings, scope))
    except AmiError as error:
        sys.stderr.write(f"Dialing could not be stopped: {error}\n")
        return 1
    sys.stdout.write("Dialing is stopped. Let it go on in Odoo.\n")
    return 0
