import random
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.telecom_crm.tests.common import OperatorCase
from odoo.addons.telecom_crm.tools import sphere

SHOP = "telecom_stock.group_telecom_shop"
# A Monday; Cotonou is an hour ahead of UTC
MONDAY = datetime(2026, 11, 23, 9, 0)


class BoutiqueCase(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_benin = cls._user("t.shop.benin", cls.benin, SHOP)
        cls.calendar = cls._calendar(cls.benin, 8, 18)
        cls.services = cls.env["telecom.boutique.service"].create(
            [
                {"name": code.title(), "code": code, "company_id": cls.benin.id}
                for code in ("activation", "repair")
            ]
        )
        cls.activation, cls.repair = cls.services
        with freeze_time(MONDAY):
            cls.ganhi = cls._boutique("Ganhi", 6.3536, 2.4378)
            cls.akpakpa = cls._boutique("Akpakpa", 6.3653, 2.46)
            cls.parakou = cls._boutique("Parakou", 9.337, 2.6303)
        cls.here = (6.3500, 2.4300)  # near to Ganhi

    @classmethod
    def _calendar(cls, company, begin, end, days=range(5), tz="Africa/Porto-Novo"):
        return cls.env["resource.calendar"].create(
            {
                "name": f"{begin}–{end}",
                "company_id": company.id,
                "tz": tz,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Jour",
                                "dayofweek": str(day),
                                "hour_from": begin,
                                "hour_to": end,
                                "day_period": "morning",
                            }
                        )
                        for day in days
                    ),
                ],
            }
        )

    @classmethod
    def _boutique(cls, name, latitude, longitude, **values):
        company = values.pop("company", cls.benin)
        return cls.env["telecom.boutique"].create(
            {
                "name": name,
                "code": name.upper(),
                "company_id": company.id,
                "city": name,
                "state": "open",
                "calendar_id": cls.calendar.id if company == cls.benin else False,
                "tz": "Africa/Porto-Novo",
                "latitude": latitude,
                "longitude": longitude,
                **values,
            }
        )

    def _nearest(self, moment=MONDAY, **wishes):
        found = self.env["telecom.boutique"]._nearest(
            self.benin, *self.here, moment=moment, **wishes
        )
        return self.env["telecom.boutique"].browse([b for b, _metres in found])


@tagged("post_install", "-at_install", "telecom")
class TestOpenings(BoutiqueCase):
    def _open(self, boutique, moment):
        return boutique in self._nearest(moment, limit=50)

    def test_open_as_the_calendar_says_on_the_shops_own_clocks(self):
        for moment, opened in (
            (datetime(2026, 11, 23, 6, 59), False),
            (datetime(2026, 11, 23, 7, 0), True),  # 8:00 in Cotonou
            (datetime(2026, 11, 23, 16, 59), True),
            (datetime(2026, 11, 23, 17, 0), False),
            (datetime(2026, 11, 22, 9, 0), False),  # Sunday
        ):
            with self.subTest(moment):
                self.assertEqual(self._open(self.ganhi, moment), opened)

    @freeze_time(MONDAY)
    def test_one_calendar_in_two_time_zones(self):
        self.akpakpa.tz = "Africa/Nairobi"  # two hours ahead of Cotonou
        early = datetime(2026, 11, 23, 5, 30)
        self.assertTrue(self._open(self.akpakpa, early))
        self.assertFalse(self._open(self.ganhi, early))

    @freeze_time(MONDAY)
    def test_a_closure_closes_one_shop_at_once(self):
        closure = self.env["telecom.boutique.closure"].create(
            {
                "boutique_id": self.ganhi.id,
                "date_from": MONDAY - timedelta(hours=1),
                "date_to": MONDAY + timedelta(hours=1),
                "reason": "Inventaire",
            }
        )
        self.assertFalse(self._open(self.ganhi, MONDAY))
        self.assertTrue(self._open(self.akpakpa, MONDAY))
        (values,) = self.env["telecom.boutique"]._public_values(
            self.benin, [(self.ganhi.id, 10)], MONDAY
        )
        self.assertEqual(values["closure"], "Inventaire")
        self.assertEqual(values["opening"], "Opens at 11:00")
        closure.unlink()
        self.assertTrue(self._open(self.ganhi, MONDAY))

    @freeze_time(MONDAY)
    def test_a_holiday_closes_all_shops_of_the_calendar(self):
        holiday = self.env["resource.calendar.leaves"].create(
            {
                "name": "Fête",
                "calendar_id": self.calendar.id,
                "company_id": self.benin.id,
                "date_from": datetime(2026, 11, 22, 23, 0),
                "date_to": datetime(2026, 11, 23, 22, 59, 59),
            }
        )
        self.assertFalse(self._open(self.ganhi, MONDAY))
        self.assertTrue(self._open(self.ganhi, MONDAY + timedelta(days=1)))
        holiday.unlink()
        self.assertTrue(self._open(self.ganhi, MONDAY))

    @freeze_time(MONDAY)
    def test_a_holiday_of_one_operator_is_none_of_the_others(self):
        """Odoo takes a holiday that names no calendar for one of all companies."""
        values = {
            "name": "Fête",
            "calendar_id": False,
            "date_from": datetime(2026, 11, 22, 23, 0),
            "date_to": datetime(2026, 11, 23, 22, 59, 59),
        }
        Leaves = self.env["resource.calendar.leaves"]
        # A leave without a calendar is of the company its maker works in
        Leaves.with_company(self.tunisia).create(values)
        self.ganhi._rebuild_openings()
        self.assertTrue(self._open(self.ganhi, MONDAY))
        Leaves.with_company(self.benin).create(values)
        self.assertFalse(self._open(self.ganhi, MONDAY))

    @freeze_time(MONDAY)
    def test_changed_hours_count_at_once(self):
        self.calendar.attendance_ids.filtered(lambda a: a.dayofweek == "0").hour_to = 9
        self.assertFalse(self._open(self.ganhi, MONDAY))

    @freeze_time(MONDAY)
    def test_closed_for_works_is_found_by_nobody(self):
        self.ganhi.action_close_for_works()
        self.assertFalse(self._open(self.ganhi, MONDAY))
        self.assertNotIn(self.ganhi, self._nearest(open_only=False))
        self.ganhi.action_open()
        self.assertTrue(self._open(self.ganhi, MONDAY))

    def test_the_night_adds_a_day(self):
        far = MONDAY + timedelta(days=35)
        self.assertFalse(self._open(self.ganhi, far))
        cron = self.env.ref("telecom_stock.ir_cron_telecom_boutique_openings")
        for day in range(1, 36, 7):
            with freeze_time(MONDAY + timedelta(days=day)):
                with self.enter_registry_test_mode():
                    cron.method_direct_trigger()
        self.assertTrue(self._open(self.ganhi, far))
        known = self.ganhi._get_openings(MONDAY, days=100)[self.ganhi.id]
        calendar = self.calendar._telecom_opening_intervals(
            known[0][0], self.ganhi.opening_until, self.ganhi.tz
        )
        self.assertEqual(known, calendar, "no gap and no double where days were added")
        self.assertGreater(known[0][0], MONDAY + timedelta(days=27), "the past goes")

    def test_a_shop_needs_hours_to_be_open(self):
        with self.assertRaises(ValidationError):
            self.ganhi.calendar_id = False

    def test_many_shops_are_rebuilt_with_few_queries(self):
        with freeze_time(MONDAY):
            self.env["telecom.boutique"].create(
                [
                    {
                        "name": f"B{number}",
                        "code": f"B{number}",
                        "company_id": self.benin.id,
                        "state": "open",
                        "calendar_id": self.calendar.id,
                        "tz": "Africa/Porto-Novo",
                        "warehouse_id": self.env["stock.warehouse"]
                        .create(
                            {
                                "name": f"B{number}",
                                "code": f"B{number}",
                                "company_id": self.benin.id,
                            }
                        )
                        .id,
                    }
                    for number in range(10)
                ]
            )
            boutiques = self.env["telecom.boutique"].search(
                [("company_id", "=", self.benin.id)]
            )
            self.assertEqual(len(boutiques), 13)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(16):
                boutiques._rebuild_openings()


@tagged("post_install", "-at_install", "telecom")
class TestBoutiqueNames(BoutiqueCase):
    def test_the_warehouse_is_called_like_its_boutique(self):
        """Transfers, counts and what runs short show the warehouse."""
        self.assertEqual(self.ganhi.warehouse_id.name, self.ganhi.name)
        self.ganhi.name = "Ganhi Marché"
        self.assertEqual(self.ganhi.warehouse_id.name, "Ganhi Marché")
        # Called otherwise on purpose
        self.akpakpa.warehouse_id.name = "Dépôt central"
        self.akpakpa.name = "Akpakpa Centre"
        self.assertEqual(self.akpakpa.warehouse_id.name, "Dépôt central")

    def test_two_boutiques_of_an_operator_have_two_names(self):
        values = {"name": self.ganhi.name, "code": "G2", "company_id": self.benin.id}
        for name, action in (
            ("a second one", lambda: self.env["telecom.boutique"].create(values)),
            (
                "two at once",
                lambda: self.env["telecom.boutique"].create(
                    [
                        {**values, "name": "Cadjèhoun", "code": "G3"},
                        {**values, "name": "Cadjèhoun", "code": "G4"},
                    ]
                ),
            ),
            (
                "renamed",
                lambda: self.akpakpa.write({"name": self.ganhi.name}),
            ),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, "quarter"):
                with self.env.cr.savepoint():
                    action()
        self.env["telecom.boutique"].create({**values, "company_id": self.tunisia.id})


@tagged("post_install", "-at_install", "telecom")
class TestNearest(BoutiqueCase):
    def test_in_the_order_of_distance(self):
        self.assertEqual(self._nearest(), self.ganhi | self.akpakpa | self.parakou)
        self.assertEqual(self._nearest(limit=1), self.ganhi)
        self.assertEqual(self._nearest(reach=10_000), self.ganhi | self.akpakpa)

    def test_that_offers_all_services_asked_for(self):
        self.akpakpa.service_ids = self.services
        self.ganhi.service_ids = self.activation
        self.assertEqual(
            self._nearest(services=self.activation), self.ganhi | self.akpakpa
        )
        self.assertEqual(self._nearest(services=self.services), self.akpakpa)

    def test_that_has_the_item_and_not_reserved(self):
        phone = self.env["product.product"].create(
            {"name": "Téléphone", "is_storable": True}
        )
        Quant = self.env["stock.quant"]
        stock = self.akpakpa.warehouse_id.lot_stock_id
        self.assertFalse(self._nearest(product=phone))
        Quant._update_available_quantity(phone, stock, 2)
        self.assertEqual(self._nearest(product=phone), self.akpakpa)
        Quant._update_reserved_quantity(phone, stock, 2)
        self.assertFalse(self._nearest(product=phone))

    def test_a_blocked_item_is_not_there(self):
        """Lost or returned ones stand in the books of a shop, and are not for sale."""
        phone = self.env["product.product"].create(
            {
                "name": "Smartphone",
                "telecom_kind": "phone",
                "company_id": self.benin.id,
            }
        )
        lot = self.env["stock.lot"].create(
            {
                "name": "353456789012348",
                "product_id": phone.id,
                "company_id": self.benin.id,
            }
        )
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            {
                "product_id": phone.id,
                "location_id": self.akpakpa.warehouse_id.lot_stock_id.id,
                "lot_id": lot.id,
                "inventory_quantity": 1,
            }
        ).action_apply_inventory()
        self.assertEqual(self._nearest(product=phone), self.akpakpa)
        lot._telecom_block("Volé")
        self.assertFalse(self._nearest(product=phone))
        lot._telecom_unblock()
        self.assertEqual(self._nearest(product=phone), self.akpakpa)

    def test_exact_on_the_sphere(self):
        """The same as measuring every distance, poles and date line included."""
        seed = random.Random(19)
        rows = [
            (
                f"R{number}",
                self.benin.id,
                "own",
                "open",
                "UTC",
                True,
                True,
                seed.uniform(-90, 90),
                seed.choice((seed.uniform(-180, 180), seed.uniform(179, 180))),
            )
            for number in range(300)
        ]
        self.env.cr.execute_values(
            "INSERT INTO telecom_boutique (name, code, company_id, kind, state, tz,"
            " located, active, latitude, longitude) VALUES %s",
            [(row[0], *row) for row in rows],
        )
        self.env.invalidate_all()
        boutiques = self.env["telecom.boutique"].search(
            [("company_id", "=", self.benin.id)]
        )
        for _number in range(200):
            place = (seed.uniform(-90, 90), seed.uniform(-180, 180))
            by_hand = sorted(
                (sphere.distance(*place, b.latitude, b.longitude), b.id)
                for b in boutiques
            )
            # As far as the third one reaches, and no farther
            for reach, expected in (
                (None, by_hand[:5]),
                (by_hand[2][0] + 0.001, by_hand[:3]),
                (by_hand[0][0] - 0.001, []),
            ):
                found = boutiques._nearest(
                    self.benin, *place, open_only=False, reach=reach
                )
                self.assertEqual([b for b, _m in found], [b for _m, b in expected])
                for (_b, metres), (by, _id) in zip(found, expected, strict=True):
                    self.assertAlmostEqual(metres, by, delta=0.001)

    def test_reach_to_the_north_and_south(self):
        """Where a degree of latitude is all of the distance."""
        for degrees in (-8, -0.01, 0.01, 8):
            place = (self.ganhi.latitude + degrees, self.ganhi.longitude)
            metres = sphere.distance(*place, self.ganhi.latitude, self.ganhi.longitude)
            for reach, within in ((metres + 0.001, True), (metres - 0.001, False)):
                found = self.ganhi._nearest(
                    self.benin, *place, open_only=False, reach=reach, limit=50
                )
                with self.subTest(degrees=degrees, reach=reach):
                    self.assertEqual(self.ganhi.id in dict(found), within)

    def test_in_order_however_the_database_finds_them(self):
        """Joins by merging or hashing give rows in an order of their own."""
        boutiques = self.ganhi | self.akpakpa | self.parakou
        far = self._boutique("Lagos", 6.45, 3.39)
        (boutiques | far).service_ids = self.services
        # The nearest one was made last
        near = self._boutique("Zongo", *self.here, service_ids=self.services.ids)
        expected = near | self.ganhi | self.akpakpa
        for switches in ("nestloop", "hashjoin", "mergejoin", "nestloop hashjoin"):
            with self.subTest(switches), self.env.cr.savepoint():
                for switch in switches.split():
                    self.env.cr.execute(f"SET LOCAL enable_{switch} = off")
                found = self._nearest(services=self.services, limit=3)
                self.assertEqual(found.ids, expected.ids)
                # By night, from beyond the nearest one on
                rows = near._nearest_rows(
                    self.benin,
                    *self.here,
                    moment=datetime(2026, 11, 23, 20, 0),
                    or_closed=True,
                    services=self.services,
                    beyond=1,
                    limit=3,
                )
                self.assertEqual(
                    [(boutique, closed) for boutique, _metres, closed in rows],
                    [(b.id, True) for b in (self.ganhi, self.akpakpa, far)],
                )

    def test_places_people_name(self):
        find = self.env["telecom.boutique"]._find_place
        self.akpakpa.city = "Cotonou"
        self.env["res.partner"].create(
            [
                {
                    "name": f"Client {number}",
                    "company_id": self.benin.id,
                    "city": "Savè",
                    "partner_latitude": 8.03 + number / 1000,
                    "partner_longitude": 2.48,
                }
                for number in range(4)
            ]
        )
        ganhi = (self.ganhi.latitude, self.ganhi.longitude)
        self.assertEqual(find(self.benin, "cotonou"), (6.3653, 2.46))
        self.assertEqual(find(self.benin, "GANHI"), ganhi)
        self.assertEqual(find(self.benin, "Rue 12, Ganhi, Bénin"), ganhi)
        # A town among the words; streets are called after towns, too
        self.ganhi.city = "Porto-Novo"
        for text, found in (
            ("Rue des Cheminots COTONOU", (6.3653, 2.46)),
            ("Avenue de Cotonou 12 porto novo, Bénin", ganhi),
            ("Avenue de Porto-Novo, 01 BP 12 Cotonou", (6.3653, 2.46)),
            ("Rue des Cheminots Cotonouville", None),
        ):
            with self.subTest(text):
                self.assertEqual(find(self.benin, text), found)
        self.assertIsNone(find(self.benin, "Savè"), "four customers are too few")
        self.env["res.partner"].create(
            {
                "name": "Client 5",
                "company_id": self.benin.id,
                "city": "SAVÈ",
                "partner_latitude": 8.5,
                "partner_longitude": 2.5,
            }
        )
        self.assertEqual(find(self.benin, "savè"), (8.032, 2.48))
        self.assertIsNone(find(self.tunisia, "Savè"), "another operator's customers")
        for nothing in ("", " , ", "%", "_____", "Atlantis, Mer"):
            self.assertIsNone(find(self.benin, nothing))

    def test_what_is_given_up_first(self):
        Boutique = self.env["telecom.boutique"]
        night = datetime(2026, 11, 23, 20, 0)
        self.parakou.calendar_id = self._calendar(self.benin, 0, 24, days=range(7))
        for name, wishes, missing, first in (
            ("all as wished", {"moment": MONDAY, "reach": 9e4}, None, self.ganhi),
            ("none open near", {"moment": night, "reach": 9e4}, "open", self.ganhi),
            (
                "none near",
                {"moment": MONDAY, "reach": 9e4, "services": self.repair},
                "reach",
                self.parakou,
            ),
        ):
            with self.subTest(name), freeze_time(MONDAY):
                self.parakou.service_ids = self.repair
                result = Boutique._find_nearest(self.benin, *self.here, **wishes)
                self.assertEqual(result["missing"], missing)
                self.assertEqual(result["boutiques"][0]["id"], first.id)

    def test_the_same_as_asking_for_one_thing_after_the_other(self):
        """All that may be given up, asked one by one; and boutiques on the border."""
        Boutique = self.env["telecom.boutique"]
        calendars = [
            self._calendar(self.benin, begin, end, days=range(7))
            for begin, end in ((8, 12), (15, 17), (18, 23))
        ]
        phone = self.env["product.product"].create(
            {"name": "Téléphone", "is_storable": True}
        )
        seed = random.Random(22)
        with freeze_time(MONDAY):
            for number in range(24):
                shop = self._boutique(
                    f"S{number}",
                    seed.uniform(6.2, 9),
                    seed.uniform(1.6, 2.8),
                    calendar_id=seed.choice(calendars).id,
                    service_ids=seed.sample(self.services.ids, seed.randrange(3)),
                )
                if seed.random() < 0.4:
                    self.env["stock.quant"]._update_available_quantity(
                        phone, shop.warehouse_id.lot_stock_id, 1
                    )
        seen = set()
        for number in range(150):
            place = (seed.uniform(6.2, 9), seed.uniform(1.6, 2.8))
            wishes = {
                "moment": MONDAY + timedelta(hours=seed.choice((0, 6, 9, 15))),
                "services": self.services[: seed.randrange(3)],
                "product": seed.choice((phone, None)),
                "limit": seed.choice((1, 3, 50)),
            }
            if number == 0:
                # Nobody has it
                wishes["product"] = phone.copy()
            reach = seed.choice((None, 5e3, 3e4, 1e5))
            if number % 3 == 0:
                # One of them is as far away as one goes
                (_boutique, reach), *_others = Boutique._nearest(
                    self.benin, *place, open_only=False, limit=1
                )
            open_only = seed.random() < 0.8
            attempts = [(None, open_only, reach), ("reach", open_only, None)]
            if open_only:
                attempts.insert(1, ("open", False, reach))
                attempts.append(("all", False, None))
            expected = ("all", [])
            for missing, opened, within in attempts:
                found = Boutique._nearest(
                    self.benin, *place, open_only=opened, reach=within, **wishes
                )
                if found:
                    expected = (missing, [boutique for boutique, _metres in found])
                    break
            result = Boutique._find_nearest(
                self.benin, *place, open_only=open_only, reach=reach, **wishes
            )
            got = (result["missing"], [one["id"] for one in result["boutiques"]])
            with self.subTest(number=number, reach=reach, open_only=open_only):
                self.assertEqual(got, expected)
            seen.add((got[0], open_only, bool(got[1])))
        self.assertEqual(
            {missing for missing, opened, found in seen if opened and found},
            {None, "open", "reach", "all"},
        )

    def test_nothing_open_within_reach_asks_little_more(self):
        """Two searches, whatever is given up, and two questions about what is found."""
        Boutique = self.env["telecom.boutique"]
        wishes = {"services": self.repair, "reach": 9e4}
        night = datetime(2026, 11, 23, 20, 0)
        for name, services, moment, missing, count in (
            ("open near", self.ganhi, MONDAY, None, 3),
            ("closed near", self.ganhi, night, "open", 3),
            ("open far away", self.parakou, MONDAY, "reach", 4),
            ("closed far away", self.parakou, night, "all", 4),
            ("nowhere", self.env["telecom.boutique"], MONDAY, "all", 2),
        ):
            with self.subTest(name), freeze_time(MONDAY):
                self.repair.flush_recordset()
                (self.ganhi | self.parakou).service_ids = False
                services.service_ids = self.repair
                # What stays in memory between questions
                self.benin._telecom_format("+22997000000")
                self.env.flush_all()
                self.env.invalidate_all()
                with self.assertQueryCount(count):
                    result = Boutique._find_nearest(
                        self.benin, *self.here, moment=moment, **wishes
                    )
                self.assertEqual(result["missing"], missing)

    @freeze_time(MONDAY)
    def test_closed_says_when_it_opens(self):
        values = self.env["telecom.boutique"]._public_values
        for moment, text in (
            (MONDAY, "Open until 18:00"),
            (datetime(2026, 11, 23, 5, 0), "Opens at 08:00"),
            (datetime(2026, 11, 23, 20, 0), "Opens tomorrow at 08:00"),
            (datetime(2026, 11, 28, 9, 0), "Opens on Monday 30 at 08:00"),
        ):
            with self.subTest(text):
                (boutique,) = values(self.benin, [(self.ganhi.id, 1.0)], moment)
                self.assertEqual(boutique["opening"], text)

    def test_only_the_operators_own(self):
        self.assertFalse(
            self.env["telecom.boutique"]._nearest(
                self.tunisia, *self.here, open_only=False
            )
        )
        self.assertFalse(
            self.env["telecom.boutique"]._public_values(
                self.tunisia, [(self.ganhi.id, 1.0)]
            )
        )

    def test_only_what_people_may_ask_for(self):
        ask = self.env["telecom.boutique"]._asked_wishes
        phone = self.env["product.product"].create(
            {
                "name": "Téléphone",
                "telecom_boutique_item": True,
                "company_id": self.benin.id,
            }
        )
        codes = {"activation", "repair"}
        for company, wished, number, services, products in (
            (self.benin, codes, phone.id, self.services, phone),
            (self.benin, {"repair", "magic"}, 0, self.repair, phone.browse()),
            (self.benin, set(), phone.id, self.services.browse(), phone),
            (self.benin, set(), 0, self.services.browse(), phone.browse()),
        ):
            with self.subTest(codes=wished, number=number):
                found = ask(company, wished, number)
                self.assertEqual(found, (services, products))
        strange, product = ask(self.tunisia, codes, phone.id)
        self.assertFalse(strange & self.services, "another operator's")
        self.assertFalse(product, "another operator's")
        phone.company_id = False
        self.assertEqual(ask(self.tunisia, codes, phone.id)[1], phone, "all operators'")
        self.repair.active = False
        self.assertEqual(ask(self.benin, codes, phone.id)[0], self.activation)
        phone.telecom_boutique_item = False
        self.assertFalse(ask(self.benin, codes, phone.id)[1])
        phone.telecom_boutique_item = True
        phone.active = False
        self.assertFalse(ask(self.benin, codes, phone.id)[1])


@tagged("post_install", "-at_install", "telecom")
class TestBoutiqueAccess(BoutiqueCase):
    def test_a_manager_makes_a_boutique_and_its_warehouse(self):
        boutique = (
            self.env["telecom.boutique"]
            .with_user(self.manager_benin)
            .create({"name": "Calavi", "code": "Calavi centre"})
        )
        self.assertEqual(boutique.company_id, self.benin)
        self.assertEqual(boutique.warehouse_id.company_id, self.benin)
        self.assertEqual(boutique.warehouse_id.code, "CALAV")
        again = boutique.copy({"name": "Calavi 2", "code": "Calavi 2"})
        self.assertEqual(again.warehouse_id.code, "CALA2")

    def test_a_position_is_found_by_the_address(self):
        """By the street, else by the town; what is not found is said."""
        Geocoder = type(self.env["base.geocoder"])
        asked = []

        def geo_find(_self, address, **_kwargs):
            asked.append(address)
            known = {"Avenue Clozel": (6.35, 2.43), "Savè": (8.03, 2.48)}
            return next(
                (place for name, place in known.items() if address.startswith(name)),
                None,
            )

        self.patch(Geocoder, "geo_find", geo_find)
        boutiques = self.ganhi | self.akpakpa | self.parakou
        boutiques.write({"latitude": 0, "longitude": 0})
        self.assertFalse(any(boutiques.mapped("located")))
        self.ganhi.street = "Avenue Clozel"
        self.akpakpa.write({"street": "Rue sans nom", "city": "Savè"})
        self.parakou.write({"street": "Nulle part", "city": "Nulle part"})
        action = boutiques.with_user(self.manager_benin).action_locate()
        self.assertEqual((self.ganhi.latitude, self.ganhi.longitude), (6.35, 2.43))
        self.assertEqual((self.akpakpa.latitude, self.akpakpa.longitude), (8.03, 2.48))
        self.assertTrue(self.akpakpa.located)
        self.assertIn("Parakou", action["params"]["message"])
        self.assertTrue(
            any("Bénin" in address or "Benin" in address for address in asked)
        )
        with self.assertRaises(UserError):
            self.parakou.with_user(self.manager_benin).action_locate()

    def test_a_shop_reads_and_does_not_write(self):
        boutique = self.ganhi.with_user(self.shop_benin)
        self.assertEqual(boutique.name, "Ganhi")
        with self.assertRaises(AccessError):
            boutique.name = "Autre"

    @freeze_time(MONDAY)
    def test_managers_keep_opening_hours_and_holidays(self):
        env = self.env(user=self.manager_benin)
        hours = env["resource.calendar"].create(
            {"name": "Fêtes", "tz": "Africa/Porto-Novo", "company_id": self.benin.id}
        )
        self.ganhi.calendar_id = hours
        hours.attendance_ids.filtered(lambda a: a.dayofweek == "0").hour_to = 18
        self.assertTrue(self.ganhi.open_now)
        env["resource.calendar.leaves"].create(
            {
                "name": "Vodoun",
                "company_id": self.benin.id,
                "date_from": MONDAY - timedelta(hours=1),
                "date_to": MONDAY + timedelta(hours=8),
            }
        )
        self.ganhi.invalidate_recordset()
        self.assertFalse(self.ganhi.open_now)
        with self.assertRaises(AccessError):
            hours.with_user(self.shop_benin).name = "Autre"
        with self.assertRaises(AccessError):
            hours.with_user(self.manager_tunisia).name = "Autre"

    def test_another_operator_sees_nothing(self):
        Boutique = self.env["telecom.boutique"].with_user(self.manager_tunisia)
        self.assertFalse(Boutique.search([("company_id", "=", self.benin.id)]))
        with self.assertRaises(AccessError):
            self.ganhi.with_user(self.manager_tunisia).read(["name"])
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base"):
            Boutique.create(
                {
                    "name": "Chez eux",
                    "code": "X",
                    "company_id": self.tunisia.id,
                    "warehouse_id": self.ganhi.warehouse_id.id,
                }
            )

    def test_hours_of_an_operator_are_its_own(self):
        opening = self.ganhi.opening_ids[:1]
        self.assertTrue(opening)
        with self.assertRaises(AccessError):
            opening.with_user(self.manager_tunisia).read(["date_from"])
