from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class TelecomInvoiceFee(models.Model):
    """A fixed stamp or fee: once on each invoice, whatever is merged into it.

    A tax of a fixed amount would be multiplied by quantities and repeated on each line
    (``account.tax``, amount type *fixed*), so it stands on a line of its own: of
    quantity 1 and price 0, when it is a tax of the chart of accounts, or of its amount.
    Amounts change by law from a date: a rate of another date is another record.
    """

    _name = "telecom.invoice.fee"
    _description = "Stamp or Fee of Invoices"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "company_id, sequence, date_from desc, id"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Label on the Invoice", required=True, translate=True)
    active = fields.Boolean(default=True)
    tax_id = fields.Many2one(
        "account.tax",
        string="Tax of a Fixed Amount",
        check_company=True,
        domain="[('amount_type', '=', 'fixed'), ('type_tax_use', '=', 'sale'), "
        "('company_id', '=', company_id)]",
        help="Books the stamp as the chart of accounts says. Without it, the amount "
        "goes to the account below.",
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
    )
    account_id = fields.Many2one(
        "account.account",
        string="Income Account",
        check_company=True,
        help="The operator's default one, when none is chosen.",
    )
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes on It",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale'), ('company_id', '=', company_id)]",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(string="Until")
    on_invoices = fields.Boolean(default=True)
    on_credit_notes = fields.Boolean(default=True)

    _dates_in_order = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)",
        "A fee ends after it began.",
    )

    @api.depends("tax_id.amount")
    def _compute_amount(self):
        for fee in self:
            fee.amount = fee.tax_id.amount if fee.tax_id else fee.amount

    @api.constrains("tax_id", "amount")
    def _check_amount(self):
        for fee in self:
            if fee.tax_id and fee.tax_id.amount_type != "fixed":
                raise ValidationError(
                    self.env._(
                        "%(tax)s is no tax of a fixed amount.", tax=fee.tax_id.name
                    )
                )
            if fee.amount <= 0:
                raise ValidationError(self.env._("Give the fee an amount."))

    @api.model
    def _line_values(self, company, date, move_type="out_invoice"):
        """Return the invoice lines of the fees that an operator takes on a date.

        :param res.company company: the operator
        :param datetime.date date: of the invoice
        :param str move_type: ``out_invoice`` or ``out_refund``
        :return: values of account.move.line
        :rtype: list
        """
        applies = "on_credit_notes" if move_type == "out_refund" else "on_invoices"
        # sudo: telecom.invoice.fee - of the invoice's own operator, whoever posts it
        fees = self.sudo().search(
            Domain("company_id", "=", company.id)
            & Domain("date_from", "<=", date)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", date))
            & Domain(applies, "=", True)
        )
        return [fee._prepare_line() for fee in fees]

    def _prepare_line(self):
        self.ensure_one()
        account = self.account_id or self.company_id.income_account_id
        return {
            "name": self.name,
            "quantity": 1,
            "price_unit": 0.0 if self.tax_id else self.amount,
            "tax_ids": [(6, 0, (self.tax_id or self.tax_ids).ids)],
            "telecom_fee_id": self.id,
            **({"account_id": account.id} if account else {}),
        }
