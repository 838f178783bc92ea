from odoo.tests import HttpCase, tagged

from .common_offer import OfferCase


@tagged("post_install", "-at_install", "telecom")
class TestOfferTour(OfferCase, HttpCase):
    charts = ()

    def test_an_offer_is_made_proposed_and_quoted(self):
        self._offer(
            self.benin,
            "Forfait Or",
            "postpaid",
            monthly=9000,
            telecom_segment_ids=self.vip_benin.ids,
        )
        self.start_tour(
            "/odoo/telecom-offers",
            "telecom_billing_offer",
            login=self.manager_benin.login,
        )
        offer = self.env["product.product"].search([("name", "=", "Forfait Visite")])
        self.assertEqual(offer.company_id, self.benin)
        self.assertEqual(offer.telecom_price_ids.amount, 4321)
        self.start_tour(
            f"/odoo/res.partner/{self.afi.id}",
            "telecom_billing_propose",
            login=self.biller_benin.login,
        )
        order = self.afi.sale_order_ids
        self.assertEqual(order.order_line.product_id, offer)
        self.assertEqual(order.user_id, self.biller_benin)
        self.assertEqual(order.telecom_recurring_total, 4321)
