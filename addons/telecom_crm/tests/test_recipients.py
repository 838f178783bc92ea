"""Nobody reaches people of another operator by guessing their ids."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import OperatorCase

MAIL = """Return-Path: <afi@example.com>
To: {to}
From: Afi Dossou <afi@example.com>
Subject: {subject}
Message-Id: <{id}@example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
{headers}
Plus de réseau depuis hier.
"""


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestRecipients(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ours = cls._customer(cls.benin, "Afi", "Dossou", email="afi@example.com")
        cls.theirs = cls._customer(
            cls.tunisia, "Rim", "Secret", email="secret@example.com"
        )
        cls.claim = cls._claim(cls.ours)
        cls.their_claim = cls._claim(cls.theirs)

    def _as(self, user, *companies):
        context = {"allowed_company_ids": [one.id for one in companies]}
        return self.claim.with_user(user).with_context(context if companies else {})

    def test_strangers_are_not_written_to(self):
        strangers = (
            self.theirs,
            self.clerk_tunisia.partner_id,
            self.env["res.partner"].browse(2**31 - 1),
        )
        claim = self._as(self.clerk_benin)
        for partner in strangers:
            roads = {
                "post": lambda ids: claim.message_post(body="x", partner_ids=ids),
                "notify": lambda ids: claim.message_notify(body="x", partner_ids=ids),
                "alone": lambda ids: claim.env["mail.thread"].message_notify(
                    body="x", partner_ids=ids
                ),
                "follow": lambda ids: claim.message_subscribe(ids),
                "compose": lambda ids: (
                    claim.env["mail.compose.message"]
                    .create(
                        {
                            "model": "helpdesk.ticket",
                            "res_ids": str(claim.ids),
                            "composition_mode": "mass_mail",
                            "subject": "x",
                            "body": "x",
                            "partner_ids": [Command.set(ids)],
                        }
                    )
                    ._action_send_mail()
                ),
            }
            for road, attack in roads.items():
                if road == "compose" and not partner.exists():
                    continue  # the database refuses it itself
                with self.subTest(road, partner=partner.id):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        attack(partner.ids)
        self.assertNotIn(self.theirs, self.claim.message_partner_ids)
        self.assertFalse(
            self.env["mail.notification"].search(
                [("res_partner_id", "in", [one.id for one in strangers])]
            )
        )

    def test_nobody_speaks_in_a_strangers_name(self):
        claim = self._as(self.clerk_benin)
        for road in (claim.message_post, claim.message_notify):
            with self.subTest(road.__name__), self.assertRaises(AccessError):
                road(
                    body="x",
                    author_id=self.theirs.id,
                    partner_ids=self.manager_benin.partner_id.ids,
                )
        message = claim.message_post(body="x", author_id=self.ours.id)
        self.assertEqual(message.author_id, self.ours)

    def test_a_message_written_directly_names_no_stranger(self):
        claim = self._as(self.clerk_benin)
        Message = claim.env["mail.message"]
        thread = {"model": claim._name, "res_id": claim.id, "body": "x"}
        own = Message.create(thread)
        for vals in (
            {"author_id": self.theirs.id},
            {"partner_ids": [Command.set(self.theirs.ids)]},
            {"partner_ids": [Command.link(self.clerk_tunisia.partner_id.id)]},
        ):
            with self.subTest(vals):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    Message.create({**thread, **vals})
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    own.write(vals)
        message = Message.create(
            {**thread, "partner_ids": [Command.set(self.ours.ids)]}
        )
        self.assertEqual(message.partner_ids, self.ours)

    def test_strangers_records_tell_nothing_of_who_follows_them(self):
        self.their_claim.message_subscribe(self.theirs.ids)
        claim = self.their_claim.with_user(self.clerk_benin)
        said = set()
        for partner in (self.theirs, self.clerk_tunisia.partner_id):
            with self.assertRaises(AccessError) as caught:
                claim.message_post(body="x", partner_ids=partner.ids)
            said.add(str(caught.exception))
        self.assertEqual(len(said), 1, "The same answer for both")

    def test_an_edited_message_reaches_no_strangers(self):
        claim = self._as(self.clerk_benin)
        message = claim.message_post(body="x", message_type="comment")
        with self.assertRaises(AccessError):
            claim._message_update_content(
                message, body="y", partner_ids=self.theirs.ids
            )

    def test_a_shared_agent_writes_to_the_active_operator_only(self):
        with self.assertRaises(AccessError):
            self._as(self.agent, self.benin).message_post(
                body="x", partner_ids=self.theirs.ids
            )
        both = self._as(self.agent, self.benin, self.tunisia)
        self.assertTrue(both.message_post(body="x", partner_ids=self.ours.ids))

    def test_usual_recipients_go_through(self):
        """Colleagues, the customer, the platform, and whoever is in it already."""
        platform = self.env.ref("base.user_admin").partner_id
        claim = self._as(self.clerk_benin)
        for partner in (self.manager_benin.partner_id, self.ours, platform):
            message = claim.message_post(body="x", partner_ids=partner.ids)
            self.assertIn(partner, message.sudo().partner_ids)
        # Somebody of another operator who was called in by the platform
        self.claim.message_subscribe(self.theirs.ids)
        self.assertTrue(claim.message_post(body="x", partner_ids=self.theirs.ids))
        # Whoever works for no operator is asked nothing
        outsider = self.env["res.partner"].create({"name": "Tiers"})
        own = outsider.with_user(self.stranger)
        self.assertTrue(own.message_post(body="x", partner_ids=outsider.ids))

    def test_work_is_given_to_colleagues_only(self):
        claim = self._as(self.clerk_benin)
        colleague = claim.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.manager_benin.id
        )
        self.assertEqual(colleague.user_id, self.manager_benin)
        with self.assertRaises(AccessError):
            claim.activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.clerk_tunisia.id
            )
        with self.assertRaises(AccessError):
            colleague.write({"user_id": self.clerk_tunisia.id})
        wizard = claim.env["mail.activity.schedule"].with_context(
            active_model="helpdesk.ticket", active_ids=claim.ids
        )
        form = Form(wizard)
        form.activity_type_id = self.env.ref("mail.mail_activity_data_todo")
        dialog = form.save()
        dialog.activity_user_id = self.clerk_tunisia.id
        with self.assertRaises(AccessError):
            dialog.action_schedule_activities()

    def test_followers_tell_no_ids_of_other_operators(self):
        """An agent of both follows a claim of each; only the active one's shows."""
        for claim in (self.claim, self.their_claim):
            claim.message_subscribe(self.agent.partner_id.ids)
        Followers = self.env["mail.followers"].with_user(self.agent)
        ours = Followers.with_context(allowed_company_ids=self.benin.ids)
        domain = [
            ("res_model", "=", "helpdesk.ticket"),
            ("partner_id", "=", self.agent.partner_id.id),
        ]
        self.assertEqual(ours.search(domain).mapped("res_id"), self.claim.ids)
        both = Followers.with_context(
            allowed_company_ids=(self.benin | self.tunisia).ids
        ).search(domain)
        self.assertEqual(
            set(both.mapped("res_id")), {self.claim.id, self.their_claim.id}
        )
        hidden = both.filtered(lambda one: one.res_id == self.their_claim.id)
        hidden = hidden.with_context(allowed_company_ids=self.benin.ids)
        hidden.invalidate_recordset()
        with self.assertRaises(AccessError):
            hidden.read(["res_id"])
        self.assertFalse(
            ours.formatted_read_group([*domain, ("id", "in", hidden.ids)], ["res_id"])
        )


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestRefusedMail(OperatorCase):
    """A mail for a module that is closed makes nothing, and is not lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.alias.domain"].create({"name": "benin.example.com"})
        domain = cls.env["mail.alias.domain"].search([], limit=1)
        cls.benin.alias_domain_id = domain
        cls.customer = cls._customer(
            cls.benin, "Afi", "Dossou", email="afi@example.com"
        )
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Réclamations",
                "company_id": cls.benin.id,
                "alias_name": "reclamations.test",
            }
        )
        cls.address = f"{cls.team.alias_name}@{cls.team.alias_domain_id.name}"

    def _receive(self, subject="Panne", to=None, headers=""):
        self.env["mail.thread"].message_process(
            None,
            MAIL.format(
                to=to or self.address,
                subject=subject,
                id=f"{subject}-{len(headers)}",
                headers=headers,
            ),
        )
        return self.env["helpdesk.ticket"].search([("name", "=", subject)])

    def _bounces(self):
        return self.env["mail.mail"].search([("email_to", "ilike", "afi@example.com")])

    def test_an_open_module_takes_mail(self):
        claim = self._receive("Ouvert")
        self.assertEqual(claim.company_id, self.benin)
        self.assertEqual(claim.partner_id, self.customer)
        self.assertFalse(self.env["telecom.refused.mail"].search([]))

    def test_a_closed_module_takes_none(self):
        for state in ("off", "readonly"):
            self.benin._telecom_set_module("claims", state)
            with self.subTest(state):
                before = self._bounces()
                self.assertFalse(self._receive(f"Fermé {state}"))
                kept = self.env["telecom.refused.mail"].search([], limit=1)
                self.assertEqual(kept.subject, f"Fermé {state}")
                self.assertEqual(kept.company_id, self.benin)
                self.assertIn("afi@example.com", kept.sender)
                self.assertIn("depuis hier", kept.body)
                self.assertTrue(kept.answered)
                bounce = self._bounces() - before
                self.assertIn("Bénin Test", bounce.body_html)
                self.assertIn("loop-detection-bounce-email", bounce.references)

    def test_answers_to_claims_are_refused_too(self):
        claim = self._receive("Avant")
        messages = claim.message_ids
        self.benin._telecom_set_module("claims", "off")
        self._receive("Après", headers=f"In-Reply-To: {messages[-1:].message_id}\n")
        claim.invalidate_recordset()
        self.assertEqual(claim.message_ids, messages)
        self.assertEqual(claim.telecom_state, "open")
        self.assertTrue(self.env["telecom.refused.mail"].search([]))

    def test_programs_get_no_answer(self):
        self.benin._telecom_set_module("claims", "off")
        self._receive("Absent", headers="Auto-Submitted: auto-replied\n")
        kept = self.env["telecom.refused.mail"].search([])
        self.assertFalse(kept.answered)
        self.assertFalse(self._bounces())

    def test_other_operators_go_on(self):
        self.tunisia._telecom_set_module("claims", "off")
        self.assertTrue(self._receive("Toujours"))

    def test_only_the_platform_reads_them(self):
        self.benin._telecom_set_module("claims", "off")
        self._receive("Fermé")
        kept = self.env["telecom.refused.mail"].search([])
        for user in (self.manager_benin, self.manager_tunisia):
            with self.subTest(user.login), self.assertRaises(AccessError):
                kept.with_user(user).read(["subject"])
        platform = self._user(
            "t.platform", self.provider, "telecom_crm.group_telecom_platform"
        )
        self.assertEqual(kept.with_user(platform).subject, "Fermé")
