from odoo.tests import tagged

from odoo.addons.telecom_crm.tests.common import FrenchCase


@tagged("post_install", "-at_install", "telecom")
class TestFrench(FrenchCase):
    french_addon = "telecom_billing_stock"

    def test_french_is_complete(self):
        self._assert_complete()
