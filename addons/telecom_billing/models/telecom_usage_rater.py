import logging
import struct
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, islice
from operator import itemgetter

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import collector, parts, rater, rating, wire
from .telecom_tariff_rate import USAGE_KINDS

_logger = logging.getLogger(__name__)

TABLE = "telecom_usage_record"
#: What the rating reads in SQL
READ = (
    "telecom.subscription",
    "telecom.subscription.change",
    "telecom.billing.account",
    "telecom.tariff.rate",
    "telecom.line",
    "telecom.line.event",
    "telecom.usage.counter",
    "telecom.usage.total",
    "telecom.offer.allowance",
    "product.product",
    "product.template",
)
# Rows that PostgreSQL is handed at a time: enough to go on with while Python rates
# others
BLOCK = 2_000
# Seconds whose records are stored one after the other
SLOT = 6 * 3600
# Records that are rated while PostgreSQL stores those of other lines. Half as many, and
# neighbours in the indexes are written apart; twice as many, and one waits for the
# other
PART = 50_000
# Records of a chunk that are looked for first: is it one that was rated before?
SAMPLE = 200
# A key and its place, as wire writes them
KEY = struct.Struct(">hi16sii")
# What differs from record to record, in the order of COLUMNS
RECORD = struct.Struct(">hi16siqiiiqiqiq")
# Of sums: whose they are, what periods add up to, and what is used of allowances
OWNER = struct.Struct(">hii")
TOTAL = struct.Struct(">iiiqiqiqiq")
UNITS = struct.Struct(">iqiq")
COLUMNS = (
    "key, start, row_number, quantity, billed, included, amount, rate_id, off_peak,"
    " line_id, subscription_id, partner_id, account_id, product_id, company_id,"
    " source_id, file_id, rated_at, usage_kind, number"
)
# Records that are rated again at a time
AGAIN = 100_000
#: Days of an offer on a line, in the order of the fields of ``rater.Service``
SERVICES = """
    SELECT s.line_id, s.id, s.partner_id, s.account_id, c.product_id, p.product_tmpl_id,
           t.telecom_tariff_id, coalesce(a.cycle_day, 1), s.quantity::float,
           greatest(c.date, s.date_start), least(c.until - 1, s.date_end)
      FROM telecom_subscription s
      JOIN LATERAL (
            SELECT c.product_id, c.date, lead(c.date) OVER (ORDER BY c.date, c.id)
                   AS until
              FROM telecom_subscription_change c
             WHERE c.subscription_id = s.id AND c.kind IN ('start', 'offer')
               AND NOT EXISTS (
                   SELECT FROM telecom_subscription_change w
                    WHERE w.withdrawn_id = c.id)) c ON TRUE
      JOIN product_product p ON p.id = c.product_id
      JOIN product_template t ON t.id = p.product_tmpl_id
 LEFT JOIN telecom_billing_account a ON a.id = s.account_id
     WHERE %s AND s.date_start IS NOT NULL AND (c.until IS NULL OR c.until > c.date)
       AND (s.date_end IS NULL OR c.date <= s.date_end)"""


def by_owner(item):
    """Sort by subscription, line or account, as indexes do."""
    return item[0][0]


class Stream:
    """A file that ``COPY`` reads, made while it is read.

    :param rows: texts or bytes
    :param empty: what they are joined by
    """

    def __init__(self, rows, empty=""):
        self._rows, self._empty = iter(rows), empty

    def read(self, _size=-1):  # pylint: disable=method-required-super
        return self._empty.join(islice(self._rows, BLOCK))


def binary(rows):
    """Return a file of rows as :mod:`..engine.wire` writes them.

    Read in few large pieces: for each of them, whoever reads waits until the thread
    that rates lets it.
    """
    return Stream(chain([wire.HEADER], rows, [wire.TRAILER]), b"")


class TelecomUsageRater(models.AbstractModel):
    """Rates records and stores them with what their periods add up to.

    One operator's records at a time, under a lock of the transaction: what is left of
    an allowance is spent once. What the records of a chunk need is read by a constant
    number of queries; :mod:`..engine.rater` rates them while PostgreSQL looks whether
    they are known, and takes them in.
    """

    _name = "telecom.usage.rater"
    _description = "Rating of Usage"

    # Partitions

    @api.model
    def _top(self, company):
        """Return the name of the partition of an operator."""
        return f"{TABLE}_c{int(company.id)}"

    @api.model
    def _leaf(self, company, month):
        """Return the name of the partition of an operator's month."""
        return f"{self._top(company)}_{month:%Y%m}"

    @api.model
    def _tables(self, names):
        """Return which tables are there now, whenever this transaction began."""
        self.env.cr.execute(
            "SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(name)"
            " IS NOT NULL",
            [names],
        )
        return {row[0] for row in self.env.cr.fetchall()}

    @api.model
    def _ensure_partitions(self, company, months):
        """Make the partitions of an operator's months that are not there.

        Attached after they are made: reading and rating others goes on meanwhile.

        :param months: first days
        """
        cr = self.env.cr
        top = self._top(company)
        wanted = {self._leaf(company, month): month for month in months}
        there = self._tables([top, *wanted])
        if len(there) > len(wanted):
            return
        # Whoever makes them at the same moment is waited for; what he made is seen
        cr.execute(f"LOCK TABLE ONLY {TABLE} IN SHARE UPDATE EXCLUSIVE MODE")  # pylint: disable=sql-injection
        there = self._tables([top, *wanted])
        if top not in there:
            cr.execute(
                SQL(
                    """
                    CREATE TABLE %(top)s (LIKE %(table)s INCLUDING DEFAULTS)
                    PARTITION BY RANGE (start);
                    ALTER TABLE %(table)s ATTACH PARTITION %(top)s FOR VALUES IN
                        (%(company)s)
                    """,
                    top=SQL.identifier(top),
                    table=SQL.identifier(TABLE),
                    company=company.id,
                )
            )
        for name, month in wanted.items():
            if name in there:
                continue
            values = {
                "leaf": SQL.identifier(name),
                "top": SQL.identifier(top),
                "first": month,
                "next": month + relativedelta(months=1),
                "company": company.id,
                "is_company": SQL.identifier(f"{name}_company"),
                "is_month": SQL.identifier(f"{name}_month"),
            }
            for index, columns in (
                ("id", "(id)"),
                ("line", "(line_id, start)"),
                ("account", "(account_id, start)"),
                ("start", "(start, id)"),
            ):
                values[index] = SQL(
                    f"CREATE INDEX %s ON %s {columns}",
                    SQL.identifier(f"{name}_{index}"),
                    SQL.identifier(name),
                )
            cr.execute(
                SQL(
                    """
                    CREATE TABLE %(leaf)s (LIKE %(top)s INCLUDING DEFAULTS,
                        CONSTRAINT %(is_company)s CHECK (company_id = %(company)s),
                        CONSTRAINT %(is_month)s
                             CHECK (start >= %(first)s AND start < %(next)s));
                    CREATE UNIQUE INDEX %(unique)s ON %(leaf)s
                        (key, source_id, generation);
                    %(id)s; %(line)s; %(account)s; %(start)s;
                    ALTER TABLE %(top)s ATTACH PARTITION %(leaf)s
                        FOR VALUES FROM (%(first)s) TO (%(next)s);
                    -- A partition is sure of it without asking each record
                    ALTER TABLE %(leaf)s DROP CONSTRAINT %(is_company)s,
                        DROP CONSTRAINT %(is_month)s
                    """,
                    **values,
                    unique=SQL.identifier(f"{name}_key"),
                )
            )
            self.env["telecom.usage.month"].sudo().create(
                {"company_id": company.id, "month": month}
            )

    # Turns

    @api.model
    def _wait_turn(self, company):
        """Wait until nobody else rates the operator's records; let go by the commit.

        The first statement of a transaction: ``LOCK`` waits before the transaction's
        view of the database is fixed, so it sees what was rated meanwhile.
        """
        self.env.cr.execute(
            SQL(
                "LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE",
                SQL.identifier(self._top(company)),
            )
        )

    @api.model
    def _lock(self, company):
        """Have this transaction rate the operator's records alone.

        :raises SerializationFailure: somebody rated since this transaction began: it
            would not see which records are known, nor what is left of allowances. Odoo
            starts such a request again.
        """
        self.env.cr.execute(
            """
            INSERT INTO telecom_usage_turn (company_id, turn) VALUES (%s, 1)
            ON CONFLICT (company_id) DO UPDATE SET turn = telecom_usage_turn.turn + 1
            """,
            [company.id],
        )

    # What is known

    @api.model
    def _leaves(self, company, source, first, last):
        """Return the partitions in which records of a source may be known.

        Numbers are compared over all the time from which this source's records are
        taken in, whatever month they are of.

        :param datetime first: naive, UTC; the first record began
        :param datetime last: naive, UTC; the last record began
        """
        if source._numbers_are_unique():
            now = fields.Datetime.now()
            first = min(first, now - timedelta(days=source.max_age))
            last = max(last, now + timedelta(hours=1))
        months, month = [], first.date().replace(day=1)
        while month <= last.date():
            months.append(self._leaf(company, month))
            month += relativedelta(months=1)
        leaves = []
        for leaf in sorted(self._tables(months)):
            self.env.cr.execute(
                SQL("SELECT EXISTS (SELECT FROM %s)", SQL.identifier(leaf))
            )
            if self.env.cr.fetchone()[0]:
                leaves.append(leaf)
        return leaves

    @api.model
    def _known(self, source, leaves, records):
        """Return what was rated before, by the numbers of records; no ORM.

        :param int source: id
        :param list leaves: see :meth:`_leaves`
        :param list records: see :meth:`_rate_and_book`
        :return: {place: when the known record began}
        :rtype: dict
        """
        if not leaves:
            return {}
        cr = self.env.cr
        cr.execute("CREATE TEMP TABLE telecom_stage (key uuid, place int)")
        pack, digest = KEY.pack, bytes.fromhex
        # In the order of the index: neighbours lie on the same page
        keys = sorted([pack(2, 16, digest(row[1]), 4, row[0]) for row in records])
        cr.copy_expert(
            "COPY telecom_stage FROM STDIN (FORMAT binary)",
            binary(keys),
        )
        # Thousands of probes of the index of keys, whatever statistics say
        cr.execute("SET LOCAL enable_seqscan = off")
        known = {}
        for leaf in leaves:
            cr.execute(
                SQL(
                    """
                    SELECT s.place, r.start
                      FROM telecom_stage s
                      JOIN LATERAL (
                            SELECT r.start FROM %(leaf)s r
                             WHERE r.key = s.key AND r.source_id = %(source)s
                               AND r.generation = 0
                             LIMIT 1) r ON TRUE""",
                    leaf=SQL.identifier(leaf),
                    source=source,
                )
            )
            known.update(cr.fetchall())
        cr.execute("SET LOCAL enable_seqscan = on; DROP TABLE telecom_stage")
        return known

    @api.model
    def _services(self, where):
        """Return the days of offers on lines.

        :param SQL where: which of ``telecom_subscription s``
        :rtype: list[rater.Service]
        """
        self.env.cr.execute(SQL(SERVICES, where))
        return [rater.Service(*row) for row in self.env.cr.fetchall()]

    @api.model
    def _holders(self, company, msisdns):
        """Return which lines have numbers, and which had them before.

        :param list msisdns: in E.164
        :return: (number, line id, until when, None of the present line)
        """
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                WITH numbers AS MATERIALIZED (
                    SELECT unnest(%(numbers)s::varchar[]) AS msisdn)
                SELECT n.msisdn, l.id, NULL
                  FROM numbers n
                  JOIN telecom_line l
                    ON l.company_id = %(company)s AND l.msisdn = n.msisdn
             UNION ALL
                SELECT n.msisdn, e.line_id, e.date
                  FROM numbers n
                  JOIN telecom_line_event e
                    ON e.company_id = %(company)s AND e.old_value = n.msisdn
                   AND e.kind = 'number'""",
                numbers=msisdns,
                company=company.id,
            )
        )
        return cr.fetchall()

    @api.model
    def _numbers(self, rows):
        """Return who has numbers, and who had them before.

        :param list rows: see :meth:`_holders`
        :return: {number: :class:`..engine.rater.Number`}, and all services
        """
        lines = list({line for _msisdn, line, _until in rows})
        services = self._services(SQL("s.line_id = ANY(%s)", lines)) if lines else []
        by_line = {}
        for service in services:
            by_line.setdefault(service.line_id, []).append(service)
        current, former = {}, {}
        for msisdn, line, until in rows:
            own = by_line.get(line, [])
            if until is None:
                # One after the other: a terminated line's number is given again
                current[msisdn] = current.get(msisdn, []) + own
            else:
                former.setdefault(msisdn, []).append((until, own))
        numbers = {
            msisdn: rater.Number(
                current.get(msisdn, ()), former.get(msisdn, ()), msisdn in current
            )
            for msisdn in {**current, **former}
        }
        return numbers, by_line

    @api.model
    def _rater(self, company, by_line, first, last):
        """Return what rates records of lines between two moments.

        :param dict by_line: {line id: its services}
        :param datetime first: naive, UTC
        :param datetime last: naive, UTC
        :rtype: odoo.addons.telecom_billing.engine.rater.Rater
        """
        return rater.Rater(
            self._prices(company),
            self._clock(company, first, last),
            *self._allowances(self._offers(company), by_line, first, last),
        )

    @api.model
    def _clock(self, company, first, last):
        """Return what the time is for an operator between two moments.

        :rtype: odoo.addons.telecom_billing.engine.rater.Clock
        """
        # sudo: telecom.tariff.band - the operator's own, whoever rates
        bands = (
            self.env["telecom.tariff.band"]
            .sudo()
            .search([("company_id", "=", company.id)])
        )
        minutes = {
            tariff.id: rating.minutes_of(
                [(band.day, band.hour_from, band.hour_to) for band in of_tariff]
            )
            for tariff, of_tariff in bands.grouped("tariff_id").items()
        }
        # A moment's day may be another one than UTC's
        years = range(first.year - 1, last.year + 2)
        return rater.Clock(
            company._telecom_zone(), minutes, company._telecom_free_days(years)
        )

    @api.model
    def _prices(self, company):
        """Return the rates of an operator.

        :rtype: odoo.addons.telecom_billing.engine.rater.Prices
        """
        self.env.cr.execute(
            """
            SELECT tariff_id, usage_kind, coalesce(prefix, ''), date_from, id,
                   price_unit, price::text, CASE WHEN has_off_peak
                       THEN coalesce(price_off_peak, 0)::text END,
                   coalesce(connection_fee, 0)::text, coalesce(minimum_charge, 0)::text,
                   first_increment, next_increment, coalesce(included, false),
                   rounding_method, rounding_digits
              FROM telecom_tariff_rate WHERE company_id = %s""",
            [company.id],
        )
        # As texts: a float is not what was entered
        return rater.Prices(
            (
                *row[:4],
                rater.Priced(
                    row[4],
                    rating.Rate(
                        Decimal(row[6]),
                        rating.UNITS[row[5]],
                        row[7] and Decimal(row[7]),
                        Decimal(row[8]),
                        Decimal(row[9]),
                        *row[10:],
                    ),
                ),
            )
            for row in self.env.cr.fetchall()
        )

    @api.model
    def _offers(self, company):
        """Return what offers allow: of each line, and shared by those of an account.

        :return: {whether it is shared: {(template id, kind): units of a period}}
        """
        offers = {False: {}, True: {}}
        self.env.cr.execute(
            """
            SELECT coalesce(shared, false), product_tmpl_id, usage_kind,
                   quantity::bigint
              FROM telecom_offer_allowance WHERE company_id = %s""",
            [company.id],
        )
        for of_account, template, kind, quantity in self.env.cr.fetchall():
            offers[of_account][template, kind] = quantity
        return offers

    @api.model
    def _allowances(self, offers, by_line, first, last):
        """Return what lines, and what billing accounts may use.

        :param dict offers: see :meth:`_offers`
        :param dict by_line: {line id: its services}
        :return: two of :class:`..engine.rater.Allowances`
        """
        cr = self.env.cr
        by_account = {}
        if offers[True]:
            accounts = {s.account_id for own in by_line.values() for s in own} - {None}
            # All lines of an account bring what they share
            for service in self._services(
                SQL("s.account_id = ANY(%s)", list(accounts))
            ):
                by_account.setdefault(service.account_id, []).append(service)
        found = []
        for of_account, owner, services in (
            (False, "line_id", by_line),
            (True, "account_id", by_account),
        ):
            used = []
            if offers[of_account] and services:
                cr.execute(
                    SQL(
                        """
                        SELECT %(owner)s, usage_kind, date_from - %(epoch)s,
                               used::bigint, quantity::bigint, date_to - %(epoch)s, id
                          FROM telecom_usage_counter
                         WHERE %(owner)s = ANY(%(owners)s)
                           AND date_to >= %(first)s AND date_from <= %(last)s""",
                        owner=SQL.identifier(owner),
                        owners=list(services),
                        # Numbers of days are cheaper than dates, for both sides
                        epoch=wire.EPOCH.date(),
                        first=first.date() - timedelta(days=1),
                        last=last.date() + timedelta(days=1),
                    )
                )
                used = cr.fetchall()
            found.append(rater.Allowances(offers[of_account], services, used))
        return found

    # Booking

    @api.model
    @collector.paused()
    def _rate_and_book(self, company, source, file, records):
        """Rate records and write them, in this transaction.

        :param list records: (place, key, subscriber, kind, number, start, quantity);
            each key once
        :return: the number of records, their amount, the places of known ones, and
            (place, code, value) of those that cannot be rated
        """
        if not records:
            return 0, 0, [], []
        self._lock(company)
        for name in READ:
            self.env[name].flush_model()
        # Allowances are spent in the order of time
        records = fresh = sorted(records, key=itemgetter(5, 0))
        first, last = records[0][5], records[-1][5]
        self._ensure_partitions(company, self._months(records))
        leaves = self._leaves(company, source, first, last)
        sample = records[:: max(1, len(records) // SAMPLE)]
        found, is_whole = self._known(source.id, leaves, sample), sample == records
        if found and not is_whole:
            # Rated before: which of them, is asked first
            found = self._known(source.id, leaves, records)
        if found or is_whole:
            fresh = [record for record in records if record[0] not in found]
            leaves = []
        count, amount, refused = 0, 0, []
        if fresh:
            known, amount = self._store(company, source, file, fresh, refused, leaves)
            if known:
                found = known
                fresh = [record for record in records if record[0] not in found]
                refused.clear()
                if fresh:
                    _known, amount = self._store(
                        company, source, file, fresh, refused, []
                    )
            count = len(fresh) - len(refused)
        known = []
        for record in records if found else ():
            start = found.get(record[0])
            if start == record[5]:
                known.append(record[0])
            elif start:
                refused.append((record[0], "again", str(start)))
        return count, amount, known, sorted(refused)

    @api.model
    def _months(self, records):
        """Return the months of records, of UTC and of the operator's calendar.

        :rtype: set[datetime.date]
        """
        days = {record[5].date() for record in records}
        # Those of the operator's calendar too: their consumption is written
        return {
            (day + timedelta(days=shift)).replace(day=1)
            for day in days
            for shift in (-1, 0, 1)
            if shift == 0 or (day + timedelta(days=shift)).month != day.month
        }

    @api.model
    def _parts(self, company, records, shared):
        """Divide records so that no allowance is spent in two parts.

        Those of lines that share nothing come one after the other, each line's in the
        order of time: what concerns a line is at hand then.

        :param list records: in the order of time
        :param bool shared: whether lines share allowances of billing accounts
        :return: (records, see :meth:`_holders`) of each part
        """
        weights = Counter(map(itemgetter(2), records))
        rows = self._holders(company, list(weights))
        # In the order of lines, as the indexes of their records are
        rows.sort(key=itemgetter(1))
        holders = [row[:2] for row in rows]
        if shared:
            self.env.cr.execute(
                "SELECT line_id, account_id FROM telecom_subscription"
                " WHERE line_id = ANY(%s) AND account_id IS NOT NULL",
                [list({line for _number, line in holders})],
            )
            accounts = {}
            for line, account in self.env.cr.fetchall():
                accounts.setdefault(line, []).append(("account", account))
            holders += [
                (number, account)
                for number, line in holders
                for account in accounts.get(line, ())
            ]
        found, lists, places = [], {}, {}
        for groups in parts.parts(holders, weights, PART):
            own, part = [], []
            for numbers in groups:
                together = []
                own.append(together)
                for number in numbers:
                    lists[number], places[number] = together, part
            found.append((own, part))
        for record in records:
            lists[record[2]].append(record)
        for row in rows:
            places[row[0]].append(row)
        return [([*chain.from_iterable(own)], part) for own, part in found]

    @api.model
    def _store(self, company, source, file, records, refused, leaves):
        """Rate records while PostgreSQL looks whether they are known, and stores them.

        Part by part: while one is rated, the one before is stored, with its sums, and
        what the lines of the next one have is read.

        Most files are new: that none of their records is known turns out while they
        are rated. Otherwise the caller begins again without those that are.

        :param list records: in the order of time
        :param list refused: (place, code, value) of those that cannot be rated is added
        :param list leaves: where records may be known, see :meth:`_leaves`
        :return: the known ones, see :meth:`_known`, and what the records cost; when
            there are known ones, nothing was stored
        """
        cr = self.env.cr
        first, last = records[0][5], records[-1][5]
        offers = self._offers(company)
        divided = self._parts(company, records, bool(offers[True]))
        prices, clock = self._prices(company), self._clock(company, first, last)
        query = f"COPY {self._top(company)} ({COLUMNS}) FROM STDIN (FORMAT binary)"
        millionths, days, rates, jobs = 0, set(), set(), []

        # What the thread does, one after the other: it alone uses the cursor meanwhile

        def load(rows):
            numbers, by_line = self._numbers(rows)
            allowances = self._allowances(offers, by_line, first, last)
            return numbers, rater.Rater(prices, clock, *allowances)

        def copy(rows):
            if not known.result():
                cr.copy_expert(query, binary(rows))

        def add(sums):
            if not known.result():
                self._write_sums(company, sums)

        with ThreadPoolExecutor(1, "telecom_usage_store") as pool:
            try:
                loaded = pool.submit(load, divided[0][1])
                known = pool.submit(self._known, source.id, leaves, records)
                jobs += [loaded, known]
                for at, (own, _rows) in enumerate(divided):
                    numbers, session = loaded.result()
                    if at + 1 < len(divided):
                        loaded = pool.submit(load, divided[at + 1][1])
                        jobs.append(loaded)
                    if known.done() and known.result():
                        break
                    rated = session.rate(numbers, own, refused)
                    rows = self._rows(company, source, file, rated)
                    jobs.append(pool.submit(copy, rows))
                    jobs.append(pool.submit(add, self._sums(company, session)))
                    millionths += sum(total[4] for total in session.totals.values())
                    days |= session.days
                    rates |= session.rates
                for job in jobs:
                    job.result()
            except BaseException as error:
                # Of several errors, the first one is the reason
                failed = [job.exception() for job in jobs if job.done()]
                raise next(filter(None, failed), error) from None
        if known.result():
            return known.result(), 0
        self._note(company, days, rates)
        return {}, Decimal(millionths).scaleb(-6)

    @api.model
    def _rows(self, company, source, file, rated):
        """Return records as ``COPY`` reads them; no ORM while they are rated.

        Hour by hour, more or less: most indexes begin with, or go on by, the start.

        :param rated: see :meth:`..engine.rater.Rater.rate`
        :rtype: list[bytes]
        """
        tail = b"".join(
            (
                wire.integer(company.id),
                wire.integer(source.id),
                wire.integer(file.id or None),
                wire.timestamp(fields.Datetime.now()),
            )
        )
        kinds = {kind: tail + wire.text(kind) for kind, _label in USAGE_KINDS}

        def text_of(use):
            service = use.service
            ids = (
                service.line_id,
                service.subscription_id,
                service.partner_id,
                service.account_id,
                service.product_id,
            )
            use.text = b"".join(map(wire.integer, ids)) + kinds[use.kind]
            return use.text

        pack, digest, join = RECORD.pack, bytes.fromhex, b"".join
        slots = defaultdict(list)
        for row in rated:
            record, seconds, use, _rate, _peak, billed, included, _amount, text = row
            place, key, _subscriber, _kind, number, _start, quantity = record
            other = number.encode()
            head = pack(
                20, 16, digest(key), 8, seconds * 1_000_000, 4, place, 8, quantity, 8,
                billed, 8, included,
            )  # fmt: skip
            size = len(other).to_bytes(4, "big")
            row = join((head, text, use.text or text_of(use), size, other))
            slots[seconds // SLOT].append(row)
        return [row for slot in sorted(slots) for row in slots[slot]]

    @api.model
    def _sums(self, company, session):
        """Return what periods add up to and what was used, as ``COPY`` reads it.

        Sorted as indexes are: neighbours lie on the same page.

        :rtype: list[tuple[str, list]]
        """
        kinds = {kind: wire.text(kind) for kind, _label in USAGE_KINDS}
        head, rest, units = OWNER.pack, TOTAL.pack, UNITS.pack
        totals = sorted(
            [
                head(9, 4, subscription)
                + kinds[kind]
                + period.dates
                + rest(
                    4, total[0], 8, total[1], 8, total[2], 8, total[3],
                    8, total[4],
                )
                for (subscription, kind, period), total in session.totals.items()
            ]
        )  # fmt: skip
        sums = [("totals", totals)]
        for owner, allowances in (
            ("line_id", session.own),
            ("account_id", session.shared),
        ):
            counters = [
                item
                for item in allowances.counters.items()
                if item[1] and (item[1].spent or item[1].changed)
            ]
            new = [
                f"{company.id}\t{name[0]}\t{name[1]}\t{name[2].text}"
                f"\t{counter.quantity}\t{counter.used + counter.spent}\n"
                for name, counter in sorted(counters, key=by_owner)
                if counter.id is None
            ]
            there = sorted(
                [
                    head(4, 4, counter.id)
                    + period.dates[8:]
                    + units(8, counter.quantity, 8, counter.used + counter.spent)
                    for (_owner, _kind, period), counter in counters
                    if counter.id is not None
                ]
            )
            sums += [(owner, new), ("there", there)]
        return sums

    @api.model
    def _write_sums(self, company, sums):
        """Write what periods add up to and what is left of allowances; no ORM.

        :param list sums: see :meth:`_sums`
        """
        for what, rows in sums:
            if not rows:
                continue
            if what == "totals":
                self._write_totals(company, rows)
            elif what == "there":
                self._write_counters(rows)
            else:
                # Whose counter it is, the lock makes sure that nobody else counts
                self.env.cr.copy_expert(
                    f"COPY telecom_usage_counter (company_id, {what}, usage_kind,"
                    " date_from, date_to, quantity, used) FROM STDIN",
                    Stream(rows),
                )

    @api.model
    def _note(self, company, days, rates):
        """Note which rates were used, and whose months' consumption is to be written.

        :param set days: of the records, in the operator's calendar
        :param set rates: ids
        """
        self.env["telecom.usage.total"].invalidate_model()
        self.env["telecom.usage.counter"].invalidate_model()
        if rates:
            self.env.cr.execute(
                "UPDATE telecom_tariff_rate SET used = true"
                " WHERE id = ANY(%s) AND used IS NOT TRUE",
                [list(rates)],
            )
            if self.env.cr.rowcount:
                self.env["telecom.tariff.rate"].invalidate_model(["used"])
        months = {day.replace(day=1) for day in days}
        self.env.cr.execute(
            "UPDATE telecom_usage_month SET stale = true"
            " WHERE company_id = %s AND month = ANY(%s) AND stale IS NOT TRUE",
            [company.id, list(months)],
        )
        self.env["telecom.usage.month"].invalidate_model()

    @api.model
    def _write_totals(self, company, rows):
        """Add records to the totals of their periods.

        Rows that are there are changed, a third cheaper than by ``ON CONFLICT``; the
        others are new. Nobody else writes meanwhile, see :meth:`_lock`.

        They are found by the index, whatever statistics say: ``= ANY`` of an array can
        only be looked up there. With ``=``, a table that was empty when it was last
        analyzed is read in full, and all sums for each of its rows: minutes for a part.

        :param list rows: see :meth:`_sums`
        """
        cr = self.env.cr
        cr.execute(
            """
            CREATE TEMP TABLE telecom_sum (
                subscription_id int, usage_kind varchar, date_from date, date_to date,
                records int, quantity bigint, billed bigint, included bigint,
                millionths bigint)"""
        )
        cr.copy_expert("COPY telecom_sum FROM STDIN (FORMAT binary)", binary(rows))
        cr.execute(
            """
            SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
            SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off;
            UPDATE telecom_usage_total t
               SET records = t.records + s.records,
                   quantity = t.quantity + s.quantity,
                   billed = t.billed + s.billed,
                   included = t.included + s.included,
                   amount = t.amount + s.millionths * 0.000001
              FROM telecom_sum s
             WHERE t.subscription_id = ANY(ARRAY[s.subscription_id])
               AND t.date_from = s.date_from AND t.usage_kind = s.usage_kind"""
        )
        there = cr.rowcount
        if there < len(rows):
            new = SQL(
                "WHERE NOT EXISTS (SELECT FROM telecom_usage_total t"
                " WHERE t.subscription_id = ANY(ARRAY[s.subscription_id])"
                " AND t.date_from = s.date_from AND t.usage_kind = s.usage_kind)"
            )
            cr.execute(
                SQL(
                    """
                    INSERT INTO telecom_usage_total (
                        company_id, subscription_id, usage_kind, date_from, date_to,
                        records, quantity, billed, included, amount)
                    SELECT %(company)s, s.subscription_id, s.usage_kind, s.date_from,
                           s.date_to, s.records, s.quantity, s.billed, s.included,
                           s.millionths * 0.000001
                      FROM telecom_sum s %(new)s""",
                    company=company.id,
                    new=new if there else SQL(),
                )
            )
            there += cr.rowcount
        if there != len(rows):
            raise RuntimeError(f"{len(rows) - there} sums of a period that has another")
        cr.execute(
            """
            SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on;
            SET LOCAL enable_mergejoin = on; SET LOCAL enable_material = on;
            DROP TABLE telecom_sum"""
        )

    @api.model
    def _write_counters(self, rows):
        """Write what is used now of allowances that were used before.

        :param list rows: see :meth:`_sums`
        """
        cr = self.env.cr
        cr.execute(
            "CREATE TEMP TABLE telecom_spent ("
            "id int, date_to date, quantity bigint, used bigint)"
        )
        cr.copy_expert("COPY telecom_spent FROM STDIN (FORMAT binary)", binary(rows))
        # One after the other by the index of ids, see _write_totals
        cr.execute(
            """
            SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
            SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off;
            UPDATE telecom_usage_counter c
               SET quantity = s.quantity, date_to = s.date_to, used = s.used
              FROM telecom_spent s WHERE c.id = ANY(ARRAY[s.id]);
            SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on;
            SET LOCAL enable_mergejoin = on; SET LOCAL enable_material = on;
            DROP TABLE telecom_spent"""
        )

    # Again

    @api.model
    def _rerate(self, company, where):
        """Rate records again: what comes out otherwise is compensated.

        The former record stays; a compensation takes it back, and the new one counts.
        Whole periods of lines and accounts only, for the allowances.

        :param SQL where: which records of ``telecom_usage_record r``
        :return: how many records were looked at, changed, and could not be rated
        """
        self._lock(company)
        for name in READ:
            self.env[name].flush_model()
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                CREATE TEMP TABLE telecom_former AS
                SELECT row_number() OVER (ORDER BY r.start, r.id)::int AS place, r.*,
                       coalesce(a.cycle_day, 1) AS cycle_day
                  FROM telecom_usage_record r
             LEFT JOIN telecom_billing_account a ON a.id = r.account_id
                 WHERE r.company_id = %(company)s AND r.state = 'rated' AND %(where)s;
                CREATE UNIQUE INDEX ON telecom_former (place);
                CREATE TEMP TABLE telecom_rated (
                    place int, line_id int, subscription_id int, partner_id int,
                    account_id int, product_id int, rate_id int, off_peak boolean,
                    billed bigint, included bigint, amount numeric);
                SELECT count(*), min(start), max(start) FROM telecom_former""",
                company=company.id,
                where=where,
            )
        )
        looked, first, last = cr.fetchone()
        changed, refused = 0, []
        if looked:
            self._give_back(company)
            by_line = {}
            for service in self._services(
                SQL("s.line_id IN (SELECT DISTINCT line_id FROM telecom_former)")
            ):
                by_line.setdefault(service.line_id, []).append(service)
            # Whatever number it has now, a record stays its line's
            numbers = {line: rater.Number(own) for line, own in by_line.items()}
            session = self._rater(company, by_line, first, last)
            changed = self._compare(session, numbers, refused)
            self._compensate(company)
            self._write_sums(company, self._sums(company, session))
            self._note(company, session.days, session.rates)
            self.env["telecom.usage"].invalidate_model()
        cr.execute("DROP TABLE telecom_former, telecom_rated")
        return looked, changed, len(refused)

    @api.model
    def _give_back(self, company):
        """Free the allowances that the former records used."""
        # Whole periods are rated again: what they used is everything that was used
        for owner in ("line_id", "account_id"):
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE telecom_usage_counter c SET used = 0
                      FROM (SELECT DISTINCT %(owner)s, usage_kind,
                                   date_trunc('month',
                                       (start AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)
                                       - make_interval(days => cycle_day - 1)
                                   )::date + cycle_day - 1 AS period
                              FROM telecom_former) f
                     WHERE c.%(owner)s = f.%(owner)s AND c.usage_kind = f.usage_kind
                       AND c.date_from = f.period""",
                    owner=SQL.identifier(owner),
                    zone=str(company._telecom_zone()),
                )
            )
        self.env["telecom.usage.counter"].invalidate_model()

    @api.model
    def _compare(self, session, numbers, refused):
        """Rate the former records; write those that come out otherwise.

        :return: how many they are
        :rtype: int
        """
        cr = self.env.cr
        done, changed = 0, 0
        while True:
            cr.execute(
                """
                SELECT place, key, line_id, usage_kind, coalesce(number, ''), start,
                       quantity, subscription_id, product_id, rate_id, off_peak, billed,
                       included, amount::text, cycle_day
                  FROM telecom_former WHERE place > %s ORDER BY place LIMIT %s""",
                [done, AGAIN],
            )
            former = {row[0]: row for row in cr.fetchall()}
            if not former:
                return changed
            done = max(former)
            rows = []
            records = (row[:7] for row in former.values())
            for record, _seconds, use, rate, *result, _text in session.rate(
                numbers, records, refused, add=False
            ):
                service = use.service
                off_peak, billed, included, amount = result
                row = former[record[0]]
                before = Decimal(row[13])
                ids = service.subscription_id, service.product_id, rate.id
                if (*row[7:13], before) == (*ids, *result):
                    continue
                kind, quantity = record[3], record[6]
                day = session.clock.day(record[5])
                session.add(
                    row[7], kind, session.period(day, row[14]), quantity, *row[11:13],
                    before, n=-1,
                )  # fmt: skip
                session.add(
                    service.subscription_id,
                    kind,
                    session.period(day, service.cycle_day),
                    quantity,
                    billed,
                    included,
                    amount,
                )
                values = (
                    record[0],
                    service.line_id,
                    service.subscription_id,
                    service.partner_id,
                    service.account_id,
                    service.product_id,
                    rate.id,
                    off_peak,
                    billed,
                    included,
                    amount,
                )
                rows.append(
                    "\t".join("\\N" if v is None else str(v) for v in values) + "\n"
                )
            changed += len(rows)
            cr.copy_expert("COPY telecom_rated FROM STDIN", Stream(rows))

    @api.model
    def _compensate(self, company):
        """Take back what was rated otherwise, and write what it is now."""
        self.env.cr.execute(
            SQL(
                """
                ANALYZE telecom_rated;
                INSERT INTO telecom_usage_record (
                    key, start, rated_at, amount, quantity, billed, included,
                    company_id, source_id, file_id, row_number, line_id,
                    subscription_id, account_id, partner_id, product_id, rate_id,
                    generation, off_peak, usage_kind, number, state)
                SELECT key, start, %(now)s, -f.amount, -quantity, -f.billed,
                       -f.included, company_id, source_id, file_id, row_number,
                       f.line_id, f.subscription_id, f.account_id, f.partner_id,
                       f.product_id, f.rate_id, -1 - generation, f.off_peak, usage_kind,
                       number, 'compensation'
                  FROM telecom_former f JOIN telecom_rated t USING (place);
                UPDATE telecom_usage_record r SET state = 'compensated'
                  FROM telecom_former f JOIN telecom_rated t USING (place)
                 WHERE r.id = f.id AND r.start = f.start
                   AND r.company_id = %(company)s;
                INSERT INTO telecom_usage_record (
                    key, start, rated_at, amount, quantity, billed, included,
                    company_id, source_id, file_id, row_number, line_id,
                    subscription_id, account_id, partner_id, product_id, rate_id,
                    generation, off_peak, usage_kind, number)
                SELECT key, start, %(now)s, t.amount, quantity, t.billed, t.included,
                       company_id, source_id, file_id, row_number, t.line_id,
                       t.subscription_id, t.account_id, t.partner_id, t.product_id,
                       t.rate_id, generation + 1, t.off_peak, usage_kind, number
                  FROM telecom_former f JOIN telecom_rated t USING (place)
              ORDER BY place""",
                now=fields.Datetime.now(),
                company=company.id,
            )
        )

    # Housekeeping

    @api.model
    def _cron_partitions(self):
        """Make the months to come, and drop those that operators do not keep."""
        this = date.today().replace(day=1)
        self.env.cr.execute(
            "SELECT company_id FROM telecom_usage_source"
            " UNION SELECT company_id FROM telecom_usage_month ORDER BY 1"
        )
        # sudo: res.company - the housekeeping of all operators
        companies = (
            self.env["res.company"]
            .sudo()
            .browse(row[0] for row in self.env.cr.fetchall())
        )
        for company in companies:
            self._ensure_partitions(company, [this, this + relativedelta(months=1)])
            self.env["ir.cron"]._commit_progress(1)
        for company in companies.filtered("telecom_usage_detail_retention"):
            months = company.telecom_usage_detail_retention
            self._drop_months(company, this - relativedelta(months=months))
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _drop_months(self, company, before):
        """Drop the partitions of an operator's months before one.

        :param datetime.date before: the first month that is kept
        """
        old = (
            self.env["telecom.usage.month"]
            .sudo()
            .search([("company_id", "=", company.id), ("month", "<", before)])
        )
        for month in old:
            name = self._leaf(company, month.month)
            # Whoever reads now is waited for, not for ever
            self.env.cr.execute(
                SQL(
                    "SET LOCAL lock_timeout = '10s'; DROP TABLE IF EXISTS %s;"
                    " SET LOCAL lock_timeout = 0",
                    SQL.identifier(name),
                )
            )
            _logger.info("Usage records %s were dropped", name)
        old.unlink()

    @api.model
    def _cron_summaries(self):
        """Write what lines used in months whose records changed, for the clerks."""
        months = self.env["telecom.usage.month"].sudo().search([("stale", "=", True)])
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(months))
        for month in months:
            self._write_summaries(month)
            if Cron._commit_progress(1) <= 0:
                return

    @api.model
    def _write_summaries(self, month):
        """Write the consumption of all lines of an operator in a calendar month.

        The calendar month of the operator's time zone reaches over the edges of the
        partition's, which is UTC's.
        """
        company = month.company_id
        month.stale = False
        first = company._telecom_day_start(month.month)
        last = company._telecom_day_start(month.month + relativedelta(months=1))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line_id,
                       coalesce(sum(quantity) FILTER (WHERE usage_kind = 'voice'), 0),
                       coalesce(sum(quantity) FILTER (WHERE usage_kind = 'sms'), 0),
                       coalesce(sum(quantity) FILTER (WHERE usage_kind = 'data'), 0),
                       sum(amount)
                  FROM telecom_usage_record
                 WHERE company_id = %s AND start >= %s AND start < %s
              GROUP BY line_id""",
                company.id,
                first,
                last,
            )
        )
        self.env["telecom.usage.summary"]._record(
            company,
            [
                (line, month.month, int(voice), int(sms), int(data), amount)
                for line, voice, sms, data, amount in rows
            ],
        )
