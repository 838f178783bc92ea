from odoo.tests import Form, HttpCase, tagged

from odoo.addons.telecom_callcenter.tests.common import (
    CallcenterSetup,
    TelecomCallcenterCommon,
)


@tagged("post_install", "-at_install", "telecom")
class TestQuoteRequestOfCall(TelecomCallcenterCommon):
    def _new(self, call, user, model="telecom.quote.request", **context):
        """A new request as the desk's button opens it."""
        return Form(
            self.env[model]
            .with_user(user)
            .with_context(
                allowed_company_ids=call.company_id.ids,
                default_telecom_call_id=call.id,
                default_company_id=call.company_id.id,
                **context,
            )
        )

    def test_a_request_made_during_a_call_is_the_callers(self):
        customer = self._customer()
        call = self._call(ring=self.agent, partner_id=customer.id)
        form = self._new(call, self.user_agent)
        self.assertEqual(form.partner_id, customer)
        form.description = "Vingt lignes pour une école"
        request = form.save()
        self.assertEqual(request.telecom_call_id, call)
        self.assertEqual(request.company_id, self.benin)
        self.assertEqual(request.channel, "call")
        self.assertEqual(request.action_view_telecom_call()["res_id"], call.id)

    def test_so_is_a_request_for_an_invoice(self):
        customer = self._customer()
        account = customer._telecom_billing_accounts()[customer.id]
        call = self._call(ring=self.agent, partner_id=customer.id)
        model = "telecom.invoice.request"
        form = self._new(call, self.user_agent, model, default_channel="agent")
        self.assertEqual(form.account_id, account)
        form.note = "La facture d'octobre, à une autre adresse"
        request = form.save()
        self.assertEqual(request.telecom_call_id, call)
        self.assertEqual((request.company_id, request.channel), (self.benin, "agent"))
        self.assertEqual(request.action_view_telecom_call()["res_id"], call.id)
        # Whose customer was found without a call's
        other = self._customer(name="Awa")
        mine = other._telecom_billing_accounts()[other.id]
        form = self._new(call, self.user_agent, model, telecom_partner_id=other.id)
        self.assertEqual(form.account_id, mine)


@tagged("post_install", "-at_install", "telecom")
class TestQuoteRequestDesk(CallcenterSetup, HttpCase):
    """The button on the caller's card, in a browser."""

    def test_the_desk_asks_for_a_quotation(self):
        self.agent.device = "phone"
        self.agent.live_ids.registered = True
        self.pbx.status_ids.link_state = "up"
        self.agent._set_presence("ready")
        customer = self._customer()
        account = customer._telecom_billing_accounts()[customer.id]
        self._call(ring=self.agent, partner_id=customer.id)
        self.start_tour(
            "/odoo/agent-desk",
            "telecom_billing_callcenter_quote",
            login="cc.agent",
        )
        request = self.env["telecom.quote.request"].search(
            [("partner_id", "=", customer.id)]
        )
        self.assertEqual(request.company_id, self.benin)
        self.assertEqual(request.channel, "call")
        self.assertTrue(request.telecom_call_id)
        asked = self.env["telecom.invoice.request"].search(
            [("account_id", "=", account.id)]
        )
        self.assertEqual((asked.channel, asked.kind), ("agent", "copy"))
        self.assertEqual(asked.telecom_call_id, request.telecom_call_id)
