import time
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.telecom_crm.tools.holiday import public_holidays

from .common import MANAGER, PLATFORM, OperatorCase

# What is made of an operator, by the method that makes it
STEPS = (
    ("telecom.operator.onboarding", "_create_company"),
    ("telecom.operator.onboarding", "_create_hosts"),
    ("telecom.operator.onboarding", "_create_manager"),
    ("res.company", "_telecom_onboard_calendar"),
    ("res.company", "_telecom_onboard_segments"),
    ("res.company", "_telecom_onboard_claims"),
    ("res.company", "_telecom_onboard_accounting"),
    ("telecom.operator.onboarding", "_switch_modules"),
    ("telecom.operator.onboarding", "_invite"),
)
COUNTED = (
    "res.company",
    "res.users",
    "res.partner",
    "telecom.host",
    "telecom.segment",
    "helpdesk.ticket.team",
    "helpdesk.ticket.category",
    "helpdesk.ticket.stage",
    "resource.calendar",
    "resource.calendar.leaves",
    "ir.sequence",
    "mail.mail",
)


class OnPurposeError(Exception):
    pass


@tagged("post_install", "-at_install", "telecom")
class TestOnboarding(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform = cls._user("t.platform", cls.provider, PLATFORM)
        cls.env["ir.config_parameter"].set_param("web.base.url", "https://telecom.test")

    def _wizard(self, **values):
        """Fill both pages in; the operator is not made yet."""
        pages = (
            {
                "name": "Essai Mobile",
                "country_id": self.env.ref("base.tg"),
                "kind": "operator",
                "primary_color": "#ffcc00",
            },
            {
                "manager_name": "Ama Mensah",
                "manager_email": "Ama@essai-mobile.example",
                "manager_access": "password",
                "lang": "en_US",
            },
        )
        wizard = self.env["telecom.operator.onboarding"].with_user(self.platform)
        for number, page in enumerate(pages):
            form = Form(wizard)
            for name, value in page.items():
                setattr(form, name, values.get(name, value))
            wizard = form.save()
            if not number:
                wizard.action_next()
        return wizard

    def test_the_country_fills_in_the_rest(self):
        form = Form(self.env["telecom.operator.onboarding"].with_user(self.platform))
        form.name = "Togo Mobile & Fils"
        form.country_id = self.env.ref("base.tg")
        self.assertEqual(form.currency_id, self.env.ref("base.XOF"))
        self.assertEqual(form.tz, "Africa/Lome")
        self.assertIn("+228", form.plan)
        wizard = form.save()
        self.assertEqual(wizard.host_name, "togo-mobile-fils.telecom.test")
        self.assertEqual(len(wizard.module_ids), 8)
        form.kind = "bank"
        self.assertNotIn("offers", form.save().module_ids.mapped("code"))

    def test_an_operator_is_ready_to_work_in_under_a_minute(self):
        start = time.perf_counter()
        wizard = self._wizard()
        answer = wizard.action_create_operator()
        seconds = time.perf_counter() - start
        self.assertLess(seconds, 60)

        company = wizard.company_id
        self.assertTrue(company.telecom_tenant)
        self.assertEqual(company.currency_id, self.env.ref("base.XOF"))
        self.assertEqual(company.email_secondary_color, "#ffcc00")
        self.assertEqual(company.email_primary_color, "#000000")
        self.assertEqual(
            wizard.url, "https://essai-mobile.telecom.test/web/login", "The login page"
        )

        manager = self.env["res.users"].search([("company_id", "=", company.id)])
        self.assertEqual(manager.login, "ama@essai-mobile.example")
        self.assertTrue(manager.has_group(MANAGER))
        self.assertEqual(manager.company_ids, company)
        self.assertEqual(manager.partner_id.company_id, company)
        password = answer["context"]["telecom_password"]
        self.env["res.users"].with_user(manager)._check_credentials(
            {"login": manager.login, "password": password, "type": "password"},
            {"interactive": True},
        )

        # The manager works: a customer, a line, a claim
        here = self.env(user=manager, context={"allowed_company_ids": company.ids})
        teams = here["helpdesk.ticket.team"].search([("company_id", "=", company.id)])
        self.assertEqual(len(teams), 3)
        # Each branch has its team, whose categories are of that branch
        self.assertEqual(
            set(teams.mapped("telecom_branch")),
            {"technical", "financial", "relational"},
        )
        for team in teams:
            self.assertEqual(
                set(team.category_ids.mapped("telecom_branch")), {team.telecom_branch}
            )
        levels = here["telecom.claim.level"].search([("company_id", "=", company.id)])
        self.assertEqual(levels.calendar_id, company.resource_calendar_id)
        for branch in ("technical", "financial", "relational"):
            level = levels._telecom_find(company, branch, "1")
            self.assertTrue(level.response_hours and level.resolution_hours)
            # A claim of a branch alone comes to that branch's team
            claim = here["helpdesk.ticket"].create(
                {"name": branch, "telecom_branch": branch, "user_id": False}
            )
            self.assertEqual(claim.team_id.telecom_branch, branch)
            self.assertEqual(claim.telecom_level_id, level)
            self.assertTrue(claim.telecom_resolution_deadline)
        self.assertEqual(
            set(teams.category_ids.mapped("telecom_branch")),
            {"technical", "financial", "relational"},
        )
        customer = here["res.partner"].create(
            {"name": "Kossi Adjo", "telecom_customer": True, "phone": "90 11 23 45"}
        )
        self.assertEqual(customer.telecom_customer_number, "C000001")
        here["telecom.line"].create(
            {"msisdn": "90112345", "partner_id": customer.id, "state": "active"}
        )
        claim = here["helpdesk.ticket"].create(
            {
                "name": "Réseau",
                "description": "x",
                "partner_id": customer.id,
                "team_id": teams[0].id,
            }
        )
        self.assertEqual(claim.company_id, company)

        segments = here["telecom.segment"].search([("company_id", "=", company.id)])
        self.assertEqual(segments.mapped("code")[:2], ["VIP", "GOLD"])
        calendar = company.resource_calendar_id
        self.assertEqual(calendar.tz, "Africa/Lome")
        self.assertTrue(calendar.global_leave_ids)

    def test_names_are_in_every_language(self):
        if not self.env["res.lang"]._lang_get("fr_FR"):
            self.env["res.lang"]._activate_lang("fr_FR")
        wizard = self._wizard(lang="fr_FR")
        wizard.action_create_operator()
        domain = [("company_id", "=", wizard.company_id.id)]
        teams = self.env["helpdesk.ticket.team"].search(domain)
        self.assertIn(
            "Technical Support", teams.with_context(lang="en_US").mapped("name")
        )
        self.assertIn(
            "Support technique", teams.with_context(lang="fr_FR").mapped("name")
        )
        names = wizard.company_id.resource_calendar_id.global_leave_ids.mapped("name")
        self.assertTrue(names)

    def test_failing_at_each_step_leaves_nothing_behind(self):
        counts = {
            model: self.env[model]
            .sudo()
            .with_context(active_test=False)
            .search_count([])
            for model in COUNTED
        }
        for model, method in STEPS:
            wizard = self._wizard(manager_access="invitation")
            original = getattr(self.registry[model], method)

            def fail(record, *args, original=original, **kwargs):
                # After its work, so that there is something to leave behind
                original(record, *args, **kwargs)
                raise OnPurposeError

            with (
                self.subTest(method),
                patch.object(self.registry[model], method, fail),
                self.assertRaises(OnPurposeError),
                self.env.cr.savepoint(),
            ):
                wizard.action_create_operator()
            self.assertFalse(wizard.company_id)
            self.assertEqual(wizard.step, "access")
            for name, count in counts.items():
                with self.subTest(method=method, model=name):
                    found = self.env[name].sudo().with_context(active_test=False)
                    self.assertEqual(found.search_count([]), count)
        # And the same page works when the reason is gone
        wizard.action_create_operator()
        self.assertTrue(wizard.company_id)

    def test_nothing_is_installed_on_the_way(self):
        wizard = self._wizard()
        Module = self.registry["ir.module.module"]
        with patch.object(
            Module, "button_immediate_install", side_effect=AssertionError
        ):
            wizard.action_create_operator()

    def test_what_is_missing_is_named(self):
        wizard = self._wizard()
        wizard.action_back()
        wizard.name = False
        with self.assertRaisesRegex(UserError, "Operator's Name"):
            wizard.action_next()
        wizard.name = self.benin.name
        with self.assertRaisesRegex(UserError, "named"):
            wizard.action_next()
        wizard.name = "Essai Mobile"
        wizard.action_next()
        self.env["telecom.host"].create(
            {"name": "taken.test", "company_id": self.benin.id}
        )
        for values, message in (
            ({"manager_email": "no address"}, "e-mail address"),
            ({"manager_email": "ama@togo.example", "host_name": "no host"}, "no host"),
            ({"host_name": "taken.test"}, "another"),
        ):
            wizard.write(values)
            with self.subTest(message), self.assertRaisesRegex(UserError, message):
                wizard.action_create_operator()

    def test_modules_not_chosen_are_off(self):
        claims = self.env.ref("telecom_crm.module_claims")
        wizard = self._wizard()
        wizard.module_ids -= claims
        wizard.action_create_operator()
        self.assertFalse(wizard.company_id._telecom_allows("claims"))
        self.assertTrue(wizard.company_id._telecom_allows("customers"))

    def test_a_bank_has_no_lines(self):
        wizard = self._wizard(name="Banque du Golfe", kind="bank")
        wizard.action_create_operator()
        company = wizard.company_id
        self.assertEqual(company.telecom_kind, "bank")
        self.assertFalse(company._telecom_allows("offers"))
        manager = self.env["res.users"].search([("company_id", "=", company.id)])
        menus = self.env["ir.ui.menu"].with_user(manager).load_menus(False)
        self.assertNotIn(self.env.ref("telecom_crm.menu_lines").id, menus)
        self.assertIn(self.env.ref("telecom_crm.menu_customers").id, menus)
        menus = self.env["ir.ui.menu"].with_user(self.manager_benin).load_menus(False)
        self.assertIn(self.env.ref("telecom_crm.menu_lines").id, menus)

    def test_only_the_platform_creates_operators(self):
        for user in (self.manager_benin, self.clerk_benin, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["telecom.operator.onboarding"].with_user(user).create({})

    def test_public_holidays(self):
        for country, lang, expected in (
            ("BJ", "fr_FR", "Fête du Nouvel An"),
            ("TN", "fr_FR", "New Year's Day"),
            ("FR", "fr_FR", "Jour de l'an"),
        ):
            with self.subTest(country):
                self.assertEqual(public_holidays(country, [2026], lang)[0][1], expected)
        self.assertEqual(public_holidays("XX", [2026], "fr_FR"), [])


@tagged("post_install", "-at_install", "telecom")
class TestOnboardingTour(HttpCase):
    def test_tour(self):
        env = self.env(context={"no_reset_password": True})
        env["res.lang"]._activate_lang("fr_FR")
        self.env.ref("base.user_admin").lang = "fr_FR"
        self.start_tour(
            "/odoo/telecom-operators", "telecom_operator_onboarding", login="admin"
        )
        company = self.env["res.company"].search([("name", "=", "Lomé Essai")])
        self.assertTrue(company.telecom_tenant)
        self.assertEqual(len(company.telecom_host_ids), 1)
