from odoo import fields, models

DAYS = [
    ("workday", "Monday to Friday"),
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
    ("holiday", "Public Holidays"),
    ("all", "Every Day"),
]


class TelecomTariffBand(models.Model):
    """Hours at which off-peak prices apply, in the operator's time zone."""

    _name = "telecom.tariff.band"
    _description = "Off-Peak Hours"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "tariff_id, day, hour_from"
    _rec_name = "day"

    company_id = fields.Many2one(
        related="tariff_id.company_id",
        store=True,
        index=True,
        precompute=True,
        required=True,
    )
    tariff_id = fields.Many2one(
        "telecom.tariff",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    day = fields.Selection(DAYS, required=True, default="all")
    hour_from = fields.Float(string="From", required=True)
    hour_to = fields.Float(string="Until", required=True, default=24.0)

    _hours = models.Constraint(
        "CHECK(hour_from >= 0 AND hour_from < hour_to AND hour_to <= 24)",
        "Off-peak hours lie between 0:00 and 24:00, and begin before they end; what "
        "passes midnight is entered for both days.",
    )
