import logging
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import rater, rating

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
# Records that PostgreSQL is handed at a time: enough to go on with while the next ones
# are rated
BLOCK = 2_000
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
    return item[0][:2]


class Stream:
    """A file that ``COPY`` reads, made while it is read.

    :param rows: the lines
    """

    def __init__(self, rows):
        self._rows = iter(rows)

    def read(self, _size=-1):  # pylint: disable=method-required-super
        return "".join(islice(self._rows, BLOCK))


class TelecomUsageRater(models.AbstractModel):
    """Rates records and stores them with what their periods add up to.

    One operator's records at a time, under a lock of the transaction: what is left of
    an allowance is spent once. What the records of a chunk need is read by a constant
    number of queries; :mod:`..engine.rater` rates them while PostgreSQL takes them in.
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
                        CHECK (company_id = %(company)s),
                        CHECK (start >= %(first)s AND start < %(next)s));
                    CREATE UNIQUE INDEX %(unique)s ON %(leaf)s
                        (key, source_id, generation, (state = 'compensation'));
                    %(id)s; %(line)s; %(account)s; %(start)s;
                    ALTER TABLE %(top)s ATTACH PARTITION %(leaf)s
                        FOR VALUES FROM (%(first)s) TO (%(next)s)
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
    def _known(self, company, source, records):
        """Return what was rated before, by the numbers of records.

        Numbers are compared over all the time from which this source's records are
        taken in, whatever month they are of.

        :param list records: see :meth:`_rate_and_book`
        :return: {place: when the known record began}
        :rtype: dict
        """
        cr = self.env.cr
        starts = [record[5] for record in records]
        first, last = min(starts), max(starts)
        if source._numbers_are_unique():
            now = fields.Datetime.now()
            first = min(first, now - timedelta(days=source.max_age))
            last = max(last, now + timedelta(hours=1))
        cr.execute("CREATE TEMP TABLE telecom_stage (key uuid, place int)")
        cr.copy_expert(
            "COPY telecom_stage FROM STDIN",
            # In the order of the index: neighbours lie on the same page
            Stream(sorted(f"{record[1]}\t{record[0]}\n" for record in records)),
        )
        # Thousands of probes of the index of keys, whatever statistics say
        cr.execute("SET LOCAL enable_seqscan = off")
        known, month = {}, first.date().replace(day=1)
        months = []
        while month <= last.date():
            months.append(self._leaf(company, month))
            month += relativedelta(months=1)
        for leaf in sorted(self._tables(months)):
            cr.execute(
                SQL(
                    """
                    SELECT s.place, r.start
                      FROM telecom_stage s
                      JOIN LATERAL (
                            SELECT r.start FROM %(leaf)s r
                             WHERE r.key = s.key AND r.source_id = %(source)s
                               AND r.generation = 0 AND r.state != 'compensation'
                             LIMIT 1) r ON TRUE""",
                    leaf=SQL.identifier(leaf),
                    source=source.id,
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
    def _numbers(self, company, msisdns):
        """Return who has numbers, and who had them before.

        :param list msisdns: in E.164
        :return: {number: :class:`..engine.rater.Number`}, and all services
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
        rows = cr.fetchall()
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
        own, shared = self._allowances(company, by_line, first, last)
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
        clock = rater.Clock(
            company._telecom_zone(), minutes, company._telecom_free_days(years)
        )
        return rater.Rater(self._prices(company), clock, own, shared)

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
    def _allowances(self, company, by_line, first, last):
        """Return what lines, and what billing accounts may use.

        :param dict by_line: {line id: its services}
        :return: two of :class:`..engine.rater.Allowances`
        """
        cr = self.env.cr
        offers = {False: {}, True: {}}
        cr.execute(
            """
            SELECT coalesce(shared, false), product_tmpl_id, usage_kind,
                   quantity::bigint
              FROM telecom_offer_allowance WHERE company_id = %s""",
            [company.id],
        )
        for of_account, template, kind, quantity in cr.fetchall():
            offers[of_account][template, kind] = quantity
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
            used = {}
            if offers[of_account] and services:
                cr.execute(
                    SQL(
                        """
                        SELECT %(owner)s, usage_kind, date_from, used::bigint,
                               quantity::bigint, date_to
                          FROM telecom_usage_counter
                         WHERE %(owner)s = ANY(%(owners)s)
                           AND date_to >= %(first)s AND date_from <= %(last)s""",
                        owner=SQL.identifier(owner),
                        owners=list(services),
                        first=first.date() - timedelta(days=1),
                        last=last.date() + timedelta(days=1),
                    )
                )
                used = {row[:3]: row[3:] for row in cr.fetchall()}
            found.append(rater.Allowances(offers[of_account], services, used))
        return found

    # Booking

    @api.model
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
        starts = [record[5] for record in records]
        first, last = min(starts), max(starts)
        self._ensure_partitions(company, self._months(company, starts))
        known, refused = [], []
        if found := self._known(company, source, records):
            for record in records:
                start = found.get(record[0])
                if start == record[5]:
                    known.append(record[0])
                elif start:
                    refused.append((record[0], "again", str(start)))
            records = [record for record in records if record[0] not in found]
        if not records:
            return 0, 0, known, refused
        numbers, by_line = self._numbers(company, list({r[2] for r in records}))
        session = self._rater(company, by_line, first, last)
        # Allowances are spent in the order of time
        records = sorted(records, key=lambda record: (record[5], record[0]))
        rated = session.rate(numbers, records, refused)
        before = len(refused)
        self._copy(company, source, file, rated)
        count = len(records) - (len(refused) - before)
        amount = sum(total[4] for total in session.totals.values())
        self._write_session(company, session)
        return count, amount, known, sorted(refused)

    @api.model
    def _months(self, company, starts):
        """Return the months of moments, of UTC and of the operator's calendar.

        :rtype: set[datetime.date]
        """
        days = {start.date() for start in starts}
        # Those of the operator's calendar too: their consumption is written
        return {
            (day + timedelta(days=shift)).replace(day=1)
            for day in days
            for shift in (-1, 0, 1)
            if shift == 0 or (day + timedelta(days=shift)).month != day.month
        }

    @api.model
    def _copy(self, company, source, file, rated):
        """Store records while they are rated.

        :param rated: see :meth:`..engine.rater.Rater.rate`
        """
        services = {}
        tail = f"{company.id}\t{source.id}\t{file.id}\t{fields.Datetime.now()}\n"

        def text_of(service):
            text = "\t".join(
                "\\N" if value is None else str(value)
                for value in (
                    service.line_id,
                    service.subscription_id,
                    service.partner_id,
                    service.account_id,
                    service.product_id,
                )
            )
            services[id(service)] = text
            return text

        def rows():
            for record, service, rate, off_peak, billed, included, _sum, text in rated:
                place, key, _subscriber, kind, number, start, quantity = record
                yield (
                    f"{key}\t{start}\t{place}\t{kind}\t{number}\t{quantity}\t{billed}"
                    f"\t{included}\t{text}\t{rate.id}\t{off_peak}"
                    f"\t{services.get(id(service)) or text_of(service)}\t{tail}"
                )

        self.env.cr.copy_expert(
            f"COPY {self._top(company)} (key, start, row_number, usage_kind, number,"
            " quantity, billed, included, amount, rate_id, off_peak, line_id,"
            " subscription_id, partner_id, account_id, product_id, company_id,"
            " source_id, file_id, rated_at) FROM STDIN",
            Stream(rows()),
        )

    @api.model
    def _write_session(self, company, session):
        """Write what periods add up to, what is left of allowances, what was used."""
        self._write_totals(company, session.totals)
        self._write_counters(company, "line_id", session.own.counters)
        self._write_counters(company, "account_id", session.shared.counters)
        if session.rates:
            self.env.cr.execute(
                "UPDATE telecom_tariff_rate SET used = true"
                " WHERE id = ANY(%s) AND used IS NOT TRUE",
                [list(session.rates)],
            )
            if self.env.cr.rowcount:
                self.env["telecom.tariff.rate"].invalidate_model(["used"])
        months = {day.replace(day=1) for day in session.days}
        self.env.cr.execute(
            "UPDATE telecom_usage_month SET stale = true"
            " WHERE company_id = %s AND month = ANY(%s) AND stale IS NOT TRUE",
            [company.id, list(months)],
        )
        self.env["telecom.usage.month"].invalidate_model()

    @api.model
    def _write_totals(self, company, totals):
        """Add records to the totals of their periods.

        Rows that are there are found by the index, whatever statistics say; only new
        ones take an id, which has 32 bits.

        :param dict totals: see :class:`..engine.rater.Rater`
        """
        if not totals:
            return
        cr = self.env.cr
        cr.execute(
            """
            CREATE TEMP TABLE telecom_sum (
                subscription_id int, usage_kind varchar, date_from date, date_to date,
                records int, quantity numeric, billed numeric, included numeric,
                amount numeric)"""
        )
        cr.copy_expert(
            "COPY telecom_sum FROM STDIN",
            Stream(
                f"{name[0]}\t{name[1]}\t{name[2].text}\t{total[0]}\t{total[1]}"
                f"\t{total[2]}\t{total[3]}\t{total[4]}\n"
                for name, total in sorted(totals.items(), key=by_owner)
            ),
        )
        cr.execute("SET LOCAL enable_seqscan = off")
        cr.execute(
            SQL(
                """
                INSERT INTO telecom_usage_total AS t (
                    id, company_id, subscription_id, usage_kind, date_from, date_to,
                    records, quantity, billed, included, amount)
                SELECT coalesce((
                           SELECT t.id FROM telecom_usage_total t
                            WHERE t.subscription_id = s.subscription_id
                              AND t.date_from = s.date_from
                              AND t.usage_kind = s.usage_kind),
                           nextval('telecom_usage_total_id_seq')), %(company)s, s.*
                  FROM telecom_sum s
           ON CONFLICT (subscription_id, date_from, usage_kind) DO UPDATE
                   SET records = t.records + excluded.records,
                       quantity = t.quantity + excluded.quantity,
                       billed = t.billed + excluded.billed,
                       included = t.included + excluded.included,
                       amount = t.amount + excluded.amount;
                DROP TABLE telecom_sum;
                SET LOCAL enable_seqscan = on""",
                company=company.id,
            )
        )
        self.env["telecom.usage.total"].invalidate_model()

    @api.model
    def _write_counters(self, company, owner, counters):
        """Write what is used of the allowances of lines or accounts.

        :param str owner: ``line_id`` or ``account_id``
        :param dict counters: see :class:`..engine.rater.Allowances`
        """
        counters = {
            name: counter
            for name, counter in counters.items()
            if counter and (counter.spent or counter.changed)
        }
        if not counters:
            return
        cr = self.env.cr
        cr.execute(
            """
            CREATE TEMP TABLE telecom_spent (
                owner_id int, usage_kind varchar, date_from date, date_to date,
                quantity numeric, used numeric)"""
        )
        cr.copy_expert(
            "COPY telecom_spent FROM STDIN",
            Stream(
                f"{name[0]}\t{name[1]}\t{name[2].text}\t{counter.quantity}"
                f"\t{counter.used + counter.spent}\n"
                for name, counter in sorted(counters.items(), key=by_owner)
            ),
        )
        cr.execute("SET LOCAL enable_seqscan = off")
        cr.execute(
            SQL(
                """
                INSERT INTO telecom_usage_counter (
                    id, company_id, %(owner)s, usage_kind, date_from, date_to, quantity,
                    used)
                SELECT coalesce((
                           SELECT c.id FROM telecom_usage_counter c
                            WHERE c.%(owner)s = s.owner_id
                              AND c.usage_kind = s.usage_kind
                              AND c.date_from = s.date_from),
                           nextval('telecom_usage_counter_id_seq')), %(company)s, s.*
                  FROM telecom_spent s
           ON CONFLICT (%(owner)s, usage_kind, date_from) WHERE %(owner)s IS NOT NULL
             DO UPDATE SET quantity = excluded.quantity, date_to = excluded.date_to,
                           used = excluded.used;
                DROP TABLE telecom_spent;
                SET LOCAL enable_seqscan = on""",
                owner=SQL.identifier(owner),
                company=company.id,
            )
        )
        self.env["telecom.usage.counter"].invalidate_model()

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
            self._write_session(company, session)
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
            for record, service, rate, *result, _text in session.rate(
                numbers, records, refused, add=False
            ):
                off_peak, billed, included, amount = result
                row = former[record[0]]
                before = Decimal(row[13])
                ids = service.subscription_id, service.product_id, rate.id
                if (*row[7:13], before) == (*ids, *result):
                    continue
                kind, quantity = record[3], record[6]
                day = session.clock(record[5])[0]
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
                       f.product_id, f.rate_id, generation, f.off_peak, usage_kind,
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
