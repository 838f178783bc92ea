from odoo import fields, models


class TelecomUsageMonth(models.Model):
    """A month of which an operator's usage records are kept: a partition."""

    _name = "telecom.usage.month"
    _description = "Month of Usage Records"
    _order = "month desc, company_id"
    _rec_name = "month"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    month = fields.Date(required=True, help="Its first day.")
    stale = fields.Boolean(
        help="Records came since the consumption of lines was written."
    )

    _month_unique = models.UniqueIndex("(company_id, month)")
