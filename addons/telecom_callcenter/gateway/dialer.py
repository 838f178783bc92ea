"""The dialer: for each live campaign, how many calls to begin now, and their beginning.

Twice a second the picture of agents and calls (``engine.live_state``) becomes a
``Situation`` of ``engine.pacing``, which says how many to dial. Contacts are reserved
and their attempts committed before Asterisk is asked; Asterisk is asked once, and
dials only within :data:`~.render.DIAL_WITHIN_SECONDS`. What becomes of an attempt is
written by the ledger alone: see ``engine.attempts``.
"""

import asyncio
import logging
import time

from ..engine import pacing, sharing
from ..engine.attempt_rules import UNHEARD
from ..engine.live_state import LiveAttempt
from .ami import AmiClosed, AmiError
from .render import DIAL_WITHIN_SECONDS, STOP_FAMILY

_logger = logging.getLogger(__name__)

TICK_SECONDS = 0.5
#: Campaigns, trunks and budgets are read this often, and when Odoo says so.
READ_SECONDS = 2
BUDGET_SECONDS = 10
#: What the pacing saw is kept this often, and what it learnt every so often.
KEEP_SECONDS = 10
LEARN_SECONDS = 60
#: A campaign that has nobody to call is asked again after this.
DRY_SECONDS = 3
#: So many calls that the network refused, one after the other, are taken for an outage:
#: then one is tried at a time, with a pause that doubles.
REFUSED_IN_A_ROW = 5
FIRST_PAUSE = 2
LONGEST_PAUSE = 15
#: What the far end said of whom was called: the network takes calls.
SPOKEN = ("busy", "refused", "wrong_number")
#: Of an attempt that ended so, it is not known whether somebody would have answered.
NO_EVIDENCE = UNHEARD | {"cancelled"}
#: Without any agent for this long, what rings is taken back.
ALONE_SECONDS = 2
#: Seconds an Originate may take beyond all trunks' ringing before it is given up.
SPARE_SECONDS = 20
#: What a stop says that Odoo knows of; another one was made on the PBX itself.
FROM_ODOO = "odoo"
#: A global variable of Asterisk's that changes when somebody stops something there.
STOPPED_AT = "TELECOM_STOPPED_AT"
#: Reasons of pauses in which an agent is at work, not away.
WORKING = ("call", "wrapup")
BUSY = ("ringing", "talking", "hold", "consulting", "manual", "wrapup")


class Bucket:
    """So many a second, and never more than a second's worth at once."""

    def __init__(self, rate, now):
        self.rate, self.tokens, self.at = rate, max(rate, 1.0), now

    def fill(self, rate, now):
        most = max(rate, 1.0)
        self.tokens = min(self.tokens + rate * (now - self.at), most)
        self.rate, self.at = rate, now

    def free(self):
        """How many may begin now; None for no limit."""
        return int(self.tokens) if self.rate else None

    def take(self, count=1):
        self.tokens -= count


class Network:
    """Whether the network takes calls; times in epoch seconds."""

    def __init__(self):
        self.refused, self.pause, self.until = 0, 0.0, 0.0

    @property
    def out(self):
        return self.refused >= REFUSED_IN_A_ROW

    def refuse(self, dialed_at, now):
        """A call got nowhere."""
        self.refused += 1
        # What was in the air already when the pause began tells nothing new.
        if self.out and dialed_at >= self.until:
            self.pause = min(self.pause * 2 or FIRST_PAUSE, LONGEST_PAUSE)
            self.until = now + self.pause

    def take(self):
        """A call got through."""
        self.refused, self.pause, self.until = 0, 0.0, 0.0

    def most(self, attempts, now):
        """How many calls may begin now; None for no limit.

        :param attempts: ``LiveAttempt`` of all that is in the air
        """
        if not self.out:
            return None
        tried = any(
            not attempt.answered_at and attempt.dialed_at >= self.until
            for attempt in attempts
        )
        return 0 if tried or now < self.until else 1


class Campaign:
    """What the dialer remembers of a campaign while it is live."""

    def __init__(self, values, now):
        self.id = values["id"]
        self.knowledge = pacing.load(values["knowledge"])
        self.bucket = Bucket(values["calls_per_second"], now)
        self.budgets = ((0, 0), (0, 0))
        self.dry_until = 0.0
        self.decided_at = self.present_at = now
        self.dialed = self.answered = self.abandoned = 0
        self.last = None  # (Situation, Decision)
        self.update(values)

    def update(self, values):
        self.values = values
        self.knowledge.set_hour(values["hour"])
        self.settings = pacing.Settings(
            mode=values["mode"],
            abandoned_share=values["abandoned_share"],
            most_lines=values["most_lines"],
            when_reached=values["when_reached"],
        )


class Dialer:
    """Dials for the campaigns of one PBX.

    :param link: the gateway: ``client`` (AMI), ``live``, ``synchronised``,
        ``database``, ``db(function)`` in a thread, ``privileged(name, **fields)``
    """

    def __init__(self, link):
        self._link = link
        self._campaigns = {}
        self._trunks = []
        self._buckets = {}
        self._network = Network()
        self._busy = {}  # agent id -> (since, campaign id or 0)
        self._stops = None  # keys of what is not dialed; None: not read yet
        self._told = frozenset()  # of these, what stands on Asterisk
        self._outside = {}  # of these, what Odoo does not know yet, and why
        self._stopped_at = None
        self._read_at = self._budgets_at = self._kept_at = float("-inf")
        self._learnt_at = time.monotonic()
        self._turn = 0
        self._lock = asyncio.Lock()

    async def run(self):
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self._tick()
            except AmiError as error:
                _logger.info("Dialer: %s", error)
            except Exception:
                _logger.exception("The dialer missed a turn")

    def wake(self):
        """Odoo has changed something."""
        self._read_at = float("-inf")

    async def _tick(self):
        now = time.monotonic()
        self._learn(now)
        if not self._link.client or not self._link.synchronised:
            return
        if not self._link.database.up:
            return
        if now - self._read_at > READ_SECONDS:
            self._read_at = now
            await self._read(now)
        if self._stops is None:
            return
        await self._look_for_stops()
        for campaign, agents, present in list(self._agents_by_campaign()):
            if present:
                campaign.present_at = now
            await self._keep_promises(campaign, agents)
            await self._campaign(campaign, agents, now)
        if now - self._kept_at > KEEP_SECONDS:
            self._kept_at = now
            await self._keep(now)

    # -- what Odoo says ------------------------------------------------------------

    async def _read(self, now):
        budgets = now - self._budgets_at > BUDGET_SECONDS
        if budgets:
            self._budgets_at = now

        def read(env):
            pbx = env["telecom.pbx"].browse(self._link.pbx["id"])
            campaigns = pbx._dialer_campaigns()
            ids = [values["id"] for values in campaigns]
            return (
                campaigns,
                pbx._dialer_trunks() if campaigns else [],
                pbx._dialer_budgets(ids) if budgets else {},
            )

        rows, self._trunks, counted = await self._link.db(read)
        ids = {values["id"] for values in rows}
        for ident in self._campaigns.keys() - ids:
            del self._campaigns[ident]
        for values in rows:
            campaign = self._campaigns.get(values["id"])
            if campaign is None:
                campaign = self._campaigns[values["id"]] = Campaign(values, now)
                if values["id"] not in counted:
                    self._budgets_at = float("-inf")
            else:
                campaign.update(values)
            campaign.budgets = counted.get(values["id"], campaign.budgets)
        for trunk in self._trunks:
            if trunk["id"] not in self._buckets:
                self._buckets[trunk["id"]] = Bucket(trunk["calls_per_second"], now)

    # -- what happens --------------------------------------------------------------

    def _learn(self, now):
        """Take what became of attempts, and how long agents were busy."""
        offset = now - time.time()
        for news in self._link.live.take_news():
            self._listen(news)
            campaign = self._campaigns.get(news.attempt.campaign_id)
            if not campaign:
                continue
            attempt, knowledge = news.attempt, campaign.knowledge
            detects = campaign.values["detects"]
            seconds = news.at - attempt.dialed_at
            agents = len(self._members(campaign))
            if news.kind == "answered" and not detects:
                campaign.answered += 1
                knowledge.observe_dial(news.at + offset, seconds, True, agents)
            elif news.kind == "connected" and detects:
                campaign.answered += 1
                rang = attempt.answered_at - attempt.dialed_at
                knowledge.observe_dial(attempt.answered_at + offset, rang, True, agents)
            elif news.kind == "ended" and attempt.answered_at:
                if detects:
                    # A machine, or a person who was not connected: which of both, the
                    # ledger tells the budget; here it is no live answer.
                    rang = attempt.answered_at - attempt.dialed_at
                    knowledge.observe_dial(
                        attempt.answered_at + offset, rang, False, agents
                    )
                else:
                    campaign.abandoned += 1
            elif news.kind == "ended" and attempt.result not in NO_EVIDENCE:
                knowledge.observe_dial(news.at + offset, seconds, False, agents)
        self._learn_handling(now)

    def _listen(self, news):
        """Learn from an attempt whether the network takes calls."""
        attempt, network = news.attempt, self._network
        was_out = network.out
        if news.kind in ("heard", "answered"):
            network.take()
        elif news.kind == "ended" and not attempt.answered_at:
            if attempt.refused:
                network.refuse(attempt.dialed_at, news.at)
            elif attempt.result in SPOKEN or (
                attempt.result == "no_answer" and attempt.dialed_at >= network.until
            ):
                network.take()
        if network.out != was_out:
            _logger.warning(
                "The network takes no calls: one is tried at a time"
                if network.out
                else "The network takes calls again"
            )

    def _learn_handling(self, now):
        live = self._link.live
        for agent_id, agent in live.agents.items():
            busy = agent.activity in BUSY
            if busy and agent_id not in self._busy:
                self._busy[agent_id] = (now, 0)
            if busy and agent.activity == "talking":
                call = live.calls.get(agent.call)
                since, _campaign = self._busy[agent_id]
                if call and call.direction == "outbound":
                    self._busy[agent_id] = (since, call.campaign_id)
            elif not busy and agent_id in self._busy:
                since, campaign_id = self._busy.pop(agent_id)
                campaign = self._campaigns.get(campaign_id)
                if campaign:
                    campaign.knowledge.observe_handling(now - since)

    def _members(self, campaign):
        """Agents who work for a campaign now: ``{agent id: paused}``."""
        queue = f"queue{campaign.values['queue_id']}"
        live = self._link.live
        members = {}
        for (name, agent_id), (_penalty, paused, reason) in live.members.items():
            if name == queue and (not paused or reason in WORKING):
                agent = live.agents.get(agent_id)
                if agent and agent.registered:
                    members[agent_id] = paused
        return members

    def _agents_by_campaign(self):
        """Each campaign with the agents that count for it, in turn.

        Whoever works for several campaigns counts for one of them, or each would dial
        for her.
        """
        now = time.monotonic()
        campaigns = list(self._campaigns.values())
        members = {campaign.id: self._members(campaign) for campaign in campaigns}
        still = [campaign for campaign in campaigns if self._stands_still(campaign)]
        # They keep their promises: those who made them are counted for no other.
        promised = {
            campaign.id: members[campaign.id].keys() & set(campaign.values["promised"])
            for campaign in still
        }
        kept = set().union(*promised.values())
        shares = sharing.shares(
            {
                campaign.id: sorted(members[campaign.id].keys() - kept)
                for campaign in campaigns
                if campaign.dry_until <= now and campaign not in still
            }
        )
        taken = set().union(*shares.values())
        shares |= sharing.shares(
            {
                ident: sorted((members[ident].keys() - taken - kept) | mine)
                for ident, mine in promised.items()
            }
        )
        if campaigns:
            self._turn = (self._turn + 1) % len(campaigns)
        for campaign in campaigns[self._turn :] + campaigns[: self._turn]:
            mine = shares.get(campaign.id, set())
            present = members[campaign.id]
            yield campaign, {a: p for a, p in present.items() if a in mine}, present

    def _stands_still(self, campaign):
        """Whether a campaign dials nothing, so that its agents work for others."""
        return (
            pacing.stands_still(campaign.settings, campaign.budgets)
            or campaign.id not in self._link.outbound_ready
            or self._is_stopped(
                {
                    "company_id": campaign.values["company_id"],
                    "campaign_id": campaign.id,
                }
            )
        )

    def _situation(self, campaign, agents, now):
        live, wall = self._link.live, time.time()
        idle, busy = [], []
        for agent_id, paused in agents.items():
            agent = live.agents[agent_id]
            if agent.activity in BUSY or paused:
                since = self._busy.get(agent_id, (now, 0))[0]
                busy.append(now - since)
            else:
                idle.append(agent_id)
        asked = sharing.asked_for(
            idle,
            {
                f"queue{queue_id}": len(callers)
                for queue_id, callers in live.waiting.items()
                if queue_id != campaign.values["queue_id"]
            },
            live.members,
        )
        ringing, waiting, leaving = [], 0, 0
        for attempt in live.attempts.values():
            if attempt.campaign_id == campaign.id:
                if attempt.left:
                    leaving += 1
                elif attempt.answered_at:
                    waiting += 1
                else:
                    ringing.append(max(wall - attempt.dialed_at, 0.0))
        return pacing.Situation(
            agents=len(agents),
            idle=max(len(idle) - asked, 0),
            busy=tuple(busy),
            ringing=tuple(ringing),
            waiting=waiting,
            budgets=campaign.budgets,
            seconds=now - campaign.decided_at,
            free_lines=self._free_lines(),
            leaving=leaving,
        )

    # -- trunks --------------------------------------------------------------------

    def _reachable(self):
        """The trunks that Asterisk reaches; all of them when it reaches none.

        What is tried over them all the same then shows when one is back.
        """
        away = self._link.live.trunks_away
        return [t for t in self._trunks if t["id"] not in away] or self._trunks

    def _free_lines(self):
        """Channels that all trunks together still have; -1 for no limit.

        Which channel is on which trunk the dialplan knows, and keeps to each limit.
        """
        trunks = self._reachable()
        if not trunks or any(not trunk["max_channels"] for trunk in trunks):
            return -1 if trunks else 0
        live = self._link.live
        used = len(live.attempts) + sum(
            call.state != "ended" for call in live.calls.values()
        )
        return max(sum(trunk["max_channels"] for trunk in trunks) - used, 0)

    def _trunk(self, now):
        """The first trunk that may begin another call now; None when none may."""
        for trunk in self._reachable():
            bucket = self._buckets[trunk["id"]]
            bucket.fill(trunk["calls_per_second"], now)
            if bucket.free() is None:
                return trunk
            if bucket.free() > 0:
                bucket.take()
                return trunk
        return None

    # -- dialing -------------------------------------------------------------------

    async def _campaign(self, campaign, agents, now):
        situation = self._situation(campaign, agents, now)
        campaign.decided_at = now
        campaign.knowledge.observe_moment(now, situation.ringing)
        if situation.ringing and now - campaign.present_at > ALONE_SECONDS:
            # The last agent has gone: nobody could talk to those who answer now.
            await self._take_back(f"c{campaign.id}")
        decision = pacing.decide(campaign.settings, situation, campaign.knowledge)
        count, reason = decision.calls, decision.reason
        campaign.bucket.fill(campaign.values["calls_per_second"], now)
        free = campaign.bucket.free()
        if free is not None and count > free:
            count, reason = max(free, 0), "rate"
        most = self._network.most(self._link.live.attempts.values(), time.time())
        if most is not None and count > most:
            count, reason = most, "network"
        if campaign.dry_until > now:
            count, reason = 0, "contacts"
        if campaign.id not in self._link.outbound_ready:
            # The dialplan does not know it yet.
            count = 0
        campaign.last = (situation, decision, reason)
        if count:
            await self._dial(campaign, count, now)

    async def _keep_promises(self, campaign, agents):
        """Agents who have promised a call by now, and are free, make it first.

        Each is taken off ``agents``: her own telephone rings, and then the customer's.
        """
        live, values = self._link.live, campaign.values
        ready = campaign.id in self._link.outbound_ready and not self._is_stopped(
            {"company_id": values["company_id"], "campaign_id": campaign.id}
        )
        for agent_id in list(values["promised"]) if ready else ():
            free = agent_id in agents and not agents[agent_id]
            if not free or live.agents[agent_id].activity != "idle":
                continue
            values["promised"].remove(agent_id)
            del agents[agent_id]

            def keep(env, agent_id=agent_id):
                pbx = env["telecom.pbx"].browse(self._link.pbx["id"])
                return pbx._dialer_keep_promise(campaign.id, agent_id)

            campaign.dialed += bool(await self._link.db(keep))

    async def _dial(self, campaign, count, now):
        trunks = []
        while len(trunks) < count and (trunk := self._trunk(now)):
            trunks.append(trunk)
        if not trunks:
            return
        recorded = time.time()

        def take(env):
            pbx = env["telecom.pbx"].browse(self._link.pbx["id"])
            return pbx._dialer_take(campaign.id, len(trunks))

        rows = await self._link.db(take)
        if len(rows) < len(trunks):
            campaign.dry_until = now + DRY_SECONDS
        if campaign.values["calls_per_second"]:
            campaign.bucket.take(len(rows))
        campaign.dialed += len(rows)
        results = await asyncio.gather(
            *(
                self._originate(campaign, row, trunk, recorded)
                for row, trunk in zip(rows, trunks, strict=False)
            )
        )
        answers = list(zip(rows, results, strict=True))
        refused = [row["channel_id"] for row, ok in answers if ok is False]
        taken = [row["attempt_id"] for row, ok in answers if ok]

        def tell(env):
            pbx = env["telecom.pbx"].browse(self._link.pbx["id"])
            if taken:
                pbx._dialer_dialing(taken)
            if refused:
                pbx._dialer_not_dialed(refused)

        if refused:
            campaign.dry_until = now + DRY_SECONDS
        if taken or refused:
            await self._link.db(tell)

    async def _originate(self, campaign, row, trunk, recorded):
        """Ask Asterisk to dial, once.

        :return: True when it will, False when it refused; None when it is not known
        """
        if self._is_stopped(row) or not self._link.client:
            return False
        live, account = self._link.live, f"{row['company_id']}.{row['campaign_id']}"
        live.add_attempt(
            LiveAttempt(
                row["channel_id"], row["company_id"], row["campaign_id"], time.time()
            )
        )
        seconds = campaign.values["ring_seconds"]
        exten = f"o{row['company_id']}c{row['campaign_id']}a{row['attempt_id']}"
        variables = {
            "ACCOUNT": account,
            "NUMBER": row["number"],
            "CALLERID": row["caller_id"],
            "COMPANY": row["company_id"],
            "CAMPAIGN": row["campaign_id"],
            "RING": seconds,
            "TRUNK": f"trunk{trunk['id']}",
            "UNTIL": int(recorded) + DIAL_WITHIN_SECONDS,
            "ANSWERED": f"telecom-answered{row['campaign_id']}",
        }
        try:
            await self._link.client.action(
                "Originate",
                Channel=f"Local/{exten}@telecom-outbound/n",
                Context="telecom-outbound",
                Exten="done",
                Priority="1",
                Timeout=str((seconds * len(self._trunks) + SPARE_SECONDS) * 1000),
                CallerID=f'"{row["number"]}" <{row["number"]}>',
                Account=account,
                Codecs="alaw,ulaw",
                Async="true",
                ChannelId=row["channel_id"],
                Variable=[f"__TELECOM_{name}={v}" for name, v in variables.items()],
            )
        except AmiClosed:
            # Whether it was done is unknown; the ledger will say.
            return None
        except AmiError as error:
            _logger.warning("Attempt %s was refused: %s", row["attempt_id"], error)
            if "no answer" in str(error):
                return None
            live.attempts.pop(row["channel_id"], None)
            return False
        return True

    # -- emergency stop ------------------------------------------------------------

    def _is_stopped(self, row):
        keys = {"all", f"o{row['company_id']}", f"c{row['campaign_id']}"}
        return self._stops is None or bool(self._stops & keys)

    async def read_stops(self):
        """What stands on Asterisk: also what somebody stopped there, see stop.py."""
        async with self._lock:
            found = await self._link.privileged_list("DBGetTree", Family=STOP_FAMILY)
            stops = {
                event["Key"].rpartition("/")[2]: event.get("Val", "") for event in found
            }
            self._stops = self._told = frozenset(stops)
            self._outside = {k: why for k, why in stops.items() if why != FROM_ODOO}

    async def _tell_stops(self):
        """Odoo is told what was stopped without it."""
        outside = dict(self._outside)

        def tell(env):
            pbx = env["telecom.pbx"].browse(self._link.pbx["id"])
            for key, reason in outside.items():
                pbx._dialer_stopped_outside(key, reason)

        await self._link.db(tell)
        for key in outside:
            _logger.warning("Dialing was stopped on the PBX itself: %s", key)
            await self._put_stop(key)
            self._outside.pop(key, None)

    async def _look_for_stops(self):
        response = await self._link.client.action("Getvar", Variable=STOPPED_AT)
        if response.get("Value") != self._stopped_at:
            self._stopped_at = response.get("Value")
            await self.read_stops()
        if self._outside:
            await self._tell_stops()

    async def _put_stop(self, key):
        await self._link.privileged("DBPut", Family=STOP_FAMILY, Key=key, Val=FROM_ODOO)
        self._told = self._told | {key}

    def agrees(self, wanted):
        """Tell whether Asterisk was told just these stops, as far as is known here."""
        return self._stops is None or set(wanted) == self._stops == self._told

    async def apply_stops(self):
        """Make Asterisk agree with Odoo about what must not be dialed.

        Odoo is asked under the lock: an older answer would let dialing go on that
        somebody has stopped meanwhile.

        :raises AmiError: Asterisk was not told everything; ask again
        """

        def read(env):
            return env["telecom.pbx"].browse(self._link.pbx["id"])._dialer_stops()

        async with self._lock:
            if self._stops is None:
                return
            wanted = set(await self._link.db(read))
            if wanted == self._stops == self._told:
                return
            # Nothing more is dialed from here on, whatever Asterisk answers
            self._stops = self._stops | wanted
            for key in sorted(wanted - self._told):
                await self._put_stop(key)
                await self._take_back(key)
                for uniqueid in self._rung_by_agents(key):
                    await self._hang_up(uniqueid)
                _logger.warning("Dialing is stopped: %s", key)
            for key in sorted(self._stops - wanted - self._outside.keys()):
                await self._link.privileged("DBDel", Family=STOP_FAMILY, Key=key)
                self._stops = self._stops - {key}
                self._told = self._told - {key}
                _logger.warning("Dialing goes on: %s", key)
            self.wake()

    async def _take_back(self, key):
        """Hang up what the dialer let ring for a campaign, an operator or everybody."""
        await self._hang_up(ringing_pattern(key))

    def _rung_by_agents(self, key):
        """Channels of agents who wait for somebody they have called, for a campaign
        that calls out."""
        return [
            call.uniqueid
            for call in self._link.live.calls.values()
            if call.direction == "outbound"
            and not call.attempt
            and not call.answered_at
            and call.state != "ended"
            and call.campaign_id in self._link.outbound_ready
            and key in ("all", f"o{call.company_id}", f"c{call.campaign_id}")
        ]

    async def _hang_up(self, channels):
        try:
            await self._link.client.action("Hangup", Channel=channels, Cause="16")
        except AmiClosed:
            raise
        except AmiError as error:
            # Nothing rings.
            _logger.debug("Nothing to take back: %s", error)

    # -- what is kept --------------------------------------------------------------

    async def _keep(self, now):
        rows = []
        for campaign in self._campaigns.values():
            if not campaign.last:
                continue
            situation, decision, reason = campaign.last
            counted, abandoned = campaign.budgets[0]
            rows.append(
                {
                    "campaign_id": campaign.id,
                    "at": time.time(),
                    "agents": situation.agents,
                    "idle": situation.idle,
                    "busy": len(situation.busy),
                    "ringing": len(situation.ringing),
                    "waiting": situation.waiting,
                    "dialed": campaign.dialed,
                    "answered": campaign.answered,
                    "abandoned": campaign.abandoned,
                    "occupancy": 100 * len(situation.busy) / max(situation.agents, 1),
                    "answer_rate": 100 * campaign.knowledge.answer_rate,
                    "expected_answers": decision.answers,
                    "expected_free": decision.free,
                    "permitted_share": 100 * decision.share,
                    "abandoned_share": 100 * abandoned / counted if counted else 0.0,
                    "reason": reason,
                }
            )
            campaign.dialed = campaign.answered = campaign.abandoned = 0
        knowledge = {}
        if now - self._learnt_at > LEARN_SECONDS:
            self._learnt_at = now
            knowledge = {
                c.id: pacing.dump(c.knowledge) for c in self._campaigns.values()
            }
        if rows:

            def keep(env):
                pbx = env["telecom.pbx"].browse(self._link.pbx["id"])
                pbx._dialer_pacing(rows, knowledge)

            await self._link.db(keep)


def ringing_pattern(key):
    """Asterisk's regular expression of the channels that ring for a key of a stop."""
    middle = {"all": "o[0-9]+c", "o": f"{key}c", "c": f"o[0-9]+{key}a"}
    return f"/^Local/{middle.get(key, middle.get(key[:1]))}/"
