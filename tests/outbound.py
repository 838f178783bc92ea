"""Campaigns that call out, and everybody whom they call."""

import collections
import itertools
import json
import random
import re

import pytest
from sip import NOWHERE, Sipp

from stack import wait_for


class Callees(Sipp):
    """The network behind the trunk: everybody whom a campaign calls."""

    def __init__(
        self, stack, folder, *, ring=1.0, talk=3.0, peer=None, trace=True, broken="5"
    ):
        self.peer = peer
        super().__init__(
            stack,
            folder,
            "callee",
            [("-",)],
            {
                "RING_MS": int(ring * 1000),
                "TALK_MS": int(talk * 1000),
                "RTP_PORT": peer.port if peer else NOWHERE,
                "BROKEN": broken,
            },
            ["-trace_msg"] if trace else [],
        )

    def called(self):
        """How often each number was called."""
        numbers = [
            line.split("sip:")[1].split("@")[0]
            for line in self.messages()
            # Within a call it is asked at the contact, which is no number
            if line.startswith("INVITE sip:+")
        ]
        return collections.Counter(numbers)

    def invited(self):
        """When each INVITE came, as seconds of the day."""
        found = re.findall(
            r"(\d\d):(\d\d):(\d\d\.\d+)[^\n]*\n"
            r"UDP message received[^\n]*\n+INVITE ",
            self.trace(),
        )
        return [int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in found]


@pytest.fixture
def callees(sip, stack, folder):
    def make(**options):
        return sip._keep(Callees(stack, folder, **options))

    return make


@pytest.fixture(scope="session")
def people():
    """New numbers, by what those whom they belong to do."""
    numbers = itertools.count(random.randrange(100_000))

    def make(kinds):
        result = [f"+2290196{kind}{next(numbers) % 100_000:05d}" for kind in kinds]
        random.Random(7).shuffle(result)
        return result

    return make


class Outbound:
    """One live campaign."""

    def __init__(
        self,
        stack,
        world,
        numbers,
        port,
        *,
        queue=None,
        beside=False,
        desk=False,
        promised=None,
        **campaign,
    ):
        """
        :param queue: id, or the name of one of its own with the crowd as members
        :param bool beside: others that are live stay so
        :param bool desk: with statuses, a script and a follow-up message, as agents
            who call by hand have them
        :param dict promised: agents' ids by the number they promised to call by now;
            None for the team
        """
        self.stack, self.world, self.numbers = stack, world, numbers
        values = {"dial_mode": "progressive", "ring_seconds": 6, **campaign}
        output = world.script(
            "dialer",
            trunk_port=port,
            queue=queue or world.crowd_queue,
            beside=beside,
            numbers=numbers,
            campaign=values,
            desk=desk,
            promised=promised or {},
        )
        made = json.loads(output.split("RESULT ", 1)[1].splitlines()[0])
        self.id, self.did = made["id"], made["did"]

    def attempts(self):
        return self.stack.sql(
            "SELECT * FROM telecom_campaign_attempt WHERE campaign_id = %s ORDER BY id",
            self.id,
        )

    def ended(self, count, timeout):
        """Wait until so many attempts have ended, and none is open."""

        def reached():
            rows = self.attempts()
            return (
                len(rows) >= count
                and all(row["state"] == "ended" for row in rows)
                and rows
            )

        return wait_for(
            reached,
            timeout,
            lambda: (
                f"{count} attempts ended: "
                + str(
                    collections.Counter(
                        (row["state"], row["result"]) for row in self.attempts()
                    )
                )
            ),
            poll=0.3,
        )

    def contacts(self):
        return self.stack.sql(
            "SELECT * FROM telecom_campaign_contact WHERE campaign_id = %s", self.id
        )

    def calls(self):
        return self.stack.sql(
            "SELECT * FROM telecom_call WHERE campaign_id = %s ORDER BY id", self.id
        )

    def stop(self):
        self.stack.sql(
            "UPDATE telecom_campaign SET state = 'stopped' WHERE id = %s", self.id
        )


@pytest.fixture
def campaign(stack, world, clean):
    """Make a campaign of the tests live; it is over with the test."""
    made = []
    trunk = world.ref("telecom_callcenter.trunk_demo")
    [before] = stack.sql("SELECT port FROM telecom_trunk WHERE id = %s", trunk)

    def make(numbers, port, **values):
        made.append(Outbound(stack, world, numbers, port, **values))
        return made[-1]

    yield make
    for outbound in made:
        outbound.stop()
    if made:
        world.stack.sql(
            "UPDATE telecom_trunk SET port = %s WHERE id = %s", before["port"], trunk
        )
