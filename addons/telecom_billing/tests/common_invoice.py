"""Operators with charts of accounts, customers with billing accounts and invoices."""

from odoo import Command, fields

from odoo.addons.telecom_crm.tests.common import OperatorCase

BILLING = "telecom_billing.group_telecom_billing"


class InvoiceCase(OperatorCase):
    #: Countries whose operator has a chart of accounts. One takes seconds to load: a
    #: class that books nothing in Tunisia does without its chart, and has no ``stamp``.
    charts = ("bj", "tn")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Chart = cls.env["account.chart.template"]
        for company, code, currency in (
            (cls.benin, "bj", "XOF"),
            (cls.tunisia, "tn", "TND"),
        ):
            if code not in cls.charts:
                # As the chart would
                company.currency_id = cls.env.ref(f"base.{currency}")
            elif not company.chart_template:
                Chart.try_loading(code, company)
        cls.env.invalidate_all()
        cls.biller_benin = cls._user("t.biller.benin", cls.benin, BILLING)
        cls.biller_tunisia = cls._user("t.biller.tunisia", cls.tunisia, BILLING)
        if "tn" in cls.charts:
            stamp = cls._chart(cls.tunisia, "l10n_tn_tax_vat_sale_tax_stamp")
            cls.stamp = cls.env["telecom.invoice.fee"].create(
                {
                    "company_id": cls.tunisia.id,
                    "name": "Timbre fiscal",
                    "tax_id": stamp.id,
                    "date_from": "2020-01-01",
                }
            )
        cls.afi = cls._customer(cls.benin, "Afi", "Dossou", email="afi@example.com")
        cls.sami = cls._customer(
            cls.tunisia, "Sami", "Trabelsi", email="sami@example.com"
        )
        accounts = (cls.afi | cls.sami)._telecom_billing_accounts()
        cls.account_afi = accounts[cls.afi.id]
        cls.account_sami = accounts[cls.sami.id]

    @classmethod
    def _chart(cls, company, name):
        return cls.env["account.chart.template"].with_company(company).ref(name)

    @classmethod
    def _invoice(cls, account, *lines, post=False, user=None, **values):
        """Return an invoice of an account; lines are (label, price[, tax])."""
        company = account.company_id
        default = company.account_sale_tax_id
        Move = cls.env["account.move"].with_company(company)
        if user:
            Move = Move.with_user(user)
        move = Move.create(
            {
                "move_type": "out_invoice",
                "company_id": company.id,
                "partner_id": account.invoice_partner_id.id,
                "telecom_account_id": account.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": label,
                            "quantity": 1,
                            "price_unit": price,
                            "tax_ids": [Command.set((tax[0] if tax else default).ids)],
                        }
                    )
                    for label, price, *tax in lines
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _pay(cls, move, amount=None):
        wizard = (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({**({"amount": amount} if amount else {})})
        )
        return wizard._create_payments()
