from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from ..tools.clock import epoch
from .field_common import COTONOU, FieldSetup


@tagged("post_install", "-at_install", "telecom")
class TestFieldTour(FieldSetup, HttpCase):
    """A seller's day on a telephone, as a browser shows it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.user_seller | cls.user_agent | cls.user_supervisor:
            user.write({"password": user.login})
        # Whatever the hour of the test, this one is today
        cls.user_seller.tz = "UTC"
        cls.hours_benin.tz = "UTC"
        now = fields.Datetime.now()
        cls.awas = cls._appointment(
            start=now.replace(hour=12, minute=0, second=0),
            partner_id=cls.awa.id,
            campaign_id=cls.field_campaign.id,
        )

    def _mine(self, model):
        return self.env[model].search([("seller_id", "=", self.seller.id)])

    def test_a_day_with_a_loss_of_network(self):
        self.browser_size = "390x844"
        self.touch_enabled = True
        self.start_tour(
            "/odoo/field-day", "telecom_field_day", login=self.user_seller.login
        )
        self.assertEqual(self.awas.state, "done")
        self.assertEqual(self.awas.report, "Fibre vendue")
        self.assertEqual(self.awas.signed_by, "Awa Kpossou")
        self.assertTrue(self.awas.signature)
        made = self._mine("telecom.appointment") - self.awas
        self.assertEqual(made.customer_name, "Chabi Bio")
        self.assertEqual(made.number, "+2290197000009")
        self.assertEqual(len(self._mine("telecom.seller.position")), 1)
        duty = self._mine("telecom.seller.duty")
        self.assertTrue(duty.with_position and duty.ended_at)
        entries = self._mine("telecom.field.entry")
        self.assertEqual(set(entries.mapped("state")), {"done"})
        self.assertEqual(len(entries), 7)

    def test_an_agent_agrees_an_appointment(self):
        self.user_agent.write(
            {"company_id": self.benin.id, "company_ids": [Command.set(self.benin.ids)]}
        )
        self.start_tour(
            "/odoo/action-telecom_callcenter.action_telecom_appointment_dialog",
            "telecom_appointment_book",
            login=self.user_agent.login,
        )
        made = self._mine("telecom.appointment") - self.awas
        self.assertEqual(made.customer_name, "Chabi Bio")
        self.assertEqual(made.agent_id, self.agent)
        self.assertEqual(made.note, "Appeler en arrivant")
        self.assertTrue(made.event_id)

    def test_the_map(self):
        now = fields.Datetime.now()
        self.seller._set_consent(True, now - timedelta(hours=1))
        self.seller._begin_duty(now - timedelta(hours=1))
        self.env["telecom.seller.position"]._record(
            self.seller,
            [
                (epoch(now - timedelta(minutes=2)), *COTONOU, 5),
                (epoch(now - timedelta(minutes=1)), 6.37, 2.42, 5),
            ],
        )
        self.user_supervisor.write(
            {"company_id": self.benin.id, "company_ids": [Command.set(self.benin.ids)]}
        )
        self.start_tour(
            "/odoo/field-map", "telecom_field_map", login=self.user_supervisor.login
        )
