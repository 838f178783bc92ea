"""Operators with subscriptions and bill runs, ready to invoice, in ``odoo shell``.

``CONFIG``: ``names`` of the operators, how many ``accounts`` each has. Prints the ids
of the runs.
"""

# ruff: noqa: F821
import json
from datetime import date

runs = []
for name in CONFIG["names"]:
    company = env["res.company"].create(
        {
            "name": name,
            "country_id": env.ref("base.tn").id,
            "currency_id": env.ref("base.TND").id,
            "telecom_tenant": True,
            "telecom_bill_run_auto": "none",
        }
    )
    env["account.chart.template"].try_loading("tn", company)
    own = env(context={"allowed_company_ids": company.ids})
    template = own["product.template"].create(
        {
            "name": "Forfait",
            "type": "service",
            "company_id": company.id,
            "telecom_offer_kind": "postpaid",
            "list_price": 0,
        }
    )
    own["telecom.offer.price"].create(
        {
            "company_id": company.id,
            "product_tmpl_id": template.id,
            "kind": "recurring",
            "amount": 12.345,
            "date_from": "2020-01-01",
        }
    )
    customers = own["res.partner"].create(
        [
            {
                "name": f"Client {number}",
                "company_id": company.id,
                "telecom_customer": True,
            }
            for number in range(CONFIG["accounts"])
        ]
    )
    customers._telecom_billing_accounts()
    for number, customer in enumerate(customers):
        subscription = own["telecom.subscription"].create(
            {
                "company_id": company.id,
                "partner_id": customer.id,
                "product_id": template.product_variant_id.id,
            }
        )
        subscription._telecom_start(date(2026, 9, 1 + number % 28))
    for month in (9, 10, 11):
        run = own["telecom.bill.run"].create(
            {
                "company_id": company.id,
                "date_from": date(2026, month, 1),
                "invoice_date": date(2026, month + 1, 1),
            }
        )
        run._begin()
        run._process(commit=False)
        run._step_write({"state": "invoicing"})
        runs.append(run.id)
env.cr.commit()
print(json.dumps(runs))
