from odoo.tests import tagged

from odoo.addons.web.tests.test_js import WebSuite


@tagged("post_install", "-at_install", "telecom")
class TestConnectorJs(WebSuite):
    """Unit tests of what queries answer, in a browser."""

    def get_hoot_filters(self):
        self._test_params = [("+", "@telecom_callcenter_connector")]
        return super().get_hoot_filters()

    def test_telecom_callcenter_connector(self):
        self.test_unit_desktop()
