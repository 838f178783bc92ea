from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from .common import CLERK, MANAGER, SELLER, OperatorCase


class ColleagueCase(OperatorCase):
    def _colleague(self, user=None, manager=None, **values):
        """Return the dialog as a manager fills it in."""
        model = self.env["telecom.colleague"].with_user(manager or self.manager_benin)
        colleague = model.create({"user_id": user and user.id})
        colleague.write(
            {
                **({} if user else self._new()),
                "access": "password",
                **values,
            }
        )
        return colleague

    def _new(self):
        return {"name": "Rita Dossou", "email": "Rita@Benin-Test.example"}

    def _roles(self, *names):
        return [Command.set([self.env.ref(name).id for name in names])]


@tagged("post_install", "-at_install", "telecom")
class TestColleague(ColleagueCase):
    """An operator's manager looks after its people's accounts, and no other."""

    def test_create_a_colleague(self):
        form = Form(self.env["telecom.colleague"].with_user(self.manager_benin))
        self.assertEqual(form.role_ids.ids, self.env.ref(CLERK).ids, "The usual role")
        form.name = "Rita Dossou"
        form.email = "Rita@Benin-Test.example"
        form.access = "password"
        action = form.save().action_save()
        user = self.env["res.users"].search([("login", "=", "rita@benin-test.example")])
        self.assertEqual(user.company_ids, self.benin)
        self.assertTrue(user.has_group(CLERK))
        self.assertFalse(user.has_group(MANAGER))
        self.assertEqual(user.partner_id.company_id, self.benin)
        password = action["context"]["telecom_password"]
        self.env.flush_all()
        logged = user.with_user(user)._check_credentials(
            {"type": "password", "login": user.login, "password": password},
            {"interactive": True},
        )
        self.assertEqual(logged["uid"], user.id)
        colleague = self.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(colleague.password, "It is in the answer only")
        self.assertIn(
            self.manager_benin.partner_id, user.partner_id.message_ids.author_id
        )

    def test_change_roles_keeps_the_rest(self):
        extra = self.env.ref("helpdesk_mgmt.group_helpdesk_manager")
        self.clerk_benin.group_ids += extra
        self._colleague(
            self.clerk_benin, role_ids=self._roles(SELLER), phone="0197123456"
        ).action_save()
        self.assertTrue(self.clerk_benin.has_group(SELLER))
        self.assertFalse(self.clerk_benin.has_group(CLERK))
        self.assertIn(extra, self.clerk_benin.group_ids)
        self.assertEqual(self.clerk_benin.company_ids, self.benin)

    def test_close_and_open_again(self):
        self._colleague(self.clerk_benin).action_toggle_active()
        self.assertFalse(self.clerk_benin.active)
        self._colleague(self.clerk_benin).action_toggle_active()
        self.assertTrue(self.clerk_benin.active)

    def test_nothing_is_made_when_the_link_cannot_be_sent(self):
        Users = type(self.env["res.users"])
        colleague = self._colleague(access="invitation")
        with (
            patch.object(
                Users, "_action_reset_password", side_effect=MailDeliveryException
            ),
            self.assertRaises(UserError),
            self.cr.savepoint(),
        ):
            colleague.action_save()
        self.assertFalse(
            self.env["res.users"].search([("login", "=", "rita@benin-test.example")])
        )

    def test_a_login_elsewhere_is_not_told(self):
        with self.assertRaises(UserError) as caught:
            self._colleague(email="ana@elsewhere.example").action_save()
            self._colleague(
                email="ana@elsewhere.example", manager=self.manager_tunisia
            ).action_save()
        self.assertNotIn(self.benin.name, str(caught.exception))


@tagged("post_install", "-at_install", "telecom")
class TestColleagueAttack(ColleagueCase):
    """What a manager might try with the dialog, through RPC."""

    def test_no_role_beyond_ones_own(self):
        for name in (
            "base.group_system",
            "base.group_erp_manager",
            "base.group_multi_company",
            "telecom_crm.group_telecom_platform",
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                self._colleague(role_ids=self._roles(CLERK, name)).action_save()
            with self.subTest(name), self.assertRaises(AccessError):
                self._colleague(
                    self.clerk_benin, role_ids=self._roles(CLERK, name)
                ).action_save()
        grantable = (
            self.env["res.users"]
            .with_user(self.manager_benin)
            ._telecom_grantable_roles()
        )
        admin = self.env.ref("base.group_erp_manager")
        self.assertIn(self.env.ref(MANAGER), grantable)
        self.assertIn(self.env.ref(SELLER), grantable)
        self.assertNotIn(admin, grantable.all_implied_ids)

    def test_only_managers(self):
        for user in (self.clerk_benin, self.seller_benin, self.agent, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._colleague(manager=user)

    def test_nobody_else_is_touched(self):
        boss = self._user("t.boss.benin", self.benin, f"{MANAGER},base.group_system")
        portal = self._user("t.portal.benin", self.benin, "base.group_portal")
        both = self._user("t.both", self.benin | self.tunisia, CLERK)
        Colleague = self.env["telecom.colleague"].with_user(self.manager_benin)
        for user in (
            self.clerk_tunisia,
            self.manager_tunisia,
            self.agent,
            self.stranger,
            self.manager_benin,
            self.env.ref("base.user_admin"),
            self.env.ref("base.user_root"),
            boss,
            portal,
            both,
        ):
            before = user.sudo().read(["login", "name", "active", "group_ids"])
            for button in ("action_save", "action_toggle_active"):
                with self.subTest(user.login, button=button):
                    with self.assertRaises(AccessError):
                        # All that is computed is given, so that nothing is read
                        colleague = Colleague.create(
                            {
                                "user_id": user.id,
                                "name": "Taken Over",
                                "email": "mine@benin-test.example",
                                "lang": "en_US",
                                "phone": "",
                                "renew": True,
                                "access": "password",
                                "role_ids": self._roles(CLERK),
                            }
                        )
                        getattr(colleague, button)()
            with self.subTest(user.login), self.assertRaises(AccessError):
                user.with_user(self.manager_benin).action_telecom_colleague()
            user.invalidate_recordset()
            self.assertEqual(
                user.sudo().read(["login", "name", "active", "group_ids"]), before
            )
        self.assertFalse(
            any(
                user.with_user(self.manager_benin).telecom_manageable
                for user in (self.manager_benin, boss, both)
            )
        )

    def test_the_callers_context_writes_nothing(self):
        victim = self._customer(self.tunisia, "Leila", "Trabelsi")
        colleague = self._colleague().with_context(
            default_partner_id=victim.id,
            default_company_ids=[Command.set(self.tunisia.ids)],
            default_group_ids=[Command.link(self.env.ref("base.group_system").id)],
            default_active=False,
        )
        colleague.action_save()
        user = self.env["res.users"].search([("login", "=", "rita@benin-test.example")])
        self.assertEqual(user.company_ids, self.benin)
        self.assertNotEqual(user.partner_id, victim)
        self.assertTrue(user.active)
        self.assertFalse(user.has_group("base.group_system"))

    def test_another_operators_dialog(self):
        colleague = self._colleague(self.clerk_benin)
        with self.assertRaises(AccessError):
            colleague.with_user(self.manager_tunisia).action_save()
        with self.assertRaises(AccessError):
            self._colleague().with_company(self.tunisia).action_save()

    def test_users_stay_closed_and_secrets_unread(self):
        user = self.clerk_benin.with_user(self.manager_benin)
        for values in (
            {"name": "Me"},
            {"password": "x"},
            {"company_ids": [Command.link(self.tunisia.id)]},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                user.write(values)
        self.clerk_benin.password = "secret-of-a-clerk"
        # Odoo's own: nobody reads it, not even an administrator
        with self.assertRaises(AccessError):
            self.env["res.users.apikeys"].with_user(self.manager_benin).create({})
        names = set(self.env["telecom.colleague"]._fields) & {"password"}
        self.assertEqual(
            self._colleague(self.clerk_benin).read(names)[0]["password"], False
        )


@tagged("post_install", "-at_install", "telecom")
class TestColleagueTour(ColleagueCase, HttpCase):
    def test_tour(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.manager_benin.lang = "fr_FR"
        self.start_tour(
            "/odoo/telecom-colleagues", "telecom_crm_colleague", login="t.manager.benin"
        )
        user = (
            self.env["res.users"]
            .with_context(active_test=False)
            .search([("login", "=", "rita@benin-test.example")])
        )
        self.assertTrue(user.has_group(CLERK))
        self.assertFalse(user.active)
