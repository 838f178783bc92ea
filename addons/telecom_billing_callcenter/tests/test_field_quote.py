from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from odoo.addons.telecom_callcenter.tests.field_common import COTONOU, FieldSetup


@tagged("post_install", "-at_install", "telecom")
class TestQuoteOfAnAppointment(FieldSetup, TransactionCase):
    def test_a_seller_makes_an_offer_on_the_spot(self):
        one = self._appointment(partner_id=self.awa.id)
        app = self.app()
        self.assertEqual([action["code"] for action in app._actions()], ["quote"])
        action = app.open_action("quote", one.id)
        order = (
            self.env["sale.order"]
            .with_user(self.user_seller)
            .with_context(**action["context"], allowed_company_ids=self.benin.ids)
        )
        order = Form(order).save()
        self.assertEqual(order.partner_id, self.awa)
        self.assertEqual(order.company_id, self.benin)
        self.assertEqual(order.telecom_appointment_id, one)
        self.assertEqual(one.sale_order_ids, order.sudo())

    def test_a_prospect_becomes_a_customer(self):
        campaign = self._campaign("Porte à porte", self.queue_benin)
        contact = self.env["telecom.campaign.contact"].create(
            {
                "campaign_id": campaign.id,
                "name": "Bio Chabi",
                "number": "+2290197000009",
            }
        )
        one = self._appointment(
            contact_id=contact.id,
            customer_name="Bio Chabi",
            number="+2290197000009",
            street="Face au marché",
            city="Cotonou",
            latitude=COTONOU[0],
            longitude=COTONOU[1],
        )
        action = self.app().open_action("quote", one.id)
        partner = one.partner_id
        self.assertEqual(action["context"]["default_partner_id"], partner.id)
        self.assertEqual(contact.partner_id, partner)
        self.assertEqual(partner.company_id, self.benin)
        self.assertTrue(partner.telecom_customer)
        self.assertEqual(
            (partner.name, partner.phone_sanitized, partner.city),
            ("Bio Chabi", "+2290197000009", "Cotonou"),
        )
        self.assertEqual((one.street, one._place), ("Face au marché", COTONOU))
        # Pressed once more, and at another appointment of the same person
        again = self._appointment(
            hours=48, customer_name="Bio Chabi", number="+2290197000009"
        )
        for appointment in (one, again):
            self.app().open_action("quote", appointment.id)
            self.assertEqual(appointment.partner_id, partner)

    def test_not_for_others(self):
        foreign = self._appointment(self.colleague)
        with self.assertRaises(AccessError):
            self.app().open_action("quote", foreign.id)
        with self.assertRaises(UserError):
            self.app().open_action("unheard", foreign.id)
