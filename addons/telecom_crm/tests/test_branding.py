from odoo.tests import HttpCase, tagged

from .test_host import HostCase


@tagged("post_install", "-at_install", "telecom")
class TestBranding(HostCase):
    def test_colours_of_pages_and_e_mails(self):
        self.benin.write({"primary_color": "#ffcc00", "secondary_color": "#003366"})
        palette = self.benin._telecom_palette()
        self.assertEqual(palette["brand"], "#ffcc00")
        self.assertEqual(palette["brand_text"], "#000000")
        self.assertEqual(palette["accent"], "#003366")
        self.assertEqual(self.benin.email_secondary_color, "#ffcc00")
        self.assertEqual(self.benin.email_primary_color, "#000000")
        self.benin.primary_color = "#003366"
        self.assertEqual(self.benin._telecom_palette()["brand_text"], "#ffffff")
        self.assertEqual(self.benin.email_primary_color, "#ffffff")

    def test_a_colour_cannot_carry_styles(self):
        # Companies that are no operators may have any text there
        self.shopkeeper.primary_color = "red;}body{display:none"
        self.assertEqual(self.shopkeeper._telecom_brand_style(), "")

    def test_documents_have_the_colours(self):
        self.benin.write(
            {
                "primary_color": "#00843d",
                "external_report_layout_id": self.env.ref(
                    "web.external_layout_standard"
                ).id,
            }
        )
        styles = self.env["ir.qweb"]._render(
            "web.styles_company_report", {"company_ids": self.benin}
        )
        self.assertIn("#00843d", str(styles))

    def test_an_e_mail_begins_with_the_operator(self):
        self.benin.primary_color = "#00843d"
        customer = self._customer(
            self.benin, "Afi", "Dossou", email="afi@customer.example"
        )
        claim = self._claim(customer)
        claim.with_user(self.clerk_benin).message_post(
            body="Réglé",
            partner_ids=customer.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        mail = self.env["mail.mail"].search(
            [("recipient_ids", "in", customer.ids)], limit=1, order="id desc"
        )
        self.assertIn("3px solid #00843d", mail.body_html)
        self.assertIn(self.benin.name, mail.body_html)


@tagged("post_install", "-at_install", "telecom")
class TestBackOfficeLook(HostCase, HttpCase):
    def _page(self, cids=None):
        self.opener.cookies.pop("cids", None)
        if cids:
            self.opener.cookies["cids"] = cids
        return self.url_open("/odoo").text

    def test_the_first_active_company_colours_the_page(self):
        self.benin.primary_color = "#00843d"
        self.tunisia.primary_color = "#c8102e"
        self.provider.primary_color = "#5b3f8c"
        self.authenticate("t.agent", "t.agent")
        benin, tunisia = self.benin.id, self.tunisia.id
        for cids, expected in (
            (None, "#5b3f8c"),
            (f"{benin}-{tunisia}", "#00843d"),
            (f"{tunisia}-{benin}", "#c8102e"),
            # Somebody else's
            (f"{self.shopkeeper.id}", "#5b3f8c"),
        ):
            with self.subTest(cids):
                page = self._page(cids)
                self.assertIn(f":root{{--telecom-brand:{expected};", page)

    def test_a_plain_company_looks_like_odoo(self):
        self.authenticate("t.stranger", "t.stranger")
        page = self._page()
        self.assertNotIn("assets_brand", page)
        self.assertNotIn("--telecom-brand:", page)

    def test_an_operators_pages_do_not_say_whose_software_it_is(self):
        for user, expected in (("t.clerk.benin", False), ("t.stranger", True)):
            self.authenticate(user, user)
            page = self.url_open("/my").text
            with self.subTest(user):
                self.assertIn("o_portal", page)
                self.assertEqual("o_brand_promotion" in page, expected)

    def test_who_logs_in_on_a_host_begins_with_its_operator(self):
        for user, expected in (
            ("t.agent", str(self.tunisia.id)),
            # Not who has nothing to do with it
            ("t.clerk.benin", None),
        ):
            session = self.authenticate(user, user)
            # A browser would have it for this host; the test's has it for its own
            self.opener.cookies.clear()
            self.opener.cookies["session_id"] = session.sid
            answer = self.url_open("/odoo", headers={"Host": "carthage.test"})
            with self.subTest(user):
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(answer.cookies.get("cids"), expected)

    def test_the_installed_app_is_the_operators(self):
        self.benin.primary_color = "#00843d"
        manifest = self.url_open(
            "/web/manifest.webmanifest", headers={"Host": "mono.test"}
        ).json()
        self.assertEqual(manifest["name"], self.benin.name)
        self.assertEqual(manifest["theme_color"], "#00843d")
