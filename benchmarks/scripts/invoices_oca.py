"""OCA's contract: as many invoices of three lines as Odoo made, for the same customers.

Runs in ``odoo shell`` with the addon installed. ``CONFIG``: as in ``invoices.py``.
"""

# ruff: noqa: F821
import sys
import time
from datetime import date

from odoo import Command

sys.path.insert(0, CONFIG["folder"])
from _figures import show  # noqa: E402

company = env["res.company"].search([("name", "=", "Bench Factures")])
env = env(context={"allowed_company_ids": company.ids, "lang": "en_US"})
customers = env["res.partner"].search(
    [("company_id", "=", company.id), ("telecom_customer", "=", True)],
    limit=CONFIG["odoo"],
    order="id",
)
offers = env["product.product"].search(
    [("company_id", "=", company.id)], order="id", limit=3
)
journal = env["account.journal"].search(
    [("company_id", "=", company.id), ("type", "=", "sale")], limit=1
)
contracts = env["contract.contract"].create(
    [
        {
            "name": f"Contrat {customer.id}",
            "partner_id": customer.id,
            "company_id": company.id,
            "journal_id": journal.id,
            "contract_line_ids": [
                Command.create(
                    {
                        "name": f"{offer.name}, {customer.id}",
                        "product_id": offer.id,
                        "quantity": 1,
                        "price_unit": 10.5,
                        "recurring_rule_type": "monthly",
                        "recurring_interval": 1,
                        "date_start": date(2026, 10, 1),
                        "recurring_next_date": date(2026, 10, 1),
                    }
                )
                for offer in offers
            ],
        }
        for customer in customers
    ]
)
env.cr.commit()
env.cr.execute("ANALYZE")
env.cr.commit()
env.invalidate_all()
creating = posting = 0.0
made = 0
for begin in range(0, len(contracts), 100):
    started = time.monotonic()
    moves = contracts[begin : begin + 100]._recurring_create_invoice(date(2026, 10, 1))
    env.cr.commit()
    creating += time.monotonic() - started
    started = time.monotonic()
    moves.action_post()
    env.cr.commit()
    posting += time.monotonic() - started
    made += len(moves)
    env.invalidate_all()
assert made == len(contracts), (made, len(contracts))
show("oca_contract_drafts_per_s", round(made / creating, 1))
show("oca_contract_per_s", round(made / (creating + posting), 1))
