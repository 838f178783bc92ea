from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from ..tools.sip import sip_ha1
from .common import CallcenterSetup


@tagged("post_install", "-at_install", "telecom")
class TestAgentPhone(CallcenterSetup, TransactionCase):
    def _renew(self, user=None):
        agent = self.agent.with_user(user or self.user_admin).with_context(
            allowed_company_ids=self.provider.ids
        )
        return agent.action_renew_phone()

    def test_the_password_is_shown_once_and_stored_as_hash_only(self):
        self.agent.device = "phone"
        shown = self._renew()["context"]
        self.assertEqual(shown["default_username"], self.agent.sip_username)
        self.assertEqual(
            self.agent.sudo().sip_ha1,
            sip_ha1(self.agent.sip_username, shown["default_secret"]),
        )
        self.assertNotEqual(
            self._renew()["context"]["default_secret"], shown["default_secret"]
        )
        event = self.env["telecom.agent.event"].search(
            [("agent_id", "=", self.agent.id)], limit=1
        )
        self.assertEqual(event.user_id, self.user_admin)
        self.assertNotIn(shown["default_secret"], event.detail)

    def test_the_window_keeps_nothing(self):
        self.agent.device = "phone"
        action = self._renew()
        window = (
            self.env["telecom.agent.phone"].with_context(**action["context"]).create({})
        )
        window.flush_recordset()
        self.env.cr.execute("SELECT * FROM telecom_agent_phone")
        self.assertNotIn(
            action["context"]["default_secret"], str(self.env.cr.fetchall())
        )

    def test_browsers_get_theirs_by_themselves(self):
        with self.assertRaises(UserError):
            self._renew()

    def test_supervisors_give_out_no_passwords(self):
        self.agent.device = "phone"
        with self.assertRaises(AccessError):
            self._renew(self.user_supervisor)

    def test_an_agents_day_begins_at_the_desk(self):
        desk = self.env.ref("telecom_callcenter.action_telecom_desk")
        self.assertEqual(self.user_agent.action_id.id, desk.id)
