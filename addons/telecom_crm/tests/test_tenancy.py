"""Nobody of an operator sees, finds or changes what belongs to another.

Roles × companies; the models are found in the registry, so that a new one is walked
as soon as it exists.
"""

import base64
import contextlib

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import OperatorCase


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestTenancy(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(
            cls.benin, "Afi", "Dossou", phone="0197123456", email="afi@example.com"
        )
        cls.line = cls._line(cls.customer, "0197123456")
        cls.claim = cls._claim(cls.customer)
        cls.prospect = cls.env["crm.lead"].create(
            {"name": "Fibre", "company_id": cls.benin.id, "user_id": False}
        )
        # What Benin owns, by model
        cls.owned = {
            "res.partner": cls.customer,
            "res.users": cls.clerk_benin,
            "telecom.line": cls.line,
            "telecom.segment": cls.vip_benin,
            "telecom.line.event": cls.line.event_ids[:1],
            "telecom.identity.document": cls.env["telecom.identity.document"].create(
                {"partner_id": cls.customer.id, "number": "BJ771234"}
            ),
            "telecom.consent": cls.env["telecom.consent"].create(
                {
                    "company_id": cls.benin.id,
                    "partner_id": cls.customer.id,
                    "channel": "sms",
                }
            ),
            "telecom.do.not.call": cls.env["telecom.do.not.call"].create(
                {"company_id": cls.benin.id, "number": "+2290197123456"}
            ),
            "telecom.source": cls.env["telecom.source"].create(
                {"company_id": cls.benin.id, "name": "Catalogue"}
            ),
            "telecom.host": cls.env["telecom.host"].create(
                {"company_id": cls.benin.id, "name": "benin.test"}
            ),
            "telecom.company.module": cls.env["telecom.company.module"].create(
                {
                    "company_id": cls.benin.id,
                    "module_id": cls.env.ref("telecom_crm.module_claims").id,
                }
            ),
            "telecom.claim.level": cls.env["telecom.claim.level"].search(
                [("company_id", "=", cls.benin.id)], limit=1
            ),
            "telecom.solution": cls.env["telecom.solution"].create(
                {"company_id": cls.benin.id, "name": "Réseau relancé"}
            ),
            "helpdesk.ticket": cls.claim,
            "crm.lead": cls.prospect,
            "helpdesk.ticket.category": cls.env["helpdesk.ticket.category"].create(
                {"name": "Réseau", "company_id": cls.benin.id}
            ),
        }
        column = {"company_id": cls.benin.id, "heading": "Mois"}
        usage_import = cls.env["telecom.usage.import"].create(
            {
                "company_id": cls.benin.id,
                "name": "conso.csv",
                "file": base64.b64encode(b"Num\xc3\xa9ro;Mois;SMS\n"),
                "column_ids": [Command.create(column)],
            }
        )
        customer_import = cls.env["telecom.customer.import"].create(
            {
                "company_id": cls.benin.id,
                "name": "clients.csv",
                "file": base64.b64encode(b"Nom;Ville\n"),
            }
        )
        cls.env["telecom.usage.summary"]._record(
            cls.benin, [(cls.line.id, fields.Date.to_date("2026-01-01"), 1, 1, 1, 1)]
        )
        cls.owned |= {
            "telecom.usage.class": cls.env["telecom.usage.class"].create(
                {"name": "Petits", "company_id": cls.benin.id}
            ),
            "telecom.usage.import": usage_import,
            "telecom.usage.import.column": usage_import.column_ids[:1],
            "telecom.usage.import.error": cls.env["telecom.usage.import.error"].create(
                {"import_id": usage_import.id, "company_id": cls.benin.id}
            ),
            "telecom.customer.import": customer_import,
            "telecom.customer.import.column": customer_import.column_ids[:1],
            "telecom.customer.import.error": cls.env[
                "telecom.customer.import.error"
            ].create({"import_id": customer_import.id, "company_id": cls.benin.id}),
            "telecom.usage.summary": cls.env["telecom.usage.summary"].search(
                [("line_id", "=", cls.line.id)]
            ),
            "telecom.registration": cls.env["telecom.registration"].create(
                {
                    "company_id": cls.benin.id,
                    "kind": "prospect",
                    "channel": "sms",
                    "address": "+2290197000009",
                }
            ),
        }
        cls.others = (
            cls.clerk_tunisia,
            cls.manager_tunisia,
            cls.seller_tunisia,
        )

    def _reads(self, record, user):
        """Return what of a record a user gets at, on each of the ORM's roads."""
        record = record.with_user(user).with_context({})
        found = []
        Model = record.browse()
        domain = [("id", "=", record.id)]

        def allowed(road, action):
            # AccessError is a UserError
            with contextlib.suppress(UserError):
                if action():
                    found.append(road)

        text = self.env[record._name].browse(record.id).display_name
        allowed("search", lambda: Model.search(domain))
        allowed("search_count", lambda: Model.search_count(domain))
        allowed("read", lambda: record.read(["display_name"]))
        allowed("web_read", lambda: record.web_read({"display_name": {}}))
        allowed("search_read", lambda: Model.search_read(domain, ["display_name"]))
        allowed(
            "name_search",
            lambda: [row for row in Model.name_search(text) if row[0] == record.id],
        )
        allowed("read_group", lambda: Model._read_group(domain, [], ["__count"])[0][0])
        allowed(
            "formatted_read_group",
            lambda: Model.formatted_read_group(domain, ["create_uid"], ["__count"]),
        )
        allowed("export", lambda: record.export_data(["display_name"])["datas"])
        return found

    def _changes(self, record, user):
        record = record.with_user(user).with_context({})
        field = record._rec_name if record._rec_name in record._fields else "id"
        found = []
        for road, action in (
            ("write", lambda: record.write({field: record.sudo()[field]})),
            ("copy", lambda: record.copy()),
            ("unlink", lambda: record.unlink()),
        ):
            with contextlib.suppress(AccessError):
                with self.env.cr.savepoint():
                    action()
                found.append(road)
        return found

    def test_no_role_of_another_operator_reads(self):
        for model, record in self.owned.items():
            for user in self.others:
                with self.subTest(model=model, user=user.login):
                    self.assertFalse(self._reads(record, user))

    def test_no_role_of_another_operator_changes(self):
        for model, record in self.owned.items():
            for user in self.others:
                with self.subTest(model=model, user=user.login):
                    self.assertFalse(self._changes(record, user))

    def test_nobody_creates_for_another_operator(self):
        for model, values in (
            ("res.partner", {"name": "Intrus"}),
            ("telecom.segment", {"name": "Intrus"}),
            ("telecom.line", {"msisdn": "+2290197000009"}),
            ("crm.lead", {"name": "Intrus"}),
            ("helpdesk.ticket", {"name": "Intrus", "description": "x"}),
        ):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(self.manager_tunisia).create(
                    {**values, "company_id": self.benin.id}
                )

    def test_ones_own_records_are_there(self):
        for model, record in self.owned.items():
            with self.subTest(model):
                self.assertIn("search", self._reads(record, self.clerk_benin))
                self.assertIn("web_read", self._reads(record, self.manager_benin))

    def test_every_model_of_ours_is_strictly_of_its_company(self):
        """Each model with an operator's data has the company and the strict rule."""
        models = [
            model
            for name, model in self.env.items()
            if name.startswith("telecom.")
            and model._original_module == "telecom_crm"
            and not model._abstract
            and not model._transient
        ]
        self.assertTrue(models)
        for model in models:
            access = self.env["ir.model.access"].with_user(self.manager_benin)
            if not access.check(model._name, "read", raise_exception=False):
                continue  # the platform's
            if "company_id" not in model._fields:
                # A catalogue, or written by the system only
                self.assertFalse(
                    access.check(model._name, "write", raise_exception=False),
                    model._name,
                )
                continue
            with self.subTest(model._name):
                self.assertTrue(model._fields["company_id"].required)
                self.assertTrue(model._fields["company_id"].index)
                if any(
                    getattr(field, "check_company", False)
                    for field in model._fields.values()
                ):
                    self.assertTrue(model._check_company_auto)
                domains = (
                    self.env["ir.rule"]
                    .search(
                        [("model_id.model", "=", model._name), ("groups", "=", False)]
                    )
                    .mapped("domain_force")
                )
                self.assertTrue(
                    any("('company_id', 'in', company_ids)" in d for d in domains)
                )

    def test_what_belongs_to_an_operator_stays_there(self):
        """People who work for several operators move nothing between them."""
        for name in ("telecom.line", "telecom.segment", "helpdesk.ticket", "crm.lead"):
            record = self.owned[name].with_user(self.agent).with_context({})
            with self.subTest(name), self.assertRaises(UserError):
                record.write({"company_id": self.tunisia.id})
                self.env.flush_all()
        partner = self._customer(self.benin, "Sena", "Kora").with_user(self.agent)
        with self.assertRaises(UserError):
            partner.company_id = self.tunisia
        # The platform mends what went astray
        partner.sudo().company_id = self.tunisia

    def test_nobody_names_what_he_may_not_read(self):
        """Core shows the name of whatever a record points to."""
        lead = self.env["crm.lead"].with_user(self.seller_tunisia).create({"name": "x"})
        for action in (
            lambda: lead.write({"partner_id": self.customer.id}),
            lambda: lead.copy({"partner_id": self.customer.id}),
            lambda: (
                self.env["helpdesk.ticket"]
                .with_user(self.clerk_tunisia)
                .create(
                    {"name": "x", "description": "x", "partner_id": self.customer.id}
                )
            ),
        ):
            with self.assertRaises(AccessError):
                action()

    def test_no_conversation_with_strangers(self):
        Channel = self.env["discuss.channel"].with_user(self.clerk_tunisia)
        stranger = self.clerk_benin.partner_id
        with self.assertRaises(AccessError):
            Channel._create_group([stranger.id])
        channel = Channel._create_channel("Tunis", None)
        with self.assertRaises(AccessError):
            channel.add_members([stranger.id])
        self.assertNotIn(
            stranger, Channel._get_or_create_chat([stranger.id]).channel_partner_ids
        )
        general = self.env.ref("mail.channel_all_employees", raise_if_not_found=False)
        if general:
            self.assertNotIn(stranger, general.channel_partner_ids)

    def test_catalogues_are_read_only(self):
        language = self.env["telecom.language"].search([], limit=1)
        for user in (self.clerk_benin, self.manager_benin, self.agent, self.stranger):
            with self.subTest(user.login):
                self.assertTrue(language.with_user(user).name)
                with self.assertRaises(AccessError):
                    language.with_user(user).name = "x"

    def test_the_provider_sees_the_operator_he_works_for_now(self):
        Line = self.env["telecom.line"].with_user(self.agent)
        for companies, seen in (
            (self.benin, True),
            (self.provider | self.benin | self.tunisia, True),
            (self.tunisia, False),
            (self.provider, False),
        ):
            context = {"allowed_company_ids": companies.ids}
            with self.subTest(companies.mapped("name")):
                self.assertEqual(
                    bool(
                        Line.with_context(**context).search([("id", "=", self.line.id)])
                    ),
                    seen,
                )
                self.assertEqual(
                    bool(
                        self.env["res.partner"]
                        .with_user(self.agent)
                        .with_context(**context)
                        .search([("id", "=", self.customer.id)])
                    ),
                    seen,
                )

    def test_a_company_that_is_not_allowed_cannot_be_asked_for(self):
        with self.assertRaises(AccessError):
            self.env["telecom.line"].with_user(self.clerk_tunisia).with_context(
                allowed_company_ids=self.benin.ids
            ).search([])

    def test_partners_without_company_are_nobodys_among_operators(self):
        stray = self.env["res.partner"].create({"name": "Sans société"})
        self.assertFalse(stray.company_id)
        for user in (self.clerk_benin, self.manager_tunisia, self.agent):
            with self.subTest(user.login):
                self.assertFalse(self._reads(stray, user))

    def test_colleagues_see_each_other_and_no_stranger(self):
        Users = self.env["res.users"].with_user(self.clerk_benin)
        names = Users.search([]).mapped("login")
        self.assertIn("t.manager.benin", names)
        self.assertIn("t.agent", names)
        self.assertNotIn("t.clerk.tunisia", names)
        self.assertNotIn("t.stranger", names)
        Partner = self.env["res.partner"].with_user(self.clerk_benin)
        self.assertTrue(Partner.search([("user_ids", "=", self.manager_benin.id)]))
        self.assertFalse(
            Partner.search([("id", "=", self.clerk_tunisia.partner_id.id)])
        )
        self.assertTrue(
            Partner.search([("id", "=", self.benin.partner_id.id)]),
            "The operator's own partner",
        )

    def test_company_that_is_no_tenant_works_as_ever(self):
        """Core's own behaviour stays for everybody else."""
        stray = self.env["res.partner"].create({"name": "Sans société"})
        self.assertIn("search", self._reads(stray, self.stranger))
        self.assertIn("search", self._reads(self.clerk_benin, self.stranger))
        lead = self.env["crm.lead"].create({"name": "Sans société", "user_id": False})
        seller = new_test_user(
            self.env,
            "t.stranger.seller",
            groups="sales_team.group_sale_salesman_all_leads",
            company_id=self.shopkeeper.id,
            company_ids=[Command.set(self.shopkeeper.ids)],
        )
        self.assertIn("search", self._reads(lead, seller))
        # But what belongs to an operator is not theirs
        for model in ("res.partner", "telecom.line", "telecom.segment"):
            with self.subTest(model):
                self.assertFalse(self._reads(self.owned[model], self.stranger))

    def test_users_of_operators_still_work_together(self):
        """Chatter, mentions and assignment under the stricter rules."""
        claim = self.claim.with_user(self.clerk_benin)
        # sudo: none - as the clerk himself
        claim.message_post(
            body="Voir avec le responsable",
            partner_ids=self.manager_benin.partner_id.ids,
        )
        claim.user_id = self.manager_benin
        claim.message_subscribe(self.manager_benin.partner_id.ids)
        self.assertEqual(claim.web_read({"user_id": {"fields": {}}})[0]["id"], claim.id)
        self.customer.with_user(self.clerk_benin).message_post(body="Appelé")
        mentions = (
            self.env["res.partner"]
            .with_user(self.clerk_benin)
            .get_mention_suggestions("t.")
        )
        names = {row["name"] for row in mentions.get("res.partner", [])}
        self.assertNotIn("t.clerk.tunisia", names)

    def test_a_prospect_of_an_operator_has_its_company(self):
        lead = self.env["crm.lead"].with_user(self.seller_benin).create({"name": "4G"})
        self.assertEqual(lead.company_id, self.benin)
        nobody = (
            self.env["crm.lead"]
            .with_user(self.clerk_benin)
            .create({"name": "Fibre", "user_id": False, "team_id": False})
        )
        self.assertEqual(nobody.company_id, self.benin)
