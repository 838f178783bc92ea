from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import PLATFORM, OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestNotification(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")
        cls.claim = cls._claim(cls.customer)
        cls.kind = cls.env.ref("telecom_crm.notification_kind_claim_late")

    def _tell(self, users, kind="claim_late"):
        self.env["telecom.notification"]._telecom_notify(kind, {self.claim: users})

    def _copies(self, user):
        return self.env["telecom.notification"].search([("user_id", "=", user.id)])

    def _mails(self, user):
        return self.env["mail.mail"].search([("email_to", "ilike", user.name)])

    def test_it_comes_by_mail_and_on_the_platform(self):
        self._tell(self.clerk_benin | self.manager_benin)
        for user in (self.clerk_benin, self.manager_benin):
            self.assertEqual(len(self._copies(user)), 1)
            self.assertEqual(len(self._mails(user)), 1)
            self.assertIn(self.claim.number, self._mails(user).subject)

    def test_the_mail_of_a_kind_can_be_muted_the_copy_cannot(self):
        self.clerk_benin.with_user(self.clerk_benin).write(
            {"telecom_muted_kind_ids": [(6, 0, self.kind.ids)]}
        )
        self._tell(self.clerk_benin)
        self.assertEqual(len(self._copies(self.clerk_benin)), 1)
        self.assertFalse(self._mails(self.clerk_benin))
        self._tell(self.clerk_benin, "claim_warning")
        self.assertEqual(len(self._mails(self.clerk_benin)), 1)

    def test_messages_of_odoo_are_copied_and_can_be_muted(self):
        claim = self.claim.with_user(self.manager_benin)
        claim.message_post(body="Voir", partner_ids=self.clerk_benin.partner_id.ids)
        self.assertEqual(len(self._copies(self.clerk_benin)), 1)
        message = self.env["mail.message"].search([], order="id desc", limit=1)
        self.assertIn(self.clerk_benin.partner_id, message.notified_partner_ids)
        self.clerk_benin.telecom_muted_kind_ids = self.env.ref(
            "telecom_crm.notification_kind_message"
        )
        message = claim.message_post(
            body="Encore", partner_ids=self.clerk_benin.partner_id.ids
        )
        self.assertEqual(len(self._copies(self.clerk_benin)), 2)
        self.assertFalse(
            message.notification_ids.filtered(
                lambda one: one.notification_type == "email"
            )
        )

    def test_people_of_other_companies_keep_odoos_way(self):
        partner = self.stranger.partner_id
        partner.message_post(body="Bonjour", partner_ids=partner.ids)
        self.assertFalse(self._copies(self.stranger))

    def test_everybody_reads_and_marks_his_own_only(self):
        self._tell(self.clerk_benin | self.manager_benin)
        Notification = self.env["telecom.notification"].with_user(self.clerk_benin)
        menu = Notification.get_menu()
        self.assertEqual(menu["unread"], 1)
        one = Notification.browse(menu["notifications"][0]["id"])
        action = one.open_record()
        self.assertEqual(action["res_id"], self.claim.id)
        self.assertEqual(Notification.get_menu()["unread"], 0)
        other = self._copies(self.manager_benin).with_user(self.clerk_benin)
        with self.assertRaises(AccessError):
            other.open_record()
        with self.assertRaises(AccessError):
            one.write({"subject": "x"})
        with self.assertRaises(AccessError):
            Notification.create({"subject": "x"})

    def test_the_text_is_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.clerk_benin.lang = "fr_FR"
        self._tell(self.clerk_benin)
        self.assertIn("en retard", self._copies(self.clerk_benin).subject)


@tagged("post_install", "-at_install", "telecom")
class TestHelpRequest(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform = cls._user("t.platform", cls.provider, PLATFORM)
        cls.portal = new_test_user(
            cls.env,
            "t.portal",
            groups="base.group_portal",
            company_id=cls.benin.id,
            company_ids=[(6, 0, cls.benin.ids)],
        )

    def _send(self, user, message="Où changer ma langue ?"):
        Request = self.env["telecom.help.request"]
        return Request.browse(
            Request.with_user(user).send(
                "bug", message, page="https://example.com/my", browser="Test"
            )
        )

    def test_everybody_may_write_and_the_administrator_answers(self):
        for user in (self.clerk_benin, self.seller_benin, self.portal, self.stranger):
            with self.subTest(user.login):
                request = self._send(user)
                self.assertEqual(request.user_id, user)
                self.assertEqual(request.company_id, user.company_id)
                self.assertIn("Odoo", request.version)
                self.assertTrue(request.page)
                self.assertEqual(
                    request.with_user(self.platform).name, "Où changer ma langue ?"
                )
                request.with_user(self.platform).answer = "Dans vos préférences."
                request.with_user(self.platform).action_answer()
                self.assertEqual(request.state, "answered")
                copy = self.env["telecom.notification"].search(
                    [("user_id", "=", user.id), ("res_id", "=", request.id)]
                )
                self.assertIn("préférences", copy.body)
                self.assertTrue(
                    self.env["mail.mail"].search([("email_to", "ilike", user.name)])
                )
        self.assertTrue(
            self.env["telecom.notification"].search_count(
                [
                    ("user_id", "=", self.platform.id),
                    ("kind_id.code", "=", "help_request"),
                ]
            )
        )

    def test_nobody_else_reads_a_request(self):
        request = self._send(self.clerk_benin)
        for user in (self.manager_benin, self.clerk_tunisia, self.portal):
            with self.assertRaises(AccessError):
                request.with_user(user).read(["message"])
        with self.assertRaises(AccessError):
            request.with_user(self.clerk_benin).write({"answer": "x"})
        with self.assertRaises(AccessError):
            request.with_user(self.manager_benin).action_close()

    def test_an_empty_request_is_refused(self):
        with self.assertRaises(UserError):
            self._send(self.clerk_benin, "  ")

    def test_a_text_is_never_markup(self):
        request = self._send(self.clerk_benin, "<script>alert(1)</script>")
        copy = self.env["telecom.notification"].search(
            [("user_id", "=", self.platform.id), ("res_id", "=", request.id)]
        )
        self.assertNotIn("<script>", copy.body)


@tagged("post_install", "-at_install", "telecom")
class TestPortalPages(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = cls.env["res.company"].create(
            {
                "name": "Bénin Portail",
                "country_id": cls.env.ref("base.bj").id,
                "telecom_tenant": True,
            }
        )
        cls.user = new_test_user(
            cls.env,
            "t.portal.pages",
            groups="base.group_portal",
            company_id=cls.operator.id,
            company_ids=[(6, 0, cls.operator.ids)],
        )

    def setUp(self):
        super().setUp()
        self.authenticate(self.user.login, self.user.login)

    def test_every_page_has_the_way_to_the_administrator(self):
        for url in ("/my", "/my/tickets", "/my/account", "/my/notifications"):
            with self.subTest(url):
                page = self.url_open(url)
                self.assertEqual(page.status_code, 200)
                self.assertIn("/my/help?page=", page.text)

    def test_a_customer_writes_to_the_administrator(self):
        page = self.url_open("/my/help?page=https://example.com/my/tickets")
        self.assertIn("https://example.com/my/tickets", page.text)
        self.url_open(
            "/my/help",
            data={
                "csrf_token": self._token(page),
                "kind": "bug",
                "message": "La page est vide",
                "page": "https://example.com/my/tickets",
            },
        )
        request = self.env["telecom.help.request"].search(
            [("user_id", "=", self.user.id)]
        )
        self.assertEqual(request.message, "La page est vide")
        self.assertEqual(request.kind, "bug")
        self.assertEqual(request.page, "https://example.com/my/tickets")

    def test_a_customer_mutes_the_mails_of_a_kind(self):
        page = self.url_open("/my/notifications")
        kept = self.env.ref("telecom_crm.notification_kind_message")
        self.url_open(
            "/my/notifications/mails",
            data={"csrf_token": self._token(page), "kind": str(kept.id)},
        )
        self.user.invalidate_recordset()
        self.assertEqual(
            self.user.telecom_muted_kind_ids,
            self.env.ref("telecom_crm.notification_kind_help_answer"),
        )

    def _token(self, page):
        return page.text.partition('name="csrf_token"')[2].split('"')[1]
