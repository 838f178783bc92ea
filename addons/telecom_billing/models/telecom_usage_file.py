import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import islice

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.telecom_crm.tools import table
from odoo.addons.telecom_crm.tools.stored_file import attachment_of, open_file

from ..engine import collector, records

_logger = logging.getLogger(__name__)

# Records that are rated and committed together
CHUNK = 200_000
# Files up to so many bytes are rated while the user waits
SMALL = 500_000
# Days for which refused records that were dealt with are kept
KEEP_REJECTS = 90


class TelecomUsageFile(models.Model):
    """A file of usage records, and how far it has been rated.

    Chunks are committed with the place in the file they reach to: stopped at any
    moment, the rating goes on there, and ends as if it had not been stopped. Records
    that are known by their key are counted, not rated again.
    """

    _name = "telecom.usage.file"
    _description = "Usage File"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    name = fields.Char(
        string="File Name", required=True, default=lambda self: self.env._("New file")
    )
    source_id = fields.Many2one(
        "telecom.usage.source",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    file = fields.Binary(string="CSV File", attachment=True, required=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting"),
            ("running", "Being Rated"),
            ("done", "Done"),
            ("failed", "Stopped"),
        ],
        string="Status",
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    message = fields.Char(readonly=True, copy=False)
    checksum = fields.Char(readonly=True, copy=False, index="btree_not_null")

    # How far it is
    row_offset = fields.Integer(string="Rows Read", readonly=True, copy=False)
    progress = fields.Float(readonly=True, copy=False)
    good_count = fields.Integer(string="Rated", readonly=True, copy=False)
    duplicate_count = fields.Integer(string="Already There", readonly=True, copy=False)
    bad_count = fields.Integer(string="Refused", readonly=True, copy=False)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(readonly=True, copy=False)
    reject_ids = fields.One2many(
        "telecom.usage.reject", "file_id", string="Refused Records"
    )
    open_count = fields.Integer(
        string="To Be Mended", compute="_compute_reject_sample_ids"
    )
    reject_sample_ids = fields.Many2many(
        "telecom.usage.reject",
        string="First Refused Records",
        compute="_compute_reject_sample_ids",
    )
    is_running = fields.Boolean(compute="_compute_is_running")
    same_file_id = fields.Many2one(
        "telecom.usage.file", compute="_compute_same_file_id"
    )

    # Computes

    @api.depends("bad_count", "reject_ids.state")
    def _compute_reject_sample_ids(self):
        Reject = self.env["telecom.usage.reject"]
        counts = dict(
            Reject._read_group(
                [("file_id", "in", self.ids), ("state", "=", "open")],
                ["file_id"],
                ["__count"],
            )
        )
        for record in self:
            record.open_count = counts.get(record._origin, 0)
            record.reject_sample_ids = Reject.search(
                [("file_id", "=", record._origin.id), ("state", "=", "open")],
                order="row_number",
                limit=50,
            )

    @api.depends("state")
    def _compute_is_running(self):
        for record in self:
            record.is_running = record.state in ("waiting", "running")

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

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        files = super().create(vals_list)
        for record in files:
            record._store({"checksum": attachment_of(record).checksum})
        return files

    @api.ondelete(at_uninstall=False)
    def _unlink_except_rated(self):
        if self.filtered("good_count"):
            raise UserError(
                self.env._("Records were rated from this file: it is kept with them.")
            )

    def _store(self, vals):
        """Write how far a file is."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    # Actions

    def action_start(self):
        """Rate the file: at once when it is small, otherwise by the scheduler."""
        for record in self:
            if record.state != "draft":
                raise UserError(self.env._("This file has been rated already."))
            if not record.source_id.column_ids:
                raise UserError(
                    self.env._(
                        "Say first what the columns of %s mean.", record.source_id.name
                    )
                )
            record.company_id._telecom_check("billing", "write")
            record.check_access("write")
            record._store({"state": "waiting", "message": False})
            if attachment_of(record).file_size <= SMALL:
                # sudo: telecom.usage.file - records are written by nobody else
                record.sudo()._process(commit=False)
            else:
                # sudo: ir.cron - started for whoever may have files rated
                self.env.ref("telecom_billing.ir_cron_usage_file").sudo()._trigger()
        return True

    def action_resume(self):
        """Go on where the rating stopped."""
        self.check_access("write")
        stopped = self.filtered(lambda record: record.state == "failed")
        stopped._store({"state": "waiting", "message": False})
        self.env.ref("telecom_billing.ir_cron_usage_file").sudo()._trigger()
        return True

    def action_view_usage(self):
        """Show what came from this file."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_billing.action_telecom_usage"
            ),
            "domain": [("file_id", "=", self.id)],
            "context": {},
        }

    def action_view_rejects(self):
        """Show what was refused of this file."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_billing.action_telecom_usage_reject"
            ),
            "domain": [("file_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }

    def action_replay(self):
        """Rate the refused records again."""
        self.check_access("write")
        self.env["telecom.usage.reject"].search(
            [("file_id", "in", self.ids), ("state", "=", "open")]
        ).action_replay()
        return True

    def action_download_rejects(self):
        """Download the refused records, each with its reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/telecom/usage/file/{self.id}/refused",
            "target": "download",
        }

    # Rating

    @api.model
    def _cron_process(self):
        """Rate what waits, and go on with what was stopped."""
        # By the cron's superuser: the files of all operators
        waiting = self.search([("state", "in", ("waiting", "running"))], order="id")
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(waiting))
        for record in waiting:
            try:
                if not record._process(commit=True):
                    # Out of time: the scheduler comes back
                    return
            except (SerializationFailure, UniqueViolation):
                # Somebody rated at the same moment: this chunk comes again
                self.env.cr.rollback()
                _logger.info("Usage file %s is rated again later", record.id)
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Usage file %s could not be rated", record.id)
                record._fail(
                    self.env._("The rating stopped; it can go on where it was.")
                )
            Cron._commit_progress(1)

    def _fail(self, message):
        # What it quotes of the file may hold NUL, which PostgreSQL does not store
        message = message.replace("\0", "")
        self._store({"state": "failed", "message": message})

    def _process(self, commit):
        """Rate the file from where it was left.

        :param bool commit: after each chunk, so that nothing is lost or done twice when
            the process dies; False within the user's own transaction
        :return: whether the end of the file was reached
        """
        self.ensure_one()
        record = self.with_context(lang=self.create_uid.lang)
        if not self.company_id._telecom_allows("billing", "write"):
            record._fail(record.env._("The module Billing is switched off."))
            return True
        rater, company = self.env["telecom.usage.rater"], self.company_id
        if commit:
            rater._ensure_partitions(company, [fields.Date.today().replace(day=1)])
        source = self.source_id
        reader = source._reader()
        size = max(attachment_of(self).file_size, 1)
        with (
            open_file(self) as file,
            closing(table.read_csv(file, source.encoding, source.separator)) as rows,
        ):
            if source.column_ids.filtered("heading"):
                first = next(rows, (0, "", []))
                if not "".join(first[2] or ()) and first[2] is not None:
                    record._fail(record.env._("The file is empty."))
                    return True
                try:
                    source.with_context(lang=self.create_uid.lang)._check_headings(
                        first[2]
                    )
                except UserError as error:
                    record._fail(str(error))
                    return True
            skipped = self.row_offset
            for _row in islice(rows, skipped):
                pass

            def read():
                """Return the next records, read while others are rated; no ORM."""
                with collector.paused():
                    chunk = list(islice(rows, CHUNK))
                    progress = min(99.0, 100.0 * file.tell() / size)
                    texts = {place: text for place, text, _cells in chunk}
                    return texts, *records.parse(chunk, reader), progress

            with ThreadPoolExecutor(1, "telecom_usage") as reading:
                ahead = reading.submit(read)
                while True:
                    if commit:
                        # The wait is the first thing of a transaction
                        self.env.cr.commit()  # pylint: disable=invalid-commit
                        rater._wait_turn(company)
                    # One process only, and where we believe to be
                    if not self.try_lock_for_update():
                        return True
                    self.invalidate_recordset()
                    if self.row_offset != skipped or self.state not in (
                        "waiting",
                        "running",
                    ):
                        return True
                    texts, good, bad, progress = ahead.result()
                    if not texts:
                        break
                    ahead = reading.submit(read)
                    skipped += len(texts)
                    self._take_in(texts, good, bad, skipped, progress)
                    del texts, good, bad
                    collector.sweep()
                    if commit and self.env["ir.cron"]._commit_progress() <= 0:
                        return False
        self._store({"state": "done", "progress": 100.0})
        self._request_summaries()
        return True

    def _take_in(self, texts, good, bad, offset, progress):
        """Rate and write a chunk of rows, with how far the file is.

        :param dict texts: {place: what the row says}
        :param list good: the records of them, see :func:`..engine.records.parse`
        :param list bad: (place, code, value) of the others
        :param int offset: rows of the file that are dealt with
        :param float progress: percent
        """
        count, amount, known, refused = self.env["telecom.usage.rater"]._rate_and_book(
            self.company_id, self.source_id, self, good
        )
        twice = sum(code == "duplicate" for _place, code, _value in bad)
        bad = [row for row in bad if row[1] != "duplicate"] + refused
        if bad:
            self._keep_rejects(
                [(place, code, value, texts[place]) for place, code, value in bad]
            )
        self._store(
            {
                "state": "running",
                "row_offset": offset,
                "progress": progress,
                "good_count": self.good_count + count,
                "duplicate_count": self.duplicate_count + len(known) + twice,
                "bad_count": self.bad_count + len(bad),
                "amount": self.amount + float(amount),
            }
        )

    def _keep_rejects(self, rows):
        """Store refused records; NUL is nothing that PostgreSQL could store."""
        now = fields.Datetime.now()
        self.env.cr.execute_values(
            "INSERT INTO telecom_usage_reject (company_id, source_id, file_id,"
            " row_number, code, value, row_text, state, create_uid, create_date,"
            " write_uid, write_date) VALUES %s",
            [
                (
                    self.company_id.id,
                    self.source_id.id,
                    self.id,
                    place,
                    code,
                    (value or "")[: table.MAX_LINE].replace("\0", "?"),
                    text[: table.MAX_LINE].replace("\0", "?"),
                    "open",
                    self.env.uid,
                    now,
                    self.env.uid,
                    now,
                )
                for place, code, value, text in rows
            ],
        )
        self.env["telecom.usage.reject"].invalidate_model()

    def _request_summaries(self):
        """Have the consumption of lines written, some minutes from now."""
        cron = self.env.ref(
            "telecom_billing.ir_cron_usage_summary", raise_if_not_found=False
        )
        if cron:
            # sudo: ir.cron - started for whoever has files rated
            cron.sudo()._trigger(fields.Datetime.now() + timedelta(minutes=5))

    def _refused_lines(self):
        """Yield the lines of a file of refused records, with their reasons.

        Cells that a spreadsheet would take for formulas are made harmless.
        """
        self.ensure_one()
        Reject = self.env["telecom.usage.reject"]
        width = max(self.source_id.column_ids.mapped("position"), default=0)
        headings = [""] * width
        for column in self.source_id.column_ids:
            headings[column.position - 1] = column.heading or column.target
        # Its columns first: what was mended may be read in as a file of its own
        yield table.csv_line(
            [*headings, self.env._("Row in the file"), self.env._("Reason")]
        )
        last = -1
        while True:
            rejects = Reject.search(
                [
                    ("file_id", "=", self.id),
                    ("state", "=", "open"),
                    ("row_number", ">", last),
                ],
                order="row_number",
                limit=5000,
            )
            if not rejects:
                return
            for reject in rejects:
                cells = table.split(reject._text(), self.source_id.separator)
                cells += [""] * (width - len(cells))
                yield table.csv_line([*cells, str(reject.row_number), reject.reason])
            last = rejects[-1].row_number
            rejects.invalidate_recordset()

    @api.autovacuum
    def _gc_rejects(self):
        """Refused records hold people's numbers: not for ever."""
        before = fields.Datetime.now() - timedelta(days=KEEP_REJECTS)
        # sudo: telecom.usage.reject - the purge of all operators
        self.env["telecom.usage.reject"].sudo().search(
            [("write_date", "<", before), ("state", "!=", "open")], limit=200_000
        ).unlink()
