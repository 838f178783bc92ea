"""Offers of two operators, and what they cost."""

from odoo import Command

from .common_invoice import InvoiceCase


class OfferCase(InvoiceCase):
    """Benin sells a plan, an option and fibre; Tunisia a plan of its own."""

    charts = ("bj",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The operator's own: before midnight UTC it is tomorrow in Benin already
        cls.today = cls.benin._telecom_today()
        cls.plan = cls._offer(cls.benin, "Forfait", "postpaid", monthly=5000, once=1000)
        cls.option = cls._offer(
            cls.benin,
            "Option",
            "option",
            monthly=1000,
            telecom_technology_ids=[
                Command.link(cls.env.ref("telecom_billing.technology_mobile").id)
            ],
        )
        cls.foreign = cls._offer(cls.tunisia, "Yalla", "postpaid", monthly=19.9)

    @classmethod
    def _offer(cls, company, name, kind, monthly=None, once=None, **values):
        """Return the product of an offer with prices that stand since long."""
        template = cls.env["product.template"].create(
            {
                "name": name,
                "company_id": company.id,
                "telecom_offer_kind": kind,
                "type": "service",
                "list_price": 777,
                "taxes_id": [Command.clear()],
                **values,
            }
        )
        for price_kind, amount in (("recurring", monthly), ("one_time", once)):
            if amount is not None:
                cls._price(template, price_kind, amount, "2020-01-01")
        return template.product_variant_id

    @classmethod
    def _price(cls, offer, kind, amount, day, user=None, **values):
        template = offer if offer._name == "product.template" else offer.product_tmpl_id
        Price = cls.env["telecom.offer.price"]
        if user:
            Price = Price.with_user(user)
        return Price.create(
            {
                "company_id": template.company_id.id,
                "product_tmpl_id": template.id,
                "kind": kind,
                "amount": amount,
                "date_from": day,
                **values,
            }
        )

    @classmethod
    def _order(cls, partner, *products, user=None):
        Order = cls.env["sale.order"].with_company(partner.company_id)
        if user:
            Order = Order.with_user(user)
        return Order.create(
            {
                "partner_id": partner.id,
                "company_id": partner.company_id.id,
                "order_line": [
                    Command.create({"product_id": product.id}) for product in products
                ],
            }
        )

    @classmethod
    def _promotion(cls, products, percent=50, months=3, **values):
        """Return a promotion that takes something off monthly prices."""
        company = values.pop("company", cls.benin)
        reward = {
            "required_points": 1,
            "discount": percent,
            "discount_mode": "percent",
            "telecom_months": months,
            "discount_applicability": "specific" if products else "order",
            "discount_product_ids": [Command.set(products.ids if products else [])],
        }
        rule = {
            "reward_point_amount": 1,
            "reward_point_mode": "order",
            "minimum_qty": 1,
            "minimum_amount": 0,
            "product_ids": [Command.set(products.ids if products else [])],
        }
        return cls.env["loyalty.program"].create(
            {
                "name": "Promotion",
                "company_id": company.id,
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "rule_ids": [Command.clear(), Command.create(rule)],
                "reward_ids": [Command.clear(), Command.create(reward)],
                **values,
            }
        )

    @classmethod
    def _points_program(cls, company, **values):
        return points_program(cls.env, company, **values)


def points_program(env, company, rate=0.01, worth=5.0, needed=100, **values):
    """Return a programme that gives points on bills.

    :param float rate: points per unit of money
    :param float worth: of a point, in money
    :param float needed: so many points at least, and a multiple of them, are spent
    """
    return env["loyalty.program"].create(
        {
            "name": "Points",
            "company_id": company.id,
            "program_type": "loyalty",
            "trigger": "auto",
            "applies_on": "both",
            "telecom_on_bills": True,
            "rule_ids": [
                Command.clear(),
                Command.create(
                    {
                        "reward_point_amount": rate,
                        "reward_point_mode": "money",
                        "minimum_qty": 1,
                        "minimum_amount": 0,
                    }
                ),
            ],
            "reward_ids": [
                Command.clear(),
                Command.create(
                    {
                        "required_points": needed,
                        "discount": worth,
                        "discount_mode": "per_point",
                        "discount_applicability": "order",
                    }
                ),
            ],
            **values,
        }
    )
