from odoo import api, fields, models

from .telecom_offer_allowance import UNLIMITED
from .telecom_tariff_rate import USAGE_KINDS


class TelecomUsageCounter(models.Model):
    """What is used of the allowances of a billing period.

    Of a subscription with its options, or of a whole billing account when they are
    shared between its lines.
    """

    _name = "telecom.usage.counter"
    _description = "Used Allowance"
    _check_company_auto = True
    _order = "date_from desc, usage_kind, id"
    _rec_name = "usage_kind"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    # Found by the unique indexes, which begin with them
    line_id = fields.Many2one("telecom.line", check_company=True, ondelete="cascade")
    account_id = fields.Many2one(
        "telecom.billing.account", check_company=True, ondelete="cascade"
    )
    usage_kind = fields.Selection(USAGE_KINDS, string="Kind of Usage", required=True)
    date_from = fields.Date(string="First Day", required=True)
    date_to = fields.Date(string="Last Day", required=True)
    # Seconds, messages, kilobytes; a month of a fibre line does not fit into 32 bits
    quantity = fields.Float(string="Units Included", digits=(16, 0))
    used = fields.Float(digits=(16, 0))
    quantity_display = fields.Char(string="Included", compute="_compute_display")
    used_display = fields.Char(string="Used so Far", compute="_compute_display")
    percent = fields.Float(string="Used (%)", compute="_compute_display")

    _line_period_unique = models.UniqueIndex(
        "(line_id, usage_kind, date_from) WHERE line_id IS NOT NULL"
    )
    _account_period_unique = models.UniqueIndex(
        "(account_id, usage_kind, date_from) WHERE account_id IS NOT NULL"
    )
    _one_owner = models.Constraint(
        "CHECK((line_id IS NULL) != (account_id IS NULL))",
        "An allowance is of a line or of an account.",
    )

    def init(self):
        # Room beside each row: its new version stays on its page, indexes untouched
        self.env.cr.execute("ALTER TABLE telecom_usage_counter SET (fillfactor = 60)")

    @api.depends("quantity", "used", "usage_kind")
    @api.depends_context("lang")
    def _compute_display(self):
        Usage = self.env["telecom.usage"]
        for counter in self:
            kind = counter.usage_kind
            unlimited = counter.quantity >= UNLIMITED
            counter.quantity_display = (
                self.env._("Unlimited")
                if unlimited
                else Usage._display_units(kind, counter.quantity)
            )
            counter.used_display = Usage._display_units(kind, counter.used)
            counter.percent = (
                100.0 * counter.used / counter.quantity
                if counter.quantity and not unlimited
                else 0.0
            )
