"""Subscriptions of some of the customers, and a run that is ready to invoice.

Runs in ``odoo shell`` after ``invoices.py``. ``CONFIG``: how many ``accounts``.
"""

# ruff: noqa: F821
import sys
import time
from datetime import date

sys.path.insert(0, CONFIG["folder"])
from _figures import show  # noqa: E402

company = env["res.company"].search([("name", "=", "Bench Factures")])
env = env(context={"allowed_company_ids": company.ids, "lang": "en_US"})
company = company.with_env(env)
customers = env["res.partner"].search(
    [("company_id", "=", company.id), ("telecom_customer", "=", True)],
    limit=CONFIG["accounts"],
    order="id",
)
offers = env["product.product"].search([("company_id", "=", company.id)], order="id")
offers.product_tmpl_id.write({"telecom_offer_kind": "postpaid"})
env["telecom.offer.price"].create(
    [
        {
            "company_id": company.id,
            "product_tmpl_id": offer.product_tmpl_id.id,
            "kind": "recurring",
            "amount": 5.25 + place,
            "date_from": "2020-01-01",
        }
        for place, offer in enumerate(offers)
    ]
)
started = time.monotonic()
customers._telecom_billing_accounts()
env.cr.commit()
show("accounts_s", round(time.monotonic() - started, 1))
# Written as they stand after their orders: through forms it takes minutes
env.flush_all()
env.cr.execute(
    """
    WITH made AS (
        INSERT INTO telecom_subscription (company_id, name, state, partner_id,
                    account_id,
                    product_id, quantity, date_start, create_uid, write_uid,
                    create_date, write_date)
        SELECT a.company_id, 'AB' || a.id || '-' || n, 'active', a.partner_id, a.id,
               (%(offers)s::int[])[1 + (a.id + n) %% %(count)s], 1,
               CASE WHEN n = 3 THEN DATE '2026-10-11' ELSE DATE '2026-06-01' END,
               1, 1, now(), now()
          FROM telecom_billing_account a, generate_series(1, 3) n
         WHERE a.company_id = %(company)s
         ORDER BY a.id, n
     RETURNING id, company_id, date_start, product_id)
    INSERT INTO telecom_subscription_change (company_id, subscription_id, kind, date,
                product_id, quantity, create_uid, write_uid, create_date, write_date)
    SELECT company_id, id, 'start', date_start, product_id, 1, 1, 1, now(), now()
      FROM made""",
    {"offers": offers.ids, "count": len(offers), "company": company.id},
)
env.cr.execute("ANALYZE")
env.cr.commit()
env.invalidate_all()
run = env["telecom.bill.run"].create(
    {
        "company_id": company.id,
        "date_from": date(2026, 10, 1),
        "invoice_date": date(2026, 11, 1),
    }
)
run._begin()
started = time.monotonic()
run._process(commit=True)
show(
    "preview_accounts_per_s", round(run.account_count / (time.monotonic() - started), 1)
)
assert run.prepared and run.account_count == len(customers), run.message
run._step_write({"state": "invoicing"})
env.cr.commit()
