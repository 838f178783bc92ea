"""The examples of docs/claims.md, with a real key over HTTP."""

import datetime
import json

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import OperatorCase

QUIET = ("odoo.http", "odoo.addons.rpc.controllers", "odoo.addons.base.models.ir_rule")


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestClaimApi(OperatorCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")
        cls.line = cls._line(cls.customer, "0197123456")
        cls.theirs = cls._customer(cls.tunisia, "Rim", "Secret")
        cls.their_line = cls._line(cls.theirs, "21123456")
        cls.their_claim = cls._claim(cls.theirs, name="Secret")
        cls.keys = {
            user: cls.env["res.users.apikeys"]
            .with_user(user)
            ._generate(
                "rpc", "Site", datetime.datetime.now() + datetime.timedelta(days=1)
            )
            for user in (cls.clerk_benin, cls.clerk_tunisia, cls.seller_benin)
        }

    def _call(self, user, method, model="helpdesk.ticket", **body):
        """POST as the documentation says; (status, answer)."""
        answer = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(body),
            headers={
                "Authorization": f"bearer {self.keys.get(user, 'wrong')}",
                "Content-Type": "application/json",
            },
        )
        return answer.status_code, answer.json()

    def _create(self, user, **values):
        return self._call(
            user, "create", vals_list=[{"name": "Pas de réseau", **values}]
        )

    def test_create_read_and_move(self):
        status, ids = self._create(
            self.clerk_benin,
            description="Depuis ce matin",
            partner_id=self.customer.id,
            telecom_line_id=self.line.id,
            telecom_branch="technical",
        )
        self.assertEqual(status, 200, ids)
        claim = self.env["helpdesk.ticket"].browse(ids)
        self.assertEqual(claim.company_id, self.benin)
        self.assertEqual(claim.telecom_line_id, self.line)
        status, rows = self._call(
            self.clerk_benin,
            "search_read",
            domain=[["partner_id", "=", self.customer.id]],
            fields=["number", "telecom_state"],
        )
        self.assertEqual(
            rows, [{"id": claim.id, "number": claim.number, "telecom_state": "open"}]
        )
        for state, more in (
            ("progress", {}),
            ("treated", {"telecom_solution_note": "Antenne réparée"}),
        ):
            status, _answer = self._call(
                self.clerk_benin,
                "write",
                ids=ids,
                vals={"telecom_state": state, **more},
            )
            self.assertEqual(status, 200)
            claim.invalidate_recordset()
            self.assertEqual(claim.telecom_state, state)
        status, found = self._call(
            self.clerk_benin, "telecom_similar", text="pas de réseau"
        )
        self.assertEqual((status, found), (200, []))

    @mute_logger(*QUIET)
    def test_foreign_ids_are_refused(self):
        before = self.env["helpdesk.ticket"].search_count([])
        for values in (
            {"partner_id": self.theirs.id},
            {"partner_id": self.customer.id, "telecom_line_id": self.their_line.id},
            {"partner_id": self.customer.id, "company_id": self.tunisia.id},
            {"partner_id": self.customer.id, "user_id": self.clerk_tunisia.id},
            {"partner_id": self.customer.id, "duplicate_id": self.their_claim.id},
        ):
            with self.subTest(values):
                status, answer = self._create(self.clerk_benin, **values)
                self.assertGreaterEqual(status, 400)
                self.assertNotIn("Secret", json.dumps(answer))
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), before)
        for method, body in (
            ("read", {"fields": ["name"]}),
            ("write", {"vals": {"name": "x"}}),
            ("message_post", {"body": "x"}),
        ):
            with self.subTest(method):
                status, answer = self._call(
                    self.clerk_benin, method, ids=self.their_claim.ids, **body
                )
                self.assertGreaterEqual(status, 400)
                self.assertNotIn("Secret", json.dumps(answer))
        status, rows = self._call(
            self.clerk_benin, "search_read", domain=[], fields=["name"]
        )
        self.assertNotIn(self.their_claim.id, [row["id"] for row in rows])
        status, answer = self._call(
            self.clerk_benin, "telecom_similar", text="x", company_id=self.tunisia.id
        )
        self.assertGreaterEqual(status, 400)

    @mute_logger(*QUIET)
    def test_without_key_or_right_nothing(self):
        self.assertEqual(self._create(None)[0], 401)
        status, _answer = self._create(self.seller_benin, partner_id=self.customer.id)
        self.assertEqual(status, 403)

    @mute_logger(*QUIET)
    def test_a_closed_module_is_closed_here_too(self):
        self.benin._telecom_set_module("claims", "off")
        status, answer = self._create(self.clerk_benin, partner_id=self.customer.id)
        self.assertEqual(status, 403, answer)
