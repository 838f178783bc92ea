from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import prices

MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class TelecomOfferPeriod(models.Model):
    """A period of the year in which offers are sold and promotions run.

    Some come on the same days every year (back to school), others have their dates
    each year (Ramadan).
    """

    _name = "telecom.offer.period"
    _description = "Period of the Year"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    color = fields.Integer()
    yearly = fields.Boolean(
        string="Same Days Every Year",
        default=True,
        help="Otherwise the dates of each year are written down, as for Ramadan.",
    )
    month_from = fields.Selection(MONTHS, string="From", default="1")
    day_from = fields.Integer(default=1)
    month_to = fields.Selection(MONTHS, string="To", default="12")
    day_to = fields.Integer(default=31)
    date_ids = fields.One2many("telecom.offer.period.date", "period_id", "Dates")
    current = fields.Boolean(compute="_compute_current", search="_search_current")
    next_from = fields.Date(string="Begins", compute="_compute_current")
    next_to = fields.Date(string="Ends", compute="_compute_current")
    active = fields.Boolean(default=True)

    _name_unique = models.Constraint(
        "UNIQUE(company_id, name)", "This operator has a period of this name already."
    )
    _days = models.Constraint(
        "CHECK(day_from BETWEEN 1 AND 31 AND day_to BETWEEN 1 AND 31)",
        "Days of a month run from 1 to 31.",
    )

    @api.constrains("yearly", "month_from", "month_to")
    def _check_yearly(self):
        for period in self:
            if period.yearly and not (period.month_from and period.month_to):
                raise ValidationError(
                    self.env._("Say from which month to which “%s” goes.", period.name)
                )

    def _telecom_spans(self, day):
        """Return the first and last days of the periods around a day.

        :param date day: those of the years before, of and after it are returned
        :return: {period id: ((first day, last day), …)}
        :rtype: dict
        """
        spans = {}
        for period in self:
            if period.yearly:
                spans[period.id] = tuple(
                    prices.season(
                        year,
                        (int(period.month_from), period.day_from),
                        (int(period.month_to), period.day_to),
                    )
                    for year in (day.year - 1, day.year, day.year + 1)
                )
            else:
                spans[period.id] = tuple(
                    (dates.date_from, dates.date_to) for dates in period.date_ids
                )
        return spans

    @api.depends(
        "yearly",
        "month_from",
        "day_from",
        "month_to",
        "day_to",
        "date_ids.date_from",
        "date_ids.date_to",
    )
    @api.depends_context("tz")
    def _compute_current(self):
        today = fields.Date.context_today(self)
        spans = {}
        complete = self.filtered(
            lambda p: not p.yearly or (p.month_from and p.month_to)
        )
        for period in complete:
            spans[period] = next(iter(period._telecom_spans(today).values()))
        for period in self:
            coming = sorted(
                (first, last)
                for first, last in spans.get(period, ())
                if first and last and last >= today
            )
            first, last = coming[0] if coming else (False, False)
            period.next_from, period.next_to = first, last
            period.current = bool(first and first <= today)

    @api.model
    def _search_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        periods = self.search([("company_id", "in", self.env.companies.ids)])
        wanted = periods.filtered(lambda period: period.current in set(value))
        return [("id", "in", wanted.ids)]


class TelecomOfferPeriodDate(models.Model):
    """The days of a period in one year, when they move from year to year."""

    _name = "telecom.offer.period.date"
    _description = "Dates of a Period"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "date_from, id"

    period_id = fields.Many2one(
        "telecom.offer.period", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="period_id.company_id", store=True, index=True, precompute=True
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)

    _dates = models.Constraint(
        "CHECK(date_to >= date_from)", "A period ends after its beginning."
    )
