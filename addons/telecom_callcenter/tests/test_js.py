from odoo.tests import tagged

from odoo.addons.web.tests.test_js import WebSuite


@tagged("post_install", "-at_install", "telecom")
class TestTelecomCallcenterJs(WebSuite):
    """The desk's unit tests, in a browser."""

    def get_hoot_filters(self):
        self._test_params = [("+", "@telecom_callcenter")]
        return super().get_hoot_filters()

    def test_telecom_callcenter(self):
        self.test_unit_desktop()
