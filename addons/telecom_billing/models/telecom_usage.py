from datetime import datetime, timedelta
from decimal import Decimal

import pytz
from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_date, format_datetime, formatLang

from ..engine import proration, rating
from .telecom_tariff_rate import USAGE_KINDS

#: Records of a detail that are read at a time
DETAIL_SIZE = 5_000
DETAIL_COLUMNS = (
    "start",
    "usage_kind",
    "number",
    "destination",
    "quantity",
    "billed",
    "included",
    "off_peak",
    "amount",
)


class TelecomUsage(models.Model):
    """A rated record of usage: one call, message or data session.

    A view on ``telecom_usage_record``, which is partitioned by operator and by month,
    with 64-bit ids: rows come by COPY, go by dropping the operator's months, and are
    never changed but by compensation. Nobody writes them through the ORM.
    """

    _name = "telecom.usage"
    _description = "Usage"
    _auto = False
    _log_access = False
    _check_company_auto = True
    _order = "start desc, id desc"
    _rec_name = "number"

    company_id = fields.Many2one("res.company", string="Operator", readonly=True)
    start = fields.Datetime(readonly=True)
    usage_kind = fields.Selection(USAGE_KINDS, string="Kind of Usage", readonly=True)
    line_id = fields.Many2one("telecom.line", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    subscription_id = fields.Many2one("telecom.subscription", readonly=True)
    account_id = fields.Many2one(
        "telecom.billing.account", string="Billing Account", readonly=True
    )
    product_id = fields.Many2one("product.product", string="Offer", readonly=True)
    number = fields.Char(string="Other Number", readonly=True)
    quantity = fields.Float(
        digits=(18, 0),
        readonly=True,
        help="As the switch counted it: seconds, messages, bytes.",
    )
    billed = fields.Float(
        string="Counted",
        digits=(18, 0),
        readonly=True,
        help="In increments of the rate: seconds, messages, kilobytes.",
    )
    included = fields.Float(
        digits=(18, 0), readonly=True, help="What of it the allowances cover."
    )
    rate_id = fields.Many2one("telecom.tariff.rate", readonly=True)
    off_peak = fields.Boolean(string="Off-Peak", readonly=True)
    number_display = fields.Char(
        string="Called Number", compute="_compute_number_display"
    )
    quantity_display = fields.Char(string="Used", compute="_compute_quantity_display")
    included_display = fields.Char(
        string="Covered", compute="_compute_quantity_display"
    )
    explanation = fields.Html(
        string="How It Was Rated", compute="_compute_explanation", sanitize=False
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(string="Before Tax", readonly=True)
    state = fields.Selection(
        [
            ("rated", "Rated"),
            ("compensated", "Rated Again"),
            ("compensation", "Compensation"),
        ],
        string="Status",
        readonly=True,
    )
    generation = fields.Integer(string="Rating", readonly=True)
    source_id = fields.Many2one("telecom.usage.source", readonly=True)
    file_id = fields.Many2one("telecom.usage.file", readonly=True)
    row_number = fields.Integer(string="Row", readonly=True)
    rated_at = fields.Datetime(string="Rated on", readonly=True)

    def init(self):
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                CREATE SEQUENCE IF NOT EXISTS telecom_usage_record_id_seq AS bigint;
                -- Taken by many records of a file one after the other
                ALTER SEQUENCE telecom_usage_record_id_seq CACHE 1000;
                CREATE TABLE IF NOT EXISTS telecom_usage_record (
                    id bigint NOT NULL DEFAULT nextval('telecom_usage_record_id_seq'),
                    key uuid NOT NULL,
                    start timestamp(0) NOT NULL,
                    rated_at timestamp(0) NOT NULL,
                    amount numeric NOT NULL,
                    quantity bigint NOT NULL,
                    billed bigint NOT NULL,
                    included bigint NOT NULL,
                    company_id int NOT NULL,
                    source_id int NOT NULL,
                    file_id int,
                    row_number int,
                    line_id int NOT NULL,
                    subscription_id int NOT NULL,
                    account_id int,
                    partner_id int,
                    product_id int NOT NULL,
                    rate_id int NOT NULL,
                    -- Of what a compensation takes back, -1 - its generation: key,
                    -- source and generation tell all records apart
                    generation int NOT NULL DEFAULT 0,
                    off_peak boolean NOT NULL,
                    usage_kind varchar NOT NULL,
                    state varchar NOT NULL DEFAULT 'rated',
                    number varchar
                ) PARTITION BY LIST (company_id);
                -- Who rates an operator's records, see telecom.usage.rater
                CREATE TABLE IF NOT EXISTS telecom_usage_turn (
                    company_id int PRIMARY KEY, turn bigint NOT NULL);
                CREATE OR REPLACE VIEW telecom_usage AS
                SELECT id, company_id, start, usage_kind, line_id, partner_id,
                       subscription_id, account_id, product_id, number, quantity,
                       billed, included, rate_id, off_peak, amount, state,
                       CASE WHEN generation < 0 THEN -1 - generation
                            ELSE generation END AS generation,
                       source_id, file_id, row_number, rated_at
                  FROM telecom_usage_record
                """
            )
        )

    @api.model
    def _display_units(self, kind, units):
        """Return a quantity as people read it: ``1:02:05``, ``12 SMS``, ``3.5 MB``.

        :param str kind: ``voice``, ``sms`` or ``data``
        :param units: seconds, messages or kilobytes
        """
        units = int(units or 0)
        if kind == "voice":
            hours, rest = divmod(abs(units), 3600)
            sign = "-" if units < 0 else ""
            return f"{sign}{hours}:{rest // 60:02}:{rest % 60:02}"
        if kind == "data":
            if abs(units) >= 1_000_000:
                return self.env._("%s GB", formatLang(self.env, units / 1_000_000))
            return self.env._("%s MB", formatLang(self.env, units / 1000))
        return self.env._("%s SMS", units)

    # Explanation

    @api.depends("number")
    def _compute_number_display(self):
        for usage in self:
            usage.number_display = usage.company_id._telecom_format(usage.number)

    @api.depends("usage_kind", "quantity", "billed", "included")
    @api.depends_context("lang")
    def _compute_quantity_display(self):
        for usage in self:
            kind = usage.usage_kind
            units = rating.units(kind, int(usage.quantity))
            usage.quantity_display = self._display_units(kind, units)
            usage.included_display = (
                self._display_units(kind, usage.included) if usage.included else False
            )

    @api.depends("rate_id", "amount")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for usage in self:
            usage.explanation = usage._explanation_table()

    def _rating(self):
        """Return the rating as the engine computes it from what the record keeps.

        :rtype: odoo.addons.telecom_billing.engine.rating.Rating
        """
        self.ensure_one()
        return rating.rate_record(
            self.rate_id._engine_rate(),
            self.usage_kind,
            abs(int(self.quantity)),
            off_peak=self.off_peak,
            left=abs(int(self.included)),
        )

    def _explain(self):
        """Return how the amount came about, line by line.

        :return: ``[(what, how much or text)]``, in the user's language
        :rtype: list
        """
        self.ensure_one()
        _ = self.env._
        rate, found = self.rate_id, self._rating()
        kind, currency = self.usage_kind, self.currency_id
        # Rates have more decimals than amounts that are paid
        digits = 6
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        sign = lang.decimal_point or "."

        def money(amount):
            text = f"{Decimal(str(amount)):.{digits}f}".rstrip("0").rstrip(".")
            return f"{text.replace('.', sign)} {currency.symbol}"

        local = pytz.utc.localize(self.start).astimezone(
            self.company_id._telecom_zone()
        )
        units = dict(rate._fields["price_unit"]._description_selection(self.env))
        # Apart: a text within the call of another is not found for translation
        band = _("off-peak") if self.off_peak else _("peak")
        lines = [
            (
                _("Began"),
                _(
                    "%(moment)s, %(band)s",
                    moment=format_datetime(
                        self.env, self.start, tz=str(local.tzinfo), dt_format="medium"
                    ),
                    band=band,
                ),
            ),
            (
                _("Rate"),
                _(
                    "%(tariff)s: %(rate)s, since %(date)s",
                    tariff=rate.tariff_id.name,
                    rate=rate.display_name,
                    date=format_date(self.env, rate.date_from),
                ),
            ),
            (_("Used"), self._display_units(kind, found.units)),
        ]
        if found.billed != found.units:
            lines.append(
                (
                    _(
                        "Counted: %(first)s, then steps of %(next)s",
                        first=self._display_units(kind, rate.first_increment),
                        next=self._display_units(kind, rate.next_increment),
                    ),
                    self._display_units(kind, found.billed),
                )
            )
        if found.included:
            lines.append(
                (
                    _("Covered by allowances"),
                    self._display_units(kind, -found.included),
                )
            )
        if found.charged:
            lines.append(
                (
                    _(
                        "%(quantity)s at %(price)s per %(unit)s",
                        quantity=self._display_units(kind, found.charged),
                        price=money(found.price),
                        unit=units[rate.price_unit].lower(),
                    ),
                    money(found.exact - Decimal(str(rate.connection_fee))),
                )
            )
            if rate.connection_fee:
                lines.append((_("Connection"), money(rate.connection_fee)))
            if found.minimum:
                lines.append((_("Minimum charge"), money(rate.minimum_charge)))
        methods = dict(rate._fields["rounding_method"]._description_selection(self.env))
        lines.append(
            (
                _(
                    "Amount, rounded to %(digits)s decimals (%(method)s)",
                    digits=rate.rounding_digits,
                    method=methods[rate.rounding_method].lower(),
                ),
                money(self.amount),
            )
        )
        if self.state == "compensation":
            lines.append(
                (
                    _("Taken back"),
                    _("This entry takes back what was rated before."),
                )
            )
        return lines

    def _explanation_table(self):
        if not self.rate_id:
            return False
        return Markup("<table class='table table-sm'><tbody>%s</tbody></table>") % (
            Markup().join(
                Markup("<tr><td>%s</td><td class='text-end'>%s</td></tr>")
                % (what, value)
                for what, value in self._explain()
            )
        )

    # Detail

    @api.model
    def _telecom_detail(self, account, date_from, date_to):
        """Yield the records of a billing account, line by line, in order of time.

        What was compensated is left out with its compensation: what counts is shown.
        Read in pieces: the months of a company with many lines fit into memory.

        :param telecom.billing.account account: whose access is checked
        :param datetime.date date_from: first day, in the operator's time zone
        :param datetime.date date_to: last day
        :return: dicts with ``start`` (naive, the operator's local time),
            ``usage_kind``, ``msisdn``, ``number``, ``destination``, ``quantity``
            (seconds, messages, bytes), ``billed`` and ``included`` (seconds,
            messages, kilobytes), ``off_peak`` and ``amount`` (Decimal)
        :raises AccessError: the account is not the user's
        """
        account.ensure_one()
        account.check_access("read")
        company = account.company_id
        values = {
            "company": company.id,
            "account": account.id,
            "first": company._telecom_day_start(date_from),
            "last": company._telecom_day_start(date_to + timedelta(days=1)),
            "zone": str(company._telecom_zone()),
            "size": DETAIL_SIZE,
        }
        after = ("", datetime.min, 0)
        while True:
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT l.msisdn, u.start, u.id,
                           u.start AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s,
                           u.usage_kind, u.number, r.name, u.quantity, u.billed,
                           u.included, u.off_peak, u.amount
                      FROM telecom_usage_record u
                      JOIN telecom_line l ON l.id = u.line_id
                      JOIN telecom_tariff_rate r ON r.id = u.rate_id
                     WHERE u.company_id = %(company)s AND u.account_id = %(account)s
                       AND u.start >= %(first)s AND u.start < %(last)s
                       AND u.state = 'rated'
                       AND (l.msisdn, u.start, u.id) > (%(a)s, %(b)s, %(c)s)
                  ORDER BY l.msisdn, u.start, u.id
                     LIMIT %(size)s""",
                    **values,
                    a=after[0],
                    b=after[1],
                    c=after[2],
                )
            )
            for row in rows:
                yield dict(zip(DETAIL_COLUMNS, row[3:], strict=True), msisdn=row[0])
            if len(rows) < DETAIL_SIZE:
                return
            after = rows[-1][:3]

    # Again

    @api.model
    def _telecom_rerate(self, accounts, date_from, date_to):
        """Rate the records of accounts again, in whole billing periods.

        :param telecom.billing.account accounts: of one operator
        :param datetime.date date_from: a day of the first period
        :param datetime.date date_to: a day of the last period
        :return: how many records were looked at, changed, and could not be rated
        """
        company = accounts.company_id
        company.ensure_one()
        company._telecom_check("billing", "write")
        result = [0, 0, 0]
        for cycle_day, own in accounts.grouped("cycle_day").items():
            first = proration.period_of(date_from, cycle_day)[0]
            last = proration.period_of(date_to, cycle_day)[1]
            found = self.env["telecom.usage.rater"]._rerate(
                company,
                SQL(
                    "r.account_id = ANY(%s) AND r.start >= %s AND r.start < %s",
                    own.ids,
                    company._telecom_day_start(first),
                    company._telecom_day_start(last + timedelta(days=1)),
                ),
            )
            result = [a + b for a, b in zip(result, found, strict=True)]
        return tuple(result)
