import base64
import io
from datetime import timedelta

from freezegun import freeze_time
from pypdf import PdfReader

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .quote_common import QuoteCase

MANAGER = "telecom_crm.group_telecom_manager"


@tagged("post_install", "-at_install", "telecom")
class TestQuote(QuoteCase):
    def _text(self, content):
        reader = PdfReader(io.BytesIO(content))
        text = "\n".join(page.extract_text() for page in reader.pages)
        return text.replace("\xa0", " ").replace("\u202f", " ")

    def _mine(self, user, record):
        return record.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )

    def _cron(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "telecom_billing.ir_cron_telecom_quotes"
            ).method_direct_trigger()
        self.env.invalidate_all()

    # Revisions

    def test_each_revision_is_numbered_and_kept(self):
        order = self._sent()
        first = order.telecom_revision_id
        self.assertEqual(order.telecom_quote_name, f"{order.name}/1")
        self.assertEqual((first.state, first.number), ("sent", 1))
        kept = first._telecom_file()
        self.assertIn(f"Devis {order.name}/1", self._text(kept))
        order.action_telecom_revise()
        self.assertEqual((order.state, first.state), ("draft", "superseded"))
        order.order_line.price_unit = 20000
        order.action_quotation_sent()
        second = order.telecom_revision_id
        self.assertEqual((second.number, second.state), (2, "sent"))
        self.assertEqual(first._telecom_file(), kept)
        self.assertNotEqual(second._telecom_file(), kept)
        self.assertEqual(order._telecom_pdf(), second._telecom_file())

    def test_sent_in_two_tabs_at_once_it_is_issued_once(self):
        order = self._sent()
        # Read before the other tab's revision is there
        self.env.cr.execute(
            "UPDATE sale_order SET telecom_revision_id = NULL WHERE id = %s", [order.id]
        )
        order.invalidate_recordset(["telecom_revision_id"])
        with self.assertBeginsAgain("telecom.quote.revision"):
            order._telecom_issue_missing()

    def test_nobody_changes_what_was_kept(self):
        order = self._sent()
        revision = order.telecom_revision_id
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", revision._name),
                    ("res_id", "=", revision.id),
                    ("res_field", "=", "pdf"),
                ]
            )
        )
        self.assertTrue(attachment)
        for user in (self.biller, self.manager_benin):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self._mine(user, revision).write({"comment": "x"})
                with self.assertRaises(AccessError):
                    self._mine(user, revision).unlink()
                with self.assertRaises(AccessError):
                    self._mine(user, attachment).write({"raw": b"other"})
                with self.assertRaises(AccessError):
                    self._mine(user, attachment).unlink()
        for values in ({"pdf": b"AAAA"}, {"digest": "0"}, {"content": {}}):
            with self.assertRaises(UserError):
                revision.sudo().write(values)
        with self.assertRaises(UserError):
            revision.sudo().unlink()
        with self.assertRaises(UserError):
            order.sudo().unlink()

    def test_a_file_that_was_changed_is_noticed(self):
        revision = self._sent().telecom_revision_id
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", revision._name),
                    ("res_id", "=", revision.id),
                    ("res_field", "=", "pdf"),
                ]
            )
        )
        attachment.raw = b"%PDF other"
        revision.invalidate_recordset()
        with self.assertRaises(UserError):
            revision._telecom_file()

    def test_what_was_issued_is_not_changed(self):
        order = self._sent()
        line = order.order_line
        for change in (
            lambda: line.write({"price_unit": 1}),
            lambda: line.write({"product_uom_qty": 1}),
            lambda: line.unlink(),
            lambda: order.write({"validity_date": "2036-01-01"}),
            lambda: order.write(
                {"order_line": [Command.create({"product_id": self.mobile.id})]}
            ),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                change()
        self.assertTrue(order._telecom_matches())

    def test_differences_can_be_read(self):
        order = self._sent()
        order.action_telecom_revise()
        order.order_line.price_unit = 20000
        order.write({"order_line": [Command.create({"product_id": self.mobile.id})]})
        order.action_quotation_sent()
        revision = order.telecom_revision_id.with_context(lang="fr_FR")
        rows = revision._telecom_changes(revision._telecom_former())
        found = [
            tuple(str(cell).replace("\xa0", " ").replace("\u202f", " ") for cell in row)
            for row in rows
        ]
        self.assertIn("Prix unitaire", [row[1] for row in found])
        price = next(row for row in found if row[1] == "Prix unitaire")
        self.assertEqual(price[0], "Fibre 100")
        self.assertIn("25 000", price[2])
        self.assertIn("20 000", price[3])
        added = next(row for row in found if row[1] == "Ajouté")
        self.assertEqual(added[0], "Forfait Pro")
        html = revision.change_html
        self.assertIn("Forfait Pro", html)

    def test_hostile_names_stay_text_in_differences(self):
        order = self._sent()
        order.action_telecom_revise()
        order.order_line.name = "<script>alert(1)</script>"
        order.action_quotation_sent()
        html = order.telecom_revision_id.change_html
        self.assertNotIn("<script>", html)
        self.assertIn("&lt;script&gt;", html)
        self.assertIn(b"%PDF", order._telecom_pdf()[:10])

    def test_an_empty_quotation_is_not_issued(self):
        order = self._quote(order_line=[])
        with self.assertRaises(UserError):
            order.action_quotation_sent()

    def test_a_quotation_that_was_cancelled_starts_again_with_a_new_number(self):
        order = self._sent()
        order._action_cancel()
        self.assertEqual(order.telecom_revision_id.state, "superseded")
        order.action_draft()
        order.action_quotation_sent()
        self.assertEqual(order.telecom_revision_id.number, 2)

    # The document

    def test_one_file_for_print_portal_and_mail(self):
        order = self._sent()
        expected = order.telecom_revision_id._telecom_file()
        report = self.env["ir.actions.report"].with_user(self.biller)
        printed = report._render_qweb_pdf("sale.action_report_saleorder", order.ids)
        self.assertEqual(printed, (expected, "pdf"))
        template = self.env.ref("sale.email_template_edi_sale")
        values = template._generate_template(
            order.ids, ("report_template_ids", "attachment_ids")
        )
        name, content = values[order.id]["attachments"][0]
        self.assertEqual(base64.b64decode(content), expected)
        self.assertIn(f"{order.name}-1", name)

    def test_the_document_is_in_the_customers_language(self):
        order = self._quote()
        text = self._text(order.with_context(lang="en_US")._telecom_pdf())
        for word in ("Devis", "Quantité", "Prix unitaire", "Brouillon", "Page 1 sur 1"):
            self.assertIn(word, text)
        self.customer.lang = "en_US"
        text = self._text(order.with_context(lang="fr_FR")._telecom_pdf())
        for word in ("Quotation", "Quantity", "Unit price", "Draft", "Page 1 of 1"):
            self.assertIn(word, text)

    def test_amounts_have_the_currencys_decimals(self):
        order = self._quote(price=25000)
        self.assertIn("50 000", self._text(order._telecom_pdf()))
        self.assertNotIn("50 000,00", self._text(order._telecom_pdf()))
        customer = self._customer(self.tunisia, "Olfa", "Ben Ali", lang="fr_FR")
        product = self.env["product.product"].create(
            {"name": "Offre", "type": "service", "company_id": self.tunisia.id}
        )
        order = (
            self.env["sale.order"]
            .with_user(self.biller_tunisia)
            .create(
                {
                    "partner_id": customer.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "price_unit": 12.345,
                                "tax_ids": False,
                            }
                        )
                    ],
                }
            )
        )
        self.assertIn("12,345", self._text(order._telecom_pdf()))

    def test_another_operators_quotation_is_not_printed(self):
        order = self._sent()
        for user in (self.biller_tunisia, self.stranger_portal):
            report = self.env["ir.actions.report"].with_user(user)
            with self.subTest(user.login), self.assertRaises(AccessError):
                report._render_qweb_pdf("sale.action_report_saleorder", order.ids)

    def test_core_prints_for_companies_that_are_no_operators(self):
        order = (
            self.env["sale.order"]
            .with_company(self.shopkeeper)
            .create(
                {
                    "company_id": self.shopkeeper.id,
                    "partner_id": self.env["res.partner"].create({"name": "X"}).id,
                }
            )
        )
        content, kind = self.env["ir.actions.report"]._render_qweb_pdf(
            "sale.action_report_saleorder", order.ids
        )
        self.assertEqual(kind, "html")
        self.assertIn(order.name.encode(), content)
        order.action_quotation_sent()
        self.assertFalse(order.telecom_revision_ids)

    # Approval

    def test_above_the_limit_a_manager_approves(self):
        self.benin.telecom_quote_limit = 50000
        order = self._quote()
        self.assertTrue(order.telecom_approval_needed)
        action = order.action_quotation_send()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(order.telecom_quote_state, "waiting")
        told = self.env["telecom.notification"].search(
            [("res_model", "=", "sale.order"), ("res_id", "=", order.id)]
        )
        self.assertEqual(told.user_id, self.manager_benin)
        for attempt in (
            order.action_quotation_sent,
            order.action_confirm,
            order.action_telecom_approve,
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                attempt()
        self._mine(self.manager_benin, order).action_telecom_approve()
        revision = order.telecom_revision_id
        self.assertEqual(revision.state, "approved")
        self.assertEqual(revision.approved_by, self.manager_benin)
        order.action_quotation_sent()
        self.assertEqual((order.state, revision.state), ("sent", "sent"))

    def test_a_manager_returns_with_a_comment(self):
        self.benin.telecom_quote_limit = 50000
        order = self._quote()
        order.action_quotation_send()
        wizard = (
            self.env["telecom.quote.return"]
            .with_user(self.manager_benin)
            .create({"order_id": order.id, "comment": "Pas plus de 10 %"})
        )
        wizard.action_return()
        revision = order.telecom_revision_id
        self.assertEqual((revision.state, order.state), ("returned", "draft"))
        self.assertEqual(order.telecom_quote_comment, "Pas plus de 10 %")
        order.order_line.price_unit = 1000
        order.action_quotation_sent()
        self.assertEqual(order.telecom_revision_id.number, 2)
        self.assertEqual(revision.state, "returned")
        told = self.env["telecom.notification"].search(
            [("user_id", "=", self.biller.id), ("res_id", "=", order.id)]
        )
        self.assertIn("Pas plus de 10 %", told.body)

    def test_others_approve_nothing(self):
        self.benin.telecom_quote_limit = 50000
        order = self._quote()
        order.action_quotation_send()
        for user in (self.biller, self.clerk_benin):
            # Not allowed, or not his order
            with self.subTest(user.login), self.assertRaises(UserError):
                self._mine(user, order).action_telecom_approve()
        with self.assertRaises(AccessError):
            self._mine(self.manager_tunisia, order).action_telecom_approve()
        self.assertEqual(order.telecom_quote_state, "waiting")

    def test_a_managers_own_quotation_is_approved_by_him(self):
        self.benin.telecom_quote_limit = 50000
        order = self._quote(user=self.manager_benin)
        order.action_quotation_sent()
        self.assertEqual(order.telecom_revision_id.approved_by, self.manager_benin)

    def test_below_the_limit_nobody_is_asked(self):
        self.benin.telecom_quote_limit = 50001
        self.assertFalse(self._quote().telecom_approval_needed)

    def test_what_waits_is_not_confirmed_around_the_limit(self):
        self.benin.telecom_quote_limit = 50000
        order = self._quote()
        with self.assertRaises(UserError):
            order.action_confirm()

    # Time

    def test_reminders_and_expiry(self):
        today = fields.Date.today()
        soon = self._sent(validity_date=today + timedelta(days=2))
        later = self._sent(validity_date=today + timedelta(days=20))
        revision = soon.telecom_revision_id
        domain = [
            ("user_id", "=", self.portal.id),
            ("kind_id.code", "=", "quote_reminder"),
        ]
        Notification = self.env["telecom.notification"]
        self._cron()
        self.assertEqual(Notification.search(domain).mapped("res_id"), [soon.id])
        self.assertTrue(revision.reminded_at)
        self.assertEqual(len(self._mails()), 1)
        # Started again: nobody is reminded twice
        self._cron()
        self.assertEqual(Notification.search_count(domain), 1)
        with freeze_time(today + timedelta(days=5)):
            self._cron()
            self.assertEqual(revision.state, "expired")
            self.assertEqual(later.telecom_revision_id.state, "sent")
            self.assertFalse(soon._has_to_be_signed())
            self.assertEqual(soon._telecom_pdf(), revision._telecom_file())
            with self.assertRaises(UserError):
                soon.action_quotation_send()
            self.benin.quotation_validity_days = 30
            soon.action_telecom_revise()
            self.assertEqual(soon.validity_date, today + timedelta(days=35))
            soon.action_quotation_sent()
            self.assertEqual(soon.telecom_revision_id.number, 2)

    def test_who_muted_reminders_gets_no_mail(self):
        kind = self.env.ref("telecom_billing.notification_kind_quote_reminder")
        self.portal.telecom_muted_kind_ids = kind
        self._sent(validity_date=fields.Date.today() + timedelta(days=1))
        self._cron()
        self.assertFalse(self._mails())

    def _mails(self):
        return self.env["mail.mail"].search([("email_to", "ilike", "afi@example.com")])

    def test_customers_without_a_login_are_reminded_by_the_operators_host(self):
        self.env["telecom.host"].create(
            {"name": "benin.example.com", "company_id": self.benin.id}
        )
        guest = self._customer(
            self.benin, "Koffi", "Sans", email="koffi@example.com", lang="fr_FR"
        )
        order = self._sent(
            partner_id=guest.id, validity_date=fields.Date.today() + timedelta(days=1)
        )
        self._cron()
        mail = self.env["mail.mail"].search([("recipient_ids", "in", guest.ids)])
        self.assertEqual(mail.recipient_ids, guest)
        self.assertIn("attend votre réponse", mail.subject)
        self.assertIn("//benin.example.com", mail.body_html)
        self.assertIn(f"/my/orders/{order.id}?access_token=", mail.body_html)

    def test_a_closed_module_reminds_nobody(self):
        order = self._sent(validity_date=fields.Date.today() + timedelta(days=1))
        self._close_billing()
        self._cron()
        self.assertFalse(order.sudo().telecom_revision_id.reminded_at)

    def _close_billing(self):
        module = self.env.ref("telecom_crm.module_billing")
        record = self.env["telecom.company.module"].search(
            [("company_id", "=", self.benin.id), ("module_id", "=", module.id)]
        )
        values = {"state": "off"}
        if record:
            record.write(values)
        else:
            self.env["telecom.company.module"].create(
                {"company_id": self.benin.id, "module_id": module.id, **values}
            )

    # Roles

    def test_roles(self):
        order = self._quote(user=self.seller_benin)
        self.assertEqual(order.user_id, self.seller_benin)
        order.action_quotation_sent()
        revision = order.telecom_revision_id
        for user in (self.seller_benin, self.biller, self.manager_benin):
            with self.subTest(user.login):
                self.assertTrue(self._mine(user, revision).read(["number", "pdf"]))
        other = self._user(
            "t.seller2.benin", self.benin, "telecom_crm.group_telecom_seller"
        )
        for user in (other, self.biller_tunisia, self.stranger, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._mine(user, revision).read(["number"])
