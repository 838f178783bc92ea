from odoo.tests import BaseCase, tagged

from ..engine.gain import Dialed, Gain, compare


@tagged("post_install", "-at_install", "telecom")
class TestGain(BaseCase):
    """What automatic dialing gains over dialing by hand."""

    def test_beside_dialing_by_hand(self):
        # 10 agents for an hour, busy 90 % of it; 200 persons among 700 calls that rang
        # 20 s on average. By hand: 32,400 s of conversations, 14,000 s of ringing and
        # 7,000 s of dialing for the same 200 persons.
        found = compare(Dialed(700, 200, 14_000, 36_000, 32_400), 10)
        self.assertAlmostEqual(found.reached_per_hour, 20)
        self.assertAlmostEqual(found.by_hand_per_hour, 3600 * 200 / 53_400)
        self.assertAlmostEqual(found.occupancy, 0.9)
        self.assertAlmostEqual(found.by_hand_occupancy, 32_400 / 53_400)
        self.assertAlmostEqual(found.gain, 53_400 / 36_000 - 1)

    def test_idle_agents_lose(self):
        """A campaign that leaves agents waiting is told to be worse than by hand."""
        found = compare(Dialed(100, 50, 500, 36_000, 5_000), 5)
        self.assertLess(found.gain, 0)

    def test_slower_hands_make_the_gain_larger(self):
        seen = Dialed(700, 200, 14_000, 36_000, 32_400)
        gains = [compare(seen, seconds).gain for seconds in (0, 5, 10, 30)]
        self.assertEqual(gains, sorted(gains))
        self.assertLess(gains[0], gains[-1])

    def test_nothing_to_tell(self):
        for seen in (
            Dialed(),
            Dialed(attempts=10, ringing_seconds=100),
            Dialed(10, 3, 100, 0, 0),
        ):
            with self.subTest(seen):
                self.assertEqual(compare(seen, 10), Gain())
