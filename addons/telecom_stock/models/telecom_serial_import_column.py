from odoo import fields, models

COLUMN_TARGETS = [
    ("serial", "IMEI, ICCID or Serial Number"),
    ("product", "Product"),
    ("imsi", "IMSI"),
    ("puk", "PUK"),
    ("msisdn", "Number of the SIM"),
]


class TelecomSerialImportColumn(models.Model):
    """What a column of a supplier's file means."""

    _name = "telecom.serial.import.column"
    _description = "Column of a Supplier's File"
    _inherit = ["telecom.file.import.column"]
    _check_company_auto = True

    import_id = fields.Many2one(
        "telecom.serial.import",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    target = fields.Selection(COLUMN_TARGETS, string="Meaning")
