"""A module is bought, not paid for, and brought back by paying: in the browser."""

import csv
import io
import json

from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_module_subscription import ModuleProviderCase


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestModuleTour(ModuleProviderCase):
    """The calendar is moved by the crons: a subscription's day never goes back."""

    subscribed_on = "2035-02-10"
    modules_benin = ("claims",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.benin.partner_id.lang = "fr_FR"
        for user in (cls.manager_benin, cls.platform):
            user.lang = "fr_FR"
            # Tours log in with the login as password
            user.password = user.login
        cls.afi = cls._customer(cls.benin, "Afi", "Dossou")
        cls.account = cls.afi._telecom_billing_accounts()[cls.afi.id]

    def _tour(self, path, name, user=None):
        self.start_tour(
            path, f"telecom_billing_module_{name}", login=user and user.login
        )

    def _export(self):
        """Return the rows of the accounts a manager exports."""
        self.authenticate(self.manager_benin.login, self.manager_benin.login)
        params = {
            "model": "telecom.billing.account",
            "fields": [{"name": "number", "label": "Number"}],
            "ids": False,
            "domain": [],
            "import_compat": False,
        }
        answer = self.url_open(
            "/web/export/csv",
            data={
                "data": json.dumps(params),
                "csrf_token": Request.csrf_token(self),
            },
        )
        answer.raise_for_status()
        return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))

    def test_buy_do_not_pay_and_revive(self):
        # The first month is paid; the operator is at work
        self._at("2035-03-01")
        self._settle(self._invoice(2), "2035-03-02")
        self._at("2035-03-10")
        self._tour("/odoo/my-modules", "buy", self.manager_benin)
        self.assertEqual(
            {code for code, state in self._states().items() if state == "on"},
            {"claims", "offers", "billing"} | self._needed("claims"),
        )
        # The month is over: one invoice, with what was bought by day
        self._at("2035-04-01")
        invoice = self._invoice(3)
        self.assertEqual(
            {line.module_ids.code: line.days for line in invoice.line_ids},
            {"claims": 31, "offers": 22, "billing": 22},
        )
        self._at("2035-04-09")
        self.assertEqual(self.mine.state, "past_due")
        self._tour("/odoo/my-modules", "late", self.manager_benin)
        # Restricted: read-only, in the browser too; exports and claims go on
        self._at("2035-04-22")
        self.assertEqual(self.mine.state, "restricted")
        action = self.env.ref("telecom_billing.action_telecom_billing_account")
        with mute_logger("odoo.http"):
            self._tour(f"/odoo/action-{action.id}", "readonly", self.manager_benin)
        self.assertFalse(self.account.email)
        self.assertIn([self.account.number], self._export())
        self._claim(self.afi).with_user(self.manager_benin).name = "Toujours rien"
        # Suspended: nothing but the way to pay
        self._at("2035-04-29")
        self.assertEqual(self.mine.state, "suspended")
        with self.assertRaises(AccessError):
            self.account.with_user(self.manager_benin).read(["number"])
        self._tour("/odoo/my-modules", "suspended", self.manager_benin)
        self._tour("/odoo/module-subscriptions", "platform", self.platform)
        # Paid by whoever has the link; all is back before anything else runs
        self._tour(invoice._pay_path(), "pay")
        self.env.invalidate_all()
        self.assertEqual(invoice.state, "paid")
        self.assertEqual(self.mine.state, "active")
        self.assertEqual(self._states()["billing"], "on")
        self._tour("/odoo/my-modules", "revived", self.manager_benin)
        self.account.with_user(self.manager_benin).email = "nouveau@example.com"

    def _needed(self, code):
        return {
            module.code
            for module in self.modules[code].depends_ids
            if module.code in self.modules
        }
