from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from odoo.addons.telecom_callcenter.tests.field_common import FieldSetup


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

    def test_not_for_others(self):
        foreign = self._appointment(self.colleague)
        with self.assertRaises(AccessError):
            self.app().open_action("quote", foreign.id)
        with self.assertRaises(UserError):
            self.app().open_action("unheard", foreign.id)
