from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import formatLang

from .test_bill_run import BillRunCase


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestPortalSubscription(BillRunCase, HttpCase):
    """Customers see their own subscriptions, and what is left of their allowances."""

    charts = ("bj",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._line(cls.afi, "+2290195000071")
        today = cls.benin._telecom_today()
        first = today.replace(day=1)
        cls.mine = cls._subscription(
            cls.account_afi, cls.basic, str(first), line=cls.line
        )
        cls.more = cls._subscription(
            cls.account_afi, cls.option, str(first), line=cls.line
        )
        cls.secret = cls._offer(cls.tunisia, "SECRETTUNISIA", 12.345)
        cls._subscription(cls.account_sami, cls.secret, str(first))
        cls.env["telecom.usage.counter"].create(
            {
                "company_id": cls.benin.id,
                "line_id": cls.line.id,
                "usage_kind": "sms",
                "date_from": first,
                "date_to": today,
                "quantity": 100,
                "used": 85,
            }
        )
        cls.portal = cls._user("t.portal.afi", cls.benin, "base.group_portal")
        cls.portal.partner_id = cls.afi
        cls.portal.password = cls.portal.login

    def _cards(self):
        page = self.url_open("/my/subscriptions")
        self.assertEqual(page.status_code, 200)
        tree = html.fromstring(page.text)
        return tree.xpath("//*[@data-telecom='portal-subscription']")

    def test_ones_own_by_line(self):
        self.authenticate(self.portal.login, self.portal.login)
        [card] = self._cards()
        text = " ".join(card.text_content().split())
        for words in ("Basique", "Option musique", self.line.msisdn_display, "85"):
            self.assertIn(words, text)
        self.assertIn(self.account_afi.number, text)
        self.assertNotIn("SECRETTUNISIA", text)
        self.assertNotIn("Client 0", text)
        bar = card.xpath(".//*[@role='progressbar']")[0]
        self.assertIn("width: 85%", bar.get("style"))
        # On the home page, too
        self.assertIn("/my/subscriptions", self.url_open("/my").text)

    def test_what_is_taken_off_at_present(self):
        today = self.benin._telecom_today()
        price = self.basic.with_company(self.benin)._telecom_prices("recurring", today)[
            self.basic.id
        ]
        self.env["telecom.subscription.discount"].create(
            [
                {
                    "company_id": self.benin.id,
                    "subscription_id": self.mine.id,
                    "percent": 20,
                    "months": 3,
                    "reason": "Novembre",
                },
                {
                    "company_id": self.benin.id,
                    "subscription_id": self.more.id,
                    "percent": 50,
                    "date_from": "2020-01-01",
                    "date_to": "2020-02-01",
                    "reason": "Passé",
                },
            ]
        )
        self.authenticate(self.portal.login, self.portal.login)
        [card] = self._cards()
        [off] = card.xpath(".//*[@data-telecom='portal-discount']")
        text = off.text_content().replace("\xa0", " ").replace("\u202f", " ")
        self.assertIn("20 %", text)
        amount = formatLang(self.env, price * 0.8, currency_obj=self.benin.currency_id)
        self.assertIn(
            "".join(filter(str.isdigit, amount)), "".join(filter(str.isdigit, text))
        )

    def test_nothing_when_the_module_is_closed_or_nothing_is_there(self):
        self.authenticate(self.portal.login, self.portal.login)
        (self.mine | self.more)._telecom_change(
            "terminate", self.benin._telecom_today(), waive_fee=True
        )
        self.assertFalse(self._cards())
        self.benin._telecom_set_module("billing", "off")
        self.assertEqual(self.url_open("/my/subscriptions").status_code, 404)
