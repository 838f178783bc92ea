from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..engine import records

TARGETS = [
    ("key", "Record Number"),
    ("subscriber", "Own Number"),
    ("number", "Other Number"),
    ("start", "Start"),
    ("time", "Time of Day (with a separate date)"),
    ("kind", "Usage"),
    ("duration", "Duration"),
    ("messages", "Number of Messages"),
    ("volume", "Data Volume"),
    ("volume_down", "Data Volume Received (added)"),
    ("currency", "Currency"),
]


class TelecomUsageSource(models.Model):
    """A switch, or whatever else writes files of usage, and how it writes them."""

    _name = "telecom.usage.source"
    _description = "Source of Usage"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name, id"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)

    # How files are written
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
        [(";", "Semicolon"), (",", "Comma"), ("\t", "Tab"), ("|", "Bar")],
        default=";",
        required=True,
    )
    decimal = fields.Selection(
        [(",", "Comma"), (".", "Point")],
        string="Decimal Sign",
        default=".",
        required=True,
    )
    date_format = fields.Selection(
        [
            ("iso", "2026-11-21 08:35:46"),
            ("compact", "20261121083546"),
            ("day_first", "21/11/2026 08:35:46"),
            ("month_first", "11/21/2026 08:35:46"),
            ("epoch", "Seconds since 1970"),
        ],
        string="Dates",
        default="iso",
        required=True,
    )
    timezone = fields.Selection(
        _tz_get,
        string="Time Zone",
        help="Of dates that name none; the operator's own when empty.",
    )
    voice_unit = fields.Selection(
        [("second", "Seconds"), ("minute", "Minutes"), ("clock", "h:mm:ss")],
        string="Durations in",
        default="second",
        required=True,
    )
    data_unit = fields.Selection(
        [("byte", "Bytes"), ("kilobyte", "Kilobytes"), ("megabyte", "Megabytes")],
        string="Volumes in",
        default="byte",
        required=True,
    )
    values_voice = fields.Char(string="Voice is called", default="voice, MOC, call")
    values_sms = fields.Char(string="SMS is called", default="sms, SMO")
    values_data = fields.Char(string="Data is called", default="data, GPRS, LTE")
    default_kind = fields.Selection(
        [("voice", "Voice"), ("sms", "SMS"), ("data", "Data")],
        string="All Records Are",
        help="For files without a column that says so.",
    )
    column_ids = fields.One2many(
        "telecom.usage.source.column", "source_id", string="Columns", copy=True
    )
    max_age = fields.Integer(
        string="Oldest Record (days)",
        default=92,
        required=True,
        help="Records that are older are refused: they belong to a closed period.",
    )
    numbers_recur = fields.Boolean(
        string="Record Numbers Begin Again",
        help="The switch gives a number again, after a restart or when its counter is "
        "full: number and start together tell records apart. Otherwise a number that "
        "comes with another date is refused.",
    )
    file_ids = fields.One2many("telecom.usage.file", "source_id", string="Files")

    _max_age_positive = models.Constraint(
        "CHECK(max_age BETWEEN 1 AND 800)", "Records may be 1 to 800 days old."
    )

    # Constraints

    @api.constrains("max_age", "company_id", "active")
    def _check_max_age(self):
        # sudo: res.company - a setting without secrets, whoever sets a source up
        self.company_id.sudo()._check_telecom_usage_detail_retention()

    @api.constrains("column_ids", "default_kind")
    def _check_columns(self):
        for source in self:
            targets = set(source.column_ids.mapped("target"))
            if not targets:
                continue
            names = dict(
                self.env["telecom.usage.source.column"]
                ._fields["target"]
                ._description_selection(self.env)
            )
            missing = [t for t in ("subscriber", "start") if t not in targets]
            if not source.default_kind and "kind" not in targets:
                missing.append("kind")
            if missing:
                raise ValidationError(
                    self.env._(
                        "Say which column holds: %s.",
                        ", ".join(names[target] for target in missing),
                    )
                )

    # Reading

    def _kinds(self):
        """Return {what files call it, in lower case: kind of usage}."""
        self.ensure_one()
        return {
            name.strip().lower(): kind
            for kind in ("voice", "sms", "data")
            for name in (self[f"values_{kind}"] or "").split(",")
            if name.strip()
        }

    def _numbers_are_unique(self):
        """Tell whether a number names one record, whenever it began."""
        self.ensure_one()
        return not self.numbers_recur and "key" in self.column_ids.mapped("target")

    def _reader(self):
        """Return what makes records of the rows of this source's files.

        :rtype: odoo.addons.telecom_billing.engine.records.Reader
        """
        self.ensure_one()
        company = self.company_id
        oldest, newest = records.limits(fields.Datetime.now(), self.max_age)
        return records.Reader(
            {column.target: column.position - 1 for column in self.column_ids},
            region=company._telecom_region(),
            zone=records.timezone(self.timezone, company._telecom_zone()),
            oldest=oldest,
            newest=newest,
            currency=company.currency_id.name,
            date_format=self.date_format,
            decimal=self.decimal,
            voice_unit=self.voice_unit,
            data_unit=self.data_unit,
            kinds=self._kinds(),
            default_kind=self.default_kind or None,
            numbers_recur=self.numbers_recur,
        )

    def _check_headings(self, cells):
        """Refuse a file whose headings are not those of the source.

        :param list cells: the first row of the file
        :raises UserError: which column is another
        """
        for column in self.column_ids.filtered("heading"):
            at = column.position - 1
            found = cells[at].strip() if cells and at < len(cells) else ""
            if found.lower() != column.heading.strip().lower():
                raise UserError(
                    self.env._(
                        "Column %(position)s is called “%(found)s”, not “%(wanted)s”: "
                        "this file is written in another way than the source says.",
                        position=column.position,
                        found=found[:60],
                        wanted=column.heading,
                    )
                )
