"""A day of an outbound campaign, second by second, for any way of pacing.

Persons answer with a chance that may drift; it rings for a gamma-distributed time; who
does not answer lets it ring 25 s, one in five of them fails after 3 s. Handling is
lognormal. A person who answers waits two seconds for an agent, then is abandoned.
Every policy gets the same seeds. The environment is the one the published comparison
of the product's design was made in, so that figures can be compared.
"""

import dataclasses
import heapq
import itertools
import math
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "addons/telecom_callcenter"))

from engine import pacing  # noqa: E402

TICK = 0.5


@dataclasses.dataclass(frozen=True)
class World:
    """What the simulated campaign is like."""

    agents: int
    hours: float = 8.5
    answer_rate: float = 0.30
    #: The answer rate swings by this share around its mean, twice a day.
    drift: float = 0.0
    #: Share of the agents who come and go in the course of the day.
    turnover: float = 0.0
    ring_mean: float = 9.0
    ring_shape: float = 4.0
    no_answer: float = 25.0
    fast_failures: float = 0.2
    fast_failure: float = 3.0
    handling_mean: float = 150.0
    handling_variation: float = 0.9
    patience: float = 2.0
    lines: int = 0
    #: Seconds at the beginning that are played and not counted.
    warm_up: float = 0.0


@dataclasses.dataclass
class Result:
    occupancy: float
    abandon: float
    answers: int
    dials: int


class Day:
    """One day of one policy."""

    def __init__(self, world, policy, seed, carried=(0, 0)):
        self.world, self.policy = world, policy
        # Each kind of chance has its own source: policies that dial more do not
        # change who answers next.
        self.random_answer = random.Random(f"{seed}-answer")
        self.random_ring = random.Random(f"{seed}-ring")
        self.random_handling = random.Random(f"{seed}-handling")
        self.random_agents = random.Random(f"{seed}-agents")
        spread = math.log(1 + world.handling_variation**2)
        self.handling = (math.log(world.handling_mean) - spread / 2, math.sqrt(spread))
        self.carried = carried
        self.now = 0.0
        self.events, self.order = [], itertools.count()
        self.ringing = {}  # call -> dialled at
        self.persons = []  # heap of (since, call) who wait
        self.idle, self.away = set(range(world.agents)), set()
        self.busy = {}  # agent -> (since, until)
        self.leaving = set()
        self.dials = self.answers = self.abandoned = 0
        self.uncounted = (0, 0, 0)
        self.worked = self.logged = 0.0

    def push(self, at, kind, what):
        heapq.heappush(self.events, (at, next(self.order), kind, what))

    def rate(self):
        swing = math.sin(4 * math.pi * self.now / (self.world.hours * 3600))
        return self.world.answer_rate * (1 + self.world.drift * swing)

    def run(self):
        world, end = self.world, self.world.hours * 3600
        if world.turnover:
            for agent in range(int(world.agents * world.turnover)):
                at = self.random_agents.uniform(0, end * 0.8)
                self.push(at, "leave", agent)
                self.push(at + self.random_agents.uniform(600, 3600), "back", agent)
        self.policy.begin(self)
        while self.now < end:
            if self.now < world.warm_up:
                self.uncounted = self.answers, self.abandoned, self.dials
            while self.events and self.events[0][0] <= self.now:
                _at, _order, kind, what = heapq.heappop(self.events)
                getattr(self, f"on_{kind}")(_at, what)
            for _index in range(self.policy.calls(self)):
                self.dial()
            if self.now >= world.warm_up:
                self.logged += TICK * (world.agents - len(self.away))
            self.now += TICK
        for since, _until in self.busy.values():
            self.count_work(since, end)
        answers, abandoned, dials = self.uncounted
        return Result(
            self.worked / self.logged,
            (self.abandoned - abandoned) / max(self.answers - answers, 1),
            self.answers - answers,
            self.dials - dials,
        )

    def count_work(self, since, until):
        self.worked += max(until - max(since, self.world.warm_up), 0)

    # -- calls -------------------------------------------------------------------

    def dial(self):
        call = self.dials
        self.dials += 1
        self.ringing[call] = self.now
        kind, seconds = self.fate(call)
        self.push(self.now + seconds, kind, call)

    def fate(self, call):
        """Whether a dialled person answers or the call fails, and after how long."""
        world = self.world
        if self.random_answer.random() < self.rate():
            shape = world.ring_shape
            ring = self.random_ring.gammavariate(shape, world.ring_mean / shape)
            return "answer", ring
        fast = self.random_ring.random() < world.fast_failures
        return "fail", world.fast_failure if fast else world.no_answer

    def seconds_with(self, call):
        """How long an agent is busy with a person, wrap-up included."""
        return self.random_handling.lognormvariate(*self.handling)

    def on_fail(self, at, call):
        self.policy.dial_over(self, at - self.ringing.pop(call), by_person=False)

    def on_answer(self, at, call):
        self.policy.dial_over(self, at - self.ringing.pop(call), by_person=True)
        self.answers += 1
        if self.idle:
            self.connect(self.idle.pop(), at, call)
        else:
            heapq.heappush(self.persons, (at, call))
            self.push(at + self.world.patience, "give_up", (at, call))

    def on_give_up(self, _at, person):
        if person in self.persons:
            self.persons.remove(person)
            heapq.heapify(self.persons)
            self.abandoned += 1

    # -- agents ------------------------------------------------------------------

    def connect(self, agent, at, call):
        seconds = self.seconds_with(call)
        self.busy[agent] = (at, at + seconds)
        self.push(at + seconds, "free", agent)

    def on_free(self, at, agent):
        since, _until = self.busy.pop(agent)
        self.count_work(since, at)
        self.policy.handled(self, at - since)
        if agent in self.leaving:
            self.leaving.discard(agent)
            self.away.add(agent)
        elif self.persons:
            _since, call = heapq.heappop(self.persons)
            self.connect(agent, at, call)
        else:
            self.idle.add(agent)

    def on_leave(self, _at, agent):
        if agent in self.idle:
            self.idle.discard(agent)
            self.away.add(agent)
        else:
            self.leaving.add(agent)

    def on_back(self, _at, agent):
        self.leaving.discard(agent)
        if agent in self.away:
            self.away.discard(agent)
            self.idle.add(agent)

    def room(self):
        """Lines that are left."""
        if not self.world.lines:
            return 10**6
        up = len(self.ringing) + len(self.persons) + len(self.busy)
        return max(self.world.lines - up, 0)


class Policy:
    """A way of pacing; the base dials a call for each free agent."""

    name = "progressive"

    def begin(self, day):
        pass

    def dial_over(self, day, seconds, by_person):
        pass

    def handled(self, day, seconds):
        pass

    def calls(self, day):
        wanted = len(day.idle) - len(day.ringing) - len(day.persons)
        return min(max(wanted, 0), day.room())


class Ours(Policy):
    """The product's own engine, as the gateway calls it."""

    name = "ours"

    def __init__(self, share=0.03):
        self.knowledge = pacing.Knowledge()
        self.settings = pacing.Settings(abandoned_share=share)

    def begin(self, day):
        self.knowledge.set_hour(0)

    def dial_over(self, day, seconds, by_person):
        self.knowledge.observe_dial(day.now, seconds, by_person, day.world.agents)

    def handled(self, day, seconds):
        self.knowledge.observe_handling(seconds)

    def calls(self, day):
        counted, abandoned = day.carried
        ringing = [day.now - since for since in day.ringing.values()]
        self.knowledge.observe_moment(day.now, ringing)
        situation = pacing.Situation(
            agents=day.world.agents - len(day.away),
            idle=len(day.idle),
            busy=[day.now - since for since, _until in day.busy.values()],
            ringing=ringing,
            waiting=len(day.persons),
            budgets=(
                (day.answers, day.abandoned),
                (day.answers + counted, day.abandoned + abandoned),
            ),
            seconds=TICK,
            free_lines=day.room() if day.world.lines else -1,
        )
        return pacing.decide(self.settings, situation, self.knowledge).calls


class Careful(Ours):
    """Ours, where dialing stops when the permitted share is reached."""

    name = "stopping"

    def __init__(self, share=0.03):
        super().__init__(share)
        self.settings = pacing.Settings(abandoned_share=share, when_reached="stop")
        self.stopped = 0.0

    def calls(self, day):
        calls = super().calls(day)
        budgets = ((day.answers, day.abandoned),)
        self.stopped += TICK * pacing.cap_reached(self.settings, budgets)
        return calls


class Adaptive(Policy):
    """An emulation of the public 2011 copy of a well-known open-source dialer's
    adaptive script, with its average-in-a-day rule; not that dialer measured."""

    name = "adaptive emulation"

    def __init__(self, share=0.03, most=3.0):
        self.share, self.most = share, most

    def begin(self, day):
        self.level, self.samples, self.next = 1.0, [], 15.0
        self.recent = []

    def calls(self, day):
        agents = day.world.agents - len(day.away)
        if day.now % 1 == 0:
            self.samples.append((len(day.idle), len(day.persons)))
            self.recent.append((day.now, day.answers, day.abandoned))
        if day.now >= self.next:
            self.next += 15
            ready = sum(s[0] for s in self.samples[-15:]) / 15
            waiting = sum(s[1] for s in self.samples[-15:]) / 15
            self.level *= 1 + (ready - waiting) / max(agents, 1)
            self.level = min(max(self.level, 1.0), self.most)
            past = [r for r in self.recent if r[0] >= day.now - 60]
            self.recent = past
            answers = day.answers - past[0][1] if past else 0
            drops = day.abandoned - past[0][2] if past else 0
            if answers > 20 and drops > answers / 2:
                self.level /= 2
            if day.answers > 50 and day.abandoned / day.answers > self.share:
                self.level = 1.0
        ready_and_busy = len(day.idle) + len(day.busy)
        up = len(day.ringing) + len(day.persons) + len(day.busy)
        return min(max(int(self.level * ready_and_busy) - up, 0), day.room())


class Oracle(Policy):
    """Knows the second at which each agent will be free, and the answer rate."""

    name = "oracle"

    def __init__(self, share=0.03, horizon=9.0):
        self.share, self.horizon = share, horizon
        self.knowledge = pacing.Knowledge()
        self.settings = pacing.Settings(abandoned_share=share)

    def dial_over(self, day, seconds, by_person):
        self.knowledge.observe_dial(day.now, seconds, by_person, day.world.agents)

    def calls(self, day):
        rate = day.rate()
        ages = [day.now - since for since in day.ringing.values()]
        self.knowledge.observe_moment(day.now, ages)
        answering = self.knowledge.answer_chances()
        last = len(answering) - 1
        chances = [answering[min(int(age), last)] for age in ages]
        soon = day.now + self.horizon
        free = len(day.idle) + sum(u <= soon for _s, u in day.busy.values())
        answers = len(day.persons) + sum(chances)
        variance = sum(c * (1 - c) for c in chances)
        share = pacing.permitted_share(
            self.settings,
            pacing.Situation(
                day.world.agents, 0, budgets=((day.answers, day.abandoned),)
            ),
        )
        calls = 0
        while calls < 4 * day.world.agents:
            more = answers + (calls + 1) * rate
            spread = variance + (calls + 1) * rate * (1 - rate)
            if pacing.expected_excess(more - free, spread) > share * more:
                break
            calls += 1
        return min(max(calls, Policy.calls(self, day)), day.room())
