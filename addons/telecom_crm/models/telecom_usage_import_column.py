from odoo import fields, models

COLUMN_TARGETS = [
    ("msisdn", "Number"),
    ("month", "Month"),
    ("voice_seconds", "Voice (seconds)"),
    ("voice_minutes", "Voice (minutes)"),
    ("voice_hours", "Voice (hours)"),
    ("sms", "SMS"),
    ("data_bytes", "Data (bytes)"),
    ("data_kb", "Data (kB)"),
    ("data_mb", "Data (MB)"),
    ("data_gb", "Data (GB)"),
    ("amount", "Amount"),
]


class TelecomUsageImportColumn(models.Model):
    """What a column of a file of consumption means."""

    _name = "telecom.usage.import.column"
    _description = "Column of a Consumption File"
    _inherit = ["telecom.file.import.column"]
    _check_company_auto = True

    import_id = fields.Many2one(
        "telecom.usage.import",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    target = fields.Selection(COLUMN_TARGETS, string="Meaning")
