"""How many calls a predictive campaign may dial now.

Pure and deterministic: :class:`Knowledge` holds what was learnt of a campaign,
:class:`Situation` what its agents and lines do this moment, and :func:`decide` says how
many calls to dial and why. Nothing here knows the time of day, a database or Asterisk.

The rule is a newsvendor's. Of the calls in the air, A persons will answer; of the
agents, F are free when they do. Both are sums of independent chances, so their
difference is nearly normal, and the persons for whom there is nobody are
``E[(A - F)+]``. The largest number of calls is dialled for which these stay within the
share of answered calls that the campaign may still abandon.
"""

import dataclasses
import heapq
import math
from bisect import bisect_right

#: Seconds in a bin of the laws of ringing; the last one holds all that is longer.
RING_BIN = 1
RING_BINS = 61
#: Seconds with a call for which the chance of its end is tabled.
RELEASE_BINS = 1800
#: Bins of the law of handling times: each is this much longer than the one before.
HANDLING_RATIO = 1.15
HANDLING_BINS = 60
#: How many observations what is believed at the beginning is worth.
RING_PRIOR = 30
HANDLING_PRIOR = 30
#: Observations after which an old one counts half.
RING_HALF_LIFE = 1000
HANDLING_HALF_LIFE = 500
#: Dials on which the answer rate is estimated: the larger of this, and this many per
#: agent.
RATE_DIALS = 120
RATE_DIALS_PER_AGENT = 3
#: Dials that the same hour of earlier days is worth.
HOUR_DIALS = 60
#: Calls dialled together tell of the rate once so many of their answers are known.
MOST_UNKNOWN = 0.4
#: What a dial of an hour still weighs at the next: some days of it are remembered.
HOUR_KEEP = 0.9995
#: The answer rate of a campaign nothing is known of. High: it must not overdial.
FIRST_ANSWER_RATE = 0.4
#: Dials that this belief is worth.
FIRST_DIALS = 20
LEAST_ANSWER_RATE = 0.01
#: The part of the permitted share that is spent when the budget stands as planned.
PLANNED_PART = 0.8
#: The part of the permitted share towards which the budget steers.
STEERED_PART = 0.97
MOST_PART = 8.0
#: Where dialing stops at the share. What is in the air when it is seen that it was too
#: much may not take the campaign there, where it would stand still: nothing is risked
#: before each agent had so many conversations, from which their length is learnt,
EARNED_PER_AGENT = 3
#: nor the last so many abandoned calls, and so many for the square root of the agents;
RESERVE = 2.0
RESERVE_PER_ROOT = 0.25
#: and never more than this many times what is planned.
MOST_PART_STRICT = 2.0
#: The share is judged once so many abandoned calls are permitted: before, chance alone
#: would put a campaign over it.
JUDGED_FROM = 10


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a campaign permits.

    :param str mode: ``progressive`` (a call per free agent) or ``predictive``
    :param float abandoned_share: most abandoned calls, as a share of those that count
    :param int most_lines: calls in the air at most; 0 for no limit
    :param float calls_per_second: most calls dialled in a second; 0 for no limit
    :param str when_reached: how the share is kept to. ``progressive``: dials as if it
        were earned already, and falls back to a call per free agent when it is spent;
        the share evens out in the course of a day. ``stop``: spends only what was
        earned, and dials nothing while the share is exceeded. ``waived``: as ``stop``,
        but goes on with a call per free agent.
    """

    mode: str = "predictive"
    abandoned_share: float = 0.03
    most_lines: int = 0
    calls_per_second: float = 0.0
    when_reached: str = "progressive"


@dataclasses.dataclass(frozen=True)
class Situation:
    """What the agents and lines of a campaign do this moment.

    :param int agents: agents logged in to it, whatever they do
    :param int idle: agents who wait for a call and are asked for by no other
    :param busy: seconds each busy agent has spent with her call, wrap-up included
    :param ringing: seconds each dialled call has been in the air
    :param int waiting: persons who have answered and wait for an agent
    :param int leaving: who has answered, hears a message and waits for no agent: they
        only take up lines
    :param budgets: ``(calls that count, abandoned ones)`` for each period over which
        the share of abandoned calls is judged (24 hours, 30 days)
    :param float seconds: since the last decision
    :param int free_lines: channels that the trunks still have; -1 for no limit
    """

    agents: int
    idle: int
    busy: tuple = ()
    ringing: tuple = ()
    waiting: int = 0
    budgets: tuple = ((0, 0),)
    seconds: float = 0.5
    free_lines: int = -1
    leaving: int = 0


@dataclasses.dataclass(frozen=True)
class Decision:
    """How many calls to dial now, and why, for whoever watches the campaign.

    :param int calls: to dial now
    :param str reason: what kept it from more: ``agents`` (nobody is there),
        ``budget``, ``abandoned`` (the share is spent: progressive until it is not),
        ``cap`` (the share is reached: nothing until it is not), ``lines``, ``rate``,
        ``mode``; the dialer itself adds ``contacts`` and ``network``
    :param float answers: persons expected to answer, those waiting included
    :param float free: agents expected to be free for them
    :param float share: the share of expected answers that may be without an agent now
    :param float answer_rate: expected share of dials answered by a person
    """

    calls: int
    reason: str
    answers: float = 0.0
    free: float = 0.0
    share: float = 0.0
    answer_rate: float = 0.0


class Law:
    """A distribution of durations that is learnt, old observations counting less.

    :param edges: seconds at which a bin ends, rising; the last bin is open
    :param prior: weight of each bin at the beginning
    :param int half_life: observations after which one counts half
    """

    def __init__(self, edges, prior, half_life):
        self.edges = edges
        self.prior = list(prior)
        self.weights = [0.0] * len(self.prior)
        self.decay = 0.5 ** (1 / half_life)
        #: What the next observation weighs: grows, so that old ones need no touch.
        self.unit = 1.0
        self.changes = 0

    def observe(self, seconds):
        self.weights[bisect_right(self.edges, seconds)] += self.unit
        self.unit /= self.decay
        self.changes += 1
        if self.unit > 1e12:
            self.weights = [weight / self.unit for weight in self.weights]
            self.unit = 1.0

    def survival(self, unfinished=()):
        """Chances that a duration is longer than each of ``(0, *edges)``.

        By Kaplan and Meier: what still goes on is known to have lasted so long. Who
        counted only what is over would learn from the short ones first. As what was
        learnt first is forgotten this evens out: of what is over, part has gone on
        since before that. So what goes on counts less and less.

        :param unfinished: seconds that others have lasted and go on
        """
        over = [
            weight / self.unit + prior
            for weight, prior in zip(self.weights, self.prior, strict=True)
        ]
        going_on = [0.0] * len(over)
        worth = self.decay**self.changes
        for seconds in unfinished if worth > 0.01 else ():
            going_on[bisect_right(self.edges, seconds)] += worth
        at_risk, hazards = 0.0, []
        for ended, censored in zip(reversed(over), reversed(going_on), strict=True):
            at_risk += ended
            hazards.append(ended / at_risk)
            # Those inside this bin have not been through it.
            at_risk += censored
        chances, left = [1.0], 1.0
        for hazard in reversed(hazards[1:]):
            left = max(left * (1 - hazard), 1e-9)
            chances.append(left)
        return chances

    def longer(self, seconds, chances):
        """Chance that a duration is longer than ``seconds``, by ``survival()``."""
        edges = self.edges
        index = bisect_right(edges, seconds)
        if index >= len(edges):
            # Beyond the last edge: as if it went on with the rate of its last bins.
            rate = math.log(chances[-4] / chances[-1]) / (edges[-1] - edges[-4])
            return chances[-1] * math.exp(-max(rate, 1e-4) * (seconds - edges[-1]))
        before = edges[index - 1] if index else 0.0
        part = (seconds - before) / (edges[index] - before)
        # Between two edges the rate of ending is constant.
        return chances[index] * (chances[index + 1] / chances[index]) ** part


def _ring_law(mean, deviation):
    edges = [float(RING_BIN * (index + 1)) for index in range(RING_BINS - 1)]
    return Law(edges, _normal_bins(edges, mean, deviation, RING_PRIOR), RING_HALF_LIFE)


def _normal_bins(edges, mean, deviation, weight):
    chances = [0.0, *(_phi((edge - mean) / deviation) for edge in edges), 1.0]
    return [
        weight * max(high - low, 1e-4)
        for low, high in zip(chances, chances[1:], strict=False)
    ]


def _handling_law(mean, variation):
    edges = [5.0]
    while len(edges) < HANDLING_BINS - 1:
        edges.append(max(edges[-1] * HANDLING_RATIO, edges[-1] + 2))
    spread = math.sqrt(math.log(1 + variation**2))
    middle = math.log(mean) - spread**2 / 2
    chances = [0.0, *(_phi((math.log(edge) - middle) / spread) for edge in edges), 1.0]
    prior = [
        HANDLING_PRIOR * max(high - low, 1e-5)
        for low, high in zip(chances, chances[1:], strict=False)
    ]
    return Law(edges, prior, HANDLING_HALF_LIFE)


class Knowledge:
    """What was learnt of a campaign: who answers, when, and how long it takes.

    :param float handling: seconds an agent is expected to spend with a person at first
    :param float variation: standard deviation of these, as a share of the mean
    """

    def __init__(self, handling=150.0, variation=0.9):
        self.answered = _ring_law(9.0, 5.0)
        self.unanswered = _ring_law(22.0, 10.0)
        self.handling = _handling_law(handling, variation)
        self.answers = 0.0
        self.dials = 0.0
        self.window = RATE_DIALS
        #: Of the last minute: answers, and dials as far as an answer would be known.
        self.young_answers = 0
        self.young_dials = 0.0
        self.hour = None
        self.hours = {}  # hour of the day -> [answers, dials]
        self._young = []  # heap of (dialled at, seconds in the air, by a person)
        self._cohorts = {}  # second -> [dials of it that are over, answers among them]
        self._ring_tables = None
        self._release = (None, None)

    # -- what happened -----------------------------------------------------------

    def set_hour(self, hour):
        """The hour of the day has begun, in the campaign's time zone."""
        self.hour = hour

    def observe_dial(self, now, seconds, by_person, agents=1):
        """A dialled call has ended or was answered.

        :param float now: seconds of a clock that only goes forward
        :param float seconds: it had been in the air
        :param bool by_person: whether a person answered, by the campaign's rule
        :param int agents: logged in then, for how far back the rate looks
        """
        self.window = max(RATE_DIALS, RATE_DIALS_PER_AGENT * agents)
        # Old dials are forgotten in the order in which they were dialled, and how long
        # it rings is learnt once all that were dialled together are over: refusals and
        # answers come first, and would be taken for the rule.
        dialled = now - seconds
        heapq.heappush(self._young, (dialled, seconds, by_person))
        cohort = self._cohorts.setdefault(int(dialled), [0, 0])
        cohort[0] += 1
        cohort[1] += bool(by_person)

    def observe_handling(self, seconds):
        """An agent has finished with a person, wrap-up included."""
        self.handling.observe(seconds)

    def observe_moment(self, now, ringing):
        """What is in the air now.

        :param ringing: seconds each dialled call has been in the air
        """
        while self._young and self._young[0][0] <= now - RING_BINS:
            dialled, seconds, by_person = heapq.heappop(self._young)
            second = int(dialled)
            cohort = self._cohorts[second]
            cohort[0] -= 1
            cohort[1] -= bool(by_person)
            if not cohort[0]:
                del self._cohorts[second]
            self._settle(seconds, by_person)
        longer = self._ring_laws()[0]
        last = len(longer) - 1
        known = [1 - chance if chance <= MOST_UNKNOWN else 0.0 for chance in longer]
        self.young_dials = sum(known[min(int(age), last)] for age in ringing)
        self.young_answers = 0
        for second, (dials, answers) in self._cohorts.items():
            part = known[min(max(int(now - second), 0), last)]
            if part:
                self.young_dials += dials * part
                self.young_answers += answers

    def _settle(self, seconds, by_person):
        keep = 1 - 1 / self.window
        self.answers = self.answers * keep + bool(by_person)
        self.dials = self.dials * keep + 1
        hour = self.hours.setdefault(self.hour, [0.0, 0.0])
        hour[0] = hour[0] * HOUR_KEEP + bool(by_person)
        hour[1] = hour[1] * HOUR_KEEP + 1
        (self.answered if by_person else self.unanswered).observe(seconds)
        self._ring_tables = None

    # -- what is expected ---------------------------------------------------------

    def _first_rate(self):
        """What the rate is believed to be before today says more, in dials."""
        known = self.hours.get(self.hour)
        if known and known[1] > HOUR_DIALS:
            return known[0] / known[1], HOUR_DIALS
        return FIRST_ANSWER_RATE, FIRST_DIALS

    @property
    def answer_rate(self):
        """Expected share of dials that a person answers.

        A dial counts as far as its answer would be known by now, whether it still
        rings or has failed, and not before most answers would be: who counted what is
        over would count the failures, which come first, without the answers that were
        dialled with them.
        """
        first, worth = self._first_rate()
        answers = self.answers + self.young_answers
        dials = self.dials + self.young_dials
        rate = (answers + first * worth) / (dials + worth)
        return min(max(rate, LEAST_ANSWER_RATE), 1.0)

    @property
    def answer_rate_variance(self):
        """How uncertain the answer rate is, as a variance (of a beta law)."""
        rate = self.answer_rate
        dials = self.dials + self.young_dials + self._first_rate()[1]
        return rate * (1 - rate) / (dials + 1)

    def answer_chances(self):
        """For each second in the air: the chance that a person will answer yet.

        Bayes: of the calls still in the air after so long, those that a person will
        answer among all.
        """
        rate = self.answer_rate
        return [
            rate * yes / (rate * yes + (1 - rate) * no)
            for yes, no in zip(*self._ring_laws(), strict=True)
        ]

    def _ring_laws(self):
        if self._ring_tables is None:
            self._ring_tables = (self.answered.survival(), self.unanswered.survival())
        return self._ring_tables

    def release_chances(self, horizon, busy=()):
        """For each second with a call: the chance to be free within ``horizon``.

        :param busy: seconds each busy agent has spent with her call
        """
        key = (round(horizon, 1), self.handling.changes // 20)
        if self._release[0] != key:
            chances = self.handling.survival(busy)
            longer = [
                self.handling.longer(second, chances) for second in range(RELEASE_BINS)
            ]
            steps = max(round(horizon), 1)
            table = [
                1 - later / now
                for now, later in zip(longer, longer[steps:], strict=False)
            ]
            self._release = (key, table)
        return self._release[1]

    @property
    def horizon(self):
        """Seconds until a person answers whom one dials now: their mean."""
        chances = self.answered.survival()
        return sum(chances) * RING_BIN - 0.5 * RING_BIN


def _density(value):
    return math.exp(-value * value / 2) / math.sqrt(2 * math.pi)


def _phi(value):
    return 0.5 * math.erfc(-value / math.sqrt(2))


def expected_excess(mean, variance):
    """``E[X+]`` of a normal X: persons for whom there is no agent.

    :param float mean: of persons less agents
    :param float variance: of the same
    """
    if variance <= 0:
        return max(mean, 0.0)
    deviation = math.sqrt(variance)
    score = mean / deviation
    return deviation * _density(score) + mean * _phi(score)


def judged(settings, counted):
    """Whether so many calls are enough to judge the share of abandoned ones."""
    return settings.abandoned_share * counted >= JUDGED_FROM


def cap_reached(settings, budgets):
    """Whether more was abandoned than the campaign permits, in any of the periods.

    :param budgets: as :attr:`Situation.budgets`
    """
    return any(
        judged(settings, counted) and abandoned > settings.abandoned_share * counted
        for counted, abandoned in budgets
    )


def stands_still(settings, budgets):
    """Whether nothing is dialed, whoever is free, until less was abandoned.

    :param budgets: as :attr:`Situation.budgets`
    """
    return settings.when_reached == "stop" and cap_reached(settings, budgets)


def permitted_share(settings, situation):
    """Share of the expected answers that may be without an agent now.

    More than planned while the campaign has abandoned less than it may, nothing once
    the share is spent. The stricter of the periods counts.

    :return: 0 when nothing may be risked
    """
    agents = max(situation.agents, 1)
    ahead, reserve, most = 1, 0.0, MOST_PART
    if settings.when_reached != "progressive":
        if situation.budgets[0][0] < EARNED_PER_AGENT * agents:
            return 0.0
        ahead, most = 0, MOST_PART_STRICT
        reserve = RESERVE + RESERVE_PER_ROOT * math.sqrt(agents)
    planned = PLANNED_PART * settings.abandoned_share
    steered = STEERED_PART * settings.abandoned_share
    spread = 0.5 * math.sqrt(agents) + 3
    part = min(
        ahead + (steered * counted - abandoned - reserve) / spread
        for counted, abandoned in situation.budgets
    )
    return planned * min(max(part, 0.0), most)


def decide(settings, situation, knowledge):
    """How many calls to dial now.

    :param Settings settings: what the campaign permits
    :param Situation situation: this moment
    :param Knowledge knowledge: what was learnt of the campaign
    :rtype: Decision
    """
    rate = knowledge.answer_rate
    # First: the agents of a campaign that stands still may be working for another.
    if stands_still(settings, situation.budgets):
        return Decision(0, "cap", answer_rate=rate)
    if situation.agents <= 0:
        return Decision(0, "agents")
    in_air = len(situation.ringing)
    progressive = max(situation.idle - in_air - situation.waiting, 0)
    if settings.mode != "predictive":
        return _limited(
            settings, situation, Decision(progressive, "mode", answer_rate=rate)
        )
    answering = knowledge.answer_chances()
    last = len(answering) - 1
    chances = [answering[min(int(age), last)] for age in situation.ringing]
    release = knowledge.release_chances(knowledge.horizon, situation.busy)
    longest = len(release) - 1
    releases = [release[min(int(age), longest)] for age in situation.busy]
    answers = situation.waiting + sum(chances)
    free = situation.idle + sum(releases)
    variance = sum(c * (1 - c) for c in chances) + sum(r * (1 - r) for r in releases)
    share = permitted_share(settings, situation)
    # If the rate is misjudged, it is for all calls at once.
    doubt, undecided = knowledge.answer_rate_variance, sum(chances) / rate
    calls = 0
    # Grows by one call at a time: what is expected rises with each by its chance.
    most = max(4 * situation.agents, 50)
    while calls < most:
        more_answers = answers + (calls + 1) * rate
        more_variance = variance + (calls + 1) * rate * (1 - rate)
        more_variance += doubt * (undecided + calls + 1) ** 2
        excess = expected_excess(more_answers - free, more_variance)
        if excess > share * more_answers:
            break
        calls += 1
    reason = "budget" if share > 0 else "abandoned"
    decision = Decision(
        max(calls, progressive),
        reason,
        answers + max(calls, progressive) * rate,
        free,
        share,
        rate,
    )
    return _limited(settings, situation, decision)


def _limited(settings, situation, decision):
    """What lines and calls per second leave of a decision."""
    calls, reason = decision.calls, decision.reason
    in_air = len(situation.ringing) + situation.waiting + situation.leaving
    limits = []
    if settings.most_lines:
        limits.append((settings.most_lines - in_air, "lines"))
    if situation.free_lines >= 0:
        limits.append((situation.free_lines, "lines"))
    if settings.calls_per_second:
        limits.append((int(settings.calls_per_second * situation.seconds), "rate"))
    for most, name in limits:
        if calls > max(most, 0):
            calls, reason = max(most, 0), name
    return dataclasses.replace(decision, calls=calls, reason=reason)


# -- what was learnt, over a restart ---------------------------------------------------

_LAWS = ("answered", "unanswered", "handling")


def dump(knowledge):
    """What was learnt as plain values; :func:`load` takes them back."""
    return {
        "answers": knowledge.answers,
        "dials": knowledge.dials,
        "window": knowledge.window,
        "hours": {str(hour): values for hour, values in knowledge.hours.items()},
        **{
            name: [weight / law.unit for weight in law.weights] + [law.changes]
            for name in _LAWS
            for law in (getattr(knowledge, name),)
        },
    }


def load(data):
    """:class:`Knowledge` as it was dumped.

    :param data: of :func:`dump`, or None for a campaign nothing is known of. What does
        not fit, from another version, is left out.
    """
    knowledge = Knowledge()
    if not data:
        return knowledge
    knowledge.answers = float(data.get("answers") or 0.0)
    knowledge.dials = float(data.get("dials") or 0.0)
    knowledge.window = int(data.get("window") or RATE_DIALS)
    for hour, values in (data.get("hours") or {}).items():
        if hour.isdigit() and len(values) == 2:
            knowledge.hours[int(hour)] = [float(value) for value in values]
    for name in _LAWS:
        law, values = getattr(knowledge, name), data.get(name) or []
        if len(values) == len(law.weights) + 1:
            law.weights = [float(value) for value in values[:-1]]
            law.changes = int(values[-1])
    return knowledge
