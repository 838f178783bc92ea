from odoo.tests import tagged

from odoo.addons.web.tests.test_js import WebSuite


@tagged("post_install", "-at_install", "telecom")
class TestTelecomBillingCallcenterJs(WebSuite):
    """The script's buttons of this app, in a browser."""

    def get_hoot_filters(self):
        self._test_params = [("+", "@telecom_billing_callcenter")]
        return super().get_hoot_filters()

    def test_telecom_billing_callcenter(self):
        self.test_unit_desktop()
