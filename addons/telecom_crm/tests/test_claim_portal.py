"""A customer's claims on the portal."""

from odoo import Command, http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import file_open

from .common import OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestClaimPortal(OperatorCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Tracking makes the claim's steps
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        cls.portal = new_test_user(
            cls.env,
            "t.portal.benin",
            groups="base.group_portal",
            company_id=cls.benin.id,
            company_ids=[Command.set(cls.benin.ids)],
            name="Afi Dossou",
            lang="en_US",
        )
        cls.customer = cls.portal.partner_id
        cls.customer.company_id = cls.benin
        cls.line = cls._line(cls.customer, "0197123456")
        cls.neighbour = cls._customer(cls.benin, "Codjo", "Voisin")
        cls.their_line = cls._line(cls.neighbour, "0197123457")
        cls.category = cls.env["helpdesk.ticket.category"].create(
            {
                "name": "Réseau mobile",
                "telecom_branch": "technical",
                "company_id": cls.benin.id,
            }
        )

    def setUp(self):
        super().setUp()
        self.authenticate(self.portal.login, self.portal.login)

    def _submit(self, **values):
        self.url_open(
            "/submitted/ticket",
            data={
                "csrf_token": http.Request.csrf_token(self),
                "subject": "Plus de réseau",
                **values,
            },
        )
        return self.env["helpdesk.ticket"].search(
            [("partner_id", "=", self.customer.id)], order="id desc", limit=1
        )

    def test_a_claim_is_sent_with_line_and_category(self):
        page = self.url_open("/new/ticket").text
        self.assertIn("Réseau mobile", page)
        self.assertIn("01 97 12 34 56", page)
        self.assertNotIn("01 97 12 34 57", page)
        claim = self._submit(
            category=self.category.id, line=self.line.id, description="Hier\nsoir"
        )
        self.assertEqual(claim.category_id, self.category)
        self.assertEqual(claim.telecom_branch, "technical")
        self.assertEqual(claim.telecom_line_id, self.line)
        self.assertEqual(claim.company_id, self.benin)
        self.assertIn("Hier", claim.description)
        # A branch alone, and no more words than the subject
        claim = self._submit(category="branch:financial")
        self.assertEqual(claim.telecom_branch, "financial")
        self.assertIn("Plus de réseau", claim.description)

    def test_lines_of_others_are_not_taken(self):
        claim = self._submit(line=self.their_line.id, category="branch:x")
        self.assertFalse(claim.telecom_line_id)
        self.assertFalse(claim.telecom_branch)

    def test_the_list_shows_own_claims_by_state(self):
        claims = self._claim(self.customer, name="Facture double") | self._claim(
            self.customer, name="Ligne coupée"
        )
        self._claim(self.neighbour, name="Affaire du voisin")
        claims[1].telecom_state = "treated"
        page = self.url_open("/my/claims").text
        self.assertIn("Facture double", page)
        self.assertIn("Ligne coupée", page)
        self.assertNotIn("Affaire du voisin", page)
        self.assertNotIn("Ticket", page)
        closed = self.url_open("/my/claims?filterby=closed").text
        self.assertNotIn("Facture double", closed)
        self.assertIn("Ligne coupée", closed)
        found = self.url_open(f"/my/claims?search={claims[0].number}").text
        self.assertIn("Facture double", found)
        self.assertNotIn("Ligne coupée", found)
        # helpdesk_mgmt's own address, as in e-mails of before
        self.assertIn("Facture double", self.url_open("/my/tickets").text)
        self.assertIn("/my/claims", self.url_open("/my").text)

    def test_the_page_tells_what_happened(self):
        claim = self._claim(self.customer, name="Ligne coupée")
        self.flush_tracking()
        claim.telecom_state = "progress"
        self.flush_tracking()
        claim.write(
            {"telecom_state": "treated", "telecom_solution_note": "Câble remplacé"}
        )
        self.flush_tracking()
        claim.user_id = self.clerk_benin
        self.clerk_benin.phone = "+2290121000000"
        steps = [step["state"] for step in claim._telecom_timeline()]
        self.assertEqual(steps, ["open", "progress", "treated"])
        page = self.url_open(f"/my/ticket/{claim.id}").text
        self.assertIn("Câble remplacé", page)
        self.assertNotIn("21000000", page)
        token = claim._rating_get_access_token()
        self.assertIn(f"/rate/{token}/5", page)
        claim.rating_apply(5, token=token)
        self.env.flush_all()
        page = self.url_open(f"/my/ticket/{claim.id}").text
        self.assertNotIn(f"/rate/{token}", page)
        self.assertIn("portal-rated", page)

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.precommit.run()

    def test_answers_for_customers_only(self):
        Solution = self.env["telecom.solution"]
        shown, internal = Solution.create(
            [
                {
                    "name": "Redémarrer",
                    "description": "Éteignez, rallumez.",
                    "company_id": self.benin.id,
                    "show_in_portal": True,
                },
                {
                    "name": "Geste commercial",
                    "description": "Jusqu'à 5000.",
                    "company_id": self.benin.id,
                },
            ]
        )
        elsewhere = Solution.create(
            {
                "name": "Tunisie",
                "description": "Secret",
                "company_id": self.tunisia.id,
                "show_in_portal": True,
            }
        )
        rim = self._customer(self.tunisia, "Rim", "Ben Ali")
        for customer, solution in (
            (self.neighbour, shown),
            (self.neighbour, internal),
            (rim, elsewhere),
        ):
            claim = self._claim(customer, name="Connexion zénithale coupée")
            claim.write(
                {"telecom_solution_id": solution.id, "telecom_state": "treated"}
            )
        self.env.flush_all()
        found = self.make_jsonrpc_request(
            "/my/claims/similar", {"text": "connexion zenithale"}
        )
        self.assertEqual(
            found, [{"name": "Redémarrer", "description": "Éteignez, rallumez."}]
        )
        self.benin._telecom_set_module("claims", "off")
        self.assertEqual(
            self.make_jsonrpc_request(
                "/my/claims/similar", {"text": "connexion zenithale"}
            ),
            [],
        )

    def test_attachments_come_along(self):
        with file_open("telecom_crm/static/description/icon.png", "rb") as file:
            self.url_open(
                "/submitted/ticket",
                data={
                    "csrf_token": http.Request.csrf_token(self),
                    "subject": "Avec photo",
                    "attachment": "1",
                },
                files={"attachment": ("photo.png", file, "image/png")},
            )
        claim = self.env["helpdesk.ticket"].search([("name", "=", "Avec photo")])
        self.assertEqual(claim.attachment_ids.mapped("name"), ["photo.png"])
