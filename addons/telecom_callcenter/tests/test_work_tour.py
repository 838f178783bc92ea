from odoo.tests import HttpCase, tagged

from .test_work import WorkSetup


@tagged("post_install", "-at_install", "telecom")
class TestWorkTour(WorkSetup, HttpCase):
    def test_one_item_after_the_other(self):
        """An agent takes, answers, closes; the next one comes by itself."""
        self.start_tour(
            "/odoo/back-office", "telecom_callcenter_back_office", login="cc.agent"
        )
        self.assertEqual((self.urgent.state, self.urgent.city), ("done", "Ouidah"))
        self.assertEqual(self.urgent.disposition_id.code, "handled")
        self.assertEqual(self.urgent.result_note, "Corrigé")
        self.assertEqual(self.due.state, "ready", "given back")
        self.assertEqual(self.due.session_ids.result, "left")

    def test_a_clerk_without_a_campaign(self):
        self.start_tour(
            "/odoo/back-office",
            "telecom_callcenter_back_office_none",
            login="cc.clerk.benin",
        )
