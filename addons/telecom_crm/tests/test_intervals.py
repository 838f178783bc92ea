from datetime import datetime

from odoo.tests import BaseCase, tagged

from ..tools.intervals import difference, intersection, total, union


@tagged("post_install", "-at_install", "telecom")
class TestIntervals(BaseCase):
    def test_union(self):
        for given, expected in (
            ([], []),
            ([(3, 5), (1, 2), (2, 3), (9, 9)], [(1, 5)]),
            ([(14, 18), (8, 12), (12, 13), (17, 19)], [(8, 13), (14, 19)]),
            ([(0, 9), (2, 3)], [(0, 9)]),
            ([(5, 4)], []),
        ):
            with self.subTest(given=given):
                self.assertEqual(union(given), expected)

    def test_intersection(self):
        self.assertEqual(intersection([(0, 4), (6, 9)], [(3, 7)]), [(3, 4), (6, 7)])

    def test_difference(self):
        for left, right, expected in (
            ([(0, 10)], [], [(0, 10)]),
            ([(0, 10)], [(2, 4), (3, 5)], [(0, 2), (5, 10)]),
            ([(0, 10), (20, 30)], [(8, 22)], [(0, 8), (22, 30)]),
            ([(8, 12), (14, 18)], [(10, 15)], [(8, 10), (15, 18)]),
            ([(8, 12), (14, 18)], [(9, 10)], [(8, 9), (10, 12), (14, 18)]),
            ([(8, 12), (14, 18)], [(8, 12)], [(14, 18)]),
            ([(8, 12), (14, 18)], [(0, 24)], []),
            ([(0, 10)], [(0, 10)], []),
            ([(5, 10)], [(0, 6), (9, 12)], [(6, 9)]),
            ([], [(0, 1)], []),
        ):
            with self.subTest(left=left, right=right):
                self.assertEqual(difference(left, right), expected)

    def test_total(self):
        self.assertEqual(total([(0, 4), (2, 6)]), 6)

    def test_moments(self):
        eight, noon, two, six = (
            datetime(2026, 11, 2, hour) for hour in (8, 12, 14, 18)
        )
        self.assertEqual(
            difference([(eight, two), (noon, six)], [(noon, two)]),
            [(eight, noon), (two, six)],
        )
