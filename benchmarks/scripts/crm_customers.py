"""A million customers of three operators, and how fast a clerk finds them.

Runs in ``odoo shell`` on a database of its own. ``CONFIG``: ``customers``, and
``samples`` of each search, ``stock_samples`` of the slower ones of stock Odoo, the
``folder`` of the benchmarks. Prints ``name=value`` lines.
"""

# ruff: noqa: F821
import io
import random
import sys
import time

from odoo import Command
from odoo.service.model import call_kw
from odoo.tools import SQL

from odoo.addons.telecom_crm.tools import search

sys.path.insert(0, CONFIG["folder"])
from _figures import percentile, show, show_percentiles, timed  # noqa: E402

CUSTOMERS = CONFIG["customers"]
OPERATORS = (
    # name, country, country code, the number of a customer
    ("Bench Bénin", "base.bj", "229", "0197{:06d}"),
    ("Bench Togo", "base.tg", "228", "90{:06d}"),
    ("Bench Tunisie", "base.tn", "216", "20{:06d}"),
)
CITIES = ["Cotonou"] * 6 + ["Porto-Novo"] * 3 + ["Parakou"] * 2
CITIES += ["Bohicon", "Djougou", "Natitingou", "Ouidah", "Lokossa", "Kandi", "Savè"]
SEGMENTS = (("VIP", 2), ("Or", 10), ("Argent", 20), ("Standard", 68))
PARTNER = (
    "id name complete_name telecom_first_name telecom_last_name company_id"
    " commercial_partner_id telecom_customer telecom_customer_number"
    " telecom_segment_id phone phone_sanitized email city country_id lang type"
    " telecom_search_text active is_company partner_share create_date write_date"
).split()
LINE = (
    "company_id partner_id msisdn technology state iccid activated_at"
    " create_date write_date"
).split()
#: As the web client asks for the list of customers
COUNT_LIMIT = 10001
draw = random.Random(2026)


# -- what is there to find -----------------------------------------------------------


def names(count, longest):
    """Invented names, the first ones far more frequent than the last."""
    syllables = [c + v for c in "bdfghjklmnprstvwyz" for v in "aeiouéè"]
    syllables += ["kou", "gbe", "hou", "ndé", "ssi", "tché", "ben", "dou"]
    pool = {}
    while len(pool) < count:
        word = "".join(draw.choices(syllables, k=draw.randint(2, longest)))
        pool[word.capitalize()] = None
    weights = [1 / (rank + 10) for rank in range(count)]
    total, sums = 0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return list(pool), sums


def make_operators():
    made = []
    for name, country, code, number in OPERATORS:
        company = env["res.company"].create(
            {
                "name": name,
                "country_id": env.ref(country).id,
                "telecom_tenant": True,
            }
        )
        segments = env["telecom.segment"].create(
            [
                {"name": label, "code": label, "company_id": company.id}
                for label, _weight in SEGMENTS
            ]
        )
        clerk = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": f"Clerk of {name}",
                    "login": f"bench.{code}",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.link(env.ref("telecom_crm.group_telecom_clerk").id)
                    ],
                }
            )
        )
        made.append((company, code, number, segments, clerk))
    return made


def copy(table, columns, rows):
    def text():
        buffer = io.StringIO()
        for count, row in enumerate(rows, 1):
            buffer.write("\t".join(row) + "\n")
            if count % 20000 == 0:
                yield buffer
                buffer = io.StringIO()
        yield buffer

    for buffer in text():
        buffer.seek(0)
        env.cr._obj.copy_expert(
            f"COPY {table} ({', '.join(columns)}) FROM STDIN", buffer
        )


def make_customers(operators):
    """Write customers and a line for each; return some to look for."""
    first_names, first_sums = names(1500, 3)
    last_names, last_sums = names(4000, 4)
    env.flush_all()
    start = env.execute_query(
        SQL("SELECT setval('res_partner_id_seq', max(id) + %s) FROM res_partner", 10)
    )[0][0]
    env.execute_query(SQL("SELECT setval('res_partner_id_seq', %s)", start + CUSTOMERS))
    known = []
    lines = []
    stamp = "2026-01-01 00:00:00"
    weights = [weight for _label, weight in SEGMENTS]

    def partners():
        for number in range(CUSTOMERS):
            # Operators grow side by side.
            company, code, pattern, segments, _clerk = operators[number % 3]
            rank = number // 3
            ident = str(start + number)
            first = draw.choices(first_names, cum_weights=first_sums)[0]
            last = draw.choices(last_names, cum_weights=last_sums)[0]
            name = f"{first} {last}"
            phone = f"+{code}{pattern.format(rank)}"
            email = f"{search.compact(first)}.{search.compact(last)}{rank}@example.com"
            city = draw.choice(CITIES)
            segment = draw.choices(segments.ids, weights)[0]
            iccid = f"89{code}{rank:014d}"
            reference = f"C{rank:07d}"
            if number % 997 == 0:
                known.append((company.id, first, last, phone, city, segment))
            lines.append(
                (str(company.id), ident, phone, "mobile", "active", iccid)
                + (stamp,) * 3
            )
            yield (
                *(ident, name, name, first, last, str(company.id)),
                *(ident, "t", reference, str(segment), phone, phone, email, city),
                *(str(company.country_id.id), "fr_FR", "contact"),
                search.search_text(
                    names=[name],
                    emails=[email],
                    numbers=[phone],
                    identifiers=[reference, iccid],
                    cities=[city],
                ),
                *("t", "f", "t", stamp, stamp),
            )

    # Indexes are faster made than kept.
    indexes = env.execute_query(
        SQL(
            """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
            FROM pg_index WHERE NOT indisprimary AND indrelid IN (
                'res_partner'::regclass, 'telecom_line'::regclass)"""
        )
    )
    for name, _definition in indexes:
        env.cr.execute(f"DROP INDEX {name}")
    copy("res_partner", PARTNER, partners())
    copy("telecom_line", LINE, lines)
    env.cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for _name, definition in indexes:
        env.cr.execute(definition)
    env.cr.commit()
    env.cr.execute("ANALYZE res_partner; ANALYZE telecom_line")
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM res_partner")
    env.cr._cnx.autocommit = False
    return known


# -- how it is found -----------------------------------------------------------------


def specification(user):
    """The fields the web client asks for in the list of customers."""
    view = env.ref("telecom_crm.view_customer_list")
    views = (
        env["res.partner"].with_user(user).get_views([(view.id, "list")], {})["views"]
    )
    from lxml import etree

    arch = etree.fromstring(views["list"]["arch"])
    fields = env["res.partner"]._fields
    return {
        node.get("name"): {"fields": {"display_name": {}}}
        if fields[node.get("name")].type == "many2one"
        else {}
        for node in arch.iter("field")
        if node.get("column_invisible") not in ("1", "True")
    }


def measure(user, company, domains, fields):
    """Seconds that each search takes, as an RPC of that user."""
    user_env = env(user=user.id, context={"allowed_company_ids": [company.id]})
    user_env.user.has_group("base.group_user")

    def ask(domain):
        # So that no search sees what another left, and no transaction grows old
        env.cr.rollback()
        env.invalidate_all()
        call_kw(
            user_env["res.partner"],
            "web_search_read",
            [],
            {
                "domain": domain,
                "specification": fields,
                "limit": 80,
                "offset": 0,
                "order": "",
                "count_limit": COUNT_LIMIT,
                "context": dict(user_env.context),
            },
        )

    return timed(ask, domains)[0]


def phrases(person):
    """A name, as clerks type it."""
    _company, first, last, *_rest = person
    return draw.choice(
        (
            f"{first} {last}",
            f"{last} {first}",
            f"{search.normalise(last)} {first[:3].lower()}",
            search.normalise(last),
        )
    )


def pieces(person):
    """A piece of a number, as clerks type it."""
    phone = person[3]
    return draw.choice(
        (
            phone,
            f"{phone[4:6]} {phone[6:8]} {phone[8:10]} {phone[10:]}",
            phone[-6:],
            f"{phone[-6:-4]}-{phone[-4:-2]}-{phone[-2:]}",
        )
    ).strip()


def measure_all(operators, known):
    company, _code, _number, _segments, clerk = operators[0]
    fields = specification(clerk)
    mine = [person for person in known if person[0] == company.id]
    base = [("telecom_customer", "=", True), ("company_id", "in", [company.id])]
    stock = [("telecom_customer", "=", True)]
    count, stock_count = CONFIG["samples"], CONFIG["stock_samples"]

    def box(text):
        return [("telecom_search", "ilike", text)]

    def core_box(text):
        names = ("complete_name", "ref", "email", "vat", "company_registry")
        return ["|"] * 4 + [(name, "ilike", text) for name in names]

    def town(text):
        return [("telecom_search_city", "ilike", text)]

    def several(person):
        segment = [("telecom_segment_id", "=", person[5])]
        name, number, place = phrases(person), pieces(person), person[4]
        return draw.choice(
            (
                (name, [*town(place), *segment], [("city", "ilike", place), *segment]),
                (name, town(place), [("city", "ilike", place)]),
                (number, segment, segment),
                (None, [*town(place), *segment], [("city", "ilike", place), *segment]),
            )
        )

    def both_several(person):
        text, ours, core = several(person)
        if text is None:
            return base + ours, stock + core
        core_text = (
            [("phone_mobile_search", "ilike", text)]
            if text[-2:].isdigit()
            else core_box(text)
        )
        return base + box(text) + ours, stock + core_text + core

    def both_names(person):
        text = phrases(person)
        return base + box(text), stock + core_box(text)

    def both_phones(person):
        text = pieces(person)
        return base + box(text), [*stock, ("phone_mobile_search", "ilike", text)]

    for name, both in (
        ("search_name", both_names),
        ("search_phone", both_phones),
        ("search_multi", both_several),
        ("list_unfiltered", lambda person: (base, stock)),
    ):
        pairs = [both(person) for person in draw.choices(mine, k=count)]
        measure(clerk, company, [ours for ours, _core in pairs[:5]], fields)
        taken = measure(clerk, company, [ours for ours, _core in pairs], fields)
        core = measure(
            clerk, company, [core for _ours, core in pairs[:stock_count]], fields
        )
        show_percentiles(name, taken)
        show(f"{name}_stock_p95_ms", 1000 * percentile(core, 0.95))
        ratio = percentile(core, 0.95) / percentile(taken, 0.95)
        show(f"{name}_ratio_to_stock", ratio)


begun = time.monotonic()
known = []
operators = make_operators()
known = make_customers(operators)
show("customers", CUSTOMERS)
show("customers_made_s", time.monotonic() - begun)
measure_all(operators, known)
