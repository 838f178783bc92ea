from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from .telecom_tariff_rate import USAGE_KINDS

TABLE = "telecom_usage_record"


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
    usage_kind = fields.Selection(USAGE_KINDS, string="Usage", readonly=True)
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
                    generation int NOT NULL DEFAULT 0,
                    off_peak boolean NOT NULL,
                    usage_kind varchar NOT NULL,
                    state varchar NOT NULL DEFAULT 'rated',
                    number varchar
                ) PARTITION BY LIST (company_id);
                CREATE OR REPLACE VIEW telecom_usage AS
                SELECT id, company_id, start, usage_kind, line_id, partner_id,
                       subscription_id, account_id, product_id, number, quantity,
                       billed, included, rate_id, off_peak, amount, state, generation,
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

    @api.model
    def _telecom_detail(self, account, date_from, date_to):
        """Yield the records of a billing account, line by line, in order of time.

        :param telecom.billing.account account: whose access was checked
        :param datetime.date date_from: first day, in the operator's time zone
        :param datetime.date date_to: last day
        :return: dicts with ``start`` (naive, the operator's local time),
            ``usage_kind``, ``msisdn``, ``number``, ``destination``, ``quantity``
            (seconds, messages, bytes), ``included``, ``billed``, ``off_peak``,
            ``amount``, ``state``
        """
        return iter(())
