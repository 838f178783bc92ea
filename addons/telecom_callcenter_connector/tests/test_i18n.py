import re

from odoo.tests import tagged

from odoo.addons.telecom_crm.tests.common import FrenchCase


@tagged("post_install", "-at_install", "telecom")
class TestFrench(FrenchCase):
    french_addon = "telecom_callcenter_connector"
    # What is written in the operators' language from the start
    french_data = re.compile(r"\.(connector|query|result|parameter|feed)_")

    def test_french_is_complete(self):
        self._assert_complete()
