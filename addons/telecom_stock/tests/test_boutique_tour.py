from odoo.tests import HttpCase, tagged

from .test_boutique import BoutiqueCase


@tagged("post_install", "-at_install", "telecom")
class TestBoutiqueTour(HttpCase, BoutiqueCase):
    def test_a_manager_opens_a_boutique(self):
        self.benin.telecom_tile_url = "/web/static/img/logo.png?{z}/{x}/{y}"
        self.benin.telecom_tile_attribution = (
            "<a href='https://tiles.test/'>Tiles</a><img src=x onerror=alert(1)>"
        )
        self.env["telecom.boutique"].create(
            {
                "name": "<img src=x onerror=alert(1)>",
                "code": "IMG",
                "company_id": self.benin.id,
                "latitude": 6.36,
                "longitude": 2.42,
            }
        )
        self.manager_benin.write({"password": "t.manager.benin"})
        self.start_tour(
            "/odoo/telecom-boutiques",
            "telecom_stock_boutique",
            login=self.manager_benin.login,
        )
        boutique = self.env["telecom.boutique"].search([("code", "=", "MARCHE")])
        self.assertEqual(boutique.company_id, self.benin)
        self.assertEqual(boutique.state, "open")
        self.assertTrue(boutique.located)
        self.assertTrue(boutique.warehouse_id)
