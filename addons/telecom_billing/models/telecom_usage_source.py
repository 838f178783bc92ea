from odoo import fields, models

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
    timezone = fields.Char(
        help="Of dates that name none; the operator's own when empty."
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
    file_ids = fields.One2many("telecom.usage.file", "source_id", string="Files")

    _max_age_positive = models.Constraint(
        "CHECK(max_age BETWEEN 1 AND 800)", "Records may be 1 to 800 days old."
    )
