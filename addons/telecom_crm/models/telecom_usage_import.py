import io
import logging
from contextlib import closing
from datetime import timedelta
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import usage

_logger = logging.getLogger(__name__)

# Records that go in and are committed together
CHUNK = 20_000
# Files up to so many bytes are read in while the user waits
SMALL = 1_000_000
SAMPLE = 64_000
# Days for which the refused rows of a file are kept
KEEP_ERRORS = 90


class TelecomUsageImport(models.Model):
    """A file of monthly consumption, and how far it has been read in.

    Chunks are committed with the place in the file they reach to: stopped at any
    moment, the reading goes on there, and ends as if it had not been stopped. A row
    replaces what an earlier file said about the same line and month; read in once
    more, a file changes nothing.
    """

    _name = "telecom.usage.import"
    _description = "Consumption File"
    _check_company_auto = True
    _order = "id desc"

    name = fields.Char(
        string="File Name", required=True, default=lambda self: self.env._("New file")
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    file = fields.Binary(
        string="CSV or Excel File", attachment=True, required=True, copy=False
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting"),
            ("running", "Being Read"),
            ("done", "Done"),
            ("failed", "Stopped"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    message = fields.Char(readonly=True, copy=False)

    # How the file is written
    encoding = fields.Selection(
        [
            ("utf-8", "UTF-8"),
            ("cp1252", "Windows (Western Europe)"),
            ("utf-16", "UTF-16"),
        ],
        default="utf-8",
        required=True,
    )
    separator = fields.Selection(
        [
            (";", "Semicolon"),
            (",", "Comma"),
            ("\t", "Tab"),
            ("|", "Bar"),
        ],
        default=";",
        required=True,
    )
    decimal = fields.Selection(
        [(",", "Comma"), (".", "Point")],
        string="Decimal Sign",
        default=",",
        required=True,
    )
    month = fields.Date(
        string="Month of All Rows",
        help="Any day of it; for files without a column that gives the month.",
    )
    repeated = fields.Selection(
        [("last", "The last row counts"), ("add", "Rows are added up")],
        string="Rows of the Same Line and Month",
        default="last",
        required=True,
    )
    column_ids = fields.One2many(
        "telecom.usage.import.column", "import_id", string="Columns", copy=False
    )
    has_month = fields.Boolean(compute="_compute_has_month")

    # How far it is
    checksum = fields.Char(readonly=True, copy=False, index="btree_not_null")
    same_file_id = fields.Many2one(
        "telecom.usage.import", compute="_compute_same_file_id"
    )
    row_offset = fields.Integer(string="Rows Read", readonly=True, copy=False)
    progress = fields.Float(readonly=True, copy=False)
    good_count = fields.Integer(string="Taken In", readonly=True, copy=False)
    changed_count = fields.Integer(string="Months Changed", readonly=True, copy=False)
    bad_count = fields.Integer(string="Refused", readonly=True, copy=False)
    error_ids = fields.One2many(
        "telecom.usage.import.error", "import_id", string="Refused Rows"
    )
    error_sample_ids = fields.Many2many(
        "telecom.usage.import.error",
        string="First Refused Rows",
        compute="_compute_error_sample_ids",
    )

    # Computes

    @api.depends("column_ids.target")
    def _compute_has_month(self):
        for record in self:
            record.has_month = "month" in record.column_ids.mapped("target")

    @api.depends("checksum", "state")
    def _compute_same_file_id(self):
        for record in self:
            record.same_file_id = record.checksum and self.search(
                [
                    ("checksum", "=", record.checksum),
                    ("company_id", "=", record.company_id.id),
                    ("state", "=", "done"),
                    ("id", "<", record._origin.id or 0),
                ],
                limit=1,
            )

    @api.depends("bad_count")
    def _compute_error_sample_ids(self):
        for record in self:
            record.error_sample_ids = self.env["telecom.usage.import.error"].search(
                [("import_id", "=", record._origin.id)], limit=50
            )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        imports = super().create(vals_list)
        imports._propose_columns()
        return imports

    def write(self, vals):
        res = super().write(vals)
        if vals.get("file"):
            self.filtered(lambda r: r.state == "draft")._propose_columns()
        elif vals.keys() & {"encoding", "separator"}:
            self.filtered(lambda r: r.state == "draft")._read_columns()
        return res

    def _store(self, vals):
        """Write how far a file is; its columns are not looked at again."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    # The file

    def _attachment(self):
        self.ensure_one()
        # sudo: ir.attachment - of a record that the user can read
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "file"),
                    ("res_id", "=", self.id),
                ],
                limit=1,
            )
        )

    def _open(self):
        """Return the file, to be read in pieces; the caller closes it."""
        attachment = self._attachment()
        if attachment.store_fname:
            return open(attachment._full_path(attachment.store_fname), "rb")  # noqa: SIM115
        return io.BytesIO(attachment.raw or b"")

    def _records(self, file):
        """Yield (row, text, cells) of each record of an open file."""
        start = file.read(4)
        file.seek(0)
        if start.startswith(b"PK\x03\x04"):
            return usage.read_xlsx(file)
        return usage.read_csv(file, self.encoding, self.separator)

    def _propose_columns(self):
        """Find out how each file is written, and what its columns mean."""
        for record in self:
            attachment = record._attachment()
            with record._open() as file:
                sample = file.read(SAMPLE)
            book = sample.startswith(b"PK\x03\x04")
            found = {"decimal": "."} if book else usage.detect(sample)
            record._store({**found, "checksum": attachment.checksum})
            record._read_columns()

    def _read_columns(self):
        for record in self:
            try:
                with record._open() as file, closing(record._records(file)) as rows:
                    first = [cells for _row, _text, cells in islice(rows, 2)]
            except Exception as error:
                # Whatever a broken workbook makes its reader raise
                raise UserError(
                    self.env._(
                        "This file cannot be read; save it as CSV and try again."
                    )
                ) from error
            if not first or not first[0]:
                raise UserError(self.env._("There is nothing in this file."))
            headings = first[0][:100]
            examples = (first[1] or []) if len(first) > 1 else []
            targets = usage.propose(headings)
            record.column_ids.unlink()
            self.env["telecom.usage.import.column"].create(
                [
                    {
                        "import_id": record.id,
                        "company_id": record.company_id.id,
                        "position": position,
                        "heading": usage.safe_cell(heading)[:80],
                        "example": usage.safe_cell(
                            examples[position] if position < len(examples) else ""
                        )[:80],
                        "target": targets.get(position),
                    }
                    for position, heading in enumerate(headings)
                ]
            )

    def _parser(self):
        """Return what makes rows of this file's records."""
        self.ensure_one()
        columns = {
            column.position: column.target
            for column in self.column_ids
            if column.target
        }
        return usage.Parser(
            columns,
            self.company_id.country_id.code,
            self.decimal,
            fields.Date.context_today(self),
            self.month and self.month.replace(day=1),
        )

    # Actions

    def action_start(self):
        """Read the file in: at once when it is small, otherwise by the scheduler."""
        for record in self:
            record._check_ready()
            record._store({"state": "waiting"})
            if record._attachment().file_size <= SMALL:
                record._process(commit=False)
            else:
                # sudo: ir.cron - started for whoever may read files in
                self.env.ref("telecom_crm.ir_cron_usage_import").sudo()._trigger()
        return True

    def action_resume(self):
        """Go on where the reading stopped."""
        stopped = self.filtered(lambda record: record.state == "failed")
        stopped.write({"state": "waiting", "message": False})
        self.env.ref("telecom_crm.ir_cron_usage_import").sudo()._trigger()
        return True

    def action_view_usage(self):
        """Show what came from this file."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_crm.action_telecom_usage_summary"
        )
        return {**action, "domain": [("import_id", "=", self.id)], "context": {}}

    def action_download_errors(self):
        """Download the rows that were refused, each with its reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/telecom/usage/import/{self.id}/refused",
            "target": "download",
        }

    def _check_ready(self):
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("This file has been read in already."))
        targets = self.column_ids.filtered("target").mapped("target")
        quantities = [usage.UNITS.get(target, (target,))[0] for target in targets]
        if "msisdn" not in targets:
            raise UserError(self.env._("Say which column holds the telephone number."))
        if "month" not in targets and not self.month:
            raise UserError(
                self.env._("Say which column holds the month, or choose the month.")
            )
        if not set(targets) & usage.UNITS.keys():
            raise UserError(self.env._("Say which columns hold the consumption."))
        if len(set(quantities)) < len(quantities):
            raise UserError(
                self.env._("Two columns mean the same; leave one of them empty.")
            )

    # Reading in

    @api.model
    def _cron_process(self):
        """Read in what waits, and go on with what was stopped."""
        # By the cron's superuser: the files of all operators
        waiting = self.search([("state", "in", ("waiting", "running"))], order="id")
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(waiting))
        for record in waiting:
            try:
                if not record._process(commit=True):
                    # Out of time: the scheduler comes back
                    return
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Consumption file %s could not be read", record.id)
                record._store(
                    {
                        "state": "failed",
                        "message": record.with_context(
                            lang=record.create_uid.lang
                        ).env._("The reading stopped; it can go on where it was."),
                    }
                )
            Cron._commit_progress(1)

    def _process(self, commit):
        """Read the file in from where it was left.

        :param bool commit: after each chunk, so that nothing is lost or done twice when
            the process dies; False within the user's own transaction
        :return: whether the end of the file was reached
        """
        self.ensure_one()
        if not self.company_id._telecom_allows("customers", "write"):
            self.write(
                {
                    "state": "failed",
                    "message": self.env._("The module Customers is switched off."),
                }
            )
            return True
        parser = self._parser()
        size = max(self._attachment().file_size, 1)
        with self._open() as file, closing(self._records(file)) as records:
            # The headings, and what is in already
            next(records, None)
            skipped = self.row_offset
            for _record in islice(records, skipped):
                pass
            while True:
                # One process only, and where we believe to be
                if not self.try_lock_for_update():
                    return True
                self.invalidate_recordset()
                if self.row_offset != skipped or self.state not in (
                    "waiting",
                    "running",
                ):
                    return True
                chunk = list(islice(records, CHUNK))
                if not chunk:
                    break
                good, changed, bad = self._take_in(chunk, parser)
                skipped += len(chunk)
                self._store(
                    {
                        "state": "running",
                        "row_offset": skipped,
                        "progress": min(99.0, 100.0 * file.tell() / size),
                        "good_count": self.good_count + good,
                        "changed_count": self.changed_count + changed,
                        "bad_count": self.bad_count + bad,
                    }
                )
                if commit and self.env["ir.cron"]._commit_progress() <= 0:
                    return False
        self._store({"state": "done", "progress": 100.0})
        self.company_id._telecom_usage_changed()
        return True

    def _take_in(self, chunk, parser):
        """Write a chunk of records.

        :param list chunk: (row, text, cells) of each
        :return: how many rows were good, how many months changed, how many rows bad
        """
        rows, texts, errors = [], {}, []
        for number, text, cells in chunk:
            try:
                msisdn, *values = parser(cells)
            except usage.BadRow as bad:
                errors.append((number, bad.code, bad.text, text))
            else:
                rows.append((number, msisdn, None, *values))
                texts[number] = text
        Summary = self.env["telecom.usage.summary"]
        self.env["telecom.line"].flush_model(["msisdn", "company_id", "state"])
        staging = Summary._stage(rows)
        for number, code, value in self._match(staging):
            errors.append((number, code, value, texts[number]))
        changed = Summary._upsert(
            staging,
            self.company_id,
            source="file",
            usage_import=self,
            add=self.repeated == "add",
        )
        Summary._unstage(staging)
        self._keep_errors(errors)
        return len(chunk) - len(errors), changed, len(errors)

    def _match(self, staging):
        """Find the lines of what is staged; of a number given twice, the one in use.

        A line of another operator is as unknown as none.

        :return: (row, code, value) of what cannot be written
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(staging)s s
                   SET line_id = found.id
                  FROM (
                    SELECT DISTINCT ON (l.msisdn) l.msisdn, l.id
                      FROM telecom_line l
                     WHERE l.company_id = %(company)s
                       AND l.msisdn IN (SELECT msisdn FROM %(staging)s)
                  ORDER BY l.msisdn, (l.state = 'terminated'), l.id DESC
                  ) found
                 WHERE found.msisdn = s.msisdn""",
                staging=staging,
                company=self.company_id.id,
            )
        )
        return self.env.execute_query(
            SQL(
                """
                SELECT place, 'unknown', msisdn FROM %(staging)s WHERE line_id IS NULL
                 UNION ALL
                SELECT place, 'billing', s.msisdn
                  FROM %(staging)s s
                  JOIN telecom_usage_summary u
                    ON u.line_id = s.line_id AND u.month = s.month
                 WHERE u.source = 'billing'""",
                staging=staging,
            )
        )

    def _keep_errors(self, errors):
        """Store refused rows; NUL is nothing that PostgreSQL could store."""
        if not errors:
            return
        self.env.cr.execute_values(
            "INSERT INTO telecom_usage_import_error"
            " (import_id, company_id, row_number, code, value, row_text) VALUES %s",
            [
                (
                    self.id,
                    self.company_id.id,
                    number,
                    code,
                    value.replace("\0", "?"),
                    text[: usage.MAX_LINE].replace("\0", "?"),
                )
                for number, code, value, text in errors
            ],
        )
        self.env["telecom.usage.import.error"].invalidate_model()

    def _refused_lines(self):
        """Yield the lines of the file of refused rows, with their reasons.

        It can be mended and read in again: the two columns in front mean nothing.
        """
        self.ensure_one()
        Error = self.env["telecom.usage.import.error"]
        headings = [
            self.env._("Row in the file"),
            self.env._("Reason"),
            *self.column_ids.mapped("heading"),
        ]
        yield usage.csv_line(headings)
        last = -1
        while True:
            errors = Error.search(
                [("import_id", "=", self.id), ("row_number", ">", last)],
                order="row_number",
                limit=5000,
            )
            if not errors:
                return
            for error in errors:
                cells = usage.split(error.row_text or "", self.separator)
                yield usage.csv_line(
                    [str(error.row_number), error.reason, *(cells or [])]
                )
            last = errors[-1].row_number
            errors.invalidate_recordset()

    @api.autovacuum
    def _gc_errors(self):
        """Refused rows hold other people's numbers: not for ever."""
        before = fields.Datetime.now() - timedelta(days=KEEP_ERRORS)
        # sudo: telecom.usage.import - the purge of all operators
        old = self.sudo().search([("create_date", "<", before)])
        self.env["telecom.usage.import.error"].sudo().search(
            [("import_id", "in", old.ids)], limit=200_000
        ).unlink()
