from odoo.tests import tagged

from .test_portal_invoice import PortalCase


@tagged("post_install", "-at_install", "telecom")
class TestFromRequestToPayment(PortalCase):
    """A customer asks, accepts, gets lines, and pays them on one invoice."""

    charts = ("bj",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.benin.report_footer = False
        cls.biller_benin.password = cls.biller_benin.login
        # Nothing else to be paid
        cls._pay(cls.bill_afi)
        fibre = cls.env["product.template"].create(
            {
                "name": "Fibre 100",
                "type": "service",
                "list_price": 25000,
                "company_id": cls.benin.id,
                "telecom_offer_kind": "fibre",
                "taxes_id": [(6, 0, cls.benin.account_sale_tax_id.ids)],
            }
        )
        cls.env["telecom.offer.price"].create(
            {
                "company_id": cls.benin.id,
                "product_tmpl_id": fibre.id,
                "kind": "recurring",
                "amount": 30000,
                "date_from": "2020-01-01",
            }
        )
        cls.lines = [
            cls._line(cls.afi, f"+22901950000{number}") for number in (81, 82, 83)
        ]

    def _tour(self, path, name, user):
        self.start_tour(path, f"telecom_billing_{name}", login=user.login)

    def test_from_the_request_to_the_receipt(self):
        customer, biller = self.client_afi, self.biller_benin
        self._tour("/my", "quote_request", customer)
        self._tour("/odoo/telecom-quote-requests", "quote", biller)
        order = (
            self.env["telecom.quote.request"]
            .search([("partner_id", "=", self.afi.id)])
            .order_ids
        )
        self._tour(f"/odoo/sales/{order.id}", "quote_revise", biller)
        self._tour("/my/quote-requests", "quote_accept", customer)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.telecom_revision_id.state, "accepted")
        subscriptions = order.order_line.telecom_subscription_ids
        self.assertEqual(subscriptions.mapped("state"), ["draft"] * 3)
        self._tour(f"/odoo/sales/{order.id}", "quote_subscription", biller)
        started = subscriptions.filtered(lambda one: one.state == "active")
        self.assertEqual(started.line_id, self.lines[0])
        for subscription, line in zip(
            subscriptions - started, self.lines[1:], strict=True
        ):
            subscription.with_user(biller).line_id = line
            subscription.with_user(biller).action_start()
        account = subscriptions.account_id
        action = self.env.ref("telecom_billing.action_telecom_billing_account")
        self._tour(f"/odoo/action-{action.id}/{account.id}", "bill_now", biller)
        bill = account.move_ids.filtered(lambda move: move.amount_residual)
        self.assertEqual(len(bill), 1)
        self.assertEqual(
            bill.invoice_line_ids.product_id.product_tmpl_id.name, "Fibre 100"
        )
        self.assertEqual(len(bill.invoice_line_ids), 3)
        self._tour("/my/invoices", "pay_merged", customer)
        self.assertEqual(bill.payment_state, "paid")
        # What was billed by hand is not billed by the run again
        self.assertEqual(
            set(self.env["telecom.charge"].search([]).mapped("subscription_id.id"))
            & set(subscriptions.ids),
            set(subscriptions.ids),
        )
