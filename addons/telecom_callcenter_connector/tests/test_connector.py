import os
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.telecom_callcenter.tests.common import ADMIN

from .common import ConnectorCase

MODELS = (
    "telecom.connector",
    "telecom.connector.query",
    "telecom.connector.parameter",
    "telecom.connector.result",
    "telecom.connector.access",
    "telecom.connector.feed",
    "telecom.connector.feed.column",
)


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestConnector(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls._web_service()
        cls.connector = cls._web_connector(
            cls.service, authentication="bearer", secret="t0ken"
        )
        cls.query = cls._query(
            cls.connector, "ping", [{"name": "a", "required": False}], [{"name": "ok"}]
        )
        cls.office = cls.env["telecom.campaign"].create(
            {"name": "Dossiers", "kind": "back_office", "company_id": cls.benin.id}
        )
        cls.feed = cls.env["telecom.connector.feed"].create(
            {"campaign_id": cls.office.id, "query_id": cls.query.id}
        )
        cls.feed.column_ids.create(
            {"feed_id": cls.feed.id, "name": "ok", "target": "reference"}
        )
        cls.admin_tunisia = cls._user("cn.admin.tunisia", cls.tunisia, ADMIN)

    def test_the_code_is_proposed(self):
        form = Form(self.env["telecom.connector.query"])
        form.name = "2 Solde du client (été)"
        self.assertEqual(form.code, "solde_du_client_ete")
        # One that somebody wrote stays
        form.code = "solde"
        form.name = "Autre"
        self.assertEqual(form.code, "solde")

    def test_nobody_reads_a_secret_back(self):
        for user in (self.admin_benin, self.user_admin):
            mine = self.as_user(self.connector, user)
            self.assertFalse(mine.secret)
            self.assertTrue(mine.has_secret)
            with self.assertRaises(AccessError):
                mine.read(["secret_token"])
            self.assertNotIn("t0ken", str(mine.read()))
            self.assertNotIn("secret_token", mine.fields_get())
        self.env.cr.execute("SELECT secret_token FROM telecom_connector")
        self.assertNotIn("t0ken", str(self.env.cr.fetchall()))
        self.assertFalse(self.connector.copy().has_secret)

    def test_a_secret_does_not_follow_to_another_server(self):
        mine = self.as_user(self.connector, self.admin_benin)
        mine.name = "Autre nom"
        self.assertTrue(mine.has_secret)
        mine.url = "http://127.0.0.1:9/v3"
        self.assertFalse(mine.has_secret)

    def test_no_key_is_said_clearly(self):
        with (
            patch.dict(os.environ, {"TELECOM_CONNECTOR_KEY_FILE": "/nowhere/key"}),
            self.assertRaises(UserError) as caught,
        ):
            self.connector.secret = "x"
        self.assertIn("no key", str(caught.exception))

    def test_drivers_are_optional(self):
        connector = self.env["telecom.connector"].create(
            {
                "name": "Oracle",
                "company_id": self.benin.id,
                "kind": "oracle",
                "host": "127.0.0.1",
                "database": "XE",
                "tls": "off",
            }
        )
        query = self._query(connector, "one", text="SELECT 1 FROM dual")
        with (
            patch.dict("sys.modules", {"oracledb": None}),
            self.assertRaises(UserError) as caught,
        ):
            query._run({})
        self.assertIn("oracledb", str(caught.exception))

    def test_roles(self):
        """Administrators set up; managers read the log; others nothing at all."""
        for model in MODELS:
            for user, read, write in (
                (self.user_agent, False, False),
                (self.clerk_benin, False, False),
                (self.supervisor_benin, False, False),
                (self.manager_benin, model == "telecom.connector.access", False),
                (self.admin_benin, True, model != "telecom.connector.access"),
            ):
                with self.subTest(model=model, user=user.login):
                    Model = self.as_user(self.env[model], user)
                    self.assertIs(Model.has_access("read"), read)
                    self.assertIs(Model.has_access("write"), write)
                    self.assertIs(Model.has_access("create"), write)

    def test_another_operator_sees_nothing(self):
        self.query._run({})
        for model in MODELS:
            with self.subTest(model):
                every = self.env[model].search([("company_id", "=", self.benin.id)])
                self.assertTrue(every)
                mine = self.as_user(self.env[model], self.admin_tunisia)
                self.assertFalse(mine.search([("id", "in", every.ids)]))
                with self.assertRaises(AccessError):
                    self.as_user(every[:1], self.admin_tunisia).read(["create_date"])

    def test_what_says_whose_it_is_can_be_chosen_first(self):
        """The screen would offer nothing that belongs to an operator."""
        for model, name in (
            ("telecom.connector.query", "connector_id"),
            ("telecom.connector.feed", "campaign_id"),
        ):
            with self.subTest(model):
                field = self.env[model].fields_get([name], ["domain"])[name]
                self.assertNotIn("company_id", str(field.get("domain")))

    def test_a_query_stays_with_its_operator(self):
        other = self._web_connector(self.service, company=self.tunisia)
        both = self._user("cn.both", self.benin | self.tunisia, ADMIN)
        with self.assertRaises(UserError):
            self.as_user(self.query, both).connector_id = other

    def test_the_log_is_never_changed(self):
        self.query._run({"a": "1"})
        [access] = self.accesses(self.query)
        for action in (
            lambda: access.write({"row_count": 7}),
            lambda: access.unlink(),
        ):
            with self.assertRaises(UserError):
                action()
        self.assertEqual(access.outcome, "done")

    def test_the_connection_is_tried(self):
        action = self.as_user(self.connector, self.admin_benin).action_test()
        self.assertEqual(action["params"]["type"], "success")
        with patch.dict(os.environ, {"TELECOM_CONNECTOR_NETWORKS": ""}):
            action = self.as_user(self.connector, self.admin_benin).action_test()
        self.assertEqual(action["params"]["type"], "danger")
        log = self.env["telecom.connector.access"].search(
            [("connector_id", "=", self.connector.id)]
        )
        self.assertEqual(
            set(log.mapped("outcome")), {"done", "private_address"}, "both are logged"
        )

    def test_a_trial_shows_columns(self):
        self.query.result_ids.unlink()
        action = self.as_user(self.query, self.admin_benin).action_try()
        self.assertEqual(action["params"]["rows"], [[True]])
        self.assertEqual(self.query.result_ids.mapped("name"), ["ok"])

    def test_the_module_is_switched_off(self):
        self.benin.sudo()._telecom_set_module("callcenter", "off")
        with self.assertRaises(AccessError):
            self.query._run({})
