from odoo.tests import Form, HttpCase, tagged

from odoo.addons.telecom_callcenter.tests.common import (
    CallcenterSetup,
    TelecomCallcenterCommon,
)


@tagged("post_install", "-at_install", "telecom")
class TestQuoteRequestOfCall(TelecomCallcenterCommon):
    def _new(self, call, user):
        """A new request as the desk's button opens it."""
        Request = self.env["telecom.quote.request"].with_user(user)
        return Form(
            Request.with_context(
                allowed_company_ids=call.company_id.ids,
                default_telecom_call_id=call.id,
                default_company_id=call.company_id.id,
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


@tagged("post_install", "-at_install", "telecom")
class TestQuoteRequestDesk(CallcenterSetup, HttpCase):
    """The button on the caller's card, in a browser."""

    def test_the_desk_asks_for_a_quotation(self):
        self.agent.device = "phone"
        self.agent.live_ids.registered = True
        self.pbx.status_ids.link_state = "up"
        self.agent._set_presence("ready")
        customer = self._customer()
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
