from freezegun import freeze_time

from odoo.tests import HttpCase, tagged

from .test_usage import NOW, UsageCase


@tagged("post_install", "-at_install", "telecom")
class TestUsageTour(UsageCase, HttpCase):
    @freeze_time(NOW)
    def test_a_clerk_reads_a_file_in_and_mends_it(self):
        action = self.env.ref("telecom_billing.action_telecom_usage_file")
        self.start_tour(
            f"/odoo/action-{action.id}",
            "telecom_billing_usage_file",
            login=self.biller.login,
            timeout=120,
        )
        file = self.env["telecom.usage.file"].search(
            [("company_id", "=", self.benin.id)]
        )
        self.assertEqual((file.good_count, file.bad_count), (2, 1))
        self.assertEqual(self._usage(file_id=file.id).mapped("amount"), [61, 60])
        self.assertEqual(sorted(file.reject_ids.mapped("state")), ["open", "replayed"])
