import re

from odoo import Command
from odoo.exceptions import AccessDenied, ValidationError
from odoo.tests import BaseCase, HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.telecom_crm.tools import login

from .test_host import HostCase

EMAIL = "ana@customer.example"


@tagged("post_install", "-at_install", "telecom")
class TestStoredLogins(BaseCase):
    def test_stored_and_shown(self):
        for typed, company, stored in (
            ("ana@x.example", 12, "ana@x.example@@12"),
            ("ana", 12, "ana@@12"),
            ("ana@x.example@@12", 13, "ana@x.example@@13"),
            ("ana@x.example", False, "ana@x.example"),
            ("ana@x.example@@12", False, "ana@x.example"),
        ):
            with self.subTest(typed=typed, company=company):
                self.assertEqual(login.store(typed, company), stored)
        for stored, shown in (
            ("ana@x.example@@12", ("ana@x.example", 12)),
            ("ana@x.example", ("ana@x.example", None)),
            ("ana@@x", ("ana@@x", None)),
            ("@@12", ("@@12", None)),
            ("ana@@", ("ana@@", None)),
            (False, (False, None)),
        ):
            with self.subTest(stored):
                self.assertEqual(login.split(stored), shown)


class LoginCase(HostCase):
    @classmethod
    def _portal(cls, company, **values):
        customer = cls._customer(company, "Ana", "Dossou", email=EMAIL)
        return (
            cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": EMAIL,
                    "password": f"secret-{company.id}",
                    "partner_id": customer.id,
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
                    **values,
                }
            )
        )


@tagged("post_install", "-at_install", "telecom")
class TestLogin(LoginCase):
    def test_the_same_customer_has_an_account_at_each_operator(self):
        at_benin = self._portal(self.benin)
        at_tunisia = self._portal(self.tunisia)
        for user, company in ((at_benin, self.benin), (at_tunisia, self.tunisia)):
            self.assertEqual(user.login, f"{EMAIL}@@{company.id}")
            self.assertEqual(user.telecom_login, EMAIL)
            self.assertEqual(user.email, EMAIL)

    def test_authenticator_apps_show_the_login_as_typed(self):
        user = self._portal(self.benin)
        wizard = self.env["auth_totp.wizard"].create(
            {"user_id": user.id, "secret": "ABCD EFGH IJKL MNOP"}
        )
        self.assertIn(f":{EMAIL.replace('@', '%40')}?", wizard.url)
        self.assertTrue(wizard.qrcode)

    def test_internal_users_keep_their_logins(self):
        self.assertEqual(self.clerk_benin.login, "t.clerk.benin")
        self.assertEqual(self.stranger.login, "t.stranger")

    def test_without_a_host_logins_are_as_ever(self):
        user = self._portal(self.shopkeeper)
        self.assertEqual(user.login, EMAIL)
        created = self._host("shop.test", self.shopkeeper)
        self.assertEqual(user.login, f"{EMAIL}@@{self.shopkeeper.id}")
        created.unlink()
        self.assertEqual(user.login, EMAIL)

    def test_who_becomes_a_colleague_logs_in_as_one(self):
        user = self._portal(self.benin)
        user.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        self.assertEqual(user.login, EMAIL)
        user.group_ids = [Command.set(self.env.ref("base.group_portal").ids)]
        self.assertEqual(user.login, f"{EMAIL}@@{self.benin.id}")
        user.login = "new@customer.example"
        self.assertEqual(user.login, f"new@customer.example@@{self.benin.id}")

    def test_the_login_of_an_operators_colleague_is_not_given_away(self):
        with self.assertRaises(ValidationError):
            self._portal(self.benin, login="t.clerk.benin")
        # Elsewhere it is nobody's
        self._portal(self.tunisia, login="t.clerk.benin")

    def test_the_portal_wizard_invites_the_customer_of_another_operator(self):
        self._portal(self.tunisia)
        customer = self._customer(self.benin, "Ana", "Dossou", email=EMAIL)
        wizard = (
            self.env["portal.wizard"]
            .with_user(self.manager_benin)
            .with_context(active_ids=customer.ids)
            .create({})
        )
        wizard.user_ids.action_grant_access()
        self.assertEqual(customer.user_ids.login, f"{EMAIL}@@{self.benin.id}")
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        message = mail or self.env["mail.message"].search([], order="id desc", limit=1)
        body = mail.body_html or message.body
        self.assertIn(EMAIL, body)
        self.assertNotIn("@@", body)


@tagged("post_install", "-at_install", "telecom")
class TestLoginPages(LoginCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.at_benin = cls._portal(cls.benin)
        cls.at_tunisia = cls._portal(cls.tunisia)
        cls.env["ir.config_parameter"].set_param("auth_signup.reset_password", "True")

    def _post(self, host, path, **values):
        """Post a form from a fresh browser; return the answer."""
        self.opener.cookies.clear()
        self.authenticate(None, None)
        headers = {"Host": host}
        page = self.url_open(path, headers=headers).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        return self.url_open(
            path,
            data={**values, "csrf_token": token},
            headers=headers,
            allow_redirects=False,
        )

    def _logs_in(self, name, user_login, password):
        answer = self._post(name, "/web/login", login=user_login, password=password)
        return answer.status_code == 303

    @mute_logger("odoo.addons.base.models.res_users")
    def test_the_host_says_whose_account(self):
        benin, tunisia = f"secret-{self.benin.id}", f"secret-{self.tunisia.id}"
        for name, user_login, password, expected in (
            ("mono.test", EMAIL, benin, True),
            ("carthage.test", EMAIL, tunisia, True),
            ("mono.test", EMAIL, tunisia, False),
            ("carthage.test", EMAIL, benin, False),
            ("unknown.test", EMAIL, benin, False),
            ("mono.test", f"{EMAIL}@@{self.tunisia.id}", tunisia, False),
            # Colleagues log in wherever they are
            ("mono.test", "t.clerk.benin", "t.clerk.benin", True),
            ("unknown.test", "t.clerk.benin", "t.clerk.benin", True),
        ):
            with self.subTest(host=name, login=user_login):
                self.assertIs(self._logs_in(name, user_login, password), expected)

    def test_answers_to_a_forgotten_password_are_all_alike(self):
        answers = []
        for user_login in (EMAIL, "nobody@customer.example", "t.clerk.tunisia"):
            answer = self._post("mono.test", "/web/reset_password", login=user_login)
            self.assertEqual(answer.status_code, 200)
            text = re.sub(r'value="[^"]*"|csrf_token: "[^"]*"', "", answer.text)
            answers.append(text.replace(user_login, ""))
        self.assertEqual(len(set(answers)), 1, "An answer tells who has an account")

    def test_the_link_goes_to_the_account_of_the_host(self):
        mails = self.env["mail.mail"]
        for name, user in (
            ("mono.test", self.at_benin),
            ("carthage.test", self.at_tunisia),
        ):
            self._post(name, "/web/reset_password", login=EMAIL)
            requests = self.env["telecom.password.request"].search([])
            self.assertEqual(
                (requests.login, requests.company_id), (EMAIL, user.company_id)
            )
            last = mails.search([], order="id desc", limit=1).id or 0
            self._run_requests()
            mail = mails.search([("id", ">", last)])
            bodies = mail.mapped("body_html") or []
            self.assertEqual(user.partner_id.signup_type, "reset")
            for body in bodies:
                self.assertIn(f"https://{name}/web/reset_password", body)

    def _run_requests(self):
        for record in self.env["telecom.password.request"].search([]):
            login_typed, company = record.login, record.company_id
            record.unlink()
            self.env["res.users"]._telecom_reset_passwords(login_typed, company)

    def test_nobody_is_told_of_a_login_that_is_two_operators(self):
        self.env["res.users"]._telecom_reset_passwords(EMAIL, self.env["res.company"])
        self.assertFalse(self.at_benin.partner_id.signup_type)
        self.assertFalse(self.at_tunisia.partner_id.signup_type)

    def test_an_invitation_opens_on_its_host_only(self):
        partner = self.at_benin.partner_id
        partner.signup_prepare(signup_type="reset")
        url = partner._get_signup_url_for_action()[partner.id]
        self.assertTrue(url.startswith("https://mono.test/web/reset_password?"))
        path = url.removeprefix("https://mono.test")
        page = self.url_open(path, headers={"Host": "mono.test"}).text
        self.assertIn('name="confirm_password"', page)
        for name in ("carthage.test", "unknown.test"):
            with self.subTest(name):
                answer = self.url_open(
                    path, headers={"Host": name}, allow_redirects=False
                )
                self.assertEqual(answer.status_code, 303)
                self.assertTrue(
                    answer.headers["Location"].startswith("https://mono.test/")
                )
        garbage = self.url_open(
            "/web/reset_password?token=garbage", headers={"Host": "mono.test"}
        )
        self.assertEqual(garbage.status_code, 200)

    def test_an_invitation_shows_the_login_as_typed(self):
        partner = self.at_benin.partner_id
        partner.signup_prepare()
        url = partner._get_signup_url_for_action()[partner.id]
        path = url.removeprefix("https://mono.test")
        page = self.url_open(path, headers={"Host": "mono.test"}).text
        self.assertIn(f'value="{EMAIL}"', page)
        self.assertNotIn("@@", page)

    def test_the_address_of_an_account_is_not_told(self):
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        for address in (EMAIL, "nobody@customer.example"):
            answer = self.url_open(
                f"/web/signup?signup_email={address}",
                headers={"Host": "carthage.test"},
                allow_redirects=False,
            )
            with self.subTest(address):
                self.assertEqual(answer.status_code, 200)

    @mute_logger("odoo.addons.auth_signup.controllers.main")
    def test_sign_up_on_a_host_makes_a_customer_of_its_operator(self):
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        self.at_benin.unlink()
        self._post(
            "mono.test",
            "/web/signup",
            login=EMAIL,
            name="Ana Dossou",
            password="a long secret",
            confirm_password="a long secret",
        )
        user = self.env["res.users"].search(
            [("login", "=", f"{EMAIL}@@{self.benin.id}")]
        )
        self.assertEqual(user.company_ids, self.benin)
        self.assertEqual(user.partner_id.company_id, self.benin)
        self.assertTrue(self._logs_in("mono.test", EMAIL, "a long secret"))
        self.assertTrue(user._is_portal())

    def test_a_wrong_password_sounds_like_no_account(self):
        with self.assertRaises(AccessDenied) as wrong:
            self.env["res.users"].authenticate(
                {"login": EMAIL, "password": "x", "type": "password"}, {}
            )
        self.assertNotIn(EMAIL, str(wrong.exception))
