import io
from unittest.mock import patch

import openpyxl

from odoo import fields
from odoo.tests import tagged

from odoo.addons.telecom_billing.report import detail

from .common_invoice import InvoiceCase


@tagged("post_install", "-at_install", "telecom")
class TestInvoiceDocument(InvoiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        (cls.afi | cls.sami).lang = "fr_FR"
        cls.tunisia.vat = "1234567LAM000"
        cls.sami.write({"vat": "7654321BAM000", "is_company": True})

    def _texts(self, document):
        """Return everything that stands on a document, as one text."""
        return repr(document).replace("\\xa0", " ").replace("\\u202f", " ")

    def test_a_bill_of_tunisia(self):
        vat7 = self._chart(self.tunisia, "l10n_tn_tax_vat_sale_7")
        move = self._invoice(
            self.account_sami, ("Mobile", 30), ("Livre", 10.5, vat7), post=True
        )
        document = move._telecom_document()
        totals = [
            (total.label.replace("\xa0", " "), total.amount.replace("\xa0", " "))
            for total in document.totals
        ]
        self.assertEqual(totals[0][1], "40,500 DT")
        self.assertEqual(totals[-1][1], "47,935 DT")
        self.assertEqual(
            {amount: label.split(" sur ")[0] for label, amount in totals[1:-1]},
            {
                "5,700 DT": "TVA 19 %",
                "0,735 DT": "TVA 7 %",
                "1,000 DT": "Timbre fiscal",
            },
        )
        text = self._texts(document)
        self.assertIn("quarante-sept dinars et neuf cent trente-cinq millimes", text)
        self.assertIn("1234567LAM000", text)
        self.assertIn("7654321BAM000", text)
        self.assertIn(self.account_sami.number, text)
        # The stamp is no line of the table
        self.assertNotIn("Timbre fiscal", self._texts(document.tables))
        content = move._telecom_pdf()
        self.assertTrue(content.startswith(b"%PDF"))
        # The same bill is the same file
        self.assertEqual(content, move._telecom_pdf())

    def test_english_dates_name_the_month(self):
        self.env["res.lang"]._activate_lang("en_US")
        self.account_sami.lang = "en_US"
        move = self._invoice(self.account_sami, ("Mobile", 30))
        move.write({"invoice_date": "2026-11-01", "invoice_date_due": "2026-11-16"})
        facts = dict(move._telecom_document().facts)
        self.assertEqual(facts["Date"], "1 Nov 2026")
        self.account_sami.lang = "fr_FR"
        facts = dict(move._telecom_document().facts)
        self.assertEqual(facts["Date"], "01/11/2026")

    def test_a_bill_of_benin_paid_in_part(self):
        move = self._invoice(self.account_afi, ("Mobile", 10000), post=True)
        self._pay(move, 1800)
        amounts = [
            total.amount.replace("\xa0", " ")
            for total in move._telecom_document().totals
        ]
        self.assertEqual(
            amounts,
            ["10 000 CFA", "1 800 CFA", "11 800 CFA", "-1 800 CFA", "10 000 CFA"],
        )
        self.assertIn(
            "onze mille huit cents francs CFA", self._texts(move._telecom_document())
        )

    def test_print_portal_and_mail_take_the_same_file(self):
        move = self._invoice(self.account_afi, ("Mobile", 10000), post=True)
        expected = move._telecom_pdf()
        self.assertEqual(
            move._get_invoice_legal_documents_all(allow_fallback=True)[0]["content"],
            expected,
        )
        content, kind = self.env["ir.actions.report"]._render_qweb_pdf(
            "account.account_invoices", move.ids
        )
        self.assertEqual((content, kind), (expected, "pdf"))
        self.assertIn(f"/telecom/invoice/{move.id}/pdf", move.action_print_pdf()["url"])

    def test_companies_that_are_no_operators_keep_odoo_s_own(self):
        company = self.provider
        self.env["account.chart.template"].try_loading("bj", company)
        move = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "company_id": company.id,
                    "partner_id": self.env["res.partner"].create({"name": "X"}).id,
                    "invoice_line_ids": [(0, 0, {"name": "x", "price_unit": 1})],
                }
            )
        )
        move.action_post()
        self.assertFalse(move._telecom_is_bill())
        self.assertNotEqual(move.action_print_pdf()["type"], "ir.actions.act_url")

    def test_a_receipt(self):
        move = self._invoice(self.account_afi, ("Mobile", 10000), post=True)
        payment = self._pay(move)
        self.assertEqual(move._telecom_payments(), payment)
        self.assertTrue(payment._telecom_pdf().startswith(b"%PDF"))

    # Detail of consumption

    def _records(self, count=1, number="0197000001"):
        return [
            {
                "start": fields.Datetime.to_datetime("2026-10-05 08:15:00"),
                "usage_kind": "voice",
                "msisdn": "01 97 00 05 01",
                "number": number,
                "destination": "Bénin, mobiles",
                "quantity": 65,
                "included": 0,
                "billed": 120,
                "off_peak": False,
                "amount": 60,
                "state": "rated",
            }
        ] * count

    def test_the_workbook_holds_no_formula(self):
        move = self._invoice(self.account_afi, ("Mobile", 10000), post=True)
        hostile = '=cmd|" /C calc"!A0'
        with patch.object(
            self.env.registry["telecom.usage"],
            "_telecom_detail",
            lambda *_args: iter(
                self._records(1, hostile) + self._records(1, "@SUM(1)\x07")
            ),
        ):
            content = move._telecom_detail_xlsx()
        page = openpyxl.load_workbook(io.BytesIO(content)).active
        rows = list(page.iter_rows(values_only=True))
        numbers = [row[3] for row in rows if row[6] == 60]
        self.assertEqual(numbers, ["'" + hostile, "'@SUM(1)"])
        self.assertNotIn("f", {cell.data_type for row in page.rows for cell in row})

    def test_what_a_spreadsheet_takes_for_a_formula(self):
        cases = [
            ("=1+1", "'=1+1"),
            ("+cmd", "'+cmd"),
            ("-2+3|x", "'-2+3|x"),
            ("@x", "'@x"),
            ("\t=1", "'\t=1"),
            ("+229 01 97 00", "+229 01 97 00"),
            ("-12,5", "-12,5"),
            ("a\x00b", "ab"),
            ("x" * 600, "x" * 500),
            (None, ""),
            ("Été", "Été"),
        ]
        for text, expected in cases:
            with self.subTest(text):
                self.assertEqual(detail.safe(text), expected)

    def test_the_detail_as_pdf(self):
        move = self._invoice(self.account_afi, ("Mobile", 10000), post=True)
        self.assertTrue(move._telecom_detail_pdf().startswith(b"%PDF"))
        with patch.object(
            self.env.registry["telecom.usage"],
            "_telecom_detail",
            lambda *_args: iter(self._records(300)),
        ):
            many = move._telecom_detail_pdf()
        self.assertGreater(many.count(b"/Type /Page\n"), 3)

    # Sending

    def test_bills_are_sent_in_the_background_once(self):
        moves = self._invoice(self.account_afi, ("Mobile", 1000), post=True)
        moves += self._invoice(self.account_sami, ("Mobile", 10), post=True)
        silent = self._customer(self.benin, "Sans", "Adresse")
        account = silent._telecom_billing_accounts()[silent.id]
        moves += self._invoice(account, ("Mobile", 1000), post=True)
        draft = self._invoice(account, ("Mobile", 1000))
        self.assertEqual((moves + draft)._telecom_queue_sending(), moves)
        cron = self.env.ref("telecom_billing.cron_invoice_sending")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            self.assertEqual(moves.mapped("telecom_sending"), ["sent", "sent", "paper"])
            count = len(moves.message_ids)
            cron.method_direct_trigger()
            self.assertFalse(moves[:2]._telecom_queue_sending())
            cron.method_direct_trigger()
            self.assertEqual(len(moves.message_ids), count)
        self.assertEqual(moves[0].invoice_pdf_report_id.raw[:4], b"%PDF")
        self.assertTrue(moves[0].telecom_sent_at)
        self.assertFalse(draft.telecom_sending)

    def test_one_bill_that_fails_does_not_stop_the_others(self):
        moves = self._invoice(self.account_afi, ("Mobile", 1000), post=True)
        moves += self._invoice(self.account_afi, ("Mobile", 2000), post=True)
        moves._telecom_queue_sending()
        broken = moves[0]
        original = type(broken)._telecom_document

        def document(move):
            if move.id == broken.id:
                raise ValueError("no")
            return original(move)

        with patch.object(
            self.env.registry["account.move"], "_telecom_document", document
        ):
            moves._telecom_send()
        self.assertEqual(moves.mapped("telecom_sending"), ["failed", "sent"])
        self.assertIn("no", broken.telecom_sending_error)
        broken._telecom_queue_sending()
        broken._telecom_send()
        self.assertEqual(broken.telecom_sending, "sent")
