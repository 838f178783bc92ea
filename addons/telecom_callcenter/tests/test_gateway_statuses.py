import asyncio
import contextlib

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..engine.live_state import LiveState
from ..gateway import ami
from ..gateway.status import Statuses
from .test_gateway_ami import LOGIN, Server

AGENT = 5
INTERFACE = f"PJSIP/agent{AGENT}"


def agent(presence):
    return {
        "id": AGENT,
        "presence": presence,
        "reason": "lunch" if presence == "not_ready" else "",
        "wrapup": False,
        "queues": {"queue1": 0},
    }


class Asterisk:
    """Its queues, as the manager interface changes them; it refuses the unknown."""

    def __init__(self):
        self.members, self.refuses, self.asked = {}, False, []

    def __call__(self, action):
        name, key = action["Action"], (action.get("Queue"), action.get("Interface"))
        known = key in self.members
        good = True
        if name not in LOGIN:
            self.asked.append(name)
        if name == "QueueAdd":
            good = not self.refuses and not known
            if good:
                self.members[key] = action["Paused"]
        elif name == "QueueRemove":
            good = self.members.pop(key, None) is not None
        elif name == "QueuePause":
            good = known
            if good:
                self.members[key] = action["Paused"]
        yield (
            f"Response: {'Success' if good else 'Error'}\n"
            f"ActionID: {action['ActionID']}\nMessage: done"
        )


class Link:
    """What statuses have of the gateway."""

    synchronised = True

    def __init__(self, client):
        self.client, self.live, self.doubts = client, LiveState(), 0

    def handle_effects(self, effects):
        pass

    def doubt(self):
        self.doubts += 1


class Odoo:
    """What Odoo says of the agent; readings take until they are let go."""

    def __init__(self):
        self.presence, self.readings = "offline", []

    async def read(self, agent_ids):
        said, go_on = agent(self.presence), asyncio.Event()
        self.readings.append((agent_ids, go_on))
        await go_on.wait()
        return [said]

    async def begun(self, count):
        async with asyncio.timeout(5):
            while len(self.readings) < count:
                await asyncio.sleep(0)

    async def go_on(self, count):
        """Let a reading end, once it has begun; the first is 1."""
        await self.begun(count)
        self.readings[count - 1][1].set()


@tagged("post_install", "-at_install", "telecom")
class TestStatuses(BaseCase):
    """Asterisk ends up agreeing with what Odoo said last."""

    def run_with(self, scenario):
        async def run():
            asterisk = Asterisk()
            async with Server(asterisk) as server:
                client = ami.AmiClient("127.0.0.1", server.port, "user", "secret")
                await client.connect()
                link, odoo = Link(client), Odoo()
                tasks = []

                def spawn(coroutine):
                    tasks.append(asyncio.create_task(coroutine))
                    return tasks[-1]

                try:
                    async with asyncio.timeout(10):
                        await scenario(
                            Statuses(link, odoo.read), link, odoo, asterisk, spawn
                        )
                        await asyncio.gather(*tasks)
                finally:
                    client.close()
                    for task in tasks:
                        task.cancel()
                        with contextlib.suppress(asyncio.CancelledError):
                            await task

        asyncio.run(run())

    def test_an_older_picture_does_not_undo_a_newer_status(self):
        """A resynchronisation has read “offline” when the agent says “ready”."""

        async def scenario(statuses, _link, odoo, asterisk, spawn):
            resync = spawn(statuses.apply_all())
            await odoo.begun(1)
            odoo.presence = "ready"
            ready = spawn(statuses.apply([AGENT]))
            # Time for the second to overtake, if it could
            for _turn in range(20):
                await asyncio.sleep(0)
            self.assertEqual(len(odoo.readings), 1, "one reads after the other")
            await odoo.go_on(1)
            await resync
            await odoo.go_on(2)
            await ready
            self.assertEqual(asterisk.members, {("queue1", INTERFACE): "false"})

        self.run_with(scenario)

    def test_what_is_asked_for_meanwhile_is_read_once(self):
        async def scenario(statuses, _link, odoo, asterisk, spawn):
            tasks = [spawn(statuses.apply([AGENT]))]
            await odoo.begun(1)
            odoo.presence = "ready"
            tasks += [spawn(statuses.apply([AGENT])) for _time in range(5)]
            await odoo.go_on(1)
            await odoo.go_on(2)
            await asyncio.gather(*tasks)
            self.assertEqual([ids for ids, _go in odoo.readings], [[AGENT], [AGENT]])
            self.assertEqual(asterisk.members, {("queue1", INTERFACE): "false"})

        self.run_with(scenario)

    def test_a_conversation_that_ends_meanwhile_is_not_freed(self):
        async def scenario(statuses, _link, odoo, asterisk, spawn):
            odoo.presence = "ready"
            asterisk.members["queue1", INTERFACE] = "true"
            _link.live.members["queue1", AGENT] = (10, True, "call")
            reading = spawn(statuses.apply([AGENT]))
            await odoo.begun(1)
            statuses.conversation_ended(AGENT)
            await odoo.go_on(1)
            await reading
            self.assertEqual(asterisk.members["queue1", INTERFACE], "true")
            statuses.conversations_written([AGENT])
            again = spawn(statuses.apply([AGENT]))
            await odoo.go_on(2)
            await again
            self.assertEqual(asterisk.members["queue1", INTERFACE], "false")

        self.run_with(scenario)

    @mute_logger("odoo.addons.telecom_callcenter.gateway.status")
    def test_a_refusal_calls_for_a_new_picture(self):
        async def scenario(statuses, link, odoo, asterisk, spawn):
            asterisk.refuses, odoo.presence = True, "ready"
            asked = spawn(statuses.apply([AGENT]))
            await odoo.go_on(1)
            await asked
            self.assertEqual(link.doubts, 1)

        self.run_with(scenario)

    def test_without_a_link_it_is_remembered(self):
        async def scenario(statuses, link, odoo, asterisk, spawn):
            odoo.presence, link.synchronised = "ready", False
            await statuses.apply([AGENT])
            self.assertFalse(odoo.readings)
            link.synchronised = True
            later = spawn(statuses.apply())
            await odoo.go_on(1)
            await later
            self.assertEqual(asterisk.members, {("queue1", INTERFACE): "false"})

        self.run_with(scenario)
