from odoo.tests import tagged

from .test_portal_invoice import PortalCase


@tagged("post_install", "-at_install", "telecom")
class TestInvoiceTours(PortalCase):
    charts = ("bj",)

    def test_a_clerk_merges_drafts_and_takes_them_apart(self):
        drafts = self._invoice(self.account_afi, ("Clé 4G", 12000))
        drafts += self._invoice(self.account_afi, ("Mobile", 8500))
        action = self.env.ref("account.action_move_out_invoice_type")
        self.start_tour(
            f"/odoo/action-{action.id}?search_default_draft=1",
            "telecom_billing_merge_invoices",
            login="t.biller.benin",
        )
        self.assertEqual(drafts.mapped("state"), ["draft", "draft"])
        merging = self.env["telecom.invoice.merging"].search(
            [("source_ids", "in", drafts.ids)]
        )
        self.assertEqual(merging.state, "undone")

    def test_a_customer_pays_a_merged_invoice(self):
        self.bill_afi._reverse_moves([{}], cancel=True)
        drafts = self._invoice(self.account_afi, ("Clé 4G", 4000))
        drafts += self._invoice(self.account_afi, ("Mobile", 6000))
        merged = drafts._telecom_merge().result_id
        merged.action_post()
        self.start_tour(
            "/my/invoices",
            "telecom_billing_pay_invoice",
            login=self.client_afi.login,
        )
        self.assertEqual(merged.payment_state, "paid")
