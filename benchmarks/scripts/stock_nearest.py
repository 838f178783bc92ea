"""2,000 boutiques with 500,000 serial numbers, and the search for the nearest one.

Runs in ``odoo shell`` on a database of its own. ``CONFIG``: ``boutiques``, ``serials``,
``points`` compared with brute force, ``stock_samples`` of Odoo's own way, ``host`` of
the operator, the ``folder`` of the benchmarks. Prints ``name=value`` lines.
"""

# ruff: noqa: F821
import random
import sys
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import SQL

from odoo.addons.telecom_crm.tools import sphere

sys.path.insert(0, CONFIG["folder"])
from _figures import percentile, show, timed  # noqa: E402

draw = random.Random(2026)
NORTH, SOUTH, WEST, EAST = 12.4, 6.2, 0.8, 3.8  # Benin and what is around it
PRODUCTS = 20
REACH = 50_000  # metres
GIVEN_UP = 10  # of so many questions one is also asked with a reach
CARRIER = "odoo.addons.website_sale_collect.models.delivery_carrier"


def place():
    return draw.uniform(SOUTH, NORTH), draw.uniform(WEST, EAST)


# -- what is there to find -----------------------------------------------------------

company = env["res.company"].create(
    {
        "name": "Bench Bénin",
        "country_id": env.ref("base.bj").id,
        "telecom_tenant": True,
    }
)
env["telecom.host"].create({"name": CONFIG["host"], "company_id": company.id})
env["res.company"].create({"name": "Bench Togo", "telecom_tenant": True})
services = env["telecom.boutique.service"].create(
    [
        {"name": f"Service {number}", "code": f"s{number}", "company_id": company.id}
        for number in range(6)
    ]
)
products = env["product.product"].create(
    [
        {
            "name": f"Article {number}",
            "is_storable": True,
            "tracking": "serial",
            "telecom_boutique_item": True,
            "company_id": company.id,
        }
        for number in range(PRODUCTS)
    ]
)
calendars = env["resource.calendar"].create(
    [
        {
            "name": f"{begin}–{end}",
            "company_id": company.id,
            "tz": "Africa/Porto-Novo",
            "attendance_ids": [(5, 0, 0)]
            + [
                (
                    0,
                    0,
                    {
                        "name": "Jour",
                        "dayofweek": str(day),
                        "hour_from": begin,
                        "hour_to": end,
                        "day_period": "morning",
                    },
                )
                for day in range(days)
            ],
        }
        for begin, end, days in ((8, 18, 5), (7, 20, 7), (0, 24, 7), (18, 23, 6))
    ]
)
pattern = env["stock.warehouse"].create(
    {"name": "Pattern", "code": "PAT", "company_id": company.id}
)
env.flush_all()
# Warehouses as copies of one that Odoo made: 2,000 of them by the ORM take minutes
cr = env.cr
names = [f"Boutique {number}" for number in range(CONFIG["boutiques"])]
places = {name: place() for name in names}
partners = env["res.partner"].create(
    [
        {
            "name": name,
            "company_id": company.id,
            "street": "Avenue Clozel",
            "city": "Cotonou",
            "country_id": company.country_id.id,
            "partner_latitude": latitude,
            "partner_longitude": longitude,
        }
        for name, (latitude, longitude) in places.items()
    ]
)
locations = env["stock.location"].create(
    [
        {
            "name": name,
            "usage": "internal",
            "company_id": company.id,
            "location_id": pattern.view_location_id.id,
        }
        for name in names
    ]
)
env.flush_all()
types = (pattern.in_type_id.id, pattern.out_type_id.id, pattern.int_type_id.id)
cr.execute_values(
    """INSERT INTO stock_warehouse (name, code, company_id, partner_id, lot_stock_id,
              view_location_id, reception_steps, delivery_steps, active, in_type_id,
              out_type_id, int_type_id) VALUES %s""",
    [
        (
            *(name, f"{number:05}", company.id, partner, location, location),
            *("one_step", "ship_only", True, *types),
        )
        for number, (name, partner, location) in enumerate(
            zip(names, partners.ids, locations.ids, strict=True)
        )
    ],
)
cr.execute(
    "UPDATE stock_location l SET warehouse_id = w.id FROM stock_warehouse w"
    " WHERE w.lot_stock_id = l.id AND w.company_id = %s",
    [company.id],
)
env.invalidate_all()
warehouses = env["stock.warehouse"].search(
    [("company_id", "=", company.id), ("code", "!=", "PAT"), ("name", "in", names)]
)
boutiques = env["telecom.boutique"].create(
    [
        {
            "name": warehouse.name,
            "code": warehouse.code,
            "company_id": company.id,
            "warehouse_id": warehouse.id,
            "state": "open",
            "latitude": places[warehouse.name][0],
            "longitude": places[warehouse.name][1],
            "calendar_id": draw.choice(calendars).id,
            "tz": "Africa/Porto-Novo",
            "service_ids": [(6, 0, [s.id for s in services if draw.random() < 0.5])],
        }
        for warehouse in warehouses
    ]
)
for warehouse, calendar in zip(
    warehouses, boutiques.calendar_id.ids * 500, strict=False
):
    warehouse.opening_hours = calendar
env.flush_all()
cr.execute(
    """WITH lot AS (
         INSERT INTO stock_lot (name, product_id, company_id, location_id)
         SELECT lpad(n::text, 15, '0'), (%(products)s::int[])[1 + n %% %(kinds)s],
                %(company)s,
                (%(places)s::int[])[1 + (n * 7919::bigint) %% %(many)s]
           FROM generate_series(1, %(serials)s) n
         RETURNING id, product_id, location_id)
       INSERT INTO stock_quant (product_id, company_id, location_id, lot_id, quantity,
                                reserved_quantity, in_date)
       SELECT product_id, %(company)s, location_id, id, 1,
              CASE WHEN id %% 3 = 0 THEN 1 ELSE 0 END, now() at time zone 'UTC'
         FROM lot""",
    {
        "products": products.ids,
        "kinds": PRODUCTS,
        "company": company.id,
        "places": warehouses.lot_stock_id.ids,
        "many": len(warehouses),
        "serials": CONFIG["serials"],
    },
)
cr.commit()
cr._cnx.autocommit = True
cr.execute("ANALYZE")
cr._cnx.autocommit = False
show("boutiques", len(boutiques))
show("serials", CONFIG["serials"])

# -- exact: against brute force ------------------------------------------------------

now = fields.Datetime.now()
moments = [now + timedelta(hours=hours) for hours in (0, 5, 11, 17, 30, 51)]
opened = {}
for calendar in calendars:
    found = calendar._telecom_opening_intervals(
        now - timedelta(days=1), now + timedelta(days=4), "Africa/Porto-Novo"
    )
    for moment in moments:
        opened[calendar.id, moment] = any(b <= moment < e for b, e in found)
cr.execute(
    SQL(
        """SELECT q.product_id, l.warehouse_id FROM stock_quant q
             JOIN stock_location l ON l.id = q.location_id
            WHERE q.company_id = %s AND q.quantity > q.reserved_quantity
         GROUP BY 1, 2""",
        company.id,
    )
)
stocked = set(cr.fetchall())
known = [
    (b.id, b.latitude, b.longitude, b.calendar_id.id, set(b.service_ids.ids), w.id)
    for b, w in zip(boutiques, boutiques.warehouse_id, strict=True)
]


def brute_force(latitude, longitude, moment, wanted, product, reach=None, closed=False):
    fit = (
        (sphere.distance(latitude, longitude, b_latitude, b_longitude), boutique)
        for boutique, b_latitude, b_longitude, calendar, offered, warehouse in known
        if (closed or opened[calendar, moment])
        and wanted <= offered
        and (not product or (product, warehouse) in stocked)
    )
    return sorted(one for one in fit if not reach or one[0] <= reach)[:5]


mismatches = 0
cases = []
for _number in range(CONFIG["points"]):
    wanted = draw.sample(services.ids, draw.choice((0, 1, 2)))
    product = draw.choice((None, *products.ids))
    cases.append((*place(), draw.choice(moments), wanted, product))


def search(case):
    latitude, longitude, moment, wanted, product = case
    return env["telecom.boutique"]._nearest(
        company,
        latitude,
        longitude,
        moment=moment,
        services=env["telecom.boutique.service"].browse(wanted),
        product=env["product.product"].browse(product),
    )


seconds, results = timed(search, cases)
for case, result in zip(cases, results, strict=True):
    latitude, longitude, moment, wanted, product = case
    expected = brute_force(latitude, longitude, moment, set(wanted), product)
    right = [b for _metres, b in expected] == [b for b, _metres in result]
    near = all(
        abs(metres - other) < 0.01
        for (metres, _b), (_id, other) in zip(expected, result, strict=False)
    )
    mismatches += not (right and near)
# What is given up when nothing is open within reach: each wish tried by brute force
for case in cases[::GIVEN_UP]:
    latitude, longitude, moment, wanted, product = case
    expected = {"missing": "all", "boutiques": []}
    for missing, reach, closed in (
        (None, REACH, False),
        ("open", REACH, True),
        ("reach", None, False),
        ("all", None, True),
    ):
        found = brute_force(
            latitude, longitude, moment, set(wanted), product, reach, closed
        )
        if found:
            expected = {"missing": missing, "boutiques": [b for _metres, b in found]}
            break
    answer = env["telecom.boutique"]._find_nearest(
        company,
        latitude,
        longitude,
        moment=moment,
        services=env["telecom.boutique.service"].browse(wanted),
        product=env["product.product"].browse(product),
        reach=REACH,
    )
    answer["boutiques"] = [one["id"] for one in answer["boutiques"]]
    mismatches += answer != expected
show("nearest_mismatches", mismatches)
show("nearest_query_p95_ms", 1000 * percentile(seconds, 0.95))

# -- Odoo's own way on the same data -------------------------------------------------

carrier = env["delivery.carrier"].create(
    {
        "name": "Bench",
        "delivery_type": "in_store",
        "product_id": products[0].id,
        "company_id": company.id,
        "warehouse_ids": [(6, 0, warehouses.ids)],
    }
)
visitor = env["res.partner"].create({"name": "Visitor", "company_id": company.id})


class Request:
    """What core's method asks of the request: a cart."""

    cart = env["sale.order"]


def core(case):
    env.invalidate_all()
    visitor.partner_latitude, visitor.partner_longitude = case[:2]
    # The position is known: no address is looked up
    with (
        patch.object(type(visitor), "geo_localize", lambda self: True),
        patch(
            "odoo.addons.website_sale_collect.models.delivery_carrier.request", Request
        ),
    ):
        return carrier._in_store_get_close_locations(visitor, str(case[4]))


sample = [case for case in cases if case[4]][: CONFIG["stock_samples"]]
core_seconds, answers = timed(core, sample)
assert all(answers)
show("core_nearest_p50_ms", 1000 * percentile(core_seconds, 0.5))
cr.rollback()
show("service_codes", ",".join(services.mapped("code")))
show("product_ids", ",".join(map(str, products.ids)))
