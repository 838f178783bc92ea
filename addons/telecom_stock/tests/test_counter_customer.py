"""A customer who is there already is not made again at the counter."""

from odoo.tests import HttpCase, tagged

from .counter_common import CounterCase


@tagged("post_install", "-at_install", "telecom")
class TestCounterDoubles(CounterCase):
    def _doubles(self, user=None, **partner):
        counter = self._as(user or self.shop_benin, "telecom.counter.sale")
        shop = self.parakou if user == self.franchisee else self.ganhi
        return [one["id"] for one in counter.counter_doubles(shop.id, partner)]

    def _sell(self, **partner):
        counter = self._as(self.shop_benin, "telecom.counter.sale")
        return counter.counter_sell(
            {
                "token": "double",
                "boutique_id": self.ganhi.id,
                "partner": partner,
                "payment_method": "cash",
                "items": [{"lot_id": self.phones[0].id}],
            }
        )

    def test_who_may_be_the_same(self):
        line = self._line(
            self._customer(self.benin, "Codjo", "Ali"), "+2290197660001", state="active"
        )
        self._customer(self.tunisia, "Awa", "Dossou")
        for partner, expected in (
            ({"last_name": "Houéto"}, []),
            ({"last_name": "Dossou"}, []),
            ({"first_name": "Awa", "last_name": "Dossou"}, self.awa.ids),
            ({"first_name": "dossou", "last_name": "AWA"}, self.awa.ids),
            ({"last_name": "X", "phone": "01 97 00 00 11"}, self.awa.ids),
            ({"last_name": "X", "phone": "0197660001"}, line.partner_id.ids),
            ({"last_name": "X", "phone": "0197"}, []),
            ({}, []),
        ):
            with self.subTest(partner):
                self.assertEqual(self._doubles(**partner), expected)

    def test_a_franchise_finds_others_by_their_whole_number_only(self):
        self.assertFalse(
            self._doubles(self.franchisee, first_name="Awa", last_name="Dossou")
        )
        self.assertEqual(
            self._doubles(self.franchisee, last_name="X", phone="0197000011"),
            self.awa.ids,
        )

    def test_one_who_was_not_shown_stops_the_sale(self):
        new = {"first_name": "Awa", "last_name": "Dossou", "phone": "0197880088"}
        result = self._sell(**new)
        self.assertEqual([one["id"] for one in result["doubles"]], self.awa.ids)
        self.assertTrue(result["doubles"][0]["key"])
        self.assertFalse(
            self.env["telecom.counter.sale"].search(
                [("boutique_id", "=", self.ganhi.id)]
            )
        )
        self.assertEqual(self.phones[0].telecom_state, "stock")
        sale = self._sell(**new, known=self.awa.ids)
        partner = self.env["telecom.counter.sale"].browse(sale["id"]).partner_id
        self.assertNotEqual(partner, self.awa)
        self.assertEqual(partner.name, "Awa Dossou")


@tagged("post_install", "-at_install", "telecom")
class TestCounterDoublesTour(HttpCase, CounterCase):
    def test_the_one_there_is_chosen_in_one_tap(self):
        self.shop_benin.password = self.shop_benin.login
        self.browser_size = "390x844"
        self.touch_enabled = True
        self.start_tour(
            "/odoo/telecom-counter",
            "telecom_stock_counter_double",
            login=self.shop_benin.login,
        )
