"""What an operator's manager decides, and nobody else."""

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.telecom_crm.tests.common import PLATFORM, OperatorCase

BILLING = "telecom_billing.group_telecom_billing"


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestOperatorSettings(OperatorCase):
    def _settings(self, user):
        return Form(self.env["telecom.operator.settings"].with_user(user))

    def test_a_manager_changes_his_own_operator(self):
        form = self._settings(self.manager_benin)
        self.assertEqual(form.company_id, self.benin)
        self.assertEqual(form.telecom_cycle_day, 1)
        form.telecom_kyc_action = "bar"
        form.telecom_kyc_grace_days = 12
        form.telecom_quote_limit = 100000
        form.telecom_slot_minutes = 45
        form.telecom_cycle_day = 15
        form.telecom_charge_suspended = True
        form.telecom_usage_detail_retention = 24
        form.telecom_bill_run_auto = "none"
        form.save().action_save()
        self.assertEqual(
            (
                self.benin.telecom_kyc_action,
                self.benin.telecom_kyc_grace_days,
                self.benin.telecom_quote_limit,
                self.benin.telecom_slot_minutes,
                self.benin.telecom_charge_suspended,
                self.benin.telecom_usage_detail_retention,
                self.benin.telecom_bill_run_auto,
            ),
            ("bar", 12, 100000, 45, True, 24, "none"),
        )
        self.assertEqual(self.tunisia.telecom_kyc_action, "off")
        self.assertFalse(self.tunisia.telecom_quote_limit)
        # New accounts begin on that day, those of others as before
        for company, day in ((self.benin, 15), (self.tunisia, 1)):
            customer = self._customer(company, "Afi", "Dossou")
            account = customer._telecom_billing_accounts()[customer.id]
            self.assertEqual(account.cycle_day, day)

    def test_roles(self):
        biller = self._user("t.settings.biller", self.benin, BILLING)
        for user in (biller, self.clerk_benin, self.seller_benin, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["telecom.operator.settings"].with_user(user).create({})
        platform = self._user("t.settings.platform", self.benin, PLATFORM)
        self._settings(platform).save().action_save()

    def test_the_operator_of_another_is_out_of_reach(self):
        settings = (
            self.env["telecom.operator.settings"]
            .with_user(self.manager_benin)
            .create({"company_id": self.tunisia.id, "telecom_quote_limit": 7})
        )
        self.assertEqual(settings.company_id, self.benin)
        both = self._user(
            "t.settings.both",
            self.benin | self.tunisia,
            "telecom_crm.group_telecom_manager",
        )
        mine = self._settings(both).save()
        with self.assertRaises(ValidationError):
            mine.with_context(allowed_company_ids=self.tunisia.ids).action_save()

    def test_a_closed_module_keeps_its_settings(self):
        form = self._settings(self.manager_benin)
        form.telecom_quote_limit = 5
        self.benin._telecom_set_module("billing", "readonly")
        with self.assertRaises(AccessError):
            form.save().action_save()
        # The others are still saved
        form = self._settings(self.manager_benin)
        self.assertFalse(form.billing_open)
        form.telecom_kyc_action = "warn"
        form.save().action_save()
        self.assertEqual(self.benin.telecom_kyc_action, "warn")
        self.assertFalse(self.benin.telecom_quote_limit)

    def test_what_makes_no_sense_is_refused(self):
        form = self._settings(self.manager_benin)
        form.telecom_cycle_day = 29
        settings = form.save()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            settings.action_save()
            self.env.flush_all()
