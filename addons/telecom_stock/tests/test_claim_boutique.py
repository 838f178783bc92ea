from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.telecom_crm.tests.common import OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestClaimBoutique(OperatorCase):
    def test_a_claim_names_a_shop_of_its_operator(self):
        shops = self.env["telecom.boutique"].create(
            [
                {"name": "Ganhi", "code": "GANH", "company_id": self.benin.id},
                {"name": "Lafayette", "code": "LAFA", "company_id": self.tunisia.id},
            ]
        )
        customer = self._customer(self.benin, "Afi", "Dossou")
        claim = self._claim(customer).with_user(self.clerk_benin)
        claim.telecom_boutique_id = shops[0]
        self.assertEqual(claim.telecom_boutique_id.name, "Ganhi")
        with self.assertRaises(AccessError):
            claim.telecom_boutique_id = shops[1]
        with self.assertRaises(UserError):
            claim.sudo().telecom_boutique_id = shops[1]
