from odoo import api, fields, models

from ..engine import modules as rules

#: Monthly prices of the demonstration: module: (XOF, TND)
PRICES = {
    "customers": (60_000, "300.000"),
    "claims": (45_000, "225.000"),
    "prospecting": (30_000, "150.000"),
    "offers": (40_000, "200.000"),
    "billing": (90_000, "450.000"),
    "stock": (35_000, "175.000"),
    "callcenter": (120_000, "600.000"),
    "statistics": (25_000, "125.000"),
}
SUITE = (350_000, "1750.000")
BUNDLE = (110_000, "550.000")
#: Names on the invoices of the demonstration: translations are loaded after it
FRENCH = {
    "module_bundle_suite": "Suite complète",
    "module_bundle_sales_demo": "Offres et facturation",
}
#: What a dollar, the platform's currency, is about: core's demonstration has older ones
RATES = {"XOF": 600.0, "TND": 3.1}


class TelecomModuleSubscription(models.Model):
    _inherit = "telecom.module.subscription"

    @api.model
    def _demo_make(self):
        """Give the operators of the demonstration a year of invoices, from its day on.

        Benin has paid everything; Tunisia has not paid the last month.
        """
        benin = self.env.ref("telecom_crm.company_benin")
        tunisia = self.env.ref("telecom_crm.company_tunisia")
        if self.search_count([("company_id", "in", (benin | tunisia).ids)]):
            return
        today = fields.Date.context_today(self)
        start = fields.Date.subtract(today.replace(day=1), months=7)
        if self.env["res.lang"]._get_data(code="fr_FR"):
            for name, french in FRENCH.items():
                bundle = self.env.ref(f"telecom_billing.{name}")
                bundle.with_context(lang="fr_FR").name = french
        self._demo_rates(start)
        self._demo_prices(start)
        modules = self.env["telecom.module"].search([("code", "!=", False)])
        subscriptions = self.create(
            [
                {
                    "company_id": company.id,
                    "date_start": start,
                    "trial_until": fields.Date.add(
                        start, days=rules.STANDARD.trial - 1
                    ),
                    "state": "active",
                    "applied": dict.fromkeys(modules.mapped("code"), "on"),
                }
                for company in (benin, tunisia)
            ]
        )
        for subscription in subscriptions:
            first = subscription.trial_until + rules.ONE_DAY
            for number, item in enumerate(subscription.item_ids):
                # One after the other, as an operator grows
                item._begin(fields.Date.add(first, months=min(number // 2, 3)))
            for date_from, date_to in rules.months_to_bill(
                fields.Date.subtract(start, days=1), today
            ):
                subscription._demo_month(date_from, date_to, tunisia)
        subscriptions._follow()

    @api.model
    def _demo_rates(self, start):
        """Have the platform's revenue add up to something plausible."""
        platform = self._platform_company()
        if platform.currency_id.name != "USD":
            return
        Rate = self.env["res.currency.rate"]
        for code, rate in RATES.items():
            values = {
                "currency_id": self.env.ref(f"base.{code}").id,
                "company_id": platform.id,
                "name": start,
            }
            domain = [(name, "=", value) for name, value in values.items()]
            if not Rate.search_count(domain, limit=1):
                Rate.create({**values, "rate": rate})

    @api.model
    def _demo_prices(self, start):
        values = []
        bundle = self.env.ref("telecom_billing.module_bundle_sales_demo")
        suite = self.env.ref("telecom_billing.module_bundle_suite")
        for number, code in enumerate(("XOF", "TND")):
            currency = self.env["res.currency"].search([("name", "=", code)])
            shared = {"currency_id": currency.id, "date_from": start}
            for module, amounts in PRICES.items():
                module_id = self.env.ref(f"telecom_crm.module_{module}").id
                amount = float(amounts[number])
                values.append({"module_id": module_id, "amount": amount, **shared})
            for one, amounts in ((bundle, BUNDLE), (suite, SUITE)):
                amount = float(amounts[number])
                values.append({"bundle_id": one.id, "amount": amount, **shared})
        self.env["telecom.module.price"].create(values)

    def _demo_month(self, date_from, date_to, late):
        """Invoice a month as if it were the day after, and pay it but the last one."""
        last = date_to >= fields.Date.subtract(
            fields.Date.context_today(self).replace(day=1), days=1
        )
        self.clock = False
        here = self.with_context(
            telecom_module_day=fields.Date.to_string(
                fields.Date.subtract(fields.Date.context_today(self), days=9)
                if last
                else date_to + rules.ONE_DAY
            )
        )
        here._bill_month(date_from, date_to)
        invoice = self.invoice_ids.filtered(lambda one: one.date_from == date_from)
        if invoice and not (last and self.company_id == late):
            move = invoice.move_id
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).with_company(move.company_id).create({})._create_payments()
