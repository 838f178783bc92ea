from datetime import datetime, timedelta

from odoo.tests import BaseCase, tagged

from ..engine.appointment_slots import (
    Busy,
    Seller,
    Wish,
    ceil,
    free_slots,
    in_zone,
    propose,
    travel,
    within,
)

HERE = (6.3654, 2.4183)
NORTH = (6.4554, 2.4183)  # 10.0 km away


def at(hour, minute=0, day=7):
    return datetime(2030, 1, day, hour, minute)


@tagged("post_install", "-at_install", "telecom")
class TestAppointmentSlots(BaseCase):
    def _wish(self, **values):
        return Wish(
            **{
                "duration": timedelta(hours=1),
                "earliest": at(0),
                "latest": at(23),
                "step": timedelta(hours=1),
                "place": HERE,
                **values,
            }
        )

    def _hours(self, seller, **wish):
        return [slot.start.hour for slot in free_slots(seller, self._wish(**wish))]

    def test_within_working_time_and_around_what_is_there(self):
        work = ((at(8), at(12)), (at(14), at(17)))
        for busy, expected in (
            ((), [8, 9, 10, 11, 14, 15, 16]),
            ((Busy(at(9), at(10)),), [8, 10, 11, 14, 15, 16]),
            ((Busy(at(9, 30), at(9, 45)),), [8, 10, 11, 14, 15, 16]),
            ((Busy(at(8), at(8)),), [8, 9, 10, 11, 14, 15, 16]),
            # A day off hides what is within it
            ((Busy(at(0), at(23)), Busy(at(9), at(10))), []),
            # They overlap each other
            ((Busy(at(8), at(11)), Busy(at(9), at(10))), [11, 14, 15, 16]),
        ):
            with self.subTest(busy):
                self.assertEqual(self._hours(Seller(1, work, busy)), expected)

    def test_not_sooner_and_not_later_than_wished(self):
        seller = Seller(1, ((at(8), at(17)),))
        self.assertEqual(self._hours(seller, earliest=at(9, 10)), list(range(10, 17)))
        self.assertEqual(self._hours(seller, latest=at(10)), [8, 9, 10])
        long = timedelta(hours=8)
        self.assertEqual(self._hours(seller, duration=long), [8, 9])

    def test_there_is_time_to_travel(self):
        work = ((at(8), at(17)),)
        # 10 km at 20 km/h: half an hour
        busy = (Busy(at(10), at(11), NORTH),)
        expected = [8, 12, 13, 14, 15, 16]
        self.assertEqual(self._hours(Seller(1, work, busy)), expected)
        self.assertEqual(
            self._hours(Seller(1, work, busy), speed=1000),
            expected,
            "Even a minute is needed",
        )
        self.assertEqual(
            self._hours(Seller(1, work, (Busy(at(10), at(11)),))),
            [8, 9, 11, 12, 13, 14, 15, 16],
            "Nobody knows where that is",
        )

    def test_the_way_to_the_first_is_the_sellers_own(self):
        seller = Seller(1, ((at(8), at(10)),), home=NORTH)
        [first, _second] = free_slots(seller, self._wish())
        self.assertEqual(first.start, at(8))
        self.assertAlmostEqual(first.kilometres, 10.0, delta=0.05)
        # What was yesterday is forgotten overnight
        far = (9.3372, 2.6303)
        seller = Seller(
            1, ((at(8), at(10)),), (Busy(at(15, day=6), at(16, day=6), far),)
        )
        self.assertEqual(len(free_slots(seller, self._wish())), 2)

    def test_not_further_than_the_seller_goes(self):
        work = ((at(8), at(10)),)
        for furthest, count in ((0, 2), (9, 0), (11, 2)):
            seller = Seller(1, work, home=NORTH, furthest=furthest)
            self.assertEqual(len(free_slots(seller, self._wish())), count, furthest)

    def test_the_smallest_detour_first(self):
        work = ((at(8), at(12)),)
        near = Seller(1, work, (Busy(at(8), at(9), HERE),))
        passing = Seller(2, work, home=(6.27, 2.4183))
        slots = propose([passing, near], self._wish(earliest=at(10), latest=at(10)))
        self.assertEqual([slot.seller_id for slot in slots], [1, 2])
        self.assertAlmostEqual(slots[0].detour, 0, places=3)
        # On the way from one to the other, it is none
        between = Seller(
            3,
            work,
            (
                Busy(at(8), at(9), (6.2754, 2.4183)),
                Busy(at(11, 45), at(12), NORTH),
            ),
        )
        [slot] = propose([between], self._wish(earliest=at(10), latest=at(10)))
        self.assertAlmostEqual(slot.detour, 0, delta=0.01)
        self.assertEqual(len(propose([near, passing], self._wish(), per_day=1)), 2)
        at_ten = self._wish(earliest=at(10), latest=at(10))
        [best] = propose([passing, near], at_ten, per_time=1)
        self.assertEqual(best.seller_id, 1)

    def test_small_things(self):
        step = timedelta(minutes=30)
        self.assertEqual(ceil(at(8), step), at(8))
        self.assertEqual(ceil(at(8, 1), step), at(8, 30))
        self.assertEqual(travel(None, 20), timedelta())
        self.assertEqual(travel(10, 20), timedelta(minutes=30))
        self.assertEqual(travel(0.1, 20), timedelta(minutes=1))
        self.assertTrue(in_zone(HERE, NORTH, 10.1))
        self.assertFalse(in_zone(HERE, NORTH, 9.9))
        self.assertFalse(in_zone(None, NORTH, 9.9))
        for moment, expected in ((5, 10), (10, 10), (15, 15), (20, 30), (50, 50)):
            self.assertEqual(within(moment, [(10, 20), (30, 40)]), expected)
