from odoo import api, fields, models

BILLING = (
    "telecom_quote_limit",
    "quotation_validity_days",
    "telecom_quote_reminder_days",
    "telecom_slot_minutes",
    "telecom_bill_run_auto",
    "telecom_cycle_day",
    "telecom_timezone",
    "telecom_charge_suspended",
    "telecom_usage_detail_retention",
)
OFFERS = ("telecom_price_notice_days",)


def _selection_of(name):
    return lambda self: (
        self.env["res.company"]._fields[name]._description_selection(self.env)
    )


class TelecomOperatorSettings(models.TransientModel):
    _inherit = "telecom.operator.settings"

    currency_id = fields.Many2one(related="company_id.currency_id")
    billing_open = fields.Boolean(
        default=lambda self: self.env.company._telecom_allows("billing", "write")
    )
    offers_open = fields.Boolean(
        default=lambda self: self.env.company._telecom_allows("offers", "write")
    )

    # Quotations
    telecom_quote_limit = fields.Monetary(
        string="Approval from a Total of",
        help="Quotations of this total, taxes included, or more need a manager's "
        "approval before the customer gets them. 0: none needs it.",
    )
    quotation_validity_days = fields.Integer(
        string="Valid for (days)", help="0: without an end."
    )
    telecom_quote_reminder_days = fields.Integer(
        string="Remind before Expiry (days)", help="0: never."
    )
    telecom_slot_minutes = fields.Integer(string="Appointment (minutes)")

    # Offers
    telecom_price_notice_days = fields.Integer(
        string="Notice of Price Rises (days)",
        help="So long before a monthly price rises its subscribers are told.",
    )

    # Bills
    telecom_bill_run_auto = fields.Selection(
        _selection_of("telecom_bill_run_auto"),
        string="Runs of a Cycle",
        help="What happens when a period of a cycle is over.",
    )
    telecom_cycle_day = fields.Integer(
        string="Cycle of New Accounts",
        help="The day of the month, 1 to 28, on which the periods of new billing "
        "accounts begin.",
    )
    telecom_timezone = fields.Selection(
        _selection_of("telecom_timezone"),
        string="Time Zone of Bills",
        help="In which days begin, and off-peak hours are meant.",
    )
    telecom_charge_suspended = fields.Boolean(
        string="Charge Suspended Subscriptions",
        help="Days on which a line is suspended cost as much as others.",
    )
    telecom_usage_detail_retention = fields.Integer(
        string="Keep Usage Records (months)",
        help="The records of older months are dropped every night. 0: for ever.",
    )

    @api.model
    def _modules_of_settings(self):
        return {
            **super()._modules_of_settings(),
            **dict.fromkeys(BILLING, "billing"),
            **dict.fromkeys(OFFERS, "offers"),
        }
