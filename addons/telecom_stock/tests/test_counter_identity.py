"""A line in use gets a new SIM when its holder proves who they are."""

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .counter_common import CounterCase

CARD = {"kind": "identity_card", "number": "BJ 1234-56"}


class SwapCase(CounterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._line(cls.awa, "+2290197550009", state="active")
        cls.line.iccid = "8922901000000000999"
        cls.awa.email = "awa@example.com"

    def _document(self, **values):
        return self.env["telecom.identity.document"].create(
            {
                "partner_id": self.awa.id,
                "kind": "identity_card",
                "number": "BJ123456",
                "state": "verified",
                **values,
            }
        )

    def _events(self, kind="sim"):
        # Those of the fixture are older
        self.env.invalidate_all()
        return self.line.event_ids.filtered(
            lambda event: event.kind == kind and event.document_kind
        )


@tagged("post_install", "-at_install", "telecom")
class TestCounterIdentity(SwapCase):
    def _values(self, token="swap", **values):
        return {
            "token": token,
            "boutique_id": self.ganhi.id,
            "partner_id": self.awa.id,
            "payment_method": "cash",
            "items": [{"lot_id": self.sims[0].id, "line_id": self.line.id}],
            **values,
        }

    def _sell(self, token="swap", user=None, **values):
        counter = self._as(user or self.shop_benin, "telecom.counter.sale")
        return counter.counter_sell(self._values(token, **values))

    def _mails(self):
        return self.env["mail.mail"].search([("email_to", "ilike", "awa@example.com")])

    def test_without_a_document_no_sim_is_replaced(self):
        for shown in (False, {}, {"kind": "identity_card", "number": "1-2"}, CARD):
            if shown == CARD:
                shown = {**CARD, "kind": "nothing"}
            with (
                self.subTest(shown),
                self.assertRaisesRegex(UserError, "identity document"),
            ):
                self._sell(identity=shown)
        # The number typed in place of the line chosen is a way, too
        with self.assertRaisesRegex(UserError, "identity document"):
            self._sell(
                items=[{"lot_id": self.sims[0].id, "msisdn": "01 97 55 00 09"}],
            )
        self.assertEqual(self.line.iccid, "8922901000000000999")
        self.assertEqual(self.sims[0].telecom_state, "stock")

    def test_the_screen_knows_which_items_are_new_sims_of_lines_in_use(self):
        counter = self._as(self.shop_benin, "telecom.counter.sale")
        self.assertIn(
            "passport", [one["code"] for one in counter.counter_open()["documents"]]
        )
        sim, other = self.sims
        swaps = counter.counter_totals(
            self._values(
                items=[
                    {"lot_id": self.phones[0].id},
                    {"lot_id": sim.id, "line_id": self.line.id},
                    {"lot_id": other.id, "msisdn": "0197550001"},
                ]
            )
        )["swaps"]
        self.assertEqual(swaps, [False, True, False])
        swaps = counter.counter_totals(
            self._values(items=[{"lot_id": sim.id, "msisdn": "0197550009"}])
        )["swaps"]
        self.assertEqual(swaps, [True])

    def test_a_new_line_asks_for_nothing(self):
        result = self._sell(items=[{"lot_id": self.sims[0].id, "msisdn": "0197550001"}])
        self.assertTrue(result["lines"])

    def test_what_was_shown_stays_in_the_history_and_the_holder_is_told(self):
        self._document()
        before = self._mails()
        result = self._sell(identity=CARD)
        self.assertEqual(self.line.iccid, self.sims[0].name)
        event = self._events()
        self.assertEqual(
            (event.document_kind, event.document_number, event.document_check),
            ("identity_card", "BJ 1234-56", "match"),
        )
        self.assertEqual(event.reason, result["name"])
        self.assertEqual(event.user_id, self.shop_benin)
        mail = self._mails() - before
        self.assertEqual(len(mail), 1)
        self.assertIn(self.line.display_name, mail.body_html)
        self.assertIn(self.ganhi.name, mail.body_html)
        # The number stays with those who keep customers' files
        fields = event.with_user(self.shop_benin).fields_get()
        self.assertNotIn("document_number", fields)
        self.assertIn("document_number", event.with_user(self.clerk_benin).fields_get())

    def test_of_whom_nothing_is_known_what_was_shown_is_kept(self):
        self._sell(identity=CARD)
        self.assertEqual(self._events().document_check, "unknown")

    def test_another_document_stops_the_assistant_and_leaves_a_trace(self):
        self._document(number="BJ999999")
        before = self._mails()
        result = self._sell(identity={**CARD, "reason": "I know her"})
        self.assertFalse(result["overrule"])
        self.assertIn("BJ 1234-56", result["identity"])
        self.assertNotIn("999999", result["identity"], "The known one stays unknown")
        self.assertEqual(self.line.iccid, "8922901000000000999")
        self.assertEqual(self.sims[0].telecom_state, "stock")
        self.assertFalse(
            self.env["telecom.counter.sale"].search(
                [("boutique_id", "=", self.ganhi.id)]
            )
        )
        self.assertFalse(self._events())
        refused = self._events("sim_refused")
        self.assertEqual(
            (refused.document_check, refused.new_value, refused.user_id),
            ("different", self.sims[0].name, self.shop_benin),
        )
        self.assertEqual(self._mails(), before, "Nothing happened to the line")
        # The right one, and the same sale is made
        self.assertIn("id", self._sell(identity={**CARD, "number": "bj999999"}))

    def test_a_document_that_ended_stops_too(self):
        self._document(state="expired")
        self.assertIn("ended", self._sell(identity=CARD)["identity"])

    def test_a_manager_overrules_with_a_reason(self):
        self._document(number="BJ999999")
        result = self._sell(user=self.manager_benin, identity=CARD)
        self.assertTrue(result["overrule"])
        # A stock manager is none of the operator's
        result = self._sell(user=self.boss, identity={**CARD, "reason": "Renewed"})
        self.assertFalse(result["overrule"])
        self._sell(user=self.manager_benin, identity={**CARD, "reason": "Card renewed"})
        self.assertEqual(self.line.iccid, self.sims[0].name)
        event = self._events()
        self.assertEqual(event.document_check, "different")
        self.assertIn("Card renewed", event.reason)
        self.assertEqual(event.user_id, self.manager_benin)

    def test_the_text_message_goes_to_another_number(self):
        self.assertEqual(self.line._telecom_other_number(), "+2290197000011")
        self.awa.phone = "+2290197550009"
        self.assertEqual(self.line._telecom_other_number(), "")
        self._line(self.awa, "+2290197550010", state="active")
        self.assertEqual(self.line._telecom_other_number(), "+2290197550010")


@tagged("post_install", "-at_install", "telecom")
class TestCounterIdentityTour(HttpCase, SwapCase):
    def test_a_sim_is_replaced_on_a_telephone(self):
        self._document()
        self.shop_benin.password = self.shop_benin.login
        self.browser_size = "390x844"
        self.touch_enabled = True
        self.start_tour(
            "/odoo/telecom-counter",
            "telecom_stock_counter_swap",
            login=self.shop_benin.login,
        )
        self.assertEqual(self.line.iccid, self.sims[0].name)
        self.assertEqual(self._events().document_check, "match")
        self.assertEqual(len(self._events("sim_refused")), 1)
