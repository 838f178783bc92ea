from odoo.tests import HttpCase, tagged

from .common import OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestCustomerTours(OperatorCase, HttpCase):
    def test_find_a_customer(self):
        customer = self._customer(self.benin, "Gisèle", "Kérékou")
        self._line(customer, "0197123456")
        self._customer(self.benin, "Gisèle", "Bio")
        self.start_tour(
            "/odoo/telecom-customers",
            "telecom_crm_find_customer",
            login="t.clerk.benin",
        )

    def test_convert_a_prospect(self):
        source = self.env["telecom.source"].create(
            {"name": "Boutique", "kind": "shop", "company_id": self.benin.id}
        )
        lead = self.env["crm.lead"].create(
            {
                "name": "Fibre au bureau",
                "type": "opportunity",
                "company_id": self.benin.id,
                "user_id": self.seller_benin.id,
                "contact_name": "Koffi Bio",
                "phone": "+2290197333333",
                "telecom_source_id": source.id,
            }
        )
        self.start_tour(
            "/odoo/telecom-prospects",
            "telecom_crm_convert_prospect",
            login="t.seller.benin",
        )
        self.assertTrue(lead.partner_id.telecom_customer)
        self.assertEqual(lead.partner_id.telecom_source_id, source)
        self.assertEqual(lead.partner_id.phone_sanitized, "+2290197333333")
