"""Serial numbers read in from suppliers' files, and by Odoo's own import.

Runs in ``odoo shell`` on a database of its own. ``CONFIG``: ``part`` is ``alone`` (one
process), the number of one of the ``files`` processes that read overlapping files of
``file_rows`` rows at the same time, or ``count`` (what became of them); ``rows`` of the
file, ``stock_rows`` for Odoo's own import, the ``folder`` of the benchmarks. Prints
``name=value`` lines.
"""

# ruff: noqa: F821
import base64
import sys
import time

from stdnum import luhn

from odoo import Command

sys.path.insert(0, CONFIG["folder"])
from _figures import show  # noqa: E402

from odoo.addons.telecom_stock.engine import identifiers  # noqa: E402

ROWS, STOCK_ROWS, PART = CONFIG["rows"], CONFIG["stock_rows"], CONFIG["part"]
#: What one file has in common with the next
OVERLAP = 2


def number(start, place):
    bare = f"{start}{place:0{14 - len(start)}}"
    return bare + luhn.calc_check_digit(bare)


def card(place):
    bare = f"8922901{place:011}"
    return bare + luhn.calc_check_digit(bare)


def setup():
    company = env["res.company"].create(
        {
            "name": "Bench Serials",
            "country_id": env.ref("base.bj").id,
            "telecom_tenant": True,
        }
    )
    env["stock.warehouse"].create(
        {"name": "Dépôt", "code": "DEPOT", "company_id": company.id}
    )
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Bench",
            "login": "bench.serials",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [
                Command.link(env.ref("telecom_stock.group_telecom_stock_manager").id)
            ],
        }
    )
    env["product.product"].create(
        [
            {"name": "Phone", "telecom_kind": "phone", "default_code": "PHONE"},
            {"name": "SIM", "telecom_kind": "sim", "default_code": "SIM"},
        ]
    )
    env.cr.commit()


def product(code):
    return env["product.product"].search([("default_code", "=", code)])


def keeper():
    return env["res.users"].search([("login", "=", "bench.serials")])


def prepare(text):
    """Choose a file; the scheduler would read it now."""
    record = (
        env["telecom.serial.import"]
        .with_user(keeper())
        .with_company(keeper().company_id)
        .create({"name": "bench.csv", "file": base64.b64encode(text.encode())})
        .sudo()
    )
    record._check_ready()
    record._store({"state": "waiting"})
    env.cr.commit()
    return record


def read_in(text):
    record = prepare(text)
    started = time.perf_counter()
    env["telecom.serial.import"]._cron_process()
    seconds = time.perf_counter() - started
    env.invalidate_all()
    assert record.state == "done", record.message
    assert not record.bad_count, record.error_sample_ids.mapped("reason")[:3]
    return record, seconds


def receive(names):
    """Bring serial numbers in as Odoo does: its import, then its receipt."""
    company, phone = keeper().company_id, product("PHONE")
    here = env(
        user=keeper().id,
        context={
            "allowed_company_ids": company.ids,
            "import_file": True,
            "tracking_disable": True,
        },
    )
    started = time.perf_counter()
    result = here["stock.lot"].load(
        ["name", "product_id/.id", "company_id/.id"],
        [[name, str(phone.id), str(company.id)] for name in names],
    )
    assert result["ids"] and len(result["ids"]) == len(names), result["messages"][:3]
    warehouse = here["stock.warehouse"].search(
        [("company_id", "=", company.id)], limit=1
    )
    kind = warehouse.in_type_id
    source = here.ref("stock.stock_location_suppliers").id
    picking = here["stock.picking"].create(
        {
            "picking_type_id": kind.id,
            "location_id": source,
            "location_dest_id": kind.default_location_dest_id.id,
            "move_ids": [
                Command.create(
                    {
                        "product_id": phone.id,
                        "product_uom_qty": len(names),
                        "location_id": source,
                        "location_dest_id": kind.default_location_dest_id.id,
                    }
                )
            ],
        }
    )
    picking.action_confirm()
    lots = here["stock.lot"].browse(result["ids"])
    for line, lot in zip(picking.move_line_ids, lots, strict=True):
        line.lot_id = lot
    picking.move_ids.picked = True
    picking.button_validate()
    env.cr.commit()
    seconds = time.perf_counter() - started
    assert picking.state == "done"
    return len(names) / seconds


def alone():
    setup()
    stock_rate = receive([number("35", place) for place in range(STOCK_ROWS)])
    show("serial_stock_rows_per_s", stock_rate)
    text = "Produit;IMEI\n" + "".join(
        f"PHONE;{number('36', place)}\n" for place in range(ROWS)
    )
    record, seconds = read_in(text)
    assert record.good_count == ROWS, record.good_count
    show("serial_import_s", seconds)
    show("serial_import_rows_per_s", ROWS / seconds)
    show("serial_import_ratio", ROWS / seconds / stock_rate)
    text = "Produit;ICCID;IMSI;PUK;MSISDN\n" + "".join(
        f"SIM;{card(place)}F;61603{place:010};{place:08};0197{place % 10**6:06}\n"
        for place in range(ROWS)
    )
    record, seconds = read_in(text)
    assert record.good_count == ROWS, record.good_count
    show("serial_import_puk_rows_per_s", ROWS / seconds)


def together(part):
    """Read a file in that shares half of its rows with the next one."""
    start = part * CONFIG["file_rows"] // OVERLAP
    record = prepare(
        "Produit;IMEI\n"
        + "".join(
            f"PHONE;{number('37', place)}\n"
            for place in range(start, start + CONFIG["file_rows"])
        )
    )
    until = time.monotonic() + 300
    while record.state != "done" and time.monotonic() < until:
        # Whoever is not let in comes back, as the scheduler does
        env["telecom.serial.import"]._cron_process()
        env.cr.commit()
        env.invalidate_all()
        if record.state == "failed":
            record.action_resume()
            env.cr.commit()


def count():
    """Show what is there twice, and what was neither taken in nor returned."""
    env.cr.execute(
        "SELECT count(*), count(DISTINCT (company_id, name)) FROM stock_lot"
        " WHERE telecom_kind IS NOT NULL"
    )
    total, distinct = env.cr.fetchone()
    env.cr.execute(
        "SELECT count(*) FROM (SELECT lot_id FROM stock_quant q"
        " JOIN stock_location l ON l.id = q.location_id AND l.usage = 'internal'"
        " GROUP BY lot_id HAVING sum(quantity) != 1) twice"
    )
    show("duplicate_serials", total - distinct + env.cr.fetchone()[0])
    env.cr.execute(
        "SELECT sum(good_count), sum(bad_count) FROM telecom_serial_import"
        " WHERE state = 'done' AND row_offset = %s",
        [CONFIG["file_rows"]],
    )
    good, bad = env.cr.fetchone()
    env.cr.execute(
        "SELECT count(*) FROM stock_lot WHERE telecom_kind = 'phone'"
        " AND name LIKE '37%'"
    )
    there = env.cr.fetchone()[0]
    rows = CONFIG["files"] * CONFIG["file_rows"]
    show("together_taken_in", good)
    show("together_returned", bad)
    show("lost_rows", abs(rows - good - bad) + abs(there - good))


assert identifiers.imei(number("35", 1))
if PART == "alone":
    alone()
elif PART == "count":
    count()
else:
    together(PART)
