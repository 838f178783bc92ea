import json
from datetime import datetime, timedelta
from urllib.parse import quote

import pytz
from lxml import html

from odoo.tests import HttpCase, tagged

from .test_boutique import BoutiqueCase


@tagged("post_install", "-at_install", "telecom")
class TestBoutiquesPage(HttpCase, BoutiqueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["telecom.host"].create(
            [
                {"name": "boutiques-bj.localhost", "company_id": cls.benin.id},
                {"name": "boutiques-tn.localhost", "company_id": cls.tunisia.id},
            ]
        )
        cls.phone = cls.env["product.product"].create(
            {
                "name": "Téléphone",
                "is_storable": True,
                "telecom_boutique_item": True,
                "company_id": cls.benin.id,
            }
        )
        cls.ganhi.service_ids = cls.activation
        cls.at = datetime(2026, 11, 23, 10, 0)

    def _get(self, path, host="boutiques-bj.localhost"):
        return self.url_open(path, headers={"Host": host})

    def _nearest(self, query, **kwargs):
        response = self._get(f"/boutiques/nearest?{query}", **kwargs)
        return response.status_code, json.loads(response.text)

    def test_json_for_operators_own_sites(self):
        response = self._get(
            "/boutiques/nearest?lat=6.35&lon=2.43&at=2026-11-23T10:00&limit=2"
        )
        self.assertEqual(response.headers["Access-Control-Allow-Origin"], "*")
        result = response.json()
        self.assertIsNone(result["missing"])
        self.assertEqual(
            [each["name"] for each in result["boutiques"]], ["Ganhi", "Akpakpa"]
        )
        first = result["boutiques"][0]
        self.assertTrue(first["open"])
        self.assertEqual(first["hours"], ["08:00–18:00"])
        self.assertEqual(first["services"], ["Activation"])
        self.assertEqual(first["metres"], 950)

    def test_wishes(self):
        base = "lat=6.35&lon=2.43&at=2026-11-23T10:00"
        for query, names in (
            ("service=activation", ["Ganhi"]),
            ("open=0&limit=1", ["Ganhi"]),
            (f"item={self.phone.id}", []),
        ):
            with self.subTest(query):
                _status, result = self._nearest(f"{base}&{query}")
                self.assertEqual([b["name"] for b in result["boutiques"]], names)
        _status, result = self._nearest(
            "town=parakou&limit=1&at=2026-11-23T10:00&open=0"
        )
        self.assertEqual(result["boutiques"][0]["name"], "Parakou")

    def test_what_cannot_be_asked_is_said(self):
        for query, error in (
            ("", "place"),
            ("lat=nan&lon=2", "place"),
            ("lat=100&lon=2", "place"),
            ("town=Atlantis", "town"),
            ("lat=6&lon=2&at=tomorrow", "at"),
            ("lat=6&lon=2&at=0001-01-01T00:00", "at"),
            ("lat=6&lon=2&service=magic", "wish"),
            ("lat=6&lon=2&item=999999999", "wish"),
            ("lat=6&lon=2&item=1 OR 1=1", "wish"),
        ):
            with self.subTest(query):
                status, result = self._nearest(query)
                self.assertEqual((status, result["error"]), (400, error))

    def test_each_host_shows_its_own_operator(self):
        _status, result = self._nearest(
            "lat=6.35&lon=2.43&open=0", host="boutiques-tn.localhost"
        )
        self.assertFalse(result["boutiques"])
        self.assertIn("Ganhi", self._get("/boutiques?lat=6.35&lon=2.43&open=0").text)

    def test_one_boutique_has_an_address_of_its_own(self):
        page = self._get(f"/boutiques/{self.akpakpa.id}")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Akpakpa", page.text)
        self.assertNotIn(">Ganhi<", page.text)
        for number, host in (
            (self.akpakpa.id, "boutiques-tn.localhost"),
            (999999999, "boutiques-bj.localhost"),
        ):
            response = self._get(f"/boutiques/{number}", host=host)
            self.assertEqual(response.status_code, 404)
        self.akpakpa.action_close()
        response = self._get(f"/boutiques/{self.akpakpa.id}")
        self.assertEqual(response.status_code, 404)

    def test_the_item_must_be_in_stock(self):
        stock = self.akpakpa.warehouse_id.lot_stock_id
        self.env["stock.quant"]._update_available_quantity(self.phone, stock, 1)
        _status, result = self._nearest(
            f"lat=6.35&lon=2.43&at=2026-11-23T10:00&item={self.phone.id}"
        )
        self.assertEqual([b["name"] for b in result["boutiques"]], ["Akpakpa"])
        page = self._get(f"/boutiques?town=Ganhi&open=0&item={self.phone.id}").text
        self.assertIn(f'data-boutique="{self.akpakpa.id}"', page)
        self.assertNotIn(f'data-boutique="{self.ganhi.id}"', page)

    def test_a_time_is_asked_for_and_kept(self):
        """What the form sends is what the page shows; the rest of it stays."""
        zone = pytz.timezone(self.benin.resource_calendar_id.tz or "UTC")
        clock = datetime.now(zone) + timedelta(days=3)
        at = clock.strftime("%Y-%m-%dT10:00")
        page = html.fromstring(self._get(f"/boutiques?town=Ganhi&at={at}&open=0").text)
        [field] = page.xpath("//input[@name='at']")
        self.assertEqual(
            (field.get("type"), field.get("value")), ("datetime-local", at)
        )
        self.assertTrue(page.xpath("//*[@data-boutique]"))
        # A zone of its own is brought to the operator's clocks
        moment = clock.replace(hour=10, minute=0).astimezone(pytz.utc)
        page = html.fromstring(
            self._get(f"/boutiques?at={moment.strftime('%Y-%m-%dT%H:%MZ')}").text
        )
        self.assertEqual(page.xpath("//input[@name='at']/@value"), [at])
        page = html.fromstring(self._get(f"/boutiques?town=Atlantis&at={at}").text)
        links = page.xpath("//*[@data-telecom='unknown-town']//a/@href")
        self.assertTrue(links)
        for link in links:
            self.assertIn(f"&at={quote(at)}", link)
        # Left empty it is now
        page = html.fromstring(self._get("/boutiques?town=Ganhi&at=&open=0").text)
        self.assertFalse(page.xpath("//input[@name='at']/@value"))
        self.assertTrue(page.xpath("//*[@data-boutique]"))

    def test_the_photo(self):
        photo = (
            b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
            b"awAAAABJRU5ErkJggg=="
        )
        _status, result = self._nearest("lat=6.35&lon=2.43&open=0")
        self.assertEqual({each["photo"] for each in result["boutiques"]}, {""})
        self.assertEqual(
            self._get(f"/boutiques/{self.ganhi.id}/photo").status_code, 404
        )
        self.ganhi.image_1920 = photo
        page = self._get(f"/boutiques/{self.ganhi.id}").text
        self.assertIn(f"/boutiques/{self.ganhi.id}/photo", page)
        answer = self._get(f"/boutiques/{self.ganhi.id}/photo")
        self.assertEqual(answer.headers["Content-Type"], "image/png")
        self.assertIn("public", answer.headers["Cache-Control"])
        other = self._get(
            f"/boutiques/{self.ganhi.id}/photo", host="boutiques-tn.localhost"
        )
        self.assertEqual(other.status_code, 404)
        self.ganhi.action_close()
        self.assertEqual(
            self._get(f"/boutiques/{self.ganhi.id}/photo").status_code, 404
        )

    def test_without_a_position_the_town_is_asked_for(self):
        page = self._get("/boutiques").text
        self.assertIn('name="town"', page)
        self.assertIn("Akpakpa", page, "towns are offered")
        page = self._get("/boutiques?town=Atlantis").text
        self.assertIn("unknown-town", page)

    def test_closed_with_the_module(self):
        self.benin._telecom_set_module("stock", "off")
        self.assertEqual(self._get("/boutiques").status_code, 404)
        self.assertEqual(self._get("/boutiques/nearest?lat=6&lon=2").status_code, 404)

    def test_the_operators_settings_count_at_once(self):
        query = "lat=6.35&lon=2.43&at=2026-11-23T10:00&service=activation"
        self.assertIsNone(self._nearest(query)[1]["missing"])
        self.ganhi.service_ids = False
        self.parakou.service_ids = self.activation
        self.assertEqual(self._nearest(query)[1]["missing"], "reach")
        self.benin.telecom_boutique_reach = 500
        self.assertIsNone(self._nearest(query)[1]["missing"])
        self.benin.telecom_boutique_reach = 0
        self.assertIsNone(self._nearest(query)[1]["missing"], "any distance")
        self.benin.telecom_tenant = False
        self.assertEqual(self._get(f"/boutiques/nearest?{query}").status_code, 404)

    def test_a_strangers_host_shows_nothing(self):
        self.assertEqual(self._get("/boutiques", host="127.0.0.1").status_code, 404)

    def test_nonsense_is_answered(self):
        """What no form sends: an answer, not an error of the server."""
        many = "9" * 5000
        for query, status in (
            ("town=%5C", 400),
            ("town=_______", 400),
            ("lat=6&lon=2&at=9999-12-31T12:00", 400),
            ("lat=6&lon=2&at=0001-01-02T00:00", 400),
            (f"lat=6&lon=2&limit={many}", 200),
            (f"lat=6&lon=2&item={many}", 400),
        ):
            with self.subTest(query[:40]):
                response = self._get(f"/boutiques/nearest?{query}")
                self.assertEqual(response.status_code, status)
                self.assertEqual(self._get(f"/boutiques?{query}").status_code, 200)

    def test_the_page_says_what_is_wrong_with_an_old_address(self):
        page = self._get("/boutiques?town=Ganhi&service=gone").text
        self.assertIn('data-telecom="message"', page)
        self.assertNotIn("data-boutique", page)
        status, result = self._nearest("town=Ganhi&at=2027-06-01T10:00")
        self.assertEqual((status, result["error"]), (400, "at"))
        self.assertIn("30", result["message"])

    def test_signs_that_nobody_types_do_no_harm(self):
        for query, status in (
            ("town=Gan%00hi&open=0", 200),
            ("town=%00", 400),
            ("town=Ganhi&service=%00&open=0", 200),
            ("town=%ED%A0%80", 400),
        ):
            with self.subTest(query):
                self.assertEqual(self._nearest(query)[0], status)
                self.assertEqual(self._get(f"/boutiques?{query}").status_code, 200)

    def test_the_page_begins_with_the_towns(self):
        page = self._get("/boutiques").text
        self.assertIn('data-telecom="towns"', page)
        for town in ("Akpakpa", "Ganhi", "Parakou"):
            self.assertIn(f'href="/boutiques?town={town}"', page)
        page = self._get("/boutiques?town=Ganhi&open=0").text
        self.assertNotIn('data-telecom="towns"', page)
