from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.mail.tests.common import MockEmail

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


@tagged("post_install", "-at_install", "telecom")
class TestClaimStates(OperatorCase, MockEmail):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.benin.email = "contact@benin.example.com"
        cls.customer = cls._customer(
            cls.benin, "Afi", "Dossou", email="afi@example.com"
        )
        cls.claim = cls._claim(cls.customer).with_user(cls.clerk_benin)

    def _stages(self, company):
        return self.env["helpdesk.ticket.stage"].search(
            [("company_id", "=", company.id)]
        )

    def test_each_operator_has_stages_and_numbers_of_its_own(self):
        states = {"open", "reopened", "progress", "waiting_customer", "waiting_third"}
        states |= {"treated", "unsolved"}
        for company in (self.benin, self.tunisia):
            self.assertEqual(set(self._stages(company).mapped("telecom_state")), states)
        self.assertEqual(self.claim.stage_id.company_id, self.benin)
        self.assertEqual(self.claim.telecom_state, "open")
        other = self._claim(self._customer(self.tunisia, "Rim", "Ayari"))
        self.assertEqual(other.stage_id.company_id, self.tunisia)
        self.assertRegex(self.claim.number, r"^R\d{6}$")
        numbers = self.env["ir.sequence"].search(
            [
                ("code", "=", "helpdesk.ticket.sequence"),
                ("company_id", "in", (self.benin | self.tunisia).ids),
            ]
        )
        self.assertEqual(numbers.company_id, self.benin | self.tunisia)

    def test_the_number_is_the_teams_operators(self):
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Support", "company_id": self.tunisia.id}
        )
        claim = (
            self.env["helpdesk.ticket"]
            .with_company(self.benin)
            .create({"name": "x", "description": "x", "team_id": team.id})
        )
        self.assertEqual(claim.company_id, self.tunisia)
        self.assertRegex(claim.number, r"^R\d{6}$")
        self.assertEqual(claim.stage_id.company_id, self.tunisia)

    def test_renaming_a_stage_changes_no_report(self):
        self.claim.telecom_state = "waiting_third"
        stage = self.claim.sudo().stage_id
        stage.with_user(self.manager_benin).name = "Chez le fournisseur"
        self.assertEqual(self.claim.telecom_state, "waiting_third")
        with self.assertRaises(ValidationError):
            stage.telecom_state = "treated"

    def test_a_stage_means_what_its_flags_say(self):
        Stage = self.env["helpdesk.ticket.stage"]
        self.assertEqual(
            Stage.create({"name": "a", "closed": True}).telecom_state, "treated"
        )
        stage = Stage.create({"name": "b", "telecom_state": "unsolved"})
        self.assertTrue(stage.closed)
        stage.telecom_state = "progress"
        self.assertFalse(stage.closed)

    def test_a_claim_is_taken_treated_and_reopened(self):
        claim = self.claim
        claim.action_telecom_take()
        self.assertEqual(claim.user_id, self.clerk_benin)
        self.assertEqual(claim.telecom_state, "progress")
        claim.telecom_state = "treated"
        self.assertTrue(claim.closed_date)
        self.assertTrue(claim.closed)
        claim.action_telecom_reopen()
        self.assertFalse(claim.closed_date)
        self.assertFalse(claim.closed)
        self.assertEqual(claim.telecom_reopen_count, 1)
        claim.telecom_state = "treated"
        self.assertTrue(claim.closed_date)
        self.assertEqual(claim.telecom_reopen_count, 1)

    def test_closing_without_solution_needs_a_reason(self):
        with self.assertRaises(ValidationError):
            self.claim.telecom_state = "unsolved"
        self._close(self.claim, state="unsolved", reason="Zone non couverte")
        self.assertEqual(self.claim.telecom_state, "unsolved")
        self.assertEqual(self.claim.telecom_unsolved_reason, "Zone non couverte")

    def _close(self, claims, **values):
        self.env["telecom.claim.close"].with_user(self.clerk_benin).create(
            {"ticket_ids": [Command.set(claims.ids)], **values}
        ).action_confirm()

    def test_what_solved_a_claim_may_be_kept(self):
        self._close(
            self.claim, note="Antenne réparée", keep=True, title="Antenne en panne"
        )
        solution = self.claim.telecom_solution_id
        self.assertEqual(solution.name, "Antenne en panne")
        self.assertEqual(solution.company_id, self.benin)
        self.assertEqual((solution.used_count, solution.worked_count), (1, 1))
        self.assertEqual(self.claim.telecom_solution_note, "Antenne réparée")

    def test_a_solution_of_another_operator_is_refused(self):
        solution = self.env["telecom.solution"].create(
            {"name": "x", "company_id": self.tunisia.id}
        )
        with self.assertRaises(UserError):
            self.claim.telecom_solution_id = solution
        with self.assertRaises(AccessError):
            solution.with_user(self.clerk_benin).read(["name"])

    def test_several_claims_move_at_once(self):
        claims = self.claim | self._claim(self.customer)
        claims.telecom_state = "progress"
        self.assertEqual(set(claims.mapped("telecom_state")), {"progress"})

    # Merge, split, hand over

    def test_merging_takes_everything_along(self):
        other = self._claim(self.customer, name="Toujours rien").with_user(
            self.clerk_benin
        )
        other.message_post(body="Rappelé le client")
        attachment = self.env["ir.attachment"].create(
            {"name": "photo", "res_model": other._name, "res_id": other.id}
        )
        wizard = (
            self.env["telecom.claim.merge"]
            .with_user(self.clerk_benin)
            .create({"ticket_ids": [Command.set((self.claim | other).ids)]})
        )
        self.assertEqual(wizard.target_id, self.claim)
        wizard.action_confirm()
        self.assertEqual(attachment.res_id, self.claim.id)
        self.assertIn("Rappelé", "".join(self.claim.message_ids.mapped("body")))
        self.assertEqual(other.duplicate_id, self.claim)
        self.assertFalse(other.active)

    def test_claims_of_two_customers_are_not_merged(self):
        other = self._claim(self._customer(self.benin, "Koffi", "Bio"))
        wizard = self.env["telecom.claim.merge"].create(
            {"ticket_ids": [Command.set((self.claim | other).ids)]}
        )
        with self.assertRaises(UserError):
            wizard.action_confirm()

    def test_splitting_makes_a_second_claim(self):
        attachment = self.env["ir.attachment"].create(
            {"name": "facture", "res_model": "helpdesk.ticket", "res_id": self.claim.id}
        )
        self.env["telecom.claim.split"].with_user(self.clerk_benin).create(
            {
                "ticket_ids": [Command.set(self.claim.ids)],
                "name": "Et la facture",
                "description": "Trop chère",
                "attachment_ids": [Command.set(attachment.ids)],
            }
        ).action_confirm()
        new = self.claim.telecom_split_ids
        self.assertEqual(new.name, "Et la facture")
        self.assertEqual(new.partner_id, self.customer)
        self.assertNotEqual(new.number, self.claim.number)
        self.assertEqual(attachment.res_id, new.id)

    def test_escalation_raises_the_priority_and_tells_the_leader(self):
        above, below = self.env["helpdesk.ticket.team"].create(
            [
                {
                    "name": name,
                    "company_id": self.benin.id,
                    "user_id": leader.id,
                    "user_ids": [Command.set(leader.ids)],
                }
                for name, leader in (
                    ("Direction", self.manager_benin),
                    ("Technique", self.clerk_benin),
                )
            ]
        )
        below.parent_id = above
        self.claim.team_id = below
        wizard = Form(
            self.env["telecom.claim.handover"]
            .with_user(self.clerk_benin)
            .with_context(self.claim.action_telecom_escalate()["context"])
        )
        self.assertEqual(wizard.team_id, above)
        wizard.reason = "Troisième appel"
        wizard.save().action_confirm()
        self.assertEqual(self.claim.team_id, above)
        self.assertEqual(self.claim.priority, "2")
        self.assertEqual(self.claim.telecom_escalation, 1)
        self.assertTrue(
            self.env["telecom.notification"].search_count(
                [
                    ("user_id", "=", self.manager_benin.id),
                    ("kind_id.code", "=", "claim_escalated"),
                ]
            )
        )

    def test_the_category_brings_the_claim_to_its_team(self):
        category = self.env["helpdesk.ticket.category"].create(
            {
                "name": "Réseau",
                "company_id": self.benin.id,
                "telecom_branch": "technical",
            }
        )
        team = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Technique",
                "company_id": self.benin.id,
                "telecom_branch": "technical",
            }
        )
        claim = self._claim(self.customer, category_id=category.id, user_id=False)
        self.assertEqual(claim.team_id, team)

    # The customer

    def flush_tracking(self):
        """What happens to tracked changes at the end of a request."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def test_the_customer_is_told_in_the_operators_words(self):
        claim = self.claim.with_context(tracking_disable=False)
        self.env.ref("telecom_crm.mail_template_claim_state").auto_delete = False
        stage = self.env["helpdesk.ticket.stage"].search(
            [("company_id", "=", self.benin.id), ("telecom_state", "=", "treated")]
        )
        stage.telecom_customer_text = "Merci de votre patience."
        # A new record's changes are not tracked before that
        self.flush_tracking()
        with self.mock_mail_gateway():
            claim.telecom_state = "treated"
            self.flush_tracking()
        mail = self._new_mails.filtered(lambda mail: claim.number in mail.subject)
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertEqual(mail.email_from, self.benin.email_formatted)
        self.assertIn("Merci de votre patience.", mail.body_html)
        self.assertIn(f"/my/ticket/{claim.id}", mail.body_html)
        self.assertEqual(mail.body_html.count("/rate/"), 3)

    def test_the_stages_speak_the_operators_languages(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        company = self._company("Togo Test", "base.tg", tenant=True)
        stage = self._stages(company).filtered(
            lambda stage: stage.telecom_state == "progress"
        )
        self.assertEqual(stage.with_context(lang="en_US").name, "In Progress")
        self.assertEqual(stage.with_context(lang="fr_FR").name, "En cours")
        self.assertEqual(
            stage.with_context(lang="en_US").telecom_customer_text,
            "One of us is working on it.",
        )
        self.assertEqual(
            stage.with_context(lang="fr_FR").telecom_customer_text,
            "L'un de nous y travaille.",
        )

    def test_the_customers_answer_moves_the_claim(self):
        for before, after in (
            ("waiting_customer", "progress"),
            ("treated", "reopened"),
            ("waiting_third", "waiting_third"),
        ):
            with self.subTest(before):
                claim = self._claim(self.customer, user_id=self.clerk_benin.id)
                claim.telecom_state = before
                claim.message_post(
                    body="Voici",
                    author_id=self.customer.id,
                    message_type="email",
                    subtype_xmlid="mail.mt_comment",
                )
                self.assertEqual(claim.telecom_state, after)

    def test_a_rating_reopens_nothing(self):
        self.claim.telecom_state = "treated"
        token = self.claim.sudo()._rating_get_access_token()
        self.claim.sudo().rating_apply(5, token=token)
        self.assertEqual(self.claim.telecom_state, "treated")
        self.assertEqual(self.claim.sudo().rating_last_value, 5)

    def test_an_email_becomes_a_claim_of_the_aliass_operator(self):
        twin = self._customer(self.tunisia, "Afi", "Dossou", email="afi@example.com")
        team = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Réclamations",
                "company_id": self.tunisia.id,
                "alias_name": "reclamations-test",
            }
        )
        claim = self.env["helpdesk.ticket"].browse(
            self.env["mail.thread"].message_process(
                "helpdesk.ticket",
                "From: Afi <afi@example.com>\n"
                f"To: {team.alias_id.display_name}\n"
                "Subject: Facture fausse\n"
                "Message-ID: <claim-1@example.com>\n\n"
                "Bonjour",
                custom_values={"team_id": team.id},
            )
        )
        self.assertEqual(claim.company_id, self.tunisia)
        self.assertEqual(claim.partner_id, twin)
        self.assertEqual(claim.telecom_state, "open")
        self.assertEqual(claim.name, "Facture fausse")
        self.assertFalse(claim.user_id)
