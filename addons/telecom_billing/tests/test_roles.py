from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.telecom_crm.tests.common import OperatorCase

BILLING = "telecom_billing.group_telecom_billing"


@tagged("post_install", "-at_install", "telecom")
class TestRoles(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.biller_benin = cls._user("t.biller.benin", cls.benin, BILLING)
        cls.biller_tunisia = cls._user("t.biller.tunisia", cls.tunisia, BILLING)
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")

    def _menu(self, user):
        menu = self.env.ref("telecom_billing.menu_root")
        return menu.id in self.env["ir.ui.menu"].with_user(user).load_menus(False)

    def test_the_app_is_for_billing_clerks_and_managers(self):
        self.assertTrue(self._menu(self.biller_benin))
        self.assertTrue(self._menu(self.manager_benin))
        # Agents of the contact centre are back-office clerks
        for user in (self.clerk_benin, self.seller_benin, self.stranger):
            with self.subTest(user.login):
                self.assertFalse(self._menu(user))

    def test_a_clerk_of_the_back_office_posts_no_invoice(self):
        Move = self.env["account.move"]
        self.assertTrue(Move.with_user(self.biller_benin).has_access("create"))
        self.assertFalse(Move.with_user(self.agent).has_access("create"))

    def test_a_quotation_belongs_to_its_operator(self):
        product = self.env["product.product"].create(
            {"name": "Forfait", "type": "service", "list_price": 5000}
        )
        order = (
            self.env["sale.order"]
            .with_user(self.biller_benin)
            .create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [(0, 0, {"product_id": product.id})],
                }
            )
        )
        self.assertEqual(order.company_id, self.benin)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        with self.assertRaises(AccessError):
            order.with_user(self.biller_tunisia).read(["name"])
        self.assertFalse(
            self.env["sale.order"]
            .with_user(self.biller_tunisia)
            .search([("id", "=", order.id)])
        )

    def test_customers_with_what_they_owe(self):
        arch = (
            self.env["res.partner"]
            .with_user(self.biller_benin)
            .get_view(self.env.ref("telecom_crm.view_customer_list").id, "list")["arch"]
        )
        self.assertIn('name="credit"', arch)
        arch = (
            self.env["res.partner"]
            .with_user(self.clerk_benin)
            .get_view(self.env.ref("telecom_crm.view_customer_list").id, "list")["arch"]
        )
        self.assertNotIn('name="credit"', arch)
