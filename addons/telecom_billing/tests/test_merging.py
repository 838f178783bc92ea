from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import format_amount, html2plaintext

from .common_invoice import InvoiceCase


@tagged("post_install", "-at_install", "telecom")
class TestMerging(InvoiceCase):
    def _drafts(self, account, user=None):
        vat7 = (
            [self._chart(self.tunisia, "l10n_tn_tax_vat_sale_7")]
            if account == self.account_sami
            else []
        )
        return self._invoice(account, ("Clé 4G", 25.125), user=user) + self._invoice(
            account, ("Mobile", 30), ("Appels", 7.333, *vat7), user=user
        )

    # Stamps and fees

    def test_the_stamp_stands_once_on_each_posted_invoice(self):
        invoice = self._invoice(
            self.account_sami, ("Mobile", 30), ("SMS", 2), post=True
        )
        stamps = invoice.invoice_line_ids.filtered("telecom_fee_id")
        self.assertEqual(len(stamps), 1)
        # 32.000 + 19 % + the stamp of 1.000
        self.assertEqual(invoice.amount_total, 39.08)
        self.assertEqual(invoice.amount_untaxed, 32)
        refund = invoice._reverse_moves([{"invoice_date": fields.Date.today()}])
        refund.action_post()
        self.assertEqual(len(refund.invoice_line_ids.filtered("telecom_fee_id")), 1)
        self.assertEqual(refund.amount_total, 39.08)

    def test_benin_takes_no_stamp_and_has_no_decimals(self):
        invoice = self._invoice(self.account_afi, ("Mobile", 4237), post=True)
        self.assertFalse(invoice.invoice_line_ids.filtered("telecom_fee_id"))
        self.assertEqual(invoice.amount_tax, 763)
        self.assertEqual(invoice.amount_total, 5000)

    def test_a_stamp_has_dates(self):
        self.stamp.date_to = "2024-12-31"
        self.stamp.copy({"date_from": "2030-01-01", "date_to": False})
        fees = self.account_sami._telecom_invoice_fees
        for date, count in (
            ("2019-12-31", 0),
            ("2020-01-01", 1),
            ("2024-12-31", 1),
            ("2025-01-01", 0),
            ("2030-01-01", 1),
        ):
            with self.subTest(date):
                found = fees(fields.Date.to_date(date))[self.account_sami.id]
                self.assertEqual(len(found), count)

    def test_a_stamp_that_stands_twice_is_taken_off(self):
        invoice = self._invoice(self.account_sami, ("Mobile", 30))
        invoice._telecom_apply_fees()
        vals = invoice.invoice_line_ids.filtered("telecom_fee_id").copy_data()[0]
        invoice.write({"invoice_line_ids": [(0, 0, {**vals, "move_id": invoice.id})]})
        self.assertEqual(len(invoice.invoice_line_ids.filtered("telecom_fee_id")), 2)
        invoice.action_post()
        self.assertEqual(len(invoice.invoice_line_ids.filtered("telecom_fee_id")), 1)

    # Drafts

    def test_two_drafts_are_told_apart(self):
        drafts = self._drafts(self.account_sami)
        first, second = drafts.mapped("telecom_title")
        self.assertNotEqual(first, second)
        for draft in drafts:
            title = draft.telecom_title
            self.assertIn(self.account_sami.number, title)
            self.assertIn(
                format_amount(self.env, draft.amount_total, draft.currency_id), title
            )
        # Merged, they are cancelled, and have no number either
        record = drafts._telecom_merge()
        self.assertEqual(record.source_titles, f"{first}, {second}")
        told = html2plaintext(drafts[0].message_ids[0].body)
        self.assertIn(record.result_title, told.replace("\n", " "))
        record.result_id.action_post()
        self.assertEqual(record.result_title, record.result_id.name)

    def test_drafts_become_one_with_one_stamp_and_come_apart_again(self):
        drafts = self._drafts(self.account_sami, self.biller_tunisia)
        drafts._telecom_apply_fees()
        before = [(move.amount_total, len(move.invoice_line_ids)) for move in drafts]
        wizard = (
            self.env["telecom.invoice.merge"]
            .with_user(self.biller_tunisia)
            .create({"move_ids": [(6, 0, drafts.ids)]})
        )
        self.assertEqual(wizard.result_count, 1)
        self.assertEqual(wizard.partner_ids, drafts.partner_id, "Who adds to them")
        self.assertIn("Clé 4G", wizard.preview)
        self.assertEqual(drafts.mapped("state"), ["draft", "draft"])
        action = wizard.action_merge()
        merged = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(merged.state, "draft")
        self.assertEqual(drafts.mapped("state"), ["cancel", "cancel"])
        self.assertEqual(drafts.telecom_merged_into_id, merged)
        self.assertEqual(len(merged.invoice_line_ids.filtered("telecom_fee_id")), 1)
        # One stamp of 1.000 less than before
        self.assertAlmostEqual(merged.amount_total, sum(x[0] for x in before) - 1, 3)
        self.assertEqual(
            merged.invoice_line_ids.filtered("telecom_source_line_id").mapped("name"),
            ["Clé 4G", "Mobile", "Appels"],
        )
        undo = (
            self.env["telecom.invoice.unmerge"]
            .with_user(self.biller_tunisia)
            .create({"merging_id": merged.telecom_merging_id.id})
        )
        self.assertFalse(undo.problem)
        self.assertFalse(undo.changed)
        record = merged.telecom_merging_id
        action = undo.action_undo()
        self.assertFalse(merged.exists())
        self.assertEqual(action["target"], "main", "What is gone is not in the path")
        self.assertEqual(drafts.mapped("state"), ["draft", "draft"])
        self.assertFalse(drafts.telecom_merged_into_id)
        self.assertEqual(
            [(move.amount_total, len(move.invoice_line_ids)) for move in drafts], before
        )
        self.assertEqual(record.state, "undone")
        self.assertEqual(record.undone_by_id, self.biller_tunisia)

    def test_a_merged_draft_that_was_posted_stays(self):
        merged = self._drafts(self.account_afi)._telecom_merge().result_id
        merged.action_post()
        with self.assertRaisesRegex(UserError, "posted"):
            merged._telecom_unmerge()

    def test_changes_by_hand_are_told_before_undoing(self):
        merged = self._drafts(self.account_afi)._telecom_merge().result_id
        merged.invoice_line_ids[0].price_unit = 1
        undo = self.env["telecom.invoice.unmerge"].create(
            {"merging_id": merged.telecom_merging_id.id}
        )
        self.assertTrue(undo.changed)

    def test_orders_follow_the_merged_lines(self):
        product = self.env["product.product"].create(
            {"name": "Routeur", "type": "service", "invoice_policy": "order"}
        )
        orders = self.env["sale.order"].create(
            [
                {
                    "company_id": self.benin.id,
                    "partner_id": self.afi.id,
                    "order_line": [(0, 0, {"product_id": product.id, "price_unit": 9})],
                }
                for _number in range(2)
            ]
        )
        orders.action_confirm()
        drafts = self.env["account.move"]
        for order in orders:
            drafts += order._create_invoices()
        merged = drafts._telecom_merge().result_id
        self.assertEqual(orders.order_line.mapped("qty_invoiced"), [1, 1])
        self.assertIn(merged, orders[0].invoice_ids)
        merged._telecom_unmerge()
        self.assertEqual(orders.order_line.mapped("qty_invoiced"), [1, 1])

    # Posted

    def test_posted_invoices_are_credited_and_invoiced_again(self):
        posted = self._drafts(self.account_sami)
        posted.action_post()
        kept = posted.mapped(lambda move: (move.name, move.amount_total))
        merged = posted._telecom_merge().result_id
        self.assertEqual(merged.state, "posted")
        self.assertEqual(
            posted.mapped(lambda move: (move.name, move.amount_total)), kept
        )
        self.assertEqual(posted.mapped("payment_state"), ["reversed", "reversed"])
        self.assertEqual(len(posted.reversal_move_ids), 2)
        self.assertEqual(merged.amount_residual, merged.amount_total)
        due = self.account_sami
        due.invalidate_recordset()
        self.assertEqual(due.amount_due, merged.amount_total)
        back = merged._telecom_unmerge()
        self.assertEqual(len(back), 2)
        self.assertEqual(merged.payment_state, "reversed")
        self.assertEqual(
            sorted(back.mapped("amount_total")), sorted(x[1] for x in kept)
        )
        self.assertFalse(set(back.mapped("name")) & set(posted.mapped("name")))

    def test_nothing_is_left_open_whatever_became_of_the_stamp(self):
        for change in ("none on credit notes", "another rate"):
            with self.subTest(change):
                posted = self._drafts(self.account_sami)
                posted.action_post()
                if change == "another rate":
                    # By law from today on, the invoices are of yesterday
                    today = fields.Date.today()
                    self.stamp.on_credit_notes = True
                    self.stamp.date_to = fields.Date.subtract(today, days=1)
                    self.env["telecom.invoice.fee"].create(
                        {
                            "company_id": self.tunisia.id,
                            "name": "Timbre",
                            "amount": 1.5,
                            "date_from": today,
                        }
                    )
                else:
                    self.stamp.on_credit_notes = False
                merged = posted._telecom_merge().result_id
                self.assertEqual(posted.mapped("payment_state"), ["reversed"] * 2)
                credits = posted.reversal_move_ids
                self.assertEqual(
                    (posted | credits).mapped("amount_residual"), [0, 0, 0, 0]
                )
                self.assertEqual(
                    len(merged.invoice_line_ids.filtered("telecom_fee_id")), 1
                )

    def test_what_is_paid_or_disputed_is_not_merged(self):
        posted = self._drafts(self.account_afi) + self._drafts(self.account_afi)
        posted.action_post()
        self._pay(posted[0], 10)
        self._claim(
            self.afi,
            telecom_branch="financial",
            telecom_move_id=posted[1].id,
        )
        groups, alone = posted._telecom_merge_plan()
        self.assertEqual(groups, [posted[2] + posted[3]])
        self.assertEqual(set(alone), {posted[0], posted[1]})
        with self.assertRaises(UserError):
            posted._telecom_merge()

    # Who

    def test_others_are_refused(self):
        drafts = self._drafts(self.account_afi)
        for user in (self.clerk_benin, self.biller_tunisia, self.agent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                drafts.with_user(user)._telecom_merge()
        record = drafts._telecom_merge()
        with self.assertRaises(AccessError):
            record.with_user(self.biller_tunisia).read(["kind"])
        self.benin._telecom_set_module("billing", "readonly")
        record.with_user(self.biller_benin).read(["kind"])
        with self.assertRaises(AccessError):
            record.with_user(self.biller_benin).create(
                {
                    "company_id": self.benin.id,
                    "kind": "draft",
                    "partner_id": self.afi.id,
                    "currency_id": self.benin.currency_id.id,
                }
            )
