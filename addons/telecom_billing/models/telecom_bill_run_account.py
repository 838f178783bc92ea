from odoo import fields, models


class TelecomBillRunAccount(models.Model):
    """What a bill run does with one billing account, and how far it is."""

    _name = "telecom.bill.run.account"
    _description = "Account of a Bill Run"
    _check_company_auto = True
    _order = "run_id, id"
    _rec_name = "account_id"

    run_id = fields.Many2one(
        "telecom.bill.run",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one(
        "telecom.billing.account",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("pending", "To Invoice"),
            ("invoiced", "Invoiced"),
            ("failed", "Failed"),
            ("skipped", "Nothing to Invoice"),
        ],
        required=True,
        default="pending",
        index=True,
    )
    reason = fields.Char()
    amount = fields.Monetary(string="Before Tax")
    previous_amount = fields.Monetary(string="Last Month")
    change = fields.Float(string="Change (%)")
    anomaly = fields.Selection(
        [
            ("negative", "Negative"),
            ("zero", "Nothing to Pay"),
            ("usage", "No Usage"),
            ("gone", "Gone"),
            ("up", "Much Higher"),
            ("down", "Much Lower"),
            ("new", "New"),
        ],
        index="btree_not_null",
    )
    move_ids = fields.Many2many(
        "account.move",
        "telecom_bill_run_account_move_rel",
        "run_account_id",
        "move_id",
        string="Invoices",
    )

    _one_per_run = models.UniqueIndex(
        "(run_id, account_id)", "An account is in a run once."
    )
