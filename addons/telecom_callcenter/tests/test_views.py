from lxml import etree

from odoo import fields
from odoo.tests import Form, tagged

from .common import TelecomCallcenterCommon


@tagged("post_install", "-at_install", "telecom")
class TestViews(TelecomCallcenterCommon):
    """Every menu opens for those who see it, in French."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.env["ir.module.module"].search(
            [("name", "in", ("telecom_crm", "telecom_callcenter", "sms", "rating"))]
        )._update_translations(["fr_FR"])

    def menus(self, user):
        """Yield the contact centre's menus with an action, as this user sees them."""
        env = self.as_user(self.env["ir.ui.menu"], user).with_context(lang="fr_FR")
        menus = env.env["ir.ui.menu"].load_menus(False)
        root = self.env.ref("telecom_callcenter.menu_root").id
        waiting = [root] if root in menus else []
        while waiting:
            menu = menus[waiting.pop()]
            waiting += menu["children"]
            if menu["action_model"] == "ir.actions.act_window":
                yield menu["name"], menu["action_id"]

    def open(self, user, action_id):
        """Open an action as the web client does: its views, then its records."""
        ids = user.company_ids.ids
        env = self.env(
            user=user, context={"lang": "fr_FR", "allowed_company_ids": ids}, su=False
        )
        action = env["ir.actions.act_window"].browse(action_id).sudo().read()[0]
        model = env[action["res_model"]]
        views = [(False, kind) for kind in action["view_mode"].split(",")]
        views.append((False, "search"))
        result = model.get_views(views, {"action_id": action_id, "load_filters": True})
        for kind in ("list", "kanban", "form"):
            if kind not in result["views"]:
                continue
            arch = etree.fromstring(result["views"][kind]["arch"])
            names = {
                node.get("name")
                for node in arch.iter("field")
                if not any(parent.tag == "field" for parent in node.iterancestors())
            }
            model.web_search_read(
                [], {name: {} for name in names if name in model._fields}, limit=5
            )
        return action, result

    def test_every_menu_opens_for_its_role(self):
        customer = self._customer()
        call = self._call(agent=self.agent, partner_id=customer.id, state="ended")
        self._hang_up(call, self.agent)
        seen = {}
        for user in (
            self.user_agent,
            self.user_supervisor,
            self.user_admin,
            self.manager_benin,
        ):
            names = []
            for name, action_id in self.menus(user):
                with self.subTest(user=user.login, menu=name):
                    names.append(name)
                    action, _views = self.open(user, action_id)
                    self.assertTrue(action["help"], "an empty list says what to do")
            seen[user] = names
        self.assertLessEqual(
            {"Mes appels", "Rappels", "Clients"}, set(seen[self.user_agent])
        )
        self.assertNotIn("Campagnes", seen[self.user_agent])
        self.assertNotIn("Téléconseillers en direct", seen[self.user_agent])
        self.assertLessEqual(
            {"Téléconseillers en direct", "Files d'attente", "Appels"},
            set(seen[self.user_supervisor]),
        )
        self.assertNotIn("PBX", seen[self.user_supervisor])
        self.assertLessEqual(
            {"PBX", "Campagnes", "Lignes SIP"}, set(seen[self.user_admin])
        )
        self.assertIn("Appels", seen[self.manager_benin])
        self.assertNotIn("PBX", seen[self.manager_benin])

    def test_a_customer_without_contact_centre_does_not_see_it(self):
        self.assertFalse(list(self.menus(self.clerk_benin)))

    def test_forms_open_on_records(self):
        call = self._call(agent=self.agent, state="ended", outcome="answered")
        wrapup = self._hang_up(call, self.agent)
        for user, records in (
            (self.user_agent, (call, wrapup)),
            (self.manager_benin, (call, wrapup, self.queue_benin, self.campaign_benin)),
            (
                self.user_admin,
                (self.pbx, self.agent, self.queue_benin, self.campaign_benin),
            ),
        ):
            for record in records:
                with self.subTest(user=user.login, model=record._name):
                    self._open_form(user, record)

    def _open_form(self, user, record):
        record = self.as_user(record, user)
        arch = etree.fromstring(
            record.get_views([(False, "form")])["views"]["form"]["arch"]
        )
        specification = {}
        for node in arch.iter("field"):
            if not list(node.iterancestors("field")):
                specification.setdefault(node.get("name"), {})
        for node in arch.iter("field"):
            parents = list(node.iterancestors("field"))
            if len(parents) == 1:
                parent = specification[parents[0].get("name")]
                parent.setdefault("fields", {})[node.get("name")] = {}
        self.assertTrue(record.web_read(specification))

    def test_supervisor_acts_on_agents(self):
        agent = self.as_user(self.agent, self.user_supervisor)
        self.agent._set_presence("ready")
        action = agent.action_force_not_ready()
        wizard = (
            self.as_user(self.env["telecom.agent.pause"], self.user_supervisor)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(wizard.agent_ids, agent)
        wizard.action_confirm()
        self.assertEqual(self.agent.presence, "not_ready")
        self.assertEqual(self.agent.presence_reason_kind, "forced")
        agent.action_force_ready()
        self.assertEqual(self.agent.presence, "ready")
        agent.action_force_logout()
        self.assertEqual(self.agent.presence, "offline")

    def test_provider_chooses_the_operator_of_what_it_creates(self):
        Queue = self.env["telecom.queue"]
        for companies, expected in (
            (self.provider | self.benin | self.tunisia, False),
            (self.provider | self.benin, self.benin.id),
            (self.tunisia | self.provider, self.tunisia.id),
        ):
            with self.subTest(companies.mapped("name")):
                queues = self.as_user(Queue, self.user_admin, *companies)
                default = queues.default_get(["company_id"]).get("company_id", False)
                self.assertEqual(default, expected)

    def test_service_number_is_added_on_the_campaigns_form(self):
        """With several operators active, it belongs to the campaign's."""
        campaign = self.as_user(self.campaign_tunisia, self.user_admin)
        with Form(campaign) as form, form.did_ids.new() as did:
            did.number = "1200"
            did.pbx_id = self.as_user(self.pbx, self.user_admin)
        self.assertEqual(self.campaign_tunisia.did_ids.company_id, self.tunisia)

    def test_link_health(self):
        status = self.pbx.status_ids
        self.assertEqual(self.pbx.link_health, "never")
        for state, seconds, health in (
            ("up", 2, "up"),
            ("connecting", 2, "starting"),
            ("down", 2, "down"),
            ("up", 60, "silent"),
        ):
            with self.subTest(state=state, seconds=seconds):
                status.write(
                    {
                        "link_state": state,
                        "heartbeat_at": self._ago(seconds),
                    }
                )
                self.assertEqual(self.pbx.link_health, health)

    def _ago(self, seconds):
        return fields.Datetime.subtract(fields.Datetime.now(), seconds=seconds)

    def test_apply_again_raises_the_revision(self):
        self.env.flush_all()
        self.pbx.action_apply_configuration()
        self.assertTrue(
            self.env.cr.precommit.data.get("telecom.pbx.configuration"),
            "the gateway is told at commit",
        )

    def test_checklist(self):
        campaign = self.campaign_benin
        self.assertTrue(campaign.checklist)
        self.assertEqual(
            campaign.checklist.count("•"), len(campaign._missing_to_go_live())
        )
