from odoo import api, fields, models
from odoo.exceptions import UserError


class TelecomUsageRerate(models.TransientModel):
    """Rate the usage of customers again, after a tariff or an offer was mended."""

    _name = "telecom.usage.rerate"
    _description = "Rate Usage Again"
    _inherit = ["telecom.reference.mixin"]
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        default=lambda self: self.env.company,
    )
    account_ids = fields.Many2many(
        "telecom.billing.account",
        string="Billing Accounts",
        check_company=True,
        help="All of them, when none is chosen.",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env.company._telecom_today().replace(day=1),
        help="Whole billing periods are rated again.",
    )
    date_to = fields.Date(
        string="Until",
        required=True,
        default=lambda self: self.env.company._telecom_today(),
    )
    result = fields.Char(readonly=True)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for wizard in self:
            if wizard.date_from > wizard.date_to:
                raise UserError(self.env._("The last day lies before the first."))

    def action_rerate(self):
        """Rate again; the differences are on the next bill."""
        self.ensure_one()
        self.env["telecom.usage.file"].check_access("write")
        accounts = self.account_ids or self.env["telecom.billing.account"].search(
            [("company_id", "=", self.company_id.id)]
        )
        accounts.check_access("read")
        # sudo: telecom.usage - nobody else writes records; accounts were checked
        looked, changed, refused = (
            self.env["telecom.usage"]
            .sudo()
            ._telecom_rerate(accounts.sudo(), self.date_from, self.date_to)
        )
        self.result = self.env._(
            "%(looked)s records were looked at: %(changed)s cost something else now, "
            "%(refused)s could not be rated and stay as they were.",
            looked=looked,
            changed=changed,
            refused=refused,
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Rate Usage Again"),
        }
