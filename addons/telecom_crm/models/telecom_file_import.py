"""What files have in common that are read in, row by row, by the million."""

import logging
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import islice

from psycopg2 import IntegrityError
from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import table
from ..tools.stored_file import attachment_of, open_file

_logger = logging.getLogger(__name__)

# Files up to so many bytes are read in while the user waits
SMALL = 1_000_000
SAMPLE = 64_000
# Rows that are looked at to find out what the columns mean
LOOKED_AT = 200
#: What PostgreSQL says to one of two that write the same at the same time
RETRIED = (SerializationFailure, DeadlockDetected, LockNotAvailable)
# Days for which the refused rows of a file are kept
KEEP_ERRORS = 90


class Chunk(list):
    """Records of a file that go in together: (row, text, cells) of each.

    :ivar int reached: the place in the file after them, in bytes
    """

    def __init__(self, records, file):
        super().__init__(records)
        self.reached = file.tell()
        self._parsed = None

    def parsed(self, parser):
        """Return what the records say; a second time without parsing them again.

        :param parser: see :meth:`TelecomFileImport._parser`
        :return: rows, and (row, code, value, text) of the bad ones
        """
        if self._parsed is None:
            rows, errors = self._parsed = [], []
            for place, text, cells in self:
                try:
                    rows.append(parser(place, text, cells))
                except table.BadRow as bad:
                    errors.append((place, bad.code, bad.text, text))
        return self._parsed


class TelecomFileImport(models.AbstractModel):
    """A file of rows, and how far it has been read in.

    Chunks are committed with the place in the file they reach to: stopped at any
    moment, the reading goes on there, and ends as if it had not been stopped.

    A model of files has ``column_ids`` and ``error_ids``, of models that inherit
    :class:`TelecomFileImportColumn` and :class:`TelecomFileImportError`, and
    ``same_file_id`` of its own model.
    """

    _name = "telecom.file.import"
    _description = "File to Read In"
    _order = "id desc"

    #: Records that go in and are committed together
    _import_chunk = 20_000
    #: Whether records are parsed while PostgreSQL takes in those before
    _import_ahead = True
    #: The cron that reads files in, and the module that must be open
    _import_cron = None
    _import_module = "customers"
    #: Where refused rows are downloaded
    _import_url = None

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

    titles = fields.Integer(
        string="Rows Above the Headings",
        default=0,
        help="Titles and empty lines that stand above the names of the columns.",
    )

    # How far it is
    checksum = fields.Char(readonly=True, copy=False, index="btree_not_null")
    row_offset = fields.Integer(string="Rows Read", readonly=True, copy=False)
    progress = fields.Float(readonly=True, copy=False)
    good_count = fields.Integer(string="Taken In", readonly=True, copy=False)
    bad_count = fields.Integer(string="Refused", readonly=True, copy=False)

    # For the screen that looks again while a file is being read
    busy = fields.Boolean(compute="_compute_busy")

    # Computes

    @api.depends("state")
    def _compute_busy(self):
        for record in self:
            record.busy = record.state in ("waiting", "running")

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
            record.error_sample_ids = record.error_ids.search(
                record._origin._refused_domain(), limit=50
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
        elif vals.keys() & {"encoding", "separator", "titles"}:
            self.filtered(lambda r: r.state == "draft")._read_columns()
        return res

    def _store(self, vals):
        """Write how far a file is; its columns are not looked at again."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    # The file

    def _records(self, file):
        """Yield (row, text, cells) of each record of an open file, without titles."""
        start = file.read(4)
        file.seek(0)
        if start.startswith(b"PK\x03\x04"):
            records = table.read_xlsx(file)
        else:
            records = table.read_csv(file, self.encoding, self.separator)
        for _title in islice(records, max(self.titles, 0)):
            pass
        return records

    def _first_records(self):
        """Return the cells of the first records of a file."""
        with open_file(self) as file, closing(self._records(file)) as records:
            return [cells for _row, _text, cells in islice(records, 1 + LOOKED_AT)]

    def _propose_columns(self):
        """Find out how each file is written, and what its columns mean."""
        for record in self:
            attachment = attachment_of(record)
            with open_file(record) as file:
                sample = file.read(SAMPLE)
            book = sample.startswith(b"PK\x03\x04")
            found = {"decimal": "."} if book else table.detect(sample)
            found = {name: found[name] for name in found if name in self._fields}
            record._store({**found, "titles": 0, "checksum": attachment.checksum})
            first = record._first_readable(sample)
            titles = table.titles_above(first)
            if titles:
                record._store({"titles": titles})
            record._read_columns(first[titles:])

    def _first_readable(self, sample=b""):
        """Return the cells of the first records of a file, or say why there are none.

        :param bytes sample: the beginning of the file
        :raises UserError: it holds no rows that could be read
        """
        other = table.other_file(sample)
        if other == "xls":
            raise UserError(
                self.env._(
                    "This is a workbook of Excel before 2007 (.xls); save it as .xlsx "
                    "or CSV and try again."
                )
            )
        if other:
            raise UserError(
                self.env._(
                    "This file is neither CSV nor Excel (.xlsx); choose another one."
                )
            )
        try:
            first = self._first_records()
        except Exception as error:
            # Whatever a broken workbook makes its reader raise
            raise UserError(
                self.env._("This file cannot be read; save it as CSV and try again.")
            ) from error
        if not first:
            raise UserError(self.env._("There is nothing in this file."))
        if not first[0]:
            raise UserError(
                self.env._(
                    "The first row of this file is too long to be one of headings."
                )
            )
        return first

    def _read_columns(self, first=None):
        """Propose what the columns of each file mean.

        :param list first: cells of the first records, of one file that was read before
        """
        for record in self:
            headings, rows = record._headings_and_rows(
                first or record._first_readable()
            )
            examples = (rows[0] or []) if rows else []
            proposed = record._propose_columns_of(headings, rows)
            record.column_ids.unlink()
            record.column_ids.create(
                [
                    {
                        "import_id": record.id,
                        "company_id": record.company_id.id,
                        "position": position,
                        "heading": table.safe_cell(" ".join(heading.split()))[:80],
                        "example": table.safe_cell(
                            " ".join(examples[position].split())
                            if position < len(examples)
                            else ""
                        )[:80],
                        **proposed.get(position, {}),
                    }
                    for position, heading in enumerate(headings)
                ]
            )

    def _headings_and_rows(self, first):
        """Return the headings of a file and what stands below them.

        :param list first: cells of its first records
        """
        return first[0][:100], first[1:]

    def _skip_headings(self, records):
        """Go to the first record of an open file that is to be read in."""
        next(records, None)

    def _targets(self):
        """Return {position: target} of the columns that mean something."""
        self.ensure_one()
        return {
            column.position: column.target
            for column in self.column_ids
            if column.target
        }

    def _propose_columns_of(self, headings, rows):
        """Return {position: values of its column}.

        :param list headings: texts
        :param list rows: cells of the first rows below; None where one is too long
        """
        return {
            position: {"target": target}
            for position, target in self._propose_targets(headings).items()
        }

    def _propose_targets(self, headings):
        """Return {position: target} of headings that are understood."""
        raise NotImplementedError

    def _remembered(self):
        """Return {folded heading: target} as this operator chose it last."""
        rows = self.env["base_import.mapping"].search_fetch(
            [
                ("res_model", "=", self._name),
                ("telecom_company_id", "=", self.company_id.id),
            ],
            ["column_name", "field_name"],
        )
        return {row.column_name: row.field_name or "" for row in rows}

    def _remember(self):
        """Keep what the columns mean, for the operator's next file."""
        Mapping = self.env["base_import.mapping"]
        rows = Mapping.search(
            [
                ("res_model", "=", self._name),
                ("telecom_company_id", "=", self.company_id.id),
            ]
        )
        known = {row.column_name: row for row in rows}
        new, seen = {}, set()
        for column in self.column_ids:
            heading = table.fold(column.heading)
            # Of two columns with one heading, the first says what it means
            if not heading or heading in seen:
                continue
            seen.add(heading)
            if heading not in known:
                new[heading] = column.target or ""
            elif (known[heading].field_name or "") != (column.target or ""):
                known[heading].field_name = column.target or ""
        Mapping.create(
            [
                {
                    "res_model": self._name,
                    "column_name": heading,
                    "field_name": target,
                    "telecom_company_id": self.company_id.id,
                }
                for heading, target in new.items()
            ]
        )

    def _languages(self):
        """Return {folded name or code: code} of the languages there are."""
        found = {}
        for code, name in self.env["res.lang"].get_installed():
            short = code.partition("_")[0]
            for text in (name, name.partition(" ")[0], code, short):
                found.setdefault(table.fold(text), code)
        for word, short in (("francais", "fr"), ("anglais", "en"), ("arabe", "ar")):
            if short in found:
                found.setdefault(word, found[short])
        return found

    def _parser(self):
        """Return what makes rows of this file's records, or raises a bad row.

        It runs in a thread of its own, while PostgreSQL works: no ORM.
        """
        raise NotImplementedError

    def _check_targets(self, targets):
        """Refuse a choice of columns that cannot be read in.

        :param list targets: what the columns mean
        :raises UserError: what is missing or said twice
        """
        raise NotImplementedError

    def _take_in(self, chunk, parser):
        """Write a chunk of records.

        :param Chunk chunk: the records
        :param parser: see :meth:`_parser`
        :return: by how much each counter of the file grows
        :rtype: dict
        """
        rows, errors = chunk.parsed(parser)
        counts = defaultdict(int)
        try:
            with self.env.cr.savepoint():
                found, refused = self._write_rows(rows)
        except (UserError, IntegrityError) as error:
            # Some rule of another app, or somebody else was faster
            found, refused = self._write_halves(rows, error)
        for name, count in found.items():
            counts[name] += count
        errors = errors + refused
        self._keep_errors(errors)
        for name, count in self._keep_left_out(rows, errors).items():
            counts[name] += count
        counts["good_count"] = len(chunk) - len(errors)
        counts["bad_count"] = len(errors)
        return counts

    def _keep_left_out(self, rows, errors):
        """Store what good rows went in without.

        :param list rows: of the parser
        :param list errors: of the rows that were refused after all
        :return: counters
        """
        return {}

    def _write_halves(self, rows, error):
        """Write rows of which some are refused, so that these keep no other one out.

        Halved again and again: a bad row among thousands costs a few attempts more,
        where one by one each of the others would be paid for.

        :param Exception error: what writing them all at once raised
        :return: as :meth:`_write_rows`
        """
        if len(rows) == 1:
            message = (
                self.env._("The database refuses it.")
                if isinstance(error, IntegrityError)
                else str(error)
            )
            return {}, [(rows[0].place, "other", message[:200], rows[0].text)]
        counts, errors = defaultdict(int), []
        middle = len(rows) // 2
        for half in (rows[:middle], rows[middle:]):
            try:
                with self.env.cr.savepoint():
                    found, refused = self._write_rows(half)
            except (UserError, IntegrityError) as cause:
                found, refused = self._write_halves(half, cause)
            errors += refused
            for name, count in found.items():
                counts[name] += count
        return counts, errors

    def _write_rows(self, rows):
        """Write what rows say.

        :param list rows: of the parser, each with its ``place`` and ``text``
        :return: counters, and (row, code, value, text) of what is refused
        """
        raise NotImplementedError

    def _taken_in(self):
        """Do what follows once the whole file is in."""

    # Actions

    def action_start(self):
        """Read the file in: at once when it is small, otherwise by the scheduler."""
        for record in self:
            record._check_ready()
            record._store({"state": "waiting"})
            if attachment_of(record).file_size <= SMALL:
                record._process(commit=False)
            if record.state == "waiting":
                record._trigger()
        return True

    def action_resume(self):
        """Go on where the reading stopped."""
        stopped = self.filtered(lambda record: record.state == "failed")
        stopped.write({"state": "waiting", "message": False})
        self._trigger()
        return True

    def _trigger(self):
        # sudo: ir.cron - started for whoever may read files in
        self.env.ref(self._import_cron).sudo()._trigger()

    def action_download_errors(self):
        """Download the rows that were refused, each with its reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"{self._import_url}/{self.id}/refused",
            "target": "download",
        }

    def _check_ready(self):
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("This file has been read in already."))
        self._check_targets(self.column_ids.filtered("target").mapped("target"))

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
            except RETRIED:
                # Somebody wrote the same: what was not committed is read once more
                self.env.cr.rollback()
                record._trigger()
                return
            except Exception:
                self.env.cr.rollback()
                _logger.exception("%s %s could not be read", self._name, record.id)
                record._store(
                    {
                        "state": "failed",
                        "message": record.with_context(
                            lang=record.create_uid.lang
                        ).env._("The reading stopped; it can go on where it was."),
                    }
                )
            Cron._commit_progress(1)

    def _claim(self):
        """Make sure that nobody else reads this file, or what it touches, now."""
        return self.try_lock_for_update()

    def _in_creators_name(self):
        """Return this file for its reading in, in the name of who chose it.

        In its operator, and without a message in each record's history: as Odoo's own
        import. By the superuser: the right to create is checked where it is started.
        """
        # sudo: telecom.file.import - see above; rules of its operator are checked there
        return (
            self.with_user(self.create_uid)
            .with_company(self.company_id)
            .with_context(
                allowed_company_ids=self.company_id.ids,
                tracking_disable=True,
                lang=self.create_uid.lang,
                tz=self.create_uid.tz,
                import_file=True,
            )
            .sudo()
        )

    def _process(self, commit):
        """Read the file in from where it was left.

        :param bool commit: after each chunk, so that nothing is lost or done twice when
            the process dies; False within the user's own transaction
        :return: whether the end of the file was reached, or somebody else reads it
        """
        self.ensure_one()
        if not self.company_id._telecom_allows(self._import_module, "write"):
            self._store(
                {
                    "state": "failed",
                    "message": self.env._(
                        "The module “%s” is switched off.", self._module_name()
                    ),
                }
            )
            return True
        parser = self._parser()
        size = max(attachment_of(self).file_size, 1)
        with open_file(self) as file, closing(self._records(file)) as records:
            # What is in already is passed over too
            self._skip_headings(records)
            skipped = self.row_offset
            for _record in islice(records, skipped):
                pass

            count, ahead = self._import_chunk, self._import_ahead

            def read():
                """Return the next records; no ORM."""
                chunk = Chunk(islice(records, count), file)
                if ahead:
                    chunk.parsed(parser)
                return chunk

            with ThreadPoolExecutor(1, "telecom_file_import") as pool:
                coming = pool.submit(read)
                while True:
                    # One process only, and where we believe to be
                    if not self._claim():
                        return True
                    self.invalidate_recordset()
                    if self.row_offset != skipped or self.state not in (
                        "waiting",
                        "running",
                    ):
                        return True
                    chunk = coming.result()
                    if not chunk:
                        break
                    # Read and parsed while PostgreSQL takes these in
                    coming = pool.submit(read)
                    counts = self._take_in(chunk, parser)
                    skipped += len(chunk)
                    self._store(
                        {
                            "state": "running",
                            "row_offset": skipped,
                            "progress": min(99.0, 100.0 * chunk.reached / size),
                            **{
                                name: self[name] + more for name, more in counts.items()
                            },
                        }
                    )
                    if commit and self.env["ir.cron"]._commit_progress() <= 0:
                        return False
        self._store({"state": "done", "progress": 100.0})
        self._taken_in()
        return True

    def _module_name(self):
        # sudo: telecom.module - a catalogue without secrets
        modules = self.env["telecom.module"].sudo()
        return modules.search([("code", "=", self._import_module)]).name

    def _keep_errors(self, errors, **more):
        """Store refused rows; NUL is nothing that PostgreSQL could store.

        :param list errors: (row, code, value, text)
        :param more: other columns, the same for all
        """
        if not errors:
            return
        Error = self.error_ids.browse()
        columns = ["import_id", "company_id", "row_number", "code", "value", "row_text"]
        self.env.cr.execute_values(
            f'INSERT INTO "{Error._table}" ({", ".join([*columns, *more])}) VALUES %s',
            [
                (
                    self.id,
                    self.company_id.id,
                    number,
                    code,
                    value.replace("\0", "?"),
                    text[: table.MAX_LINE].replace("\0", "?"),
                    *more.values(),
                )
                for number, code, value, text in errors
            ],
        )
        Error.invalidate_model()

    def _refused_domain(self):
        """Return which errors are rows that were refused."""
        return [("import_id", "=", self.id)]

    def _refused_lines(self):
        """Yield the lines of the file of refused rows, with their reasons.

        It can be mended and read in again: the two columns in front mean nothing.
        """
        return self._error_lines(self._refused_domain())

    def _error_lines(self, domain):
        """Yield the lines of a file of rows with what is wrong with them.

        :param list domain: of their errors, of which a row may have several
        """
        self.ensure_one()
        Error = self.error_ids.browse()
        headings = [
            self.env._("Row in the file"),
            self.env._("Reason"),
            *self.column_ids.mapped("heading"),
        ]
        yield table.csv_line(headings)
        last = -1
        while True:
            errors = Error.search(
                [*domain, ("row_number", ">", last)], order="row_number, id", limit=5000
            )
            if not errors:
                return
            rows = errors.grouped("row_number")
            if len(errors) == 5000 and len(rows) > 1:
                # The last one may have more
                rows.popitem()
            for number, found in rows.items():
                cells = table.split(found[0].row_text or "", self.separator)
                reasons = " ".join(found.mapped("reason"))
                yield table.csv_line([str(number), reasons, *(cells or [])])
                last = number
            errors.invalidate_recordset()

    @api.autovacuum
    def _gc_errors(self):
        """Refused rows hold other people's data: not for ever."""
        if self._abstract:
            return
        before = fields.Datetime.now() - timedelta(days=KEEP_ERRORS)
        # sudo: telecom.file.import - the purge of all operators
        old = self.sudo().search([("create_date", "<", before)])
        old.error_ids.search([("import_id", "in", old.ids)], limit=200_000).unlink()


class TelecomFileImportColumn(models.AbstractModel):
    """What a column of a file means; ``import_id`` and ``target`` are the model's."""

    _name = "telecom.file.import.column"
    _description = "Column of a File"
    _order = "import_id, position"
    _rec_name = "heading"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    position = fields.Integer(readonly=True)
    heading = fields.Char(readonly=True)
    example = fields.Char(readonly=True)


class TelecomFileImportError(models.AbstractModel):
    """A row that was not taken in; ``import_id`` is the model's."""

    _name = "telecom.file.import.error"
    _description = "Refused Row of a File"
    _order = "import_id, row_number"
    _rec_name = "row_text"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    row_number = fields.Integer(string="Row", readonly=True)
    # A code, so that each reader gets the reason in his own language
    code = fields.Char(readonly=True)
    value = fields.Char(readonly=True)
    row_text = fields.Text(string="Content", readonly=True)
    reason = fields.Char(compute="_compute_reason")

    @api.depends_context("lang")
    @api.depends("code", "value")
    def _compute_reason(self):
        for error in self:
            error.reason = error._reason(error.code, error.value or "")

    @api.model
    def _reason(self, code, value):
        """Return why a row was refused, in the user's language.

        :param str code: of :class:`odoo.addons.telecom_crm.tools.table.BadRow`, or of
            the model of files
        :param str value: what was read
        """
        if code == "long":
            return self.env._("The row is too long.")
        if code == "columns":
            return self.env._("The row has only %s columns.", value)
        if code == "number":
            return self.env._("“%s” is no telephone number.", value)
        return code
