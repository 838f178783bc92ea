from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import BaseCase, HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.telecom_crm.tools import host

from .common import PLATFORM, OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestHostNames(BaseCase):
    def test_names_as_typed_and_as_sent(self):
        for text, expected in (
            ("my.mono.example", "my.mono.example"),
            (" My.Mono.Example. ", "my.mono.example"),
            ("https://my.mono.example:8443/web?x=1", "my.mono.example"),
            ("my.mono.example:8069", "my.mono.example"),
            ("télécom.example", "xn--tlcom-bsab.example"),
            ("mono.localhost", "mono.localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("", False),
            (None, False),
            ("two words", False),
            ("-mono.example", False),
            ("mono..example", False),
            ("mono_x.example", False),
            ("a" * 64 + ".example", False),
            ("[::1", False),
        ):
            with self.subTest(text):
                self.assertEqual(host.normalize(text), expected)

    def test_addresses_are_like_the_platforms(self):
        for like, expected in (
            ("https://telecom.example", "https://my.mono.example"),
            ("http://localhost:8069", "http://my.mono.example:8069"),
            ("", "https://my.mono.example"),
        ):
            with self.subTest(like):
                self.assertEqual(host.base_url("my.mono.example", like), expected)


class HostCase(OperatorCase):
    """Two operators with hosts: ``mono.test`` and ``carthage.test``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host_benin = cls._host("mono.test", cls.benin)
        cls.host_tunisia = cls._host("carthage.test", cls.tunisia)
        cls.env["ir.config_parameter"].set_param("web.base.url", "https://telecom.test")

    @classmethod
    def _host(cls, name, company, **values):
        return cls.env["telecom.host"].create(
            {"name": name, "company_id": company.id, **values}
        )


@tagged("post_install", "-at_install", "telecom")
class TestHost(HostCase):
    def test_a_name_is_one_operators(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._host("Mono.test", self.tunisia)

    def test_a_name_is_stored_as_requests_bring_it(self):
        created = self._host("https://My.Mono.test/", self.benin)
        self.assertEqual(created.name, "my.mono.test")
        created.name = "Other.test:443"
        self.assertEqual(created.name, "other.test")
        for wrong in ("no host", "-x.test"):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                created.name = wrong

    def test_one_host_of_an_operator_is_primary(self):
        self.assertTrue(self.host_benin.is_primary)
        second = self._host("second.test", self.benin)
        self.assertFalse(second.is_primary)
        second.is_primary = True
        self.assertFalse(self.host_benin.is_primary)
        self.assertEqual(self.benin.get_base_url(), "https://second.test")
        second.unlink()
        self.assertTrue(self.host_benin.is_primary)
        third = self._host("third.test", self.benin, is_primary=True)
        self.assertEqual(self.benin.telecom_host_ids.filtered("is_primary"), third)

    def test_links_begin_with_the_operators_host(self):
        customer = self._customer(self.benin, "Afi", "Dossou")
        claim = self._claim(customer)
        for record, expected in (
            (self.benin, "https://mono.test"),
            (customer, "https://mono.test"),
            (claim, "https://mono.test"),
            (self._customer(self.tunisia, "Olfa", "M"), "https://carthage.test"),
            (self.manager_benin, "https://mono.test"),
            (self.manager_benin.partner_id, "https://mono.test"),
            (self.stranger, "https://telecom.test"),
            (self.env["res.partner"], "https://telecom.test"),
            (self.env["res.country"].search([], limit=1), "https://telecom.test"),
        ):
            with self.subTest(record):
                self.assertEqual(record.get_base_url(), expected)

    def test_links_of_messages(self):
        customer = self._customer(
            self.benin, "Afi", "Dossou", email="afi@customer.example"
        )
        claim = self._claim(customer)
        claim.message_subscribe(customer.ids)
        claim.with_user(self.clerk_benin).message_post(
            body="Réglé",
            partner_ids=customer.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        mail = self.env["mail.mail"].search(
            [("recipient_ids", "in", customer.ids)], limit=1, order="id desc"
        )
        self.assertTrue(mail)
        self.assertIn("https://mono.test/", mail.body_html)
        self.assertNotIn("https://telecom.test", mail.body_html)

    def test_only_the_platform_changes_hosts(self):
        for user in (self.manager_benin, self.clerk_benin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.host_benin.with_user(user).name = "mine.test"
        Host = self.env["telecom.host"].with_user(self.manager_tunisia)
        self.assertFalse(Host.search([("company_id", "=", self.benin.id)]))
        platform = self._user("t.platform", self.provider, PLATFORM)
        self.host_benin.with_user(platform).name = "moved.test"
        self.assertEqual(self.benin.get_base_url(), "https://moved.test")


@tagged("post_install", "-at_install", "telecom")
class TestHostPages(HostCase, HttpCase):
    def _get(self, name, path, **kwargs):
        return self.url_open(path, headers={"Host": name}, **kwargs)

    def test_pages_are_the_operators(self):
        self.benin.primary_color = "#ffcc00"
        for name, expected in (
            ("mono.test", self.benin.name),
            ("MONO.test:443", self.benin.name),
            ("unknown.test", None),
        ):
            with self.subTest(name):
                page = self._get(name, "/web/login").text
                if expected:
                    self.assertIn(f"<title>{expected}</title>", page)
                    self.assertIn("--telecom-brand:#ffcc00", page)
                    self.assertIn("--telecom-brand-text:#000000", page)
                else:
                    self.assertNotIn("--telecom-brand:", page)

    def test_the_logo_and_icon_are_the_operators(self):
        pixel = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
            "awAAAABJRU5ErkJggg=="
        )
        self.benin.logo = pixel
        self.assertNotEqual(
            self._get("mono.test", "/web/binary/company_logo").content,
            self._get("unknown.test", "/web/binary/company_logo").content,
        )
        page = self._get("mono.test", "/web/login").text
        self.assertIn(f"/telecom/icon/{self.benin.id}?unique=", page)
        icon = self._get("mono.test", f"/telecom/icon/{self.benin.id}")
        self.assertEqual(icon.headers["Content-Type"], "image/png")
        self.assertEqual(self._get("mono.test", "/telecom/icon/0").status_code, 404)

    def test_a_visitor_is_the_operators(self):
        user_id = self.benin._telecom_public_user_id()
        user = self.env["res.users"].browse(user_id)
        self.assertTrue(user._is_public())
        self.assertEqual(user.company_ids, self.benin)
        self.assertFalse(user.active)

    def test_an_administrator_does_not_move_the_platform(self):
        self._user("t.platform", self.benin, PLATFORM)
        self.env["ir.config_parameter"].set_param("web.base.url.freeze", False)
        page = self._get("mono.test", "/web/login").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        self.url_open(
            "/web/login",
            data={"login": "t.platform", "password": "t.platform", "csrf_token": token},
            headers={"Host": "mono.test"},
            allow_redirects=False,
        )
        self.assertEqual(
            self.env["ir.config_parameter"].get_param("web.base.url"),
            "https://telecom.test",
        )
