"""Bills drawn as PDF, as they are sent. Runs in ``odoo shell`` after ``invoices.py``.

``CONFIG``: how many are ``drawn``.
"""

# ruff: noqa: F821
import sys
import time

sys.path.insert(0, CONFIG["folder"])
from _figures import show  # noqa: E402

company = env["res.company"].search([("name", "=", "Bench Factures")])
env = env(context={"allowed_company_ids": company.ids, "lang": "en_US"})
moves = env["account.move"].search(
    [
        ("company_id", "=", company.id),
        ("move_type", "=", "out_invoice"),
        ("state", "=", "posted"),
    ],
    limit=CONFIG["drawn"],
    order="id",
)
# Fonts and templates are read once
moves[:1]._telecom_pdf()
started = time.monotonic()
size = 0
for move in moves:
    content = move._telecom_pdf()
    assert content.startswith(b"%PDF-"), move.name
    size += len(content)
seconds = time.monotonic() - started
show("pdf_drawn", len(moves))
show("pdf_per_s", round(len(moves) / seconds, 1))
show("pdf_kilobytes", round(size / len(moves) / 1000, 1))
