from odoo.tests import HttpCase, tagged

from .quote_common import QuoteCase


@tagged("post_install", "-at_install", "telecom")
class TestQuoteTour(QuoteCase, HttpCase):
    def test_from_request_to_acceptance(self):
        self.benin.report_footer = False
        self.start_tour("/my", "telecom_billing_quote_request", login=self.portal.login)
        request = self.env["telecom.quote.request"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(request.channel, "portal")
        self.assertEqual(request.sudo().event_id.user_id, self.seller_benin)
        self.start_tour(
            "/odoo/telecom-quote-requests",
            "telecom_billing_quote",
            login=self.biller.login,
        )
        order = request.order_ids
        self.assertEqual((request.state, order.state), ("quoted", "sent"))
        self.assertEqual(order.order_line.product_uom_qty, 3)
        self.start_tour(
            f"/odoo/sales/{order.id}",
            "telecom_billing_quote_revise",
            login=self.biller.login,
        )
        self.assertEqual(order.telecom_quote_name, f"{order.name}/2")
        self.start_tour(
            "/my/quote-requests",
            "telecom_billing_quote_accept",
            login=self.portal.login,
        )
        revision = order.telecom_revision_id
        self.assertEqual((order.state, revision.state), ("sale", "accepted"))
        self.assertTrue(revision.signed_digest)
        self.assertEqual(order.amount_untaxed, 60000)
