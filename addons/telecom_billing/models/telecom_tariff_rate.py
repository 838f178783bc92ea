from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import rating

USAGE_KINDS = [("voice", "Voice"), ("sms", "SMS"), ("data", "Data")]
#: What prices may be for, see ``UNITS`` of :mod:`..engine.rating`
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
        USAGE_KINDS, string="Kind of Usage", required=True, default="voice"
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
    price_off_peak = fields.Float(string="Price Off-Peak", digits=(16, 6), default=0.0)
    connection_fee = fields.Float(digits=(16, 6), default=0.0)
    minimum_charge = fields.Float(digits=(16, 6), default=0.0)

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

    @api.onchange("usage_kind")
    def _onchange_usage_kind(self):
        allowed = rating.UNITS_OF_KINDS.get(self.usage_kind, ())
        if allowed and self.price_unit not in allowed:
            self.price_unit = allowed[-1] if self.usage_kind != "data" else "megabyte"

    @api.constrains("usage_kind", "price_unit")
    def _check_unit(self):
        for rate in self:
            if rate.price_unit not in rating.UNITS_OF_KINDS[rate.usage_kind]:
                raise ValidationError(
                    self.env._(
                        "%(rate)s: this usage is not counted in that unit.",
                        rate=rate.name,
                    )
                )

    @api.depends("name", "prefix", "date_from")
    def _compute_display_name(self):
        for rate in self:
            prefix = f" (+{rate.prefix})" if rate.prefix else ""
            rate.display_name = f"{rate.name or ''}{prefix}"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # Written as people write numbers; an empty cell fits everything
            vals["prefix"] = (vals.get("prefix") or "").replace(" ", "").lstrip("+")
        return super().create(vals_list)

    def write(self, vals):
        if "prefix" in vals:
            vals = {
                **vals,
                "prefix": (vals["prefix"] or "").replace(" ", "").lstrip("+"),
            }
        if vals.keys() - {"name", "used"}:
            for rate in self.filtered("used"):
                raise UserError(
                    self.env._(
                        "Records were rated by “%s”: leave it, and add a rate that "
                        "applies from a day on.",
                        rate.display_name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for rate in self.filtered("used"):
            raise UserError(
                self.env._(
                    "Records were rated by “%s”: it explains their price.",
                    rate.display_name,
                )
            )

    def _engine_rate(self):
        """Return the rate as the engine reads it.

        :rtype: odoo.addons.telecom_billing.engine.rating.Rate
        """
        self.ensure_one()
        return rating.Rate(
            price=Decimal(str(self.price)),
            per=rating.UNITS[self.price_unit],
            price_off_peak=Decimal(str(self.price_off_peak))
            if self.has_off_peak
            else None,
            connection_fee=Decimal(str(self.connection_fee)),
            minimum_charge=Decimal(str(self.minimum_charge)),
            first_increment=self.first_increment,
            next_increment=self.next_increment,
            included=self.included,
            rounding=self.rounding_method,
            digits=self.rounding_digits,
        )
