import logging
from datetime import date
from io import StringIO

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import rating

_logger = logging.getLogger(__name__)

TABLE = "telecom_usage_record"
#: Digits of the other number by which rates are looked for, at most
HEAD = 15
UNITS = SQL(
    "CASE r.price_unit WHEN 'minute' THEN 60 WHEN 'megabyte' THEN 1000"
    " WHEN 'gigabyte' THEN 1000000 ELSE 1 END"
)
#: What the rating reads in SQL
READ = (
    "telecom.subscription",
    "telecom.subscription.change",
    "telecom.billing.account",
    "telecom.tariff.rate",
    "telecom.tariff.band",
    "telecom.line",
    "telecom.usage.counter",
    "telecom.offer.allowance",
    "product.template",
)
COLUMNS = (
    "place int, key uuid, msisdn varchar, usage_kind varchar, number varchar,"
    " start timestamp(0), quantity bigint, generation int, file_id int, source_id int"
)


class TelecomUsageRater(models.AbstractModel):
    """Rates sets of records in SQL, as :mod:`..engine.rating` does one at a time.

    One operator's records at a time, under a lock of the transaction: what is left of
    an allowance is spent once.
    """

    _name = "telecom.usage.rater"
    _description = "Rating of Usage"

    # Partitions

    @api.model
    def _leaf(self, company, month):
        """Return the name of the partition of an operator's month."""
        return f"{TABLE}_c{int(company.id)}_{month:%Y%m}"

    @api.model
    def _ensure_partitions(self, company, months):
        """Make the partitions of an operator's months that are not there.

        Attached after they are made: reading and rating others goes on meanwhile.

        :param months: first days
        """
        cr = self.env.cr
        top = f"{TABLE}_c{int(company.id)}"
        wanted = {self._leaf(company, month): month for month in months}
        cr.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s)"
            " AND relnamespace = current_schema::regnamespace",
            [[top, *wanted]],
        )
        there = {row[0] for row in cr.fetchall()}
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

    @api.model
    def _lock(self, company):
        """Have this transaction rate the operator's records alone."""
        self.env.cr.execute(
            "SELECT pg_advisory_xact_lock(hashtext('telecom_usage'), %s)", [company.id]
        )

    # Staging

    @api.model
    def _stage(self, company, source, file, records):
        """Copy records into a table of this transaction.

        :param list records: (place, key, subscriber, kind, number, start, quantity)
        """
        cr = self.env.cr
        self._drop_stage()
        cr.execute(f"CREATE TEMP TABLE telecom_stage ({COLUMNS}) ON COMMIT DROP")  # pylint: disable=sql-injection
        tail = f"\t0\t{file.id}\t{source.id}\n"
        cr.copy_expert(
            "COPY telecom_stage FROM STDIN",
            StringIO(
                "".join(
                    [
                        f"{place}\t{key}\t{msisdn}\t{kind}\t{number}\t{start}\t{quantity}{tail}"
                        for place, key, msisdn, kind, number, start, quantity in records
                    ]
                )
            ),
        )

    @api.model
    def _drop_stage(self):
        self.env.cr.execute(
            "DROP TABLE IF EXISTS telecom_stage, telecom_span, telecom_match,"
            " telecom_rated"
        )

    @api.model
    def _refuse_known(self, company):
        """Take out of the stage what was rated before; return the places.

        :rtype: list
        """
        cr = self.env.cr
        cr.execute(
            "SELECT DISTINCT date_trunc('month', start)::date FROM telecom_stage"
        )
        months = [row[0] for row in cr.fetchall()]
        # Those of the operator's calendar too: their consumption is written
        cr.execute(
            SQL(
                "SELECT DISTINCT date_trunc('month',"
                " start AT TIME ZONE 'UTC' AT TIME ZONE %s)::date FROM telecom_stage",
                str(company._telecom_zone()),
            )
        )
        self._ensure_partitions(company, {*months, *(row[0] for row in cr.fetchall())})
        # A few thousand probes of an index, never the whole month
        cr.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        places = []
        for month in months:
            cr.execute(
                SQL(
                    """
                    DELETE FROM telecom_stage s
                     USING %(leaf)s r
                     WHERE r.key = s.key AND r.source_id = s.source_id
                       AND r.generation = 0 AND r.state != 'compensation'
                       AND s.start >= %(first)s AND s.start < %(next)s
                 RETURNING s.place""",
                    leaf=SQL.identifier(self._leaf(company, month)),
                    first=month,
                    next=month + relativedelta(months=1),
                )
            )
            places += [row[0] for row in cr.fetchall()]
        cr.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")
        return places

    # Rating

    @api.model
    def _rate(self, company):
        """Rate what is staged: a row of ``telecom_rated`` for each record.

        :return: (place, code, value) of what cannot be rated
        :rtype: list
        """
        for name in READ:
            self.env[name].flush_model()
        self.env.cr.execute("ANALYZE telecom_stage (msisdn, start)")
        self._find_spans(company)
        self._match(company)
        self._find_rates(company)
        self._spend_allowances(company)
        self._price()
        return self.env.execute_query(
            SQL(
                """
                SELECT m.place,
                       CASE WHEN m.known IS NULL THEN 'unknown'
                            WHEN m.subscription_id IS NULL THEN 'subscription'
                            WHEN m.tariff_id IS NULL THEN 'tariff'
                            ELSE 'rate' END,
                       CASE WHEN m.known IS NULL OR m.subscription_id IS NULL
                                 OR m.tariff_id IS NULL THEN m.msisdn
                            ELSE m.number END
                  FROM telecom_match m
             LEFT JOIN telecom_rated r ON r.place = m.place
                 WHERE r.place IS NULL
              ORDER BY m.place"""
            )
        )

    @api.model
    def _find_spans(self, company):
        """Write the days of each offer on each line of the stage: ``telecom_span``."""
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE telecom_span ON COMMIT DROP AS
                WITH numbers AS MATERIALIZED (
                    SELECT DISTINCT msisdn FROM telecom_stage),
                lines AS MATERIALIZED (
                    SELECT l.id, l.msisdn
                      FROM numbers n
                      JOIN telecom_line l
                        ON l.company_id = %(company)s AND l.msisdn = n.msisdn),
                subscriptions AS MATERIALIZED (
                    SELECT l.msisdn, s.*
                      FROM lines l
                      JOIN telecom_subscription s
                        ON s.line_id = l.id AND s.date_start IS NOT NULL),
                changes AS (
                    SELECT c.subscription_id, c.product_id, c.kind, c.date,
                           lead(c.date) OVER (
                               PARTITION BY c.subscription_id ORDER BY c.date, c.id
                           ) AS until
                      FROM telecom_subscription_change c
                     WHERE c.subscription_id IN (SELECT id FROM subscriptions)
                       AND c.kind IN ('start', 'offer')
                       AND NOT EXISTS (
                           SELECT FROM telecom_subscription_change w
                            WHERE w.withdrawn_id = c.id))
                SELECT s.msisdn, s.line_id, s.id AS subscription_id, s.partner_id,
                       s.account_id, s.quantity AS pieces,
                       coalesce(a.cycle_day, 1) AS cycle_day,
                       c.product_id, p.product_tmpl_id, t.telecom_tariff_id AS
                           tariff_id,
                       greatest(c.date, s.date_start) AS first,
                       least(c.until - 1, s.date_end) AS last
                  FROM subscriptions s
                  JOIN changes c ON c.subscription_id = s.id
                  JOIN product_product p ON p.id = c.product_id
                  JOIN product_template t ON t.id = p.product_tmpl_id
             LEFT JOIN telecom_billing_account a ON a.id = s.account_id
                 WHERE (c.until IS NULL OR c.until > c.date)
                   AND (s.date_end IS NULL OR c.date <= s.date_end);
                ANALYZE telecom_span""",
                company=company.id,
            )
        )

    @api.model
    def _match(self, company):
        """Find the subscription of each record, and whether it was off-peak.

        Of several offers with a tariff on a line, the one that was there first.
        """
        # Lines without any subscription are known too
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE telecom_match ON COMMIT DROP AS
                SELECT DISTINCT ON (s.place) s.*,
                       coalesce(p.line_id, l.id) AS known, p.line_id,
                       p.subscription_id, p.partner_id, p.account_id, p.product_id,
                       p.tariff_id, s.local::date AS day,
                       left(ltrim(s.number, '+'), %(head)s) AS head,
                       (s.local - make_interval(days => coalesce(p.cycle_day, 1) - 1)
                       )::date AS shifted,
                       coalesce(p.cycle_day, 1) AS cycle_day
                  FROM (SELECT *, start AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s AS
                      local
                          FROM telecom_stage) s
             LEFT JOIN telecom_span p
                    ON p.msisdn = s.msisdn AND s.local::date >= p.first
                   AND (p.last IS NULL OR s.local::date <= p.last)
             LEFT JOIN LATERAL (
                    SELECT id FROM telecom_line l
                     WHERE l.company_id = %(company)s AND l.msisdn = s.msisdn
                       AND p.line_id IS NULL
                     LIMIT 1) l ON TRUE
              ORDER BY s.place, p.tariff_id IS NULL, p.subscription_id""",
                company=company.id,
                zone=str(company._telecom_zone()),
                head=HEAD,
            )
        )

    @api.model
    def _bands(self, company):
        """Return (tariff id, day, minutes): which minutes are off-peak, holidays.

        :return: rows of a day of the week, 7 for holidays; and the holidays
        """
        # sudo: telecom.tariff.band - the operator's own, whoever rates
        bands = (
            self.env["telecom.tariff.band"]
            .sudo()
            .search([("company_id", "=", company.id)])
        )
        rows = []
        for tariff, own in bands.grouped("tariff_id").items():
            days = rating.minutes_of(
                [(band.day, band.hour_from, band.hour_to) for band in own]
            )
            rows += [(tariff.id, day, minutes) for day, minutes in enumerate(days)]
        years = {date.today().year - 1, date.today().year, date.today().year + 1}
        self.env.cr.execute(
            "SELECT DISTINCT extract(year FROM start)::int FROM telecom_stage"
        )
        years |= {row[0] for row in self.env.cr.fetchall()}
        return rows, sorted(company._telecom_free_days(sorted(years)))

    @api.model
    def _find_rates(self, company):
        """Write the rated table: the rate of each record, and what is counted."""
        bands, holidays = self._bands(company)
        cr = self.env.cr
        cr.execute(
            """
            DROP TABLE IF EXISTS telecom_band;
            CREATE TEMP TABLE telecom_band (tariff_id int, day int, minutes text)
            ON COMMIT DROP"""
        )
        if bands:
            cr.execute_values("INSERT INTO telecom_band VALUES %s", bands)
        cr.execute(
            SQL(
                """
                SELECT coalesce(max(length(prefix)), 0) FROM telecom_tariff_rate
                 WHERE company_id = %s""",
                company.id,
            )
        )
        (longest,) = cr.fetchone()
        cr.execute(
            SQL(
                """
                DROP TABLE IF EXISTS telecom_version, telecom_head, telecom_found,
                    telecom_day;
                CREATE TEMP TABLE telecom_version ON COMMIT DROP AS
                SELECT id, tariff_id, usage_kind, prefix::text,
                       length(prefix) AS length, date_from,
                       lead(date_from) OVER (
                           PARTITION BY tariff_id, usage_kind, prefix
                           ORDER BY date_from) AS until
                  FROM telecom_tariff_rate
                 WHERE company_id = %(company)s;
                ANALYZE telecom_version;
                ANALYZE telecom_match (tariff_id, usage_kind, head, day);
                CREATE TEMP TABLE telecom_head ON COMMIT DROP AS
                SELECT h.tariff_id, h.usage_kind, h.head, h.day,
                       left(h.head, n.length) AS prefix
                  FROM (SELECT DISTINCT tariff_id, usage_kind,
                               left(head, %(longest)s) AS head, day
                          FROM telecom_match WHERE tariff_id IS NOT NULL) h
                  JOIN (SELECT DISTINCT tariff_id, usage_kind, length
                          FROM telecom_version) n
                    ON n.tariff_id = h.tariff_id AND n.usage_kind = h.usage_kind
                   AND n.length <= length(h.head);
                ANALYZE telecom_head;
                CREATE TEMP TABLE telecom_found ON COMMIT DROP AS
                SELECT DISTINCT ON (h.tariff_id, h.usage_kind, h.head, h.day)
                       h.tariff_id, h.usage_kind, h.head, h.day, v.id AS rate_id
                  FROM telecom_head h
                  JOIN telecom_version v ON v.tariff_id = h.tariff_id
                   AND v.usage_kind = h.usage_kind AND v.prefix = h.prefix
                   AND h.day >= v.date_from AND (v.until IS NULL OR h.day < v.until)
              ORDER BY h.tariff_id, h.usage_kind, h.head, h.day, v.length DESC;
                ANALYZE telecom_found;
                CREATE TEMP TABLE telecom_day ON COMMIT DROP AS
                SELECT d.tariff_id, d.day, b.minutes
                  FROM (SELECT DISTINCT tariff_id, day FROM telecom_head) d
             LEFT JOIN telecom_band h ON h.tariff_id = d.tariff_id AND h.day = 7
                  JOIN telecom_band b ON b.tariff_id = d.tariff_id
                   AND b.day = CASE WHEN d.day = ANY(%(holidays)s::date[])
                                     AND position('1' IN h.minutes) > 0 THEN 7
                                    ELSE extract(isodow FROM d.day)::int - 1 END;
                ANALYZE telecom_day (tariff_id, day);
                CREATE TEMP TABLE telecom_rated ON COMMIT DROP AS
                WITH
                counted AS (
                SELECT m.place, m.key, m.usage_kind, m.number, m.start, m.quantity,
                       m.generation, m.file_id, m.source_id, m.line_id, m.account_id,
                       m.subscription_id, m.partner_id, m.product_id, m.local,
                       (date_trunc('month', m.shifted)::date + m.cycle_day - 1) AS
                           period,
                       ((date_trunc('month', m.shifted) + interval '1 month')::date
                        + m.cycle_day - 2) AS period_end,
                       f.rate_id,
                       coalesce(substr(b.minutes,
                           (extract(hour FROM m.local) * 60
                            + extract(minute FROM m.local))::int + 1, 1) = '1', false)
                           AS off_peak,
                       CASE WHEN m.usage_kind = 'data' THEN (m.quantity + %(kilo)s - 1)
                            / %(kilo)s ELSE m.quantity END AS units,
                       r.first_increment AS first, r.next_increment AS next,
                       r.included AS covers
                  FROM telecom_match m
                  JOIN telecom_found f ON f.tariff_id = m.tariff_id
                   AND f.usage_kind = m.usage_kind
                   AND f.head = left(m.head, %(longest)s) AND f.day = m.day
                  JOIN telecom_tariff_rate r ON r.id = f.rate_id
             LEFT JOIN telecom_day b ON b.tariff_id = m.tariff_id
                   AND b.day = m.day)
                SELECT c.*,
                       (CASE WHEN units <= 0 THEN 0 WHEN units <= first THEN first
                            ELSE first + (units - first + next - 1) / next * next END
                       )::bigint AS billed,
                       0::bigint AS included, 0::numeric AS amount
                  FROM counted c;
                ANALYZE telecom_rated (place, line_id, account_id, usage_kind, period,
                    rate_id)""",
                company=company.id,
                longest=longest,
                kilo=rating.KILOBYTE,
                holidays=holidays,
            )
        )

    @api.model
    def _spend_allowances(self, company):
        """Cover records by what is left of allowances, in the order of time.

        First what the line has for itself, then what the account's lines share.
        """
        cr = self.env.cr
        cr.execute(
            SQL(
                "SELECT DISTINCT shared FROM telecom_offer_allowance"
                " WHERE company_id = %s",
                company.id,
            )
        )
        for (shared,) in sorted(cr.fetchall(), key=lambda row: bool(row[0])):
            self._count_allowances(company, bool(shared))
            self._cover(company, bool(shared))

    def _owner(self, shared):
        return SQL.identifier("account_id" if shared else "line_id")

    @api.model
    def _count_allowances(self, company, shared):
        """Write what lines or accounts of the rated table may use in their periods.

        By days of service, see :func:`..engine.proration.allowance`.
        """
        owner = self._owner(shared)
        if shared:
            spans = SQL(
                """
                SELECT s.account_id, s.id AS subscription_id, s.quantity AS pieces,
                       c.product_id, p.product_tmpl_id,
                       greatest(c.date, s.date_start) AS first,
                       least(c.until - 1, s.date_end) AS last
                  FROM telecom_subscription s
                  JOIN (SELECT c.subscription_id, c.product_id, c.date,
                               lead(c.date) OVER (PARTITION BY c.subscription_id
                                                  ORDER BY c.date, c.id) AS until
                          FROM telecom_subscription_change c
                          JOIN telecom_subscription s ON s.id = c.subscription_id
                         WHERE s.account_id IN (SELECT DISTINCT account_id
                                                  FROM telecom_rated)
                           AND c.kind IN ('start', 'offer')
                           AND NOT EXISTS (
                               SELECT FROM telecom_subscription_change w
                                WHERE w.withdrawn_id = c.id)) c
                    ON c.subscription_id = s.id
                  JOIN product_product p ON p.id = c.product_id
                 WHERE s.date_start IS NOT NULL
                   AND (c.until IS NULL OR c.until > c.date)
                   AND (s.date_end IS NULL OR c.date <= s.date_end)"""
            )
        else:
            spans = SQL("SELECT * FROM telecom_span")
        limits = SQL(
            """
            SELECT %(owner)s, usage_kind, period, period_end, sum(part) AS quantity
              FROM (
                SELECT n.%(owner)s, n.usage_kind, n.period, n.period_end,
                       ceil(o.quantity * s.pieces * sum(
                           least(s.last, n.period_end) - greatest(s.first, n.period) + 1
                       ) / (n.period_end - n.period + 1)) AS part
                  FROM (SELECT DISTINCT %(owner)s, usage_kind, period, period_end
                          FROM telecom_rated WHERE %(owner)s IS NOT NULL AND covers) n
                  JOIN (%(spans)s) s ON s.%(owner)s = n.%(owner)s
                   AND s.first <= n.period_end
                   AND (s.last IS NULL OR s.last >= n.period)
                  JOIN telecom_offer_allowance o
                    ON o.product_tmpl_id = s.product_tmpl_id
                   AND o.usage_kind = n.usage_kind AND o.company_id = %(company)s
                   AND coalesce(o.shared, false) = %(shared)s
              GROUP BY n.%(owner)s, n.usage_kind, n.period, n.period_end,
                       s.subscription_id, s.product_id, s.pieces, o.id, o.quantity)
                           parts
          GROUP BY 1, 2, 3, 4""",
            owner=owner,
            spans=spans,
            company=company.id,
            shared=shared,
        )
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE telecom_limit ON COMMIT DROP AS %(limits)s;
                UPDATE telecom_usage_counter c
                   SET quantity = l.quantity, date_to = l.period_end
                  FROM telecom_limit l
                 WHERE c.%(owner)s = l.%(owner)s AND c.usage_kind = l.usage_kind
                   AND c.date_from = l.period
                   AND (c.quantity, c.date_to) IS DISTINCT FROM
                       (l.quantity, l.period_end);
                INSERT INTO telecom_usage_counter (
                    company_id, %(owner)s, usage_kind, date_from, date_to, quantity,
                        used)
                SELECT %(company)s, l.%(owner)s, l.usage_kind, l.period, l.period_end,
                       l.quantity, 0
                  FROM telecom_limit l
                 WHERE NOT EXISTS (
                    SELECT FROM telecom_usage_counter c
                     WHERE c.%(owner)s = l.%(owner)s AND c.usage_kind = l.usage_kind
                       AND c.date_from = l.period);
                DROP TABLE telecom_limit""",
                limits=limits,
                owner=owner,
                company=company.id,
            )
        )

    @api.model
    def _cover(self, company, shared):
        owner = self._owner(shared)
        self.env.cr.execute(
            SQL(
                """
                WITH wanted AS (
                    SELECT r.place, r.%(owner)s, r.usage_kind, r.period,
                           r.billed - r.included AS rest,
                           c.quantity - c.used AS free,
                           coalesce(sum(r.billed - r.included) OVER (
                               PARTITION BY r.%(owner)s, r.usage_kind, r.period
                               ORDER BY r.start, r.place
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                               AS before
                      FROM telecom_rated r
                      JOIN telecom_usage_counter c
                        ON c.%(owner)s = r.%(owner)s AND c.usage_kind = r.usage_kind
                       AND c.date_from = r.period
                     WHERE r.covers AND r.billed > r.included),
                covered AS MATERIALIZED (
                    SELECT place, %(owner)s, usage_kind, period,
                           least(rest, free - before)::bigint AS part
                      FROM wanted WHERE free > before),
                spent AS (
                    UPDATE telecom_usage_counter c
                       SET used = c.used + s.part
                      FROM (SELECT %(owner)s, usage_kind, period, sum(part) AS part
                              FROM covered GROUP BY 1, 2, 3) s
                     WHERE c.%(owner)s = s.%(owner)s AND c.usage_kind = s.usage_kind
                       AND c.date_from = s.period)
                UPDATE telecom_rated r
                   SET included = r.included + v.part
                  FROM covered v
                 WHERE v.place = r.place""",
                owner=owner,
            )
        )
        self.env["telecom.usage.counter"].invalidate_model()

    @api.model
    def _price(self):
        """Write the amounts: fee and minimum for what is not covered, rounded."""
        exact = SQL(
            "CASE WHEN t.billed > t.included THEN greatest("
            "coalesce(r.minimum_charge, 0), coalesce(r.connection_fee, 0)"
            " + (CASE WHEN t.off_peak AND r.has_off_peak"
            " THEN coalesce(r.price_off_peak, 0) ELSE r.price END)"
            " * (t.billed - t.included) / %s) ELSE 0 END",
            UNITS,
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE telecom_rated t
                   SET amount = CASE r.rounding_method
                       WHEN 'up' THEN ceil(%(exact)s * 10 ^ r.rounding_digits)
                                      / 10 ^ r.rounding_digits
                       WHEN 'down' THEN trunc(%(exact)s, r.rounding_digits)
                       ELSE round(%(exact)s, r.rounding_digits) END
                  FROM telecom_tariff_rate r
                 WHERE r.id = t.rate_id""",
                exact=exact,
            )
        )

    # Booking

    @api.model
    def _book(self, company):
        """Write what is rated, and what periods add up to.

        :return: how many records, and their amount
        """
        cr = self.env.cr
        now = fields.Datetime.now()
        cr.execute(
            SQL(
                """
                INSERT INTO telecom_usage_record (
                    key, start, rated_at, amount, quantity, billed, included,
                        company_id,
                    source_id, file_id, row_number, line_id, subscription_id,
                        account_id,
                    partner_id, product_id, rate_id, generation, off_peak, usage_kind,
                    number)
                SELECT key, start, %(now)s, amount, quantity, billed, included,
                       %(company)s, source_id, file_id, place, line_id, subscription_id,
                       account_id, partner_id, product_id, rate_id, generation,
                           off_peak,
                       usage_kind, number
                  FROM telecom_rated
              ORDER BY place""",
                now=now,
                company=company.id,
            )
        )
        self._add_totals(company, SQL("telecom_rated"))
        cr.execute(
            """
            UPDATE telecom_tariff_rate SET used = true
             WHERE id IN (SELECT DISTINCT rate_id FROM telecom_rated)
               AND used IS NOT TRUE"""
        )
        if cr.rowcount:
            self.env["telecom.tariff.rate"].invalidate_model(["used"])
        cr.execute(
            SQL(
                """
                UPDATE telecom_usage_month SET stale = true
                 WHERE company_id = %s AND stale IS NOT TRUE AND month IN (
                    SELECT DISTINCT date_trunc('month', local)::date FROM telecom_rated)
                """,
                company.id,
            )
        )
        cr.execute("SELECT count(*), coalesce(sum(amount), 0) FROM telecom_rated")
        self.env["telecom.usage.month"].invalidate_model()
        return cr.fetchone()

    @api.model
    def _add_totals(self, company, rows, sign=1):
        """Add records to the totals of their periods.

        :param SQL rows: a table or query with the columns of ``telecom_rated``
        :param int sign: -1 takes them away
        """
        self.env["telecom.usage.total"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE telecom_sum ON COMMIT DROP AS
                SELECT subscription_id, usage_kind, period, max(period_end) AS
                    period_end,
                       %(sign)s * count(*) AS records,
                       %(sign)s * sum(quantity) AS quantity,
                       %(sign)s * sum(billed) AS billed,
                       %(sign)s * sum(included) AS included,
                       %(sign)s * sum(amount) AS amount
                  FROM %(rows)s AS rated GROUP BY 1, 2, 3;
                UPDATE telecom_usage_total t
                   SET records = t.records + s.records,
                       quantity = t.quantity + s.quantity,
                       billed = t.billed + s.billed,
                       included = t.included + s.included,
                       amount = t.amount + s.amount
                  FROM telecom_sum s
                 WHERE t.subscription_id = s.subscription_id
                   AND t.usage_kind = s.usage_kind AND t.date_from = s.period;
                INSERT INTO telecom_usage_total (
                    company_id, subscription_id, usage_kind, date_from, date_to,
                        records,
                    quantity, billed, included, amount)
                SELECT %(company)s, s.subscription_id, s.usage_kind, s.period,
                       s.period_end, s.records, s.quantity, s.billed, s.included,
                       s.amount
                  FROM telecom_sum s
                 WHERE NOT EXISTS (
                    SELECT FROM telecom_usage_total t
                     WHERE t.subscription_id = s.subscription_id
                       AND t.usage_kind = s.usage_kind AND t.date_from = s.period);
                DROP TABLE telecom_sum""",
                company=company.id,
                rows=rows,
                sign=sign,
            )
        )
        self.env["telecom.usage.total"].invalidate_model()

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
        self._stage(company, source, file, records)
        known = self._refuse_known(company)
        refused = self._rate(company)
        count, amount = self._book(company)
        self._drop_stage()
        return count, amount, known, refused

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
        cr = self.env.cr
        self._drop_stage()
        cr.execute(
            SQL(
                """
                CREATE TEMP TABLE telecom_former ON COMMIT DROP AS
                SELECT row_number() OVER (ORDER BY r.start, r.id)::int AS place, r.*
                  FROM telecom_usage_record r
                 WHERE r.company_id = %(company)s AND r.state = 'rated' AND %(where)s;
                """,
                company=company.id,
                where=where,
            )
        )
        cr.execute(f"CREATE TEMP TABLE telecom_stage ({COLUMNS}) ON COMMIT DROP")  # pylint: disable=sql-injection
        cr.execute(
            """
            INSERT INTO telecom_stage
            SELECT f.place, f.key, l.msisdn, f.usage_kind, f.number, f.start,
                f.quantity,
                   f.generation + 1, f.file_id, f.source_id
              FROM telecom_former f JOIN telecom_line l ON l.id = f.line_id"""
        )
        zone = str(company._telecom_zone())
        cr.execute("SELECT count(*) FROM telecom_former")
        (looked,) = cr.fetchone()
        self._give_back(company, zone)
        refused = self._rate(company)
        changed = self._compensate(company, zone)
        cr.execute("DROP TABLE telecom_former")
        self._drop_stage()
        return looked, changed, len(refused)

    def _former(self, zone):
        """Return the former records with the columns of ``telecom_rated``, as SQL."""
        return SQL(
            """(
            SELECT f.*,
                   (date_trunc('month', f.shifted)::date + f.cycle_day - 1) AS period,
                   ((date_trunc('month', f.shifted) + interval '1 month')::date
                    + f.cycle_day - 2) AS period_end
              FROM (
                SELECT f.*, coalesce(a.cycle_day, 1) AS cycle_day,
                       ((f.start AT TIME ZONE 'UTC' AT TIME ZONE %s)
                        - make_interval(days => coalesce(a.cycle_day, 1) - 1)
                       )::date AS shifted
                  FROM telecom_former f
             LEFT JOIN telecom_billing_account a ON a.id = f.account_id) f)""",
            zone,
        )

    @api.model
    def _give_back(self, company, zone):
        """Free the allowances that the former records used."""
        # Whole periods are rated again: what they used is everything that was used
        for owner in ("line_id", "account_id"):
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE telecom_usage_counter c SET used = 0
                      FROM (SELECT DISTINCT %(owner)s, usage_kind, period
                              FROM %(former)s f) f
                     WHERE c.%(owner)s = f.%(owner)s AND c.usage_kind = f.usage_kind
                       AND c.date_from = f.period""",
                    owner=SQL.identifier(owner),
                    former=self._former(zone),
                )
            )

    @api.model
    def _compensate(self, company, zone):
        cr = self.env.cr
        cr.execute(
            """
            DELETE FROM telecom_rated t
             USING telecom_former f
             WHERE f.place = t.place
               AND (f.amount, f.billed, f.included, f.rate_id, f.subscription_id,
                    f.off_peak, f.product_id)
                 = (t.amount, t.billed, t.included, t.rate_id, t.subscription_id,
                    t.off_peak, t.product_id);
            DELETE FROM telecom_former
             WHERE place NOT IN (SELECT place FROM telecom_rated);
            UPDATE telecom_rated t SET file_id = f.file_id FROM telecom_former f
             WHERE f.place = t.place"""
        )
        cr.execute(
            SQL(
                """
                INSERT INTO telecom_usage_record (
                    key, start, rated_at, amount, quantity, billed, included,
                        company_id,
                    source_id, file_id, row_number, line_id, subscription_id,
                        account_id,
                    partner_id, product_id, rate_id, generation, off_peak, usage_kind,
                    number, state)
                SELECT key, start, %s, -amount, -quantity, -billed, -included,
                    company_id,
                       source_id, file_id, row_number, line_id, subscription_id,
                       account_id, partner_id, product_id, rate_id, generation,
                           off_peak,
                       usage_kind, number, 'compensation'
                  FROM telecom_former;
                UPDATE telecom_usage_record r SET state = 'compensated'
                  FROM telecom_former f
                 WHERE r.id = f.id AND r.start = f.start AND r.company_id = %s""",
                fields.Datetime.now(),
                company.id,
            )
        )
        self._add_totals(company, self._former(zone), sign=-1)
        cr.execute(
            "UPDATE telecom_rated t SET place = f.row_number FROM telecom_former f"
            " WHERE f.place = t.place"
        )
        count, _amount = self._book(company)
        self.env["telecom.usage"].invalidate_model()
        return count

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
