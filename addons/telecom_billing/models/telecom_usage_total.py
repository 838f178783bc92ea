from odoo import fields, models

from .telecom_tariff_rate import USAGE_KINDS


class TelecomUsageTotal(models.Model):
    """What the records of a subscription add up to in a billing period.

    Written with the records, in the same transaction, compensations included: a bill
    reads a few rows instead of all records.
    """

    _name = "telecom.usage.total"
    _description = "Usage of a Period"
    _check_company_auto = True
    _order = "date_from desc, subscription_id, usage_kind"
    _rec_name = "usage_kind"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    subscription_id = fields.Many2one(
        "telecom.subscription", required=True, check_company=True, ondelete="cascade"
    )
    usage_kind = fields.Selection(USAGE_KINDS, string="Kind of Usage", required=True)
    date_from = fields.Date(string="First Day", required=True)
    date_to = fields.Date(string="Last Day", required=True)
    records = fields.Integer(default=0)
    # Seconds, messages, bytes; and in rating units
    quantity = fields.Float(digits=(20, 0), aggregator="sum", default=0)
    billed = fields.Float(string="Counted", digits=(20, 0), aggregator="sum", default=0)
    included = fields.Float(digits=(20, 0), aggregator="sum", default=0)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Float(string="Before Tax", digits=(20, 6), default=0)

    _period_unique = models.UniqueIndex(
        "(subscription_id, date_from, usage_kind)", "This period is counted already."
    )

    def init(self):
        # Room beside each row: its new version stays on its page, indexes untouched
        self.env.cr.execute("ALTER TABLE telecom_usage_total SET (fillfactor = 60)")
