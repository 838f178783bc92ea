from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.telecom_crm.tests.common import OperatorCase

BILLING = "telecom_billing.group_telecom_billing"


class QuoteCase(OperatorCase):
    """Offers, a customer with a login and a quotation of Benin's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.lang_fr").active = True
        cls.biller = cls._user("t.biller.benin", cls.benin, BILLING)
        cls.biller_tunisia = cls._user("t.biller.tunisia", cls.tunisia, BILLING)
        # What a chart of accounts would have set
        for company, code in ((cls.benin, "XOF"), (cls.tunisia, "TND")):
            company.currency_id = cls.env.ref(f"base.{code}")
            cls.env["product.pricelist"].search(
                [("company_id", "in", (company.id, False))]
            ).active = False
        cls.fibre, cls.mobile = cls.env["product.product"].create(
            [
                {
                    "name": name,
                    "type": "service",
                    "list_price": price,
                    "company_id": cls.benin.id,
                    "telecom_offer_kind": kind,
                    "taxes_id": False,
                }
                for name, price, kind in (
                    ("Fibre 100", 25000, "fibre"),
                    ("Forfait Pro", 5000, "postpaid"),
                )
            ]
        )
        cls.customer = cls._customer(
            cls.benin, "Afi", "Dossou", email="afi@example.com", lang="fr_FR"
        )
        cls.portal = cls._portal(cls.customer)
        cls.stranger_portal = cls._portal(
            cls._customer(cls.tunisia, "Olfa", "Trabelsi", email="olfa@example.com")
        )

    @classmethod
    def _portal(cls, partner):
        return new_test_user(
            cls.env,
            f"t.portal.{partner.id}",
            groups="base.group_portal",
            password=f"t.portal.{partner.id}",
            partner_id=partner.id,
            name=partner.name,
            email=partner.email,
            company_id=partner.company_id.id,
            company_ids=[Command.set(partner.company_id.ids)],
        )

    def _quote(self, user=None, quantity=2, price=None, **values):
        line = {"product_id": self.fibre.id, "product_uom_qty": quantity}
        if price is not None:
            line["price_unit"] = price
        return (
            self.env["sale.order"]
            .with_user(user or self.biller)
            .create(
                {
                    "partner_id": self.customer.id,
                    "validity_date": "2035-12-31",
                    "order_line": [Command.create(line)],
                    **values,
                }
            )
        )

    def _sent(self, **values):
        order = self._quote(**values)
        order.action_quotation_sent()
        return order
