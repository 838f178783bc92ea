"""Ten thousand invoices of three lines, by Odoo and by the writer.

Runs in ``odoo shell`` on a database of its own. ``CONFIG``: how many ``customers``,
invoices made by ``odoo``, invoices ``compared``, the ``folder`` of the benchmarks.
Prints ``name=value`` lines.
"""

# ruff: noqa: F821
import random
import sys
import time
from datetime import date

from odoo import Command

sys.path.insert(0, CONFIG["folder"])
from _figures import show  # noqa: E402

draw = random.Random(2026)
DATE = date(2026, 11, 1)
company = env["res.company"].create(
    {
        "name": "Bench Factures",
        "country_id": env.ref("base.tn").id,
        "currency_id": env.ref("base.TND").id,
        "telecom_tenant": True,
    }
)
env["account.chart.template"].try_loading("tn", company)
env.cr.commit()
env = env(context={"allowed_company_ids": company.ids, "lang": "en_US"})
company = company.with_env(env)
chart = env["account.chart.template"].with_company(company)
stamp = env["telecom.invoice.fee"].create(
    {
        "company_id": company.id,
        "name": "Timbre fiscal",
        "tax_id": chart.ref("l10n_tn_tax_vat_sale_tax_stamp").id,
        "date_from": "2020-01-01",
    }
)
taxes = env["account.tax"].search(
    [
        ("company_id", "=", company.id),
        ("type_tax_use", "=", "sale"),
        ("amount", "in", (19, 7)),
    ],
    order="amount desc",
)
offers = env["product.product"].create(
    [
        {
            "name": f"Offre {number}",
            "type": "service",
            "company_id": company.id,
            "taxes_id": [Command.set(taxes[number % len(taxes)].ids)],
        }
        for number in range(9)
    ]
)
started = time.monotonic()
customers = env["res.partner"]
for begin in range(0, CONFIG["customers"], 1000):
    customers |= (
        env["res.partner"]
        .with_context(tracking_disable=True)
        .create(
            [
                {
                    "name": f"Client {number}",
                    "company_id": company.id,
                    "telecom_customer": True,
                    "country_id": env.ref("base.tn").id,
                    "city": draw.choice(("Tunis", "Sfax", "Sousse")),
                }
                for number in range(begin, min(begin + 1000, CONFIG["customers"]))
            ]
        )
    )
    env.cr.commit()
show("customers_s", round(time.monotonic() - started, 1))
env.cr.execute("ANALYZE")
env.cr.commit()


def values(customer):
    """An invoice: an offer, an option with a discount, usage of any amount."""
    first = draw.randrange(len(offers))
    return {
        "move_type": "out_invoice",
        "partner_id": customer,
        "invoice_date": "2026-11-01",
        "invoice_line_ids": [
            Command.create(
                {
                    "product_id": offers[first].id,
                    "name": f"Forfait, {customer}",
                    "quantity": 1,
                    "price_unit": 10.0 + first,
                }
            ),
            Command.create(
                {
                    "product_id": offers[(first + 1) % len(offers)].id,
                    "name": f"Option, {customer}",
                    "quantity": 1,
                    "price_unit": 4.5,
                    "discount": draw.choice((0, 0, 10)),
                }
            ),
            Command.create(
                {
                    "product_id": offers[(first + 2) % len(offers)].id,
                    "name": f"Communications, {customer}",
                    "quantity": 1,
                    "price_unit": draw.randrange(1, 60_000) / 1000,
                }
            ),
            Command.create(
                {
                    **env["telecom.invoice.fee"]._line_values(company, DATE)[0],
                    "account_id": income.id,
                    "tax_ids": [Command.set(stamp.tax_id.ids)],
                }
            ),
        ],
    }


income = offers[0].product_tmpl_id.get_product_accounts()["income"]
vals_list = [values(customer) for customer in customers.ids]

Move = env["account.move"]
writer = env["telecom.invoice.writer"]
# Both once before, for what is done the first time only
Move.create(vals_list[:2]).action_post()
writer._create_posted(vals_list[:2])
env.cr.rollback()

own = CONFIG["odoo"]
started = time.monotonic()
for begin in range(0, own, 100):
    Move.create(vals_list[begin : begin + 100]).action_post()
    env.cr.commit()
    env.invalidate_all()
odoo_rate = own / (time.monotonic() - started)
show("odoo_batch_per_s", round(odoo_rate, 1))

cache = {}
moves = []
started = time.monotonic()
for begin in range(0, len(vals_list), 500):
    moves += writer._create_posted(vals_list[begin : begin + 500], cache).ids
    env.cr.commit()
    env.invalidate_all()
rate = len(vals_list) / (time.monotonic() - started)
assert not cache["fallback"] and not cache["reasons"], cache
show("posted_invoices_per_s", round(rate, 1))
show("ratio_vs_odoo_batch", round(rate / odoo_rate, 1))
numbers = Move.browse(moves).mapped("sequence_number")
show("number_gaps", len(numbers) - (max(numbers) - min(numbers) + 1))
found = []
for place in draw.sample(range(len(moves)), min(CONFIG["compared"], len(moves))):
    found += writer._differences(vals_list[place], moves[place])
show("invoices_compared", min(CONFIG["compared"], len(moves)))
show("invoice_differences", len(found))
print(*sorted(set(found)), sep="\n")
env.cr.rollback()
