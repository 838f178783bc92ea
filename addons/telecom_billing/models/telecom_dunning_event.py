from odoo import fields, models

EVENTS = [
    ("opened", "Overdue"),
    ("warn", "Reminder"),
    ("fee", "Reminder with a Fee"),
    ("suspend", "Suspension"),
    ("terminate", "End of the Contract"),
    ("resume", "Return to Service"),
    ("paused", "Paused: Disputed"),
    ("failed", "Not Carried Out"),
    ("closed", "Paid"),
]


class TelecomDunningEvent(models.Model):
    """What was done about an overdue account."""

    _name = "telecom.dunning.event"
    _description = "Event of a Dunning"
    _inherit = ["telecom.append.only"]
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "kind"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True
    )
    dunning_id = fields.Many2one(
        "telecom.dunning",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    kind = fields.Selection(EVENTS, string="What", required=True)
    level_id = fields.Many2one("telecom.dunning.level", check_company=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(string="Overdue")
    move_id = fields.Many2one(
        "account.move", string="Invoice of the Fee", check_company=True
    )
    note = fields.Char()
