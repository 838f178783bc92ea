from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlsplit

from lxml.html import fromstring

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common_invoice import InvoiceCase


class PortalCase(InvoiceCase, HttpCase):
    """Customers of two operators with portal accounts, and one bill per chart."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["telecom.host"].create(
            [
                {"name": "mono-inv.localhost", "company_id": cls.benin.id},
                {"name": "carthage-inv.localhost", "company_id": cls.tunisia.id},
            ]
        )
        cls.client_afi = cls._client("t.client.afi", cls.afi)
        cls.client_sami = cls._client("t.client.sami", cls.sami)
        cls.bill_afi = cls._invoice(
            cls.account_afi, ("SECRETBENIN Mobile", 10000), post=True
        )
        if "tn" in cls.charts:
            cls.bill_sami = cls._invoice(cls.account_sami, ("Mobile", 30), post=True)
        cls._open_demo(cls.benin)

    @classmethod
    def _client(cls, login, partner):
        user = new_test_user(
            cls.env,
            login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=partner.company_id.id,
            company_ids=[Command.set(partner.company_id.ids)],
        )
        # The login is stored with the operator; tours log in with it as password
        user.password = user.login
        return user

    @classmethod
    def _open_demo(cls, company):
        journal = cls.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
        )
        provider = cls.env["payment.provider"].search(
            [("company_id", "=", company.id), ("code", "=", "demo")], limit=1
        )
        if not provider:
            model = cls.env.ref("payment.payment_provider_demo")
            provider = model.copy({"company_id": company.id})
        provider.write(
            {"state": "test", "is_published": True, "journal_id": journal.id}
        )
        provider.payment_method_ids.active = True
        return provider

    def _transaction(self, move):
        provider = self.env["payment.provider"].search(
            [("company_id", "=", move.company_id.id), ("code", "=", "demo")], limit=1
        )
        return self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids[:1].id,
                "reference": f"test-{move.id}",
                "amount": move.amount_residual,
                "currency_id": move.currency_id.id,
                "partner_id": move.partner_id.id,
                "invoice_ids": [Command.set(move.ids)],
                "operation": "online_direct",
            }
        )


@tagged("post_install", "-at_install", "telecom")
class TestPortalInvoice(PortalCase):
    def _get(self, path, host=None, **kwargs):
        headers = {"Host": f"{host}:{urlsplit(self.base_url()).port}"} if host else {}
        return self.url_open(path, headers=headers, **kwargs)

    def _login(self, user):
        self.authenticate(user.login, user.login)

    # Whose invoices

    def test_customers_see_their_own(self):
        self._login(self.client_afi)
        page = self._get("/my/invoices").text
        self.assertIn(self.bill_afi.name, page)
        self.assertNotIn(f"/my/invoices/{self.bill_sami.id}", page)
        page = self._get(f"/my/invoices/{self.bill_afi.id}")
        self.assertIn(f"/my/invoices/{self.bill_afi.id}/detail/xlsx", page.text)
        answer = self._get(
            f"/my/invoices/{self.bill_afi.id}?report_type=pdf&download=true"
        )
        self.assertEqual(answer.content, self.bill_afi._telecom_pdf())
        # The back office prints the very same
        self._login(self.biller_benin)
        answer = self._get(f"/telecom/invoice/{self.bill_afi.id}/pdf")
        self.assertEqual(answer.content, self.bill_afi._telecom_pdf())

    def test_on_a_phone_the_date_stands_below_the_number(self):
        self._login(self.client_afi)
        page = fromstring(self._get("/my/invoices").text)
        [row] = page.xpath(f"//tr[td/a[@title='{self.bill_afi.name}']]")
        [wide] = row.xpath("td[contains(@class, 'd-none d-sm-table-cell')]")
        [small] = row.xpath("td/*[@data-telecom='invoice-date']")
        self.assertEqual(small.text_content().strip(), wide.text_content().strip())
        self.assertTrue(wide.text_content().strip())

    def test_the_heading_of_states_stands_above_them(self):
        self._login(self.client_afi)
        page = fromstring(self._get("/my/invoices").text)
        headings = page.xpath("//tr[th[@name='status']]/th")
        [row] = page.xpath(f"//tr[td/a[@title='{self.bill_afi.name}']]")
        [place] = [
            place
            for place, cell in enumerate(row.xpath("td"))
            if cell.xpath(".//span[contains(@class, 'rounded-pill')]")
        ]
        self.assertEqual(headings[place].get("name"), "status")

    def test_who_comes_without_a_token_can_pay(self):
        """The printed invoice says the address; whoever logs in there pays there."""
        self._login(self.client_afi)
        page = fromstring(self._get(f"/my/invoices/{self.bill_afi.id}").text)
        [form] = page.xpath("//form[@id='o_payment_form']")
        provider = self.env["payment.provider"].search(
            [("company_id", "=", self.benin.id), ("code", "=", "demo")], limit=1
        )
        answer = self.make_jsonrpc_request(
            form.get("data-transaction-route"),
            {
                "access_token": form.get("data-access-token"),
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids[:1].id,
                "token_id": None,
                "amount": self.bill_afi.amount_residual,
                "flow": "direct",
                "tokenization_requested": False,
                "landing_route": form.get("data-landing-route"),
            },
        )
        self.assertTrue(answer["reference"])

    def test_others_get_nothing_by_guessing(self):
        token = self.bill_sami._portal_ensure_token()
        paths = [
            f"/my/invoices/{self.bill_afi.id}",
            f"/my/invoices/{self.bill_afi.id}?report_type=pdf&download=true",
            f"/my/invoices/{self.bill_afi.id}?report_type=html",
            f"/my/invoices/{self.bill_afi.id}/detail/pdf",
            f"/my/invoices/{self.bill_afi.id}/detail/xlsx",
            f"/my/invoices/{self.bill_afi.id}/receipt/1",
            f"/telecom/invoice/{self.bill_afi.id}/pdf",
        ]
        payment = self._pay(self.bill_afi)
        paths.append(f"/my/invoices/{self.bill_sami.id}/receipt/{payment.id}")
        paths.append(f"/telecom/payment/{payment.id}/receipt")
        for user in (self.client_sami, self.biller_tunisia, None):
            if user:
                self._login(user)
            else:
                self.authenticate(None, None)
            for path in paths:
                for suffix in ("", f"access_token={token}", "access_token=0"):
                    with self.subTest(f"{user and user.login} {path} {suffix}"):
                        url = path
                        if suffix:
                            url += ("&" if "?" in path else "?") + suffix
                        answer = self._get(url)
                        self.assertNotIn("SECRETBENIN", answer.text)
                        self.assertNotIn(b"%PDF", answer.content[:5])
                        self.assertNotIn(b"PK", answer.content[:3])

    def test_a_token_opens_on_the_operator_s_own_host_only(self):
        token = self.bill_afi._portal_ensure_token()
        self.authenticate(None, None)
        path = (
            f"/my/invoices/{self.bill_afi.id}"
            f"?access_token={token}&report_type=pdf&download=true"
        )
        pdf = self.bill_afi._telecom_pdf()
        self.assertEqual(self._get(path, "mono-inv.localhost").content, pdf)
        self.assertNotEqual(self._get(path, "carthage-inv.localhost").content, pdf)
        receipt = self._get(
            f"/my/invoices/{self.bill_afi.id}/detail/pdf?access_token={token}",
            "carthage-inv.localhost",
        )
        self.assertEqual(receipt.status_code, 404)

    def test_the_module_closes_the_pages(self):
        self._login(self.client_afi)
        self.benin._telecom_set_module("billing", "off")
        self.assertEqual(self._get("/my/invoices").status_code, 404)
        self.assertEqual(self._get("/my/invoices/requests").status_code, 404)
        answer = self._get(
            f"/my/invoices/{self.bill_afi.id}?report_type=pdf&download=true"
        )
        self.assertNotIn(b"%PDF", answer.content[:5])
        self._login(self.biller_benin)
        answer = self._get(f"/telecom/invoice/{self.bill_afi.id}/pdf")
        self.assertEqual(answer.status_code, 404)
        self._login(self.client_afi)
        # Read-only: what is there can be read and paid
        self.benin._telecom_set_module("billing", "readonly")
        self.assertIn(self.bill_afi.name, self._get("/my/invoices").text)
        self.benin._telecom_set_module("billing", "on")

    # Paying

    def test_paying_brings_the_lines_back_and_twice_changes_nothing(self):
        line = self._line(self.afi, "+2290197000601")
        today = fields.Date.today()
        bill = self._invoice(
            self.account_afi,
            ("Mobile", 5000),
            post=True,
            invoice_date=today - timedelta(days=60),
            invoice_date_due=today - timedelta(days=40),
            invoice_payment_term_id=False,
        )
        self.env["telecom.dunning.level"].create(
            {
                "company_id": self.benin.id,
                "name": "Suspension",
                "days": 15,
                "action": "suspend",
            }
        )
        self.benin.resource_calendar_id.attendance_ids.unlink()
        case = self.env["telecom.dunning"]._open_cases(self.benin)
        case._remind()
        self.assertEqual(line.state, "suspended")
        transaction = self._transaction(bill)
        notice = {"reference": transaction.reference, "simulated_state": "done"}
        cron = self.env.ref("payment.cron_post_process_payment_tx")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        transaction._process("demo", notice)
        self.assertEqual(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]),
            before + 1,
        )
        transaction._post_process()
        self.assertEqual(bill.payment_state, "paid")
        self.assertEqual(line.state, "active")
        self.assertEqual(case.state, "closed")
        # The provider's notice again, and the page of the customer
        transaction._process("demo", notice)
        transaction._post_process()
        self.assertEqual(len(bill._telecom_payments()), 1)
        self.assertEqual(bill.amount_residual, 0)
        self.assertEqual(case.event_ids.mapped("kind").count("resume"), 1)

    def test_late_payments_are_accepted(self):
        self.account_afi.state = "closed"
        self.assertTrue(self.bill_afi._has_to_be_paid())
        self.benin._telecom_set_module("billing", "readonly")
        transaction = self._transaction(self.bill_afi)
        transaction._process(
            "demo", {"reference": transaction.reference, "simulated_state": "done"}
        )
        transaction._post_process()
        self.assertEqual(self.bill_afi.payment_state, "paid")

    # Requests

    def _post(self, **data):
        return self.url_open(
            "/my/invoices/requests",
            data={"csrf_token": self._token(), **data},
            allow_redirects=True,
        )

    def _token(self):
        page = self._get("/my/invoices/requests").text
        return page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]

    def _requests(self):
        return self.env["telecom.invoice.request"].search(
            [("company_id", "in", (self.benin | self.tunisia).ids)]
        )

    def test_asking_on_the_portal(self):
        self._login(self.client_afi)
        answer = self._post(
            kind="copy",
            account_id=self.account_afi.id,
            move_id=self.bill_afi.id,
            note="Merci",
        )
        self.assertIn("request-sent", answer.text)
        request = self._requests()
        self.assertEqual(request.channel, "portal")
        self.assertEqual(request.move_ids, self.bill_afi)
        self.assertEqual(request.company_id, self.benin)
        # Another's account or invoice is none of his
        for data in (
            {"kind": "bill_now", "account_id": self.account_sami.id},
            {
                "kind": "copy",
                "account_id": self.account_afi.id,
                "move_id": self.bill_sami.id,
            },
            {"kind": "wrong", "account_id": self.account_afi.id},
            {"kind": "merge", "account_id": self.account_afi.id},
            {"kind": "bill_now", "account_id": "1; DROP TABLE"},
            {"kind": "copy", "account_id": self.account_afi.id, "move_id": "²"},
        ):
            with self.subTest(data):
                self.assertIn("alert-danger", self._post(**data).text)
        self.assertEqual(self._requests(), request)
        # What a database cannot hold is left out, not answered with an error
        answer = self._post(
            kind="bill_now", account_id=self.account_afi.id, note="a\0<b>"
        )
        self.assertIn("request-sent", answer.text)
        self.assertEqual((self._requests() - request).note, "a<b>")

    def test_carrying_requests_out(self):
        Request = self.env["telecom.invoice.request"]
        values = {"account_id": self.account_afi.id, "company_id": self.benin.id}
        asked = (
            Request.with_user(self.agent)
            .with_context(allowed_company_ids=self.benin.ids)
            .create({**values, "kind": "copy", "move_ids": [(6, 0, self.bill_afi.ids)]})
        )
        self.assertEqual(asked.channel, "agent")
        with self.assertRaises(AccessError):
            asked.action_review()
        # Refused before anything is sent, which nobody could take back
        Send = type(self.env["account.move.send"])
        with (
            patch.object(Send, "_generate_and_send_invoices") as sent,
            self.assertRaises(AccessError),
        ):
            asked.action_carry_out()
        sent.assert_not_called()
        with self.assertRaises(AccessError):
            asked.with_user(self.biller_tunisia).read(["note"])
        own = asked.with_user(self.biller_benin)
        own.action_review()
        self.assertEqual(own.user_id, self.biller_benin)
        own.action_carry_out()
        self.assertEqual(own.state, "done")
        self.assertTrue(self.bill_afi.is_move_sent)
        with self.assertRaises(UserError):
            own.action_refuse()
        refused = Request.with_user(self.biller_benin).create(values)
        self.assertEqual(refused.channel, "office")
        with self.assertRaisesRegex(UserError, "reason"):
            refused.action_refuse()
        refused.reason = "Déjà envoyée"
        refused.action_refuse()
        self.assertEqual(refused.state, "refused")

    def test_the_answer_is_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.afi.lang = "fr_FR"
        clerk = self.biller_benin
        clerk.lang = "en_US"
        values = {"account_id": self.account_afi.id, "company_id": self.benin.id}
        refused, done = (
            self.env["telecom.invoice.request"]
            .with_user(clerk)
            .create([values, {**values}])
        )
        # A reason is what the customer reads, never a pattern
        refused.reason = "Remise de 10 % <b>déjà</b> faite : %s"
        refused.action_refuse()
        self.assertEqual(
            refused.message_ids[0].body,
            f"<p>Votre demande {refused.name} a été refusée :</p>"
            "<p>Remise de 10 % &lt;b&gt;déjà&lt;/b&gt; faite : %s</p>",
        )
        done.action_done()
        self.assertIn(f"Votre demande {done.name} est trait", done.message_ids[0].body)

    def test_the_detail_goes_with_the_bill_that_was_asked_for(self):
        Request = self.env["telecom.invoice.request"].with_user(self.biller_benin)
        values = {
            "account_id": self.account_afi.id,
            "company_id": self.benin.id,
            "move_ids": [Command.set(self.bill_afi.ids)],
        }
        name = self.bill_afi.name.replace("/", "-")
        detail = {f"{name}-detail.pdf", f"{name}-detail.xlsx"}
        for kind, expected in (("copy", set()), ("detail", detail)):
            Request.create({**values, "kind": kind}).action_carry_out()
            message = self.bill_afi.message_ids.filtered("attachment_ids")[:1]
            sent = {
                one.name: one.raw
                for one in message.attachment_ids
                if "detail" in one.name
            }
            with self.subTest(kind):
                self.assertEqual(set(sent), expected)
                self.assertTrue(message.attachment_ids)
        self.assertTrue(sent[f"{name}-detail.pdf"].startswith(b"%PDF"))
        self.assertTrue(sent[f"{name}-detail.xlsx"].startswith(b"PK"))

    def test_requests_are_found_and_made_from_the_customers_file(self):
        clerk = self.clerk_benin
        action = self.afi.with_user(clerk).action_view_telecom_invoice_requests()
        Request = (
            self.env["telecom.invoice.request"]
            .with_user(clerk)
            .with_context(allowed_company_ids=self.benin.ids)
        )
        form = Form(Request.with_context(**action["context"]))
        self.assertEqual(form.account_id, self.account_afi)
        form.kind = "copy"
        form.move_ids.add(self.bill_afi.with_user(clerk))
        request = form.save()
        self.assertEqual(request.channel, "agent")
        self.assertEqual(Request.search(action["domain"]), request)
        account = self.account_afi.with_user(clerk)
        action = account.action_view_telecom_requests()
        self.assertEqual(Request.search(action["domain"]), request)
        form = Form(Request.with_context(**action["context"]))
        self.assertEqual(form.account_id, self.account_afi)

    def test_a_request_merges_drafts(self):
        drafts = self._invoice(self.account_afi, ("A", 100)) + self._invoice(
            self.account_afi, ("B", 200)
        )
        request = (
            self.env["telecom.invoice.request"]
            .with_user(self.biller_benin)
            .create(
                {
                    "account_id": self.account_afi.id,
                    "company_id": self.benin.id,
                    "kind": "merge",
                    "move_ids": [(6, 0, drafts.ids)],
                }
            )
        )
        request.action_carry_out()
        self.assertEqual(request.result_ids.amount_untaxed, 300)
