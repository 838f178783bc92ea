import csv
from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, file_open

SOURCES = [("file", "From a File"), ("billing", "Billing")]
#: Bytes of a megabyte, as the trade and its bills count
MEGABYTE = 1_000_000
# Rows that one purge takes away of one operator; the next one goes on
PURGE_LIMIT = 200_000


class TelecomUsageSummary(models.Model):
    """The consumption of a line in a month.

    Nobody writes it by hand: files are read in (``telecom.usage.import``), and billing
    calls :meth:`_record`. Both go through :meth:`_upsert`, a set at a time.
    """

    _name = "telecom.usage.summary"
    _description = "Consumption"
    _check_company_auto = True
    _order = "month desc, id desc"
    _rec_name = "month"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "telecom.line", required=True, check_company=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        check_company=True,
        ondelete="set null",
        help="Who held the line when the month was read in; whoever takes the number "
        "over does not see what others used.",
    )
    month = fields.Date(required=True, help="Its first day.")
    currency_id = fields.Many2one(related="company_id.currency_id")

    # Seconds and bytes are exact; minutes and megabytes are what people add up. All are
    # numeric: a month of a fibre line does not fit into 32 bits.
    voice_seconds = fields.Float(digits=(16, 0), aggregator="sum")
    voice_minutes = fields.Float(
        string="Voice (minutes)", digits=(14, 2), aggregator="sum"
    )
    sms_count = fields.Float(string="SMS", digits=(16, 0), aggregator="sum")
    data_bytes = fields.Float(digits=(20, 0), aggregator="sum")
    data_mb = fields.Float(string="Data (MB)", digits=(16, 3), aggregator="sum")
    amount = fields.Monetary()
    source = fields.Selection(SOURCES, required=True, default="file")
    import_id = fields.Many2one(
        "telecom.usage.import",
        string="Read from",
        index="btree_not_null",
        ondelete="set null",
    )

    _line_month_unique = models.UniqueIndex(
        "(line_id, month)", "This month of the line is there already."
    )
    # The customer's graph; who left no trace needs none
    _partner_month_idx = models.Index(
        "(partner_id, month) WHERE partner_id IS NOT NULL"
    )
    _company_month_idx = models.Index("(company_id, month)")
    _month_begins = models.Constraint(
        "CHECK(extract(day FROM month) = 1)", "A month is given by its first day."
    )
    _positive = models.Constraint(
        "CHECK(voice_seconds >= 0 AND sms_count >= 0 AND data_bytes >= 0)",
        "Nobody consumes less than nothing.",
    )

    @api.depends("line_id", "month")
    def _compute_display_name(self):
        for summary in self:
            month = fields.Date.to_string(summary.month) or ""
            summary.display_name = f"{summary.line_id.display_name} {month[:7]}".strip()

    # Writing

    @api.model
    def _record(self, company, rows):
        """Write the consumption of lines, as billing rated it.

        Months that billing wrote are billing's: files do not change them.

        :param res.company company: the operator; lines of others are left out
        :param list rows: (id of the line, first day of the month, seconds, messages,
            bytes, amount); a line and month given twice counts as last given
        :return: how many months were written or changed
        """
        staging = self._stage(
            (index, None, line, *values) for index, (line, *values) in enumerate(rows)
        )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM %(staging)s s
                 WHERE NOT EXISTS (
                    SELECT FROM telecom_line l
                     WHERE l.id = s.line_id AND l.company_id = %(company)s)""",
                staging=staging,
                company=company.id,
            )
        )
        written = self._upsert(staging, company, source="billing")
        self._unstage(staging)
        company._telecom_usage_changed()
        return written

    @api.model
    def _stage(self, rows):
        """Copy rows into a table of this transaction, and return its name.

        :param rows: (place in the file, number, id of the line, month, seconds,
            messages, bytes, amount); None where not known
        :rtype: SQL
        """
        name = SQL.identifier("telecom_usage_staging")
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                CREATE TEMP TABLE %s (
                    place bigint, msisdn text, line_id int, month date,
                    voice bigint, sms bigint, data numeric, amount numeric
                ) ON COMMIT DROP""",
                name,
            )
        )
        cr.copy_expert(
            "COPY telecom_usage_staging FROM STDIN",
            _CopyLines(
                "\t".join("\\N" if value is None else str(value) for value in row)
                + "\n"
                for row in rows
            ),
        )
        return name

    @api.model
    def _unstage(self, staging):
        self.env.cr.execute(SQL("DROP TABLE %s", staging))

    @api.model
    def _upsert(self, staging, company, *, source, usage_import=None, add=False):
        """Write what is staged, as one set.

        :param SQL staging: a table of :meth:`_stage`, lines known and the company's
        :param str source: ``file`` or ``billing``
        :param telecom.usage.import usage_import: the file
        :param bool add: rows of one line and month are added up, those of former
            chunks of the same file too; otherwise the last one counts
        :return: how many rows of the table were written or changed
        """
        self.flush_model()
        values = SQL("voice, sms, data, amount")
        if add:
            given = SQL(
                "SELECT line_id, month, sum(voice) voice, sum(sms) sms, sum(data) data,"
                " sum(amount) amount FROM %s WHERE line_id IS NOT NULL GROUP BY 1, 2",
                staging,
            )
        else:
            given = SQL(
                "SELECT DISTINCT ON (line_id, month) line_id, month, %s FROM %s"
                " WHERE line_id IS NOT NULL ORDER BY line_id, month, place DESC",
                values,
                staging,
            )
        exact = ("voice_seconds", "sms_count", "data_bytes", "amount")
        # The same file, further on, adds; another one replaces.
        new = {
            name: SQL(
                "(excluded.%(name)s + CASE WHEN %(add)s"
                " AND u.import_id = excluded.import_id THEN u.%(name)s ELSE 0 END)",
                name=SQL.identifier(name),
                add=add,
            )
            for name in exact
        }
        new["voice_minutes"] = SQL("round(%s / 60.0, 2)", new["voice_seconds"])
        new["data_mb"] = SQL("round(%s / %s, 3)", new["data_bytes"], float(MEGABYTE))
        sets = SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), value) for name, value in new.items()
        )
        changes = SQL(
            "%s OR ROW(%s, u.source) IS DISTINCT FROM ROW(%s, excluded.source)",
            add,
            SQL(", ").join(SQL("u.%s", SQL.identifier(name)) for name in exact),
            SQL(", ").join(SQL("excluded.%s", SQL.identifier(name)) for name in exact),
        )
        cr = self.env.cr
        cr.execute(
            SQL(
                """
            INSERT INTO telecom_usage_summary AS u (
                company_id, line_id, partner_id, month, voice_seconds, voice_minutes,
                sms_count, data_bytes, data_mb, amount, source, import_id,
                create_uid, create_date, write_uid, write_date
            )
            SELECT %(company)s, l.id, l.partner_id, g.month,
                   g.voice, round(g.voice / 60.0, 2), g.sms,
                   g.data, round(g.data / %(megabyte)s, 3), round(g.amount, %(digits)s),
                   %(source)s, %(import)s,
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM (%(given)s) g
              JOIN telecom_line l ON l.id = g.line_id
            ON CONFLICT (line_id, month) DO UPDATE
               SET %(sets)s, source = excluded.source, import_id = excluded.import_id,
                   write_uid = excluded.write_uid, write_date = excluded.write_date
             WHERE (%(source)s = 'billing' OR u.source = 'file') AND (%(changes)s)
                """,
                company=company.id,
                megabyte=float(MEGABYTE),
                digits=company.currency_id.decimal_places,
                source=source,
                **{"import": usage_import.id if usage_import else None},
                uid=self.env.uid,
                given=given,
                sets=sets,
                changes=changes,
            )
        )
        self.invalidate_model()
        return cr.rowcount

    # Demonstration

    @api.model
    def _load_demo(self):
        """Write what ``demo/telecom_usage.csv`` holds, as if read from files."""
        today = fields.Date.today().replace(day=1)
        with file_open("telecom_crm/demo/telecom_usage.csv") as file:
            rows = list(csv.DictReader(file))
        by_company = defaultdict(list)
        for place, row in enumerate(rows):
            line = self.env.ref(f"telecom_crm.{row['line']}", raise_if_not_found=False)
            if line:
                by_company[line.company_id].append(
                    (
                        place,
                        None,
                        line.id,
                        today - relativedelta(months=int(row["months_ago"])),
                        row["seconds"],
                        row["messages"],
                        row["bytes"],
                        row["amount"],
                    )
                )
        for company, staged in by_company.items():
            staging = self._stage(staged)
            self._upsert(staging, company, source="file")
            self._unstage(staging)
            self.env["telecom.usage.class"]._assign(company)

    # Retention

    @api.autovacuum
    def _gc_usage(self):
        """Take away what is older than each operator keeps it."""
        today = fields.Date.today().replace(day=1)
        # sudo: res.company, telecom.usage.summary - the purge of all operators
        companies = (
            self.env["res.company"].sudo().search([("telecom_usage_retention", ">", 0)])
        )
        more = False
        for company in companies:
            months = company.telecom_usage_retention
            old = self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("month", "<", today - relativedelta(months=months)),
                ],
                limit=PURGE_LIMIT,
                order="month",
            )
            more |= len(old) == PURGE_LIMIT
            old.unlink()
        return len(companies), int(more)


class _CopyLines:
    """What COPY reads from: lines that are made as they are wanted."""

    def __init__(self, lines):
        self.lines = iter(lines)
        self.rest = ""

    def read(self, size=-1):  # pylint: disable=method-required-super
        """Return about ``size`` characters; nothing at the end."""
        parts, length = [self.rest], len(self.rest)
        self.rest = ""
        while size < 0 or length < size:
            line = next(self.lines, None)
            if line is None:
                break
            parts.append(line)
            length += len(line)
        text = "".join(parts)
        if 0 <= size < len(text):
            text, self.rest = text[:size], text[size:]
        return text
