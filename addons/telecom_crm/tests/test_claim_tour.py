from odoo.tests import HttpCase, tagged

from .common import OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestClaimTour(OperatorCase, HttpCase):
    def test_processing_a_claim(self):
        customer = self._customer(self.benin, "Afi", "Dossou")
        solution = self.env["telecom.solution"].create(
            {
                "name": "Redémarrer la box",
                "description": "Débrancher",
                "company_id": self.benin.id,
            }
        )
        before = self._claim(customer, name="Connexion coupée depuis hier")
        before.write({"telecom_solution_id": solution.id, "telecom_state": "treated"})
        self.start_tour(
            "/odoo/telecom-claims/new",
            "telecom_crm_claim",
            login=self.clerk_benin.login,
        )
        claim = customer.helpdesk_ticket_ids - before
        self.assertEqual(claim.telecom_state, "treated")
        self.assertEqual(claim.telecom_solution_id, solution)
        self.assertEqual(claim.user_id, self.clerk_benin)
        self.assertEqual((solution.used_count, solution.worked_count), (2, 2))
