from odoo.tests import Form, tagged

from .common import TelecomCallcenterCommon


@tagged("post_install", "-at_install", "telecom")
class TestClaimOfCall(TelecomCallcenterCommon):
    def _new(self, call, user):
        """A new claim as the desk's button opens it."""
        Ticket = self.env["helpdesk.ticket"].with_user(user)
        return Form(
            Ticket.with_context(
                allowed_company_ids=call.company_id.ids,
                default_telecom_call_id=call.id,
                default_company_id=call.company_id.id,
            )
        )

    def test_a_claim_made_during_a_call_is_the_callers(self):
        customer = self._customer()
        call = self._call(ring=self.agent, partner_id=customer.id)
        form = self._new(call, self.user_agent)
        self.assertEqual(form.partner_id, customer)
        form.name = "Plus de réseau"
        form.description = "Depuis hier"
        claim = form.save()
        self.assertEqual(claim.telecom_call_id, call)
        self.assertEqual(claim.company_id, self.benin)
        self.assertEqual(
            claim.channel_id,
            self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone"),
        )
        self.assertEqual(claim.action_view_telecom_call()["res_id"], call.id)
        match = call._get_card()["matches"][0]
        self.assertEqual(match["claims"][0]["id"], claim.id)

    def test_the_desk_finds_what_helped_before(self):
        customer = self._customer()
        solution = self.env["telecom.solution"].create(
            {"name": "Redémarrer", "company_id": self.benin.id}
        )
        self.env["helpdesk.ticket"].create(
            {
                "name": "Connexion coupée",
                "description": "-",
                "company_id": self.benin.id,
                "partner_id": customer.id,
                "telecom_solution_id": solution.id,
                "telecom_state": "treated",
            }
        )
        found = (
            self.env["helpdesk.ticket"]
            .with_user(self.user_agent)
            .with_context(allowed_company_ids=self.benin.ids)
            .telecom_similar("connexion coupee")
        )
        self.assertEqual(found[0]["solution_id"], solution.id)
