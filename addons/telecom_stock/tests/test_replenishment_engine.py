import random
from dataclasses import replace

from odoo.tests import BaseCase, tagged

from ..engine import replenishment
from ..engine.replenishment import Position, Proposal

COTONOU, PARAKOU, OUIDAH = (6.3536, 2.4378), (9.337, 2.6303), (6.3631, 2.0851)


@tagged("post_install", "-at_install", "telecom")
class TestReplenishment(BaseCase):
    def test_when_a_shop_runs_short(self):
        for name, position, alert in (
            ("plenty", Position(1, 1, 50, 0, 5, 20, 1.0), ""),
            ("never sold, no threshold", Position(1, 1, 0), ""),
            ("none left of what it sells", Position(1, 1, 0, 0, daily=0.5), "out"),
            ("none of what it must have", Position(1, 1, 0, 0, 1, 1), "out"),
            ("more is reserved than there is", Position(1, 1, -2, 0, 1, 1), "out"),
            ("below the threshold", Position(1, 1, 4, 0, 5, 10), "threshold"),
            ("at the threshold", Position(1, 1, 5, 0, 5, 10), ""),
            ("enough is on the way", Position(1, 1, 0, 5, 5, 10), ""),
            ("six days left", Position(1, 1, 6, 0, daily=1.0), "forecast"),
            ("seven days left", Position(1, 1, 7, 0, daily=1.0), ""),
        ):
            with self.subTest(name):
                self.assertEqual(replenishment.alert(position, 7), alert)

    def test_how_many_are_missing_or_too_many(self):
        for name, position, missing, spare in (
            ("up to its maximum", Position(1, 1, 2, 1, 5, 12), 9, 0),
            ("what it sells until then", Position(1, 1, 1, 0, daily=1.5), 10, 0),
            ("whole pieces", Position(1, 1, 0.5, 0, 2, 2), 2, 0),
            ("enough for its threshold", Position(1, 1, 5, 0, 5, 12), 0, 0),
            ("above its maximum", Position(1, 1, 20, 0, 5, 12), 0, 8),
            ("sold within a month", Position(1, 1, 40, 0, daily=1.0), 0, 10),
            ("what is on the way stays", Position(1, 1, 12, 50, 5, 12), 0, 0),
        ):
            with self.subTest(name):
                self.assertEqual(replenishment.shortage(position, 7), missing)
                self.assertEqual(replenishment.surplus(position, 30), spare)

    def _propose(self, *positions):
        return replenishment.propose(positions, 7, 30)

    def test_the_nearest_shop_that_has_all_gives(self):
        short = Position(1, 9, 0, 0, 5, 5, place=COTONOU)
        far = Position(2, 9, 50, place=PARAKOU)
        near = Position(3, 9, 50, place=OUIDAH)
        self.assertEqual(self._propose(short, far, near), [Proposal(9, 3, 1, 5)])
        # Near, but with two only: one parcel is better than two
        poor = replace(near, free=2)
        self.assertEqual(self._propose(short, far, poor), [Proposal(9, 2, 1, 5)])
        self.assertEqual(
            self._propose(short, replace(far, free=4), poor),
            [Proposal(9, 2, 1, 4), Proposal(9, 3, 1, 1)],
        )

    def test_who_runs_out_first_is_served_first(self):
        source = Position(1, 9, 5)
        slow = Position(2, 9, 3, daily=1.0)
        fast = Position(3, 9, 3, daily=3.0)
        self.assertEqual(self._propose(slow, fast, source), [Proposal(9, 1, 3, 5)])

    def test_nothing_to_give_is_no_proposal(self):
        self.assertEqual(
            self._propose(
                Position(1, 9, 0, 0, 5, 5),
                Position(2, 9, 5, 0, 5, 5),
                Position(3, 8, 99),
            ),
            [],
        )

    def test_whatever_the_shops_have(self):
        chance = random.Random(20261121)
        for _round in range(300):
            positions = [
                Position(
                    shop,
                    product,
                    chance.randint(-3, 60),
                    chance.choice((0, 0, 5)),
                    minimum := chance.choice((0, 0, 3, 8)),
                    minimum + chance.randint(0, 10),
                    chance.choice((0, 0.1, 0.7, 2.0)),
                    chance.choice((None, COTONOU, PARAKOU, OUIDAH)),
                )
                for product in range(1, 4)
                for shop in range(1, 7)
            ]
            proposals = self._propose(*positions)
            shuffled = chance.sample(positions, len(positions))
            self.assertEqual(self._propose(*shuffled), proposals)
            after = []
            for one in positions:
                mine = [p for p in proposals if p.product == one.product]
                given = sum(p.quantity for p in mine if p.source == one.shop)
                got = sum(p.quantity for p in mine if p.dest == one.shop)
                self.assertFalse(given and got, "nobody gives and gets")
                self.assertLessEqual(given, replenishment.surplus(one, 30))
                self.assertLessEqual(got, replenishment.shortage(one, 7))
                after.append(
                    replace(one, free=one.free - given, incoming=one.incoming + got)
                )
            self.assertTrue(all(p.quantity > 0 for p in proposals))
            # All that can be shared is shared, and it makes nobody short
            self.assertEqual(self._propose(*after), [])
            for before, now in zip(positions, after, strict=True):
                if not replenishment.alert(before, 7):
                    self.assertFalse(replenishment.alert(now, 7))
