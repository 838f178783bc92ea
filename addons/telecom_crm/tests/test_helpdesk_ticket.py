from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestClaim(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")
        cls.line = cls._line(cls.customer, "0197123456")
        cls.category = cls.env["helpdesk.ticket.category"].create(
            {
                "name": "Réseau",
                "company_id": cls.benin.id,
                "telecom_branch": "technical",
            }
        )

    def test_the_category_says_the_branch(self):
        claim = self._claim(self.customer, category_id=self.category.id)
        self.assertEqual(claim.telecom_branch, "technical")
        claim.telecom_branch = "relational"
        self.assertEqual(claim.telecom_branch, "relational")
        claim.category_id = False
        self.assertEqual(claim.telecom_branch, "relational")

    def test_the_only_line_of_the_customer_is_offered(self):
        form = Form(self.env["helpdesk.ticket"].with_user(self.clerk_benin))
        form.partner_id = self.customer
        self.assertEqual(form.telecom_line_id, self.line)
        form.partner_id = self._customer(self.benin, "Koffi", "Bio")
        self.assertFalse(form.telecom_line_id)

    def test_a_line_of_another_operator_is_refused(self):
        other = self._customer(self.tunisia, "Rim", "Ayari")
        line = self._line(other, "20123456")
        with self.assertRaises(UserError):
            self._claim(self.customer, telecom_line_id=line.id)

    def test_the_team_of_an_agent_is_the_operators(self):
        Team = self.env["helpdesk.ticket.team"]
        teams = {
            company: Team.create(
                {
                    "name": "Support",
                    "company_id": company.id,
                    "user_ids": [Command.set(self.agent.ids)],
                }
            )
            for company in (self.benin, self.tunisia)
        }
        other = self._customer(self.tunisia, "Rim", "Ayari")
        for customer in (self.customer, other):
            claim = self._claim(customer, user_id=self.agent.id)
            self.assertEqual(claim.team_id, teams[customer.company_id])

    def test_every_operator_has_the_usual_channels(self):
        phone = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        claim = self._claim(self.customer, channel_id=phone.id)
        self.assertTrue(claim.with_user(self.clerk_benin).channel_id.name)

    def test_what_belongs_to_another_operator_is_refused(self):
        other = self._customer(self.tunisia, "Rim", "Ayari")
        claim = self._claim(other)
        with self.assertRaises(ValidationError):
            claim.category_id = self.category

    def test_nobody_without_a_login_changes_stages(self):
        stage = self.env["helpdesk.ticket.stage"].search([], limit=1)
        public = self.env.ref("base.public_user")
        with self.assertRaises(AccessError):
            stage.with_user(public).write({"name": "Piraté"})

    def test_a_manager_changes_his_operators_stages_only(self):
        Stage = self.env["helpdesk.ticket.stage"]
        shared = Stage.create({"name": "Commun", "company_id": False})
        own = Stage.with_user(self.manager_benin).create({"name": "À nous"})
        self.assertEqual(own.company_id, self.benin)
        own.name = "À nous seuls"
        with self.assertRaises(AccessError):
            shared.with_user(self.manager_benin).name = "À nous"
        with self.assertRaises(AccessError):
            own.with_user(self.manager_tunisia).read(["name"])

    def test_a_clerk_takes_a_claim_and_closes_it(self):
        claim = self._claim(self.customer).with_user(self.clerk_benin)
        claim.assign_to_me()
        claim.message_post(body="Technicien envoyé")
        claim.stage_id = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        self.assertTrue(claim.closed_date)
        self.assertFalse(self.customer.telecom_open_claim_count)
