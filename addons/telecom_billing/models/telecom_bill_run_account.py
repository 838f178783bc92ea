from odoo import api, fields, models
from odoo.exceptions import UserError

#: What stands out most first; failures before all of it
RANKS = ("failed", "negative", "usage", "zero", "gone", "up", "down", "new", False)


class TelecomBillRunAccount(models.Model):
    """What a bill run does with one billing account, and how far it is."""

    _name = "telecom.bill.run.account"
    _description = "Account of a Bill Run"
    _check_company_auto = True
    _order = "anomaly_rank, id"
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
    change = fields.Float(string="Change (%)", digits=(16, 1))
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
    charge_count = fields.Integer(string="Charges", readonly=True)
    partner_id = fields.Many2one(
        related="account_id.partner_id", store=True, index=True, string="Customer"
    )
    move_ids = fields.Many2many(
        "account.move",
        "telecom_bill_run_account_move_rel",
        "run_account_id",
        "move_id",
        string="Invoices",
    )

    anomaly_rank = fields.Integer(
        compute="_compute_anomaly_rank",
        store=True,
        help="What stands out most comes first.",
        export_string_translation=False,
    )

    _one_per_run = models.UniqueIndex(
        "(run_id, account_id)", "An account is in a run once."
    )

    @api.depends("anomaly", "state")
    def _compute_anomaly_rank(self):
        for item in self:
            code = "failed" if item.state == "failed" else item.anomaly
            item.anomaly_rank = RANKS.index(code)

    def action_retry(self):
        """Try accounts that failed once more."""
        failed = self.filtered(lambda item: item.state == "failed")
        for run in failed.run_id:
            run.check_access("write")
            if run.state not in ("invoicing", "sending", "done"):
                raise UserError(self.env._("Prepare the run again instead."))
            own = failed.filtered(lambda item, run=run: item.run_id == run)
            # sudo: telecom.bill.run.account - written by runs only, of this operator
            own.sudo().write({"state": "pending", "reason": False})
            run._step_write({"state": "invoicing", "stopped": False, "message": False})
            run._count()
            run._go_on()
        return True

    def action_view_moves(self):
        """Open the invoice, or the invoices, of an account."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        if len(self.move_ids) == 1:
            return {
                **action,
                "views": [(False, "form")],
                "res_id": self.move_ids.id,
                "context": {"default_move_type": self.move_ids.move_type},
            }
        return {
            **action,
            "domain": [("id", "in", self.move_ids.ids)],
            "context": {"default_move_type": "out_invoice"},
        }
