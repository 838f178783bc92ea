from odoo import fields, models

USAGE_KINDS = [("voice", "Voice"), ("sms", "SMS"), ("data", "Data")]
#: How many rating units (seconds, messages, kilobytes) a price is for
PRICE_UNITS = [
    ("second", "Second"),
    ("minute", "Minute"),
    ("message", "Message"),
    ("kilobyte", "Kilobyte"),
    ("megabyte", "Megabyte"),
    ("gigabyte", "Gigabyte"),
]


class TelecomTariffRate(models.Model):
    """The price of one destination, from a day on."""

    _name = "telecom.tariff.rate"
    _description = "Rate"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "tariff_id, usage_kind, prefix, date_from desc"

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
        check_company=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="tariff_id.currency_id")
    name = fields.Char(string="Destination", required=True)
    usage_kind = fields.Selection(
        USAGE_KINDS, string="Usage", required=True, default="voice"
    )
    prefix = fields.Char(
        required=True,
        default="",
        help="First digits of the number in international form, without +; the "
        "longest prefix that fits counts, and none fits everything.",
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )

    # Price
    price = fields.Float(digits=(16, 6), required=True)
    price_unit = fields.Selection(
        PRICE_UNITS, string="Per", required=True, default="minute"
    )
    has_off_peak = fields.Boolean(string="Off-Peak Price")
    price_off_peak = fields.Float(string="Price Off-Peak", digits=(16, 6))
    connection_fee = fields.Float(digits=(16, 6))
    minimum_charge = fields.Float(digits=(16, 6))

    # Quantity
    first_increment = fields.Integer(
        required=True,
        default=1,
        help="What is counted at least: seconds, messages or kilobytes.",
    )
    next_increment = fields.Integer(
        required=True, default=1, help="The steps in which it is counted afterwards."
    )
    included = fields.Boolean(
        string="Counts Against Allowances",
        default=True,
        help="Usage that the allowances of the offer cover is free.",
    )

    # Rounding
    rounding_method = fields.Selection(
        [("half_up", "Half Up"), ("up", "Up"), ("down", "Down")],
        required=True,
        default="half_up",
    )
    rounding_digits = fields.Integer(
        string="Decimals",
        required=True,
        default=3,
        help="Decimals to which the amount of one record is rounded.",
    )
    used = fields.Boolean(
        readonly=True,
        copy=False,
        help="Records were rated by it: it is not changed any more, a new one applies "
        "from a day on.",
    )

    _version_unique = models.UniqueIndex(
        "(tariff_id, usage_kind, prefix, date_from)",
        "This tariff has a rate of that prefix from that day on.",
    )
    _prefix_digits = models.Constraint(
        "CHECK(prefix ~ '^[0-9]{0,15}$')", "A prefix is made of up to 15 digits."
    )
    _increments = models.Constraint(
        "CHECK(first_increment > 0 AND next_increment > 0)",
        "Increments are above zero.",
    )
    _prices = models.Constraint(
        "CHECK(price >= 0 AND price_off_peak >= 0 AND connection_fee >= 0"
        " AND minimum_charge >= 0)",
        "Nothing has a price below zero.",
    )
    _decimals = models.Constraint(
        "CHECK(rounding_digits BETWEEN 0 AND 6)", "There are 0 to 6 decimals."
    )
