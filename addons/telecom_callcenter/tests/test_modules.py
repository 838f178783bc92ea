from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.telecom_module import OPERATOR_MODELS
from .common import TelecomCallcenterCommon


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestCallcenterModule(TelecomCallcenterCommon):
    """What the switch of the contact centre opens and closes."""

    def _module(self, state, company=None):
        (company or self.benin)._telecom_set_module("callcenter", state)

    def _reads(self, record, user):
        return self.as_user(record, user).has_access("read")

    def test_closed_on_every_model_of_the_operator(self):
        for name in OPERATOR_MODELS:
            rules = self.env["ir.rule"].search(
                [("model_id.model", "=", name), ("groups", "=", False)]
            )
            domains = rules.mapped("domain_force")
            for operation in ("read", "write"):
                self.assertIn(
                    f"[('company_id', 'not in', telecom_closed('callcenter', "
                    f"'{operation}'))]",
                    domains,
                    name,
                )

    def test_read_only_and_off(self):
        for state, read, write in (
            ("readonly", True, False),
            ("off", False, False),
            ("on", True, True),
        ):
            self._module(state)
            queue = self.as_user(self.queue_benin, self.user_admin)
            with self.subTest(state):
                self.assertEqual(queue.has_access("read"), read)
                self.assertEqual(queue.has_access("write"), write)
                self.assertTrue(self._reads(self.queue_tunisia, self.user_admin))

    def test_no_new_calls_for_a_closed_operator(self):
        number = self.env["telecom.did"].create(
            {
                "number": "198765",
                "company_id": self.benin.id,
                "pbx_id": self.pbx.id,
                "campaign_id": self.campaign_benin.id,
            }
        )
        self.env.flush_all()
        revision = self.pbx.config_revision

        def campaign():
            dids = self.pbx._gateway_configuration()["dids"]
            return next(d["campaign_id"] for d in dids if d["number"] == number.number)

        self.assertEqual(campaign(), self.campaign_benin.id)
        self._module("off")
        self.assertFalse(campaign())
        self.env.cr.precommit.run()
        self.pbx.invalidate_recordset()
        self.assertGreater(self.pbx.config_revision, revision, "Asterisk is told")
        desk = self.desk(self.user_agent)
        with self.assertRaisesRegex(AccessError, "Contact Centre"):
            desk.dial("+2290197123456", self.benin.id)

    def test_a_call_under_way_is_finished_and_wrapped_up(self):
        call = self._call(self.campaign_benin, self.agent)
        self._module("off")
        row = self.env["telecom.company.module"].search(
            [("company_id", "=", self.benin.id)]
        )
        self.assertTrue(row.draining)
        self.assertFalse(self.benin._telecom_allows("callcenter"), "Nothing new")
        self.assertTrue(self._reads(call, self.user_agent))
        wrapup = self._hang_up(call, self.agent)
        row._cron_end_draining()
        self.assertTrue(row.draining, "It is not wrapped up yet")
        self.assertTrue(self._reads(wrapup, self.user_agent))
        wrapup.state = "done"
        row._cron_end_draining()
        self.assertFalse(row.draining)
        self.assertFalse(self._reads(call, self.user_agent))
        self._module("on")
        self.assertTrue(self._reads(call, self.user_agent), "All is kept")

    def test_menus(self):
        menu = self.env.ref("telecom_callcenter.menu_root")
        for user, shown in ((self.manager_benin, False), (self.user_agent, True)):
            self._module("on")
            menus = self.env["ir.ui.menu"].with_user(user)
            self.assertIn(menu.id, menus.load_menus(False))
            self._module("off")
            self.assertEqual(menu.id in menus.load_menus(False), shown)
