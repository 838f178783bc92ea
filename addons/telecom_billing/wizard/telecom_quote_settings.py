from odoo import api, fields, models

FIELDS = (
    "telecom_quote_limit",
    "telecom_quote_reminder_days",
    "telecom_slot_minutes",
    "quotation_validity_days",
)


class TelecomQuoteSettings(models.TransientModel):
    """How an operator quotes: its manager decides, without the rights on companies."""

    _name = "telecom.quote.settings"
    _description = "Settings of Quotations"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    telecom_quote_limit = fields.Monetary(
        string="Approval from a Total of",
        help="Quotations of this total, taxes included, or more need a manager's "
        "approval before the customer gets them. 0: none needs it.",
    )
    telecom_quote_reminder_days = fields.Integer(
        string="Remind before Expiry (days)", help="0: never."
    )
    quotation_validity_days = fields.Integer(
        string="Valid for (days)", help="0: without an end."
    )
    telecom_slot_minutes = fields.Integer(string="Appointment (minutes)")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        company = self.env.company
        return {**values, **{name: company[name] for name in FIELDS if name in fields}}

    def action_save(self):
        """Write the settings of the operator one works for."""
        self.ensure_one()
        self.check_access("write")
        company = self.env.company
        company._telecom_check("billing", "write")
        # sudo: res.company - a manager decides how his own operator quotes
        company.sudo().write({name: self[name] for name in FIELDS})
        return {"type": "ir.actions.act_window_close"}
