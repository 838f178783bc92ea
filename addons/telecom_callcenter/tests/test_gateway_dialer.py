import asyncio
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..engine import pacing
from ..engine.live_state import LiveAttempt, LiveCall, LiveState
from ..gateway import ami
from ..gateway import dialer as dialer_module
from ..gateway.dialer import FROM_ODOO, Bucket, Campaign, Dialer
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


class Clock:
    """Of this test alone: an hour goes by in a second."""

    def __init__(self):
        self.now = 1_700_000_000.0

    def time(self):
        return self.now

    def monotonic(self):
        return self.now - 1_600_000_000.0


class Pretending(Dialer):
    """Dials nobody: what becomes of its calls, ``answers`` says."""

    answers = staticmethod(lambda _number: None)

    async def _dial(self, campaign, count, _now):
        for _number in range(count):
            self.dialed = getattr(self, "dialed", 0) + 1
            name = f"dialer-{campaign.id}-{self.dialed}"
            at = dialer_module.time.time()
            self._link.live.add_attempt(LiveAttempt(name, 2, campaign.id, at))
            for event in self.answers(self.dialed) or ():
                self._link.live.handle(
                    {"Linkedid": name, "Timestamp": f"{at + 0.2}", **event}
                )

    async def _take_back(self, _key):
        pass

    def turn(self):
        """One turn; returns how many calls it began, by campaign."""

        async def turn():
            now = dialer_module.time.monotonic()
            self._learn(now)
            begun = {}
            for campaign, agents, present in list(self._agents_by_campaign()):
                if present:
                    campaign.present_at = now
                before = getattr(self, "dialed", 0)
                await self._campaign(campaign, agents, now)
                begun[campaign.id] = getattr(self, "dialed", 0) - before
            return begun

        return asyncio.run(turn())


def ended(status, cause):
    """The events of an attempt that ended at once."""
    return [
        {"Event": "UserEvent", "UserEvent": "TelecomResult", "Status": status,
         "Cause": cause},
        {"Event": "Hangup", "Channel": "Local/o2c7a9@telecom-outbound-00;1"},
    ]  # fmt: skip


@tagged("post_install", "-at_install", "telecom")
class TestPace(BaseCase):
    """How many calls begin, with everything but the calls themselves."""

    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.startPatcher(patch.object(dialer_module, "time", self.clock))
        muted = mute_logger(dialer_module.__name__)
        muted.__enter__()
        self.addCleanup(muted.__exit__)
        self.link = Link(None)
        self.link.outbound_ready = {7, 8}
        self.dialer = Pretending(self.link)
        self.dialer._stops = frozenset()
        self.dialer._trunks = [{"id": 1, "max_channels": 0, "calls_per_second": 0.0}]

    def campaign(self, ident, agents, **values):
        """A live campaign with so many free agents, of their own or shared."""
        knowledge = pacing.Knowledge()
        for second in range(1200):
            knowledge.observe_dial(second + 9, 9, second % 10 < 3)
        knowledge.observe_moment(3000, ())
        campaign = Campaign(
            {
                "id": ident, "company_id": 2, "queue_id": ident, "promised": [],
                "mode": "predictive", "abandoned_share": 0.03, "most_lines": 0,
                "calls_per_second": 0.0, "ring_seconds": 25, "detects": False,
                "when_reached": "progressive", "hour": 10,
                "knowledge": pacing.dump(knowledge), **values,
            },
            self.clock.monotonic(),
        )  # fmt: skip
        self.dialer._campaigns[ident] = campaign
        for agent in agents:
            self.link.live.agent(agent).registered = True
            self.link.live.members[(f"queue{ident}", agent)] = (0, False, "")
        return campaign

    def shares(self):
        found = self.dialer._agents_by_campaign()
        return {campaign.id: set(agents) for campaign, agents, _present in found}

    def turns(self, seconds):
        begun = []
        for _turn in range(int(seconds * 2)):
            self.clock.now += 0.5
            begun.append(sum(self.dialer.turn().values()))
        return begun

    def answering(self, *events):
        """What becomes of each attempt from now on."""

        def answers(number):
            uniqueid = f"dialer-7-{number}"
            return [{"Uniqueid": uniqueid, **event} for event in events]

        self.dialer.answers = answers

    def test_an_outage_is_no_evidence_and_slows_dialing(self):
        campaign = self.campaign(7, range(1, 21))
        rate = campaign.knowledge.answer_rate
        for status, cause in (("CONGESTION", "034"), ("SILENT", "00"), ("FULL", "03")):
            with self.subTest(status):
                self.answering(*ended(status, cause))
                begun = self.turns(120)
                self.assertLess(sum(begun[4:]), 15)
                self.assertEqual(max(begun[4:]), 1)
                # Still tried now and then
                self.assertTrue(any(begun[-40:]))
                self.assertAlmostEqual(campaign.knowledge.answer_rate, rate, 2)
                self.assertEqual(campaign.last[2], "network")
                # A telephone rings: all as before, within seconds
                self.dialer.answers = self.ringing
                begun = self.turns(20)
                self.assertGreater(max(begun), 10)
                self.assertNotEqual(campaign.last[2], "network")
                self.link.live.attempts.clear()

    @staticmethod
    def ringing(number):
        return [
            {
                "Event": "DialState",
                "DestLinkedid": f"dialer-7-{number}",
                "DestChannel": "PJSIP/trunk1-01",
                "DialStatus": "RINGING",
            }
        ]

    def test_some_refusals_are_no_outage(self):
        self.campaign(7, range(1, 21))
        refused = ended("CONGESTION", "034")

        def answers(number):
            uniqueid = {"Uniqueid": f"dialer-7-{number}"}
            busy = ended("BUSY", "017")
            return [{**uniqueid, **e} for e in (busy if number % 4 else refused)]

        self.dialer.answers = answers
        begun = self.turns(10)
        self.assertGreater(min(begun), 1)

    def test_a_campaign_at_its_cap_leaves_its_agents_to_others(self):
        spent = self.campaign(7, range(1, 11), when_reached="stop")
        other = self.campaign(8, range(1, 11), mode="progressive")
        self.assertEqual(self.dialer.turn()[8], 5)
        self.link.live.attempts.clear()
        spent.budgets = ((1000, 50), (1000, 50))
        self.assertEqual(self.dialer.turn(), {7: 0, 8: 10})
        self.assertEqual((spent.last[2], len(other.last[0].ringing)), ("cap", 0))
        # Who has promised a call makes it
        spent.values["promised"] = [3]
        self.assertEqual(self.shares(), {7: {3}, 8: set(range(1, 11)) - {3}})
        # Nor does the dialplan know the other yet: those of the first stay with it
        del self.dialer._campaigns[8]
        self.assertEqual(self.shares(), {7: set(range(1, 11))})

    def test_trunks_that_cannot_be_reached_are_left_out(self):
        limited = {"max_channels": 5, "calls_per_second": 2.0}
        self.dialer._trunks = [{"id": 1, **limited}, {"id": 2, **limited}]
        self.dialer._buckets = {1: Bucket(2.0, 0), 2: Bucket(2.0, 0)}

        def chosen(now):
            found = []
            while trunk := self.dialer._trunk(now):
                found.append(trunk["id"])
            return found

        self.assertEqual(chosen(10), [1, 1, 2, 2])
        self.assertEqual(self.dialer._free_lines(), 10)
        self.link.live.trunks_away = {2}
        self.assertEqual(chosen(20), [1, 1])
        self.assertEqual(self.dialer._free_lines(), 5)
        # Where none can be reached, it shows by trying when one is back
        self.link.live.trunks_away = {1, 2}
        self.assertEqual(chosen(30), [1, 1, 2, 2])

    def test_who_hears_a_message_keeps_no_agent_waiting(self):
        campaign = self.campaign(7, [1, 2, 3], mode="progressive")
        live = self.link.live
        for name in ("dialer-a", "dialer-b"):
            live.add_attempt(LiveAttempt(name, 2, 7, self.clock.now, self.clock.now))
        self.assertEqual(self.dialer.turn(), {7: 1})
        live.attempts["dialer-a"].left = True
        live.attempts["dialer-b"].left = True
        self.assertEqual(self.dialer.turn(), {7: 2})
        situation = campaign.last[0]
        self.assertEqual((situation.waiting, situation.leaving), (0, 2))
