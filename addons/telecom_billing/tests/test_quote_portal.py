import re
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .quote_common import QuoteCase

#: A picture of one point
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install", "telecom")
class TestQuotePortal(QuoteCase, HttpCase):
    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _accept(self, order, revision=None, token=None, name="Afi Dossou"):
        params = {"name": name, "signature": SIGNATURE}
        if token:
            params["access_token"] = token
        url = f"/my/orders/{order.id}/accept"
        if revision is not None:
            url = f"{url}?revision={revision}"
        return self.make_jsonrpc_request(url, params)

    def _decline(self, order, revision, message="Trop cher", token=None):
        return self.url_open(
            f"/my/orders/{order.id}/decline",
            data={
                "csrf_token": Request.csrf_token(self),
                "decline_message": message,
                "revision": revision,
                "access_token": token or order._portal_ensure_token(),
            },
        )

    def _second(self, order, price=20000):
        order.action_telecom_revise()
        order.order_line.price_unit = price
        order.action_quotation_sent()

    # Accepting

    def test_the_customer_accepts_what_he_saw(self):
        order = self._sent()
        self._login(self.portal)
        page = self.url_open(f"/my/orders/{order.id}").text
        self.assertIn(f"{order.name}/1", page)
        self.assertIn("revision=1", page)
        answer = self._accept(order, 1)
        self.assertTrue(answer.get("force_refresh"), answer)
        order.invalidate_recordset()
        revision = order.telecom_revision_id
        self.assertEqual((order.state, revision.state), ("sale", "accepted"))
        self.assertEqual(revision.answered_by, "Afi Dossou")
        self.assertTrue(revision.signed_digest)
        self.assertEqual(order._telecom_pdf(), revision._telecom_file())
        # What was sent is still there, beside the signed file
        self.assertNotEqual(revision.signed_digest, revision.digest)
        self.assertIn("error", self._accept(order, 1))
        posted = order.message_ids.attachment_ids.filtered(
            lambda one: one.mimetype == "application/pdf"
        )
        self.assertEqual(posted[:1].raw, revision._telecom_file())

    def test_an_older_revision_cannot_be_accepted(self):
        order = self._sent()
        token = order._portal_ensure_token()
        self._second(order)
        self._login(self.portal)
        for revision in (1, 0, 3, "", "1; DROP", "²", None):
            with self.subTest(revision):
                self.assertIn("error", self._accept(order, revision, token))
        order.invalidate_recordset()
        self.assertEqual(order.state, "sent")
        self.assertFalse(order.signature)
        self.assertNotIn("error", self._accept(order, 2, token))
        self.assertEqual(order.telecom_revision_id.number, 2)

    def test_a_price_that_changed_meanwhile(self):
        order = self._sent()
        order.order_line.sudo().price_unit = 99999
        self.env.flush_all()
        self._login(self.portal)
        self.assertIn("error", self._accept(order, 1))
        page = self.url_open(f"/my/orders/{order.id}").text
        self.assertNotIn("99999", re.sub(r"[\s\u202f\xa0]", "", page))
        self.assertIn("quote-in-revision", page)
        order.invalidate_recordset()
        self.assertEqual(order.state, "sent")

    def test_an_expired_quotation(self):
        order = self._sent(validity_date=fields.Date.today() - timedelta(days=1))
        self._login(self.portal)
        self.assertIn("error", self._accept(order, 1))

    def test_a_name_is_needed(self):
        order = self._sent()
        self._login(self.portal)
        self.assertIn("error", self._accept(order, 1, name="  "))

    # Others

    def test_customers_of_others_and_visitors(self):
        order = self._sent()
        other = self._sent()
        url = f"/my/orders/{order.id}"
        for user in (self.stranger_portal, None):
            if user:
                self._login(user)
            else:
                self.authenticate(None, None)
            for token in (None, "x", other._portal_ensure_token()):
                with self.subTest(user=user and user.login, token=token):
                    self.assertIn("error", self._accept(order, 1, token))
                    query = f"?access_token={token}" if token else ""
                    for suffix in ("", "&report_type=pdf", "&report_type=html"):
                        page = self.url_open(f"{url}{query or '?'}{suffix}")
                        self.assertNotIn(order.name, page.text)
                        self.assertNotIn(b"%PDF", page.content[:10])
            self._decline(order, 1, token="x")
        order.invalidate_recordset()
        self.assertEqual(order.state, "sent")
        # By the link of the e-mail, without a login
        answer = self._accept(order, 1, order._portal_ensure_token())
        self.assertNotIn("error", answer)

    def test_files_of_revisions_are_not_handed_out(self):
        order = self._sent()
        first = order.telecom_revision_id
        self._second(order)
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", first._name),
                    ("res_id", "=", first.id),
                    ("res_field", "!=", False),
                ]
            )
        )
        for user in (self.portal, self.stranger_portal):
            self._login(user)
            for url in (
                f"/web/content/telecom.quote.revision/{first.id}/pdf",
                f"/web/content/{attachment.ids[0]}",
                f"/web/content/{attachment.ids[0]}?access_token="
                f"{order._portal_ensure_token()}",
            ):
                with self.subTest(user=user.login, url=url):
                    self.assertNotIn(b"%PDF", self.url_open(url).content[:10])

    # While it is being worked on

    def test_what_is_being_worked_on_is_not_shown(self):
        order = self._sent()
        order.action_telecom_revise()
        order.order_line.price_unit = 12321
        self.env.flush_all()
        self._login(self.portal)
        for query in ("", "report_type=pdf", "report_type=html", "report_type=text"):
            for token in ("", f"access_token={order._portal_ensure_token()}"):
                with self.subTest(f"{query} {token}"):
                    page = self.url_open(f"/my/orders/{order.id}?{query}&{token}")
                    self.assertNotIn("12321", re.sub(r"\s", "", page.text))
                    self.assertNotIn(b"%PDF", page.content[:10])
        page = self.url_open(
            f"/my/orders/{order.id}?access_token={order._portal_ensure_token()}"
        )
        self.assertIn("quote-in-revision", page.text)
        self.assertIn("error", self._accept(order, 1, order._portal_ensure_token()))
        mine = order.with_user(self.portal)
        with self.assertRaises(AccessError):
            mine.read(["amount_total"])
        with self.assertRaises(AccessError):
            mine.order_line.with_user(self.portal).read(["price_unit"])

    def test_nobody_pays_for_a_replaced_quotation(self):
        order = self._sent()
        token = order._portal_ensure_token()
        order.action_telecom_revise()
        with mute_logger("odoo.http"):
            answer = self.url_open(
                f"/my/orders/{order.id}/transaction",
                json={"params": {"access_token": token, "amount": 1}},
            ).json()
        self.assertIn("error", answer)
        self.assertFalse(order.sudo().transaction_ids)

    def test_lines_are_not_changed_by_the_customer(self):
        order = self._sent()
        line = order.order_line
        self.make_jsonrpc_request(
            f"/my/orders/{order.id}/update_line_dict",
            {
                "line_id": line.id,
                "input_quantity": 99,
                "access_token": order._portal_ensure_token(),
            },
        )
        line.invalidate_recordset()
        self.assertEqual(line.product_uom_qty, 2)

    # Differences and refusal

    def test_the_customer_sees_what_is_different_from_what_he_had(self):
        self.benin.telecom_quote_limit = 0
        order = self._sent()
        # One that the customer never got lies between
        order.action_telecom_revise()
        order.order_line.price_unit = 11111
        order._telecom_issue()
        order.action_telecom_revise()
        order.order_line.price_unit = 20000
        order.action_quotation_sent()
        self._login(self.portal)
        text = self.url_open(f"/my/orders/{order.id}").text
        page = re.sub(r"[\s\u202f\xa0]", "", text)
        self.assertIn("quote-changes", page)
        self.assertIn(f"{order.name}/3", page)
        self.assertIn("25000", page)
        self.assertIn("20000", page)
        self.assertNotIn("11111", page)

    def test_refusing(self):
        order = self._sent()
        self._second(order)
        self._login(self.portal)
        self._decline(order, 1)
        order.invalidate_recordset()
        self.assertEqual(order.state, "sent")
        self._decline(order, 2, "Trop <b>cher</b>")
        order.invalidate_recordset()
        revision = order.telecom_revision_id
        self.assertEqual((order.state, revision.state), ("cancel", "refused"))
        self.assertEqual(revision.answer, "Trop <b>cher</b>")
        self.assertIn("error", self._accept(order, 2))

    # Requests

    def _post(self, **values):
        return self.url_open(
            "/my/quote-requests/new",
            data={"csrf_token": Request.csrf_token(self), **values},
        )

    def _requests(self):
        return self.env["telecom.quote.request"].search(
            [
                (
                    "partner_id",
                    "in",
                    (self.customer.id, self.stranger_portal.partner_id.id),
                )
            ]
        )

    def test_asking_on_the_portal(self):
        self._login(self.portal)
        page = self.url_open("/my/quote-requests/new").text
        self.assertIn("Fibre 100", page)
        start, seller = self.env["telecom.quote.request"]._telecom_slots(self.benin)[0]
        key = self.env["telecom.quote.request"]._telecom_slot_key(start, seller)
        self.assertIn(key, page)
        answer = self._post(
            **{
                f"quantity_{self.fibre.id}": "3",
                "description": "Pour l’agence <script>",
                "wanted_date": "2027-01-15",
                "slot": key,
            }
        )
        request = self._requests()
        self.assertEqual(len(request), 1)
        self.assertIn("quote-request-sent", answer.text)
        self.assertNotIn("<script>alert", answer.text)
        self.assertEqual(request.company_id, self.benin)
        self.assertEqual(request.partner_id, self.customer)
        self.assertEqual(request.line_ids.product_id, self.fibre)
        self.assertEqual(request.line_ids.quantity, 3)
        self.assertEqual(request.sudo().event_id.user_id, seller)
        # The slot is gone for whoever comes next
        answer = self._post(description="moi aussi", slot=key)
        self.assertIn("quote-request-error", answer.text)
        self.assertEqual(self._requests(), request)

    def test_bad_forms(self):
        self._login(self.portal)
        foreign = self.env["product.product"].create(
            {
                "name": "SECRET offre",
                "company_id": self.tunisia.id,
                "telecom_offer_kind": "fibre",
            }
        )
        self.assertNotIn("SECRET", self.url_open("/my/quote-requests/new").text)
        for values in (
            {},
            {f"quantity_{foreign.id}": "1"},
            {f"quantity_{self.fibre.id}": "-4"},
            {f"quantity_{self.fibre.id}": "1e9"},
            {f"quantity_{self.fibre.id}": "99999"},
            {"description": "x", "wanted_date": "yesterday"},
            {"description": "x", "wanted_date": "1999-01-01"},
            {
                "description": "x",
                "slot": f"{self.seller_tunisia.id}|2030-01-07 09:00:00",
            },
            {
                "description": "x",
                "slot": f"{self.seller_benin.id}|2030-01-07 03:00:00",
            },
        ):
            with self.subTest(values):
                self.assertIn("quote-request-error", self._post(**values).text)
        self.assertFalse(self._requests())
        answer = self._post(description="a\0b", slot="²|2030-01-07 09:00:00")
        self.assertIn("quote-request-sent", answer.text)
        self.assertEqual(self._requests().description, "ab")

    def test_requests_of_others(self):
        request = self.env["telecom.quote.request"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.benin.id,
                "description": "SECRET",
                "line_ids": [Command.create({"name": "SECRET", "quantity": 1})],
            }
        )
        url = f"/my/quote-requests/{request.id}"
        self._login(self.portal)
        self.assertIn("SECRET", self.url_open(url).text)
        self.assertIn(request.name, self.url_open("/my/quote-requests").text)
        self._login(self.stranger_portal)
        for page in (url, f"{url}?access_token=x", "/my/quote-requests"):
            with self.subTest(page):
                self.assertNotIn("SECRET", self.url_open(page).text)
        # Staff have the back office; visitors log in
        self.authenticate(None, None)
        self.assertNotIn("SECRET", self.url_open(url).text)
