from datetime import datetime, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .quote_common import QuoteCase

#: A Monday
MONDAY = datetime(2026, 11, 23, 6, 0)


@tagged("post_install", "-at_install", "telecom")
class TestQuoteRequest(QuoteCase):
    def _request(self, user=None, **values):
        return (
            self.env["telecom.quote.request"]
            .with_user(user or self.clerk_benin)
            .create(
                {
                    "partner_id": self.customer.id,
                    "line_ids": [
                        Command.create({"product_id": self.fibre.id, "quantity": 3}),
                        Command.create({"name": "Un standard", "quantity": 1}),
                    ],
                    **values,
                }
            )
        )

    def _mine(self, user, record):
        return record.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )

    def test_from_request_to_quotation(self):
        request = self._request(wanted_date="2035-01-01")
        self.assertEqual(request.company_id, self.benin)
        self.assertEqual(request.summary, "3 × Fibre 100, 1 × Un standard")
        action = request.action_quote()
        order = self.env["sale.order"].browse(action["res_id"])
        self.assertEqual(request.state, "review")
        self.assertEqual(request.user_id, self.clerk_benin)
        self.assertEqual(order.telecom_request_id, request)
        self.assertEqual(
            order.order_line.mapped(lambda line: (line.product_id, line.name))[1],
            (self.env["product.product"], "1 × Un standard"),
        )
        self.assertEqual(order.order_line[0].product_uom_qty, 3)
        order.action_quotation_sent()
        self.assertEqual(request.state, "quoted")

    def test_a_refusal_has_a_reason_that_the_customer_gets(self):
        request = self._request()
        with self.assertRaises(UserError):
            request._telecom_refuse("  ")
        self.env["telecom.quote.refuse"].with_user(self.clerk_benin).create(
            {"request_id": request.id, "reason": "Pas de fibre à Ganvié"}
        ).action_refuse()
        self.assertEqual(request.state, "refused")
        message = request.message_ids.filtered(lambda one: "Ganvié" in one.body)
        self.assertEqual(message.notified_partner_ids, self.customer)
        for attempt in (request.action_quote, lambda: request._telecom_refuse("x")):
            with self.assertRaises(UserError):
                attempt()

    def test_bad_quantities(self):
        for quantity in (0, -1, 100001):
            with (
                self.subTest(quantity),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
            ):
                self._request(
                    line_ids=[Command.create({"name": "x", "quantity": quantity})]
                )

    def test_roles(self):
        mine = self._request(user_id=self.seller_benin.id)
        free = self._request()
        other = self._request(user_id=self.clerk_benin.id)
        found = self.env["telecom.quote.request"].with_user(self.seller_benin)
        self.assertEqual(
            found.search([("company_id", "=", self.benin.id)]), free | mine
        )
        found = self.env["telecom.quote.request"].with_user(self.agent)
        found = found.with_context(allowed_company_ids=self.benin.ids)
        self.assertEqual(
            found.search([("company_id", "=", self.benin.id)]), free | mine | other
        )
        for user in (self.clerk_tunisia, self.stranger_portal, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._mine(user, mine).read(["name"])
        with self.assertRaises(AccessError):
            self._mine(self.portal, mine).write({"description": "x"})
        self.assertTrue(self._mine(self.portal, mine).read(["name"]))
        with self.assertRaises(AccessError):
            mine.with_user(self.clerk_benin).unlink()

    def test_a_seller_of_another_operator(self):
        with self.assertRaises(AccessError):
            self._request(user_id=self.seller_tunisia.id)

    # Appointments

    def _slots(self):
        return self.env["telecom.quote.request"]._telecom_slots(self.benin)

    def _event(self, user, start, hours, **values):
        return self.env["calendar.event"].create(
            {
                "name": "x",
                "start": start,
                "stop": start + timedelta(hours=hours),
                "partner_ids": [Command.set(user.partner_id.ids)],
                "user_id": user.id,
                **values,
            }
        )

    @freeze_time(MONDAY)
    def test_slots_of_working_hours_and_agendas(self):
        self.benin.resource_calendar_id.tz = "UTC"
        slots = self._slots()
        starts = [start for start, _seller in slots]
        self.assertTrue(starts)
        self.assertTrue(all(seller == self.seller_benin for _start, seller in slots))
        self.assertTrue(all(start.weekday() < 5 for start in starts))
        self.assertGreaterEqual(starts[0], MONDAY + timedelta(hours=4))
        taken = starts[0]
        self._event(self.seller_benin, taken, 1)
        after = [start for start, _seller in self._slots()]
        self.assertNotIn(taken, after)
        # Of another operator, free, or somebody else's
        self._event(
            self.seller_benin, after[0], 0.5, telecom_company_id=self.tunisia.id
        )
        self._event(self.seller_benin, after[1], 0.5, show_as="free")
        self._event(self.clerk_benin, after[2], 0.5)
        last = [start for start, _seller in self._slots()]
        self.assertNotIn(after[0], last)
        self.assertIn(after[1], last)
        self.assertIn(after[2], last)

    @freeze_time(MONDAY)
    def test_booking(self):
        request = self._request()
        start, seller = self._slots()[0]
        request._telecom_book(seller, start)
        event = request.event_id.sudo()
        self.assertEqual((event.start, event.user_id), (start, seller))
        self.assertEqual(event.telecom_company_id, self.benin)
        self.assertEqual(event.duration, 0.5)
        self.assertEqual(request.user_id, seller)
        with self.assertRaises(UserError):
            self._request()._telecom_book(seller, start)
        with self.assertRaises(AccessError):
            self._request()._telecom_book(self.seller_tunisia, start)
        with self.assertRaises(UserError):
            self._request()._telecom_book(seller, start + timedelta(minutes=7))
        # Another appointment takes the place of the first
        later = self._slots()[3][0]
        request._telecom_book(seller, later)
        self.assertFalse(event.active)
        self.assertIn(start, [one for one, _seller in self._slots()])
        request._telecom_refuse("Non")
        self.assertFalse(request.event_id.sudo().active)

    @freeze_time(MONDAY)
    def test_the_wizard_offers_free_slots(self):
        request = self._request()
        Booking = (
            self.env["telecom.quote.booking"]
            .with_user(self.clerk_benin)
            .with_context(default_request_id=request.id)
        )
        options = Booking._select_slot()
        self.assertTrue(options)
        Booking.create({"slot": options[0][0]}).action_book()
        self.assertTrue(request.event_id)
        # Of a request one may not see: nothing
        Booking = Booking.with_user(self.clerk_tunisia)
        self.assertFalse(Booking._select_slot())

    def test_keys_of_slots(self):
        parse = self.env["telecom.quote.request"]._telecom_parse_slot
        self.assertEqual(
            parse(f"{self.seller_benin.id}|2026-11-23 08:00:00"),
            (self.seller_benin, datetime(2026, 11, 23, 8)),
        )
        for text in ("", None, "x", "1|", "1|x", "-1|2026-11-23 08:00:00", "1|1; DROP"):
            with self.subTest(text):
                self.assertFalse(parse(text))

    # From the portal

    def test_what_customers_send_is_checked(self):
        Request = self.env["telecom.quote.request"].sudo()

        def submit(values, lines):
            return Request._telecom_submit(self.customer, self.benin, values, lines)

        for values, lines in (
            ({}, {}),
            ({"description": "  "}, {}),
            ({"wanted_date": datetime(2001, 1, 1).date()}, {self.fibre: 1}),
            ({"wanted_date": datetime(2999, 1, 1).date()}, {self.fibre: 1}),
        ):
            with self.subTest(values), self.assertRaises(UserError):
                submit(values, lines)
        request = submit({"description": "x" * 9000}, {self.fibre: 2})
        self.assertEqual(len(request.description), 5000)
        self.assertEqual(request.channel, "portal")
        told = self.env["telecom.notification"].search([("res_id", "=", request.id)])
        self.assertEqual(told.user_id, self.seller_benin)
        for _number in range(19):
            submit({"description": "x"}, {})
        with self.assertRaises(UserError):
            submit({"description": "x"}, {})
