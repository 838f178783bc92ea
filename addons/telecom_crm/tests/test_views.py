from odoo.tests import HttpCase, tagged

from .common import MANAGER, PLATFORM, OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestMenus(OperatorCase):
    def _menus(self, user):
        visible = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        return {
            name
            for name in (
                "root",
                "customers",
                "lines",
                "claims",
                "prospects",
                "operators",
                "config",
                "segments",
            )
            if self.env.ref(f"telecom_crm.menu_{name}").id in visible
        }

    def test_each_role_has_its_menus(self):
        platform = self._user("t.platform", self.benin, PLATFORM)
        everyday = {"root", "customers", "lines", "claims", "prospects"}
        for user, menus in (
            (self.clerk_benin, everyday),
            (self.seller_benin, everyday - {"claims"}),
            (self.manager_benin, everyday | {"config", "segments"}),
            (platform, everyday | {"config", "segments", "operators"}),
            (self.stranger, set()),
        ):
            with self.subTest(user.login):
                self.assertEqual(self._menus(user), menus)

    def test_every_screen_opens_for_its_roles(self):
        for user in (self.clerk_benin, self.seller_benin, self.manager_benin):
            for model, views in (
                ("res.partner", ("list", "kanban", "form", "search")),
                ("telecom.line", ("list", "kanban", "form", "search")),
                ("telecom.segment", ("list", "form", "search")),
                ("crm.lead", ("list", "kanban", "form")),
            ):
                with self.subTest(user=user.login, model=model):
                    self.env[model].with_user(user).get_views(
                        [(False, view) for view in views]
                    )

    def test_claims_are_analysed_in_views_of_their_own(self):
        for action in ("action_telecom_claim", "action_telecom_claim_report"):
            views = self.env.ref(f"telecom_crm.{action}").views
            for mode in ("graph", "pivot", "list"):
                with self.subTest(action=action, mode=mode):
                    view = self.env.ref(f"telecom_crm.view_telecom_claim_{mode}")
                    self.assertIn((view.id, mode), views)

    def test_telephones_get_cards(self):
        """Without a kanban view, Odoo shows tables there that do not fit."""
        for action in ("segment", "source", "claim_level", "claim", "customer"):
            with self.subTest(action):
                modes = self.env.ref(f"telecom_crm.action_telecom_{action}").view_mode
                self.assertIn("kanban", modes.split(","))


@tagged("post_install", "-at_install", "telecom")
class TestOperatorsPage(HttpCase):
    def test_the_list_of_operators_is_the_platforms(self):
        action = self.env.ref("telecom_crm.action_telecom_operator")
        self.assertEqual(action.res_model, "res.company")
        menu = self.env.ref("telecom_crm.menu_operators")
        self.assertEqual(menu.group_ids, self.env.ref(PLATFORM))
        self.assertNotIn(self.env.ref(MANAGER), menu.group_ids)
