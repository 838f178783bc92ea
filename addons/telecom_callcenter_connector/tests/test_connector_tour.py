from odoo.tests import HttpCase, tagged

from .test_script_query import ScriptQuerySetup


@tagged("post_install", "-at_install", "telecom")
class TestConnectorTour(ScriptQuerySetup, HttpCase):
    def test_read_and_change_from_the_script(self):
        self.start_tour(
            "/odoo/back-office", "telecom_callcenter_connector", login="cc.agent"
        )
        self.assertEqual(self.item.city, "Bohicon")
        self.assertEqual(
            self.client.execute("SELECT customer FROM account WHERE blocked"),
            [("C-1",)],
        )
