import asyncio

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..engine.live_state import LiveCall, LiveState
from ..gateway import ami
from ..gateway.dialer import FROM_ODOO, Dialer
from .test_gateway_ami import Server


class Asterisk:
    """Its own database, as the manager interface shows it."""

    def __init__(self):
        self.kept, self.broken = {}, False
        self.asked, self.hung_up = [], []

    def __call__(self, action):
        name, reply = action["Action"], f"ActionID: {action['ActionID']}"
        self.asked.append(name)
        if name == "Hangup":
            self.hung_up.append(action["Channel"])
        if name == "DBPut" and not self.broken:
            self.kept[action["Key"]] = action["Val"]
        elif name == "DBDel" and not self.broken:
            self.kept.pop(action["Key"], None)
        elif name in ("DBPut", "DBDel"):
            yield f"Response: Error\n{reply}\nMessage: Failed"
            return
        yield f"Response: Success\n{reply}\nMessage: fine"


class Link:
    """What the dialer has of the gateway; ``wanted`` is what Odoo says."""

    pbx = {"id": 1}

    def __init__(self, client):
        self.client, self.wanted = client, []
        self.live, self.outbound_ready = LiveState(), {7}

    async def db(self, _function):
        await asyncio.sleep(0)
        return list(self.wanted)

    async def privileged(self, name, **fields):
        return await self.client.action(name, **fields)

    async def privileged_list(self, _name, **_fields):
        return []


@tagged("post_install", "-at_install", "telecom")
class TestStops(BaseCase):
    """What Odoo says must not be dialed stands on Asterisk."""

    def run_with(self, scenario):
        async def run():
            asterisk = Asterisk()
            async with Server(asterisk) as server:
                client = ami.AmiClient("127.0.0.1", server.port, "user", "secret")
                await client.connect()
                link = Link(client)
                dialer = Dialer(link)
                await dialer.read_stops()
                try:
                    await scenario(dialer, link, asterisk)
                finally:
                    client.close()

        with mute_logger("odoo.addons.telecom_callcenter.gateway.dialer"):
            asyncio.run(run())

    def test_stop_and_go_on(self):
        async def scenario(dialer, link, asterisk):
            link.wanted = ["c7"]
            await dialer.apply_stops()
            self.assertEqual(asterisk.kept, {"c7": FROM_ODOO})
            self.assertIn("Hangup", asterisk.asked, "what rings is taken back")
            self.assertTrue(dialer.agrees(["c7"]))
            link.wanted = []
            await dialer.apply_stops()
            self.assertEqual(asterisk.kept, {})

        self.run_with(scenario)

    def test_what_agents_let_ring_is_taken_back(self):
        async def scenario(dialer, link, asterisk):
            for uniqueid, campaign_id, answered_at in (
                ("rings", 7, None),
                ("talks", 7, 5.0),
                ("of another campaign", 8, None),
            ):
                link.live.add_call(
                    LiveCall(
                        uniqueid,
                        "PJSIP/agent3",
                        1.0,
                        direction="outbound",
                        company_id=1,
                        campaign_id=campaign_id,
                        answered_at=answered_at,
                    )
                )
            link.wanted = ["c7"]
            await dialer.apply_stops()
            self.assertEqual(asterisk.hung_up[1:], ["rings"])

        self.run_with(scenario)

    def test_a_stop_that_asterisk_refused_is_told_again(self):
        async def scenario(dialer, link, asterisk):
            link.wanted, asterisk.broken = ["c7"], True
            with self.assertRaises(ami.AmiError):
                await dialer.apply_stops()
            self.assertTrue(
                dialer._is_stopped({"company_id": 1, "campaign_id": 7}),
                "nothing is dialed meanwhile",
            )
            self.assertFalse(dialer.agrees(["c7"]))
            asterisk.broken = False
            await dialer.apply_stops()
            self.assertEqual(asterisk.kept, {"c7": FROM_ODOO})

        self.run_with(scenario)

    def test_what_is_stopped_meanwhile_stays_stopped(self):
        async def scenario(dialer, link, asterisk):
            # Somebody stops dialing between two who look
            first = asyncio.create_task(dialer.apply_stops())
            link.wanted = ["all"]
            await asyncio.gather(first, dialer.apply_stops(), dialer.apply_stops())
            self.assertEqual(asterisk.kept, {"all": FROM_ODOO})

        self.run_with(scenario)
