import functools
import random

from odoo.tests import BaseCase, tagged

from ..engine.pacing import (
    Decision,
    Knowledge,
    Law,
    Settings,
    Situation,
    cap_reached,
    decide,
    expected_excess,
    permitted_share,
)


@functools.cache
def learnt(rate=0.3, dials=1200, seed=1):
    """What a morning has taught: rings of 9 s, conversations of 150 s."""
    source, knowledge = random.Random(seed), Knowledge()
    for index in range(dials):
        by_person = source.random() < rate
        ring = source.gammavariate(4, 9 / 4) if by_person else 25
        knowledge.observe_dial(index + ring, ring, by_person)
        knowledge.observe_moment(index, ())
        if by_person:
            knowledge.observe_handling(source.expovariate(1 / 150))
    knowledge.observe_moment(dials + 1000, ())
    return knowledge


@tagged("post_install", "-at_install", "telecom")
class TestPacing(BaseCase):
    def test_progressive_dials_one_call_for_each_free_agent(self):
        settings = Settings(mode="progressive")
        table = [
            # agents, idle, ringing, waiting → calls
            (10, 0, 0, 0, 0),
            (10, 4, 0, 0, 4),
            (10, 4, 3, 0, 1),
            (10, 4, 3, 1, 0),
            (10, 4, 9, 0, 0),
            (0, 0, 0, 0, 0),
        ]
        for agents, idle, ringing, waiting, calls in table:
            with self.subTest(idle=idle, ringing=ringing, waiting=waiting):
                situation = Situation(
                    agents, idle, ringing=(5,) * ringing, waiting=waiting
                )
                self.assertEqual(decide(settings, situation, Knowledge()).calls, calls)

    def test_predictive_dials_more_for_agents_who_are_soon_free(self):
        knowledge, settings = learnt(), Settings()
        busy = Situation(50, 2, busy=(5,) * 48)
        calm = decide(settings, Situation(50, 2), knowledge).calls
        self.assertEqual(calm, 2, "who wait, and nobody else can be free")
        self.assertGreater(decide(settings, busy, knowledge).calls, calm)
        # What rings already is counted.
        ringing = Situation(50, 2, busy=(5,) * 48, ringing=(2,) * 60)
        self.assertEqual(decide(settings, ringing, knowledge).calls, 0)
        # Persons who wait are served first.
        waiting = Situation(50, 2, busy=(5,) * 48, waiting=8)
        self.assertEqual(decide(settings, waiting, knowledge).calls, 0)

    def test_a_spent_share_falls_back_to_progressive(self):
        knowledge = learnt()
        settings = Settings(abandoned_share=0.03)
        table = [
            # (counted, abandoned) of each period → permitted, reason
            (((0, 0),), True, "budget"),
            (((1000, 0),), True, "budget"),
            (((1000, 45),), False, "abandoned"),
            # The stricter period counts.
            (((1000, 0), (30000, 1100)), False, "abandoned"),
        ]
        for budgets, more, reason in table:
            with self.subTest(budgets=budgets):
                situation = Situation(20, 3, busy=(60,) * 17, budgets=budgets)
                decision = decide(settings, situation, knowledge)
                self.assertEqual(decision.reason, reason)
                self.assertEqual(decision.calls > 3, more)
                self.assertGreaterEqual(decision.calls, 3, "never below progressive")

    def test_the_share_is_reached_and_dialing_stops(self):
        table = [
            # (counted, abandoned) of each period → reached at 3 %
            (((0, 0),), False),
            # Ten of 333 are permitted; before so many, chance alone may be over it.
            (((300, 20),), False),
            (((334, 10),), False),
            (((334, 11),), True),
            (((1000, 30),), False),
            (((1000, 31),), True),
            (((10, 0), (30000, 901)), True),
        ]
        for budgets, reached in table:
            for mode in ("predictive", "progressive"):
                with self.subTest(budgets=budgets, mode=mode):
                    self.assertEqual(cap_reached(Settings(), budgets), reached)
                    situation = Situation(20, 3, busy=(60,) * 17, budgets=budgets)
                    stops = Settings(mode=mode, when_reached="stop")
                    decision = decide(stops, situation, learnt())
                    self.assertEqual(decision.reason == "cap", reached)
                    self.assertEqual(decision.calls == 0, reached)
                    # A supervisor's word: on, with no more than a call per free agent.
                    waived = Settings(mode=mode, when_reached="waived")
                    decision = decide(waived, situation, learnt())
                    self.assertGreaterEqual(decision.calls, 3)
                    if reached:
                        self.assertEqual((decision.calls, decision.share), (3, 0))

    def test_where_dialing_stops_only_what_was_earned_is_risked(self):
        stops, knowledge = Settings(when_reached="stop"), learnt()
        table = [
            # (counted, abandoned) → may something be risked
            ((0, 0), False),
            # Before each agent had some conversations, how long they take is a guess.
            ((59, 0), False),
            ((200, 0), True),
            ((200, 8), False),
            # What is in the air already may be too much: some are kept in hand.
            ((1000, 25), True),
            ((1000, 27), False),
        ]
        for budget, more in table:
            with self.subTest(budget=budget):
                situation = Situation(20, 3, busy=(60,) * 17, budgets=(budget,))
                self.assertEqual(permitted_share(stops, situation) > 0, more)
                calls = decide(stops, situation, knowledge).calls
                self.assertGreaterEqual(calls, 3, "never below progressive")
                self.assertTrue(more or calls == 3)

    def test_where_dialing_stops_a_larger_crew_keeps_more_in_hand(self):
        stops = Settings(when_reached="stop")
        table = [
            # agents, (counted, abandoned) → may something be risked
            (10, (1000, 26), True),
            (200, (1000, 26), False),
            (200, (1000, 20), True),
            (1000, (4000, 108), False),
            (1000, (4000, 100), True),
            # Three conversations each, before anything is risked.
            (200, (590, 0), False),
            (200, (610, 0), True),
        ]
        for agents, budget, more in table:
            with self.subTest(agents=agents, budget=budget):
                situation = Situation(agents, 3, budgets=(budget,))
                share = permitted_share(stops, situation)
                self.assertEqual(share > 0, more)
                # However much was earned, it is not spent at once.
                rich = Situation(agents, 3, budgets=((90_000, 0),))
                self.assertLessEqual(permitted_share(stops, rich), 0.048)

    def test_no_abandoned_calls_permitted_is_progressive(self):
        situation = Situation(20, 3, busy=(60,) * 17)
        decision = decide(Settings(abandoned_share=0.0), situation, learnt())
        self.assertEqual((decision.calls, decision.share), (3, 0.0))

    def test_share_follows_what_was_abandoned(self):
        settings = Settings(abandoned_share=0.03)
        shares = [
            permitted_share(settings, Situation(50, 0, budgets=((1000, abandoned),)))
            for abandoned in (0, 15, 25, 29, 32, 60)
        ]
        self.assertEqual(shares, sorted(shares, reverse=True))
        self.assertEqual(shares[-1], 0)
        self.assertGreater(shares[0], 0.03, "what was saved may be spent")

    def test_lines_and_calls_per_second_are_never_exceeded(self):
        knowledge = learnt()
        table = [
            # settings, free lines, ringing → most calls, reason
            (Settings(most_lines=10), -1, 4, 6, "lines"),
            (Settings(most_lines=3), -1, 4, 0, "lines"),
            (Settings(), 5, 0, 5, "lines"),
            (Settings(), 0, 0, 0, "lines"),
            (Settings(calls_per_second=8), -1, 0, 4, "rate"),
            (Settings(mode="progressive", calls_per_second=8), -1, 0, 4, "rate"),
        ]
        for settings, free_lines, ringing, most, reason in table:
            with self.subTest(settings=settings, free_lines=free_lines):
                situation = Situation(
                    40, 40, ringing=(1,) * ringing, free_lines=free_lines
                )
                decision = decide(settings, situation, knowledge)
                self.assertEqual((decision.calls, decision.reason), (most, reason))

    def test_who_hears_a_message_takes_up_a_line_and_no_agent(self):
        settings = Settings(mode="progressive", most_lines=6)
        for waiting, leaving, calls in ((0, 0, 4), (4, 0, 0), (0, 4, 2), (0, 1, 4)):
            with self.subTest(waiting=waiting, leaving=leaving):
                situation = Situation(4, 4, waiting=waiting, leaving=leaving)
                found = decide(settings, situation, Knowledge())
                self.assertEqual(found.calls, calls)

    def test_nobody_there_dials_nothing(self):
        self.assertEqual(
            decide(Settings(), Situation(0, 0), Knowledge()), Decision(0, "agents")
        )

    def test_same_inputs_same_decision(self):
        situation = Situation(50, 2, busy=(5, 100, 200), ringing=(1, 2, 3))
        learn = learnt.__wrapped__
        first = decide(Settings(), situation, learn(seed=4))
        self.assertEqual(first, decide(Settings(), situation, learn(seed=4)))

    def test_answer_rate_is_learnt(self):
        for rate in (0.08, 0.3, 0.7):
            with self.subTest(rate=rate):
                self.assertAlmostEqual(learnt(rate).answer_rate, rate, delta=0.06)

    def test_failures_that_come_first_do_not_lower_the_rate(self):
        """Of 400 calls dialled together, 60 fail within 3 s: nothing is known yet."""
        knowledge = Knowledge()
        first = knowledge.answer_rate
        for _index in range(60):
            knowledge.observe_dial(3, 3, False)
        knowledge.observe_moment(3, (3,) * 340)
        self.assertEqual(knowledge.answer_rate, first)

    def test_hour_of_earlier_days_is_remembered(self):
        knowledge = Knowledge()
        for hour, rate in ((9, 0.1), (18, 0.5)):
            knowledge.set_hour(hour)
            source = random.Random(hour)
            for index in range(2000):
                knowledge.observe_dial(index + 20, 20, source.random() < rate)
                knowledge.observe_moment(index + 100, ())
            knowledge.observe_moment(10**6, ())
        evening = knowledge.answer_rate
        knowledge.answers = knowledge.dials = 0.0  # the next morning
        knowledge.set_hour(9)
        self.assertLess(knowledge.answer_rate, evening - 0.2)

    def test_expected_excess(self):
        """Against the sum over a binomial law: 40 persons, 12 agents."""
        chance, persons, agents = 0.3, 40, 12
        weights, term = [], (1 - chance) ** persons
        for count in range(persons + 1):
            weights.append(term)
            term *= (persons - count) / (count + 1) * chance / (1 - chance)
        exact = sum(w * max(n - agents, 0) for n, w in enumerate(weights))
        self.assertAlmostEqual(
            expected_excess(persons * chance - agents, persons * chance * (1 - chance)),
            exact,
            delta=0.02,
        )
        self.assertEqual(expected_excess(3, 0), 3)
        self.assertEqual(expected_excess(-3, 0), 0)


@tagged("post_install", "-at_install", "telecom")
class TestLaw(BaseCase):
    def test_what_goes_on_is_not_taken_for_short(self):
        """Three ended after 10 s, seven are at 95 s: most last longer than 10 s."""
        edges = [float(10 * (index + 1)) for index in range(11)]
        law = Law(edges, [0.0] * 11 + [1e-9], half_life=10**6)
        for _index in range(3):
            law.observe(9)
        alone = law.survival()
        self.assertLess(law.longer(50, alone), 0.01)
        self.assertAlmostEqual(law.longer(50, law.survival([95] * 7)), 0.7, delta=0.001)

    def test_old_observations_count_less(self):
        law = Law([10.0, 20.0], [0.0, 0.0, 1e-9], half_life=10)
        for seconds in (5,) * 100 + (15,) * 100:
            law.observe(seconds)
        self.assertGreater(law.survival()[1], 0.99, "the last hundred were longer")

    def test_million_observations_stay_finite(self):
        law = Law([10.0], [0.0, 1e-9], half_life=5)
        for _index in range(20000):
            law.observe(5)
            law.observe(15)
        self.assertAlmostEqual(law.survival()[1], 0.5, delta=0.1)
