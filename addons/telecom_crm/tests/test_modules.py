"""What an operator's modules open and close, on each road."""

from odoo.exceptions import AccessError
from odoo.tests import BaseCase, HttpCase, tagged
from odoo.tools import mute_logger

from ..tools import modules
from .common import CLERK, MANAGER, PLATFORM, OperatorCase

DEPENDENCIES = {"offers": (), "billing": ("offers",), "dunning": ("billing",)}


@tagged("post_install", "-at_install", "telecom")
class TestModuleStates(BaseCase):
    def test_required(self):
        for code, found in (
            ("offers", set()),
            ("billing", {"offers"}),
            ("dunning", {"offers", "billing"}),
            ("unknown", set()),
        ):
            with self.subTest(code):
                self.assertEqual(modules.required(code, DEPENDENCIES), found)

    def test_a_circle_ends(self):
        circle = {"a": ("b",), "b": ("a",)}
        self.assertEqual(modules.required("a", circle), {"b"})
        self.assertEqual(modules.effective({"a": "off"}, circle)["b"], "off")

    def test_nothing_is_more_open_than_what_it_needs(self):
        for states, expected in (
            ({}, ("on", "on", "on")),
            ({"offers": "off"}, ("off", "off", "off")),
            ({"offers": "readonly"}, ("readonly", "readonly", "readonly")),
            ({"billing": "off"}, ("on", "off", "off")),
            (
                {"offers": "readonly", "dunning": "off"},
                ("readonly", "readonly", "off"),
            ),
        ):
            with self.subTest(states):
                found = modules.effective(states, DEPENDENCIES)
                self.assertEqual(
                    tuple(found[code] for code in ("offers", "billing", "dunning")),
                    expected,
                )

    def test_opening_opens_what_is_needed(self):
        states = {"offers": "off", "billing": "readonly", "dunning": "off"}
        for code, state, expected in (
            ("dunning", "on", {"offers": "on", "billing": "on"}),
            ("dunning", "readonly", {"offers": "readonly"}),
            ("dunning", "off", {}),
            ("offers", "on", {}),
        ):
            with self.subTest(code=code, state=state):
                self.assertEqual(
                    modules.raised(code, state, states, DEPENDENCIES), expected
                )

    def test_operations(self):
        for state, read, write in (
            ("on", True, True),
            ("readonly", True, False),
            ("off", False, False),
        ):
            with self.subTest(state):
                self.assertEqual(modules.allows(state, "read"), read)
                for operation in ("write", "create", "unlink"):
                    self.assertEqual(modules.allows(state, operation), write)


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestModules(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")
        cls.line = cls._line(cls.customer, "0197123456")
        cls.claim = cls._claim(cls.customer)
        cls.prospect = cls.env["crm.lead"].create(
            {"name": "Fibre", "company_id": cls.benin.id, "user_id": False}
        )
        cls.platform = cls._user(
            "t.platform", cls.provider | cls.benin | cls.tunisia, PLATFORM
        )

    def _can(self, record, user, operation):
        return record.with_user(user).with_context({}).has_access(operation)

    def test_a_fresh_operator_has_everything(self):
        fresh = self._company("Togo Test", "base.tg", tenant=True)
        codes = self.env["telecom.module"].search([]).mapped("code")
        self.assertEqual(len(codes), 8)
        for company in (fresh, self.benin, self.provider, self.shopkeeper):
            for code in codes:
                for operation in ("read", "write"):
                    self.assertTrue(company._telecom_allows(code, operation))

    def test_switching_counts_at_once_and_keeps_the_data(self):
        for code, record in (("claims", self.claim), ("prospecting", self.prospect)):
            with self.subTest(code):
                for state, read, write in (
                    ("readonly", True, False),
                    ("off", False, False),
                    ("on", True, True),
                ):
                    self.benin._telecom_set_module(code, state)
                    for user in (self.clerk_benin, self.manager_benin, self.agent):
                        self.assertEqual(self._can(record, user, "read"), read)
                        self.assertEqual(self._can(record, user, "write"), write)
                self.assertTrue(record.exists())

    def test_the_other_operator_goes_on(self):
        self.benin._telecom_set_module("claims", "off")
        other = self._claim(self._customer(self.tunisia, "Ali", "Trabelsi"))
        self.assertTrue(self._can(other, self.clerk_tunisia, "write"))
        found = self.env["helpdesk.ticket"].with_user(self.agent).search([])
        self.assertIn(other, found)
        self.assertNotIn(self.claim, found)

    def test_nothing_new_in_a_closed_module(self):
        for state in ("readonly", "off"):
            self.benin._telecom_set_module("claims", state)
            with self.subTest(state), self.assertRaises(AccessError):
                self.env["helpdesk.ticket"].with_user(self.clerk_benin).create(
                    {"name": "Panne", "description": "x", "company_id": self.benin.id}
                )

    def test_with_customers_off_the_records_others_need_stay(self):
        self.benin._telecom_set_module("customers", "off")
        self.assertTrue(self._can(self.customer, self.clerk_benin, "read"))
        self.assertTrue(self._can(self.line, self.clerk_benin, "read"))
        self.assertFalse(self._can(self.line, self.clerk_benin, "write"))
        self.assertEqual(
            self.claim.with_user(self.clerk_benin).partner_id.name, "Afi Dossou"
        )
        with self.assertRaises(AccessError):
            self.env["ir.actions.act_window"].with_user(self.clerk_benin)._for_xml_id(
                "telecom_crm.action_telecom_customer"
            )
        with self.assertRaises(AccessError):
            self.customer.with_user(self.clerk_benin).export_data(["name"])

    def test_the_error_names_the_module(self):
        self.benin._telecom_set_module("claims", "off")
        with self.assertRaisesRegex(AccessError, "Claims.*Bénin Test"):
            self.claim.with_user(self.clerk_benin).read(["name"])
        self.benin._telecom_set_module("claims", "readonly")
        with self.assertRaisesRegex(AccessError, "read-only"):
            self.claim.with_user(self.clerk_benin).write({"name": "x"})
        with self.assertRaisesRegex(AccessError, "top-secret"):
            self.claim.with_user(self.clerk_tunisia).write({"name": "x"})

    def test_menus_hide_when_no_company_has_the_module(self):
        menu = self.env.ref("telecom_crm.menu_claims")
        core = self.env.ref("helpdesk_mgmt.helpdesk_ticket_main_menu")

        def visible(user):
            Menu = self.env["ir.ui.menu"].with_user(user)
            menus = Menu.load_menus(False)
            roots = Menu.load_menus_root()["all_menu_ids"]
            self.assertEqual(core.id in menus, core.id in roots)
            return menu.id in menus

        self.assertTrue(visible(self.clerk_benin))
        self.benin._telecom_set_module("claims", "readonly")
        self.assertTrue(visible(self.clerk_benin))
        self.benin._telecom_set_module("claims", "off")
        self.assertFalse(visible(self.clerk_benin))
        self.assertTrue(visible(self.agent), "Other companies have it")
        self.assertTrue(visible(self.clerk_tunisia))
        self.benin._telecom_set_module("claims", "on")
        self.assertTrue(visible(self.clerk_benin))

    def test_actions_exports_and_reports_close(self):
        Window = self.env["ir.actions.act_window"]
        claims = "telecom_crm.action_telecom_claim"
        report = self.env["ir.actions.report"].create(
            {
                "name": "Claim",
                "model": "helpdesk.ticket",
                "report_type": "qweb-html",
                "report_name": "telecom_crm.test_report",
            }
        )
        self.env["ir.ui.view"].create(
            {
                "name": "test_report",
                "key": "telecom_crm.test_report",
                "type": "qweb",
                "arch": '<t><t t-foreach="docs" t-as="doc" t-out="doc.name"/></t>',
            }
        )
        user = self.manager_benin

        def roads():
            claim = self.claim.with_user(user).with_context({})
            return (
                lambda: Window.with_user(user)._for_xml_id(claims),
                lambda: claim.export_data(["name"]),
                lambda: report.with_user(user)._render_qweb_html(
                    report.report_name, claim.ids
                ),
                # For a cron, or whoever else is not bound by rules
                lambda: report.sudo()._render_qweb_html(report.report_name, claim.ids),
            )

        for state in ("on", "readonly"):
            self.benin._telecom_set_module("claims", state)
            for road in roads():
                self.assertTrue(road())
        self.benin._telecom_set_module("claims", "off")
        for number, road in enumerate(roads()):
            with self.subTest(number), self.assertRaises(AccessError):
                road()

    def test_what_a_module_needs(self):
        self.benin._telecom_set_module("offers", "off")
        self.assertFalse(self.benin._telecom_allows("billing"))
        self.benin._telecom_set_module("offers", "on")
        self.assertTrue(self.benin._telecom_allows("billing", "write"))
        self.benin._telecom_set_module("offers", "off")
        self.benin._telecom_set_module("billing", "on")
        self.assertTrue(self.benin._telecom_allows("offers", "write"))

    def test_a_company_that_is_no_operator_is_never_closed(self):
        self.shopkeeper._telecom_set_module("claims", "off")
        self.assertTrue(self.shopkeeper._telecom_allows("claims", "write"))
        self.shopkeeper.telecom_tenant = True
        self.assertFalse(self.shopkeeper._telecom_allows("claims"))
        self.shopkeeper.telecom_tenant = False
        self.assertTrue(self.shopkeeper._telecom_allows("claims"))

    def test_the_platforms_screen(self):
        benin = self.benin.with_user(self.platform)
        self.assertEqual(benin.telecom_module_claims, "on")
        benin.telecom_module_claims = "off"
        self.assertFalse(self.benin._telecom_allows("claims"))
        self.benin.invalidate_recordset()
        self.assertEqual(benin.telecom_module_claims, "off")
        self.assertEqual(benin.telecom_module_stock, "on")
        self.assertEqual(benin.telecom_module_billing, "on")
        benin.write({"telecom_module_offers": "off", "telecom_module_stock": "off"})
        self.assertEqual(benin.telecom_module_billing, "off", "It needs the offers")
        note = benin.telecom_module_notes["billing"]
        self.assertEqual(note["own"], "on", "It comes back with the offers")
        self.assertEqual(len(note["needs"]), 1)
        self.assertEqual(benin.telecom_module_stock, "off")
        action = self.env["ir.actions.act_window"].with_user(self.platform)
        self.assertTrue(action._for_xml_id("telecom_crm.action_telecom_module"))

    def test_nobody_else_switches(self):
        row = self.env["telecom.company.module"].create(
            {
                "company_id": self.benin.id,
                "module_id": self.env.ref("telecom_crm.module_claims").id,
                "state": "off",
            }
        )
        for user in (self.clerk_benin, self.manager_benin, self.agent):
            with self.subTest(user.login):
                self.assertFalse(self._can(row, user, "write"))
                self.assertFalse(self._can(row.module_id, user, "write"))
                with self.assertRaises(AccessError):
                    self.benin.with_user(user).telecom_module_claims = "on"
        self.assertTrue(self._can(row, self.manager_benin, "read"))
        self.assertFalse(self._can(row, self.manager_tunisia, "read"))

    def test_a_refusal_names_the_module_whose_rule_refuses(self):
        """Also actions, exports and reports of these models close with the module."""
        rules = self.env["ir.rule"].search(
            [("domain_force", "like", "telecom_closed(")]
        )
        self.assertTrue(rules)
        for rule in rules:
            model = rule.model_id.model
            with self.subTest(model):
                code = self.env["telecom.module"]._get_model_code(model)
                self.assertIn(f"telecom_closed('{code}'", rule.domain_force)

    def test_every_model_of_ours_has_its_switch(self):
        """Each model with an operator's data closes with a module."""
        free = {
            # The switches themselves, the operator's addresses and its people's mail
            "telecom.company.module",
            "telecom.host",
            "telecom.password.request",
            "telecom.notification",
            "telecom.help.request",
        }
        for name, model in sorted(self.env.items()):
            if (
                not name.startswith("telecom.")
                or model._original_module != "telecom_crm"
                or model._abstract
                or model._transient
                or "company_id" not in model._fields
                or name in free
                or not any(
                    self.env["ir.model.access"]
                    .with_user(self.manager_benin)
                    .check(name, operation, raise_exception=False)
                    for operation in ("write", "create", "unlink")
                )
            ):
                continue
            with self.subTest(name):
                code = model.env["telecom.module"]._get_model_code(name)
                self.assertTrue(code, "Which module does it belong to?")
                rules = self.env["ir.rule"].search(
                    [("model_id.model", "=", name), ("groups", "=", False)]
                )
                domains = rules.mapped("domain_force")
                self.assertTrue(
                    any(f"telecom_closed('{code}', 'write')" in d for d in domains)
                )


@tagged("post_install", "-at_install", "telecom")
class TestModulesHttp(HttpCase, OperatorCase):
    """The same from outside."""

    @mute_logger("odoo.http")
    def test_a_typed_address_opens_nothing(self):
        self._user("t.http", self.benin, f"{CLERK},{MANAGER}")
        self.benin._telecom_set_module("claims", "off")
        self.authenticate("t.http", "t.http")
        answer = self._ask(
            "/web/action/load", {"action_id": "telecom_crm.action_telecom_claim"}
        )
        self.assertIn("Claims", answer["error"]["data"]["message"])

    def _ask(self, url, params):
        return self.url_open(url, json={"params": params}).json()
